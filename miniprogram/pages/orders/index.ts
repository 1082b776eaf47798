// The shopper's own orders: by state, newest first. Scrolling loads older orders.

import type { OrderView } from '../../../cloudfunctions/shared/api/orders'
import { contractMessages } from '../../contractMessages'
import { messages } from '../../messages'
import { orderCard } from '../../orderTexts'
import { orderStates } from '../../rules/terms'
import { scrolledList } from '../../scrolledList'
import { listOrders } from '../../services/orders'
import { answerFor } from '../../services/payment'
import { isStaff, openBackOffice } from '../../services/staff'
import { wordTabBar } from '../../tabBar'

const tabs = (['all', ...orderStates] as const).map((value) => ({
  value,
  label: messages.orders.tabs[value],
}))
type Tab = (typeof tabs)[number]['value']

scrolledList({
  title: messages.orders.title,
  data: { t: messages.orders, entry: contractMessages.entry, tabs, tab: 'all' as Tab, isStaff: false },
  errors: messages.errors,
  numberOf: ({ orderNo }: OrderView): string => orderNo,
  async read(from, size): Promise<{ items: OrderView[]; cursor: string | null }> {
    const { tab } = this.data
    const { orders, cursor } = await listOrders(tab === 'all' ? undefined : tab, from, size)
    return { items: orders, cursor }
  },
  card: (order): object => orderCard(order, answerFor(order.orderNo)),
  methods: {
    onShow(): void {
      wordTabBar()
      this.load()
      isStaff().then((staff) => this.setData({ isStaff: staff }))
    },
    onTab(event: WechatMiniprogram.CustomEvent<{ value: Tab }>): void {
      if (event.detail.value === this.data.tab) return
      this.items = []
      this.cursor = null
      this.setData({ tab: event.detail.value, state: 'loading', cards: [], more: 'no' })
      this.load()
    },
    onOpen(event: WechatMiniprogram.CustomEvent<{ orderNo: string }>): void {
      wx.navigateTo({ url: `/pages/order/index?orderNo=${event.detail.orderNo}` })
    },
    onContracts(): void {
      wx.navigateTo({ url: '/pages/contracts/index' })
    },
    onBackOffice: openBackOffice,
    onShop(): void {
      wx.switchTab({ url: '/pages/shop/index' })
    },
  },
})
