// The fake server of Tencent Midas (OpenMidas, aggregated payment): /v1/r/{offerId}/{interface} and the delivery
// callback, as Midas's pages on server API, signing and delivery describe them. Where the pages leave something open,
// the fake server takes the stricter reading.

import * as crypto from 'node:crypto'
import { beijingDigits, beijingText } from '../../miniprogram/rules/beijing'
import { isPaid, knownMoney, type Money, moneyAtClose, newTransactionNo, refundStage } from './book'
import { h5Page, newCode, newLink, newSigning, numberBehind, openToSites, signingPage } from './midasWeb'
import type { Desk, Handled, SheetPayment, Twin, TwinRequest } from './twin'
import { isSignedRsa, newPrivateKey, signRsa } from './wire/merchantKeys'

type Fields = Record<string, string>

interface MidasOrder {
  out_trade_no: string
  transaction_id: string
  /** the fields of the request; a second unified_order for the same number must have equal fields */
  asked: Fields
  amountFen: number
  createdAt: number
  /** when the shopper opened the payment page */
  openedAt: number | null
  closedAt: number | null
  paid: (Money & { orderid: string }) | null
  callback: { at: number; thanked: boolean } | null
}

interface MidasRefund {
  refund_id: string
  out_trade_no: string
  user_id: string
  amountFen: number
  sub_out_trade_no: string
  doneAt: number
  fails: boolean
}

// The documents list no error codes, only "not 0". These codes are the fake server's own.
const codes = {
  badParameter: 1001,
  badSignature: 1002,
  unknownOrder: 1003,
  closed: 1004,
  paid: 1005,
  different: 1006,
  notRefundable: 1007,
  unknownOffer: 1008,
  signed: 1009,
} as const

/** A refusal: Midas answers it with HTTP 200 and ret ≠ 0. */
class Refusal extends Error {
  constructor(
    readonly ret: number,
    message: string,
  ) {
    super(message)
    this.name = 'Refusal'
  }
}

const minuteMs = 60_000
// The documents give no time limit for a payment page. The fake server assumes two hours, as for WeChat's prepay_id.
const lifeMs = 120 * minuteMs
const expiringMs = minuteMs
const yearMs = 365 * 24 * 60 * minuteMs
const timestampToleranceMs = 15 * minuteMs
// The document says that timestamps are in GMT, but its samples send Beijing's clock time as if it were GMT. Both are
// accepted.
const timestampOffsetsMs = [0, -8 * 60 * minuteMs]

interface Rule {
  required?: true
  pattern?: RegExp
  max: number
}

