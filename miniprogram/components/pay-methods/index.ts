// The ways to pay: one of the usable ones is chosen, the others say why they are not. A long list opens on demand.
import { messages } from '../../messages'
import type { MethodView } from '../../payMethods'

// So many are seen at once; the chosen one always is.
const shortLength = 4

Component({
  properties: {
    /** MethodView[] */
    methods: Array,
    /** key of the chosen one */
    chosen: String,
    label: String,
    disabled: Boolean,
  },
  data: {
    more: messages.moreMethods,
    isOpen: false,
    isLong: false,
    shown: [] as MethodView[],
  },
  observers: {
    'methods, chosen, isOpen'(methods: MethodView[], chosen: string, isOpen: boolean): void {
      const isLong = methods.length > shortLength + 1
      const shown =
        isLong && !isOpen ? methods.filter(({ key }, index) => index < shortLength || key === chosen) : methods
      this.setData({ isLong, shown })
    },
  },
  methods: {
    onMore(): void {
      this.setData({ isOpen: true })
    },
    onChoose(event: WechatMiniprogram.TouchEvent): void {
      const { key, usable } = event.currentTarget.dataset
      if (usable && !this.data.disabled && key !== this.data.chosen) this.triggerEvent('change', { key })
    },
  },
})
