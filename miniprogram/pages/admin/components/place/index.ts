// What stands in an admin page’s place while it has nothing to show: loading, empty, failed, or not for this person;
// and the word that some of it is broken.
import { adminMessages } from '../../messages'
import { whoAmI } from '../../service'

Component({
  properties: {
    /** loading, empty, error or forbidden; ready for nothing */
    state: { type: String, value: 'loading' },
    /** what went wrong */
    text: String,
    emptyTitle: String,
    emptyText: String,
    /** that some of what should be listed cannot be read */
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
