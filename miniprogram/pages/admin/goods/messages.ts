// The sentences of the pages of goods: products and plans, their lists and their forms.
import type { StaffPlanView } from '../../../../cloudfunctions/shared/api'
import { isChinese } from '../../../messages'

interface Sentences {
  tabs: { products: string; plans: string }
  addProduct: string
  addPlan: string
  newProduct: string
  newPlan: string
  product: string
  plan: string
  onSale: string
  retired: string
  soon: string
  planSoon: string
  endNotice: { title: string; text: string; copy: string; copied: string }
  empty: { products: string; plans: string }
  emptyText: string
  edit: string
  retire: string
  back: string
  retireTitle: string
  retireText: string
  retirePlanText: string
  readOnly: string
  fields: {
    sku: string
    plan: string
    title: string
    titleEn: string
    note: string
    noteEn: string
    price: string
    currency: string
    rank: string
    amountKind: string
    amount: string
    ceiling: string
    first: string
    period: string
    trial: string
    debitRule: string
    window: string
    template: string
    provider: string
  }
  hints: { sku: string; rank: string; first: string; trial: string; template: string; ceiling: string }
  kinds: Record<StaffPlanView['amountKind'], string>
  rules: Record<StaffPlanView['debitRule'], string>
  periods: { week: string; month: string; quarter: string; year: string }
  windows: { none: string; days: (days: number) => string }
  problems: {
    code: string
    title: string
    amount: string
    tooHigh: string
    ceiling: string
    first: string
    currency: string
    rank: string
    trial: string
    template: string
  }
  taken: string
  changed: string
  reload: string
  refused: string
  sureTitle: string
  surePrice: (title: string, before: string, after: string) => string
  sureNewTitle: string
  sureNew: (title: string, price: string) => string
  firstCharge: (amount: string) => string
  unsaved: string
}

const chinese: Sentences = {
  tabs: { products: '商品', plans: '续费方案' },
  addProduct: '添加商品',
  addPlan: '添加方案',
  newProduct: '新商品',
  newPlan: '新方案',
  product: '商品',
  plan: '续费方案',
  onSale: '在售',
  retired: '已下架',
  soon: '改动一分钟内在商店生效；已下的订单保持原价。',
  endNotice: {
    title: '解约回调地址',
    text: '顾客在微信里解约时，微信只通知模板上填的地址。请在微信支付商户平台的委托代扣模板里填这个地址。',
    copy: '复制',
    copied: '已复制',
  },
  planSoon: '改动一分钟内生效，只影响之后的签约；已签的续费保持约定的条件。',
  empty: { products: '还没有商品', plans: '还没有续费方案' },
  emptyText: '添加后，顾客就能在商店里看到。',
  edit: '修改',
  retire: '下架',
  back: '重新上架',
  retireTitle: '下架？',
  retireText: '顾客将不能再买它。已下的订单不受影响，随时可以重新上架。',
  retirePlanText: '之后不能再签这个方案。已签的续费照常，随时可以重新上架。',
  readOnly: '只有店主可以修改',
  fields: {
    sku: '编号',
    plan: '编号',
    title: '名称（中文）',
    titleEn: '名称（英文）',
    note: '说明（中文）',
    noteEn: '说明（英文）',
    price: '价格',
    currency: '币种',
    rank: '排序',
    amountKind: '金额方式',
    amount: '每期金额（元）',
    ceiling: '每期最高（元）',
    first: '首期金额（元，可不填）',
    period: '周期',
    trial: '免费试用天数',
    debitRule: '扣款规则',
    window: '通知后几天内扣款',
    template: '签约模板号',
    provider: '支付服务',
  },
  hints: {
    sku: '字母、数字、点、横线，最多 64 个；以后不能改',
    rank: '0 到 9999，小的在前',
    first: '与平时不同时才填',
    trial: '0 到 365',
    template: '微信商户平台里的模板号，只有数字',
    ceiling: '顾客签约时看到的上限',
  },
  kinds: { fixed: '每期固定', ceiling: '不超过上限' },
  rules: { notice24h: '提前一天通知', preNotice: '提前两天以上预通知' },
  periods: { week: '每周', month: '每月', quarter: '每季', year: '每年' },
  windows: { none: '按规则（7 天）', days: (days) => `${days} 天` },
  problems: {
    code: '编号只能有字母、数字、点、横线和下划线，最多 64 个',
    title: '请填名称，最多 60 字',
    amount: '请填大于 0 的金额，例如 86.00',
    tooHigh: '金额太高，续费每期最多 100,000.00 元',
    ceiling: '上限不能低于每期金额',
    first: '首期金额不能高于上限',
    currency: '请填三个大写字母的币种，例如 CNY',
    rank: '排序是 0 到 9999 的整数',
    trial: '试用天数是 0 到 365 的整数',
    template: '模板号只有数字，最多 32 位',
  },
  taken: '这个编号已经有了，请换一个',
  changed: '别人刚刚改过它。请重新加载，再改一次',
  reload: '重新加载',
  refused: '没有保存：请检查币种、金额，以及这家支付服务是否开通了续费',
  sureTitle: '确认改价',
  surePrice: (title, before, after) => `“${title}”从“${before}”改为“${after}”。`,
  sureNewTitle: '确认价格',
  sureNew: (title, price) => `“${title}”的价格是“${price}”，保存后开始出售。`,
  firstCharge: (amount) => `首期 ${amount}`,
  unsaved: '没有收到回音，可能已经保存。再点一次“保存”是安全的',
}

