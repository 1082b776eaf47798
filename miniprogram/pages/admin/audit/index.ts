// The audit for owners: who did what and when, the newest first, with what it changed.
import type { AdminResults, AuditView } from '../../../../cloudfunctions/shared/api/admin'
import type { PageWith } from '../../../componentWith'
import { inLanguage } from '../../../messages'
import type { FailureCode } from '../../../services/cloud'
import {
  type Endless,
  type MoreState,
  newEndless,
  type Part,
  type PlaceState,
  type Read,
  readFirst,
  readMore,
  rowsFrom,
} from '../endless'
import { adminMessages } from '../messages'
import { ask, deedsDone } from '../service'
import { beijingTimeOf } from '../texts'
import { go } from '../ways'
import { type Change, changesOf, currencyOf, type Fact, factsOf } from './changes'
import { t } from './messages'

interface Row {
  id: string
  time: string
  by: string
  what: string
  /** the order or contract that it was about, and where it is shown */
  number: string
  url: string
  facts: Fact[]
  failed: string
  /** what is said where nobody knows how it ended */
  open: string
  changes: Change[]
  label: string
}

const contractDeeds = new Set(['endContract'])

function rowOf(entry: AuditView): Row {
  const { id, at, by, number, before, after } = entry
  const currency = currencyOf(after, before)
  const what = t.deeds[entry.what as keyof AdminResults] ?? entry.what
  const failed =
    entry.failed === null
      ? ''
      : entry.failed === 'Internal'
        ? t.unsure
        : t.failed(adminMessages.errors[entry.failed as FailureCode] ?? adminMessages.errors.Internal)
  const page = contractDeeds.has(entry.what) ? 'contract/index?contractNo' : 'order/index?orderNo'
  const row = {
    id,
    time: beijingTimeOf(at),
    by,
    what,
    number: number ?? '',
    url: number === null ? '' : `/pages/admin/${page}=${number}`,
    facts: [...factsOf(entry.wish, currency), ...factsOf(entry.outcome, currency)],
    failed,
    open: entry.hasEnded ? '' : t.open,
    changes: changesOf(before, after),
  }
  return {
    ...row,
    label: [row.time, by, what, ...row.facts.map(({ value }) => value), row.number, failed, row.open]
      .filter(Boolean)
      .join(inLanguage('，', ', ')),
  }
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
    broken: '',
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
    // A deed on another page has its entry here.
    onShow(): void {
      if (this.list.seen !== deedsDone()) this.load()
    },
    async onPullDownRefresh(): Promise<void> {
      await this.load()
      wx.stopPullDownRefresh()
    },
    onReachBottom(): void {
      readMore(this, this.list, read, (from) => this.show(from))
    },
    onRetry(): void {
      this.setData({ state: 'loading' })
      this.load()
    },
    load(): Promise<void> {
      return readFirst(this, this.list, read, (from) => this.show(from))
    },
    show(from: number): void {
      this.setData(rowsFrom(this.list.items, from, rowOf))
    },
    onOpen(event: WechatMiniprogram.TouchEvent<object, object, { url: string }>): void {
      const { url } = event.currentTarget.dataset
      if (url !== '') go(url)
    },
  },
})

async function read(part: Part): Promise<Read<AuditView>> {
  const { entries, broken, cursor } = await ask('audit', part)
  return { items: entries, broken, cursor }
}
