// All requests from the preview's page to the local cloud: to the fake servers behind the payment sheet and the signing
// page, and for the clock, scenarios, orders and contracts.
import { get, post } from '../../../packages/miniprogram-web/src/browser/call'
import { session } from '../../../packages/miniprogram-web/src/browser/session'

export { get, post }

const payTimeout = 120_000

export interface PaymentSummary {
  amountFen: number
  currency: string
  title: string
  provider: string
  /** the wallet of the payment sheet, if it is not WeChat Pay */
  wallet?: Exclude<Wallet, 'wechat'>
}

export type Wallet = 'wechat' | 'qq' | 'wechatHk'

export const inspectPayment = (payInfo: string): Promise<PaymentSummary> =>
  post('/local/pay', { payInfo, inspect: true }) as Promise<PaymentSummary>

/**
 * Pays in the payment sheet and returns the result of wx.requestPayment. `scenario` replaces the scenario chosen in the
 * devtools.
 */
export const confirmPayment = (payInfo: string, scenario?: string): Promise<{ errMsg: string }> =>
  post('/local/pay', { payInfo, ...(scenario && { scenario }) }, payTimeout) as Promise<{ errMsg: string }>

/** wx.login: a code that the sandbox's WeChat exchanges once for this person's session. */
export const loginCode = (): Promise<{ code: string }> =>
  post('/local/login', {}, payTimeout, { 'x-openid': session.identity.openid }) as Promise<{ code: string }>

/** The terms of a contract, for the signing page. They come from our own record of the contract. */
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

/** What WeChat's signing mini-program passes to App.onShow, and the text that its page showed. */
export interface Signed {
  /** without extraData if the signing mini-program passes nothing */
  referrerInfo?: { extraData?: { return_code: string } }
  page?: string
}

/** The person accepts on the signing page; `scenario` names another result. */
export const sign = (extraData: unknown, scenario?: string): Promise<Signed> =>
  post('/local/sign', { extraData, ...(scenario && { scenario }) }, payTimeout, {
    'x-openid': session.identity.openid,
  }) as Promise<Signed>

/** The person ends a contract in WeChat. */
export const terminate = (contractNo: string): Promise<unknown> =>
  post('/local/sign', { contractNo, scenario: 'terminate' })
