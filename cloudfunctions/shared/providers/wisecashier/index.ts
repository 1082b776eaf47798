// Wisecashier (HipoPay): orders for WeChat and its Hong Kong wallet, queries, refunds, the bill and the notices. Its
// documents have no call that closes an order, and no contracts.

import * as z from 'zod/mini'
import { hourMs } from '../../../../miniprogram/rules/beijing'
import { AppError } from '../../domain/errors'
import { decimalsOf } from '../../domain/money'
import { safeWords } from '../codecs'
import {
  billBytes,
  billOrUnavailable,
  defineProvider,
  type Http,
  type HttpAnswer,
  type HttpRequest,
  orNotSent,
  orUnknown,
  type PaymentRef,
  type PaymentReport,
  type PrepareInput,
  type Provider,
  type RefundInput,
  type RefundReport,
  readSigned,
  sendOrUnavailable,
  WrongMerchant,
} from '../provider'
import { baseUrl, privateKeyText, publicKeyText, sameText, text } from '../signing'
import { encodedPairs, type Fields, isSignedNotice, noticeSeal, readWisecashierKeys, signRequest } from './sign'
import {
  askedCurrency,
  isCharge,
  judgeWisecashierKeys,
  noticeNumber,
  oauthAddress,
  orderFields,
  orderPaths,
  type Pricing,
  pagePaths,
  paymentReport,
  type Reply,
  readBill,
  readBillReply,
  readNotice,
  readPayment,
  readPrepared,
  readRefund,
  readReply,
  refundFields,
  sealedUrl,
} from './wire'

const isKnownCurrency = (code: string): boolean => {
  try {
    return decimalsOf(code) >= 0
  } catch {
    return false
  }
}

const settings = z.strictObject({
  // The address of Wisecashier's server: in production https://api.wisecashier.com, for tests
  // https://testapi.hipopay.com.
  baseUrl: baseUrl(),
  merchantNo: text(),
  privateKey: privateKeyText(),
  platformPublicKey: publicKeyText(),
  /** the currency in which the merchant gets the money; prices are in it, too, unless isRmb is set */
  currency: z.string().check(z.refine(isKnownCurrency, 'not a currency that we know')),
  /** the appid of the mini-program */
  appId: text(),
  isRmb: z._default(z.boolean(), false),
})

type WisecashierSettings = z.output<typeof settings>

const plain = { 'content-type': 'text/plain; charset=utf-8' }
// Our answers to a notice (通知规则). HTTP 200 ends Wisecashier's repeats, but the SDKs also print success. So our
// confirmation has status 200 and the text success, and our rejection has neither.
const answers: Record<'accepted' | 'rejected', HttpAnswer> = {
  accepted: { statusCode: 200, headers: plain, body: 'success' },
  rejected: { statusCode: 400, headers: plain, body: 'fail' },
}

// The channels of Wisecashier. The Hong Kong wallet needs prices in HKD (docs/provider-facts.md 4.4).
const channels = [
  { code: 'mini_program', name: '微信支付', nameEn: 'WeChat Pay', kind: 'jsapi' },
  { code: 'mp', name: '微信支付', nameEn: 'WeChat Pay', kind: 'link', places: ['wechat'], openidOf: 'provider' },
  { code: 'hk_mini_program', name: '微信香港钱包', nameEn: 'WeChat Pay HK', kind: 'jsapi' },
  {
    code: 'hk_mp',
    name: '微信香港钱包',
    nameEn: 'WeChat Pay HK',
    kind: 'link',
    places: ['wechat'],
    openidOf: 'provider',
  },
] as const

const unknown = (reason: string) => ({ outcome: 'unknown' as const, reason, raw: null })

function assertCurrency({ currency }: PrepareInput, pricing: Pricing): void {
  if (currency !== askedCurrency(pricing))
    throw new AppError('ProviderRefused', 'shoppers are asked in another currency')
}

interface Ask {
  path: string
  fields: Fields
  now: number
  version?: string
}

