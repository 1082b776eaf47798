// The fake server of WeChat Pay API v3 for a direct merchant: JSAPI payments, refunds, the trade bill and
// notifications, as its pages describe them (docs/provider-facts.md 7). Where the pages leave something open, the fake
// server takes the stricter reading.

import * as crypto from 'node:crypto'
import { isIP } from 'node:net'
import { beijingDay, beijingDigits, beijingInstant, beijingText, dayMs, hourMs } from '../../miniprogram/rules/beijing'
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
import { handlePapayPage, isPapayPage, papayPageOf } from './pages/papayPages'
import { payPage } from './payPage'
import type { Desk, Handled, NoticeRequest, SheetPayment, Twin, TwinAnswer, TwinRequest } from './twin'
import {
  type Answered,
  answerRefund,
  complain,
  complaintNews,
  complete,
  type Grievance,
  listComplaints,
  readComplaint,
  readHistory,
  reply,
} from './wechat/complaints'
import {
  announcePapay,
  handlePapay,
  isPapay,
  isPapayNotice,
  isPapayThanked,
  papayCallOf,
  papayNotice,
} from './wechat/papay'
import { contractOf, settledDebit } from './wechat/papayBook'
import { seededAccount } from './wechat/wechatAccount'
import { derivedKey } from './wire/derivedKey'
import { isSignedRsa, newPrivateKey } from './wire/merchantKeys'
import { yuan } from './wire/texts'

interface Order {
  out_trade_no: string
  way: Way
  asked: Fields
  amountFen: number
  createdAt: number
  prepay: { id: string; at: number }
  closedAt: number | null
  paid: (Money & { transaction_id: string }) | null
}

interface Refund {
  refund_id: string
  out_refund_no: string
  out_trade_no: string
  /** the number of the refunded charge; one out_trade_no can have two charges */
  transaction_id: string
  asked: Fields
  amountFen: number
  createdAt: number
  doneAt: number
  fails: boolean
}

/** An error reply: an HTTP status, and a body of code, message and detail. */
class Failure extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly detail: object = {},
  ) {
    super(message)
    this.name = 'Failure'
  }
}

const requestWindowMs = 5 * 60_000
const prepayMs = 2 * hourMs
const downloadMs = 5 * 60_000
const yearMs = 365 * dayMs
const billDays = 90
// WeChat Pay makes a day's bill from nine o'clock of the next morning on, and tells merchants to download it from ten.
const billMadeMs = 9 * hourMs
const billReadyMs = 10 * hourMs
const refundsAtMost = 50
// WeChat Pay's fee depends on the merchant's line of business. The fake server takes 0.6 %.
const feePerMille = 6

type Fields = Record<string, unknown>
type Reply = Pick<Handled, 'opened' | 'ended'> & { status?: number; body?: object; file?: string; no: string }

interface Call {
  name: string
  method: 'GET' | 'POST'
  path: RegExp
  run(id: string, request: TwinRequest, desk: Desk): Reply
}

const calls: readonly Call[] = [
  {
    name: 'create',
    method: 'POST',
    path: /^\/v3\/pay\/transactions\/(jsapi|h5|native)$/,
    run: (way, request, desk) => create(way as Way, fieldsOf(request), desk),
  },
  {
    name: 'query',
    method: 'GET',
    path: /^\/v3\/pay\/transactions\/out-trade-no\/([^/]+)$/,
    run: (no, { query }, desk) => queryOrder(no, query, desk),
  },
  {
    name: 'queryById',
    method: 'GET',
    path: /^\/v3\/pay\/transactions\/id\/([^/]+)$/,
    run: (id, { query }, desk) =>
      queryOrder(desk.ledger.get<Sold>('transaction', id)?.out_trade_no ?? '', query, desk, id),
  },
  {
    name: 'close',
    method: 'POST',
    path: /^\/v3\/pay\/transactions\/out-trade-no\/([^/]+)\/close$/,
    run: (no, request, desk) => close(no, fieldsOf(request), desk),
  },
  {
    name: 'refund',
    method: 'POST',
    path: /^\/v3\/refund\/domestic\/refunds$/,
    run: (_, request, desk) => refund(fieldsOf(request), desk),
  },
  {
    name: 'queryRefund',
    method: 'GET',
    path: /^\/v3\/refund\/domestic\/refunds\/([^/]+)$/,
    run: (no, _, desk) => queryRefund(no, desk),
  },
  {
    name: 'announce',
    method: 'POST',
    path: /^\/v3\/papay\/contracts\/([^/]+)\/notify$/,
    run: (id, request, desk) => announce(id, fieldsOf(request), desk),
  },
  {
    name: 'complaints',
    method: 'GET',
    path: /^\/v3\/merchant-service\/complaints-v2$/,
    run: (_, { query }, desk) => answered(listComplaints(query, desk)),
  },
  {
    name: 'complaint',
    method: 'GET',
    path: /^\/v3\/merchant-service\/complaints-v2\/([^/]+)$/,
    run: (id, _, desk) => answered(readComplaint(id, desk)),
  },
  {
    name: 'complaintHistory',
    method: 'GET',
    path: /^\/v3\/merchant-service\/complaints-v2\/([^/]+)\/negotiation-historys$/,
    run: (id, { query }, desk) => answered(readHistory(id, query, desk)),
  },
  {
    name: 'complaintReply',
    method: 'POST',
    path: /^\/v3\/merchant-service\/complaints-v2\/([^/]+)\/response$/,
    run: (id, request, desk) => answered(reply(id, fieldsOf(request), desk)),
  },
  {
    name: 'complaintDone',
    method: 'POST',
    path: /^\/v3\/merchant-service\/complaints-v2\/([^/]+)\/complete$/,
    run: (id, request, desk) => answered(complete(id, fieldsOf(request), desk)),
  },
  {
    name: 'complaintRefund',
    method: 'POST',
    path: /^\/v3\/merchant-service\/complaints-v2\/([^/]+)\/update-refund-progress$/,
    run: (id, request, desk) => answered(answerRefund(id, fieldsOf(request), desk)),
  },
  {
    name: 'echo',
    method: 'POST',
    path: /^\/v3\/security\/echo$/,
    run: (_, request, desk) => checkKeys(fieldsOf(request), request.headers['wechatpay-serial'], desk),
  },
  { name: 'bill', method: 'GET', path: /^\/v3\/bill\/tradebill$/, run: (_, { query }, desk) => tradeBill(query, desk) },
  {
    name: 'downloadBill',
    method: 'GET',
    path: /^\/v3\/billdownload\/file$/,
    run: (_, { query }, desk) => download(query.get('token') ?? '', desk),
  },
]

