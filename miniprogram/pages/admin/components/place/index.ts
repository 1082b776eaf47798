// What stands in an admin page's place while it has nothing to show: loading, empty, failed, or not for this person.
import { adminMessages } from '../../messages'
import { whoAmI } from '../../service'

Component({
  properties: {
    /** loading, empty, error or forbidden */
    state: { type: String, value: 'loading' },
    title: String,
    text: String,
    /** label of the button; "load again" for an error */
    action: String,
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
