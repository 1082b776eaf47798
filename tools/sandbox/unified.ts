// The fake server of the Unified pay platform: payment pages, pay-types, pc/pay, wechatQuery, h5/pay, query, queryInfo
// and the notification by GET, as the document describes them. Where the document leaves something open, the fake
// server takes the stricter reading.

import * as crypto from 'node:crypto'
import { beijingDigits } from '../../miniprogram/rules/beijing'
import { knownMoney, type Money } from './book'
import { payPage } from './payPage'
import type { Desk, Handled, SheetPayment, Twin, TwinAnswer, TwinRequest } from './twin'
import { userOf } from './wechat/wechatAccount'
import { isWechat } from './wechat/wechatBrowser'
import { parsedObject } from './wire/texts'

type Fields = Record<string, string>

interface UnifiedOrder {
  requestKey: string
  /** the platform's own number of the order */
  orderSn: string
  payTypeCode: string
  /** the fields of the request, without its signature */
  asked: Fields
  amountFen: number
  createdAt: number
  paid: Money | null
}

// The document lists only the codes 0 and 30000. The others are the fake server's own.
const codes = {
  badParameter: '1001',
  badSignature: '1002',
  unknownDomain: '1003',
  unknownPayment: '1004',
  different: '1005',
  paid: '1006',
  closed: '1007',
  unknownCall: '1008',
} as const
const waiting = '30000'

class Refusal extends Error {
  constructor(
    readonly errcode: string,
    message: string,
  ) {
    super(message)
    this.name = 'Refusal'
  }
}

// The document gives no time limit for paying. The fake server assumes two hours, as for WeChat's prepay_id.
const lifeMs = 120 * 60_000
// The document says nothing about repeating a notification. The fake server takes WeChat's pauses, because most of
// these payments are made with WeChat.
const assumedRetrySeconds = [15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600]
const payTypes: Fields = { Wechat: '微信支付', Alipay: '支付宝支付', ChinapayOld: '银联支付', Paypal: 'PayPal' }
// The payment method if the shopper chose none and the browser is not WeChat's.
const chosenOnPage = 'Alipay'

interface Rule {
  required?: true
  pattern?: RegExp
}

const domain: Record<string, Rule> = { domainCode: { required: true } }
const subject: Record<string, Rule> = {
  ...domain,
  requestKey: { required: true, pattern: /^[0-9A-Za-z_.-]{1,64}$/ },
  sign: { required: true, pattern: /^[0-9a-f]{40}$/ },
}
const amount: Record<string, Rule> = {
  money: { required: true, pattern: /^[1-9]\d{0,9}$/ },
  currencyType: { required: true, pattern: /^(CNY|USD)$/ },
  rate: { pattern: /^\d{1,6}(\.\d{1,8})?$/ },
  payTypeCode: { pattern: /^(Wechat|Alipay|ChinapayOld|Paypal)$/ },
}
const purchase: Record<string, Rule> = {
  ...subject,
  ...amount,
  info: { required: true },
  pageUrl: { required: true, pattern: /^https?:\/\/\S+$/ },
  // The platform appends its own query, so bgUrl must not have one.
  bgUrl: { required: true, pattern: /^https?:\/\/[^\s?]+$/ },
}

interface Call {
  method: 'GET' | 'POST'
  rules: Record<string, Rule>
  run(fields: Fields, desk: Desk): Outcome
}

type Outcome = Pick<Handled, 'opened'> & { errcode?: string; obj: unknown; no: string }

