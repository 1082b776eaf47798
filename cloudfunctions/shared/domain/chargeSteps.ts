// Calculates the next step of a contract and when the step is due: check the signing, send the pre-debit notice, debit,
// check a debit, or end the contract. The rules of WeChat Pay's 委托代扣 (docs/provider-facts.md 6.7) are tables here.
// These functions do not change the contract.

import { dayMs, dayOf, hourMs, startOfDay } from '../../../miniprogram/rules/beijing'
import type { DebitRuleKind } from '../../../miniprogram/rules/terms'
import { type Announcement, type Charge, type Contract, openCharge, type Terms } from './contractShape'
import type { DebitCause } from './payment'
import { type Hours, periodLengths, periodStart, withinHours } from './period'

// WeChat's clock and ours may differ, so we keep at least this distance from every time limit of WeChat's rules.
const skewMs = 10 * 60_000

interface DebitRule {
  /** Beijing hours in which the provider accepts pre-debit notices and debits; null: at any hour */
  hours: Hours | null
  /**
   * firstDay: on which day after the pre-debit notice a debit is first allowed; days: on how many days the debit is
   * allowed. null: we send no notice, because WeChat sends the notice itself
   */
  notice: { firstDay: number; days: number } | null
  /** the time from the provider's acceptance of a debit to its result, in ms */
  resultMs: number
}

export const debitRules: Readonly<Record<DebitRuleKind, DebitRule>> = {
  notice24h: { hours: null, notice: null, resultMs: dayMs },
  preNotice: { hours: { fromMs: 7 * hourMs, toMs: 22 * hourMs }, notice: { firstDay: 2, days: 7 }, resultMs: 0 },
}

export const contractLimits = {
  /** how long after signing the first debit needs no pre-debit notice and is executed at once, in ms */
  firstDebitMs: 12 * hourMs,
  successesPerDay: 1,
  successesPerPeriod: 2,
} as const

export type Step =
  | { what: 'ask' | 'tell' | 'look' | 'giveUp' | 'drop'; at: number }
  | { what: 'announce' | 'debit'; at: number; period: number }
  | { what: 'nothing'; at: null }

const nothing: Step = { what: 'nothing', at: null }

/**
 * Calculates the contract's next step. Do the step when the time `at` has come; the contract needs no work before then.
 */
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
 * Whether we may send a debit of the open charge now: the contract is active, the hour is allowed, the pre-debit notice
 * is in force, and no limit is reached. We check this again before we resend a debit that we reserved earlier.
 */
export function mayDebit(contract: Contract, charge: Charge, now: number): boolean {
  if (contract.state !== 'active' || contract.ending !== null || contract.checkAt !== null) return false
  const planned: Charge = { ...charge, state: 'planned', retryAt: null }
  const step = moneyStep(contract, planned, now)
  return step.what === 'debit' && step.at <= now
}

/**
 * Calculates whether this contract's next step is the pre-debit notice or the debit. The contract's debit rule decides.
 */
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
  // For some time after the signing, WeChat treats a debit as the first debit of the contract, and executes it at once.
  // This debit is a later one, so we send it only after that time.
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

/**
 * When we would send the debit of a period if no limit delays it: so early that the debit's result arrives when the
 * period begins.
 */
function chargeAt({ terms, anchorAt }: Contract, period: number): number {
  const startsAt = periodStart(anchorAt ?? 0, terms.period, period)
  return period === 0 && terms.trialDays === 0 ? startsAt : startsAt - debitRules[terms.debitRule].resultMs
}

/**
 * The time range in which a confirmed pre-debit notice allows a debit. WeChat sent the notice at some time between our
 * first try and the confirmation. To be safe, the range begins as if WeChat sent the notice at the confirmation, and
 * ends as if WeChat sent the notice at our first try.
 */
