// wx.requestPayment on the website. Inside WeChat it opens WeChat's payment sheet through the JS bridge, or the payment
// sheet of WeChat Pay HK through WeChat's script. Other browsers have no payment sheet.
import { WxFailure } from '../../packages/miniprogram-web/src/browser/wx/api'
import { openSheet, readyBridge } from './bridge'
import { openHongKongSheet } from './hongKong'
import { openSession } from './session'

// The parameters of a mini-program's payment sheet. They contain no appid, because WeChat knows which mini-program
// opens the sheet.
const names = ['timeStamp', 'nonceStr', 'package', 'signType', 'paySign'] as const

// The appid of each payment sheet, by the sheet's signature. A payment sheet in a browser needs the appid, but the
// shop's pages pass on only the parameters of a mini-program's sheet.
const appIds = new Map<string, string>()

/** Stores the appid of a payment sheet, read from the reply of `order.pay`. */
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

/**
 * Opens the payment sheet.
 * @throws WxFailure as in a mini-program: `requestPayment:fail cancel`, or `requestPayment:fail` with the reason
 */
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

// If WeChat's bridge or script is missing, or WeChat does not permit this page to use them, the sheet did not open. So
// nothing was paid.
const unopened = (error: unknown): never => {
  throw new WxFailure(`requestPayment:fail ${error instanceof Error ? error.message : 'the sheet did not open'}`)
}
