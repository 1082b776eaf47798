// The wire format of Jubao Pay: its field names, status words, error codes and formats, and their translation into our
// own terms. Sources: 聚宝 Pay Api Document, and BlueOcean Pay's document for the dialect of the examples. No file
// outside this folder uses these names.
import { fromBeijingDigits, fromBeijingText } from '../../../../miniprogram/rules/beijing'
import { AppError } from '../../domain/errors'
import { fenFromWire } from '../../domain/money'
import type { PaymentOutcome } from '../../domain/payment'
import { exactJsonOf } from '../codecs'
import {
  type Channel,
  type HttpResponse,
  type KeysVerdict,
  type PaymentReport,
  unreadable,
  verdictOr,
} from '../provider'
import type { Dialect } from './sign'

export interface JubaoChannel extends Channel {
  dialect: Dialect
  /** the value of the request's field `payment`; if absent, the channel's code is sent */
  payment?: string
  /** which field of the reply's data the phone needs */
  payInfoField: 'code_url' | 'qrcode' | 'jsapi' | 'app' | 'sn'
  /** the fields that this channel's example in Jubao's document sends in addition to the common ones */
  sends: readonly ('wallet' | 'discount' | 'h5_redirect_url' | 'sub_appid' | 'sub_openid' | 'code')[]
}

const boxpay = { dialect: 'boxpay', kind: 'link', payInfoField: 'code_url', sends: [] } as const
const payment = { dialect: 'payment', payInfoField: 'qrcode' } as const

// The channels of Jubao. In the dialect boxpay, a channel's code is a value of pay_channel_id in Jubao's document
// (聚宝 §2.1; no page explains the 304 in the signature's example). The channels of the dialect payment are from the
// document's sample requests (请求示例).
export const jubaoChannels: readonly JubaoChannel[] = [
  { ...boxpay, code: '201', name: '微信支付（网页）', nameEn: 'WeChat Pay (web)', payType: 'Wechat' },
  { ...boxpay, code: '101', name: '支付宝', nameEn: 'Alipay', payType: 'Alipay' },
  {
    ...payment,
    code: 'wechat.jsapi',
    name: '微信支付',
    nameEn: 'WeChat Pay',
    payType: 'Wechat',
    kind: 'jsapi',
    payInfoField: 'jsapi',
    sends: ['sub_appid', 'sub_openid', 'wallet'],
  },
  // A payment with the Hong Kong wallet in the official account (香港钱包公众号支付). Jubao returns parameters for WeChat's
  // function getH5PrepayRequest.
  {
    ...payment,
    code: 'wechat.jsapi.HK',
    payment: 'wechat.jsapi',
    name: '微信香港钱包',
    nameEn: 'WeChat Pay HK',
    kind: 'hkjsapi',
    places: ['wechat'],
    payInfoField: 'jsapi',
    sends: ['sub_appid', 'sub_openid', 'wallet'],
  },
  {
    ...payment,
    code: 'alipay.qrcode',
    name: '支付宝扫码支付',
    nameEn: 'Alipay QR code',
    payType: 'Alipay',
    kind: 'qrcode',
    sends: ['wallet'],
  },
  {
    ...payment,
    code: '聚宝.qrcode',
    name: '扫码支付',
    nameEn: 'QR code payment',
    kind: 'qrcode',
    sends: ['discount'],
  },
  {
    ...payment,
    code: 'alipay.wappay',
    name: '支付宝',
    nameEn: 'Alipay',
    payType: 'Alipay',
    kind: 'link',
    sends: ['wallet', 'h5_redirect_url'],
  },
  {
    ...payment,
    code: 'unionpay.link',
    name: '银联支付',
    nameEn: 'UnionPay',
    payType: 'ChinapayOld',
    kind: 'link',
    sends: ['wallet'],
  },
  {
    ...payment,
    code: 'micropay',
    name: '付款码支付',
    nameEn: 'Payment code',
    kind: 'barcode',
    // A shop scans a payment code, so the phone has nothing to do. The payInfo of this channel is only the order's
    // number.
    payInfoField: 'sn',
    sends: ['code'],
  },
  {
    ...payment,
    code: 'alipay.app',
    name: '支付宝 App',
    nameEn: 'Alipay app',
    kind: 'app',
    payInfoField: 'app',
    sends: ['wallet', 'h5_redirect_url'],
  },
  {
    ...payment,
    code: 'wechat.app',
    name: '微信 App 支付',
    nameEn: 'WeChat Pay for apps',
    kind: 'app',
    payInfoField: 'app',
    sends: ['sub_appid', 'wallet'],
  },
]

