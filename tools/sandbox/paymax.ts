// The fake server of Paymax: /v1/charges with closing and refunds, /v2/statement/download and the webhooks, as Paymax's
// pages on API, webhooks and official accounts (公众号) describe them. Where the pages leave something open, the fake
// server takes the stricter reading.

import * as crypto from 'node:crypto'
import { isIP } from 'node:net'
import { beijingDay, beijingDigits, dayMs, hourMs } from '../../miniprogram/rules/beijing'
import {
  asBilled,
  isPaid,
  knownMoney,
  type Money,
  moneyAtClose,
  newTransactionNo,
  refundStage,
  refundsFen,
} from './book'
import { payPage } from './payPage'
import type { Desk, Handled, SheetPayment, Twin, TwinAnswer, TwinRequest } from './twin'
import { officialOpenid, seededAccount } from './wechat/wechatAccount'
import { isSignedRsa, newPrivateKey, publicText, signRsa } from './wire/merchantKeys'
import { yuan } from './wire/texts'

interface Charge {
  id: string
  order_no: string
  asked: Record<string, unknown>
  amountFen: number
  credential: object
  createdAt: number
  expiresAt: number
  closedAt: number | null
  paid: (Money & { transactionNo: string }) | null
}

interface Refund {
  id: string
  order_no: string
  /** true for a refund of the second charge under this order number */
  isOfSecond?: true
  amountFen: number
  description: string
  metadata: unknown
  createdAt: number
  doneAt: number
  fails: boolean
}

/** A failure reply: an unsigned object with failure_code and failure_msg. */
class Failure extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message)
    this.name = 'Failure'
  }
}

// The pages give no HTTP status for a failure.
const failureStatus = 400
// How old a request's timestamp may be. The pages and SDKs say two minutes for replies; for requests they give no
// number.
const requestWindowMs = 5 * 60_000
// A payment by WeChat (微信公众号) must be made within three minutes. Two machines' clocks may differ by a few seconds.
const wechatWapMs = 3 * 60_000
const clockToleranceMs = 5_000
const defaultLifeMs = 60 * 60_000
const statementDays = 92
const statementReadyMs = 11 * hourMs
// Each merchant agrees on its own fee with Paymax. The fake server takes 0.6 %.
const feePerMille = 6

const subjectBytes = 128
const bodyLetters = 128
const descriptionLetters = 300

interface PaymaxChannel {
  name: string
  /** the name of the statement that lists the channel's payments */
  statement: string
  /** the name of the statement that lists the channel's refunds, if it is another one */
  refunds?: string
  /** the extra parameters that the channel requires (支付渠道附加参数) */
  needs?: readonly string[]
}

// The payment channels that the sandbox's merchant may use.
const channels = new Map<string, PaymaxChannel>([
  ['wechat_wap', { name: '微信公众号', statement: 'WECHAT WECHAT_CSB', needs: ['open_id'] }],
  ['wechat_csb', { name: '微信扫码', statement: 'WECHAT WECHAT_CSB' }],
  ['alipay_csb', { name: '支付宝扫码', statement: 'ALIPAY ALIPAY_CSB' }],
  ['alipay_web', { name: '支付宝即时到账', statement: 'ALIPAY SUCCESS', needs: ['return_url'] }],
  ['lakala_web', { ...lakala('拉卡拉 PC 网关支付'), needs: ['user_id', 'return_url'] }],
  ['lakala_web_fast', { ...lakala('拉卡拉 PC 快捷支付'), needs: ['user_id', 'return_url'] }],
  ['lakala_h5', { ...lakala('拉卡拉 H5 支付'), needs: ['user_id', 'return_url', 'show_url'] }],
])
function lakala(name: string): PaymaxChannel {
  return { name, statement: 'LAKALA SUCCESS', refunds: 'LAKALA REFUND' }
}

