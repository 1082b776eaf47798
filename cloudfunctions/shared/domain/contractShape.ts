// How a contract is stored: its states and how they change, its terms, charges, pre-debit notice and history.

import type {
  AmountKind,
  ContractState,
  DebitRuleKind,
  PeriodUnit,
  ProductKind,
  windowDays,
} from '../../../miniprogram/rules/terms'
import type { Claim } from './claim'
import type { Moves } from './machine'
import type { Telling } from './outbox'
import type { DebitCause } from './payment'
import type { Person } from './person'

/** What the provider says about a contract. The table `contractMoves` gives the new state of our record. */
export type ContractOutcome = 'signed' | 'pending' | 'refused' | 'ended' | 'unknown'

type ContractCell = ContractState | 'active or end' | 'contradiction'

// The contract's new state (docs/design.md 3). The row is the state now, and the column is what the provider says.
// "active or end": the contract becomes active, but if the subscriber has another active contract of this plan, we end
// this one at the provider.
export const contractMoves = {
  signing: { signed: 'active', pending: 'signing', refused: 'failed', ended: 'ended', unknown: 'signing' },
  active: { signed: 'active', pending: 'active', refused: 'active', ended: 'ended', unknown: 'active' },
  pastDue: { signed: 'pastDue', pending: 'pastDue', refused: 'pastDue', ended: 'ended', unknown: 'pastDue' },
  failed: { signed: 'active or end', pending: 'failed', refused: 'failed', ended: 'ended', unknown: 'failed' },
  ended: { signed: 'contradiction', pending: 'ended', refused: 'ended', ended: 'ended', unknown: 'ended' },
} as const satisfies Moves<ContractState, ContractOutcome, ContractCell>

/** The agreed terms of a contract: a copy of the plan, made when the contract was opened. */
export interface Terms {
  plan: string
  /** what the plan sells; old documents without this field sell goods */
  kind?: ProductKind
  title: string
  titleEn: string
  note: string
  noteEn: string
  currency: string
  amountKind: AmountKind
  amountFen: number
  /** the highest amount of a charge, in fen; equal to amountFen if the amount is fixed */
  ceilingFen: number
  firstAmountFen: number | null
  period: PeriodUnit
  /** days from signing to the first charge; 0: the first charge is at once */
  trialDays: number
  debitRule: DebitRuleKind
  /**
   * on how many days the pre-debit notice allows a debit, if the plan shortens the seven days of the rule preNotice;
   * null: all days of the rule
   */
  windowDays: (typeof windowDays)[number] | null
  /** the provider's number for the contract template */
  template: string
}

/**
 * Who ended the contract. subscriber: in our mini-program. wechat: WeChat, or the subscriber in WeChat. unpaid: we did,
 * because a period was not paid. system: we did, because the contract should not exist.
 */
export type EndedBy = 'subscriber' | 'wechat' | 'staff' | 'unpaid' | 'system'

/**
 * States of a charge. A contract has at most one open charge: the next charge begins after this one is paid or dropped.
 */
export type ChargeState = 'planned' | 'charging' | 'retrying' | 'pastDue' | 'paid' | 'dropped'

/** The charge for one period of a contract. The order of the charge records the money. */
export interface Charge {
  period: number
  startsAt: number
  endsAt: number
  amountFen: number
  orderNo: string
  state: ChargeState
  /**
   * how many debits this charge had so far, including the current one. The charge's order has one payment for each of
   * these debits
   */
  tries: number
  firstTryAt: number | null
  lastTryAt: number | null
  /** when the provider accepted the current debit; null: not yet */
  acceptedAt: number | null
  /** in state charging: when the timer checks the debit's order again */
  lookAt: number | null
  /** in state planned or retrying: the earliest time of the next debit */
  retryAt: number | null
  /** `failures` counts the failed debits that the subscriber caused, `setbacks` counts all others */
  failures: number
  setbacks: number
  cause: DebitCause | null
  announcedAt: number | null
  pastDueAt: number | null
  payBy: number | null
  paidAt: number | null
  byHand: boolean
  /**
   * retryDays: on which days after the first debit we try again; graceDays: how many days the subscriber then has to
   * pay by hand. Both were copied from the shop's settings when the charge was planned
   */
  retryDays: readonly number[]
  graceDays: number
}