/** Turns an answer of complaints.ts into a reply of this server. */
function answered(answer: Answered): Reply {
  if ('code' in answer) throw new Failure(answer.status, answer.code, answer.message)
  return answer
}

/**
 * Plays a shopper who complains about a paid order. @returns the complaint's number; undefined if the order is not paid
 */
export function complainAbout(no: string, grievance: Grievance, desk: Desk): string | undefined {
  const order = findOrder(no, desk)
  if (!order?.paid) return undefined
  const { transaction_id, amountFen } = order.paid
  const openid = text(partOf(order.asked.payer).openid)
  return complain({ transaction_id, out_trade_no: no, amount: amountFen }, openid, grievance, desk)
}

export const wechatpay: Twin = {
  seed: (baseUrl, previous) => {
    const known = previous?.publicKeyId ?? previous?.platformCertificates
    const mchId = typeof previous?.mchId === 'string' ? previous.mchId : `19${crypto.randomInt(1e7, 1e8)}`
    const publicKeyId = `PUB_KEY_ID_01${mchId}${crypto.randomBytes(12).toString('hex')}`
    return {
      appId: `wx00000000${crypto.randomBytes(4).toString('hex')}`,
      officialAppId: seededAccount(baseUrl).appId,
      h5: true,
      native: true,
      h5Contracts: true,
      mchId,
      serialNo: crypto.randomBytes(20).toString('hex').toUpperCase(),
      privateKey: previous?.privateKey ?? newPrivateKey('base64'),
      apiV3Key: crypto.randomBytes(16).toString('hex'),
      apiV2Key: crypto.randomBytes(16).toString('hex'),
      ...(known === undefined && { publicKeyId, publicKey: platformKeyText(publicKeyId) }),
      ...previous,
      baseUrl,
    }
  },
  provider: 'wechatpay',
  name: 'WeChat Pay',
  hasBills: true,
  retrySeconds: [15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10800, 10800, 10800, 21600, 21600],
  scenarioCalls: ['create', 'refund'],
  callOf: (path) =>
    (path === h5Path ? 'h5Page' : (papayPageOf(path) ?? papayCallOf(path))) ??
    calls.find((call) => call.path.test(path))?.name ??
    path,
  isFromPhone: (call) => call === 'h5Page' || isPapayPage(call),

  handle(request, desk) {
    if (isPapay(request.path)) return handlePapay(request, desk)
    if (papayPageOf(request.path) !== undefined) return handlePapayPage(request, desk)
    if (request.method === 'GET' && request.path === h5Path) return h5Page(request, desk)
    try {
      const { status = 200, body, file, no, ...rest } = serve(request, desk)
      // WeChat Pay signs all replies except the file of a bill.
      const answer =
        file === undefined ? signedAnswer(status, body, request, desk) : { statusCode: 200, headers: csv, body: file }
      return { answer, ok: true, detail: no, ...rest }
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      const { status, code, message, detail } = error
      const body = { code, message, detail }
      // An unidentified caller gets an unsigned answer.
      const answer =
        status === 401
          ? { statusCode: status, headers: json, body: JSON.stringify(body) }
          : signedAnswer(status, body, request, desk)
      return { answer, ok: false, detail: `${code} ${message}` }
    }
  },

  find(payInfo, desk) {
    if (!desk.settings) return undefined
    if (typeof payInfo === 'string') return findText(payInfo, desk)
    const { appId, timeStamp, nonceStr, package: prepay, signType, paySign } = payInfo as Fields
    const [, prepayId] = /^prepay_id=(\w+)$/.exec(text(prepay)) ?? []
    const sold = desk.ledger.get<{ out_trade_no: string; at: number }>('prepay', prepayId ?? '')
    const order = sold && desk.ledger.get<Order>('order', sold.out_trade_no)
    if (!order || signType !== 'RSA') return undefined
    // The phone passes its mini-program's appid, which must be the order's appid.
    if (appId !== undefined && appId !== order.asked.appid) return undefined
    const lines = [order.asked.appid, timeStamp, nonceStr, prepay].map((line) => `${line}\n`)
    if (!isMerchants(lines.join(''), text(paySign), desk)) return undefined
    return sheetPayment(order, sold.at, desk.now)
  },

  take(no, taken, desk) {
    const order = desk.ledger.get<Order>('order', no)
    if (!order) return
    const transaction_id = newTransactionNo(desk)
    desk.ledger.put('transaction', transaction_id, { out_trade_no: no })
    const { isTold, ...money } = taken
    keep({ ...order, paid: { ...money, at: desk.now, transaction_id } }, desk, beijingDay(desk.now))
    if (!taken.isTwice) return
    desk.ledger.put('transaction', secondId(transaction_id), { out_trade_no: no })
    if (isTold) desk.announce(secondId(transaction_id), taken.knownAt)
  },

  // Plays a refund in the merchant's console (商户平台). WeChat Pay itself makes the refund's number (商户退款单号), so the
  // merchant's system does not know it.
  refundInConsole(no, amountFen, desk) {
    const order = orderOf(no, desk)
    const out_refund_no = `${beijingDigits(desk.now)}${String(desk.ledger.serial()).padStart(10, '0')}`
    makeRefund(order, { out_refund_no, amountFen, asked: {} }, desk)
  },

  notice({ no, forged }, url, desk) {
    if (isPapayNotice(no)) return papayNotice(no, forged, url, desk)
    const told = newsOf(no, forged, desk)
    // A forger knows the merchant's address and the fields, but neither the APIv3 key nor the platform's private key.
    const key = forged ? crypto.randomBytes(32) : Buffer.from(setting('apiV3Key', desk))
    const body = JSON.stringify({
      id: `EV-${crypto.createHash('md5').update(no).digest('hex')}`,
      create_time: beijingInstant(desk.now),
      resource_type: 'encrypt-resource',
      event_type: told.event,
      summary: told.summary,
      resource: sealed(told.kind, told.plain, key),
    })
    const signature = forged ? crypto.randomBytes(256).toString('base64') : undefined
    const place = typeof told.notifyUrl === 'string' ? new URL(new URL(told.notifyUrl).pathname, url).href : url
    return { method: 'POST', url: place, headers: signatureHeaders(body, undefined, desk, signature), body }
  },

  isThanked: (answer) =>
    answer.body.startsWith('<') ? isPapayThanked(answer) : answer.status === 200 || answer.status === 204,
  noticed: () => undefined,
}

