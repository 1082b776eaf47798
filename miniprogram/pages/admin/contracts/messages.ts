// The sentences of the pages of everybody's subscriptions, for staff.
import type { StaffContractView } from '../../../../cloudfunctions/shared/api/admin'
import { isChinese } from '../../../messages'

const chinese = {
  tabs: {
    all: '全部',
    pastDue: '欠费',
    active: '生效中',
    signing: '签约中',
    ended: '已终止',
    failed: '未签成',
  } satisfies Record<'all' | StaffContractView['state'], string>,
  emptyTitle: '没有这样的合同',
  title: '自动续费合同',
  shopper: '订阅人',
  plan: '方案',
  theirNo: '微信合同号',
  signed: '签约',
  ended: '终止',
  next: '下次扣款',
  charges: '各期扣款',
  noCharges: '还没有扣过款',
  order: '看订单',
  history: '经过',
  end: '终止合同',
  endTitle: '终止这份自动续费？',
  endText: (title: string) => `${title} 立即停止，不再扣款；已经付过的不变。要恢复，需要对方重新签约。`,
  endYes: '终止',
  numbers: '合同号',
  tries: (tries: number, time: string) => `处理了 ${tries} 次没有成功，${time} 再试`,
  allOrders: '看它的订单',
}

const english: typeof chinese = {
  tabs: { all: 'All', pastDue: 'Past due', active: 'Active', signing: 'Signing', ended: 'Ended', failed: 'Not signed' },
  emptyTitle: 'None like this',
  title: 'Subscription',
  shopper: 'Subscriber',
  plan: 'Plan',
  theirNo: 'WeChat’s number',
  signed: 'Signed',
  ended: 'Ended',
  next: 'Next charge',
  charges: 'Charges',
  noCharges: 'Nothing was charged yet',
  order: 'See order',
  history: 'What happened',
  end: 'End subscription',
  endTitle: 'End this subscription?',
  endText: (title) =>
    `${title} stops at once and nothing more is charged; what was paid stays. To resume, they sign anew.`,
  endYes: 'End it',
  numbers: 'Contract no.',
  tries: (tries, time) => `${tries} tries without success, again ${time}`,
  allOrders: 'See its orders',
}

export const t = isChinese ? chinese : english
