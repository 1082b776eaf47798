// What every function of wx.* shares: its three callbacks or its promise, and the errors that it may give.
import { BackendError } from '../call'
import { NavigationRefused } from '../phone/navigation'
import { PrivacyRefused } from '../privacy'

export type Options = Record<string, unknown>
export type Callback = (result: unknown) => void

export class WxFailure extends Error {
  /** @param errCode WeChat's error number, where WeChat's page gives one */
  constructor(
    message: string,
    readonly errCode?: number,
  ) {
    super(message)
  }
}

// Errors that a mini-program is expected to handle. Any other error is a bug of this package.
const expected = [WxFailure, NavigationRefused, BackendError, PrivacyRefused]

/** Makes a function with WeChat's three callbacks, which returns a promise if no callback is passed. */
export function api(name: string, run: (options: Options) => unknown) {
  return (options: Options = {}): unknown => {
    const { success, fail, complete } = options as { success?: Callback; fail?: Callback; complete?: Callback }
    const outcome = (async () => {
      try {
        const result = await run(options)
        return { errMsg: `${name}:ok`, ...(result as object | undefined) }
      } catch (error) {
        if (!expected.some((kind) => error instanceof kind)) console.error(error)
        const reason = error instanceof Error ? error.message : String(error)
        throw Object.assign(new Error(reason), {
          errMsg: reason.startsWith(`${name}:`) ? reason : `${name}:fail ${reason}`,
          ...(error instanceof PrivacyRefused && { errno: error.errno }),
          ...(error instanceof WxFailure && error.errCode !== undefined && { errCode: error.errCode }),
        })
      }
    })()
    if (!success && !fail && !complete) return outcome
    outcome.then(
      (result) => {
        success?.(result)
        complete?.(result)
      },
      (error: unknown) => {
        fail?.(error)
        complete?.(error)
      },
    )
    return undefined
  }
}

export const string = (value: unknown, otherwise = ''): string => (typeof value === 'string' ? value : otherwise)
