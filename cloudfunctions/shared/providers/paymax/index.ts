// Paymax: charges (create 下单, query 查询, close 关闭), refunds, the statement and the webhooks. Paymax has no contracts.
import * as z from 'zod/mini'
import { beijingDay, hourMs } from '../../../../miniprogram/rules/beijing'
import { AppError } from '../../domain/errors'
import { safeWords } from '../codecs'
import {
  assertKnownUnder,
  type BillRow,
  billBytes,
  billOrUnavailable,
  type Chance,
  type Channel,
  defineProvider,
  type Http,
  type HttpAnswer,
  type HttpRequest,
  type Notice,
  orNotSent,
  orUnknown,
  type PaymentRef,
  type PaymentReport,
  type PrepareInput,
  type Provider,
  type RefundAnswer,
  type RefundInput,
  readSigned,
  sendOrUnavailable,
  unreadable,
  WrongMerchant,
} from '../provider'
import { baseUrl, privateKeyText, publicKeyText, randomHex, secret, secureChance, text, weChatAppId } from '../signing'
import { isSignedWebhook, readPaymaxKeys, signPaymaxRequest } from './sign'
import {
  chargeBody,
  chargeOfRefund,
  chargeReport,
  findRefund,
  judgePaymaxKeys,
  meaningOf,
  ownRefundNo,
  type PaymaxFields,
  type PaymaxReply,
  readBill,
  readCharge,
  readPrepared,
  readRefund,
  readReply,
  readStatement,
  readWebhook,
  refundBody,
  refundReport,
  wechatWapMs,
} from './wire'

const settings = z.strictObject({
  // The address of Paymax's server: in production https://www.paymax.cc/merchant-api. The last part of this path is not
  // signed (docs/provider-facts.md 3.3).
  baseUrl: baseUrl(),
  app: text(),
  // The secret key is sent in a header, and it is one line of the signed text.
  secretKey: secret(/^[\x21-\x7e]+$/, 'not printable characters without blanks'),
  privateKey: privateKeyText(),
  platformPublicKey: publicKeyText(),
  // The official account that the merchant has bound at Paymax, for payments in WeChat's browser (公众号支付).
  officialAppId: z.optional(weChatAppId()),
  // Whether Paymax has enabled the payment pages of Alipay and Lakala, for browsers outside WeChat.
  web: z.optional(z.boolean()),
})

type PaymaxSettings = z.output<typeof settings>

const plain = { 'content-type': 'text/plain; charset=utf-8' }
// Our answers to a webhook (webhooks通知). For a success the answer must be HTTP 200 with exactly `success`. After any
// other answer Paymax repeats the webhook.
const answers: Record<'accepted' | 'rejected', HttpAnswer> = {
  accepted: { statusCode: 200, headers: plain, body: 'success' },
  rejected: { statusCode: 400, headers: plain, body: 'fail' },
}

const unknown = (reason: string) => ({ outcome: 'unknown' as const, reason, raw: null })

// The statements that we download (下载对账单). The statement ALL does not list payments in the official account (公众号) and
// by WeChat's QR code (微信扫码): they are in WECHAT_CSB. It does not list payments by Alipay's QR code (支付宝扫码) either:
// they are in ALIPAY_CSB.
const statements = [
  { channelCategory: 'WECHAT', statementType: 'WECHAT_CSB' },
  { channelCategory: 'ALIPAY', statementType: 'ALIPAY_CSB' },
]
const webStatements = [
  { channelCategory: 'ALIPAY', statementType: 'SUCCESS' },
  { channelCategory: 'LAKALA', statementType: 'SUCCESS' },
  { channelCategory: 'LAKALA', statementType: 'REFUND' },
]