// The values of the field `status` (聚宝 §2.1, 订单支付状态).
const statuses = new Map<string, PaymentOutcome>([
  ['1', 'pending'],
  ['2', 'paid'],
  ['3', 'refunded'],
  ['4', 'closed'],
])

// The values of the field `trade_state` (docs/provider-facts.md 2.7). NOTPAY and USERPAYING are also in the examples of
// Jubao's document. PAYERROR means that the payment failed.
const tradeStates = new Map<string, PaymentOutcome>([
  ['NOTPAY', 'pending'],
  ['USERPAYING', 'pending'],
  ['SUCCESS', 'paid'],
  ['REFUND', 'refunded'],
  ['CLOSED', 'closed'],
  ['REVOKED', 'closed'],
  ['PAYERROR', 'declined'],
])

/** What an error code means: for a new payment, and for a payment that we asked about. */
export interface CodeMeaning {
  words: string
  prepare: 'refused' | 'unavailable' | 'pending'
  query: PaymentOutcome
}

const refused = (words: string, query: PaymentOutcome = 'unknown'): CodeMeaning => ({
  words,
  prepare: 'refused',
  query,
})
// For error codes after which the payment may exist: its result is unknown.
const open = (words: string, query: PaymentOutcome = 'unknown'): CodeMeaning => ({ words, prepare: 'pending', query })

// All codes of Jubao's document (聚宝 §1.6) except 200. Codes about an existing order (paid, refunded, number used twice)
// say that our number is in use, perhaps because of our own call whose reply got lost. So only codes after which there
// is certainly no payment count as refused.
const codes = new Map<number, CodeMeaning>([
  [0, open('general error')],
  [201, open('unknown state of a payment code', 'pending')],
  [404, refused('wrong address')],
  [4001, refused('not JSON')],
  [4002, refused('unknown merchant')],
  [4003, refused('a parameter is missing')],
  [4004, refused('bad signature')],
  [4005, open('communication error')],
  [4006, { words: 'server busy', prepare: 'unavailable', query: 'unknown' }],
  [4007, refused('not a POST')],
  [40100, refused('invalid request')],
  [40101, open('already paid')],
  [40102, refused('no such order')],
  [40103, refused('the order is closed', 'closed')],
  [40104, refused('the order was revoked', 'closed')],
  [40105, open('the order was refunded', 'refunded')],
  [40106, open('the number is used twice')],
  [40107, refused('not enough money')],
  [40108, refused('too late for a refund')],
  [40109, refused('a parameter is missing')],
  [40110, refused('not UTF-8')],
  [40111, refused('a payment code works once only')],
  [40400, open('system busy')],
  [40500, refused('payment error')],
  [40600, open('unknown error')],
  [490001, refused('malformed time')],
  [491001, refused('not JSON')],
  [491002, refused('a parameter is too long')],
  [491003, refused('a parameter is empty')],
  [499999, open('unknown error')],
  [492001, refused('a parameter is malformed')],
  [492002, refused('no such data')],
  [492003, refused('not supported upstream')],
  [492004, open('upstream timed out')],
  [492005, open('upstream said nothing')],
  [492006, open('no exchange rate')],
  [492007, open('unreadable exchange rate')],
  [493001, open('the refund number is used twice')],
])