const extraForms: Record<string, RegExp> = {
  open_id: /^\S+$/,
  user_id: /^\d{1,32}$/,
  return_url: /^https?:\/\/\S+$/,
  show_url: /^https?:\/\/\S+$/,
}
const statementKinds: Record<string, readonly string[]> = {
  ALIPAY: ['SUCCESS', 'ALIPAY_CSB'],
  WECHAT: ['ALL', 'SUCCESS', 'REFUND', 'WECHAT_CSB'],
  APPLE: ['ALL', 'SUCCESS', 'REFUND'],
  LAKALA: ['SUCCESS', 'REFUND'],
}

type Reply = Pick<Handled, 'opened' | 'ended'> & { body: string; type?: string; no: string }
type Fields = Record<string, unknown>

interface Call {
  name: string
  method: 'GET' | 'POST'
  path: RegExp
  run(ids: readonly string[], fields: Fields, desk: Desk): Reply
}

const calls: readonly Call[] = [
  { name: 'create', method: 'POST', path: /^\/v1\/charges$/, run: (_, fields, desk) => create(fields, desk) },
  { name: 'query', method: 'GET', path: /^\/v1\/charges\/([^/]+)$/, run: ([id], _, desk) => query(id, desk) },
  { name: 'close', method: 'GET', path: /^\/v1\/charges\/([^/]+)\/close$/, run: ([id], _, desk) => close(id, desk) },
  {
    name: 'refund',
    method: 'POST',
    path: /^\/v1\/charges\/([^/]+)\/refunds$/,
    run: ([id], fields, desk) => refund(id, fields, desk),
  },
  {
    name: 'queryRefund',
    method: 'GET',
    path: /^\/v1\/charges\/([^/]+)\/refunds\/([^/]+)$/,
    run: ([id, refundId], _, desk) => queryRefund(id, refundId, desk),
  },
  {
    name: 'statement',
    method: 'POST',
    path: /^\/v2\/statement\/download$/,
    run: (_, fields, desk) => statement(fields, desk),
  },
]

