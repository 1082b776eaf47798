// What a contract needs next, and when: signing, announcing, debiting, looking, ending. The rules of WeChat Pay's
// 委托代扣 (docs/provider-facts.md 6.7) as data. Pure: nothing here changes a contract.
import {
  type Announcement,
  type Charge,
  type Contract,
  type DebitRuleKind,
  openCharge,
  type Terms,
} from './contractShape'
import type { DebitCause } from './payment'
import { dayMs, dayOf, type Hours, periodLengths, periodStart, startOfDay, withinHours } from './period'

const hourMs = 3_600_000

// WeChat's clock and ours may differ: nothing is done closer than this to the edge of a rule.
const skewMs = 10 * 60_000

interface DebitRule {
  /** in which announcements and debits are taken, Beijing time; null: at any hour */
  hours: Hours | null
  /** an announcement on day 1, then its first and last day for a debit, counted from day 0; null: WeChat announces itself */
  notice: { firstDay: number; days: number } | null
  /** from the accepted debit to its result */
  resultMs: number
}

export const debitRules: Readonly<Record<DebitRuleKind, DebitRule>> = {
  notice24h: { hours: null, notice: null, resultMs: dayMs },
  preNotice: { hours: { fromMs: 7 * hourMs, toMs: 22 * hourMs }, notice: { firstDay: 2, days: 7 }, resultMs: 0 },
}

export const contractLimits = {
  /** after signing: the first debit needs no announcement and is taken at once */
  firstDebitMs: 12 * hourMs,
  successesPerDay: 1,
  successesPerPeriod: 2,
} as const

export type Step =
  | { what: 'ask' | 'tell' | 'look' | 'giveUp' | 'drop'; at: number }
  | { what: 'announce' | 'debit'; at: number; period: number }
  | { what: 'nothing'; at: null }

const nothing: Step = { what: 'nothing', at: null }

/** What this contract needs next. A step whose time has come is to be done; before that, time is all it needs. */
export function stepOf(contract: Contract, now: number): Step {
  const { state, checkAt, ending, validUntil } = contract
  if (ending !== null && state !== 'ended') return { what: 'tell', at: checkAt ?? now }
  const open = openCharge(contract)
  if (state === 'ended') return open ? { what: 'drop', at: open.lookAt ?? now } : nothing
  if (state === 'failed') return nothing
  if (checkAt !== null) return { what: 'ask', at: checkAt }
  if (validUntil !== null && now >= validUntil) return { what: 'ask', at: now }
  const step = chargeStep(contract, open, now)
  return validUntil !== null && step.at !== null && step.at >= validUntil ? { what: 'ask', at: validUntil } : step
}

function chargeStep(contract: Contract, open: Charge | undefined, now: number): Step {
  if (open?.state === 'charging') return { what: 'look', at: open.lookAt ?? now }
  if (open?.state === 'pastDue') {
    const payBy = open.payBy ?? now
    return now >= payBy ? { what: 'giveUp', at: now } : { what: 'look', at: Math.min(open.lookAt ?? now, payBy) }
  }
  return moneyStep(contract, open, now)
}

/**
 * Whether a debit of the open charge may be sent at this moment: live, in hours, announced, within every limit.
 * Asked again for what was taken before and has to be sent once more.
 */
export function mayDebit(contract: Contract, charge: Charge, now: number): boolean {
  if (contract.state !== 'active' || contract.ending !== null || contract.checkAt !== null) return false
  const planned: Charge = { ...charge, state: 'planned', retryAt: null }
  const step = moneyStep(contract, planned, now)
  return step.what === 'debit' && step.at <= now
}

/** Announcing or debiting, whichever comes first by the rule of this contract. */
function moneyStep(contract: Contract, open: Charge | undefined, now: number): Step {
  const { terms, announcement } = contract
  const rule = debitRules[terms.debitRule]
  const period = open?.period ?? contract.nextPeriod
  const signedAt = contract.signedAt ?? now
  const wantedAt = Math.max(open?.retryAt ?? chargeAt(contract, period), 0)
  const atOnce = period === 0 && terms.trialDays === 0 && announcement === null
  if (atOnce) {
    const at = allowedAt(contract, Math.max(wantedAt, now), 0)
    if (at < signedAt + contractLimits.firstDebitMs - skewMs) return { what: 'debit', at, period }
  }
  // Until this a debit would be taken for the first one, and made at once.
  const debitAt = Math.max(wantedAt, signedAt + contractLimits.firstDebitMs + skewMs)
  if (rule.notice === null)
    return { what: 'debit', at: allowedAt(contract, Math.max(debitAt, now), rule.resultMs), period }
  const window = announcement && windowOf(announcement)
  if (window && announcement.period === period) {
    const at = allowedAt(contract, Math.max(debitAt, window.fromAt, now), 0)
    if (at < window.toAt) return { what: 'debit', at, period }
  }
  const announceAt = announcedFrom(announcement, period, debitAt - rule.notice.firstDay * dayMs)
  return { what: 'announce', at: inHours(terms, Math.max(announceAt, now)), period }
}

/** When a period's debit is sent if nothing is in its way: early enough for its result to come as the period begins. */
function chargeAt({ terms, anchorAt }: Contract, period: number): number {
  const startsAt = periodStart(anchorAt ?? 0, terms.period, period)
  return period === 0 && terms.trialDays === 0 ? startsAt : startsAt - debitRules[terms.debitRule].resultMs
}

