// The fake server of Jubao Pay, with both dialects of its document: apply_pay, query and the notification of Boxpay;
// and payment/pay, order/query and order/close of the examples. Where the document leaves something open, the fake
// server takes the stricter reading.

import * as crypto from 'node:crypto'
import { beijingDigits, beijingText } from '../../miniprogram/rules/beijing'
import { knownMoney, type Money, moneyAtClose, newTransactionNo } from './book'
import { payPage } from './payPage'
import type { Desk, Handled, SheetPayment, Twin, TwinAnswer, TwinRequest } from './twin'
import { officialOpenid, seededAccount } from './wechat/wechatAccount'
import { parsedObject } from './wire/texts'

type Dialect = 'boxpay' | 'payment'
type Fields = Record<string, string>

interface JubaoOrder {
  out_trade_no: string
  /** Jubao's number of the order: `sn` in the payment dialect, `order_sn` in Boxpay */
  sn: string
  id: number
  dialect: Dialect
  /** the fields of the request, without its signature */
  asked: Fields
  amountFen: number
  createdAt: number
  closedAt: number | null
  paid: (Money & { transactionId: string }) | null
}

/** A refusal with a code of section 1.6 of Jubao's document (聚宝 §1.6), answered with HTTP 200. */
class Refusal extends Error {
  constructor(
    readonly code: number,
    message: string,
  ) {
    super(message)
    this.name = 'Refusal'
  }
}

// The document gives no time limit for paying. The fake server assumes two hours, as for WeChat's prepay_id.
const lifeMs = 120 * 60_000
// The document says only that a notification is repeated. The fake server waits between two tries as BlueOcean Pay
// does, because Jubao's document is based on BlueOcean Pay's.
const blueOceanRetrySeconds = [15, 15, 30, 180, 1800, 1800, 1800, 1800, 3600]
// total_fee is an amount in fen (聚宝 §2.1). The sandbox's merchant is paid in CNY; the merchant of the examples is paid
// in HKD.
const currency = 'CNY'
const numberPattern = /^[0-9A-Za-z_.-]{1,64}$/

interface Rule {
  required?: true
  pattern?: RegExp
  max?: number
}

const always: Record<string, Rule> = { sign: { required: true, pattern: /^[0-9A-F]{32}$/ } }
const purchase: Record<string, Rule> = {
  ...always,
  total_fee: { required: true, pattern: /^[1-9]\d{0,9}$/ },
  out_trade_no: { pattern: numberPattern },
  notify_url: { pattern: /^https?:\/\/\S+$/ },
  attach: { max: 128 },
}

interface Call {
  name: string
  dialect: Dialect
  rules: Record<string, Rule>
  run(fields: Fields, desk: Desk): Outcome
}

type Outcome = Pick<Handled, 'opened' | 'ended'> & { code?: number; data?: Record<string, string | number>; no: string }

const applyPay: Call = {
  name: 'apply_pay',
  dialect: 'boxpay',
  rules: {
    ...purchase,
    mch_id: { required: true },
    pay_channel_id: { required: true, pattern: /^(101|201)$/ },
    return_url: { pattern: /^https?:\/\/\S+$/ },
    version: { pattern: /^\d$/ },
  },
  run(fields, desk) {
    const order = openOrder('boxpay', fields, desk)
    const code_url = `${setting('baseUrl', desk)}/pay/${order.sn}`
    payable(code_url, order, desk)
    return {
      data: { out_trade_no: order.out_trade_no, order_sn: order.sn, code_url },
      no: order.out_trade_no,
      opened: order.out_trade_no,
    }
  },
}

const paymentQuery: Call = {
  name: 'query',
  dialect: 'boxpay',
  rules: { ...always, mch_id: { required: true }, order_sn: { required: true }, version: { pattern: /^\d$/ } },
  run({ order_sn = '' }, desk) {
    const order = bySn(order_sn, desk)
    if (order?.dialect !== 'boxpay') throw new Refusal(40102, '订单不存在')
    const paid = knownMoney(order, desk.now)
    const data = {
      mch_id: setting('mchId', desk),
      out_trade_no: order.out_trade_no,
      order_sn,
      pay_channel_id: Number(order.asked.pay_channel_id),
      total_fee: paid?.amountFen ?? order.amountFen,
      status: statusOf(order, desk.now),
      cash_fee: paid?.amountFen ?? 0,
      created_at: beijingText(order.createdAt),
      finish_time: paid ? beijingText(paid.at) : '',
      body: order.asked.body ?? '',
      attach: order.asked.attach ?? '',
    }
    return { data, no: order.out_trade_no }
  },
}

