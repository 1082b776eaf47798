// Checks the terms of a plan before we store it, so that nobody can sign a contract that we cannot charge.
import { highestDebitFen, longestTrialDays } from '../../../miniprogram/rules/terms'
import type { Terms } from './contractShape'
import { AppError } from './errors'
import { isFen } from './money'

/** Checks the terms of a plan. @throws BadInput naming the field */
export function checkTerms(terms: Terms): void {
  const { amountFen, ceilingFen, firstAmountFen, debitRule, windowDays, trialDays } = terms
  const refuse = (field: keyof Terms, why: string) => {
    throw new AppError('BadInput', `${field}: ${why}`)
  }
  const isAmount = (fen: number): boolean => isFen(fen) && fen >= 1 && fen <= highestDebitFen
  if (terms.title.trim() === '') refuse('title', 'is empty')
  if (terms.template.trim() === '') refuse('template', 'is empty')
  // WeChat's 委托代扣 debits only CNY (docs/provider-facts.md 6).
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
  if (!Number.isSafeInteger(trialDays) || trialDays < 0 || trialDays > longestTrialDays)
    refuse('trialDays', `is not 0 to ${longestTrialDays}`)
  // Daily charges are impossible under both debit rules. preNotice: the pre-debit notice and the wait after it need
  // more than a day. notice24h: the result comes one day after the debit, and only one debit may succeed per day. So
  // the charges would fall further behind each day.
  if (terms.period === 'day') refuse('period', 'each day is too often for announcing a charge')
  if (windowDays !== null && debitRule !== 'preNotice') refuse('windowDays', 'belongs to preNotice only')
}
