// The wire format of WeChat Pay's API v3 (direct merchant): its field names and formats, and their translation into our
// own terms.
import * as z from 'zod/mini'
import { fromBeijingText } from '../../../../miniprogram/rules/beijing'
import { AppError, type ErrorCode } from '../../domain/errors'
import { fenFromWire, fenFromYuan } from '../../domain/money'
import type { PaymentOutcome } from '../../domain/payment'
import type { RefundOutcome, RefundStage } from '../../domain/refund'
import { jsonOf, readFlatXml, textOf } from '../codecs'
import { judgeV2 } from '../papay/wire'
import {
  type BillRow,
  type HttpResponse,
  type KeysVerdict,
  type PaymentReport,
  type RefundReport,
  unreadable,
  verdictOr,
} from '../provider'

// The values of trade_state. REFUND: the payment was paid, and then refunded in part or in full. The last two values of
// the table exist only for barcode payments.
const tradeStates = new Map<string, PaymentOutcome>([
  ['SUCCESS', 'paid'],
  ['REFUND', 'refunded'],
  ['NOTPAY', 'pending'],
  ['USERPAYING', 'pending'],
  ['CLOSED', 'closed'],
  ['REVOKED', 'closed'],
  ['PAYERROR', 'declined'],
])

// The states of a refund. ABNORMAL means that the shopper's bank sent the money back. The refund stays open at WeChat
// Pay until the merchant acts, and it may still succeed. So ABNORMAL is not `refused`: otherwise staff could refund the
// same amount a second time.
const refundStates = new Map<string, RefundOutcome>([
  ['SUCCESS', 'refunded'],
  ['PROCESSING', 'pending'],
  ['ABNORMAL', 'pending'],
  ['CLOSED', 'refused'],
])

const errorSchema = z.looseObject({ code: z.string().check(z.minLength(1)), message: z.optional(z.unknown()) })

export interface WechatError {
  code: string
  message: unknown
}

/** Reads the error from a reply that reports a failure. @throws HttpFailure for an unreadable reply */
export function readError(status: number, body: Uint8Array): WechatError {
  const parsed = errorSchema.safeParse(jsonOf(body))
  if (!parsed.success) throw unreadable(`HTTP ${status} without an error code`)
  // WeChat Pay's older and newer pages differ in underscores: ORDERNOTEXIST and ORDER_NOT_EXIST both occur. So we
  // remove the underscores.
  return { code: parsed.data.code.replaceAll('_', ''), message: parsed.data.message }
}

// The codes after which certainly nothing was done, and a repeat would be refused, too. After a code that is not listed
// (SYSTEM_ERROR, ORDERPAID, OUT_TRADE_NO_USED, …) the result is unknown.
const refusals = new Map<string, ErrorCode>([
  ['PARAMERROR', 'ProviderRefused'],
  ['INVALIDREQUEST', 'ProviderRefused'],
  ['APPIDMCHIDNOTMATCH', 'ProviderRefused'],
  ['MCHNOTEXISTS', 'ProviderRefused'],
  ['SIGNERROR', 'ProviderRefused'],
  ['NOAUTH', 'ProviderRefused'],
  ['RULELIMIT', 'ProviderRefused'],
  ['ACCOUNTERROR', 'ProviderRefused'],
  ['OPENIDMISMATCH', 'ProviderRefused'],
  ['NOTENOUGH', 'ProviderRefused'],
  ['USERACCOUNTABNORMAL', 'ProviderRefused'],
  ['RESOURCENOTEXISTS', 'ProviderRefused'],
  // The FREQUENCY and RATE codes mean that WeChat Pay received too many requests and refused this one before it did
  // anything.
  ['FREQUENCYLIMITED', 'ProviderUnavailable'],
  ['FREQUENCYLIMITEXCEED', 'ProviderUnavailable'],
  ['RATELIMITEXCEEDED', 'ProviderUnavailable'],
])

/** What an error means: ProviderRefused or ProviderUnavailable; undefined if the result is unknown. */
export const meaningOf = (error: WechatError): ErrorCode | undefined => refusals.get(error.code)

const moneySchema = z.looseObject({
  total: z.optional(z.unknown()),
  refund: z.optional(z.unknown()),
  currency: z.optional(z.string()),
})

const transactionSchema = z.looseObject({
  appid: z.string(),
  mchid: z.string(),
  out_trade_no: z.string(),
  transaction_id: z.optional(z.string()),
  trade_type: z.optional(z.string()),
  trade_state: z.string(),
  trade_state_desc: z.optional(z.string()),
  success_time: z.optional(z.string()),
  amount: z.optional(moneySchema),
  payer: z.optional(z.looseObject({ openid: z.optional(z.string()) })),
})

export type Transaction = z.output<typeof transactionSchema>

const malformed = ({ issues }: z.core.$ZodError): AppError =>
  new AppError('BadInput', `${issues[0]?.path.join('.') || 'content'}: malformed`)

