// The fake server of Wisecashier (HipoPay): orders for WeChat and its Hong Kong wallet, /payment, /payment_refund,
// /download_bill and the notifications, as the page for official accounts (公众号) and the SDKs describe them. Where these
// leave something open, the fake server takes the stricter reading.

import * as crypto from 'node:crypto'
import { beijingDay, beijingDigits, beijingText, dayMs } from '../../miniprogram/rules/beijing'
import { asBilled, isPaid, type Money, refundStage } from './book'
import type { Desk, Handled, SheetPayment, Twin, TwinAnswer, TwinRequest } from './twin'
import { userOf } from './wechat/wechatAccount'
import { isWechat } from './wechat/wechatBrowser'
import { isSignedRsa, newPrivateKey, publicText, signRsa } from './wire/merchantKeys'

type Fields = Record<string, string>

interface Order {
  out_trade_id: string
  payment_no: string
  asked: Fields
  /** the currency of the shopper's wallet */
  wallet: 'CNY' | 'HKD'
  /** amount in the currency that the shopper sees as the price */
  amountFen: number
  createdAt: number
  paid: Money | null
}

interface Refund {
  out_refund_id: string
  refund_no: string
  out_trade_id: string
  amountFen: number
  createdAt: number
  doneAt: number
  fails: boolean
}

/** A refusal: a text with a status_code. The documents list no codes, so the fake server uses codes of its own. */
class Refusal extends Error {
  constructor(
    message: string,
    readonly statusCode = 400,
  ) {
    super(message)
    this.name = 'Refusal'
  }
}

// The SDKs send the Timestamp in seconds, in milliseconds or as a fraction of seconds. The documents don't say how old
// it may be.
const timestampToleranceMs = 15 * 60_000
// No page says when an order becomes EXPIRED. The fake server assumes two hours, as for WeChat's prepay_id.
const lifeMs = 120 * 60_000
const billDays = 31
const feePerMille = 8

/**
 * The decimals of each currency, and the value of one unit in ten-thousandths of a yuan. The rates are round numbers,
 * so that tests are easy to read.
 */
const currencies = new Map([
  ['CNY', { decimals: 2, rate: 10_000 }],
  ['HKD', { decimals: 2, rate: 9_100 }],
  ['USD', { decimals: 2, rate: 71_000 }],
  ['EUR', { decimals: 2, rate: 78_000 }],
  ['GBP', { decimals: 2, rate: 91_000 }],
  ['AUD', { decimals: 2, rate: 47_000 }],
  ['CAD', { decimals: 2, rate: 52_000 }],
  ['SGD', { decimals: 2, rate: 53_000 }],
  ['JPY', { decimals: 0, rate: 480 }],
  ['KRW', { decimals: 0, rate: 52 }],
])

type Envelope = 'meta' | 'is_success'

interface Call {
  name: string
  method: 'GET' | 'POST'
  path: string
  envelope: Envelope
  /**
   * true: a page makes this call by ajax and without a signature, as in the document. The calls of the SDKs have a
   * signature
   */
  unsigned?: true
  version?: string
  run(fields: Fields, desk: Desk): Done
}

type Done = { no: string; opened?: string } & ({ reply: object } | { text: string })

// Path of the merchant's page. The merchant has told Wisecashier this address in advance.
const shopPage = '/web/pay/sheet'

const order = (rules: OrderRules) => (fields: Fields, desk: Desk) => placeOrder(fields, rules, desk)

