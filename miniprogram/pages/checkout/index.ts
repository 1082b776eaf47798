// Checkout: the items, the payment methods, and one button that creates the order and starts the payment.
import type { ChannelView, OrderResults, OrderView, ProductView } from '../../../cloudfunctions/shared/api/orders'
import type { LimitName } from '../../../cloudfunctions/shared/api/reply'
import { readBasket } from '../../basket'
import type { PageWith } from '../../componentWith'
import { messages, type Way, wayOn } from '../../messages'
import { moneyText } from '../../money'
import { type LineView, lineViews } from '../../orderTexts'
import { firstMethod, type MethodView, methodViews, noMethodText } from '../../payMethods'
import { beijingMinute } from '../../rules/beijing'
import { codeOf, Failure, type FailureCode, limitOf } from '../../services/cloud'
import { askToTell } from '../../services/messages'
import { type Created, catalog, channels, type OrderItemInput, orderMessages } from '../../services/orders'
import { answerFor, orderAndPay, startPayment } from '../../services/payment'
import { type SheetAnswer, standingOf } from '../../standing'

interface Fields {
  /** The items to order. The page uses them until the order exists. */
  items: OrderItemInput[]
  ways: ChannelView[]
  /** The order, which the first tap on the pay button creates. Later taps pay the same order. */
  order: OrderView | null
  busy: boolean
  gone: boolean
}

type Goods = Pick<OrderResults['catalog'], 'products' | 'virtualAlone'>

// The kind of an order from the kinds of its items. The server uses the same rule (domain/orders/goods.ts).
const kindOfAll = (kinds: readonly ProductView['kind'][]): ProductView['kind'] =>
  (['goods', 'service', 'virtual'] as const).find((kind) => kinds.includes(kind)) ?? 'goods'

/** Formats a time as hour and minute, such as "12:30". */
const clockOf = (at: number): string => beijingMinute(at).slice(-5)

