// How an order is stored: one document with its payments, refunds and history. Also functions that read an order.

import type { OrderState, ProductKind } from '../../../../miniprogram/rules/terms'
import { AppError } from '../errors'
import type { Telling } from '../outbox'
import { debitChannel, isDisputed, isWaiting, type Payment } from '../payment'
import type { Person, Place } from '../person'
import type { Refund } from '../refund'
import type { OrderDomain } from '../requests/payDomain'
import { oldKind } from './goods'
import type { Shipping } from './shipping'

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
    /** somebody refunded an unknown amount outside this system */
    | 'refundUnknown'
    | 'shippingEntered'
    /** WeChat has received the shipping report */
    | 'shipped'
    | 'shippingRefused'
    | 'received'
  /** who caused this entry: `shopper`, `provider`, `timer`, `system`, or the openid of a staff member */
  by: string
  detail: string
}

export interface Order extends Person, Telling {
  /** the order's number (orderNo) */
  _id: string
  version: number
  state: OrderState
  /** where the shopper placed the order; old documents without this field: in the mini-program */
  place?: Place
  /**
   * only from a browser without a sign-in: a keyed hash of the current hour and the browser's network address, to limit
   * the orders from one address
   */
  addressMark?: string
  items: OrderItem[]
  /** what kind of product the order sells; old documents without this field sell goods */
  kind?: ProductKind
  amountFen: number
  currency: string
  createdAt: number
  expiresAt: number
  paidAt: number | null
  closedAt: number | null
  /** the earliest time at which this order needs work; null: never */
  dueAt: number | null
  /**
   * refundDueAt: when the order's unfinished refunds need work; payDueAt: when its waiting payments need work. The
   * timer has a separate queue for each of these fields
   */
  refundDueAt?: number | null
  payDueAt?: number | null
  tries: number
  payments: Payment[]
  refunds: Refund[]
  refundedFen: number
  history: HistoryEntry[]
  /** every number by which staff can search for this order */
  keys: string[]
  contract?: { contractNo: string; period: string }
  /** the request of another system for which we made this order; absent: a shopper made the order */
  domain?: OrderDomain
  /**
   * the provider that was paid; if the order is not paid, the provider of the latest attempt. Staff filter orders by
   * `provider`, `surplusFen`, `refundSince` and `refundedAt`
   */
  provider: string | null
  /** the overpaid money for which no refund has been requested yet, in fen */
  surplusFen: number
  /** when the oldest unfinished refund was requested; null: no refund is unfinished */
  refundSince: number | null
  /** when we last recorded a refund as done; null: never */
  refundedAt: number | null
  /**
   * the Beijing hours in which this order had an attempt or a payment, except the hour of its creation. Statistics find
   * orders by this field
   */
  laterHours: string[]
  /**
   * the Beijing hours in which refunds were requested, accepted or recorded as done. Statistics find orders by this
   * field
   */
  refundHours: string[]
  /**
   * the settings that an unfinished payment or refund of this order still needs. Each entry is a provider and a
   * generation of its settings, such as `midas 2`; absent in old documents
   */
  openUnder?: string[]
  /** the shipping report for WeChat; absent: this order needs none */
  shipping?: Shipping
  /** since when WeChat waits for the order's shipping report; null: WeChat does not wait; absent in old documents */
  shipSince?: number | null
}

export const kindOf = ({ kind = oldKind }: Pick<Order, 'kind'>): ProductKind => kind

/** Which provider an attempt uses, and which generation of the provider's settings. */
export interface Made {
  provider: string
  /** absent: the first generation, because the document is older than this field */
  generation?: number
}

/** Writes a provider and the generation of its settings as an entry of the order's field `openUnder`. */
export const settingsKey = ({ provider, generation = 1 }: Made): string => `${provider} ${generation}`

/**
 * The debit of this order that has no result yet, if any. Until the debit has a result, nobody can pay the order in
 * another way.
 */
const waitingDebit = (order: Order): Payment | undefined =>
  order.payments.find((payment) => payment.channel === debitChannel && isWaiting(payment))

/** Whether a shopper may begin a new payment of this order. */
export const mayPay = (order: Order, now: number): boolean =>
  order.state === 'open' &&
  now < order.expiresAt &&
  waitingDebit(order) === undefined &&
  !order.payments.some(isDisputed)

/** Whether the shopper may cancel the order. The order of a contract's charge cannot be cancelled by itself. */
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

/**
 * The state of an order as staff see it. Refunds of the order's own payment change this state, refunds of overpayments
 * do not.
 */
export type StaffStanding = OrderState | 'closing' | 'partlyRefunded' | 'refunded'

export function staffStanding(order: Order, now: number): StaffStanding {
  if (order.state === 'open') return now >= order.expiresAt ? 'closing' : 'open'
  const own = order.payments.find(({ state, surplus }) => state === 'paid' && !surplus)
  if (order.state === 'closed' || !own) return order.state
  const backFen = sumFen(order.refunds.filter(({ state, paymentNo }) => state === 'done' && paymentNo === own.no))
  return backFen === 0 ? 'paid' : backFen < own.amountFen ? 'partlyRefunded' : 'refunded'
}

/** Finds a payment of the order by its paymentNo. @throws NotFound */
export function paymentOf(order: Order, no: string): Payment {
  const payment = order.payments.find((one) => one.no === no)
  if (!payment) throw new AppError('NotFound', 'no such payment')
  return payment
}

/** The openid of the person who pays an attempt: usually the shopper who placed the order. */
export const payerOf = (order: Order, payment: Payment): string => payment.payer ?? order.openid

/** Finds a refund of the order by its refundNo. @throws NotFound */
export function refundOf(order: Order, no: string): Refund {
  const refund = order.refunds.find((one) => one.no === no)
  if (!refund) throw new AppError('NotFound', 'no such refund')
  return refund
}

export const sumFen = (refunds: readonly Refund[]): number => refunds.reduce((sum, { amountFen }) => sum + amountFen, 0)

/**
 * How much of a payment can still be refunded, in fen: its amount minus all its refunds that did not fail. Negative if
 * more was refunded than paid, because a refund that we recorded as failed was completed after all.
 */
export function refundableFen(order: Order, paymentNo: string): number {
  const payment = paymentOf(order, paymentNo)
  const taken = order.refunds.filter((refund) => refund.paymentNo === paymentNo && refund.state !== 'failed')
  return payment.state === 'paid' ? payment.amountFen - sumFen(taken) : 0
}
