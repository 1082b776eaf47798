// The Unified pay platform (统一支付平台): h5/pay, pc/pay, payment pages, query, queryInfo, wechatQuery and the notice. Its
// document describes no close, no refund and no bill.
import * as z from 'zod/mini'
import { AppError } from '../../domain/errors'
import { safeWords } from '../codecs'
import {
  defineProvider,
  fitBytes,
  type Http,
  type HttpAnswer,
  HttpFailure,
  type HttpRequest,
  orUnknown,
  type PaymentRef,
  type PaymentReport,
  type PrepareInput,
  type Provider,
  readSigned,
  sendOrUnavailable,
} from '../provider'
import { baseUrl, secret, text } from '../signing'
import { isSignedByUnified, signUnified } from './sign'
import {
  allowsPayType,
  currencies,
  judgeUnifiedKeys,
  openidAddress,
  pageAddress,
  purchaseFields,
  queryText,
  readInfo,
  readNotice,
  readPayInfo,
  readUnifiedReply,
  type UnifiedReply,
  unifiedChannels,
} from './wire'

const settings = z.strictObject({
  baseUrl: baseUrl(),
  domainCode: text(),
  domainSecret: secret(),
  // Whether the two addresses are signed URL-encoded. The samples in the platform's document sign plain values, but one
  // merchant's integration signs encoded addresses. So staff can choose (docs/provider-facts.md 5.2).
  signUrlsEncoded: z._default(z.boolean(), false),
  /** the address with the name GET_OPENID_URI in the platform's document, which does not tell the address itself */
  openidUrl: z.optional(baseUrl()),
  /** the exchange rate between CNY and USD, such as "6.8"; some merchants must send it with each payment */
  rate: z.optional(z.string().check(z.regex(/^\d{1,6}(\.\d{1,8})?$/, 'not a rate'))),
})

type UnifiedSettings = z.output<typeof settings>

const plain = { 'content-type': 'text/plain; charset=utf-8' }
// Our answers to a notice (PC申请支付接口, bgUrl): "success" confirms the notice, and every other answer rejects it.
const answers: Record<'accepted' | 'rejected', HttpAnswer> = {
  accepted: { statusCode: 200, headers: plain, body: 'success' },
  rejected: { statusCode: 200, headers: plain, body: 'fail' },
}

// The errcode that says that the shopper has not paid yet (PC微信支付查询结果接口).
const polling = '30000'

const unknown = (reason: string) => ({ outcome: 'unknown' as const, reason, raw: null })

/** Makes signed requests to the platform. */
function createLine(settings: UnifiedSettings) {
  const { domainCode, domainSecret } = settings
  const rate = settings.rate ?? ''

  const get = (path: string, fields: Record<string, string>): HttpRequest => ({
    method: 'GET',
    url: `${settings.baseUrl}/pay/api/${path}?${queryText(fields)}`,
  })

  const signed = (fields: Record<string, string>): Record<string, string> => ({
    ...fields,
    sign: signUnified(fields, domainSecret),
  })

  const purchase = (input: PrepareInput) => ({
    domainCode,
    money: input.amountFen,
    // The platform's document does not limit the length of the field `info` (docs/provider-facts.md 5.3). WeChat shows
    // this text and accepts 128 bytes, so we send at most 128 bytes.
    info: fitBytes(input.title, 128),
    requestKey: input.paymentNo,
    currencyType: input.currency,
    bgUrl: input.noticeUrl,
    // A payment in a mini-program has no page of ours to return to, so we send our own origin.
    pageUrl: input.pageUrl ?? new URL('/', input.noticeUrl).href,
    rate,
  })

  const signPurchase = (fields: Record<string, string>): Record<string, string> => {
    const { pageUrl = '', bgUrl = '' } = fields
    const asSigned = settings.signUrlsEncoded
      ? { ...fields, pageUrl: encodeURIComponent(pageUrl), bgUrl: encodeURIComponent(bgUrl) }
      : fields
    return { ...fields, sign: signUnified(asSigned, domainSecret) }
  }

  // The platform's own pages add payTypeCode and openid after the merchant has signed, and do not sign again. So the
  // signature does not cover these two fields (docs/provider-facts.md 5.2: inferred).
  const asPage = (fields: Record<string, string>, late: Record<string, string>): Record<string, string> => ({
    ...signPurchase({ ...fields, payTypeCode: '' }),
    ...late,
  })

  const words = ({ errcode, errormsg }: UnifiedReply): string =>
    `errcode ${errcode} ${safeWords(errormsg, [domainSecret])}`.trim()

  return { domainCode, rate, get, signed, purchase, signPurchase, asPage, words }
}

