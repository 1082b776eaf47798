// What could not be applied, kept for a person: one document per cause, counted, with the last five samples masked.
import { AppError } from '../domain/errors'
import type { Database, Document } from './database'

export type NoticeKind =
  | 'forged'
  | 'unmatched'
  | 'mismatched'
  | 'contradiction'
  | 'unresolved'
  | 'stuck'
  | 'keysRefused'

/** What a person needs to look it up: told by somebody whose signature held. */
export interface NoticeFacts {
  /** the number of ours that it names */
  no: string
  theirNo: string | null
  /** what our record says, and what the provider said, in minor units */
  dueFen: number | null
  toldFen: number | null
  currency: string | null
}

export interface KeptNotice extends Document {
  kind: NoticeKind
  provider: string
  orderNo: string | null
  reason: string
  count: number
  firstAt: number
  at: number
  samples: { at: number; content: unknown }[]
  /** as it was told last; absent where nobody knows who said it */
  facts?: NoticeFacts
  /** what came over the wire, whole, to be sent through the door again; for the server only */
  received?: KeptRequest[]
  /** put away by a person with a note, or null */
  dismissedAt: number | null
  dismissedBy?: string
  note?: string
}

/** A provider's call as it came. */
export interface KeptRequest {
  at: number
  method: string
  path: string
  query: Record<string, string>
  headers: Record<string, string>
  /** base64 */
  body: string
}

export const readNotice = (db: Database, id: string): Promise<KeptNotice | undefined> =>
  db.get<KeptNotice>('notices', id)

/** Puts an entry away. The same cause opens it again. @throws Conflict when it happened again at this moment */
export async function dismissNotice(
  db: Database,
  notice: KeptNotice,
  { by, note, now }: { by: string; note: string; now: number },
): Promise<KeptNotice> {
  const fields = { dismissedAt: now, dismissedBy: by, note, version: notice.version + 1 }
  if (!(await db.change<KeptNotice>('notices', notice._id, notice.version, fields)))
    throw new AppError('Conflict', 'it happened again a moment ago')
  return { ...notice, ...fields }
}

/** The case of a key that a provider refuses: one for each, however many payments it stops. */
export const keyCaseId = ({
  provider,
  generation,
  field,
}: {
  provider: string
  generation: number
  field: string
}): string => `keysRefused-${provider}-${generation}-${field}`

/** Keys that providers refuse, and nobody has put away; `reason` is the field's name. */
export const openKeyCases = (db: Database): Promise<KeptNotice[]> =>
  db.find<KeptNotice>('notices', {
    where: { kind: 'keysRefused', dismissedAt: null },
    orderBy: [['at', 'desc']],
    limit: 100,
  })

/** The generation that a case of a key is about. */
export const generationOf = ({ _id }: Pick<KeptNotice, '_id'>): number => Number(_id.split('-')[2])

// Some have nothing to replay and must not stand in the way of those that have.
const lookLimit = 200

/** What waits of one provider, can be replayed and came last within a time; the oldest first. */
export async function waitingNotices(
  db: Database,
  { provider, from, to, limit }: { provider: string; from: number; to: number; limit: number },
): Promise<KeptNotice[]> {
  const where = { dismissedAt: null, provider, at: { gte: from, lte: to } }
  const found = await db.find<KeptNotice>('notices', { where, orderBy: [['at', 'asc']], limit: lookLimit })
  return found.filter(({ received = [] }) => received.length > 0).slice(0, limit)
}

/** What was kept about one order, the newest first. */
export const noticesOfOrder = (db: Database, orderNo: string): Promise<KeptNotice[]> =>
  db.find<KeptNotice>('notices', { where: { orderNo }, orderBy: [['at', 'desc']], limit: 20 })

export interface NoticeEntry {
  /** the same cause gives the same id */
  id: string
  kind: NoticeKind
  provider: string
  orderNo: string | null
  reason: string
  content: unknown
  facts?: NoticeFacts | undefined
  received?: KeptRequest | undefined
  /** how often it came; 0 for one that came before and was looked at again */
  count: number
  now: number
}

const sampleLimit = 5
const tryLimit = 5

// A flood of forged calls must not push out what came before it: the first two stay beside the last three.
const firstKept = 2

const kept = <T>(all: readonly T[], kind: NoticeKind): T[] =>
  kind === 'forged'
    ? [...all.slice(0, firstKept), ...all.slice(firstKept).slice(firstKept - sampleLimit)]
    : all.slice(-sampleLimit)

/** Adds an entry, or counts it on the one that is there. False when it could not be kept. */
export async function keepNotice(db: Database, entry: NoticeEntry): Promise<boolean> {
  const { id, kind, provider, orderNo, reason, content, facts, received, count, now } = entry
  const sample = { at: now, content }
  for (let attempt = 0; attempt < tryLimit; attempt++) {
    try {
      const there = await db.get<KeptNotice>('notices', id)
      if (!there) {
        await db.insert<KeptNotice>('notices', {
          _id: id,
          version: 1,
          kind,
          provider,
          orderNo,
          reason,
          count: Math.max(1, count),
          firstAt: now,
          at: now,
          samples: [sample],
          ...(facts && { facts }),
          ...(received && { received: [received] }),
          dismissedAt: null,
        })
        return true
      }
      if (count === 0 && there.dismissedAt === null) return true
      const fields = {
        version: there.version + 1,
        count: there.count + count,
        at: now,
        samples: kept([...there.samples, sample], kind),
        ...(facts && { facts }),
        ...(received && { received: kept([...(there.received ?? []), received], kind) }),
        // Dismissed was what had happened until then; it has happened again.
        ...(kind !== 'forged' && { dismissedAt: null }),
      }
      if (await db.change<KeptNotice>('notices', id, there.version, fields)) return true
    } catch {
      // a lost reply or a faster writer: read again and decide again
    }
  }
  return false
}

const removedAtOnce = 50

/** Removes up to 50 entries of forged notices that came last before a time. @returns whether there may be more */
export async function removeForged(db: Database, before: number): Promise<boolean> {
  const where = { kind: 'forged', at: { lt: before } }
  const old = await db.find<KeptNotice>('notices', { where, orderBy: [['at', 'asc']], limit: removedAtOnce })
  for (const { _id } of old) await db.remove('notices', _id)
  return old.length === removedAtOnce
}
