// Jubao Pay (聚宝 Pay, Boxpay). A setting chooses between two dialects. `boxpay` is the dialect that Jubao's document
// describes (apply_pay, query and the payment notice). `payment` is the dialect that the document's examples show; only
// this dialect can close an order. No document describes refunds or bills for either dialect.
import * as z from 'zod/mini'
import { AppError } from '../../domain/errors'
import { decimalsOf } from '../../domain/money'
import { readFlatJson, readForm, safeWords } from '../codecs'
import {
  assertKnownUnder,
  defineProvider,
  fitBytes,
  type Http,
  type HttpAnswer,
  HttpFailure,
  type HttpRequest,
  type HttpResponse,
  orUnknown,
  type PaymentRef,
  type PaymentReport,
  type PrepareInput,
  type Provider,
  type RawRequest,
  readSigned,
  sendOrUnavailable,
  unreadable,
  WrongMerchant,
} from '../provider'
import { baseUrl, secret, text, weChatAppId } from '../signing'
import { isSignedByJubao, type JubaoFields, signJubao } from './sign'
import {
  isAmbiguous,
  isForUs,
  type JubaoChannel,
  type JubaoNames,
  type JubaoReply,
  jubaoChannels,
  judgeJubaoKeys,
  meaningOf,
  readJubaoReply,
  readNotice,
  readOrder,
  readPrepared,
  signedData,
} from './wire'

const settings = z.strictObject({
  baseUrl: baseUrl(),
  mchId: text(),
  key: secret(),
  // With version 2, Jubao signs plain UTF-8. Without it, Jubao signs bytes that went through PHP's utf8_encode (Jubao's
  // document 聚宝, §1.4).
  version: z._default(z.int().check(z.gte(1), z.lte(2)), 2),
  // Jubao's document says that requests are JSON, but the SDKs post forms. We do not know which format Jubao accepts,
  // so the format is a setting (docs/provider-facts.md 2.2).
  encoding: z._default(z.enum(['json', 'form']), 'json'),
  dialect: z._default(z.enum(['boxpay', 'payment']), 'boxpay'),
  /** the merchant's name in messages of the payment dialect and in older notices; if absent, the name is the mchId */
  appId: z.optional(text()),
  /** the appid under which WeChat knows the shop's mini-program or app; if absent, the shop's own appid is used */
  subAppId: z.optional(text()),
  /** the official account's appid, for payments in WeChat's browser; only in the payment dialect */
  officialAppId: z.optional(weChatAppId()),
  /** whether Jubao has enabled payments by the Hong Kong wallet in the official account */
  hongKong: z.optional(z.boolean()),
})

type JubaoSettings = z.output<typeof settings>

const plain = { 'content-type': 'text/plain; charset=utf-8' }
// Our answers to a notice (聚宝, section 回调, table 响应参数). Jubao's document gives no answer for a rejected notice.
// BlueOcean Pay, on which the document is based, accepts FAIL.
const answers: Record<'accepted' | 'rejected', HttpAnswer> = {
  accepted: { statusCode: 200, headers: plain, body: 'SUCCESS' },
  rejected: { statusCode: 200, headers: plain, body: 'FAIL' },
}

// Jubao's document (聚宝 §2.1) gives the path for a new payment without a file name. The SDKs add index.php, and only the
// SDKs have the path of the query (docs/provider-facts.md 2.2).
const paths = {
  boxpay: { pay: '/index.php?_m=pay_gateway&_a=apply_pay', query: '/index.php?_m=payment&_a=query' },
  payment: { pay: '/payment/pay', query: '/order/query' },
}
// The path of the call that closes an order. The field sn, out_trade_no or transaction_id of the call names the order
// (docs/provider-facts.md 2.7).
const closePath = '/order/close'

const unknown = (reason: string) => ({ outcome: 'unknown' as const, reason, raw: null })

function channelsOf({ dialect, officialAppId, hongKong }: JubaoSettings): readonly JubaoChannel[] {
  const isOfficial = officialAppId !== undefined
  const all = jubaoChannels.filter((channel) => channel.dialect === dialect)
  const known = all.filter(({ kind }) => kind !== 'hkjsapi' || (isOfficial && hongKong === true))
  const inWechat = known.map((channel) =>
    channel.code === 'wechat.jsapi' ? { ...channel, places: bothPlaces } : channel,
  )
  return isOfficial ? inWechat : known
}
const bothPlaces = ['miniprogram', 'wechat'] as const

