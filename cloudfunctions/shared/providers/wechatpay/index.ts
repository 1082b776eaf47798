// WeChat Pay for direct merchants, by API v3: payments, queries, closes, refunds, the trade bill and notices. Contracts
// (委托代扣), which API v3 does not have, come from papay/.
import * as z from 'zod/mini'
import { beijingInstant, hourMs } from '../../../../miniprogram/rules/beijing'
import { AppError } from '../../domain/errors'
import { debitChannel } from '../../domain/payment'
import { jsonOf, safeWords } from '../codecs'
import { createPapay, isV2, v2Answers } from '../papay'
import {
  assertKnownUnder,
  type BillRow,
  billBytes,
  type Chance,
  type Channel,
  defineProvider,
  type Http,
  type HttpAnswer,
  HttpFailure,
  type HttpRequest,
  type HttpResponse,
  type Notice,
  orNotSent,
  orUnknown,
  type PaymentRef,
  type PaymentReport,
  type PrepareInput,
  type Provider,
  type RefundAnswer,
  type RefundInput,
  type RefundReport,
  readSigned,
  sendOrUnavailable,
  Unreadable,
  unreadable,
  WrongMerchant,
  weChatText,
} from '../provider'
import {
  baseUrl,
  digestHex,
  privateKeyText,
  publicKeyText,
  randomHex,
  sameText,
  secret,
  secureChance,
  weChatAppId,
} from '../signing'
import { createComplaints } from './complaints'
import { createKeyCheck, echoNotice, isEcho } from './keyCheck'
import {
  authorization,
  isUnderItsSerial,
  openResource,
  readMerchant,
  readWechatKeys,
  signedSheet,
  verifyMessage,
} from './sign'
import {
  judgeWechatpayKeys,
  meaningOf,
  paymentReport,
  readBill,
  readBillPlace,
  readCodeUrl,
  readEnvelope,
  readError,
  readH5Url,
  readPrepayId,
  readRefund,
  readTransaction,
  refundReport,
  type Transaction,
  type WechatError,
} from './wire'

const key32 = () => secret(/^[\x21-\x7e]{32}$/, 'not 32 characters')
const serial = () => z.string().check(z.regex(/^[0-9A-Fa-f]{8,64}$/, 'not a certificate serial number'))

const settings = z
  .strictObject({
    baseUrl: baseUrl(),
    appId: weChatAppId(),
    mchId: z.string().check(z.regex(/^\d{1,32}$/, 'not a merchant number')),
    // For payments in browsers: the official account's appid, and which products the merchant has enabled at WeChat
    // Pay.
    officialAppId: z.optional(weChatAppId()),
    h5: z.optional(z.boolean()),
    native: z.optional(z.boolean()),
    // Signing contracts in a phone's browser, for which the merchant applies separately (H5纯签约).
    h5Contracts: z.optional(z.boolean()),
    serialNo: serial(),
    privateKey: privateKeyText(),
    apiV3Key: key32(),
    publicKeyId: z.optional(z.string().check(z.regex(/^PUB_KEY_ID_\w{1,64}$/, 'not a PUB_KEY_ID_…'))),
    publicKey: z.optional(publicKeyText()),
    platformCertificates: z.optional(z.record(serial(), publicKeyText())),
    // For contracts, which only the older API v2 has: the key of API v2, and a certificate together with its private
    // key in one text.
    apiV2Key: z.optional(key32()),
    clientCertificate: z.optional(secret(/CERTIFICATE[\s\S]*PRIVATE KEY/, 'not a certificate and its key')),
  })
  .check((context) => {
    const { publicKeyId, publicKey, platformCertificates = {} } = context.value
    const missing = (name: string, message: string) =>
      context.issues.push({ code: 'custom', path: [name], message, input: undefined })
    if (publicKey !== undefined && publicKeyId === undefined) missing('publicKeyId', 'missing beside publicKey')
    if (publicKeyId !== undefined && publicKey === undefined) missing('publicKey', 'missing beside publicKeyId')
    if (publicKeyId === undefined && publicKey === undefined && Object.keys(platformCertificates).length === 0)
      missing('publicKey', 'missing: publicKeyId with publicKey, or platformCertificates')
    for (const [number, pem] of Object.entries(platformCertificates))
      if (!isUnderItsSerial(number, pem)) missing('platformCertificates', 'a certificate has another serial number')
  })

