// What the shop sells: products and plans, each with its price, on sale or retired.
import type { StaffPlanView, StaffProductView } from '../../../../cloudfunctions/shared/api/admin'
import { priceText } from '../../../contractTexts'
import { inLanguage } from '../../../messages'
import { moneyText } from '../../../money'
import { listPage } from '../listPage'
import { adminMessages } from '../messages'
import { ask, whoAmI } from '../service'
import { t } from './messages'

interface Row {
  code: string
  url: string
  title: string
  price: string
  state: string
  isOnSale: boolean
  label: string
}

const rowOf = (row: Pick<Row, 'code' | 'url' | 'title' | 'price' | 'isOnSale'>): Row => {
  const { title, price, isOnSale } = row
  const state = isOnSale ? t.onSale : t.retired
  return { ...row, state, label: [title, price, state].join(inLanguage('，', ', ')) }
}

const productRow = ({ sku, title, titleEn, priceFen, currency, onSale }: StaffProductView): Row =>
  rowOf({
    code: sku,
    url: `/pages/admin/product/index?sku=${sku}`,
    title: inLanguage(title, titleEn),
    price: moneyText(priceFen, currency),
    isOnSale: onSale,
  })

const planRow = (plan: StaffPlanView): Row =>
  rowOf({
    code: plan.plan,
    url: `/pages/admin/plan/index?plan=${plan.plan}`,
    title: inLanguage(plan.title, plan.titleEn),
    price: priceText(plan),
    isOnSale: plan.onSale,
  })

listPage({
  title: adminMessages.pages.goods,
  data: { t, mayChange: false, addUrl: '' },
  tabs: (['products', 'plans'] as const).map((value) => ({ value, label: t.tabs[value] })),
  tabQuery: 'tab',
  isAlwaysFresh: true,
  async read() {
    const isPlans = this.data.tab === 'plans'
    const [{ items, broken }, { role }] = await Promise.all([isPlans ? readPlans() : readProducts(), whoAmI()])
    this.setData({ mayChange: role === 'owner', addUrl: `/pages/admin/${isPlans ? 'plan' : 'product'}/index` })
    return { items, broken }
  },
  row: (row) => row,
})

async function readProducts(): Promise<{ items: Row[]; broken: string[] }> {
  const { products, broken } = await ask('products', {})
  return { items: products.map(productRow), broken }
}

async function readPlans(): Promise<{ items: Row[]; broken: string[] }> {
  const { plans, broken } = await ask('plans', {})
  return { items: plans.map(planRow), broken }
}
