// The wire format of Paymax: its field names, status words and formats, and their translation into our own terms.
// Sources: API文档, webhooks通知; docs/provider-facts.md 3. No file outside this folder uses these names.
import { fromBeijingDigits, hourMs } from '../../../../miniprogram/rules/beijing'
import { AppError } from '../../domain/errors'
import { fenFromYuan, yuanFromFen } from '../../domain/money'
import type { ToldRefund } from '../../domain/orders/orderRefunds'
import type { PaymentOutcome } from '../../domain/payment'
import type { RefundOutcome } from '../../domain/refund'
import { exactJsonOf, textOf } from '../codecs'
import {
  type BillRow,
  fitBytes,
  type HttpResponse,
  type KeysVerdict,
  type PaymentReport,
  type PrepareInput,
  type RefundInput,
  type RefundReport,
  unreadable,
  verdictOr,
} from '../provider'
import { digestHex, sameText } from '../signing'
import { isSignedReply, type PaymaxKeys, refundSeal } from './sign'

export type PaymaxFields = Readonly<Record<string, unknown>>

// The three values of a charge object's field `status`.
const chargeStatuses = new Map<string, PaymentOutcome>([
  ['PROCESSING', 'pending'],
  ['SUCCEED', 'paid'],
  ['FAILED', 'declined'],
])

// The three values of a refund object's field `status`.
const refundStatuses = new Map<string, RefundOutcome>([
  ['PROCESSING', 'pending'],
  ['SUCCEED', 'refunded'],
  ['FAILED', 'refused'],
])

// What the documented failure codes say about the requested operation. `refused`: it certainly did not happen.
// `unsure`: it may have happened. `exists`: the number was used before, so an earlier call arrived. `busy`: try again
// later.
type Meaning = 'refused' | 'unsure' | 'exists' | 'busy'
const failureCodes = new Map<string, Meaning>([
  ['SECRET_KEY_IS_BLANK', 'refused'],
  ['SECRET_KEY_IS_INVALID', 'refused'],
  ['SIGN_CHECK_FAILED', 'refused'],
  ['APP_NOT_EXISTED', 'refused'],
  ['ORDER_NO_NOT_EXIST', 'refused'],
  ['CHANNEL_NOT_AVAILABLE', 'refused'],
  ['AMOUNT_NOT_ENOUGH', 'refused'],
  ['MULTI_REFUND_RECORDS', 'busy'],
  ['ORDER_NO_DUPLICATE', 'exists'],
  ['ILLEGAL_ARGUMENT', 'refused'],
  ['ILLEGAL_CHANNEL_PARAMETERS', 'refused'],
  ['CHANNEL_CHARGE_FAILED', 'refused'],
  ['CHANNEL_FREEZE', 'refused'],
  ['CHANNEL_REFUND_FAILED', 'refused'],
  ['OUT_OF_DOWNLOAD', 'busy'],
  ['SYSTEM_ERROR', 'unsure'],
  ['CHANNEL_REQUEST_FAILED', 'unsure'],
  ['CHANNEL_SYSTEM_FAILURE', 'unsure'],
  ['CHANNEL_SERVICE_UNAVAILABLE', 'unsure'],
  ['CHANNEL_PARTNER_NOT_EXIST', 'refused'],
  ['CHANNEL_LIMIT_EXCEEDED', 'refused'],
  ['CHANNEL_TERMINAL_NOT_EXIST', 'refused'],
  ['CHANNEL_NONACCEPTANCE', 'refused'],
  ['CHANNEL_AUTHORITY_FREEZE', 'refused'],
  ['CHANNEL_SUPPLEMENTARY_INFORMATION', 'refused'],
  ['CHANNEL_CHARGE_CLOSE_FAILED', 'unsure'],
  ['TRADE_HAS_FINAL_STATUS', 'unsure'],
])

/** What a failure code says about the requested operation. A code that Paymax's document does not list is `unsure`. */
export const meaningOf = (code: string): Meaning => failureCodes.get(code) ?? 'unsure'

// How old a reply may be, in ms. Paymax's document (section 验签) says that "the timeliness of the request" is checked,
// and the SDKs accept two minutes (docs/provider-facts.md 3.4).
const replyWindowMs = 120_000
// How long a charge can be paid, in ms (下单): three minutes for a payment in WeChat's official account (微信公众号), an hour
// by default for every other payment.
export const wechatWapMs = 180_000
const defaultExpiryMs = hourMs
// Paymax demands and checks client_ip. If we do not know the phone's IPv4 address, we send the address of the sample in
// Paymax's document.
const unknownClientIp = '127.0.0.1'
// The field in which we send our refund number. Paymax has no field for such a number, but stores our metadata and
// returns it.
const refundNoField = 'refund_no'
const refundSealField = 'refund_seal'

