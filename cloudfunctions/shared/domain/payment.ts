// One payment attempt: its states, the table that moves them, and when to ask the provider again.
import type { Claim } from './claim'
import type { Moves } from './machine'
import { browserApp, type Place } from './person'
import type { PayType } from './requests/payType'

/**
 * How the shopper pays: `jsapi` is WeChat's payment sheet, `hkjsapi` the sheet of its Hong Kong wallet; `qrcode` is a code
 * to scan, `link` an address to open; `virtual` is the sheet of WeChat's virtual payment.
 */
export type PayInfoKind = 'jsapi' | 'hkjsapi' | 'virtual' | 'qrcode' | 'link' | 'app' | 'barcode'

// Where a kind works if its channel does not say it. A mini-program and a page can neither scan a barcode nor start an
// app. Only WeChat's own browser has the Hong Kong wallet's sheet.
const placesOf = {
  jsapi: ['miniprogram'],
  hkjsapi: ['wechat'],
  virtual: ['miniprogram'],
  qrcode: ['miniprogram', 'wechat', 'mobile', 'pc'],
  link: ['miniprogram', 'wechat', 'mobile', 'pc'],
  app: [],
  barcode: [],
} as const satisfies Record<PayInfoKind, readonly Place[]>

// Kinds that lead to a payment outside WeChat's payment sheet. WeChat's review refuses mini-programs that offer them
// (docs/provider-facts.md 9.1).
const externalKinds: ReadonlySet<PayInfoKind> = new Set<PayInfoKind>(['qrcode', 'link'])

/** Whether a kind is shown in the mini-program only if the shop's setting `externalWays` is on. */
export const isExternal = (kind: PayInfoKind): boolean => externalKinds.has(kind)

/** Whether a kind is a sheet of WeChat's, which opens for one openid. */
export const isSheet = (kind: PayInfoKind): boolean => kind === 'jsapi' || kind === 'hkjsapi'

/** Why a channel cannot be used where the shopper is; the phone has a sentence for each. */
export type Unusable =
  | 'notInMiniProgram'
  | 'onlyOutside'
  | 'needsOfficialAccount'
  | 'onlyInMiniProgram'
  | 'onlyInWechat'
  | 'onlyOnPhone'
  | 'onlyOnPc'

// The reason names the place that a person reaches most easily, so the first that the channel has.
const onlyIn = [
  ['wechat', 'onlyInWechat'],
  ['miniprogram', 'onlyInMiniProgram'],
  ['mobile', 'onlyOnPhone'],
  ['pc', 'onlyOnPc'],
] as const satisfies readonly [Place, Unusable][]

/**
 * Whether a channel can be used where the shopper is.
 * @param places the places for which the channel is; absent: those of its kind
 * @param app the app under which the shopper's openid is known; absent: the mini-program's
 * @param externalWays the shop's setting: whether codes and links are offered in the mini-program
 * @returns undefined if it can be used, otherwise the reason
 */
export function unusableAt(
  { kind, places = placesOf[kind] }: { kind: PayInfoKind; places?: readonly Place[] },
  { place = 'miniprogram', app }: { place?: Place; app?: string },
  { externalWays }: { externalWays: boolean },
): Unusable | undefined {
  if (!places.includes(place)) return onlyIn.find(([one]) => places.includes(one))?.[1] ?? 'notInMiniProgram'
  if (place === 'miniprogram') return isExternal(kind) && !externalWays ? 'onlyOutside' : undefined
  // An official account knows the same person by another openid than the mini-program. Elsewhere nobody has an openid.
  const isUnknown = app === undefined || app === browserApp
  return place === 'wechat' && isSheet(kind) && isUnknown ? 'needsOfficialAccount' : undefined
}

export type PaymentState = 'created' | 'pending' | 'failed' | 'closed' | 'paid'
/** The provider's word about a payment; the table `paymentMoves` gives the new state of our payment. */
export type PaymentOutcome = 'pending' | 'unknown' | 'paid' | 'declined' | 'closed' | 'refunded'
export type PaymentCell = PaymentState | 'paid + refund' | 'contradiction'

// docs/design.md 3. A repeated or outdated result leaves the state as it is. "paid + refund": the payment is paid, and
// a refund that was made outside this system is recorded.
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
 * The channel of a debit under a contract. The provider takes the money without a payment sheet, so no shopper can
 * choose this channel. `papay` is WeChat Pay's own name for it.
 */
export const debitChannel = 'papay'

/** Why a debit failed, grouped by what we can do about the failure. */
export type DebitCause = 'funds' | 'account' | 'contract' | 'limit' | 'merchant' | 'technical'

export interface Payment {
  /** orderNo and two digits: 24 characters, short enough for every provider */
  no: string
  provider: string
  /** generation of the provider's settings with which the attempt was made; absent: the first */
  generation?: number
  channel: string
  state: PaymentState
  amountFen: number
  /** the way to pay by its name in a domain's request; absent: no request made the order */
  payType?: PayType
  /** the openid that pays, if a person pays under another app than the one under which they placed the order */
  payer?: string
  /** the web callback address: where OpenMidas sends the shopper's browser after the payment */
  callbackUrl?: string
  theirNo: string | null
  payInfo: string | null
  /** the parameters of the payment sheet, once the provider has told whose openid pays; until then payInfo leads there */
  sheet?: string
  createdAt: number
  /** when to ask the provider about this payment again; null: no question is open */
  checkAt: number | null
  /** when any caller last asked the provider about this payment; absent: never */
  askedAt?: number
  /** when the provider was last asked about a second charge under this payment's number; absent: never */
  secondAskedAt?: number
  /** by the provider's clock, if the provider sends a time */
  paidAt: number | null
  /** when we recorded the payment as paid; statistics count by this time; absent until then */
  bookedAt?: number
  /** debits only: the earliest time of a result; the intervals between our questions start here */
  checksFrom?: number
  /** why a debit failed */
  cause?: DebitCause
  /**
   * set on a second charge: the paymentNo that the provider charged twice. At the provider, only `theirNo` tells this
   * second charge from the first
   */
  secondOf?: string
  /** since when we know that an unknown part was refunded outside this system; null once the amount is known */
  unknownBackSince?: number | null
  /** an overpayment: the order was already paid or closed. It waits for the merchant or is refunded */
  surplus?: boolean
  /** since when the provider has reported a payment that differs from our request; null after staff checked it */
  disputedAt?: number | null
  /** how the phone uses payInfo; absent until there is one, and in older orders */
  kind?: PayInfoKind
  /** the right to send this debit, or to ask the provider to close this payment; absent: never taken */
  claim?: Claim
}

const second = 1_000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

// docs/design.md 2: the ages at which we ask again about a payment without a result. After the last one, a case is
// opened.
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

/** The next time to ask about a payment or refund that began at `since`, in epoch ms; null after day 7. */
export function nextCheckAt(since: number, now: number): number | null {
  const age = checkAges.find((candidate) => since + candidate > now)
  return age === undefined ? null : since + age
}

/** Whether the provider reported a payment that differs from our request. Nobody may pay before staff checked it. */
export const isDisputed = ({ state, disputedAt }: Payment): boolean =>
  state !== 'paid' && typeof disputedAt === 'number'

export const isWaiting = (payment: Payment): boolean => payment.state === 'created' || payment.state === 'pending'

/** Whether an unknown part of a payment was refunded outside this system. */
export const isBackUnknown = ({ unknownBackSince }: Payment): boolean => (unknownBackSince ?? null) !== null
