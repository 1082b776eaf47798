// Everybody's subscriptions, for staff: by state, newest first.
import type { StaffContractView } from '../../../../cloudfunctions/shared/api'
import type { PageWith } from '../../../componentWith'
import { type ContractCard, contractCard } from '../../../contractTexts'
import { type Endless, type MoreState, newEndless, type PlaceState, readFirst, readMore } from '../endless'
import { adminMessages } from '../messages'
import { ask } from '../service'
import { t } from './messages'

type Tab = keyof typeof t.tabs

const pageSize = 20
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
    onTab(event: WechatMiniprogram.TouchEvent<object, object, { value: Tab }>): void {
      this.setData({ tab: event.currentTarget.dataset.value, state: 'loading' })
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
    async read(cursor: string | null): Promise<{ items: StaffContractView[]; cursor: string | null }> {
      const { tab } = this.data
      const { contracts, cursor: next } = await ask('contracts', {
        limit: pageSize,
        ...(tab !== 'all' && { state: tab }),
        ...(cursor !== null && { cursor }),
      })
      return { items: contracts, cursor: next }
    },
    show(): void {
      this.setData({ rows: this.list.items.map((one) => ({ ...contractCard(one), shopper: one.shopper })) })
    },
    onOpen(event: WechatMiniprogram.TouchEvent<object, object, { no: string }>): void {
      wx.navigateTo({ url: `/pages/admin/contract/index?contractNo=${event.currentTarget.dataset.no}` })
    },
  },
})