const word = (value: unknown): string => (typeof value === 'string' ? value : '')

const textField = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' && value.length <= 128 ? value : undefined

const isFields = (value: unknown): value is PaymaxFields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

// Reads a Unix time of 13 digits. The time is a text, because exactJsonOf returns numbers as texts.
const timeField = (value: unknown): number | undefined =>
  typeof value === 'string' && /^\d{13}$/.test(value) ? Number(value) : undefined

/** Writes a JSON text whose amount is in yuan with two decimals, without floating point. */
const withAmount = (amountFen: number, rest: object): string =>
  `{"amount":${yuanFromFen(amountFen)},${JSON.stringify(rest).slice(1)}`

/** Makes the body of POST /v1/charges, a new charge (下单). */
export function chargeBody(input: PrepareInput, app: string): string {
  const expiryMs = input.channel === 'wechat_wap' ? wechatWapMs : defaultExpiryMs
  return withAmount(input.amountFen, {
    order_no: input.paymentNo,
    app,
    channel: input.channel,
    currency: 'cny',
    // Paymax's document allows 128 bytes in subject (for WeChat and for Alipay's QR code), and 128 characters in body.
    subject: fitBytes(input.title, 128),
    body: fitBytes(input.title, 128),
    client_ip: input.clientIp ?? unknownClientIp,
    time_expire: Math.min(input.expiresAt, input.now + expiryMs),
    ...extraOf(input),
  })
}

/** The fields that only some channels need (支付渠道附加参数). */
function extraOf({ channel, openid, pageUrl = '' }: PrepareInput): { extra?: Record<string, string> } {
  if (channel === 'wechat_wap') return { extra: { open_id: openid } }
  if (channel === 'alipay_web') return { extra: { return_url: pageUrl, show_url: pageUrl } }
  if (!channel.startsWith('lakala_')) return {}
  // The table in Paymax's document allows at most 32 digits for the shopper's name, so we use a number made from the
  // openid.
  const user_id = BigInt(`0x${digestHex('sha256', openid).slice(0, 26)}`).toString()
  return { extra: { user_id, return_url: pageUrl, ...(channel === 'lakala_h5' && { show_url: pageUrl }) } }
}

/**
 * Makes the body of POST /v1/charges/{id}/refunds, a refund (发起退款). The description also contains our number, for
 * people.
 */
export const refundBody = ({ amountFen, refundNo, reason }: RefundInput, secretKey: string): string =>
  withAmount(amountFen, {
    description: fitBytes(`${refundNo} ${reason}`.trim(), 300),
    metadata: { [refundNoField]: refundNo, [refundSealField]: refundSeal(refundNo, secretKey) },
  })

export type PaymaxReply = { ok: true; fields: PaymaxFields } | { ok: false; code: string; message: string }

/**
 * Reads a reply of Paymax. A success counts only if Paymax signed it for us a moment ago. A failure is not signed
 * (docs/provider-facts.md 3.4), and its HTTP status is not documented.
 * @throws HttpFailure for an unreadable reply
 */
export function readReply(response: HttpResponse, keys: PaymaxKeys, now: number): PaymaxReply {
  const fields = exactJsonOf(response.body)
  if (!isFields(fields)) throw unreadable('not a JSON object')
  const code = textField(fields.failure_code)
  const isObject = fields.id !== undefined || fields.status !== undefined
  if (code !== undefined && !isObject) return { ok: false, code, message: word(fields.failure_msg) }
  if (response.status !== 200) throw unreadable(`HTTP ${response.status}`)
  const { nonce = '', timestamp = '', authorization = '', sign } = response.headers
  const body = textOf(response.body) ?? ''
  if (!isSignedReply({ nonce, timestamp, authorization, body }, sign, keys.platformPublicKey))
    throw unreadable('the signature is wrong or missing')
  if (!sameText(keys.secretKey, authorization)) throw unreadable('the reply is for another merchant')
  if (!/^\d{13}$/.test(timestamp) || Math.abs(Number(timestamp) - now) > replyWindowMs)
    throw unreadable('the reply is not of now')
  return { ok: true, fields }
}

/**
 * Reads the reply to a download of a statement. A statement is a text without signature, unlike all other replies; a
 * failure is the usual JSON.
 * @throws HttpFailure for an unreadable reply
 */
