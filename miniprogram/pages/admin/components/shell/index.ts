// The frame of an admin page with the navigation: at the side on a PC, at the top on a phone.
import { type AdminPage, adminMessages } from '../../messages'
import { pagesOf } from '../../pagesOf'
import { whoAmI } from '../../service'

type Role = Awaited<ReturnType<typeof whoAmI>>['role']

const itemsFor = (role: Role) => pagesOf[role].map((page) => ({ page, name: adminMessages.pages[page] }))

Component({
  options: { styleIsolation: 'isolated' },
  properties: {
    /** Name of the current page. */
    active: String,
  },
  data: {
    title: adminMessages.title,
    /**
     * Id of the current page's entry in the navigation. The navigation scrolls to this entry, which may be far to the
     * right.
     */
    inSight: '',
    items: itemsFor('stranger'),
  },
  lifetimes: {
    // The page names stay hidden until the user's role is known.
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
      // Each admin page replaces the previous one, so that WeChat's back button leaves the back office.
      wx.redirectTo({ url: `/pages/admin/${page}/index` })
    },
  },
})