const calls: readonly Call[] = [
  {
    name: 'mini_program',
    method: 'POST',
    path: '/wechatpay/mini_program/payment',
    envelope: 'meta',
    run: order({ numberField: 'out_trade_id', required: ['out_trade_id', 'appid', 'openid'], inHongKong: false }),
  },
  {
    name: 'mp_pay',
    method: 'POST',
    path: '/mp_pay',
    envelope: 'meta',
    unsigned: true,
    run: order({ numberField: 'agent_order_id', required: ['openid', 'product_info'], inHongKong: false }),
  },
  {
    name: 'hk_mini_program',
    method: 'POST',
    path: '/wechatpay/hk/mini_program/payment',
    envelope: 'is_success',
    run: order({ numberField: 'out_trade_id', required: ['out_trade_id', 'appid', 'openid'], inHongKong: true }),
  },
  {
    name: 'hk_mp',
    method: 'POST',
    path: '/wechatpay/hk/online/mp/payment',
    envelope: 'is_success',
    unsigned: true,
    run: order({ numberField: 'out_trade_id', required: ['out_trade_id', 'openid'], inHongKong: true }),
  },
  { name: 'query', method: 'GET', path: '/payment', envelope: 'meta', run: queryPayment },
  { name: 'refund', method: 'POST', path: '/payment_refund', envelope: 'meta', run: refund },
  { name: 'queryRefund', method: 'GET', path: '/payment_refund', envelope: 'meta', run: queryRefund },
  { name: 'bill', method: 'GET', path: '/download_bill', envelope: 'meta', version: '3.0', run: bill },
]

export const wisecashier: Twin = {
  // The fake server has one key pair for this merchant, and also signs as the platform with that pair.
  seed: (baseUrl, previous) => {
    const privateKey = typeof previous?.privateKey === 'string' ? previous.privateKey : newPrivateKey('pem')
    return {
      merchantNo: `WC${crypto.randomBytes(7).toString('hex').slice(0, 13)}`,
      platformPublicKey: publicText(privateKey, 'pem'),
      // The seeded shop has prices in yuan and receives Hong Kong dollars.
      currency: 'HKD',
      isRmb: true,
      appId: 'wx0000000000000000',
      ...previous,
      privateKey,
      baseUrl,
    }
  },
  provider: 'wisecashier',
  name: 'Wisecashier',
  hasBills: true,
  retrySeconds: [1, 2, 4, 8, 60, 60, 60, 600, 600, 1800],
  scenarioCalls: ['mini_program', 'mp_pay', 'hk_mini_program', 'hk_mp', 'refund'],
  // /payment_refund is two calls: a GET has its parameters in the query, a POST has them in the body.
  callOf: (path, query) =>
    containerPath.test(path) ? 'container' : (callFor(path, query.size > 0 ? 'GET' : 'POST')?.name ?? path),
  isFromPhone: (call) => ['container', oauthPath, 'mp_pay', 'hk_mp'].includes(call),

  handle(request, desk) {
    const shown = oauthPage(request, desk) ?? containerPage(request, desk)
    if (shown) return shown
    const call = callFor(request.path, request.method)
    try {
      if (!call) throw new Refusal('no such interface', 404)
      const { no, opened, ...done } = call.run(verified(request, call, desk), desk)
      const answer = 'text' in done ? textAnswer(done.text) : jsonAnswer(succeeded(done.reply, call.envelope))
      return { answer, ok: true, detail: no, ...(opened !== undefined && { opened }) }
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      return { answer: jsonAnswer(refused(error, call?.envelope ?? 'meta')), ok: false, detail: error.message }
    }
  },

  find(payInfo, desk) {
    const sold =
      typeof payInfo === 'object' ? desk.ledger.get<{ out_trade_id: string }>('prepay', jsapiKey(payInfo)) : undefined
    const known = sold && desk.ledger.get<Order>('order', sold.out_trade_id)
    return known && sheetPayment(known, desk.now)
  },

  take(no, taken, desk) {
    const known = desk.ledger.get<Order>('order', no)
    if (known) keep({ ...known, paid: { ...taken, at: desk.now } }, desk, beijingDay(desk.now))
  },

  // The documents describe no notification of a refund. The bill lists the refund under a number that Wisecashier
  // makes.
  refundInConsole(no, amountFen, desk) {
    makeRefund(orderOf({ out_trade_id: no }, desk), amountFen, undefined, desk)
  },

  notice({ no, forged }, url, desk) {
    const known = desk.ledger.get<Order>('order', no)
    if (!known) throw new Error(`no order ${no}`)
    const lie = { amountFen: known.amountFen, at: desk.now, knownAt: desk.now }
    const fields = described(forged ? { ...known, paid: known.paid ?? lie } : known, desk.now)
    const timestamp = String(Math.floor(desk.now / 1000))
    const signature = forged ? crypto.randomBytes(256).toString('base64') : signed(noticeText(fields, timestamp), desk)
    // The notification is a form without a content type, sent to the address that the order names.
    return {
      method: 'POST',
      url: known.asked.notify_url ?? url,
      headers: { Timestamp: timestamp, Signature: signature },
      body: new URLSearchParams(fields).toString(),
    }
  },

  isThanked: ({ status }) => status === 200,
  noticed: () => undefined,
}

