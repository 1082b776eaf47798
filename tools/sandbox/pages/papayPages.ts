// WeChat's pages on which contracts are signed in a browser: 公众号纯签约 (entrustweb), which a page opens inside WeChat, and
// H5纯签约 (h5entrustweb), where the merchant's server first asks for the page's address. Written from WeChat's pages
// (docs/provider-facts.md 6.9); papay.ts keeps the contracts.
import * as crypto from 'node:crypto'
import type { Desk, Handled, TwinAnswer, TwinRequest } from '../twin'
import { officialOpenid, userOf } from '../wechat/wechatAccount'
import { isWechat } from '../wechat/wechatBrowser'
import { pageAnswer } from './frame'
import { signPage } from './signPage'

const names = [
  'appid',
  'mch_id',
  'plan_id',
  'contract_code',
  'request_serial',
  'contract_display_account',
  'notify_url',
]
const always = [...names, 'version', 'timestamp', 'sign']
/** for each page: its path, the fields that it has besides the common ones, and how it is signed */
const ways = {
  '/papay/entrustweb': { name: 'entrustweb', required: always, optional: ['return_web', 'outerid'], hash: 'md5' },
  '/papay/h5entrustweb': {
    name: 'h5entrustweb',
    required: [...always, 'clientip'],
    optional: ['return_appid', 'outerid'],
    hash: 'sha256',
  },
} as const
const h5PagePath = '/papay/h5page'
const linkMs = 10 * 60_000

type WayPath = keyof typeof ways

export const papayPageOf = (path: string): string | undefined =>
  path === h5PagePath ? 'papayH5Page' : Object.hasOwn(ways, path) ? ways[path as WayPath].name : undefined

/** Whether a call comes from a person's browser and not from the merchant's server. */
export const isPapayPage = (call: string): boolean => call === 'entrustweb' || call === 'papayH5Page'

/**
 * A signing that a person has begun on a page in a browser. papay.ts finds it by the session number that the page
 * sends.
 */
export interface PageSigning {
  fields: Record<string, string>
  at: number
}

/** Answers requests for the two signing addresses (entrustweb and h5entrustweb) and for the H5 page. */
export function handlePapayPage(request: TwinRequest, desk: Desk): Handled {
  const { method, path, query } = request
  if (method !== 'GET') return said('请使用get方法', 405)
  if (path === h5PagePath) return h5Page(request, desk)
  const fields = Object.fromEntries(query)
  const wrong = wrongField(path as WayPath, fields, desk)
  if (path === '/papay/h5entrustweb') return wrong === undefined ? redirect(fields, desk) : refusedCall(wrong)
  if (!isWechat(request.headers['user-agent'])) return said('请在微信客户端打开链接')
  if (wrong !== undefined) return said(`商家系统错误，请联系商家处理（${wrong}）`)
  const back = fields.return_web === '1' ? backTo(request) : undefined
  back?.searchParams.set('from_wxpay', '1')
  return { answer: signing(fields, request, { desk, back }), ok: true, detail: fields.contract_code ?? '' }
}

/**
 * The H5 page. WeChat's app opens from this page, and after three seconds the page leads back to the merchant's page
 * that opened it.
 */
function h5Page(request: TwinRequest, desk: Desk): Handled {
  const begun = desk.ledger.get<PageSigning>('signing', request.query.get('session') ?? '')
  if (isWechat(request.headers['user-agent'])) return said('请在微信外打开')
  if (!begun || desk.now >= begun.at + linkMs) return said('签约请求已失效，请重新发起签约')
  const back = backTo(request)
  if (back?.host !== new URL(begun.fields.notify_url ?? '').host) return said('商家参数格式有误，请联系商家解决')
  const answer = signing(begun.fields, request, { desk, back, backAfterMs: 3_000 })
  return { answer, ok: true, detail: begun.fields.contract_code ?? '' }
}

/**
 * The address of the page that opened the H5 page, from the header Referer. If the Referer has no path, returns
 * undefined: the H5 page then leads nowhere, and the person must go back by hand.
 */
function backTo({ headers: { referer = '' } }: TwinRequest): URL | undefined {
  if (!URL.canParse(referer)) return undefined
  const url = new URL(referer)
  return url.pathname === '/' && url.search === '' ? undefined : url
}

