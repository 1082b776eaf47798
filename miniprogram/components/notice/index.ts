// A message inside a page (an error or a hint), with at most one action button.
Component({
  properties: {
    text: String,
    /** Colour of the message: bad or wait. */
    tone: { type: String, value: 'bad' },
    /** Label of the button. Without a label the button does not show. */
    action: String,
    /** The button's WeChat open-type, such as `contact`. */
    openType: String,
  },
  methods: {
    onAct(): void {
      this.triggerEvent('act')
    },
  },
})
