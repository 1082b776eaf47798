// The frame of an admin page: beside it on a PC, above it on a phone, the way to the other pages.
import { type AdminPage, adminMessages } from '../../messages'
import { pagesOf } from '../../pagesOf'
import { whoAmI } from '../../service'

type Role = Awaited<ReturnType<typeof whoAmI>>['role']

const itemsFor = (role: Role) => pagesOf[role].map((page) => ({ page, name: adminMessages.pages[page] }))

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
    items: itemsFor('stranger'),
  },
  lifetimes: {
    // Until this is known not even the names of the pages show.
    attached() {
      whoAmI()
        .then(({ role }) => {
          this.setData({ items: itemsFor(role) }, () => this.setData({ inSight: `nav-${this.data.active}` }))
        })
        .catch(() => undefined)
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
