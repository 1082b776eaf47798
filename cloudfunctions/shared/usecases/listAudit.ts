import type * as z from 'zod/mini'
import type { AdminResults, adminApi } from '../api'
import type { AuditEntry } from '../store/audit'
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
    readPage<AuditEntry>(ctx.db, 'audit', { where: {}, by: 'at', cursor, limit }),
    staffNames(ctx),
  ])
  const result = {
    cursor: page.cursor,
    entries: page.found.map(({ _id, at, by, what, orderNo, detail, before, after, failed }) => ({
      id: _id,
      at,
      by: nameOf(by),
      what,
      number: orderNo,
      detail,
      before,
      after,
      failed,
    })),
  }
  return { result }
}
