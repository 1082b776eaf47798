// My orders: by state, newest first, as far back as the shopper scrolls.
import type { OrderView } from '../../../cloudfunctions/shared/api/orders'
import type { PageWith } from '../../componentWith'
import { contractMessages } from '../../contractMessages'
import { messages } from '../../messages'
import { type OrderCard, orderCard } from '../../orderTexts'
import { codeOf } from '../../services/cloud'
import { type ListState, listOrders } from '../../services/orders'
import { answerFor } from '../../services/payment'
import { isStaff, openBackOffice } from '../../services/staff'
import { wordTabBar } from '../../tabBar'

const pageSize = 20
// The server gives no more at once.
const sizeLimit = 50

const tabs = (['all', 'open', 'paid', 'closed'] as const).map((value) => ({
  value,
  label: messages.orders.tabs[value],
}))

interface Fields {
  orders: OrderView[]
  cursor: string | null
  /** counts what was begun, so that an answer for another tab is dropped */
  round: number
  loadingMore: boolean
}

;(Component as PageWith<Fields>)({
  data: {
    t: messages.orders,
    entry: contractMessages.entry,
    tabs,
    tab: 'all' as (typeof tabs)[number]['value'],
    state: 'loading' as 'loading' | 'ready' | 'empty' | 'error',
    errorText: '',
    isStaff: false,
    cards: [] as OrderCard[],
    more: 'no' as 'no' | 'yes' | 'loading' | 'failed',
  },
  lifetimes: {
    created() {
      this.orders = []
      this.cursor = null
      this.round = 0
      this.loadingMore = false
    },
  },
  methods: {
    onLoad(): void {
      wx.setNavigationBarTitle({ title: messages.orders.title })
    },
    onShow(): void {
      wordTabBar()
      this.load()
      isStaff().then((staff) => this.setData({ isStaff: staff }))
    },
    async onPullDownRefresh(): Promise<void> {
      await this.load()
      wx.stopPullDownRefresh()
    },
    onReachBottom(): void {
      this.loadMore()
    },
    onTab(event: WechatMiniprogram.CustomEvent<{ value: (typeof tabs)[number]['value'] }>): void {
      if (event.detail.value === this.data.tab) return
      this.orders = []
      this.cursor = null
      this.setData({ tab: event.detail.value, state: 'loading', cards: [], more: 'no' })
      this.load()
    },
    onRetry(): void {
      this.setData({ state: 'loading' })
      this.load()
    },
    listState(): ListState {
      return this.data.tab === 'all' ? undefined : this.data.tab
    },
    /** Reads as much again as is on the screen; what lies further back stays as it was. */
    async load(): Promise<void> {
      const mine = ++this.round
      this.loadingMore = false
      try {
        const size = Math.min(sizeLimit, Math.max(pageSize, this.orders.length))
        const { orders, cursor } = await listOrders(this.listState(), null, size)
        if (mine !== this.round) return
        const last = orders[orders.length - 1]
        const older = cursor === null || !last ? [] : this.orders.filter(({ orderNo }) => orderNo < last.orderNo)
        this.orders = [...orders, ...older]
        if (older.length === 0) this.cursor = cursor
        this.show()
      } catch (error) {
        if (mine !== this.round) return
        const errorText = messages.errors[codeOf(error)]
        if (this.data.state === 'ready') {
          this.show()
          wx.showToast({ title: errorText, icon: 'none' })
        } else this.setData({ state: 'error', errorText })
      }
    },
    async loadMore(): Promise<void> {
      if (this.loadingMore || this.cursor === null || this.data.state !== 'ready') return
      const mine = this.round
      this.loadingMore = true
      this.setData({ more: 'loading' })
      try {
        const { orders, cursor } = await listOrders(this.listState(), this.cursor, pageSize)
        if (mine !== this.round) return
        const known = new Set(this.orders.map(({ orderNo }) => orderNo))
        this.orders = [...this.orders, ...orders.filter(({ orderNo }) => !known.has(orderNo))]
        this.cursor = cursor
        this.show()
      } catch {
        if (mine === this.round) this.setData({ more: 'failed' })
      } finally {
        if (mine === this.round) this.loadingMore = false
      }
    },
    show(): void {
      this.setData({
        state: this.orders.length > 0 ? 'ready' : 'empty',
        cards: this.orders.map((order) => orderCard(order, answerFor(order.orderNo))),
        more: this.cursor === null ? 'no' : 'yes',
      })
    },
    onMore(): void {
      this.loadMore()
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
