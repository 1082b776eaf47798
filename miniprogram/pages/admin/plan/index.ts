// The form of one plan, for owners. Changes apply to contracts signed later.

import type { StaffPlanView } from '../../../../cloudfunctions/shared/api/admin'
import { contractMessages } from '../../../contractMessages'
import { priceText } from '../../../contractTexts'
import { inLanguage } from '../../../messages'
import { moneyText } from '../../../money'
import { majorText } from '../../../rules/money'
import { templatePattern } from '../../../rules/numbers'
import { highestDebitFen, longestTrialDays, windowDays } from '../../../rules/terms'
import { type Field, optionsOf, type Texts } from '../formFields'
import { t } from '../goods/messages'
import { codeRow, rankRow, soldPage, wordRows } from '../goods/soldPage'
import { act, ask, providerName } from '../service'
import { fenOf } from '../texts'

type Plan = Omit<StaffPlanView, 'version'>
type Name =
  | 'amountKind'
  | 'period'
  | 'debitRule'
  | 'window'
  | 'provider'
  | 'kind'
  | 'plan'
  | 'title'
  | 'titleEn'
  | 'note'
  | 'noteEn'
  | 'amount'
  | 'ceiling'
  | 'first'
  | 'trial'
  | 'template'
  | 'rank'

// The choice offers WeChat Pay, because we support contracts of no other provider. If the stored plan has another
// provider, the choice offers that provider, too.
const contractProvider = 'wechatpay'

const optionOfProvider = (code: string): { value: string; label: string } => ({
  value: code,
  label: providerName(code),
})

const isCeiling = ({ amountKind }: Texts<Name>): boolean => amountKind !== 'fixed'

const rows: Omit<Field<Name>, 'label'>[] = [
  { name: 'kind', kind: 'choice', initial: 'goods', hint: t.hints.planKind, options: optionsOf(t.productKinds) },
  { name: 'amountKind', kind: 'choice', initial: 'fixed', options: optionsOf(t.kinds) },
  { name: 'period', kind: 'choice', initial: 'month', options: optionsOf(t.periods) },
  { name: 'debitRule', kind: 'choice', initial: 'preNotice', options: optionsOf(t.rules) },
  {
    name: 'window',
    kind: 'choice',
    initial: 'none',
    options: [
      { value: 'none', label: t.windows.none },
      ...windowDays.map((days) => ({ value: String(days), label: t.windows.days(days) })),
    ],
    isShown: ({ debitRule }) => debitRule === 'preNotice',
  },
  {
    name: 'provider',
    kind: 'choice',
    initial: contractProvider,
    options: (stored) => [...new Set([contractProvider, stored.provider])].map(optionOfProvider),
  },
  codeRow('plan'),
  ...wordRows,
  { name: 'amount', kind: 'digit', longest: 14, rule: (text) => amountProblem(fenOf(text) ?? 0) },
  {
    name: 'ceiling',
    kind: 'digit',
    longest: 14,
    hint: t.hints.ceiling,
    isShown: isCeiling,
    rule: (text, form) => {
      const fen = fenOf(text) ?? 0
      return amountProblem(fen) || (fen < (fenOf(form.amount) ?? 0) && t.problems.ceiling)
    },
  },
  {
    name: 'first',
    kind: 'digit',
    longest: 14,
    hint: t.hints.first,
    isShown: isCeiling,
    rule: (text, form) => {
      if (text === '') return false
      const fen = fenOf(text) ?? 0
      return fen < 1 ? t.problems.amount : fen > (fenOf(form.ceiling) ?? 0) && t.problems.first
    },
  },
  {
    name: 'trial',
    kind: 'number',
    initial: '0',
    longest: 3,
    hint: t.hints.trial,
    rule: (text) => (!/^\d{1,3}$/.test(text) || Number(text) > longestTrialDays) && t.problems.trial,
  },
  {
    name: 'template',
    kind: 'number',
    longest: 32,
    hint: t.hints.template,
    rule: (text) => !templatePattern.test(text) && t.problems.template,
  },
  rankRow,
]

const amountProblem = (fen: number): string | false =>
  fen < 1 ? t.problems.amount : fen > highestDebitFen && t.problems.tooHigh

const formOf = (plan: Plan): Texts<Name> => ({
  plan: plan.plan,
  title: plan.title,
  titleEn: plan.titleEn,
  note: plan.note,
  noteEn: plan.noteEn,
  amount: majorText(plan.amountFen),
  ceiling: majorText(plan.ceilingFen),
  first: plan.firstAmountFen === null ? '' : majorText(plan.firstAmountFen),
  trial: String(plan.trialDays),
  template: plan.template,
  rank: String(plan.rank),
  amountKind: plan.amountKind,
  period: plan.period,
  debitRule: plan.debitRule,
  window: plan.windowDays === null ? 'none' : String(plan.windowDays),
  provider: plan.provider,
  kind: plan.kind,
})

function planOf(form: Texts<Name>, onSale: boolean): Plan {
  const isFixed = !isCeiling(form)
  const amountFen = fenOf(form.amount) ?? 0
  // A plan with a fixed amount has no special first price, so the field is ignored.
  const first = isFixed ? '' : form.first.trim()
  return {
    plan: form.plan.trim(),
    title: form.title.trim(),
    titleEn: form.titleEn.trim(),
    note: form.note.trim(),
    noteEn: form.noteEn.trim(),
    // Contracts can only be debited in CNY.
    currency: 'CNY',
    kind: form.kind as Plan['kind'],
    amountKind: isFixed ? 'fixed' : 'ceiling',
    amountFen,
    ceilingFen: isFixed ? amountFen : (fenOf(form.ceiling) ?? 0),
    firstAmountFen: first === '' ? null : (fenOf(first) ?? 0),
    period: form.period as Plan['period'],
    trialDays: Number(form.trial.trim()),
    debitRule: form.debitRule as Plan['debitRule'],
    windowDays:
      form.debitRule === 'preNotice' ? (windowDays.find((days) => String(days) === form.window) ?? null) : null,
    template: form.template.trim(),
    provider: form.provider,
    onSale,
    rank: Number(form.rank),
  }
}

/** Everything that a subscriber pays, as one text, for the confirmation. */
const wholePrice = (plan: Plan): string =>
  [
    priceText(plan),
    plan.firstAmountFen === null ? '' : t.firstCharge(moneyText(plan.firstAmountFen, plan.currency)),
    plan.trialDays > 0 ? contractMessages.plans.trial(plan.trialDays) : '',
  ]
    .filter(Boolean)
    .join(inLanguage('，', ', '))

soldPage({
  names: { one: t.plan, another: t.newPlan, retire: t.retirePlanText },
  code: 'plan',
  data: { noticePlace: '', provider: contractProvider },
  rows,
  async find(code) {
    const { plans, noticePlace } = await ask('plans', {})
    const stored = plans.find(({ plan }) => plan === code)
    return { stored, beside: { noticePlace, provider: stored?.provider ?? contractProvider } }
  },
  formOf,
  wishOf: planOf,
  price: wholePrice,
  store: async (version, plan) =>
    (await act('savePlan', { version, plan: { ...plan, currency: 'CNY' } }, { repeats: true })).plan,
})
