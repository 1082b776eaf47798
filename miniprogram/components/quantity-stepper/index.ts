// Plus and minus buttons for the quantity of one product. While the quantity is 0, only the plus button shows.
import { messages } from '../../messages'

Component({
  properties: {
    value: Number,
    max: { type: Number, value: 99 },
    /** Name of the product, for screen readers. */
    label: String,
  },
  data: { t: messages.stepper },
  methods: {
    onRemove(): void {
      if (this.data.value > 0) this.triggerEvent('change', { value: this.data.value - 1 })
    },
    onAdd(): void {
      if (this.data.value < this.data.max) this.triggerEvent('change', { value: this.data.value + 1 })
    },
  },
})
