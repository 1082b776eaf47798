// The order: one document that holds its payments, refunds and history. Pure decisions: an order in, an order out;
// the very same object back means that there is nothing to write.
import { beijingDigits, fromBeijingDigits } from './beijing'
import { answeredClaim, asksFirst, type Claim, isClaimed, takeClaim, unsentClaim } from './claim'
import { AppError } from './errors'
import { leaseMs, takeLease } from './lease'
import { next } from './machine'
import {
  type DebitCause,
  debitChannel,
  isDisputed,
  isWaiting,
  nextCheckAt,
  type PayInfoKind,
  type Payment,
  type PaymentOutcome,
  paymentMoves,
} from './payment'
import { dayMs } from './period'
import { type Refund, type RefundOutcome, refundMoves, refundPatienceMs } from './refund'
import { hourId } from './reports/stats'

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

const historyLimit = 100
const attemptLimit = 50
const secondLimit = 20
const refundLimit = 99
// docs/design.md 2: where a provider cannot be told to close, the order closes so long after it expired.
const closeGraceMs = 10 * 60_000

const orderNoPattern = /^(\d{14})[0-9a-z]{8}$/

// No shop of ours sold anything before 2000 in Beijing.
const earliestOrderAt = Date.UTC(1999, 11, 31, 16)

/** Whether a text is an orderNo whose time is real, not before 2000 and at most 24 h ahead of `now`. */
export function isOrderNo(text: string, now: number): boolean {
  const match = orderNoPattern.exec(text)
  const at = match?.[1] === undefined ? undefined : fromBeijingDigits(match[1])
  return at !== undefined && at >= earliestOrderAt && at <= now + dayMs
}

/** The orderNo inside a paymentNo (a second charge under one has an s and two digits more) or refundNo, or undefined. */
export const orderNoOf = (no: string): string | undefined =>
  /^(\d{14}[0-9a-z]{8})(?:r\d\d|\d\d(?:s\d\d)?)$/.exec(no)?.[1]

/** An orderNo from a time and 8 base-36 characters: for numbers that the server makes. */
export const orderNoFrom = (at: number, tail: string): string => beijingDigits(at) + tail

const firstChargeSecond = 60
const lastChargeSecond = 99

/**
 * The number of a charge's order: as `orderNoFrom`, with 60 to 99 in place of the seconds. No clock shows such a time, so
 * `isOrderNo` refuses it: a shopper cannot take the number of a charge.
 */
export const chargeNoFrom = (at: number, tail: string): string =>
  beijingDigits(at).slice(0, 12) + String(firstChargeSecond) + tail

/** The number after a charge's number that is taken. @throws Internal when the minute has no more numbers */
export function nextChargeNo(orderNo: string): string {
  // Numbers that were planned before charges had seconds of their own begin at the first one.
  const second = Math.max(Number(orderNo.slice(12, 14)) + 1, firstChargeSecond)
  if (second > lastChargeSecond) throw new AppError('Internal', 'no number is left for this charge')
  return orderNo.slice(0, 12) + String(second) + orderNo.slice(14)
}

/** Whether this number was given to a charge because an earlier one was taken, more than once. */
export const isRenumberedAgain = (orderNo: string): boolean => Number(orderNo.slice(12, 14)) > firstChargeSecond + 1

const twoDigits = (index: number): string => String(index).padStart(2, '0')

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

/** When an order that may no longer be paid closes at the latest; null for any other. */
export const closesAt = (order: Order, now: number): number | null =>
  order.state === 'open' && now >= order.expiresAt ? order.expiresAt + closeGraceMs : null

/** When this order next needs work, from what it holds. */
export function dueAtOf(order: Order, now: number): number | null {
  const times = [...order.payments, ...order.refunds].map((one) => one.checkAt).filter((at) => at !== null)
  if (order.state === 'open') {
    const last = order.expiresAt + closeGraceMs
    times.push(now < order.expiresAt ? order.expiresAt : now < last ? Math.min(now + 60_000, last) : now)
  }
  return times.length === 0 ? null : Math.min(...times)
}

function earliestCheck(list: readonly { checkAt: number | null }[]): number | null {
  const times = list.map(({ checkAt }) => checkAt).filter((at) => at !== null)
  return times.length === 0 ? null : Math.min(...times)
}

/** Whether an expired order closes even though the provider has not agreed: later money becomes surplus. */
export const closesAnyway = (order: Order, now: number): boolean => now >= order.expiresAt + closeGraceMs