type WechatpaySettings = z.output<typeof settings>

// Our answers to a notice of API v3. Status 200 without a body confirms the notice. Any other status, with a body of
// code and message, rejects the notice.
const answers: Record<'accepted' | 'rejected', HttpAnswer> = {
  accepted: { statusCode: 200, headers: {}, body: '' },
  rejected: {
    statusCode: 500,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: '{"code":"FAIL","message":"rejected"}',
  },
}

// How long the phone can use what WeChat Pay returns, in ms: a prepay_id and a code_url for two hours, an h5_url for
// five minutes.
const payInfoMs = 2 * hourMs
const h5Ms = 5 * 60_000
// time_expire must be more than a minute in the future. We count from the beginning of the attempt, so that a repeated
// request has the same content.
const shortestLifeMs = 61_000

const unknown = (reason: string) => ({ outcome: 'unknown' as const, reason, raw: null })

type Reply =
  | { ok: true; status: number; value: unknown; body: Uint8Array }
  | { ok: false; status: number; isSigned: boolean; error: WechatError }

function refundBody(input: RefundInput): object {
  const reason = weChatText(input.reason, 80)
  return {
    ...(input.payment.isSecond ? { transaction_id: input.payment.theirNo } : { out_trade_no: input.payment.paymentNo }),
    out_refund_no: input.refundNo,
    ...(reason !== '' && { reason }),
    notify_url: input.noticeUrl,
    amount: { refund: input.amountFen, total: input.payment.amountFen, currency: input.payment.currency },
  }
}

interface Asked {
  method: 'GET' | 'POST'
  url: string
  /** the part of the address that the signature covers */
  path: string
  body?: string
}

/** Signs requests of API v3, sends them, and reads the replies. */
function createLine(settings: WechatpaySettings, http: Http, chance: Chance) {
  const merchant = readMerchant(settings)
  const keys = readWechatKeys(settings)
  const secrets = [settings.apiV3Key, settings.privateKey, settings.apiV2Key, settings.clientCertificate].filter(
    (one) => one !== undefined,
  )

  const requestTo = ({ method, url, path, body = '' }: Asked, now: number): HttpRequest => ({
    method,
    url,
    headers: {
      accept: 'application/json',
      'user-agent': 'mini-cashier',
      authorization: authorization(merchant, { method, path, body }, String(Math.floor(now / 1000)), randomHex(chance)),
      // Ask WeChat Pay to sign the reply with its public key instead of a platform certificate.
      ...(settings.publicKeyId !== undefined && { 'wechatpay-serial': settings.publicKeyId }),
      ...(body !== '' && { 'content-type': 'application/json' }),
    },
    ...(body !== '' && { body }),
  })

  const request = (method: 'GET' | 'POST', path: string, now: number, body?: object): HttpRequest =>
    requestTo({ method, url: settings.baseUrl + path, path, ...(body && { body: JSON.stringify(body) }) }, now)

  // A success must be signed. An error may be unsigned, because it may come from a gateway, or because our own
  // signature was wrong. But if there is a signature, it must be right.
  const read = ({ status, headers, body }: HttpResponse, now: number): Reply => {
    const ok = status === 200 || status === 204
    const isSigned = headers['wechatpay-signature'] !== undefined
    if (ok || isSigned) {
      try {
        verifyMessage(headers, body, keys, now)
      } catch {
        throw unreadable('its signature')
      }
    }
    return ok ? { ok, status, value: jsonOf(body), body } : { ok, status, isSigned, error: readError(status, body) }
  }

  const ask = async (method: 'GET' | 'POST', path: string, now: number, body?: object): Promise<Reply> =>
    read(await http(request(method, path, now, body)), now)

  const wordsOf = ({ code, message }: WechatError): string =>
    `${safeWords(code, secrets, 40)} ${safeWords(message, secrets)}`.trim()

  return { merchant, keys, requestTo, request, read, ask, wordsOf }
}

