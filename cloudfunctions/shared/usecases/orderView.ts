// An order as its shopper may see it: no openid, no payInfo, no provider numbers.
import type { OrderView } from '../api'
import { mayCancel, mayPay, type Order } from '../domain/order'
import { isWaiting } from '../domain/payment'

export const orderView = (order: Order, now: number): OrderView => ({
  orderNo: order._id,
  state: order.state,
  items: order.items,
  amountFen: order.amountFen,
  currency: order.currency,
  createdAt: order.createdAt,
  expiresAt: order.expiresAt,
  paidAt: order.paidAt,
  closedAt: order.closedAt,
  refundedFen: order.refundedFen,
  payments: order.payments.map(({ no, provider, channel, state, amountFen, createdAt, paidAt, surplus }) => ({
    paymentNo: no,
    provider,
    channel,
    state,
    amountFen,
    createdAt,
    paidAt,
    surplus: surplus === true,
  })),
  refunds: order.refunds.map(({ no, amountFen, state, createdAt, doneAt }) => ({
    refundNo: no,
    amountFen,
    state,
    createdAt,
    doneAt,
  })),
  timeline: order.history.map(({ at, what }) => ({ at, what })),
  confirming: order.state === 'open' && order.payments.some(isWaiting),
  mayPay: mayPay(order, now),
  mayCancel: mayCancel(order, now),
  ...(order.contract && { contractNo: order.contract.contractNo }),
  now,
})
