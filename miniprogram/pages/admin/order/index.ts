// One order for staff: amounts, attempts, refunds and what happened; to refund, ask the provider, close.
import type { StaffOrderView } from '../../../../cloudfunctions/shared/api/admin'
import type { PageWith } from '../../../componentWith'
import { inLanguage } from '../../../messages'
import { moneyText } from '../../../money'
import { codeOf, type FailureCode } from '../../../services/cloud'
import { once, type PlaceState, placeOf } from '../backOffice'
import { agreed, copy } from '../dialogs'
import { adminMessages, providerName } from '../messages'
import { act, actionsDone, ask, whoAmI } from '../service'
import { beijingTimeOf, decimalsOf, fenOf, orderTones, yuanOf } from '../texts'
import { go } from '../ways'
import { detailText, whatText } from './details'
import { t } from './messages'
import { forgetSeen, keepRefund, type PendingRefund, pendingRefund } from './pendingRefunds'

type Role = Awaited<ReturnType<typeof whoAmI>>['role']

interface Line {
  name: string
  value: string
}

interface Form {
  paymentNo: string
  /** the most that may go back */
  leftFen: number
  leftText: string
  label: string
  amount: string
  reason: string
  problem: string
}

interface RecordForm {
  refundNo: string
  isRefunded: boolean
  amount: string
  note: string
  problem: string
}

interface Fields {
  orderNo: string
  order: StaffOrderView | undefined
  role: Role
  /** the actions done when it was read */
  seen: number
  /** a slower answer to an older question is dropped */
  round: number
}

const paymentTones = { created: 'warn', pending: 'warn', failed: '', closed: '', paid: 'good' } as const
const refundTones = { requested: 'warn', pending: 'warn', failed: 'bad', done: 'good' } as const
const bys = new Map<string, string>(Object.entries(t.bys))

function channelText({ channel, channelName, channelNameEn }: StaffOrderView['payments'][number]): string {
  if (channelName !== null) return inLanguage(channelName, channelNameEn ?? channelName)
  return channel === 'papay' ? t.debit : channel
}