const pageAnswer = (text: string): Handled => ({
  answer: { statusCode: 400, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: text },
  ok: false,
  detail: text,
})

const oauthPath = '/mp_pay/oauth'
const containerPath = /^\/mp_pay\/shop\/([0-9a-f]{32})$/
const ownOpenid = /^oWisecashier_/

/** A user's openid under Wisecashier's own official account. Only the merchant's server sees it. */
const openidOf = (person: string): string => `oWisecashier_${person}_`.padEnd(28, '0')

/**
 * Plays the first page of a payment in an official account (第一步): finds the user's openid and then opens the page that
 * shows the merchant's page.
 * @returns undefined if the request is for another page
 */
function oauthPage({ method, path, query, headers }: TwinRequest, desk: Desk): Handled | undefined {
  if (method !== 'GET' || path !== oauthPath) return undefined
  if (!isWechat(headers['user-agent'])) return pageAnswer('请在微信客户端打开链接')
  if (query.get('merchant_no') !== setting('merchantNo', desk)) return pageAnswer('merchant_no')
  if (query.get('currency') !== setting('currency', desk)) return pageAnswer('currency')
  const id = crypto.randomBytes(16).toString('hex')
  desk.ledger.put('visit', id, { query: query.toString(), openid: openidOf(userOf(headers.cookie).person) })
  const location = `${String(desk.settings?.baseUrl)}/mp_pay/shop/${id}`
  return { answer: { statusCode: 302, headers: { location }, body: '' }, ok: true, detail: 'oauth' }
}

/**
 * Plays the container, a page of Wisecashier that shows the merchant's page under Wisecashier's address. Fetches that
 * page from the merchant with `openid` added; the browser never sees the merchant's address.
 * @returns undefined if the request is for another page
 */
function containerPage({ method, path }: TwinRequest, desk: Desk): Handled | undefined {
  const id = containerPath.exec(path)?.[1]
  if (method !== 'GET' || id === undefined) return undefined
  const visit = desk.ledger.get<{ query: string; openid: string }>('visit', id)
  if (!visit) return pageAnswer('no such visit')
  const query = new URLSearchParams(visit.query)
  query.set('openid', visit.openid)
  return { ...pageAnswer('no answer'), ok: true, detail: 'container', shows: `${shopPage}?${query}` }
}

const callFor = (path: string, method: string): Call | undefined =>
  calls.find((call) => call.path === path && call.method === method)

const jsonAnswer = (body: object): TwinAnswer => ({
  statusCode: 200,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
})

const textAnswer = (body: string): TwinAnswer => ({ statusCode: 200, headers: { 'content-type': 'text/csv' }, body })

const succeeded = (reply: object, envelope: Envelope): object =>
  envelope === 'meta'
    ? { meta: { success: true, status_code: 200, message: 'Request Successes' }, data: reply }
    : { is_success: true, response: reply }

const refused = ({ message, statusCode }: Refusal, envelope: Envelope): object =>
  envelope === 'meta'
    ? { meta: { success: false, status_code: statusCode, message }, data: null }
    : { is_success: false, response: { message } }

