// The contract between mini-program and functions: the schema of every action's input, and its result type.
// The mini-program imports types from here and nothing else.
import * as z from 'zod/mini'
import { orderNo, pageLimit, sku, word } from './apiFields'
import type {
  AmountKind,
  ChargeState,
  ContractEntry,
  ContractState,
  DebitRuleKind,
  EndedBy,
} from './domain/contractShape'
import type { ErrorCode, ErrorDetail, LimitName } from './domain/errors'
import type { HistoryEntry, OrderItem, OrderState, StaffStanding } from './domain/orders/orderShape'
import type { DebitCause, PayInfoKind, Payment, PaymentState } from './domain/payment'
import type { PeriodUnit } from './domain/period'
import type { Refund, RefundState } from './domain/refund'
import type { NoticeKind } from './store/notices'

/**
 * What every action answers. `message` is for developers; the phone chooses its sentence by `code`; where a field is
 * wrong by its rule, and where a limit is reached by its name.
 */
export type Reply<T> =
  | { ok: true; data: T }
  | { ok: false; error: { code: ErrorCode; message: string; details?: readonly ErrorDetail[]; limit?: LimitName } }

/** Action name → input schema; results are listed beside it by the same names. */
export type Api = Record<string, z.ZodMiniType>

export type * from './adminApi'
export { adminApi } from './adminApi'
export type { LimitName }

export const orderApi = {
  catalog: z.strictObject({}),
  channels: z.strictObject({}),
  create: z.strictObject({
    orderNo,
    items: z
      .array(z.strictObject({ sku, quantity: z.int().check(z.gte(1), z.lte(999)) }))
      .check(z.minLength(1), z.maxLength(100)),
  }),
  pay: z.strictObject({ orderNo, provider: word, channel: word }),
  read: z.strictObject({ orderNo, refresh: z.optional(z.boolean()) }),
  list: z.strictObject({
    state: z.optional(z.enum(['open', 'paid', 'closed'])),
    cursor: z.optional(orderNo),
    limit: z.optional(pageLimit),
  }),
  cancel: z.strictObject({ orderNo }),
} satisfies Api

export interface OrderResults {
  catalog: { now: number; products: ProductView[] }
  channels: { channels: ChannelView[] }
  create: { order: OrderView }
  /**
   * payInfo is opaque: for `jsapi` hand it to OpenMidas.pay, for `link` let it be copied; for `qrcode` show `image`, a
   * data URL of a PNG, which is absent only where the text does not fit into a code
   */
  pay: { order: OrderView; paymentNo: string; payInfo: string; kind: PayInfoKind; image?: string }
  read: { order: OrderView }
  /** newest first; `cursor` is null on the last page */
  list: { orders: OrderView[]; cursor: string | null }
  cancel: { order: OrderView }
}

export interface ProductView {
  sku: string
  title: string
  titleEn: string
  /** one line under the title */
  note: string
  noteEn: string
  priceFen: number
  currency: string
}

export interface ChannelView {
  provider: string
  channel: string
  name: string
  nameEn: string
  /** the provider's own name, for shops in which two ways have the same one */
  providerName: string
  kind: PayInfoKind
  usable: boolean
  /** why not, a key of messages.ts: `notInMiniProgram` */
  reason?: string
}

export interface PaymentView {
  paymentNo: string
  provider: string
  channel: string
  state: PaymentState
  amountFen: number
  createdAt: number
  paidAt: number | null
  surplus: boolean
  /** the provider says paid, but not what was asked: a person of the shop looks into it */
  disputed: boolean
  /** how the shopper goes on with it; null before that is known */
  kind: PayInfoKind | null
}

/** Who did it, as far as a shopper has to know. */
export type Doer = 'shopper' | 'shop' | 'provider' | 'system'

export interface RefundView {
  refundNo: string
  amountFen: number
  state: RefundState
  by: Doer
  /** what a person of the shop wrote; empty where it was nobody's words */
  reason: string
  /** it gives back money that this order did not need */
  ofSurplus: boolean
  createdAt: number
  doneAt: number | null
}

