// What could not be applied, kept for a person: one document per cause, counted, with the last five samples masked.
import type { Database, Document } from './database'

export type NoticeKind = 'forged' | 'unmatched' | 'mismatched' | 'contradiction' | 'unresolved' | 'stuck'

export interface KeptNotice extends Document {
  kind: NoticeKind
  provider: string
  orderNo: string | null
  reason: string
  count: number
  firstAt: number
  at: number
  samples: { at: number; content: unknown }[]
  /** dismissed by a person with a note, or null */
  dismissedAt: number | null
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
  count: number
  now: number
}

const sampleLimit = 5
const tryLimit = 5

/** Adds an entry, or counts it on the one that is there. False when it could not be kept. */
export async function keepNotice(db: Database, entry: NoticeEntry): Promise<boolean> {
  const { id, kind, provider, orderNo, reason, content, count, now } = entry
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
          count,
          firstAt: now,
          at: now,
          samples: [sample],
          dismissedAt: null,
        })
        return true
      }
      const fields = {
        version: there.version + 1,
        count: there.count + count,
        at: now,
        samples: [...there.samples, sample].slice(-sampleLimit),
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