/** Checks a call's headers and signature, and returns its parameters. */
function verified({ method, query, headers, body }: TwinRequest, call: Call, desk: Desk): Fields {
  const pairs = method === 'GET' ? query : new URLSearchParams(body.toString('utf8'))
  const fields = Object.fromEntries(pairs)
  if (Object.keys(fields).length !== pairs.size) throw new Refusal('a parameter stands there twice')
  for (const [name, value] of Object.entries(fields)) if (value === '') throw new Refusal(`${name} is empty`)
  const { version, merchantno, timestamp = '', signature } = headers
  if (version !== (call.version ?? '1.0')) throw new Refusal('Version')
  // The merchant's page in the browser cannot sign. Accept its call without a signature, for an openid of Wisecashier's
  // own account only.
  if (call.unsigned && !ownOpenid.test(fields.openid ?? '')) throw new Refusal('openid')
  if (call.unsigned && signature === undefined) return fields
  if (merchantno !== setting('merchantNo', desk)) throw new Refusal('MerchantNO', 401)
  const sent = Number(timestamp)
  if (!/^\d+(\.\d+)?$/.test(timestamp) || ![sent, sent * 1000].some((at) => isNear(at, desk.now)))
    throw new Refusal('Timestamp', 401)
  const text = Object.keys(fields)
    .sort()
    .map((name) => `${escaped(name)}=${escaped(fields[name] ?? '')}`)
    .join('&')
  if (!isSigned(`${text},${timestamp}`, signature ?? '', desk)) throw new Refusal('Signature', 401)
  return fields
}

const isNear = (at: number, now: number): boolean => Math.abs(at - now) <= timestampToleranceMs

// Encodes a value by RFC 3986.
const escaped = (text: string): string =>
  [...Buffer.from(text)]
    .map((byte) => {
      const letter = String.fromCharCode(byte)
      return /[A-Za-z0-9._~-]/.test(letter) ? letter : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
    })
    .join('')

interface OrderRules {
  numberField: 'out_trade_id' | 'agent_order_id'
  required: readonly string[]
  inHongKong: boolean
}

function placeOrder(fields: Fields, { numberField, required, inHongKong }: OrderRules, desk: Desk): Done {
  for (const name of ['merchant_no', 'amount', 'currency', ...required])
    if (fields[name] === undefined) throw new Refusal(`${name} is missing`)
  if (fields.merchant_no !== setting('merchantNo', desk)) throw new Refusal('merchant_no', 401)
  if (fields.currency !== setting('currency', desk)) throw new Refusal('currency: not the one of the settlement')
  if (fields.is_rmb !== undefined && !/^(TRUE|FALSE)$/.test(fields.is_rmb)) throw new Refusal('is_rmb')
  if (inHongKong && (fields.currency !== 'HKD' || fields.is_rmb === 'TRUE')) throw new Refusal('currency: HKD only')
  if (fields.appid !== undefined && fields.appid !== setting('appId', desk)) throw new Refusal('appid')
  if (fields.notify_url !== undefined && !/^https?:\/\/[^\s]+$/.test(fields.notify_url)) throw new Refusal('notify_url')
  const amountFen = minorUnits(fields.amount ?? '', askedCurrency(fields))
  if (amountFen === undefined || amountFen <= 0) throw new Refusal('amount')
  const serial = String(desk.ledger.serial()).padStart(11, '0')
  const payment_no = `${beijingDigits(desk.now)}${serial}`
  const out_trade_id = fields[numberField] ?? payment_no
  if (!/^[\w-]{1,64}$/.test(out_trade_id)) throw new Refusal(numberField)
  if (desk.ledger.get<Order>('order', out_trade_id)) throw new Refusal(`${numberField} exists`)
  const wallet = inHongKong ? 'HKD' : 'CNY'
  keep({ out_trade_id, payment_no, asked: fields, wallet, amountFen, createdAt: desk.now, paid: null }, desk)
  desk.ledger.put('number', payment_no, { out_trade_id })
  const parameters = {
    appId: fields.appid ?? 'wx2421b1c4370ec43b',
    nonceStr: crypto.randomBytes(16).toString('hex'),
    package: `prepay_id=wx${payment_no}`,
    signType: 'MD5',
    timeStamp: String(Math.floor(desk.now / 1000)),
  }
  // Only Wisecashier knows the key of WeChat's own signature. The fake server accepts any text, as long as the payment
  // sheet returns the same text.
  const js_param = { ...parameters, paySign: crypto.randomBytes(16).toString('hex').toUpperCase() }
  desk.ledger.put('prepay', jsapiKey(js_param), { out_trade_id })
  const reply = inHongKong ? { js_params: js_param } : { js_param }
  return { no: out_trade_id, opened: out_trade_id, reply }
}

