// The user's own contracts, newest first. Scrolling loads older contracts.
import type { ContractView } from '../../../cloudfunctions/shared/api/contracts'
import { contractMessages } from '../../contractMessages'
import { contractCard } from '../../contractTexts'
import { scrolledList } from '../../scrolledList'
import { contractUrl, listContracts } from '../../services/contracts'

scrolledList({
  title: contractMessages.contracts.title,
  data: { t: contractMessages.contracts },
  errors: contractMessages.errors,
  numberOf: ({ contractNo }: ContractView): string => contractNo,
  async read(from, size) {
    const { contracts, cursor } = await listContracts(from, size)
    return { items: contracts, cursor }
  },
  card: (one) => contractCard(one),
  methods: {
    onOpen(event: WechatMiniprogram.CustomEvent<{ contractNo: string }>): void {
      wx.navigateTo({ url: contractUrl(event.detail.contractNo) })
    },
    // If the shopper came from the plans page, go back to it instead of opening it again.
    onPlans(): void {
      const pages = getCurrentPages()
      if (pages[pages.length - 2]?.route === 'pages/plans/index') wx.navigateBack()
      else wx.navigateTo({ url: '/pages/plans/index' })
    },
  },
})
