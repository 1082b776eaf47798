// Staff who are signed in at a browser, and sign-in states that were used. Of tokens only the hash is stored.
import type { Place } from '../domain/person'
import { insertOrFind } from './compareAndSet'
import type { Database, Document } from './database'
import { hashOf, newToken } from './settings'

/** What a browser says of itself. */
interface BrowserLook {
  place: Place
  /** e.g. `Chrome, Windows`; empty if it says nothing that we know */
  browser: string
}

interface Ending extends Document {
  kind: 'session' | 'state'
  createdAt: number
  /** from this time on it is as if it were not there */
  endsAt: number
}

/** A staff member who is signed in at a browser. `_id` is `session-` and the hash of the token. */
interface StaffSession extends Ending, BrowserLook {
  kind: 'session'
  openid: string
  usedAt: number
}

interface UsedState extends Ending {
  kind: 'state'
  /** the request that used it */
  by: string
}

const collection = 'sessions'
const stateMs = 15 * 60_000
const idleMs = 12 * 3_600_000
const wholeMs = 7 * 24 * 3_600_000
// A session's last use is written at most this often.
const touchMs = 10 * 60_000

/** Removes a few documents that have ended, so that the collection does not grow. */
async function tidy(db: Database, now: number): Promise<void> {
  const over = await db.find<Ending>(collection, {
    where: { endsAt: { lt: now } },
    orderBy: [['endsAt', 'asc']],
    limit: 10,
  })
  await Promise.all(over.map(({ _id }) => db.remove(collection, _id).catch(() => false)))
}

/**
 * Uses up the state of a sign-in.
 * @returns false if another request has used it
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

const sessionId = (token: string): string => `session-${hashOf(token)}`

/** The staff session of a token, unless it has ended. Its use is noted, without which it ends after 12 hours. */
export async function useStaffSession(db: Database, token: string, now: number): Promise<StaffSession | undefined> {
  const session = await db.get<StaffSession>(collection, sessionId(token))
  if (session?.kind !== 'session' || now >= session.endsAt) return undefined
  if (now - session.usedAt >= touchMs) {
    const endsAt = Math.min(session.createdAt + wholeMs, now + idleMs)
    // If another tab was faster, the use is noted already.
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