/** From when to when an announcement that surely left allows a debit; it may have left at its first try already. */
export function windowOf(announcement: Announcement): { fromAt: number; toAt: number } | undefined {
  const { notice } = debitRules.preNotice
  if (announcement.sentAt === null || announcement.isSpent || notice === null) return undefined
  return {
    fromAt: startOfDay(dayOf(announcement.sentAt) + notice.firstDay),
    toAt: startOfDay(dayOf(announcement.triedAt) + notice.firstDay + (announcement.windowDays ?? notice.days)),
  }
}

// While one announcement may be open, WeChat takes no other: the next one waits until that one's window is over.
function announcedFrom(announcement: Announcement | null, period: number, wantedAt: number): number {
  const { notice } = debitRules.preNotice
  if (announcement === null || announcement.isSpent || notice === null) return wantedAt
  if (announcement.period === period && announcement.sentAt === null) return announcement.retryAt ?? wantedAt
  const lastSent = announcement.sentAt ?? announcement.lastTriedAt
  const overAt = startOfDay(dayOf(lastSent) + notice.firstDay + (announcement.windowDays ?? notice.days))
  return Math.max(wantedAt, overAt)
}

function inHours({ debitRule }: Terms, at: number): number {
  const { hours } = debitRules[debitRule]
  return hours === null ? at : withinHours(at, { fromMs: hours.fromMs + skewMs, toMs: hours.toMs - skewMs })
}

/** The earliest time from `at` on, in hours, at which a debit's success would come within the limits. */
function allowedAt(contract: Contract, at: number, resultMs: number): number {
  const { terms } = contract
  const successes = contract.charges
    .filter(({ state, byHand, paidAt }) => state === 'paid' && !byHand && paidAt !== null)
    .map(({ paidAt }) => paidAt as number)
    .sort((a, b) => b - a)
  // Whatever day WeChat counts its periods from: never more in any stretch as long as the longest.
  const stretchMs = periodLengths[terms.period].longestDays * dayMs
  const eldestOfStretch = successes[contractLimits.successesPerPeriod - 1]
  const afterStretch =
    terms.period === 'day' || eldestOfStretch === undefined ? at : Math.max(at, eldestOfStretch + stretchMs)
  const allowed = inHours(terms, afterStretch)
  // The day on which one succeeded is over at midnight by WeChat's clock, which may be behind ours.
  const day = dayOf(allowed + resultMs - skewMs)
  const isTaken = successes.filter((one) => dayOf(one) >= day).length >= contractLimits.successesPerDay
  return isTaken ? inHours(terms, startOfDay(day + 1) + skewMs - resultMs) : allowed
}

// Not the subscriber's doing: tried again soon, or a day later, without counting as a failure, so many times.
const patience: Readonly<Partial<Record<DebitCause, number>>> = {
  technical: 10 * 60_000,
  limit: dayMs,
  merchant: dayMs,
}
const setbackLimit = 20

/** When a debit that failed is tried again; null: no day is left, and the subscriber pays by hand. */
export function retryOf(charge: Charge, cause: DebitCause, now: number): { at: number | null; isSetback: boolean } {
  const { setbacks, failures, retryDays, firstTryAt, lastTryAt } = charge
  const waitMs = patience[cause]
  if (waitMs !== undefined && setbacks < setbackLimit)
    return { at: now + waitMs * (cause === 'technical' ? 2 ** Math.min(setbacks, 7) : 1), isSetback: true }
  const day = retryDays[failures]
  const at = day === undefined ? null : Math.max((firstTryAt ?? now) + day * dayMs, (lastTryAt ?? now) + dayMs)
  return { at, isSetback: false }
}

/** When the first two charges come if a plan is signed now. */
export function firstCharges(terms: Terms, now: number): { firstAt: number; secondAt: number } {
  const anchorAt = now + terms.trialDays * dayMs
  return { firstAt: inHours(terms, anchorAt), secondAt: inHours(terms, periodStart(anchorAt, terms.period, 1)) }
}

/** When the money of the next charge moves, as far as can be said now; null while nothing is planned. */
export function nextMoneyAt(contract: Contract, now: number): number | null {
  if (contract.state !== 'active' || contract.ending !== null || contract.anchorAt === null) return null
  const open = openCharge(contract)
  const { resultMs, notice } = debitRules[contract.terms.debitRule]
  if (open?.state === 'charging')
    return (open.lastTryAt ?? now) + (isAtOnce(contract, open.lastTryAt ?? now) ? 0 : resultMs)
  const step = moneyStep(contract, open, now)
  if (step.at === null) return null
  if (step.what === 'announce') {
    const wantedAt = open?.retryAt ?? chargeAt(contract, step.period)
    return inHours(contract.terms, Math.max(wantedAt, startOfDay(dayOf(step.at) + (notice?.firstDay ?? 0))))
  }
  return step.at + (isAtOnce(contract, step.at) ? 0 : resultMs)
}

/** Whether a debit at this time counts as the first one after signing: its result comes at once. */
export const isAtOnce = ({ signedAt }: Contract, at: number): boolean =>
  signedAt !== null && at < signedAt + contractLimits.firstDebitMs

/** From the charge's last debit to its result. */
export const resultMsOf = (contract: Contract, { lastTryAt }: Charge): number =>
  isAtOnce(contract, lastTryAt ?? 0) ? 0 : debitRules[contract.terms.debitRule].resultMs
