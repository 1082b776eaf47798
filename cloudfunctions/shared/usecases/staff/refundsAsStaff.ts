// The refund actions of the back office: staff refund a payment, or record a refund's result that they read in the
// provider's console.
import type { AdminInput, AdminResults } from '../../api/admin'
import { AppError, isAppError } from '../../domain/errors'
import { recordRefund } from '../../domain/orders/orderRefunds'
import { refundOf } from '../../domain/orders/orderShape'
import { dismissNotice, noticesOfOrder } from '../../store/notices'
import { changeOrder, mustReadOrder } from '../../store/orders'
import type { StaffContext } from '../platform/context'
import { assertNotOwnRefund } from '../refunds/ownRefund'
import { requestRefund } from '../refunds/requestRefund'
import type { Done } from './audited'
import { staffOrderView } from './staffOrderView'

/**
 * Refunds a payment by requestRefund, within the staff member's limit.
 * @throws Forbidden, also if the caller placed the order
 */
export async function refundAsStaff(
  ctx: StaffContext,
  { orderNo, requestId, paymentNo, amountFen, reason }: AdminInput<'refund'>,
): Promise<Done<AdminResults['refund']>> {
  const before = await mustReadOrder(ctx.db, orderNo)
  await assertNotOwnRefund(ctx, before)
  const request = { requestId, paymentNo, amountFen, reason, by: ctx.openid, limitFen: ctx.refundLimitFen }
  const { order: after, refundNo } = await requestRefund(ctx, orderNo, request, before)
  return { result: { order: await staffOrderView(ctx, after), refundNo }, before, after, outcome: { refundNo } }
}

/**
 * Records the result of a refund that has no result, as staff read it in the provider's console: done or not done. If
 * it is not done, the amount can be refunded again. The refund's open cases are dismissed with the same note.
 * @throws NotFound; Conflict while the refund is being sent, is too recent, or has another result; Forbidden if the
 * caller placed the order or the amount is over the caller's limit
 */
export async function recordRefundAsStaff(
  ctx: StaffContext,
  { orderNo, refundNo, isRefunded, note }: AdminInput<'recordRefund'>,
): Promise<Done<AdminResults['recordRefund']>> {
  const before = await mustReadOrder(ctx.db, orderNo)
  await assertNotOwnRefund(ctx, before)
  const { amountFen } = refundOf(before, refundNo)
  if (ctx.refundLimitFen !== null && amountFen > ctx.refundLimitFen)
    throw new AppError('Forbidden', 'the refund is over your limit')
  const record = { isRefunded, by: ctx.openid, note }
  const { order: after } = await changeOrder(
    ctx.db,
    orderNo,
    (order) => ({ order: recordRefund(order, refundNo, record, ctx.now()) }),
    before,
  )
  await endCases(ctx, orderNo, refundNo, note)
  return { result: { order: await staffOrderView(ctx, after) }, before, after, outcome: { amountFen } }
}

async function endCases(ctx: StaffContext, orderNo: string, refundNo: string, note: string): Promise<void> {
  for (const notice of await noticesOfOrder(ctx.db, orderNo)) {
    // The id of a case about a refund always contains the refund's number. So find the refund's cases by their ids.
    if (notice.kind !== 'unresolved' || notice.dismissedAt !== null || !notice._id.includes(refundNo)) continue
    try {
      await dismissNotice(ctx.db, notice, { by: ctx.openid, note, now: ctx.now() })
    } catch (error) {
      // A new report about the same cause has just arrived, so leave the case open.
      if (!isAppError(error, 'Conflict')) throw error
    }
  }
}
