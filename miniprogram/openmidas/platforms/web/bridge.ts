// Opens the payment sheet inside WeChat, through the JS bridge that WeChat adds to every page.

import { readSheetAnswer } from '../sheetTexts'
import type { WebResult } from './codes'

interface Bridge {
  invoke(name: string, parameters: object, answered: (answer: { err_msg?: unknown; err_desc?: unknown }) => void): void
}

const waitMs = 5_000

const bridge = (): Bridge | undefined => (window as { WeixinJSBridge?: Bridge }).WeixinJSBridge

const ready = (): Promise<unknown> =>
  new Promise((resolve) => {
    if (bridge()) resolve(0)
    document.addEventListener('WeixinJSBridgeReady', resolve)
    setTimeout(resolve, waitMs)
  })

/** Opens WeChat's payment sheet and waits until the user has paid or closed the sheet. */
export async function openSheet(parameters: object): Promise<{ name: WebResult; text: string }> {
  await ready()
  return new Promise((resolve) => {
    const there = bridge()
    if (!there) return resolve({ name: 'sheetMissing', text: '' })
    try {
      there.invoke('getBrandWCPayRequest', parameters, ({ err_msg, err_desc }) => {
        const errMsg = String(err_msg).replace('get_brand_wcpay_request', 'requestPayment')
        const { end, text } = readSheetAnswer({ errMsg, err_desc })
        resolve({ name: end, text })
      })
    } catch (error) {
      resolve({ name: 'sheetBroke', text: String(error) })
    }
  })
}
