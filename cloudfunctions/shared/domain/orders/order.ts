// Decides how an order changes. Pure functions from order to order; if a function returns the same object, there is
// nothing to write. Every change goes through `changed`, which also updates what follows from it: version, due times,
// history, search keys, the fields that staff filter by, and the events for other systems.

import type { ProductKind } from '../../../../miniprogram/rules/terms'
import { AppError } from '../errors'
import { leaseMs, takeLease } from '../lease'
import { type Happening, withEvents } from '../outbox'
import { isWaiting, type Payment } from '../payment'
import { type Person, type Place, personOf } from '../person'
import { isOpenRefund, type Refund } from '../refund'
import { hourId, hourOf } from '../reports/stats'
import type { OrderDomain } from '../requests/payDomain'
import { dueAtOf, earliestCheck, nextAfter } from './orderDue'
import { type HistoryEntry, type Order, type OrderItem, refundableFen, settingsKey } from './orderShape'
import type { Shipping } from './shipping'

const historyLimit = 100

export interface Placement extends Person {
  orderNo: string
  place?: Place
  addressMark?: string
  items: OrderItem[]
  kind?: ProductKind | undefined
  currency: string
  now: number
  lifeMs: number
  /** the request of another system for which we make this order */
  domain?: OrderDomain
  /** the contract and the period that this order charges */
  contract?: { contractNo: string; period: string }
}

/** Creates an open order. The caller has already copied the titles and prices from the catalogue. */
export function placeOrder({
  orderNo,
  place,
  addressMark,
  items,
  kind,
  currency,
  now,
  lifeMs,
  contract,
  domain,
  ...person
}: Placement): Order {
  const amountFen = items.reduce((sum, item) => sum + item.priceFen * item.quantity, 0)
  if (!Number.isSafeInteger(amountFen) || amountFen <= 0)
    throw new AppError('BadInput', 'items: the total is not payable')
  return {
    _id: orderNo,
    version: 1,
    state: 'open',
    ...personOf(person),
    ...(place !== undefined && { place }),
    ...(addressMark !== undefined && { addressMark }),
    items,
    ...(kind !== undefined && { kind }),
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
    keys: [orderNo.slice(-8), ...(contract ? [contract.contractNo] : []), ...(domain ? [domain.requestKey] : [])],
    ...(contract && { contract }),
    ...(domain && { domain }),
    provider: null,
    surplusFen: 0,
    refundSince: null,
    refundedAt: null,
    laterHours: [],
    refundHours: [],
  }
}

/** Sets the time until which an open order may be paid. */
export const payableUntil = (order: Order, until: number, now: number): Order =>
  order.state !== 'open' || order.expiresAt === until ? order : changed(order, now, { expiresAt: until })

// All function instances together ask the provider about one payment at most once in this time (ms).
const askEveryMs = 3_000

/**
 * Takes the right to ask the providers about several payments, in one write. Returns the same order if we asked about
 * all of them within the last 3 s. Does not change the timer's lease.
 * @param field `askedAt`: the caller will ask about the payments themselves. `secondAskedAt`: the caller will ask about
 * second charges under the payments' numbers
 * @returns the changed order, and the numbers of the payments that the caller may ask about now
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

// Another instance's clock may have been ahead, so `askedAt` may lie in the future. We compare the absolute difference;
// otherwise such a time would block all questions until then.
export const mayAsk = (askedAt: number | undefined, now: number): boolean =>
  askedAt === undefined || Math.abs(now - askedAt) >= askEveryMs

/** Leases a due order for the timer: its order work, refunds and payments are all not due while the lease lasts. */
export function leaseOrder(order: Order, now: number): Order {
  const leased = takeLease(order, now)
  const later = (at: number | null | undefined) => (at === null || at === undefined ? null : Math.max(at, leased.dueAt))
  return { ...leased, refundDueAt: later(order.refundDueAt), payDueAt: later(order.payDueAt) }
}

/** Closes an open order in our record. Money that arrives after that is an overpayment. */
export function closeOrder(order: Order, why: 'cancelled' | 'expired' | 'closed', by: string, now: number): Order {
  if (order.state !== 'open') return order
  return changed(order, now, { state: 'closed', closedAt: now, entry: { at: now, what: why, by, detail: '' } })
}

/** Sets the expiry of an open order to now. The timer closes the order after the provider has closed its payments. */
export function expireNow(order: Order, by: string, now: number): Order {
  if (order.state !== 'open' || now >= order.expiresAt) return order
  return changed(order, now, { expiresAt: now, entry: { at: now, what: 'cancelled', by, detail: '' } })
}

// If a shipping report is still due after the timer's run, another caller is sending it or the run had no time left. So
// check it again later.
const laterShipping = (shipping: Shipping, now: number): Shipping =>
  shipping.checkAt === null || shipping.checkAt > now
    ? shipping
    : { ...shipping, checkAt: Math.max(now + leaseMs, shipping.claim?.until ?? 0) }

/**
 * Sets the next check of the order and of every payment and open refund whose check is still due after the timer's run.
 * Such a check is still due because it had no answer.
 */
