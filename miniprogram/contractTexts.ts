// Texts for plans and contracts: the facts to read before signing, list cards, and lines of a contract's page.
import type { ChargeView, ContractView, PlanView } from '../cloudfunctions/shared/api/contracts'
import { contractMessages } from './contractMessages'
import { contractStanding, contractTones } from './contractStanding'
import { inLanguage } from './messages'
import { moneyText } from './money'
import { beijingDay, beijingMinute, hourMs } from './rules/beijing'
import type { Tone } from './standing'

const { facts } = contractMessages

/** The price per period, such as "¥18.00 a month"; for a variable price the ceiling and the usual amount. */
export function priceText({ amountKind, amountFen, ceilingFen, currency, period }: ContractView['plan']): string {
  const usual = moneyText(amountFen, currency)
  return amountKind === 'fixed'
    ? contractMessages.each(period, usual)
    : contractMessages.upTo(period, moneyText(ceilingFen, currency), usual)
}

export interface Fact {
  name: string
  text: string
}

/** A first charge that is due within this time (in ms) is described as "right after signing". */
const atOnceMs = hourMs

/**
 * All facts that a user must know before signing.
 * @param now the server's time, in epoch ms
 */
export const planFacts = (plan: PlanView, now: number): Fact[] => [
  { name: facts.price, text: priceSentence(plan) },
  { name: facts.first, text: firstSentence(plan, now) },
  { name: facts.rhythm, text: facts.rhythms[plan.period](beijingDay(plan.secondChargeAt)) },
  { name: facts.renewal, text: facts.renews },
  { name: facts.notice, text: facts.notices[plan.debitRule] },
  { name: facts.failure, text: failureSentence(plan) },
  { name: facts.cancel, text: facts.stop },
]

/** First charge, period and cancellation in one sentence, shown beside the consent. */
export function planSummary(plan: PlanView, now: number): string {
  const { plans: t } = contractMessages
  const day = beijingDay(plan.firstChargeAt)
  const isAtOnce = plan.firstChargeAt - now < atOnceMs
  const first =
    plan.trialDays > 0
      ? t.summaryTrial(plan.trialDays, day, firstAmount(plan))
      : isAtOnce
        ? t.summaryNow(firstAmount(plan))
        : t.summaryAt(beijingMinute(plan.firstChargeAt), firstAmount(plan))
  return t.summary(first, t.summaryThen(priceText(plan)))
}

function priceSentence(plan: PlanView): string {
  const isSpecial = plan.firstAmountFen !== null && plan.firstAmountFen !== plan.amountFen
  if (isSpecial) return facts.special(firstAmount(plan), priceText(plan))
  return plan.amountKind === 'fixed' ? facts.fixed(priceText(plan)) : facts.ceiling(priceText(plan))
}

function firstSentence(plan: PlanView, now: number): string {
  const day = beijingDay(plan.firstChargeAt)
  if (plan.trialDays > 0) return facts.trial(plan.trialDays, day, firstAmount(plan))
  const isAtOnce = plan.firstChargeAt - now < atOnceMs
  return isAtOnce
    ? facts.firstNow(firstAmount(plan))
    : facts.firstAt(beijingMinute(plan.firstChargeAt), firstAmount(plan))
}

function failureSentence({ retryDays, graceDays }: PlanView): string {
  return retryDays.length > 0 ? facts.retries(retryDays.join(listComma), graceDays) : facts.noRetries(graceDays)
}

const firstAmount = ({ firstAmountFen, amountFen, currency }: PlanView): string =>
  moneyText(firstAmountFen ?? amountFen, currency)

const listComma = inLanguage('、', ', ')

export interface PlanRow {
  plan: string
  title: string
  note: string
  price: string
  /** The length of the free trial, such as "7 days free"; empty if the plan has no trial. */
  trial: string
  /** The whole card as one sentence, for screen readers. */
  label: string
}

