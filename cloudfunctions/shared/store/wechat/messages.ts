// Subscribe messages in the database. The id contains the event's id, so that the same event makes no second message.
import type { Message } from '../../domain/telling/message'
import { storedIn } from '../compareAndSet'
import type { Database } from '../database'

const collection = 'messages'

export const { insert: insertMessage, write: writeMessage } = storedIn<'message', Message>(collection, 'message')

/** Messages that became due between `since` and `now`, the longest waiting first. */
export const dueMessages = (
  db: Database,
  { since, now, limit }: { since: number; now: number; limit: number },
): Promise<Message[]> =>
  db.find<Message>(collection, {
    where: { dueAt: { gte: since, lte: now } },
    orderBy: [['dueAt', 'asc']],
    limit,
  })

/** The latest messages, newest first. */
export const lastMessages = (db: Database, limit: number): Promise<Message[]> =>
  db.find<Message>(collection, { where: { createdAt: { gte: 0 } }, orderBy: [['createdAt', 'desc']], limit })

const removedAtOnce = 50

/** Removes up to 50 messages that were made before this time. @returns whether there may be more of them */
export async function removeMessages(db: Database, before: number): Promise<boolean> {
  const where = { createdAt: { lt: before } }
  const old = await db.find<Message>(collection, { where, orderBy: [['createdAt', 'asc']], limit: removedAtOnce })
  for (const { _id } of old) await db.remove(collection, _id)
  return old.length === removedAtOnce
}