const calls: Record<string, Call> = {
  'pc/pay-types': {
    method: 'GET',
    rules: { ...domain, paySceneName: { required: true, pattern: /^pc$/ } },
    run: () => ({
      obj: Object.entries(payTypes).map(([payTypeCode, payTypeName]) => ({ payTypeCode, payTypeName })),
      no: '',
    }),
  },
  'pc/pay': {
    method: 'POST',
    rules: { ...purchase, payTypeCode: { ...amount.payTypeCode, required: true } },
    run(fields, desk) {
      const order = openOrder(fields, desk)
      const no = order.requestKey
      if (order.payTypeCode !== 'Wechat') return { obj: form(order), no, opened: no }
      const code = `weixin://wxpay/bizpayurl?pr=${crypto.randomBytes(6).toString('hex')}`
      desk.ledger.put('payInfo', code, { no })
      return { obj: code, no, opened: no }
    },
  },
  'pc/wechatQuery': {
    method: 'GET',
    rules: { ...subject, ...amount },
    run({ requestKey = '' }, desk) {
      const order = desk.ledger.get<UnifiedOrder>('order', requestKey)
      if (!order) throw new Refusal(codes.unknownPayment, '没有该笔支付')
      if (knownMoney(order, desk.now)) return { obj: null, no: requestKey }
      if (isOver(order, desk.now)) throw new Refusal(codes.closed, '支付失败')
      return { errcode: waiting, obj: null, no: requestKey }
    },
  },
  'h5/pay': {
    method: 'POST',
    rules: { ...purchase, payTypeCode: { ...amount.payTypeCode, required: true } },
    run(fields, desk) {
      const no = fields.requestKey ?? ''
      if (fields.payTypeCode === 'Wechat' && !fields.openid) throw bad('openid: 选择微信支付必须带入')
      // Refuse an openid of the shop's own official account, because the platform knows only openids of its own
      // account.
      if (fields.openid?.startsWith('oOfficial_')) throw bad('openid')
      const order = openOrder(fields, desk)
      const appId = fields.openid?.startsWith('oUnified_') ? officialAppId : 'wx0000000000000000'
      return { obj: order.payTypeCode === 'Wechat' ? sheetOf(order, appId, desk) : form(order), no, opened: no }
    },
  },
  'private/pay/query': {
    method: 'GET',
    rules: subject,
    run({ requestKey = '' }, desk) {
      const order = desk.ledger.get<UnifiedOrder>('order', requestKey)
      return { obj: order !== undefined && knownMoney(order, desk.now) !== null, no: requestKey }
    },
  },
  'private/pay/queryInfo': {
    method: 'GET',
    rules: subject,
    run({ requestKey = '' }, desk) {
      const order = desk.ledger.get<UnifiedOrder>('order', requestKey)
      const paid = order && knownMoney(order, desk.now)
      return {
        obj: paid ? { ...described(order, desk), money: paid.amountFen, payTime: paid.at } : null,
        no: requestKey,
      }
    },
  },
}

const pages = ['/pay.html', '/mpay.html']
const apiPath = /^\/pay\/api\/(.+)$/

export const unified: Twin = {
  provider: 'unified',
  name: 'Unified pay platform',
  hasBills: false,
  seed: (baseUrl, previous) => ({
    domainCode: 'minicashier',
    domainSecret: crypto.randomBytes(16).toString('hex'),
    ...previous,
    baseUrl,
    openidUrl: `${baseUrl}/openid`,
  }),
  retrySeconds: assumedRetrySeconds,
  scenarioCalls: ['h5/pay', 'pc/pay'],
  callOf: (path) => apiPath.exec(path)?.[1] ?? path.slice(1),
  isFromPhone: (call) => call.endsWith('.html'),

  handle(request, desk) {
    if (request.method === 'GET' && pages.includes(request.path)) return { answer: payPage(), ok: true, detail: 'page' }
    const known = openidPage(request, desk)
    if (known) return known
    try {
      const name = apiPath.exec(request.path)?.[1] ?? ''
      const call = Object.hasOwn(calls, name) ? calls[name] : undefined
      if (!call || request.method !== call.method) throw new Refusal(codes.unknownCall, '接口不存在')
      const fields = readFields(request)
      verify(fields, call.rules, desk)
      const { errcode = '0', obj, no, opened } = call.run(fields, desk)
      const answer = json({ errcode, errormsg: '操作成功', obj })
      return { answer, ok: true, detail: `${no} errcode ${errcode}`.trim(), ...(opened !== undefined && { opened }) }
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      const { errcode, message: errormsg } = error
      return { answer: json({ errcode, errormsg, obj: null }), ok: false, detail: `errcode ${errcode} ${errormsg}` }
    }
  },

  find(payInfo, desk) {
    const order = typeof payInfo === 'string' ? orderOfText(payInfo, desk) : orderOfSheet(payInfo, desk)
    return order && sheetPayment(order, desk.now)
  },

  take(no, { amountFen, knownAt }, desk) {
    const order = desk.ledger.get<UnifiedOrder>('order', no)
    if (order) keep({ ...order, paid: { amountFen, at: desk.now, knownAt } }, desk)
  },

  notice({ no, forged }, url, desk) {
    const order = desk.ledger.get<UnifiedOrder>('order', no)
    if (!order) throw new Error(`no order ${no}`)
    const { paid, amountFen, asked } = order
    const fields = {
      money: String(paid?.amountFen ?? amountFen),
      payTime: String(paid?.at ?? desk.now),
      ...described(order, desk),
    }
    const sign = forged ? crypto.randomBytes(20).toString('hex') : signature(fields, desk)
    // The merchant's local server may have another port now, so only the path of the requested address is used.
    const address = new URL(new URL(asked.bgUrl ?? url).pathname, url)
    return { method: 'GET', url: `${address.href}?${new URLSearchParams({ ...fields, sign })}`, headers: {}, body: '' }
  },

  isThanked: ({ status, body }) => status === 200 && body === 'success',
  // The platform does not store whether the merchant confirmed a notification.
  noticed: () => undefined,
}

