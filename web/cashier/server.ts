// The calls of the served API that the cashier uses (docs/integrate.md).
import type { PayFields } from './request'

export interface Reply {
  errcode: string
  obj?: unknown
  /** a code as a data URL */
  image?: string
}

export interface Way {
  code: string
  name: string
  nameEn: string
}

/** What the server knows of the request. */
export interface View {
  name: string
  state: 'open' | 'paid' | 'closed'
  scene: 'pc' | 'h5'
  ways: Way[]
  needsOpenid: boolean
}

const timeoutMs = 15_000

/** @returns undefined if no readable answer came */
async function send(path: string, init: RequestInit = {}): Promise<Reply | undefined> {
  try {
    const answer = await fetch(`/pay/api/${path}`, { ...init, signal: AbortSignal.timeout(timeoutMs) })
    const reply = (await answer.json()) as Partial<Reply> | null
    return typeof reply?.errcode === 'string' ? { ...reply, errcode: reply.errcode } : undefined
  } catch {
    return undefined
  }
}

const post = (path: string, fields: object): Promise<Reply | undefined> =>
  send(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(fields) })

/** Who asks, how the request stands, and the ways to pay here. It reads the shop's own record only. */
export const look = (fields: PayFields, openid: string) => post('cashier', { ...fields, openid })

/** Opens the payment. @param payTypeCode the way that the payer chose */
export const pay = (fields: PayFields, scene: View['scene'], payTypeCode: string, openid: string) =>
  post(`${scene}/pay`, { ...fields, payTypeCode, openid })

/** Asks whether it is paid; the server asks the provider, at most every 3 s. */
export const ask = (fields: PayFields) => send(`pc/wechatQuery?${new URLSearchParams(fields)}`)

/** Where WeChat's browser learns who pays. @param backUrl the page to come back to */
export const openidPage = (domainCode: string, backUrl: string): string =>
  `/pay/api/openid?${new URLSearchParams({ domainCode, backUrl })}`
