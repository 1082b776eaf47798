// The order as it is stored: one document with its payments, refunds and history. Also functions that read from it.
import { AppError } from '../errors'
import type { Telling } from '../outbox'
import { debitChannel, isDisputed, isWaiting, type Payment } from '../payment'
import type { Person, Place } from '../person'
import type { Refund } from '../refund'
import type { OrderDomain } from '../requests/payDomain'
import { oldKind, type ProductKind } from './goods'
import type { Shipping } from './shipping'

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
    /** an unknown amount was refunded outside this system */
    | 'refundUnknown'
    /** staff entered how the goods go out */
    | 'shippingEntered'
    /** WeChat has the report of it */
    | 'shipped'
    | 'shippingRefused'
    | 'received'
  /** `shopper`, `provider`, `timer`, `system`, or the openid of a staff member */
  by: string
  detail: string
}

export interface Order extends Person, Telling {
  /** orderNo */
  _id: string
  version: number
  state: OrderState
  /** where it was placed; absent in old documents: in the mini-program */
  place?: Place
  /** a mark of the network address, another one each hour: of browsers without a sign-in, for a limit */
  addressMark?: string
  items: OrderItem[]
  /** what it sells; absent in old documents: goods */
  kind?: ProductKind
  amountFen: number
  currency: string
  createdAt: number
  expiresAt: number
  paidAt: number | null
  closedAt: number | null
  /** the earliest time at which this order needs work, or null */
  dueAt: number | null
  /**
   * the same for unfinished refunds and for waiting payments; the timer has a separate queue for each of these fields
   */
  refundDueAt?: number | null
  payDueAt?: number | null
  tries: number
  payments: Payment[]
  refunds: Refund[]
  refundedFen: number
  history: HistoryEntry[]
  /** every number by which staff may search for this order */
  keys: string[]
  contract?: { contractNo: string; period: string }
  /** the request of another system that made it */
  domain?: OrderDomain
  /**
   * the provider that was paid, otherwise the one of the latest attempt; staff filter by this and the next three fields
   */
  provider: string | null
  /** overpaid money for which no refund has begun */
  surplusFen: number
  /** when the oldest unfinished refund was requested, or null */
  refundSince: number | null
  /** when we last recorded a refund as done, or null */
  refundedAt: number | null
  /** the Beijing hours, after that of its creation, with an attempt or a payment; statistics find orders by these */
  laterHours: string[]
  /** the Beijing hours in which refunds were requested, accepted or recorded as done; statistics also use these */
  refundHours: string[]
  /** the settings that an unfinished payment or refund still needs, such as `midas 2`; absent in old documents */
  openUnder?: string[]
  /** the report of the shipping to WeChat; absent: none is due */
  shipping?: Shipping
  /** since when a report is due that WeChat does not have yet, or null; absent in old documents */
  shipSince?: number | null
}

export const kindOf = ({ kind = oldKind }: Pick<Order, 'kind'>): ProductKind => kind

/** The provider of an attempt, and the generation of the provider's settings at that time. */
export interface Made {
  provider: string
  /** absent: the first generation, from before generations were recorded */
  generation?: number
}

/** The entry of `openUnder` for a provider and the generation of its settings. */
export const settingsKey = ({ provider, generation = 1 }: Made): string => `${provider} ${generation}`

/** A debit without a result. Nobody can pay the order in another way before the debit has a result. */
const waitingDebit = (order: Order): Payment | undefined =>
  order.payments.find((payment) => payment.channel === debitChannel && isWaiting(payment))

/** Whether a new payment may begin. An expired order stays open until the provider has closed its payments. */
export const mayPay = (order: Order, now: number): boolean =>
  order.state === 'open' &&
  now < order.expiresAt &&
  waitingDebit(order) === undefined &&
  !order.payments.some(isDisputed)

/** Whether the shopper may cancel the order. A contract's order ends only with the contract. */
export const mayCancel = (order: Order, now: number): boolean => mayPay(order, now) && order.contract === undefined

/** The state of an order in words, for errors and pages. */
export const standing = (
  order: Order,
  now: number,
): 'open' | 'paid' | 'closed' | 'expired' | 'being charged' | 'being looked into' => {
  if (order.state !== 'open') return order.state
  if (order.payments.some(isDisputed)) return 'being looked into'
  if (now >= order.expiresAt) return 'expired'
  return waitingDebit(order) ? 'being charged' : 'open'
}

/** The state of an order as staff see it. Refunds of the order's payment count, refunds of overpayments do not. */
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

/** The openid that pays an attempt. */
export const payerOf = (order: Order, payment: Payment): string => payment.payer ?? order.openid

/** @throws NotFound */
export function refundOf(order: Order, no: string): Refund {
  const refund = order.refunds.find((one) => one.no === no)
  if (!refund) throw new AppError('NotFound', 'no such refund')
  return refund
}

export const sumFen = (refunds: readonly Refund[]): number => refunds.reduce((sum, { amountFen }) => sum + amountFen, 0)

/**
 * How much of a payment can still be refunded, in fen: its amount minus its refunds that did not fail. Negative when a
 * refund that we recorded as failed was completed after all, so that more was refunded than paid.
 */
export function refundableFen(order: Order, paymentNo: string): number {
  const payment = paymentOf(order, paymentNo)
  const taken = order.refunds.filter((refund) => refund.paymentNo === paymentNo && refund.state !== 'failed')
  return payment.state === 'paid' ? payment.amountFen - sumFen(taken) : 0
}