/** An order as its shopper may see it. All times in epoch ms, all amounts in minor units of `currency`. */
export interface OrderView {
  orderNo: string
  state: OrderState
  items: OrderItem[]
  amountFen: number
  currency: string
  createdAt: number
  expiresAt: number
  paidAt: number | null
  closedAt: number | null
  refundedFen: number
  payments: PaymentView[]
  refunds: RefundView[]
  /** `refundNo` where it is about a refund */
  timeline: { at: number; what: HistoryEntry['what']; by: Doer; refundNo?: string }[]
  /** an attempt is under way and its result is not known yet */
  confirming: boolean
  /** the contract that charges this order; while a debit is on its way neither mayPay nor mayCancel */
  contractNo?: string
  mayPay: boolean
  mayCancel: boolean
  /** the server's clock when this was read */
  now: number
}

/** An order as staff may see it: everything but payInfo and whole openids, which show as their last six characters. */
export interface StaffOrderView {
  orderNo: string
  state: OrderState
  standing: StaffStanding
  /** when an order that may no longer be paid closes at the latest */
  closesAt: number | null
  /** who looks placed it, and somebody else must refund it */
  isOwn: boolean
  shopper: string
  items: OrderItem[]
  amountFen: number
  currency: string
  createdAt: number
  expiresAt: number
  paidAt: number | null
  closedAt: number | null
  refundedFen: number
  dueAt: number | null
  tries: number
  payments: StaffPaymentView[]
  refunds: StaffRefundView[]
  history: HistoryEntry[]
  keys: string[]
  contract: { contractNo: string; period: string } | null
  /** what could not be applied to it, and waits for a person */
  notices: { id: string; kind: NoticeKind; reason: string; count: number; at: number }[]
  /** the server's clock when this was read */
  now: number
}

export interface StaffPaymentView
  extends Omit<Payment, 'no' | 'payInfo' | 'askedAt' | 'claim' | 'surplus' | 'unknownBackSince'> {
  paymentNo: string
  surplus: boolean
  /** some of it went back outside, and nobody said how much */
  isBackUnknown: boolean
  /** what may still go back */
  refundableFen: number
  /** whether its provider refunds from here */
  canRefund: boolean
  /** null: its provider is not enabled, or calls it by nothing but its code */
  channelName: string | null
  channelNameEn: string | null
}

export interface StaffRefundView extends Omit<Refund, 'no' | 'claim' | 'recordedBy'> {
  refundNo: string
  /** it has had no result for long: a person may record what the provider's console shows */
  mayRecord: boolean
}

// A contract's number has the form of an order's, and a plan's code that of a sku.
export const contractApi = {
  plans: z.strictObject({}),
  open: z.strictObject({
    contractNo: orderNo,
    plan: sku,
    displayName: z.optional(z.string().check(z.maxLength(128))),
  }),
  read: z.strictObject({ contractNo: orderNo, refresh: z.optional(z.boolean()) }),
  list: z.strictObject({
    cursor: z.optional(orderNo),
    limit: z.optional(pageLimit),
  }),
  end: z.strictObject({ contractNo: orderNo }),
} satisfies Api

export interface ContractResults {
  /** what can be subscribed to; `now` is the clock from which the phone makes contractNo, as it makes orderNo */
  plans: { now: number; plans: PlanView[] }
  /**
   * Begins a signing. The phone makes contractNo, in the form of an orderNo, and keeps it until this is answered: the
   * same number again is the same contract, freshly signed. `displayName` is what WeChat's page shows as the account;
   * it may hold anything, and is cleaned.
   * `signing` null: this person already has this plan, and `contract` is that contract: show it (−101).
   */
  open: { contract: ContractView; signing: SigningView | null }
  /** with `refresh` WeChat is asked while the signing is open, at most every 3 s: do this after each App.onShow */
  read: { contract: ContractView }
  /** newest first; `cursor` is null on the last page */
  list: { contracts: ContractView[]; cursor: string | null }
  /**
   * Stops it: from this answer on nothing more is charged, even while WeChat could not be told yet (`ending`).
   * Ending it again changes nothing. Conflict while it is not signed.
   */
  end: { contract: ContractView }
}

