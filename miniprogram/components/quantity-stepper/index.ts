// Fewer or more of one product. Only the plus is seen until there is one.
import { messages } from '../../messages'

Component({
  properties: {
    value: Number,
    max: { type: Number, value: 99 },
    /** what is counted, for screen readers */
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
