// Makes the view of a plan for subscribers, both before the signing and within a contract.
import type { ContractView, PlanView } from '../../api/contracts'
import { firstCharges } from '../../domain/chargeSteps'
import type { Terms } from '../../domain/contractShape'
import type { ShopSettings } from '../platform/context'

export const termsView = (terms: Terms): ContractView['plan'] => {
  const { plan, title, titleEn, note, noteEn, currency, amountKind, amountFen, ceilingFen, firstAmountFen } = terms
  const { period, trialDays, debitRule } = terms
  return {
    plan,
    title,
    titleEn,
    note,
    noteEn,
    currency,
    amountKind,
    amountFen,
    ceilingFen,
    firstAmountFen,
    period,
    trialDays,
    debitRule,
  }
}

export function planView(terms: Terms, { retryDays, graceDays }: ShopSettings, now: number): PlanView {
  const { firstAt, secondAt } = firstCharges(terms, now)
  return { ...termsView(terms), firstChargeAt: firstAt, secondChargeAt: secondAt, retryDays, graceDays }
}
