// What OpenMidas in a browser asks over HTTP. The protocol of Tencent's own openMidas.js is not public; this is ours,
// and no other file knows it. docs/openmidas-web.md
import { isRecord, parseJson } from '../../payInfo'
import type { WebResult } from './codes'
import type { LeftPayment } from './left'

const timeoutMs = 10_000

/** Where the page is open. */
export type Place = 'wechat' | 'mobile' | 'pc'

/** A payment that is wanted on this page. */
export interface Wanted extends Pick<LeftPayment, 'payInfo' | 'metadata' | 'env' | 'redirects'> {
  host: string
  record: string
  place: Place
  /** set when another page began this payment and was left */
  left?: LeftPayment | undefined
}

/** How a payment ended, and the order's web callback address, if it is known. */
export interface Ended {
  name: WebResult
  text?: string | undefined
  callbackUrl?: string | undefined
}

/** How a payment is opened at a place, and the number under which the shop's record knows it. */
export interface Opened {
  no: string
  /** parameters of getBrandWCPayRequest */
  jsapi?: Record<string, unknown>
  /** the address of the H5 page */
  link?: string
  /** the content of a QR code */
  code?: string
}

/** The shop's own record of a payment. */
export interface Recorded {
  state: 'waiting' | 'paid' | 'ended'
  amountFen: number
  currency: string
  title: string
  titleEn: string
  /** the web callback address of the order */
  callbackUrl?: string
}

export interface Failed {
  failure: WebResult
  text: string
  /** the payment's number, where the host names it in its refusal */
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

/** Whether a browser may be sent to an address: no script, and no user name that looks like a host. */
export function isAddress(text: unknown): text is string {
  try {
    const { protocol, username } = new URL(textOf(text))
    return /^https?:$/.test(protocol) && username === ''
  } catch {
    return false
  }
}

/** Goes to WeChat's page in this window or the top one. That page reads who sends the person from the Referer. */
export function jump(address: string, policy: ReferrerPolicy, where: Window = window): void {
  const meta = document.createElement('meta')
  meta.name = 'referrer'
  meta.content = policy
  document.head.append(meta)
  // Not replace(): WeChat's page for signing does not open by it, says its document.
  where.location.href = address
}

/** POST <host>/web {"payInfo","place","back"} returns {"ret":0,"no"} and one of jsapi, link, code. */
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
 * POST <record>/state {"paymentNo","payInfo","ask"} returns the shop's record. `ask`: the shop asks the provider first.
 * @returns undefined when there is no readable answer
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

/** POST <host>/webContract with the parameters of signContract returns {"ret":0,"url"}. */
export async function contractPage(host: string, params: object): Promise<string | Ended> {
  const answer = await post(`${host}/webContract`, params)
  if (!answer) return { name: 'hostUnreachable' }
  if (answer.ret === 0 && isAddress(answer.url)) return answer.url
  return { name: answer.ret === 0 ? 'hostUnreadable' : 'hostRefused', text: textOf(answer.msg) }
}
