// The first part of an audit entry: who does what. We write it before the action.
import type { Database, Document } from './database'

export type AuditFields = Record<string, unknown>

/** What a staff member was about to do. */
export interface AuditEntry extends Document {
  at: number
  /** the openid of the staff member */
  by: string
  /** the name that the staff member had at the time of the action */
  name: string
  /** the name of the action */
  what: string
  orderNo: string | null
  /** the fields of the staff member's request, without secrets */
  wish: AuditFields
}

/** The second part of an audit entry: how the action ended. */
export interface AuditOutcome {
  endedAt: number
  /** the fields of the action's result */
  outcome: AuditFields
  before: AuditFields | null
  after: AuditFields | null
  /** the code of the error if the action failed; null: it did not fail */
  failed: string | null
}

/**
 * An audit entry with its result. `endedAt` is null while the action runs, or if the function was killed during the
 * action.
 */
export type Audited = AuditEntry & (AuditOutcome | (Omit<AuditOutcome, 'endedAt'> & { endedAt: null }))

const collection = 'audit'
// Together at most six calls of the database, so that time is left for the action itself.
const tryLimit = 2
const readLimit = 2
const endOf = (id: string): string => `${id}-end`

/**
 * Adds an audit entry. Returns false if the entry could not be stored. The caller then refuses the action, because no
 * action may happen without an entry in the audit.
 */
export const beginAudit = (db: Database, entry: AuditEntry): Promise<boolean> => add(db, entry)

/** Adds the result of an action to the audit. Returns false if the result could not be stored. */
export const endAudit = (db: Database, id: string, outcome: AuditOutcome): Promise<boolean> =>
  add<AuditOutcome & Document>(db, { _id: endOf(id), version: 1, ...outcome })

async function add<T extends Document>(db: Database, document: T): Promise<boolean> {
  for (let attempt = 0; attempt < tryLimit; attempt++) {
    try {
      await db.insert<T>(collection, document)
      return true
    } catch {
      if (await isStored(db, document._id)) return true
    }
  }
  return false
}

// The insert may have worked although its reply got lost. So if the document exists, it was stored. If the database does
// not answer, ask once more, because an action that we refuse should have no entry.
async function isStored(db: Database, id: string): Promise<boolean> {
  for (let attempt = 0; attempt < readLimit; attempt++) {
    if (attempt > 0) await db.backOff(attempt)
    try {
      return (await db.get(collection, id)) !== undefined
    } catch {
      // The database did not answer.
    }
  }
  return false
}

const noEnd = { endedAt: null, outcome: {}, before: null, after: null, failed: null }

/** Adds to each audit entry its result, and keeps their order. @param entries at most 100 */
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
    // Old entries contain their result. Newer entries have their result in a second document.
    const old = 'failed' in entry ? { endedAt: entry.at, name: '', wish: {} } : {}
    return { ...end, ...old, ...entry }
  })
}