/** A user's openid under the platform's own official account. */
const openidOf = (person: string): string => `oUnified_${person}_`.padEnd(28, '0')
const officialAppId = 'wx2421b1c4370ec43b'

/**
 * Plays the platform's openid page (H5微信支付请求openid): returns the browser to `backUrl` and adds `openid` to its query.
 * If the address has a fragment with a query, the openid is added to that query, because the document's page reads it
 * there.
 * @returns undefined if the request is for another page
 */
function openidPage({ method, path, query, headers }: TwinRequest, desk: Desk): Handled | undefined {
  if (method !== 'GET' || path !== '/openid') return undefined
  const back = query.get('backUrl') ?? ''
  const isOurs = query.get('domainCode') === setting('domainCode', desk) && /^https?:\/\/\S+$/.test(back)
  if (!isOurs || !isWechat(headers['user-agent']))
    return { answer: { statusCode: 400, headers: {}, body: '请在微信客户端打开链接' }, ok: false, detail: 'openid' }
  const added = `openid=${openidOf(userOf(headers.cookie).person)}`
  const [address = '', fragment] = back.split('#')
  const location = fragment?.includes('?')
    ? `${back}&${added}`
    : `${address}${address.includes('?') ? '&' : '?'}${added}${fragment === undefined ? '' : `#${fragment}`}`
  return { answer: { statusCode: 302, headers: { location }, body: '' }, ok: true, detail: 'openid' }
}

function readFields({ method, query, body }: TwinRequest): Fields {
  if (method === 'GET') {
    const fields = Object.fromEntries(query)
    if (Object.keys(fields).length !== query.size) throw bad('a parameter stands there twice')
    return fields
  }
  const value = parsedObject(body.toString('utf8'))
  if (!value) throw bad('请求数据格式错误')
  for (const [name, one] of Object.entries(value))
    if (typeof one !== 'string' && typeof one !== 'number') throw bad(`${name}: 格式错误`)
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, String(one)]))
}

const bad = (what: string): Refusal => new Refusal(codes.badParameter, what)

function verify(fields: Fields, rules: Record<string, Rule>, desk: Desk): void {
  if (fields.domainCode !== setting('domainCode', desk)) throw new Refusal(codes.unknownDomain, 'domainCode不存在')
  for (const [name, { required, pattern }] of Object.entries(rules)) {
    const value = fields[name] ?? ''
    if (required && value === '') throw bad(`${name}: 不能为空`)
    if (value !== '' && pattern && !pattern.test(value)) throw bad(`${name}: 格式错误`)
  }
  if (rules.sign && !isSigned(fields, desk)) throw new Refusal(codes.badSignature, '签名错误')
}

// The platform's page adds payTypeCode and openid after the merchant has signed. A payTypeCode that the merchant sent
// itself is part of the signed values.
function isSigned({ sign, openid: _, ...fields }: Fields, desk: Desk): boolean {
  const { payTypeCode: __, ...earlier } = fields
  return sign === signature(earlier, desk) || sign === signature(fields, desk)
}

function openOrder(fields: Fields, desk: Desk): UnifiedOrder {
  const { sign: _, openid: __, payTypeCode = '', ...asked } = fields
  const requestKey = fields.requestKey ?? ''
  const known = desk.ledger.get<UnifiedOrder>('order', requestKey)
  if (known && canonical(known.asked) !== canonical(asked)) throw new Refusal(codes.different, 'requestKey重复')
  if (known && knownMoney(known, desk.now)) throw new Refusal(codes.paid, '已支付')
  if (known && isOver(known, desk.now)) throw new Refusal(codes.closed, '已关闭')
  const orderSn = known?.orderSn ?? `${beijingDigits(desk.now)}${String(desk.ledger.serial()).padStart(6, '0')}`
  const order = {
    requestKey,
    orderSn,
    payTypeCode,
    asked,
    amountFen: Number(fields.money),
    createdAt: known?.createdAt ?? desk.now,
    paid: known?.paid ?? null,
  }
  keep(order, desk)
  return order
}

const canonical = (fields: Fields): string =>
  JSON.stringify(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1)))

const keep = (order: UnifiedOrder, desk: Desk): void => desk.ledger.put('order', order.requestKey, order)

const isOver = ({ createdAt }: UnifiedOrder, now: number): boolean => now >= createdAt + lifeMs

