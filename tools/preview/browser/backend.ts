// The one place of the preview that talks to the local cloud: the fake servers behind the payment sheet and the page for
// signing, clock, scenarios, orders, contracts.
import { get, post } from '../../../packages/miniprogram-web/src/browser/call'
import { session } from '../../../packages/miniprogram-web/src/browser/session'

export { get, post }

const payTimeout = 120_000

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
