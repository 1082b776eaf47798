import type { Terms } from '../../cloudfunctions/shared/domain/contractShape'

/** A plan of 38 yuan a month with a pre-debit notice. */
export const monthlyTerms: Terms = {
  plan: 'p',
  title: '',
  titleEn: '',
  note: '',
  noteEn: '',
  currency: 'CNY',
  amountKind: 'fixed',
  amountFen: 3_800,
  ceilingFen: 3_800,
  firstAmountFen: null,
  period: 'month',
  trialDays: 0,
  debitRule: 'preNotice',
  windowDays: null,
  template: '1',
}
