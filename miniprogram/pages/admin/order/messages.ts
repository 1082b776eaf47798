// The sentences of an order's page for staff.
import type { StaffOrderView } from '../../../../cloudfunctions/shared/api'
import { isChinese } from '../../../messages'

interface Sentences {
  title: string
  amount: string
  refunded: string
  shopper: string
  placed: string
  paid: string
  closed: string
  expires: string
  contract: string
  items: string
  attempts: string
  attempt: (index: number) => string
  noAttempts: string
  debit: string
  surplus: string
  backUnknown: string
  theirNo: string
  left: string
  refunds: string
  history: string
  notices: string
  numbers: string
  nextCheck: string
  recheck: string
  rechecked: string
  close: string
  closeTitle: string
  closeText: (short: string) => string
  closeYes: string
  isClosed: string
  closing: (time: string) => string
  refund: string
  cannotRefund: string
  refundTitle: string
  refundAmount: (currency: string) => string
  refundWhole: string
  refundReason: string
  reasonHint: string
  send: string
  sending: string
  wrongAmount: (most: string) => string
  sureTitle: string
  sureText: (amount: string, short: string) => string
  accepted: string
  overLimit: string
  ownOrder: string
  unsure: string
  tooMuch: string
  earlier: (amount: string) => string
  record: Record<'refunded' | 'notRefunded', { button: string; sure: (amount: string) => string; done: string }>
  recordHint: string
  recordNote: string
  recordNoteHint: string
  recordNoteMissing: string
  recordSave: string
  recordTitle: string
  recordYes: string
  recordColon: string
  recordConflict: string
  recordOverLimit: string
  times: (count: number) => string
  payments: Record<StaffOrderView['payments'][number]['state'], string>
  refundStates: Record<StaffOrderView['refunds'][number]['state'], string>
  whats: Record<StaffOrderView['history'][number]['what'], string>
  cancelledByShop: string
  recorded: Record<'refunded' | 'refundFailed', string>
  /** reasons and details that are codes of ours */
  reasons: ReadonlyMap<string, string>
  details: ReadonlyMap<string, string>
  quoted: (words: string) => string
  /** a field that the provider needs was not there */
  notAsked: (field: string) => string
  bys: Record<'shopper' | 'provider' | 'timer' | 'system', string>
}