type ApiV3Line = ReturnType<typeof createLine>

const transactionPath = (paymentNo: string): string =>
  `/v3/pay/transactions/out-trade-no/${encodeURIComponent(paymentNo)}`
const refundPath = '/v3/refund/domestic/refunds'

/** Makes the functions that ask about payments and refunds, close payments and download bills. */
function createQuestions({ requestTo, ask, wordsOf }: ApiV3Line, settings: WechatpaySettings, http: Http) {
  const { mchId } = settings

  const query = (payment: PaymentRef): Promise<PaymentReport> =>
    orUnknown<PaymentReport>(async () => {
      // Two charges under one out_trade_no can only be distinguished by their transaction_id.
      const path = payment.isSecond
        ? `/v3/pay/transactions/id/${encodeURIComponent(payment.theirNo ?? '')}`
        : transactionPath(payment.paymentNo)
      const reply = await ask('GET', `${path}?mchid=${mchId}`, payment.now)
      if (!reply.ok) return { ...unknown(wordsOf(reply.error)), raw: reply.error }
      const transaction = readTransaction(reply.value)
      if (transaction.out_trade_no !== payment.paymentNo || !isOurs(transaction, settings))
        return { ...unknown('another payment'), raw: transaction }
      if (payment.isSecond && transaction.transaction_id !== payment.theirNo)
        return { ...unknown('another charge'), raw: transaction }
      return paymentReport(transaction)
    }, unknown)

  const refundOf = (reply: Reply, refundNo: string): RefundReport => {
    if (!reply.ok) return { ...unknown(wordsOf(reply.error)), raw: reply.error }
    const refund = readRefund(reply.value)
    return refund.out_refund_no === refundNo ? refundReport(refund) : { ...unknown('another refund'), raw: refund }
  }

  const close = (payment: PaymentRef): Promise<PaymentReport> =>
    orUnknown<PaymentReport>(async () => {
      const reply = await ask('POST', `${transactionPath(payment.paymentNo)}/close`, payment.now, { mchid: mchId })
      if (reply.ok)
        return reply.status === 204 && reply.body.length === 0
          ? { outcome: 'closed', raw: null }
          : unknown('an unexpected reply')
      // If a payment does not exist at WeChat Pay, nobody can pay it, because no phone has got a prepay_id.
      if (reply.error.code === 'ORDERCLOSED' || reply.error.code === 'ORDERNOTEXIST')
        return { outcome: 'closed', raw: reply.error }
      if (reply.error.code === 'ORDERPAID') return query(payment)
      return { ...unknown(wordsOf(reply.error)), raw: reply.error }
    }, unknown)

  const fetchBill = async (day: string, now: number): Promise<BillRow[]> => {
    const place = await ask('GET', `/v3/bill/tradebill?bill_date=${encodeURIComponent(day)}&bill_type=ALL`, now)
    if (!place.ok) {
      // The code NOSTATEMENTEXIST means that there were no transactions on this day, so WeChat Pay has made no bill.
      if (place.error.code === 'NOSTATEMENTEXIST') return []
      const code = meaningOf(place.error) ?? 'ProviderUnavailable'
      throw new AppError(code, `WeChat Pay gave no bill: ${wordsOf(place.error)}`)
    }
    const { sha1, url } = readBillPlace(place.value)
    const { pathname, search } = new URL(url)
    const path = url.startsWith(`${settings.baseUrl}/`) ? url.slice(settings.baseUrl.length) : pathname + search
    // The file itself is not signed, but the signed reply contains its digest.
    const file = await http({ ...requestTo({ method: 'GET', url, path }, now), maxBytes: billBytes })
    if (file.status !== 200 || !sameText(sha1, digestHex('sha1', file.body))) throw unreadable('the digest of the bill')
    return readBill(file.body)
  }

  return { query, refundOf, close, fetchBill }
}

