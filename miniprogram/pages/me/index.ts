// The user's own page: links to their subscriptions and, for staff, to the back office.
import { contractMessages } from '../../contractMessages'
import { messages } from '../../messages'
import { openBackOffice } from '../../services/staff'
import { wordTabBar } from '../../tabBar'

Component({
  data: { t: messages.me, entry: contractMessages.entry },
  methods: {
    onLoad(): void {
      wx.setNavigationBarTitle({ title: messages.me.title })
    },
    onShow(): void {
      wordTabBar()
    },
    onContracts(): void {
      wx.navigateTo({ url: '/pages/contracts/index' })
    },
    onBackOffice: openBackOffice,
  },
})
