// Staff who are signed in at a browser. Of their tokens only the hash is stored.
import type { Place } from '../domain/person'
import type { Database, Document } from './database'
import { hashOf } from './settings'

/** What a browser says of itself. */
interface BrowserLook {
  place: Place
  /** e.g. `Chrome, Windows`; empty if it says nothing that we know */
  browser: string
}

interface Ending extends Document {
  kind: 'session'
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

const collection = 'sessions'
const idleMs = 12 * 3_600_000
const wholeMs = 7 * 24 * 3_600_000
// A session's last use is written at most this often.
const touchMs = 10 * 60_000

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