// The channels of WeChat Pay, one for each place where the shopper may be (the mini-program, WeChat's browser, a
// phone's browser, a PC). Their pages (JSAPI下单, H5下单, Native下单) differ in the path, in one field, and in what the reply
// contains.
const channels = [
  { code: 'jsapi', name: '微信支付', nameEn: 'WeChat Pay', payType: 'Wechat', kind: 'jsapi', payInfoMs },
  {
    code: 'official',
    name: '微信支付',
    nameEn: 'WeChat Pay',
    payType: 'Wechat',
    kind: 'jsapi',
    places: ['wechat'],
    payInfoMs,
  },
  // Each try uses a new payment number. If a number is sent again, WeChat Pay demands the same content as before, but
  // the content contains the phone's network address, which may have changed.
  {
    code: 'h5',
    name: '微信支付',
    nameEn: 'WeChat Pay',
    payType: 'Wechat',
    kind: 'link',
    places: ['mobile'],
    payInfoMs: h5Ms,
    repeat: 'new',
  },
  {
    code: 'native',
    name: '微信支付',
    nameEn: 'WeChat Pay',
    payType: 'Wechat',
    kind: 'qrcode',
    places: ['pc'],
    payInfoMs,
  },
] as const satisfies readonly Channel[]

const channelsOf = ({ officialAppId, h5, native }: WechatpaySettings): readonly Channel[] => {
  const isThere = { jsapi: true, official: officialAppId !== undefined, h5: h5 === true, native: native === true }
  return channels.filter(({ code }) => isThere[code])
}

const isOurs = ({ mchid, appid }: Transaction, { mchId, appId, officialAppId }: WechatpaySettings): boolean =>
  mchid === mchId && (appid === appId || appid === officialAppId)

/**
 * The path of a channel's call, and the fields that only this channel has.
 * @throws ProviderRefused if something is missing that the channel needs
 */
function wayOf(input: PrepareInput, { appId, officialAppId = appId }: WechatpaySettings) {
  if (input.channel === 'h5') {
    // For an H5 payment WeChat Pay demands the network address of the shopper's phone (用户终端IP).
    if (input.clientIp === undefined)
      throw new AppError('ProviderRefused', 'the network address of the phone is not known')
    const scene_info = { payer_client_ip: input.clientIp, h5_info: { type: 'Wap' } }
    return { path: 'h5', appid: officialAppId, fields: { scene_info } }
  }
  if (input.channel === 'native') return { path: 'native', appid: officialAppId, fields: {} }
  const appid = input.channel === 'official' ? officialAppId : appId
  if (input.channel === 'official') assertKnownUnder(input, appid)
  return { path: 'jsapi', appid, fields: { payer: { openid: input.openid } } }
}

/** Makes the function that creates payments at WeChat Pay. */
function createPayments(line: ApiV3Line, settings: WechatpaySettings, http: Http, chance: Chance): Provider['prepare'] {
  const { merchant, request, read, wordsOf } = line

  const payInfoOf = (value: unknown, { channel, pageUrl, now }: PrepareInput, appId: string): string => {
    if (channel === 'native') return readCodeUrl(value)
    if (channel === 'h5')
      return readH5Url(value) + (pageUrl === undefined ? '' : `&redirect_url=${encodeURIComponent(pageUrl)}`)
    const sheet = { appId, prepayId: readPrepayId(value), timeStamp: String(Math.floor(now / 1000)) }
    return JSON.stringify(signedSheet(merchant, { ...sheet, nonceStr: randomHex(chance) }))
  }

  return async (input) => {
    const { path, appid, fields } = wayOf(input, settings)
    const body = {
      appid,
      mchid: settings.mchId,
      description: weChatText(input.title, 127) || input.paymentNo,
      out_trade_no: input.paymentNo,
      time_expire: beijingInstant(Math.max(input.expiresAt, input.createdAt + shortestLifeMs)),
      notify_url: input.noticeUrl,
      amount: { total: input.amountFen, currency: input.currency },
      ...fields,
    }
    const sent = request('POST', `/v3/pay/transactions/${path}`, input.now, body)
    const reply = read(await sendOrUnavailable(http, sent), input.now)
    if (reply.ok) return { payInfo: payInfoOf(reply.value, input, appid) }
    const code = meaningOf(reply.error)
    if (code === undefined) throw unreadable(wordsOf(reply.error))
    throw new AppError(code, `WeChat Pay refused the payment: ${wordsOf(reply.error)}`)
  }
}

