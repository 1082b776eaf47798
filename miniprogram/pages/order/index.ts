// One order: its state, the next step and its history. The page says 已支付 (paid) only when the server's record says
// paid; the payment sheet's answer only selects the sentence shown until then.

import type { ChannelView, OrderView, PaymentView } from '../../../cloudfunctions/shared/api/orders'
import type { LimitName } from '../../../cloudfunctions/shared/api/reply'
import type { PageWith } from '../../componentWith'
import { messages, type Way, wayOn } from '../../messages'
import { moneyText } from '../../money'
import { type LineView, lineViews, stateText } from '../../orderTexts'
import { firstMethod, type MethodView, methodKey, methodName, methodViews, noMethodText } from '../../payMethods'
import { beijingMinute } from '../../rules/beijing'
import { orderNoPattern } from '../../rules/numbers'
import { isInSettings, openAlbumSettings, type Refusal, saveToAlbum } from '../../services/album'
import { copyText } from '../../services/clipboard'
import { codeOf, limitOf } from '../../services/cloud'
import { askToTell } from '../../services/messages'
import {
  cancelOrder,
  channels,
  orderMessages,
  readOrder,
  receivedOrder,
  refreshOrder,
  serverNow,
} from '../../services/orders'
import { answerFor, type Handout, handoutFor, startPayment } from '../../services/payment'
import { canConfirmReceipt, confirmReceipt } from '../../services/receipt'
import {
  hasSurplus,
  isAwaited,
  isOpen,
  paymentWord,
  refundFen,
  type SheetAnswer,
  type Standing,
  standingOf,
  type Tone,
  tones,
} from '../../standing'
import { leftText } from '../../time'
import { createWatch, type Watch } from '../../watch'

interface MoneyLine {
  no: string
  name: string
  state: string
  time: string
  amountFen: number
  currency: string
}

interface Fields {
  orderNo: string
  order: OrderView | null
  /** The payment sheet's last answer for this order on this phone. It survives a restart of the app. */
  answer: SheetAnswer | undefined
  ways: ChannelView[]
  /** Key of the payment method that the shopper chose on this page. */
  picked: string
  watch: Watch
  /** true: the page has polled for a minute and nothing changed. */
  late: boolean
  ticking: number
  /** Number of the newest read. The page drops answers to older reads, so that they never replace newer data. */
  asked: number
  applied: number
  visible: boolean
  gone: boolean
  busy: boolean
  /** The payment attempt whose QR code or link this page has already requested. The page requests each only once. */
  takenUp: string
  /** The headline that the page shows. */
  headline: string
}

const answersByText = new Map<string, SheetAnswer>([
  ['0', 0],
  ['-1', -1],
  ['-2', -2],
  ['-3', -3],
  ['-4', -4],
  ['link', 'link'],
  ['code', 'code'],
])

// Pause between polls after the first minute, in ms. Polling continues more slowly, because another person may need
// time to scan the code.
const patientMs = 10_000

/**
 * The headline of the order's page. It depends on the order's state, the sheet's answer on this phone, and whether the
 * page has waited too long.
 */
function headlineOf(
  standing: Standing,
  answer: SheetAnswer | undefined,
  late: boolean,
): { title: string; text: string } {
  if (standing === 'confirming') {
    if (late) return messages.late[answer === 0 ? 'paid' : 'unknown']
    return answer === 0 || answer === -4 ? messages.results[answer] : messages.standings.confirming
  }
  if (late && (standing === 'cancelling' || standing === 'expiring')) return messages.late.closing
  if (standing === 'toPay' && (answer === -1 || answer === -2 || answer === -3)) return messages.results[answer]
  return messages.standings[standing]
}

// Whether to show the time left to pay. After a successful payment sheet the shopper has paid and only waits for the
// confirmation, so no time is shown.
const hasDeadline = (standing: Standing, answer: SheetAnswer | undefined): boolean =>
  standing === 'toPay' || (standing === 'confirming' && answer !== 0)

// A very long link would push its copy button off the screen. Show a shortened link; the button copies the full one.
const shortLink = (link: string): string => (link.length > 60 ? `${link.slice(0, 56)}…` : link)

// The channel of a charge under a contract (domain/payment.ts); no shopper chooses it.
const debitChannel = 'papay'