type Change = Partial<Order> & { entry?: HistoryEntry; key?: string | null | readonly (string | null)[] }

// Every change goes through here, so that version, due time, history and keys are never forgotten.
function changed(order: Order, now: number, { entry, key, ...fields }: Change): Order {
  const after = { ...order, ...fields, version: order.version + 1, tries: 0 }
  if (entry) after.history = [...order.history, entry].slice(-historyLimit)
  const fresh = [key ?? []].flat().flatMap((one) => (one === null || order.keys.includes(one) ? [] : [one]))
  if (fresh.length > 0) after.keys = [...order.keys, ...fresh]
  after.dueAt = dueAtOf(after, now)
  after.refundDueAt = earliestCheck(after.refunds)
  after.payDueAt = earliestCheck(after.payments)
  return { ...after, ...findable(after) }
}

type Findable = 'openUnder' | 'provider' | 'surplusFen' | 'refundSince' | 'refundedAt' | 'laterHours' | 'refundHours'

function findable(order: Order): Pick<Order, Findable> {
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
    laterHours: [...new Set(tried.map(hourId))].filter((hour) => hour !== hourId(order.createdAt)),
    refundHours: [...new Set([...begun, ...booked].map(hourId))],
    openUnder: [...new Set(openPayments(order).map(settingsKey))],
  }
}

/** How an order names the settings under which something of it is open. */
export const settingsKey = ({ provider, generation = 1 }: Made): string => `${provider} ${generation}`

const openPayments = (order: Order): Payment[] =>
  order.payments.filter(
    (payment) =>
      isWaiting(payment) || order.refunds.some((refund) => refund.paymentNo === payment.no && isOpenRefund(refund)),
  )

const replace = <T extends { no: string }>(list: readonly T[], one: T): T[] =>
  list.map((other) => (other.no === one.no ? one : other))

/** What makes an attempt: a provider, under the generation of its settings. */
export interface Made {
  provider: string
  /** absent: the first, made before settings had generations */
  generation?: number
}

/** Stores the next attempt before the provider hears of it. @throws Conflict when the order may not be paid */
export function openAttempt(
  order: Order,
  by: string | Made,
  channel: string,
  now: number,
): { order: Order; payment: Payment } {
  if (!mayPay(order, now)) throw new AppError('Conflict', `the order is ${standing(order, now)}`)
  if (order.payments.length >= attemptLimit) throw new AppError('Conflict', 'the order has too many attempts')
  const payment: Payment = {
    no: order._id + twoDigits(order.payments.filter(({ secondOf }) => secondOf === undefined).length + 1),
    ...(typeof by === 'string' ? { provider: by } : by),
    channel,
    state: 'created',
    amountFen: order.amountFen,
    theirNo: null,
    payInfo: null,
    createdAt: now,
    checkAt: nextCheckAt(now, now),
    paidAt: null,
  }
  return {
    payment,
    order: changed(order, now, {
      payments: [...order.payments, payment],
      entry: { at: now, what: 'attempt', by: 'shopper', detail: payment.no },
      key: payment.no,
    }),
  }
}

/**
 * Stores the next debit under a contract before the provider hears of it.
 * @param checksFrom when its result is expected at the earliest
 * @param claimId whoever stores it may send it
 * @throws Conflict when the order is not open, or another attempt may still bring its money
 */
export function openDebit(order: Order, by: string | Made, checksFrom: number, claimId: string, now: number): Order {
  if (order.state !== 'open' || now >= order.expiresAt)
    throw new AppError('Conflict', `the order is ${standing(order, now)}`)
  if (order.payments.some(isWaiting)) throw new AppError('Conflict', 'another payment of this order waits')
  const opened = openAttempt(order, by, debitChannel, now)
  const claim = takeClaim(null, { id: claimId, asks: false, moves: true }, now)
  return changed(order, now, {
    payments: replace(opened.order.payments, {
      ...opened.payment,
      ...(claim && { claim }),
      checksFrom,
      checkAt: nextCheckAt(checksFrom, now),
    }),
    entry: { at: now, what: 'attempt', by: 'system', detail: opened.payment.no },
    key: opened.payment.no,
  })
}

/** An order that may be paid until this time, and no longer. */
export const payableUntil = (order: Order, until: number, now: number): Order =>
  order.state !== 'open' || order.expiresAt === until ? order : changed(order, now, { expiresAt: until })

