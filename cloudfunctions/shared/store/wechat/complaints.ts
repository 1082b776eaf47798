// Complaints in the database. Their `_id` is the provider's own number, so that a repeated notice finds the same
// complaint.
import type { Complaint } from '../../domain/complaints/complaint'
import { storedIn } from '../compareAndSet'
import type { Database } from '../database'
import { readPage } from '../paging'

const collection = 'complaints'

export const {
  read: readComplaint,
  mustRead: mustReadComplaint,
  insert: insertComplaint,
  write: writeComplaint,
  change: changeComplaint,
} = storedIn<'complaint', Complaint>(collection, 'complaint')

/** Complaints that became due between `since` and `now`, the longest waiting first. */
export const dueComplaints = (
  db: Database,
  { since, now, limit }: { since: number; now: number; limit: number },
): Promise<Complaint[]> =>
  db.find<Complaint>(collection, {
    where: { dueAt: { gte: since, lte: now } },
    orderBy: [['dueAt', 'asc']],
    limit,
  })

/** Reads one page of complaints, newest first. @throws BadInput for a malformed cursor */
export const pageOfComplaints = (
  db: Database,
  { openOnly, ...page }: { openOnly: boolean; cursor?: string | undefined; limit: number },
): Promise<{ found: Complaint[]; cursor: string | null }> =>
  readPage<Complaint>(db, collection, { ...page, where: openOnly ? { isOpen: true } : {}, by: 'complainedAt' })