/**
 * Turns a notification into WeChat Pay's test of the merchant: from time to time WeChat Pay sends a notification with a
 * wrong signature, and the merchant must refuse it.
 */
export function probe(notice: NoticeRequest): NoticeRequest {
  const signature = `WECHATPAY/SIGNTEST/${crypto.randomBytes(256).toString('base64')}`
  return { ...notice, headers: { ...notice.headers, 'Wechatpay-Signature': signature } }
}

/**
 * The serial of the sandbox's key: the PUB_KEY_ID_… of WeChat Pay's public key, or the serial number of a platform
 * certificate.
 */
export const platformKeyText = (serial: string): string =>
  crypto.createPublicKey(platformKey(serial)).export({ type: 'spki', format: 'pem' }).toString()

const platformKey = (serial: string): crypto.KeyObject => derivedKey(`WeChat Pay ${serial}`)

const json = { 'Content-Type': 'application/json; charset=utf-8' }
const html = { 'content-type': 'text/html; charset=utf-8' }
const csv = { 'Content-Type': 'text/plain;charset=utf-8' }

function serve(request: TwinRequest, desk: Desk): Reply {
  const { method, path, headers } = request
  // Check the caller's signature before anything else, so that an unknown caller learns nothing from other errors.
  assertSigned(request, desk)
  if (!headers.accept?.includes('application/json') || !headers['user-agent'])
    throw new Failure(400, 'PARAM_ERROR', 'Http头缺少Accept或User-Agent')
  if (method === 'POST' && !/^application\/json\b/.test(headers['content-type'] ?? ''))
    throw new Failure(400, 'PARAM_ERROR', 'Http头Content-Type不是application/json')
  const call = calls.find((one) => one.method === method && one.path.test(path))
  if (!call) throw new Failure(404, 'RESOURCE_NOT_EXISTS', 'no such interface')
  return call.run(decodeURIComponent(call.path.exec(path)?.[1] ?? ''), request, desk)
}

const authScheme = 'WECHATPAY2-SHA256-RSA2048 '

