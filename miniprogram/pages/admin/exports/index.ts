// Exports: what and which days, how far it is, and the file at its end as a link or sent to a chat.
import type { ExportView } from '../../../../cloudfunctions/shared/api'
import type { PageWith } from '../../../componentWith'
import { inLanguage } from '../../../messages'
import { codeOf } from '../../../services/cloud'
import { newNumber, serverNow } from '../../../services/serverTime'
import { timeText } from '../../../time'
import { type PlaceState, placeOf } from '../endless'
import { adminMessages } from '../messages'
import { ask } from '../service'
import { beijingDayOf } from '../texts'
import { t } from './messages'

type What = ExportView['what']

const lookAgainMs = 1_500
const whats = (['orders', 'refunds', 'charges'] as const).map((value) => ({ value, label: t.whats[value] }))

interface Fields {
  exports: ExportView[]
  requestId: string | undefined
  timer: ReturnType<typeof setTimeout> | undefined
  busy: boolean
}

const sizeText = (bytes: number): string =>
  bytes < 1_048_576 ? `${Math.max(1, Math.round(bytes / 1_024))} KB` : `${(bytes / 1_048_576).toFixed(1)} MB`

const rowsText = (rows: number): string => String(rows).replace(/\B(?=(\d{3})+$)/g, ',')

function stateText({ state, failure, rows, bytes }: ExportView): string {
  if (state === 'running') return t.running(rowsText(rows))
  if (state === 'done') return t.done(rowsText(rows), sizeText(bytes))
  if (state === 'expired') return t.expired
  return failure === 'tooMany' ? t.failed.tooMany : t.failed.other
}

;(Component as PageWith<Fields>)({
  data: {
    t,
    a: adminMessages,
    state: 'loading' as PlaceState,
    errorText: '',
    whats,
    what: 'orders' as What,
    from: '',
    to: '',
    today: '',
    problem: '',
    starting: false,
    busy: '',
    rows: [] as {
      id: string
      title: string
      text: string
      who: string
      isRunning: boolean
      isDone: boolean
      percent: string
      label: string
    }[],
  },
  lifetimes: {
    created() {
      this.exports = []
      this.requestId = undefined
      this.timer = undefined
      this.busy = false
    },
  },
  methods: {
    onLoad(): void {
      wx.setNavigationBarTitle({ title: adminMessages.pages.exports })
      const now = serverNow()
      this.setData({ from: beijingDayOf(now, -29), to: beijingDayOf(now), today: beijingDayOf(now) })
      this.load()
    },
    onHide(): void {
      this.rest()
    },
    onUnload(): void {
      this.rest()
    },
    onShow(): void {
      if (this.data.state === 'ready') this.look()
    },
    rest(): void {
      if (this.timer !== undefined) clearTimeout(this.timer)
      this.timer = undefined
    },
    async onPullDownRefresh(): Promise<void> {
      await this.load()
      wx.stopPullDownRefresh()
    },
    onRetry(): void {
      this.setData({ state: 'loading' })
      this.load()
    },
    async load(): Promise<void> {
      try {
        this.exports = (await ask('export', { list: true })).exports
        this.show()
        this.setData({ state: 'ready' })
        this.look()
      } catch (error) {
        const code = codeOf(error)
        this.setData({ state: placeOf(code), errorText: adminMessages.errors[code] })
      }
    },
    show(): void {
      this.setData({
        rows: this.exports.map((one) => {
          const percent = `${Math.floor(one.progress * 100)}%`
          return {
            id: one.id,
            title: `${t.whats[one.what]} ${one.from} – ${one.to}`,
            text: stateText(one),
            who: t.by(one.by, timeText(one.createdAt)),
            isRunning: one.state === 'running',
            isDone: one.state === 'done',
            percent,
            label: t.progress(percent),
          }
        }),
      })
    },
    /** Looks at what runs; looking also works on it. */
    look(): void {
      this.rest()
      const running = this.exports.find(({ state }) => state === 'running')
      if (!running) return
      this.timer = setTimeout(async () => {
        try {
          await this.refresh(running.id)
        } catch {
          // The next look may reach it; the timer works on it meanwhile.
        }
        if (this.timer !== undefined) this.look()
      }, lookAgainMs)
    },
    async refresh(id: string): Promise<ExportView | undefined> {
      const [one] = (await ask('export', { read: id })).exports
      if (!one) return undefined
      const by = this.exports.find((other) => other.id === id)?.by ?? one.by
      this.exports = this.exports.map((other) => (other.id === id ? { ...one, by } : other))
      this.show()
      return one
    },
    onWhat(event: WechatMiniprogram.TouchEvent<object, object, { value: What }>): void {
      this.requestId = undefined
      this.setData({ what: event.currentTarget.dataset.value })
    },
    onFrom(event: WechatMiniprogram.CustomEvent<{ value: string }>): void {
      this.requestId = undefined
      this.setData({ from: event.detail.value })
    },
    onTo(event: WechatMiniprogram.CustomEvent<{ value: string }>): void {
      this.requestId = undefined
      this.setData({ to: event.detail.value })
    },
    async onStart(): Promise<void> {
      if (this.busy) return
      const { what, from, to } = this.data
      const days = (Date.parse(to) - Date.parse(from)) / 86_400_000 + 1
      if (days < 1 || days > 366) {
        this.setData({ problem: t.wrongDays })
        return
      }
      this.busy = true
      this.setData({ starting: true, problem: '' })
      // Kept until it was answered: a lost reply starts no second one.
      this.requestId ??= newNumber()
      try {
        const language = inLanguage('zh', 'en') === 'zh' ? ('zh' as const) : ('en' as const)
        await ask('export', { start: { requestId: this.requestId, what, from, to, language } })
        this.requestId = undefined
        await this.load()
      } catch (error) {
        const code = codeOf(error)
        this.setData({ problem: code === 'Conflict' ? t.stillRuns : adminMessages.errors[code] })
      } finally {
        this.busy = false
        this.setData({ starting: false })
      }
    },
    async onCopy(event: WechatMiniprogram.TouchEvent<object, object, { id: string }>): Promise<void> {
      await this.withLink(event.currentTarget.dataset.id, async (url) => {
        wx.setClipboardData({ data: url, success: () => wx.showToast({ title: t.linkCopied, icon: 'none' }) })
      })
    },
    async onShare(event: WechatMiniprogram.TouchEvent<object, object, { id: string }>): Promise<void> {
      await this.withLink(event.currentTarget.dataset.id, async (url, { what, from, to }) => {
        const { tempFilePath } = await downloaded(url)
        await wx.shareFileMessage({ filePath: tempFilePath, fileName: `${what}-${from}-${to}.csv` })
      })
    },
    async withLink(id: string, use: (url: string, one: ExportView) => Promise<void>): Promise<void> {
      if (this.busy) return
      this.busy = true
      this.setData({ busy: id })
      try {
        const one = await this.refresh(id)
        if (one?.url) await use(one.url, one)
        else wx.showToast({ title: t.expired, icon: 'none' })
      } catch (error) {
        wx.showToast({ title: adminMessages.errors[codeOf(error)], icon: 'none' })
      } finally {
        this.busy = false
        this.setData({ busy: '' })
      }
    },
  },
})

const downloaded = (url: string): Promise<{ tempFilePath: string }> =>
  new Promise((resolve, reject) => {
    wx.downloadFile({
      url,
      success: ({ statusCode, tempFilePath }) =>
        statusCode === 200 ? resolve({ tempFilePath }) : reject(new Error('not there')),
      fail: reject,
    })
  })
