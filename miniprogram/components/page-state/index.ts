// Shown instead of the page's content while there is none: loading, empty, or an error with a button.
import { messages } from '../../messages'

Component({
  properties: {
    /** One of loading, empty and error. */
    state: { type: String, value: 'loading' },
    title: String,
    text: String,
    /** Label of the button; without a label there is no button. */
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
