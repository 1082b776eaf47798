// The contract function's interface with the mini-program: the inputs and results of subscribers' actions. A contract
// number has the form of an order number, a plan's code the form of a sku.
import * as z from 'zod/mini'
import type {
  AmountKind,
  ChargeState,
  ContractEntry,
  ContractState,
  DebitRuleKind,
  EndedBy,
} from '../domain/contractShape'
import type { DebitCause } from '../domain/payment'
import type { PeriodUnit } from '../domain/period'
import { orderNo, pageLimit, sku } from './fields'
import type { Api } from './reply'

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
  /** the plans on sale; `now` is the server's clock, from which the phone makes contractNo, as it makes orderNo. `messages`: the templates that the subscriber may permit */
  plans: { now: number; plans: PlanView[]; messages: string[] }
  /**
   * Begins a signing. The phone makes contractNo, in the form of an orderNo, and keeps it until this call is answered:
   * a repeated number is the same contract with new signing parameters. `displayName` is the account name on WeChat's
   * page; it may hold any text and is cleaned.
   * `signing` null: this person already has a contract of this plan, returned in `contract`; show it (−101).
   */
  open: { contract: ContractView; signing: SigningView | null }
  /** `refresh` queries WeChat while the signing is open, at most every 3 s: to be set after each App.onShow */
  read: { contract: ContractView }
  /** newest first; `cursor` is null on the last page */
  list: { contracts: ContractView[]; cursor: string | null }
  /**
   * Ends a contract: nothing is charged after this reply, even if WeChat could not be told yet (`ending`).
   * A second call changes nothing. Conflict while the contract is not signed.
   */
  end: { contract: ContractView }
}

/** The argument of wx.navigateToMiniProgram, unchanged: WeChat's page refuses one field more or less. */
export interface SigningView {
  appId: string
  path: string
  extraData: Record<string, string | number>
}

/** A plan's terms before signing, as data: the phone makes the sentences. Amounts in minor units of `currency`. */
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
  /** the period after which the contract renews by itself until it is ended */
  period: PeriodUnit
  /** days from signing to the first charge, free; 0: the first charge comes at once */
  trialDays: number
  /** how WeChat announces a charge: a day before it (notice24h), or at least two calendar days before it (preNotice) */
  debitRule: DebitRuleKind
  /** the times of the first two charges if the contract were signed now, epoch ms */
  firstChargeAt: number
  secondChargeAt: number
  /** days after a failed charge on which it is tried again, and how long one may then still pay by hand */
  retryDays: readonly number[]
  graceDays: number
}

/** A contract as its subscriber sees it. All times in epoch ms, all amounts in minor units of `currency`. */
export interface ContractView {
  contractNo: string
  /**
   * signing: WeChat has not confirmed the signing; active; pastDue: a charge failed for good and can be paid by hand;
   * failed: never signed; ended
   */
  state: ContractState
  plan: Omit<PlanView, 'firstChargeAt' | 'secondChargeAt' | 'retryDays' | 'graceDays'>
  createdAt: number
  /** while signing: the time after which the signing has failed; a later signing needs a new contractNo */
  signBy: number | null
  signedAt: number | null
  /** who ended the contract: subscriber (here), wechat (in or by WeChat), staff, unpaid; null while it is live */
  endedBy: EndedBy | null
  endedAt: number | null
  /** the contract was ended here and WeChat must still confirm; nothing more is charged */
  ending: boolean
  /** the next charge: its time and amount, and when WeChat was asked to announce it (null: not yet) */
  next: { at: number; amountFen: number; announcedAt: number | null } | null
  /** a failed charge that can be paid by hand on the page of order `orderNo`; null if there is none */
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
  /** whether `end` would be accepted */
  mayEnd: boolean
  /** whether `open` with the same contractNo would continue this signing */
  maySign: boolean
  /** the server's clock when this was read */
  now: number
}

/** One period's charge. */
export interface ChargeView {
  /** counted from 0 */
  period: number
  /** the time that this charge pays for: from `startsAt` to `endsAt` */
  startsAt: number
  endsAt: number
  amountFen: number
  /**
   * planned: announced or due soon; charging: sent to WeChat, no result yet; retrying: failed, tried again at
   * `retryAt`; pastDue: failed for good, can be paid by hand; paid; dropped: never paid, and the contract has ended
   */
  state: ChargeState
  /** the order of this charge; null before the first try */
  orderNo: string | null
  announcedAt: number | null
  tries: number
  lastTryAt: number | null
  /** cause of the last failure: funds (not enough money), account (cannot pay), limit, contract, merchant, technical */
  cause: DebitCause | null
  retryAt: number | null
  paidAt: number | null
  byHand: boolean
}