function createWechatpay(settings: WechatpaySettings, http: Http, chance: Chance = secureChance): Provider {
  const apiV3Key = Buffer.from(settings.apiV3Key)
  const line = createLine(settings, http, chance)
  const { keys, ask, wordsOf } = line
  const { query, refundOf, close, fetchBill } = createQuestions(line, settings, http)
  const { apiV2Key: key } = settings
  const papay = key === undefined ? undefined : createPapay({ settings, key, http, chance, askV3: ask })
  const isDebit = ({ channel }: PaymentRef): boolean => channel === debitChannel

  return {
    shopperName: (openid) => openid,
    byTheirNo: true,

    channels: channelsOf(settings),
    takesCurrency: (currency) => currency === 'CNY',

    prepare: createPayments(line, settings, http, chance),

    async query(payment) {
      const report = await (papay && isDebit(payment) ? papay.query(payment) : query(payment))
      // The state REFUND does not tell how much was refunded. So list the refunds by API v2, because API v3 has no
      // list: it finds a refund only by the refund's number.
      const refunds =
        papay && report.outcome === 'refunded' ? await papay.refundsOf(payment, report.theirNo) : undefined
      return refunds ? { ...report, refunds } : report
    },

    ...(papay && { contracts: papay.contracts }),
    complaints: createComplaints(line, line.merchant.privateKey),
    checkKeys: createKeyCheck(line, http),

    close: (payment) => (papay && isDebit(payment) ? papay.close(payment) : close(payment)),

    refund: (input) =>
      orNotSent(async () => {
        const reply = await ask('POST', refundPath, input.now, refundBody(input))
        if (!reply.ok && meaningOf(reply.error) === 'ProviderRefused')
          return { outcome: 'refused', reason: wordsOf(reply.error), raw: reply.error }
        return refundOf(reply, input.refundNo)
      }),

    queryRefund: (input) =>
      orUnknown<RefundAnswer>(async () => {
        const reply = await ask('GET', `${refundPath}/${encodeURIComponent(input.refundNo)}`, input.now)
        // The code RESOURCE_NOT_EXISTS with status 404 says that this refund does not exist (查询单笔退款). The reply must be
        // signed, because an unsigned 404 may come from another server on the way.
        if (!reply.ok && reply.isSigned && reply.status === 404 && reply.error.code === 'RESOURCENOTEXISTS')
          return { outcome: 'notFound', reason: wordsOf(reply.error), raw: reply.error }
        return refundOf(reply, input.refundNo)
      }, unknown),

    async bill(day, now) {
      try {
        return await fetchBill(day, now)
      } catch (error) {
        if (error instanceof HttpFailure)
          throw new AppError('ProviderUnavailable', 'WeChat Pay gave no bill that can be read', { cause: error })
        throw error
      }
    },

    parseNotice(notice, now) {
      if (notice.method !== 'POST') throw new AppError('BadInput', 'a notice is a POST')
      if (papay && isV2(notice)) return papay.parseNotice(notice)
      verifyMessage(notice.headers, notice.body, keys, now)
      const { event_type, resource } = readSigned(undefined, () => readEnvelope(notice.body))
      if (isEcho(event_type)) return echoNotice(resource, apiV3Key)
      const opened = readSigned(undefined, () => jsonOf(Buffer.from(openResource(resource, apiV3Key))))
      return noticeOf(event_type, opened, settings)
    },

    answer: (verdict, notice) => (notice && isV2(notice) ? v2Answers : answers)[verdict],
  }
}

