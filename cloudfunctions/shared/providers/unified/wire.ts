// The wire format of the Unified pay platform (统一支付平台 API): its field names and formats, and their translation into our
// own terms. No file outside this folder uses these names.
import { AppError } from '../../domain/errors'
import { fenFromWire } from '../../domain/money'
import type { PaymentOutcome } from '../../domain/payment'
import { exactJsonOf } from '../codecs'
import {
  type Channel,
  type HttpResponse,
  type KeysVerdict,
  type PaymentReport,
  saysWrongSignature,
  unreadable,
  verdictOr,
} from '../provider'

export type PayTypeCode = 'Wechat' | 'Alipay' | 'ChinapayOld' | 'Paypal'

export interface UnifiedChannel extends Channel {
  /** how the payment begins: by a call of the platform's API, or at the address of a payment page */
  by: 'h5/pay' | 'pc/pay' | 'mpay.html' | 'pay.html'
  /** the way to pay, as the platform names it; if empty, the shopper chooses on the platform's page */
  payTypeCode: PayTypeCode | ''
}

const wechat = { name: '微信支付', nameEn: 'WeChat Pay', payTypeCode: 'Wechat' } as const
const phonePage = { kind: 'link', by: 'mpay.html', places: ['miniprogram', 'wechat', 'mobile'] } as const
const pcPage = { kind: 'link', by: 'pay.html', places: ['pc'] } as const
const alipay = { name: '支付宝', nameEn: 'Alipay', payType: 'Alipay', payTypeCode: 'Alipay' } as const
const unionPay = { name: '银联支付', nameEn: 'UnionPay', payType: 'ChinapayOld', payTypeCode: 'ChinapayOld' } as const
const payPal = { name: 'PayPal', nameEn: 'PayPal', payType: 'Paypal', payTypeCode: 'Paypal' } as const

// The channels of the platform. h5 and pc are calls of the platform's API. Only for the payType Wechat do they return
// something that we can open. For every other payType they return HTML in `obj`, which the platform's own payment page
// shows under its own address. So the other ways to pay use the address of that payment page.
export const unifiedChannels: readonly UnifiedChannel[] = [
  { ...wechat, code: 'h5', payType: 'Wechat', kind: 'jsapi', by: 'h5/pay' },
  { ...wechat, code: 'h5.openid', kind: 'link', by: 'h5/pay', places: ['wechat'], openidOf: 'provider' },
  {
    ...wechat,
    code: 'pc',
    name: '微信扫码支付',
    nameEn: 'WeChat Pay QR code',
    payType: 'Wechat',
    kind: 'qrcode',
    by: 'pc/pay',
    places: ['miniprogram', 'pc'],
  },
  { ...phonePage, code: 'mpay.html', name: '网页支付', nameEn: 'Pay on the web', payTypeCode: '' },
  { ...pcPage, code: 'pay.html', name: '网页支付', nameEn: 'Pay on the web', payTypeCode: '' },
  { ...phonePage, ...alipay, code: 'Alipay' },
  { ...phonePage, ...unionPay, code: 'ChinapayOld' },
  { ...phonePage, ...payPal, code: 'Paypal' },
  { ...pcPage, ...alipay, code: 'pc.Alipay' },
  { ...pcPage, ...unionPay, code: 'pc.ChinapayOld' },
  { ...pcPage, ...payPal, code: 'pc.Paypal' },
]

// The values of payStatus (申请支付后的回调接口). "Not refunded", "waiting for a refund" and "refund failed" mean that the
// merchant still has the money.
const payStatuses = new Map<string, PaymentOutcome>([
  ['NOTPAY', 'pending'],
  ['SUCCESSPAY', 'paid'],
  ['FAILUREPAY', 'declined'],
  ['NOTREFUND', 'paid'],
  ['WAITREFUND', 'paid'],
  ['SUCCESSREFUND', 'refunded'],
  ['FAILUREREFUND', 'paid'],
  ['CLOSED', 'closed'],
])

/** The currencies that the platform accepts. Each currency has two decimals. */
export const currencies: readonly string[] = ['CNY', 'USD']

export interface Purchase {
  domainCode: string
  money: number
  info: string
  requestKey: string
  currencyType: string
  bgUrl: string
  /** the page to which the shopper returns */
  pageUrl: string
  /** the exchange rate between CNY and USD; '' if the merchant's settings have none */
  rate: string
}

/** The fields of a payment, with the same names in all calls (PC申请支付接口). Empty fields are sent, but not signed. */
export function purchaseFields(
  { money, ...purchase }: Purchase,
  payTypeCode: PayTypeCode | '',
): Record<string, string> {
  return {
    domainCode: purchase.domainCode,
    payTypeCode,
    // The merchant can use the field requestChannel freely. The platform's document recommends to fill it.
    requestChannel: '1',
    money: String(money),
    info: purchase.info,
    infoEn: `Order ${purchase.requestKey}`,
    requestKey: purchase.requestKey,
    currencyType: purchase.currencyType,
    pageUrl: purchase.pageUrl,
    bgUrl: purchase.bgUrl,
    dialogOkUrl: purchase.pageUrl,
    dialogFailUrl: purchase.pageUrl,
    rate: purchase.rate,
    payTypeCodeIn: '',
  }
}

export const queryText = (fields: Readonly<Record<string, string>>): string =>
  Object.entries(fields)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&')

/**
 * The address of a payment page. The parameters come after the #, so the browser does not send them to the page's
 * server.
 */
export const pageAddress = (
  baseUrl: string,
  file: 'mpay.html' | 'pay.html',
  fields: Readonly<Record<string, string>>,
): string => `${baseUrl}/${file}#/?${queryText(fields)}`