const english: Sentences = {
  tabs: { products: 'Products', plans: 'Plans' },
  addProduct: 'Add a product',
  addPlan: 'Add a plan',
  newProduct: 'New product',
  newPlan: 'New plan',
  product: 'Product',
  plan: 'Plan',
  onSale: 'On sale',
  retired: 'Retired',
  soon: 'The shop follows within a minute. Orders already placed keep their prices.',
  endNotice: {
    title: 'Address for cancellations',
    text: 'When a subscriber cancels in WeChat, WeChat tells only the address on the template. Enter this one as 解约回调地址 of the template in WeChat Pay’s merchant console.',
    copy: 'Copy',
    copied: 'Copied',
  },
  planSoon: 'Takes effect within a minute, for later signings only. Whoever has signed keeps what was agreed.',
  empty: { products: 'No products yet', plans: 'No plans yet' },
  emptyText: 'Add one, and shoppers see it in the shop.',
  edit: 'Change',
  retire: 'Retire',
  back: 'Put back on sale',
  retireTitle: 'Retire it?',
  retireText: 'Nobody can buy it any more. Orders stay as they are, and you can put it back at any time.',
  retirePlanText: 'Nobody can sign it any more. Subscriptions go on, and you can put it back at any time.',
  readOnly: 'Only owners can change this',
  fields: {
    sku: 'Code',
    plan: 'Code',
    title: 'Name, Chinese',
    titleEn: 'Name, English',
    note: 'Note, Chinese',
    noteEn: 'Note, English',
    price: 'Price',
    currency: 'Currency',
    rank: 'Place in the list',
    amountKind: 'Kind of amount',
    amount: 'Each charge, in yuan',
    ceiling: 'Never above, in yuan',
    first: 'First charge, in yuan (optional)',
    period: 'How often',
    trial: 'Free days at first',
    debitRule: 'How a charge is announced',
    window: 'Charged within, after the announcement',
    template: 'Template number',
    provider: 'Payment service',
  },
  hints: {
    sku: 'Letters, digits, dots, dashes; at most 64; cannot be changed later',
    rank: '0 to 9999, smaller comes first',
    first: 'Only where it differs',
    trial: '0 to 365',
    template: 'From the WeChat merchant site, digits only',
    ceiling: 'What subscribers see as the most',
  },
  kinds: { fixed: 'The same each time', ceiling: 'Up to a ceiling' },
  rules: { notice24h: 'A day before', preNotice: 'Two days or more before' },
  periods: { week: 'Weekly', month: 'Monthly', quarter: 'Quarterly', year: 'Yearly' },
  windows: { none: 'By the rule (7 days)', days: (days) => (days === 1 ? '1 day' : `${days} days`) },
  problems: {
    code: 'A code has letters, digits, dots, dashes and underscores only, at most 64',
    title: 'Please give a name of at most 60 characters',
    amount: 'Please give an amount above 0, such as 86.00',
    tooHigh: 'That is too high. A charge is at most 100,000.00 yuan',
    ceiling: 'The ceiling is below the amount',
    first: 'The first charge is above the ceiling',
    currency: 'Please give a currency of three capital letters, such as CNY',
    rank: 'The place is a whole number from 0 to 9999',
    trial: 'Free days are a whole number from 0 to 365',
    template: 'A template number has digits only, at most 32',
  },
  taken: 'This code is taken. Please choose another',
  changed: 'Somebody changed it a moment ago. Please load it again, then change it',
  reload: 'Load again',
  refused: 'Not saved: please check currency and amount, and whether this service is set up for subscriptions',
  sureTitle: 'Change the price?',
  surePrice: (title, before, after) => `“${title}” goes from “${before}” to “${after}”.`,
  sureNewTitle: 'Is the price right?',
  sureNew: (title, price) => `The price of “${title}” is “${price}”. It goes on sale when you save.`,
  firstCharge: (amount) => `first charge ${amount}`,
  unsaved: 'No answer came, and it may be saved. Tap Save again: that is safe',
}

export const t = isChinese ? chinese : english
