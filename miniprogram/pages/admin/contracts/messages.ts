// Sentences of the staff pages about contracts.
import type { StaffContractView } from '../../../../cloudfunctions/shared/api/admin'
import { isChinese } from '../../../messages'

const chinese = {
  tabs: {
    all: '全部',
    pastDue: '欠费',
    active: '生效中',
    signing: '签约中',
    ended: '已结束',
    failed: '未签约',
  } satisfies Record<'all' | StaffContractView['state'], string>,
  emptyTitle: '没有符合条件的自动续费',
  title: '自动续费',
  shopper: '顾客',
  plan: '方案',
  theirNo: '微信协议号',
  signed: '签约时间',
  ended: '结束时间',
  next: '下次扣款',
  charges: '扣款记录',
  noCharges: '暂无扣款记录',
  order: '查看订单',
  history: '签约记录',
  end: '取消自动续费',
  endTitle: '确定取消自动续费？',
  endText: (title: string) => `取消后，“${title}”立即停止扣款，已支付的费用不受影响。如需恢复，需由顾客重新签约。`,
  endYes: '确定取消',
  numbers: '签约编号',
  tries: (tries: number, time: string) => `已尝试 ${tries} 次未成功，将于 ${time} 重试`,
  allOrders: '查看扣款订单',
}

const english: typeof chinese = {
  tabs: {
    all: 'All',
    pastDue: 'Overdue',
    active: 'Active',
    signing: 'Pending',
    ended: 'Ended',
    failed: 'Not subscribed',
  },
  emptyTitle: 'No subscriptions found',
  title: 'Subscription',
  shopper: 'Customer',
  plan: 'Plan',
  theirNo: 'WeChat agreement number',
  signed: 'Subscribed on',
  ended: 'Ended on',
  next: 'Next payment',
  charges: 'Payments',
  noCharges: 'No payments yet',
  order: 'View order',
  history: 'History',
  end: 'Cancel subscription',
  endTitle: 'Cancel this subscription?',
  endText: (title) =>
    `${title} ends immediately and the customer won’t be charged again. Past payments aren’t affected. To resume, the customer has to subscribe again.`,
  endYes: 'Confirm',
  numbers: 'Subscription number',
  tries: (tries, time) => `${tries} attempts failed. Next attempt ${time}`,
  allOrders: 'View its orders',
}

export const t = isChinese ? chinese : english
