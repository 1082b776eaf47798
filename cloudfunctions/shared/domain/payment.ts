// One payment attempt: its states and how they change, and when to ask the provider about it again.

import type { PaymentState, PayType } from '../../../miniprogram/rules/terms'
import type { Claim } from './claim'
import type { Moves } from './machine'
import { otherAppOf, type Place } from './person'

/**
 * What the shopper's device opens to pay. `jsapi`: WeChat's payment sheet. `hkjsapi`: the sheet of WeChat's Hong Kong
 * wallet. `qrcode`: a code to scan. `link`: an address to open. `virtual`: the sheet of WeChat's virtual payment.
 */
export type PayInfoKind = 'jsapi' | 'hkjsapi' | 'virtual' | 'qrcode' | 'link' | 'app' | 'barcode'

// In which places a shopper can use a kind of payment: in the mini-program, in WeChat's browser, in other phone
// browsers or on a PC. A channel can have its own list. `barcode` and `app` work nowhere, because a mini-program and a
// web page can neither scan a barcode nor start an app. Only WeChat's own browser has the Hong Kong wallet's sheet.
const placesOf = {
  jsapi: ['miniprogram'],
  hkjsapi: ['wechat'],
  virtual: ['miniprogram'],
  qrcode: ['miniprogram', 'wechat', 'mobile', 'pc'],
  link: ['miniprogram', 'wechat', 'mobile', 'pc'],
  app: [],
  barcode: [],
} as const satisfies Record<PayInfoKind, readonly Place[]>

// The kinds that lead the shopper to a payment outside WeChat's payment sheet. WeChat's review refuses mini-programs
// that offer them (docs/provider-facts.md 9.1).
const externalKinds: ReadonlySet<PayInfoKind> = new Set<PayInfoKind>(['qrcode', 'link'])

/** Whether the mini-program offers this kind of payment only if the shop's setting `externalWays` is on. */
export const isExternal = (kind: PayInfoKind): boolean => externalKinds.has(kind)

/** Whether this kind opens a payment sheet of WeChat. WeChat opens such a sheet only for one openid. */
export const isSheet = (kind: PayInfoKind): boolean => kind === 'jsapi' || kind === 'hkjsapi'

/** Why a channel does not work in the shopper's app or browser. The mini-program shows one sentence for each reason. */
export type Unusable =
  | 'notInMiniProgram'
  | 'onlyOutside'
  | 'needsOfficialAccount'
  | 'onlyInMiniProgram'
  | 'onlyInWechat'
  | 'onlyOnPhone'
  | 'onlyOnPc'

// If a channel does not work in the shopper's app or browser, we name one place in which it works. If it works in
// several places, we name the one that comes first in this list, because shoppers reach it most easily.
const onlyIn = [
  ['wechat', 'onlyInWechat'],
  ['miniprogram', 'onlyInMiniProgram'],
  ['mobile', 'onlyOnPhone'],
  ['pc', 'onlyOnPc'],
] as const satisfies readonly [Place, Unusable][]

/**
 * Whether the shopper can use a channel in their present app or browser.
 * @param places the places in which the channel works; absent: the places of its kind
 * @param who the shopper's place, and the app under which we know the shopper's openid; absent: the mini-program
 * @param externalWays the shop's setting: whether the mini-program offers codes and links
 * @returns undefined if the shopper can use the channel, otherwise the reason
 */
export function unusableAt(
  { kind, places = placesOf[kind] }: { kind: PayInfoKind; places?: readonly Place[] },
  who: { place?: Place; app?: string },
  { externalWays }: { externalWays: boolean },
): Unusable | undefined {
  const { place = 'miniprogram' } = who
  if (!places.includes(place)) return onlyIn.find(([one]) => places.includes(one))?.[1] ?? 'notInMiniProgram'
  if (place === 'miniprogram') return isExternal(kind) && !externalWays ? 'onlyOutside' : undefined
  // WeChat's sheet needs the shopper's openid in the official account. The same person has another openid in the
  // mini-program, and in other browsers a shopper has no openid at all.
  const isUnknown = otherAppOf(who) === undefined
  return place === 'wechat' && isSheet(kind) && isUnknown ? 'needsOfficialAccount' : undefined
}

