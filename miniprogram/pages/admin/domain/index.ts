// For owners: the settings of one connected system, which sends its customers to the shop's cashier. The page shows the
// secret of the connected system once.

import type { AdminAsked, AdminResults, DomainView } from '../../../../cloudfunctions/shared/api/admin'
import { beginningPattern, domainCodePattern, domainRatePattern, requestChannelPattern } from '../../../rules/numbers'
import { longest, payTypes } from '../../../rules/terms'
import { agreed } from '../dialogs'
import { t } from '../domains/messages'
import type { Field, Texts } from '../formFields'
import { formPage } from '../formPage'
import { adminMessages } from '../messages'
import { act, ask } from '../service'

type Name = keyof typeof t.fields
type Form = Texts<Name>

const addressesOf = (text: string): string[] => text.split(/\s+/).filter(Boolean)
// In a list that staff type, a dash stands for an empty value.
const valuesOf = (text: string): string[] => text.split(/[,，]/).map((one) => one.trim().replace(/^-$/, ''))
const listText = (values: readonly string[]): string => values.map((one) => one || '-').join(', ')

const wrongAddresses = (text: string): string | false => {
  const all = addressesOf(text)
  return (
    (all.length === 0 || all.length > 20 || !all.every((one) => beginningPattern.test(one))) && t.problems.addresses
  )
}
const wrongValues = (pattern: RegExp) => (text: string) =>
  (text === '' || !valuesOf(text).every((one) => pattern.test(one))) && t.problems.list

const options = <T extends string>(labels: Record<T, string>) =>
  (Object.keys(labels) as T[]).map((value) => ({ value, label: labels[value] }))

const rows: readonly Omit<Field<Name>, 'label'>[] = [
  { name: 'signature', kind: 'choice', initial: 'values', options: options(t.signatures) },
  ...payTypes.map((name) => ({
    name,
    kind: 'choice' as const,
    initial: name === 'Wechat' ? 'on' : 'off',
    options: options(t.ways),
    rule: (_: string, form: Form) =>
      payTypes.every((one) => form[one] === 'off') && name === 'Wechat' && t.problems.ways,
  })),
  { name: 'bareOpenid', kind: 'choice', initial: 'once', options: options(t.openids) },
  {
    name: 'code',
    longest: 32,
    hint: t.hints.code,
    isFixed: true,
    rule: (text) => !domainCodePattern.test(text) && t.problems.code,
  },
  { name: 'name', longest: longest.label, rule: (text) => text === '' && t.problems.name },
  {
    name: 'origins',
    longest: 2_000,
    hint: t.hints.origins,
    sample: 'https://race.example',
    rule: wrongAddresses,
  },
  {
    name: 'hosts',
    longest: 2_000,
    hint: t.hints.hosts,
    sample: 'https://race.example/paid',
    rule: wrongAddresses,
  },
  {
    name: 'rates',
    longest: 300,
    initial: '-, *',
    hint: t.hints.rates,
    rule: wrongValues(domainRatePattern),
  },
  {
    name: 'requestChannels',
    longest: 300,
    initial: '-, *',
    hint: t.hints.requestChannels,
    rule: wrongValues(requestChannelPattern),
  },
]

const formOf = (domain: DomainView): Form => ({
  code: domain.code,
  name: domain.name,
  origins: domain.origins.join(' '),
  hosts: domain.hosts.join(' '),
  signature: domain.signature,
  rates: listText(domain.rates),
  requestChannels: listText(domain.requestChannels),
  bareOpenid: domain.bareOpenid ? 'bare' : 'once',
  ...(Object.fromEntries(payTypes.map((type) => [type, domain.channels.includes(type) ? 'on' : 'off'])) as Pick<
    Form,
    (typeof payTypes)[number]
  >),
})

type Wish = Extract<AdminAsked<'changeDomain'>, { save: unknown }>['save']['domain']

const wishOf = (form: Form): Wish => ({
  code: form.code.trim(),
  name: form.name.trim(),
  signature: form.signature === 'hmac' ? 'hmac' : 'values',
  origins: addressesOf(form.origins),
  hosts: addressesOf(form.hosts),
  channels: payTypes.filter((type) => form[type] === 'on'),
  rates: valuesOf(form.rates),
  requestChannels: valuesOf(form.requestChannels),
  bareOpenid: form.bareOpenid === 'bare',
})

const shownOf = ({ state, hasTwoSecrets, usesNext }: DomainView) => ({
  isOn: state === 'open',
  hasTwoSecrets,
  usesNext,
})

formPage({
  title: (query) => (query.code ? t.one : t.another),
  data: { t, isOn: true, hasTwoSecrets: false, usesNext: false, secret: '', isLost: false },
  rows: rows.map((row) => ({ ...row, label: t.fields[row.name] })),
  isNew: (query) => !query.code,
  formOf,
  async read(query): Promise<DomainView | undefined> {
    const stored = (await ask('domains', {})).domains.find(({ code }) => code === query.code)
    if (stored) this.setData(shownOf(stored))
    return stored
  },
  async save(form): Promise<void> {
    const isNew = !this.stored
    const wish = { version: this.stored?.version ?? null, domain: wishOf(form) }
    const done = await act('changeDomain', { save: wish }, { repeats: true })
    this.take(done)
    if (isNew && done.secret === null) this.setData({ isLost: true })
  },
  words: (failure, isStored) =>
    ({ Conflict: isStored ? t.changed : t.taken, BadInput: t.problems.apart, Network: t.unsaved })[failure as string],
  methods: {
    take({ domain, secret }: AdminResults['changeDomain']): void {
      this.query = { code: domain.code }
      this.setData({ ...shownOf(domain), ...(secret !== null && { secret, isLost: false }) })
      this.put(domain)
      wx.setNavigationBarTitle({ title: t.one })
      if (secret === null) wx.showToast({ title: adminMessages.saved, icon: 'success' })
      else wx.pageScrollTo({ scrollTop: 0 })
    },
    onNewSecret(): Promise<void> {
      return this.changeAfter({ title: t.newSecretTitle, content: t.newSecretText, confirmText: t.make }, (code) => ({
        newSecret: code,
      }))
    },
    onEndOld(): Promise<void> {
      return this.changeAfter({ title: t.endOldTitle, content: t.endOldText, confirmText: t.end }, (code) => ({
        endOldSecret: code,
      }))
    },
    onSwitch(): Promise<void> {
      return this.data.isOn
        ? this.changeAfter({ title: t.offTitle, content: t.offText, confirmText: t.switchOff }, (code) => ({
            switchOff: code,
          }))
        : this.changeAfter(undefined, (code) => ({ switchOn: code }))
    },
    /**
     * Asks for confirmation and then changes the stored settings of the connected system. Typed values that are not
     * saved stay in the form.
     */
    async changeAfter(
      question: Parameters<typeof agreed>[0] | undefined,
      wish: (code: string) => AdminAsked<'changeDomain'>,
    ): Promise<void> {
      const { stored } = this
      if (!stored) return
      await this.saveOnce(async () => {
        if (question && !(await agreed(question))) return
        const { form } = this
        this.take(await act('changeDomain', wish(stored.code)))
        this.form = form
        this.showRows({})
      })
    },
  },
})
