// The interface between the function `contract` and the mini-program: the inputs and results of subscribers' actions. A
// contract's number has the form of an order number. A plan's code has the form of a sku.
import * as z from 'zod/mini'
import type { AmountKind, ContractState, DebitRuleKind, PeriodUnit } from '../../../miniprogram/rules/terms'
import type { ChargeState, ContractEntry, EndedBy } from '../domain/contractShape'
import type { DebitCause } from '../domain/payment'
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
  /**
   * Lists the plans on sale. `now` is the server's time, from which the phone makes the contractNo. `messages`: the ids
   * of the message templates for which the phone can ask the subscriber's permission
   */
  plans: { now: number; plans: PlanView[]; messages: string[] }
  /**
   * Begins a signing. The phone makes the contractNo, in the form of an orderNo. It keeps the contractNo until this
   * call is answered: a call with the same number continues the same contract, with new parameters for the signing.
   * `displayName` is the account name on WeChat's page; it may be any text and is cleaned. `signing` is null if this
   * person already has a contract of this plan. That contract is in `contract`, and the phone shows it (result −101 of
   * OpenMidas).
   */
  open: { contract: ContractView; signing: SigningView | null }
  /**
   * Reads a contract. With `refresh` we also ask WeChat, at most once in 3 s while the contract waits to be signed. The
   * phone sets `refresh` after each App.onShow
   */
  read: { contract: ContractView }
  /**
   * Lists the caller's contracts, newest first. `cursor` says where the next page of the list continues; null on the
   * last page
   */
  list: { contracts: ContractView[]; cursor: string | null }
  /**
   * Ends a contract. After the reply nothing more is charged, even if WeChat has not confirmed the end yet (`ending`).
   * A second call changes nothing. The call fails with Conflict while the contract is not signed.
   */
  end: { contract: ContractView }
}

/**
 * The argument of wx.navigateToMiniProgram. The phone must pass it unchanged, because WeChat's signing page refuses
 * missing or additional fields. In a browser `extraData`
 * holds `url` alone, the address of WeChat's signing page.
 */
export interface SigningView {
  appId: string
  path: string
  extraData: Record<string, string | number>
}

/**
 * The terms of a plan before the signing, as data from which the phone makes its sentences. Amounts are in minor units
 * of `currency`.
 */
export interface PlanView {
  plan: string
  title: string
  titleEn: string
  note: string
  noteEn: string
  currency: string
  /**
   * fixed: each charge is exactly `amountFen`; ceiling: a charge is usually `amountFen` and never above `ceilingFen`
   */
  amountKind: AmountKind
  amountFen: number
  ceilingFen: number
  /** the amount of the first charge; null if the first charge is like all others */
  firstAmountFen: number | null
  /** the length of one period. The contract renews after each period until somebody ends it */
  period: PeriodUnit
  /** free days from the signing to the first charge; 0: the first charge is at once */
  trialDays: number
  /**
   * how WeChat announces a charge to the subscriber. notice24h: one day before the charge. preNotice: at least two
   * calendar days before the charge
   */
  debitRule: DebitRuleKind
  /** the times of the first two charges if the subscriber signed the contract now, epoch ms */
  firstChargeAt: number
  secondChargeAt: number
  /**
   * retryDays: how many days after a failed debit we debit again; graceDays: how many days the subscriber then has to
   * pay by hand
   */
  retryDays: readonly number[]
  graceDays: number
}

/** A contract as its subscriber sees it. All times are epoch ms, all amounts are in minor units of `currency`. */
export interface ContractView {
  contractNo: string
  /**
   * signing: WeChat has not confirmed the signing yet. active: signed. pastDue: a charge failed on all retry days, and
   * the subscriber can pay it by hand. failed: the contract was never signed. ended: somebody ended it.
   */
  state: ContractState
  plan: Omit<PlanView, 'firstChargeAt' | 'secondChargeAt' | 'retryDays' | 'graceDays'>
  createdAt: number
  /**
   * until when the subscriber can sign. After this time the signing has failed, and a new signing needs a new
   * contractNo. null if the contract does not wait to be signed
   */
  signBy: number | null
  signedAt: number | null
  /**
   * who ended the contract. subscriber: the subscriber, in our mini-program. wechat: WeChat, or the subscriber in
   * WeChat. staff, unpaid, system: the shop. null: the contract has not ended
   */
  endedBy: EndedBy | null
  endedAt: number | null
  /**
   * whether the shop or the subscriber has ended the contract and WeChat must still confirm the end. Nothing more is
   * charged
   */
  ending: boolean
  /** the time and amount of the next charge, and when we asked WeChat to announce it (null: not yet) */
  next: { at: number; amountFen: number; announcedAt: number | null } | null
  /**
   * a failed charge, which the subscriber can pay by hand on the page of order `orderNo`; null if no charge has failed
   */
  missed: {
    orderNo: string
    amountFen: number
    cause: DebitCause | null
    retryAt: number | null
    payBy: number | null
  } | null
  /** the charges of all periods, newest first */
  charges: ChargeView[]
  timeline: { at: number; what: ContractEntry['what']; detail: string }[]
  /** whether the action `end` would be accepted now */
  mayEnd: boolean
  /** whether the action `open` with the same contractNo would continue this signing */
  maySign: boolean
  /** the server's time when it read the contract */
  now: number
}

/** The charge for one period of a contract, as its subscriber sees it. */
export interface ChargeView {
  /** the number of the period; the first period is 0 */
  period: number
  /** the time that this charge pays for: from startsAt to endsAt */
  startsAt: number
  endsAt: number
  amountFen: number
  /**
   * planned: will be charged. charging: sent to WeChat, without a result yet. retrying: failed, and we debit again at
   * `retryAt`. pastDue: failed on all retry days, and can be paid by hand. paid: paid. dropped: will never be charged,
   * because its order was closed unpaid or the contract has ended.
   */
  state: ChargeState
  /** the number of the charge's order; null before the first debit */
  orderNo: string | null
  announcedAt: number | null
  tries: number
  lastTryAt: number | null
  /**
   * why the last debit failed. funds: not enough money; account: the account cannot pay; limit: a limit is reached;
   * contract, merchant, technical: where the problem lies
   */
  cause: DebitCause | null
  retryAt: number | null
  paidAt: number | null
  byHand: boolean
}
