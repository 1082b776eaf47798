// What an order's refunds become. Pure decisions, as in order.ts.
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
import { changed, replace, type Verdict } from './orderChange'
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
  /** the most that `by` may give back of this order in all; absent or null: no limit */
  limitFen?: number | null
  /** a refund that failed is asked for again under its own number, as this provider's document says */
  failedKeepsNo?: boolean
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

/** What a provider says about a refund, as the decision needs it. */
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
  return { order: withRefund(order, ended, now, { entry }), verdict: 'settled' }
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

/** A refund as a provider tells of it. */
export interface ToldRefund extends RefundNews {
  /** the merchant's number that it was given: ours, or somebody else's; empty where the wire has none */
  no: string
  amountFen?: number
}

/** What went back of one payment, as far as a provider says. */
export interface ToldBack {
  outcome: PaymentOutcome
  /** in all, where the provider says */
  refundedFen?: number
  /** its refunds, whoever made them, where the provider lists them */
  refunds?: readonly ToldRefund[]
}

/** Applies what a provider says of money that went back. What it does not say is never assumed. */
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
