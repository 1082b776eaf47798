// What the shop sells: products and plans, each with its price, on sale or retired.
import type { StaffPlanView, StaffProductView } from '../../../../cloudfunctions/shared/api/admin'
import type { PageWith } from '../../../componentWith'
import { priceText } from '../../../contractTexts'
import { inLanguage } from '../../../messages'
import { moneyText } from '../../../money'
import { codeOf } from '../../../services/cloud'
import { type PlaceState, placeOf } from '../endless'
import { adminMessages } from '../messages'
import { ask, whoAmI } from '../service'
import { go } from '../ways'
import { t } from './messages'

type Tab = 'products' | 'plans'

interface Row {
  code: string
  title: string
  price: string
  state: string
  isOnSale: boolean
  label: string
}

interface Fields {
  /** a slower answer to an older question is dropped */
  round: number
}

const tabs = (['products', 'plans'] as const).map((value) => ({ value, label: t.tabs[value] }))

const rowOf = (code: string, name: string, price: string, isOnSale: boolean): Row => {
  const state = isOnSale ? t.onSale : t.retired
  return { code, title: name, price, state, isOnSale, label: [name, price, state].join(inLanguage('，', ', ')) }
}

const productRow = ({ sku, title, titleEn, priceFen, currency, onSale }: StaffProductView): Row =>
  rowOf(sku, inLanguage(title, titleEn), moneyText(priceFen, currency), onSale)

const planRow = (plan: StaffPlanView): Row =>
  rowOf(plan.plan, inLanguage(plan.title, plan.titleEn), priceText(plan), plan.onSale)

;(Component as PageWith<Fields>)({
  data: {
    t,
    a: adminMessages,
    state: 'loading' as PlaceState,
    errorText: '',
    broken: '',
    tabs,
    tab: 'products' as Tab,
    rows: [] as Row[],
    mayChange: false,
  },
  lifetimes: {
    created() {
      this.round = 0
    },
  },
  methods: {
    onLoad(query: { tab?: string }): void {
      wx.setNavigationBarTitle({ title: adminMessages.pages.goods })
      if (query.tab === 'plans') this.setData({ tab: 'plans' })
    },
    // Coming back from a form shows what was saved there.
    onShow(): void {
      this.load()
    },
    async onPullDownRefresh(): Promise<void> {
      await this.load()
      wx.stopPullDownRefresh()
    },
    onRetry(): void {
      this.setData({ state: 'loading' })
      this.load()
    },
    onTab(event: WechatMiniprogram.TouchEvent<object, object, { value: Tab }>): void {
      const tab = event.currentTarget.dataset.value
      if (tab === this.data.tab) return
      this.setData({ tab, state: 'loading' })
      this.load()
    },
    async load(): Promise<void> {
      const mine = ++this.round
      try {
        const [{ rows, broken }, { role }] = await Promise.all([this.read(), whoAmI()])
        if (mine !== this.round) return
        this.setData({
          rows,
          broken: adminMessages.broken(broken),
          state: rows.length > 0 ? 'ready' : 'empty',
          mayChange: role === 'owner',
        })
      } catch (error) {
        if (mine !== this.round) return
        const code = codeOf(error)
        const errorText = adminMessages.errors[code]
        if (this.data.state === 'ready' && code !== 'Forbidden') wx.showToast({ title: errorText, icon: 'none' })
        else this.setData({ state: placeOf(code), errorText })
      }
    },
    async read(): Promise<{ rows: Row[]; broken: string[] }> {
      if (this.data.tab === 'plans') {
        const { plans, broken } = await ask('plans', {})
        return { rows: plans.map(planRow), broken }
      }
      const { products, broken } = await ask('products', {})
      return { rows: products.map(productRow), broken }
    },
    onAdd(): void {
      go(`/pages/admin/${this.data.tab === 'plans' ? 'plan' : 'product'}/index`)
    },
    onOpen(event: WechatMiniprogram.TouchEvent<object, object, { code: string }>): void {
      const { code } = event.currentTarget.dataset
      const to = this.data.tab === 'plans' ? 'plan/index?plan=' : 'product/index?sku='
      go(`/pages/admin/${to}${code}`)
    },
  },
})
