import type * as z from 'zod/mini'
import type { AdminResults, adminApi } from '../api'
import { type AuditEntry, withEnds } from '../store/audit'
import { readPage } from '../store/paging'
import type { Done } from './audited'
import type { StaffContext } from './context'
import { staffNames } from './staffNames'

const defaultLimit = 30

/** What staff did, newest first, for owners. @throws BadInput */
export async function listAudit(
  ctx: StaffContext,
  { cursor, limit = defaultLimit }: z.infer<typeof adminApi.audit>,
): Promise<Done<AdminResults['audit']>> {
  const [page, nameOf] = await Promise.all([
    readPage<AuditEntry>(ctx.db, 'audit', { where: {}, by: 'at', from: 0, cursor, limit }),
    staffNames(ctx),
  ])
  const entries = await withEnds(ctx.db, page.found)
  const result = {
    cursor: page.cursor,
    entries: entries.map(({ _id, at, by, name, what, orderNo, wish, outcome, before, after, failed, endedAt }) => ({
      id: _id,
      at,
      // The name as it was then.
      by: name || nameOf(by),
      what,
      number: orderNo,
      wish,
      outcome,
      before,
      after,
      failed,
      hasEnded: endedAt !== null,
    })),
  }
  return { result }
}
