// Staff sessions in browsers. Also the sign-ins with WeChat that were already used: each has a random text (`state` in
// OAuth), which is valid once. Of each secret token we store only the hash.
import { dayMs, hourMs } from '../../../../miniprogram/rules/beijing'
import type { Place } from '../../domain/person'
import { insertOrFind } from '../compareAndSet'
import type { Database, Document } from '../database'
import { hashOf, newToken } from '../settings'

/** What a browser's headers say about the browser. */
export interface BrowserLook {
  place: Place
  /** the names of browser and system, such as `Chrome, Windows`; empty if the browser is unknown */
  browser: string
}

export interface Ending extends Document {
  kind: 'session' | 'state' | 'login' | 'wrongCode'
  createdAt: number
  /** from this time on the document has no effect, epoch ms */
  endsAt: number
}

/** The session of a staff member in a browser. `_id` is `session-` and the hash of the token that the browser keeps. */
export interface StaffSession extends Ending, BrowserLook {
  kind: 'session'
  openid: string
  usedAt: number
}

interface UsedState extends Ending {
  kind: 'state'
  /** a random id of the request that used the state of the sign-in */
  by: string
}

export const collection = 'sessions'
const stateMs = 15 * 60_000
const idleMs = 12 * hourMs
const wholeMs = 7 * dayMs
// We write the time of a session's last use at most once in this time (ms), to save writes.
const touchMs = 10 * 60_000

/** Removes some expired documents, so that the collection does not grow. */
export async function tidy(db: Database, now: number): Promise<void> {
  const over = await db.find<Ending>(collection, {
    where: { endsAt: { lt: now } },
    orderBy: [['endsAt', 'asc']],
    limit: 10,
  })
  await Promise.all(over.map(({ _id }) => db.remove(collection, _id).catch(() => false)))
}

/**
 * Marks the `state` of a sign-in with WeChat as used, because each `state` is valid once.
 * @returns false if another request has used this `state` before
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

/** The id of a session in lists. Nobody can find the token or its whole hash from this id. */
export const sessionIdOf = ({ _id }: Pick<StaffSession, '_id'>): string => _id.slice(start.length, start.length + 16)

/** Begins a staff session in a browser. @returns the token, which only the browser keeps */
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

export const endStaffSession = (db: Database, token: string): Promise<boolean> =>
  db.remove(collection, sessionId(token))

const listed = 500

/**
 * The staff sessions that have not ended, newest first.
 * @param openid to get only the sessions of this person
 */
export async function staffSessions(db: Database, now: number, openid?: string): Promise<StaffSession[]> {
  const where = openid === undefined ? { kind: 'session' } : { openid, kind: 'session' }
  const found = await db.find<StaffSession>(collection, { where, orderBy: [['createdAt', 'desc']], limit: listed })
  return found.filter(({ endsAt }) => now < endsAt)
}

/** Finds a session by its id in lists. */
export async function listedSession(db: Database, id: string): Promise<StaffSession | undefined> {
  const where = { _id: { gte: start + id, lt: `${start}${id}~` } }
  const [found] = await db.find<StaffSession>(collection, { where, orderBy: [['_id', 'asc']], limit: 1 })
  return found
}

/**
 * Ends the session that has this id in the lists of sessions.
 * @param openid end the session only if it belongs to this person
 * @returns false if there is no such session
 */
export async function endListedSession(db: Database, id: string, openid?: string): Promise<boolean> {
  const found = await listedSession(db, id)
  if (!found || (openid !== undefined && found.openid !== openid)) return false
  return db.remove(collection, found._id)
}

export async function endSessionsOf(db: Database, openid: string): Promise<void> {
  const where = { openid, kind: 'session' }
  const found = await db.find<StaffSession>(collection, { where, orderBy: [['_id', 'asc']], limit: listed })
  await Promise.all(found.map(({ _id }) => db.remove(collection, _id)))
}

/**
 * Finds the staff session with this token, if it has not ended, and records that it is used. An unused session ends
 * after 12 hours.
 */
export async function useStaffSession(db: Database, token: string, now: number): Promise<StaffSession | undefined> {
  const session = await db.get<StaffSession>(collection, sessionId(token))
  if (session?.kind !== 'session' || now >= session.endsAt) return undefined
  if (now - session.usedAt >= touchMs) {
    const endsAt = Math.min(session.createdAt + wholeMs, now + idleMs)
    // If this write fails, it is usually because another tab of the browser has just written the same. So ignore the
    // failure.
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
