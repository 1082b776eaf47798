// One refund: its states and how they change.

import { hourMs } from '../../../miniprogram/rules/beijing'
import type { RefundState } from '../../../miniprogram/rules/terms'
import { asksFirst, type Claim } from './claim'
import type { Moves } from './machine'

/** What the provider says about a refund. The table `refundMoves` gives the new state of our record. */
export type RefundOutcome = 'pending' | 'unknown' | 'refunded' | 'refused'
/**
 * The state of a refund at the time when the provider made its bill. Some bills list a refund as soon as it is
 * accepted.
 */
export type RefundStage = 'underWay' | 'failed'
export type RefundCell = RefundState | 'contradiction'

export const refundMoves = {
  requested: { pending: 'pending', unknown: 'pending', refunded: 'done', refused: 'failed' },
  pending: { pending: 'pending', unknown: 'pending', refunded: 'done', refused: 'failed' },
  failed: { pending: 'failed', unknown: 'failed', refunded: 'done', refused: 'failed' },
  done: { pending: 'done', unknown: 'done', refunded: 'done', refused: 'contradiction' },
} as const satisfies Moves<RefundState, RefundOutcome, RefundCell>

export interface Refund {
  /** the number of the refund: orderNo, the letter r and two digits */
  no: string
  /** the idempotency key, which the caller chooses before its first try, so that repeated requests make one refund */
  requestId: string
  /**
   * the idempotency keys of earlier requests for this refund. Each of those failed, and the refund was requested again
   */
  earlierRequests?: string[]
  paymentNo: string
  amountFen: number
  state: RefundState
  /** why the refund is made: the text that staff wrote, or a code of refundReasons */
  reason: string
  /**
   * who made the refund: the openid of a staff member, `system` for an automatic refund, `provider` for a refund made
   * outside this system
   */
  by: string
  theirNo: string | null
  /** the merchant's refund number at the provider, if the refund was made outside this system */
  outsideNo?: string
  createdAt: number
  /** when the provider accepted the refund, by the provider's clock; absent if the provider sends no time */
  acceptedAt?: number
  /** when we send the refund again or ask about it next; null: the refund is finished, or waits for staff */
  checkAt: number | null
  /** when the refund was done, by the provider's clock; by our clock if the provider sends no time */
  doneAt: number | null
  /**
   * when we recorded the refund as done. Statistics use this time, because the provider's time may lie in an hour that
   * is already counted
   */
  bookedAt: number | null
  /** the openid of the staff member who recorded the result after reading it in the provider's console */
  recordedBy?: string
  /**
   * the right to send the refund; null: never sent. Absent in old refunds, and in refunds that were made outside this
   * system
   */
  claim?: Claim | null
  /** when we last asked the provider about the refund. All callers together ask at most once in 3 s */
  askedAt?: number
}

/** If a refund has no result after this time (ms), staff get a case and may record the result by hand. */
export const refundPatienceMs = hourMs

/**
 * The refund reasons that our code gives, with their words for the provider (which may show them to the shopper) and
 * for exports.
 */
const refundReasons: ReadonlyMap<string, Readonly<Record<'zh' | 'en', string>>> = new Map([
  ['surplus', { zh: '多付的款退回', en: 'Paid too much' }],
  ['reconciliation', { zh: '重复付款退回', en: 'Paid twice' }],
])

/** The reason of a refund in words. A text that staff wrote stays as it is. */
export const reasonText = (reason: string, language: 'zh' | 'en'): string =>
  refundReasons.get(reason)?.[language] ?? reason

export const isOpenRefund = (refund: Refund): boolean => refund.state === 'requested' || refund.state === 'pending'

/** Whether the provider may already know this refund, so that we must ask the provider before we send the refund. */
export const asksAboutRefund = ({ claim, state }: Refund): boolean =>
  claim ? asksFirst(claim) : claim === undefined || state !== 'requested'

/** Whether this refund failed before, and is now requested again under the same number. */
export const isAskedAgain = ({ earlierRequests, state }: Refund): boolean =>
  state === 'requested' && earlierRequests !== undefined