/** Keeps what the provider gave for an attempt; an attempt that moved on meanwhile keeps its state. */
export function recordPrepared(
  order: Order,
  no: string,
  prepared: { payInfo: string; theirNo?: string; kind?: PayInfoKind },
  now: number,
): Order {
  const payment = paymentOf(order, no)
  if (!isWaiting(payment) || (payment.payInfo === prepared.payInfo && payment.state === 'pending')) return order
  const theirNo = prepared.theirNo ?? payment.theirNo
  return changed(order, now, {
    payments: replace(order.payments, {
      ...payment,
      state: 'pending',
      payInfo: prepared.payInfo,
      theirNo,
      ...(prepared.kind !== undefined && { kind: prepared.kind }),
    }),
    key: theirNo,
  })
}

/** A first preparation that was refused for sure: the attempt failed, another may follow. */
export function recordRefused(order: Order, no: string, reason: string, now: number): Order {
  const payment = paymentOf(order, no)
  if (payment.state !== 'created') return order
  return changed(order, now, {
    payments: replace(order.payments, { ...payment, state: 'failed', checkAt: null }),
    entry: { at: now, what: 'refused', by: 'provider', detail: reason },
  })
}

/** Keeps that the provider says paid, but not what was asked; what is paid already stays as it is. */
export function recordDispute(order: Order, no: string, now: number): Order {
  const payment = paymentOf(order, no)
  if (payment.state === 'paid' || isDisputed(payment)) return order
  return changed(order, now, { payments: replace(order.payments, { ...payment, disputedAt: now }) })
}

/** A person has looked: the order may be paid again, until the provider says the same once more. */
export const endDisputes = (order: Order, now: number): Order =>
  order.payments.some(isDisputed)
    ? changed(order, now, {
        payments: order.payments.map((payment) => (isDisputed(payment) ? { ...payment, disputedAt: null } : payment)),
      })
    : order

export interface PaymentNews {
  outcome: PaymentOutcome
  theirNo?: string
  at?: number
  reason?: string
  /** a debit that failed: why */
  cause?: DebitCause
  /** what went back of it in all, where the provider says */
  refundedFen?: number
  /** its refunds, whoever made them, where the provider lists them */
  refunds?: readonly ToldRefund[]
}

/** A refund as a provider tells of it. */
export interface ToldRefund extends RefundNews {
  /** the merchant's number that it was given: ours, or somebody else's; empty where the wire has none */
  no: string
  amountFen?: number
}

export type Verdict = 'settled' | 'unchanged' | 'contradiction'

/**
 * Applies what a provider reported about one attempt. Comparing amount, currency and shopper is done before.
 * The same number of ours paid under another number of theirs is a second charge: a payment of its own, surplus.
 * @param refundSurplus money that came too late is sent back at once (setting), instead of waiting for the merchant
 * @param refundSecond the same for a second charge, which not every provider can tell from the first
 */
export function applyPaymentNews(
  order: Order,
  no: string,
  news: PaymentNews,
  now: number,
  refundSurplus: boolean,
  refundSecond = refundSurplus,
): { order: Order; verdict: Verdict } {
  const payment = paymentOf(order, no)
  if (isSecondPayment(payment, news)) return applySecondPayment(order, payment, news, now, refundSecond)
  const cell = next(paymentMoves, payment.state, news.outcome)
  if (cell === 'contradiction') return { order, verdict: 'contradiction' }
  if (cell === 'paid + refund') {
    const paid = payment.state === 'paid' ? order : settlePaid(order, payment, news, now, false)
    const after = tellBack(paid, no, news, now)
    return { order: after, verdict: after === order ? 'unchanged' : 'settled' }
  }
  if (cell === payment.state) {
    const learned = learnTheirNo(order, payment, news, now)
    const after = cell === 'paid' ? tellBack(learned, no, news, now) : learned
    return { order: after, verdict: after === learned ? 'unchanged' : 'settled' }
  }
  if (cell === 'paid') {
    const paid = settlePaid(order, payment, news, now, refundSurplus)
    return { order: tellBack(paid, no, news, now), verdict: 'settled' }
  }
  const theirNo = news.theirNo ?? payment.theirNo
  const moved: Payment = {
    ...payment,
    state: cell,
    theirNo,
    checkAt: cell === 'pending' ? payment.checkAt : cell === 'failed' ? nextLookAt(order, payment, now) : null,
    ...(news.cause !== undefined && { cause: news.cause }),
  }
  const what = cell === 'failed' ? 'paymentFailed' : 'paymentClosed'
  return {
    order: changed(order, now, {
      payments: replace(order.payments, moved),
      ...(cell !== 'pending' && { entry: { at: now, what, by: 'provider', detail: news.reason ?? no } }),
      key: theirNo,
    }),
    verdict: 'settled',
  }
}

