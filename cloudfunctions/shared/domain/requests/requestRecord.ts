// A connected system's order in the fields of the Unified platform's document. The answer to `queryInfo` and our call
// of `bgUrl` have the same fields.
import { type Order, sumFen } from '../orders/orderShape'
import type { Payment } from '../payment'
import { isOpenRefund } from '../refund'
import { payTypeNames } from './payType'

/** The state of a payment, in the words of the Unified platform's document. */
export type PayStatus = 'NOTPAY' | 'SUCCESSPAY' | 'WAITREFUND' | 'SUCCESSREFUND' | 'FAILUREREFUND' | 'CLOSED'

export interface RequestRecord {
  money: number
  requestKey: string
  /** when the shopper paid, epoch ms; null: not paid */
  payTime: number | null
  orderSn: string
  payTypeCode: string
  payTypeName: string
  currencyType: string
  payStatus: PayStatus
  domainCode: string
}

const paidOf = ({ payments }: Order): Payment | undefined =>
  payments.find(({ state, surplus }) => state === 'paid' && !surplus)

/** Describes an order that a connected system's request made, in the fields of the Unified platform's document. */
export function requestRecord(order: Order): RequestRecord {
  const paid = paidOf(order)
  const type = (paid ?? order.payments.at(-1))?.payType
  return {
    money: order.amountFen,
    requestKey: order.domain?.requestKey ?? '',
    payTime: paid ? (paid.paidAt ?? paid.bookedAt ?? order.paidAt) : null,
    orderSn: order._id,
    payTypeCode: type ?? '',
    payTypeName: type ? payTypeNames[type].name : '',
    currencyType: order.currency,
    payStatus: payStatusOf(order, paid),
    domainCode: order.domain?.code ?? '',
  }
}

// After a partial refund the payment still counts as paid. Only a full refund changes its state.
function payStatusOf(order: Order, paid: Payment | undefined): PayStatus {
  if (!paid) return order.state === 'closed' ? 'CLOSED' : 'NOTPAY'
  const refunds = order.refunds.filter(({ paymentNo }) => paymentNo === paid.no)
  if (sumFen(refunds.filter(({ state }) => state === 'done')) >= paid.amountFen) return 'SUCCESSREFUND'
  if (refunds.some(isOpenRefund)) return 'WAITREFUND'
  return refunds.at(-1)?.state === 'failed' ? 'FAILUREREFUND' : 'SUCCESSPAY'
}