export function readStatement(
  response: HttpResponse,
): { ok: true; text: string } | Extract<PaymaxReply, { ok: false }> {
  const fields = exactJsonOf(response.body)
  const code = isFields(fields) ? textField(fields.failure_code) : undefined
  if (isFields(fields) && code !== undefined) return { ok: false, code, message: word(fields.failure_msg) }
  const text = textOf(response.body)
  if (response.status !== 200 || text === undefined) throw unreadable('not a statement')
  return { ok: true, text }
}

/** Reads from a new charge what the phone needs. @throws HttpFailure for an unreadable reply */
export function readPrepared(
  fields: PaymaxFields,
  { paymentNo, channel }: PrepareInput,
): { payInfo: string; theirNo: string } {
  const theirNo = textField(fields.id)
  if (theirNo === undefined || fields.order_no !== paymentNo) throw unreadable('another charge')
  const ofChannel = asFields(fields.credential)?.[channel]
  const payInfo = payInfoOf(channel, ofChannel)
  if (payInfo === undefined) throw unreadable('no credential')
  return { payInfo, theirNo }
}

// The table in Paymax's document says that the credential is a text, but all samples show an object. So we read both.
function asFields(value: unknown): PaymaxFields | undefined {
  if (isFields(value)) return value
  const parsed = typeof value === 'string' ? exactJsonOf(new TextEncoder().encode(value)) : undefined
  return isFields(parsed) ? parsed : undefined
}

function payInfoOf(channel: string, ofChannel: unknown): string | undefined {
  if (channel === 'wechat_wap') return jsapiOf(asFields(ofChannel)?.jsApiParams)
  if (channel.endsWith('_csb')) return qrCodeOf(asFields(ofChannel)?.qr_code)
  return addressOf(ofChannel)
}

// The credential of a web channel is an address or a form (section PC网页、移动网页支付流程), and Paymax's document does not name
// its field. So we take the only address in the credential, and do not read forms.
function addressOf(value: unknown): string | undefined {
  const texts = typeof value === 'string' ? [value] : Object.values(asFields(value) ?? {})
  const addresses = texts.filter((text) => typeof text === 'string' && /^https?:\/\/\S{1,2000}$/.test(text))
  return addresses.length === 1 ? String(addresses[0]) : undefined
}

// The parameters of WeChat's sheet, as a JSON text that we pass to the phone unchanged (docs/provider-facts.md 3.5).
function jsapiOf(value: unknown): string | undefined {
  if (asFields(value) === undefined) return undefined
  return typeof value === 'string' ? value : JSON.stringify(value)
}

// Reads the text of a QR code. Paymax's document does not name the field. For wechat_csb we know the name from the
// source code of another cashier; for alipay_csb we assume the same name.
const qrCodeOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' && value.length <= 2048 ? value : undefined

/** Reads one payment from a charge object; `unknown` if the object is about another payment or cannot be read. */
export function readCharge(
  fields: PaymaxFields,
  expected: { paymentNo: string; theirNo: string | null; app: string },
): PaymentReport {
  const odd = (reason: string): PaymentReport => ({ outcome: 'unknown', reason, raw: fields })
  if (fields.order_no !== expected.paymentNo) return odd('another order_no')
  if (expected.theirNo !== null && fields.id !== expected.theirNo) return odd('another charge')
  if (fields.app !== undefined && fields.app !== expected.app) return odd('another app')
  try {
    return chargeReport(fields)
  } catch {
    return odd('amount')
  }
}

/** Reads one payment from a charge object. @throws BadInput if the amount or the currency cannot be read */
export function chargeReport(fields: PaymaxFields): PaymentReport {
  const amountFen = fenOf(fields.amount)
  const outcome = chargeStatuses.get(word(fields.status)) ?? 'unknown'
  const theirNo = textField(fields.id)
  const at = timeField(fields.time_paid)
  const reason = outcome === 'declined' ? textField(fields.failure_code) : undefined
  const back = refundsOf(fields)
  const backFen = fields.amount_refunded ? fenOf(fields.amount_refunded) : 0
  return {
    outcome: outcome === 'paid' && amountFen > 0 && backFen >= amountFen ? 'refunded' : outcome,
    ...(backFen > 0 && { refundedFen: backFen }),
    ...(back.length > 0 && { refunds: back }),
    amountFen,
    currency: currencyOf(fields.currency),
    ...(theirNo !== undefined && { theirNo }),
    ...(at !== undefined && { at }),
    ...(reason !== undefined && { reason }),
    raw: fields,
  }
}