export function rescheduleChecks(order: Order, now: number): Order {
  const later = <T extends Payment | Refund>(one: T, since = one.createdAt): T =>
    one.checkAt !== null && one.checkAt <= now ? { ...one, checkAt: nextAfter(one, since, now) } : one
  return changed(order, now, {
    payments: order.payments.map((payment) => later(payment, payment.unknownBackSince ?? payment.checksFrom)),
    refunds: order.refunds.map((refund) => (isOpenRefund(refund) ? later(refund) : refund)),
    ...(order.shipping && { shipping: laterShipping(order.shipping, now) }),
  })
}

/**
 * What our record did with a provider's report. `contradiction`: the report does not fit our record, so we did not
 * apply it.
 */
export type Verdict = 'settled' | 'unchanged' | 'contradiction'

type Change = Partial<Order> & { entry?: HistoryEntry; key?: string | null | readonly (string | null)[] }

/**
 * Every change of an order goes through this function, because it also updates version, due times, history, keys and
 * events.
 */
export function changed(order: Order, now: number, { entry, key, ...fields }: Change): Order {
  const after = { ...order, ...fields, version: order.version + 1, tries: 0 }
  if (entry) after.history = [...order.history, entry].slice(-historyLimit)
  const fresh = [key ?? []].flat().flatMap((one) => (one === null || order.keys.includes(one) ? [] : [one]))
  if (fresh.length > 0) after.keys = [...order.keys, ...fresh]
  after.dueAt = dueAtOf(after, now)
  if (after.shipping) after.shipSince = shipSinceOf(after, after.shipping)
  return withEvents({ ...after, ...derivedOf(after) }, orderEvents(order, after), now)
}

const waitsForReport = new Set<Shipping['state']>(['waiting', 'sending', 'refused'])

/** Since when WeChat waits for the shipping report; null when WeChat has the report or all money has been refunded. */
const shipSinceOf = (order: Order, { state, since, paymentNo }: Shipping): number | null =>
  waitsForReport.has(state) && refundableFen(order, paymentNo) > 0 ? since : null

type Derived =
  | 'openUnder'
  | 'provider'
  | 'surplusFen'
  | 'refundSince'
  | 'refundedAt'
  | 'laterHours'
  | 'refundHours'
  | 'refundDueAt'
  | 'payDueAt'

/**
 * Calculates the fields of an order that follow from its payments and refunds: the queues of the timer, and what staff
 * filter by.
 */
export function derivedOf(order: Order): Pick<Order, Derived> {
  const paid = order.payments.find(({ state, surplus }) => state === 'paid' && !surplus)
  const surplus = order.payments.filter((payment) => payment.surplus)
  const waiting = order.refunds.filter(isOpenRefund).map(({ createdAt }) => createdAt)
  const booked = order.refunds.flatMap(({ bookedAt }) => bookedAt ?? [])
  const begun = order.refunds.flatMap(({ createdAt, acceptedAt }) => [createdAt, acceptedAt ?? createdAt])
  const tried = order.payments.flatMap((payment) => [payment.createdAt, payment.bookedAt ?? payment.createdAt])
  return {
    provider: (paid ?? order.payments[order.payments.length - 1])?.provider ?? null,
    surplusFen: surplus.reduce((sum, { no }) => sum + Math.max(0, refundableFen(order, no)), 0),
    refundSince: waiting.length > 0 ? Math.min(...waiting) : null,
    refundedAt: booked.length > 0 ? Math.max(...booked) : null,
    laterHours: hoursOf(tried)
      .filter((hour) => hour !== hourOf(order.createdAt))
      .map(hourId),
    refundHours: hoursOf([...begun, ...booked]).map(hourId),
    openUnder: [...new Set(openPayments(order).map(settingsKey))],
    refundDueAt: earliestCheck(order.refunds),
    payDueAt: earliestCheck(order.payments),
  }
}

/** Returns the hours that contain the given times. Each hour is given by its start, and occurs once. */
const hoursOf = (times: readonly number[]): number[] => [...new Set(times.map(hourOf))]

const openPayments = (order: Order): Payment[] =>
  order.payments.filter(
    (payment) =>
      isWaiting(payment) || order.refunds.some((refund) => refund.paymentNo === payment.no && isOpenRefund(refund)),
  )

/** A copy of a list in which `one` replaces the payment or refund with the same number. */
export const replace = <T extends { no: string }>(list: readonly T[], one: T): T[] =>
  list.map((other) => (other.no === one.no ? one : other))

/** The events for other systems that one change of an order causes. */
export function orderEvents(before: Order, after: Order): Happening[] {
  const events: Happening[] = []
  if (before.state !== after.state && after.state !== 'open')
    events.push({ type: after.state === 'paid' ? 'order.paid' : 'order.closed' })
  if (before.payments !== after.payments)
    for (const { no, state, surplus } of after.payments)
      if (state === 'paid' && surplus && stateOf(before.payments, no) !== 'paid')
        events.push({ type: 'order.overpaid', no })
  if (before.refunds !== after.refunds)
    for (const { no, state } of after.refunds)
      if ((state === 'done' || state === 'failed') && stateOf(before.refunds, no) !== state)
        events.push({ type: state === 'done' ? 'refund.done' : 'refund.failed', no })
  return events
}

const stateOf = (list: readonly { no: string; state: string }[], no: string): string | undefined =>
  list.find((one) => one.no === no)?.state
