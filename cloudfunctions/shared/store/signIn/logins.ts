// Sign-ins of staff in browsers that wait to be confirmed. The browser shows a code, a staff member confirms the code
// in the mini-program, and then only the browser that began is signed in. Each code works once.
import { hourMs } from '../../../../miniprogram/rules/beijing'
import { AppError } from '../../domain/errors'
import type { Database } from '../database'
import { digestOf, hashOf, newShortCode, newToken } from '../settings'
import { type BrowserLook, collection, type Ending, tidy } from './sessions'

/** A browser that waits for a staff sign-in. `_id` is `login-` and the digest of the code that it shows. */
export interface Login extends Ending, BrowserLook {
  kind: 'login'
  /** the hash of a secret that only this browser has */
  secret: string
  /** the browser's network address; empty if it is not known */
  address: string
  /** the openid of the staff member who confirmed the sign-in; null: nobody yet */
  openid: string | null
  /** whether the browser has already got its session for this sign-in; a sign-in gives only one session */
  isTaken: boolean
}

interface WrongCode extends Ending {
  kind: 'wrongCode'
  openid: string
}

const waitMs = 3 * 60_000
/**
 * waitingLimit: how many codes one network address may show at the same time; wrongLimit: how many wrong codes one
 * person may enter within an hour
 */
const waitingLimit = 30
const wrongLimit = 20

/** What a browser keeps in its cookie about its sign-in. */
export interface LoginKey {
  id: string
  secret: string
}

/**
 * Begins a staff sign-in on a browser.
 * @returns the code that the browser shows, and what the browser keeps in its cookie
 * @throws Conflict if too many browsers wait at this network address
 */
export async function beginLogin(
  db: Database,
  { place, browser, address, now }: BrowserLook & { address: string; now: number },
): Promise<{ code: string; key: LoginKey; endsAt: number }> {
  await tidy(db, now)
  const waiting = await db.count(collection, { kind: 'login', address, endsAt: { gt: now } })
  if (waiting >= waitingLimit)
    throw new AppError('Conflict', 'too many browsers wait for a sign-in', {
      details: [{ field: 'code', rule: 'tooMany' }],
    })
  const code = newShortCode()
  const key = { id: `login-${digestOf(code)}`, secret: newToken() }
  const endsAt = now + waitMs
  // If another waiting browser happens to have the same code, the insert fails. Then this browser must begin again.
  await db.insert<Login>(collection, {
    _id: key.id,
    version: 1,
    kind: 'login',
    secret: hashOf(key.secret),
    place,
    browser,
    address,
    openid: null,
    isTaken: false,
    createdAt: now,
    endsAt,
  })
  return { code, key, endsAt }
}

/**
 * A person enters a code that a browser shows. Finds this browser, so that the person can confirm its sign-in.
 * @throws NotFound for a code that is wrong, expired, or confirmed by somebody else; Conflict after too many wrong
 * codes
 */
export async function readLogin(db: Database, code: string, openid: string, now: number): Promise<Login> {
  const wrong = { kind: 'wrongCode', openid, endsAt: { gt: now } } as const
  if ((await db.count(collection, wrong)) >= wrongLimit)
    throw new AppError('Conflict', 'too many wrong codes', { details: [{ field: 'code', rule: 'tooMany' }] })
  const login = await db.get<Login>(collection, `login-${digestOf(code)}`)
  if (login?.kind === 'login' && now < login.endsAt && (login.openid ?? openid) === openid) return login
  const entry = { version: 1, kind: 'wrongCode', openid, createdAt: now, endsAt: now + hourMs } as const
  await db.insert<WrongCode>(collection, { ...entry, _id: `wrongCode-${newToken()}` })
  throw new AppError('NotFound', 'no browser shows this code')
}

/**
 * Confirms a sign-in. If the same person has confirmed it before, nothing changes.
 * @throws the errors of readLogin; Conflict if somebody else confirmed the sign-in first
 */
export async function confirmLogin(db: Database, code: string, openid: string, now: number): Promise<Login> {
  const login = await readLogin(db, code, openid, now)
  if (login.openid === openid) return login
  const fields = { openid, version: login.version + 1 }
  if (await db.change<Login>(collection, login._id, login.version, fields)) return login
  throw new AppError('Conflict', 'somebody else is confirming the code at this moment')
}

/**
 * Finishes a confirmed sign-in for the browser that began it. Only the browser's first call gets the openid.
 * @returns the openid of the staff member who confirmed; `waiting` if nobody has confirmed yet; `over` if the sign-in
 * has expired, was finished before, or belongs to another browser
 */
export async function takeLogin(
  db: Database,
  { id, secret }: LoginKey,
  now: number,
): Promise<'waiting' | 'over' | { openid: string }> {
  const login = await db.get<Login>(collection, id)
  if (login?.kind !== 'login' || now >= login.endsAt || login.isTaken || login.secret !== hashOf(secret)) return 'over'
  const { openid, version } = login
  if (openid === null) return 'waiting'
  return (await db.change<Login>(collection, id, version, { isTaken: true, version: version + 1 }))
    ? { openid }
    : 'over'
}
