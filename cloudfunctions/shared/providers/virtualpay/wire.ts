// The wire of WeChat's virtual payment (虚拟支付): its names, codes and status numbers, and their translation to ours.
// Sources: docs/provider-facts.md 9.6.
import * as z from 'zod/mini'
import { AppError } from '../../domain/errors'
import { fenFromWire, isFen } from '../../domain/money'
import type { PaymentOutcome } from '../../domain/payment'
import type { RefundOutcome } from '../../domain/refund'
import { jsonOf } from '../codecs'
import { type HttpResponse, type KeysVerdict, type PaymentReport, type RefundReport, unreadable } from '../provider'

type Fields = Readonly<Record<string, unknown>>

const currency = 'CNY'

// query_order, status: 0 not made, 1 made, 2 paid, 3 being delivered, 4 delivered, 5 refunded, 6 closed, 7 refund failed,
// 8 refund done. 9 and 10 are steps of the settlement and say nothing about the shopper's money.
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

// The same numbers of a refund's own order. 5 comes before the money is back.
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

// order_type of a payment that Apple took.
const iosType = 7

/** The reason of a refusal: staff read it in the order's history (miniprogram/pages/admin/order/messages.ts). */
export const refundedByApple = 'Apple took this payment: only Apple can refund it'

/** What a refused refund means. `later`: nothing was done, and the same may be sent again. */
export type RefundRefusal = 'refused' | 'later'

// refund_order. 268490014 (a refund is under way) leaves open whose refund that is, so it is not here.
const refundRefusals = new Map<number, RefundRefusal>([
  [268490001, 'refused'],
  [268490002, 'refused'],
  [268490003, 'refused'],
  [268490005, 'refused'],
  [268490013, 'refused'],
  [268490021, 'refused'],
  // Asked too often; the amount left has just changed.
  [268490015, 'later'],
  [268490016, 'later'],
])

export const refusalOfRefund = (code: number): RefundRefusal | undefined => refundRefusals.get(code)

/** Codes for an access token that is no longer good. */
export const isTokenOver = (code: number): boolean => code === 40001 || code === 40014 || code === 42001

const reply = z.looseObject({ errcode: z.optional(z.int()), errmsg: z.optional(z.unknown()) })

export interface XpayReply {
  /** 0: success */
  code: number
  words: unknown
  fields: Fields
}

/** Reads a reply of api.weixin.qq.com; a success may come without errcode. @throws HttpFailure */
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

/** code2Session. @throws HttpFailure */
export const readSession = (fields: Fields): { openid: string; sessionKey: string } => ({
  openid: textIn(fields, 'openid'),
  sessionKey: textIn(fields, 'session_key'),
})

/** stable_token. @returns the token and how long it is good, in ms @throws HttpFailure */
export function readToken(fields: Fields): { token: string; lifeMs: number } {
  const { expires_in: seconds } = fields
  if (typeof seconds !== 'number' || !(seconds > 0)) throw unreadable('expires_in')
  return { token: textIn(fields, 'access_token'), lifeMs: seconds * 1_000 }
}

const order = z.looseObject({ order_id: z.string(), status: z.unknown() })

export type XpayOrder = z.output<typeof order>

/** The order in a reply of query_order. @throws HttpFailure */
export function readXpayOrder(fields: Fields): XpayOrder {
  const parsed = order.safeParse(fields.order)
  if (!parsed.success) throw unreadable('order')
  return parsed.data
}

export const isOfApple = ({ order_type }: XpayOrder): boolean => order_type === iosType

/** What is left of a payment after its refunds, in fen. @throws BadInput */
export const leftFen = ({ left_fee }: XpayOrder): number => fenFromWire(left_fee)

const secondsAt = (value: unknown): { at?: number } =>
  typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? { at: value * 1_000 } : {}

const numberOf = (value: unknown): { theirNo?: string } =>
  typeof value === 'string' && value !== '' ? { theirNo: value } : {}

/** @throws BadInput for an amount that cannot be read */
export function paymentReport(order: XpayOrder): PaymentReport {
  const outcome = states.get(order.status) ?? 'unknown'
  const told = { ...numberOf(order.wxpay_order_id), raw: withoutToken(order) }
  if (outcome !== 'paid' && outcome !== 'refunded') return { outcome, ...told }
  const { paid_fee: paid, left_fee: left } = order
  const back = isFen(paid) && isFen(left) && paid >= left ? paid - left : undefined
  return {
    // A part that went back does not change the status for long.
    outcome: back !== undefined && back > 0 ? 'refunded' : outcome,
    ...told,
    amountFen: fenFromWire(order.order_fee),
    currency,
    ...(back !== undefined && back > 0 && { refundedFen: back }),
    ...secondsAt(order.paid_time),
  }
}

/** @throws BadInput for an amount that cannot be read */
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

/** A text or number of an event, which gives numbers as text. @throws BadInput naming the field */
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
 * xpay_goods_deliver_notify: that it comes means paid. Whether the price of several pieces is that of one or of all is
 * not documented, so it is read for one piece only, and a query tells it for several.
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
 * xpay_refund_notify: RetCode 0 means that the refund is done. After any other code we query the refund.
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

/** Reads from a reply whether our keys were accepted. */
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
