import type * as z from 'zod/mini'
import type { AdminResults, adminApi } from '../api'
import { startOfDayText } from '../domain/days'
import { AppError } from '../domain/errors'
import { refundableFen } from '../domain/order'
import { mustReadOrder } from '../store/orders'
import type { Done } from './audited'
import type { StaffContext } from './context'
import { recheckOrder } from './recheckOrder'
import {
  markRepaired,
  type Reconciliation,
  readReconciliation,
  reconcileNow,
  reconciliationView,
  repairsOf,
} from './reconcile'
import { requestRefund } from './requestRefund'
import { staffNames } from './staffNames'

type Asked = z.infer<typeof adminApi.bills>

/** The reconciliation of a provider's day, null where there is none yet. @throws BadInput for a day that is none */
export async function readBillsAsStaff(
  ctx: StaffContext,
  { provider, day }: Asked,
): Promise<Done<AdminResults['bills']>> {
  startOfDayText(day, 'day')
  const [job, nameOf, providers] = await Promise.all([
    readReconciliation(ctx, provider, day),
    staffNames(ctx),
    ctx.providers(),
  ])
  const billing = providers.filter((one) => one.provider.bill !== undefined).map(({ definition }) => definition.code)
  return { result: { providers: billing, reconciliation: job ? reconciliationView(job, nameOf) : null } }
}

/** Does a reconciliation now, for staff who may do more than look; see reconcileNow. @throws Forbidden */
export async function runBillsAsStaff(
  ctx: StaffContext,
  { provider, day }: Asked,
): Promise<Done<AdminResults['bills']>> {
  if (ctx.role === 'viewer') throw new AppError('Forbidden', 'viewers only look')
  const job = await reconcileNow(ctx, provider, day)
  const { result } = await readBillsAsStaff(ctx, { provider, day })
  return { result, detail: `${provider} ${day}: ${job.found} of ${job.found + job.matched} differ` }
}

/**
 * Settles one difference: asks the provider and settles by what it says; gives the money back that stands too much with
 * us; or ignores it with a note. Again it is harmless.
 * @throws NotFound, Conflict, BadInput where this repair does not fit, Forbidden over the refund limit
 */
export async function repairAsStaff(
  ctx: StaffContext,
  { provider, day, no, how, note = '', requestId }: z.infer<typeof adminApi.repair>,
): Promise<Done<AdminResults['repair']>> {
  const job = await readReconciliation(ctx, provider, day)
  const difference = job?.differences.find((one) => one.no === no && one.repaired === null)
  const done = job?.differences.find((one) => one.no === no && one.repaired?.how === how)
  if (!job || (!difference && !done)) throw new AppError('NotFound', 'no such difference')
  if (!difference) return { result: { reconciliation: reconciliationView(job, await staffNames(ctx)) } }
  if (!repairsOf(difference).includes(how)) throw new AppError('BadInput', 'how: does not fit this difference')
  if (how === 'ignore' && note.trim() === '') throw new AppError('BadInput', 'note: is empty')
  const orderNo = difference.orderNo ?? ''
  if (how === 'query') await recheckOrder(ctx, { orderNo })
  if (how === 'refund') await refundAll(ctx, orderNo, no, requestId)
  const repaired = { at: ctx.now(), by: ctx.openid, how, note }
  const after: Reconciliation = await markRepaired(ctx, job, no, repaired)
  const detail = `${provider} ${day} ${difference.kind} ${no}: ${how} ${note}`.trim()
  return { result: { reconciliation: reconciliationView(after, await staffNames(ctx)) }, detail }
}

async function refundAll(ctx: StaffContext, orderNo: string, paymentNo: string, requestId?: string): Promise<void> {
  if (requestId === undefined) throw new AppError('BadInput', 'requestId: is missing')
  const order = await mustReadOrder(ctx.db, orderNo)
  const amountFen = refundableFen(order, paymentNo)
  const request = {
    requestId,
    paymentNo,
    amountFen,
    reason: 'reconciliation',
    by: ctx.openid,
    limitFen: ctx.refundLimitFen,
  }
  await requestRefund(ctx, orderNo, request, order)
}
