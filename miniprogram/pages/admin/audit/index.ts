// The audit for owners: who did what and when, the newest first, with what it changed.
import type { AdminResults, AuditView } from '../../../../cloudfunctions/shared/api'
import type { PageWith } from '../../../componentWith'
import { inLanguage } from '../../../messages'
import type { FailureCode } from '../../../services/cloud'
import { timeText } from '../../../time'
import { type Endless, type MoreState, newEndless, type PlaceState, readFirst, readMore } from '../endless'
import { adminMessages } from '../messages'
import { ask } from '../service'
import { type Change, changesOf } from './changes'
import { t } from './messages'

const pageSize = 30

interface Row {
  id: string
  time: string
  by: string
  what: string
  /** the order or contract that it was about, and where it is shown */
  number: string
  url: string
  detail: string
  failed: string
  changes: Change[]
  label: string
}

const contractDeeds = new Set(['endContract'])

function rowOf(entry: AuditView): Row {
  const { id, at, by, number, detail } = entry
  const what = t.deeds[entry.what as keyof AdminResults] ?? entry.what
  const failed =
    entry.failed === null
      ? ''
      : t.failed(adminMessages.errors[entry.failed as FailureCode] ?? adminMessages.errors.Internal)
  const page = contractDeeds.has(entry.what) ? 'contract/index?contractNo' : 'order/index?orderNo'
  const row = {
    id,
    time: timeText(at),
    by,
    what,
    number: number ?? '',
    url: number === null ? '' : `/pages/admin/${page}=${number}`,
    detail,
    failed,
    changes: changesOf(entry.before, entry.after),
  }
  return { ...row, label: [row.time, by, what, row.number, failed].filter(Boolean).join(inLanguage('，', ', ')) }
}

interface Fields {
  list: Endless<AuditView>
}

;(Component as PageWith<Fields>)({
  data: {
    t,
    a: adminMessages,
    state: 'loading' as PlaceState,
    errorText: '',
    more: 'no' as MoreState,
    rows: [] as Row[],
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
      readMore(this, this.list, read, () => this.show())
    },
    onRetry(): void {
      this.setData({ state: 'loading' })
      this.load()
    },
    load(): Promise<void> {
      return readFirst(this, this.list, read, () => this.show())
    },
    show(): void {
      this.setData({ rows: this.list.items.map(rowOf) })
    },
    onOpen(event: WechatMiniprogram.TouchEvent<object, object, { url: string }>): void {
      const { url } = event.currentTarget.dataset
      if (url !== '') wx.navigateTo({ url })
    },
  },
})

async function read(cursor: string | null): Promise<{ items: AuditView[]; cursor: string | null }> {
  const page = await ask('audit', { limit: pageSize, ...(cursor !== null && { cursor }) })
  return { items: page.entries, cursor: page.cursor }
}
