// The audit: what staff did. Entries are added and never changed. An entry is written before its action, and the result
// of the action is a second document, so that every action that happened has an entry, even if the process was killed.
import type { Database, Document } from './database'

export type AuditFields = Record<string, unknown>

/** What a staff member was about to do. */
export interface AuditEntry extends Document {
  at: number
  /** openid of the staff member */
  by: string
  /** the staff member's name at that time */
  name: string
  /** the action's name */
  what: string
  orderNo: string | null
  /** the fields of the request, without secrets */
  wish: AuditFields
}

/** How an action ended. */
export interface AuditOutcome {
  endedAt: number
  /** the fields of the result, with the values before and after */
  outcome: AuditFields
  before: AuditFields | null
  after: AuditFields | null
  /** the error's code if the action failed */
  failed: string | null
}

/** An entry with its result. `endedAt` is null while the action runs, or if the process stopped in the middle of it. */
export type Audited = AuditEntry & (AuditOutcome | (Omit<AuditOutcome, 'endedAt'> & { endedAt: null }))

const collection = 'audit'
const tryLimit = 3
const endOf = (id: string): string => `${id}-end`

/** Adds an entry. False if it could not be stored: the action must not be carried out then. */
export const beginAudit = (db: Database, entry: AuditEntry): Promise<boolean> => add(db, entry)

/** Adds the result of an entry's action. False if it could not be stored. */
export const endAudit = (db: Database, id: string, outcome: AuditOutcome): Promise<boolean> =>
  add<AuditOutcome & Document>(db, { _id: endOf(id), version: 1, ...outcome })

// If the reply of the insert was lost, the document is there.
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

/** Entries with their results, in the same order. @param entries at most 100 */
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
    // Older entries hold their result in the same document.
    const old = 'failed' in entry ? { endedAt: entry.at, name: '', wish: {} } : {}
    return { ...end, ...old, ...entry }
  })
}
