// The answers of the API for other systems: the schema of `obj` for each call. The OpenAPI document and our types are
// made from these schemas.
import * as z from 'zod/mini'
import { orderStates, payTypes } from '../../../miniprogram/rules/terms'
import { described } from './described'
import type { PayCall } from './pay'

const payTypeEntry = z.strictObject({
  code: described(z.enum(payTypes), '支付方式，用作 payTypeCode', 'the way to pay, for payTypeCode'),
  name: described(z.string(), '中文名称', 'its name in Chinese'),
  nameEn: described(z.string(), '英文名称', 'its name in English'),
})

export const paidRecord = z.strictObject({
  money: described(z.int(), '金额，单位为分', 'the amount in fen or cents'),
  requestKey: described(z.string(), '您系统中的订单号', 'your number of the order'),
  payTime: described(z.int(), '支付时间，毫秒', 'when it was paid, in milliseconds since 1970'),
  orderSn: described(z.string(), '我方订单号', 'our number of the order'),
  payTypeCode: described(z.string(), '支付方式', 'the way to pay'),
  payTypeName: described(z.string(), '支付方式的名称', 'its name'),
  currencyType: described(z.string(), '币种', 'the currency'),
  payStatus: described(
    z.enum(['NOTPAY', 'SUCCESSPAY', 'WAITREFUND', 'SUCCESSREFUND', 'FAILUREREFUND', 'CLOSED']),
    '支付状态：未支付、支付成功、等待退款、退款成功、退款失败、已关闭',
    'not paid, paid, being refunded, refunded, refund failed, closed',
  ),
  domainCode: described(z.string(), '您的系统代码', 'your code'),
})

const html = described(
  z.string(),
  '一段 HTML，放进页面后自动前往付款，不含脚本',
  'HTML that goes on to the payment by itself once it is part of a page, without a script',
)
const payTypeList = described(z.array(payTypeEntry), '已开通的支付方式', 'the ways to pay that are open')

const cashierView = z.strictObject({
  name: described(z.string(), '收款的业务系统名称', 'the name of the system that asks for the money'),
  state: described(
    z.enum(orderStates),
    '未支付、已支付、已关闭（过期的也算）',
    'not paid, paid, closed; an expired order is closed',
  ),
  scene: described(
    z.enum(['pc', 'h5']),
    '此浏览器应调用 pc/pay 还是 h5/pay',
    'whether pc/pay or h5/pay is for this browser',
  ),
  ways: described(z.array(payTypeEntry), '此浏览器可用的支付方式', 'the ways to pay that work in this browser'),
  needsOpenid: described(
    z.boolean(),
    '在微信中且尚不知道付款人：请先前往 openid 接口',
    'in WeChat, and the payer is not known yet: go to the openid page first',
  ),
})

/** The schema of `obj` for each call that succeeds; null: the answer has no `obj`. */
export const payReplies = {
  'GET pc/pay-types': payTypeList,
  'GET h5/pay-types': payTypeList,
  'POST pc/pay': z.union([described(z.string(), 'Wechat：二维码的内容', 'Wechat: the text of a QR code'), html]),
  'GET pc/wechatQuery': null,
  'POST h5/pay': z.union([
    described(
      z.record(z.string(), z.string()),
      'Wechat：getBrandWCPayRequest 的参数',
      'Wechat: the parameters of getBrandWCPayRequest',
    ),
    html,
  ]),
  'GET private/pay/query': described(z.boolean(), '是否有支付成功的记录', 'whether a payment succeeded'),
  'GET private/pay/queryInfo': described(
    z.nullable(paidRecord),
    '支付记录；没有支付成功的记录时为 null',
    'the record of the payment; null if none succeeded',
  ),
  'POST cashier': cashierView,
  'GET openid': null,
} as const satisfies Record<PayCall, z.ZodMiniType | null>

export type PayTypeEntry = z.infer<typeof payTypeEntry>
export type CashierView = z.infer<typeof cashierView>
export type PaidRecord = z.infer<typeof paidRecord>