/** Reads a transaction from a reply or notice. @throws BadInput */
export function readTransaction(value: unknown): Transaction {
  const parsed = transactionSchema.safeParse(value)
  if (!parsed.success) throw malformed(parsed.error)
  return parsed.data
}

/**
 * Makes our report of a transaction.
 * @throws BadInput for an amount that is not whole fen, or for a paid payment without an amount
 */
export function paymentReport(transaction: Transaction): PaymentReport {
  const outcome = tradeStates.get(transaction.trade_state) ?? 'unknown'
  const { total, currency } = transaction.amount ?? {}
  if (outcome === 'paid' && total === undefined) throw new AppError('BadInput', 'amount: missing')
  const at = instantOf(transaction.success_time)
  // Only the payment sheet (JSAPI) belongs to one openid. For a QR code or a browser we do not know beforehand who will
  // pay, so we do not compare the payer.
  const isForOne = (transaction.trade_type ?? 'JSAPI') === 'JSAPI'
  const shopper = isForOne ? transaction.payer?.openid : undefined
  return {
    outcome,
    ...(transaction.transaction_id && { theirNo: transaction.transaction_id }),
    ...(total !== undefined && { amountFen: fenFromWire(total) }),
    ...(currency && { currency: currency.toUpperCase() }),
    ...(shopper && { shopper }),
    ...(at !== undefined && { at }),
    ...(transaction.trade_state_desc && outcome !== 'paid' && { reason: transaction.trade_state_desc.slice(0, 120) }),
    raw: transaction,
  }
}

const refundSchema = z.looseObject({
  mchid: z.optional(z.string()),
  out_refund_no: z.string(),
  out_trade_no: z.string(),
  transaction_id: z.optional(z.string()),
  refund_id: z.optional(z.string()),
  status: z.optional(z.string()),
  refund_status: z.optional(z.string()),
  success_time: z.optional(z.string()),
  create_time: z.optional(z.string()),
  amount: z.optional(moneySchema),
})

export type WechatRefund = z.output<typeof refundSchema>

/** Reads a refund from a reply or notice. @throws BadInput */
export function readRefund(value: unknown): WechatRefund {
  const parsed = refundSchema.safeParse(value)
  if (!parsed.success) throw malformed(parsed.error)
  return parsed.data
}

/**
 * Makes our report of a refund. A reply has the refund's state in the field `status`, and a notice has it in
 * `refund_status`.
 * @throws BadInput for an amount that is not whole fen
 */
export function refundReport(refund: WechatRefund): RefundReport {
  const word = refund.refund_status ?? refund.status ?? ''
  const { refund: amount, currency } = refund.amount ?? {}
  const at = instantOf(refund.success_time)
  const acceptedAt = instantOf(refund.create_time)
  const outcome = refundStates.get(word) ?? 'unknown'
  return {
    outcome,
    ...(refund.refund_id && { theirNo: refund.refund_id }),
    ...(amount !== undefined && { amountFen: fenFromWire(amount) }),
    ...(currency && { currency: currency.toUpperCase() }),
    ...(at !== undefined && { at }),
    ...(acceptedAt !== undefined && { acceptedAt }),
    ...(outcome !== 'refunded' && word !== '' && { reason: word.slice(0, 120) }),
    raw: refund,
  }
}

function instantOf(text: string | undefined): number | undefined {
  const at = text === undefined ? Number.NaN : Date.parse(text)
  return Number.isNaN(at) ? undefined : at
}

const prepaySchema = z.looseObject({ prepay_id: z.string().check(z.minLength(1), z.maxLength(64)) })

/** Reads the prepay_id from the reply to a new payment. @throws HttpFailure for an unreadable reply */
export function readPrepayId(value: unknown): string {
  const parsed = prepaySchema.safeParse(value)
  if (!parsed.success) throw unreadable('no prepay_id')
  return parsed.data.prepay_id
}

const urlOf = (value: unknown, field: 'code_url' | 'h5_url'): string => {
  const url = (value as Partial<Record<typeof field, unknown>> | null | undefined)?.[field]
  if (typeof url !== 'string' || url === '') throw unreadable(`no ${field}`)
  return url
}

/** Reads the text of the QR code from the reply to a new payment. @throws HttpFailure for an unreadable reply */
export const readCodeUrl = (value: unknown): string => urlOf(value, 'code_url')

/**
 * Reads the address that the phone's browser must open, from the reply to a new payment.
 * @throws HttpFailure for an unreadable reply
 */
export function readH5Url(value: unknown): string {
  const url = urlOf(value, 'h5_url')
  if (!/^https?:\/\/[^\s/]+\/\S*\?\S+$/.test(url)) throw unreadable('h5_url is no address')
  return url
}

const envelopeSchema = z.looseObject({
  event_type: z.string(),
  resource: z.looseObject({
    algorithm: z.string(),
    ciphertext: z.string(),
    nonce: z.string(),
    associated_data: z.optional(z.string()),
  }),
})

export type Envelope = z.output<typeof envelopeSchema>

