// One complaint for staff: what the shopper wrote, the later messages, and our answers. Refunds are made on the order's
// page.

import type { AdminAsked, AdminResults } from '../../../../cloudfunctions/shared/api/admin'
import { longest } from '../../../rules/terms'
import { newNumber } from '../../../services/serverTime'
import type { PlaceState, Tap } from '../backOffice'
import { t } from '../complaints/messages'
import { complaintShown } from '../complaints/shown'
import { detailPage } from '../detailPage'
import { agreed } from '../dialogs'
import { act, ask } from '../service'

type Answer = AdminAsked<'answerComplaint'>['answer']

detailPage({
  title: t.title,
  data: {
    t,
    longest,
    ...({} as Partial<ReturnType<typeof complaintShown>>),
    id: '',
    phone: '',
    /** The form that is open, and the text that staff have typed into it. */
    form: '' as '' | 'reply' | 'rejectRefund',
    formLabel: '',
    text: '',
    problem: '',
  },
  fields: () => ({ requestId: '' }),
  open({ id = '' }): void {
    this.setData({ id })
  },
  read(): Promise<AdminResults['complaint']> {
    return ask('complaint', { id: this.data.id })
  },
  show({ complaint, history }): PlaceState {
    const shown = complaintShown(complaint, history)
    const isOpen = this.data.form === 'reply' ? shown.mayReply : shown.mayDecide
    this.setData({ ...shown, ...(this.data.form !== '' && !isOpen && { form: '' as const }) })
    return 'ready'
  },
  methods: {
    onForm({ currentTarget }: Tap<{ form: 'reply' | 'rejectRefund' }>): void {
      if (this.data.busy !== '') return
      const { form } = currentTarget.dataset
      // All tries to send this form share one idempotency key, so that a retry does not answer the complaint twice.
      this.requestId = newNumber()
      this.setData({ form, formLabel: form === 'reply' ? t.replyLabel : t.rejectLabel, text: '', problem: '' })
    },
    onText({ detail }: Tap): void {
      this.setData({ text: detail.value, problem: '' })
    },
    onFormClose(): void {
      if (this.data.busy === '') this.setData({ form: '' })
    },
    async onSend(): Promise<void> {
      const { form, text } = this.data
      if (form === '' || this.data.busy !== '') return
      if (text.trim() === '') return this.setData({ problem: t.missing })
      await this.answer({ what: form, text })
    },
    async onFinish(): Promise<void> {
      if (this.data.busy !== '') return
      if (!(await agreed({ title: t.finishTitle, content: t.finishText, confirmText: t.finishYes }))) return
      this.requestId = newNumber()
      await this.answer({ what: 'finish' })
    },
    async onApprove(): Promise<void> {
      if (this.data.busy !== '') return
      if (!(await agreed({ title: t.approveTitle, content: t.approveText, confirmText: t.approveYes }))) return
      this.requestId = newNumber()
      await this.answer({ what: 'approveRefund', days: 0 })
    },
    async answer(answer: Answer): Promise<void> {
      await this.perform(
        'answer',
        async () => {
          const asked = { id: this.data.id, requestId: this.requestId, answer }
          const result = await act('answerComplaint', asked, { repeats: true })
          this.setData({ form: '', text: '' })
          this.showNew(result)
          const isOpen = result.complaint.answers.some(({ state }) => state === 'sending')
          if (isOpen) wx.showToast({ title: t.stillSending, icon: 'none' })
        },
        { Conflict: t.conflict },
      )
    },
    async onPhone(): Promise<void> {
      await this.perform('phone', async () => {
        this.setData({ phone: (await act('complaintPhone', { id: this.data.id })).phone })
      })
    },
  },
})