/** Signs requests to Wisecashier, sends them, and reads the replies. */
function createLine(settings: WisecashierSettings, http: Http) {
  const keys = readWisecashierKeys(settings)
  const secrets = [settings.privateKey]

  const request = (method: 'GET' | 'POST', { path, fields, now, version = '1.0' }: Ask): HttpRequest => {
    // The header Timestamp may be in seconds, in milliseconds or a fraction, because the provider's SDKs differ. The
    // signature covers the text of the header, so each form works (docs/provider-facts.md 4.2).
    const timestamp = String(Math.floor(now / 1000))
    const pairs = encodedPairs(fields)
    return {
      method,
      url: settings.baseUrl + path + (method === 'GET' ? `?${pairs}` : ''),
      headers: {
        merchantno: settings.merchantNo,
        version,
        timestamp,
        signature: signRequest(fields, timestamp, keys.privateKey),
        ...(method === 'POST' && { 'content-type': 'application/x-www-form-urlencoded' }),
      },
      ...(method === 'POST' && { body: pairs }),
    }
  }

  const ask = async (path: string, fields: Fields, now: number): Promise<Reply> =>
    readReply(await http(request('GET', { path, fields, now })))

  const refusal = ({ message }: Extract<Reply, { ok: false }>): string => safeWords(message, secrets) || 'refused'

  return { keys, request, ask, refusal }
}

/**
 * Makes the functions that create an order. There are two ways: our server calls Wisecashier, or our page in the
 * shopper's browser does. In the second case Wisecashier shows our page under Wisecashier's own address.
 */
function createOrders(
  settings: WisecashierSettings,
  { request, refusal }: Pick<ReturnType<typeof createLine>, 'request' | 'refusal'>,
  http: Http,
): Pick<Provider, 'prepare' | 'pageCall'> {
  const pricing: Pricing = settings
  return {
    async prepare(input) {
      assertCurrency(input, pricing)
      // We send nothing now. Wisecashier gets the payment from our page.
      if (pagePaths.has(input.channel) && input.sheetUrl !== undefined)
        return { payInfo: oauthAddress(settings.baseUrl, pricing, input.sheetUrl) }
      const path = orderPaths.get(input.channel)
      if (path === undefined) throw new AppError('ProviderRefused', 'no such channel')
      const noticeUrl = sealedUrl(input.noticeUrl, noticeSeal(input.paymentNo, settings))
      const fields = orderFields(input, pricing, noticeUrl)
      const reply = readReply(await sendOrUnavailable(http, request('POST', { path, fields, now: input.now })))
      if (!reply.ok) throw new AppError('ProviderRefused', `Wisecashier refused the payment: ${refusal(reply)}`)
      return readPrepared(reply.fields)
    },

    pageCall(input) {
      const path = pagePaths.get(input.channel)
      if (path === undefined) throw new AppError('ProviderRefused', 'no such channel')
      assertCurrency(input, pricing)
      // In this call the notification address has no seal. The shopper can see the call, and a seal that others know
      // proves nothing. So we confirm each notice about such a payment by our own query.
      return {
        url: settings.baseUrl + path,
        headers: { Version: '1.0', 'content-type': 'application/x-www-form-urlencoded' },
        body: encodedPairs(orderFields(input, pricing, input.noticeUrl)),
      }
    },
  }
}