const chinese: Sentences = {
  title: '订单',
  amount: '金额',
  refunded: '已退',
  shopper: '顾客',
  placed: '下单',
  paid: '支付',
  closed: '关闭',
  expires: '支付截止',
  contract: '自动续费合同',
  items: '商品',
  attempts: '支付',
  attempt: (index) => `第 ${index} 次`,
  noAttempts: '还没有人试着支付',
  debit: '自动续费扣款',
  surplus: '多收的款',
  backUnknown: '退款金额未知',
  theirNo: '对方单号',
  left: '可退',
  refunds: '退款',
  history: '经过',
  notices: '没能入账的通知',
  numbers: '单号',
  nextCheck: '下次处理',
  recheck: '向支付服务核对',
  rechecked: '已核对',
  close: '关闭订单',
  closeTitle: '关闭这个订单？',
  closeText: (short) => `订单 ${short} 关闭后顾客不能再支付。若钱已在路上，会记为多收，等你处理。`,
  closeYes: '关闭',
  isClosed: '订单已关闭',
  closing: (time) => `正在关闭，最晚 ${time} 关闭。顾客现在已经不能支付`,
  refund: '退款',
  cannotRefund: '这家支付服务不能在这里退款，请到它的商户平台操作',
  refundTitle: '退款给顾客',
  refundAmount: (currency) => `退多少（${currency === 'CNY' ? '元' : currency}）`,
  refundWhole: '全部',
  refundReason: '原因（顾客可能看到）',
  reasonHint: '例如：杯子碎了',
  send: '退款',
  sending: '正在提交',
  wrongAmount: (most) => `请填大于零、不超过 ${most} 的金额`,
  sureTitle: '确认退款',
  sureText: (amount, short) => `退 ${amount} 给订单 ${short} 的顾客。提交后不能撤回。`,
  accepted: '退款已提交',
  overLimit: '超过了你的退款额度，请店主来退',
  ownOrder: '这是你自己下的订单，请店里其他人来退款',
  unsure: '没有收到回音，退款可能已经提交。再点一次“退款”是安全的：同一笔不会退两次',
  tooMuch: '可退的金额刚刚变了，请看一看再退',
  earlier: (amount) => `之前那笔 ${amount} 已经提交，没有重复退`,
  record: {
    refunded: {
      button: '平台已退款',
      sure: (amount) => `${amount} 记为已退给顾客，这里不会再退这笔钱。`,
      done: '已记为退款成功',
    },
    notRefunded: {
      button: '平台没有退款',
      sure: (amount) => `这笔退款记为没有成功，${amount} 可以重新退。如果其实已经退了，再退就会多退给顾客。`,
      done: '已记为没有退款',
    },
  },
  recordHint: '这笔退款一直没有结果。请到支付服务的商户平台查一查，再在这里记下：',
  recordNote: '说明（必填）',
  recordNoteHint: '例如：商户平台查到退款成功',
  recordNoteMissing: '请写下你查到了什么',
  recordSave: '记下结果',
  recordTitle: '确认退款结果',
  recordYes: '确认',
  recordColon: '：',
  recordOverLimit: '超过了你的退款额度，请店主来记',
  recordConflict: '没有记下：这笔退款刚刚有了变化，请看一看再记',
  times: (count) => `${count} 次`,
  payments: { created: '待支付', pending: '等待结果', failed: '没有成功', closed: '已关闭', paid: '已支付' },
  refundStates: { requested: '已申请', pending: '处理中', failed: '没有成功', done: '已退' },
  whats: {
    created: '下单',
    attempt: '发起支付',
    refused: '支付服务拒绝',
    paid: '已支付',
    paymentFailed: '支付没有成功',
    paymentClosed: '支付已关闭',
    cancelled: '顾客取消',
    expired: '超时',
    closed: '已关闭',
    refundRequested: '申请退款',
    refunded: '已退款',
    refundFailed: '退款没有成功',
    refundUnknown: '对方退过款，金额未知',
  },
  cancelledByShop: '店家取消',
  recorded: { refunded: '店员记下：平台已退款', refundFailed: '店员记下：平台没有退款' },
  reasons: new Map([
    ['surplus', '多付的款，系统自动退回'],
    ['reconciliation', '对账发现重复付款'],
  ]),
  details: new Map([
    ['surplus', '多收'],
    ['WeChat Pay is not open for this domainCode', '这个商户还没有开通微信支付'],
    ['the platform was not asked: it has no such channel', '没有发出：这家支付服务没有这种支付方式'],
    ['the platform was not asked: it takes CNY and USD', '没有发出：这家支付服务只收人民币和美元'],
    ['the platform did not say how it can be paid', '支付服务没有说明怎么支付'],
    ['Jubao was not asked: the channel is of another dialect', '没有发出：这种支付方式要换一种接口设置'],
    ['Jubao was not asked: it cannot take this currency', '没有发出：这家支付服务不收这个币种'],
    ['Paymax takes CNY only', '没有发出：Paymax 只收人民币'],
    ['no such channel', '没有发出：这家支付服务没有这种支付方式'],
    ['shoppers are asked in another currency', '没有发出：设置里的币种与订单不同'],
    ['no readable answer', '没有收到看得懂的答复'],
    ['could not be reached', '支付服务连不上'],
    ['the provider could not be reached', '支付服务连不上'],
  ]),
  quoted: (words) => `支付服务的说法：${words}`,
  notAsked: (field) => `没有发出：缺少 ${field}`,
  bys: { shopper: '顾客', provider: '支付服务', timer: '系统定时', system: '系统' },
}