// The payment sheet needs all five parameters unchanged.
const jsapiKey = (parameters: object): string => {
  const { timeStamp, nonceStr, package: prepay, signType, paySign } = parameters as Record<string, unknown>
  return JSON.stringify([timeStamp, nonceStr, prepay, signType, paySign])
}

function queryPayment(fields: Fields, desk: Desk): Done {
  const known = orderOf(fields, desk)
  return { no: known.out_trade_id, reply: described(known, desk.now) }
}

function orderOf({ payment_no, out_trade_id }: Fields, desk: Desk): Order {
  if (payment_no === undefined && out_trade_id === undefined) throw new Refusal('payment_no or out_trade_id is missing')
  const no = out_trade_id ?? desk.ledger.get<{ out_trade_id: string }>('number', payment_no ?? '')?.out_trade_id
  const known = desk.ledger.get<Order>('order', no ?? '')
  if (!known || (payment_no !== undefined && known.payment_no !== payment_no)) throw new Refusal('no such payment', 404)
  return known
}

function refund(fields: Fields, desk: Desk): Done {
  if (fields.payment_no === undefined) throw new Refusal('payment_no is missing')
  const known = orderOf(fields, desk)
  const currency = askedCurrency(known.asked)
  const wanted = fields.refund_amount === undefined ? 'all' : minorUnits(fields.refund_amount, currency)
  const made = makeRefund(known, wanted, fields.out_refund_id, desk)
  return { no: known.out_trade_id, reply: describedRefund(made, known, desk.now) }
}

/**
 * Makes a refund.
 * @param wanted the amount in minor units; undefined means that the call has no amount
 * @param no the merchant's number; without one Wisecashier makes a number
 */
function makeRefund(known: Order, wanted: number | 'all' | undefined, no: string | undefined, desk: Desk): Refund {
  if (!known.paid || !isPaid(known, desk.now)) throw new Refusal('the payment is not paid')
  const out_refund_id = no ?? `R${desk.ledger.serial()}`
  if (desk.ledger.get<Refund>('refund', out_refund_id)) throw new Refusal('out_refund_id exists')
  const gone = refundsOf(known, desk)
    .filter((one) => refundWord(one, desk.now) !== 'FAIL')
    .reduce((sum, one) => sum + one.amountFen, 0)
  const left = known.paid.amountFen - gone
  const amountFen = wanted === 'all' ? left : wanted
  if (amountFen === undefined || amountFen <= 0 || amountFen > left) throw new Refusal('refund_amount')
  const made: Refund = {
    out_refund_id,
    refund_no: `R${beijingDigits(desk.now)}${String(desk.ledger.serial()).padStart(11, '0')}`,
    out_trade_id: known.out_trade_id,
    amountFen,
    createdAt: desk.now,
    doneAt: desk.now + desk.refundAfterMs,
    fails: desk.refundFails,
  }
  desk.ledger.put('refund', out_refund_id, made, known.out_trade_id)
  desk.ledger.put('refundNumber', made.refund_no, { out_refund_id })
  desk.ledger.put('refundDay', out_refund_id, { out_refund_id }, beijingDay(made.doneAt))
  return made
}

