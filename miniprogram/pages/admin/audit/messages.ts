// The sentences of the page on which owners see what staff did.
import type { AdminResults } from '../../../../cloudfunctions/shared/api'
import { isChinese } from '../../../messages'

interface Sentences {
  intro: string
  deeds: Partial<Record<keyof AdminResults, string>>
  failed(why: string): string
  about: string
  changed: string
  before: string
  after: string
  nothing: string
  yes: string
  no: string
  emptyTitle: string
  emptyText: string
  fields: ReadonlyMap<string, string>
  words: ReadonlyMap<string, string>
}

const chinese: Sentences = {
  intro: '店员做过的每件事，只增不改。',
  deeds: {
    refund: '退款',
    recheck: '向支付服务查询',
    close: '关闭订单',
    endContract: '结束自动续费',
    savePlan: '保存续费方案',
    saveProduct: '保存商品',
    replay: '重放通知',
    dismiss: '搁置通知',
    bills: '重新对账',
    repair: '处理对账差异',
    export: '导出',
    staff: '人员变动',
    saveSettings: '保存支付设置',
    testSettings: '测试支付设置',
    claim: '加入店铺',
  },
  failed: (why) => `没有成功：${why}`,
  about: '看订单',
  changed: '改动',
  before: '原来',
  after: '现在',
  nothing: '无',
  yes: '是',
  no: '否',
  emptyTitle: '还没有记录',
  emptyText: '店员退款、改价、改设置之后，这里会留下记录',
  fields: new Map([
    ['state', '状态'],
    ['version', '版本'],
    ['refundedFen', '已退金额'],
    ['amountFen', '金额'],
    ['priceFen', '价格'],
    ['ceilingFen', '扣款上限'],
    ['firstAmountFen', '首期金额'],
    ['refundLimitFen', '退款上限'],
    ['payments', '支付'],
    ['refunds', '退款'],
    ['title', '名称'],
    ['titleEn', '英文名称'],
    ['note', '说明'],
    ['noteEn', '英文说明'],
    ['currency', '币种'],
    ['onSale', '在售'],
    ['rank', '排序'],
    ['sku', '商品编号'],
    ['plan', '方案编号'],
    ['provider', '支付服务'],
    ['role', '角色'],
    ['name', '姓名'],
    ['who', '谁'],
    ['period', '周期'],
    ['trialDays', '试用天数'],
    ['template', '模板'],
    ['debitRule', '扣款规则'],
    ['windowDays', '扣款窗口'],
    ['amountKind', '金额方式'],
  ]),
  words: new Map([
    ['open', '待支付'],
    ['created', '已创建'],
    ['pending', '处理中'],
    ['requested', '已申请'],
    ['paid', '已支付'],
    ['closed', '已关闭'],
    ['failed', '失败'],
    ['done', '已退款'],
    ['owner', '店主'],
    ['operator', '店员'],
    ['viewer', '只看'],
  ]),
}

const english: Sentences = {
  intro: 'Everything that staff did. Entries are only ever added.',
  deeds: {
    refund: 'Refund',
    recheck: 'Asked the provider',
    close: 'Closed an order',
    endContract: 'Ended a subscription',
    savePlan: 'Saved a plan',
    saveProduct: 'Saved a product',
    replay: 'Replayed notices',
    dismiss: 'Dismissed a notice',
    bills: 'Reconciled again',
    repair: 'Settled a difference',
    export: 'Export',
    staff: 'People',
    saveSettings: 'Saved payment settings',
    testSettings: 'Tested payment settings',
    claim: 'Joined the shop',
  },
  failed: (why) => `Did not happen: ${why}`,
  about: 'See the order',
  changed: 'Change',
  before: 'Before',
  after: 'After',
  nothing: 'none',
  yes: 'yes',
  no: 'no',
  emptyTitle: 'Nothing here yet',
  emptyText: 'Refunds, new prices and changed settings leave their entry here',
  fields: new Map([
    ['state', 'State'],
    ['version', 'Version'],
    ['refundedFen', 'Refunded'],
    ['amountFen', 'Amount'],
    ['priceFen', 'Price'],
    ['ceilingFen', 'Ceiling'],
    ['firstAmountFen', 'First amount'],
    ['refundLimitFen', 'Refund limit'],
    ['payments', 'Payment'],
    ['refunds', 'Refund'],
    ['title', 'Title'],
    ['titleEn', 'English title'],
    ['note', 'Note'],
    ['noteEn', 'English note'],
    ['currency', 'Currency'],
    ['onSale', 'On sale'],
    ['rank', 'Rank'],
    ['sku', 'Product'],
    ['plan', 'Plan'],
    ['provider', 'Provider'],
    ['role', 'Role'],
    ['name', 'Name'],
    ['who', 'Who'],
    ['period', 'Period'],
    ['trialDays', 'Trial days'],
    ['template', 'Template'],
    ['debitRule', 'Debit rule'],
    ['windowDays', 'Debit window'],
    ['amountKind', 'Kind of amount'],
  ]),
  words: new Map([
    ['open', 'unpaid'],
    ['created', 'created'],
    ['pending', 'under way'],
    ['requested', 'requested'],
    ['paid', 'paid'],
    ['closed', 'closed'],
    ['failed', 'failed'],
    ['done', 'refunded'],
    ['owner', 'owner'],
    ['operator', 'operator'],
    ['viewer', 'viewer'],
  ]),
}

export const t: Sentences = isChinese ? chinese : english
