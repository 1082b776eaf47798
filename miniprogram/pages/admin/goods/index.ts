// What the shop sells: products and plans, each with its price and whether it is on sale.
import type { StaffPlanView, StaffProductView } from '../../../../cloudfunctions/shared/api/admin'
import { priceText } from '../../../contractTexts'
import { inLanguage } from '../../../messages'
import { moneyText } from '../../../money'
import type { ListRow } from '../components/rows/index'
import { listPage } from '../listPage'
import { adminMessages } from '../messages'
import { ask, whoAmI } from '../service'
import { t } from './messages'

type Good = Pick<ListRow, 'url' | 'title' | 'note' | 'value'> & { onSale: boolean }

function rowOf({ onSale, ...row }: Good): ListRow {
  const text = onSale ? t.onSale : t.retired
  const label = [row.title, row.value, text].join(inLanguage('，', ', '))
  return { ...row, tags: [{ text, tone: onSale ? 'good' : '' }], label }
}

const productRow = ({ sku, title, titleEn, priceFen, currency, onSale }: StaffProductView): Good => ({
  url: `/pages/admin/product/index?sku=${sku}`,
  title: inLanguage(title, titleEn),
  note: sku,
  value: moneyText(priceFen, currency),
  onSale,
})

const planRow = (plan: StaffPlanView): Good => ({
  url: `/pages/admin/plan/index?plan=${plan.plan}`,
  title: inLanguage(plan.title, plan.titleEn),
  note: plan.plan,
  value: priceText(plan),
  onSale: plan.onSale,
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
  row: rowOf,
})

async function readProducts(): Promise<{ items: Good[]; broken: string[] }> {
  const { products, broken } = await ask('products', {})
  return { items: products.map(productRow), broken }
}

async function readPlans(): Promise<{ items: Good[]; broken: string[] }> {
  const { plans, broken } = await ask('plans', {})
  return { items: plans.map(planRow), broken }
}