function signing(
  fields: Record<string, string>,
  { headers }: TwinRequest,
  { desk, back, ...when }: { desk: Desk; back: URL | undefined; backAfterMs?: number },
): TwinAnswer {
  const person = userOf(headers.cookie).person
  // The same person has a different openid under each app of WeChat.
  const isOfficial = fields.appid === desk.settings?.officialAppId
  const openid = isOfficial ? officialOpenid(person) : `oMiniCashier_${person}`
  const extraData = { ...fields, session: begin(fields, desk) }
  return signPage({ extraData, openid, back: back?.href ?? '', ...when })
}

function begin(fields: Record<string, string>, desk: Desk): string {
  const session = crypto.randomBytes(16).toString('hex')
  const begun: PageSigning = { fields, at: desk.now }
  desk.ledger.put('signing', session, begun)
  return session
}

function redirect(fields: Record<string, string>, desk: Desk): Handled {
  const redirect_url = `${String(desk.settings?.baseUrl)}${h5PagePath}?session=${begin(fields, desk)}`
  const { appid = '', mch_id = '', contract_code = '' } = fields
  const reply = { return_code: 'SUCCESS', return_msg: 'OK', result_code: 'SUCCESS', appid, mch_id, redirect_url }
  return { answer: xml(reply), ok: true, detail: contract_code }
}

const refusedCall = (why: string): Handled => ({
  answer: xml({ return_code: 'FAIL', return_msg: why }),
  ok: false,
  detail: why,
})

function wrongField(path: WayPath, fields: Record<string, string>, desk: Desk): string | undefined {
  const { required, optional, hash } = ways[path]
  const known: readonly string[] = [...required, ...optional]
  const extra = Object.keys(fields).find((name) => !known.includes(name))
  if (extra !== undefined) return `多余的字段 ${extra}`
  const missing = required.find((name) => !fields[name])
  if (missing !== undefined) return `缺少字段 ${missing}`
  const odd = Object.entries(shapes).find(([name, shape]) => fields[name] !== undefined && !shape.test(fields[name]))
  if (odd) return `${odd[0]} 格式错误`
  const { appId, officialAppId, mchId, apiV2Key } = desk.settings ?? {}
  if (fields.mch_id !== mchId || ![appId, officialAppId].includes(fields.appid)) return 'appid 或 mch_id 错误'
  return fields.sign === signOf(fields, hash, String(apiV2Key)) ? undefined : '签名错误'
}

const shapes: Readonly<Record<string, RegExp>> = {
  plan_id: /^\d{1,28}$/,
  contract_code: /^[0-9A-Za-z]{1,32}$/,
  request_serial: /^[1-9]\d{0,18}$/,
  contract_display_account: /^[^\u{10000}-\u{10FFFF}]{1,128}$/u,
  // WeChat demands https in production, but the local shop has an http address.
  notify_url: /^https?:\/\/[^\s?#]{1,240}$/,
  version: /^1\.0$/,
  timestamp: /^\d{10}$/,
  return_web: /^1$/,
  clientip: /^\d{1,3}(\.\d{1,3}){3}$/,
}

function signOf(fields: Record<string, string>, hash: 'md5' | 'sha256', key: string): string {
  const pairs = Object.keys(fields)
    .filter((name) => name !== 'sign' && fields[name] !== '')
    .sort()
    .map((name) => `${name}=${fields[name]}`)
  const text = `${pairs.join('&')}&key=${key}`
  const made = hash === 'md5' ? crypto.createHash(hash) : crypto.createHmac(hash, key)
  return made.update(text).digest('hex').toUpperCase()
}

// The reply of h5entrustweb has no signature.
const xml = (fields: Record<string, string>): TwinAnswer => ({
  statusCode: 200,
  headers: { 'content-type': 'text/plain;charset=utf-8' },
  body: `<xml>${Object.entries(fields)
    .map(([name, value]) => `<${name}><![CDATA[${value}]]></${name}>`)
    .join('')}</xml>`,
})

const said = (text: string, statusCode = 200): Handled => ({
  answer: { ...pageAnswer(`<!doctype html><meta charset="utf-8"><title>${text}</title><p>${text}</p>`), statusCode },
  ok: false,
  detail: text,
})
