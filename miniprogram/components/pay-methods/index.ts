// The ways to pay: one of the usable ones is chosen, the others say why they are not.
Component({
  properties: {
    /** MethodView[] */
    methods: Array,
    /** key of the chosen one */
    chosen: String,
    label: String,
    disabled: Boolean,
  },
  methods: {
    onChoose(event: WechatMiniprogram.TouchEvent): void {
      const { key, usable } = event.currentTarget.dataset
      if (usable && !this.data.disabled && key !== this.data.chosen) this.triggerEvent('change', { key })
    },
  },
})
