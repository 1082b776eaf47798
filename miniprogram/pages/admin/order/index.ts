// One order for staff: amounts, attempts, refunds and history. Staff can refund, ask the provider and close the order.

import type { AdminResults, StaffOrderView } from '../../../../cloudfunctions/shared/api/admin'
import { moneyText } from '../../../money'
import { majorText, shownDecimals } from '../../../rules/money'
import { longest } from '../../../rules/terms'
import { codeOf, type FailureCode } from '../../../services/cloud'
import type { PlaceState, Tap } from '../backOffice'
import { detailPage } from '../detailPage'
import { agreed } from '../dialogs'
import { adminMessages } from '../messages'
import { act, ask, whoAmI } from '../service'
import { t as shippingTexts } from '../shipping/messages'
import { entryOf, type TypedParcel } from '../shipping/parcels'
import { fenOf } from '../texts'
import { t } from './messages'
import { forgetSeen, keepRefund, type PendingRefund, pendingRefund } from './pendingRefunds'
import { noParcel, type ShipForm, shipFormOf, shipWays } from './ship'
import { orderShown } from './shown'

interface Form {
  paymentNo: string
  /** The highest amount that can still be refunded, in minor units. */
  leftFen: number
  leftText: string
  label: string
  amount: string
  reason: string
  problem: string
}

interface Fields {
  orderNo: string
  order: StaffOrderView | undefined
  role: AdminResults['claim']['role']
}

