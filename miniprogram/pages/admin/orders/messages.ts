// Sentences of the page on which staff search for orders.
import { isChinese } from '../../../messages'

const chinese = {
  search: '订单号、支付单号、平台单号或订单号末 8 位',
  searchLabel: '按任意单号查找',
  clear: '清除',
  days: { today: '今日', week: '近 7 日', month: '近 31 日', own: '自选' },
  from: '从',
  to: '到',
  tooLong: '一次最多查 31 天',
  filters: { none: '全部', state: '状态', provider: '支付服务', amount: '金额', contract: '签约' },
  amountLabel: '金额（元）',
  contractLabel: '签约编号',
  wrongAmount: '请填写金额，例如 86.00',
  wrongContract: '签约编号为 22 位字母和数字',
  wrongNumber: '单号最多 128 个字符',
  apply: '查找',
  needs: { surplus: '多收款待处理', refund: '退款超过一天无结果', shipping: '微信尚未收到发货信息' },
  emptyTitle: '没有符合条件的订单',
  emptyText: '请更换日期或筛选条件',
  emptySearch: '没有找到该单号的订单',
  notAsked: '填写后点击“查找”',
  columns: { order: '单号', goods: '商品', provider: '支付服务', time: '下单时间', amount: '金额', state: '状态' },
  refunded: '已退款',
  surplus: '多收',
}

const english: typeof chinese = {
  search: 'Order, payment or provider number, or last 8 characters',
  searchLabel: 'Search by number',
  clear: 'Clear',
  days: { today: 'Today', week: 'Last 7 days', month: 'Last 31 days', own: 'Custom' },
  from: 'From',
  to: 'To',
  tooLong: 'Choose up to 31 days',
  filters: { none: 'All', state: 'Status', provider: 'Provider', amount: 'Amount', contract: 'Subscription' },
  amountLabel: 'Amount (CNY)',
  contractLabel: 'Subscription number',
  wrongAmount: 'Enter an amount, such as 86.00',
  wrongContract: 'A subscription number has 22 letters and digits',
  wrongNumber: 'A number has at most 128 characters',
  apply: 'Search',
  needs: {
    surplus: 'Overpayments to resolve',
    refund: 'Refunds pending for more than a day',
    shipping: 'Not yet reported to WeChat as shipped',
  },
  emptyTitle: 'No orders found',
  emptyText: 'Try different dates or filters',
  emptySearch: 'No order has this number',
  notAsked: 'Enter a value, then tap Search',
  columns: { order: 'Number', goods: 'Items', provider: 'Provider', time: 'Placed', amount: 'Amount', state: 'Status' },
  refunded: 'Refunded',
  surplus: 'Overpaid',
}

export const t = isChinese ? chinese : english
