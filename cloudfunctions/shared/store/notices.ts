// Notices that could not be applied, kept as cases for staff: one document for each cause, with a count and the last
// five notices as masked samples.
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

/** What staff need to look a notice up. Stored only from a notice whose signature was valid. */
export interface NoticeFacts {
  /** our number (of a payment, refund or contract) that the notice names */
  no: string
  theirNo: string | null
  /** the amounts in our record (`dueFen`) and in the notice (`toldFen`), in minor units */
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
  /** the facts of the last notice; absent if the sender is not known */
  facts?: NoticeFacts
  /** the complete requests, so that they can be processed again; never sent to the phone */
  received?: KeptRequest[]
  /** when a staff member dismissed the case with a note, or null */
  dismissedAt: number | null
  dismissedBy?: string
  note?: string
}

/** A provider's call, exactly as it was received. */
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

/** Dismisses a case. The same cause opens it again. @throws Conflict if another notice arrived at this moment */
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

/** The id of the case about a key that a provider refuses: one case for each key, however many payments it stops. */
export const keyCaseId = ({
  provider,
  generation,
  field,
}: {
  provider: string
  generation: number
  field: string
}): string => `keysRefused-${provider}-${generation}-${field}`

/** The open cases about keys that providers refuse; `reason` is the name of the key's field. */
export const openKeyCases = (db: Database): Promise<KeptNotice[]> =>
  db.find<KeptNotice>('notices', {
    where: { kind: 'keysRefused', dismissedAt: null },
    orderBy: [['at', 'desc']],
    limit: 100,
  })

/** The generation of settings that a key's case is about. */
export const generationOf = ({ _id }: Pick<KeptNotice, '_id'>): number => Number(_id.split('-')[2])

// Some cases hold no request that could be replayed. They must not use up the limit of those that do.
const lookLimit = 200

/** A provider's open cases that can be replayed and whose last notice came within a time, the oldest first. */
export async function waitingNotices(
  db: Database,
  { provider, from, to, limit }: { provider: string; from: number; to: number; limit: number },
): Promise<KeptNotice[]> {
  const where = { dismissedAt: null, provider, at: { gte: from, lte: to } }
  const found = await db.find<KeptNotice>('notices', { where, orderBy: [['at', 'asc']], limit: lookLimit })
  return found.filter(({ received = [] }) => received.length > 0).slice(0, limit)
}

/** The cases about one order, the newest first. */
export const noticesOfOrder = (db: Database, orderNo: string): Promise<KeptNotice[]> =>
  db.find<KeptNotice>('notices', { where: { orderNo }, orderBy: [['at', 'desc']], limit: 20 })

export interface NoticeEntry {
  /** notices with the same cause have the same id */
  id: string
  kind: NoticeKind
  provider: string
  orderNo: string | null
  reason: string
  content: unknown
  facts?: NoticeFacts | undefined
  received?: KeptRequest | undefined
  /** how many notices this adds to the count; 0 for a notice that was counted before and is replayed */
  count: number
  now: number
}

const sampleLimit = 5
const tryLimit = 5

// A flood of forged calls must not push out the earlier samples: the first two stay beside the last three.
const firstKept = 2

const kept = <T>(all: readonly T[], kind: NoticeKind): T[] =>
  kind === 'forged'
    ? [...all.slice(0, firstKept), ...all.slice(firstKept).slice(firstKept - sampleLimit)]
    : all.slice(-sampleLimit)

/** Adds a case, or increases the count of the case that exists. False if nothing could be stored. */
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
        // A person dismissed the earlier notices only. A new one opens the case again.
        ...(kind !== 'forged' && { dismissedAt: null }),
      }
      if (await db.change<KeptNotice>('notices', id, there.version, fields)) return true
    } catch {
      // The reply was lost or another writer was faster: read and decide again.
    }
  }
  return false
}

const removedAtOnce = 50

/** Removes up to 50 cases of forged notices whose last notice came before a time. @returns whether there may be more */
export async function removeForged(db: Database, before: number): Promise<boolean> {
  const where = { kind: 'forged', at: { lt: before } }
  const old = await db.find<KeptNotice>('notices', { where, orderBy: [['at', 'asc']], limit: removedAtOnce })
  for (const { _id } of old) await db.remove('notices', _id)
  return old.length === removedAtOnce
}
