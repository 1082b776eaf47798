// The settings of the shop or of one payment service: a form in which secrets go in and never come out, and a test.
import type { SettingsFieldView, SettingsView } from '../../../../cloudfunctions/shared/api'
import type { PageWith } from '../../../componentWith'
import { inLanguage } from '../../../messages'
import { codeOf } from '../../../services/cloud'
import { serverNow } from '../../../services/serverTime'
import { once } from '../deed'
import { agreed } from '../dialogs'
import { type PlaceState, placeOf } from '../endless'
import { adminMessages } from '../messages'
import { act, ask } from '../service'
import { type KeyLine, keyLine, problemText, settingsName, standing, type Tone } from '../settings/health'
import { fieldName, t } from '../settings/messages'

interface Row extends Pick<SettingsFieldView, 'name' | 'kind' | 'isSecret' | 'isSet'> {
  label: string
  /** what stands in the field now: as stored, or as typed */
  text: string
  hint: string
  choices: { value: string; label: string }[]
  /** a key: many lines */
  isLong: boolean
  /** what is stored does not show: it is replaced whole, taken away, or kept */
  isHidden: boolean
  /** only "set" shows until somebody replaces it */
  isClosed: boolean
  mayRemove: boolean
  isRemoved: boolean
  isEdited: boolean
  /** of a map: what is there under which name, and what goes */
  entries: { name: string; isRemoved: boolean }[]
  /** of a map: the name of what is added */
  entry: string
  problem: string
}

interface Fields {
  code: string
  view: SettingsView | undefined
}

type Event = WechatMiniprogram.TouchEvent<object, object, { index: number; value: string }>

const longNames = /^(privateKey|publicKey|platformPublicKey|clientCertificate|platformCertificates)$/

// The server shortens what nobody reads to its end; such a text is replaced whole or not at all.
const isShortened = (value: unknown): boolean => typeof value === 'string' && value.endsWith('…')

function rowOf(field: SettingsFieldView): Row {
  const { name, kind, isSecret, isSet, isRequired, value } = field
  const choices =
    kind === 'flag'
      ? [
          { value: 'true', label: t.yes },
          { value: 'false', label: t.no },
        ]
      : field.choices.map((one) => ({ value: one, label: t.choices.get(one) ?? one }))
  const isHidden = isSet && kind !== 'map' && (isSecret || isShortened(value))
  return {
    name,
    kind,
    isSecret,
    isSet,
    label: `${fieldName(name)} · ${isRequired ? t.required : t.optional}`,
    text: isHidden || value === null || kind === 'map' ? '' : String(value),
    hint: isSecret ? t.secretHint : kind === 'list' ? t.listHint : isRequired ? '' : t.defaultHint,
    choices,
    isLong: longNames.test(name),
    isHidden,
    isClosed: isHidden,
    mayRemove: isSet && !isRequired && kind !== 'map',
    isRemoved: false,
    isEdited: false,
    entries:
      kind === 'map' && Array.isArray(value) ? value.map((one) => ({ name: String(one), isRemoved: false })) : [],
    entry: '',
    problem: '',
  }
}

const address = /^https?:\/\/[^\s/]+(\/[^\s]*[^\s/])?$/
const whole = /^-?\d{1,9}$/

/** What a row changes: undefined for nothing, null to take it away; or what is wrong with it. */
function changeOf(row: Row): { problem: string } | { value: unknown } | undefined {
  if (row.isRemoved) return { value: null }
  const text = row.text.trim()
  if (row.kind === 'map') return mapChange(row, text)
  if (!row.isEdited) return undefined
  // Cleared is taken away where it showed; where it must be there, the server says so. What does not show stays.
  if (text === '') return row.isSet && !row.isHidden ? { value: null } : undefined
  if (row.kind === 'flag') return { value: text === 'true' }
  if (row.kind === 'number') return whole.test(text) ? { value: Number(text) } : { problem: t.whole }
  if (row.kind === 'list') {
    const parts = text.split(/[,，、\s]+/)
    return parts.every((part) => whole.test(part)) ? { value: parts.map(Number) } : { problem: t.list }
  }
  if (/url$/i.test(row.name) && !address.test(text)) return { problem: t.address }
  return { value: text }
}

