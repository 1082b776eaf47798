// The wire format of Wisecashier: its field names, status words and formats, and their translation into our own terms.
// Sources: the provider's page on official accounts (公众号), the HipoPay SDKs; docs/provider-facts.md 4. No file outside
// this folder uses these names.
import { fromBeijingText } from '../../../../miniprogram/rules/beijing'
import { AppError } from '../../domain/errors'
import { decimalsOf, fenFromYuan, yuanFromFen } from '../../domain/money'
import type { PaymentOutcome } from '../../domain/payment'
import type { RefundOutcome } from '../../domain/refund'
import { exactJsonOf, textOf } from '../codecs'
import {
  type BillRow,
  fitBytes,
  type HttpResponse,
  type KeysVerdict,
  type PaymentRef,
  type PaymentReport,
  type PrepareInput,
  type RawRequest,
  type RefundInput,
  type RefundReport,
  saysWrongSignature,
  unreadable,
  verdictOr,
} from '../provider'
import type { Fields } from './sign'

export interface Pricing {
  merchantNo: string
  appId: string
  /** the currency in which the merchant gets the money */
  currency: string
  /** if true, prices are in CNY, even if the merchant gets the money in another currency */
  isRmb: boolean
}

/** The currency in which the shopper is asked to pay. */
export const askedCurrency = ({ currency, isRmb }: Pricing): string => (isRmb ? 'CNY' : currency)

// The values of status in a notice (通知内容).
const paymentStatuses = new Map<string, PaymentOutcome>([
  ['INIT', 'pending'],
  ['PAID', 'paid'],
  ['FAIL', 'declined'],
  ['EXPIRED', 'closed'],
])

// The words for the state of a refund. Wisecashier's document does not list them (docs/provider-facts.md 4.4). So we
// read INIT and FAIL as for a payment, and any other word only if it can have just one meaning. PAID is not in this
// table, because a reply may repeat the state of the payment itself.
const refundStatuses = new Map<string, RefundOutcome>([
  ['INIT', 'pending'],
  ['REFUNDED', 'refunded'],
  ['SUCCESS', 'refunded'],
  ['FAIL', 'refused'],
])

export type WireFields = Readonly<Record<string, unknown>>

const isFields = (value: unknown): value is WireFields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const word = (value: unknown): string => (typeof value === 'string' ? value : '')

const textField = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' && value.length <= 128 ? value : undefined

/** The paths that create an order (下单), by channel. hk is the Hong Kong wallet (docs/provider-facts.md 4.4). */
export const orderPaths = new Map([
  ['mini_program', '/wechatpay/mini_program/payment'],
  ['hk_mini_program', '/wechatpay/hk/mini_program/payment'],
])
/** The paths that our page calls, by channel. Wisecashier shows our page under its own address. */
export const pagePaths = new Map([
  ['mp', '/mp_pay'],
  ['hk_mp', '/wechatpay/hk/online/mp/payment'],
])

/**
 * The address of the provider's page that learns the shopper's openid (拿到用户授权). Wisecashier knows the address of our
 * page beforehand. After it has learned the openid it shows our page, with the parameters of this address and `openid`.
 * We infer that the Hong Kong wallet uses the same page.
 */
export function oauthAddress(baseUrl: string, { merchantNo, currency }: Pricing, sheetUrl: string): string {
  const query = new URLSearchParams({ merchant_no: merchantNo, currency })
  for (const [name, value] of new URL(sheetUrl).searchParams) query.set(name, value)
  return `${baseUrl}/mp_pay/oauth?${query}`
}

