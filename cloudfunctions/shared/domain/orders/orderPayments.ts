// Decides how the payments of an order change. Pure functions, as in order.ts.
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
import { changed, replace, type Verdict } from './orderChange'
import { nextLookAt } from './orderDue'
import { twoDigits } from './orderNo'
import { openRefund, type ToldBack, tellBack } from './orderRefunds'
import { type Made, mayPay, type Order, paymentOf, standing } from './orderShape'
import { awaitedShipping } from './orderShipping'
import type { ShippingWay } from './shipping'

const attemptLimit = 50
const secondLimit = 20

/** Adds the next attempt, before the provider is called. @throws Conflict when the order may not be paid */
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
 * Adds the next debit under a contract, before the provider is called.
 * @param checksFrom the earliest time of the debit's result, epoch ms
 * @param claimId id of the caller's claim: the caller that stores the debit may send it
 * @throws Conflict when the order is not open, or another attempt may still bring its money
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

/** Stores the provider's answer for an attempt; an attempt whose state has changed meanwhile keeps that state. */
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

/** Stores the parameters of the payment sheet, which the holder of the claim has got, while the attempt waits. */
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

/** Records that the provider reported a payment that differs from our request. A paid payment does not change. */
export function recordDispute(order: Order, no: string, now: number): Order {
  const payment = paymentOf(order, no)
  if (payment.state === 'paid' || isDisputed(payment)) return order
  return changed(order, now, { payments: replace(order.payments, { ...payment, disputedAt: now }) })
}

/** Ends the disputes of an order after staff checked it. The order may be paid again until the next such report. */
export const endDisputes = (order: Order, now: number): Order =>
  order.payments.some(isDisputed)
    ? changed(order, now, {
        payments: order.payments.map((payment) => (isDisputed(payment) ? { ...payment, disputedAt: null } : payment)),
      })
    : order

/**
 * Like `claimRefund`, for a waiting payment: takes the right to ask the provider to close it, or to send its debit
 * again.
 * @param seen for a debit: the claim that the debit had when the provider was asked about it
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
  /** why a debit failed */
  cause?: DebitCause
  /** the provider has never received this number */
  notFound?: boolean
}

/** How a payment result is applied. */
export interface Settling {
  now: number
  /** whether an overpayment is refunded at once (a setting) instead of waiting for the merchant */
  refundSurplus?: boolean
  /** the same for a second charge, because not every provider can refund it separately; absent: as `refundSurplus` */
  refundSecond?: boolean
  /** how the goods go out, if WeChat keeps the money of this payment until that is reported */
  shipping?: ShippingWay
}

/**
 * Applies a payment result to one attempt. The caller has compared amount, currency and shopper.
 * If the same paymentNo is paid under another provider number, that is a second charge: it is added as an overpayment.
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

/** Whether a result reports the same paymentNo as paid under another provider number: the shopper was charged twice. */
export const isSecondPayment = (payment: Payment, news: PaymentNews): boolean =>
  payment.state === 'paid' &&
  (news.outcome === 'paid' || news.outcome === 'refunded') &&
  payment.theirNo !== null &&
  news.theirNo !== undefined &&
  news.theirNo !== payment.theirNo

/** The second charge with this provider number; undefined: not in our record. */
const secondPayment = (order: Order, no: string, theirNo: string | undefined): Payment | undefined =>
  order.payments.find((payment) => payment.secondOf === no && payment.theirNo === theirNo)

/** Finds the payment by its paymentNo; for a second charge, by the provider's number as well. */
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

// Stores the provider's number as soon as it is known, because some providers answer queries only by that number.
function learnTheirNo(order: Order, payment: Payment, news: PaymentNews, now: number): Order {
  if (!isWaiting(payment) || payment.theirNo !== null || news.theirNo === undefined) return order
  return changed(order, now, {
    payments: replace(order.payments, { ...payment, theirNo: news.theirNo }),
    key: news.theirNo,
  })
}

// A declined attempt is queried again when its check is due. Only an answer of the provider ends that check; the caller
// may be the timer, a shopper or staff.
function recordLook(order: Order, payment: Payment, { outcome, notFound }: PaymentNews, now: number): Order {
  const isDue = payment.checkAt !== null && payment.checkAt <= now
  if (!isDue || (outcome === 'unknown' && !notFound)) return order
  return changed(order, now, {
    payments: replace(order.payments, { ...payment, checkAt: nextLookAt(order, payment, now) }),
  })
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