/**
 * A pre-debit notice: a message about one period's charge that the provider sends to the subscriber when we ask for it.
 */
export interface Announcement {
  period: number
  amountFen: number
  /** on how many days the notice allows a debit, as in `Terms` */
  windowDays: number | null
  /** when we first asked for the notice: the provider cannot have sent it earlier */
  triedAt: number
  lastTriedAt: number
  /** the latest time at which the provider can have sent the notice; null: the provider has not confirmed yet */
  sentAt: number | null
  tries: number
  retryAt: number | null
  /** whether a debit under this notice has succeeded; then the notice allows no other debit */
  isSpent: boolean
}

/**
 * What the provider answered when we asked for a pre-debit notice. sent: the notice is sent now. already: the notice
 * was sent earlier, perhaps as early as our first try. later: the notice was not sent, and we try again later. unknown:
 * we cannot tell.
 */
export type AnnouncementOutcome = 'sent' | 'already' | 'later' | 'unknown'

export interface ContractEntry {
  at: number
  what:
    | 'opened'
    | 'signed'
    | 'notSigned'
    | 'announced'
    | 'tried'
    | 'charged'
    | 'chargeFailed'
    | 'pastDue'
    | 'endRequested'
    | 'ended'
  by: string
  detail: string
}

export interface Contract extends Telling, Person {
  /**
   * our number of the contract (contractNo). It has the form of an orderNo. It contains only letters and digits,
   * because every provider accepts these
   */
  _id: string
  version: number
  state: ContractState
  /**
   * the contract's plan; null once the contract has failed or ended. With this field we find a subscriber's current
   * contracts
   */
  livePlan: string | null
  provider: string
  /** which generation of the provider's settings was used when the contract was opened; absent: the first */
  generation?: number
  terms: Terms
  displayName: string
  /** only from a browser without a sign-in: a keyed hash of the current hour and the browser's network address */
  addressMark?: string
  /** the contract's number at the provider (WeChat's contract_id) */
  theirNo: string | null
  /** the provider's own id of the person who signed the contract */
  payer: string | null
  createdAt: number
  signBy: number
  /** when the contract was signed, by the provider's clock */
  signedAt: number | null
  /** the time of the first charge. We count all periods from this time */
  anchorAt: number | null
  validUntil: number | null
  endedAt: number | null
  endedBy: EndedBy | null
  /** set when the contract is to end: we stop charging, and ask the provider until the provider confirms the end */
  ending: { by: EndedBy; at: number } | null
  /** the right to ask the provider to end the contract; absent: we never asked */
  claim?: Claim
  /** when we ask the provider about the contract itself next; null: there is nothing to ask */
  checkAt: number | null
  askedAt: number | null
  /** when this contract next needs work; null: never */
  dueAt: number | null
  tries: number
  announcement: Announcement | null
  /** the first period for which there is no charge yet */
  nextPeriod: number
  charges: Charge[]
  history: ContractEntry[]
}

export const isLive = (contract: Contract): boolean => contract.state === 'active' || contract.state === 'pastDue'

export const openCharge = (contract: Contract): Charge | undefined =>
  contract.charges.findLast(({ state }) => state !== 'paid' && state !== 'dropped')

/** The amount of a period's charge, in fen. It is never above the agreed ceiling. */
export const amountOf = ({ amountFen, ceilingFen, firstAmountFen }: Terms, period: number): number =>
  Math.min(period === 0 ? (firstAmountFen ?? amountFen) : amountFen, ceilingFen)