/** Reads the refunds of a charge. Each refund that we made gets our number. @throws BadInput for an invalid amount */
function refundsOf({ refunds }: PaymaxFields): ToldRefund[] {
  if (!Array.isArray(refunds) || !refunds.every(isFields)) return []
  return refunds.map((refund) => {
    const { raw: _, ...told } = refundReport(refund)
    return { no: refundNumberOf(refund) ?? '', ...told }
  })
}

// Reads our refund number from a refund object: from the metadata, or otherwise from the description, which repeats the
// number. We may trust the description in a reply, because Paymax signs the reply for this merchant alone.
const refundNumberOf = (refund: PaymaxFields): string | undefined =>
  textField(asFields(refund.metadata)?.[refundNoField]) ?? /^\d{14}[0-9a-z]{8}r\d\d/.exec(word(refund.description))?.[0]

// Reads an amount in yuan. In Paymax's document the amount is a number, but in the SDK's own example it is a text.
function fenOf(value: unknown): number {
  if (typeof value !== 'string') throw new AppError('BadInput', 'amount: missing')
  return fenFromYuan(value)
}

// Reads a currency. The table in Paymax's document writes cny, and the samples write CNY. Paymax has no other currency,
// so a missing currency also means CNY.
function currencyOf(value: unknown): string {
  if (value === undefined) return 'CNY'
  if (typeof value !== 'string' || !/^[A-Za-z]{3}$/.test(value)) throw new AppError('BadInput', 'currency: odd')
  return value.toUpperCase()
}

/** The number of the charge to which a refund belongs. */
export const chargeOfRefund = ({ charge }: PaymaxFields): string | undefined => textField(charge)

/** Our refundNo in a refund object, if the object's seal proves that we made the refund (see `refundSeal`). */
export function ownRefundNo({ metadata }: PaymaxFields, secretKey: string): string | undefined {
  const kept = asFields(metadata)
  const refundNo = textField(kept?.[refundNoField])
  return refundNo !== undefined && sameText(refundSeal(refundNo, secretKey), kept?.[refundSealField])
    ? refundNo
    : undefined
}

/** Reads a refund object; `unknown` if the object is about another refund or cannot be read. */
export function readRefund(fields: PaymaxFields, expected: { theirNo: string | null; refundNo: string }): RefundReport {
  const odd = (reason: string): RefundReport => ({ outcome: 'unknown', reason, raw: fields })
  if (expected.theirNo !== null && fields.id !== expected.theirNo) return odd('another refund')
  const refundNo = asFields(fields.metadata)?.[refundNoField]
  if (refundNo !== undefined && refundNo !== expected.refundNo) return odd('another refund_no')
  try {
    return refundReport(fields)
  } catch {
    return odd('amount')
  }
}

/** Reads a refund object. @throws BadInput if the amount cannot be read */
export function refundReport(fields: PaymaxFields): RefundReport {
  const outcome = refundStatuses.get(word(fields.status)) ?? 'unknown'
  const theirNo = textField(fields.id)
  const at = timeField(fields.time_succeed)
  const reason = outcome === 'refused' ? textField(fields.failure_code) : undefined
  return {
    outcome,
    amountFen: fenOf(fields.amount),
    ...(theirNo !== undefined && { theirNo }),
    ...(at !== undefined && { at }),
    ...(reason !== undefined && { reason }),
    raw: fields,
  }
}

/**
 * Finds the refund with our number among the refunds of a charge. `unsure`: the list cannot be read, or the list has a
 * refund of the same amount that may be ours, because that refund has no number of ours and we have not recorded it as
 * made outside our system.
 */
export function findRefund(
  charge: PaymaxFields,
  { refundNo, amountFen, outsideRefunds = [] }: RefundInput,
): PaymaxFields | 'none' | 'unsure' {
  const list = charge.refunds ?? []
  if (!Array.isArray(list) || !list.every(isFields)) return 'unsure'
  const own = list.find((refund) => refundNumberOf(refund) === refundNo)
  if (own) return own
  const others = list.filter(
    (refund) => refundNumberOf(refund) === undefined && !outsideRefunds.includes(String(refund.id)),
  )
  return others.some((refund) => hasAmount(refund, amountFen)) ? 'unsure' : 'none'
}

function hasAmount(refund: PaymaxFields, amountFen: number): boolean {
  try {
    return fenOf(refund.amount) === amountFen
  } catch {
    return true
  }
}