// A value of `payment` in the document's examples: the additional fields that it needs, and the reply's data for the
// phone.
interface Method {
  needs: readonly string[]
  tradeType: string
  provider: string
  gives(order: JubaoOrder, desk: Desk): Record<string, string>
}

const page = (order: JubaoOrder, desk: Desk): Record<string, string> => ({
  qrcode: `${setting('baseUrl', desk)}/pay/${order.sn}`,
})
const methods: Record<string, Method> = {
  'alipay.qrcode': {
    needs: [],
    tradeType: 'NATIVE',
    provider: 'alipay',
    gives: ({ sn }) => ({ qrcode: `https://qr.alipay.com/bax${sn}` }),
  },
  '聚宝.qrcode': { needs: [], tradeType: 'NATIVE', provider: '聚宝', gives: page },
  'alipay.wappay': { needs: ['h5_redirect_url'], tradeType: 'WAPPAY', provider: 'alipay', gives: page },
  'unionpay.link': { needs: [], tradeType: 'LINK', provider: 'unionpay', gives: page },
  micropay: { needs: ['code'], tradeType: 'MICROPAY', provider: 'wechat', gives: () => ({ qrcode: '' }) },
  'alipay.app': {
    needs: [],
    tradeType: 'APP',
    provider: 'alipay',
    gives: (order) => ({
      app: JSON.stringify({ _input_charset: 'UTF-8', out_trade_no: order.sn, sign_type: 'RSA' }),
      app_format: `_input_charset="UTF-8"&out_trade_no="${order.sn}"&sign_type="RSA"`,
      qrcode: '',
    }),
  },
  'wechat.jsapi': {
    needs: ['sub_appid', 'sub_openid'],
    tradeType: 'JSAPI',
    provider: 'wechat',
    gives: (order, desk) => ({ jsapi: JSON.stringify(jsapiOf(order, desk)), qrcode: '' }),
  },
  'wechat.app': {
    needs: ['sub_appid'],
    tradeType: 'APP',
    provider: 'wechat',
    gives: (order, desk) => {
      const { appId, timeStamp, nonceStr, package: prepay, paySign } = jsapiOf(order, desk)
      const app = {
        appid: appId,
        partnerid: '1503284471',
        prepayid: prepay.slice('prepay_id='.length),
        package: 'Sign=WXPay',
        noncestr: nonceStr,
        timestamp: timeStamp,
        paySign,
      }
      return { app: JSON.stringify(app), qrcode: '' }
    },
  },
}

const officialStart = officialOpenid('').slice(0, 10)

const paymentPay: Call = {
  name: 'payment/pay',
  dialect: 'payment',
  rules: {
    ...purchase,
    appid: { required: true },
    payment: { required: true },
    discount: { pattern: /^(0|[1-9]\d{0,9})$/ },
    wallet: { pattern: /^(CN|HK)$/ },
    code: { pattern: /^\d{18}$/ },
    h5_redirect_url: { pattern: /^https?:\/\/\S+$/ },
    sub_appid: { max: 32 },
    sub_openid: { max: 128 },
  },
  run(fields, desk) {
    // An openid belongs to one appid. In the sandbox, openids of the official account have their own prefix.
    const isOfficial = fields.sub_appid !== undefined && fields.sub_appid === desk.settings?.officialAppId
    if (fields.payment === 'wechat.jsapi' && isOfficial !== (fields.sub_openid ?? '').startsWith(officialStart))
      throw new Refusal(40500, 'sub_openid 与 sub_appid 不匹配')
    const method = Object.hasOwn(methods, fields.payment ?? '') ? methods[fields.payment ?? ''] : undefined
    if (!method) throw new Refusal(40100, 'payment: 无效请求')
    for (const name of method.needs) if (fields[name] === undefined) throw new Refusal(4003, `${name}: 缺少参数`)
    const code = fields.code
    if (method.needs.includes('code') && code !== undefined && desk.ledger.get('code', code))
      throw new Refusal(40111, '每个二维码只可以用一次')
    const order = openOrder('payment', fields, desk)
    if (code !== undefined) desk.ledger.put('code', code, { sn: order.sn })
    const given = method.gives(order, desk)
    for (const text of [given.qrcode, given.app_format, order.sn]) if (text) payable(text, order, desk)
    return {
      // micropay answers 201 while the shopper still has to enter the password.
      ...(fields.payment === 'micropay' && { code: 201 }),
      data: { ...described(order, desk), ...given },
      no: order.out_trade_no,
      opened: order.out_trade_no,
    }
  },
}

