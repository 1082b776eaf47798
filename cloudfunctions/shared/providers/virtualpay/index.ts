// WeChat's virtual payment (虚拟支付), for virtual products that are bought inside the mini-program. Our server does not
// create an order at WeChat. It only signs the parameters with which the phone opens the sheet. WeChat reports payments
// by its message push. We read no bills, because no page describes their rows.
import * as z from 'zod/mini'
import { AppError } from '../../domain/errors'
import { safeWords } from '../codecs'
import {
  defineProvider,
  type Http,
  type HttpAnswer,
  HttpFailure,
  type HttpRequest,
  type Notice,
  orNotSent,
  orUnknown,
  type PaymentReport,
  type PrepareInput,
  type Provider,
  type PushEvent,
  type RefundAnswer,
  type RefundInput,
  type RefundSent,
  readSigned,
  sendOrUnavailable,
  unreadable,
  WrongMerchant,
} from '../provider'
import { baseUrl, secret, text, weChatAppId } from '../signing'
import { sheetPath, signAsPerson, signPay } from './sign'
import {
  isOfApple,
  isTokenOver,
  judgeXpayKeys,
  leftFen,
  paymentReport,
  readDelivery,
  readRefundEvent,
  readSession,
  readToken,
  readXpayOrder,
  readXpayReply,
  refundedByApple,
  refundReport,
  refusalOfRefund,
  type XpayOrder,
  type XpayReply,
} from './wire'

const settings = z.strictObject({
  baseUrl: baseUrl(),
  appId: weChatAppId(),
  appSecret: secret(),
  offerId: text(),
  // The AppKey. Production and sandbox have different AppKeys; enter the AppKey of the environment that `sandbox`
  // chooses.
  appKey: secret(),
  sandbox: z.optional(z.boolean()),
})

type XpaySettings = z.output<typeof settings>

const json = { 'content-type': 'application/json' }
const plain = { 'content-type': 'text/plain; charset=utf-8' }
const answers: Record<'accepted' | 'rejected', HttpAnswer> = {
  accepted: { statusCode: 200, headers: plain, body: 'success' },
  rejected: { statusCode: 403, headers: plain, body: 'forbidden' },
}

const unknown = (reason: string) => ({ outcome: 'unknown' as const, reason, raw: null })

const deliverEvent = 'xpay_goods_deliver_notify'
const refundEvent = 'xpay_refund_notify'

// How long before the end of an access token we replace the token, in ms.
const tokenMarginMs = 5 * 60_000

/** Makes calls to WeChat's server, with an access token that is kept as long as it is valid. */
function createLine({ baseUrl, appId, appSecret, appKey, sandbox }: XpaySettings, http: Http) {
  const env = sandbox === true ? 1 : 0
  const secrets = [appSecret, appKey]
  const wordsOf = ({ code, words }: XpayReply): string => `${code} ${safeWords(words, secrets)}`.trim()
  let kept: { token: string; until: number } | undefined

  const post = (path: string, query: string, body: string): HttpRequest => ({
    method: 'POST',
    url: `${baseUrl}${path}${query}`,
    headers: json,
    body,
  })

  const tokenAt = async (now: number): Promise<string> => {
    if (kept && now < kept.until) return kept.token
    const body = JSON.stringify({ grant_type: 'client_credential', appid: appId, secret: appSecret })
    const reply = readXpayReply(await http(post('/cgi-bin/stable_token', '', body)))
    if (reply.code !== 0) throw unreadable(`the token: ${reply.code}`)
    const { token, lifeMs } = readToken(reply.fields)
    kept = { token, until: now + lifeMs - tokenMarginMs }
    return token
  }

  /** Makes one signed call. @throws HttpFailure if there is no readable reply */
  const call = async (path: string, fields: object, now: number): Promise<XpayReply> => {
    const body = JSON.stringify({ ...fields, env })
    const query = `?access_token=${encodeURIComponent(await tokenAt(now))}&pay_sig=${signPay(path, body, appKey)}`
    const reply = readXpayReply(await http(post(path, query, body)))
    if (isTokenOver(reply.code)) kept = undefined
    return reply
  }

  return { env, call, wordsOf }
}

