// Updates what changes with every change of an order: version, due times, history, search keys, the fields that staff
// filter by, and the events for other systems.
import { withEvents } from '../outbox'
import { isWaiting, type Payment } from '../payment'
import { isOpenRefund } from '../refund'
import { hourId, hourOf } from '../reports/stats'
import { dueAtOf, earliestCheck } from './orderDue'
import { orderEvents } from './orderEvents'
import { type HistoryEntry, type Order, refundableFen, settingsKey } from './orderShape'
import type { Shipping } from './shipping'

const historyLimit = 100

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

/** The hours in which the given times lie, as the times when the hours start, each hour once. */
const hoursOf = (times: readonly number[]): number[] => [...new Set(times.map(hourOf))]

const openPayments = (order: Order): Payment[] =>
  order.payments.filter(
    (payment) =>
      isWaiting(payment) || order.refunds.some((refund) => refund.paymentNo === payment.no && isOpenRefund(refund)),
  )

/** A copy of a list in which `one` replaces the payment or refund with the same number. */
export const replace = <T extends { no: string }>(list: readonly T[], one: T): T[] =>
  list.map((other) => (other.no === one.no ? one : other))
