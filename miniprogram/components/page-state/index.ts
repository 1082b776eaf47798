// Fills a page that has no content to show: while it loads, when its list is empty, or after an error with a button.
import { messages } from '../../messages'

Component({
  properties: {
    /** State of the page: loading, empty or error. */
    state: { type: String, value: 'loading' },
    title: String,
    text: String,
    /** Label of the button. Without a label the button does not show. */
    action: String,
    /** The button's WeChat open-type, such as `contact`. */
    openType: String,
  },
  data: {
    loading: messages.loading,
    cards: [0, 1, 2, 3],
    lines: [
      { width: '45%', height: '36rpx' },
      { width: '80%', height: '28rpx' },
      { width: '30%', height: '36rpx' },
    ],
  },
  methods: {
    onAct(): void {
      this.triggerEvent('act')
    },
  },
})