/** Hand it to wx.navigateToMiniProgram as it is: one field more or less and WeChat's page refuses it. */
export interface SigningView {
  appId: string
  path: string
  extraData: Record<string, string | number>
}

/** What a person must know before signing, as facts: the phone makes the sentences. Amounts in minor units of `currency`. */
export interface PlanView {
  plan: string
  title: string
  titleEn: string
  note: string
  noteEn: string
  currency: string
  /** each charge is exactly `amountFen` (fixed), or usually `amountFen` and never above `ceilingFen` (ceiling) */
  amountKind: AmountKind
  amountFen: number
  ceilingFen: number
  /** the first charge where it differs, or null */
  firstAmountFen: number | null
  /** it renews by itself after each of these, until it is ended */
  period: PeriodUnit
  /** days from signing to the first charge, free; 0: the first charge comes at once */
  trialDays: number
  /** how WeChat announces a charge: a day before it (notice24h), or at least two calendar days before it (preNotice) */
  debitRule: DebitRuleKind
  /** the first two charges if it were signed now, epoch ms */
  firstChargeAt: number
  secondChargeAt: number
  /** days after a failed charge on which it is tried again, and how long one may then still pay by hand */
  retryDays: readonly number[]
  graceDays: number
}

/** A contract as its subscriber may see it. All times in epoch ms, all amounts in minor units of `currency`. */
export interface ContractView {
  contractNo: string
  /**
   * signing: WeChat has not said that it is signed; active; pastDue: a charge failed for good and waits to be paid by
   * hand; failed: never signed; ended
   */
  state: ContractState
  plan: Omit<PlanView, 'firstChargeAt' | 'secondChargeAt' | 'retryDays' | 'graceDays'>
  createdAt: number
  /** while signing: when it is given up; signing anew takes a new contractNo */
  signBy: number | null
  signedAt: number | null
  /** who ended it: subscriber (here), wechat (in WeChat, or by WeChat), staff, unpaid; null while it lives */
  endedBy: EndedBy | null
  endedAt: number | null
  /** it was ended here, and WeChat has still to confirm: nothing more is charged */
  ending: boolean
  /** the charge that comes next: what is due for it, when, and when WeChat was told to announce it (null: not yet) */
  next: { at: number; amountFen: number; announcedAt: number | null } | null
  /** a charge that failed and may be paid by hand now: hand orderNo to the order page; null when there is none */
  missed: {
    orderNo: string
    amountFen: number
    cause: DebitCause | null
    retryAt: number | null
    payBy: number | null
  } | null
  /** newest first */
  charges: ChargeView[]
  timeline: { at: number; what: ContractEntry['what']; detail: string }[]
  /** `end` would be accepted */
  mayEnd: boolean
  /** `open` with the same contractNo would go on with this signing */
  maySign: boolean
  /** the server's clock when this was read */
  now: number
}

/** A contract as staff may see it: no whole openid. */
export interface StaffContractView extends ContractView {
  shopper: string
  provider: string
  /** the provider's contract_id */
  theirNo: string | null
  dueAt: number | null
  tries: number
}

/** One period's charge. */
export interface ChargeView {
  /** counted from 0 */
  period: number
  /** the time it pays for */
  startsAt: number
  endsAt: number
  amountFen: number
  /**
   * planned: announced or about to be tried; charging: WeChat works on it; retrying: failed, and will be tried again at
   * `retryAt`; pastDue: failed for good, to be paid by hand; paid; dropped: never paid, the contract ended
   */
  state: ChargeState
  /** the order that it is; null before the first try */
  orderNo: string | null
  announcedAt: number | null
  tries: number
  lastTryAt: number | null
  /** why it failed last: funds (ask to top up), account (WeChat account cannot pay), limit, contract, merchant, technical */
  cause: DebitCause | null
  retryAt: number | null
  paidAt: number | null
  byHand: boolean
}
