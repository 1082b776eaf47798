// Decides how the payments of an order change. Pure functions from order to order; if one returns the same order, there
// is nothing to write.

import type { ShippingWay } from '../../../../miniprogram/rules/terms'
import { answeredClaim, claimSeen, takeClaim } from '../claim'
import { AppError } from '../errors'
import { next } from '../machine'
import {
  type DebitCause,
  debitChannel,
  isDisputed,
  isWaiting,
  nextCheckAt,
  type PayInfoKind,
  type Payment,
  paymentMoves,
} from '../payment'
import { changed, replace, type Verdict } from './order'
import { nextLookAt } from './orderDue'
import { twoDigits } from './orderNo'
import { openRefund, type ToldBack, tellBack } from './orderRefunds'
import { type Made, mayPay, type Order, paymentOf, standing } from './orderShape'
import { awaitedShipping } from './orderShipping'

const attemptLimit = 50
const secondLimit = 20

/**
 * Adds the next attempt to the order. The caller stores it before it calls the provider.
 * @throws Conflict when the order may not be paid
 */
export function openAttempt(
  order: Order,
  by: string | (Made & Pick<Payment, 'payer' | 'payType' | 'callbackUrl'>),
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
 * Adds the next debit under a contract to the order. The caller stores it before it calls the provider.
 * @param checksFrom the earliest time of the debit's result, epoch ms
 * @param claimId id of the caller's claim, because only the caller that stored the debit may send it
 * @throws Conflict when the order is not open, or when another attempt has no result yet and may still be paid
 */
export function openDebit(
  order: Order,
  by: string | Made,
  { checksFrom, claimId }: { checksFrom: number; claimId: string },
  now: number,
): Order {
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

/**
 * Stores what the provider answered when it prepared an attempt. If the attempt has a result meanwhile, nothing
 * changes.
 */
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

/**
 * Stores the parameters of the payment sheet, which the provider gave to the holder of the claim. If the attempt no
 * longer waits, nothing changes.
 */
export function recordSheet(order: Order, no: string, sheet: string): Order {
  const payment = paymentOf(order, no)
  if (!isWaiting(payment)) return order
  const { claim } = payment
  const payments = replace(order.payments, { ...payment, sheet, ...(claim && { claim: answeredClaim(claim) }) })
  return { ...order, version: order.version + 1, payments }
}

/** Marks an attempt as failed because the provider refused to prepare it. Another attempt may follow. */
export function recordRefused(order: Order, no: string, reason: string, now: number): Order {
  const payment = paymentOf(order, no)
  if (payment.state !== 'created') return order
  return changed(order, now, {
    payments: replace(order.payments, { ...payment, state: 'failed', checkAt: null }),
    entry: { at: now, what: 'refused', by: 'provider', detail: reason },
  })
}

/**
 * Records that the provider reported a payment that differs from our request. If the payment is already paid, nothing
 * changes.
 */
export function recordDispute(order: Order, no: string, now: number): Order {
  const payment = paymentOf(order, no)
  if (payment.state === 'paid' || isDisputed(payment)) return order
  return changed(order, now, { payments: replace(order.payments, { ...payment, disputedAt: now }) })
}

/** Ends the disputes of an order after staff checked the reported payment. The shopper can pay the order again. */
export const endDisputes = (order: Order, now: number): Order =>
  order.payments.some(isDisputed)
    ? changed(order, now, {
        payments: order.payments.map((payment) => (isDisputed(payment) ? { ...payment, disputedAt: null } : payment)),
      })
    : order

/**
 * Takes the right to ask the provider to close a waiting payment, or to send its debit again. So only one caller does
 * it at a time (as in `claimRefund`).
 * @param seen only for a debit: the claim that the debit had when we asked the provider about it. If the debit has
 * another claim now, this caller may not send
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

export interface PaymentNews extends ToldBack {
  theirNo?: string
  at?: number
  reason?: string
  /** why a debit failed, if this result is about a failed debit */
  cause?: DebitCause
  /** whether the provider said that it has never received this paymentNo */
  notFound?: boolean
}

/** Circumstances and settings that decide what a payment result changes. */
export interface Settling {
  now: number
  /** the shop's setting for overpayments: true refunds them at once, false lets them wait for the merchant */
  refundSurplus?: boolean
  /**
   * whether we refund a second charge at once. This is separate from `refundSurplus`, because not every provider can
   * refund a second charge; absent: the value of `refundSurplus`
   */
  refundSecond?: boolean
  /** how the goods are shipped, if WeChat keeps this payment's money until the shop has reported the shipping */
  shipping?: ShippingWay
}

/**
 * Applies a payment result to one attempt. The caller has already compared amount, currency and shopper with our
 * record. If the provider reports the same paymentNo as paid under another provider number, the shopper was charged
 * twice. Then we add the second charge as an overpayment.
 */
export function applyPaymentNews(
  order: Order,
  no: string,
  news: PaymentNews,
  { now, refundSurplus = false, refundSecond = refundSurplus, shipping }: Settling,
): { order: Order; verdict: Verdict } {
  const payment = paymentOf(order, no)
  if (isSecondPayment(payment, news))
    return applySecondPayment(order, payment, news, { now, refundSurplus: refundSecond })
  const cell = next(paymentMoves, payment.state, news.outcome)
  if (cell === 'contradiction') return { order, verdict: 'contradiction' }
  if (cell === 'paid + refund') {
    const paid =
      payment.state === 'paid' ? order : settlePaid(order, payment, news, { now, ...(shipping && { shipping }) })
    const after = tellBack(paid, no, news, now)
    return { order: after, verdict: after === order ? 'unchanged' : 'settled' }
  }
  if (cell === payment.state) {
    const learned = cell === 'failed' ? recordLook(order, payment, news, now) : learnTheirNo(order, payment, news, now)
    const after = cell === 'paid' ? tellBack(learned, no, news, now) : learned
    return { order: after, verdict: after === learned ? 'unchanged' : 'settled' }
  }
  if (cell === 'paid') {
    const paid = settlePaid(order, payment, news, { now, refundSurplus, ...(shipping && { shipping }) })
    return { order: tellBack(paid, no, news, now), verdict: 'settled' }
  }
  const theirNo = news.theirNo ?? payment.theirNo
  const moved: Payment = {
    ...payment,
    state: cell,
    theirNo,
    checkAt: cell === 'pending' ? payment.checkAt : cell === 'failed' ? nextLookAt(order, now, now) : null,
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
 * Whether a result means that the shopper was charged twice: the provider reports the same paymentNo as paid under
 * another provider number.
 */
export const isSecondPayment = (payment: Payment, news: PaymentNews): boolean =>
  payment.state === 'paid' &&
  (news.outcome === 'paid' || news.outcome === 'refunded') &&
  payment.theirNo !== null &&
  news.theirNo !== undefined &&
  news.theirNo !== payment.theirNo

/** The second charge with this provider number; undefined: our record has no such charge. */
const secondPayment = (order: Order, no: string, theirNo: string | undefined): Payment | undefined =>
  order.payments.find((payment) => payment.secondOf === no && payment.theirNo === theirNo)

/**
 * Finds a payment by its paymentNo. For a second charge the provider's number must match too, because both charges have
 * the same paymentNo at the provider.
 */
export const paymentMeant = (order: Order, no: string, theirNo: string | undefined): Payment | undefined =>
  secondPayment(order, no, theirNo) ?? order.payments.find((payment) => payment.no === no)

function applySecondPayment(
  order: Order,
  first: Payment,
  news: PaymentNews,
  settling: Settling,
): { order: Order; verdict: Verdict } {
  const known = secondPayment(order, first.no, news.theirNo)
  if (known) return applyPaymentNews(order, known.no, news, settling)
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
    createdAt: settling.now,
    checkAt: null,
    paidAt: null,
  }
  const opened = { ...order, payments: [...order.payments, second] }
  const settled = applyPaymentNews(opened, second.no, news, settling)
  return { ...settled, order: withKey(settled.order, second.no) }
}

const withKey = (order: Order, key: string): Order => ({ ...order, keys: [...order.keys, key] })

// Stores the provider's number as soon as a result contains it, because some providers answer queries only by that
// number.
function learnTheirNo(order: Order, payment: Payment, news: PaymentNews, now: number): Order {
  if (!isWaiting(payment) || payment.theirNo !== null || news.theirNo === undefined) return order
  return changed(order, now, {
    payments: replace(order.payments, { ...payment, theirNo: news.theirNo }),
    key: news.theirNo,
  })
}

// Plans the next query about a declined attempt after the provider has answered the query that was due. Without an
// answer the query stays due. The query may come from the timer, a shopper or staff.
function recordLook(order: Order, payment: Payment, { outcome, notFound }: PaymentNews, now: number): Order {
  const isDue = payment.checkAt !== null && payment.checkAt <= now
  if (!isDue || (outcome === 'unknown' && !notFound)) return order
  const checkAt = nextLookAt(order, payment.checksFrom ?? payment.createdAt, now)
  return changed(order, now, { payments: replace(order.payments, { ...payment, checkAt }) })
}

function settlePaid(
  order: Order,
  payment: Payment,
  news: PaymentNews,
  { now, refundSurplus, shipping }: Settling,
): Order {
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
    ...(!surplus && shipping && { shipping: awaitedShipping(payment.no, shipping, now) }),
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
