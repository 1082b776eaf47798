// The frame of an admin page: beside it on a PC, above it on a phone, the way to the other pages.
import { type AdminPage, adminMessages } from '../../messages'

const order: readonly AdminPage[] = [
  'today',
  'orders',
  'notices',
  'bills',
  'contracts',
  'goods',
  'exports',
  'staff',
  'audit',
  'settings',
]

Component({
  options: { styleIsolation: 'isolated' },
  properties: {
    /** the page that this is */
    active: String,
  },
  data: {
    title: adminMessages.title,
    /** the entry that has to be in sight: this page's, which may be far to the right */
    inSight: '',
    items: order.map((page) => ({ page, name: adminMessages.pages[page] })),
  },
  lifetimes: {
    ready() {
      this.setData({ inSight: `nav-${this.data.active}` })
    },
  },
  methods: {
    onGo(event: WechatMiniprogram.TouchEvent<object, object, { page: AdminPage }>): void {
      const { page } = event.currentTarget.dataset
      if (page === this.data.active) return
      // One admin page after the other takes the same place, so that the way back leads out of them.
      wx.redirectTo({ url: `/pages/admin/${page}/index` })
    },
  },
})
