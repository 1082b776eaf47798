// Decides how the refunds of an order change. Pure functions from order to order; if one returns the same order, there
// is nothing to write.
import { answeredClaim, type Claim, claimSeen, isClaimed, takeClaim, unsentClaim } from '../claim'
import { AppError } from '../errors'
import { leaseMs } from '../lease'
import { next } from '../machine'
import { isBackUnknown, nextCheckAt, type PaymentOutcome } from '../payment'
import {
  asksAboutRefund,
  isOpenRefund,
  type Refund,
  type RefundOutcome,
  refundMoves,
  refundPatienceMs,
} from '../refund'
import { changed, mayAsk, replace, type Verdict } from './order'
import { nextAfter } from './orderDue'
import { twoDigits } from './orderNo'
import { type HistoryEntry, type Order, paymentOf, refundableFen, refundOf, sumFen } from './orderShape'

const refundLimit = 99

export interface RefundRequest {
  requestId: string
  paymentNo: string
  amountFen: number
  reason: string
  by: string
  /** how much this person (`by`) may refund of this order in total, in fen; absent or null: no limit */
  limitFen?: number | null
  /** whether the provider's document demands that we request a failed refund again under its old number */
  failedKeepsNo?: boolean
}

/** The refund that was requested with this idempotency key; undefined: none. */
export const refundByRequest = (order: Order, requestId: string): Refund | undefined =>
  order.refunds.find((refund) => refund.requestId === requestId || refund.earlierRequests?.includes(requestId))

/**
 * Adds a refund to the order. The caller stores it before it calls the provider. A repeated requestId returns the
 * existing refund.
 * @throws BadInput for an invalid amount; Conflict when the requestId was used for another refund, or the amount
 * exceeds what can still be refunded; Forbidden if the amount exceeds the limit of this person
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
    throw new AppError('Conflict', 'amountFen: more than can still be refunded')
  const failed = order.refunds.filter((refund) => refund.paymentNo === paymentNo && refund.state === 'failed')
  const kept = request.failedKeepsNo ? failed : []
  const again = kept.find((refund) => refund.amountFen === amountFen)
  // This provider repeats a failed refund only under the refund's old number and with its old amount. So that staff can
  // repeat it, no other refund may use up that amount.
  if (!again && amountFen > refundableFen(order, paymentNo) - sumFen(kept))
    throw new AppError('Conflict', 'amountFen: a failed refund must be requested again with its own amount')
  // The limit counts all refunds of the order, so that nobody can exceed it with several small refunds. Refunds that
  // the same person recorded as failed also count, so that nobody can free their own limit that way.
  const counts = ({ state, recordedBy }: Refund): boolean => state !== 'failed' || recordedBy === by
  const given = sumFen(order.refunds.filter((refund) => refund.by === by && counts(refund)))
  if (limitFen !== null && given + amountFen > limitFen) throw new AppError('Forbidden', 'amountFen: over your limit')
  // A refund that a person requested is sent by this call; the timer sends it only if this call was stopped, so it is
  // due later. An automatic refund is sent only by the timer, so it is due at once.
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
    return { refund: asked, order: withRefund(order, asked, now, { entry }) }
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
    order: withRefund(order, refund, now, { entry: { at: now, what: 'refundRequested', by, detail: refund.no } }),
  }
}

/**
 * Takes the right to send an unfinished refund, so that only one caller sends it.
 * @param id id of the new claim
 * @param seen the claim that the refund had when the caller decided to send it. If another caller has taken a claim
 * since then, this caller may not send.
 * @returns isMine false: another caller is sending the refund or has sent it, or the refund is finished
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

/**
 * Takes the right to ask the provider about a refund, so that all callers together do not ask too often.
 * @returns isMine false: another caller asked within the last 3 s
 */
export function claimRefundAsk(order: Order, no: string, now: number): { order: Order; isMine: boolean } {
  const refund = refundOf(order, no)
  if (!mayAsk(refund.askedAt, now)) return { order, isMine: false }
  return { order: withClaim(order, { ...refund, askedAt: now }), isMine: true }
}

// When we take a claim, nothing has happened to the refund yet. So the order's due times and the count of tries stay
// unchanged.
const withClaim = (order: Order, refund: Refund): Order => ({
  ...order,
  version: order.version + 1,
  refunds: replace(order.refunds, refund),
})

/** Ends a caller's claim because its request did not reach the provider. The next caller can then send the refund. */
export function releaseRefund(order: Order, no: string, id: string, now: number): Order {
  const refund = refundOf(order, no)
  if (refund.claim?.id !== id || !isOpenRefund(refund)) return order
  const checkAt = nextCheckAt(refund.createdAt, now)
  return withRefund(order, { ...refund, claim: unsentClaim(refund.claim), checkAt }, now)
}

/** A refund result that the provider reported or that staff recorded. */
export interface RefundNews {
  outcome: RefundOutcome
  theirNo?: string
  at?: number
  acceptedAt?: number
  reason?: string
  /**
   * which claim the refund had when we sent it or asked about it; null: none; absent: the result came by webhook
   * notification or in a list of refunds
   */
  claim?: string | null
  /** the openid of the staff member who recorded the result; absent: the provider reported it */
  by?: string
}

/**
 * Whether we may record that the provider refused a refund. If another caller has claimed the refund since we asked,
 * the answer is no, because that caller may be sending the refund again.
 */
const mayRefuse = (refund: Refund, { claim }: RefundNews, now: number): boolean =>
  claim === undefined ? !isClaimed(refund.claim, now) : claim === claimSeen(refund)

