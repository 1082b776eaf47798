// The fake server of WeChat's virtual payment (虚拟支付): the user's login, the two signatures of the payment sheet,
// the calls query_order and refund_order, and the events. Written from the pages that docs/provider-facts.md 9.6 names.
// Where a page is unclear, the fake server takes the stricter reading.

import { createHmac, randomBytes } from 'node:crypto'
import { isPaid, type Money, refundStage, refundsFen } from './book'
import type { Desk, Handled, SheetPayment, Twin, TwinRequest } from './twin'
import { isPushThanked, pushRequest } from './wechat/messagePush'

type Fields = Record<string, unknown>

interface Session {
  openid: string
  session_key: string
}

interface Login extends Session {
  at: number
  isUsed: boolean
}

/** The parameters with which the phone opened the payment sheet. */
interface SheetFields {
  openid: string
  env: number
  outTradeNo: string
  productId: string
  goodsPrice: number
  buyQuantity: number
  attach: string
}

interface Order extends SheetFields {
  wx_order_id: string
  /** true: the shopper paid through Apple */
  isApple: boolean
  paid: Money & { transaction_id: string }
  deliveredAt: number | null
}

interface Refund {
  refund_order_id: string
  wx_order_id: string
  outTradeNo: string
  openid: string
  amountFen: number
  at: number
  doneAt: number
  fails: boolean
}

class Refusal extends Error {
  constructor(
    readonly errcode: number,
    message: string,
  ) {
    super(message)
    this.name = 'Refusal'
  }
}

const minuteMs = 60_000
const codeLifeMs = 5 * minuteMs
const tokenSeconds = 7_200

const hmac = (key: string, text: string): string => createHmac('sha256', key).update(text).digest('hex')
const setting = (desk: Desk, name: string): string => String(desk.settings?.[name] ?? '')
const envOf = (desk: Desk): number => (desk.settings?.sandbox === true ? 1 : 0)

/** Plays wx.login: makes a code that works once, for five minutes. From now on the user has a new session key. */
export function newLoginCode(openid: string, desk: Desk): string {
  const code = randomBytes(16).toString('hex')
  const session = { openid, session_key: randomBytes(16).toString('base64') }
  desk.ledger.put('login', code, { ...session, at: desk.now, isUsed: false } satisfies Login)
  desk.ledger.put('session', openid, session, 'all')
  return code
}

function session(request: TwinRequest, desk: Desk): Fields {
  const { query } = request
  if (query.get('appid') !== setting(desk, 'appId')) throw new Refusal(40013, 'invalid appid')
  if (query.get('secret') !== setting(desk, 'appSecret')) throw new Refusal(40125, 'invalid appsecret')
  if (query.get('grant_type') !== 'authorization_code') throw new Refusal(40002, 'invalid grant_type')
  const code = query.get('js_code') ?? ''
  const login = desk.ledger.get<Login>('login', code)
  if (!login || desk.now > login.at + codeLifeMs) throw new Refusal(40029, 'invalid code')
  if (login.isUsed) throw new Refusal(40163, 'code been used')
  desk.ledger.put('login', code, { ...login, isUsed: true })
  return { openid: login.openid, session_key: login.session_key }
}

function token(request: TwinRequest, desk: Desk): Fields {
  const { grant_type, appid, secret } = fieldsIn(request)
  if (grant_type !== 'client_credential') throw new Refusal(40002, 'invalid grant_type')
  if (appid !== setting(desk, 'appId')) throw new Refusal(40013, 'invalid appid')
  if (secret !== setting(desk, 'appSecret')) throw new Refusal(40125, 'invalid appsecret')
  const access_token = randomBytes(24).toString('hex')
  desk.ledger.put('token', access_token, { until: desk.now + tokenSeconds * 1_000 })
  return { access_token, expires_in: tokenSeconds }
}

function fieldsIn({ body }: TwinRequest): Fields {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'))
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields
  } catch {
    // A body that is not valid JSON is refused like one that is no object.
  }
  throw new Refusal(47001, 'data format error')
}