export const paymax: Twin = {
  // The fake server has one key pair for this merchant, and also signs as the platform with that pair.
  seed: (baseUrl, previous) => {
    const privateKey = typeof previous?.privateKey === 'string' ? previous.privateKey : newPrivateKey('base64')
    return {
      app: `app_sandbox_${crypto.randomBytes(8).toString('hex')}`,
      secretKey: crypto.randomBytes(16).toString('hex'),
      officialAppId: seededAccount(baseUrl).appId,
      web: true,
      platformPublicKey: publicText(privateKey, 'base64'),
      ...previous,
      privateKey,
      baseUrl,
    }
  },
  provider: 'paymax',
  name: 'Paymax',
  hasBills: true,
  // 17 tries in 36 hours. Each pause is twice the pause before: 2 s to 65,536 s.
  retrySeconds: Array.from({ length: 16 }, (_, index) => 2 ** (index + 1)),
  scenarioCalls: ['create', 'refund'],
  callOf: (path) => (pagePath.test(path) ? 'page' : (calls.find((call) => call.path.test(path))?.name ?? path)),
  isFromPhone: (call) => call === 'page',

  handle(request, desk) {
    const page = request.method === 'GET' ? pagePath.exec(request.path)?.[1] : undefined
    if (page !== undefined) {
      const sold = desk.ledger.get<{ order_no: string }>('credential', pageAddress(page, desk))
      return { answer: payPage(sold ? 200 : 404), ok: sold !== undefined, detail: sold?.order_no ?? page }
    }
    try {
      const { body, type, no, ...rest } = serve(request, desk)
      const answer =
        type === undefined ? signedAnswer(body, desk) : { statusCode: 200, headers: { 'content-type': type }, body }
      return { answer, ok: true, detail: no, ...rest }
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      const { code, message } = error
      const body = JSON.stringify({ failure_code: code, failure_msg: message })
      return { answer: { statusCode: failureStatus, headers: json, body }, ok: false, detail: `${code} ${message}` }
    }
  },

  find(payInfo, desk) {
    const key = typeof payInfo === 'string' ? payInfo : jsapiKey(payInfo)
    const sold = desk.ledger.get<{ order_no: string; appId?: string }>('credential', key)
    // A mini-program gives the payment sheet no appId. A web page gives it an appId, and WeChat compares this appId
    // with the charge's appid.
    const appId = typeof payInfo === 'string' ? undefined : (payInfo as Fields).appId
    if (sold && appId !== undefined && appId !== sold.appId) return undefined
    const charge = sold && desk.ledger.get<Charge>('charge', sold.order_no)
    return charge && sheetPayment(charge, desk.now)
  },

  take(no, taken, desk) {
    const charge = desk.ledger.get<Charge>('charge', no)
    if (!charge) return
    const transactionNo = newTransactionNo(desk)
    const { isTold, ...money } = taken
    keep({ ...charge, paid: { ...money, at: desk.now, transactionNo } }, desk, beijingDay(desk.now))
    if (!taken.isTwice) return
    const second = secondOf(charge)
    desk.ledger.put('chargeId', second.id, { order_no: no })
    if (isTold) desk.announce(second.id, taken.knownAt)
  },

  // A refund in the console is a refund object without metadata of ours. Its REFUND webhook follows.
  refundInConsole(no, amountFen, desk) {
    const charge = chargeOf(desk.ledger.get<Charge>('charge', no)?.id, desk)
    makeRefund(charge, { amountFen, description: '后台退款', metadata: {} }, desk)
  },

  notice({ no, forged }, url, desk) {
    const { type, data } = told(no, forged, desk)
    const notifyNo = `evt_${crypto.createHash('md5').update(no).digest('hex')}`
    const body = `{"data":${data},"notifyNo":"${notifyNo}","timeCreated":${desk.now},"type":"${type}"}`
    const sign = forged ? crypto.randomBytes(256).toString('base64') : signed(body, desk)
    return { method: 'POST', url, headers: { ...json, sign }, body }
  },

  isThanked: ({ status, body }) => status === 200 && body === 'success',
  noticed: () => undefined,
}

const json = { 'content-type': 'application/json;charset=utf-8' }

function serve(request: TwinRequest, desk: Desk): Reply {
  const call = calls.find(({ method, path }) => method === request.method && path.test(request.path))
  if (!call) throw new Failure('ILLEGAL_ARGUMENT', 'no such interface')
  assertSigned(request, desk)
  const ids = call.path.exec(request.path)?.slice(1) ?? []
  const fields = request.method === 'POST' ? parsed(request.body.toString('utf8')) : {}
  if (!fields) throw illegal('the body is not a JSON object')
  return call.run(ids, fields, desk)
}

function assertSigned({ method, path, query, headers, body }: TwinRequest, desk: Desk): void {
  const { authorization = '', nonce = '', timestamp = '', sign = '' } = headers
  if (authorization === '') throw new Failure('SECRET_KEY_IS_BLANK', 'SecretKey为空')
  if (authorization !== setting('secretKey', desk)) throw new Failure('SECRET_KEY_IS_INVALID', '非法的SecretKey')
  if (!/^application\/json/.test(headers['content-type'] ?? '')) throw illegal('content-type')
  if (nonce === '' || nonce.length > 64 || !/^\d{13}$/.test(timestamp)) throw illegal('nonce or timestamp')
  if (Math.abs(Number(timestamp) - desk.now) > requestWindowMs) throw illegal('timestamp is not now')
  const lines = [method.toLowerCase(), path, query.toString(), nonce, timestamp, authorization, body.toString('utf8')]
  if (!isSigned(lines.join('\n'), sign, desk)) throw new Failure('SIGN_CHECK_FAILED', '签名验证失败')
}

const illegal = (what: string): Failure => new Failure('ILLEGAL_ARGUMENT', what)

