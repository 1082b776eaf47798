import type { AdminInput, AdminResults, AuditView } from '../../api/admin'
import { auditShape } from '../../domain/shapes'
import { type AuditEntry, type Audited, withEnds } from '../../store/audit'
import { readPage } from '../../store/paging'
import type { StaffContext } from '../platform/context'
import { soundRows } from '../platform/soundRows'
import { staffNames } from '../platform/staffNames'
import type { Done } from './audited'

const defaultLimit = 30

/** Lists the entries of the audit, newest first. Only owners may read it. @throws BadInput */
export async function listAudit(
  ctx: StaffContext,
  { cursor, limit = defaultLimit }: AdminInput<'audit'>,
): Promise<Done<AdminResults['audit']>> {
  const [page, nameOf] = await Promise.all([
    readPage<AuditEntry>(ctx.db, 'audit', { where: {}, by: 'at', from: 0, cursor, limit }),
    staffNames(ctx),
  ])
  const entries = await withEnds(ctx.db, page.found)
  const { rows, broken } = soundRows(ctx, entries, auditShape, (entry) => viewOf(entry, nameOf))
  return { result: { entries: rows, broken, cursor: page.cursor } }
}

const viewOf = (entry: Audited, nameOf: (by: string) => string): AuditView => {
  const { _id, at, by, name, what, orderNo, wish, outcome, before, after, failed, endedAt } = entry
  // Show the name that the person had at the time of the action, if the entry has one.
  const who = name || nameOf(by)
  const told = { wish, outcome, before, after, failed, hasEnded: endedAt !== null }
  return { id: _id, at, by: who, what, number: orderNo, ...told }
}