/**
 * The address to which a page in WeChat sends a shopper whose openid we do not know (H5微信支付请求openid). In a mini-program
 * we know the openid.
 * @param getOpenidUri the address with the name GET_OPENID_URI in the document, which does not tell the address itself
 * (docs/provider-facts.md 5.3)
 */
export const openidAddress = (getOpenidUri: string, domainCode: string, backUrl: string): string =>
  `${getOpenidUri}?${queryText({ domainCode, backUrl })}`

export interface UnifiedReply {
  /** the code of the reply; "0" means success */
  errcode: string
  /** the platform's message; may contain anything */
  errormsg: unknown
  obj: unknown
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * Reads a reply of the platform. No reply is signed. Numbers become texts of their own digits.
 * @throws HttpFailure for an unreadable reply
 */
export function readUnifiedReply(response: HttpResponse): UnifiedReply {
  const reply = exactJsonOf(response.body)
  if (
    response.status !== 200 ||
    !isRecord(reply) ||
    typeof reply.errcode !== 'string' ||
    !/^-?\d{1,9}$/.test(reply.errcode)
  )
    throw unreadable('not a reply of the platform')
  return { errcode: reply.errcode, errormsg: reply.errormsg, obj: reply.obj }
}

const filled = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)

/** Reads what the phone needs from a reply of h5/pay or pc/pay. @throws HttpFailure for an unreadable reply */
export function readPayInfo({ obj }: UnifiedReply, by: 'h5/pay' | 'pc/pay'): string {
  if (by === 'pc/pay') {
    const qrcode = filled(obj)
    if (qrcode === undefined || /[\s<]/.test(qrcode)) throw unreadable('obj is no code')
    return qrcode
  }
  const names = ['timeStamp', 'nonceStr', 'package', 'paySign']
  if (!isRecord(obj) || names.some((name) => filled(obj[name]) === undefined)) throw unreadable('obj has no parameters')
  return JSON.stringify(obj)
}

/**
 * Whether the reply of pay-types allows a way to pay. The platform's document does not describe the entries of the
 * reply. If the reply is empty, or an entry has a code that we do not know, we assume that the way to pay is allowed.
 */
export function allowsPayType({ errcode, obj }: UnifiedReply, payTypeCode: PayTypeCode): boolean {
  if (errcode !== '0' || !Array.isArray(obj) || obj.length === 0) return true
  const codes = obj.map((entry: unknown) => (isRecord(entry) ? (entry.payTypeCode ?? entry.code) : entry))
  const known: readonly unknown[] = ['Wechat', 'Alipay', 'ChinapayOld', 'Paypal'] satisfies PayTypeCode[]
  return codes.some((code) => !known.includes(code) || code === payTypeCode)
}

const isNothing = (value: unknown): boolean => value === undefined || value === null || value === ''

/** Reads one payment from a reply of queryInfo; undefined if nothing was paid under this number. */
export function readInfo({ obj }: UnifiedReply, paymentNo: string, domainCode: string): PaymentReport | undefined {
  if (isNothing(obj)) return undefined
  const unknown = (reason: string): PaymentReport => ({ outcome: 'unknown', reason, raw: obj })
  if (!isRecord(obj)) return unknown('obj is no record')
  if (obj.requestKey !== paymentNo) return unknown('another requestKey')
  if (obj.domainCode !== domainCode) return unknown('another domainCode')
  try {
    return readRecord(obj)
  } catch {
    return unknown('amount')
  }
}

/** Reads one payment from its fields. @throws BadInput for an invalid amount or currency */
function readRecord(fields: Readonly<Record<string, unknown>>): PaymentReport {
  const { currencyType } = fields
  if (typeof currencyType !== 'string' || !/^[A-Z]{3}$/.test(currencyType))
    throw new AppError('BadInput', 'currencyType: malformed')
  const theirNo = filled(fields.orderSn)
  // The time is in milliseconds in the reply of queryInfo. We assume the same for the notice (docs/provider-facts.md
  // 5.4).
  const at = typeof fields.payTime === 'string' && /^\d{13}$/.test(fields.payTime) ? Number(fields.payTime) : undefined
  return {
    outcome: payStatuses.get(filled(fields.payStatus) ?? '') ?? 'unknown',
    amountFen: fenFromWire(fields.money),
    currency: currencyType,
    ...(theirNo !== undefined && { theirNo }),
    ...(at !== undefined && { at }),
    raw: fields,
  }
}

/**
 * Reads a notice whose signature is verified. The notice only makes us ask the platform, because somebody may have
 * exchanged its values.
 * @throws BadInput
 */
export function readNotice(fields: Readonly<Record<string, string>>): { paymentNo: string; report: PaymentReport } {
  const { sign: _, ...raw } = fields
  const paymentNo = fields.requestKey ?? ''
  if (!/^[0-9A-Za-z_.-]{1,64}$/.test(paymentNo)) throw new AppError('BadInput', 'requestKey: malformed')
  return { paymentNo, report: readRecord(raw) }
}

/**
 * Judges from a reply whether the platform accepted our key. The platform's document has no code for a wrong signature,
 * so a refusal that mentions a signature counts as a refused key.
 */
export const judgeUnifiedKeys = (response: HttpResponse): KeysVerdict | undefined =>
  verdictOr(() => {
    const { errcode, errormsg } = readUnifiedReply(response)
    if (errcode === '0') return { isAccepted: true }
    return saysWrongSignature(errormsg) ? { isAccepted: false, field: 'domainSecret' } : undefined
  })
