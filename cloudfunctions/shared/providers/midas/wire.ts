// The wire format of Midas (server API of tac-documents, 2019): its field names and formats, and their translation into
// our own terms. No file outside this folder uses these names.
import * as z from 'zod/mini'
import { fromBeijingText } from '../../../../miniprogram/rules/beijing'
import { AppError } from '../../domain/errors'
import { fenFromWire } from '../../domain/money'
import type { PaymentOutcome } from '../../domain/payment'
import type { RefundOutcome } from '../../domain/refund'
import { jsonOf } from '../codecs'
import {
  type HttpResponse,
  type KeysVerdict,
  type PaymentReport,
  type RefundReport,
  saysWrongSignature,
  unreadable,
  verdictOr,
} from '../provider'

// The values of order_state in a reply of query_order. 2 (paid and delivering), 3 (paid and delivery failed) and 4
// (paid and delivered) all mean paid for us.
const orderStates = new Map<string, PaymentOutcome>([
  ['0', 'pending'],
  ['1', 'pending'],
  ['2', 'paid'],
  ['3', 'paid'],
  ['4', 'paid'],
  ['5', 'pending'],
  ['6', 'closed'],
])

// The values of state in a reply of query_refund: 1 under way, 2 done, 3 failed.
const refundStates = new Map<string, RefundOutcome>([
  ['1', 'pending'],
  ['2', 'refunded'],
  ['3', 'refused'],
])

const replySchema = z.looseObject({ ret: z.int(), msg: z.optional(z.unknown()) })

/** A reply of Midas. ret 0 means success; any other value is a refusal with a text. */
export type MidasReply = z.output<typeof replySchema>

/**
 * Reads a reply of Midas as JSON, although its content type is always text/html.
 * @throws HttpFailure for an unreadable reply
 */
export function readMidasReply(response: HttpResponse): MidasReply {
  const parsed = replySchema.safeParse(jsonOf(response.body))
  if (response.status !== 200 || !parsed.success) throw unreadable('not a Midas reply')
  return parsed.data
}

/**
 * Judges from a reply whether Midas accepted our keys. No list of the values of `ret` is documented
 * (docs/provider-facts.md 1.5), so a refusal whose text mentions a signature counts as a refused key.
 */
export const judgeMidasKeys = (response: HttpResponse): KeysVerdict | undefined =>
  verdictOr(() => {
    const { ret, msg } = readMidasReply(response)
    if (ret === 0) return { isAccepted: true }
    return saysWrongSignature(msg) ? { isAccepted: false, field: 'privateKey' } : undefined
  })

const word = (value: unknown): string => (typeof value === 'string' || typeof value === 'number' ? String(value) : '')

const textField = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined

/**
 * Reads the reply of unified_order: what the phone needs, and the provider's number for later queries.
 * @throws HttpFailure for an unreadable reply
 */
export function readPrepared(reply: MidasReply, paymentNo: string): { payInfo: string; theirNo?: string } {
  const payInfo = textField(reply.pay_info)
  if (payInfo === undefined) throw unreadable('no pay_info')
  if (reply.out_trade_no !== undefined && reply.out_trade_no !== paymentNo) throw unreadable('another out_trade_no')
  const theirNo = textField(reply.transaction_id)
  return { payInfo, ...(theirNo !== undefined && { theirNo }) }
}

/**
 * Reads one payment from a reply of query_order; `unknown` if the reply is about another payment, or if the amount in
 * the reply cannot be read.
 */
export function readOrder(reply: MidasReply, paymentNo: string, offerId: string): PaymentReport {
  if (reply.out_trade_no !== paymentNo) return { outcome: 'unknown', reason: 'another out_trade_no', raw: reply }
  if (reply.appid !== undefined && reply.appid !== offerId)
    return { outcome: 'unknown', reason: 'another appid', raw: reply }
  const theirNo = textField(reply.transaction_id)
  const shopper = textField(reply.user_id)
  const at = fromBeijingText(word(reply.pay_time))
  const money = readMoney(reply.amount, reply.currency_type)
  if (!money) return { outcome: 'unknown', reason: 'amount', ...(theirNo !== undefined && { theirNo }), raw: reply }
  const outcome = orderStates.get(word(reply.order_state)) ?? 'unknown'
  // No value of order_state means "refunded". So a payment counts as refunded if query_order gives a refund_time. The
  // amount of the refund is unknown, because query_order does not give it.
  const isBack = outcome === 'paid' && fromBeijingText(word(reply.refund_time)) !== undefined
  return {
    outcome: isBack ? 'refunded' : outcome,
    ...money,
    ...(theirNo !== undefined && { theirNo }),
    ...(shopper !== undefined && { shopper }),
    ...(at !== undefined && { at }),
    raw: reply,
  }
}

function readMoney(amount: unknown, currency: unknown): { amountFen: number; currency: string } | undefined {
  try {
    return { amountFen: fenFromWire(amount), currency: readCurrency(currency) }
  } catch {
    return undefined
  }
}

// Reads a currency in upper or lower case. Midas's document writes CNY, but its iOS sample writes cny.
function readCurrency(value: unknown): string {
  if (typeof value !== 'string' || !/^[A-Za-z]{3}$/.test(value)) throw new AppError('BadInput', 'currency_type: odd')
  return value.toUpperCase()
}

/** Reads one refund from a reply of query_refund. */
export function readRefund(reply: MidasReply, refundNo: string): RefundReport {
  if (reply.refund_id !== undefined && reply.refund_id !== refundNo)
    return { outcome: 'unknown', reason: 'another refund_id', raw: reply }
  const outcome = refundStates.get(word(reply.state)) ?? 'unknown'
  return { outcome, ...(outcome === 'refused' && { reason: 'state 3' }), raw: reply }
}

/**
 * Reads a delivery notice whose signature is verified. The notice has no status, because Midas sends a notice only for
 * a paid order.
 * @throws BadInput
 */
export function readDelivery(fields: Readonly<Record<string, string>>): { paymentNo: string; report: PaymentReport } {
  const { sign: _, ...raw } = fields
  const paymentNo = fields.out_trade_no ?? ''
  if (!/^[0-9A-Za-z_.-]{1,32}$/.test(paymentNo)) throw new AppError('BadInput', 'out_trade_no: malformed')
  const shopper = textField(fields.user_id)
  if (shopper === undefined) throw new AppError('BadInput', 'user_id: missing')
  const amountFen = fenFromWire(fields.amount)
  return {
    paymentNo,
    report: { outcome: 'paid', amountFen, currency: readCurrency(fields.currency_type), shopper, raw },
  }
}
