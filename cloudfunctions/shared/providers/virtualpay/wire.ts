// The wire format of WeChat's virtual payment (虚拟支付): its field names, codes and status numbers, and their translation
// into our own terms. Sources: docs/provider-facts.md 9.6.
import * as z from 'zod/mini'
import { AppError } from '../../domain/errors'
import { fenFromWire, isFen } from '../../domain/money'
import type { PaymentOutcome } from '../../domain/payment'
import type { RefundOutcome } from '../../domain/refund'
import { jsonOf } from '../codecs'
import { type HttpResponse, type KeysVerdict, type PaymentReport, type RefundReport, unreadable } from '../provider'

type Fields = Readonly<Record<string, unknown>>

const currency = 'CNY'

// The values of status in query_order: 0 not created, 1 created, 2 paid, 3 being delivered, 4 delivered, 5 refunded, 6
// closed, 7 refund failed, 8 refund done. 9 and 10 are steps of the settlement, which say nothing about the shopper's
// money.
const states = new Map<unknown, PaymentOutcome>([
  [0, 'pending'],
  [1, 'pending'],
  [2, 'paid'],
  [3, 'paid'],
  [4, 'paid'],
  [5, 'refunded'],
  [6, 'closed'],
  [7, 'paid'],
  [8, 'refunded'],
])

// What the values of status in query_order mean for a refund of the order. Status 5 (refunded) counts as pending,
// because the shopper does not have the money yet.
const refundStates = new Map<unknown, RefundOutcome>([
  [0, 'pending'],
  [1, 'pending'],
  [2, 'pending'],
  [3, 'pending'],
  [4, 'pending'],
  [5, 'pending'],
  [7, 'refused'],
  [8, 'refunded'],
])

// The order_type of a payment that Apple received.
const iosType = 7

/**
 * The reason with which we refuse to refund a payment that Apple received. Staff read it in the order's history
 * (miniprogram/pages/admin/order/messages.ts).
 */
export const refundedByApple = 'Apple took this payment: only Apple can refund it'

/** What WeChat's refusal of a refund means. `later`: WeChat has done nothing, and we may send the same refund again. */
export type RefundRefusal = 'refused' | 'later'

// The error codes of refund_order that certainly refuse. 268490014 (a refund is under way) is not listed, because that
// may be our refund or another one.
const refundRefusals = new Map<number, RefundRefusal>([
  [268490001, 'refused'],
  [268490002, 'refused'],
  [268490003, 'refused'],
  [268490005, 'refused'],
  [268490013, 'refused'],
  [268490021, 'refused'],
  // 268490015: we asked too often. 268490016: the remaining amount has just changed.
  [268490015, 'later'],
  [268490016, 'later'],
])

export const refusalOfRefund = (code: number): RefundRefusal | undefined => refundRefusals.get(code)

/** Whether an error code means that the access token is no longer valid. */
export const isTokenOver = (code: number): boolean => code === 40001 || code === 40014 || code === 42001

const reply = z.looseObject({ errcode: z.optional(z.int()), errmsg: z.optional(z.unknown()) })

export interface XpayReply {
  /** WeChat's error code; 0: success */
  code: number
  words: unknown
  fields: Fields
}

/** Reads a reply of api.weixin.qq.com. A success may come without errcode. @throws HttpFailure */
export function readXpayReply({ status, body }: HttpResponse): XpayReply {
  const parsed = reply.safeParse(jsonOf(body))
  if (status !== 200 || !parsed.success) throw unreadable('the reply')
  const { errcode = 0, errmsg, ...fields } = parsed.data
  return { code: errcode, words: errmsg, fields }
}

const textIn = (fields: Fields, name: string): string => {
  const value = fields[name]
  if (typeof value !== 'string' || value === '') throw unreadable(name)
  return value
}

/** Reads the reply of code2Session. @throws HttpFailure */
export const readSession = (fields: Fields): { openid: string; sessionKey: string } => ({
  openid: textIn(fields, 'openid'),
  sessionKey: textIn(fields, 'session_key'),
})

/** Reads the reply of stable_token. @returns the token, and how long it is valid, in ms @throws HttpFailure */
export function readToken(fields: Fields): { token: string; lifeMs: number } {
  const { expires_in: seconds } = fields
  if (typeof seconds !== 'number' || !(seconds > 0)) throw unreadable('expires_in')
  return { token: textIn(fields, 'access_token'), lifeMs: seconds * 1_000 }
}

const order = z.looseObject({ order_id: z.string(), status: z.unknown() })

export type XpayOrder = z.output<typeof order>

/** Reads the order from a reply of query_order. @throws HttpFailure */
export function readXpayOrder(fields: Fields): XpayOrder {
  const parsed = order.safeParse(fields.order)
  if (!parsed.success) throw unreadable('order')
  return parsed.data
}

export const isOfApple = ({ order_type }: XpayOrder): boolean => order_type === iosType

/** How much of a payment is left after its refunds, in fen. @throws BadInput */
export const leftFen = ({ left_fee }: XpayOrder): number => fenFromWire(left_fee)