interface ShippingText {
  way: string
  state: string
  parcels: OrderParcel[]
}

type OrderParcel = NonNullable<OrderView['shipping']>['parcels'][number]

function shippingText({ shipping }: OrderView): ShippingText | null {
  if (!shipping) return null
  const { way, state, parcels } = shipping
  // Show a shipping state only for parcels and local delivery. With pickup or a digital item nothing is shipped.
  const isSent = way === 'parcel' || way === 'city'
  const word = isSent || state === 'received' ? messages.order.shippingStates[state] : ''
  return { way: messages.order.shippingWays[way], state: word, parcels }
}

/** Text of a history entry: what happened, the amount of a refund, and whether the shop did it. */
function eventText(order: OrderView, { what, by, refundNo }: OrderView['timeline'][number]): string {
  const refund = order.refunds.find((one) => one.refundNo === refundNo)
  const amount = refund ? moneyText(refund.amountFen, order.currency) : ''
  const doer = by === 'shop' || (what === 'refundRequested' && by !== 'shopper') ? `(${messages.doers[by]})` : ''
  return [messages.timeline[what], amount, doer].filter(Boolean).join(' ')
}

;(Component as PageWith<Fields>)({
  data: {
    t: messages.order,
    state: 'loading' as 'loading' | 'ready' | 'error',
    errorText: '',
    errorWay: 'retry' as Way,
    errorWayText: '',
    orderNo: '',
    created: '',
    title: '',
    text: '',
    tone: 'quiet' as Tone,
    left: '',
    amountFen: 0,
    refundedFen: 0,
    currency: 'CNY',
    lines: [] as LineView[],
    timeline: [] as { key: number; what: string; time: string }[],
    payments: [] as MoneyLine[],
    refunds: [] as MoneyLine[],
    methods: [] as MethodView[],
    chosen: '',
    noMethod: '',
    payLabel: '',
    /** Picture of a QR code that someone scans to pay the order. */
    code: '',
    codeText: '',
    link: '',
    /** The link, shortened for the screen so that the target site is still visible. */
    linkText: '',
    /**
     * true: the page already shows the QR code or link of the chosen method, so the button need not start a payment.
     */
    isHandedOut: false,
    /** The shipping of the order; null if staff have not entered it. */
    shipping: null as ShippingText | null,
    mayConfirm: false,
    surplus: '',
    mayPay: false,
    /** true: show a button to leave the page. The shopper waits for the result and has nothing to do here. */
    mayLeave: false,
    mayPayAnyway: false,
    mayCancel: false,
    isWaiting: false,
    isLate: false,
    isOurFault: false,
    isEnded: false,
    /** true: only the shop can solve this, so the page shows the contact button first. */
    mayContact: false,
    paying: false,
    cancelling: false,
    problem: '',
    problemWay: 'retry' as Way,
    problemWayText: '',
  },
  lifetimes: {
    created() {
      this.orderNo = ''
      this.order = null
      this.answer = undefined
      this.ways = []
      this.picked = ''
      this.late = false
      this.ticking = 0
      this.asked = 0
      this.applied = 0
      this.visible = false
      this.gone = false
      this.busy = false
      this.takenUp = ''
      this.headline = ''
      this.watch = createWatch(
        () => this.ask(),
        () => this.onLate(),
      )
    },
  },
  methods: {
    onLoad(query: Record<string, string | undefined>): void {
      wx.setNavigationBarTitle({ title: messages.order.title })
      const { orderNo = '', result = '' } = query
      if (!orderNoPattern.test(orderNo)) {
        this.showError('NotFound')
        return
      }
      this.orderNo = orderNo
      this.answer = answerFor(orderNo) ?? answersByText.get(result)
      this.setData({ orderNo })
      this.loadMethods()
    },
    onShow(): void {
      this.visible = true
      if (this.orderNo !== '' && !this.busy) this.open()
    },
    onHide(): void {
      this.rest()
    },
    onUnload(): void {
      this.gone = true
      this.rest()
    },
    rest(): void {
      this.visible = false
      this.watch.stop()
      clearInterval(this.ticking)
    },
    async onPullDownRefresh(): Promise<void> {
      if (this.order) {
        const error = await this.read(refreshOrder)
        if (error) wx.showToast({ title: messages.errors[error], icon: 'none' })
        else this.follow()
      } else if (this.orderNo !== '') await this.open()
      wx.stopPullDownRefresh()
    },
    async open(): Promise<void> {
      const error = await this.read(readOrder)
      if (!error) this.follow()
      else if (!this.order) this.showError(error)
    },
    /** Reads the order with the given function and shows it. Returns the failure's code, if any. */
    async read(by: (orderNo: string) => Promise<OrderView>): Promise<ReturnType<typeof codeOf> | undefined> {
      const mine = ++this.asked
      try {
        const order = await by(this.orderNo)
        this.apply(order, mine)
        return undefined
      } catch (error) {
        return codeOf(error)
      }
    },
    /**
     * Shows an order.
     * @param asked number of the read that returned this order; if a newer read was shown, the page drops the order
     */
    apply(order: OrderView, asked: number): void {
      if (this.gone || asked < this.applied) return
      this.applied = asked
      this.order = order
      this.chooseMethod()
      this.show()
      this.takeUp()
    },
    async ask(): Promise<boolean> {
      // WeChat's H5 page returns to this page, and WeChat does not allow this page to query the payment by itself. So
      // read only our own record. If the shopper taps the button, the server queries WeChat.
      await this.read(this.waitsForWechatPage() ? readOrder : refreshOrder)
      return this.order !== null && isAwaited(this.order, this.answer)
    },
    /**
     * Whether the order waits only for payments on WeChat's H5 page. Until the payment methods are known, every link
     * counts as such a payment.
     */
    waitsForWechatPage(): boolean {
      const waiting = this.order?.payments.filter(isOpen) ?? []
      const isThere = (payment: PaymentView) =>
        this.ways.length === 0 || this.ways.find((one) => methodKey(one) === methodKey(payment))?.isWechatPage === true
      return waiting.length > 0 && waiting.every((payment) => payment.kind === 'link' && isThere(payment))
    },
    onLate(): void {
      const left = (this.order?.expiresAt ?? 0) - serverNow()
      if (this.handout() && left > 0) {
        this.watch.start({ everyMs: patientMs, atMostMs: left })
        return
      }
      this.late = true
      this.show()
    },
    /** The code or link of the pending attempt, if the order can still be paid with it. */
    handout(): Handout | undefined {
      const { order } = this
      if (!order || standingOf(order, this.answer) !== 'toPay') return undefined
      const handout = handoutFor(order.orderNo)
      const isWaiting = (payment: PaymentView) => payment.state === 'created' || payment.state === 'pending'
      const payment = order.payments.find((one) => one.paymentNo === handout?.paymentNo && isWaiting(one))
      // If the shop no longer offers QR codes or links in the mini-program, do not show a code or link from an earlier
      // payment.
      const way = payment && this.ways.find((one) => methodKey(one) === methodKey(payment))
      return payment && way?.usable !== false ? handout : undefined
    },
    /** Starts polling when the order may change soon, and the countdown when payment has a deadline. */
    follow(): void {
      if (!this.visible || this.busy || !this.order) return
      this.late = false
      if (isAwaited(this.order, this.answer)) this.watch.start()
      else this.watch.stop()
      this.show()
    },
    show(): void {
      const { order } = this
      if (!order) return
      const standing = standingOf(order, this.answer)
      const { title, text } = headlineOf(standing, this.answer, this.late)
      const awaited = standing === 'confirming' || standing === 'cancelling' || standing === 'expiring'
      const ended = order.state !== 'open'
      if (ended) this.setData({ problem: '' })
      this.setData({
        state: 'ready',
        title: refundFen(order, standing) > 0 ? stateText(order, standing) : title,
        text,
        tone: standing === 'toPay' && (this.answer === -1 || this.answer === -3) ? 'bad' : tones[standing],
        created: beijingMinute(order.createdAt),
        amountFen: order.amountFen,
        refundedFen: order.refundedFen,
        currency: order.currency,
        lines: lineViews(order.items, order.currency),
        timeline: order.timeline
          .filter(({ what }) => Boolean(messages.timeline[what]))
          .map((entry, key) => ({ key, what: eventText(order, entry), time: beijingMinute(entry.at) }))
          .reverse(),
        payments: this.paymentLines(order),
        refunds: order.refunds.map(({ refundNo, state, amountFen, createdAt, doneAt, by, reason }) => ({
          no: refundNo,
          name: [messages.doers[by], reason && messages.refundReason(reason)].filter(Boolean).join(' · '),
          state: messages.refunds[state],
          time: beijingMinute(doneAt ?? createdAt),
          amountFen,
          currency: order.currency,
        })),
        shipping: shippingText(order),
        mayConfirm: Boolean(order.shipping?.confirmBy) && canConfirmReceipt(),
        payLabel: `${messages.order.pay} ${moneyText(order.amountFen, order.currency)}`,
        surplus: hasSurplus(order) && standing !== 'receivedLate' ? messages.surplus : '',
        mayContact: standing === 'disputed' || standing === 'receivedLate' || standing === 'refundFailed',
        mayPay: standing === 'toPay',
        // After a successful sheet, do not offer to pay again, because the shopper would then pay twice. After an
        // unknown result the shopper may pay again, with a warning.
        mayLeave: awaited && !this.late,
        mayPayAnyway: standing === 'confirming' && this.late && order.mayPay && this.answer !== 0,
        mayCancel: standing === 'toPay' && order.mayCancel,
        isWaiting: awaited && !this.late,
        isLate: awaited && this.late,
        isOurFault: standing === 'toPay' && this.answer === -3,
        isEnded: ended && standing !== 'receivedLate' && standing !== 'disputed',
      })
      this.showHandout(order)
      this.countDown(hasDeadline(standing, this.answer))
      this.toTop(title)
    },
    /** Scrolls up to a new headline, so that a shopper who scrolled down sees it. */
    toTop(title: string): void {
      if (this.headline !== '' && this.headline !== title) wx.pageScrollTo({ scrollTop: 0 })
      this.headline = title
    },
    showHandout(order: OrderView): void {
      const handout = this.handout()
      const payment = order.payments.find(({ paymentNo }) => paymentNo === handout?.paymentNo)
      const key = payment && methodKey(payment)
      const way = this.ways.find((one) => methodKey(one) === key)
      const name = way ? methodName(way) : ''
      this.setData({
        code: handout?.kind === 'code' ? handout.content : '',
        codeText: handout?.kind === 'code' ? messages.order.codeText(name) : '',
        link: handout?.kind === 'link' ? handout.content : '',
        linkText: handout?.kind === 'link' ? shortLink(handout.content) : '',
        isHandedOut: handout !== undefined && key === this.data.chosen,
      })
    },
    paymentLines(order: OrderView): MoneyLine[] {
      const isOnly = order.payments.filter(({ state }) => state === 'paid').length === 1
      return order.payments.map((payment) => {
        const isDebit = payment.channel === debitChannel
        const way = this.ways.find((one) => methodKey(one) === methodKey(payment))
        const name = way ? methodName(way) : isDebit ? messages.debit : this.ways.length > 0 ? messages.otherMethod : ''
        return {
          no: payment.paymentNo,
          name: payment.surplus ? `${name} · ${isOnly ? messages.order.late : messages.order.surplus}` : name,
          state: messages.payments[paymentWord(order, payment, this.answer)],
          time: beijingMinute(payment.paidAt ?? payment.createdAt),
          amountFen: payment.amountFen,
          currency: order.currency,
        }
      })
    },
    countDown(isNeeded: boolean): void {
      clearInterval(this.ticking)
      if (!isNeeded) this.setData({ left: '' })
      if (!isNeeded || !this.visible) return
      this.ticking = setInterval(() => this.tick(), 1_000)
      this.setData({ left: leftText((this.order?.expiresAt ?? 0) - serverNow()) })
    },
    tick(): void {
      const left = (this.order?.expiresAt ?? 0) - serverNow()
      this.setData({ left: leftText(left) })
      if (left > 0) return
      clearInterval(this.ticking)
      if (!this.busy) this.open()
    },
    async loadMethods(): Promise<void> {
      try {
        this.ways = await channels()
        this.setData({ problem: '' })
      } catch (error) {
        if (this.order?.state === 'open') this.showProblem(codeOf(error))
        return
      }
      this.chooseMethod()
      this.show()
      this.takeUp()
    },
    /**
     * Shows the QR code or link of a pending attempt again when the shopper returns, also after a restart or on another
     * phone. The server returns the same code or link as before.
     */
    async takeUp(): Promise<void> {
      const { order } = this
      const last = order?.payments[order.payments.length - 1]
      const method = last && this.data.methods.find(({ key }) => key === methodKey(last))
      if (this.busy || this.gone || !order?.confirming || !order.mayPay || !last || !method?.usable) return
      const isHandedOut = method.kind === 'qrcode' || method.kind === 'link'
      const isThere = handoutFor(order.orderNo)?.paymentNo === last.paymentNo
      const isDecided = this.answer === 0 || this.answer === -4
      const isOver = last.state !== 'created' && last.state !== 'pending'
      if (!isHandedOut || isThere || isDecided || isOver || this.takenUp === last.paymentNo) return
      this.takenUp = last.paymentNo
      await this.begin(method, () => undefined)
    },
    /**
     * Selects the method that the shopper chose on this page. Without a choice, selects the method of the last attempt,
     * or else the first usable method.
     */
    chooseMethod(): void {
      const { order } = this
      if (!order) return
      const last = order.payments[order.payments.length - 1]
      const wished = this.picked || (last && methodKey(last))
      const methods = methodViews(this.ways, order.kind, wished)
      this.setData({
        methods,
        chosen: firstMethod(methods, wished)?.key ?? '',
        noMethod: this.ways.length > 0 && methods.length === 0 ? noMethodText(this.ways, order.kind) : '',
      })
    },
    onMethod(event: WechatMiniprogram.CustomEvent<{ key: string }>): void {
      this.picked = event.detail.key
      this.setData({ problem: '' })
      this.chooseMethod()
      this.show()
    },
    /** Whether another action is running. If so, shows a message that asks the shopper to wait. */
    isBusy(): boolean {
      if (this.busy) wx.showToast({ title: messages.order.wait, icon: 'none' })
      return this.busy
    },
    async onPay(): Promise<void> {
      if (!this.order || this.isBusy()) return
      const method = this.data.methods.find(({ key }) => key === this.data.chosen)
      if (!method) wx.showToast({ title: noMethodText(this.ways, this.order.kind), icon: 'none' })
      else await this.begin(method, (error) => this.afterFailure(error))
    },
    async begin(method: MethodView, onFailure: (error: unknown) => unknown): Promise<void> {
      this.busy = true
      // Ask for permission before anything is awaited, because WeChat shows its permission dialog only directly in a
      // tap.
      const asked = askToTell(orderMessages())
      this.watch.stop()
      this.setData({ paying: true, problem: '' })
      try {
        await asked
        const { order, answer } = await startPayment(this.orderNo, method, () => !this.gone)
        this.answer = answer ?? this.answer
        this.apply(order, ++this.asked)
      } catch (error) {
        this.answer = answerFor(this.orderNo)
        await onFailure(error)
      } finally {
        this.busy = false
        if (!this.gone) {
          this.setData({ paying: false })
          this.follow()
        }
      }
    },
    async onPayAnyway(): Promise<void> {
      if (this.isBusy()) return
      const { confirm } = await wx.showModal({
        title: messages.order.payAnywayTitle,
        content: messages.order.payAnywayText,
        cancelText: messages.order.back,
        confirmText: messages.order.pay,
      })
      if (confirm) await this.onPay()
    },
    async onCancel(): Promise<void> {
      if (this.isBusy()) return
      this.busy = true
      try {
        const { confirm } = await wx.showModal({
          title: messages.order.cancelTitle,
          content: messages.order.cancelText,
          cancelText: messages.order.cancelNo,
          confirmText: messages.order.cancelYes,
        })
        if (!confirm) return
        this.setData({ cancelling: true, problem: '' })
        const order = await cancelOrder(this.orderNo)
        this.apply(order, ++this.asked)
      } catch (error) {
        await this.afterFailure(error)
      } finally {
        this.busy = false
        if (!this.gone) {
          this.setData({ cancelling: false })
          this.follow()
        }
      }
    },
    /** If the order has changed meanwhile, reload the order and show its state. Otherwise show the error. */
    async afterFailure(error: unknown): Promise<void> {
      if (this.gone) return
      const code = codeOf(error)
      if (code === 'Conflict') await this.read(readOrder)
      if (code !== 'Conflict' || this.data.mayPay) this.showProblem(code, limitOf(error))
    },
    showProblem(code: ReturnType<typeof codeOf>, limit?: LimitName): void {
      wx.pageScrollTo({ scrollTop: 0 })
      const problemWay = code === 'Conflict' ? 'retry' : wayOn[code]
      const problem = limit ? messages.limits[limit] : messages.errors[code]
      this.setData({ problem, problemWay, problemWayText: messages.ways[problemWay] })
    },
    showError(code: ReturnType<typeof codeOf>): void {
      const errorWay = wayOn[code]
      this.setData({
        state: 'error',
        errorText: messages.errors[code],
        errorWay,
        errorWayText: messages.ways[errorWay],
      })
    },
    onRefresh(): void {
      this.follow()
    },
    /**
     * The shopper says that the code or link is paid. The page shows the server's answer, even if no payment has
     * arrived.
     */
    async onCheckPaid(): Promise<void> {
      if (this.isBusy()) return
      const error = await this.read(refreshOrder)
      if (this.gone) return
      if (error) wx.showToast({ title: messages.errors[error], icon: 'none' })
      else if (this.data.mayPay) wx.showToast({ title: messages.order.notPaidYet, icon: 'none' })
      this.follow()
    },
    onErrorWay(): void {
      if (this.data.errorWay === 'retry') {
        this.setData({ state: 'loading' })
        this.open()
        this.loadMethods()
      } else this.go(this.data.errorWay)
    },
    onProblemWay(): void {
      if (this.data.problemWay !== 'retry') this.go(this.data.problemWay)
      else if (this.ways.length === 0) this.loadMethods()
      else this.onPay()
    },
    go(way: Way): void {
      if (way === 'shop') wx.switchTab({ url: '/pages/shop/index' })
      else if (way === 'orders') wx.switchTab({ url: '/pages/orders/index' })
    },
    onShop(): void {
      this.go('shop')
    },
    onCopyParcel({ currentTarget }: WechatMiniprogram.TouchEvent<object, object, { no: string }>): void {
      void copyText(currentTarget.dataset.no)
    },
    /**
     * Opens WeChat's page for confirming the receipt. Then our server asks WeChat for the result, because the server
     * cannot trust the phone.
     */
    async onConfirmReceipt(): Promise<void> {
      const number = this.order?.shipping?.confirmBy
      if (!number || this.isBusy()) return
      this.busy = true
      try {
        if (await confirmReceipt(number)) this.apply(await receivedOrder(this.orderNo), ++this.asked)
        if (!this.gone && this.data.mayConfirm) wx.showToast({ title: messages.order.notReceived, icon: 'none' })
      } catch (error) {
        if (!this.gone) wx.showToast({ title: messages.errors[codeOf(error)], icon: 'none' })
      } finally {
        this.busy = false
      }
    },
    onCopyNo(): void {
      void copyText(this.orderNo)
    },
    onCopyLink(): void {
      void copyText(this.data.link)
    },
    async onSaveCode(): Promise<void> {
      const saved = await saveToAlbum(this.data.code)
      if (saved === 'saved') wx.showToast({ title: messages.order.saved, icon: 'success' })
      else if (saved === 'failed') wx.showToast({ title: messages.order.saveFailed, icon: 'none' })
      else if (saved !== 'cancelled') {
        await this.explainAlbum(saved)
      }
    },
    /**
     * Explains why the phone could not save the QR code to the album, and offers what helps: the settings, or the
     * privacy question again.
     */
    async explainAlbum(why: Refusal): Promise<void> {
      const question = { title: messages.order.albumTitle, content: messages.order.albumText[why] }
      if (why === 'privacyUndeclared') {
        await wx.showModal({ ...question, showCancel: false })
        return
      }
      const { confirm } = await wx.showModal({
        ...question,
        cancelText: messages.order.back,
        confirmText: isInSettings(why) ? messages.order.albumSettings : messages.privacy.again,
      })
      if (!confirm) return
      if (isInSettings(why)) openAlbumSettings(why)
      else await this.onSaveCode()
    },
  },
})
