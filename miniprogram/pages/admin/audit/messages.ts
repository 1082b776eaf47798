// The sentences of the record of what staff did.
import { isChinese } from '../../../messages'

type Deed =
  | 'refund'
  | 'recheck'
  | 'close'
  | 'endContract'
  | 'savePlan'
  | 'saveProduct'
  | 'replay'
  | 'dismiss'
  | 'bills'
  | 'repair'
  | 'export'
  | 'staff'
  | 'saveSettings'
  | 'testSettings'
  | 'claim'

interface Sentences {
  whats: Record<Deed, string>
  failed: string
  before: string
  after: string
  show: string
  hide: string
  emptyTitle: string
  emptyText: string
}

const chinese: Sentences = {
  whats: {
    refund: '退款',
    recheck: '向支付服务核对',
    close: '关闭订单',
    endContract: '终止自动续费',
    savePlan: '保存方案',
    saveProduct: '保存商品',
    replay: '重放通知',
    dismiss: '处理通知',
    bills: '对账',
    repair: '处理对账差异',
    export: '导出',
    staff: '人员变动',
    saveSettings: '修改支付设置',
    testSettings: '测试支付设置',
    claim: '用代码进入',
  },
  failed: '没有成功',
  before: '之前',
  after: '之后',
  show: '看前后',
  hide: '收起',
  emptyTitle: '还没有记录',
  emptyText: '店里的人做过的事都会记在这里，谁也不能修改',
}

const english: Sentences = {
  whats: {
    refund: 'Refund',
    recheck: 'Asked the provider',
    close: 'Closed an order',
    endContract: 'Ended a subscription',
    savePlan: 'Saved a plan',
    saveProduct: 'Saved a product',
    replay: 'Replayed notices',
    dismiss: 'Dismissed a notice',
    bills: 'Compared a bill',
    repair: 'Settled a difference',
    export: 'Export',
    staff: 'People',
    saveSettings: 'Changed payment settings',
    testSettings: 'Tested payment settings',
    claim: 'Entered with a code',
  },
  failed: 'did not happen',
  before: 'Before',
  after: 'After',
  show: 'Before and after',
  hide: 'Hide',
  emptyTitle: 'Nothing yet',
  emptyText: 'What the shop’s people do is kept here, and nobody can change it',
}

export const t = isChinese ? chinese : english
export const deedText = new Map<string, string>(Object.entries(t.whats))