export function planRow(plan: PlanView): PlanRow {
  const title = inLanguage(plan.title, plan.titleEn)
  const price = priceText(plan)
  const trial = plan.trialDays > 0 ? contractMessages.plans.trial(plan.trialDays) : ''
  return {
    plan: plan.plan,
    title,
    note: inLanguage(plan.note, plan.noteEn),
    price,
    trial,
    label: [title, price, trial].filter(Boolean).join(listComma),
  }
}

export interface ContractCard {
  contractNo: string
  title: string
  price: string
  state: string
  tone: Tone
  /** One line about the contract: when its next charge is due, or when the contract ended or began. */
  line: string
  label: string
}

export function contractCard(contract: ContractView): ContractCard {
  const standing = contractStanding(contract, undefined)
  const title = inLanguage(contract.plan.title, contract.plan.titleEn)
  const price = priceText(contract.plan)
  const state = contractMessages.states[standing]
  const line = cardLine(contract)
  return {
    contractNo: contract.contractNo,
    title,
    price,
    state,
    tone: contractTones[standing],
    line,
    label: [contractMessages.contracts.open, title, price, state, line].join(listComma),
  }
}

function cardLine({ next, missed, ending, endedAt, createdAt, plan }: ContractView): string {
  const { contracts: t } = contractMessages
  if (endedAt !== null) return t.endedOn(beijingDay(endedAt))
  if (ending) return t.begunOn(beijingDay(createdAt))
  if (missed?.payBy) return t.payBy(beijingMinute(missed.payBy))
  if (missed?.retryAt) return t.retryOn(beijingDay(missed.retryAt))
  return next ? t.next(beijingDay(next.at), moneyText(next.amountFen, plan.currency)) : t.begunOn(beijingDay(createdAt))
}

export interface ChargeLine {
  key: number
  span: string
  state: string
  tone: Tone
  /** One line about a charge: when it was paid or will be tried again, and why it failed. Empty if nothing is known. */
  note: string
  amountFen: number
  currency: string
  orderNo: string
  label: string
}

const chargeTones = {
  planned: 'quiet',
  charging: 'wait',
  retrying: 'bad',
  pastDue: 'bad',
  paid: 'good',
  dropped: 'quiet',
} satisfies Record<ChargeView['state'], Tone>

export function chargeLine(charge: ChargeView, { plan }: ContractView): ChargeLine {
  const { contract: t } = contractMessages
  const span = t.span(beijingDay(charge.startsAt), beijingDay(charge.endsAt))
  const state =
    charge.state === 'paid' && charge.byHand ? contractMessages.paidByHand : contractMessages.charges[charge.state]
  const isFailed = charge.state === 'retrying' || charge.state === 'pastDue'
  const note = [
    charge.paidAt === null ? '' : beijingMinute(charge.paidAt),
    charge.tries > 1 ? t.triedTimes(charge.tries) : '',
    isFailed && charge.retryAt !== null ? t.missedRetry(beijingDay(charge.retryAt)) : '',
  ]
  return {
    key: charge.period,
    span,
    state,
    tone: chargeTones[charge.state],
    note: note.filter(Boolean).join(' · '),
    amountFen: charge.amountFen,
    currency: plan.currency,
    orderNo: charge.orderNo ?? '',
    label: [span, moneyText(charge.amountFen, plan.currency), state].join(listComma),
  }
}

/** One line for each period that was not charged: why, and what follows. Empty if all periods were charged. */
export function missedText({ missed }: ContractView): string {
  if (!missed) return ''
  const { contract: t } = contractMessages
  return [
    missed.cause === null ? '' : contractMessages.causes[missed.cause],
    missed.payBy === null ? '' : t.missedPayBy(beijingMinute(missed.payBy)),
    missed.payBy === null && missed.retryAt !== null ? t.missedRetry(beijingMinute(missed.retryAt)) : '',
  ]
    .filter(Boolean)
    .join('\n')
}

export interface ContractEvent {
  key: number
  what: string
  time: string
}

/** The contract's history as texts, the newest first. */
export const contractEvents = (contract: ContractView): ContractEvent[] =>
  contract.timeline
    .filter(({ what }) => what in contractMessages.timeline)
    .map(({ at, what }, key) => ({ key, what: contractMessages.timeline[what], time: beijingMinute(at) }))
    .reverse()
