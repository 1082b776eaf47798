// The last row of a list: a button to load more, a loading sign, an error, or a note that the list is complete.
import { adminMessages } from '../../messages'

Component({
  properties: {
    /** State of the list's next page: no (none is left), yes, loading or failed. */
    more: { type: String, value: 'no' },
  },
  data: { t: adminMessages },
  methods: {
    onMore(): void {
      this.triggerEvent('more')
    },
  },
})