/** Applies a refund result to one refund of the order. */
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
  // If this result is the provider's answer to the caller who holds the claim, the claim ends. If the answer was lost,
  // the claim stays until it expires.
  const isHolder = refund.claim && news.claim === refund.claim.id
  const claim = isHolder && news.outcome !== 'unknown' ? answeredClaim(refund.claim as Claim) : refund.claim
  if (cell === refund.state) {
    // Store the provider's number as soon as a result contains it, because some providers answer queries only by that
    // number.
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
  return { order: withRefund(order, ended, now, { entry }), verdict: 'settled' }
}

/**
 * Whether staff may record this refund's result by hand: the refund is unfinished after an hour, and no caller is
 * sending it.
 */
export const mayRecordRefund = (refund: Refund, now: number): boolean =>
  isOpenRefund(refund) && now - refund.createdAt > refundPatienceMs && !isClaimed(refund.claim, now)

/**
 * Records a refund's result that staff read in the provider's console. Recording the same result again changes nothing.
 * @throws NotFound; Conflict when the refund has another result, is too recent, or is being sent now
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
  if (!mayRecordRefund(refund, now))
    throw new AppError('Conflict', 'the refund is too recent or is being sent, so its result may still arrive')
  const news: RefundNews = { outcome: isRefunded ? 'refunded' : 'refused', by, reason: note }
  return applyRefundNews(order, no, news, now).order
}

function withRefund(
  order: Order,
  refund: Refund,
  now: number,
  { entry, keys = [] }: { entry?: HistoryEntry; keys?: readonly (string | null)[] } = {},
): Order {
  const refunds = order.refunds.some((other) => other.no === refund.no)
    ? replace(order.refunds, refund)
    : [...order.refunds, refund]
  const refundedFen = sumFen(refunds.filter((one) => one.state === 'done'))
  return changed(order, now, {
    refunds,
    refundedFen,
    key: [refund.no, refund.theirNo, ...keys],
    ...(entry && { entry }),
  })
}

const refundNoOf = (order: Order): string => `${order._id}r${twoDigits(order.refunds.length + 1)}`

/** One refund in a provider's report about a payment. */
export interface ToldRefund extends RefundNews {
  /**
   * the merchant's refund number: our refundNo, or a number given outside this system; empty if the provider sends none
   */
  no: string
  amountFen?: number
}

/** A provider's report about the refunds of one payment. */
export interface ToldBack {
  outcome: PaymentOutcome
  /** how much was refunded of this payment in total, in fen, if the provider sends it */
  refundedFen?: number
  /** all refunds of the payment, also those that were made outside this system, if the provider lists them */
  refunds?: readonly ToldRefund[]
}

/**
 * Applies a provider's report about the refunds of one payment. If the report leaves fields out, we assume nothing
 * about them.
 */
export function tellBack(
  order: Order,
  no: string,
  { outcome, refundedFen = 0, refunds = [] }: ToldBack,
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
  const ofPayment = after.refunds.filter((refund) => refund.paymentNo === no && !isRuledOut(refund))
  const live = ofPayment.filter(({ state }) => state !== 'failed')
  const moreFen = refundedFen - sumFen(live)
  // The provider has refunded more than our record says. Perhaps this is a refund that our record says has failed, or
  // another one. Only staff can find out, so the refunded amount counts as unknown.
  if (moreFen > 0 && ofPayment.length > live.length) isOpen = true
  else if (moreFen > 0) after = recordOutsideRefund(after, no, { no: '', outcome: 'refunded', amountFen: moreFen }, now)
  const isSilent = outcome === 'refunded' && live.length === 0 && refunds.length === 0 && moreFen <= 0
  if (isOpen || isSilent) return backUnknown(after, no, now)
  return outcome === 'refunded' || refunds.length > 0 || refundedFen > 0 ? backKnown(after, no, now) : after
}

/** Finds a refund of the provider's report in our order, by any of its numbers. */
export const knownRefund = (order: Order, { no, theirNo }: Pick<ToldRefund, 'no' | 'theirNo'>): Refund | undefined =>
  order.refunds.find(
    (refund) =>
      (no !== '' && (refund.no === no || refund.outsideNo === no)) ||
      (theirNo !== undefined && refund.theirNo === theirNo),
  )

/** Whether staff recorded this refund as failed, because the provider's console shows that it was not made. */
const isRuledOut = ({ state, recordedBy }: Refund): boolean => state === 'failed' && recordedBy !== undefined

/**
 * The provider reports a refund without a merchant's number. It may be one of our refunds: finds the refund in our
 * record with the same payment and amount.
 */
const perhapsOurs = (order: Order, no: string, told: ToldRefund): Refund | undefined =>
  told.no === ''
    ? order.refunds.find(
        (refund) =>
          refund.paymentNo === no &&
          refund.by !== 'provider' &&
          refund.theirNo === null &&
          refund.amountFen === told.amountFen &&
          !isRuledOut(refund),
      )
    : undefined

/**
 * Records a completed refund that was made outside this system. Several reports of the same refund make one record. If
 * we knew only the amount of that refund, the record gets the refund's numbers.
 * @param told the provider's report. Without an amount we record no refund, and mark the payment as refunded by an
 * unknown amount
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
  const keys = [theirNo, told.no || null]
  if (isNamed && nameless && nameless.amountFen === amountFen)
    return backKnown(withRefund(order, { ...nameless, ...names, ...times }, now, { keys }), no, now)
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
  return backKnown(withRefund(rest, refund, now, { entry, keys }), no, now)
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