// The message in a reply that refuses a payment number because it was used before. In the example of Jubao's document
// (聚宝 §1.7), such a reply has only the general code of a payment error, so we recognise the reply by this message.
const usedTwice = '订单号重复'

/** A reply of Jubao in one of its two formats. */
export interface JubaoReply {
  ok: boolean
  code: number
  /** the provider's message; may contain anything */
  message: unknown
  data: Readonly<Record<string, unknown>> | undefined
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * Reads a reply in one of two formats: `{ ret, msg, data }` (聚宝 §1.7, examples) or `{ code, message, data }` (§1.7,
 * table). Success is `ret` 0 or `code` 200; `code` 0 is the general error. Each number is kept as text with its
 * original digits.
 * @throws HttpFailure for an unreadable reply
 */
export function readJubaoReply(response: HttpResponse): JubaoReply {
  const reply = exactJsonOf(response.body)
  if (response.status !== 200 || !isRecord(reply)) throw unreadable('not a Jubao reply')
  const [hasRet, hasCode] = [Object.hasOwn(reply, 'ret'), Object.hasOwn(reply, 'code')]
  const word = hasRet ? reply.ret : reply.code
  if (hasRet === hasCode || typeof word !== 'string' || !/^\d{1,6}$/.test(word)) throw unreadable('no code')
  const code = Number(word)
  return {
    ok: code === (hasRet ? 0 : 200),
    code,
    message: hasRet ? reply.msg : reply.message,
    data: isRecord(reply.data) ? reply.data : undefined,
  }
}

/** What a reply that is no success means. If Jubao's document does not list the reply's code, the result is unknown. */
export function meaningOf({ code, message }: JubaoReply): CodeMeaning {
  if (typeof message === 'string' && message.includes(usedTwice)) return open('the number is used twice')
  return codes.get(code) ?? open('a code that is not documented')
}

/**
 * The data of a reply in the form that is signed, for checking `data.sign`. Jubao signs values as PHP prints them: true
 * is 1, and false and null are empty. Undefined if a value is an array or an object.
 */
export function signedData(data: Readonly<Record<string, unknown>>): Record<string, string> | undefined {
  const fields: Record<string, string> = {}
  for (const [name, value] of Object.entries(data)) {
    if (isRecord(value) || Array.isArray(value) || name === '__proto__') return undefined
    fields[name] = value === true ? '1' : typeof value === 'string' ? value : ''
  }
  return fields
}

const word = (value: unknown): string => (typeof value === 'string' ? value : '')

const filled = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)

/**
 * The names by which messages identify the merchant. If a name is missing in a message, we do not compare it, because
 * the signature already identifies the merchant.
 */
export interface JubaoNames {
  mch_id?: string
  appid?: string
}

const isOurs = (fields: Readonly<Record<string, unknown>>, names: JubaoNames): boolean =>
  (['mch_id', 'appid'] as const).every(
    (name) => fields[name] === undefined || names[name] === undefined || fields[name] === names[name],
  )

/** What we requested when we created the payment. Jubao's reply is compared with these values. */
export interface Asked {
  paymentNo: string
  amountFen: number
  currency: string
}

/**
 * Reads the reply to a new payment: what the phone needs, and the provider's number for later queries.
 * @throws HttpFailure for an unreadable reply
 */
export function readPrepared(
  data: Readonly<Record<string, unknown>> | undefined,
  channel: JubaoChannel,
  asked: Asked,
  names: JubaoNames,
): { payInfo: string; theirNo?: string } {
  if (!data || !isOurs(data, names)) throw unreadable('no data for us')
  if (data.out_trade_no !== undefined && data.out_trade_no !== asked.paymentNo) throw unreadable('another out_trade_no')
  if (data.total_fee !== undefined && word(data.total_fee) !== String(asked.amountFen))
    throw unreadable('another amount')
  const currency = filled(data.fee_type)
  if (currency !== undefined && currency.toUpperCase() !== asked.currency) throw unreadable('another currency')
  const payInfo = readPayInfo(data, channel)
  if (payInfo === undefined) throw unreadable(`no ${channel.payInfoField}`)
  const theirNo = theirNoOf(data)
  return { payInfo, ...(theirNo !== undefined && { theirNo }) }
}