/** Reads a webhook whose signature is verified. @throws BadInput if it is malformed */
export function readWebhook(body: Uint8Array): { type: 'CHARGE' | 'REFUND'; data: PaymaxFields; paymentNo: string } {
  const malformed = (field: string) => new AppError('BadInput', `${field}: malformed`)
  const fields = exactJsonOf(body)
  if (!isFields(fields) || !isFields(fields.data)) throw malformed('data')
  const { type, data } = fields
  if (type !== 'CHARGE' && type !== 'REFUND') throw malformed('type')
  const paymentNo = word(data.order_no)
  if (!/^[\w-]{1,64}$/.test(paymentNo)) throw malformed('order_no')
  return { type, data, paymentNo }
}

// The titles of a statement's columns (下载对账单). We find columns by their titles, because Paymax's support may add a
// column for one merchant.
const billTitles = {
  orderedAt: '订单时间',
  paidAt: '支付时间',
  no: '商户订单号',
  theirNo: 'Paymax 订单号',
  theirRefundNo: 'Paymax 退款订单号',
  amount: '交易总价',
  fee: '手续费',
  state: '订单状态',
} as const
const summaryTitle = '总交易单数'
// The most titles that we read. Each line of the statement searches its cells by title, so many titles would take too
// much time.
const titleLimit = 100

/**
 * Reads the rows of a statement. A refund is named by the charge's order number and by Paymax's own refund number; our
 * refund number is not in the file. Paymax's document does not say how one file distinguishes payments from refunds. We
 * do it by Paymax's refund number (a column of refund statements) or by a state that contains 退款.
 * @throws BadInput if a line cannot be read
 */
export function readBill(text: string): BillRow[] {
  const lines = text.replace(/^\ufeff/, '').split(/\r?\n/)
  const end = lines.findIndex((line) => line.startsWith(summaryTitle))
  if (end < 0) throw new AppError('BadInput', 'the statement has no summary')
  const rows: BillRow[] = []
  let titles: string[] | undefined
  for (const line of lines.slice(0, end)) {
    if (line.trim() === '') continue
    const cells = line.split(',').map((cell) => cell.trim())
    if (cells[0] === billTitles.orderedAt) titles = cells.slice(0, titleLimit)
    else if (titles) rows.push(billRow(titles, cells))
    else throw new AppError('BadInput', 'the statement has no titles')
  }
  return rows
}

function billRow(titles: readonly string[], cells: readonly string[]): BillRow {
  const cell = (title: string): string => {
    const value = cells[titles.indexOf(title)] ?? ''
    return value === 'null' ? '' : value
  }
  const theirRefundNo = cell(billTitles.theirRefundNo)
  const isRefund = theirRefundNo !== '' || cell(billTitles.state).includes('退款')
  const at = fromBeijingDigits(cell(billTitles.paidAt)) ?? fromBeijingDigits(`${cell(billTitles.orderedAt)}000000`)
  if (at === undefined) throw new AppError('BadInput', 'a line of the statement has no time')
  const fee = cell(billTitles.fee)
  return {
    kind: isRefund ? 'refund' : 'payment',
    no: cell(billTitles.no),
    theirNo: theirRefundNo || cell(billTitles.theirNo),
    ...(isRefund && { paymentNo: cell(billTitles.no), ofTheirNo: cell(billTitles.theirNo) }),
    amountFen: fenFromYuan(cell(billTitles.amount)),
    feeFen: fee === '' ? null : fenFromYuan(fee),
    at,
  }
}

// The failure codes that refuse one of our keys, with the setting that staff should check (错误码).
const refusedKeys = new Map([
  ['SECRET_KEY_IS_BLANK', 'secretKey'],
  ['SECRET_KEY_IS_INVALID', 'secretKey'],
  ['SIGN_CHECK_FAILED', 'privateKey'],
  ['APP_NOT_EXISTED', 'app'],
])

/**
 * Judges from a reply whether Paymax accepted our keys. Paymax sends failures about a charge only after it has accepted
 * the signature.
 */
export const judgePaymaxKeys = (response: HttpResponse): KeysVerdict | undefined =>
  verdictOr(() => {
    const fields = exactJsonOf(response.body)
    if (!isFields(fields)) return undefined
    const code = textField(fields.failure_code)
    if (code === undefined || fields.id !== undefined) return response.status === 200 ? { isAccepted: true } : undefined
    const field = refusedKeys.get(code)
    if (field !== undefined) return { isAccepted: false, field }
    return meaningOf(code) === 'refused' && !code.startsWith('ILLEGAL') ? { isAccepted: true } : undefined
  })