/**
 * When a provider that declined is asked once more: money may come all the same, and the notice of it be lost. At the
 * order's expiry, and a day after the attempt began.
 */
function nextLookAt({ expiresAt }: Order, { createdAt, checksFrom }: Payment, now: number): number | null {
  const later = [expiresAt, (checksFrom ?? createdAt) + dayMs].filter((at) => at > now)
  return later.length > 0 ? Math.min(...later) : null
}

/** Whether the same number of ours was paid under another number of theirs: somebody was charged twice. */
export const isSecondPayment = (payment: Payment, news: PaymentNews): boolean =>
  payment.state === 'paid' &&
  (news.outcome === 'paid' || news.outcome === 'refunded') &&
  payment.theirNo !== null &&
  news.theirNo !== undefined &&
  news.theirNo !== payment.theirNo

/** A second charge by its own number of theirs; undefined where we have none. */
const secondPayment = (order: Order, no: string, theirNo: string | undefined): Payment | undefined =>
  order.payments.find((payment) => payment.secondOf === no && payment.theirNo === theirNo)

/** The payment that a provider means by a number of ours and, where it was charged more than once, one of theirs. */
export const paymentMeant = (order: Order, no: string, theirNo: string | undefined): Payment | undefined =>
  secondPayment(order, no, theirNo) ?? order.payments.find((payment) => payment.no === no)

function applySecondPayment(
  order: Order,
  first: Payment,
  news: PaymentNews,
  now: number,
  refundSecond: boolean,
): { order: Order; verdict: Verdict } {
  const known = secondPayment(order, first.no, news.theirNo)
  if (known) return applyPaymentNews(order, known.no, news, now, refundSecond)
  const others = order.payments.filter(({ secondOf }) => secondOf === first.no)
  if (others.length >= secondLimit) return { order, verdict: 'contradiction' }
  const second: Payment = {
    no: `${first.no}s${twoDigits(others.length + 1)}`,
    secondOf: first.no,
    provider: first.provider,
    ...(first.generation !== undefined && { generation: first.generation }),
    channel: first.channel,
    state: 'created',
    amountFen: first.amountFen,
    theirNo: news.theirNo ?? null,
    payInfo: null,
    createdAt: now,
    checkAt: null,
    paidAt: null,
  }
  const opened = { ...order, payments: [...order.payments, second] }
  const settled = applyPaymentNews(opened, second.no, news, now, refundSecond)
  return { ...settled, order: withKey(settled.order, second.no) }
}

const withKey = (order: Order, key: string): Order => ({ ...order, keys: [...order.keys, key] })

// Providers that answer queries only by their own number need it as soon as it is known.
function learnTheirNo(order: Order, payment: Payment, news: PaymentNews, now: number): Order {
  if (!isWaiting(payment) || payment.theirNo !== null || news.theirNo === undefined) return order
  return changed(order, now, {
    payments: replace(order.payments, { ...payment, theirNo: news.theirNo }),
    key: news.theirNo,
  })
}

function settlePaid(order: Order, payment: Payment, news: PaymentNews, now: number, refundSurplus: boolean): Order {
  const surplus = order.state !== 'open'
  const theirNo = news.theirNo ?? payment.theirNo
  const paid: Payment = {
    ...payment,
    state: 'paid',
    theirNo,
    paidAt: news.at ?? now,
    bookedAt: now,
    checkAt: null,
    ...(surplus && { surplus }),
  }
  const after = changed(order, now, {
    payments: replace(order.payments, paid),
    ...(!surplus && { state: 'paid' as const, paidAt: now }),
    entry: { at: now, what: 'paid', by: 'provider', detail: surplus ? `${payment.no} surplus` : payment.no },
    key: theirNo,
  })
  return surplus && refundSurplus
    ? openRefund(
        after,
        {
          requestId: `surplus-${payment.no}`,
          paymentNo: payment.no,
          amountFen: payment.amountFen,
          reason: 'surplus',
          by: 'system',
        },
        now,
      ).order
    : after
}

/** Whether some of a payment went back outside, and nobody said how much. */
export const isBackUnknown = ({ unknownBackSince }: Payment): boolean => (unknownBackSince ?? null) !== null