function readPayInfo(
  data: Readonly<Record<string, unknown>>,
  { kind, payInfoField }: JubaoChannel,
): string | undefined {
  const text = filled(data[payInfoField])
  if (kind === 'link') return text !== undefined && /^[a-z][a-z0-9+.-]*:\/\/\S+$/i.test(text) ? text : undefined
  if (kind === 'jsapi' || kind === 'hkjsapi') return text !== undefined && isJsapi(text, kind) ? text : undefined
  // In the document's example for Alipay's app (支付宝APP示例), `app_format` is the text that Alipay's SDK takes. The
  // example for WeChat has only `app`.
  if (kind === 'app') return filled(data.app_format) ?? text
  return text
}

// Whether data.jsapi (聚宝) is a JSON text with all parameters of WeChat's sheet. We pass this text to the phone
// unchanged.
function isJsapi(text: string, kind: 'jsapi' | 'hkjsapi'): boolean {
  const value = exactJsonOf(Buffer.from(text))
  return (
    isRecord(value) &&
    // Only the payment sheet of the Hong Kong wallet (香港钱包公众号支付) has the sign type SHA1.
    (value.signType === 'SHA1') === (kind === 'hkjsapi') &&
    ['timeStamp', 'nonceStr', 'package', 'signType', 'paySign'].every((name) => filled(value[name]) !== undefined)
  )
}

// The provider's number of a payment: order_sn in the dialect boxpay, sn in the payment dialect. (transaction_id is the
// wallet's number, by which Jubao finds no order.)
const theirNoOf = (fields: Readonly<Record<string, unknown>>): string | undefined =>
  filled(fields.order_sn) ?? filled(fields.sn)

/**
 * Reads one payment from the reply to a query or close; `unknown` if the reply is about another payment or cannot be
 * read.
 */
export function readOrder(
  data: Readonly<Record<string, unknown>> | undefined,
  { paymentNo, theirNo }: { paymentNo: string; theirNo: string | null },
  names: JubaoNames,
): PaymentReport {
  const unknown = (reason: string): PaymentReport => ({ outcome: 'unknown', reason, raw: data ?? null })
  if (!data || !isOurs(data, names)) return unknown('no data for us')
  if (data.out_trade_no !== paymentNo) return unknown('another out_trade_no')
  const theirs = theirNoOf(data)
  if (theirNo !== null && theirs !== undefined && theirs !== theirNo) return unknown('another number of theirs')
  try {
    const backFen = refundedOf(data)
    return {
      outcome: outcomeOf(data),
      ...facts(data),
      ...(backFen !== undefined && { refundedFen: backFen }),
      raw: data,
    }
  } catch {
    return unknown('amount')
  }
}

// Reads both status fields if the data has both. If they disagree, the result is unknown.
function outcomeOf({ status, trade_state }: Readonly<Record<string, unknown>>): PaymentOutcome {
  const said = [
    ...(status === undefined ? [] : [statuses.get(word(status)) ?? 'unknown']),
    ...(trade_state === undefined ? [] : [tradeStates.get(word(trade_state)) ?? 'unknown']),
  ]
  const [first = 'unknown'] = said
  return said.every((one) => one === first) ? first : 'unknown'
}

// How much was refunded: total_refund_fee, in fen (聚宝 §2.1, replies). The states 已退款 (refunded) and REFUND do not say
// whether the whole amount was refunded.
const refundedOf = ({ total_refund_fee: fee }: Readonly<Record<string, unknown>>): number | undefined =>
  fee === undefined || word(fee) === '0' ? undefined : fenFromWire(fee)