const found: Record<string, Rule> = {
  ...always,
  appid: { required: true },
  sn: {},
  out_trade_no: { pattern: numberPattern },
  transaction_id: {},
}

const orderQuery: Call = {
  name: 'order/query',
  dialect: 'payment',
  rules: found,
  run(fields, desk) {
    const order = orderOf(fields, desk)
    return { data: described(order, desk), no: order.out_trade_no }
  },
}

const orderClose: Call = {
  name: 'order/close',
  dialect: 'payment',
  rules: found,
  run(fields, desk) {
    const order = orderOf(fields, desk)
    const no = order.out_trade_no
    if (knownMoney(order, desk.now)) throw new Refusal(40101, '订单已支付')
    const paid = moneyAtClose(order, no, desk)
    const closed = { ...order, paid, closedAt: order.closedAt ?? desk.now }
    keep(closed, desk)
    return { data: described(closed, desk), no, ended: no }
  },
}

function callFor(path: string, query: URLSearchParams): Call | undefined {
  const calls: Record<string, Call> = {
    '/index.php pay_gateway apply_pay': applyPay,
    '/index.php payment query': paymentQuery,
    '/payment/pay': paymentPay,
    '/order/query': orderQuery,
    '/order/close': orderClose,
  }
  const name = path === '/index.php' ? `${path} ${query.get('_m')} ${query.get('_a')}` : path
  return Object.hasOwn(calls, name) ? calls[name] : undefined
}

const isPage = (path: string): boolean => path.startsWith('/pay/')

export const jubao: Twin = {
  provider: 'jubao',
  name: 'Jubao Pay',
  hasBills: false,
  seed: (baseUrl, previous) => ({
    mchId: '10502105689001',
    key: crypto.randomBytes(16).toString('hex'),
    version: 2,
    encoding: 'json',
    dialect: 'boxpay',
    appId: '1000258',
    subAppId: 'wx6f4b43e000000000',
    officialAppId: seededAccount(baseUrl).appId,
    hongKong: true,
    ...previous,
    baseUrl,
  }),
  retrySeconds: blueOceanRetrySeconds,
  scenarioCalls: ['apply_pay', 'payment/pay'],
  callOf: (path, query) => (isPage(path) ? 'page' : (callFor(path, query)?.name ?? path)),
  isFromPhone: (call) => call === 'page',

  handle(request, desk) {
    if (request.method === 'GET' && isPage(request.path)) return cashierPage(request.path.slice('/pay/'.length), desk)
    const call = callFor(request.path, request.query)
    const isNewer = call?.dialect !== 'payment'
    try {
      if (!call) throw new Refusal(404, '接口地址错误')
      const fields = readFields(request)
      verify(call, fields, desk)
      const { code, data, no, ...rest } = call.run(fields, desk)
      const sealed = data && { ...data, sign: signature(printed(data), call.dialect, desk) }
      const reply = isNewer ? { ret: 0, msg: 'success' } : { code: code ?? 200, message: 'success' }
      return { answer: json({ ...reply, data: sealed }), ok: true, detail: no, ...rest }
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      const { code, message } = error
      const reply = isNewer ? { ret: code, msg: message } : { code, message }
      return { answer: json(reply), ok: false, detail: `${code} ${message}` }
    }
  },

  find(payInfo, desk) {
    const order = typeof payInfo === 'string' ? orderOfText(payInfo, desk) : orderOfSheet(payInfo, desk)
    return order && sheetPayment(order, desk.now)
  },

  take(no, { amountFen, knownAt }, desk) {
    const order = desk.ledger.get<JubaoOrder>('order', no)
    if (!order) return
    const transactionId = newTransactionNo(desk)
    keep({ ...order, paid: { amountFen, at: desk.now, knownAt, transactionId } }, desk)
  },

  notice({ no, forged }, url, desk) {
    const order = desk.ledger.get<JubaoOrder>('order', no)
    if (!order) throw new Error(`no order ${no}`)
    const fields = order.dialect === 'boxpay' ? newerNotice(order, desk) : olderNotice(order, desk)
    const sign = forged ? crypto.randomBytes(16).toString('hex').toUpperCase() : signature(fields, order.dialect, desk)
    const { notify_url } = order.asked
    return {
      method: 'POST',
      // Only the path of the notify_url is used, because the merchant's local server may have restarted on another port.
      url: notify_url === undefined ? url : new URL(new URL(notify_url).pathname, url).href,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ ...fields, sign }).toString(),
    }
  },

  isThanked: ({ status, body }) => status === 200 && body === 'SUCCESS',
  // Jubao does not store whether the merchant confirmed a notification.
  noticed: () => undefined,
}