/** Applies what a provider says of money that went back. What it does not say is never assumed. */
function tellBack(
  order: Order,
  no: string,
  { outcome, refundedFen = 0, refunds = [] }: PaymentNews,
  now: number,
): Order {
  let after = order
  let isOpen = false
  for (const told of refunds) {
    if (knownRefund(after, told) || told.outcome === 'refused') continue
    const mine = perhapsOurs(after, no, told)
    if (told.outcome !== 'refunded' || mine?.state === 'failed') isOpen = true
    else if (!mine) after = recordOutsideRefund(after, no, told, now)
  }
  const ofPayment = after.refunds.filter(({ paymentNo }) => paymentNo === no)
  const live = ofPayment.filter(({ state }) => state !== 'failed')
  const moreFen = refundedFen - sumFen(live)
  // One that failed may have been done after all: whose money that is only a person can say.
  if (moreFen > 0 && ofPayment.length > live.length) isOpen = true
  else if (moreFen > 0) after = recordOutsideRefund(after, no, { no: '', outcome: 'refunded', amountFen: moreFen }, now)
  const isSilent = outcome === 'refunded' && live.length === 0 && refunds.length === 0 && moreFen <= 0
  if (isOpen || isSilent) return backUnknown(after, no, now)
  return outcome === 'refunded' || refunds.length > 0 || refundedFen > 0 ? backKnown(after, no, now) : after
}

function backUnknown(order: Order, no: string, now: number): Order {
  const payment = paymentOf(order, no)
  if (isBackUnknown(payment)) return order
  return changed(order, now, {
    payments: replace(order.payments, { ...payment, unknownBackSince: now, checkAt: nextCheckAt(now, now) }),
    entry: { at: now, what: 'refundUnknown', by: 'provider', detail: no },
  })
}

function backKnown(order: Order, no: string, now: number): Order {
  const payment = paymentOf(order, no)
  if (!isBackUnknown(payment)) return order
  return changed(order, now, {
    payments: replace(order.payments, { ...payment, unknownBackSince: null, checkAt: null }),
  })
}

/** The refund of an order that a provider tells of, by any of its numbers. */
export const knownRefund = (order: Order, { no, theirNo }: Pick<ToldRefund, 'no' | 'theirNo'>): Refund | undefined =>
  order.refunds.find(
    (refund) =>
      (no !== '' && (refund.no === no || refund.outsideNo === no)) ||
      (theirNo !== undefined && refund.theirNo === theirNo),
  )

/** A refund of ours whose number of theirs we do not know yet, which one that is told without a number of ours may be. */
const perhapsOurs = (order: Order, no: string, told: ToldRefund): Refund | undefined =>
  told.no === ''
    ? order.refunds.find(
        ({ paymentNo, by, theirNo, amountFen }) =>
          paymentNo === no && by !== 'provider' && theirNo === null && amountFen === told.amountFen,
      )
    : undefined

/**
 * Records a refund that was made outside and is done: once, whichever way it is told. One that was known by its amount
 * alone gets its numbers.
 * @param told without an amount nothing is booked, and the order says that it is not known
 */
export function recordOutsideRefund(order: Order, no: string, told: ToldRefund, now: number): Order {
  const { amountFen, theirNo = null } = told
  if (knownRefund(order, told)) return order
  if (amountFen === undefined || order.refunds.length >= refundLimit) return backUnknown(order, no, now)
  const isNamed = told.no !== '' || theirNo !== null
  const nameless = order.refunds.find(
    (refund) => refund.paymentNo === no && refund.by === 'provider' && !refund.theirNo && !refund.outsideNo,
  )
  const names = { theirNo, ...(told.no !== '' && { outsideNo: told.no }) }
  const times = { doneAt: told.at ?? now, ...(told.acceptedAt !== undefined && { acceptedAt: told.acceptedAt }) }
  const key = [theirNo, told.no || null]
  if (isNamed && nameless && nameless.amountFen === amountFen)
    return backKnown(withRefund(order, { ...nameless, ...names, ...times }, now, undefined, key), no, now)
  const isPart = isNamed && nameless !== undefined && nameless.amountFen > amountFen
  const rest = isPart ? withRefund(order, { ...nameless, amountFen: nameless.amountFen - amountFen }, now) : order
  const refundNo = refundNoOf(rest)
  const refund: Refund = {
    no: refundNo,
    requestId: `provider-${refundNo}`,
    paymentNo: no,
    amountFen,
    state: 'done',
    reason: '',
    by: 'provider',
    ...names,
    createdAt: now,
    checkAt: null,
    ...times,
    bookedAt: now,
  }
  const entry = { at: now, what: 'refunded', by: 'provider', detail: refundNo } as const
  return backKnown(withRefund(rest, refund, now, entry, key), no, now)
}

