// The contract as it is stored: its states and their table, its terms, charges, pre-debit notice and history.
import type { Claim } from './claim'
import type { Moves } from './machine'
import type { ProductKind } from './orders/goods'
import type { Telling } from './outbox'
import type { DebitCause } from './payment'
import type { PeriodUnit } from './period'

export type ContractState = 'signing' | 'active' | 'pastDue' | 'failed' | 'ended'

/** The provider's word about a contract; the table `contractMoves` gives the new state of our contract. */
export type ContractOutcome = 'signed' | 'pending' | 'refused' | 'ended' | 'unknown'

type ContractCell = ContractState | 'active or end' | 'contradiction'

// docs/design.md 3. "active or end": the contract becomes active, or is ended at the provider if the subscriber has
// another active contract of this plan.
export const contractMoves = {
  signing: { signed: 'active', pending: 'signing', refused: 'failed', ended: 'ended', unknown: 'signing' },
  active: { signed: 'active', pending: 'active', refused: 'active', ended: 'ended', unknown: 'active' },
  pastDue: { signed: 'pastDue', pending: 'pastDue', refused: 'pastDue', ended: 'ended', unknown: 'pastDue' },
  failed: { signed: 'active or end', pending: 'failed', refused: 'failed', ended: 'ended', unknown: 'failed' },
  ended: { signed: 'contradiction', pending: 'ended', refused: 'ended', ended: 'ended', unknown: 'ended' },
} as const satisfies Moves<ContractState, ContractOutcome, ContractCell>

export type AmountKind = 'fixed' | 'ceiling'

export type DebitRuleKind = 'notice24h' | 'preNotice'

/** The agreed terms: a copy of the plan at the time when the contract was opened. */
export interface Terms {
  plan: string
  /** what is sold; absent in old documents: goods */
  kind?: ProductKind
  title: string
  titleEn: string
  note: string
  noteEn: string
  currency: string
  amountKind: AmountKind
  amountFen: number
  /** the highest amount of a charge; equal to amountFen if the amount is fixed */
  ceilingFen: number
  firstAmountFen: number | null
  period: PeriodUnit
  /** days from signing to the first charge; 0: at once */
  trialDays: number
  debitRule: DebitRuleKind
  /** preNotice only: for how many days a pre-debit notice is in force; null: the rule's seven */
  windowDays: 1 | 2 | 3 | null
  /** the provider's number of the contract template */
  template: string
}

/**
 * Who ended the contract. subscriber: in our mini-program. wechat: WeChat, or the subscriber in WeChat. unpaid: we did,
 * because a period was not paid. system: we did, because the contract should not exist.
 */
export type EndedBy = 'subscriber' | 'wechat' | 'staff' | 'unpaid' | 'system'

/** A contract has at most one open charge: the next one begins after this one is paid or dropped. */
export type ChargeState = 'planned' | 'charging' | 'retrying' | 'pastDue' | 'paid' | 'dropped'

/** The charge for one period. The charge's order records the money. */
export interface Charge {
  period: number
  startsAt: number
  endsAt: number
  amountFen: number
  orderNo: string
  state: ChargeState
  /** number of debits so far, including the current one; the order holds as many */
  tries: number
  firstTryAt: number | null
  lastTryAt: number | null
  /** when the provider accepted the current debit */
  acceptedAt: number | null
  /** in state charging: when to check the order again */
  lookAt: number | null
  /** in state planned or retrying: the earliest time of the next debit */
  retryAt: number | null
  /** `failures` counts failures caused by the subscriber, `setbacks` all others */
  failures: number
  setbacks: number
  cause: DebitCause | null
  announcedAt: number | null
  pastDueAt: number | null
  payBy: number | null
  paidAt: number | null
  byHand: boolean
  /**
   * retryDays: on which days after the first try to debit again; graceDays: days to pay by hand after that. Copied from
   * the shop's settings when the charge was planned
   */
  retryDays: readonly number[]
  graceDays: number
}

/** A pre-debit notice that we asked the provider to send to the subscriber. It covers one period's charge. */
export interface Announcement {
  period: number
  amountFen: number
  /** as in `Terms` */
  windowDays: number | null
  /** our first try, the earliest time at which the provider can have sent the notice */
  triedAt: number
  lastTriedAt: number
  /** the latest time at which the provider can have sent the notice; null: not confirmed yet */
  sentAt: number | null
  tries: number
  retryAt: number | null
  /** whether a debit succeeded under this notice */
  isSpent: boolean
}

/**
 * sent: the provider sends the pre-debit notice now. already: the provider had sent it before, at our first try at the
 * earliest. later: not sent, try again later. unknown: we cannot tell.
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

export interface Contract extends Telling {
  /** contractNo, in the form of an orderNo: letters and digits, fits every field of the wire */
  _id: string
  version: number
  state: ContractState
  openid: string
  /** the plan, until the contract failed or ended: used to find a subscriber's contracts */
  livePlan: string | null
  provider: string
  /** generation of the provider's settings with which the contract was opened; absent: the first */
  generation?: number
  terms: Terms
  displayName: string
  /** the provider's contract_id */
  theirNo: string | null
  /** the provider's own id of the person who signed */
  payer: string | null
  createdAt: number
  signBy: number
  /** time of signing, by the provider's clock */
  signedAt: number | null
  /** the time of the first charge, from which all periods are counted */
  anchorAt: number | null
  validUntil: number | null
  endedAt: number | null
  endedBy: EndedBy | null
  /** set when the contract is to end: charging stops, and we ask the provider to end it until the provider confirms */
  ending: { by: EndedBy; at: number } | null
  /** the right to ask the provider to end the contract; absent: the provider was never asked */
  claim?: Claim
  /** when to contact the provider about the contract itself next; null: no contact needed */
  checkAt: number | null
  askedAt: number | null
  /** the earliest time at which this contract needs work, or null */
  dueAt: number | null
  tries: number
  announcement: Announcement | null
  /** the first period that has no charge yet */
  nextPeriod: number
  charges: Charge[]
  history: ContractEntry[]
}

export const isLive = (contract: Contract): boolean => contract.state === 'active' || contract.state === 'pastDue'

export const openCharge = (contract: Contract): Charge | undefined =>
  contract.charges.findLast(({ state }) => state !== 'paid' && state !== 'dropped')

/** The amount of a period, in fen, never above the ceiling. */
export const amountOf = ({ amountFen, ceilingFen, firstAmountFen }: Terms, period: number): number =>
  Math.min(period === 0 ? (firstAmountFen ?? amountFen) : amountFen, ceilingFen)