/** Signs requests to Paymax, sends them, and reads the replies. */
function createLine(settings: PaymaxSettings, http: Http, chance: Chance) {
  const { secretKey } = settings
  const keys = readPaymaxKeys(settings)
  const secrets = [secretKey, settings.privateKey]

  const request = (method: 'GET' | 'POST', uri: string, body: string, now: number): HttpRequest => {
    const signed = {
      method,
      uri,
      query: '',
      nonce: randomHex(chance),
      timestamp: String(now),
      authorization: secretKey,
      body,
    }
    return {
      method,
      url: settings.baseUrl + uri,
      headers: {
        'content-type': 'application/json;charset=utf-8',
        authorization: secretKey,
        nonce: signed.nonce,
        timestamp: signed.timestamp,
        sign: signPaymaxRequest(signed, keys.privateKey),
      },
      ...(method === 'POST' && { body }),
    }
  }

  const ask = async (uri: string, now: number): Promise<PaymaxReply> =>
    readReply(await http(request('GET', uri, '', now)), keys, now)

  const wordsOf = ({ code, message }: Extract<PaymaxReply, { ok: false }>): string =>
    safeWords(`${code} ${message}`, secrets)

  return { keys, secrets, request, ask, wordsOf }
}

type Line = ReturnType<typeof createLine>

const chargeUri = (chargeId: string): string => `/v1/charges/${encodeURIComponent(chargeId)}`

/** Makes the functions that ask Paymax about a charge and its refunds, and that read statements. */
function createQuestions({ request, ask, wordsOf }: Line, { app, secretKey }: PaymaxSettings, http: Http) {
  const query = (payment: PaymentRef): Promise<PaymentReport> =>
    orUnknown<PaymentReport>(async () => {
      // Paymax finds a charge only by Paymax's own number (查询支付). We do not have this number if the reply to the
      // creation of the charge got lost.
      if (payment.theirNo === null) return unknown('no charge id')
      const reply = await ask(chargeUri(payment.theirNo), payment.now)
      if (!reply.ok) return { ...unknown(wordsOf(reply)), raw: reply }
      return readCharge(reply.fields, { ...payment, app })
    }, unknown)

  const askRefund = async (input: RefundInput): Promise<RefundAnswer> => {
    const { payment, theirRefundNo, refundNo, now } = input
    if (payment.theirNo === null) return unknown('no charge id')
    const uri = chargeUri(payment.theirNo)
    if (theirRefundNo !== null) {
      const reply = await ask(`${uri}/refunds/${encodeURIComponent(theirRefundNo)}`, now)
      if (!reply.ok) return { ...unknown(wordsOf(reply)), raw: reply }
      return readRefund(reply.fields, { theirNo: theirRefundNo, refundNo })
    }
    const reply = await ask(uri, now)
    if (!reply.ok) return { ...unknown(wordsOf(reply)), raw: reply }
    if (reply.fields.id !== payment.theirNo || reply.fields.order_no !== payment.paymentNo)
      return { ...unknown('another charge'), raw: reply }
    const found = findRefund(reply.fields, input)
    // The charge object lists all refunds of the charge (查询支付), so a refund that is not listed does not exist.
    if (found === 'none') return { outcome: 'notFound', raw: reply }
    if (found === 'unsure') return { ...unknown('a refund of this charge does not say whose it is'), raw: reply }
    return readRefund(found, { theirNo: null, refundNo })
  }

  function refundNotice(data: PaymaxFields, paymentNo: string): Notice {
    const report = refundReport(data)
    const refundNo = ownRefundNo(data, secretKey)
    if (refundNo !== undefined) return { about: 'refund', refundNo, report }
    // A refund without our number was made in Paymax's console, or by another merchant. Only a query about the charge
    // can tell which.
    const outcome = report.outcome === 'refunded' ? 'refunded' : 'unknown'
    // The refund object names its charge. So we know which charge was refunded, even if two charges have the same
    // payment number.
    const theirNo = chargeOfRefund(data)
    return {
      about: 'payment',
      paymentNo,
      confirm: true,
      report: { outcome, ...(theirNo !== undefined && { theirNo }), raw: data },
    }
  }

  async function statementRows(day: string, now: number, statement: object): Promise<BillRow[]> {
    const body = JSON.stringify({ appointDay: day.replaceAll('-', ''), ...statement })
    const reply = await billOrUnavailable(async () =>
      readStatement(await http({ ...request('POST', '/v2/statement/download', body, now), maxBytes: billBytes })),
    )
    if (reply.ok) return billOrUnavailable(async () => readBill(reply.text))
    // A merchant who has not enabled Alipay gets the code CHANNEL_NOT_AVAILABLE for Alipay's statement, but still has
    // WeChat's statements.
    if (reply.code === 'CHANNEL_NOT_AVAILABLE') return []
    const code = meaningOf(reply.code) === 'refused' ? 'ProviderRefused' : 'ProviderUnavailable'
    throw new AppError(code, `Paymax gives no statement: ${wordsOf(reply)}`)
  }

  return { query, askRefund, refundNotice, statementRows }
}