type Line = ReturnType<typeof createLine>

/**
 * Makes the function that prepares a payment. The function exchanges the code from wx.login for the person's session
 * key, and signs the payment with this key. The session key is not stored.
 */
function createPrepare(
  { baseUrl, appId, appSecret, offerId, appKey }: XpaySettings,
  { env, wordsOf }: Line,
  http: Http,
): Provider['prepare'] {
  const refuse = (why: string) => new AppError('ProviderRefused', `Virtual payment refused the payment: ${why}`)

  const sessionOf = async (code: string) => {
    const query = new URLSearchParams({
      appid: appId,
      secret: appSecret,
      js_code: code,
      grant_type: 'authorization_code',
    })
    const url = `${baseUrl}/sns/jscode2session?${query}`
    const reply = readXpayReply(await sendOrUnavailable(http, { method: 'GET', url }))
    // WeChat's system is busy. Nothing was created, so the shopper can try again.
    if (reply.code === -1) throw new AppError('ProviderUnavailable', 'WeChat is busy')
    if (reply.code !== 0) throw refuse(wordsOf(reply))
    return readSession(reply.fields)
  }

  return async ({ paymentNo, amountFen, currency, openid, item, loginCode }: PrepareInput) => {
    if (currency !== 'CNY') throw new AppError('ProviderRefused', 'virtual payment takes CNY only')
    if (!item || item.priceFen * item.quantity !== amountFen)
      throw new AppError('ProviderRefused', 'virtual payment sells one product at a time')
    if (loginCode === undefined) throw new AppError('ProviderRefused', 'the phone sent no login code')
    const session = await sessionOf(loginCode)
    if (session.openid !== openid) throw new AppError('ProviderRefused', 'the login is another person’s')
    const signData = JSON.stringify({
      offerId,
      buyQuantity: item.quantity,
      env,
      currencyType: currency,
      productId: item.sku,
      goodsPrice: item.priceFen,
      outTradeNo: paymentNo,
      attach: paymentNo,
    })
    const paySig = signPay(sheetPath, signData, appKey)
    const signature = signAsPerson(signData, session.sessionKey)
    return { payInfo: JSON.stringify({ mode: 'short_series_goods', signData, paySig, signature }) }
  }
}

function createQuestions({ call, wordsOf }: Line) {
  /**
   * Asks WeChat about an order or refund.
   * @throws HttpFailure, also for a refusal, because no page names the code for an order that WeChat does not know
   */
  const orderOf = async (no: string, openid: string, now: number): Promise<XpayOrder> => {
    const reply = await call('/xpay/query_order', { openid, order_id: no }, now)
    if (reply.code !== 0) throw unreadable(wordsOf(reply))
    const order = readXpayOrder(reply.fields)
    if (order.order_id !== no) throw unreadable('another order')
    return order
  }

  const refund = async (input: RefundInput): Promise<RefundSent> => {
    const { payment, refundNo, amountFen, now } = input
    const order = await asked(() => orderOf(payment.paymentNo, payment.openid, now))
    if (isOfApple(order)) return { outcome: 'refused', reason: refundedByApple, raw: null }
    const wish = {
      openid: payment.openid,
      order_id: payment.paymentNo,
      refund_order_id: refundNo,
      left_fee: await asked(async () => leftFen(order)),
      refund_fee: amountFen,
      biz_meta: '',
      // refund_reason 5: another reason. req_from 1: the shop's staff asked for the refund.
      refund_reason: '5',
      req_from: '1',
    }
    const reply = await call('/xpay/refund_order', wish, now)
    if (reply.code === 0) return { outcome: 'pending', raw: reply.fields }
    // WeChat did not accept our access token and has done nothing. The next call gets a new token.
    if (isTokenOver(reply.code)) return { outcome: 'notSent', reason: wordsOf(reply), raw: reply.fields }
    const refusal = refusalOfRefund(reply.code)
    if (refusal === 'later') return { outcome: 'notSent', reason: wordsOf(reply), raw: reply.fields }
    return { ...unknown(wordsOf(reply)), ...(refusal && { outcome: 'refused' as const }) }
  }

  return { orderOf, refund }
}

