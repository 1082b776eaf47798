// The sentences of the first admin page: what waits, what came in, and the door for those who have a code.
import type { NeedView } from '../../../../cloudfunctions/shared/api/admin'
import { isChinese } from '../../../messages'

const chinese = {
  needsTitle: '需要你处理',
  nothing: '没有等待处理的事',
  needs: {
    surplus: (count: number) => `${count} 个订单多收了款，等你决定退还`,
    refund: (count: number) => `${count} 笔退款超过一天没有结果`,
    pastDue: (count: number) => `${count} 份自动续费欠费`,
    notices: (kind: string, count: number) => `${count} 条通知：${kind}`,
    difference: (provider: string, day: string, count: number) => `${provider} ${day} 对账有 ${count} 处不一致`,
    differences: (provider: string, days: number, count: number) =>
      `${provider} 有 ${days} 天对账不一致，共 ${count} 处`,
    settings: (code: string, problem: Extract<NeedView, { what: 'settings' }>['problem'], day: string) =>
      ({
        missing: `${code}：还没有设置`,
        wrong: `${code}：设置不完整，已停用`,
        refused: `${code}从 ${day} 起不认我们的签名，顾客付不了款：请测试并更换密钥，或恢复以前的设置`,
        expires: `${code}：证书 ${day} 到期`,
        expired: `${code}：证书已于 ${day} 到期`,
      })[problem],
  },
  takings: '今日收款',
  orders: '下单',
  refunds: '退款',
  success: '支付成功率',
  against: (text: string) => `昨日此时 ${text}`,
  yesterday: '昨日全天',
  byProvider: '各支付服务',
  noneTried: '今天还没有人支付',
  chart: '近 30 日收款',
  chartLabel: (day: string, amount: string) => `${day} 收款 ${amount}`,
  noTakings: '近 30 日没有收款',
  asOf: (time: string) => `统计到 ${time}`,
  pieces: (count: number) => `${count} 笔`,
  doorTitle: '商家后台',
  doorText: '这里只对本店的人开放。如果店主给了你一个代码，请填在下面。',
  codeLabel: '代码',
  enter: '进入',
  nameTitle: '怎么称呼你？',
  nameText: '退款、改价、操作记录里会写上这个称呼，只有店里的人看得到。',
  nameLabel: '称呼',
  nameHint: '例如：王店长',
  nameFirst: '请填称呼',
  nameLater: '以后再填',
  wrongCode: '代码不对、用过了或已过期',
  welcome: (role: string) => `你现在是${role}`,
}

const english: typeof chinese = {
  needsTitle: 'Waits for you',
  nothing: 'Nothing waits',
  needs: {
    surplus: (count) => `${count} ${count === 1 ? 'order' : 'orders'} with surplus money to decide on`,
    refund: (count) => `${count} ${count === 1 ? 'refund' : 'refunds'} without a result for more than a day`,
    pastDue: (count) => `${count} ${count === 1 ? 'subscription' : 'subscriptions'} past due`,
    notices: (kind, count) => `${count} ${count === 1 ? 'notice' : 'notices'}: ${kind}`,
    difference: (provider, day, count) =>
      `${provider}, ${day}: ${count} ${count === 1 ? 'difference' : 'differences'} in the bill`,
    differences: (provider, days, count) => `${provider}: ${count} differences in the bills of ${days} days`,
    settings: (code, problem, day) =>
      ({
        missing: `${code}: not set up yet`,
        wrong: `${code}: settings are incomplete, it is off`,
        refused: `${code} has refused our signature since ${day}, so shoppers cannot pay: test and replace the keys, or put earlier settings back`,
        expires: `${code}: a certificate ends on ${day}`,
        expired: `${code}: a certificate ended on ${day}`,
      })[problem],
  },
  takings: 'Taken today',
  orders: 'Orders',
  refunds: 'Refunds',
  success: 'Success rate',
  against: (text) => `Yesterday by now ${text}`,
  yesterday: 'All of yesterday',
  byProvider: 'By provider',
  noneTried: 'Nobody has paid today yet',
  chart: 'Takings of 30 days',
  chartLabel: (day, amount) => `${day}: ${amount}`,
  noTakings: 'Nothing was taken in 30 days',
  asOf: (time) => `As of ${time}`,
  pieces: (count) => String(count),
  doorTitle: 'Back office',
  doorText: 'This is for the people of this shop. If the owner gave you a code, enter it here.',
  codeLabel: 'Code',
  enter: 'Enter',
  nameTitle: 'What are you called?',
  nameText: 'Refunds, prices and the audit show this name, to people of the shop only.',
  nameLabel: 'Name',
  nameHint: 'Such as: Wang',
  nameFirst: 'Please give a name',
  nameLater: 'Later',
  wrongCode: 'The code is wrong, used or expired',
  welcome: (role) => `You are ${role} now`,
}

export const t = isChinese ? chinese : english