/** Checks the signature of a server's call, and reads its fields. */
function signed(request: TwinRequest, desk: Desk): Fields {
  const kept = desk.ledger.get<{ until: number }>('token', request.query.get('access_token') ?? '')
  if (!kept) throw new Refusal(40001, 'invalid credential, access_token is invalid or not latest')
  if (desk.now >= kept.until) throw new Refusal(42001, 'access_token expired')
  const pay_sig = hmac(setting(desk, 'appKey'), `${request.path}&${request.body.toString('utf8')}`)
  if (request.query.get('pay_sig') !== pay_sig) throw new Refusal(268490003, '签名错误')
  const fields = fieldsIn(request)
  if (fields.env !== envOf(desk)) throw new Refusal(268490002, '请求参数字段错误 env')
  if (typeof fields.openid !== 'string' || fields.openid === '') throw new Refusal(268490001, 'openid错误')
  return fields
}

function orderOf(desk: Desk, { openid, order_id }: Fields): Order {
  const order = desk.ledger.get<Order>('order', String(order_id))
  if (!order || order.openid !== openid) throw new Refusal(268490002, '订单不存在')
  return order
}

const refundsOf = (desk: Desk, outTradeNo: string): Refund[] => desk.ledger.list<Refund>('refund', outTradeNo)
const isBack = (desk: Desk, refund: Refund): boolean => refundStage(refund, desk.now) === 'done'

function leftOf(desk: Desk, order: Order): number {
  return order.paid.amountFen - refundsFen(refundsOf(desk, order.outTradeNo), ['underWay', 'done'], desk.now)
}

const seconds = (at: number): number => Math.floor(at / 1_000)

function queryOrder(request: TwinRequest, desk: Desk): Fields {
  const fields = signed(request, desk)
  const refund = desk.ledger.get<Refund>('refund', String(fields.order_id))
  if (refund && refund.openid === fields.openid) {
    const status = desk.now < refund.doneAt ? 5 : refund.fails ? 7 : 8
    return {
      order: {
        order_id: refund.refund_order_id,
        status,
        order_type: 1,
        refund_fee: refund.amountFen,
        order_fee: refund.amountFen,
        wx_order_id: refund.wx_order_id,
        paid_time: status === 8 ? seconds(refund.doneAt) : 0,
        env_type: envOf(desk) + 1,
      },
    }
  }
  const order = orderOf(desk, fields)
  const { paid } = order
  const isKnown = isPaid(order, desk.now)
  const left = leftOf(desk, order)
  const status = !isKnown ? 1 : left === 0 ? 5 : order.deliveredAt === null ? 2 : 4
  return {
    order: {
      order_id: order.outTradeNo,
      create_time: seconds(paid.at),
      status,
      order_type: order.isApple ? 7 : 0,
      order_fee: isKnown ? paid.amountFen : order.goodsPrice * order.buyQuantity,
      paid_fee: isKnown ? paid.amountFen : 0,
      left_fee: isKnown ? left : 0,
      paid_time: isKnown ? seconds(paid.at) : 0,
      biz_meta: order.attach,
      env_type: order.env + 1,
      token: 'a token of Midas',
      wx_order_id: order.wx_order_id,
      wxpay_order_id: isKnown && !order.isApple ? paid.transaction_id : '',
    },
  }
}

function refundOrder(request: TwinRequest, desk: Desk): Fields {
  const fields = signed(request, desk)
  const { refund_order_id, left_fee, refund_fee, biz_meta, refund_reason, req_from } = fields
  const order = orderOf(desk, fields)
  if (order.isApple) throw new Refusal(268490002, '苹果支付订单不支持退款')
  if (typeof refund_order_id !== 'string' || !/^[\w-]{8,32}$/.test(refund_order_id))
    throw new Refusal(268490002, '请求参数字段错误 refund_order_id')
  if (typeof biz_meta !== 'string' || !/^[0-5]$/.test(String(refund_reason)) || !/^[1-3]$/.test(String(req_from)))
    throw new Refusal(268490002, '请求参数字段错误')
  const there = desk.ledger.get<Refund>('refund', refund_order_id)
  if (there) throw new Refusal(268490014, '退款操作进行中，稍后可以使用相同参数重试')
  const left = leftOf(desk, order)
  if (left_fee !== left) throw new Refusal(268490016, '退款的left_fee字段与实际不符，请通过query_order接口查询确认')
  if (typeof refund_fee !== 'number' || !Number.isInteger(refund_fee) || refund_fee < 1 || refund_fee > left)
    throw new Refusal(268490002, '请求参数字段错误 refund_fee')
  const refund = beginRefund(order, refund_order_id, refund_fee, desk)
  return {
    refund_order_id,
    refund_wx_order_id: refund.wx_order_id,
    pay_order_id: order.outTradeNo,
    pay_wx_order_id: order.wx_order_id,
  }
}

