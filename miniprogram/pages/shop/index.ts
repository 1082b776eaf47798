// The shop: the products on sale, the chosen quantities and the total price.
import type { ProductView } from '../../../cloudfunctions/shared/api/orders'
import { type Basket, putInBasket, quantityLimit, readBasket } from '../../basket'
import type { PageWith } from '../../componentWith'
import { contractMessages } from '../../contractMessages'
import { inLanguage, messages } from '../../messages'
import { moneyText } from '../../money'
import { codeOf } from '../../services/cloud'
import { catalog } from '../../services/orders'
import { openBackOffice } from '../../services/staff'
import { wordTabBar } from '../../tabBar'

interface ProductRow {
  sku: string
  title: string
  note: string
  /** First character of the title, shown in a coloured square in place of a picture. */
  mark: string
  tint: number
  priceFen: number
  currency: string
  quantity: number
}

const tints = 5

const tintOf = (sku: string): number => [...sku].reduce((sum, letter) => sum + (letter.codePointAt(0) ?? 0), 0) % tints

function rowOf(product: ProductView, basket: Basket): ProductRow {
  const title = inLanguage(product.title, product.titleEn)
  return {
    sku: product.sku,
    title,
    note: inLanguage(product.note, product.noteEn),
    mark: [...title][0] ?? '',
    tint: tintOf(product.sku),
    priceFen: product.priceFen,
    currency: product.currency,
    quantity: basket[product.sku] ?? 0,
  }
}

interface Fields {
  products: ProductView[]
  loading: boolean
}

;(Component as PageWith<Fields>)({
  data: {
    t: messages.shop,
    entry: contractMessages.entry,
    state: 'loading' as 'loading' | 'ready' | 'empty' | 'error',
    errorText: '',
    limit: quantityLimit,
    rows: [] as ProductRow[],
    pieces: '',
    count: 0,
    totalFen: 0,
    currency: 'CNY',
    checkoutLabel: messages.shop.checkout,
  },
  lifetimes: {
    created() {
      this.products = []
      this.loading = false
    },
  },
  methods: {
    onLoad(): void {
      wx.setNavigationBarTitle({ title: messages.shop.title })
    },
    onShow(): void {
      wordTabBar()
      this.show()
      this.load(false)
    },
    async onPullDownRefresh(): Promise<void> {
      await this.load(true)
      wx.stopPullDownRefresh()
    },
    onRetry(): void {
      this.setData({ state: 'loading' })
      this.load(true)
    },
    async load(fresh: boolean): Promise<void> {
      if (this.loading) return
      this.loading = true
      try {
        this.products = (await catalog({ fresh })).products
        this.setData({ state: this.products.length > 0 ? 'ready' : 'empty' })
        this.show()
      } catch (error) {
        // If a list is on screen, keep it, because the shopper can still use an old list.
        const errorText = messages.errors[codeOf(error)]
        if (this.data.state === 'ready') wx.showToast({ title: errorText, icon: 'none' })
        else this.setData({ state: 'error', errorText })
      } finally {
        this.loading = false
      }
    },
    show(): void {
      const basket = readBasket()
      const rows = this.products.map((product) => rowOf(product, basket))
      const chosen = rows.filter(({ quantity }) => quantity > 0)
      const totalFen = chosen.reduce((sum, { priceFen, quantity }) => sum + priceFen * quantity, 0)
      const count = chosen.reduce((sum, { quantity }) => sum + quantity, 0)
      const currency = (chosen[0] ?? rows[0])?.currency ?? 'CNY'
      this.setData({
        rows,
        count,
        totalFen,
        currency,
        pieces: messages.pieces(count),
        checkoutLabel: `${messages.shop.checkout}, ${messages.pieces(count)}, ${moneyText(totalFen, currency)}`,
      })
    },
    onQuantity(event: WechatMiniprogram.CustomEvent<{ value: number }>): void {
      const { sku, currency } = event.currentTarget.dataset
      const others = this.data.rows.filter((row) => row.quantity > 0 && row.sku !== sku)
      if (others.some((row) => row.currency !== currency)) {
        wx.showToast({ title: messages.shop.oneCurrency, icon: 'none' })
        return
      }
      putInBasket(sku, event.detail.value)
      this.show()
    },
    // Opens the back office for staff whom the app does not know yet. The page shows no visible sign of this entry.
    onBackOffice: openBackOffice,
    onPlans(): void {
      wx.navigateTo({ url: '/pages/plans/index' })
    },
    onCheckout(): void {
      if (this.data.count === 0) wx.showToast({ title: messages.shop.chooseFirst, icon: 'none' })
      else wx.navigateTo({ url: '/pages/checkout/index' })
    },
  },
})
