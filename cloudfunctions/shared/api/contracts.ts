// The contract function's part of the contract with the mini-program: what subscribers send and get. A contract's
// number has the form of an order's, and a plan's code that of a sku.
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
