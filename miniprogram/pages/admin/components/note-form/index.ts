// A required note and the button that submits it with an action.
import { longest } from '../../../../rules/terms'
import { adminMessages } from '../../messages'

Component({
  properties: {
    label: String,
    hint: String,
    /** Error shown when the note is empty. */
    missing: String,
    button: String,
    busy: Boolean,
  },
  data: { a: adminMessages, longest, note: '', problem: '' },
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