function readFields({ method, headers, body }: TwinRequest): Fields {
  if (method !== 'POST') throw new Refusal(4007, '请求方式错误')
  const text = body.toString('utf8')
  if (Buffer.compare(Buffer.from(text), body) !== 0) throw new Refusal(40110, '编码格式错误')
  if (headers['content-type']?.startsWith('application/x-www-form-urlencoded')) {
    const pairs = new URLSearchParams(text)
    const fields = Object.fromEntries(pairs)
    if (Object.keys(fields).length !== pairs.size) throw new Refusal(4001, '参数重复')
    return fields
  }
  const value = parsedObject(text)
  if (!value) throw new Refusal(4001, '请使用JSON数据格式')
  for (const one of Object.values(value))
    if (typeof one !== 'string' && typeof one !== 'number') throw new Refusal(491001, '不是合法的json参数')
  return printed(value)
}

const printed = (fields: Record<string, unknown>): Fields =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, String(value)]))

function verify({ dialect, rules }: Call, fields: Fields, desk: Desk): void {
  for (const [name, { required }] of Object.entries(rules))
    if (required && fields[name] === undefined) throw new Refusal(4003, `${name}: 缺少参数`)
  const isKnown = dialect === 'boxpay' ? fields.mch_id === setting('mchId', desk) : fields.appid === appId(desk)
  if (!isKnown) throw new Refusal(4002, '无效AppId')
  if (fields._sign !== undefined || fields.sign !== signature(fields, dialect, desk))
    throw new Refusal(4004, '签名错误')
  for (const [field, { pattern, max, required }] of Object.entries(rules)) {
    const value = fields[field]
    if (value === undefined) continue
    if (value === '' && required) throw new Refusal(491003, `${field}: 参数不能为空`)
    if (max !== undefined && [...value].length > max) throw new Refusal(491002, `${field}: 参数长度不能超过限定长度`)
    if (pattern && !pattern.test(value)) throw new Refusal(492001, `${field}: 参数格式不符合指定要求`)
  }
}

function openOrder(dialect: Dialect, fields: Fields, desk: Desk): JubaoOrder {
  const { sign: _, ...asked } = fields
  const id = desk.ledger.serial()
  const sn = `11${beijingDigits(desk.now)}${String(id).padStart(8, '0')}`
  const no = fields.out_trade_no ?? sn
  const known = desk.ledger.get<JubaoOrder>('order', no)
  if (known && knownMoney(known, desk.now)) throw new Refusal(40101, '订单已支付')
  if (known && isClosed(known, desk.now)) throw new Refusal(40103, '订单已关闭')
  if (known) throw new Refusal(40106, '订单号重复')
  const amountFen = Number(fields.total_fee)
  const order = { out_trade_no: no, sn, id, dialect, asked, amountFen, createdAt: desk.now, closedAt: null, paid: null }
  keep(order, desk)
  desk.ledger.put('sn', sn, { no })
  return order
}

const keep = (order: JubaoOrder, desk: Desk): void => desk.ledger.put('order', order.out_trade_no, order)

// Stores a text with which the order can be paid: a link, the content of a code, or the parameters for an app.
const payable = (text: string, order: JubaoOrder, desk: Desk): void =>
  desk.ledger.put('payInfo', text, { no: order.out_trade_no })

function bySn(sn: string, desk: Desk): JubaoOrder | undefined {
  const known = desk.ledger.get<{ no: string }>('sn', sn)
  return known && desk.ledger.get<JubaoOrder>('order', known.no)
}

// If the request has both numbers, sn is used and out_trade_no is ignored.
function orderOf({ sn, out_trade_no }: Fields, desk: Desk): JubaoOrder {
  if (sn === undefined && out_trade_no === undefined) throw new Refusal(4003, 'sn: 缺少参数')
  const order = sn === undefined ? desk.ledger.get<JubaoOrder>('order', out_trade_no ?? '') : bySn(sn, desk)
  if (order?.dialect !== 'payment') throw new Refusal(40102, '订单不存在')
  return order
}