function mapChange(row: Row, text: string): { problem: string } | { value: unknown } | undefined {
  const name = row.entry.trim()
  if ((name === '') !== (text === '')) return { problem: t.mapBoth }
  const gone = row.entries.filter(({ isRemoved }) => isRemoved)
  if (name === '' && gone.length === 0) return undefined
  const isEmpty = name === '' && gone.length === row.entries.length
  if (isEmpty) return { value: null }
  return { value: Object.fromEntries([...gone.map((one) => [one.name, null]), ...(name === '' ? [] : [[name, text]])]) }
}

/** The stored texts that a row takes away, as the question before it names them. */
function goneOf(row: Row, value: unknown): string[] {
  const name = fieldName(row.name)
  if (row.kind !== 'map') return row.isHidden && value === null ? [name] : []
  return row.entries.flatMap((one) => (one.isRemoved ? [`${name} ${one.name}`] : []))
}

;(Component as PageWith<Fields>)({
  data: {
    t,
    a: adminMessages,
    state: 'loading' as PlaceState,
    errorText: '',
    name: '',
    text: '',
    tone: '' as Tone,
    seeded: false,
    wrong: '',
    rows: [] as Row[],
    keys: [] as KeyLine[],
    isOn: false,
    isShop: false,
    canTest: false,
    test: null as { text: string; look: string; tone: Tone; ms: string } | null,
    problem: '',
    isStale: false,
    busy: '',
  },
  lifetimes: {
    created() {
      this.code = ''
      this.view = undefined
    },
  },
  methods: {
    onLoad(query: { code?: string }): void {
      this.code = query.code ?? ''
      wx.setNavigationBarTitle({ title: settingsName({ code: this.code }) })
      this.load()
    },
    onRetry(): void {
      this.setData({ state: 'loading' })
      this.load()
    },
    async load(): Promise<void> {
      try {
        this.show((await ask('settings', {})).settings)
      } catch (error) {
        const code = codeOf(error)
        this.setData({ state: placeOf(code), errorText: adminMessages.errors[code] })
      }
    },
    show(settings: SettingsView[]): void {
      const view = settings.find(({ code }) => code === this.code)
      if (!view) {
        this.setData({ state: 'error', errorText: adminMessages.errors.NotFound })
        return
      }
      this.view = view
      const now = serverNow()
      this.setData({
        ...standing(view, now),
        state: 'ready',
        name: settingsName(view),
        seeded: view.seeded,
        wrong: problemText(view.problem),
        rows: view.fields.map(rowOf),
        keys: view.keys.map((key) => keyLine(key, now)),
        isOn: view.version !== null,
        isShop: view.code === 'shop',
        canTest: view.canTest,
        problem: '',
        isStale: false,
      })
    },
    edit(index: number, changes: Partial<Row>): void {
      const row = this.data.rows[index]
      if (!row) return
      this.setData({ [`rows[${index}]`]: { ...row, problem: '', ...changes }, problem: '' })
    },
    onInput(event: WechatMiniprogram.Input): void {
      const { index } = event.currentTarget.dataset as { index: number }
      this.edit(index, { text: event.detail.value, isEdited: true, isRemoved: false })
    },
    onEntry(event: WechatMiniprogram.Input): void {
      const { index } = event.currentTarget.dataset as { index: number }
      this.edit(index, { entry: event.detail.value })
    },
    onChoose(event: Event): void {
      const { index, value } = event.currentTarget.dataset
      this.edit(index, { text: value, isEdited: true, isRemoved: false })
    },
    onReplace(event: Event): void {
      const { index } = event.currentTarget.dataset
      this.edit(index, { isClosed: false, isEdited: true, isRemoved: false, text: '', hint: t.replaceHint })
    },
    onKeep(event: Event): void {
      const { index } = event.currentTarget.dataset
      const field = this.view?.fields[index]
      if (field) this.edit(index, rowOf(field))
    },
    onRemove(event: Event): void {
      const { index } = event.currentTarget.dataset
      const field = this.view?.fields[index]
      if (field) this.edit(index, { ...rowOf(field), isRemoved: true })
    },
    /** One text of a map goes, or stays after all. */
    onEntryRemove(event: Event): void {
      const { index, value } = event.currentTarget.dataset
      const row = this.data.rows[index]
      if (!row) return
      const entries = row.entries.map((one) => (one.name === value ? { ...one, isRemoved: !one.isRemoved } : one))
      this.edit(index, { entries })
    },
    async onSave(): Promise<void> {
      const { view } = this
      if (this.data.busy !== '' || !view) return
      const changes = this.data.rows.map(changeOf)
      const moves = view.fields.some(({ name, isSet, value }, index) => {
        const change = changes[index]
        return name === 'baseUrl' && isSet && change && 'value' in change && change.value !== value
      })
      const rows = this.data.rows.map((row, index) => {
        const change = changes[index]
        // The server hands no stored secret to another address.
        if (moves && row.isSecret && row.isSet && !change) return { ...row, problem: t.withAddress }
        return { ...row, problem: change && 'problem' in change ? change.problem : '' }
      })
      this.setData({ rows, problem: '' })
      if (rows.some(({ problem }) => problem !== '')) return
      const fields = Object.fromEntries(
        rows.flatMap(({ name }, index) => {
          const change = changes[index]
          return change && 'value' in change ? [[name, change.value]] : []
        }),
      )
      if (Object.keys(fields).length === 0) {
        this.setData({ problem: t.nothing })
        return
      }
      const changed = rows.filter(({ name }) => name in fields)
      const gone = changed.flatMap((row) => goneOf(row, fields[row.name]))
      const replaced = changed
        .filter(({ name, isSecret, isSet }) => isSecret && isSet && fields[name] !== null)
        .map(({ name }) => fieldName(name))
      await this.deed('save', async () => {
        const together = (names: string[]) => names.join(inLanguage('、', ', '))
        const confirm =
          replaced.length + gone.length === 0 ||
          (await agreed({
            title: t.sureTitle,
            content: t.sureText(together(replaced), together(gone)),
            confirmText: adminMessages.save,
          }))
        if (!confirm) return
        const { code, version } = view
        this.show((await act('saveSettings', { code, version, enabled: true, fields })).settings)
        this.setData({ test: null })
        wx.showToast({ title: adminMessages.saved, icon: 'success' })
      })
    },
    async onOff(): Promise<void> {
      const { view } = this
      if (!view) return
      await this.deed('off', async () => {
        const confirm = await agreed({
          title: t.offTitle,
          content: t.offText(settingsName(view)),
          confirmText: t.off1,
        })
        if (!confirm) return
        const { code, version } = view
        this.show((await act('saveSettings', { code, version, enabled: false, fields: {} })).settings)
        this.setData({ test: null })
      })
    },
    async onTest(): Promise<void> {
      await this.deed('test', async () => {
        this.setData({ test: null })
        const { outcome, look, ms } = (await act('testSettings', { code: this.code })).result
        const names = look.map(fieldName).join(inLanguage('、', ', '))
        this.setData({
          test: {
            text: t.outcomes[outcome],
            look: outcome === 'answered' || names === '' ? '' : t.look(names),
            tone: outcome === 'answered' ? 'good' : 'bad',
            ms: t.ms(ms),
          },
        })
      })
    },
    async deed(what: 'save' | 'off' | 'test', work: () => Promise<void>): Promise<void> {
      const begin = () => {
        this.setData({ problem: '' })
        return work()
      }
      await once(this, what, begin, (code) => {
        const words: Partial<Record<typeof code, string>> =
          what === 'test' ? {} : { Conflict: t.changed, BadInput: t.refused, Network: t.unsure }
        const isStale = what !== 'test' && (code === 'Conflict' || code === 'Network')
        this.setData({ problem: words[code] ?? adminMessages.errors[code], isStale })
      })
    },
  },
})