/** Signs requests to Jubao, sends them, and reads the replies. */
function createLine(settings: JubaoSettings) {
  const { key, dialect } = settings
  const names: JubaoNames =
    dialect === 'boxpay'
      ? { mch_id: settings.mchId, ...(settings.appId !== undefined && { appid: settings.appId }) }
      : { appid: settings.appId ?? settings.mchId }

  const request = (path: string, fields: Record<string, string | number>): HttpRequest => {
    const us =
      dialect === 'boxpay'
        ? { mch_id: settings.mchId, ...(settings.version === 2 && { version: 2 }) }
        : { appid: settings.appId ?? settings.mchId }
    const all = { ...us, ...fields }
    const texts = Object.fromEntries(Object.entries(all).map(([name, value]) => [name, String(value)]))
    const sign = signJubao(texts, key, dialect)
    const json = settings.encoding === 'json'
    return {
      method: 'POST',
      url: `${settings.baseUrl}${path}`,
      headers: {
        'content-type': json ? 'application/json' : 'application/x-www-form-urlencoded',
        // BlueOcean Pay requires a user-agent (docs/provider-facts.md 2.7).
        'user-agent': 'MiniCashier/1.0 NetType/WIFI Language/zh_CN',
      },
      body: json ? JSON.stringify({ ...all, sign }) : new URLSearchParams({ ...texts, sign }).toString(),
    }
  }

  // Jubao's document does not say how data.sign is made. We assume that it is made over the fields of `data`, by the
  // same rule as the signature of a request (docs/provider-facts.md 2.4).
  const read = (response: HttpResponse): JubaoReply => {
    const reply = readJubaoReply(response)
    if (reply.data?.sign === undefined) return reply
    const fields = signedData(reply.data)
    if (!fields || !isSignedByJubao(fields, key, dialect)) throw unreadable('data.sign is wrong')
    return reply
  }

  const words = (reply: JubaoReply): string =>
    `code ${reply.code}, ${meaningOf(reply).words}: ${safeWords(reply.message, [key])}`

  const order = (input: PrepareInput, channel: JubaoChannel): Record<string, string | number> => ({
    total_fee: input.amountFen,
    out_trade_no: input.paymentNo,
    notify_url: input.noticeUrl,
    // Jubao's document does not limit the length of the field `body` (docs/provider-facts.md 2.4). WeChat shows this
    // text and accepts 128 bytes, so we send at most 128 bytes.
    body: fitBytes(input.title, 128),
    ...(dialect === 'boxpay'
      ? { pay_channel_id: Number(channel.code) }
      : { payment: channel.payment ?? channel.code, ...extras(input, channel) }),
  })

  // The appid of the app in which the shopper pays. The shopper's openid is valid only under this appid.
  const subAppIdOf = (input: PrepareInput, { places }: JubaoChannel): string | undefined => {
    if (input.pageUrl === undefined || places === undefined) return settings.subAppId ?? input.appId
    assertKnownUnder(input, settings.officialAppId)
    return input.appId
  }

  const extras = (input: PrepareInput, channel: JubaoChannel): Record<string, string | number> => {
    const known = {
      // The field `wallet` is HK for the Hong Kong wallet, which works only in WeChat's browser and has its own payment
      // sheet. All other channels send CN.
      wallet: channel.kind === 'hkjsapi' ? 'HK' : 'CN',
      discount: 0,
      h5_redirect_url: input.pageUrl ?? new URL('/', input.noticeUrl).href,
      sub_appid: subAppIdOf(input, channel),
      sub_openid: input.openid,
      code: input.barcode,
    }
    return Object.fromEntries(
      channel.sends.map((name) => {
        const value = known[name]
        if (value === undefined) throw new AppError('ProviderRefused', `Jubao was not asked: ${name} is missing`)
        return [name, value]
      }),
    )
  }

  return { names, request, read, words, order }
}

