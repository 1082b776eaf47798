// One refund: its states and the table that moves them.
import { asksFirst, type Claim } from './claim'
import type { Moves } from './machine'

export type RefundState = 'requested' | 'pending' | 'failed' | 'done'
/** What a provider says about a refund; the table `refundMoves` says what becomes of ours. */
export type RefundOutcome = 'pending' | 'unknown' | 'refunded' | 'refused'
/** How far a refund was when a bill was made that lists refunds from the moment they are accepted. */
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
  /** chosen by the caller before the first try: the same request makes one refund */
  requestId: string
  /** requests that asked for this refund before it failed and was asked for again */
  earlierRequests?: string[]
  paymentNo: string
  amountFen: number
  state: RefundState
  /** what staff wrote, or a code of refundReasons */
  reason: string
  /** an openid of staff, `system` for surplus by setting, `provider` for a refund made outside */
  by: string
  theirNo: string | null
  /** a refund made outside: the merchant's number that was given to it there */
  outsideNo?: string
  createdAt: number
  /** when the provider took it up, by the provider's clock, where it says */
  acceptedAt?: number
  /** when to try or ask again; null when finished, or when a person must look */
  checkAt: number | null
  /** by the provider's clock, where it says */
  doneAt: number | null
  /** when we recorded that it was done: statistics count by this, so that late news falls into an hour still open */
  bookedAt: number | null
  /** the openid of whoever of the shop recorded its result, as the provider's console shows it */
  recordedBy?: string
  /** the right to send it; null: nobody has sent it yet. Absent where it was made outside, or before there were claims */
  claim?: Claim | null
}

/** Nothing is known about a refund for so long: a person is called, and may record its result. */
export const refundPatienceMs = 3_600_000

/** Reasons that we give ourselves, kept as codes: what the provider, which may show them to the shopper, and an export say. */
const refundReasons: ReadonlyMap<string, Readonly<Record<'zh' | 'en', string>>> = new Map([
  ['surplus', { zh: '多付的款退回', en: 'Paid too much' }],
  ['reconciliation', { zh: '重复付款退回', en: 'Paid twice' }],
])

/** A refund's reason in words; what staff wrote stays as it is. */
export const reasonText = (reason: string, language: 'zh' | 'en'): string =>
  refundReasons.get(reason)?.[language] ?? reason

export const isOpenRefund = (refund: Refund): boolean => refund.state === 'requested' || refund.state === 'pending'

/** Whether the provider may know this refund already: it is asked before the refund is sent. */
export const asksAboutRefund = ({ claim, state }: Refund): boolean =>
  claim ? asksFirst(claim) : claim === undefined || state !== 'requested'

/** Whether this refund failed before and was asked for again under its own number. */
export const isAskedAgain = ({ earlierRequests, state }: Refund): boolean =>
  state === 'requested' && earlierRequests !== undefined