detailPage({
  title: t.title,
  data: {
    t,
    longest,
    s: shippingTexts,
    shipWays,
    ship: null as ShipForm | null,
    ...({} as Partial<ReturnType<typeof orderShown>>),
    form: null as Form | null,
    record: null as { refundNo: string; isRefunded: boolean; amount: string } | null,
  },
  fields: (): Fields => ({ orderNo: '', order: undefined, role: 'stranger' }),
  open({ orderNo = '' }): void {
    this.orderNo = orderNo
  },
  async read(): Promise<StaffOrderView> {
    const [{ order }, { role }] = await Promise.all([ask('order', { orderNo: this.orderNo }), whoAmI()])
    this.role = role
    return order
  },
  show(order): PlaceState {
    this.order = order
    forgetSeen(order)
    const shown = orderShown(order, this.role)
    const { form, record } = this.data
    // The refundable amount may have changed since staff opened the refund form. Show the new amount, or close the form
    // if nothing is left.
    const leftFen = order.payments.find(({ paymentNo }) => paymentNo === form?.paymentNo)?.refundableFen ?? 0
    this.setData({
      ...shown,
      form: form && leftFen > 0 ? { ...form, leftFen, leftText: moneyText(leftFen, order.currency) } : null,
      // If the refund's result arrives while staff are entering a result by hand, close the form for entering it.
      ship: order.mayShip ? this.data.ship : null,
      record: shown.refunds.some(({ no, mayRecord }) => no === record?.refundNo && mayRecord) ? record : null,
    })
    return 'ready'
  },
  methods: {
    onRefund({ currentTarget }: Tap<{ no: string }>): void {
      const { order } = this
      const payment = order?.payments.find(({ paymentNo }) => paymentNo === currentTarget.dataset.no)
      if (!payment || !order || this.data.busy !== '') return
      const { currency } = order
      const { paymentNo, refundableFen: leftFen } = payment
      const earlier = pendingRefund(paymentNo)
      this.setData({
        form: {
          paymentNo,
          leftFen,
          leftText: moneyText(leftFen, currency),
          label: t.refundAmount(currency),
          amount: majorText(earlier?.amountFen ?? leftFen, shownDecimals(currency)),
          reason: earlier?.reason ?? '',
          problem: earlier ? t.unsure : '',
        },
      })
    },
    onAmount({ detail }: Tap): void {
      if (this.data.form) this.setData({ 'form.amount': detail.value, 'form.problem': '' })
    },
    onReason({ detail }: Tap): void {
      if (this.data.form) this.setData({ 'form.reason': detail.value })
    },
    onWhole(): void {
      const { form } = this.data
      if (!form || !this.order || this.data.busy !== '') return
      this.setData({ 'form.amount': majorText(form.leftFen, shownDecimals(this.order.currency)), 'form.problem': '' })
    },
    onFormClose(): void {
      if (this.data.busy === '') this.setData({ form: null, record: null })
    },
    async onSend(): Promise<void> {
      const { form } = this.data
      const { order } = this
      if (!form || !order || this.data.busy !== '') return
      const amountFen = fenOf(form.amount, shownDecimals(order.currency))
      if (amountFen === undefined || amountFen < 1 || amountFen > form.leftFen)
        return this.setData({ 'form.problem': t.wrongAmount(form.leftText) })
      await this.perform('refund', async () => {
        const content = t.sureText(moneyText(amountFen, order.currency), order.orderNo.slice(-8))
        if (!(await agreed({ title: t.sureTitle, content, confirmText: t.send }))) return
        this.setData({ 'form.problem': '' })
        const { paymentNo, reason } = form
        await this.send(keepRefund({ paymentNo, amountFen, reason: reason.trim() }))
      })
    },
    async send(wish: PendingRefund): Promise<void> {
      try {
        this.showNew((await act('refund', { orderNo: this.orderNo, ...wish }, { repeats: true })).order)
        this.setData({ form: null })
        wx.showToast({ title: t.accepted, icon: 'none' })
      } catch (error) {
        await this.explain(wish, codeOf(error))
      }
    },
    /** Shows the result of a refund request that failed or got no answer. The order's record decides. */
    async explain(wish: PendingRefund, code: FailureCode): Promise<void> {
      // Without a connection the page cannot read the order. Keep the request's number, so that a retry sends the same
      // refund.
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
    onRecord({ currentTarget }: Tap<{ no: string; refunded: boolean }>): void {
      const { no, refunded: isRefunded } = currentTarget.dataset
      const refund = this.data.refunds?.find((one) => one.no === no)
      if (!refund || this.data.busy !== '') return
      this.setData({ record: { refundNo: no, isRefunded, amount: refund.amount } })
    },
    async onRecordSave({ detail: { value: note } }: Tap): Promise<void> {
      const { record } = this.data
      if (!record) return
      const { refundNo, isRefunded, amount } = record
      const { button, sure, done } = t.record[isRefunded ? 'refunded' : 'notRefunded']
      const work = async (): Promise<void> => {
        const content = `${button}${t.recordColon}${sure(amount)}`
        if (!(await agreed({ title: t.recordTitle, content, confirmText: t.recordYes }))) return
        const input = { orderNo: this.orderNo, refundNo, isRefunded, note }
        const { order } = await act('recordRefund', input, { repeats: true })
        this.setData({ record: null })
        this.showNew(order)
        wx.showToast({ title: done, icon: 'none' })
      }
      await this.perform('record', work, { Forbidden: t.recordOverLimit, Conflict: t.recordConflict })
    },
    onShip(): void {
      if (this.order && this.data.busy === '') this.setData({ ship: shipFormOf(this.order) })
    },
    onShipClose(): void {
      if (this.data.busy === '') this.setData({ ship: null })
    },
    onShipWay({ detail }: Tap): void {
      this.setData({ 'ship.way': detail.value, 'ship.problem': '' })
    },
    onParcel({ currentTarget, detail }: Tap<{ index: number; name: keyof TypedParcel }>): void {
      const { index, name } = currentTarget.dataset
      this.setData({ [`ship.parcels[${index}].${name}`]: detail.value, 'ship.problem': '' })
    },
    onParcelMore(): void {
      if (this.data.ship) this.setData({ 'ship.parcels': [...this.data.ship.parcels, noParcel] })
    },
    onParcelDrop({ currentTarget }: Tap<{ index: number }>): void {
      const parcels = this.data.ship?.parcels.filter((_, index) => index !== currentTarget.dataset.index)
      if (parcels) this.setData({ 'ship.parcels': parcels })
    },
    async onShipSend(): Promise<void> {
      const { ship } = this.data
      if (!ship || this.data.busy !== '') return
      const entry = entryOf(this.orderNo, ship.way, ship.parcels)
      if (typeof entry === 'string') return this.setData({ 'ship.problem': entry })
      await this.perform('ship', async () => {
        const { results } = await act('ship', { entries: [entry] }, { repeats: true })
        const problem = results[0]?.problem ?? null
        if (problem !== null) return this.setData({ 'ship.problem': shippingTexts.problems[problem] })
        this.setData({ ship: null })
        this.showNew((await ask('order', { orderNo: this.orderNo })).order)
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
        const content = t.closeText(this.orderNo.slice(-8))
        if (!(await agreed({ title: t.closeTitle, content, confirmText: t.closeYes }))) return
        const { order } = await act('close', { orderNo: this.orderNo })
        this.showNew(order)
        // When the provider cannot close the payment, the page shows until when it can still be paid.
        if (order.standing === 'closed') wx.showToast({ title: t.isClosed, icon: 'success' })
      })
    },
  },
})
