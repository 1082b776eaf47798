// The one place of the preview that talks to the emulator: functions, the twins behind the payment sheet and the page for
// signing, clock, scenarios, orders, contracts.
import { session } from './session'

const callTimeout = 60_000
const payTimeout = 120_000

export class BackendError extends Error {}

async function send(path: string, init: RequestInit, timeout: number): Promise<unknown> {
  let response: Response
  try {
    response = await fetch(path, { ...init, signal: AbortSignal.timeout(timeout) })
  } catch (error) {
    throw new BackendError(error instanceof DOMException && error.name === 'TimeoutError' ? 'timeout' : String(error))
  }
  const body = await response.text()
  if (!response.ok) throw new BackendError(`${response.status} ${body.slice(0, 300)}`)
  try {
    return JSON.parse(body)
  } catch {
    throw new BackendError(`${path} did not answer JSON`)
  }
}

export const get = (path: string, timeout = 10_000): Promise<unknown> => send(path, {}, timeout)

export function post(path: string, body: unknown, timeout = callTimeout, headers: Record<string, string> = {}) {
  const init = {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  }
  return send(path, init, timeout)
}

export const callFunction = (name: string, data: unknown, timeout?: number): Promise<unknown> =>
  post(`/call/${encodeURIComponent(name)}`, data, timeout, { 'x-openid': session.identity.openid })

export interface PaymentSummary {
  amountFen: number
  currency: string
  title: string
  provider: string
  /** the wallet that pays, where it is not WeChat Pay */
  wallet?: Exclude<Wallet, 'wechat'>
}

export type Wallet = 'wechat' | 'qq' | 'wechatHk'

export const inspectPayment = (payInfo: string): Promise<PaymentSummary> =>
  post('/local/pay', { payInfo, inspect: true }) as Promise<PaymentSummary>

/** What wx.requestPayment would answer; `scenario` overrides the one chosen in the desk. */
export const confirmPayment = (payInfo: string, scenario?: string): Promise<{ errMsg: string }> =>
  post('/local/pay', { payInfo, ...(scenario && { scenario }) }, payTimeout) as Promise<{ errMsg: string }>

/** What the page for signing shows of a contract: the terms that our own record of it has. */
export interface SigningSummary {
  title: string
  titleEn: string
  amountKind: 'fixed' | 'ceiling'
  amountFen: number
  ceilingFen: number
  currency: string
  period: 'day' | 'week' | 'month' | 'quarter' | 'year'
}

export const inspectSigning = async (contractNo: string): Promise<SigningSummary> =>
  ((await get(`/local/contracts/${encodeURIComponent(contractNo)}`)) as { terms: SigningSummary }).terms

/** What WeChat's mini-program for signing hands back to App.onShow, and what the person sees there. */
export interface Signed {
  /** no extraData when it hands nothing back */
  referrerInfo?: { extraData?: { return_code: string } }
  page?: string
}

/** The person decides on that page; `scenario` says how where that is not a plain yes. */
export const sign = (extraData: unknown, scenario?: string): Promise<Signed> =>
  post('/local/sign', { extraData, ...(scenario && { scenario }) }, payTimeout, {
    'x-openid': session.identity.openid,
  }) as Promise<Signed>

/** The person ends a contract in WeChat. */
export const terminate = (contractNo: string): Promise<unknown> =>
  post('/local/sign', { contractNo, scenario: 'terminate' })
