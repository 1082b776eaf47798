// Everybody's subscriptions, for staff: by state, newest first.
import type { StaffContractView } from '../../../../cloudfunctions/shared/api/admin'
import type { PageWith } from '../../../componentWith'
import { type ContractCard, contractCard } from '../../../contractTexts'
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
import { beijingClock } from '../texts'
import { go } from '../ways'
import { t } from './messages'

type Tab = keyof typeof t.tabs

const tabs = (['all', 'pastDue', 'active', 'signing', 'ended', 'failed'] as const).map((value) => ({
  value,
  label: t.tabs[value],
}))

interface Fields {
  list: Endless<StaffContractView>
}

;(Component as PageWith<Fields>)({
  data: {
    t,
    a: adminMessages,
    state: 'loading' as PlaceState,
    errorText: '',
    broken: '',
    more: 'no' as MoreState,
    tabs,
    tab: 'all' as Tab,
    rows: [] as (ContractCard & { shopper: string })[],
  },
  lifetimes: {
    created() {
      this.list = newEndless()
    },
  },
  methods: {
    onLoad(query: { state?: string }): void {
      wx.setNavigationBarTitle({ title: adminMessages.pages.contracts })
      const tab = tabs.find(({ value }) => value === query.state)?.value
      if (tab) this.setData({ tab })
      this.load()
    },
    // After a deed on another page the list may be another one.
    onShow(): void {
      if (this.list.seen !== deedsDone()) this.load()
    },
    async onPullDownRefresh(): Promise<void> {
      await this.load()
      wx.stopPullDownRefresh()
    },
    onReachBottom(): void {
      readMore(
        this,
        this.list,
        (part) => this.read(part),
        (from) => this.show(from),
      )
    },
    onRetry(): void {
      this.setData({ state: 'loading' })
      this.load()
    },
    onTab(event: WechatMiniprogram.TouchEvent<object, object, { value: Tab }>): void {
      this.setData({ tab: event.currentTarget.dataset.value, state: 'loading' })
      this.load()
    },
    load(): Promise<void> {
      return readFirst(
        this,
        this.list,
        (part) => this.read(part),
        (from) => this.show(from),
      )
    },
    async read(part: Part): Promise<Read<StaffContractView>> {
      const { tab } = this.data
      const { contracts, broken, cursor } = await ask('contracts', { ...(tab !== 'all' && { state: tab }), ...part })
      return { items: contracts, broken, cursor }
    },
    show(from: number): void {
      this.setData(
        rowsFrom(this.list.items, from, (one) => ({ ...contractCard(one, beijingClock), shopper: one.shopper })),
      )
    },
    onOpen(event: WechatMiniprogram.TouchEvent<object, object, { no: string }>): void {
      go(`/pages/admin/contract/index?contractNo=${event.currentTarget.dataset.no}`)
    },
  },
})
