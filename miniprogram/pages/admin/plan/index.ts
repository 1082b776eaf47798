// One plan: its form for owners. What changes counts for contracts signed later; retired and put back with one tap.
import type { StaffPlanView } from '../../../../cloudfunctions/shared/api/admin'
import type { PageWith } from '../../../componentWith'
import { contractMessages } from '../../../contractMessages'
import { priceText } from '../../../contractTexts'
import { inLanguage } from '../../../messages'
import { moneyText } from '../../../money'
import { codeOf } from '../../../services/cloud'
import { type PlaceState, placeOf } from '../backOffice'
import { t } from '../goods/messages'
import { agreedPrice, agreedSale, saveOnce } from '../goods/saving'
import { adminMessages, providerName } from '../messages'
import { act, ask, whoAmI } from '../service'
import { fenOf, yuanOf } from '../texts'

type Plan = Omit<StaffPlanView, 'version'>
type Text =
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
type Choice = 'amountKind' | 'period' | 'debitRule' | 'window' | 'provider'
type Form = Record<Text | Choice, string>

// WeChat Pay is the one whose contracts we know; a plan that names another one shows it too.
const contractProvider = 'wechatpay'
// Debits above this are a slip of the keyboard; the server says the same.
const highestFen = 10_000_000

const empty: Form = {
  plan: '',
  title: '',
  titleEn: '',
  note: '',
  noteEn: '',
  amount: '',
  ceiling: '',
  first: '',
  trial: '0',
  template: '',
  rank: '100',
  amountKind: 'fixed',
  period: 'month',
  debitRule: 'preNotice',
  window: 'none',
  provider: contractProvider,
}

const choices: { name: Choice; label: string; options: { value: string; label: string }[] }[] = [
  { name: 'amountKind', label: t.fields.amountKind, options: optionsOf(t.kinds) },
  { name: 'period', label: t.fields.period, options: optionsOf(t.periods) },
  { name: 'debitRule', label: t.fields.debitRule, options: optionsOf(t.rules) },
  {
    name: 'window',
    label: t.fields.window,
    options: [
      { value: 'none', label: t.windows.none },
      ...[1, 2, 3].map((days) => ({ value: String(days), label: t.windows.days(days) })),
    ],
  },
  { name: 'provider', label: t.fields.provider, options: [optionOf(contractProvider)] },
]

const texts: { name: Text; label: string; hint: string; type: string; longest: number }[] = [
  { name: 'plan', label: t.fields.plan, hint: t.hints.sku, type: 'text', longest: 64 },
  { name: 'title', label: t.fields.title, hint: '', type: 'text', longest: 60 },
  { name: 'titleEn', label: t.fields.titleEn, hint: '', type: 'text', longest: 60 },
  { name: 'note', label: t.fields.note, hint: '', type: 'text', longest: 120 },
  { name: 'noteEn', label: t.fields.noteEn, hint: '', type: 'text', longest: 120 },
  { name: 'amount', label: t.fields.amount, hint: '', type: 'digit', longest: 14 },
  { name: 'ceiling', label: t.fields.ceiling, hint: t.hints.ceiling, type: 'digit', longest: 14 },
  { name: 'first', label: t.fields.first, hint: t.hints.first, type: 'digit', longest: 14 },
  { name: 'trial', label: t.fields.trial, hint: t.hints.trial, type: 'number', longest: 3 },
  { name: 'template', label: t.fields.template, hint: t.hints.template, type: 'number', longest: 32 },
  { name: 'rank', label: t.fields.rank, hint: t.hints.rank, type: 'number', longest: 4 },
]

function optionsOf(words: object): { value: string; label: string }[] {
  return Object.entries(words).map(([value, label]) => ({ value, label: String(label) }))
}

function optionOf(code: string): { value: string; label: string } {
  return { value: code, label: providerName(code) }
}