const english: Sentences = {
  title: 'Order',
  amount: 'Amount',
  refunded: 'Refunded',
  shopper: 'Shopper',
  placed: 'Placed',
  paid: 'Paid',
  closed: 'Closed',
  expires: 'May be paid until',
  contract: 'Subscription',
  items: 'Goods',
  attempts: 'Payments',
  attempt: (index) => `No. ${index}`,
  noAttempts: 'Nobody has tried to pay yet',
  debit: 'Debit of a subscription',
  surplus: 'Surplus',
  backUnknown: 'Refunded, amount unknown',
  theirNo: 'Their number',
  left: 'May go back',
  refunds: 'Refunds',
  history: 'What happened',
  notices: 'What could not be applied',
  numbers: 'Numbers',
  nextCheck: 'Looked at next',
  recheck: 'Ask the provider',
  rechecked: 'Asked',
  close: 'Close order',
  closeTitle: 'Close this order?',
  closeText: (short) =>
    `Nobody can pay order ${short} any more. Money already on its way becomes surplus and waits for you.`,
  closeYes: 'Close it',
  isClosed: 'The order is closed',
  closing: (time) => `Closing. It closes at ${time} at the latest, and nobody can pay it any more`,
  refund: 'Refund',
  cannotRefund: 'This provider does not refund from here. Please use its own merchant site',
  refundTitle: 'Refund to the shopper',
  refundAmount: (currency) => `How much, in ${currency === 'CNY' ? 'yuan' : currency}`,
  refundWhole: 'All',
  refundReason: 'Reason (the shopper may see it)',
  reasonHint: 'Such as: the cup was broken',
  send: 'Refund',
  sending: 'Sending',
  wrongAmount: (most) => `Please give an amount above zero and at most ${most}`,
  sureTitle: 'Refund now?',
  sureText: (amount, short) => `${amount} goes back to the shopper of order ${short}. This cannot be undone.`,
  accepted: 'The refund is on its way',
  overLimit: 'That is over your limit. Please ask the owner',
  ownOrder: 'You placed this order yourself. Please ask somebody else of the shop to refund it',
  unsure: 'No answer came, and the refund may be on its way. Tap Refund again: the same one never happens twice',
  tooMuch: 'What may go back changed a moment ago. Please look before you refund',
  earlier: (amount) => `The refund of ${amount} was already under way; it was not made twice`,
  record: {
    refunded: {
      button: 'It was refunded there',
      sure: (amount) => `${amount} counts as refunded to the shopper. Nothing more is sent for this refund.`,
      done: 'Recorded as refunded',
    },
    notRefunded: {
      button: 'It was not refunded there',
      sure: (amount) =>
        `This refund fails, and ${amount} may be refunded again. If it was refunded after all, the shopper would get it twice.`,
      done: 'Recorded as not refunded',
    },
  },
  recordHint: 'This refund still has no result. Look it up in the provider’s console, then record here:',
  recordNote: 'Note (required)',
  recordNoteHint: 'Such as: the console shows it as refunded',
  recordNoteMissing: 'Please write what you found',
  recordSave: 'Record the result',
  recordTitle: 'Record this result?',
  recordYes: 'Record',
  recordColon: '. ',
  recordOverLimit: 'That is over your refund limit. Please ask the owner to record it',
  recordConflict: 'Not recorded: this refund changed a moment ago. Please look again first',
  times: (count) => `${count} times`,
  payments: { created: 'Waiting', pending: 'No result yet', failed: 'Failed', closed: 'Closed', paid: 'Paid' },
  refundStates: { requested: 'Requested', pending: 'Under way', failed: 'Failed', done: 'Done' },
  whats: {
    created: 'Placed',
    attempt: 'Payment begun',
    refused: 'Refused by the provider',
    paid: 'Paid',
    paymentFailed: 'Payment failed',
    paymentClosed: 'Payment closed',
    cancelled: 'Cancelled by the shopper',
    expired: 'Expired',
    closed: 'Closed',
    refundRequested: 'Refund requested',
    refunded: 'Refunded',
    refundFailed: 'Refund failed',
    refundUnknown: 'Refunded outside, amount unknown',
  },
  cancelledByShop: 'Cancelled by the shop',
  recorded: { refunded: 'Recorded by staff: refunded', refundFailed: 'Recorded by staff: not refunded' },
  reasons: new Map([
    ['surplus', 'Paid too much, sent back by itself'],
    ['reconciliation', 'Paid twice, as the reconciliation found'],
  ]),
  details: new Map([
    ['surplus', 'overpayment'],
    ['WeChat Pay is not open for this domainCode', 'WeChat Pay is not open for this merchant'],
    ['the platform was not asked: it has no such channel', 'not sent: this provider has no such way to pay'],
    ['the platform was not asked: it takes CNY and USD', 'not sent: this provider takes yuan and US dollars only'],
    ['the platform did not say how it can be paid', 'the provider did not say how it can be paid'],
    [
      'Jubao was not asked: the channel is of another dialect',
      'not sent: this way to pay needs another dialect in the settings',
    ],
    ['Jubao was not asked: it cannot take this currency', 'not sent: this provider does not take this currency'],
    ['Paymax takes CNY only', 'not sent: Paymax takes yuan only'],
    ['no such channel', 'not sent: this provider has no such way to pay'],
    ['shoppers are asked in another currency', 'not sent: the settings name another currency than the order'],
    ['no readable answer', 'no readable answer came'],
    ['could not be reached', 'the provider could not be reached'],
    ['the provider could not be reached', 'the provider could not be reached'],
  ]),
  quoted: (words) => `In the provider’s words: ${words}`,
  notAsked: (field) => `not sent: ${field} is missing`,
  bys: { shopper: 'shopper', provider: 'provider', timer: 'timer', system: 'system' },
}

export const t = isChinese ? chinese : english
