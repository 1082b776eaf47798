// Plays Midas's host for OpenMidas in a browser: how a pay_info opens, WeChat's H5 page, and WeChat's signing page. The
// protocol is our own (miniprogram/openmidas/platforms/web/host.ts). The rules of the H5 page are WeChat's (H5 支付,
// docs 4012791831 and 4012791832): it needs a Referer, lives 5 minutes and does not open inside WeChat.
import { randomBytes } from 'node:crypto'
import { signPage } from './pages/signPage'
import { payPage } from './payPage'
import type { Desk, TwinAnswer, TwinRequest } from './twin'
import { officialOpenid, userOf } from './wechat/wechatAccount'

interface Ticket {
  no: string
  kind: 'code' | 'link'
  at: number
  /** address to which the H5 page returns the user */
  back: string
}

const linkMs = 5 * 60_000
const codeStart = 'weixin://wxpay/bizpayurl?pr='
const linkPath = /\/h5\/([0-9a-f]{32})(?:\?|$)/

/** Allows calls from every website: the signed payInfo decides what a caller can do. */
export const openToSites = (answer: TwinAnswer): TwinAnswer => ({
  ...answer,
  headers: {
    ...answer.headers,
    'access-control-allow-origin': '*',
    'access-control-allow-headers': 'content-type',
    'access-control-max-age': '7200',
  },
})

/** Makes the content of a QR code for a payment. */
export const newCode = (no: string, desk: Desk): string => codeStart + newTicket({ no, kind: 'code', back: '' }, desk)

/**
 * Makes the address of the H5 page for a payment. @returns undefined if the return address `back` is not on the calling
 * website
 */
export function newLink(no: string, { body, origin }: { body: Record<string, unknown>; origin: string }, desk: Desk) {
  const back = typeof body.back === 'string' && URL.canParse(body.back) ? new URL(body.back) : undefined
  if (back?.origin !== origin) return undefined
  const ticket = newTicket({ no, kind: 'link', back: back.href }, desk)
  return `${String(desk.settings?.baseUrl)}/h5/${ticket}?redirect_url=${encodeURIComponent(back.href)}`
}

function newTicket(ticket: Omit<Ticket, 'at'>, desk: Desk): string {
  const id = randomBytes(16).toString('hex')
  desk.ledger.put('web', id, { ...ticket, at: desk.now })
  return id
}

/**
 * The payment's number behind the content of a QR code or the address of an H5 page; undefined if there is none or it
 * has expired.
 */
export function numberBehind(text: string, desk: Desk): string | undefined {
  const id = text.startsWith(codeStart) ? text.slice(codeStart.length) : linkPath.exec(text)?.[1]
  const ticket = id === undefined ? undefined : desk.ledger.get<Ticket | Signing>('web', id)
  return ticket && ticket.kind !== 'sign' && (ticket.kind === 'code' || desk.now < ticket.at + linkMs)
    ? ticket.no
    : undefined
}

const refused = (text: string): TwinAnswer => ({
  statusCode: 200,
  headers: { 'content-type': 'text/html; charset=utf-8' },
  body: `<!doctype html><meta charset="utf-8"><title>${text}</title><p>${text}</p>`,
})

/** Plays WeChat's H5 page; undefined if the request is for another page. */
export function h5Page({ method, path, query, headers }: TwinRequest, desk: Desk): TwinAnswer | undefined {
  const id = linkPath.exec(path)?.[1]
  if (method !== 'GET' || id === undefined) return undefined
  const ticket = desk.ledger.get<Ticket>('web', id)
  if (ticket?.kind !== 'link') return payPage(404)
  if (/MicroMessenger/i.test(headers['user-agent'] ?? '')) return refused('请在微信外打开订单，进行支付')
  if (!headers.referer) return refused('商家参数格式有误，请联系商家解决')
  if (new URL(headers.referer).origin !== new URL(ticket.back).origin)
    return refused('商家存在未配置的参数，请联系商家解决')
  if (query.get('redirect_url') !== ticket.back) return refused('商家参数格式有误，请联系商家解决')
  if (desk.now >= ticket.at + linkMs) return refused('支付请求已失效，请重新发起支付')
  return payPage()
}

interface Signing {
  kind: 'sign'
  at: number
  /** the parameters for WeChat's signing page */
  extraData: object
  appId: string
  back: string
}

const signPath = /^\/sign\/([0-9a-f]{32})$/

/**
 * Makes the address of a signing page.
 * @param origin of the calling website
 * @returns undefined if the return address `back` is not on the calling website
 */
export function newSigning(asked: Omit<Signing, 'kind' | 'at'>, origin: string, desk: Desk): string | undefined {
  if (!URL.canParse(asked.back) || new URL(asked.back).origin !== origin) return undefined
  const id = randomBytes(16).toString('hex')
  desk.ledger.put('web', id, { ...asked, kind: 'sign', at: desk.now })
  return `${String(desk.settings?.baseUrl)}/sign/${id}`
}

/**
 * Plays WeChat's signing page; undefined if the request is for another page. The page needs a Referer, by which WeChat
 * recognises the merchant's website.
 */
export function signingPage({ method, path, headers }: TwinRequest, desk: Desk): TwinAnswer | undefined {
  const id = signPath.exec(path)?.[1]
  if (method !== 'GET' || id === undefined) return undefined
  const signing = desk.ledger.get<Signing>('web', id)
  if (signing?.kind !== 'sign' || desk.now >= signing.at + linkMs) return refused('签约请求已失效，请重新发起签约')
  const { back, appId, extraData } = signing
  if (!headers.referer || new URL(headers.referer).origin !== new URL(back).origin)
    return refused('商家参数格式有误，请联系商家解决')
  const openid = officialOpenid(userOf(headers.cookie).person)
  const target = new URL(back)
  for (const [name, value] of Object.entries({ appId, openId: openid, channel: 'wechat', fromSign: '1' }))
    target.searchParams.set(name, value)
  return signPage({ extraData, openid, back: target.href })
}
