// The settings form of the shop or of one provider, and a connection test. Stored secrets are never sent to the phone.
import type { KeyProofs, SettingsView } from '../../../../cloudfunctions/shared/api/admin'
import { inLanguage } from '../../../messages'
import type { Detail } from '../../../services/cloud'
import { serverNow } from '../../../services/serverTime'
import { createWatch, type Watch } from '../../../watch'
import { once, type PlaceState, type Tap } from '../backOffice'
import { detailPage } from '../detailPage'
import { agreed } from '../dialogs'
import { adminMessages } from '../messages'
import { act, ask } from '../service'
import { fieldTexts, keyLine, problemText, refusedText, settingsName, standing, type Tone } from '../settings/health'
import { t } from '../settings/messages'
import { asSent, type Row, readForm, rowOf, ruleText, touchedOf } from './form'
import { endText, type OlderRow, offText, olderProblem, olderRows } from './older'
import { callPace, type ProofRow, proofRows } from './proofs'

interface Test {
  text: string
  look: string
  tone: Tone
  ms: string
  /** The proofs of the key test, one row each; empty if the provider signs nothing that we could check. */
  proofs: ProofRow[]
}

interface Fields {
  code: string
  view: SettingsView | undefined
  /** Polls for the webhook call that the last key test asked the provider to make. */
  call: Watch | undefined
}

type Event = Tap<{ index: number; value: string; generation: number }>

/** Asks the server whether the provider has made its webhook call; undefined if the server did not answer. */
const readCall = (asked: { code: string; check: string }) => ask('keyCheck', asked).catch(() => undefined)

/** Marks each invalid field with its rule. An invalid key inside a list of keys is marked at the list. */
function marked(rows: readonly Row[], details: readonly Detail[]): Row[] {
  return rows.map((row) => {
    const found = details.find(({ field }) => field === row.name || field.split('.')[0] === row.name)
    return found ? { ...row, problem: ruleText(row, found.rule) } : row
  })
}

/** Page data from the stored settings, without anything that the owner has typed. */
function viewShown(view: SettingsView) {
  const now = serverNow()
  return {
    ...standing(view, now),
    name: settingsName(view),
    seeded: view.seeded,
    wrong: problemText(view),
    refused: refusedText(view),
    rows: marked(
      view.fields.map((field) => rowOf(field, view.code)),
      view.problems,
    ),
    keys: view.keys.map((key) => keyLine(key, { code: view.code, now })),
    isStored: view.version !== null,
    isOn: view.isOn,
    isShop: view.code === 'shop',
    offText: offText(view),
    older: olderRows(view),
    // The number of the current settings if the owner may delete them. They can be deleted only if the provider is
    // disabled and if they are not deleted yet. Otherwise 0.
    current: view.isOn ? 0 : (view.generations.find(({ replacedAt }) => replacedAt === null)?.generation ?? 0),
    noticeAddress: view.noticeAddress ?? '',
    noticeTitle: view.code === 'shop' ? t.pushTitle : t.noticeTitle,
    noticeText: view.code === 'shop' ? t.pushText : t.noticeText,
    isKeptOut: view.isKeptOut && view.isOn,
    canTest: view.canTest,
  }
}

/** The title while the page loads. The app may not know the provider's name yet, and its code means nothing to staff. */
function titleOf({ code = '' }: { code?: string }): string {
  const name = settingsName({ code })
  return name === code ? t.title : name
}

