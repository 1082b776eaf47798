// Exports for staff: choose what and which days, follow the progress, and get the file as a link or send it to a chat.

import type { AdminResults, ExportView } from '../../../../cloudfunctions/shared/api/admin'
import { inLanguage, isChinese } from '../../../messages'
import { beijingDay, beijingMinute, dayMs } from '../../../rules/beijing'
import { longestDays } from '../../../rules/terms'
import { copyText } from '../../../services/clipboard'
import { codeOf, type FailureCode } from '../../../services/cloud'
import { learnTime, newNumber } from '../../../services/serverTime'
import { type PlaceState, placeOf, type Tap } from '../backOffice'
import { detailPage } from '../detailPage'
import { adminMessages } from '../messages'
import { act, ask } from '../service'
import { t } from './messages'

type What = ExportView['what']

interface Row {
  id: string
  title: string
  state: ExportView['state']
  stateText: string
  tone: 'good' | 'warn' | 'bad' | ''
  rows: string
  percent: number
  covered: string
  about: string
  note: string
  label: string
}

const kinds = (['orders', 'refunds', 'charges'] as const).map((value) => ({ value, label: t.what[value] }))
const tones = { running: 'warn', done: 'good', failed: 'bad', expired: '' } as const
const pendingKey = 'pendingExport'
// Pause between two polls, in ms. The pause is short, because each poll also makes the server work on the export for
// some seconds.
const lookMs = 1_000
const slowestLookMs = 16_000
const downloadMs = 60_000

const grouped = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ',')

function sizeText(bytes: number): string {
  if (bytes < 1_024) return `${bytes} B`
  if (bytes < 1_048_576) return `${Math.round(bytes / 1_024)} KB`
  return `${(bytes / 1_048_576).toFixed(1)} MB`
}

function rowOf(view: ExportView): Row {
  const { id, state, createdAt, rows, bytes, by } = view
  const title = t.title(t.what[view.what], view.from, view.to)
  const percent = Math.floor(view.progress * 100)
  const row = {
    id,
    title,
    state,
    stateText: t.states[state],
    tone: tones[state],
    rows: t.rows(rows, grouped(rows)),
    percent,
    covered: t.covered(percent),
    about: [beijingMinute(createdAt), by, t.rows(rows, grouped(rows)), sizeText(bytes)]
      .filter((part) => part !== '')
      .join(' · '),
    note: state === 'expired' ? t.expired : view.failure === 'tooMany' ? t.tooMany : '',
  }
  return { ...row, label: [title, row.stateText, row.rows].join(inLanguage('，', ', ')) }
}

interface Fields {
  exports: ExportView[]
  timer: ReturnType<typeof setTimeout> | undefined
  waitMs: number
  isShown: boolean
  /** Paths of the files that this phone has downloaded, by export id. */
  files: Map<string, string>
}

