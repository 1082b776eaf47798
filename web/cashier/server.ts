// The calls of the served API that the cashier uses (docs/integrate.md).
import type { PayFields } from './request'

export interface Reply {
  errcode: string
  obj?: unknown
  /** a QR code, as the data URL of a picture */
  image?: string
}

export interface Way {
  code: string
  name: string
  nameEn: string
}

/** The server's answer about a request. */
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

/**
 * Reads who asks for the money, the state of the order, and the payment methods for this browser. The server looks only
 * into its own record.
 */
export const look = (fields: PayFields, openid: string) => post('cashier', { ...fields, openid })

/** Starts the payment. @param payTypeCode code of the payment method that the payer chose */
export const pay = (fields: PayFields, scene: View['scene'], payTypeCode: string, openid: string) =>
  post(`${scene}/pay`, { ...fields, payTypeCode, openid })

/** Asks whether the order is paid. To answer, the server queries the provider, at most once in 3 s. */
export const ask = (fields: PayFields) => send(`pc/wechatQuery?${new URLSearchParams(fields)}`)

/**
 * Address of the page on which WeChat's browser tells the payer's openid. @param backUrl address to which that page
 * returns
 */
export const openidPage = (domainCode: string, backUrl: string): string =>
  `/pay/api/openid?${new URLSearchParams({ domainCode, backUrl })}`
