// What staff did: only ever added to. An entry is written before its action, and how it ended is a document of its own,
// so that an action that happened has its entry wherever we were stopped.
import type { Database, Document } from './database'

export type AuditFields = Record<string, unknown>

/** What somebody was about to do. */
export interface AuditEntry extends Document {
  at: number
  /** openid of staff */
  by: string
  /** that person's name then */
  name: string
  /** the action's name */
  what: string
  orderNo: string | null
  /** what was asked for, by field; never a secret */
  wish: AuditFields
}

/** How it ended. */
export interface AuditOutcome {
  endedAt: number
  /** what came of it, by field, beside before and after */
  outcome: AuditFields
  before: AuditFields | null
  after: AuditFields | null
  /** the error's code when it did not happen */
  failed: string | null
}

/** An entry with its end; `endedAt` is null while there is none: it runs, or we were stopped in the middle of it. */
export type Audited = AuditEntry & (AuditOutcome | (Omit<AuditOutcome, 'endedAt'> & { endedAt: null }))

const collection = 'audit'
const tryLimit = 3
const endOf = (id: string): string => `${id}-end`

/** Adds an entry; false when it could not be kept: then nothing may be done. */
export const beginAudit = (db: Database, entry: AuditEntry): Promise<boolean> => add(db, entry)

/** Adds how an entry ended; false when it could not be kept. */
export const endAudit = (db: Database, id: string, outcome: AuditOutcome): Promise<boolean> =>
  add<AuditOutcome & Document>(db, { _id: endOf(id), version: 1, ...outcome })

// A lost reply is recognised by the document being there.
async function add<T extends Document>(db: Database, document: T): Promise<boolean> {
  for (let attempt = 0; attempt < tryLimit; attempt++) {
    try {
      await db.insert<T>(collection, document)
      return true
    } catch {
      const there = await db.get<T>(collection, document._id).catch(() => undefined)
      if (there) return true
    }
  }
  return false
}

const noEnd = { endedAt: null, outcome: {}, before: null, after: null, failed: null }

/** Entries with their ends, in the same order. @param entries at most 100 */
export async function withEnds(db: Database, entries: readonly AuditEntry[]): Promise<Audited[]> {
  if (entries.length === 0) return []
  const ids = entries.map(({ _id }) => endOf(_id))
  const found = await db.find<AuditOutcome & Document>(collection, {
    where: { _id: { in: ids } },
    orderBy: [['_id', 'asc']],
    limit: 100,
  })
  const ends = new Map(found.map((end) => [end._id, end]))
  return entries.map((entry) => {
    const { _id: _, version: __, ...end } = ends.get(endOf(entry._id)) ?? { _id: '', version: 1, ...noEnd }
    // Before ends were documents of their own, they stood in the entry.
    const old = 'failed' in entry ? { endedAt: entry.at, name: '', wish: {} } : {}
    return { ...end, ...old, ...entry }
  })
}