/** The fields of queryInfo and of the notification. Both exist for successful payments only. */
const described = ({ requestKey, orderSn, payTypeCode, asked }: UnifiedOrder, desk: Desk): Fields => ({
  requestKey,
  orderSn,
  payTypeCode,
  payTypeName: payTypes[payTypeCode] ?? '',
  currencyType: asked.currencyType ?? '',
  payStatus: 'SUCCESSPAY',
  domainCode: setting('domainCode', desk),
})

const form = ({ payTypeCode, orderSn }: UnifiedOrder): string =>
  `<form action="https://${payTypeCode.toLowerCase()}.sandbox.test/pay" method="post"><input name="orderSn" value="${orderSn}"></form>`

interface Sheet {
  appId: string
  timeStamp: string
  nonceStr: string
  package: string
  signType: 'MD5'
  paySign: string
}

function sheetOf({ requestKey }: UnifiedOrder, appId: string, desk: Desk): Sheet {
  const prepayId = `wx${beijingDigits(desk.now)}${crypto.randomBytes(9).toString('hex')}`
  const sheet = {
    appId,
    timeStamp: String(Math.floor(desk.now / 1000)),
    nonceStr: crypto.randomBytes(10).toString('hex'),
    package: `prepay_id=${prepayId}`,
    signType: 'MD5' as const,
  }
  const text = JSON.stringify(sheet) + setting('domainSecret', desk)
  const paySign = crypto.createHash('md5').update(text).digest('hex').toUpperCase()
  desk.ledger.put('prepay', prepayId, { no: requestKey, ...sheet, paySign })
  return { ...sheet, paySign }
}

function orderOfSheet(parameters: object, desk: Desk): UnifiedOrder | undefined {
  const given = parameters as Record<string, unknown>
  const known = desk.ledger.get<Sheet & { no: string }>('prepay', String(given.package).slice('prepay_id='.length))
  const same =
    known && (['timeStamp', 'nonceStr', 'package', 'paySign'] as const).every((name) => given[name] === known[name])
  return same ? desk.ledger.get<UnifiedOrder>('order', known.no) : undefined
}

function orderOfText(text: string, desk: Desk): UnifiedOrder | undefined {
  const code = desk.ledger.get<{ no: string }>('payInfo', text)
  if (code) return desk.ledger.get<UnifiedOrder>('order', code.no)
  const [address, parameters] = text.split('#/?')
  if (parameters === undefined || !pages.some((file) => address?.endsWith(file))) return undefined
  return openPage(Object.fromEntries(new URLSearchParams(parameters)), desk)
}

// The platform's server learns of a payment with a page when a shopper opens the page and chooses a payment method.
function openPage(fields: Fields, desk: Desk): UnifiedOrder | undefined {
  try {
    verify(fields, purchase, desk)
    const known = desk.ledger.get<UnifiedOrder>('order', fields.requestKey ?? '')
    if (known?.paid) return known
    return openOrder({ ...fields, payTypeCode: fields.payTypeCode || chosenOnPage }, desk)
  } catch (error) {
    if (error instanceof Refusal) return error.errcode === codes.closed ? closedOrder(fields, desk) : undefined
    throw error
  }
}

const closedOrder = ({ requestKey = '' }: Fields, desk: Desk): UnifiedOrder | undefined =>
  desk.ledger.get<UnifiedOrder>('order', requestKey)

const sheetPayment = (order: UnifiedOrder, now: number): SheetPayment => ({
  no: order.requestKey,
  amountFen: order.amountFen,
  currency: order.asked.currencyType ?? '',
  title: order.asked.info ?? '',
  // A payment in progress counts as paid, so that one sheet takes no second payment.
  state: order.paid ? 'paid' : isOver(order, now) ? 'closed' : 'payable',
})

// The signed text: all values that are not empty, and the secret, sorted and joined without a separator. The signature
// is its SHA-1 in lower case.
function signature(fields: Fields, desk: Desk): string {
  const encoded = desk.settings?.signUrlsEncoded === true ? ['pageUrl', 'bgUrl'] : []
  const values = Object.entries(fields)
    .filter(([name, value]) => name !== 'sign' && value !== '')
    .map(([name, value]) => (encoded.includes(name) ? encodeURIComponent(value) : value))
  const text = [...values, setting('domainSecret', desk)].sort().join('')
  return crypto.createHash('sha1').update(text).digest('hex')
}

function setting(name: 'domainCode' | 'domainSecret', desk: Desk): string {
  const value = desk.settings?.[name]
  if (typeof value !== 'string') throw new Refusal(codes.unknownDomain, 'the sandbox has no settings for this platform')
  return value
}

const json = (reply: object): TwinAnswer => ({
  statusCode: 200,
  headers: { 'content-type': 'application/json;charset=utf-8' },
  body: JSON.stringify(reply),
})
