// One refund: its states and the table that moves them.
import { asksFirst, type Claim } from './claim'
import type { Moves } from './machine'

export type RefundState = 'requested' | 'pending' | 'failed' | 'done'
/** The provider's word about a refund; the table `refundMoves` gives the new state of our refund. */
export type RefundOutcome = 'pending' | 'unknown' | 'refunded' | 'refused'
/** The progress of a refund in a bill that lists refunds from their acceptance on, at the time the bill was made. */
export type RefundStage = 'underWay' | 'failed'
export type RefundCell = RefundState | 'contradiction'

export const refundMoves = {
  requested: { pending: 'pending', unknown: 'pending', refunded: 'done', refused: 'failed' },
  pending: { pending: 'pending', unknown: 'pending', refunded: 'done', refused: 'failed' },
  failed: { pending: 'failed', unknown: 'failed', refunded: 'done', refused: 'failed' },
  done: { pending: 'done', unknown: 'done', refunded: 'done', refused: 'contradiction' },
} as const satisfies Moves<RefundState, RefundOutcome, RefundCell>

export interface Refund {
  /** orderNo, the letter r and two digits */
  no: string
  /** idempotency key, chosen by the caller before the first try: repeated requests make one refund */
  requestId: string
  /** idempotency keys of earlier requests for this refund, before it failed and was requested again */
  earlierRequests?: string[]
  paymentNo: string
  amountFen: number
  state: RefundState
  /** the text that staff wrote, or a code of refundReasons */
  reason: string
  /**
   * the openid of a staff member, `system` for an automatic refund, `provider` for a refund made outside this system
   */
  by: string
  theirNo: string | null
  /** for a refund made outside this system: the merchant's refund number at the provider */
  outsideNo?: string
  createdAt: number
  /** when the provider accepted the refund, by the provider's clock, if the provider sends a time */
  acceptedAt?: number
  /** when to send or ask again; null: finished, or waiting for staff */
  checkAt: number | null
  /** by the provider's clock, if the provider sends a time */
  doneAt: number | null
  /**
   * when we recorded the refund as done. Statistics use this time, so that a late result counts in an hour still open
   */
  bookedAt: number | null
  /** the openid of the staff member who recorded the result that the provider's console shows */
  recordedBy?: string
  /** the right to send the refund; null: never sent. Absent in refunds made outside this system and in older ones */
  claim?: Claim | null
  /** when the provider was last asked about the refund; all callers together ask at most once in 3 s */
  askedAt?: number
}

/** If a refund has no result for this long (ms), a case is opened, and staff may record the result. */
export const refundPatienceMs = 3_600_000

/** Our own refund reasons by code, in words for the provider (which may show them to the shopper) and for exports. */
const refundReasons: ReadonlyMap<string, Readonly<Record<'zh' | 'en', string>>> = new Map([
  ['surplus', { zh: '多付的款退回', en: 'Paid too much' }],
  ['reconciliation', { zh: '重复付款退回', en: 'Paid twice' }],
])

/** A refund's reason in words. Text that staff wrote is returned unchanged. */
export const reasonText = (reason: string, language: 'zh' | 'en'): string =>
  refundReasons.get(reason)?.[language] ?? reason

export const isOpenRefund = (refund: Refund): boolean => refund.state === 'requested' || refund.state === 'pending'

/** Whether the provider may already know this refund, so that we must ask before sending it. */
export const asksAboutRefund = ({ claim, state }: Refund): boolean =>
  claim ? asksFirst(claim) : claim === undefined || state !== 'requested'

/** Whether this refund failed before and was requested again under the same number. */
export const isAskedAgain = ({ earlierRequests, state }: Refund): boolean =>
  state === 'requested' && earlierRequests !== undefined
