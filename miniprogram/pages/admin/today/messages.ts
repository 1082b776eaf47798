// Sentences of the first admin page: cases, takings, and the field for an invite code.
import type { NeedView } from '../../../../cloudfunctions/shared/api/admin'
import { isChinese } from '../../../messages'

const chinese = {
  needsTitle: '需要你处理',
  nothing: '暂无待处理事项',
  needsUnread: '待处理事项暂时无法加载，一分钟后自动重试',
  needs: {
    surplus: (count: number) => `${count} 笔订单多收款，待退款`,
    refund: (count: number) => `${count} 笔退款超过一天无结果`,
    pastDue: (count: number) => `${count} 个自动续费欠费`,
    shipping: (count: number) => `${count} 笔订单支付超过一天，微信尚未收到发货信息`,
    endpoints: (count: number) => `${count} 个通知地址持续失败，已自动停用`,
    complaints: (count: number, time: string, isLate: boolean) =>
      isLate
        ? `${count} 条投诉待处理，最早一条已在 ${time} 超时`
        : `${count} 条投诉待处理，最早一条请在 ${time} 前处理`,
    notices: (kind: string, count: number) => `${count} 条支付异常：${kind}`,
    difference: (provider: string, day: string, count: number) => `${provider} ${day} 对账有 ${count} 处不一致`,
    differences: (provider: string, days: number, count: number) =>
      `${provider} 有 ${days} 天对账不一致，共 ${count} 处`,
    settings: (code: string, problem: Extract<NeedView, { what: 'settings' }>['problem'], day: string) =>
      ({
        missing: `${code}：尚未设置`,
        wrong: `${code}：设置不完整，无法收款`,
        refused: `${code}自 ${day} 起不再接受本店密钥，顾客无法付款，请测试并更换密钥，或恢复以前的设置`,
        expires: `${code}：证书 ${day} 到期`,
        expired: `${code}：证书已于 ${day} 到期`,
      })[problem],
  },
  takings: '今日收款',
  orders: '下单',
  refunds: '退款',
  success: '支付成功率',
  against: (text: string) => `昨日同期 ${text}`,
  yesterday: '昨日全天',
  byProvider: '各支付服务',
  noneTried: '今日暂无支付',
  byDomain: '各业务系统',
  ordered: (count: number) => `下单 ${count} 笔`,
  chart: '近 30 日收款',
  chartLabel: (day: string, amount: string) => `${day} 收款 ${amount}`,
  noTakings: '近 30 日没有收款',
  asOf: (time: string) => `统计截至 ${time}`,
  pieces: (count: number) => `${count} 笔`,
  doorTitle: '商家后台',
  doorText: '仅限本店人员使用。如果店主给了你邀请码，请在下方输入。',
  codeLabel: '邀请码',
  enter: '进入',
  nameTitle: '怎么称呼你？',
  nameText: '退款、改价和操作记录会显示这个称呼，仅本店人员可见。',
  nameLabel: '称呼',
  nameHint: '例如：王店长',
  nameFirst: '请填写称呼',
  nameLater: '稍后填写',
  wrongCode: '邀请码错误、已使用或已过期',
  welcome: (role: string) => `你已成为${role}`,
}

const english: typeof chinese = {
  needsTitle: 'Needs attention',
  nothing: 'All caught up',
  needsUnread: 'Can’t load your tasks right now. Retrying in a minute.',
  needs: {
    surplus: (count) => `${count} ${count === 1 ? 'order' : 'orders'} overpaid, refund needed`,
    refund: (count) => `${count} ${count === 1 ? 'refund' : 'refunds'} pending for more than a day`,
    pastDue: (count) => `${count} overdue ${count === 1 ? 'subscription' : 'subscriptions'}`,
    shipping: (count) =>
      `${count} ${count === 1 ? 'order' : 'orders'} paid more than a day ago and not yet reported to WeChat as shipped`,
    endpoints: (count) =>
      `${count} webhook ${count === 1 ? 'endpoint was' : 'endpoints were'} turned off after failures`,
    complaints: (count, time, isLate) =>
      `${count} ${count === 1 ? 'complaint' : 'complaints'} waiting, the first ${isLate ? 'was due' : 'is due'} ${time}`,
    notices: (kind, count) => `${count} payment ${count === 1 ? 'issue' : 'issues'}: ${kind}`,
    difference: (provider, day, count) =>
      `${provider}, ${day}: ${count} ${count === 1 ? 'difference' : 'differences'} in reconciliation`,
    differences: (provider, days, count) => `${provider}: ${count} reconciliation differences over ${days} days`,
    settings: (code, problem, day) =>
      ({
        missing: `${code}: not set up yet`,
        wrong: `${code}: settings are incomplete, so it can’t take payments`,
        refused: `${code} has rejected your keys since ${day}, so customers can’t pay. Test and replace the keys, or restore earlier settings`,
        expires: `${code}: a certificate expires on ${day}`,
        expired: `${code}: a certificate expired on ${day}`,
      })[problem],
  },
  takings: 'Today’s sales',
  orders: 'Orders',
  refunds: 'Refunds',
  success: 'Payment success rate',
  against: (text) => `${text} by this time yesterday`,
  yesterday: 'All of yesterday',
  byProvider: 'By provider',
  noneTried: 'No payments today yet',
  byDomain: 'By connected system',
  ordered: (count) => `${count} ${count === 1 ? 'order' : 'orders'}`,
  chart: 'Sales, last 30 days',
  chartLabel: (day, amount) => `${day}: ${amount}`,
  noTakings: 'No sales in the last 30 days',
  asOf: (time) => `As of ${time}`,
  pieces: (count) => String(count),
  doorTitle: 'Back office',
  doorText: 'This area is for shop staff. If the owner gave you an invitation code, enter it here.',
  codeLabel: 'Invitation code',
  enter: 'Continue',
  nameTitle: 'What’s your name?',
  nameText: 'Your name appears on refunds, price changes and the activity log. Only your team can see it.',
  nameLabel: 'Name',
  nameHint: 'For example, Wang',
  nameFirst: 'Enter a name',
  nameLater: 'Later',
  wrongCode: 'This code is incorrect, already used or expired',
  welcome: (role) => `You’ve joined as ${role}`,
}

export const t = isChinese ? chinese : english
