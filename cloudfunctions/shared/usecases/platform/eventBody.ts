// The text of an event for other systems: public views of orders and contracts, without openid, payInfo, reasons and
// names of staff. docs/webhooks.md shows an example of each.
import type { PublicCharge, PublicContract, PublicOrder, PublicPayment, PublicRefund } from '../../api/events'
import type { Charge, Contract } from '../../domain/contractShape'
import type { Order } from '../../domain/orders/orderShape'
import { eventId, type OutboxEntry } from '../../domain/outbox'
import type { Payment } from '../../domain/payment'
import type { Refund } from '../../domain/refund'

export type Told = Order | Contract

const isOrder = (document: Told): document is Order => 'payments' in document

/**
 * The code of the connected system for which an order was made; null for other orders and for contracts. An endpoint of
 * a connected system gets only the events of that system's orders (`hears` in domain/telling/endpoint.ts).
 */
export const domainOf = (document: Told): string | null => (isOrder(document) && document.domain?.code) || null

/** The JSON text of an event, which we sign and send. */
export function eventBody(document: Told, entry: OutboxEntry): string {
  const { seq, type, at, no } = entry
  const data = isOrder(document) ? orderData(document, no) : contractData(document, no)
  return JSON.stringify({ id: eventId(document, entry), type, at, sequence: seq, data })
}

function orderData(order: Order, no: string | undefined): object {
  const payment = order.payments.find((one) => one.no === no)
  const refund = order.refunds.find((one) => one.no === no)
  return {
    order: publicOrder(order),
    ...(payment && { payment: publicPayment(payment) }),
    ...(refund && { refund: publicRefund(refund) }),
  }
}

function contractData(contract: Contract, no: string | undefined): object {
  const charge = contract.charges.find(({ orderNo }) => orderNo === no)
  return { contract: publicContract(contract), ...(charge && { charge: publicCharge(charge) }) }
}

const publicOrder = (order: Order): PublicOrder => ({
  orderNo: order._id,
  state: order.state,
  amountFen: order.amountFen,
  currency: order.currency,
  refundedFen: order.refundedFen,
  createdAt: order.createdAt,
  paidAt: order.paidAt,
  closedAt: order.closedAt,
  items: order.items.map(({ sku, title, titleEn, priceFen, quantity }) => ({
    sku,
    title,
    titleEn,
    priceFen,
    quantity,
  })),
  payments: order.payments.filter(({ state }) => state === 'paid').map(publicPayment),
  refunds: order.refunds.map(publicRefund),
  domain: order.domain ? { code: order.domain.code, requestKey: order.domain.requestKey } : null,
  contract: order.contract ? { contractNo: order.contract.contractNo, period: order.contract.period } : null,
})

const publicPayment = ({
  no,
  provider,
  channel,
  state,
  amountFen,
  theirNo,
  paidAt,
  surplus,
}: Payment): PublicPayment => ({
  paymentNo: no,
  provider,
  channel,
  state,
  amountFen,
  theirNo,
  paidAt,
  surplus: surplus === true,
})

const publicRefund = ({ no, paymentNo, state, amountFen, theirNo, createdAt, doneAt }: Refund): PublicRefund => ({
  refundNo: no,
  paymentNo,
  state,
  amountFen,
  theirNo,
  createdAt,
  doneAt,
})

const publicContract = (contract: Contract): PublicContract => ({
  contractNo: contract._id,
  state: contract.state,
  plan: contract.terms.plan,
  provider: contract.provider,
  theirNo: contract.theirNo,
  createdAt: contract.createdAt,
  signedAt: contract.signedAt,
  endedAt: contract.endedAt,
  endedBy: contract.endedBy,
})

const publicCharge = ({
  period,
  startsAt,
  endsAt,
  amountFen,
  orderNo,
  state,
  paidAt,
  byHand,
  payBy,
}: Charge): PublicCharge => ({
  period,
  startsAt,
  endsAt,
  amountFen,
  orderNo,
  state,
  paidAt,
  byHand,
  payBy,
})