function createWisecashier(settings: WisecashierSettings, http: Http): Provider {
  const pricing: Pricing = settings
  const line = createLine(settings, http)
  const { keys, request, ask, refusal } = line

  const query = (payment: PaymentRef): Promise<PaymentReport> =>
    orUnknown<PaymentReport>(async () => {
      const number = payment.theirNo === null ? { out_trade_id: payment.paymentNo } : { payment_no: payment.theirNo }
      const reply = await ask('/payment', number, payment.now)
      if (reply.ok && payment.isSecond && !isCharge(reply.fields, payment.theirNo))
        return { ...unknown('another charge'), raw: reply }
      return reply.ok ? readPayment(reply.fields, payment, pricing) : { ...unknown(refusal(reply)), raw: reply }
    }, unknown)

  // Asks about a refund. The reply for an unknown refund is not documented (docs/provider-facts.md 4.4), and a refusal
  // may also mean that the server is busy.
  const askRefund = async (input: RefundInput): Promise<RefundReport> => {
    const reply = await ask('/payment_refund', { out_refund_id: input.refundNo }, input.now)
    return reply.ok ? readRefund(reply.fields, input, 'unknown') : { ...unknown(refusal(reply)), raw: reply }
  }

  return {
    channels: channels.filter(
      ({ code }) => !code.startsWith('hk_') || (settings.currency === 'HKD' && !settings.isRmb),
    ),

    takesCurrency: (currency) => currency === askedCurrency(settings),

    byTheirNo: true,

    ...createOrders(settings, line, http),

    query,

    refund: (input) =>
      orNotSent(async () => {
        const theirNo = input.payment.theirNo ?? (await query(input.payment)).theirNo
        if (theirNo === undefined) return { outcome: 'notSent', reason: 'no payment_no', raw: null }
        const sent = { path: '/payment_refund', fields: refundFields(input, theirNo), now: input.now }
        const reply = readReply(await http(request('POST', sent)))
        if (reply.ok) return readRefund(reply.fields, input, 'pending')
        // Error codes are not documented. A refusal may mean that the server is busy, or that it already knows this
        // number. Only a query can tell.
        const known = await orUnknown<RefundReport>(() => askRefund(input), unknown)
        return known.outcome === 'unknown' ? { ...unknown(refusal(reply)), raw: reply } : known
      }),

    queryRefund: (input) => orUnknown<RefundReport>(() => askRefund(input), unknown),

    async bill(day, now) {
      const date = day.replaceAll('-', '')
      const fields = { merchant_no: settings.merchantNo, start_date: date, end_date: date }
      const asked = request('GET', { path: '/download_bill', fields, now, version: '3.0' })
      const reply = await billOrUnavailable(async () => readBillReply(await http({ ...asked, maxBytes: billBytes })))
      if (!reply.ok) throw new AppError('ProviderRefused', `Wisecashier gives no bill: ${refusal(reply)}`)
      return billOrUnavailable(async () => readBill(reply.text, pricing))
    },

    parseNotice(notice) {
      const { fields, seal } = readNotice(notice)
      const { timestamp = '', signature } = notice.headers
      if (!isSignedNotice(fields, timestamp, signature, keys.platformPublicKey))
        throw new AppError('BadSignature', 'the signature is wrong or missing')
      const paymentNo = readSigned(fields.out_trade_id, () => noticeNumber(fields))
      if (fields.merchant_no !== undefined && fields.merchant_no !== settings.merchantNo)
        throw new WrongMerchant(paymentNo)
      // We do not check the notice's age, because the SDKs differ in the unit of Timestamp, and a replayed notice
      // changes nothing. Without our seal the notice may belong to another merchant's order with the same number. So
      // only our own query settles such a payment.
      const isOurs = sameText(noticeSeal(paymentNo, settings), seal)
      const report = readSigned(paymentNo, () => paymentReport(fields, pricing))
      return { about: 'payment', paymentNo, report, ...(!isOurs && { confirm: true }) }
    },

    answer: (verdict) => answers[verdict],
  }
}

export const wisecashier = defineProvider<WisecashierSettings>({
  code: 'wisecashier',
  names: { zh: 'Wisecashier', en: 'Wisecashier' },
  fields: {
    baseUrl: { zh: '接口地址', en: 'API address' },
    merchantNo: { zh: '商户号', en: 'Merchant number' },
    privateKey: { zh: '商户私钥', en: 'Merchant private key' },
    platformPublicKey: { zh: '平台公钥', en: 'Provider public key' },
    currency: { zh: '结算币种', en: 'Settlement currency' },
    appId: { zh: 'AppID', en: 'AppID' },
    isRmb: { zh: '以人民币标价', en: 'Prices in CNY' },
  },
  // The documents do not say whether a number may be sent twice, so each try uses a new one.
  repeat: 'new',
  judgeKeys: judgeWisecashierKeys,
  settings,
  account: ['merchantNo'],
  channels,
  // Wisecashier's documents do not say when a bill is ready and which refunds it lists (docs/provider-facts.md 4.4). A
  // bill that is downloaded too early could lack payments, so we download it a day later than the bills of other
  // providers.
  bills: { readyMs: 34 * hourMs, refundDay: 'unknown' },
  create: createWisecashier,
})
