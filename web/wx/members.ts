// The members of `wx` that behave differently on the website.
import { api, WxFailure } from '../../packages/miniprogram-web/src/browser/wx/api'
import { isWeChat } from './bridge'
import { noteSheet, requestPayment } from './payment'
import { callFunction } from './session'

const unsupported = (name: string) =>
  api(name, () => {
    throw new WxFailure('not supported in a browser')
  })

/** @param call the function that calls a cloud function; the back office passes its own */
export const createMembers = (call = callFunction): Record<string, unknown> => ({
  cloud: {
    init() {},
    callFunction: api('cloud.callFunction', async ({ name, data, config }) => {
      const { timeout } = (config ?? {}) as { timeout?: number }
      const result = await call(String(name), data ?? {}, timeout)
      noteSheet(result)
      return { result, requestID: crypto.randomUUID() }
    }),
  },
  requestPayment: isWeChat(navigator.userAgent) ? api('requestPayment', requestPayment) : undefined,
  // A website cannot open another mini-program. In a browser, contracts are signed on a web page of WeChat instead
  // (shopMidas.ts).
  navigateToMiniProgram: undefined,
  login: unsupported('login'),
  scanCode: unsupported('scanCode'),
  getAccountInfoSync: () => ({ miniProgram: { appId: '', envVersion: 'release', version: '' }, plugin: {} }),
})
