// Fills an admin page that has no content to show: while it loads, when its list is empty, after an error, or without
// permission. Also shows a warning if some documents cannot be read.
import { adminMessages } from '../../messages'
import { whoAmI } from '../../service'

Component({
  properties: {
    /** loading, empty, error or forbidden. In any other state the component shows nothing. */
    state: { type: String, value: 'loading' },
    /** The error message. */
    text: String,
    emptyTitle: String,
    emptyText: String,
    /** Warning that some listed documents cannot be read; empty when all can. */
    broken: String,
  },
  data: { t: adminMessages, isStranger: false },
  observers: {
    state(state: string) {
      if (state !== 'forbidden') return
      whoAmI()
        .then(({ role }) => this.setData({ isStranger: role === 'stranger' }))
        .catch(() => undefined)
    },
  },
  methods: {
    onAct(): void {
      this.triggerEvent('act')
    },
    onHome(): void {
      wx.reLaunch({ url: '/pages/admin/today/index' })
    },
  },
})