function create(fields: Fields, desk: Desk): Reply {
  const order_no = text(fields.order_no)
  if (!/^[0-9A-Za-z]{1,64}$/.test(order_no)) throw illegal('order_no 参数格式不正确！')
  const amountFen = fenOf(fields.amount)
  if (amountFen === undefined || amountFen <= 0) throw illegal('amount 参数格式不正确,请使用大于0的数字！')
  if (text(fields.subject) === '') throw illegal('subject 不能为空')
  if (Buffer.byteLength(text(fields.subject)) > subjectBytes) throw illegal('subject 参数格式不正确,长度超长')
  if (text(fields.body) === '') throw illegal('body不能为空')
  if ([...text(fields.body)].length > bodyLetters) throw illegal('body 参数格式不正确,长度不能超过128位！')
  if ([...text(fields.description)].length > descriptionLetters) throw illegal('description')
  if (fields.app !== setting('app', desk)) throw new Failure('APP_NOT_EXISTED', '应用不存在')
  if (!isIP(text(fields.client_ip))) throw illegal('client ip 参数格式不正确！')
  if (fields.currency !== undefined && !/^cny$/i.test(text(fields.currency))) throw illegal('currency')
  const channel = text(fields.channel)
  if (!channels.has(channel)) throw new Failure('CHANNEL_NOT_AVAILABLE', '该支付渠道未申请或者未开通')
  const extra = (fields.extra ?? {}) as Fields
  for (const name of channels.get(channel)?.needs ?? [])
    if (!extraForms[name]?.test(text(extra[name])))
      throw new Failure('ILLEGAL_CHANNEL_PARAMETERS', `缺少附加参数${name}`)
  if (desk.ledger.get<Charge>('charge', order_no)) throw new Failure('ORDER_NO_DUPLICATE', '交易单号重复')
  const charge: Charge = {
    id: `ch_${crypto.randomBytes(12).toString('hex')}`,
    order_no,
    asked: fields,
    amountFen,
    credential: {},
    createdAt: desk.now,
    expiresAt: expiryOf(fields.time_expire, channel, desk.now),
    closedAt: null,
    paid: null,
  }
  const opened = { ...charge, credential: newCredential(charge, channel, desk) }
  keep(opened, desk)
  desk.ledger.put('chargeId', charge.id, { order_no })
  return { no: order_no, opened: order_no, body: chargeText(opened, desk, opened.credential) }
}

function expiryOf(asked: unknown, channel: string, now: number): number {
  const limitMs = channel === 'wechat_wap' ? wechatWapMs : defaultLifeMs
  if (asked === undefined) return now + limitMs
  const at = Number(asked)
  if (!/^\d{13}$/.test(String(asked)) || at <= now || at > now + limitMs + clockToleranceMs)
    throw illegal('time_expire，时间格式不正确。需要提供13位Unix时间戳（毫秒）')
  return at
}

function newCredential(charge: Charge, channel: string, desk: Desk): object {
  if (channel === 'alipay_web' || channel.startsWith('lakala_')) {
    const address = pageAddress(crypto.randomBytes(12).toString('hex'), desk)
    desk.ledger.put('credential', address, { order_no: charge.order_no })
    return { [channel]: { url: address } }
  }
  if (channel !== 'wechat_wap') {
    const code = crypto.randomBytes(8).toString('hex')
    const qr_code =
      channel === 'wechat_csb' ? `weixin://wxpay/bizpayurl?pr=${code}` : `https://qr.alipay.com/bax${code}`
    desk.ledger.put('credential', qr_code, { order_no: charge.order_no })
    return { [channel]: { qr_code } }
  }
  // An openid belongs to one WeChat account. In the sandbox, openids of the official account have their own prefix.
  const isOfficial = text((charge.asked.extra as Fields).open_id).startsWith(officialOpenid('').slice(0, 10))
  const appId = isOfficial ? text(desk.settings?.officialAppId) : 'wx2421b1c4370ec43b'
  const parameters = {
    appId,
    timeStamp: String(Math.floor(desk.now / 1000)),
    signType: 'MD5',
    package: `prepay_id=wx${beijingDigits(desk.now)}${String(desk.ledger.serial()).padStart(18, '0')}`,
    nonceStr: crypto.randomBytes(16).toString('hex'),
  }
  // Only Paymax knows the key of WeChat's own signature. The fake server accepts any text, as long as the payment sheet
  // returns the same text.
  const jsapi = { ...parameters, paySign: crypto.randomBytes(16).toString('hex').toUpperCase() }
  desk.ledger.put('credential', jsapiKey(jsapi), { order_no: charge.order_no, appId })
  return { wechat_wap: { jsApiParams: JSON.stringify(jsapi) } }
}

