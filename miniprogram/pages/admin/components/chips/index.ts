// A choice of one among few, all of them in sight.
Component({
  properties: {
    /** each with value and label */
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
