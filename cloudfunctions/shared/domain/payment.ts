// One payment attempt: its states, the table that moves them, and when to ask the provider again.
import type { Claim } from './claim'
import type { Moves } from './machine'

/** How a payment goes on: `jsapi` is wx.requestPayment; a mini-program can also show a `qrcode` or copy a `link`. */
export type PayInfoKind = 'jsapi' | 'qrcode' | 'link' | 'app' | 'barcode'

/** A mini-program can open WeChat's payment sheet, show a picture of a code and copy a link; it cannot scan or start an app. */
export const kindsInMiniProgram: ReadonlySet<PayInfoKind> = new Set<PayInfoKind>(['jsapi', 'qrcode', 'link'])

export type PaymentState = 'created' | 'pending' | 'failed' | 'closed' | 'paid'
/** What a provider says about a payment; the table `paymentMoves` says what becomes of ours. */
export type PaymentOutcome = 'pending' | 'unknown' | 'paid' | 'declined' | 'closed' | 'refunded'
export type PaymentCell = PaymentState | 'paid + refund' | 'contradiction'

// docs/design.md 3. A replay or stale news gives the state we are in. "paid + refund": a refund made outside is
// recorded.
export const paymentMoves = {
  created: {
    pending: 'pending',
    unknown: 'pending',
    paid: 'paid',
    declined: 'failed',
    closed: 'closed',
    refunded: 'paid + refund',
  },
  pending: {
    pending: 'pending',
    unknown: 'pending',
    paid: 'paid',
    declined: 'failed',
    closed: 'closed',
    refunded: 'paid + refund',
  },
  failed: {
    pending: 'failed',
    unknown: 'failed',
    paid: 'paid',
    declined: 'failed',
    closed: 'failed',
    refunded: 'paid + refund',
  },
  closed: {
    pending: 'closed',
    unknown: 'closed',
    paid: 'paid',
    declined: 'closed',
    closed: 'closed',
    refunded: 'paid + refund',
  },
  paid: {
    pending: 'paid',
    unknown: 'paid',
    paid: 'paid',
    declined: 'contradiction',
    closed: 'contradiction',
    refunded: 'paid + refund',
  },
} as const satisfies Moves<PaymentState, PaymentOutcome, PaymentCell>

/**
 * The channel of a debit under a contract: the provider takes it without a payment sheet, so that no person can choose
 * it. The word is the document's own.
 */
export const debitChannel = 'papay'

/** Why a debit failed, by what can be done about it. */
export type DebitCause = 'funds' | 'account' | 'contract' | 'limit' | 'merchant' | 'technical'

export interface Payment {
  /** orderNo and two digits: 24 characters, fits every provider */
  no: string
  provider: string
  /** the provider's settings with which it was made; absent: the first */
  generation?: number
  channel: string
  state: PaymentState
  amountFen: number
  theirNo: string | null
  payInfo: string | null
  createdAt: number
  /** when to ask the provider again; null when there is nothing to ask */
  checkAt: number | null
  /** when the provider was last asked about it, whoever asked; absent before the first time */
  askedAt?: number
  /** when the provider was last asked about a second charge under its number; absent before the first time */
  secondAskedAt?: number
  /** by the provider's clock, where it says */
  paidAt: number | null
  /** when we recorded that it was paid: statistics count by this; absent before */
  bookedAt?: number
  /** a debit: when its result is expected at the earliest, from which checks are counted */
  checksFrom?: number
  /** a debit that failed */
  cause?: DebitCause
  /** the provider charged this payment of ours once more: theirNo names this charge, and nothing of ours does there */
  secondOf?: string
  /** since when we know that some of it went back outside, but not how much; null once that is known */
  unknownBackSince?: number | null
  /** money that came for an order already paid or closed; it waits for the merchant or is refunded */
  surplus?: boolean
  /** since when the provider says paid, but not what was asked; null again when a person has looked */
  disputedAt?: number | null
  /** how its payInfo is used; absent before there is one, and in orders of before this was kept */
  kind?: PayInfoKind
  /** the right to send a debit, or to tell the provider to close; absent before the first time */
  claim?: Claim
}

const second = 1_000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

// docs/design.md 2: ages at which something unanswered is asked about again; after the last one a person is called.
const checkAges = [
  5 * second,
  15 * second,
  minute,
  5 * minute,
  15 * minute,
  hour,
  6 * hour,
  day,
  2 * day,
  3 * day,
  4 * day,
  5 * day,
  6 * day,
  7 * day,
]

/** The next time to ask about what began at `since`, in epoch ms; null after day 7. */
export function nextCheckAt(since: number, now: number): number | null {
  const age = checkAges.find((candidate) => since + candidate > now)
  return age === undefined ? null : since + age
}

/** Money came that is not what was asked: nobody pays again before a person of the shop has looked. */
export const isDisputed = ({ state, disputedAt }: Payment): boolean =>
  state !== 'paid' && typeof disputedAt === 'number'

export const isWaiting = (payment: Payment): boolean => payment.state === 'created' || payment.state === 'pending'

/** Whether some of a payment went back outside, and nobody said how much. */
export const isBackUnknown = ({ unknownBackSince }: Payment): boolean => (unknownBackSince ?? null) !== null