// The page of Alipay or Lakala that a credential leads to.
const pagePath = /^\/pay\/([0-9a-f]{24})$/
const pageAddress = (id: string, desk: Desk): string => `${text(desk.settings?.baseUrl)}/pay/${id}`

// The payment sheet needs all five parameters unchanged.
const jsapiKey = (parameters: object): string => {
  const { timeStamp, nonceStr, package: prepay, signType, paySign } = parameters as Fields
  return JSON.stringify([timeStamp, nonceStr, prepay, signType, paySign])
}

const query = (id: string | undefined, desk: Desk): Reply => {
  const charge = chargeOf(id, desk)
  return { no: charge.order_no, body: chargeText(charge, desk) }
}

function close(id: string | undefined, desk: Desk): Reply {
  const charge = chargeOf(id, desk)
  const no = charge.order_no
  if (statusOf(charge, desk.now) !== 'PROCESSING') {
    const failure = { failure_code: 'TRADE_HAS_FINAL_STATUS', failure_msg: '交易已是终态' }
    return { no, body: JSON.stringify({ status: 'FAILED', ...failure }) }
  }
  const paid = moneyAtClose(charge, no, desk)
  keep({ ...charge, paid, closedAt: desk.now }, desk)
  return { no, ended: no, body: JSON.stringify({ status: 'SUCCEED', failure_code: null, failure_msg: null }) }
}

function refund(id: string | undefined, fields: Fields, desk: Desk): Reply {
  const charge = chargeOf(id, desk)
  const description = text(fields.description)
  if (description === '' || [...description].length > descriptionLetters) throw illegal('description')
  const amountFen = fields.amount === undefined ? undefined : fenOf(fields.amount)
  if (fields.amount !== undefined && amountFen === undefined) throw illegal('amount')
  const made = makeRefund(charge, { amountFen, description, metadata: fields.metadata ?? {} }, desk)
  return { no: charge.order_no, body: refundText(made, charge, desk.now) }
}

/** Makes a refund. @param wish without an amount, the whole rest is refunded */
function makeRefund(
  charge: Charge,
  wish: { amountFen: number | undefined; description: string; metadata: unknown },
  desk: Desk,
): Refund {
  if (statusOf(charge, desk.now) !== 'SUCCEED' || !charge.paid)
    throw new Failure('CHANNEL_REFUND_FAILED', 'the charge is not paid')
  const refunds = refundsOf(charge, desk)
  if (refunds.some((one) => refundStatus(one, desk.now) === 'PROCESSING'))
    throw new Failure('MULTI_REFUND_RECORDS', '已经存在一笔处理中的退款')
  const left = charge.paid.amountFen - refundedFen(refunds, desk.now)
  const { amountFen = left, description, metadata } = wish
  if (amountFen <= 0) throw illegal('amount')
  if (amountFen > left) throw new Failure('AMOUNT_NOT_ENOUGH', '交易失败，余额不足')
  const made: Refund = {
    id: `re_${crypto.randomBytes(12).toString('hex')}`,
    order_no: charge.order_no,
    ...(isSecond(charge) && { isOfSecond: true }),
    amountFen,
    description,
    metadata,
    createdAt: desk.now,
    doneAt: desk.now + desk.refundAfterMs,
    fails: desk.refundFails,
  }
  desk.ledger.put('refund', made.id, made, charge.order_no)
  desk.ledger.put('refundDay', made.id, { id: made.id }, beijingDay(made.doneAt))
  desk.announce(made.id, made.doneAt)
  return made
}

