// The order as it is stored: one document that holds its payments, refunds and history. What can be read off it.
import { AppError } from '../errors'
import { debitChannel, isDisputed, isWaiting, type Payment } from '../payment'
import type { Refund } from '../refund'

export type OrderState = 'open' | 'paid' | 'closed'

export interface OrderItem {
  sku: string
  title: string
  titleEn: string
  priceFen: number
  quantity: number
}

export interface HistoryEntry {
  at: number
  what:
    | 'created'
    | 'attempt'
    | 'refused'
    | 'paid'
    | 'paymentFailed'
    | 'paymentClosed'
    | 'cancelled'
    | 'expired'
    | 'closed'
    | 'refundRequested'
    | 'refunded'
    | 'refundFailed'
    /** some of it went back outside, and nobody said how much */
    | 'refundUnknown'
  /** shopper, provider, timer, system, or the openid of staff */
  by: string
  detail: string
}

export interface Order {
  /** orderNo */
  _id: string
  version: number
  state: OrderState
  openid: string
  items: OrderItem[]
  amountFen: number
  currency: string
  createdAt: number
  expiresAt: number
  paidAt: number | null
  closedAt: number | null
  /** the earliest time at which this order needs work, or null */
  dueAt: number | null
  /** the same for its refunds under way and for its payments that wait: each has a queue of its own in the timer */
  refundDueAt?: number | null
  payDueAt?: number | null
  tries: number
  payments: Payment[]
  refunds: Refund[]
  refundedFen: number
  history: HistoryEntry[]
  /** every number by which a person may look for it */
  keys: string[]
  contract?: { contractNo: string; period: string }
  /** the provider that was paid, or else the one of the latest attempt: by this and the next three staff find orders */
  provider: string | null
  /** surplus money that nobody has begun to give back */
  surplusFen: number
  /** since when its oldest refund under way waits, or null */
  refundSince: number | null
  /** when we last recorded that a refund was done, or null */
  refundedAt: number | null
  /** the Beijing hours after its own in which it was tried or money came: figures are counted by these and the next */
  laterHours: string[]
  /** the Beijing hours in which refunds were begun, accepted or booked */
  refundHours: string[]
  /** the settings under which something of it is still open, such as `midas 2`; absent in old documents */
  openUnder?: string[]
}

/** What makes an attempt: a provider, under the generation of its settings. */
export interface Made {
  provider: string
  /** absent: the first, made before settings had generations */
  generation?: number
}

/** How an order names the settings under which something of it is open. */
export const settingsKey = ({ provider, generation = 1 }: Made): string => `${provider} ${generation}`

/** A debit under a contract that has no result yet: until it has one, nobody pays this order in another way. */
const waitingDebit = (order: Order): Payment | undefined =>
  order.payments.find((payment) => payment.channel === debitChannel && isWaiting(payment))

/** Whether a new payment may begin. An expired order is still open until the provider agreed to close. */
export const mayPay = (order: Order, now: number): boolean =>
  order.state === 'open' &&
  now < order.expiresAt &&
  waitingDebit(order) === undefined &&
  !order.payments.some(isDisputed)

/** Whether a person may cancel it. What a contract charges stops with the contract. */
export const mayCancel = (order: Order, now: number): boolean => mayPay(order, now) && order.contract === undefined

/** The state as a person would say it, for errors and pages. */
export const standing = (
  order: Order,
  now: number,
): 'open' | 'paid' | 'closed' | 'expired' | 'being charged' | 'being looked into' => {
  if (order.state !== 'open') return order.state
  if (order.payments.some(isDisputed)) return 'being looked into'
  if (now >= order.expiresAt) return 'expired'
  return waitingDebit(order) ? 'being charged' : 'open'
}

/** How an order stands for staff: what went back of its own payment counts, an overpayment that went back does not. */
export type StaffStanding = OrderState | 'closing' | 'partlyRefunded' | 'refunded'

export function staffStanding(order: Order, now: number): StaffStanding {
  if (order.state === 'open') return now >= order.expiresAt ? 'closing' : 'open'
  const own = order.payments.find(({ state, surplus }) => state === 'paid' && !surplus)
  if (order.state === 'closed' || !own) return order.state
  const backFen = sumFen(order.refunds.filter(({ state, paymentNo }) => state === 'done' && paymentNo === own.no))
  return backFen === 0 ? 'paid' : backFen < own.amountFen ? 'partlyRefunded' : 'refunded'
}

/** @throws NotFound */
export function paymentOf(order: Order, no: string): Payment {
  const payment = order.payments.find((one) => one.no === no)
  if (!payment) throw new AppError('NotFound', 'no such payment')
  return payment
}

/** @throws NotFound */
export function refundOf(order: Order, no: string): Refund {
  const refund = order.refunds.find((one) => one.no === no)
  if (!refund) throw new AppError('NotFound', 'no such refund')
  return refund
}

export const sumFen = (refunds: readonly Refund[]): number => refunds.reduce((sum, { amountFen }) => sum + amountFen, 0)

/**
 * What a payment brought minus its refunds that did not fail. Below zero when a refund that had failed was done after
 * all: more went back than came.
 */
export function refundableFen(order: Order, paymentNo: string): number {
  const payment = paymentOf(order, paymentNo)
  const taken = order.refunds.filter((refund) => refund.paymentNo === paymentNo && refund.state !== 'failed')
  return payment.state === 'paid' ? payment.amountFen - sumFen(taken) : 0
}