function beginRefund(order: Order, refund_order_id: string, amountFen: number, desk: Desk): Refund {
  const refund: Refund = {
    refund_order_id,
    wx_order_id: `wxr${desk.ledger.serial()}`,
    outTradeNo: order.outTradeNo,
    openid: order.openid,
    amountFen,
    at: desk.now,
    doneAt: desk.now + desk.refundAfterMs,
    fails: desk.refundFails,
  }
  desk.ledger.put('refund', refund_order_id, refund, order.outTradeNo)
  desk.announce(refund_order_id, refund.doneAt)
  return refund
}

const calls: Record<string, (request: TwinRequest, desk: Desk) => Fields> = {
  '/cgi-bin/stable_token': token,
  '/sns/jscode2session': session,
  '/xpay/query_order': queryOrder,
  '/xpay/refund_order': refundOrder,
}

const isText = (value: unknown, pattern: RegExp): value is string => typeof value === 'string' && pattern.test(value)

/** Checks the parameters of the payment sheet. @returns undefined if WeChat would refuse them (-15001 to -15016) */
function readSheet(payInfo: string | object, desk: Desk): SheetFields | undefined {
  if (typeof payInfo === 'string' || !desk.settings) return undefined
  const { mode, signData, paySig, signature } = payInfo as Fields
  if (mode !== 'short_series_goods' || typeof signData !== 'string') return undefined
  if (paySig !== hmac(setting(desk, 'appKey'), `requestVirtualPayment&${signData}`)) return undefined
  const person = desk.ledger
    .list<Session>('session', 'all')
    .find(({ session_key }) => signature === hmac(session_key, signData))
  const { offerId, env, currencyType, productId, goodsPrice, buyQuantity, outTradeNo, attach } = JSON.parse(
    signData,
  ) as Fields
  const isWhole = [goodsPrice, buyQuantity].every((count) => Number.isSafeInteger(count) && Number(count) > 0)
  if (!person || offerId !== setting(desk, 'offerId') || env !== envOf(desk) || currencyType !== 'CNY' || !isWhole)
    return undefined
  if (!isText(outTradeNo, /^[0-9A-Za-z|*@-][\w|*@-]{7,31}$/) || !isText(productId, /^\S{1,64}$/)) return undefined
  return {
    openid: person.openid,
    env: envOf(desk),
    outTradeNo,
    productId,
    goodsPrice: Number(goodsPrice),
    buyQuantity: Number(buyQuantity),
    attach: typeof attach === 'string' ? attach : '',
  }
}