function queryRefund(id: string | undefined, refundId: string | undefined, desk: Desk): Reply {
  const charge = chargeOf(id, desk)
  const known = desk.ledger.get<Refund>('refund', refundId ?? '')
  if (!known || !isOf(known, charge)) throw new Failure('ORDER_NO_NOT_EXIST', '原交易不存在')
  return { no: charge.order_no, body: refundText(known, charge, desk.now) }
}

// The pages don't show how one file distinguishes payments from refunds. The fake server's file has the refund
// statement's column for the refund number in both kinds of lines.
const statementTitles =
  '订单时间,支付时间,商户订单号, Paymax 订单号,Paymax 退款订单号,支付方式,交易总价,手续费,订单状态,订单描述'
const summaryTitles = '总交易单数,总交易金额（元）,总退款金额（元）'

function statement(fields: Fields, desk: Desk): Reply {
  const { channelCategory, statementType } = fields
  const category = text(channelCategory)
  const kinds = Object.hasOwn(statementKinds, category) ? statementKinds[category] : undefined
  if (!kinds) throw illegal('channelCategory 不合法')
  if (!kinds.includes(text(statementType))) throw illegal('statementType 不合法')
  const [, year, month, day] = /^(\d{4})(\d\d)(\d\d)$/.exec(text(fields.appointDay)) ?? []
  const asked = `${year}-${month}-${day}`
  if (year === undefined || Number.isNaN(Date.parse(asked))) throw illegal('appointDay 格式有误')
  if (asked >= beijingDay(desk.now)) throw illegal('只能获取最晚至昨天的对账文件')
  // Paymax finishes a day's statement at about 11:00 on the next day (下载对账单).
  if (desk.now < Date.parse(`${asked}T00:00:00+08:00`) + dayMs + statementReadyMs) throw illegal('对账文件尚未生成')
  if (asked < beijingDay(desk.now - statementDays * dayMs)) throw illegal('只能获取最早3个月的对账文件')
  const stands = ({ asked: { channel } }: Charge, isRefund = false): boolean => {
    const { statement, refunds = statement } = channels.get(text(channel)) ?? {}
    return (isRefund ? refunds : statement) === `${category} ${statementType}`
  }
  const payments = asBilled(desk.ledger.list<Charge>('charge', asked), secondOf).filter(
    (one) => stands(one) && statusOf(one, desk.now) === 'SUCCEED',
  )
  const refunds = desk.ledger
    .list<{ id: string }>('refundDay', asked)
    .flatMap(({ id }) => desk.ledger.get<Refund>('refund', id) ?? [])
    .flatMap((one) => {
      const charge = chargeRefunded(one, desk)
      return charge && stands(charge, true) && refundStatus(one, desk.now) === 'SUCCEED' ? [{ one, charge }] : []
    })
  const paidFen = payments.reduce((sum, { paid }) => sum + (paid?.amountFen ?? 0), 0)
  const backFen = refunds.reduce((sum, { one }) => sum + one.amountFen, 0)
  const lines = [
    statementTitles,
    ...payments.map((charge) => {
      const { at, amountFen } = charge.paid ?? { at: charge.createdAt, amountFen: charge.amountFen }
      const feeFen = Math.round((amountFen * feePerMille) / 1000)
      return line(charge, { at, refundId: 'null', amountFen, feeFen, state: '交易成功' })
    }),
    ...refunds.map(({ one, charge }) =>
      line(charge, { at: one.doneAt, refundId: one.id, amountFen: one.amountFen, feeFen: 0, state: '退款成功' }),
    ),
    summaryTitles,
    `${payments.length + refunds.length},${yuan(paidFen)},${yuan(backFen)}`,
  ]
  return { no: asked, type: 'text/plain;charset=utf-8', body: `${lines.join('\n')}\n` }
}

