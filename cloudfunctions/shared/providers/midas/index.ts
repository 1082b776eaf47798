// Tencent Midas (OpenMidas): unified_order, query_order, close_order, refund, query_refund and the delivery notice.
// Its server API has no bill and no contracts.
import * as z from 'zod/mini'
import { AppError } from '../../domain/errors'
import { readFlatJson, safeWords } from '../codecs'
import {
  defineProvider,
  type Http,
  type HttpAnswer,
  type HttpRequest,
  orNotSent,
  orUnknown,
  type PaymentRef,
  type PaymentReport,
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
  // The document says Unix seconds; the official phone samples send Unix seconds minus 28800. Both can be had.
  tsOffsetSeconds: z._default(z.int().check(z.gte(-86_400), z.lte(86_400)), 0),
})

type MidasSettings = z.output<typeof settings>

const json = { 'content-type': 'application/json; charset=utf-8' }
// 发货服务器配置: msg of a success must be a lower-case ok, the answer must never be empty.
const answers: Record<'accepted' | 'rejected', HttpAnswer> = {
  accepted: { statusCode: 200, headers: json, body: '{"ret":0,"msg":"ok"}' },
  rejected: { statusCode: 200, headers: json, body: '{"ret":-1,"msg":"rejected"}' },
}

const unknown = (reason: string) => ({ outcome: 'unknown' as const, reason, raw: null })

/** Signs and sends requests to Midas, and reads the replies. */
function createLine(settings: MidasSettings, http: Http) {
  const { offerId } = settings
  const keys = readMidasKeys(settings)
  const secrets = [settings.offerKey, settings.privateKey]

  // user_id takes letters and digits only, so an openid cannot be sent as it is. The offerId is mixed in, not a key:
  // the name has to stay the same when keys change.
  const shopperName = (openid: string): string => digestHex('sha256', `${offerId}\n${openid}`).slice(0, 32)

  // Parameters travel in the query string of a POST with an empty body; they are signed before they are encoded.
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

  // out_trade_no wins where both are named; only transaction_id tells a second charge from the first.
  const payer = ({ openid, paymentNo, theirNo, isSecond }: PaymentRef) => ({
    user_id: shopperName(openid),
    ...(isSecond ? { transaction_id: theirNo ?? '' } : { out_trade_no: paymentNo }),
  })

  return { keys, shopperName, request, ask, refusal, payer }
}

function createMidas(settings: MidasSettings, http: Http): Provider {
  const { offerId } = settings
  const { keys, shopperName, request, ask, refusal, payer } = createLine(settings, http)

  const askRefund = async (input: RefundInput): Promise<RefundReport> => {
    const fields = { user_id: shopperName(input.payment.openid), refund_id: input.refundNo }
    const reply = await ask('query_refund', fields, input.now)
    return reply.ret === 0 ? readRefund(reply, input.refundNo) : { ...unknown(refusal(reply)), raw: reply }
  }

  return {
    shopperName,
    byTheirNo: true,

    async prepare(input) {
      const fields = {
        ...payer(input),
        // An order may hold several products and Midas names one: the payment stands for them.
        product_id: input.paymentNo,
        product_name: weChatText(input.title, 128) || input.paymentNo,
        product_detail: weChatText(input.title, 255) || input.paymentNo,
        currency_type: input.currency,
        amount: String(input.amountFen),
        channel: input.channel,
        // 公众号 and mini-programs pay with the openid; a QQ wallet has none.
        ...(input.channel === 'wechat' && { wx_openid: input.openid }),
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
        // There is no table of ret (docs/provider-facts.md 1.5): any other value may also mean busy, or a number that
        // landed before. Only query_refund can say that the refund failed (state 3).
        const known = await orUnknown<RefundReport>(() => askRefund(input), unknown)
        return known.outcome === 'unknown' ? { ...unknown(refusal(reply)), raw: reply } : known
      }),

    // A ret other than 0 has no documented meaning, so it never says that there is no such refund.
    queryRefund: (input) => orUnknown<RefundReport>(() => askRefund(input), unknown),

    parseNotice(notice) {
      if (notice.method !== 'POST') throw new AppError('BadInput', 'a delivery notice is a POST')
      const { fields, arrays } = readFlatJson(notice.body)
      if (!isSignedByMidas(fields, keys)) throw new AppError('BadSignature', 'the signature is wrong or missing')
      if (fields.appid !== offerId) throw new WrongMerchant(fields.out_trade_no ?? '')
      // No age check: the document gives no window, retries come for over two hours, and a replay changes nothing.
      // How an array is signed is not documented: even when our reading verifies, query_order decides.
      const delivery = readSigned(fields.out_trade_no, () => readDelivery(fields))
      return { about: 'payment', ...delivery, ...(arrays.length > 0 && { confirm: true }) }
    },

    answer: (verdict) => answers[verdict],
  }
}

export const midas = defineProvider<MidasSettings>({
  code: 'midas',
  names: { zh: '米大师', en: 'Tencent Midas' },
  // An unpaid order must be paid again under its own number, says the document.
  repeat: 'same',
  noticeIsEntered: true,
  judgeKeys: judgeMidasKeys,
  settings,
  account: ['offerId'],
  channels: [
    { code: 'wechat', name: '微信支付', nameEn: 'WeChat Pay', kind: 'jsapi' },
    { code: 'qqwallet', name: 'QQ 钱包', nameEn: 'QQ Wallet', kind: 'jsapi' },
  ],
  create: createMidas,
})