/** Reads the envelope of a notice, which contains the encrypted resource. @throws BadInput */
export function readEnvelope(body: Uint8Array): Envelope {
  const parsed = envelopeSchema.safeParse(jsonOf(body))
  if (!parsed.success) throw malformed(parsed.error)
  return parsed.data
}

const billSchema = z.looseObject({
  hash_type: z.literal('SHA1'),
  hash_value: z.string(),
  download_url: z.string().check(z.regex(/^https?:\/\//)),
})

/**
 * Reads from a reply the address of a bill's file, and the file's digest.
 * @throws HttpFailure for an unreadable reply
 */
export function readBillPlace(value: unknown): { sha1: string; url: string } {
  const parsed = billSchema.safeParse(value)
  if (!parsed.success) throw unreadable('no place of the bill')
  return { sha1: parsed.data.hash_value.toLowerCase(), url: parsed.data.download_url }
}

/**
 * Reads a trade bill of the kind ALL: a line of Chinese headings, rows in which every field begins with a backtick,
 * then another heading and one row of sums.
 * @throws HttpFailure for an unreadable bill
 */
export function readBill(bytes: Uint8Array): BillRow[] {
  const lines = (textOf(bytes) ?? '').replace(/^\ufeff/, '').split(/\r?\n/)
  const headings = (lines[0] ?? '').split(',')
  const sums = lines.findIndex((line) => line.startsWith('总交易单数'))
  const title = headings.indexOf('商品名称')
  if (sums < 0 || title < 0) throw unreadable('not a trade bill')
  return lines.slice(1, sums).flatMap((line) => {
    const fields = line.replace(/^`/, '').split(',`')
    if (fields.length < headings.length) throw unreadable('a short row in the bill')
    const field = (...names: readonly string[]): string => {
      const at = headings.indexOf(names.find((name) => headings.includes(name)) ?? '')
      if (at < 0) throw unreadable(`no ${names[0]} in the bill`)
      // A product's name may contain the character that separates the bill's fields. So we count the fields behind the
      // name from the end of the row.
      return fields[at <= title ? at : at - headings.length + fields.length] ?? ''
    }
    return billRow(field)
  })
}

// The values of the bill's column 退款状态: the state of the refund when the bill was made. A later change of the state
// does not change the bill.
const billStages = new Map<string, RefundStage>([
  ['PROCESSING', 'underWay'],
  ['CHANGE', 'underWay'],
  ['FAIL', 'failed'],
])

/**
 * Reads one row of the bill.
 * @param field reads a field by its heading; the second heading is the field's name in older bills
 */
function billRow(field: (...headings: readonly string[]) => string): BillRow[] {
  const state = field('交易状态')
  // Rows with the state REVOKED are barcode payments that were cancelled at the till. Ignore them.
  if (state !== 'SUCCESS' && state !== 'REFUND') return []
  const at = fromBeijingText(field('交易时间'))
  if (at === undefined) throw unreadable('an odd time in the bill')
  const isRefund = state === 'REFUND'
  const stage = isRefund ? billStages.get(field('退款状态')) : undefined
  return [
    {
      kind: isRefund ? 'refund' : 'payment',
      no: field(isRefund ? '商户退款单号' : '商户订单号'),
      theirNo: field(isRefund ? '微信退款单号' : '微信订单号'),
      ...(isRefund && { paymentNo: field('商户订单号'), ofTheirNo: field('微信订单号') }),
      amountFen: billFen(isRefund ? field('申请退款金额', '退款金额') : field('订单金额', '总金额')),
      feeFen: feeFen(field('手续费')),
      at,
      ...(stage && { stage }),
    },
  ]
}

function billFen(yuan: string): number {
  try {
    return fenFromYuan(yuan)
  } catch {
    throw unreadable('an odd amount in the bill')
  }
}

// A fee has up to five decimals, and is negative if a refund returns the fee. A fee that is not whole fen is not
// rounded, but counts as unknown.
function feeFen(yuan: string): number | null {
  try {
    const fen = fenFromYuan(yuan.replace(/^-/, ''))
    return yuan.startsWith('-') && fen > 0 ? -fen : fen
  } catch {
    return null
  }
}

/**
 * Judges from a reply whether WeChat Pay accepted our keys. API v3 answers an invalid signature with 401 SIGN_ERROR,
 * and does not sign this answer (wx:4012791897). API v2 mentions the signature in an unsigned return_msg, or has
 * SIGNERROR or SIGN_ERROR in err_code (wx:4011987377).
 */
export const judgeWechatpayKeys = (response: HttpResponse): KeysVerdict | undefined =>
  verdictOr(() => {
    const { status, headers, body } = response
    if (body[0] === 0x3c) return judgeV2(readFlatXml(body))
    if (headers['wechatpay-signature'] !== undefined) return { isAccepted: true, field: 'privateKey' }
    return status === 401 && readError(status, body).code === 'SIGNERROR'
      ? { isAccepted: false, field: 'privateKey' }
      : undefined
  })
