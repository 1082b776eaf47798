// The HTTP calls of OpenMidas in a browser. The protocol of Tencent's own openMidas.js is not public, so these calls
// follow a protocol of our own (docs/openmidas-web.md), which only this file knows.
import { isRecord, parseJson } from '../../payInfo'
import type { WebResult } from './codes'
import type { LeftPayment } from './left'

const timeoutMs = 10_000

/** Where the page runs: inside WeChat, in a phone's browser, or in a computer's browser. */
export type Place = 'wechat' | 'mobile' | 'pc'

/** A payment that the page has asked for. */
export interface Wanted extends Pick<LeftPayment, 'payInfo' | 'metadata' | 'env' | 'redirects'> {
  host: string
  record: string
  place: Place
  /** the stored payment to continue, if the user left an earlier page before its result was known */
  left?: LeftPayment | undefined
}

/** The result of a payment, and the order's web callback address if the server told it. */
export interface Ended {
  name: WebResult
  text?: string | undefined
  callbackUrl?: string | undefined
}

/**
 * The host's answer: exactly one way to pay in this browser (the sheet, the H5 page or the QR code), and the payment's
 * number in our records.
 */
export interface Opened {
  no: string
  /** inside WeChat: the parameters of getBrandWCPayRequest */
  jsapi?: Record<string, unknown>
  /** on a phone: the address of WeChat's H5 page */
  link?: string
  /** on a computer: the content of the QR code */
  code?: string
}

/** Our server's record of a payment. */
export interface Recorded {
  state: 'waiting' | 'paid' | 'ended'
  amountFen: number
  currency: string
  title: string
  titleEn: string
  /** the order's web callback address */
  callbackUrl?: string
}

export interface Failed {
  failure: WebResult
  text: string
  /** the payment's number, if the refusal of the host contains it */
  no?: string
}

async function post(url: string, body: object): Promise<Record<string, unknown> | undefined> {
  const ended = new AbortController()
  const timer = setTimeout(() => ended.abort(), timeoutMs)
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      credentials: 'omit',
      signal: ended.signal,
    })
    const value = parseJson(await answer.text())
    return isRecord(value) ? value : {}
  } catch {
    return undefined
  } finally {
    clearTimeout(timer)
  }
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

/**
 * Whether it is safe to open the address: only http and https, and no user name, because a user name can imitate a host
 * name.
 */
export function isAddress(text: unknown): text is string {
  try {
    const { protocol, username } = new URL(textOf(text))
    return /^https?:$/.test(protocol) && username === ''
  } catch {
    return false
  }
}

/**
 * Opens WeChat's page in this window or in the top window. WeChat checks the Referer header, so set a referrer policy
 * with which the browser sends this header.
 */
export function jump(address: string, policy: ReferrerPolicy, where: Window = window): void {
  const meta = document.createElement('meta')
  meta.name = 'referrer'
  meta.content = policy
  document.head.append(meta)
  // Do not use location.replace(): by WeChat's document, the signing page does not open with it.
  where.location.href = address
}

/**
 * Asks the host how to pay. POST <host>/web {"payInfo","place","back"} returns {"ret":0,"no"} and one of jsapi, link,
 * code.
 */
export async function exchange(
  host: string,
  body: { payInfo: string; place: Place; back: string },
): Promise<Opened | Failed> {
  const answer = await post(`${host}/web`, body)
  if (!answer) return { failure: 'hostUnreachable', text: '' }
  const { ret, jsapi, link, code } = answer
  const no = textOf(answer.no)
  if (ret !== 0) {
    const failure = typeof ret !== 'number' ? 'hostUnreadable' : answer.paid === true ? 'alreadyPaid' : 'hostRefused'
    return { failure, text: textOf(answer.msg), no }
  }
  if (body.place === 'wechat' && isRecord(jsapi)) return { no, jsapi }
  if (body.place === 'mobile' && isAddress(link)) return { no, link }
  if (body.place === 'pc' && textOf(code)) return { no, code: textOf(code) }
  return { failure: 'hostUnreadable', text: '', no }
}

/**
 * Reads our server's record of a payment. POST <record>/state {"paymentNo","payInfo","ask"}. With `ask`, the server
 * first queries the payment provider.
 * @returns undefined when no readable answer came
 */
export async function readRecord(
  url: string,
  body: { paymentNo: string; payInfo: string; ask: boolean },
): Promise<Recorded | undefined> {
  const data = (await post(`${url}/state`, body))?.data
  if (!isRecord(data)) return undefined
  const { state, amountFen, callbackUrl } = data
  if ((state !== 'waiting' && state !== 'paid' && state !== 'ended') || typeof amountFen !== 'number') return undefined
  return {
    state,
    amountFen,
    currency: textOf(data.currency),
    title: textOf(data.title),
    titleEn: textOf(data.titleEn),
    ...(isAddress(callbackUrl) && { callbackUrl }),
  }
}

/**
 * Gets the address of WeChat's signing page. POST <host>/webContract with the parameters of signContract returns
 * {"ret":0,"url"}.
 */
export async function contractPage(host: string, params: object): Promise<string | Ended> {
  const answer = await post(`${host}/webContract`, params)
  if (!answer) return { name: 'hostUnreachable' }
  if (answer.ret === 0 && isAddress(answer.url)) return answer.url
  return { name: answer.ret === 0 ? 'hostUnreadable' : 'hostRefused', text: textOf(answer.msg) }
}