detailPage({
  title: adminMessages.pages.exports,
  data: {
    t,
    broken: '',
    kinds,
    what: 'orders' as What,
    meaning: t.meaning.orders,
    from: '',
    to: '',
    today: '',
    problem: '',
    starting: false,
    /** Id of the export whose link or file the page is fetching. */
    busyId: '',
    offline: false,
    rows: [] as Row[],
  },
  fields: (): Fields => ({ exports: [], timer: undefined, waitMs: lookMs, isShown: true, files: new Map() }),
  read: (): Promise<AdminResults['export']> => ask('export', { list: true }),
  show({ exports, broken, now }): PlaceState {
    learnTime(now)
    this.exports = exports
    const today = beijingDay(now)
    const days = this.data.from === '' ? { from: beijingDay(now - 29 * dayMs), to: today } : {}
    this.setData({ broken: adminMessages.broken(broken), today, offline: false, rows: exports.map(rowOf), ...days })
    this.lookSoon(lookMs)
    return 'ready'
  },
  methods: {
    onShow(): void {
      if (this.isShown) return
      this.isShown = true
      this.load()
    },
    onHide(): void {
      this.rest()
    },
    onUnload(): void {
      this.rest()
    },
    rest(): void {
      this.isShown = false
      if (this.timer !== undefined) clearTimeout(this.timer)
    },
    fail(code: FailureCode): void {
      const errorText = adminMessages.errors[code]
      if (this.data.state !== 'ready' || code === 'Forbidden') this.setData({ state: placeOf(code), errorText })
      else if (this.isRunning()) this.lookLater()
      else wx.showToast({ title: errorText, icon: 'none' })
    },
    onWhat(event: Tap): void {
      const what = event.detail.value as What
      this.setData({ what, meaning: t.meaning[what], problem: '' })
    },
    onDay({ currentTarget, detail }: Tap<{ name: 'from' | 'to' }>): void {
      this.setData({ [currentTarget.dataset.name]: detail.value, problem: '' })
    },
    async onStart(): Promise<void> {
      if (this.data.starting) return
      const { what, from, to } = this.data
      const days = (Date.parse(to) - Date.parse(from)) / dayMs + 1
      const problem = days < 1 ? t.wrongWay : days > longestDays.export ? t.tooLong : ''
      this.setData({ problem })
      if (problem !== '') return
      this.setData({ starting: true })
      const language = isChinese ? ('zh' as const) : ('en' as const)
      const wish = { what, from, to, language }
      try {
        const { exports } = await act('export', { start: { requestId: requestIdOf(wish), ...wish } }, { repeats: true })
        wx.removeStorageSync(pendingKey)
        this.keep(exports)
        await this.load()
      } catch (error) {
        const code = codeOf(error)
        // If the server refused the request, forget the request's number (requestId). If no clear answer came, the
        // server may have accepted the request, so keep the number for the retry.
        if (code !== 'Network' && code !== 'Internal') wx.removeStorageSync(pendingKey)
        if (code === 'Forbidden') this.setData({ state: 'forbidden' })
        else this.setData({ problem: code === 'Conflict' ? t.busy : adminMessages.errors[code] })
      } finally {
        this.setData({ starting: false })
      }
    },
    /** Merges newer states of the exports into the list on screen. */
    keep(views: readonly ExportView[]): void {
      const ids = new Set(views.map(({ id }) => id))
      const known = new Map(this.exports.map((one) => [one.id, one]))
      const fresh = views.filter(({ id }) => !known.has(id))
      const merged = this.exports.map((one) => {
        const newer = ids.has(one.id) ? views.find(({ id }) => id === one.id) : undefined
        // Only the list request returns staff names, so keep the name already shown.
        return newer ? { ...newer, by: one.by } : one
      })
      this.exports = [...fresh, ...merged]
      this.setData({ rows: this.exports.map(rowOf) })
    },
    isRunning(): boolean {
      return this.exports.some(({ state }) => state === 'running')
    },
    lookSoon(waitMs: number): void {
      if (this.timer !== undefined) clearTimeout(this.timer)
      if (!this.isShown || !this.isRunning()) return
      this.waitMs = waitMs
      this.timer = setTimeout(() => this.look(), waitMs)
    },
    /** Polls the running exports one after the other. Each poll also makes the server continue the export. */
    async look(): Promise<void> {
      const mine = this.round
      try {
        for (const { id, state } of this.exports) {
          if (state !== 'running' || !this.isShown) continue
          const { exports } = await ask('export', { read: id })
          if (mine !== this.round) return
          this.keep(exports)
        }
        this.setData({ offline: false })
        this.lookSoon(lookMs)
      } catch {
        if (mine !== this.round) return
        this.lookLater()
      }
    },
    /** After a failed poll: shows the error and polls again after twice the previous pause. */
    lookLater(): void {
      this.setData({ offline: true })
      this.lookSoon(Math.min(this.waitMs * 2, slowestLookMs))
    },
    /** Fetches a fresh download link. Shows an error and resolves to undefined when there is none. */
    async linkOf(id: string): Promise<{ url: string; view: ExportView } | undefined> {
      try {
        const { exports } = await ask('export', { read: id })
        this.keep(exports)
        const [view] = exports
        if (view?.url) return { url: view.url, view }
        wx.showToast({ title: t.linkGone, icon: 'none' })
      } catch (error) {
        wx.showToast({ title: adminMessages.errors[codeOf(error)], icon: 'none' })
      }
      return undefined
    },
    async onCopy(event: Tap<{ id: string }>): Promise<void> {
      if (this.data.busyId !== '') return
      await this.copyLink(event.currentTarget.dataset.id, t.linkCopied)
    },
    async copyLink(id: string, said: string): Promise<void> {
      this.setData({ busyId: id })
      const link = await this.linkOf(id)
      this.setData({ busyId: '' })
      if (link) void copyText(link.url, said)
    },
    async onSend(event: Tap<{ id: string }>): Promise<void> {
      if (this.data.busyId !== '') return
      const { id } = event.currentTarget.dataset
      const there = this.files.get(id)
      const known = this.exports.find((one) => one.id === id)
      if (there !== undefined && known) {
        share(there, known, () => {
          // Sharing failed again after a second tap, so offer the link instead.
          this.files.delete(id)
          this.copyLink(id, t.cannotSend)
        })
        return
      }
      this.setData({ busyId: id })
      const link = await this.linkOf(id)
      const file = link && typeof wx.shareFileMessage === 'function' ? await download(link.url) : undefined
      this.setData({ busyId: '' })
      if (!link) return
      if (file === undefined) return void copyText(link.url, t.cannotSend)
      this.files.set(id, file)
      // WeChat allows sharing only right after a tap. If the download took too long, ask for another tap.
      share(file, link.view, () => wx.showToast({ title: t.sendReady, icon: 'none', duration: 3_000 }))
    },
  },
})

/**
 * The same request keeps its idempotency key until the server has answered, so that a second tap or a lost reply makes
 * one export.
 */
function requestIdOf(wish: object): string {
  const text = JSON.stringify(wish)
  const stored: unknown = wx.getStorageSync(pendingKey)
  if (typeof stored === 'object' && stored !== null) {
    const { requestId, wish: before } = stored as { requestId?: unknown; wish?: unknown }
    if (typeof requestId === 'string' && before === text) return requestId
  }
  const requestId = newNumber()
  wx.setStorageSync(pendingKey, { requestId, wish: text })
  return requestId
}

/** Downloads the file and resolves to its path on this phone; undefined when the download failed. */
function download(url: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    wx.downloadFile({
      url,
      timeout: downloadMs,
      success: ({ statusCode, tempFilePath }) => resolve(statusCode === 200 ? tempFilePath : undefined),
      fail: () => resolve(undefined),
    })
  })
}

function share(filePath: string, { what, from, to }: ExportView, failed: () => void): void {
  wx.shareFileMessage({
    filePath,
    fileName: `${t.title(t.what[what], from, to)}.csv`,
    fail: ({ errMsg }) => {
      if (!/cancel/.test(errMsg)) failed()
    },
  })
}