const alipay = { payType: 'Alipay', kind: 'link' } as const
const lakala = { payType: 'ChinapayOld', kind: 'link' } as const

// The channels of Paymax (支付渠道编码). The channels for native apps are left out.
const channels = [
  // Payments in the official account (公众号), for WeChat's browser. In a mini-program this channel works only if the
  // merchant has bound the mini-program's appid at Paymax, too (docs/provider-facts.md 3.5: inferred).
  {
    code: 'wechat_wap',
    name: '微信支付',
    nameEn: 'WeChat Pay',
    payType: 'Wechat',
    kind: 'jsapi',
    payInfoMs: wechatWapMs,
  },
  { code: 'wechat_csb', name: '微信扫码支付', nameEn: 'WeChat Pay QR code', payType: 'Wechat', kind: 'qrcode' },
  { code: 'alipay_csb', name: '支付宝扫码支付', nameEn: 'Alipay QR code', payType: 'Alipay', kind: 'qrcode' },
  { ...alipay, code: 'alipay_web', name: '支付宝', nameEn: 'Alipay', places: ['pc'] },
  { ...lakala, code: 'lakala_web', name: '网银支付', nameEn: 'Online banking', places: ['pc'] },
  { ...lakala, code: 'lakala_web_fast', name: '银行卡快捷支付', nameEn: 'Bank card', places: ['pc'] },
  { ...lakala, code: 'lakala_h5', name: '银行卡支付', nameEn: 'Bank card', places: ['wechat', 'mobile'] },
] as const satisfies readonly Channel[]

const channelsOf = ({ officialAppId, web }: PaymaxSettings): readonly Channel[] =>
  channels
    .filter(({ kind }) => kind !== 'link' || web === true)
    .map((channel) =>
      channel.kind === 'jsapi' && officialAppId !== undefined
        ? { ...channel, places: ['miniprogram', 'wechat'] }
        : channel,
    )

const takesCurrency = (currency: string): boolean => currency === 'CNY'

function assertPossible(input: PrepareInput, { officialAppId }: PaymaxSettings): void {
  if (!takesCurrency(input.currency)) throw new AppError('ProviderRefused', 'Paymax takes CNY only')
  if (input.channel === 'wechat_wap' && input.pageUrl !== undefined) assertKnownUnder(input, officialAppId)
}

