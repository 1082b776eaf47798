// OpenMidas for browsers, as its users see it. This file is delivered as openMidas.d.ts and imports nothing.

/** The environment, which selects one of the addresses in `openMidasConfig`. */
export type Environment = 'release' | 'test'

/** Where OpenMidas asks. The fields can be set at any time before `pay` and `signContract`. */
export interface OpenMidasConfig {
  /** Address of each environment's Midas host, without a slash at its end. */
  hosts: Record<Environment, string>
  /** Address of the shop's record of payments, without a slash at its end: `https://shop.example.com/web/pay`. */
  records: Record<Environment, string>
}

/** 0 success, −1 failure, −2 closed by the user, −3 wrong call, −4 result unknown. */
export type PayCode = 0 | -1 | -2 | -3 | -4

/** Receives the result, once. `innerCode` and `resultMsg` are for logs and never shown to a user. */
export type PayCallback = (resultCode: PayCode, innerCode: string, resultMsg: string, appMetadata: string) => void

/** Receives the reason why the page for signing did not open. */
export type SignErrorCallback = (resultCode: -1 | -3, innerCode: string, resultMsg: string) => void

export interface SignParams {
  /** Id of the app at Midas. */
  appId: string
  userId: string
  /** The document has this channel only. */
  channel: 'wechat'
  /** Where the user comes back to, with `appId`, `openId`, `channel` and `fromSign=1` in its query. */
  redirectUrl: string
}

/** The functions of OpenMidas in a browser, named as in Midas's document. None of them throws. */
export interface OpenMidasApi {
  /**
   * Call init before anything else. Without init, or with an unknown environment, every call ends with −3. A payment
   * whose page was left goes on now.
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
   * Pays, and then goes to the web callback address of the order with `resultCode`, `innerCode`, `resultMsg` and
   * `appMetadata` in its query.
   */
  pay(payInfo: string, appMetadata?: string): void
  /** Goes to WeChat's page where a contract is signed. The error callback says why it did not. */
  signContract(params: SignParams, errorCallback?: SignErrorCallback): void
  /** The signing parameters are there, and the page changes next. Register it after calling `signContract`. */
  once(event: 'signContractDone', listener: () => void): void
  /**
   * The result of a payment that has neither a callback nor an address to go to, because its page was left. Register it
   * after calling `init`.
   */
  once(event: 'payDone', listener: PayCallback): void
}

export declare const OpenMidas: OpenMidasApi
export declare const openMidasConfig: OpenMidasConfig
