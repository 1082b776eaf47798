import { AppError } from '../../domain/errors'
import { openRefund, type RefundRequest, refundByRequest } from '../../domain/orders/orderRefunds'
import { type Order, paymentOf } from '../../domain/orders/orderShape'
import type { Payment } from '../../domain/payment'
import type { Provider } from '../../providers/provider'
import { changeOrder, mustReadOrder } from '../../store/orders'
import type { Context } from '../platform/context'
import { sendRefund } from './sendRefund'

/**
 * Whether we can refund this payment through its provider. A second charge can be refunded only if the provider can
 * distinguish it from the first charge.
 */
export const canRefund = (provider: Provider, payment: Payment): boolean =>
  provider.refund !== undefined && (payment.secondOf === undefined || provider.byTheirNo === true)

/**
 * Refunds a payment, fully or partly. The refund is stored before we call the provider, and a repeated requestId
 * returns the existing refund. The timer finishes a refund that has no result yet.
 * @param request amountFen: at most the payment's amount minus its refunds that did not fail
 * @param known the order, if the caller has just read it; saves a read
 * @returns the order as it is afterwards, and the refund's number
 * @throws NotFound, Conflict; Forbidden if the amount is over the limit in the request; Unsupported if the provider
 * cannot refund (then nothing was written)
 */
export async function requestRefund(
  ctx: Context,
  orderNo: string,
  request: RefundRequest,
  known?: Order,
): Promise<{ order: Order; refundNo: string }> {
  const order = known ?? (await mustReadOrder(ctx.db, orderNo))
  const payment = paymentOf(order, request.paymentNo)
  const isNew = refundByRequest(order, request.requestId) === undefined
  const source = await ctx.sourceOf(payment)
  if (isNew && !(source && canRefund(source.provider, payment)))
    throw new AppError('Unsupported', 'this payment cannot be refunded through its provider')
  const { order: stored, refund } = await changeOrder(
    ctx.db,
    orderNo,
    (before) =>
      openRefund(before, { ...request, failedKeepsNo: source?.definition.failedRefundKeepsNo === true }, ctx.now()),
    order,
  )
  if (refund.state !== 'requested') return { order: stored, refundNo: refund.no }
  try {
    return { order: await sendRefund(ctx, stored, refund.no), refundNo: refund.no }
  } catch (error) {
    // Sending the refund failed. The refund is stored, and the timer will send it under the same number. So the caller
    // gets an unfinished refund instead of an error.
    ctx.log('refundNotSent', { refundNo: refund.no, reason: error instanceof Error ? error.name : 'error' })
    return { order: stored, refundNo: refund.no }
  }
}
