// The public types of OpenMidas for browsers. The build delivers this file as openMidas.d.ts, so it imports nothing.

/** The environment, which selects one of the addresses in `openMidasConfig`. */
export type Environment = 'release' | 'test'

/** The servers that OpenMidas calls. You can set the fields at any time before `pay` and `signContract`. */
export interface OpenMidasConfig {
  /** Address of each environment's Midas host, without a slash at its end. */
  hosts: Record<Environment, string>
  /**
   * Address of the server that tells the state of a payment, without a slash at its end:
   * `https://shop.example.com/web/pay`.
   */
  records: Record<Environment, string>
}

/** The result codes of `pay`: 0 success, −1 failure, −2 closed by the user, −3 wrong call, −4 result unknown. */
export type PayCode = 0 | -1 | -2 | -3 | -4

/** Receives the result of `pay`, once. `innerCode` and `resultMsg` are for logs and never shown to a user. */
export type PayCallback = (resultCode: PayCode, innerCode: string, resultMsg: string, appMetadata: string) => void

/** Receives the reason why WeChat's signing page did not open. */
export type SignErrorCallback = (resultCode: -1 | -3, innerCode: string, resultMsg: string) => void

export interface SignParams {
  /** Id of the app at Midas. */
  appId: string
  userId: string
  /** Midas's document defines only this channel. */
  channel: 'wechat'
  /**
   * Address to which WeChat returns the user after signing. WeChat adds `appId`, `openId`, `channel` and `fromSign=1`
   * to its query.
   */
  redirectUrl: string
}

/** The functions of OpenMidas in a browser, named as in Midas's document. None of them throws. */
export interface OpenMidasApi {
  /**
   * Call init before anything else. Without init, or with an unknown environment, every call ends with −3. If the user
   * left an earlier page during a payment, init continues that payment.
   */
  init(env: Environment): void
  /**
   * Pays in a dialog.
   * @param payInfo pay_info of Midas's unified_order; inside WeChat also the JSON of JSAPI parameters
   * @param callback called once, never before `pay` has returned
   * @param appMetadata `key=value`, at most 255 characters; returned to the callback
   */
  pay(payInfo: string, callback: PayCallback, appMetadata?: string): void
  /**
   * Pays, and then opens the order's web callback address with `resultCode`, `innerCode`, `resultMsg` and `appMetadata`
   * in its query.
   */
  pay(payInfo: string, appMetadata?: string): void
  /**
   * Opens WeChat's page on which the user signs a contract. The error callback receives the reason if the page cannot
   * open.
   */
  signContract(params: SignParams, errorCallback?: SignErrorCallback): void
  /**
   * Calls the listener when the signing parameters have arrived, just before the page changes. Register the listener
   * after calling `signContract`.
   */
  once(event: 'signContractDone', listener: () => void): void
  /**
   * Calls the listener with the result of a payment whose page the user left, if the payment has no web callback
   * address. Register the listener after calling `init`.
   */
  once(event: 'payDone', listener: PayCallback): void
}

export declare const OpenMidas: OpenMidasApi
export declare const openMidasConfig: OpenMidasConfig