interface Booked {
  at: number
  refundId: string
  amountFen: number
  feeFen: number
  state: string
}

const line = (charge: Charge, { at, refundId, amountFen, feeFen, state }: Booked): string =>
  [
    beijingDigits(charge.createdAt).slice(0, 8),
    beijingDigits(at),
    charge.order_no,
    charge.id,
    refundId,
    channels.get(text(charge.asked.channel))?.name,
    yuan(amountFen),
    yuan(feeFen),
    state,
    'null',
  ].join(',')

function chargeOf(id: string | undefined, desk: Desk): Charge {
  const known = desk.ledger.get<{ order_no: string }>('chargeId', id ?? '')
  const charge = known && desk.ledger.get<Charge>('charge', known.order_no)
  if (!charge) throw new Failure('ORDER_NO_NOT_EXIST', '原交易不存在')
  return charge.id === id ? charge : secondOf(charge)
}

/** The second charge of the same order: a separate charge object, found by its own id only. */
const secondOf = (charge: Charge): Charge => ({ ...charge, id: `${charge.id}X` })
const isSecond = ({ id }: Charge): boolean => id.endsWith('X')

const isOf = ({ order_no, isOfSecond }: Refund, charge: Charge): boolean =>
  order_no === charge.order_no && (isOfSecond === true) === isSecond(charge)

function chargeRefunded({ order_no, isOfSecond }: Refund, desk: Desk): Charge | undefined {
  const charge = desk.ledger.get<Charge>('charge', order_no)
  return charge && isOfSecond ? secondOf(charge) : charge
}

const keep = (charge: Charge, desk: Desk, day?: string): void => desk.ledger.put('charge', charge.order_no, charge, day)

const isOver = ({ closedAt, expiresAt }: Charge, now: number): boolean => closedAt !== null || now >= expiresAt

const statusOf = (charge: Charge, now: number): 'PROCESSING' | 'SUCCEED' | 'FAILED' =>
  isPaid(charge, now) ? 'SUCCEED' : isOver(charge, now) ? 'FAILED' : 'PROCESSING'

const refundWords = { underWay: 'PROCESSING', failed: 'FAILED', done: 'SUCCEED' } as const
const refundStatus = (one: Refund, now: number): 'PROCESSING' | 'SUCCEED' | 'FAILED' =>
  refundWords[refundStage(one, now)]

const refundsOf = (charge: Charge, desk: Desk): Refund[] =>
  desk.ledger.list<Refund>('refund', charge.order_no).filter((one) => isOf(one, charge))

const refundedFen = (refunds: readonly Refund[], now: number): number => refundsFen(refunds, ['done'], now)

const sheetPayment = (charge: Charge, now: number): SheetPayment => ({
  no: charge.order_no,
  amountFen: charge.amountFen,
  currency: 'CNY',
  title: text(charge.asked.subject),
  // A payment in progress counts as paid, so that one sheet takes no second payment.
  state: charge.paid ? 'paid' : isOver(charge, now) ? 'closed' : 'payable',
})

/** The content of a webhook. A forged webhook says that an unpaid charge is paid. */
function told(no: string, forged: boolean, desk: Desk): { type: 'CHARGE' | 'REFUND'; data: string } {
  const back = desk.ledger.get<Refund>('refund', no)
  const sold = desk.ledger.get<{ order_no: string }>('chargeId', no)
  const charge = back ? chargeRefunded(back, desk) : sold ? chargeOf(no, desk) : desk.ledger.get<Charge>('charge', no)
  if (!charge) throw new Error(`no charge ${no}`)
  if (back) return { type: 'REFUND', data: refundText(back, charge, desk.now) }
  const lie = {
    amountFen: charge.amountFen,
    at: desk.now,
    knownAt: desk.now,
    transactionNo: '4200000000000000000000000000',
  }
  return { type: 'CHARGE', data: chargeText(forged ? { ...charge, paid: charge.paid ?? lie } : charge, desk) }
}

