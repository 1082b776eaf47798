// The contract as it is stored: its states and their table, its terms, charges, pre-debit notice and history.
import type { Claim } from './claim'
import type { Moves } from './machine'
import type { DebitCause } from './payment'
import type { PeriodUnit } from './period'

export type ContractState = 'signing' | 'active' | 'pastDue' | 'failed' | 'ended'

/** What a provider says about a contract; the table `contractMoves` says what becomes of ours. */
export type ContractOutcome = 'signed' | 'pending' | 'refused' | 'ended' | 'unknown'

type ContractCell = ContractState | 'active or end' | 'contradiction'

// docs/design.md 3. "active or end": active, or ended at the provider when the person has another active one of this
// plan.
export const contractMoves = {
  signing: { signed: 'active', pending: 'signing', refused: 'failed', ended: 'ended', unknown: 'signing' },
  active: { signed: 'active', pending: 'active', refused: 'active', ended: 'ended', unknown: 'active' },
  pastDue: { signed: 'pastDue', pending: 'pastDue', refused: 'pastDue', ended: 'ended', unknown: 'pastDue' },
  failed: { signed: 'active or end', pending: 'failed', refused: 'failed', ended: 'ended', unknown: 'failed' },
  ended: { signed: 'contradiction', pending: 'ended', refused: 'ended', ended: 'ended', unknown: 'ended' },
} as const satisfies Moves<ContractState, ContractOutcome, ContractCell>

export type AmountKind = 'fixed' | 'ceiling'

export type DebitRuleKind = 'notice24h' | 'preNotice'

/** What was agreed: a copy of the plan as it was when the contract was opened. */
export interface Terms {
  plan: string
  title: string
  titleEn: string
  note: string
  noteEn: string
  currency: string
  amountKind: AmountKind
  amountFen: number
  /** no charge is higher; the amount itself where that is fixed */
  ceilingFen: number
  firstAmountFen: number | null
  period: PeriodUnit
  /** from signing to the first charge; 0: at once */
  trialDays: number
  debitRule: DebitRuleKind
  /** preNotice: for how many days an announcement holds; null: the seven of the rule */
  windowDays: 1 | 2 | 3 | null
  /** the provider's number of the template */
  template: string
}

/** Whoever ended it: the subscriber here, WeChat (or the subscriber there), staff, or we for want of payment or sense. */
export type EndedBy = 'subscriber' | 'wechat' | 'staff' | 'unpaid' | 'system'

/** Another charge may be open only after this one is paid or dropped. */
export type ChargeState = 'planned' | 'charging' | 'retrying' | 'pastDue' | 'paid' | 'dropped'

/** One period's charge. The money itself is the order's business. */
export interface Charge {
  period: number
  startsAt: number
  endsAt: number
  amountFen: number
  orderNo: string
  state: ChargeState
  /** debits so far, the one under way included; the order holds as many */
  tries: number
  firstTryAt: number | null
  lastTryAt: number | null
  /** the provider took the debit that is under way */
  acceptedAt: number | null
  /** charging: when to look at its order again */
  lookAt: number | null
  /** planned or retrying: not before this */
  retryAt: number | null
  /** failures that the subscriber answers for, and others */
  failures: number
  setbacks: number
  cause: DebitCause | null
  announcedAt: number | null
  pastDueAt: number | null
  payBy: number | null
  paidAt: number | null
  byHand: boolean
  /** days after the first try on which it is tried again, and days to pay by hand: the shop's, when it was planned */
  retryDays: readonly number[]
  graceDays: number
}

/** What the provider was asked to tell the subscriber before a debit. It holds for one period's charge. */
export interface Announcement {
  period: number
  amountFen: number
  /** as in the terms: how long it holds */
  windowDays: number | null
  /** the first try: it left then at the earliest */
  triedAt: number
  lastTriedAt: number
  /** it had left then at the latest; null: not known yet */
  sentAt: number | null
  tries: number
  retryAt: number | null
  /** a debit succeeded under it */
  isSpent: boolean
}

/** sent: it leaves now; already: it had left, at the first try at the earliest; the rest did not leave, or nobody knows. */
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

export interface Contract {
  /** contractNo, in the form of an orderNo: letters and digits, fits every field of the wire */
  _id: string
  version: number
  state: ContractState
  openid: string
  /** the plan, until it failed or ended: finds what a person has */
  livePlan: string | null
  provider: string
  /** the provider's settings with which it was opened; absent: the first */
  generation?: number
  terms: Terms
  displayName: string
  /** the provider's contract_id */
  theirNo: string | null
  /** the provider's own name of who signed */
  payer: string | null
  createdAt: number
  signBy: number
  /** by the provider's clock */
  signedAt: number | null
  /** the first charge's day, from which all periods are counted */
  anchorAt: number | null
  validUntil: number | null
  endedAt: number | null
  endedBy: EndedBy | null
  /** it is to end: nothing more is charged, and the provider is told until it agrees */
  ending: { by: EndedBy; at: number } | null
  /** the right to tell the provider to end it; absent: nobody has told it yet */
  claim?: Claim
  /** when to ask or tell the provider about the contract itself; null: nothing to ask */
  checkAt: number | null
  askedAt: number | null
  /** the earliest time at which this contract needs work, or null */
  dueAt: number | null
  tries: number
  announcement: Announcement | null
  /** the first period without a charge of its own */
  nextPeriod: number
  charges: Charge[]
  history: ContractEntry[]
}

export const isLive = (contract: Contract): boolean => contract.state === 'active' || contract.state === 'pastDue'

export const openCharge = (contract: Contract): Charge | undefined =>
  contract.charges.findLast(({ state }) => state !== 'paid' && state !== 'dropped')

/** What a period costs, never above the ceiling. */
export const amountOf = ({ amountFen, ceilingFen, firstAmountFen }: Terms, period: number): number =>
  Math.min(period === 0 ? (firstAmountFen ?? amountFen) : amountFen, ceilingFen)
