// Staff sessions in browsers, and used sign-in states. Only the hash of a token is stored.
import type { Place } from '../domain/person'
import { insertOrFind } from './compareAndSet'
import type { Database, Document } from './database'
import { hashOf, newToken } from './settings'

/** What a browser's headers say about the browser. */
export interface BrowserLook {
  place: Place
  /** e.g. `Chrome, Windows`; empty if the browser is unknown */
  browser: string
}

export interface Ending extends Document {
  kind: 'session' | 'state' | 'login' | 'wrongCode'
  createdAt: number
  /** from this time on the document no longer counts */
  endsAt: number
}

/** A staff session in a browser. `_id` is `session-` and the hash of the token. */
export interface StaffSession extends Ending, BrowserLook {
  kind: 'session'
  openid: string
  usedAt: number
}

interface UsedState extends Ending {
  kind: 'state'
  /** the request that used the sign-in state */
  by: string
}

export const collection = 'sessions'
const stateMs = 15 * 60_000
const idleMs = 12 * 3_600_000
const wholeMs = 7 * 24 * 3_600_000
// The last use of a session is written at most this often.
const touchMs = 10 * 60_000

/** Removes a few expired documents, so that the collection does not grow. */
export async function tidy(db: Database, now: number): Promise<void> {
  const over = await db.find<Ending>(collection, {
    where: { endsAt: { lt: now } },
    orderBy: [['endsAt', 'asc']],
    limit: 10,
  })
  await Promise.all(over.map(({ _id }) => db.remove(collection, _id).catch(() => false)))
}

/**
 * Marks the state of a sign-in as used.
 * @returns false if another request has used it before
 */
export async function takeState(db: Database, state: string, now: number): Promise<boolean> {
  await tidy(db, now)
  const by = newToken()
  const used: UsedState = {
    _id: `state-${hashOf(state)}`,
    version: 1,
    kind: 'state',
    by,
    createdAt: now,
    endsAt: now + stateMs,
  }
  return (await insertOrFind(db, collection, used, 'state')).by === by
}

const start = 'session-'
const sessionId = (token: string): string => start + hashOf(token)

/** The id of a session for lists: nobody can find the token or its hash from it. */
export const sessionIdOf = ({ _id }: Pick<StaffSession, '_id'>): string => _id.slice(start.length, start.length + 16)

/** Signs a staff member in at a browser. @returns the token, which only the browser keeps */
export async function beginStaffSession(
  db: Database,
  { openid, place, browser, now }: BrowserLook & { openid: string; now: number },
): Promise<string> {
  await tidy(db, now)
  const token = newToken()
  await db.insert<StaffSession>(collection, {
    _id: sessionId(token),
    version: 1,
    kind: 'session',
    openid,
    place,
    browser,
    createdAt: now,
    usedAt: now,
    endsAt: now + idleMs,
  })
  return token
}

/** Ends the session of a token. */
export const endStaffSession = (db: Database, token: string): Promise<boolean> =>
  db.remove(collection, sessionId(token))

const listed = 500

/**
 * The sessions that have not ended, the newest first.
 * @param openid only those of one person
 */
export async function staffSessions(db: Database, now: number, openid?: string): Promise<StaffSession[]> {
  const where = openid === undefined ? { kind: 'session' } : { openid, kind: 'session' }
  const found = await db.find<StaffSession>(collection, { where, orderBy: [['createdAt', 'desc']], limit: listed })
  return found.filter(({ endsAt }) => now < endsAt)
}

/** A session by its id in lists. */
export async function listedSession(db: Database, id: string): Promise<StaffSession | undefined> {
  const where = { _id: { gte: start + id, lt: `${start}${id}~` } }
  const [found] = await db.find<StaffSession>(collection, { where, orderBy: [['_id', 'asc']], limit: 1 })
  return found
}

/** Ends a session by its id in lists. @param openid only if it is of this person @returns false if there is none */
export async function endListedSession(db: Database, id: string, openid?: string): Promise<boolean> {
  const found = await listedSession(db, id)
  if (!found || (openid !== undefined && found.openid !== openid)) return false
  return db.remove(collection, found._id)
}

/** Ends all sessions of a person. */
export async function endSessionsOf(db: Database, openid: string): Promise<void> {
  const where = { openid, kind: 'session' }
  const found = await db.find<StaffSession>(collection, { where, orderBy: [['_id', 'asc']], limit: listed })
  await Promise.all(found.map(({ _id }) => db.remove(collection, _id)))
}

/**
 * Finds the staff session of a token, unless it has expired. Its use is recorded; an unused session ends after 12
 * hours.
 */
export async function useStaffSession(db: Database, token: string, now: number): Promise<StaffSession | undefined> {
  const session = await db.get<StaffSession>(collection, sessionId(token))
  if (session?.kind !== 'session' || now >= session.endsAt) return undefined
  if (now - session.usedAt >= touchMs) {
    const endsAt = Math.min(session.createdAt + wholeMs, now + idleMs)
    // If another tab was faster, the use is recorded already.
    await db
      .change<StaffSession>(collection, session._id, session.version, {
        usedAt: now,
        endsAt,
        version: session.version + 1,
      })
      .catch(() => false)
  }
  return session
}