;(Component as PageWith<Fields>)({
  data: {
    t,
    a: adminMessages,
    state: 'loading' as PlaceState,
    errorText: '',
    head: { title: '', amount: '', state: '', tone: '', short: '' },
    lines: [] as Line[],
    items: [] as { sku: string; title: string; amount: string }[],
    payments: [] as {
      no: string
      name: string
      state: string
      tone: string
      amount: string
      lines: Line[]
      surplus: boolean
      isBackUnknown: boolean
      mayRefund: boolean
      isOwn: boolean
      cannotRefund: boolean
    }[],
    refunds: [] as {
      no: string
      amount: string
      state: string
      tone: string
      text: string
      reason: string
      mayRecord: boolean
    }[],
    history: [] as { key: number; what: string; who: string; time: string; detail: string }[],
    notices: [] as { id: string; text: string }[],
    numbers: [] as string[],
    contractNo: '',
    mayRecheck: false,
    mayClose: false,
    closing: '',
    form: null as Form | null,
    record: null as RecordForm | null,
    busy: '',
  },
  lifetimes: {
    created() {
      this.orderNo = ''
      this.order = undefined
      this.role = 'stranger'
      this.seen = -1
      this.round = 0
    },
  },
  methods: {
    onLoad(query: { orderNo?: string }): void {
      wx.setNavigationBarTitle({ title: t.title })
      this.orderNo = query.orderNo ?? ''
      this.load()
    },
    // After an action on another page the order may be another one.
    onShow(): void {
      if (this.seen !== actionsDone()) this.load()
    },
    async onPullDownRefresh(): Promise<void> {
      await this.load()
      wx.stopPullDownRefresh()
    },
    onRetry(): void {
      this.setData({ state: 'loading' })
      this.load()
    },
    async load(): Promise<void> {
      const mine = ++this.round
      this.seen = actionsDone()
      try {
        const [{ order }, { role }] = await Promise.all([ask('order', { orderNo: this.orderNo }), whoAmI()])
        if (mine !== this.round) return
        this.role = role
        this.show(order)
        this.setData({ state: 'ready' })
      } catch (error) {
        if (mine !== this.round) return
        this.seen = -1
        const code = codeOf(error)
        const errorText = adminMessages.errors[code]
        if (this.order && code !== 'Forbidden') wx.showToast({ title: errorText, icon: 'none' })
        else this.setData({ state: placeOf(code), errorText })
      }
    },
    /** What an action brought is newer than whatever was asked before, which is not waited for. */
    showNew(order: StaffOrderView): void {
      this.round += 1
      this.show(order)
      this.setData({ state: 'ready' })
    },
    show(order: StaffOrderView): void {
      this.order = order
      forgetSeen(order)
      const { role } = this
      const { currency } = order
      const money = (fen: number) => moneyText(fen, currency)
      const line = (name: string, value: string | null): Line[] => (value === null ? [] : [{ name, value }])
      const at = (time: number | null) => (time === null ? null : beijingTimeOf(time))
      this.setData({
        head: {
          title: inLanguage(order.items[0]?.title ?? '', order.items[0]?.titleEn ?? ''),
          amount: money(order.amountFen),
          state: adminMessages.orderStates[order.standing],
          tone: orderTones[order.standing],
          short: order.orderNo.slice(-8),
        },
        lines: [
          ...line(t.refunded, order.refundedFen > 0 ? money(order.refundedFen) : null),
          ...line(t.shopper, order.shopper),
          ...line(t.placed, beijingTimeOf(order.createdAt)),
          ...line(t.paid, at(order.paidAt)),
          ...line(t.closed, at(order.closedAt)),
          ...line(t.expires, order.standing === 'open' ? beijingTimeOf(order.expiresAt) : null),
          ...line(t.nextCheck, at(order.dueAt)),
        ],
        contractNo: order.contract?.contractNo ?? '',
        mayRecheck: role === 'owner' || role === 'operator',
        mayClose: role === 'owner' && order.standing === 'open',
        closing: order.closesAt === null ? '' : t.closing(beijingTimeOf(order.closesAt).slice(-5)),
        items: order.items.map(({ sku, title, titleEn, quantity, priceFen }) => ({
          sku,
          title: `${inLanguage(title, titleEn)} × ${quantity}`,
          amount: money(priceFen * quantity),
        })),
        payments: order.payments.map((payment, index) => ({
          no: payment.paymentNo,
          name: `${t.attempt(index + 1)} · ${providerName(payment.provider)} · ${channelText(payment)}`,
          state: t.payments[payment.state],
          tone: paymentTones[payment.state],
          amount: money(payment.amountFen),
          lines: [
            ...line(t.theirNo, payment.theirNo),
            ...line(t.paid, at(payment.paidAt)),
            ...line(t.left, payment.refundableFen > 0 ? money(payment.refundableFen) : null),
          ],
          surplus: payment.surplus,
          isBackUnknown: payment.isBackUnknown,
          mayRefund: payment.refundableFen > 0 && payment.canRefund && !order.isOwn,
          isOwn: payment.refundableFen > 0 && payment.canRefund && order.isOwn,
          cannotRefund: payment.refundableFen > 0 && !payment.canRefund,
        })),
        refunds: order.refunds.map((refund) => ({
          no: refund.refundNo,
          amount: money(refund.amountFen),
          state: t.refundStates[refund.state],
          tone: refundTones[refund.state],
          text: `${beijingTimeOf(refund.doneAt ?? refund.createdAt)} · ${bys.get(refund.by) ?? refund.by}`,
          reason: t.reasons.get(refund.reason) ?? refund.reason,
          mayRecord: refund.mayRecord && !order.isOwn && (role === 'owner' || role === 'operator'),
        })),
        history: order.history
          .map((entry, key) => ({
            key,
            what: whatText(entry),
            who: bys.get(entry.by) ?? entry.by,
            time: beijingTimeOf(entry.at),
            detail: detailText(entry),
          }))
          .reverse(),
        notices: order.notices.map(({ id, kind, count, at: when }) => ({
          id,
          text: `${adminMessages.noticeKinds[kind]} · ${t.times(count)} · ${beijingTimeOf(when)}`,
        })),
        numbers: [order.orderNo, ...order.keys.filter((key) => key.length > 8)],
      })
      this.showLeft(order)
      // A result may have come while somebody wrote one down.
      const { record } = this.data
      if (record && !this.data.refunds.some(({ no, mayRecord }) => no === record.refundNo && mayRecord))
        this.setData({ record: null })
    },
    /** What may go back can change under an open form. */
    showLeft(order: StaffOrderView): void {
      const { form } = this.data
      if (!form) return
      const leftFen = order.payments.find(({ paymentNo }) => paymentNo === form.paymentNo)?.refundableFen ?? 0
      if (leftFen === 0) this.setData({ form: null })
      else this.setData({ 'form.leftFen': leftFen, 'form.leftText': moneyText(leftFen, order.currency) })
    },
    onRefund(event: WechatMiniprogram.TouchEvent<object, object, { no: string }>): void {
      const { order } = this
      const payment = order?.payments.find(({ paymentNo }) => paymentNo === event.currentTarget.dataset.no)
      if (!payment || !order || this.data.busy !== '') return
      const { currency } = order
      const earlier = pendingRefund(payment.paymentNo)
      this.setData({
        form: {
          paymentNo: payment.paymentNo,
          leftFen: payment.refundableFen,
          leftText: moneyText(payment.refundableFen, currency),
          label: t.refundAmount(currency),
          amount: yuanOf(earlier?.amountFen ?? payment.refundableFen, decimalsOf(currency)),
          reason: earlier?.reason ?? '',
          problem: earlier ? t.unsure : '',
        },
      })
    },
    onAmount(event: WechatMiniprogram.Input): void {
      if (this.data.form) this.setData({ 'form.amount': event.detail.value, 'form.problem': '' })
    },
    onReason(event: WechatMiniprogram.Input): void {
      if (this.data.form) this.setData({ 'form.reason': event.detail.value })
    },
    onWhole(): void {
      const { form } = this.data
      if (!form || !this.order || this.data.busy !== '') return
      this.setData({ 'form.amount': yuanOf(form.leftFen, decimalsOf(this.order.currency)), 'form.problem': '' })
    },
    onFormClose(): void {
      if (this.data.busy === '') this.setData({ form: null })
    },
    async onSend(): Promise<void> {
      const { form } = this.data
      const { order } = this
      if (!form || !order || this.data.busy !== '') return
      const amountFen = fenOf(form.amount, decimalsOf(order.currency))
      if (amountFen === undefined || amountFen < 1 || amountFen > form.leftFen) {
        this.setData({ 'form.problem': t.wrongAmount(form.leftText) })
        return
      }
      await this.perform('refund', async () => {
        const confirm = await agreed({
          title: t.sureTitle,
          content: t.sureText(moneyText(amountFen, order.currency), order.orderNo.slice(-8)),
          confirmText: t.send,
        })
        if (!confirm) return
        this.setData({ 'form.problem': '' })
        const { paymentNo, reason } = form
        await this.send(keepRefund({ paymentNo, amountFen, reason: reason.trim() }))
      })
    },
    async send(wish: PendingRefund): Promise<void> {
      const { orderNo } = this
      try {
        this.showNew((await act('refund', { orderNo, ...wish }, { repeats: true })).order)
        this.setData({ form: null })
        wx.showToast({ title: t.accepted, icon: 'none' })
      } catch (error) {
        await this.explain(wish, codeOf(error))
      }
    },
    /** Says what became of a refund that failed or was not answered; the order's own record knows best. */
    async explain(wish: PendingRefund, code: FailureCode): Promise<void> {
      // Without a connection there is nothing to ask; the number is kept, and the same one may be sent again.
      const read = code === 'Network' ? undefined : await ask('order', { orderNo: this.orderNo }).catch(() => undefined)
      if (read) this.showNew(read.order)
      const there = read?.order.refunds.find(({ requestId }) => requestId === wish.requestId)
      if (read && there) {
        this.setData({ form: null })
        wx.showToast({ title: t.earlier(moneyText(there.amountFen, read.order.currency)), icon: 'none' })
        return
      }
      const problems: Partial<Record<FailureCode, string>> = {
        Forbidden: read?.order.isOwn ? t.ownOrder : t.overLimit,
        Conflict: t.tooMuch,
        Network: t.unsure,
        Internal: t.unsure,
      }
      const problem = problems[code] ?? adminMessages.errors[code]
      if (this.data.form) this.setData({ 'form.problem': problem })
      else wx.showToast({ title: problem, icon: 'none' })
    },
    onRecord(event: WechatMiniprogram.TouchEvent<object, object, { no: string; refunded: boolean }>): void {
      const { no, refunded: isRefunded } = event.currentTarget.dataset
      const refund = this.data.refunds.find((one) => one.no === no)
      if (!refund || this.data.busy !== '') return
      this.setData({ record: { refundNo: no, isRefunded, amount: refund.amount, note: '', problem: '' } })
    },
    onRecordNote(event: WechatMiniprogram.Input): void {
      if (this.data.record) this.setData({ 'record.note': event.detail.value, 'record.problem': '' })
    },
    onRecordCancel(): void {
      if (this.data.busy === '') this.setData({ record: null })
    },
    async onRecordSave(): Promise<void> {
      const { record } = this.data
      if (!record || this.data.busy !== '') return
      const note = record.note.trim()
      if (note === '') {
        this.setData({ 'record.problem': t.recordNoteMissing })
        return
      }
      const { refundNo, isRefunded, amount } = record
      const { button, sure, done } = t.record[isRefunded ? 'refunded' : 'notRefunded']
      const work = async () => {
        const content = `${button}${t.recordColon}${sure(amount)}`
        if (!(await agreed({ title: t.recordTitle, content, confirmText: t.recordYes }))) return
        const input = { orderNo: this.orderNo, refundNo, isRefunded, note }
        const { order } = await act('recordRefund', input, { repeats: true })
        this.setData({ record: null })
        this.showNew(order)
        wx.showToast({ title: done, icon: 'none' })
      }
      await once(this, 'record', work, async (code) => {
        const problems: Partial<Record<FailureCode, string>> = {
          Forbidden: t.recordOverLimit,
          Conflict: t.recordConflict,
        }
        wx.showToast({ title: problems[code] ?? adminMessages.errors[code], icon: 'none' })
        await this.load()
      })
    },
    async onRecheck(): Promise<void> {
      await this.perform('recheck', async () => {
        this.showNew((await act('recheck', { orderNo: this.orderNo })).order)
        wx.showToast({ title: t.rechecked, icon: 'success' })
      })
    },
    async onClose(): Promise<void> {
      await this.perform('close', async () => {
        const confirm = await agreed({
          title: t.closeTitle,
          content: t.closeText(this.orderNo.slice(-8)),
          confirmText: t.closeYes,
        })
        if (!confirm) return
        const { order } = await act('close', { orderNo: this.orderNo })
        this.showNew(order)
        // Where the provider cannot close, the page says until when it may take.
        if (order.standing === 'closed') wx.showToast({ title: t.isClosed, icon: 'success' })
      })
    },
    async perform(busy: 'refund' | 'recheck' | 'close', work: () => Promise<void>): Promise<void> {
      await once(this, busy, work, async (code) => {
        wx.showToast({ title: adminMessages.errors[code], icon: 'none' })
        await this.load()
      })
    },
    onCopy(event: WechatMiniprogram.TouchEvent<object, object, { no: string }>): void {
      const { no } = event.currentTarget.dataset
      copy(no)
    },
    onContract(): void {
      go(`/pages/admin/contract/index?contractNo=${this.data.contractNo}`)
    },
    onNotices(): void {
      go('/pages/admin/notices/index')
    },
  },
})
