// OpenMidas for mini-programs. Both import styles of Midas's document work: `var OpenMidas =
// require('./openmidas/index')` and `import { OpenMidas } from './openmidas/index'`.
import { createOpenMidas, type OpenMidasApi } from './core'
import { miniprogramPlatform } from './platforms/miniprogram'

/**
 * OpenMidas for mini-programs.
 * @example
 * ```ts
 * OpenMidas.init('release')
 * OpenMidas.pay(payInfo, (resultCode) => {
 * Result 0 only selects the screen. Your own server says whether the order is paid.
 *   showOrder(resultCode)
 * }, `orderNo=${orderNo}`)
 * ```
 */
export const OpenMidas: OpenMidasApi = createOpenMidas(miniprogramPlatform)

/** `OpenMidas.init`, for `require`; see {@link OpenMidasApi.init}. */
export const init: OpenMidasApi['init'] = OpenMidas.init
/** `OpenMidas.pay`, for `require`; see {@link OpenMidasApi.pay}. */
export const pay: OpenMidasApi['pay'] = OpenMidas.pay
/** `OpenMidas.signContract`, for `require`; see {@link OpenMidasApi.signContract}. */
export const signContract: OpenMidasApi['signContract'] = OpenMidas.signContract
/** `OpenMidas.once`, for `require`; see {@link OpenMidasApi.once}. */
export const once: OpenMidasApi['once'] = OpenMidas.once

export { type Environment, type OpenMidasConfig, openMidasConfig, type SignParams, type SignTarget } from './config'
export type { OpenMidasApi, PayCallback, SignErrorCallback } from './core'
export type { EventName, Events } from './events'
export {
  type CallerAction,
  type PayCode,
  type Result,
  type ResultCode,
  results,
  type SignCode,
  type UserMessage,
} from './result'