type Line = ReturnType<typeof createLine>

/** Makes the functions that ask the platform about a payment. */
function createQuestions({ domainCode, rate, get, signed, words }: Line, http: Http) {
  const requirePayType = async (): Promise<void> => {
    const request = get('pc/pay-types', { domainCode, paySceneName: 'pc' })
    const answer = await http(request).catch((error: unknown) => {
      if (!(error instanceof HttpFailure)) throw error
      // We have not requested a payment yet, so a lost reply does no harm.
      throw new AppError('ProviderUnavailable', 'the platform did not say how it can be paid', { cause: error })
    })
    const allowed = await orUnknown(
      async () => allowsPayType(readUnifiedReply(answer), 'Wechat'),
      () => true,
    )
    if (!allowed) throw new AppError('ProviderRefused', 'WeChat Pay is not open for this domainCode')
  }

  const askInfo = async (payment: PaymentRef): Promise<PaymentReport> => {
    const subject = signed({ domainCode, requestKey: payment.paymentNo })
    const info = readUnifiedReply(await http(get('private/pay/queryInfo', subject)))
    if (info.errcode === '0') return readInfo(info, payment.paymentNo, domainCode) ?? askUnpaid(payment)
    // The call `query` can say that nothing was paid. It does not tell the amount, so it cannot confirm a payment.
    const simple = readUnifiedReply(await http(get('private/pay/query', subject)))
    const nothingCame = simple.errcode === '0' && simple.obj === false
    return nothingCame ? { outcome: 'pending', raw: null } : unknown(words(info))
  }

  // Asks about a payment that queryInfo does not have. queryInfo has only successful payments; for a payment by code,
  // wechatQuery also reports failures.
  const askUnpaid = async (payment: PaymentRef): Promise<PaymentReport> => {
    if (payment.channel !== 'pc') return { outcome: 'pending', raw: null }
    // In the platform's document, wechatQuery repeats all fields of the payment. We leave out the fields that only the
    // platform's page needs.
    const known = {
      domainCode,
      requestChannel: '1',
      money: String(payment.amountFen),
      requestKey: payment.paymentNo,
      currencyType: payment.currency,
      rate,
    }
    const reply = readUnifiedReply(await http(get('pc/wechatQuery', { ...signed(known), payTypeCode: 'Wechat' })))
    if (reply.errcode === polling) return { outcome: 'pending', raw: null }
    // wechatQuery reports that the payment is paid, but queryInfo did not have it a moment ago. A later query must tell
    // the amount.
    if (reply.errcode === '0') return unknown('paid, but how much is not known yet')
    return { outcome: 'declined', reason: words(reply), raw: { errcode: reply.errcode } }
  }

  return { requirePayType, askInfo }
}