function createJubao(settings: JubaoSettings, http: Http): Provider {
  const { key, dialect } = settings
  const { names, request, read, words, order } = createLine(settings)
  const channels = channelsOf(settings)

  // Only the documentation of the payment dialect describes a query by our own number (docs/provider-facts.md 2.5,
  // 2.7).
  const subject = (payment: PaymentRef): Record<string, string> | undefined => {
    if (dialect === 'payment') return { out_trade_no: payment.paymentNo }
    return payment.theirNo === null ? undefined : { order_sn: payment.theirNo }
  }

  const report = (reply: JubaoReply, payment: PaymentRef): PaymentReport =>
    reply.ok
      ? readOrder(reply.data, payment, names)
      : { outcome: meaningOf(reply).query, reason: words(reply), raw: { code: reply.code } }

  // Amounts are in fen. Requests of the dialect boxpay do not say in which currency (聚宝 §2.1): Jubao would read 500
  // Japanese yen as 500 fen. So this dialect accepts only CNY.
  const takesCurrency = (currency: string): boolean =>
    dialect === 'boxpay' ? currency === 'CNY' : decimalsOf(currency) === 2

  return {
    channels,
    takesCurrency,

    async prepare(input) {
      const channel = channels.find(({ code }) => code === input.channel)
      if (!channel) throw new AppError('ProviderRefused', 'Jubao was not asked: the channel is of another dialect')
      if (!takesCurrency(input.currency))
        throw new AppError('ProviderRefused', 'Jubao was not asked: it cannot take this currency')
      const reply = read(await sendOrUnavailable(http, request(paths[dialect].pay, order(input, channel))))
      if (reply.ok || (reply.code === 201 && reply.data)) return readPrepared(reply.data, channel, input, names)
      const { prepare } = meaningOf(reply)
      if (prepare === 'refused') throw new AppError('ProviderRefused', `Jubao refused the payment: ${words(reply)}`)
      if (prepare === 'unavailable') throw new AppError('ProviderUnavailable', `Jubao took no payment: ${words(reply)}`)
      throw new HttpFailure(`the payment may be there: ${words(reply)}`, true)
    },

    query: (payment) =>
      orUnknown<PaymentReport>(async () => {
        const fields = subject(payment)
        if (!fields) return unknown('no order_sn to ask with')
        return report(read(await http(request(paths[dialect].query, fields))), payment)
      }, unknown),

    ...(dialect === 'payment' && {
      close: (payment: PaymentRef) =>
        orUnknown<PaymentReport>(async () => {
          const reply = read(await http(request(closePath, { out_trade_no: payment.paymentNo })))
          // Jubao's document describes only one field of the reply to a close request: the code. If the reply also
          // contains an order, we read the order's state.
          return reply.ok && !reply.data ? { outcome: 'closed', raw: null } : report(reply, payment)
        }, unknown),
    }),

    parseNotice(notice) {
      if (notice.method !== 'POST') throw new AppError('BadInput', 'a notice is a POST')
      const fields = fieldsOf(notice)
      if (!isSignedByJubao(fields, key, dialect))
        throw new AppError('BadSignature', 'the signature is wrong or missing')
      const texts = Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, textOfField(value)]))
      if (!isForUs(texts, names)) throw new WrongMerchant(texts.out_trade_no ?? '')
      // We do not check the notice's age, because a notice contains no time. A replayed notice changes nothing.
      const told = readSigned(texts.out_trade_no, () => readNotice(texts, dialect))
      return { about: 'payment', ...told, ...(isAmbiguous(texts) && { confirm: true }) }
    },

    answer: (verdict) => answers[verdict],
  }
}

// Reads the fields of a notice. Jubao's SDKs read a form, but its document says that a notice is a data stream
// (docs/provider-facts.md 2.6). A body that begins with a brace is read as JSON, because no form begins with one.
function fieldsOf({ body }: RawRequest): JubaoFields {
  if (!/^\s*\{/.test(Buffer.from(body.subarray(0, 16)).toString('latin1'))) return readForm(body)
  const { fields, arrays } = readFlatJson(body)
  if (arrays.length > 0) throw new AppError('BadInput', 'a notice has no lists')
  return fields
}

const decoder = new TextDecoder()

const textOfField = (value: string | Uint8Array): string => (typeof value === 'string' ? value : decoder.decode(value))

export const jubao = defineProvider<JubaoSettings>({
  code: 'jubao',
  names: { zh: '聚宝支付', en: 'Jubao Pay' },
  fields: {
    baseUrl: { zh: '接口地址', en: 'API address' },
    mchId: { zh: '商户号', en: 'Merchant number' },
    key: { zh: '商户密钥', en: 'Merchant key' },
    version: { zh: '签名版本', en: 'Signature version' },
    encoding: {
      zh: '请求格式',
      en: 'Request format',
      choices: { json: { zh: 'JSON', en: 'JSON' }, form: { zh: '表单', en: 'Form' } },
    },
    dialect: { zh: '接口类型', en: 'API type' },
    appId: { zh: 'AppID', en: 'AppID' },
    subAppId: { zh: '子 AppID', en: 'Sub AppID' },
    officialAppId: {
      zh: '公众号 AppID（在微信内的网页支付）',
      en: 'Official account AppID, for paying in WeChat’s browser',
    },
    hongKong: {
      zh: '微信香港钱包（公众号，需开通）',
      en: 'WeChat Pay HK in the official account (enable it at Jubao first)',
    },
  },
  // A payment number can be used only once (聚宝 §1.6, code 40106).
  repeat: 'new',
  judgeKeys: judgeJubaoKeys,
  settings,
  account: ['mchId', 'dialect'],
  channels: jubaoChannels,
  create: createJubao,
})
