import { type Order, payerOf, paymentOf } from '../../domain/orders/orderShape'
import { debitChannel, type Payment } from '../../domain/payment'
import { otherAppOf } from '../../domain/person'
import { type Refund, reasonText } from '../../domain/refund'
import type { PaymentRef, RefundInput } from '../../providers/provider'

/** The data of a payment that we need for every call to its provider. */
export const paymentRef = (order: Order, payment: Payment, now: number): PaymentRef => ({
  ...(payment.channel === debitChannel && debitAppOf(order)),
  paymentNo: payment.secondOf ?? payment.no,
  theirNo: payment.theirNo,
  ...(payment.secondOf !== undefined && { isSecond: true }),
  channel: payment.channel,
  amountFen: payment.amountFen,
  currency: order.currency,
  openid: payerOf(order, payment),
  createdAt: payment.createdAt,
  now,
})

// A debit must use the appid of the app in which the contract was signed. The order of a charge has the same person as
// the contract, so we take the app of the order's person.
function debitAppOf(order: Order): Pick<PaymentRef, 'debitApp'> {
  const debitApp = otherAppOf(order)
  return debitApp === undefined ? {} : { debitApp }
}

/** The data of a refund that we need for every call to its provider. */
export const refundRef = (order: Order, refund: Refund, noticeUrl: string, now: number): RefundInput => ({
  payment: paymentRef(order, paymentOf(order, refund.paymentNo), now),
  refundNo: refund.no,
  theirRefundNo: refund.theirNo,
  outsideRefunds: order.refunds.flatMap(({ by, paymentNo, theirNo }) =>
    by === 'provider' && paymentNo === refund.paymentNo && theirNo !== null ? [theirNo] : [],
  ),
  amountFen: refund.amountFen,
  // The reason is always in Chinese, because Chinese shoppers read it in the provider's app.
  reason: reasonText(refund.reason, 'zh'),
  noticeUrl,
  now,
})