export const virtualpay: Twin = {
  provider: 'virtualpay',
  name: 'WeChat virtual payment',
  hasBills: false,
  seed: (baseUrl, previous) => ({
    appId: 'wx0000000000000000',
    appSecret: randomBytes(16).toString('hex'),
    offerId: '1450009002',
    appKey: randomBytes(16).toString('hex'),
    ...previous,
    baseUrl,
  }),
  // The pauses between the tries of an event (RetryTimes): 2, 4, 8, 16 … seconds, up to 15 times.
  retrySeconds: Array.from({ length: 15 }, (_, tries) => 2 ** (tries + 1)),
  scenarioCalls: ['jscode2session', 'refund_order'],
  callOf: (path) => path.slice(path.lastIndexOf('/') + 1),
  isFromPhone: () => false,

  handle(request, desk): Handled {
    const print = (fields: Fields) => ({
      statusCode: 200,
      headers: { 'content-type': 'application/json; charset=utf-8' },
      body: JSON.stringify(fields),
    })
    const call = Object.hasOwn(calls, request.path) ? calls[request.path] : undefined
    try {
      if (!call) throw new Refusal(40066, 'invalid url')
      return { answer: print({ errcode: 0, errmsg: 'ok', ...call(request, desk) }), ok: true, detail: 'errcode 0' }
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      const { errcode, message: errmsg } = error
      return { answer: print({ errcode, errmsg }), ok: false, detail: `errcode ${errcode} ${errmsg}` }
    }
  },

  find(payInfo, desk): SheetPayment | undefined {
    const sheet = readSheet(payInfo, desk)
    if (!sheet) return undefined
    desk.ledger.put('sheet', sheet.outTradeNo, sheet)
    const { outTradeNo: no, goodsPrice, buyQuantity, productId: title } = sheet
    const state = desk.ledger.get('order', no) ? 'paid' : 'payable'
    return { no, amountFen: goodsPrice * buyQuantity, currency: 'CNY', title, state }
  },

  take(no, { amountFen, knownAt }, desk) {
    const sheet = desk.ledger.get<SheetFields>('sheet', no)
    if (!sheet) return
    const transaction_id = `4200${String(desk.ledger.serial()).padStart(24, '0')}`
    const paid = { at: desk.now, knownAt, amountFen, transaction_id }
    const wx_order_id = `wx${desk.ledger.serial()}`
    desk.ledger.put('order', no, { ...sheet, wx_order_id, isApple: false, paid, deliveredAt: null } satisfies Order)
  },

  refundInConsole(no, amountFen, desk) {
    const order = desk.ledger.get<Order>('order', no)
    if (!order) throw new Refusal(268490002, '订单不存在')
    beginRefund(order, `console-${desk.ledger.serial()}-${no}`.slice(0, 32), amountFen, desk)
  },

  notice({ no, forged }, _url, desk) {
    if (!desk.push) throw new Error('the shop has no messagePush')
    const { url, setup } = desk.push
    const refund = desk.ledger.get<Refund>('refund', no)
    const event = refund ? refundEvent(refund, desk) : deliverEvent(no, desk)
    return pushRequest(url, setup, { event, isForged: forged, now: desk.now })
  },

  isThanked: isPushThanked,

  noticed({ no, forged }, thanked, desk) {
    const order = desk.ledger.get<Order>('order', no)
    if (order && thanked && !forged) desk.ledger.put('order', no, { ...order, deliveredAt: desk.now })
  },
}

function deliverEvent(no: string, desk: Desk) {
  const sheet = desk.ledger.get<SheetFields>('sheet', no)
  if (!sheet) throw new Error(`no payment ${no}`)
  const paid = desk.ledger.get<Order>('order', no)?.paid
  const price = sheet.goodsPrice * sheet.buyQuantity
  return {
    Event: 'xpay_goods_deliver_notify',
    OpenId: sheet.openid,
    OutTradeNo: no,
    Env: sheet.env,
    WeChatPayInfo: {
      MchOrderNo: `vp${no}`,
      TransactionId: paid?.transaction_id ?? '',
      PaidTime: seconds(paid?.at ?? desk.now),
    },
    GoodsInfo: {
      ProductId: sheet.productId,
      Quantity: sheet.buyQuantity,
      OrigPrice: price,
      ActualPrice: paid?.amountFen ?? price,
      Attach: sheet.attach,
    },
    RetryTimes: 0,
  }
}

function refundEvent(refund: Refund, desk: Desk) {
  return {
    Event: 'xpay_refund_notify',
    OpenId: refund.openid,
    WxRefundId: refund.wx_order_id,
    MchRefundId: refund.refund_order_id,
    WxOrderId: desk.ledger.get<Order>('order', refund.outTradeNo)?.wx_order_id ?? '',
    MchOrderId: refund.outTradeNo,
    RefundFee: refund.amountFen,
    RetCode: isBack(desk, refund) ? 0 : 1,
    RetMsg: isBack(desk, refund) ? 'success' : '退款失败',
    RefundStartTimestamp: seconds(refund.at),
    RefundSuccTimestamp: seconds(refund.doneAt),
    RetryTimes: 0,
  }
}
