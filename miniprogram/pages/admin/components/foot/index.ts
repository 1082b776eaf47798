// The end of a list that is read page by page: more on a tap, on its way, failed, or all there.
import { adminMessages } from '../../messages'

Component({
  properties: {
    /** no, yes, loading or failed */
    more: { type: String, value: 'no' },
  },
  data: { t: adminMessages },
  methods: {
    onMore(): void {
      this.triggerEvent('more')
    },
  },
})
