// wx.requestPayment inside WeChat's own browser: the sheet is opened through its JS bridge, that of the Hong Kong wallet
// through WeChat's script. Other browsers have no sheet.
import { WxFailure } from '../../packages/miniprogram-web/src/browser/wx'
import { openSheet, readyBridge } from './bridge'
import { openHongKongSheet } from './hongKong'
import { openSession } from './session'

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

/** @throws WxFailure as in a mini-program: `requestPayment:fail cancel`, or `requestPayment:fail` and why */
export async function requestPayment(options: Record<string, unknown>): Promise<void> {
  const [bridge, session] = await Promise.all([readyBridge().catch(unopened), openSession()])
  const given = Object.fromEntries(names.map((name) => [name, String(options[name] ?? '')]))
  const parameters = { appId: appIds.get(given.paySign ?? '') ?? session.appId ?? '', ...given }
  const text =
    given.signType === 'SHA1'
      ? await openHongKongSheet(parameters).catch(unopened)
      : await openSheet(bridge, parameters)
  const result = text.replace(/^[^:]*:/, '')
  if (result === 'ok') return
  throw new WxFailure(result === 'cancel' ? 'requestPayment:fail cancel' : `requestPayment:fail ${result}`)
}

// Nothing was opened if the bridge, or WeChat's script or its permission, is missing.
const unopened = (error: unknown): never => {
  throw new WxFailure(`requestPayment:fail ${error instanceof Error ? error.message : 'the sheet did not open'}`)
}