;(Component as PageWith<Fields>)({
  data: {
    t: messages.checkout,
    state: 'loading' as 'loading' | 'ready' | 'empty' | 'error',
    errorText: '',
    retryText: messages.ways.retry,
    lines: [] as LineView[],
    totalFen: 0,
    currency: 'CNY',
    methods: [] as MethodView[],
    chosen: '',
    noMethod: '',
    payLabel: '',
    paying: false,
    hint: '',
    problem: '',
    way: 'retry' as Way,
    wayText: '',
  },
  lifetimes: {
    created() {
      this.items = []
      this.ways = []
      this.order = null
      this.busy = false
      this.gone = false
    },
  },
  methods: {
    onLoad(): void {
      wx.setNavigationBarTitle({ title: messages.checkout.title })
      this.load(false)
    },
    onUnload(): void {
      this.gone = true
    },
    onRetry(): void {
      this.setData({ state: 'loading' })
      this.load(true)
    },
    async load(fresh: boolean): Promise<void> {
      try {
        const [goods, ways] = await Promise.all([catalog({ fresh }), channels()])
        this.ways = ways
        this.showBasket(goods)
      } catch (error) {
        this.setData({ state: 'error', errorText: messages.errors[codeOf(error)] })
      }
    },
    showBasket({ products, virtualAlone }: Goods): void {
      const basket = readBasket()
      const bought = products
        .filter(({ sku }) => basket[sku] !== undefined)
        .map((product) => ({ ...product, quantity: basket[product.sku] ?? 0 }))
      this.items = bought.map(({ sku, quantity }) => ({ sku, quantity }))
      const totalFen = bought.reduce((sum, { priceFen, quantity }) => sum + priceFen * quantity, 0)
      this.showLines(lineViews(bought, bought[0]?.currency ?? 'CNY'), totalFen, bought[0]?.currency ?? 'CNY')
      const kinds = bought.map(({ kind }) => kind)
      const isMixed = virtualAlone && kinds.length > 1 && kinds.includes('virtual')
      this.showMethods(isMixed ? undefined : kindOfAll(kinds))
      if (isMixed) this.setData({ problem: messages.checkout.virtualAlone, way: 'shop', wayText: messages.ways.shop })
      const isShort = bought.length < Object.keys(basket).length
      this.setData({
        state: bought.length > 0 ? 'ready' : 'empty',
        hint: isShort && bought.length > 0 ? messages.checkout.leaveOut : '',
      })
    },
    /** @param sold the kind of the order; undefined if these items cannot be one order */
    showMethods(sold: OrderView['kind'] | undefined): void {
      const methods = sold ? methodViews(this.ways, sold) : []
      const noMethod = sold ? noMethodText(this.ways, sold) : messages.checkout.virtualAlone
      this.setData({ methods, chosen: firstMethod(methods, this.data.chosen)?.key ?? '', noMethod })
    },
    showLines(lines: LineView[], totalFen: number, currency: string): void {
      const payLabel = `${messages.checkout.pay} ${moneyText(totalFen, currency)}`
      this.setData({ lines, totalFen, currency, payLabel })
    },
    onMethod(event: WechatMiniprogram.CustomEvent<{ key: string }>): void {
      this.setData({ chosen: event.detail.key, problem: '' })
    },
    async onPay(): Promise<void> {
      const method = this.data.methods.find(({ key }) => key === this.data.chosen)
      if (this.busy) return
      if (!method) {
        wx.showToast({ title: this.data.noMethod, icon: 'none' })
        return
      }
      this.busy = true
      // Ask for permission before anything is awaited, because WeChat shows its permission dialog only directly in a
      // tap.
      const asked = askToTell(orderMessages())
      this.setData({ paying: true, problem: '', hint: '' })
      try {
        await asked
        const created: Created | undefined = this.order ? { order: this.order } : await this.makeOrder(method)
        if (!created || this.gone) return
        const { order, pay } = created
        const begun = pay && { order, ...pay }
        const { answer } = await startPayment(order.orderNo, method, () => !this.gone, begun)
        if (!this.gone) this.toOrder(order.orderNo, answer)
      } catch (error) {
        if (!this.gone) this.showFailure(codeOf(error), limitOf(error))
      } finally {
        this.busy = false
        if (!this.gone) this.setData({ paying: false })
      }
    },
    /**
     * Creates the order, and begins its payment. Returns undefined when the shopper must first look at a change or at
     * another page. @throws Failure if the payment could not begin
     */
    async makeOrder(method: MethodView): Promise<Created | undefined> {
      const { totalFen: amountFen, currency } = this.data
      const created = await orderAndPay(this.items, method, { amountFen, currency })
      const { order, failure } = created
      this.order = order
      if (this.gone) return undefined
      // An earlier tap created the order, and it is paid or awaits a payment result. Open the order's page, which shows
      // the order's state.
      const isNew = created.pay !== undefined || failure !== undefined
      if (order.state === 'paid' || (!isNew && standingOf(order, answerFor(order.orderNo)) === 'confirming')) {
        this.toOrder(order.orderNo)
        return undefined
      }
      this.showLines(lineViews(order.items, order.currency), order.amountFen, order.currency)
      // The kind of a product may have changed since this page loaded, and other payment methods may fit the new kind.
      // So show the methods again.
      this.showMethods(order.kind)
      if (failure) throw new Failure(failure.code, [], failure.limit)
      if (order.amountFen === amountFen && order.currency === currency && this.data.chosen === method.key)
        return created
      this.setData({ hint: messages.checkout.priceChanged })
      wx.pageScrollTo({ scrollTop: 0 })
      return undefined
    },
    showFailure(code: FailureCode, limit?: LimitName): void {
      if (this.order && !limit && code === 'Conflict') {
        this.toOrder(this.order.orderNo)
        return
      }
      const way = wayOn[code]
      // The message is above the list and the button below it, so scroll up to the message.
      wx.pageScrollTo({ scrollTop: 0 })
      this.setData({
        problem: limit
          ? messages.limits[limit]
          : code === 'Network'
            ? messages.checkout.noAnswer
            : messages.errors[code],
        hint: this.order ? messages.checkout.kept(clockOf(this.order.expiresAt)) : '',
        way,
        wayText: messages.ways[way],
      })
      // A chosen item is no longer on sale as shown. Reload the list before the shopper tries again.
      if (!this.order && code === 'BadInput') this.load(true)
    },
    toOrder(orderNo: string, answer?: SheetAnswer): void {
      const result = answer === undefined ? '' : `&result=${answer}`
      wx.redirectTo({ url: `/pages/order/index?orderNo=${orderNo}${result}` })
    },
    onWay(): void {
      if (this.data.way === 'retry') this.onPay()
      else if (this.data.way === 'shop') this.onShop()
      else if (this.data.way === 'orders') wx.switchTab({ url: '/pages/orders/index' })
    },
    onShop(): void {
      wx.switchTab({ url: '/pages/shop/index' })
    },
  },
})