const formOf = (plan: StaffPlanView): Form => ({
  plan: plan.plan,
  title: plan.title,
  titleEn: plan.titleEn,
  note: plan.note,
  noteEn: plan.noteEn,
  amount: yuanOf(plan.amountFen),
  ceiling: yuanOf(plan.ceilingFen),
  first: plan.firstAmountFen === null ? '' : yuanOf(plan.firstAmountFen),
  trial: String(plan.trialDays),
  template: plan.template,
  rank: String(plan.rank),
  amountKind: plan.amountKind,
  period: plan.period,
  debitRule: plan.debitRule,
  window: plan.windowDays === null ? 'none' : String(plan.windowDays),
  provider: plan.provider,
})

const windows = new Map<string, 1 | 2 | 3>([
  ['1', 1],
  ['2', 2],
  ['3', 3],
])

/** What is wrong with a form, by field, and the plan that it says when nothing is. */
function readForm(form: Form, onSale: boolean): { problems: Partial<Record<Text, string>>; plan: Plan } {
  const isFixed = form.amountKind === 'fixed'
  const amountFen = fenOf(form.amount) ?? 0
  const ceilingFen = isFixed ? amountFen : (fenOf(form.ceiling) ?? 0)
  // A fixed amount is the first one too.
  const firstText = isFixed ? '' : form.first.trim()
  const firstAmountFen = firstText === '' ? null : (fenOf(firstText) ?? 0)
  const trialDays = Number(form.trial.trim())
  const problems: Partial<Record<Text, string>> = {
    ...(!/^[\w.-]{1,64}$/.test(form.plan.trim()) && { plan: t.problems.code }),
    ...(form.title.trim() === '' && { title: t.problems.title }),
    ...(form.titleEn.trim() === '' && { titleEn: t.problems.title }),
    ...(amountFen > highestFen && { amount: t.problems.tooHigh }),
    ...(amountFen < 1 && { amount: t.problems.amount }),
    ...(!isFixed && ceilingFen > highestFen && { ceiling: t.problems.tooHigh }),
    ...(!isFixed && ceilingFen < amountFen && { ceiling: t.problems.ceiling }),
    ...(!isFixed && ceilingFen < 1 && { ceiling: t.problems.amount }),
    ...(firstAmountFen !== null && firstAmountFen > ceilingFen && { first: t.problems.first }),
    ...(firstAmountFen !== null && firstAmountFen < 1 && { first: t.problems.amount }),
    ...((!/^\d{1,3}$/.test(form.trial.trim()) || trialDays > 365) && { trial: t.problems.trial }),
    ...(!/^\d{1,32}$/.test(form.template.trim()) && { template: t.problems.template }),
    ...(!/^\d{1,4}$/.test(form.rank.trim()) && { rank: t.problems.rank }),
  }
  const plan: Plan = {
    plan: form.plan.trim(),
    title: form.title.trim(),
    titleEn: form.titleEn.trim(),
    note: form.note.trim(),
    noteEn: form.noteEn.trim(),
    currency: 'CNY',
    amountKind: isFixed ? 'fixed' : 'ceiling',
    amountFen,
    ceilingFen,
    firstAmountFen,
    period: form.period as Plan['period'],
    trialDays,
    debitRule: form.debitRule as Plan['debitRule'],
    windowDays: form.debitRule === 'preNotice' ? (windows.get(form.window) ?? null) : null,
    template: form.template.trim(),
    provider: form.provider,
    onSale,
    rank: Number(form.rank),
  }
  return { problems, plan }
}

/** All that a subscriber pays, as one text: what a person confirms. */
const wholePrice = (plan: Plan): string =>
  [
    priceText(plan),
    plan.firstAmountFen === null ? '' : t.firstCharge(moneyText(plan.firstAmountFen, plan.currency)),
    plan.trialDays > 0 ? contractMessages.plans.trial(plan.trialDays) : '',
  ]
    .filter(Boolean)
    .join(inLanguage('，', ', '))

interface Fields {
  code: string
  plan: StaffPlanView | undefined
}

