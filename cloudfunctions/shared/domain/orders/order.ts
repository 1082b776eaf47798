// What an order becomes. Pure decisions: an order in, an order out; the very same object back means that there is nothing
// to write.
import { AppError } from '../errors'
import { takeLease } from '../lease'
import { isBackUnknown, isWaiting, type Payment } from '../payment'
import { isOpenRefund, type Refund } from '../refund'
import { changed } from './orderChange'
import { nextAfter, nextLookAt } from './orderDue'
import type { Order, OrderItem } from './orderShape'

export interface Placement {
  orderNo: string
  openid: string
  items: OrderItem[]
  currency: string
  now: number
  lifeMs: number
  /** the contract and its period that this charges */
  contract?: { contractNo: string; period: string }
}

/** A new open order. The caller has taken titles and prices from the catalogue. */
export function placeOrder({ orderNo, openid, items, currency, now, lifeMs, contract }: Placement): Order {
  const amountFen = items.reduce((sum, item) => sum + item.priceFen * item.quantity, 0)
  if (!Number.isSafeInteger(amountFen) || amountFen <= 0)
    throw new AppError('BadInput', 'items: the total is not payable')
  return {
    _id: orderNo,
    version: 1,
    state: 'open',
    openid,
    items,
    amountFen,
    currency,
    createdAt: now,
    expiresAt: now + lifeMs,
    paidAt: null,
    closedAt: null,
    dueAt: now + lifeMs,
    refundDueAt: null,
    payDueAt: null,
    tries: 0,
    payments: [],
    refunds: [],
    refundedFen: 0,
    history: [{ at: now, what: 'created', by: contract ? 'system' : 'shopper', detail: '' }],
    keys: contract ? [orderNo.slice(-8), contract.contractNo] : [orderNo.slice(-8)],
    ...(contract && { contract }),
    provider: null,
    surplusFen: 0,
    refundSince: null,
    refundedAt: null,
    laterHours: [],
    refundHours: [],
  }
}

/** An order that may be paid until this time, and no longer. */
export const payableUntil = (order: Order, until: number, now: number): Order =>
  order.state !== 'open' || order.expiresAt === until ? order : changed(order, now, { expiresAt: until })

// A provider is asked about one payment at most this often, whoever asks.
const askEveryMs = 3_000

/**
 * Takes the right to ask the providers about payments, in one write; the same order when all were asked a moment ago.
 * A lease of the timer stays as it is.
 * @param field a second charge under the number of a payment is a question of its own: the answer to one says nothing
 * about the other
 * @returns the numbers that may be asked about now
 */
export function claimAsks(
  order: Order,
  wanted: readonly string[],
  now: number,
  field: 'askedAt' | 'secondAskedAt' = 'askedAt',
): { order: Order; nos: string[] } {
  const nos = order.payments.filter((one) => wanted.includes(one.no) && mayAsk(one[field], now)).map(({ no }) => no)
  if (nos.length === 0) return { order, nos }
  const payments = order.payments.map((one) => (nos.includes(one.no) ? { ...one, [field]: now } : one))
  return { order: { ...order, version: order.version + 1, payments }, nos }
}

// A clock that was ahead when it asked must not keep others from asking for longer than that.
const mayAsk = (askedAt: number | undefined, now: number): boolean =>
  askedAt === undefined || Math.abs(now - askedAt) >= askEveryMs

/** Takes an order that is due, in each of its queues. */
export function leaseOrder(order: Order, now: number): Order {
  const leased = takeLease(order, now)
  const later = (at: number | null | undefined) => (at === null || at === undefined ? null : Math.max(at, leased.dueAt))
  return { ...leased, refundDueAt: later(order.refundDueAt), payDueAt: later(order.payDueAt) }
}

/** Closes an open order here; what arrives later is surplus. */
export function closeOrder(order: Order, why: 'cancelled' | 'expired' | 'closed', by: string, now: number): Order {
  if (order.state !== 'open') return order
  return changed(order, now, { state: 'closed', closedAt: now, entry: { at: now, what: why, by, detail: '' } })
}

/** Ends the time in which an open order may be paid; the timer closes it as soon as the provider agrees. */
export function expireNow(order: Order, by: string, now: number): Order {
  if (order.state !== 'open' || now >= order.expiresAt) return order
  return changed(order, now, { expiresAt: now, entry: { at: now, what: 'cancelled', by, detail: '' } })
}

/** Plans the next look at a waiting attempt, and at the order itself. */
export function rescheduleChecks(order: Order, now: number): Order {
  const later = <T extends Payment | Refund>(one: T, waits: boolean, since = one.createdAt): T =>
    waits && one.checkAt !== null && one.checkAt <= now ? { ...one, checkAt: nextAfter(one, since, now) } : one
  return changed(order, now, {
    payments: order.payments.map((payment) =>
      isWaiting(payment) || isBackUnknown(payment)
        ? later(payment, true, payment.unknownBackSince ?? payment.checksFrom)
        : payment.checkAt !== null && payment.checkAt <= now
          ? { ...payment, checkAt: nextLookAt(order, payment, now) }
          : payment,
    ),
    refunds: order.refunds.map((refund) => later(refund, isOpenRefund(refund))),
  })
}
