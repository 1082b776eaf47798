// Makes the view of an order that its shopper gets: without the openid, payInfo and the provider's numbers.
import type { Doer, OrderView, ShippingView } from '../../api/orders'
import { type HistoryEntry, kindOf, mayCancel, mayPay, type Order } from '../../domain/orders/orderShape'
import { isDisputed, isWaiting } from '../../domain/payment'

export const orderView = (order: Order, now: number): OrderView => ({
  orderNo: order._id,
  state: order.state,
  items: order.items,
  kind: kindOf(order),
  amountFen: order.amountFen,
  currency: order.currency,
  createdAt: order.createdAt,
  expiresAt: order.expiresAt,
  paidAt: order.paidAt,
  closedAt: order.closedAt,
  refundedFen: order.refundedFen,
  payments: order.payments.map((payment) => ({
    paymentNo: payment.no,
    provider: payment.provider,
    channel: payment.channel,
    state: payment.state,
    amountFen: payment.amountFen,
    createdAt: payment.createdAt,
    paidAt: payment.paidAt,
    surplus: payment.surplus === true,
    disputed: isDisputed(payment),
    kind: payment.kind ?? null,
  })),
  refunds: order.refunds.map((refund) => ({
    refundNo: refund.no,
    amountFen: refund.amountFen,
    state: refund.state,
    by: doerOf(order, refund.by),
    reason: doerOf(order, refund.by) === 'shop' && !codes.has(refund.reason) ? refund.reason : '',
    ofSurplus: order.payments.some(({ no, surplus }) => no === refund.paymentNo && surplus === true),
    createdAt: refund.createdAt,
    doneAt: refund.doneAt,
  })),
  timeline: order.history.map((entry) => ({
    at: entry.at,
    what: entry.what,
    by: doerOf(order, entry.by),
    ...aboutOf(entry),
  })),
  confirming: order.state === 'open' && order.payments.some(isWaiting),
  mayPay: mayPay(order, now),
  mayCancel: mayCancel(order, now),
  ...shippingOf(order),
  ...(order.contract && { contractNo: order.contract.contractNo }),
  now,
})

function shippingOf({ shipping, payments }: Order): { shipping?: ShippingView } {
  if (!shipping || shipping.enteredAt === null) return {}
  const { state, way, parcels, paymentNo } = shipping
  const payment = payments.find(({ no }) => no === paymentNo)
  return {
    shipping: {
      // Shoppers do not see that WeChat refused the shipping report, because staff must correct it.
      state: state === 'reported' || state === 'received' ? state : 'sending',
      way,
      parcels: parcels.map(({ carrier, trackingNo }) => ({ carrier, trackingNo })),
      confirmBy: state === 'reported' ? (payment?.theirNo ?? null) : null,
    },
  }
}

const doers = new Map<string, Doer>([
  ['shopper', 'shopper'],
  ['provider', 'provider'],
  ['system', 'system'],
  ['timer', 'system'],
])

// History entries of staff actions contain the staff member's openid. The shopper only sees that the shop did it.
const doerOf = (order: Order, by: string): Doer => (by === order.openid ? 'shopper' : (doers.get(by) ?? 'shop'))

// The reasons of automatic refunds. They are codes, not texts that staff wrote for the shopper.
const codes = new Set(['surplus', 'reconciliation'])

// The detail of a refund's entry begins with the refund's number. Leave the rest out, because it may quote the
// provider.
function aboutOf({ what, detail }: HistoryEntry): { refundNo?: string } {
  const isRefund = what === 'refundRequested' || what === 'refunded' || what === 'refundFailed'
  const [refundNo] = detail.split(' ')
  return isRefund && refundNo ? { refundNo } : {}
}