function createUnified(settings: UnifiedSettings, http: Http): Provider {
  const { domainCode, domainSecret } = settings
  const line = createLine(settings)
  const { purchase, signPurchase, asPage, words } = line
  const { requirePayType, askInfo } = createQuestions(line, http)

  return {
    channels: unifiedChannels.filter(({ openidOf }) => openidOf === undefined || settings.openidUrl !== undefined),
    takesCurrency: (currency) => currencies.includes(currency),

    async prepare(input) {
      const channel = unifiedChannels.find(({ code }) => code === input.channel)
      if (!channel) throw new AppError('ProviderRefused', 'the platform was not asked: it has no such channel')
      if (!currencies.includes(input.currency))
        throw new AppError('ProviderRefused', 'the platform was not asked: it takes CNY and USD')
      const { by, payTypeCode } = channel
      // We send nothing now. When the payer's openid is known, this function is called again (H5微信支付请求openid).
      if (input.sheetUrl !== undefined && settings.openidUrl !== undefined)
        return { payInfo: openidAddress(settings.openidUrl, domainCode, input.sheetUrl) }
      const fields = purchaseFields(purchase(input), payTypeCode)
      // We send nothing now. The platform gets the payment when the shopper opens the page.
      if (by === 'mpay.html' || by === 'pay.html')
        return { payInfo: pageAddress(settings.baseUrl, by, signPurchase(fields)) }
      if (by === 'pc/pay') await requirePayType()
      const late = { payTypeCode, ...(by === 'h5/pay' && { openid: input.openid }) }
      const request: HttpRequest = {
        method: 'POST',
        url: `${settings.baseUrl}/pay/api/${by}`,
        headers: { 'content-type': 'application/json;charset=utf-8' },
        body: JSON.stringify(asPage(fields, late)),
      }
      const reply = readUnifiedReply(await sendOrUnavailable(http, request))
      // Even if the platform has created a payment, nobody can pay it, because no phone has got its data.
      if (reply.errcode !== '0') throw new AppError('ProviderRefused', `the platform refused: ${words(reply)}`)
      return { payInfo: readPayInfo(reply, by) }
    },

    query: (payment) => orUnknown<PaymentReport>(() => askInfo(payment), unknown),

    parseNotice(notice) {
      if (notice.method !== 'GET') throw new AppError('BadInput', 'a notice is a GET')
      const fields = notice.query
      // Refuse lone surrogates, because different texts that contain them have the same digest.
      if (Object.values(fields).some((value) => /\p{Surrogate}/u.test(value)))
        throw new AppError('BadInput', 'a value is no text')
      if (!isSignedByUnified(fields, domainSecret))
        throw new AppError('BadSignature', 'the signature is wrong or missing')
      // The signature covers the values of the fields, but not their names. Somebody could take a notice about us and
      // move its values to other fields. So a wrong domainCode does not prove that the notice belongs to another
      // merchant.
      if (fields.domainCode !== domainCode) throw new AppError('BadSignature', 'the notice names another merchant')
      // The signature does not prove which field each value belongs to. So only queryInfo can settle the payment
      // (docs/provider-facts.md 5.2).
      return { about: 'payment', ...readSigned(fields.requestKey, () => readNotice(fields)), confirm: true }
    },

    answer: (verdict) => answers[verdict],
  }
}

export const unified = defineProvider<UnifiedSettings>({
  code: 'unified',
  names: { zh: '统一支付平台', en: 'Unified Payment Platform' },
  fields: {
    baseUrl: { zh: '接口地址', en: 'API address' },
    domainCode: { zh: '域名编码', en: 'Domain code' },
    domainSecret: { zh: '域名密钥', en: 'Domain secret' },
    signUrlsEncoded: { zh: '地址先编码再签名', en: 'Encode URLs before signing' },
    openidUrl: { zh: '获取 openid 的页面地址', en: 'Address of the openid page' },
    rate: { zh: '汇率', en: 'Exchange rate' },
  },
  // A number can be paid more than once, but queryInfo shows only its first payment. So each attempt has a number of
  // its own.
  repeat: 'new',
  judgeKeys: judgeUnifiedKeys,
  settings,
  account: ['domainCode'],
  channels: unifiedChannels,
  create: createUnified,
})