const isClosed = ({ closedAt, createdAt }: JubaoOrder, now: number): boolean =>
  closedAt !== null || now >= createdAt + lifeMs

/** The order's state as a number: 1 unpaid, 2 paid, 4 closed. 3 means a refund, and Jubao has no call for refunds. */
const statusOf = (order: JubaoOrder, now: number): 1 | 2 | 4 =>
  knownMoney(order, now) ? 2 : isClosed(order, now) ? 4 : 1

const tradeStates = { 1: 'NOTPAY', 2: 'SUCCESS', 4: 'CLOSED' } as const

function described(order: JubaoOrder, desk: Desk): Record<string, string | number> {
  const { asked } = order
  const paid = knownMoney(order, desk.now)
  const method = methods[asked.payment ?? '']
  const state = tradeStates[statusOf(order, desk.now)]
  const waits = state === 'NOTPAY' && (asked.payment === 'micropay' || asked.payment === 'unionpay.link')
  return {
    appid: Number(appId(desk)),
    attach: asked.attach ?? '',
    bank_type: paid ? 'CFT' : '',
    body: asked.body ?? '',
    cash_fee: String(paid?.amountFen ?? 0),
    cash_fee_type: paid ? currency : '',
    create_time: Math.floor(order.createdAt / 1000),
    detail: '',
    discount: asked.discount ?? '0',
    fee_type: currency,
    id: String(order.id),
    is_subscribe: 'N',
    mch_name: '聚宝 Pay',
    nonce_str: crypto.randomBytes(5).toString('hex'),
    out_trade_no: order.out_trade_no,
    pay_amount: String((paid?.amountFen ?? order.amountFen) - Number(asked.discount ?? 0)),
    provider: method?.provider ?? '',
    sn: order.sn,
    time_end: paid ? Math.floor(paid.at / 1000) : 0,
    total_fee: String(paid?.amountFen ?? order.amountFen),
    trade_state: waits ? 'USERPAYING' : state,
    trade_type: method?.tradeType ?? '',
    transaction_id: paid?.transactionId ?? '',
    wallet: asked.wallet ?? '',
  }
}

/** The fields of a notification in the newer document. */
function newerNotice({ asked, out_trade_no, sn, paid, amountFen }: JubaoOrder, desk: Desk): Fields {
  return printed({
    mch_id: setting('mchId', desk),
    out_trade_no,
    order_sn: sn,
    pay_channel_id: asked.pay_channel_id,
    body: asked.body ?? '',
    total_fee: paid?.amountFen ?? amountFen,
    status: 2,
    attach: asked.attach ?? '',
    cash_fee: paid?.amountFen ?? amountFen,
    finish_time: beijingText(paid?.at ?? desk.now),
    nonce_str: crypto.randomBytes(5).toString('hex'),
  })
}

/**
 * The fields of a notification in the older document (聚宝, 回调参数), with sn and trade_state as in BlueOcean Pay's
 * notifications.
 */
function olderNotice({ asked, out_trade_no, sn, paid, amountFen }: JubaoOrder, desk: Desk): Fields {
  return printed({
    bank_type: 'CFT',
    cash_fee: paid?.amountFen ?? amountFen,
    cash_fee_type: currency,
    fee_type: currency,
    out_trade_no,
    transaction_id: paid?.transactionId ?? '',
    time_end: beijingDigits(paid?.at ?? desk.now),
    total_fee: paid?.amountFen ?? amountFen,
    trade_type: methods[asked.payment ?? '']?.tradeType ?? '',
    appid: appId(desk),
    nonce_str: crypto.randomBytes(5).toString('hex'),
    attach: asked.attach ?? '',
    sn,
    trade_state: 'SUCCESS',
  })
}

interface Sheet {
  appId: string
  timeStamp: string
  nonceStr: string
  package: string
  signType: 'MD5' | 'SHA1'
  paySign: string
}