const secondsAt = (value: unknown): { at?: number } =>
  typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? { at: value * 1_000 } : {}

const numberOf = (value: unknown): { theirNo?: string } =>
  typeof value === 'string' && value !== '' ? { theirNo: value } : {}

/** Reads a payment from an order of query_order. @throws BadInput for an amount that cannot be read */
export function paymentReport(order: XpayOrder): PaymentReport {
  const outcome = states.get(order.status) ?? 'unknown'
  const told = { ...numberOf(order.wxpay_order_id), raw: withoutToken(order) }
  if (outcome !== 'paid' && outcome !== 'refunded') return { outcome, ...told }
  const { paid_fee: paid, left_fee: left } = order
  const back = isFen(paid) && isFen(left) && paid >= left ? paid - left : undefined
  return {
    // Soon after a partial refund, WeChat changes the status from "refunded" back to the one before. So compare the
    // amounts instead of trusting the status.
    outcome: back !== undefined && back > 0 ? 'refunded' : outcome,
    ...told,
    amountFen: fenFromWire(order.order_fee),
    currency,
    ...(back !== undefined && back > 0 && { refundedFen: back }),
    ...secondsAt(order.paid_time),
  }
}

/** Reads a refund from an order of query_order. @throws BadInput for an amount that cannot be read */
export function refundReport(order: XpayOrder): RefundReport {
  const outcome = refundStates.get(order.status) ?? 'unknown'
  return {
    outcome,
    ...numberOf(order.wx_order_id),
    ...(outcome !== 'unknown' && { amountFen: fenFromWire(order.refund_fee), currency }),
    ...(outcome === 'refunded' && secondsAt(order.paid_time)),
    raw: withoutToken(order),
  }
}

const withoutToken = ({ token: _, ...fields }: XpayOrder): Fields => fields

const inside = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}

/** Reads a field of an event as text. Events give numbers as text, too. @throws BadInput naming the field */
const told = (fields: Fields, name: string): string => {
  const value = fields[name]
  if (typeof value !== 'string' || value === '') throw new AppError('BadInput', `${name}: is missing`)
  return value
}

const timeOf = (seconds: unknown): { at?: number } =>
  typeof seconds === 'string' && /^[1-9]\d{9}$/.test(seconds) ? { at: Number(seconds) * 1_000 } : {}

const fenIn = (fields: Fields, name: string): number => {
  try {
    return fenFromWire(fields[name])
  } catch {
    throw new AppError('BadInput', `${name}: not a whole number of fen`)
  }
}

/**
 * Reads the event xpay_goods_deliver_notify, which WeChat sends only for a paid order. WeChat's document does not say
 * whether the price of several pieces is for one or for all. So we read the amount only if there is one piece;
 * otherwise a query must tell it.
 * @throws BadInput naming the field
 */
export function readDelivery(fields: Fields): PaymentReport {
  const goods = inside(fields.GoodsInfo)
  const pay = inside(fields.WeChatPayInfo)
  const isOne = told(goods, 'Quantity') === '1'
  const amountFen = fenIn(goods, 'ActualPrice')
  return {
    outcome: 'paid',
    ...(isOne && { amountFen, currency }),
    shopper: told(fields, 'OpenId'),
    ...numberOf(pay.TransactionId),
    ...timeOf(pay.PaidTime),
    raw: fields,
  }
}

/**
 * Reads the event xpay_refund_notify. RetCode 0 means that the refund is done. After any other code we query the
 * refund.
 * @throws BadInput naming the field
 */
export function readRefundEvent(fields: Fields): { refundNo: string; paymentNo: string; report: RefundReport } {
  const isDone = told(fields, 'RetCode') === '0'
  return {
    refundNo: told(fields, 'MchRefundId'),
    paymentNo: told(fields, 'MchOrderId'),
    report: {
      outcome: isDone ? 'refunded' : 'unknown',
      amountFen: fenIn(fields, 'RefundFee'),
      currency,
      ...numberOf(fields.WxRefundId),
      ...(isDone ? timeOf(fields.RefundSuccTimestamp) : {}),
      ...(!isDone && typeof fields.RetMsg === 'string' && { reason: fields.RetMsg.slice(0, 120) }),
      raw: fields,
    },
  }
}

/** Judges from a reply whether WeChat accepted our keys. */
export function judgeXpayKeys(response: HttpResponse): KeysVerdict | undefined {
  try {
    const { code, fields } = readXpayReply(response)
    if (code === 268490003) return { isAccepted: false, field: 'appKey' }
    if (code === 40013) return { isAccepted: false, field: 'appId' }
    if (code === 40125 || code === 41004) return { isAccepted: false, field: 'appSecret' }
    if ('access_token' in fields || 'session_key' in fields) return { isAccepted: true, field: 'appSecret' }
    return 'order' in fields ? { isAccepted: true, field: 'appKey' } : undefined
  } catch {
    return undefined
  }
}
