// Sign-ins of staff at a browser that wait for a person: the browser shows a code, a staff member confirms it in the
// mini-program, and the browser that began takes it. Each code works once.
import { AppError } from '../domain/errors'
import type { Database } from './database'
import { type BrowserLook, collection, type Ending, tidy } from './sessions'
import { digestOf, hashOf, newShortCode, newToken } from './settings'

/** A browser that waits. `_id` is `login-` and the digest of the code. */
export interface Login extends Ending, BrowserLook {
  kind: 'login'
  /** the hash of the secret that only the browser keeps */
  secret: string
  /** the network address of the browser; empty if it is not known */
  address: string
  /** who confirmed, or null */
  openid: string | null
  /** whether the browser has been signed in by it */
  isTaken: boolean
}

interface WrongCode extends Ending {
  kind: 'wrongCode'
  openid: string
}

const waitMs = 3 * 60_000
const hourMs = 3_600_000
/** the most codes that one network address may show at once, and the most wrong codes of one person within an hour */
const waitingLimit = 30
const wrongLimit = 20

/** Where a browser keeps its part of a sign-in. */
export interface LoginKey {
  id: string
  secret: string
}

/**
 * Begins a sign-in.
 * @returns the code to show, and what the browser keeps for itself
 * @throws Conflict if too many browsers wait at this network address
 */
export async function beginLogin(
  db: Database,
  { place, browser, address, now }: BrowserLook & { address: string; now: number },
): Promise<{ code: string; key: LoginKey; endsAt: number }> {
  await tidy(db, now)
  const waiting = await db.count(collection, { kind: 'login', address, endsAt: { gt: now } })
  if (waiting >= waitingLimit)
    throw new AppError('Conflict', 'too many sign-ins wait', { details: [{ field: 'code', rule: 'tooMany' }] })
  const code = newShortCode()
  const key = { id: `login-${digestOf(code)}`, secret: newToken() }
  const endsAt = now + waitMs
  // Another waiting browser with the same code makes the insert fail: then this one asks again.
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
 * The browser that shows a code, for the person who is asked to confirm it.
 * @throws NotFound for a code that is wrong, over, or confirmed by somebody else; Conflict after too many wrong codes
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
 * Confirms a sign-in; again by the same person changes nothing.
 * @throws NotFound, Conflict as readLogin; Conflict if somebody else was faster
 */
export async function confirmLogin(db: Database, code: string, openid: string, now: number): Promise<Login> {
  const login = await readLogin(db, code, openid, now)
  if (login.openid === openid) return login
  const fields = { openid, version: login.version + 1 }
  if (await db.change<Login>(collection, login._id, login.version, fields)) return login
  throw new AppError('Conflict', 'the code is being confirmed by others')
}

/**
 * Takes a confirmed sign-in for the browser that began it. The first one to ask gets it.
 * @returns who confirmed; `waiting` before that; `over` if it has ended, was taken, or belongs to another browser
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
