// Tencent Midas (OpenMidas): unified_order, query_order, close_order, refund, query_refund and the delivery notice. The
// server API of Midas has no bill and no contracts.
import * as z from 'zod/mini'
import { AppError } from '../../domain/errors'
import { readFlatJson, safeWords } from '../codecs'
import {
  type Channel,
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
  weChatText,
} from '../provider'
import { baseUrl, digestHex, privateKeyText, secret } from '../signing'
import { isSignedByMidas, readMidasKeys, signMidas } from './sign'
import {
  judgeMidasKeys,
  type MidasReply,
  readDelivery,
  readMidasReply,
  readOrder,
  readPrepared,
  readRefund,
} from './wire'

const settings = z.strictObject({
  baseUrl: baseUrl(),
  offerId: z.string().check(z.regex(/^[0-9A-Za-z_.-]{1,64}$/, 'not an offer id')),
  offerKey: secret(),
  privateKey: privateKeyText(),
  // Midas's document says that ts is Unix seconds, but the official samples for phones send Unix seconds minus 28800.
  // So the offset is a setting.
  tsOffsetSeconds: z._default(z.int().check(z.gte(-86_400), z.lte(86_400)), 0),
  /** whether Midas has enabled H5 payments and payments in the shop's official account */
  web: z._default(z.boolean(), false),
})

type MidasSettings = z.output<typeof settings>

const json = { 'content-type': 'application/json; charset=utf-8' }
// Our answers to a delivery notice (发货服务器配置). For a success, msg must be a lower-case ok, and the answer must never be
// empty.
const answers: Record<'accepted' | 'rejected', HttpAnswer> = {
  accepted: { statusCode: 200, headers: json, body: '{"ret":0,"msg":"ok"}' },
  rejected: { statusCode: 200, headers: json, body: '{"ret":-1,"msg":"rejected"}' },
}

// The channels of Midas. The same pay_info works for H5 payments and in an official account (Web 支付接口), because
// OpenMidas chooses between the two by the shopper's browser.
const channels = [
  {
    code: 'wechat',
    name: '微信支付',
    nameEn: 'WeChat Pay',
    kind: 'jsapi',
    places: ['miniprogram', 'wechat', 'mobile', 'pc'],
  },
  { code: 'qqwallet', name: 'QQ 钱包', nameEn: 'QQ Wallet', kind: 'jsapi' },
] as const satisfies Channel[]

const unknown = (reason: string) => ({ outcome: 'unknown' as const, reason, raw: null })

/** Signs requests to Midas, sends them, and reads the replies. */
function createLine(settings: MidasSettings, http: Http) {
  const { offerId } = settings
  const keys = readMidasKeys(settings)
  const secrets = [settings.offerKey, settings.privateKey]

  // Makes the user_id of a shopper. Midas allows only letters and digits, so we cannot send the openid itself. The
  // digest covers the offerId but no key, because a shopper must keep the same user_id when keys change.
  const shopperName = (openid: string): string => digestHex('sha256', `${offerId}\n${openid}`).slice(0, 32)

  // Makes a signed request: a POST with an empty body and the parameters in the query string. The parameters are signed
  // before they are URL-encoded.
  const request = (method: string, fields: Record<string, string>, now: number): HttpRequest => {
    const ts = String(Math.floor(now / 1000) + settings.tsOffsetSeconds)
    const signed = { ...fields, ts }
    const query = Object.entries({ ...signed, sign: signMidas(signed, keys) })
      .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
      .join('&')
    return { method: 'POST', url: `${settings.baseUrl}/v1/r/${encodeURIComponent(offerId)}/${method}?${query}` }
  }

  const ask = async (method: string, fields: Record<string, string>, now: number): Promise<MidasReply> =>
    readMidasReply(await http(request(method, fields, now)))

  const refusal = (reply: MidasReply): string => `ret ${reply.ret} ${safeWords(reply.msg, secrets)}`.trim()

  // The fields that say which payment a request is about. If a request has both out_trade_no and transaction_id, Midas
  // uses out_trade_no. But only transaction_id distinguishes a second charge from the first.
  const payer = ({ openid, paymentNo, theirNo, isSecond }: PaymentRef) => ({
    user_id: shopperName(openid),
    ...(isSecond ? { transaction_id: theirNo ?? '' } : { out_trade_no: paymentNo }),
  })

  return { keys, shopperName, request, ask, refusal, payer }
}

// Whether the shopper has an openid from WeChat. In the mini-program every shopper has one. In a browser the shopper
// has one only if we know the appid under which the openid is valid.
const isInWeChat = ({ pageUrl, appId }: PrepareInput): boolean => pageUrl === undefined || appId !== undefined