function queryRefund({ refund_no, out_refund_id }: Fields, desk: Desk): Done {
  if (refund_no === undefined && out_refund_id === undefined) throw new Refusal('refund_no or out_refund_id is missing')
  const id = out_refund_id ?? desk.ledger.get<{ out_refund_id: string }>('refundNumber', refund_no ?? '')?.out_refund_id
  const made = desk.ledger.get<Refund>('refund', id ?? '')
  const known = made && desk.ledger.get<Order>('order', made.out_trade_id)
  if (!known || (refund_no !== undefined && made.refund_no !== refund_no)) throw new Refusal('no such refund', 404)
  return { no: known.out_trade_id, reply: describedRefund(made, known, desk.now) }
}

// The documents don't show a bill. The fake server's bill is a table whose columns are named as in the other replies.
const billTitles = [
  'out_trade_id',
  'payment_no',
  'out_refund_id',
  'refund_no',
  'currency',
  'amount',
  'refund_amount',
  'pay_currency',
  'pay_amount',
  'fee',
  'trade_time',
  'finish_time',
]

function bill({ merchant_no, start_date, end_date }: Fields, desk: Desk): Done {
  if (merchant_no !== setting('merchantNo', desk)) throw new Refusal('merchant_no', 401)
  const [from, to] = [dateOf(start_date), dateOf(end_date)]
  if (from === undefined || to === undefined || to < from || to > Date.parse(beijingDay(desk.now)))
    throw new Refusal('date')
  const days = Array.from({ length: (to - from) / dayMs + 1 }, (_, index) =>
    new Date(from + index * dayMs).toISOString().slice(0, 10),
  )
  if (days.length > billDays) throw new Refusal('date')
  const payments = days
    .flatMap((day) =>
      asBilled(desk.ledger.list<Order>('order', day), (one) => ({ ...one, payment_no: `${one.payment_no}X` })),
    )
    .filter((one) => isPaid(one, desk.now))
    .map((one) => ({ ...described(one, desk.now), fee: feeOf(one) }))
  const refunds = days
    .flatMap((day) => desk.ledger.list<{ out_refund_id: string }>('refundDay', day))
    .flatMap(({ out_refund_id: id }) => desk.ledger.get<Refund>('refund', id) ?? [])
    .filter((one) => refundWord(one, desk.now) === 'SUCCESS')
    .flatMap((one) => {
      const known = desk.ledger.get<Order>('order', one.out_trade_id)
      const times = { trade_time: beijingText(one.createdAt), finish_time: beijingText(one.doneAt) }
      return known ? [{ ...described(known, desk.now), ...describedRefund(one, known, desk.now), ...times }] : []
    })
  const rows = [...payments, ...refunds].map((row) => billTitles.map((title) => (row as Fields)[title] ?? '').join(','))
  return { no: `${start_date}`, text: `${[billTitles.join(','), ...rows].join('\n')}\n` }
}

function feeOf({ asked, paid }: Order): string {
  const currency = askedCurrency(asked)
  return majorUnits(Math.round(((paid?.amountFen ?? 0) * feePerMille) / 1000), currency)
}

function dateOf(text: string | undefined): number | undefined {
  const [, year, month, day] = /^(\d{4})(\d\d)(\d\d)$/.exec(text ?? '') ?? []
  const at = Date.parse(`${year}-${month}-${day}`)
  return Number.isNaN(at) ? undefined : at
}

const keep = (one: Order, desk: Desk, day?: string): void => desk.ledger.put('order', one.out_trade_id, one, day)

const isExpired = ({ createdAt }: Order, now: number): boolean => now >= createdAt + lifeMs

// FAIL means that the payment channel declined. The sandbox has no such state: after a failed sheet the shopper can pay
// again.
const statusOf = (one: Order, now: number): string =>
  isPaid(one, now) ? 'PAID' : isExpired(one, now) ? 'EXPIRED' : 'INIT'

const refundWords = { underWay: 'INIT', failed: 'FAIL', done: 'SUCCESS' }
const refundWord = (one: Refund, now: number): string => refundWords[refundStage(one, now)]

const refundsOf = ({ out_trade_id }: Order, desk: Desk): Refund[] => desk.ledger.list<Refund>('refund', out_trade_id)

