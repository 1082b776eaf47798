// A note that must be written before something is done, with the button that does it.
import { adminMessages } from '../../messages'

Component({
  properties: {
    label: String,
    hint: String,
    /** what is said while nothing is written */
    missing: String,
    button: String,
    busy: Boolean,
  },
  data: { a: adminMessages, note: '', problem: '' },
  methods: {
    onNote({ detail }: WechatMiniprogram.Input): void {
      this.setData({ note: detail.value, problem: '' })
    },
    onSave(): void {
      const value = this.data.note.trim()
      if (value === '') this.setData({ problem: this.data.missing })
      else if (!this.data.busy) this.triggerEvent('save', { value })
    },
    onCancel(): void {
      if (!this.data.busy) this.triggerEvent('cancel')
    },
  },
})