export function windowOf(announcement: Announcement): { fromAt: number; toAt: number } | undefined {
  const { notice } = debitRules.preNotice
  if (announcement.sentAt === null || announcement.isSpent || notice === null) return undefined
  return {
    fromAt: startOfDay(dayOf(announcement.sentAt) + notice.firstDay),
    toAt: startOfDay(dayOf(announcement.triedAt) + notice.firstDay + (announcement.windowDays ?? notice.days)),
  }
}

// WeChat accepts no second pre-debit notice while one is in force, so the next notice waits until the first is no
// longer in force.
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

/**
 * The earliest time, not before `at`, at which WeChat's limits allow a debit: only a certain number of debits may
 * succeed per day and per period.
 */
function allowedAt(contract: Contract, at: number, resultMs: number): number {
  const { terms } = contract
  const successes = contract.charges
    .filter(({ state, byHand, paidAt }) => state === 'paid' && !byHand && paidAt !== null)
    .map(({ paidAt }) => paidAt as number)
    .sort((a, b) => b - a)
  // We do not know on which day WeChat begins to count a period. So we apply the limit to every range of time that is
  // as long as the longest period. For monthly contracts that is every range of 31 days.
  const stretchMs = periodLengths[terms.period].longestDays * dayMs
  const eldestOfStretch = successes[contractLimits.successesPerPeriod - 1]
  const afterStretch =
    terms.period === 'day' || eldestOfStretch === undefined ? at : Math.max(at, eldestOfStretch + stretchMs)
  const allowed = inHours(terms, afterStretch)
  // WeChat lets only one debit of a contract succeed per day. The day ends at midnight by WeChat's clock, which may be
  // behind ours, so a success in our first minutes after midnight may count to the day before.
  const day = dayOf(allowed + resultMs - skewMs)
  const isTaken = successes.filter((one) => dayOf(one) >= day).length >= contractLimits.successesPerDay
  return isTaken ? inHours(terms, startOfDay(day + 1) + skewMs - resultMs) : allowed
}

// How long (ms) to wait after a failed debit if the subscriber did not cause the failure. The first 20 failures without
// the subscriber's fault (`setbackLimit`) do not use up the subscriber's retry days.
const patience: Readonly<Partial<Record<DebitCause, number>>> = {
  technical: 10 * 60_000,
  limit: dayMs,
  merchant: dayMs,
}
const setbackLimit = 20

/**
 * Calculates when to debit again after a failed debit. `at` null: no retry day is left, so the subscriber must pay by
 * hand. isSetback: the subscriber did not cause the failure.
 */
export function retryOf(charge: Charge, cause: DebitCause, now: number): { at: number | null; isSetback: boolean } {
  const { setbacks, failures, retryDays, firstTryAt, lastTryAt } = charge
  const waitMs = patience[cause]
  if (waitMs !== undefined && setbacks < setbackLimit)
    return { at: now + waitMs * (cause === 'technical' ? 2 ** Math.min(setbacks, 7) : 1), isSetback: true }
  const day = retryDays[failures]
  const at = day === undefined ? null : Math.max((firstTryAt ?? now) + day * dayMs, (lastTryAt ?? now) + dayMs)
  return { at, isSetback: false }
}

/** The times of the first two charges of a plan if the subscriber signed the contract now, epoch ms. */
export function firstCharges(terms: Terms, now: number): { firstAt: number; secondAt: number } {
  const anchorAt = now + terms.trialDays * dayMs
  return { firstAt: inHours(terms, anchorAt), secondAt: inHours(terms, periodStart(anchorAt, terms.period, 1)) }
}

/** When we expect the payment of the contract's next charge, epoch ms; null while no charge is planned. */
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

/** Whether WeChat treats a debit at this time as the first one after signing, which WeChat executes at once. */
export const isAtOnce = ({ signedAt }: Contract, at: number): boolean =>
  signedAt !== null && at < signedAt + contractLimits.firstDebitMs

/** How long after the charge's last debit we expect the result, in ms. */
export const resultMsOf = (contract: Contract, { lastTryAt }: Charge): number =>
  isAtOnce(contract, lastTryAt ?? 0) ? 0 : debitRules[contract.terms.debitRule].resultMs
