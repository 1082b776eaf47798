// What staff did: only ever added to. No function changes or removes an entry.
import type { Database, Document } from './database'

export interface AuditEntry extends Document {
  at: number
  /** openid of staff */
  by: string
  /** the action's name */
  what: string
  orderNo: string | null
  detail: string
  before: Record<string, unknown> | null
  after: Record<string, unknown> | null
  /** the error's code when it did not happen */
  failed: string | null
}

const collection = 'audit'
const tryLimit = 3

/** Adds an entry; false when it could not be kept. A lost reply is recognised by the entry being there. */
export async function addAudit(db: Database, entry: AuditEntry): Promise<boolean> {
  for (let attempt = 0; attempt < tryLimit; attempt++) {
    try {
      await db.insert<AuditEntry>(collection, entry)
      return true
    } catch {
      const there = await db.get<AuditEntry>(collection, entry._id).catch(() => undefined)
      if (there) return true
    }
  }
  return false
}