// A person who waits may have the provider asked, but not more often than this.
const askEveryMs = 3_000
// Older attempts are left to their own checks: one read must not cost a question for each of them.
const asksAtOnce = 3

/**
 * Takes the right to ask the providers about waiting attempts on a person's behalf; the same order when it is too early.
 * A lease of the timer stays as it is.
 * @returns the numbers that may be asked about now
 */
export function claimAsks(order: Order, now: number): { order: Order; nos: string[] } {
  const nos = order.payments
    .filter(isWaiting)
    .slice(-asksAtOnce)
    .filter(({ askedAt }) => askedAt === undefined || now - askedAt >= askEveryMs)
    .map(({ no }) => no)
  if (nos.length === 0) return { order, nos }
  const payments = order.payments.map((payment) => (nos.includes(payment.no) ? { ...payment, askedAt: now } : payment))
  return { order: { ...order, version: order.version + 1, payments }, nos }
}

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

// While a claim is held there is nothing to ask yet.
function nextAfter({ claim }: Payment | Refund, since: number, now: number): number | null {
  const at = nextCheckAt(since, now)
  return at !== null && claim && isClaimed(claim, now) ? Math.max(at, claim.until) : at
}

export interface RefundRequest {
  requestId: string
  paymentNo: string
  amountFen: number
  reason: string
  by: string
  /** the most that `by` may give back of this order in all; absent or null: no limit */
  limitFen?: number | null
  /** a refund that failed is asked for again under its own number, as this provider's document says */
  failedKeepsNo?: boolean
}

export const isOpenRefund = (refund: Refund): boolean => refund.state === 'requested' || refund.state === 'pending'

const sumFen = (refunds: readonly Refund[]): number => refunds.reduce((sum, { amountFen }) => sum + amountFen, 0)

/**
 * What a payment brought minus its refunds that did not fail. Below zero when a refund that had failed was done after
 * all: more went back than came.
 */
export function refundableFen(order: Order, paymentNo: string): number {
  const payment = paymentOf(order, paymentNo)
  const taken = order.refunds.filter((refund) => refund.paymentNo === paymentNo && refund.state !== 'failed')
  return payment.state === 'paid' ? payment.amountFen - sumFen(taken) : 0
}

/** The refund that a requestId made; undefined when there is none. */
export const refundByRequest = (order: Order, requestId: string): Refund | undefined =>
  order.refunds.find((refund) => refund.requestId === requestId || refund.earlierRequests?.includes(requestId))

/**
 * Stores a refund before the provider hears of it. The same requestId again gives the refund that exists.
 * @throws BadInput for an amount that is none; Conflict when the same requestId asked for something else, or more than
 * is left would go back; Forbidden over the caller's own limit
 */
export function openRefund(order: Order, request: RefundRequest, now: number): { order: Order; refund: Refund } {
  const { requestId, paymentNo, amountFen, reason, by, limitFen = null } = request
  if (!Number.isSafeInteger(amountFen) || amountFen <= 0) throw new AppError('BadInput', 'amountFen: is not an amount')
  const known = refundByRequest(order, requestId)
  if (known) {
    if (known.paymentNo === paymentNo && known.amountFen === amountFen) return { order, refund: known }
    throw new AppError('Conflict', 'requestId: was used for another refund')
  }
  if (amountFen > refundableFen(order, paymentNo))
    throw new AppError('Conflict', 'amountFen: more than is left to refund')
  const failed = order.refunds.filter((refund) => refund.paymentNo === paymentNo && refund.state === 'failed')
  const kept = request.failedKeepsNo ? failed : []
  const again = kept.find((refund) => refund.amountFen === amountFen)
  // What failed may only leave under its own number, so its amount is not free for another one.
  if (!again && amountFen > refundableFen(order, paymentNo) - sumFen(kept))
    throw new AppError('Conflict', 'amountFen: a refund that failed is to be asked for again with its own amount')
  // Counted over the order, or a limit could be passed in small parts.
  // What they recorded as not refunded themselves still counts: nobody frees their own limit by their own word.
  const counts = ({ state, recordedBy }: Refund): boolean => state !== 'failed' || recordedBy === by
  const given = sumFen(order.refunds.filter((refund) => refund.by === by && counts(refund)))
  if (limitFen !== null && given + amountFen > limitFen) throw new AppError('Forbidden', 'amountFen: over your limit')
  // Somebody who asked for it sends it now; the timer takes it up at once only where nobody did, later if they died.
  const checkAt = by === 'system' ? now : now + leaseMs
  if (again) {
    const { recordedBy: _recordedBy, ...unrecorded } = again
    const asked: Refund = {
      ...unrecorded,
      requestId,
      earlierRequests: [...(again.earlierRequests ?? []), again.requestId],
      reason,
      by,
      state: 'requested',
      createdAt: now,
      checkAt,
      claim: { id: `again-${requestId}`, until: 0, asks: true },
    }
    const entry: HistoryEntry = { at: now, what: 'refundRequested', by, detail: asked.no }
    return { refund: asked, order: withRefund(order, asked, now, entry) }
  }
  if (order.refunds.length >= refundLimit) throw new AppError('Conflict', 'the order has too many refunds')
  const refund: Refund = {
    requestId,
    paymentNo,
    amountFen,
    reason,
    by,
    no: refundNoOf(order),
    state: 'requested',
    theirNo: null,
    createdAt: now,
    checkAt,
    doneAt: null,
    bookedAt: null,
    claim: null,
  }
  return {
    refund,
    order: withRefund(order, refund, now, { at: now, what: 'refundRequested', by, detail: refund.no }),
  }
}

