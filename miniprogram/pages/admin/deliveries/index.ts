// The events that we sent to connected systems. Each row shows the receiver and its answer, and has a button that sends
// the event again.
import type { AdminAsked, DeliveryView } from '../../../../cloudfunctions/shared/api/admin'
import { beijingMinute, dayMs } from '../../../rules/beijing'
import { serverNow } from '../../../services/serverTime'
import type { Query, Tap } from '../backOffice'
import { agreed } from '../dialogs'
import { t } from '../endpoints/messages'
import { listPage, type Read } from '../listPage'
import { adminMessages } from '../messages'
import { act, ask, whoAmI } from '../service'

interface Row {
  id: string
  type: string
  state: string
  tone: 'good' | 'warn' | 'bad'
  url: string
  number: string
  next: string
  attempts: { id: string; text: string; answer: string }[]
  orderUrl: string
  mayResend: boolean
}

const weekMs = 7 * dayMs
const states = Object.keys(t.states) as DeliveryView['state'][]
const tones = { waiting: 'warn', done: 'good', failed: 'bad' } as const
const tabs = [{ value: 'all', label: t.all }, ...states.map((value) => ({ value, label: t.states[value] }))]

// An endpoint that is switched off by itself misses events. We keep them without sending them.
const missedOf = ({ state, attempts }: DeliveryView): string =>
  state === 'failed' && attempts.length === 0 ? t.missed : ''

const rowOf = (delivery: DeliveryView): Row => ({
  id: delivery.id,
  type: t.types[delivery.type],
  state: t.states[delivery.state],
  tone: tones[delivery.state],
  url: delivery.url ?? t.gone,
  number: delivery.eventId,
  next: delivery.dueAt === null ? missedOf(delivery) : t.next(beijingMinute(delivery.dueAt)),
  attempts: delivery.attempts.map(({ at, status, failure, answer, ms }, index) => ({
    id: `${at}-${index}`,
    text: t.attempt(beijingMinute(at), failure === null ? String(status) : t.failures[failure], ms),
    answer,
  })),
  orderUrl: /^(order|refund)\./.test(delivery.type) ? `/pages/admin/order/index?orderNo=${delivery.subject}` : '',
  mayResend: delivery.url !== null && delivery.type !== 'endpoint.test',
})

listPage({
  title: t.log,
  data: { t, mayAct: false, endpoint: '', subject: '' },
  tabs,
  open({ endpoint = '', orderNo = '' }: Query): void {
    this.setData({ endpoint, subject: orderNo })
  },
  async read(part): Promise<Read<DeliveryView>> {
    const [{ deliveries, broken, cursor }, { role }] = await Promise.all([
      ask('deliveries', { ...this.chosen(), ...part }),
      whoAmI(),
    ])
    this.setData({ mayAct: role === 'owner' || role === 'operator' })
    return { items: deliveries, broken, cursor }
  },
  row: rowOf,
  methods: {
    /**
     * Which deliveries to list: if the URL names an endpoint or an order, the deliveries of that endpoint or order;
     * otherwise the deliveries of the chosen tab.
     */
    chosen(): Pick<AdminAsked<'deliveries'>, 'of'> {
      const { endpoint, subject, tab } = this.data
      if (endpoint !== '') return { of: { endpoint } }
      if (subject !== '') return { of: { subject } }
      const state = states.find((one) => one === tab)
      return state === undefined ? {} : { of: { state } }
    },
    async onResend({ currentTarget }: Tap<{ id: string }>): Promise<void> {
      const { id } = currentTarget.dataset
      const send = async () => {
        const { delivery } = await act('resend', { which: { id } })
        wx.showToast({ title: delivery?.state === 'done' ? t.resent : t.resendFailed, icon: 'none' })
        await this.load()
      }
      await this.perform(id, send, { Conflict: t.resendConflict })
    },
    async onResendAll(): Promise<void> {
      if (!(await agreed({ title: t.resend, content: t.resendAllText, confirmText: adminMessages.confirm }))) return
      const { endpoint, subject } = this.data
      const now = serverNow()
      const time = { from: Math.max(0, now - weekMs), to: now + weekMs, failedOnly: true }
      const send = async () => {
        const which = subject !== '' ? { orderNo: subject } : { ...time, ...(endpoint !== '' && { endpoint }) }
        const { deliveries } = await act('resend', { which })
        wx.showToast({ title: t.resentMany(deliveries), icon: 'none', duration: 3_000 })
        await this.load()
      }
      await this.perform('all', send, { Conflict: t.resendConflict })
    },
  },
})