;(Component as PageWith<Fields>)({
  data: {
    t,
    a: adminMessages,
    state: 'loading' as PlaceState,
    errorText: '',
    texts,
    choices,
    isNew: true,
    onSale: true,
    form: empty,
    problems: {} as Partial<Record<Text, string>>,
    problem: '',
    mayChange: false,
    isStale: false,
    noticePlace: '',
    busy: '',
  },
  lifetimes: {
    created() {
      this.code = ''
      this.plan = undefined
    },
  },
  methods: {
    onLoad(query: { plan?: string }): void {
      this.code = query.plan ?? ''
      wx.setNavigationBarTitle({ title: this.code === '' ? t.newPlan : t.plan })
      this.load()
    },
    onRetry(): void {
      this.setData({ state: 'loading' })
      this.load()
    },
    async load(): Promise<void> {
      try {
        const [{ plans, noticePlace }, { role }] = await Promise.all([ask('plans', {}), whoAmI()])
        const plan = plans.find((one) => one.plan === this.code)
        if (this.code !== '' && !plan) {
          this.setData({ state: 'error', errorText: adminMessages.errors.NotFound })
          return
        }
        if (this.code === '' && role !== 'owner') this.setData({ state: 'forbidden' })
        else this.setData({ state: 'ready', mayChange: role === 'owner', isStale: false, problem: '', noticePlace })
        if (plan) this.show(plan)
      } catch (error) {
        const code = codeOf(error)
        this.setData({ state: placeOf(code), errorText: adminMessages.errors[code] })
      }
    },
    show(plan: StaffPlanView): void {
      this.plan = plan
      const isOther = plan.provider !== contractProvider
      this.setData({
        isNew: false,
        onSale: plan.onSale,
        form: formOf(plan),
        problems: {},
        choices: isOther
          ? choices.map((one) =>
              one.name === 'provider' ? { ...one, options: [...one.options, optionOf(plan.provider)] } : one,
            )
          : choices,
      })
    },
    onInput(event: WechatMiniprogram.Input<{ name: Text }>): void {
      const { name } = event.currentTarget.dataset as { name: Text }
      this.setData({ [`form.${name}`]: event.detail.value, [`problems.${name}`]: '', problem: '' })
    },
    onChoose(event: WechatMiniprogram.TouchEvent<object, object, { name: Choice; value: string }>): void {
      if (!this.data.mayChange) return
      const { name, value } = event.currentTarget.dataset
      this.setData({ [`form.${name}`]: value, problems: {}, problem: '' })
    },
    onCopyNotice(): void {
      wx.setClipboardData({
        data: `${this.data.noticePlace}/${this.data.form.provider}`,
        success: () => wx.showToast({ title: t.endNotice.copied, icon: 'success' }),
      })
    },
    async onSave(): Promise<void> {
      if (this.data.busy !== '' || !this.data.mayChange) return
      const { problems, plan } = readForm(this.data.form, this.data.onSale)
      this.setData({ problems, problem: '' })
      if (Object.keys(problems).length > 0) return
      const before = this.plan
      const title = inLanguage(plan.title, plan.titleEn)
      await saveOnce(this, before !== undefined, async () => {
        if (await agreedPrice(title, before && wholePrice(before), wholePrice(plan))) await this.send(plan)
      })
    },
    /** Retires, or puts back on sale, what is stored; what was typed meanwhile stays typed. */
    async onSaleTap(): Promise<void> {
      const { plan } = this
      if (!plan) return
      await saveOnce(this, true, async () => {
        if (!(await agreedSale(plan.onSale, t.retirePlanText))) return
        const { form } = this.data
        const { version: _, ...stored } = plan
        await this.send({ ...stored, onSale: !plan.onSale })
        this.setData({ form })
      })
    },
    async send(plan: Plan): Promise<void> {
      const version = this.plan?.version ?? null
      // The same once more is done already: the version says so. CNY is all that can be debited.
      const saved = await act('savePlan', { version, plan: { ...plan, currency: 'CNY' } }, { repeats: true })
      this.code = plan.plan
      this.show(saved.plan)
      wx.setNavigationBarTitle({ title: t.plan })
      wx.showToast({ title: adminMessages.saved, icon: 'success' })
    },
  },
})