function createMidas(settings: MidasSettings, http: Http): Provider {
  const { offerId } = settings
  const { keys, shopperName, request, ask, refusal, payer } = createLine(settings, http)

  const askRefund = async (input: RefundInput): Promise<RefundReport> => {
    const fields = { user_id: shopperName(input.payment.openid), refund_id: input.refundNo }
    const reply = await ask('query_refund', fields, input.now)
    return reply.ret === 0 ? readRefund(reply, input.refundNo) : { ...unknown(refusal(reply)), raw: reply }
  }

  return {
    channels: settings.web ? channels : channels.map((one) => ({ ...one, places: ['miniprogram'] })),

    shopperName,
    byTheirNo: true,

    async prepare(input) {
      const fields = {
        ...payer(input),
        // The product of the request is the payment itself, because an order may contain several products, but Midas
        // can name only one.
        product_id: input.paymentNo,
        product_name: weChatText(input.title, 128) || input.paymentNo,
        product_detail: weChatText(input.title, 255) || input.paymentNo,
        currency_type: input.currency,
        amount: String(input.amountFen),
        channel: input.channel,
        // Payments in a mini-program or official account (公众号) need the openid. A QQ wallet has no openid, and outside
        // WeChat nobody has one.
        ...(input.channel === 'wechat' && isInWeChat(input) && { wx_openid: input.openid }),
        ...(input.callbackUrl !== undefined && { callback_url: input.callbackUrl }),
      }
      const reply = readMidasReply(await sendOrUnavailable(http, request('unified_order', fields, input.now)))
      if (reply.ret !== 0) throw new AppError('ProviderRefused', `Midas refused the payment: ${refusal(reply)}`)
      return readPrepared(reply, input.paymentNo)
    },

    query: (payment) =>
      orUnknown<PaymentReport>(async () => {
        const reply = await ask('query_order', { ...payer(payment), type: 'by_order' }, payment.now)
        if (reply.ret !== 0) return { ...unknown(refusal(reply)), raw: reply }
        const report = readOrder(reply, payment.paymentNo, offerId)
        return payment.isSecond && report.theirNo !== payment.theirNo
          ? { ...unknown('another charge'), raw: reply }
          : report
      }, unknown),

    close: (payment) =>
      orUnknown<PaymentReport>(async () => {
        const reply = await ask('close_order', payer(payment), payment.now)
        return reply.ret === 0 ? { outcome: 'closed', raw: reply } : { ...unknown(refusal(reply)), raw: reply }
      }, unknown),

    refund: (input) =>
      orNotSent(async () => {
        const fields = { ...payer(input.payment), refund_id: input.refundNo, amount: String(input.amountFen) }
        const reply = await ask('refund', fields, input.now)
        if (reply.ret === 0) return { outcome: 'pending', raw: reply }
        // The values of ret are not documented (docs/provider-facts.md 1.5). Any value but 0 may mean "busy", or that
        // Midas already has this refund. Only query_refund can say that the refund failed (state 3).
        const known = await orUnknown<RefundReport>(() => askRefund(input), unknown)
        return known.outcome === 'unknown' ? { ...unknown(refusal(reply)), raw: reply } : known
      }),

    // The values of ret other than 0 are not documented. So no value of ret is read as "no such refund".
    queryRefund: (input) => orUnknown<RefundReport>(() => askRefund(input), unknown),

    parseNotice(notice) {
      if (notice.method !== 'POST') throw new AppError('BadInput', 'a delivery notice is a POST')
      const { fields, arrays } = readFlatJson(notice.body)
      if (!isSignedByMidas(fields, keys)) throw new AppError('BadSignature', 'the signature is wrong or missing')
      if (fields.appid !== offerId) throw new WrongMerchant(fields.out_trade_no ?? '')
      // We do not check the notice's age: Midas's document gives no limit, Midas repeats notices for over two hours,
      // and a replayed notice changes nothing. The document does not say how an array is signed. So if a notice
      // contains an array, we believe it only after query_order has confirmed it.
      const delivery = readSigned(fields.out_trade_no, () => readDelivery(fields))
      return { about: 'payment', ...delivery, ...(arrays.length > 0 && { confirm: true }) }
    },

    answer: (verdict) => answers[verdict],
  }
}

export const midas = defineProvider<MidasSettings>({
  code: 'midas',
  names: { zh: '米大师', en: 'Tencent Midas' },
  fields: {
    baseUrl: { zh: '接口地址', en: 'API address' },
    offerId: { zh: 'OfferId', en: 'OfferId' },
    offerKey: { zh: 'AppKey', en: 'AppKey' },
    privateKey: { zh: '商户私钥', en: 'Merchant private key' },
    tsOffsetSeconds: { zh: '时间戳偏移（秒）', en: 'Timestamp offset (seconds)' },
    web: { zh: '浏览器支付（公众号、H5）', en: 'Payments in browsers' },
  },
  // If the shopper has not paid and tries again, the next try must use the same payment number, as Midas's document
  // says.
  repeat: 'same',
  noticeIsEntered: true,
  judgeKeys: judgeMidasKeys,
  settings,
  account: ['offerId'],
  channels,
  create: createMidas,
})