/** Whether the provider may know this refund already: it is asked before the refund is sent. */
export const asksAboutRefund = ({ claim, state }: Refund): boolean =>
  claim ? asksFirst(claim) : claim === undefined || state !== 'requested'

/** Whether this refund failed before and was asked for again under its own number. */
export const isAskedAgain = ({ earlierRequests, state }: Refund): boolean =>
  state === 'requested' && earlierRequests !== undefined

/** The claim as somebody saw it when they read the refund; null: none. */
export const claimSeen = ({ claim }: Refund | Payment): string | null => claim?.id ?? null

/**
 * Takes the right to send a refund under way.
 * @param id the new claim's
 * @param seen the claim that stood there when the decision to send was made: another one since then makes it void
 * @returns isMine false: somebody else sends or has sent it, or it is over
 */
export function claimRefund(
  order: Order,
  no: string,
  { id, seen }: { id: string; seen: string | null },
  now: number,
): { order: Order; isMine: boolean } {
  const refund = refundOf(order, no)
  if (refund.claim?.id === id) return { order, isMine: isClaimed(refund.claim, now) && isOpenRefund(refund) }
  const claim = takeClaim(refund.claim, { id, asks: asksAboutRefund(refund), moves: true }, now)
  if (!claim || !isOpenRefund(refund) || claimSeen(refund) !== seen) return { order, isMine: false }
  return { order: withClaim(order, { ...refund, claim }), isMine: true }
}

// A claim is no news: due times and tries stay as they are.
const withClaim = (order: Order, refund: Refund): Order => ({
  ...order,
  version: order.version + 1,
  refunds: replace(order.refunds, refund),
})

/** The refund surely did not reach the provider: whoever comes next sends it. */
export function releaseRefund(order: Order, no: string, id: string, now: number): Order {
  const refund = refundOf(order, no)
  if (refund.claim?.id !== id || !isOpenRefund(refund)) return order
  const checkAt = nextCheckAt(refund.createdAt, now)
  return withRefund(order, { ...refund, claim: unsentClaim(refund.claim), checkAt }, now)
}

/**
 * As `claimRefund`, for a waiting payment: to tell the provider to close it, or to send its debit again.
 * @param seen given for a debit: the claim under which the provider was asked about it
 */
export function claimPayment(
  order: Order,
  no: string,
  { id, seen }: { id: string; seen?: string | null },
  now: number,
): { order: Order; isMine: boolean } {
  const payment = paymentOf(order, no)
  const claim = takeClaim(payment.claim, { id, asks: payment.claim !== undefined, moves: seen !== undefined }, now)
  if (!claim || !isWaiting(payment)) return { order, isMine: false }
  if (claim === payment.claim) return { order, isMine: true }
  if (seen !== undefined && claimSeen(payment) !== seen) return { order, isMine: false }
  const payments = replace(order.payments, { ...payment, claim })
  return { order: { ...order, version: order.version + 1, payments }, isMine: true }
}

export interface RefundNews {
  outcome: RefundOutcome
  theirNo?: string
  at?: number
  acceptedAt?: number
  reason?: string
  /** the claim under which it was sent, or that stood there when it was asked about; absent: the provider told by itself */
  claim?: string | null
  /** the openid of whoever of the shop recorded it; absent: the provider said it */
  by?: string
}