// The full-width forms of some characters. We replace these characters, because the SDKs encode them differently
// (docs/provider-facts.md 4.3).
const wideForms = new Map([
  ['!', '！'],
  ["'", '’'],
  ['(', '（'],
  [')', '）'],
  ['*', '＊'],
  ['~', '～'],
])
const productInfo = (title: string): string =>
  fitBytes(
    title.replace(/[!'()*~]/g, (letter) => wideForms.get(letter) ?? ''),
    127,
  )

/** An amount in major units with all decimals. A currency without decimals has only whole units. */
export const amountText = (amountFen: number, currency: string): string => yuanFromFen(amountFen, decimalsOf(currency))

/** The parameters of a new order (下单). */
export function orderFields(input: PrepareInput, pricing: Pricing, noticeUrl: string): Fields {
  // The page of /mp_pay has another name for our number; all SDKs call it out_trade_id.
  const numberField = input.channel === 'mp' ? 'agent_order_id' : 'out_trade_id'
  return {
    merchant_no: pricing.merchantNo,
    [numberField]: input.paymentNo,
    amount: amountText(input.amountFen, input.currency),
    currency: pricing.currency,
    product_info: productInfo(input.title),
    openid: input.openid,
    notify_url: noticeUrl,
    is_rmb: pricing.isRmb ? 'TRUE' : 'FALSE',
    ...(input.channel.endsWith('mini_program') && { appid: pricing.appId }),
    ...(input.clientIp !== undefined && { client_ip: input.clientIp }),
  }
}

/** The parameters of a refund (退款). Without refund_amount, Wisecashier would refund the whole payment. */
export const refundFields = ({ payment, refundNo, amountFen }: RefundInput, paymentNo: string): Fields => ({
  payment_no: paymentNo,
  out_refund_id: refundNo,
  refund_amount: amountText(amountFen, payment.currency),
})

export type Reply = { ok: true; fields: WireFields } | { ok: false; message: string }

/**
 * Reads a reply in one of two envelopes: `{meta: {success, status_code, message}, data}` or `{is_success, response}`
 * (docs/provider-facts.md 4.4). Error codes are not documented, so a reply that is no success counts as refused, unless
 * it says that the server failed.
 * @throws HttpFailure for an unreadable reply
 */
export function readReply(response: HttpResponse): Reply {
  const body = exactJsonOf(response.body)
  if (!isFields(body)) throw unreadable('not a JSON object')
  const { meta } = body
  if (isFields(meta)) {
    if (meta.success === true) return success(response, body.data)
    if (meta.success !== false || isServerFault(word(meta.status_code))) throw unreadable('meta')
    return refusal(response, meta.message)
  }
  if (body.is_success === true) return success(response, body.response)
  if (body.is_success === false)
    return refusal(response, isFields(body.response) ? body.response.message : body.message)
  // The page of /mp_pay also shows the parameters without an envelope, so accept that, too.
  if (typeof body.paySign === 'string') return success(response, { js_param: body })
  throw unreadable('no envelope')
}

const isServerFault = (code: string): boolean => /^5\d\d$/.test(code)

function success({ status }: HttpResponse, fields: unknown): Reply {
  const isNothing = fields === null || (Array.isArray(fields) && fields.length === 0)
  if (status !== 200 || !(isFields(fields) || isNothing)) throw unreadable('no content')
  return { ok: true, fields: isFields(fields) ? fields : {} }
}

function refusal({ status }: HttpResponse, message: unknown): Reply {
  if (isServerFault(String(status))) throw unreadable(`HTTP ${status}`)
  return { ok: false, message: word(message) }
}

/**
 * Reads what the phone needs, and the provider's number if the reply has one.
 * @throws HttpFailure for an unreadable reply
 */
export function readPrepared(fields: WireFields): { payInfo: string; theirNo?: string } {
  // Wisecashier's replies have one of two envelopes: the field is called js_param in one envelope and js_params in the
  // other.
  const parameters = fields.js_param ?? fields.js_params
  const parsed = typeof parameters === 'string' ? exactJsonOf(new TextEncoder().encode(parameters)) : parameters
  if (!isFields(parsed) || typeof parsed.paySign !== 'string') throw unreadable('no JSAPI parameters')
  const theirNo = theirNoOf(fields)
  return {
    payInfo: typeof parameters === 'string' ? parameters : JSON.stringify(parameters),
    ...(theirNo !== undefined && { theirNo }),
  }
}

// The provider's number. In the page on notices (通知内容) it is called `no`, and our number is called agent_order_id. In
// the SDKs it is called payment_no, and our number is called out_trade_id.
const theirNoOf = (fields: WireFields): string | undefined => textField(fields.payment_no) ?? textField(fields.no)
/** Whether a reply is about the charge with this number of Wisecashier. */
export const isCharge = (fields: WireFields, theirNo: string | null): boolean => theirNoOf(fields) === theirNo

const ourNoOf = (fields: WireFields): string | undefined =>
  textField(fields.out_trade_id) ?? textField(fields.agent_order_id)

/**
 * Reads the amount that the shopper was asked to pay. Usually this is the amount of the order, in the order's currency.
 * But if the order's currency is that of the settlement, and the price was in CNY (is_rmb), then pay_amount and
 * pay_currency are what the shopper was asked to pay. We infer this rule, and we use pay_amount in no other case
 * (docs/provider-facts.md 4.5).
 * @throws BadInput
 */
function readAsked(fields: WireFields, pricing: Pricing): { amountFen: number; currency: string } {
  const asked = askedCurrency(pricing)
  const inPaid = fields.currency !== asked && fields.pay_currency === asked
  return inPaid ? readMoney(fields.pay_amount, fields.pay_currency) : readMoney(fields.amount, fields.currency)
}

function readMoney(amount: unknown, currency: unknown): { amountFen: number; currency: string } {
  if (typeof currency !== 'string' || !/^[A-Z]{3}$/.test(currency)) throw new AppError('BadInput', 'currency: odd')
  if (typeof amount !== 'string') throw new AppError('BadInput', 'amount: missing')
  return { amountFen: fenFromYuan(amount, decimalsOf(currency)), currency }
}

/**
 * What the payer of /mp_pay has paid, if it differs from the order; undefined if nothing indicates a difference. The
 * payer can change the call that our page makes. For example, if the payer changes the field is_rmb, an order of 10 HKD
 * may be paid with 10 CNY. The field exchange_rate does not reveal such a change: in the provider's own sample
 * (test/providers/vectors/wisecashier.json) it is 1, although the other fields say 0.89.
 */
function otherwisePaid(fields: WireFields): { amountFen: number; currency: string } | undefined {
  const { amount, currency, pay_amount, pay_currency } = fields
  if (currency === 'CNY' || (pay_currency === currency && pay_amount === amount)) return undefined
  // Without pay_amount and pay_currency we do not know what was paid. So report a difference, and staff decide.
  if (typeof pay_amount !== 'string' || typeof pay_currency !== 'string')
    return { amountFen: 0, currency: word(currency) }
  const paid = readMoney(pay_amount, pay_currency)
  return pay_currency === 'CNY' && Number(pay_amount) === Number(word(amount)) ? paid : undefined
}

/** Makes our report of a payment. @throws BadInput if amount or currency cannot be read */
export function paymentReport(fields: WireFields, pricing: Pricing): PaymentReport {
  const outcome = paymentStatuses.get(word(fields.status)) ?? 'unknown'
  const theirNo = theirNoOf(fields)
  // The time of a payment is in finish_time or in trade_time. Wisecashier's page describes only trade_time. We infer
  // that both fields are in UTC+8, the time of Beijing and Hong Kong.
  const at = outcome === 'paid' ? fromBeijingText(word(fields.finish_time ?? fields.trade_time)) : undefined
  return {
    outcome,
    ...readAsked(fields, pricing),
    ...(theirNo !== undefined && { theirNo }),
    ...(at !== undefined && { at }),
    raw: fields,
  }
}

/** Reads one payment from a query's reply; `unknown` if the reply is about another payment or cannot be read. */
export function readPayment(
  fields: WireFields,
  { paymentNo, theirNo, channel }: PaymentRef,
  pricing: Pricing,
): PaymentReport {
  const odd = (reason: string): PaymentReport => ({ outcome: 'unknown', reason, raw: fields })
  const ourNo = ourNoOf(fields)
  if (ourNo !== undefined ? ourNo !== paymentNo : theirNo === null || theirNoOf(fields) !== theirNo)
    return odd('another payment')
  try {
    const report = paymentReport(fields, pricing)
    const other = pagePaths.has(channel) && !pricing.isRmb && report.outcome === 'paid' && otherwisePaid(fields)
    return other ? { ...report, ...other } : report
  } catch {
    return odd('amount')
  }
}

/**
 * Reads the state of one refund. We infer the names of its fields from the names in the request (docs/provider-facts.md
 * 4.4).
 * @param otherwise the outcome if the reply has no known word: `pending` for a refund that was just accepted
 */
export function readRefund(
  fields: WireFields,
  { refundNo, payment }: RefundInput,
  otherwise: RefundOutcome,
): RefundReport {
  const odd = (reason: string): RefundReport => ({ outcome: 'unknown', reason, raw: fields })
  if (fields.out_refund_id !== undefined && fields.out_refund_id !== refundNo) return odd('another refund')
  const theirNo = textField(fields.refund_no)
  try {
    const amountFen =
      fields.refund_amount === undefined ? undefined : readMoney(fields.refund_amount, payment.currency).amountFen
    return {
      outcome: refundStatuses.get(word(fields.refund_status ?? fields.status)) ?? otherwise,
      ...(amountFen !== undefined && { amountFen }),
      ...(theirNo !== undefined && { theirNo }),
      raw: fields,
    }
  } catch {
    return odd('amount')
  }
}

const sealField = 'seal'

/** Makes the notification address of one payment, with the payment's seal. */
export const sealedUrl = (noticeUrl: string, seal: string): string =>
  `${noticeUrl}${noticeUrl.includes('?') ? '&' : '?'}${sealField}=${seal}`

/**
 * Reads the fields of a notice from the form in the body, or otherwise from the query, whatever the content type is.
 * Also reads the seal in our address.
 * @throws BadInput
 */
export function readNotice({ method, query, body }: RawRequest): { fields: Fields; seal: string | undefined } {
  if (method !== 'POST' && method !== 'GET') throw new AppError('BadInput', 'a notice is a POST or a GET')
  const { [sealField]: seal, ...rest } = query
  const pairs = method === 'POST' && body.length > 0 ? formPairs(body) : Object.entries(rest)
  if (pairs.length === 0) throw new AppError('BadInput', 'the notice has no fields')
  const fields = Object.fromEntries(pairs)
  if (Object.keys(fields).length !== pairs.length) throw new AppError('BadInput', 'a field comes twice')
  for (const [name, value] of pairs)
    if (!/^[A-Za-z]\w{0,63}$/.test(name) || /\p{Surrogate}/u.test(value)) throw new AppError('BadInput', 'an odd field')
  return { fields, seal }
}

const fieldLimit = 512

function formPairs(body: Uint8Array): [string, string][] {
  const text = textOf(body)
  if (text === undefined) throw new AppError('BadInput', 'the form is no UTF-8')
  const pairs = text.split('&', fieldLimit + 1)
  if (pairs.length > fieldLimit) throw new AppError('BadInput', 'the form has too many fields')
  return pairs.map((pair) => {
    const at = pair.indexOf('=')
    if (at < 0) throw new AppError('BadInput', 'the form has a field without a value')
    return [unescaped(pair.slice(0, at)), unescaped(pair.slice(at + 1))]
  })
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch (cause) {
    throw new AppError('BadInput', 'the form is not encoded properly', { cause })
  }
}

/** Our number in a notice whose signature is verified. @throws BadInput */
export function noticeNumber(fields: Fields): string {
  const no = ourNoOf(fields) ?? ''
  const both = fields.out_trade_id !== undefined && fields.agent_order_id !== undefined
  if (!/^[\w-]{1,64}$/.test(no) || (both && fields.out_trade_id !== fields.agent_order_id))
    throw new AppError('BadInput', 'out_trade_id: malformed')
  return no
}

const titleLimit = 100

/**
 * Reads the rows of a bill. The format of /download_bill is not documented (docs/provider-facts.md 4.4). We assume a
 * table with one line for each payment or refund. We assume that its first line names the columns by the names that the
 * fields have in Wisecashier's other replies.
 * @throws BadInput
 */
export function readBill(text: string, pricing: Pricing): BillRow[] {
  const [titles = [], ...lines] = text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '')
    .map((line) => line.split(',').map((cell) => cell.trim()))
  // Each line becomes an object with all titles, so a bill with many titles would take too much memory.
  if (titles.length > titleLimit) throw new AppError('BadInput', 'a bill with too many titles')
  if (!titles.includes('payment_no') || !titles.includes('amount')) throw new AppError('BadInput', 'not a bill')
  return lines.map((cells) =>
    billRow(Object.fromEntries(titles.map((title, index) => [title, cells[index] ?? ''])), pricing),
  )
}

function billRow(row: Fields, pricing: Pricing): BillRow {
  const isRefund = textField(row.refund_no) !== undefined || textField(row.out_refund_id) !== undefined
  const at = fromBeijingText(word(row.finish_time) || word(row.trade_time))
  if (at === undefined) throw new AppError('BadInput', 'a line of the bill has no time')
  const { amountFen, currency } = isRefund
    ? readMoney(row.refund_amount, askedCurrency(pricing))
    : readAsked(row, pricing)
  const fee = textField(row.fee)
  return {
    kind: isRefund ? 'refund' : 'payment',
    no: (isRefund ? row.out_refund_id : ourNoOf(row)) ?? '',
    theirNo: (isRefund ? row.refund_no : theirNoOf(row)) ?? '',
    ...(isRefund && { paymentNo: ourNoOf(row) ?? '', ofTheirNo: theirNoOf(row) ?? '' }),
    amountFen,
    feeFen: fee === undefined ? null : fenFromYuan(fee, decimalsOf(currency)),
    at,
  }
}

/**
 * Reads the reply to a bill's download: a text, or a refusal in one of Wisecashier's two envelopes.
 * @throws HttpFailure for an unreadable reply
 */
export function readBillReply(response: HttpResponse): { ok: true; text: string } | Extract<Reply, { ok: false }> {
  if (isFields(exactJsonOf(response.body))) {
    const reply = readReply(response)
    if (!reply.ok) return reply
    throw unreadable('a bill in JSON')
  }
  const text = textOf(response.body)
  if (response.status !== 200 || text === undefined) throw unreadable('not a bill')
  return { ok: true, text }
}

/**
 * Judges from a reply whether Wisecashier accepted our keys. No error codes are documented (docs/provider-facts.md
 * 4.4), so a refusal that mentions a signature counts as a refused key.
 */
export const judgeWisecashierKeys = (response: HttpResponse): KeysVerdict | undefined =>
  verdictOr(() => {
    const reply = readReply(response)
    if (reply.ok) return { isAccepted: true }
    return saysWrongSignature(reply.message) ? { isAccepted: false, field: 'privateKey' } : undefined
  })