const number = /^[0-9A-Za-z_.-]+$/
const fen = /^(0|[1-9]\d{0,9})$/
const common: Record<string, Rule> = {
  user_id: { required: true, pattern: /^[0-9A-Za-z]{5,}$/, max: 255 },
  ts: { required: true, pattern: /^\d{10}$/, max: 10 },
  // The document's table says string[32], but every sample has 344 characters.
  sign: { required: true, pattern: /^[A-Za-z0-9+/]+={0,2}$/, max: 1024 },
}
const either: Record<string, Rule> = {
  out_trade_no: { pattern: number, max: 32 },
  transaction_id: { max: 32 },
}
const settlement: Record<string, Rule> = {
  platform_income: { pattern: fen, max: 10 },
  buss_settle_amount: { pattern: fen, max: 10 },
  platform_income_detail: { pattern: /^\{/, max: 100 },
}

// A field that is not listed is part of the signed text but is not checked further, because some samples of the
// document contain such fields.
const interfaces: Record<string, { rules: Record<string, Rule>; run(fields: Fields, desk: Desk): Outcome }> = {
  unified_order: {
    rules: {
      ...common,
      ...settlement,
      out_trade_no: { required: true, pattern: number, max: 32 },
      product_id: { required: true, pattern: number, max: 128 },
      currency_type: { required: true, pattern: /^cny$/i, max: 3 },
      amount: { required: true, pattern: /^[1-9]\d{0,9}$/, max: 10 },
      product_name: { required: true, max: 128 },
      product_detail: { required: true, max: 255 },
      sub_appid: { max: 50 },
      channel: { pattern: /^(wechat|qqwallet)$/, max: 10 },
      type: { pattern: /^save$/, max: 10 },
      metadata: { max: 255 },
      num: { pattern: fen, max: 10 },
      callback_url: { pattern: /^https?:\/\//, max: 255 },
      wx_openid: { max: 50 },
      sub_out_trade_no_list: { pattern: /^\[/, max: 512 },
    },
    run: unifiedOrder,
  },
  query_order: {
    rules: {
      ...common,
      ...either,
      type: { required: true, pattern: /^by_(order|user)$/, max: 10 },
      starttime: { pattern: /^\d{10}$/, max: 64 },
      endtime: { pattern: /^\d{10}$/, max: 64 },
      num: { pattern: /^[1-9]\d{0,3}$/, max: 10 },
      off_set: { pattern: fen, max: 10 },
    },
    run: queryOrder,
  },
  close_order: { rules: { ...common, ...either }, run: closeOrder },
  refund: {
    rules: {
      ...common,
      ...either,
      ...settlement,
      refund_id: { required: true, pattern: number, max: 32 },
      amount: { required: true, pattern: /^[1-9]\d{0,9}$/, max: 10 },
      sub_out_trade_no: { max: 32 },
    },
    run: refund,
  },
  query_refund: {
    rules: { ...common, refund_id: { required: true, pattern: number, max: 32 } },
    run: queryRefund,
  },
}

type Outcome = Pick<Handled, 'opened' | 'ended'> & { reply: object }

export const midas: Twin = {
  seed: (baseUrl, previous) => ({
    offerId: '1450009001',
    offerKey: crypto.randomBytes(16).toString('hex'),
    privateKey: previous?.privateKey ?? newPrivateKey('pem'),
    web: true,
    ...previous,
    baseUrl,
  }),
  provider: 'midas',
  name: 'Tencent Midas',
  hasBills: false,
  retrySeconds: [15, 15, 30, 180, 1800, 1800, 1800, 1800, 3600],
  scenarioCalls: ['unified_order', 'jsapi', 'refund'],
  callOf: (path) => path.slice(path.lastIndexOf('/') + 1),
  isFromPhone: (call) => ['jsapi', 'contract', 'web', 'webContract'].includes(call),

  handle(request, desk) {
    const page = h5Page(request, desk) ?? signingPage(request, desk)
    if (page) return { answer: page, ok: page.statusCode === 200, detail: 'page' }
    if (request.path === '/web') return openForBrowser(request, desk)
    if (request.path === '/webContract') return signInBrowser(request, desk)
    const signs = request.path === '/contract'
    const json = signs || request.path === '/jsapi'
    const number = json ? '' : (request.query.get('refund_id') ?? request.query.get('out_trade_no') ?? '')
    try {
      const { reply, ...rest } = signs
        ? openContract(request, desk)
        : json
          ? exchange(request, desk)
          : api(request, desk)
      return { answer: printed(reply, json), ok: true, detail: `${number} ret 0`.trim(), ...rest }
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      const { ret, message: msg } = error
      const done = !json ? {} : ret === codes.paid ? { paid: true } : ret === codes.signed ? { signed: true } : {}
      return { answer: printed({ ret, msg, ...done }, json), ok: false, detail: `${number} ret ${ret} ${msg}`.trim() }
    }
  },

  find(payInfo, desk) {
    if (!desk.settings) return undefined
    const order = typeof payInfo === 'string' ? orderOfText(payInfo, desk) : orderOfJsapi(payInfo, desk)
    return order && sheetPayment(order, desk.now)
  },

  take(no, { amountFen, knownAt }, desk) {
    const order = desk.ledger.get<MidasOrder>('order', no)
    if (!order) return
    const orderid = newTransactionNo(desk)
    keepOrder(
      { ...order, openedAt: order.openedAt ?? desk.now, paid: { amountFen, at: desk.now, knownAt, orderid } },
      desk,
    )
  },

  // The documents describe no notification of a refund, and query_order gives the refund's time without its amount.
  refundInConsole(no, amountFen, desk) {
    const order = desk.ledger.get<MidasOrder>('order', no)
    if (!order) throw new Refusal(codes.unknownOrder, 'no such order')
    const refund_id = `console${desk.ledger.serial()}`
    const doneAt = desk.now + desk.refundAfterMs
    const { user_id = '' } = order.asked
    const refund = { refund_id, out_trade_no: no, sub_out_trade_no: '', user_id, amountFen, doneAt, fails: false }
    keepRefund(order, refund, desk)
  },

  notice({ no, forged }, url, desk) {
    const order = desk.ledger.get<MidasOrder>('order', no)
    if (!order) throw new Error(`no order ${no}`)
    const fields = delivery(order, desk)
    const signature = forged ? crypto.randomBytes(256).toString('base64') : sign(textOf(fields), desk)
    return {
      method: 'POST',
      url,
      headers: { 'content-type': 'application/json;charset=utf-8' },
      body: JSON.stringify({ ...fields, sign: signature }),
    }
  },

  isThanked({ status, body }) {
    const answer = parsed(body)
    return status === 200 && answer?.ret === 0 && answer.msg === 'ok'
  },

  noticed({ no, forged }, thanked, desk) {
    const order = desk.ledger.get<MidasOrder>('order', no)
    if (!order?.paid || forged || order.callback?.thanked) return
    keepOrder({ ...order, callback: { at: desk.now, thanked } }, desk)
  },
}

function printed(reply: object, json: boolean): { statusCode: number; headers: Fields; body: string } {
  const type = json ? 'application/json;charset=utf-8' : 'text/html;charset=utf-8'
  return { statusCode: 200, headers: { 'content-type': type }, body: JSON.stringify(reply) }
}

function api(request: TwinRequest, desk: Desk): Outcome {
  const [, offerId, name = ''] = /^\/v1\/r\/([^/]+)\/([^/]+)$/.exec(request.path) ?? []
  if (offerId === undefined || offerId !== setting('offerId', desk))
    throw new Refusal(codes.unknownOffer, 'unknown offer id')
  const called = Object.hasOwn(interfaces, name) ? interfaces[name] : undefined
  if (!called) throw new Refusal(codes.unknownOffer, 'unknown interface')
  if (request.method !== 'POST' && request.method !== 'GET') throw bad('method')
  if (request.body.length > 0) throw bad('body: parameters belong in the query string')
  const fields = Object.fromEntries(request.query)
  if (Object.keys(fields).length !== request.query.size) throw bad('a parameter stands there twice')
  for (const [field, value] of Object.entries(fields)) if (value === '') throw bad(`${field} is empty`)
  for (const [field, rule] of Object.entries(called.rules)) check(field, fields[field], rule)
  const { sign: signature = '', ...signed } = fields
  if (!isSigned(textOf(signed), signature, desk)) throw new Refusal(codes.badSignature, 'sign does not verify')
  const sentAt = Number(fields.ts) * 1000
  if (!timestampOffsetsMs.some((offset) => Math.abs(sentAt - desk.now - offset) <= timestampToleranceMs))
    throw bad('ts is not now')
  return called.run(fields, desk)
}

function check(field: string, value: string | undefined, { required, pattern, max }: Rule): void {
  if (value === undefined) {
    if (required) throw bad(`${field} is missing`)
    return
  }
  if (Buffer.byteLength(value) > max) throw bad(`${field} is longer than ${max}`)
  // Midas passes these names on to WeChat, which accepts characters of at most three bytes.
  if (/[\u{10000}-\u{10FFFF}]/u.test(value)) throw bad(`${field} has characters of four bytes`)
  if (pattern && !pattern.test(value)) throw bad(`${field} is malformed`)
}

const bad = (what: string): Refusal => new Refusal(codes.badParameter, what)

function unifiedOrder(fields: Fields, desk: Desk): Outcome {
  const { ts, sign: signature, ...asked } = fields
  const no = fields.out_trade_no ?? ''
  checkParts(fields)
  const known = desk.ledger.get<MidasOrder>('order', no)
  if (known) {
    refuseUnpayable(known, desk.now)
    if (canonical(asked) !== canonical(known.asked)) throw new Refusal(codes.different, 'out_trade_no: another order')
    return { reply: ordered(known, desk), opened: no }
  }
  const order: MidasOrder = {
    out_trade_no: no,
    transaction_id: `E-${beijingDigits(desk.now).slice(2, 12)}${String(desk.ledger.serial()).padStart(8, '0')}`,
    asked,
    amountFen: Number(fields.amount),
    createdAt: desk.now,
    openedAt: null,
    closedAt: null,
    paid: null,
    callback: null,
  }
  desk.ledger.put('order', no, order, fields.user_id)
  desk.ledger.put('transaction', order.transaction_id, { out_trade_no: no })
  return { reply: ordered(order, desk), opened: no }
}

// An order for several shops: the amounts of its parts must add up to the order's amount.
function checkParts(fields: Fields): void {
  if (fields.sub_out_trade_no_list === undefined) return
  const parts = parsedList(fields.sub_out_trade_no_list)
  const amounts = parts?.map(({ sub_out_trade_no: no, amount }) => (typeof no === 'string' ? amount : undefined))
  const sum = amounts?.reduce<number>(
    (total, amount) => total + (Number.isSafeInteger(amount) ? Number(amount) : Number.NaN),
    0,
  )
  if (sum !== Number(fields.amount)) throw bad('sub_out_trade_no_list does not add up to amount')
}

const ordered = (order: MidasOrder, desk: Desk): object => ({
  ret: 0,
  transaction_id: order.transaction_id,
  out_trade_no: order.out_trade_no,
  pay_info: payInfoOf(order, desk),
})

function queryOrder(fields: Fields, desk: Desk): Outcome {
  if (fields.type === 'by_order') return { reply: { ret: 0, msg: 'ok', ...described(orderOf(fields, desk), desk) } }
  for (const field of ['starttime', 'endtime', 'num', 'off_set'])
    if (fields[field] === undefined) throw bad(`${field} is missing`)
  const value = (field: string): number => Number(fields[field])
  const orders = desk.ledger
    .list<MidasOrder>('order', fields.user_id ?? '')
    .filter(({ createdAt }) => createdAt >= value('starttime') * 1000 && createdAt < (value('endtime') + 1) * 1000)
  // The document shows the fields of one order only. The name of the list is the fake server's own.
  const list = orders
    .slice(value('off_set'))
    .slice(0, value('num'))
    .map((order) => described(order, desk))
  return { reply: { ret: 0, msg: 'ok', total: orders.length, list } }
}

function described(order: MidasOrder, desk: Desk): object {
  const { asked, callback } = order
  const known = knownMoney(order, desk.now)
  const back = desk.ledger
    .list<MidasRefund>('refund', order.out_trade_no)
    .filter((one) => refundState(one, desk.now) === 2)
    .map(({ doneAt }) => doneAt)
  return {
    appid: setting('offerId', desk),
    sub_appid: asked.sub_appid ?? '',
    out_trade_no: order.out_trade_no,
    sub_out_trade_no_list: parsedList(asked.sub_out_trade_no_list ?? '') ?? [],
    transaction_id: order.transaction_id,
    user_id: asked.user_id,
    pay_channel: asked.channel ?? 'wechat',
    product_id: asked.product_id,
    metadata: asked.metadata ?? '',
    currency_type: asked.currency_type,
    amount: known?.amountFen ?? order.amountFen,
    order_state: stateOf(order, desk.now),
    order_time: beijingText(order.createdAt),
    pay_time: known ? beijingText(known.at) : '',
    callback_time: known && callback ? beijingText(callback.at) : '',
    refund_time: back.length > 0 ? beijingText(Math.max(...back)) : '',
    ...(known && { pay_channel_orderid: known.orderid }),
  }
}

/** The order's state as a number: order_state 0 to 6 of the document. */
function stateOf({ paid, callback, closedAt, createdAt, openedAt }: MidasOrder, now: number): string {
  if (paid && paid.knownAt <= now) return callback === null ? '2' : callback.thanked ? '4' : '3'
  if (closedAt !== null || now >= createdAt + lifeMs + expiringMs) return '6'
  if (now >= createdAt + lifeMs) return '5'
  return openedAt === null ? '0' : '1'
}

const isClosed = ({ closedAt, createdAt }: MidasOrder, now: number): boolean =>
  closedAt !== null || now >= createdAt + lifeMs

function refuseUnpayable(order: MidasOrder, now: number): void {
  if (isPaid(order, now)) throw new Refusal(codes.paid, 'the order is paid')
  if (isClosed(order, now)) throw new Refusal(codes.closed, 'the order is closed')
}

function closeOrder(fields: Fields, desk: Desk): Outcome {
  const order = orderOf(fields, desk)
  if (isPaid(order, desk.now)) throw new Refusal(codes.paid, 'the order is paid')
  const paid = moneyAtClose(order, order.out_trade_no, desk)
  keepOrder({ ...order, paid, closedAt: order.closedAt ?? desk.now }, desk)
  return { reply: { ret: 0, msg: 'ok' }, ended: order.out_trade_no }
}

function refund(fields: Fields, desk: Desk): Outcome {
  const order = orderOf(fields, desk)
  const wanted: MidasRefund = {
    refund_id: fields.refund_id ?? '',
    out_trade_no: order.out_trade_no,
    user_id: fields.user_id ?? '',
    amountFen: Number(fields.amount),
    sub_out_trade_no: fields.sub_out_trade_no ?? '',
    doneAt: desk.now + desk.refundAfterMs,
    fails: desk.refundFails,
  }
  const known = desk.ledger.get<MidasRefund>('refund', wanted.refund_id)
  if (known) {
    const same = { ...wanted, doneAt: known.doneAt, fails: known.fails }
    if (JSON.stringify(same) !== JSON.stringify(known)) throw new Refusal(codes.different, 'refund_id: another refund')
    return { reply: { ret: 0, msg: 'ok' } }
  }
  keepRefund(order, wanted, desk)
  return { reply: { ret: 0, msg: 'ok' } }
}

function keepRefund(order: MidasOrder, wanted: MidasRefund, desk: Desk): void {
  if (!order.paid || !isPaid(order, desk.now)) throw new Refusal(codes.notRefundable, 'the order is not paid')
  if (desk.now - order.paid.at > yearMs) throw new Refusal(codes.notRefundable, 'the order is older than a year')
  const gone = (part: string): number =>
    desk.ledger
      .list<MidasRefund>('refund', order.out_trade_no)
      .filter((one) => refundState(one, desk.now) !== 3 && (part === '' || one.sub_out_trade_no === part))
      .reduce((sum, one) => sum + one.amountFen, 0)
  if (wanted.amountFen > order.paid.amountFen - gone(''))
    throw new Refusal(codes.notRefundable, 'amount: more than is left of the order')
  const part = wanted.sub_out_trade_no
  if (part !== '' && wanted.amountFen > partFen(order, part) - gone(part))
    throw new Refusal(codes.notRefundable, 'amount: more than is left of the sub-order')
  desk.ledger.put('refund', wanted.refund_id, wanted, order.out_trade_no)
}

const partFen = ({ asked }: MidasOrder, no: string): number =>
  Number(parsedList(asked.sub_out_trade_no_list ?? '')?.find((part) => part.sub_out_trade_no === no)?.amount ?? 0)

/** The refund's state as a number: 1 processing, 2 success, 3 failed. */
const refundStates = { underWay: 1, failed: 3, done: 2 } as const
const refundState = (one: MidasRefund, now: number): 1 | 2 | 3 => refundStates[refundStage(one, now)]

function queryRefund(fields: Fields, desk: Desk): Outcome {
  const known = desk.ledger.get<MidasRefund>('refund', fields.refund_id ?? '')
  if (known?.user_id !== fields.user_id || !known) throw new Refusal(codes.unknownOrder, 'no such refund')
  return { reply: { ret: 0, msg: 'ok', refund_id: known.refund_id, state: refundState(known, desk.now) } }
}

// If the request has both numbers, out_trade_no is used. An order of another user counts as unknown.
function orderOf(fields: Fields, desk: Desk): MidasOrder {
  const { out_trade_no: own, transaction_id: theirs, user_id: user } = fields
  if (own === undefined && theirs === undefined) throw bad('out_trade_no or transaction_id is missing')
  const no = own ?? desk.ledger.get<{ out_trade_no: string }>('transaction', theirs ?? '')?.out_trade_no ?? ''
  const order = desk.ledger.get<MidasOrder>('order', no)
  if (!order || order.asked.user_id !== user) throw new Refusal(codes.unknownOrder, 'no such order')
  return order
}

const keepOrder = (order: MidasOrder, desk: Desk): void => desk.ledger.put('order', order.out_trade_no, order)

/** The delivery callback. It has no transaction_id and no state; its arrival means that the order is paid. */
function delivery({ asked, paid, amountFen, out_trade_no }: MidasOrder, desk: Desk): Record<string, unknown> {
  return {
    appid: setting('offerId', desk),
    ...(asked.sub_appid && { sub_appid: asked.sub_appid }),
    user_id: asked.user_id,
    out_trade_no,
    product_id: asked.product_id,
    currency_type: asked.currency_type,
    amount: paid?.amountFen ?? amountFen,
    pay_channel: asked.channel ?? 'wechat',
    // 5 is Midas's number for a payment in a mini-program.
    pay_scene: 5,
    pay_channel_orderid: paid?.orderid ?? `4200${beijingDigits(desk.now)}0000000000`,
    ...(asked.metadata && { metadata: asked.metadata }),
    ...(asked.sub_out_trade_no_list && { sub_out_trade_no_list: parsedList(asked.sub_out_trade_no_list) }),
    ts: String(Math.floor(desk.now / 1000)),
  }
}

// The protocol between OpenMidas and its host is not public. The fake server uses our own, described in
// miniprogram/openmidas/core.ts.
function exchange(request: TwinRequest, desk: Desk): Outcome {
  if (request.method !== 'POST') throw bad('method')
  const payInfo = parsed(request.body.toString('utf8'))?.payInfo
  const order = typeof payInfo === 'string' ? orderOfPayInfo(payInfo, desk) : undefined
  if (!order) throw new Refusal(codes.badSignature, 'payInfo is not one of ours')
  refuseUnpayable(order, desk.now)
  return { reply: { ret: 0, msg: 'ok', jsapi: sheetFor(order, desk) } }
}

/**
 * Like `exchange`, for a browser: answers with a payment sheet, an H5 page or a QR code, depending on where the page is
 * open.
 */
function openForBrowser(request: TwinRequest, desk: Desk): Handled {
  const body = parsed(request.body.toString('utf8')) ?? {}
  const order = typeof body.payInfo === 'string' ? orderOfPayInfo(body.payInfo, desk) : undefined
  return answerSite(request, order?.out_trade_no, () => {
    if (!order) throw new Refusal(codes.badSignature, 'payInfo is not one of ours')
    refuseUnpayable(order, desk.now)
    return openAt(order, { body, origin: request.headers.origin ?? '' }, desk)
  })
}

/**
 * Like `openContract`, for a browser: answers with the address of WeChat's signing page. That page returns the user to
 * redirectUrl.
 */
function signInBrowser(request: TwinRequest, desk: Desk): Handled {
  return answerSite(request, undefined, () => {
    const { appId, channel, redirectUrl } = parsed(request.body.toString('utf8')) ?? {}
    const { reply } = openContract(request, desk)
    if (channel !== 'wechat') throw bad('channel')
    const { contract } = reply as { contract: { extraData: object } }
    const asked = { extraData: contract.extraData, appId: String(appId), back: String(redirectUrl) }
    const url = newSigning(asked, request.headers.origin ?? '', desk)
    if (url === undefined) throw bad('redirectUrl: is not on the site that asks')
    return { url }
  })
}

/** Answers a web page of any origin. @param no our number of the payment, which the answer contains */
function answerSite(request: TwinRequest, no: string | undefined, run: () => object): Handled {
  if (request.method === 'OPTIONS')
    return { answer: openToSites({ statusCode: 204, headers: {}, body: '' }), ok: true, detail: 'preflight' }
  const told = (reply: { ret: number; msg: string }): Handled => ({
    answer: openToSites(printed({ ...reply, ...(no !== undefined && { no }) }, true)),
    ok: reply.ret === 0,
    detail: `${no ?? ''} ret ${reply.ret} ${reply.msg}`.trim(),
  })
  try {
    if (request.method !== 'POST') throw bad('method')
    return told({ ret: 0, msg: 'ok', ...run() })
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    const { ret, message: msg } = error
    const why = ret === codes.paid ? { paid: true } : ret === codes.signed ? { signed: true } : {}
    return told({ ret, msg, ...why })
  }
}

function openAt(order: MidasOrder, asked: { body: Record<string, unknown>; origin: string }, desk: Desk): object {
  const { place } = asked.body
  if (place === 'wechat' && !order.asked.wx_openid) throw bad('wx_openid: 公众号支付必须带入')
  if (place === 'wechat') return { jsapi: { appId: 'wx0000000000000001', ...sheetFor(order, desk) } }
  keepOrder({ ...order, openedAt: order.openedAt ?? desk.now }, desk)
  if (place === 'pc') return { code: newCode(order.out_trade_no, desk) }
  if (place !== 'mobile') throw bad('place')
  const link = newLink(order.out_trade_no, asked, desk)
  if (link === undefined) throw bad('back: is not on the site that asks')
  return { link }
}

/** The parameters of the payment sheet for an order. */
function sheetFor(order: MidasOrder, desk: Desk): object {
  const prepayId = `wx${beijingDigits(desk.now)}${String(desk.ledger.serial()).padStart(18, '0')}`
  desk.ledger.put('prepay', prepayId, { out_trade_no: order.out_trade_no })
  keepOrder({ ...order, openedAt: order.openedAt ?? desk.now }, desk)
  const parameters = {
    timeStamp: String(Math.floor(desk.now / 1000)),
    nonceStr: crypto.randomBytes(16).toString('hex'),
    package: `prepay_id=${prepayId}`,
  }
  return { ...parameters, signType: 'RSA', paySign: sign(sheetText(parameters, desk), desk) }
}

// Opens a contract, by the convention of miniprogram/openmidas/core.ts. The fake server accepts the merchant's own app
// and any user of Midas.
function openContract(request: TwinRequest, desk: Desk): Outcome {
  if (request.method !== 'POST') throw bad('method')
  const { appId, userId } = parsed(request.body.toString('utf8')) ?? {}
  if (appId !== setting('offerId', desk)) throw new Refusal(codes.unknownOffer, 'appId is not an app of this merchant')
  if (typeof userId !== 'string' || !/^[0-9A-Za-z]{5,100}$/.test(userId)) throw bad('userId')
  const contract = desk.signing(userId)
  if (!contract) throw new Refusal(codes.unknownOffer, 'this merchant has no contracts')
  if (contract === 'signed') throw new Refusal(codes.signed, 'this user has signed already')
  return { reply: { ret: 0, msg: 'ok', contract } }
}

const sheetText = (parameters: { timeStamp: string; nonceStr: string; package: string }, desk: Desk): string =>
  `${setting('offerId', desk)}\n${parameters.timeStamp}\n${parameters.nonceStr}\n${parameters.package}\n`

function payInfoOf({ asked, out_trade_no }: MidasOrder, desk: Desk): string {
  const data = JSON.stringify({
    appid: setting('offerId', desk),
    user_id: asked.user_id,
    out_trade_no,
    product_id: asked.product_id,
    pay_method: asked.channel ?? 'wechat',
  })
  return `data=${encodeURIComponent(data)}&sign=${encodeURIComponent(sign(data, desk))}`
}

function orderOfText(text: string, desk: Desk): MidasOrder | undefined {
  const no = numberBehind(text, desk)
  return no === undefined ? orderOfPayInfo(text, desk) : desk.ledger.get<MidasOrder>('order', no)
}

function orderOfPayInfo(payInfo: string, desk: Desk): MidasOrder | undefined {
  const pairs = new URLSearchParams(payInfo)
  const data = pairs.get('data') ?? ''
  if (pairs.size !== 2 || !isSigned(data, pairs.get('sign') ?? '', desk)) return undefined
  const no = parsed(data)?.out_trade_no
  return typeof no === 'string' ? desk.ledger.get<MidasOrder>('order', no) : undefined
}

function orderOfJsapi(parameters: object, desk: Desk): MidasOrder | undefined {
  const { timeStamp, nonceStr, package: prepay, paySign } = parameters as Record<string, unknown>
  if (typeof timeStamp !== 'string' || typeof nonceStr !== 'string') return undefined
  if (typeof prepay !== 'string' || typeof paySign !== 'string') return undefined
  if (!isSigned(sheetText({ timeStamp, nonceStr, package: prepay }, desk), paySign, desk)) return undefined
  const known = desk.ledger.get<{ out_trade_no: string }>('prepay', prepay.slice('prepay_id='.length))
  return known && desk.ledger.get<MidasOrder>('order', known.out_trade_no)
}

const sheetPayment = (order: MidasOrder, now: number): SheetPayment => ({
  no: order.out_trade_no,
  amountFen: order.amountFen,
  currency: (order.asked.currency_type ?? '').toUpperCase(),
  title: order.asked.product_name ?? '',
  // A payment in progress counts as paid, so that one sheet takes no second payment.
  state: order.paid ? 'paid' : isClosed(order, now) ? 'closed' : 'payable',
  ...(order.asked.channel === 'qqwallet' && { wallet: 'qq' }),
})

// The text that is signed, by the page "Signing" of Midas's document: name=value sorted by name and joined with &, then
// the offerKey without a separator. The signature is RSA-SHA256 (PKCS#1 v1.5) in base64.
const textOf = (fields: Record<string, unknown>): string =>
  Object.keys(fields)
    .sort()
    .map((name) => `${name}=${printedValue(fields[name])}`)
    .join('&')

// The documents don't say how a list is signed. The fake server assumes that its JSON text is signed as it was sent.
const printedValue = (value: unknown): string => (typeof value === 'object' ? JSON.stringify(value) : String(value))

const canonical = (fields: Fields): string =>
  JSON.stringify(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1)))

// Midas's console makes the merchant's key pair, so Midas has the private key too. The fake server signs callbacks with
// it.
const sign = (text: string, desk: Desk): string =>
  signRsa('RSA-SHA256', text + setting('offerKey', desk), setting('privateKey', desk))

const isSigned = (text: string, signature: string, desk: Desk): boolean =>
  isSignedRsa('RSA-SHA256', text + setting('offerKey', desk), signature, setting('privateKey', desk))

function setting(name: 'offerId' | 'offerKey' | 'privateKey', desk: Desk): string {
  const value = desk.settings?.[name]
  if (typeof value !== 'string') throw new Refusal(codes.unknownOffer, 'the sandbox has no settings for Midas')
  return value
}

function parsed(text: string): Record<string, unknown> | undefined {
  const value = json(text)
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined
}

function parsedList(text: string): Record<string, unknown>[] | undefined {
  const value = json(text)
  return Array.isArray(value) && value.every((one) => typeof one === 'object' && one !== null) ? value : undefined
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