/** Runs a query that we need before we send a refund. If the query fails, the refund was certainly not sent. */
async function asked<T>(question: () => Promise<T>): Promise<T> {
  try {
    return await question()
  } catch (cause) {
    throw new HttpFailure('the refund was not sent', false, { cause })
  }
}

/**
 * Reads an event about a virtual payment.
 * @throws WrongMerchant if production receives an event of the sandbox, or the sandbox an event of production;
 * Unreadable
 */
function noticeOf({ name, fields, isSealed }: PushEvent, env: number): Notice | undefined {
  if (name === deliverEvent) {
    const paymentNo = typeof fields.OutTradeNo === 'string' ? fields.OutTradeNo : ''
    if (String(fields.Env ?? '0') !== String(env)) throw new WrongMerchant(paymentNo)
    const report = readSigned(paymentNo, () => readDelivery(fields))
    return { about: 'payment', paymentNo, report, ...(!isSealed && { confirm: true }) }
  }
  // A stranger could have written an unencrypted event. So ignore an unencrypted event about a refund; the timer asks
  // WeChat about each refund anyway.
  if (name !== refundEvent || !isSealed) return undefined
  const no = typeof fields.MchOrderId === 'string' ? fields.MchOrderId : ''
  const { refundNo, paymentNo, report } = readSigned(no, () => readRefundEvent(fields))
  return { about: 'refund', refundNo, report, of: { paymentNo } }
}

function createVirtualPayment(settings: XpaySettings, http: Http): Provider {
  const line = createLine(settings, http)
  const { orderOf, refund } = createQuestions(line)
  return {
    shopperName: (openid) => openid,

    prepare: createPrepare(settings, line, http),

    query: ({ paymentNo, openid, now }) =>
      orUnknown<PaymentReport>(async () => paymentReport(await orderOf(paymentNo, openid, now)), unknown),

    // WeChat reports virtual payments only by its message push, so every notice at this address is forged.
    parseNotice() {
      throw new AppError('BadSignature', 'virtual payment has no notices but WeChat’s events')
    },
    readEvent: (event) => noticeOf(event, line.env),
    answer: (verdict) => answers[verdict],

    refund: (input) => orNotSent(() => refund(input)),

    queryRefund: ({ refundNo, payment, now }) =>
      orUnknown<RefundAnswer>(async () => refundReport(await orderOf(refundNo, payment.openid, now)), unknown),
  }
}

export const virtualpay = defineProvider<XpaySettings>({
  code: 'virtualpay',
  names: { zh: '微信虚拟支付', en: 'WeChat virtual payment' },
  fields: {
    baseUrl: { zh: '接口地址', en: 'API address' },
    appId: { zh: '小程序 AppID', en: 'Mini-program AppID' },
    appSecret: { zh: '小程序 AppSecret', en: 'Mini-program AppSecret' },
    offerId: { zh: 'OfferId', en: 'OfferId' },
    appKey: { zh: 'AppKey（与所用环境一致）', en: 'AppKey, of the environment in use' },
    sandbox: { zh: '使用沙箱环境', en: 'Use WeChat’s sandbox environment' },
  },
  // Each outTradeNo can be used once, even if the shopper cancelled the sheet.
  repeat: 'new',
  settings,
  // Production and sandbox share the OfferId, but do not know each other's orders. So `sandbox` is part of the
  // merchant's identity.
  account: ['offerId', 'sandbox'],
  channels: [
    {
      code: 'short_series_goods',
      name: '微信虚拟支付',
      nameEn: 'WeChat virtual payment',
      kind: 'virtual',
      payInfoMs: 0,
    },
  ],
  judgeKeys: judgeXpayKeys,
  create: createVirtualPayment,
})
