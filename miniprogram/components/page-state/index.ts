// What stands in a page's place while it has nothing to show: loading, empty, or failed with a way on.
import { messages } from '../../messages'

Component({
  properties: {
    /** loading, empty or error */
    state: { type: String, value: 'loading' },
    title: String,
    text: String,
    /** label of the button; none without it */
    action: String,
    /** WeChat's own meaning of the button, such as `contact` */
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