const askedCurrency = ({ is_rmb, currency }: Fields): string => (is_rmb === 'TRUE' ? 'CNY' : (currency ?? ''))

const sheetPayment = (one: Order, now: number): SheetPayment => ({
  no: one.out_trade_id,
  amountFen: one.amountFen,
  currency: askedCurrency(one.asked),
  title: one.asked.product_info ?? '',
  // A payment in progress counts as paid, so that one sheet takes no second payment.
  state: one.paid ? 'paid' : isExpired(one, now) ? 'closed' : 'payable',
  ...(one.wallet === 'HKD' && { wallet: 'wechatHk' }),
})

/**
 * The fields of a payment in notifications and queries. `amount` and `currency` are the order's amount in the currency
 * of the settlement. `pay_amount` and `pay_currency` are what the shopper's wallet paid. No document says whether this
 * is also true for is_rmb TRUE, so the fake server assumes it.
 */
function described(one: Order, now: number): Fields {
  const { asked, paid, wallet } = one
  const known = paid && paid.knownAt <= now ? paid : undefined
  const amountFen = known?.amountFen ?? one.amountFen
  const settled = asked.currency ?? ''
  const currency = askedCurrency(asked)
  return {
    status: statusOf(one, now),
    openid: asked.openid ?? '',
    trade_type: 'JSAPI',
    exchange_rate: (rateOf(settled) / 10_000).toFixed(10),
    payment_no: one.payment_no,
    out_trade_id: one.out_trade_id,
    currency: settled,
    settle_currency: settled,
    amount: majorUnits(converted(amountFen, currency, settled), settled),
    pay_currency: wallet,
    pay_amount: majorUnits(converted(amountFen, currency, wallet), wallet),
    trade_time: beijingText(one.createdAt),
    ...(known && { finish_time: beijingText(known.at) }),
  }
}

const describedRefund = (one: Refund, { asked, payment_no, out_trade_id }: Order, now: number): Fields => ({
  payment_no,
  out_trade_id,
  refund_no: one.refund_no,
  out_refund_id: one.out_refund_id,
  refund_amount: majorUnits(one.amountFen, askedCurrency(asked)),
  refund_status: refundWord(one, now),
})

const rateOf = (currency: string): number => currencies.get(currency)?.rate ?? 10_000
const decimalsOf = (currency: string): number => currencies.get(currency)?.decimals ?? 2

/** Converts minor units to another currency, by way of ten-thousandths of a yuan. */
const converted = (minor: number, from: string, to: string): number =>
  from === to
    ? minor
    : Math.round((minor * rateOf(from) * 10 ** decimalsOf(to)) / (rateOf(to) * 10 ** decimalsOf(from)))

function majorUnits(minor: number, currency: string): string {
  const decimals = decimalsOf(currency)
  const padded = String(minor).padStart(decimals + 1, '0')
  return decimals === 0 ? padded : `${padded.slice(0, -decimals)}.${padded.slice(-decimals)}`
}

function minorUnits(text: string, currency: string): number | undefined {
  const decimals = decimalsOf(currency)
  const [, whole = '', part = ''] = /^(\d{1,12})(?:\.(\d{1,2}))?$/.exec(text) ?? []
  return whole === '' || part.length > decimals ? undefined : Number(whole + part.padEnd(decimals, '0'))
}

const noticeText = (fields: Fields, timestamp: string): string =>
  `${Object.keys(fields)
    .sort()
    .map((name) => `${name}=${fields[name]}`)
    .join('&')},${timestamp}`

const signed = (data: string, desk: Desk): string => signRsa('RSA-SHA256', data, setting('privateKey', desk))

const isSigned = (data: string, signature: string, desk: Desk): boolean =>
  isSignedRsa('RSA-SHA256', data, signature, setting('privateKey', desk))

function setting(name: 'merchantNo' | 'currency' | 'appId' | 'privateKey', desk: Desk): string {
  const value = desk.settings?.[name]
  if (typeof value !== 'string') throw new Refusal('the sandbox has no settings for Wisecashier', 401)
  return value
}
