// wx.requestPayment inside WeChat's own browser: the sheet is opened through its JS bridge, that of the Hong Kong wallet
// through WeChat's script. Other browsers have no sheet.
import { WxFailure } from '../../packages/miniprogram-web/src/browser/wx'
import { openHongKongSheet } from './hongKong'
import { openSession } from './session'

interface Bridge {
  invoke(name: string, parameters: object, answered: (answer: { err_msg?: unknown }) => void): void
}

const bridgeWaitMs = 5_000
// A mini-program passes no appid, because WeChat knows which one asks.
const names = ['timeStamp', 'nonceStr', 'package', 'signType', 'paySign'] as const

// The appid of each sheet that the server gave, by its signature: the pages pass on only what a mini-program passes.
const appIds = new Map<string, string>()

/** Keeps the appid of a payment sheet, from the reply of `order.pay`. */
export function noteSheet(reply: unknown): void {
  const { payInfo } = ((reply as { data?: unknown } | undefined)?.data ?? {}) as { payInfo?: unknown }
  if (typeof payInfo !== 'string' || !payInfo.startsWith('{')) return
  try {
    const { appId, paySign } = JSON.parse(payInfo) as { appId?: unknown; paySign?: unknown }
    if (typeof appId === 'string' && typeof paySign === 'string') appIds.set(paySign, appId)
  } catch {
    return
  }
}

export const isWeChat = (userAgent: string): boolean => /MicroMessenger/i.test(userAgent)

/** @throws WxFailure as in a mini-program: `requestPayment:fail cancel`, or `requestPayment:fail` and why */
export async function requestPayment(options: Record<string, unknown>): Promise<void> {
  const [bridge, session] = await Promise.all([readyBridge(), openSession()])
  const given = Object.fromEntries(names.map((name) => [name, String(options[name] ?? '')]))
  const parameters = { appId: appIds.get(given.paySign ?? '') ?? session.appId ?? '', ...given }
  const text = given.signType === 'SHA1' ? await inHongKong(parameters) : await openSheet(bridge, parameters)
  const result = text.replace(/^[^:]*:/, '')
  if (result === 'ok') return
  throw new WxFailure(result === 'cancel' ? 'requestPayment:fail cancel' : `requestPayment:fail ${result}`)
}

const openSheet = (bridge: Bridge, parameters: object): Promise<string> =>
  new Promise((resolve) => bridge.invoke('getBrandWCPayRequest', parameters, ({ err_msg }) => resolve(String(err_msg))))

// Nothing was opened if WeChat's script or its permission is missing.
const inHongKong = (parameters: object): Promise<string> =>
  openHongKongSheet(parameters).catch((error: unknown) => {
    throw new WxFailure(`requestPayment:fail ${error instanceof Error ? error.message : 'the sheet did not open'}`)
  })

function readyBridge(): Promise<Bridge> {
  const found = () => (window as { WeixinJSBridge?: Bridge }).WeixinJSBridge
  const bridge = found()
  if (bridge) return Promise.resolve(bridge)
  return new Promise((resolve, reject) => {
    const ended = () => {
      clearTimeout(timer)
      document.removeEventListener('WeixinJSBridgeReady', ended)
      const ready = found()
      if (ready) resolve(ready)
      else reject(new WxFailure('requestPayment:fail the JS bridge is not there'))
    }
    const timer = setTimeout(ended, bridgeWaitMs)
    document.addEventListener('WeixinJSBridgeReady', ended)
  })
}
