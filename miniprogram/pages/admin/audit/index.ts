// What staff did, for owners: who, when, what, before and after. Nothing here can be changed.
import type { AuditView } from '../../../../cloudfunctions/shared/api'
import type { PageWith } from '../../../componentWith'
import { timeText } from '../../../time'
import { type Endless, type MoreState, newEndless, type PlaceState, readFirst, readMore } from '../endless'
import { adminMessages } from '../messages'
import { ask } from '../service'
import { deedText, t } from './messages'

const pageSize = 30

interface Fields {
  list: Endless<AuditView>
}

const pretty = (value: unknown): string => (value === null || value === undefined ? '' : JSON.stringify(value, null, 1))

;(Component as PageWith<Fields>)({
  data: {
    t,
    a: adminMessages,
    state: 'loading' as PlaceState,
    errorText: '',
    more: 'no' as MoreState,
    rows: [] as {
      id: string
      what: string
      who: string
      number: string
      detail: string
      failed: boolean
      before: string
      after: string
    }[],
    open: '',
  },
  lifetimes: {
    created() {
      this.list = newEndless()
    },
  },
  methods: {
    onLoad(): void {
      wx.setNavigationBarTitle({ title: adminMessages.pages.audit })
      this.load()
    },
    async onPullDownRefresh(): Promise<void> {
      await this.load()
      wx.stopPullDownRefresh()
    },
    onReachBottom(): void {
      readMore(
        this,
        this.list,
        (cursor) => this.read(cursor),
        () => this.show(),
      )
    },
    onRetry(): void {
      this.setData({ state: 'loading' })
      this.load()
    },
    load(): Promise<void> {
      return readFirst(
        this,
        this.list,
        (cursor) => this.read(cursor),
        () => this.show(),
      )
    },
    async read(cursor: string | null): Promise<{ items: AuditView[]; cursor: string | null }> {
      const { entries, cursor: next } = await ask('audit', { limit: pageSize, ...(cursor !== null && { cursor }) })
      return { items: entries, cursor: next }
    },
    show(): void {
      this.setData({
        rows: this.list.items.map(({ id, at, by, what, number, detail, before, after, failed }) => ({
          id,
          what: deedText.get(what) ?? what,
          who: `${timeText(at)} · ${by}`,
          number: number ?? '',
          detail,
          failed: failed !== null,
          before: pretty(before),
          after: pretty(after),
        })),
      })
    },
    onShowEntry(event: WechatMiniprogram.TouchEvent<object, object, { id: string }>): void {
      const { id } = event.currentTarget.dataset
      this.setData({ open: this.data.open === id ? '' : id })
    },
  },
})