/** A refusal counts only while nobody else sends or has sent this refund since it was asked about. */
const mayRefuse = (refund: Refund, { claim }: RefundNews, now: number): boolean =>
  claim === undefined ? !isClaimed(refund.claim, now) : claim === claimSeen(refund)

/** Applies what a provider reported about one refund. */
export function applyRefundNews(
  order: Order,
  no: string,
  news: RefundNews,
  now: number,
): { order: Order; verdict: Verdict } {
  const known = refundOf(order, no)
  const acceptedAt = known.acceptedAt ?? news.acceptedAt
  const refund: Refund = { ...known, ...(acceptedAt !== undefined && { acceptedAt }) }
  const cell = next(refundMoves, refund.state, news.outcome)
  if (cell === 'contradiction') return { order, verdict: 'contradiction' }
  if (cell === 'failed' && refund.state !== 'failed' && !mayRefuse(refund, news, now))
    return { order, verdict: 'unchanged' }
  const theirNo = news.theirNo ?? refund.theirNo
  // An answer ends its claim; a reply that was lost keeps it until it runs out.
  const isHolder = refund.claim && news.claim === refund.claim.id
  const claim = isHolder && news.outcome !== 'unknown' ? answeredClaim(refund.claim as Claim) : refund.claim
  if (cell === refund.state) {
    // Providers that answer queries only by their own number need it as soon as it is known.
    const learns = isOpenRefund(refund) && refund.theirNo === null && theirNo !== null
    const ends = isOpenRefund(refund) && isClaimed(refund.claim, now) && claim !== refund.claim
    const known = { ...refund, theirNo, ...(claim !== undefined && { claim }) }
    return { order: learns || ends ? withRefund(order, known, now) : order, verdict: 'unchanged' }
  }
  if (cell === 'pending') {
    const moved: Refund = { ...refund, state: 'pending', theirNo, ...(claim !== undefined && { claim }) }
    const pending: Refund = { ...moved, checkAt: nextAfter(moved, refund.createdAt, now) }
    return { order: withRefund(order, pending, now), verdict: 'settled' }
  }
  const done = cell === 'done'
  const { recordedBy: _recordedBy, ...told } = refund
  const ended: Refund = {
    ...told,
    ...(news.by !== undefined && { recordedBy: news.by }),
    state: done ? 'done' : 'failed',
    theirNo,
    checkAt: null,
    doneAt: done ? (news.at ?? now) : null,
    bookedAt: done ? now : null,
    ...(claim && { claim: answeredClaim(claim) }),
  }
  const entry: HistoryEntry = {
    at: now,
    what: done ? 'refunded' : 'refundFailed',
    by: news.by ?? 'provider',
    detail: news.reason ? `${no} ${news.reason}` : no,
  }
  return { order: withRefund(order, ended, now, entry), verdict: 'settled' }
}

/** Whether a person may record the result of this refund: it has had none for long, and nobody is sending it. */
export const mayRecordRefund = (refund: Refund, now: number): boolean =>
  isOpenRefund(refund) && now - refund.createdAt > refundPatienceMs && !isClaimed(refund.claim, now)

/**
 * Applies what a person saw in the provider's console about a refund without a result. The same again changes nothing.
 * @throws NotFound; Conflict where it has another result, is too young, or is being sent at this moment
 */
export function recordRefund(
  order: Order,
  no: string,
  { isRefunded, by, note }: { isRefunded: boolean; by: string; note: string },
  now: number,
): Order {
  const refund = refundOf(order, no)
  if (refund.state === (isRefunded ? 'done' : 'failed')) return order
  if (!isOpenRefund(refund)) throw new AppError('Conflict', 'the refund has another result already')
  if (!mayRecordRefund(refund, now)) throw new AppError('Conflict', 'the refund may still get its result by itself')
  const news: RefundNews = { outcome: isRefunded ? 'refunded' : 'refused', by, reason: note }
  return applyRefundNews(order, no, news, now).order
}

function withRefund(
  order: Order,
  refund: Refund,
  now: number,
  entry?: HistoryEntry,
  key: readonly (string | null)[] = [],
): Order {
  const refunds = order.refunds.some((other) => other.no === refund.no)
    ? replace(order.refunds, refund)
    : [...order.refunds, refund]
  const refundedFen = sumFen(refunds.filter((one) => one.state === 'done'))
  return changed(order, now, {
    refunds,
    refundedFen,
    key: [refund.no, refund.theirNo, ...key],
    ...(entry && { entry }),
  })
}

const refundNoOf = (order: Order): string => `${order._id}r${twoDigits(order.refunds.length + 1)}`

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
