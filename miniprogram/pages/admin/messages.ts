// Sentences shared by all admin pages, in Chinese and English. Each page keeps its own sentences in its folder.
import type { NoticeView, StaffOrderRow } from '../../../cloudfunctions/shared/api/admin'
import { isChinese } from '../../messages'
import type { FailureCode } from '../../services/cloud'

/** Names of the admin pages, as used in their URLs. */
export type AdminPage =
  | 'today'
  | 'orders'
  | 'shipping'
  | 'complaints'
  | 'notices'
  | 'bills'
  | 'contracts'
  | 'goods'
  | 'exports'
  | 'endpoints'
  | 'staff'
  | 'domains'
  | 'sessions'
  | 'audit'
  | 'settings'

const some = (ids: readonly string[], comma: string): string =>
  ids.slice(0, 5).join(comma) + (ids.length > 5 ? ' …' : '')

const chinese = {
  title: '商家后台',
  pages: {
    today: '今日',
    orders: '订单',
    shipping: '发货',
    complaints: '投诉',
    notices: '支付异常',
    bills: '对账',
    contracts: '自动续费',
    goods: '商品与方案',
    exports: '导出',
    domains: '业务系统',
    endpoints: '通知其他系统',
    staff: '人员',
    sessions: '电脑登录',
    audit: '操作记录',
    settings: '支付设置',
  } satisfies Record<AdminPage, string>,
  errors: {
    BadInput: '填写的内容有误，请检查后重试',
    NotFound: '没有找到',
    Forbidden: '你没有这项权限，请联系店主',
    Conflict: '内容已更新，请刷新后重试',
    Unsupported: '该支付服务不支持此操作',
    BadSignature: '支付服务的签名有误，请检查密钥设置',
    Mismatch: '支付服务的记录与本店不一致',
    ProviderRefused: '支付服务拒绝了请求',
    ProviderUnavailable: '暂时无法连接支付服务，请稍后再试',
    Internal: '系统繁忙，请稍后再试',
    Network: '网络连接超时，请稍后再试',
    OldWeChat: '微信版本过低，请更新微信后重试',
  } satisfies Record<FailureCode, string>,
  forbiddenTitle: '仅限店员访问',
  home: '返回后台首页',
  loading: '正在加载',
  retry: '重新加载',
  more: '点击加载更多',
  moreLoading: '正在加载',
  moreFailed: '加载失败，点击重试',
  end: '没有更多了',
  /** Warning about documents that cannot be read; empty when there are none. */
  broken: (ids: readonly string[]) =>
    ids.length === 0 ? '' : `有 ${ids.length} 条记录无法读取，未显示：${some(ids, '、')}`,
  cancel: '取消',
  confirm: '确定',
  save: '保存',
  saved: '已保存',
  copy: '复制',
  /** The states of an order, as staff call them. */
  orderStates: {
    open: '待支付',
    closing: '关闭中',
    paid: '已支付',
    partlyRefunded: '部分退款',
    refunded: '已退款',
    closed: '已关闭',
  } satisfies Record<StaffOrderRow['standing'], string>,
  noticeKinds: {
    forged: '签名错误',
    unmatched: '找不到订单',
    mismatched: '内容不符',
    contradiction: '结果矛盾',
    unresolved: '长时间无结果',
    stuck: '反复失败',
    keysRefused: '密钥被拒绝',
  } satisfies Record<NoticeView['kind'], string>,
  roles: { owner: '店主', operator: '店员', viewer: '查看员' },
}

const english: typeof chinese = {
  title: 'Back office',
  pages: {
    today: 'Today',
    orders: 'Orders',
    shipping: 'Shipping',
    complaints: 'Complaints',
    notices: 'Payment issues',
    bills: 'Reconciliation',
    contracts: 'Subscriptions',
    goods: 'Products and plans',
    exports: 'Exports',
    domains: 'Connected systems',
    endpoints: 'Webhooks',
    staff: 'Team',
    sessions: 'Computers',
    audit: 'Activity log',
    settings: 'Payment settings',
  },
  errors: {
    BadInput: 'Some details aren’t valid. Check them and try again',
    NotFound: 'Not found',
    Forbidden: 'You don’t have permission to do this. Ask the shop owner',
    Conflict: 'This was just updated. Reload and try again',
    Unsupported: 'This payment provider doesn’t support that',
    BadSignature: 'The provider’s signature is invalid. Check your keys in Payment settings',
    Mismatch: 'The provider’s records don’t match yours',
    ProviderRefused: 'The payment provider declined the request',
    ProviderUnavailable: 'The payment provider can’t be reached. Try again later',
    Internal: 'Something went wrong. Please try again later',
    Network: 'The connection timed out. Please try again later',
    OldWeChat: 'Your version of WeChat is out of date. Update it and try again',
  },
  forbiddenTitle: 'Staff only',
  home: 'Go to back office',
  loading: 'Loading',
  retry: 'Reload',
  more: 'Tap to load more',
  moreLoading: 'Loading more',
  moreFailed: 'Couldn’t load more. Tap to try again',
  end: 'No more results',
  broken: (ids) =>
    ids.length === 0
      ? ''
      : `${ids.length === 1 ? 'One record' : `${ids.length} records`} couldn’t be read: ${some(ids, ', ')}`,
  cancel: 'Cancel',
  confirm: 'OK',
  save: 'Save',
  saved: 'Saved',
  copy: 'Copy',
  orderStates: {
    open: 'Unpaid',
    closing: 'Closing',
    paid: 'Paid',
    partlyRefunded: 'Partially refunded',
    refunded: 'Refunded',
    closed: 'Closed',
  },
  noticeKinds: {
    forged: 'Invalid signature',
    unmatched: 'Order not found',
    mismatched: 'Details don’t match',
    contradiction: 'Conflicting results',
    unresolved: 'No result',
    stuck: 'Repeated failures',
    keysRefused: 'Keys rejected',
  },
  roles: { owner: 'Owner', operator: 'Operator', viewer: 'Viewer' },
}

export const adminMessages = isChinese ? chinese : english
