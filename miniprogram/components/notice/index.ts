// A sentence inside a page that needs attention, with at most one thing to do about it.
Component({
  properties: {
    text: String,
    /** bad or wait */
    tone: { type: String, value: 'bad' },
    /** label of the way on; none without it */
    action: String,
    /** WeChat's own meaning of the action, such as `contact` */
    openType: String,
  },
  methods: {
    onAct(): void {
      this.triggerEvent('act')
    },
  },
})
