// Refunds by staff: refund a payment, or record the result that the provider's merchant console shows.
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

/** Refunds a payment within the staff member's limit; see requestRefund. @throws Forbidden, also for an own order */
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
 * Records the result of a refund that has none, as the provider's merchant console shows it: done, or not done. If not
 * done, the amount can be refunded again. The refund's open cases are dismissed with the same note.
 * @throws NotFound; Conflict while the refund is being sent, is too young, or has another result; Forbidden for an own
 * order and over the refund limit
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
    // The refund's number is part of the case's subject or reason, and both are part of the case's id.
    if (notice.kind !== 'unresolved' || notice.dismissedAt !== null || !notice._id.includes(refundNo)) continue
    try {
      await dismissNotice(ctx.db, notice, { by: ctx.openid, note, now: ctx.now() })
    } catch (error) {
      // Another report arrived at this moment: the case stays open.
      if (!isAppError(error, 'Conflict')) throw error
    }
  }
}