/** Reads amount, currency, number and time of a payment. @throws BadInput for an invalid amount or currency */
function facts(fields: Readonly<Record<string, unknown>>): Omit<PaymentReport, 'outcome' | 'raw'> {
  const theirNo = theirNoOf(fields)
  const currency = filled(fields.fee_type)?.toUpperCase()
  if (currency !== undefined && !/^[A-Z]{3}$/.test(currency)) throw new AppError('BadInput', 'fee_type: malformed')
  const at = timeOf(fields)
  return {
    amountFen: fenFromWire(fields.total_fee),
    ...(theirNo !== undefined && { theirNo }),
    ...(currency !== undefined && { currency }),
    ...(at !== undefined && { at }),
  }
}

// Reads the time of a payment, which has several formats. finish_time: "2021-02-17 20:03:40" (docs/provider-facts.md
// 2.5). time_end: "20190402162714" in a notice, Unix seconds in a reply, and 0 as long as nothing is paid (聚宝 §2.1).
function timeOf({ finish_time, time_end }: Readonly<Record<string, unknown>>): number | undefined {
  const end = word(time_end)
  if (/^[1-9]\d{8,9}$/.test(end)) return Number(end) * 1_000
  return fromBeijingText(word(finish_time)) ?? fromBeijingDigits(end)
}

// The names of the fields that decide the meaning of a message.
const telling = ['out_trade_no', 'total_fee', 'fee_type', 'status', 'trade_state', 'mch_id', 'appid', 'order_sn']
const tellingNames = new Set([...telling, 'cash_fee_type', 'sub_appid', 'total_refund_fee', 'sn'])

/**
 * Whether the signed text could also be read as other fields. Neither dialect marks where a name or value ends, so
 * somebody could move a field into the field beside it without changing the signature. So we refuse a message if the
 * name of an important field occurs inside another name or inside a value.
 */
export const isAmbiguous = (fields: Readonly<Record<string, string>>): boolean =>
  Object.entries(fields).some(([name, value]) =>
    telling.some((one) => value.includes(one) || (name.includes(one) && !tellingNames.has(name))),
  )

/**
 * Reads a notice whose signature is verified. New notices contain mch_id and a status. Old ones contain appid and mean
 * paid, unless their trade_state says otherwise (聚宝, section 回调; docs/provider-facts.md 2.6).
 * @throws BadInput
 */
export function readNotice(
  fields: Readonly<Record<string, string>>,
  dialect: Dialect,
): { paymentNo: string; report: PaymentReport } {
  const { sign: _, ...raw } = fields
  const paymentNo = fields.out_trade_no ?? ''
  if (!/^[0-9A-Za-z_.-]{1,64}$/.test(paymentNo)) throw new AppError('BadInput', 'out_trade_no: malformed')
  const isSilent = fields.status === undefined && fields.trade_state === undefined
  const isNewer = dialect === 'boxpay' && fields.mch_id !== undefined
  if (!isNewer && fields.appid === undefined) throw new AppError('BadInput', 'appid: missing')
  if (isNewer && isSilent) throw new AppError('BadInput', 'status: missing')
  return { paymentNo, report: { outcome: isSilent ? 'paid' : outcomeOf(fields), ...facts(fields), raw } }
}

/** Whether a notice belongs to this merchant, judged by the merchant's names in it. */
export const isForUs = (fields: Readonly<Record<string, string>>, names: JubaoNames): boolean => isOurs(fields, names)

// The codes that refuse our keys (聚宝 §1.6): 4002 is an unknown merchant, 4004 a wrong signature. Jubao sends codes
// about an order only after it has accepted the key.
const refusedKeys = new Map([
  [4002, 'mchId'],
  [4004, 'key'],
])
const aboutOrders = new Set([40101, 40102, 40103, 40104, 40105, 40106, 40107, 40108])

export const judgeJubaoKeys = (response: HttpResponse): KeysVerdict | undefined =>
  verdictOr(() => {
    const { ok, code } = readJubaoReply(response)
    const field = refusedKeys.get(code)
    if (field !== undefined && !ok) return { isAccepted: false, field }
    return ok || aboutOrders.has(code) ? { isAccepted: true } : undefined
  })
