// A single choice among a few options, all of them visible.
Component({
  properties: {
    /** Array of options, each with a value and a label. */
    options: Array,
    chosen: String,
    label: String,
    disabled: Boolean,
  },
  methods: {
    onChoose(event: WechatMiniprogram.TouchEvent<object, object, { value: string }>): void {
      const { value } = event.currentTarget.dataset
      if (!this.data.disabled) this.triggerEvent('choose', { value })
    },
  },
})
