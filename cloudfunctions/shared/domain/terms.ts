// Checks the terms of a plan when it is stored, so that nobody can sign a plan that we cannot charge.
import type { Terms } from './contractShape'
import { AppError } from './errors'
import { isFen } from './money'

// The highest amount of a debit, in fen. A higher amount is probably a typing error.
const highestFen = 10_000_000

/** @throws BadInput naming the field */
export function checkTerms(terms: Terms): void {
  const { amountFen, ceilingFen, firstAmountFen, debitRule, windowDays, trialDays } = terms
  const refuse = (field: keyof Terms, why: string) => {
    throw new AppError('BadInput', `${field}: ${why}`)
  }
  const isAmount = (fen: number): boolean => isFen(fen) && fen >= 1 && fen <= highestFen
  if (terms.title.trim() === '') refuse('title', 'is empty')
  if (terms.template.trim() === '') refuse('template', 'is empty')
  // 委托代扣 debits CNY only (docs/provider-facts.md 6).
  if (terms.currency !== 'CNY') refuse('currency', 'is not CNY')
  if (!isAmount(amountFen)) refuse('amountFen', 'is not an amount')
  if (!isAmount(ceilingFen)) refuse('ceilingFen', 'is not an amount')
  if (terms.amountKind === 'fixed' && ceilingFen !== amountFen) refuse('ceilingFen', 'is not the fixed amount')
  if (ceilingFen < amountFen) refuse('ceilingFen', 'is below the amount')
  if (firstAmountFen !== null && !isAmount(firstAmountFen)) refuse('firstAmountFen', 'is not an amount')
  if (firstAmountFen !== null && firstAmountFen > ceilingFen) refuse('firstAmountFen', 'is above the ceiling')
  // WeChat's fixed-amount template allows no other amount for the first period.
  if (terms.amountKind === 'fixed' && firstAmountFen !== null && firstAmountFen !== amountFen)
    refuse('firstAmountFen', 'is not the fixed amount')
  if (!Number.isSafeInteger(trialDays) || trialDays < 0 || trialDays > 365) refuse('trialDays', 'is not 0 to 365')
  // preNotice: a pre-debit notice needs one day, and a day of waiting after it. Rules whose result comes a day later:
  // only one success is allowed per day, so daily charges would fall further behind each day.
  if (terms.period === 'day') refuse('period', 'each day is too often for announcing a charge')
  if (windowDays !== null && debitRule !== 'preNotice') refuse('windowDays', 'belongs to preNotice only')
}