/** The charge object. Amounts are decimals, printed without floating point. */
function chargeText(charge: Charge, desk: Desk, credential?: object): string {
  const { asked, createdAt, expiresAt } = charge
  const known = knownMoney(charge, desk.now)
  const refunds = refundsOf(charge, desk)
  const status = statusOf(charge, desk.now)
  const plain = {
    id: charge.id,
    order_no: charge.order_no,
    subject: asked.subject,
    body: asked.body,
    channel: asked.channel,
    client_ip: asked.client_ip,
    description: asked.description,
    extra: asked.extra ?? {},
    metadata: asked.metadata ?? {},
    app: asked.app,
    currency: 'CNY',
    livemode: false,
    status,
    refunded: refunds.length > 0,
    time_created: createdAt,
    time_expire: expiresAt,
    ...(known && { time_paid: known.at, transaction_no: known.transactionNo }),
    ...(credential && { credential }),
    ...(status === 'FAILED' && { failure_code: 'CHANNEL_CHARGE_FAILED', failure_msg: '订单已关闭' }),
  }
  const amounts = `"amount":${yuan(known?.amountFen ?? charge.amountFen)},"amount_refunded":${yuan(refundedFen(refunds, desk.now))}`
  const list = refunds.map((one) => refundText(one, charge, desk.now)).join(',')
  return `{${amounts},"refunds":[${list}],${JSON.stringify(plain).slice(1)}`
}

function refundText(one: Refund, charge: Charge, now: number): string {
  const status = refundStatus(one, now)
  const plain = {
    id: one.id,
    order_no: one.order_no,
    charge: charge.id,
    description: one.description,
    metadata: one.metadata,
    extra: {},
    transaction_no: `5000${beijingDigits(one.createdAt)}${one.id.slice(-10)}`,
    time_created: one.createdAt,
    status,
    ...(status === 'SUCCEED' && { time_succeed: one.doneAt }),
    ...(status === 'FAILED' && { failure_code: 'CHANNEL_REFUND_FAILED', failure_msg: '渠道退款失败' }),
  }
  return `{"amount":${yuan(one.amountFen)},${JSON.stringify(plain).slice(1)}`
}

function signedAnswer(body: string, desk: Desk): TwinAnswer {
  const lines = {
    nonce: crypto.randomBytes(16).toString('hex'),
    timestamp: String(desk.now),
    authorization: setting('secretKey', desk),
  }
  const sign = signed([lines.nonce, lines.timestamp, lines.authorization, body].join('\n'), desk)
  return { statusCode: 200, headers: { ...json, ...lines, sign }, body }
}

const signed = (data: string, desk: Desk): string => signRsa('RSA-SHA1', data, setting('privateKey', desk))

const isSigned = (data: string, signature: string, desk: Desk): boolean =>
  isSignedRsa('RSA-SHA1', data, signature, setting('privateKey', desk))

function setting(name: 'app' | 'secretKey' | 'privateKey', desk: Desk): string {
  const value = desk.settings?.[name]
  if (typeof value !== 'string') throw new Failure('SECRET_KEY_IS_INVALID', 'the sandbox has no settings for Paymax')
  return value
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')

// Reads an amount, which the function `parsed` has kept as a text, so that 0.07 stays exactly 0.07.
function fenOf(value: unknown): number | undefined {
  const [, whole = '', part = ''] = /^(\d{1,12})(?:\.(\d{1,2}))?$/.exec(text(value)) ?? []
  return whole === '' ? undefined : Number(whole + part.padEnd(2, '0'))
}

function parsed(body: string): Fields | undefined {
  try {
    JSON.parse(body)
    const exact = body.replace(/"(?:[^"\\]|\\.)*"|-?[0-9][0-9.eE+-]*/g, (one) =>
      one.startsWith('"') ? one : `"${one}"`,
    )
    const value: unknown = JSON.parse(exact)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined
  } catch {
    return undefined
  }
}
