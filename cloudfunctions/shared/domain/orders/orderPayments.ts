// What an order's payments become. Pure decisions, as in order.ts.
import { claimSeen, takeClaim } from '../claim'
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

const attemptLimit = 50
const secondLimit = 20

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

export interface PaymentNews extends ToldBack {
  theirNo?: string
  at?: number
  reason?: string
  /** a debit that failed: why */
  cause?: DebitCause
}

/** How a payment result is applied. */
export interface Settling {
  now: number
  /** money that came too late is sent back at once (setting), instead of waiting for the merchant */
  refundSurplus?: boolean
  /** the same for a second charge, which not every provider can tell from the first; absent: as `refundSurplus` */
  refundSecond?: boolean
}

/**
 * Applies what a provider reported about one attempt. Comparing amount, currency and shopper is done before.
 * The same number of ours paid under another number of theirs is a second charge: a payment of its own, surplus.
 */
export function applyPaymentNews(
  order: Order,
  no: string,
  news: PaymentNews,
  { now, refundSurplus = false, refundSecond = refundSurplus }: Settling,
): { order: Order; verdict: Verdict } {
  const payment = paymentOf(order, no)
  if (isSecondPayment(payment, news))
    return applySecondPayment(order, payment, news, { now, refundSurplus: refundSecond })
  const cell = next(paymentMoves, payment.state, news.outcome)
  if (cell === 'contradiction') return { order, verdict: 'contradiction' }
  if (cell === 'paid + refund') {
    const paid = payment.state === 'paid' ? order : settlePaid(order, payment, news, { now })
    const after = tellBack(paid, no, news, now)
    return { order: after, verdict: after === order ? 'unchanged' : 'settled' }
  }
  if (cell === payment.state) {
    const learned = learnTheirNo(order, payment, news, now)
    const after = cell === 'paid' ? tellBack(learned, no, news, now) : learned
    return { order: after, verdict: after === learned ? 'unchanged' : 'settled' }
  }
  if (cell === 'paid') {
    const paid = settlePaid(order, payment, news, { now, refundSurplus })
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

// Providers that answer queries only by their own number need it as soon as it is known.
function learnTheirNo(order: Order, payment: Payment, news: PaymentNews, now: number): Order {
  if (!isWaiting(payment) || payment.theirNo !== null || news.theirNo === undefined) return order
  return changed(order, now, {
    payments: replace(order.payments, { ...payment, theirNo: news.theirNo }),
    key: news.theirNo,
  })
}

function settlePaid(order: Order, payment: Payment, news: PaymentNews, { now, refundSurplus }: Settling): Order {
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
