// The list of payment methods. The shopper can choose a usable method; each other method shows why it cannot be used. A
// long list is folded until the shopper unfolds it.
import { messages } from '../../messages'
import type { MethodView } from '../../payMethods'

// How many methods a folded list shows. The chosen method is always among them.
const shortLength = 4

Component({
  properties: {
    /** The methods, as MethodView of payMethods.ts. */
    methods: Array,
    /** Key of the chosen method. */
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
