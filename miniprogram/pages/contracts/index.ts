// My contracts: newest first, as far back as the subscriber scrolls.
import type { ContractView } from '../../../cloudfunctions/shared/api/contracts'
import type { PageWith } from '../../componentWith'
import { contractMessages } from '../../contractMessages'
import { type ContractCard, contractCard } from '../../contractTexts'
import { codeOf } from '../../services/cloud'
import { contractUrl, listContracts } from '../../services/contracts'

const pageSize = 20
// The server gives no more at once.
const sizeLimit = 50

interface Fields {
  contracts: ContractView[]
  cursor: string | null
  /** counts what was begun, so that an older answer is dropped */
  round: number
  loadingMore: boolean
}

;(Component as PageWith<Fields>)({
  data: {
    t: contractMessages.contracts,
    state: 'loading' as 'loading' | 'ready' | 'empty' | 'error',
    errorText: '',
    cards: [] as ContractCard[],
    more: 'no' as 'no' | 'yes' | 'loading' | 'failed',
  },
  lifetimes: {
    created() {
      this.contracts = []
      this.cursor = null
      this.round = 0
      this.loadingMore = false
    },
  },
  methods: {
    onLoad(): void {
      wx.setNavigationBarTitle({ title: contractMessages.contracts.title })
    },
    onShow(): void {
      this.load()
    },
    async onPullDownRefresh(): Promise<void> {
      await this.load()
      wx.stopPullDownRefresh()
    },
    onReachBottom(): void {
      this.loadMore()
    },
    onRetry(): void {
      this.setData({ state: 'loading' })
      this.load()
    },
    /** Reads as much again as is on the screen; what lies further back stays as it was. */
    async load(): Promise<void> {
      const mine = ++this.round
      this.loadingMore = false
      try {
        const size = Math.min(sizeLimit, Math.max(pageSize, this.contracts.length))
        const { contracts, cursor } = await listContracts(null, size)
        if (mine !== this.round) return
        const last = contracts[contracts.length - 1]
        const older =
          cursor === null || !last ? [] : this.contracts.filter(({ contractNo }) => contractNo < last.contractNo)
        this.contracts = [...contracts, ...older]
        if (older.length === 0) this.cursor = cursor
        this.show()
      } catch (error) {
        if (mine !== this.round) return
        const errorText = contractMessages.errors[codeOf(error)]
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
        const { contracts, cursor } = await listContracts(this.cursor, pageSize)
        if (mine !== this.round) return
        const known = new Set(this.contracts.map(({ contractNo }) => contractNo))
        this.contracts = [...this.contracts, ...contracts.filter(({ contractNo }) => !known.has(contractNo))]
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
        state: this.contracts.length > 0 ? 'ready' : 'empty',
        cards: this.contracts.map((one) => contractCard(one)),
        more: this.cursor === null ? 'no' : 'yes',
      })
    },
    onMore(): void {
      this.loadMore()
    },
    onOpen(event: WechatMiniprogram.CustomEvent<{ contractNo: string }>): void {
      wx.navigateTo({ url: contractUrl(event.detail.contractNo) })
    },
    // A shopper may come from the plans: then the way there is the way back.
    onPlans(): void {
      const pages = getCurrentPages()
      if (pages[pages.length - 2]?.route === 'pages/plans/index') wx.navigateBack()
      else wx.navigateTo({ url: '/pages/plans/index' })
    },
  },
})
