// The sentences that all admin pages share, in Chinese and English; each page keeps its own beside it in its folder.
import type { NoticeView, StaffOrderRow } from '../../../cloudfunctions/shared/api/admin'
import { isChinese } from '../../messages'
import type { FailureCode } from '../../services/cloud'

/** The admin pages, as the way between them names them. */
export type AdminPage =
  | 'today'
  | 'orders'
  | 'notices'
  | 'bills'
  | 'contracts'
  | 'goods'
  | 'exports'
  | 'staff'
  | 'audit'
  | 'settings'

const some = (ids: readonly string[], comma: string): string =>
  ids.slice(0, 5).join(comma) + (ids.length > 5 ? ' …' : '')

const chinese = {
  title: '商家后台',
  pages: {
    today: '今日',
    orders: '订单',
    notices: '待处理通知',
    bills: '对账',
    contracts: '自动续费',
    goods: '商品与方案',
    exports: '导出',
    staff: '人员',
    audit: '操作记录',
    settings: '支付设置',
  } satisfies Record<AdminPage, string>,
  errors: {
    BadInput: '填写的内容有误，请检查后再试',
    NotFound: '没有找到',
    Forbidden: '你没有这项权限，请联系店主',
    Conflict: '内容刚刚有变化，请刷新后再试',
    Unsupported: '这家支付服务不支持此操作',
    BadSignature: '对方的签名不对，请检查密钥设置',
    Mismatch: '对方的记录与我们的不一致',
    ProviderRefused: '支付服务拒绝了这次请求',
    ProviderUnavailable: '支付服务暂时连不上，请稍后再试',
    Internal: '系统出了点问题，请稍后再试',
    Network: '网络不通或太慢，请稍后再试',
    OldWeChat: '微信版本太旧，请先更新微信',
  } satisfies Record<FailureCode, string>,
  forbiddenTitle: '这里只对店员开放',
  home: '回到后台首页',
  loading: '正在加载',
  retry: '重新加载',
  more: '点此加载更多',
  moreLoading: '正在加载更多',
  moreFailed: '没有加载出来，点此再试',
  end: '没有更多了',
  /** of documents that cannot be read; empty for none */
  broken: (ids: readonly string[]) =>
    ids.length === 0 ? '' : `有 ${ids.length} 条记录已损坏，没有列出：${some(ids, '、')}`,
  cancel: '取消',
  confirm: '确定',
  save: '保存',
  saved: '已保存',
  copy: '复制',
  copied: '已复制',
  notCopied: '没有复制成功，请再试一次',
  /** orders, as staff speak of them */
  orderStates: {
    open: '待支付',
    closing: '关闭中',
    paid: '已支付',
    partlyRefunded: '部分退款',
    refunded: '已退款',
    closed: '已关闭',
  } satisfies Record<StaffOrderRow['standing'], string>,
  noticeKinds: {
    forged: '签名不对',
    unmatched: '找不到订单',
    mismatched: '内容不符',
    contradiction: '前后矛盾',
    unresolved: '久无结果',
    stuck: '反复失败',
    keysRefused: '密钥被拒',
  } satisfies Record<NoticeView['kind'], string>,
  roles: { owner: '店主', operator: '店员', viewer: '只看' },
  providers: new Map([
    ['midas', '米大师'],
    ['jubao', '聚宝支付'],
    ['paymax', 'Paymax'],
    ['wisecashier', 'Wisecashier'],
    ['unified', '统一支付平台'],
    ['wechatpay', '微信支付'],
  ]),
}

const english: typeof chinese = {
  title: 'Shop back office',
  pages: {
    today: 'Today',
    orders: 'Orders',
    notices: 'Notices',
    bills: 'Reconciliation',
    contracts: 'Subscriptions',
    goods: 'Goods and plans',
    exports: 'Exports',
    staff: 'People',
    audit: 'Audit',
    settings: 'Payment settings',
  },
  errors: {
    BadInput: 'Something in it is not right. Please check and try again',
    NotFound: 'Nothing was found',
    Forbidden: 'You may not do this. Please ask the owner',
    Conflict: 'It changed a moment ago. Please reload and try again',
    Unsupported: 'This payment service cannot do that',
    BadSignature: 'Their signature is wrong. Please check the keys in the settings',
    Mismatch: 'Their record differs from ours',
    ProviderRefused: 'The payment service refused this request',
    ProviderUnavailable: 'The payment service cannot be reached. Please try again later',
    Internal: 'Something went wrong here. Please try again later',
    Network: 'No connection, or too slow. Please try again later',
    OldWeChat: 'This WeChat is too old. Please update it first',
  },
  forbiddenTitle: 'For staff only',
  home: 'To the back office',
  loading: 'Loading',
  retry: 'Load again',
  more: 'Tap for more',
  moreLoading: 'Loading more',
  moreFailed: 'Could not load more. Tap to try again',
  end: 'That is all',
  broken: (ids) =>
    ids.length === 0
      ? ''
      : `${ids.length === 1 ? 'One record is' : `${ids.length} records are`} broken and not listed: ${some(ids, ', ')}`,
  cancel: 'Cancel',
  confirm: 'OK',
  save: 'Save',
  saved: 'Saved',
  copy: 'Copy',
  copied: 'Copied',
  notCopied: 'It was not copied. Please try again',
  orderStates: {
    open: 'Unpaid',
    closing: 'Closing',
    paid: 'Paid',
    partlyRefunded: 'Partly refunded',
    refunded: 'Refunded',
    closed: 'Closed',
  },
  noticeKinds: {
    forged: 'Wrong signature',
    unmatched: 'No such order',
    mismatched: 'Differs from ours',
    contradiction: 'Contradicts',
    unresolved: 'No result',
    stuck: 'Keeps failing',
    keysRefused: 'Keys refused',
  },
  roles: { owner: 'Owner', operator: 'Operator', viewer: 'Viewer' },
  providers: new Map([
    ['midas', 'Tencent Midas'],
    ['jubao', 'Jubao Pay'],
    ['paymax', 'Paymax'],
    ['wisecashier', 'Wisecashier'],
    ['unified', 'Unified pay'],
    ['wechatpay', 'WeChat Pay'],
  ]),
}

export const adminMessages = isChinese ? chinese : english

/** A provider's name for people; a code that this app does not know shows as it is. */
export const providerName = (code: string): string => adminMessages.providers.get(code) ?? code