function jsapiOf(order: JubaoOrder, desk: Desk): Sheet {
  const prepayId = `wx${beijingDigits(desk.now)}${crypto.randomBytes(9).toString('hex')}`
  const sheet = {
    appId: order.asked.sub_appid ?? '',
    timeStamp: String(Math.floor(desk.now / 1000)),
    nonceStr: crypto.randomBytes(10).toString('hex'),
    package: `prepay_id=${prepayId}`,
    // The Hong Kong wallet supports only SHA1 (香港钱包公众号支付: 目前仅支持SHA1).
    signType: order.asked.wallet === 'HK' ? ('SHA1' as const) : ('MD5' as const),
  }
  const signed = md5(Buffer.from(JSON.stringify(sheet) + setting('key', desk)))
  const paySign = sheet.signType === 'SHA1' ? `${signed}${signed.slice(0, 8)}` : signed
  desk.ledger.put('prepay', prepayId, { no: order.out_trade_no, ...sheet, paySign })
  return { ...sheet, paySign }
}

function orderOfText(text: string, desk: Desk): JubaoOrder | undefined {
  const known = desk.ledger.get<{ no: string }>('payInfo', text)
  return known && desk.ledger.get<JubaoOrder>('order', known.no)
}

// Finds the order of a payment sheet by the parameters of wx.requestPayment or of an app. Every parameter must be
// unchanged.
function orderOfSheet(parameters: object, desk: Desk): JubaoOrder | undefined {
  const given = parameters as Record<string, unknown>
  const prepay = typeof given.prepayid === 'string' ? `prepay_id=${given.prepayid}` : String(given.package)
  const known = desk.ledger.get<Sheet & { no: string }>('prepay', prepay.slice('prepay_id='.length))
  const [timeStamp, nonceStr] = [given.timeStamp ?? given.timestamp, given.nonceStr ?? given.noncestr]
  // A mini-program gives the payment sheet no appId. A web page gives it an appId, and WeChat compares this appId with
  // the order's appid.
  if (known && given.appId !== undefined && given.appId !== known.appId) return undefined
  const same = known && timeStamp === known.timeStamp && nonceStr === known.nonceStr && given.paySign === known.paySign
  return same ? desk.ledger.get<JubaoOrder>('order', known.no) : undefined
}

const sheetPayment = (order: JubaoOrder, now: number): SheetPayment => ({
  no: order.out_trade_no,
  amountFen: order.amountFen,
  currency,
  title: order.asked.body ?? '',
  ...(order.asked.wallet === 'HK' && { wallet: 'wechatHk' as const }),
  // A payment in progress counts as paid, so that one sheet takes no second payment.
  state: order.paid ? 'paid' : isClosed(order, now) ? 'closed' : 'payable',
})

function cashierPage(sn: string, desk: Desk): Handled {
  const order = bySn(sn, desk)
  return { answer: payPage(order ? 200 : 404), ok: Boolean(order), detail: order?.out_trade_no ?? sn.slice(0, 32) }
}

/** The signature. Boxpay: 聚宝 §1.2 and §1.4. The payment dialect: name=value joined by &, with &key= at the end. */
function signature(fields: Fields, dialect: Dialect, desk: Desk): string {
  const key = setting('key', desk)
  const names = Object.keys(fields)
    .filter((name) => name !== 'sign')
    .sort()
  if (dialect === 'payment')
    return md5(Buffer.from([...names.map((name) => `${name}=${fields[name]}`), `key=${key}`].join('&')))
  const joined = Buffer.from(names.map((name) => name + fields[name]).join(''))
  const text = fields.version === '2' ? joined : Buffer.from([...joined].flatMap(latin1InUtf8))
  return md5(Buffer.concat([Buffer.from(key), text, Buffer.from(key)]))
}

// PHP's utf8_encode reads each byte as one character.
const latin1InUtf8 = (byte: number): number[] => (byte < 0x80 ? [byte] : [0xc0 | (byte >> 6), 0x80 | (byte & 0x3f)])

const md5 = (bytes: Uint8Array): string => crypto.createHash('md5').update(bytes).digest('hex').toUpperCase()

function setting(name: 'baseUrl' | 'mchId' | 'key', desk: Desk): string {
  const value = desk.settings?.[name]
  if (typeof value !== 'string') throw new Refusal(4002, 'the sandbox has no settings for Jubao Pay')
  return value
}

// The payment dialect: a merchant without an appid uses its merchant number.
const appId = (desk: Desk): string =>
  typeof desk.settings?.appId === 'string' ? desk.settings.appId : setting('mchId', desk)

const json = (reply: object): TwinAnswer => ({
  statusCode: 200,
  headers: { 'content-type': 'application/json; charset=utf-8' },
  body: JSON.stringify(reply),
})
