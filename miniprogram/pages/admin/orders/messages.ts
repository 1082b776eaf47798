// The sentences of the page on which staff look for orders.
import { isChinese } from '../../../messages'

const chinese = {
  search: '订单号、支付单号、对方单号或末 8 位',
  searchLabel: '按任意单号查找',
  clear: '清除',
  days: { today: '今日', week: '近 7 日', month: '近 31 日', own: '自选' },
  from: '从',
  to: '到',
  tooLong: '一次最多查 31 天',
  filters: { none: '全部', state: '状态', provider: '支付服务', amount: '金额', contract: '合同' },
  amountLabel: '金额（元）',
  contractLabel: '合同号',
  wrongAmount: '请填金额，例如 86.00',
  wrongContract: '合同号是 22 位字母和数字',
  wrongNumber: '单号由字母和数字组成，至少 4 位',
  apply: '查找',
  needs: { surplus: '多收的款，等待处理', refund: '退款超过一天没有结果' },
  emptyTitle: '没有符合的订单',
  emptyText: '换一个日期或条件试试',
  emptySearch: '没有这个单号的订单',
  notAsked: '填好后点“查找”',
  columns: { order: '单号', goods: '商品', provider: '支付服务', time: '下单时间', amount: '金额', state: '状态' },
  refunded: '已退',
  surplus: '多收',
}

const english: typeof chinese = {
  search: 'Order, payment or their number, or its last 8',
  searchLabel: 'Find by any number',
  clear: 'Clear',
  days: { today: 'Today', week: '7 days', month: '31 days', own: 'Choose' },
  from: 'From',
  to: 'To',
  tooLong: 'At most 31 days at once',
  filters: { none: 'All', state: 'State', provider: 'Provider', amount: 'Amount', contract: 'Contract' },
  amountLabel: 'Amount in yuan',
  contractLabel: 'Contract number',
  wrongAmount: 'Please give an amount such as 86.00',
  wrongContract: 'A contract number has 22 letters and digits',
  wrongNumber: 'A number has letters and digits, at least 4',
  apply: 'Find',
  needs: { surplus: 'Surplus money that waits', refund: 'Refunds without a result for more than a day' },
  emptyTitle: 'No order fits',
  emptyText: 'Try other days or another filter',
  emptySearch: 'No order has this number',
  notAsked: 'Fill it in, then tap Find',
  columns: { order: 'Number', goods: 'Goods', provider: 'Provider', time: 'Placed', amount: 'Amount', state: 'State' },
  refunded: 'Refunded',
  surplus: 'Surplus',
}

export const t = isChinese ? chinese : english