function noticeOf(eventType: string, opened: unknown, settings: WechatpaySettings): Notice {
  const { mchId } = settings
  if (eventType.startsWith('TRANSACTION.')) {
    const transaction = readSigned(numberIn(opened, 'out_trade_no'), () => readTransaction(opened))
    const { out_trade_no: paymentNo } = transaction
    if (!isOurs(transaction, settings)) throw new WrongMerchant(paymentNo)
    return { about: 'payment', paymentNo, report: readSigned(paymentNo, () => paymentReport(transaction)) }
  }
  if (eventType.startsWith('REFUND.')) {
    const refund = readSigned(numberIn(opened, 'out_refund_no'), () => readRefund(opened))
    const { out_refund_no: refundNo } = refund
    if (refund.mchid !== mchId) throw new WrongMerchant(refund.out_trade_no)
    // A refund that was made in the merchant's console has a number from WeChat Pay. We find its order by the refunded
    // payment.
    const of = {
      paymentNo: refund.out_trade_no,
      ...(refund.transaction_id !== undefined && { theirNo: refund.transaction_id }),
    }
    return { about: 'refund', refundNo, report: readSigned(refundNo, () => refundReport(refund)), of }
  }
  if (eventType.startsWith('COMPLAINT.')) {
    const complaintId = (opened as { complaint_id?: unknown } | null)?.complaint_id
    if (typeof complaintId !== 'string' || !/^[\w-]{1,64}$/.test(complaintId)) throw new Unreadable('', 'complaint_id')
    return { about: 'complaint', complaintId, report: { outcome: 'told', raw: opened } }
  }
  // We never ask WeChat Pay for notices of any other kind, so we cannot read this notice.
  throw new Unreadable('', 'event_type')
}

const numberIn = (value: unknown, field: 'out_trade_no' | 'out_refund_no'): string | undefined => {
  const no = (value as Partial<Record<typeof field, unknown>> | null | undefined)?.[field]
  return typeof no === 'string' ? no : undefined
}

export const wechatpay = defineProvider<WechatpaySettings>({
  code: 'wechatpay',
  names: { zh: '微信支付', en: 'WeChat Pay' },
  fields: {
    baseUrl: { zh: '接口地址', en: 'API address' },
    appId: { zh: 'AppID', en: 'AppID' },
    mchId: { zh: '商户号', en: 'Merchant number' },
    officialAppId: {
      zh: '公众号 AppID（在微信内的网页支付）',
      en: 'Official account AppID, for paying in WeChat’s browser',
    },
    h5: {
      zh: '手机浏览器支付（H5 支付，需开通）',
      en: 'Paying in a phone’s browser (H5, enable it at WeChat Pay first)',
    },
    native: {
      zh: '电脑浏览器支付（Native 支付，需开通）',
      en: 'Paying at a PC (Native, enable it at WeChat Pay first)',
    },
    h5Contracts: {
      zh: '手机浏览器签约自动续费（H5 纯签约，需单独申请）',
      en: 'Signing subscriptions in a phone’s browser (H5, apply at WeChat Pay first)',
    },
    serialNo: { zh: '商户证书序列号', en: 'Merchant certificate serial number' },
    privateKey: { zh: '商户私钥', en: 'Merchant private key' },
    apiV3Key: { zh: 'APIv3 密钥', en: 'APIv3 key' },
    publicKeyId: { zh: '微信支付公钥 ID', en: 'WeChat Pay public key ID' },
    publicKey: { zh: '微信支付公钥', en: 'WeChat Pay public key' },
    platformCertificates: { zh: '平台证书', en: 'Platform certificates' },
    apiV2Key: { zh: 'APIv2 密钥（自动续费）', en: 'APIv2 key (subscriptions)' },
    clientCertificate: { zh: '商户证书和私钥（自动续费）', en: 'Certificate and key (subscriptions)' },
  },
  // If we send the same number again with the same content, WeChat Pay returns a prepay_id again.
  repeat: 'same',
  // A failed refund must be requested again under the same out_refund_no (申请退款). Under a new number it might be
  // refunded twice.
  failedRefundKeepsNo: true,
  judgeKeys: judgeWechatpayKeys,
  reportsShipping: true,
  settings,
  account: ['mchId'],
  channels,
  // WeChat Pay makes the bill from nine o'clock on, and we can download it from ten (申请交易账单). A refund is in the bill
  // of the day on which it was accepted, and the refund's row does not change later
  // (pay.weixin.qq.com/docs/merchant/products/bill-download/format-trade.html).
  bills: { readyMs: 10 * hourMs, refundDay: 'acceptedAt' },
  create: createWechatpay,
})