/** What the provider says about a payment. The table `paymentMoves` gives the new state of our record. */
export type PaymentOutcome = 'pending' | 'unknown' | 'paid' | 'declined' | 'closed' | 'refunded'
export type PaymentCell = PaymentState | 'paid + refund' | 'contradiction'

// The new state of a payment (docs/design.md 3). The row is the state now, and the column is what the provider says. A
// repeated or outdated result changes nothing. "paid + refund": we record the payment as paid, and record a refund that
// was made outside this system.
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
 * The channel of a debit under a contract. The provider takes the money without a payment sheet, so shoppers cannot
 * choose this channel. `papay` is WeChat Pay's own name.
 */
export const debitChannel = 'papay'

/** Why a debit failed. The cause decides when we debit again, and whether staff get a case. */
export type DebitCause = 'funds' | 'account' | 'contract' | 'limit' | 'merchant' | 'technical'

export interface Payment {
  /** the number of the payment: orderNo and two digits, 24 characters, short enough for every provider */
  no: string
  provider: string
  /** which generation of the provider's settings this attempt uses; absent: the first */
  generation?: number
  channel: string
  state: PaymentState
  amountFen: number
  /**
   * how the shopper pays, as the connected system's request named it (such as `Wechat`); absent: no connected system
   * asked for this payment
   */
  payType?: PayType
  /** the openid of the person who pays, if they pay under another app than the one in which they placed the order */
  payer?: string
  /** the web page to which OpenMidas sends the shopper's browser after the payment */
  callbackUrl?: string
  theirNo: string | null
  payInfo: string | null
  /**
   * the parameters of the payment sheet, stored once the provider has told us the payer's openid. Until then only
   * payInfo exists: the address that leads the shopper to the page with the sheet
   */
  sheet?: string
  createdAt: number
  /** when we ask the provider about this payment next; null: we do not ask */
  checkAt: number | null
  /** when we last asked the provider about this payment; absent: never */
  askedAt?: number
  /** when we last asked the provider about a second charge under this payment's number; absent: never */
  secondAskedAt?: number
  /** when the shopper paid, by the provider's clock; by our clock if the provider sends no time */
  paidAt: number | null
  /** when we recorded the payment as paid; absent until then. Statistics count the payment in this hour */
  bookedAt?: number
  /** only for debits: the earliest time of a result. We plan our questions to the provider from this time */
  checksFrom?: number
  /** why a debit failed; absent for other payments */
  cause?: DebitCause
  /**
   * set on a second charge: the paymentNo that the provider charged twice. Both charges have the same paymentNo at the
   * provider; only `theirNo` distinguishes them
   */
  secondOf?: string
  /**
   * since when we know that an unknown part of this payment was refunded outside this system; null once we know the
   * amount
   */
  unknownBackSince?: number | null
  /**
   * whether this payment is an overpayment: the order was already paid or closed when the money came. It is refunded,
   * or waits for the merchant
   */
  surplus?: boolean
  /** since when the provider has reported this payment differently from our request; null after staff checked it */
  disputedAt?: number | null
  /** what the shopper's device does with payInfo; absent before payInfo exists, and in older orders */
  kind?: PayInfoKind
  /** the right to send this debit, or to ask the provider to close this payment; absent: no caller has taken it yet */
  claim?: Claim
}

const second = 1_000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

// How old a payment without a result is each time we ask the provider about it (docs/design.md 2). After the last
// question, staff get a case.
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

/**
 * When to ask the provider about a payment or refund that began at `since`, epoch ms; null after day 7, because we stop
 * asking.
 */
export function nextCheckAt(since: number, now: number): number | null {
  const age = checkAges.find((candidate) => since + candidate > now)
  return age === undefined ? null : since + age
}

/**
 * Whether the provider reported this payment differently from our request. Nobody may pay the order until staff checked
 * it.
 */
export const isDisputed = ({ state, disputedAt }: Payment): boolean =>
  state !== 'paid' && typeof disputedAt === 'number'

export const isWaiting = (payment: Payment): boolean => payment.state === 'created' || payment.state === 'pending'

/** Whether an unknown part of this payment was refunded outside this system. */
export const isBackUnknown = ({ unknownBackSince }: Payment): boolean => (unknownBackSince ?? null) !== null
