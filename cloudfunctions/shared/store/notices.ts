// Cases for staff in the database (collection `notices`): notices that could not be applied, and work that failed.
// There is one document for each cause, with a count and the last five notices as masked samples.
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

/**
 * The facts by which staff can look up what a notice reports. They are stored only if the notice's signature was valid.
 */
export interface NoticeFacts {
  /** our number that the notice contains: of a payment, refund or contract */
  no: string
  theirNo: string | null
  /** the number of our payment, refund or contract, as the notice says it */
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
  /** the facts of the last notice; absent if we could not verify who sent it */
  facts?: NoticeFacts
  /**
   * the complete HTTP requests of the notices, with which staff can replay the notices. These requests are never sent
   * to the phone
   */
  received?: KeptRequest[]
  /** when a staff member dismissed the case; null: the case is open */
  dismissedAt: number | null
  dismissedBy?: string
  note?: string
}

/** The HTTP request of a provider, exactly as we received it. */
export interface KeptRequest {
  at: number
  method: string
  path: string
  query: Record<string, string>
  headers: Record<string, string>
  /** the request's body in base64 */
  body: string
}

export const readNotice = (db: Database, id: string): Promise<KeptNotice | undefined> =>
  db.get<KeptNotice>('notices', id)

/**
 * Dismisses a case. If the cause occurs again, the case is opened again.
 * @throws Conflict if another notice with the same cause arrives at the same moment
 */
export async function dismissNotice(
  db: Database,
  notice: KeptNotice,
  { by, note, now }: { by: string; note: string; now: number },
): Promise<KeptNotice> {
  const fields = { dismissedAt: now, dismissedBy: by, note, version: notice.version + 1 }
  if (!(await db.change<KeptNotice>('notices', notice._id, notice.version, fields)))
    throw new AppError('Conflict', 'another notice was counted in the case a moment ago')
  return { ...notice, ...fields }
}

/**
 * The id of the case about a key that a provider refuses. There is one case for each key, even if the key stops many
 * payments.
 */
export const keyCaseId = ({
  provider,
  generation,
  field,
}: {
  provider: string
  generation: number
  field: string
}): string => `keysRefused-${provider}-${generation}-${field}`

/** The open cases about keys that providers refuse. `reason` is the name of the key's field in the settings. */
export const openKeyCases = (db: Database): Promise<KeptNotice[]> =>
  db.find<KeptNotice>('notices', {
    where: { kind: 'keysRefused', dismissedAt: null },
    orderBy: [['at', 'desc']],
    limit: 100,
  })

/**
 * A case about a refused key belongs to one generation of the provider's settings. Returns the number of this
 * generation.
 */
export const generationOf = ({ _id }: Pick<KeptNotice, '_id'>): number => Number(_id.split('-')[2])

// How many cases we read in order to find those that can be replayed. Cases without a stored request are read too, so
// this is more than the number that we return.
const lookLimit = 200

/** A provider's open cases that staff can replay and whose last notice came between two times, oldest first. */
export async function waitingNotices(
  db: Database,
  { provider, from, to, limit }: { provider: string; from: number; to: number; limit: number },
): Promise<KeptNotice[]> {
  const where = { dismissedAt: null, provider, at: { gte: from, lte: to } }
  const found = await db.find<KeptNotice>('notices', { where, orderBy: [['at', 'asc']], limit: lookLimit })
  return found.filter(({ received = [] }) => received.length > 0).slice(0, limit)
}

/** The cases about one order, newest first. */
export const noticesOfOrder = (db: Database, orderNo: string): Promise<KeptNotice[]> =>
  db.find<KeptNotice>('notices', { where: { orderNo }, orderBy: [['at', 'desc']], limit: 20 })

export interface NoticeEntry {
  /** the id of the case; notices with the same cause have the same id */
  id: string
  kind: NoticeKind
  provider: string
  orderNo: string | null
  reason: string
  content: unknown
  facts?: NoticeFacts | undefined
  received?: KeptRequest | undefined
  /** how many notices are added to the case's count; 0 for a replayed notice, because it was counted before */
  count: number
  now: number
}

const sampleLimit = 5
const tryLimit = 5

// Keep the first two samples and the last three, so that a flood of forged notices does not remove all early samples.
const firstKept = 2

const kept = <T>(all: readonly T[], kind: NoticeKind): T[] =>
  kind === 'forged'
    ? [...all.slice(0, firstKept), ...all.slice(firstKept).slice(firstKept - sampleLimit)]
    : all.slice(-sampleLimit)

/** Makes a case, or adds to the count of the case that exists. Returns false if nothing could be stored. */
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
        // Staff dismissed only the earlier notices. A new notice opens the case again.
        ...(kind !== 'forged' && { dismissedAt: null }),
      }
      if (await db.change<KeptNotice>('notices', id, there.version, fields)) return true
    } catch {
      // The reply got lost, or another writer was first. So read the case again and decide again.
    }
  }
  return false
}

const removedAtOnce = 50

/**
 * Removes up to 50 cases of forged notices whose last notice came before this time.
 * @returns whether there may be more of them
 */
export async function removeForged(db: Database, before: number): Promise<boolean> {
  const where = { kind: 'forged', at: { lt: before } }
  const old = await db.find<KeptNotice>('notices', { where, orderBy: [['at', 'asc']], limit: removedAtOnce })
  for (const { _id } of old) await db.remove('notices', _id)
  return old.length === removedAtOnce
}