detailPage({
  title: titleOf,
  data: {
    t,
    ...({} as Partial<ReturnType<typeof viewShown>>),
    rows: [] as Row[],
    older: [] as OlderRow[],
    test: null as Test | null,
    problem: '',
    isStale: false,
  },
  fields: (): Fields => ({ code: '', view: undefined, call: undefined }),
  open({ code = '' }): void {
    this.code = code
  },
  read: async (): Promise<SettingsView[]> => (await ask('settings', {})).settings,
  show(settings): PlaceState {
    const view = settings.find(({ code }) => code === this.code)
    if (!view) {
      this.setData({ errorText: adminMessages.errors.NotFound })
      return 'error'
    }
    this.view = view
    // The app knows the provider's name by now.
    wx.setNavigationBarTitle({ title: settingsName(view) })
    this.setData({ ...viewShown(view), test: null, problem: '', isStale: false })
    return 'ready'
  },
  methods: {
    // Do not reload when the page shows again, because that would overwrite typed values.
    onShow(): void {},
    edit(index: number, changes: Partial<Row>): void {
      const row = this.data.rows[index]
      if (!row) return
      this.setData({ [`rows[${index}]`]: { ...row, problem: '', ...changes }, problem: '' })
      // The last test result no longer applies once the owner edits a value.
      if (this.data.test) this.tested(null)
    },
    onInput(event: Event): void {
      const { index } = event.currentTarget.dataset
      this.edit(index, { text: event.detail.value, isEdited: true, isRemoved: false })
    },
    onEntry(event: Event): void {
      const { index } = event.currentTarget.dataset
      this.edit(index, { entry: event.detail.value })
    },
    onReplace(event: Event): void {
      const { index } = event.currentTarget.dataset
      this.edit(index, { isClosed: false, isEdited: true, isRemoved: false, text: '', hint: t.replaceHint })
    },
    onKeep(event: Event): void {
      const { index } = event.currentTarget.dataset
      const field = this.view?.fields[index]
      if (field) this.edit(index, rowOf(field, this.code))
    },
    onRemove(event: Event): void {
      const { index } = event.currentTarget.dataset
      const field = this.view?.fields[index]
      if (field) this.edit(index, { ...rowOf(field, this.code), isRemoved: true })
    },
    /** Marks an entry of a map field for removal, or unmarks it. */
    onEntryRemove(event: Event): void {
      const { index, value } = event.currentTarget.dataset
      const row = this.data.rows[index]
      if (!row) return
      const entries = row.entries.map((one) => (one.name === value ? { ...one, isRemoved: !one.isRemoved } : one))
      this.edit(index, { entries })
    },
    /**
     * All changes that the owner has typed, by field. undefined if a field is invalid; the page then shows the error at
     * the field.
     */
    typed(): Record<string, unknown> | undefined {
      if (!this.view) return undefined
      const { rows, fields } = readForm(this.data.rows, this.view)
      this.setData({ rows, problem: '' })
      return fields
    },
    async onSave(): Promise<void> {
      const { view } = this
      if (this.data.busy !== '' || !view) return
      const fields = this.typed()
      if (!fields) return
      // If nothing has changed, saving is an error. But a disabled provider can be saved without changes, because
      // saving enables the provider again.
      if (Object.keys(fields).length === 0 && view.isOn) {
        this.setData({ problem: t.nothing })
        return
      }
      const { replaced, gone } = touchedOf(this.data.rows, fields)
      const failed = this.data.test?.tone === 'bad' ? this.data.test : null
      await this.attempt('save', async () => {
        const together = (names: string[]) => names.join(inLanguage('、', ', '))
        const doubt = failed ? t.failedBefore : ''
        const confirm =
          (replaced.length + gone.length === 0 && doubt === '') ||
          (await agreed({
            title: doubt === '' ? t.sureTitle : t.failed,
            content:
              doubt + (replaced.length + gone.length === 0 ? '' : t.sureText(together(replaced), together(gone))),
            confirmText: adminMessages.save,
          }))
        if (!confirm) return
        const { code, version } = view
        this.showNew((await act('saveSettings', { code, version, enabled: true, fields: asSent(fields) })).settings)
        // The owner saved the values in spite of a failed test. The failure now belongs to the stored settings.
        this.tested(failed)
        wx.showToast({ title: adminMessages.saved, icon: 'success' })
      })
    },
    async onOff(): Promise<void> {
      const { view } = this
      if (!view) return
      await this.attempt('off', async () => {
        const confirm = await agreed({
          title: t.offTitle,
          content: t.offText(settingsName(view)),
          confirmText: t.off1,
        })
        if (!confirm) return
        const { code, version } = view
        this.showNew((await act('saveSettings', { code, version, enabled: false, fields: {} })).settings)
      })
    },
    async onTest(): Promise<void> {
      const { view } = this
      if (this.data.busy !== '' || !view) return
      const fields = this.typed()
      if (!fields) return
      if (Object.keys(fields).length === 0 && view.version === null) {
        this.setData({ problem: t.fillFirst })
        return
      }
      await this.attempt('test', async () => {
        this.tested(null)
        const { code } = this
        const { outcome, look, ms, proofs } = (await act('testSettings', { code, fields: asSent(fields) })).result
        const names = fieldTexts(look, code)
        const isFine = outcome === 'answered'
        const isAwaited = proofs?.callback === 'awaited'
        this.tested({
          text: isAwaited ? t.testing : proofs && outcome === 'refused' ? t.failed : t.outcomes[outcome],
          look: isFine || names === '' || proofs ? '' : t.look(names),
          tone: isAwaited ? '' : isFine ? 'good' : 'bad',
          ms: t.ms(ms),
          proofs: proofs ? proofRows(proofs, { code, look, isLate: false }) : [],
        })
        if (proofs?.check) this.awaitCall(proofs, proofs.check)
      })
    },
    /** Polls until the provider has made its webhook call, and then shows the third proof. */
    awaitCall(proofs: KeyProofs, check: string): void {
      const { code } = this
      const show = ({ callback }: Pick<KeyProofs, 'callback'>, look: readonly string[], isLate = false): void => {
        const { test } = this.data
        if (!test) return
        const isFine = callback === 'opened'
        this.tested({
          ...test,
          text: isFine ? t.outcomes.answered : t.failed,
          tone: isFine ? 'good' : 'bad',
          proofs: proofRows({ ...proofs, callback }, { code, look, isLate }),
        })
      }
      const ask = async (): Promise<boolean> => {
        const reply = await readCall({ code, check })
        if (reply && reply.callback !== 'awaited') show(reply, reply.look)
        return reply?.callback === 'awaited' || reply === undefined
      }
      this.call = createWatch(ask, () => show({ callback: 'awaited' }, [], true))
      this.call.start(callPace)
    },
    onUnload(): void {
      this.call?.stop()
    },
    /** Shows a test's result. After a failed test the page does not call the settings healthy. */
    tested(test: Test | null): void {
      const { view } = this
      if (!view) return
      if (test === null) this.call?.stop()
      const stands = standing(view, serverNow())
      this.setData({ test, ...(test?.tone === 'bad' ? { text: t.failed, tone: 'bad' as const } : stands) })
    },
    async onRestore(event: Event): Promise<void> {
      const row = this.data.older.find(({ generation }) => generation === event.currentTarget.dataset.generation)
      if (!row) return
      await this.change(row.generation, 'restore', {
        title: t.restoreTitle,
        content: t.restoreText(row.title),
        confirmText: t.restore,
      })
    },
    async onEnd(event: Event): Promise<void> {
      const { generation } = event.currentTarget.dataset
      const one = this.view?.generations.find((all) => all.generation === generation)
      if (!one) return
      await this.change(generation, 'end', { title: t.endTitle, content: endText(one), confirmText: t.end })
    },
    async change(generation: number, what: 'restore' | 'end', question: Parameters<typeof agreed>[0]): Promise<void> {
      const { view } = this
      if (!view) return
      await this.attempt('older', async () => {
        if (!(await agreed(question))) return
        const { code, version, isOn } = view
        const older = { generation, do: what }
        // Deleting older settings leaves the provider enabled or disabled as it was. Restoring them enables it.
        const enabled = what === 'restore' || isOn
        this.showNew((await act('saveSettings', { code, version, enabled, fields: {}, older })).settings)
        wx.showToast({ title: what === 'restore' ? t.restored : t.ended, icon: 'success' })
      })
    },
    /** Dismisses the cases of refused keys. The next refusal opens a new case. */
    async onKnown(): Promise<void> {
      const { view } = this
      if (!view) return
      await this.attempt('known', async () => {
        for (const { id } of view.refusedKeys) await act('dismiss', { id, note: t.knownNote }, { repeats: true })
        this.showNew((await ask('settings', {})).settings)
      })
    },
    async attempt(what: 'save' | 'off' | 'test' | 'older' | 'known', work: () => Promise<void>): Promise<void> {
      const begin = () => {
        this.setData({ problem: '' })
        return work()
      }
      await once(this, what, begin, (code, details) => {
        const words: Partial<Record<typeof code, string>> =
          what === 'test' ? { BadInput: t.notTested } : { Conflict: t.changed, BadInput: t.refused, Network: t.unsure }
        // The form has no field for older settings, so show an error about them for the form as a whole.
        const older = details.find(({ field }) => field === 'older')
        const problem = olderProblem(older) ?? words[code] ?? adminMessages.errors[code]
        const isStale = what !== 'test' && !older && (code === 'Conflict' || code === 'Network')
        this.setData({ rows: marked(this.data.rows, details), problem, isStale })
      })
    },
  },
})
