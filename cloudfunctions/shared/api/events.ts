// The content of events for other systems: public views of orders and contracts. The types of
// usecases/platform/eventBody.ts and the OpenAPI document are made from these schemas; docs/webhooks.md explains them.

import * as z from 'zod/mini'
import { contractStates, orderStates, paymentStates, refundStates } from '../../../miniprogram/rules/terms'
import type { EventType } from '../domain/outbox'
import { described } from './described'

const text = (zh: string, en: string) => described(z.string(), zh, en)
const amountFen = (zh: string, en: string) => described(z.int(), `${zh}，单位为分`, `${en}, in whole minor units`)
const time = (zh: string, en: string) => described(z.int(), `${zh}，毫秒`, `${en}, in milliseconds since 1970`)
const maybeTime = (zh: string, en: string) =>
  described(z.nullable(z.int()), `${zh}，毫秒；没有则为 null`, `${en}, in milliseconds since 1970, or null`)
const theirNo = described(z.nullable(z.string()), '支付平台的单号', 'the number that the provider gave')

const payment = z.strictObject({
  paymentNo: text('我方支付单号', 'our number of the payment'),
  provider: text('支付渠道', 'the provider'),
  channel: text('支付渠道的支付方式', 'the provider’s channel'),
  state: described(z.enum(paymentStates), '支付单状态', 'how the payment stands'),
  amountFen: amountFen('支付金额', 'the amount'),
  theirNo,
  paidAt: maybeTime('支付时间', 'when it was paid'),
  surplus: described(z.boolean(), '是否为多付的款', 'whether it is an overpayment'),
})

const refund = z.strictObject({
  refundNo: text('我方退款单号', 'our number of the refund'),
  paymentNo: text('所退的支付单号', 'the payment that it gives back'),
  state: described(z.enum(refundStates), '退款状态', 'how the refund stands'),
  amountFen: amountFen('退款金额', 'the amount'),
  theirNo,
  createdAt: time('退款发起时间', 'when it was requested'),
  doneAt: maybeTime('退款完成时间', 'when it was done'),
})

const item = z.strictObject({
  sku: text('商品编号', 'the article'),
  title: text('商品名称', 'its name in Chinese'),
  titleEn: text('英文名称', 'its name in English'),
  priceFen: amountFen('单价', 'the price of one'),
  quantity: described(z.int(), '数量', 'how many'),
})

const order = z.strictObject({
  orderNo: text('我方订单号', 'our number of the order'),
  state: described(
    z.enum(orderStates),
    '订单状态：待支付、已支付、已关闭',
    'how the order stands: to be paid, paid, closed',
  ),
  amountFen: amountFen('订单金额', 'the amount'),
  currency: text('币种', 'the currency'),
  refundedFen: amountFen('已退款金额', 'how much was given back'),
  createdAt: time('下单时间', 'when it was made'),
  paidAt: maybeTime('支付时间', 'when it was paid'),
  closedAt: maybeTime('关闭时间', 'when it was closed'),
  items: described(z.array(item), '商品', 'what was bought'),
  payments: described(z.array(payment), '支付成功的支付单', 'the payments that succeeded'),
  refunds: described(z.array(refund), '退款', 'the refunds'),
  domain: described(
    z.nullable(
      z.strictObject({
        code: text('业务系统代码', 'its code'),
        requestKey: text('业务系统中的订单号', 'its number of the order'),
      }),
    ),
    '下单的业务系统；没有则为 null',
    'the system whose request made the order, or null',
  ),
  contract: described(
    z.nullable(
      z.strictObject({
        contractNo: text('签约编号', 'the contract'),
        period: text('扣费周期', 'its period'),
      }),
    ),
    '所属的自动续费；没有则为 null',
    'the contract whose charge this order is, or null',
  ),
})

const contract = z.strictObject({
  contractNo: text('签约编号', 'our number of the contract'),
  state: described(z.enum(contractStates), '签约状态：签约中、生效、欠费、签约失败、已结束', 'how the contract stands'),
  plan: text('套餐', 'the plan'),
  provider: text('支付渠道', 'the provider'),
  theirNo,
  createdAt: time('发起签约的时间', 'when signing began'),
  signedAt: maybeTime('签约时间', 'when it was signed'),
  endedAt: maybeTime('结束时间', 'when it ended'),
  endedBy: described(
    z.nullable(z.enum(['subscriber', 'wechat', 'staff', 'unpaid', 'system'])),
    '由谁结束；未结束则为 null',
    'who ended it, or null',
  ),
})

const charge = z.strictObject({
  period: described(z.int(), '第几期，从 0 起', 'the period, counted from 0'),
  startsAt: time('本期开始', 'when the period begins'),
  endsAt: time('本期结束', 'when the period ends'),
  amountFen: amountFen('本期金额', 'the amount'),
  orderNo: text('本期的订单号', 'the order of this charge'),
  state: described(
    z.enum(['planned', 'charging', 'retrying', 'pastDue', 'paid', 'dropped']),
    '扣费状态',
    'how the charge stands',
  ),
  paidAt: maybeTime('扣费成功时间', 'when it was paid'),
  byHand: described(z.boolean(), '是否由用户手动支付', 'whether the subscriber paid by hand'),
  payBy: maybeTime('手动支付的期限', 'until when it can be paid by hand'),
})

const about = {
  order: z.strictObject({ order }),
  payment: z.strictObject({ order, payment }),
  refund: z.strictObject({ order, refund }),
  contract: z.strictObject({ contract }),
  charge: z.strictObject({ contract, charge: z.optional(charge) }),
}

/** The schema of `data` for each type of event. */
export const eventData = {
  'order.paid': about.order,
  'order.closed': about.order,
  'order.overpaid': about.payment,
  'refund.done': about.refund,
  'refund.failed': about.refund,
  'contract.signed': about.contract,
  'contract.charged': about.charge,
  'contract.past_due': about.charge,
  'contract.ended': about.contract,
} as const satisfies Record<EventType, z.ZodMiniType>

/** The fields around `data`, which all types of events have. */
export const eventFrame = {
  id: text('事件编号，重发时不变', 'the event’s id, the same in every repeat'),
  at: time('发生时间', 'when it happened'),
  sequence: described(
    z.int(),
    '同一订单或签约的第几个事件，从 1 起',
    'counts the events of one order or contract from 1',
  ),
} as const

export type PublicOrder = z.infer<typeof order>
export type PublicPayment = z.infer<typeof payment>
export type PublicRefund = z.infer<typeof refund>
export type PublicContract = z.infer<typeof contract>
export type PublicCharge = z.infer<typeof charge>