function assertSigned({ method, path, query, headers, body }: TwinRequest, desk: Desk): void {
  const { authorization = '' } = headers
  const pairs = authorization.slice(authScheme.length).split(',')
  const said = new Map(pairs.map((pair) => [pair.split('=')[0] ?? '', /^\w+="([^"]*)"$/.exec(pair)?.[1] ?? '']))
  const field = (name: string): string => said.get(name) ?? ''
  if (!authorization.startsWith(authScheme) || said.size !== 5 || [...said.values()].includes(''))
    throw unsigned('Http头Authorization值格式错误')
  if (field('mchid') !== setting('mchId', desk)) throw unsigned('商户号不存在')
  if (field('serial_no') !== setting('serialNo', desk)) throw unsigned('商户证书序列号有误')
  if (!/^\d{10}$/.test(field('timestamp')) || Math.abs(Number(field('timestamp')) * 1000 - desk.now) > requestWindowMs)
    throw unsigned('Http头Authorization中的timestamp与发起请求的时间不得超过5分钟')
  const search = query.size > 0 ? `?${query}` : ''
  // The signed path begins at /v3, after the sandbox's own address.
  const lines = [method, path + search, field('timestamp'), field('nonce_str'), body.toString('utf8')]
  const message = lines.map((line) => `${line}\n`).join('')
  if (isMerchants(message, field('signature'), desk)) return
  throw unsigned('签名错误，请检查后再试', {
    field: 'signature',
    issue: 'sign not match',
    location: 'authorization',
    sign_information: { method, url: path + search, sign_message_length: Buffer.byteLength(message) },
  })
}

const unsigned = (message: string, detail?: object): Failure => new Failure(401, 'SIGN_ERROR', message, detail)
const badField = (field: string, value: unknown, issue: string): Failure =>
  new Failure(400, 'PARAM_ERROR', `参数错误：${field}`, { field: `/body/${field}`, value, issue, location: 'body' })
const invalid = (message: string): Failure => new Failure(400, 'INVALID_REQUEST', message)

function fieldsOf({ body }: TwinRequest): Fields {
  const value = parsed(body.toString('utf8'))
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Failure(400, 'PARAM_ERROR', '请求体不是JSON对象')
  return value as Fields
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

interface Rule {
  field: string
  required?: true
  /** the longest value, in bytes */
  max?: number
  pattern?: RegExp
}

// WeChat Pay requires https, but the local shop's address is http.
const address = /^https?:\/\/[^\s?#]+$/
const orderRules: readonly Rule[] = [
  { field: 'appid', required: true, max: 32 },
  { field: 'mchid', required: true, max: 32 },
  { field: 'description', required: true, max: 127 },
  { field: 'out_trade_no', required: true, pattern: /^[0-9A-Za-z_\-|*]{6,32}$/ },
  { field: 'notify_url', required: true, max: 255, pattern: address },
  { field: 'time_expire', pattern: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/ },
  { field: 'attach', max: 128 },
  { field: 'goods_tag', max: 32 },
]
const refundRules: readonly Rule[] = [
  { field: 'out_refund_no', required: true, pattern: /^[0-9A-Za-z_\-|*@]{1,64}$/ },
  { field: 'transaction_id', pattern: /^[0-9A-Za-z]{1,32}$/ },
  { field: 'out_trade_no', pattern: /^[0-9A-Za-z_\-|*]{6,32}$/ },
  { field: 'reason', max: 80 },
  { field: 'notify_url', max: 255, pattern: address },
]

function assertFields(fields: Fields, rules: readonly Rule[]): void {
  for (const { field, required, max, pattern } of rules) {
    const value = fields[field]
    if (value === undefined) {
      if (required) throw badField(field, null, 'required')
      continue
    }
    if (typeof value !== 'string' || value === '') throw badField(field, value, 'not a text')
    if (max !== undefined && Buffer.byteLength(value) > max) throw badField(field, value, 'too long')
    // No page of API v3 forbids characters of four bytes, but merchants report in WeChat's forum that they are refused.
    // The fake server takes the stricter reading.
    if (/[\u{10000}-\u{10FFFF}]/u.test(value)) throw badField(field, value, 'has characters of four bytes')
    if (pattern && !pattern.test(value)) throw badField(field, value, 'not of the documented form')
  }
}

// Accepts a pre-debit notice. Status 204 means that WeChat Pay has told the subscriber. Errors have their own statuses.
function announce(id: string, fields: Fields, desk: Desk): Reply {
  const refused = announcePapay(id, fields, desk)
  if (refused) throw new Failure(refused.code === 'CONTRACT_NOT_EXIST' ? 404 : 400, refused.code, refused.why)
  return { no: id, status: 204 }
}

const echoRules: readonly Rule[] = [
  { field: 'echo_message', required: true },
  { field: 'notify_url', max: 255, pattern: address },
]

/**
 * Plays WeChat Pay's test of a merchant's keys (商户签名验签/加解密测试). Returns the caller's text, and also posts it to
 * notify_url if the call has one.
 */
function checkKeys(fields: Fields, serial: string | undefined, desk: Desk): Reply {
  assertFields(fields, echoRules)
  if (serial === undefined || serialOf(serial, desk) !== serial) throw invalid('Wechatpay-Serial')
  const { echo_message, notify_url } = fields
  if (notify_url !== undefined) {
    const id = `echo${desk.ledger.serial()}`
    desk.ledger.put('echo', id, { echo_message, notify_url })
    desk.announce(id, desk.now)
  }
  return { no: 'echo', body: { echo_message } }
}

type Way = 'jsapi' | 'h5' | 'native'

const tradeTypes: Record<Way, string> = { jsapi: 'JSAPI', h5: 'MWEB', native: 'NATIVE' }

/** Checks the fields that only this kind of payment (jsapi, native or h5) requires. */
function assertPart(way: Way, fields: Fields): void {
  if (way === 'jsapi') {
    const { openid } = partOf(fields.payer)
    if (!/^[\w-]{1,128}$/.test(text(openid))) throw badField('payer/openid', openid ?? null, 'not an openid')
  }
  if (way === 'h5') {
    const { payer_client_ip, h5_info } = partOf(fields.scene_info)
    if (!isIP(text(payer_client_ip)) || text(payer_client_ip).length > 45)
      throw badField('scene_info/payer_client_ip', payer_client_ip ?? null, 'not an address')
    const { type } = partOf(h5_info)
    if (text(type) === '') throw badField('scene_info/h5_info/type', type ?? null, 'required')
  }
}

/** The reply of each kind of payment. An h5_url works for 5 minutes, the others for 2 hours. */
function givenTo(way: Way, prepay: { id: string }, desk: Desk): object {
  if (way === 'jsapi') return { prepay_id: prepay.id }
  if (way === 'native') return { code_url: `weixin://wxpay/bizpayurl?pr=${prepay.id.slice(-9)}` }
  return { h5_url: `${setting('baseUrl', desk)}${h5Path}?prepay_id=${prepay.id}&package=${prepay.id.slice(-10)}` }
}

const h5Path = '/cgi-bin/mmpayweb-bin/checkmweb'
const h5Ms = 5 * 60_000

/**
 * Plays the H5 page. WeChat Pay checks the domain of the page that opens the H5 page, and the H5 page does not open
 * inside WeChat (docs/provider-facts.md names the pages). The fake server allows only the domain of the shop's webhook
 * address.
 */
function h5Page({ query, headers }: TwinRequest, desk: Desk): Handled {
  const order = h5Order(query, desk)
  const refused = (why: string): Handled => ({
    answer: { statusCode: 200, headers: html, body: `<!doctype html><meta charset="utf-8"><p>${why}</p>` },
    ok: false,
    detail: why,
  })
  if (/MicroMessenger/i.test(headers['user-agent'] ?? '')) return refused('请在微信外打开订单，进行支付')
  const { referer = '' } = headers
  if (!URL.canParse(referer)) return refused('参数错误，请联系商户处理')
  if (!order) return refused('支付请求已失效，请重新发起支付')
  const own = new URL(text(order.asked.notify_url)).host
  const back = query.get('redirect_url')
  const hosts = [new URL(referer).host, ...(back === null || !URL.canParse(back) ? [] : [new URL(back).host])]
  if (hosts.some((host) => host !== own)) return refused('商家存在未配置的参数，请联系商家解决')
  return { answer: payPage(), ok: true, detail: 'page' }
}

function h5Order(query: URLSearchParams, desk: Desk): Order | undefined {
  const sold = desk.ledger.get<Sold & { at: number }>('prepay', query.get('prepay_id') ?? '')
  return sold && desk.now < sold.at + h5Ms ? desk.ledger.get<Order>('order', sold.out_trade_no) : undefined
}

/** Finds the payment behind the content of a QR code or the address of an H5 page. */
function findText(payInfo: string, desk: Desk): SheetPayment | undefined {
  const code = /^weixin:\/\/wxpay\/bizpayurl\?pr=(\w+)$/.exec(payInfo)?.[1]
  const sold = code === undefined ? undefined : desk.ledger.get<Sold & { at: number }>('code', code)
  const byCode = sold && desk.ledger.get<Order>('order', sold.out_trade_no)
  if (sold && byCode) return sheetPayment(byCode, sold.at, desk.now)
  if (!URL.canParse(payInfo) || !new URL(payInfo).pathname.endsWith(h5Path)) return undefined
  const order = h5Order(new URL(payInfo).searchParams, desk)
  return order && sheetPayment(order, order.prepay.at, desk.now)
}

const isAmount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0

function create(way: Way, fields: Fields, desk: Desk): Reply {
  assertFields(fields, orderRules)
  const { total, currency = 'CNY' } = partOf(fields.amount)
  if (!isAmount(total)) throw badField('amount/total', total ?? null, 'not a whole number of fen above 0')
  if (currency !== 'CNY') throw badField('amount/currency', currency, 'only CNY')
  assertPart(way, fields)
  if (fields.mchid !== setting('mchId', desk)) throw invalid('请求的商户号与签名的商户号不一致')
  const appIds = [setting('appId', desk), desk.settings?.officialAppId]
  if (!appIds.includes(text(fields.appid))) throw new Failure(400, 'APPID_MCHID_NOT_MATCH', 'AppID和mch_id不匹配')
  if (Date.parse(text(fields.time_expire)) <= desk.now) throw badField('time_expire', fields.time_expire, 'over')
  const out_trade_no = text(fields.out_trade_no)
  const known = desk.ledger.get<Order>('order', out_trade_no)
  if (known && isPaid(known, desk.now)) throw new Failure(403, 'OUT_TRADE_NO_USED', '商户订单号重复')
  if (known && known.closedAt !== null) throw new Failure(400, 'ORDER_CLOSED', '订单已关闭')
  if (known && (known.way !== way || !isSame(known.asked, fields))) throw invalid('请求重入时，参数与首次请求时不一致')
  const order: Order = known ?? {
    out_trade_no,
    way,
    asked: fields,
    amountFen: total,
    createdAt: desk.now,
    prepay: newPrepay(desk),
    closedAt: null,
    paid: null,
  }
  const prepay = desk.now < order.prepay.at + prepayMs ? order.prepay : newPrepay(desk)
  keep({ ...order, prepay }, desk)
  desk.ledger.put('prepay', prepay.id, { out_trade_no, at: prepay.at })
  if (way === 'native') desk.ledger.put('code', prepay.id.slice(-9), { out_trade_no, at: prepay.at })
  return { no: out_trade_no, opened: out_trade_no, body: givenTo(way, prepay, desk) }
}

const newPrepay = ({ now, ledger }: Desk): { id: string; at: number } => ({
  id: `wx${beijingDigits(now)}${crypto.randomBytes(7).toString('hex')}${String(ledger.serial()).padStart(6, '0')}`,
  at: now,
})

interface Sold {
  out_trade_no: string
}

const secondId = (transactionId: string): string => `${transactionId.slice(0, -1)}X`

/** The order with the data of one charge: of the second charge if its number is given, otherwise of the first. */
const asCharge = (order: Order, transactionId: string): Order =>
  order.paid?.isTwice && transactionId === secondId(order.paid.transaction_id) ? takenAgain(order) : order

function queryOrder(no: string, query: URLSearchParams, desk: Desk, transactionId = ''): Reply {
  assertOwn(query.get('mchid'), desk)
  return { no, body: transaction(asCharge(orderOf(no, desk), transactionId), desk) }
}

function close(no: string, { mchid }: Fields, desk: Desk): Reply {
  assertOwn(mchid, desk)
  const order = orderOf(no, desk)
  if (isPaid(order, desk.now)) throw new Failure(400, 'ORDERPAID', '订单已支付')
  if (order.closedAt !== null) throw new Failure(400, 'ORDER_CLOSED', '订单已关闭')
  const paid = moneyAtClose(order, no, desk)
  keep({ ...order, paid, closedAt: desk.now }, desk)
  return { no, ended: no, status: 204 }
}

function assertOwn(mchid: unknown, desk: Desk): void {
  if (text(mchid) === '') throw badField('mchid', mchid ?? null, 'required')
  if (mchid !== setting('mchId', desk)) throw invalid('请求的商户号与签名的商户号不一致')
}

function refund(fields: Fields, desk: Desk): Reply {
  assertFields(fields, refundRules)
  const { out_trade_no, transaction_id } = fields
  if ((out_trade_no === undefined) === (transaction_id === undefined))
    throw invalid('transaction_id和out_trade_no必须二选一')
  const { refund: back, total, currency } = partOf(fields.amount)
  if (!isAmount(back)) throw badField('amount/refund', back ?? null, 'not a whole number of fen above 0')
  if (!isAmount(total)) throw badField('amount/total', total ?? null, 'not a whole number of fen above 0')
  if (currency !== 'CNY') throw badField('amount/currency', currency ?? null, 'only CNY')
  const sold = desk.ledger.get<Sold>('transaction', text(transaction_id))
  const found = findOrder(text(out_trade_no) || (sold?.out_trade_no ?? ''), desk)
  const order = found && asCharge(found, text(transaction_id))
  if (!order) throw new Failure(404, 'RESOURCE_NOT_EXISTS', '订单不存在')
  const { paid } = order
  if (!paid || paid.knownAt > desk.now) throw invalid('订单未支付')
  if (desk.now > paid.at + yearMs) throw invalid('订单已超过可退款的最大期限')
  if (total !== paid.amountFen) throw invalid('订单金额与支付时的不一致')
  const out_refund_no = text(fields.out_refund_no)
  const known = desk.ledger.get<Refund>('refund', out_refund_no)
  if (known) {
    const same = known.transaction_id === paid.transaction_id && known.amountFen === back
    if (!same) throw invalid('请求重入时，参数与首次请求时不一致')
    return { no: out_refund_no, body: refundObject(known, order, desk.now) }
  }
  const refunds = refundsOf(order, desk)
  if (refunds.length >= refundsAtMost) throw invalid('部分退款次数超过50次')
  if (back > paid.amountFen - takenBack(refunds, desk.now)) throw invalid('申请退款金额大于订单剩余可退金额')
  const made = makeRefund(order, { out_refund_no, amountFen: back, asked: fields }, desk)
  return { no: out_refund_no, body: refundObject(made, order, desk.now) }
}

function makeRefund(
  order: Order,
  { out_refund_no, amountFen, asked }: Pick<Refund, 'out_refund_no' | 'amountFen' | 'asked'>,
  desk: Desk,
): Refund {
  const made: Refund = {
    refund_id: `503${beijingDigits(desk.now)}${String(desk.ledger.serial()).padStart(12, '0')}`,
    out_refund_no,
    out_trade_no: order.out_trade_no,
    transaction_id: order.paid?.transaction_id ?? '',
    asked,
    amountFen,
    createdAt: desk.now,
    doneAt: desk.now + desk.refundAfterMs,
    fails: desk.refundFails,
  }
  desk.ledger.put('refund', out_refund_no, made, order.out_trade_no)
  desk.ledger.put('refundId', made.refund_id, { out_refund_no })
  desk.ledger.put('refundDay', out_refund_no, { out_refund_no }, beijingDay(made.createdAt))
  desk.announce(made.refund_id, made.doneAt)
  return made
}

/** The refunds of one charge. */
const refundsOf = ({ out_trade_no, paid }: Order, desk: Desk): Refund[] =>
  desk.ledger
    .list<Refund>('refund', out_trade_no)
    .filter(({ transaction_id }) => transaction_id === paid?.transaction_id)

function queryRefund(no: string, desk: Desk): Reply {
  const known = desk.ledger.get<Refund>('refund', no)
  if (!known) throw new Failure(404, 'RESOURCE_NOT_EXISTS', '退款单不存在')
  return { no, body: refundObject(known, orderOf(known.out_trade_no, desk), desk.now) }
}

function tradeBill(query: URLSearchParams, desk: Desk): Reply {
  const day = query.get('bill_date') ?? ''
  const startsAt = Date.parse(`${day}T00:00:00+08:00`)
  if (!/^\d{4}-\d\d-\d\d$/.test(day) || Number.isNaN(startsAt)) throw badField('bill_date', day, 'not yyyy-MM-dd')
  if ((query.get('bill_type') ?? 'ALL') !== 'ALL') throw invalid('the sandbox has the bill of the type ALL')
  if (desk.now - startsAt > billDays * dayMs) throw invalid('bill_date is more than three months ago')
  if (day >= beijingDay(desk.now)) throw invalid('bill_date is not over yet')
  if (desk.now < startsAt + dayMs + billReadyMs) throw new Failure(400, 'STATEMENT_CREATING', '账单生成中')
  const file = billOf(day, desk)
  if (file === undefined) throw new Failure(400, 'NO_STATEMENT_EXIST', '账单文件不存在')
  const token = crypto.randomBytes(24).toString('hex')
  desk.ledger.put('download', token, { file, at: desk.now })
  const body = {
    hash_type: 'SHA1',
    hash_value: crypto.createHash('sha1').update(file).digest('hex'),
    download_url: `${setting('baseUrl', desk)}/v3/billdownload/file?token=${token}`,
  }
  return { no: day, body }
}

function download(token: string, desk: Desk): Reply {
  const kept = desk.ledger.get<{ file: string; at: number }>('download', token)
  if (!kept || desk.now > kept.at + downloadMs) throw new Failure(404, 'RESOURCE_NOT_EXISTS', '账单下载地址已失效')
  return { no: 'trade bill', file: kept.file }
}

const billTitles =
  '交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注'
const sumTitles = '总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额'

// The bill's word for each refund status of the API, in its column 退款状态 (refund status).
const billWords = { PROCESSING: 'PROCESSING', SUCCESS: 'SUCCESS', CLOSED: 'FAIL' } as const

interface BillLine {
  order: Order
  at: number
  paidFen: number
  feeFen: number
  back?: Refund
}

/**
 * Makes the bill of a day. WeChat Pay's page on bills (交易账单文件格式说明) says: a refund belongs to the day on which it was
 * accepted, the bill shows the refund's state at the hour at which the bill is made, and the bill does not change
 * later.
 * @returns undefined if nothing was paid or refunded on that day
 */
function billOf(day: string, desk: Desk): string | undefined {
  const debits = desk.ledger
    .list<{ out_trade_no: string }>('debitDay', day)
    .flatMap(({ out_trade_no }) => findOrder(out_trade_no, desk) ?? [])
  const payments = asBilled([...desk.ledger.list<Order>('order', day), ...debits], takenAgain).flatMap(
    (order): BillLine[] => {
      const { paid } = order
      if (!paid || paid.knownAt > desk.now) return []
      return [{ order, at: paid.at, paidFen: paid.amountFen, feeFen: feeOf(paid.amountFen) }]
    },
  )
  const refunds = desk.ledger.list<{ out_refund_no: string }>('refundDay', day).flatMap(({ out_refund_no }) => {
    const back = desk.ledger.get<Refund>('refund', out_refund_no)
    const order = back && findOrder(back.out_trade_no, desk)
    if (!order) return []
    const line: BillLine = { order, at: back.createdAt, paidFen: 0, feeFen: -feeOf(back.amountFen), back }
    return [line]
  })
  const lines = [...payments, ...refunds]
  if (lines.length === 0) return undefined
  const sum = (of: (line: BillLine) => number): number => lines.reduce((total, line) => total + of(line), 0)
  const paidFen = yuan(sum((line) => line.paidFen))
  const backFen = yuan(sum((line) => line.back?.amountFen ?? 0))
  const sums = [lines.length, paidFen, backFen, '0.00', `${yuan(sum((line) => line.feeFen))}000`, paidFen, backFen]
  const madeAt = Date.parse(`${day}T00:00:00+08:00`) + dayMs + billMadeMs
  const rows = [billTitles, ...lines.map((line) => billRow(line, madeAt, desk)), sumTitles, cells(sums)]
  return `\ufeff${rows.join('\r\n')}\r\n`
}

const takenAgain = (order: Order): Order => ({
  ...order,
  paid: order.paid && { ...order.paid, transaction_id: secondId(order.paid.transaction_id) },
})

const billRow = ({ order, at, paidFen, feeFen, back }: BillLine, madeAt: number, desk: Desk): string =>
  cells([
    beijingText(at),
    text(order.asked.appid),
    setting('mchId', desk),
    '0',
    '',
    back?.transaction_id ?? order.paid?.transaction_id ?? '',
    order.out_trade_no,
    text(partOf(order.asked.payer).openid),
    'JSAPI',
    back ? 'REFUND' : 'SUCCESS',
    'OTHERS',
    'CNY',
    yuan(paidFen),
    '0.00',
    back?.refund_id ?? '0',
    back?.out_refund_no ?? '0',
    yuan(back?.amountFen ?? 0),
    '0.00',
    back ? 'ORIGINAL' : '',
    back ? billWords[refundStatus(back, madeAt)] : '',
    text(order.asked.description),
    text(order.asked.attach),
    `${yuan(feeFen)}000`,
    `${(feePerMille / 10).toFixed(2)}%`,
    yuan(paidFen),
    yuan(back?.amountFen ?? 0),
    '',
  ])

const cells = (values: readonly (string | number)[]): string => values.map((value) => `\`${value}`).join(',')
const feeOf = (fen: number): number => Math.round((fen * feePerMille) / 1000)

/** Finds an order, or the debit of a contract, which is refunded and billed like any other order. */
function findOrder(no: string, desk: Desk): Order | undefined {
  const debit = desk.ledger.get<Order>('order', no) ? undefined : settledDebit(desk.ledger, no, desk.now)
  if (!debit) return desk.ledger.get<Order>('order', no)
  const { total_fee: amountFen, paidAt, transaction_id } = debit
  const openid = contractOf(desk.ledger, debit.contract_code)?.openid
  const { body: description, notify_url } = debit
  return {
    out_trade_no: no,
    way: 'jsapi',
    asked: { appid: setting('appId', desk), mchid: setting('mchId', desk), description, notify_url, payer: { openid } },
    amountFen,
    createdAt: debit.createdAt,
    prepay: { id: '', at: debit.createdAt },
    closedAt: debit.state === 'CLOSED' ? debit.resultAt : null,
    paid: paidAt === null ? null : { amountFen, at: paidAt, knownAt: paidAt, transaction_id },
  }
}

function orderOf(no: string, desk: Desk): Order {
  const order = findOrder(no, desk)
  if (!order) throw new Failure(404, 'ORDER_NOT_EXIST', '订单不存在')
  return order
}

const keep = (order: Order, desk: Desk, day?: string): void => desk.ledger.put('order', order.out_trade_no, order, day)

const refundWords = { underWay: 'PROCESSING', failed: 'CLOSED', done: 'SUCCESS' } as const
const refundStatus = (one: Refund, now: number): 'PROCESSING' | 'SUCCESS' | 'CLOSED' =>
  refundWords[refundStage(one, now)]

const takenBack = (refunds: readonly Refund[], now: number): number => refundsFen(refunds, ['underWay', 'done'], now)

/** The data for the payment sheet. After time_expire the shopper cannot pay, but the order is not closed. */
const sheetPayment = (order: Order, prepayAt: number, now: number): SheetPayment => ({
  no: order.out_trade_no,
  amountFen: order.amountFen,
  currency: 'CNY',
  title: text(order.asked.description),
  // A payment in progress counts as paid, so that one sheet takes no second payment.
  state: order.paid ? 'paid' : order.closedAt !== null || now >= payableUntil(order, prepayAt) ? 'closed' : 'payable',
})

function payableUntil({ asked }: Order, prepayAt: number): number {
  const expiresAt = Date.parse(text(asked.time_expire))
  return Math.min(prepayAt + prepayMs, Number.isNaN(expiresAt) ? Number.POSITIVE_INFINITY : expiresAt)
}

const stateWords = { SUCCESS: '支付成功', REFUND: '转入退款', NOTPAY: '订单未支付', CLOSED: '订单已关闭' } as const

function stateOf(order: Order, desk: Desk): keyof typeof stateWords {
  if (!isPaid(order, desk.now)) return order.closedAt === null ? 'NOTPAY' : 'CLOSED'
  return takenBack(refundsOf(order, desk), desk.now) > 0 ? 'REFUND' : 'SUCCESS'
}

function transaction(order: Order, desk: Desk, trade_state = stateOf(order, desk)): object {
  const { asked, amountFen } = order
  const known = knownMoney(order, desk.now)
  return {
    appid: asked.appid,
    mchid: asked.mchid,
    out_trade_no: order.out_trade_no,
    trade_state,
    trade_state_desc: stateWords[trade_state],
    attach: text(asked.attach),
    // A QR code or H5 page is paid by an unknown user, who scanned the code or opened the page.
    payer: { openid: order.way === 'jsapi' ? partOf(asked.payer).openid : 'oPayer_outside_000000000000000' },
    amount: { total: amountFen, currency: 'CNY' },
    ...(known && {
      transaction_id: known.transaction_id,
      trade_type: tradeTypes[order.way],
      bank_type: 'OTHERS',
      success_time: beijingInstant(known.at),
      amount: { total: known.amountFen, payer_total: known.amountFen, currency: 'CNY', payer_currency: 'CNY' },
    }),
  }
}

interface News {
  event: string
  summary: string
  kind: 'transaction' | 'refund' | 'complaint' | 'security'
  plain: object
  notifyUrl: unknown
}

/** The content of a notification. A forged one says that an unpaid order is paid. */
function newsOf(no: string, forged: boolean, desk: Desk): News {
  // Complaints go to the address that the merchant has entered for all complaints (创建投诉通知回调地址).
  const complaint = complaintNews(no, desk)
  if (complaint) return { ...complaint, kind: 'complaint', notifyUrl: undefined }
  const echo = desk.ledger.get<{ echo_message: string; notify_url: string }>('echo', no)
  if (echo) {
    const { echo_message, notify_url: notifyUrl } = echo
    return { event: 'SECURITY_ECHO.SUCCESS', summary: '回显成功', kind: 'security', plain: { echo_message }, notifyUrl }
  }
  const back = desk.ledger.get<{ out_refund_no: string }>('refundId', no)
  if (back) return refundNews(back.out_refund_no, desk)
  const sold = desk.ledger.get<Sold>('transaction', no)
  const order = sold ? asCharge(orderOf(sold.out_trade_no, desk), no) : orderOf(no, desk)
  const lie = { amountFen: order.amountFen, at: desk.now, knownAt: desk.now, transaction_id: '4'.repeat(28) }
  return {
    event: 'TRANSACTION.SUCCESS',
    summary: '支付成功',
    kind: 'transaction',
    plain: transaction(forged ? { ...order, paid: order.paid ?? lie } : order, desk, 'SUCCESS'),
    notifyUrl: order.asked.notify_url,
  }
}

function refundNews(out_refund_no: string, desk: Desk): News {
  const back = desk.ledger.get<Refund>('refund', out_refund_no)
  if (!back) throw new Error(`no refund ${out_refund_no}`)
  const { status, channel: _, ...rest } = refundObject(back, orderOf(back.out_trade_no, desk), desk.now)
  return {
    event: `REFUND.${status}`,
    summary: status === 'SUCCESS' ? '退款成功' : '退款关闭',
    kind: 'refund',
    plain: { mchid: setting('mchId', desk), ...rest, refund_status: status },
    notifyUrl: back.asked.notify_url,
  }
}

function refundObject(back: Refund, order: Order, now: number) {
  const status = refundStatus(back, now)
  const total = order.paid?.amountFen ?? order.amountFen
  return {
    refund_id: back.refund_id,
    out_refund_no: back.out_refund_no,
    transaction_id: back.transaction_id,
    out_trade_no: order.out_trade_no,
    channel: 'ORIGINAL',
    user_received_account: '支付用户零钱',
    create_time: beijingInstant(back.createdAt),
    status,
    ...(status === 'SUCCESS' && { success_time: beijingInstant(back.doneAt) }),
    amount: {
      total,
      refund: back.amountFen,
      payer_total: total,
      payer_refund: back.amountFen,
      settlement_total: total,
      settlement_refund: back.amountFen,
      discount_refund: 0,
      currency: 'CNY',
    },
  }
}

function sealed(kind: News['kind'], plain: object, key: Uint8Array): object {
  const nonce = crypto.randomBytes(6).toString('hex')
  const cipher = crypto.createCipheriv('aes-256-gcm', key, nonce)
  cipher.setAAD(Buffer.from(kind))
  const bytes = [cipher.update(JSON.stringify(plain), 'utf8'), cipher.final(), cipher.getAuthTag()]
  const ciphertext = Buffer.concat(bytes).toString('base64')
  return { original_type: kind, algorithm: 'AEAD_AES_256_GCM', ciphertext, associated_data: kind, nonce }
}

function signedAnswer(status: number, body: object | undefined, { headers }: TwinRequest, desk: Desk): TwinAnswer {
  const said = body === undefined ? '' : JSON.stringify(body)
  return { statusCode: status, headers: signatureHeaders(said, headers['wechatpay-serial'], desk), body: said }
}

/**
 * Signs a reply.
 * @param wanted the serial of the public key or certificate with which the caller wants to verify the reply; absent: the
 * public key, or a certificate if the merchant uses no public key
 */
function signatureHeaders(body: string, wanted: string | undefined, desk: Desk, signature?: string) {
  const serial = serialOf(wanted, desk)
  const timestamp = String(Math.floor(desk.now / 1000))
  const nonce = crypto.randomBytes(16).toString('hex')
  const message = `${timestamp}\n${nonce}\n${body}\n`
  return {
    ...(body !== '' && json),
    'Request-ID': crypto.randomUUID(),
    'Wechatpay-Serial': serial,
    'Wechatpay-Timestamp': timestamp,
    'Wechatpay-Nonce': nonce,
    'Wechatpay-Signature':
      signature ?? crypto.sign('sha256', Buffer.from(message), platformKey(serial)).toString('base64'),
  }
}

function serialOf(wanted: string | undefined, { settings }: Desk): string {
  const serials = [settings?.publicKeyId, ...Object.keys(settings?.platformCertificates ?? {})].map(text)
  const [first = ''] = serials.filter((one) => one !== '')
  return serials.find((one) => one !== '' && one === wanted) ?? first
}

// WeChat Pay knows the public half of the merchant's key from the merchant's certificate.
const isMerchants = (message: string, signature: string, desk: Desk): boolean =>
  isSignedRsa('RSA-SHA256', message, signature, setting('privateKey', desk))

function setting(name: 'baseUrl' | 'appId' | 'mchId' | 'serialNo' | 'privateKey' | 'apiV3Key', desk: Desk): string {
  const value = desk.settings?.[name]
  if (typeof value !== 'string') throw unsigned('the sandbox has no settings for WeChat Pay')
  return value
}

const partOf = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {})

/** Whether two requests have equal fields, in any order. */
const isSame = (first: unknown, second: unknown): boolean => ordered(first) === ordered(second)

function ordered(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const parts = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${parts.map(([name, part]) => `${JSON.stringify(name)}:${ordered(part)}`).join(',')}}`
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')