function createPaymax(settings: PaymaxSettings, http: Http, chance: Chance = secureChance): Provider {
  const { app, secretKey } = settings
  const line = createLine(settings, http, chance)
  const { keys, secrets, request, ask, wordsOf } = line
  const { query, askRefund, refundNotice, statementRows } = createQuestions(line, settings, http)

  return {
    byTheirNo: true,

    channels: channelsOf(settings),
    takesCurrency,

    async prepare(input) {
      assertPossible(input, settings)
      const sent = request('POST', '/v1/charges', chargeBody(input, app), input.now)
      const reply = readReply(await sendOrUnavailable(http, sent), keys, input.now)
      if (!reply.ok) {
        if (meaningOf(reply.code) === 'refused')
          throw new AppError('ProviderRefused', `Paymax refused the payment: ${wordsOf(reply)}`)
        throw unreadable(wordsOf(reply))
      }
      if (reply.fields.order_no === input.paymentNo && reply.fields.status === 'FAILED')
        throw new AppError('ProviderRefused', `the charge failed: ${safeWords(reply.fields.failure_code, secrets)}`)
      return readPrepared(reply.fields, input)
    },

    query,

    close: (payment) =>
      orUnknown<PaymentReport>(async () => {
        if (payment.theirNo === null) return unknown('no charge id')
        const reply = await ask(`${chargeUri(payment.theirNo)}/close`, payment.now)
        // SUCCEED means that the charge is closed. But in a charge object SUCCEED would mean that the charge is paid.
        const isCharge = reply.ok && (reply.fields.id !== undefined || reply.fields.order_no !== undefined)
        if (reply.ok && !isCharge && reply.fields.status === 'SUCCEED') return { outcome: 'closed', raw: reply.fields }
        // Paymax refused to close the charge, because the charge is already paid or closed. A query tells which of the
        // two.
        return query(payment)
      }, unknown),

    refund: (input) =>
      orNotSent(async () => {
        // Paymax does not take our refund number, so Paymax would not recognise a repeated refund. So we first ask
        // which refunds the charge has.
        const known = await askRefund(input)
        if (known.outcome !== 'notFound') return known
        const uri = `${chargeUri(input.payment.theirNo ?? '')}/refunds`
        const reply = readReply(
          await http(request('POST', uri, refundBody(input, secretKey), input.now)),
          keys,
          input.now,
        )
        if (reply.ok) return readRefund(reply.fields, { theirNo: null, refundNo: input.refundNo })
        const outcome = meaningOf(reply.code) === 'refused' ? 'refused' : 'unknown'
        return { outcome, reason: wordsOf(reply), raw: reply }
      }),

    queryRefund: (input) => orUnknown<RefundAnswer>(() => askRefund(input), unknown),

    async bill(day, now) {
      if (day >= beijingDay(now)) throw new AppError('ProviderRefused', 'a statement is ready on the next day')
      const rows: BillRow[] = []
      for (const statement of settings.web ? [...statements, ...webStatements] : statements)
        rows.push(...(await statementRows(day, now, statement)))
      return rows
    },

    parseNotice(notice) {
      if (notice.method !== 'POST') throw new AppError('BadInput', 'a webhook is a POST')
      if (!isSignedWebhook(notice.body, notice.headers.sign, keys.platformPublicKey))
        throw new AppError('BadSignature', 'the signature is wrong or missing')
      const { type, data, paymentNo } = readSigned(undefined, () => readWebhook(notice.body))
      // We do not check the webhook's age, because Paymax repeats webhooks for 36 hours and the signature covers no
      // time. A replayed webhook changes nothing.
      if (data.app !== undefined && data.app !== app) throw new WrongMerchant(paymentNo)
      if (type === 'REFUND') return readSigned(paymentNo, () => refundNotice(data, paymentNo))
      // Paymax signs the webhooks of all merchants with one key. So only the field `app` shows whose charge this is,
      // and the sample in Paymax's document lacks this field. A charge without `app` may belong to another merchant, so
      // we confirm it by a query.
      return {
        about: 'payment',
        paymentNo,
        report: readSigned(paymentNo, () => chargeReport(data)),
        ...(data.app === undefined && { confirm: true }),
      }
    },

    answer: (verdict) => answers[verdict],
  }
}

export const paymax = defineProvider<PaymaxSettings>({
  code: 'paymax',
  names: { zh: 'Paymax', en: 'Paymax' },
  fields: {
    baseUrl: { zh: '接口地址', en: 'API address' },
    app: { zh: '应用编号', en: 'App key' },
    secretKey: { zh: 'SecretKey', en: 'SecretKey' },
    privateKey: { zh: '商户私钥', en: 'Merchant private key' },
    platformPublicKey: { zh: '平台公钥', en: 'Provider public key' },
    officialAppId: {
      zh: '公众号 AppID（在微信内的网页支付）',
      en: 'Official account AppID, for paying in WeChat’s browser',
    },
    web: {
      zh: '浏览器里的支付宝和银行卡支付（需开通）',
      en: 'Alipay and bank cards in browsers (enable them at Paymax first)',
    },
  },
  // A payment number can be used only once (error ORDER_NO_DUPLICATE).
  repeat: 'new',
  noticeIsEntered: true,
  judgeKeys: judgePaymaxKeys,
  settings,
  account: ['app'],
  // The sample keys in Paymax's document have 1024 bits, so such short keys are allowed (docs/provider-facts.md 3.1).
  leastKeyBits: 1_024,
  channels,
  // A day's statement is ready at about 11:00 on the next day (下载对账单). Paymax's document does not say in which day's
  // statement a refund is listed, and the row of a refund contains only the time of the payment.
  bills: { readyMs: 11 * hourMs, refundDay: 'unknown' },
  create: createPaymax,
})
