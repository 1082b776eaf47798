// WeChat's JS bridge, which only its own browser has.
export interface Bridge {
  invoke(name: string, parameters: object, answered: (answer: { err_msg?: unknown }) => void): void
}

const bridgeWaitMs = 5_000

export const isWeChat = (userAgent: string): boolean => /MicroMessenger/i.test(userAgent)

/** Opens the payment sheet. @returns WeChat's word at the end, such as `get_brand_wcpay_request:ok` */
export const openSheet = (bridge: Bridge, parameters: object): Promise<string> =>
  new Promise((resolve) => bridge.invoke('getBrandWCPayRequest', parameters, ({ err_msg }) => resolve(String(err_msg))))

/** Waits until the bridge is there. @throws Error if it does not come */
export function readyBridge(): Promise<Bridge> {
  const found = () => (window as { WeixinJSBridge?: Bridge }).WeixinJSBridge
  const bridge = found()
  if (bridge) return Promise.resolve(bridge)
  return new Promise((resolve, reject) => {
    const ended = () => {
      clearTimeout(timer)
      document.removeEventListener('WeixinJSBridgeReady', ended)
      const ready = found()
      if (ready) resolve(ready)
      else reject(new Error('the JS bridge is not there'))
    }
    const timer = setTimeout(ended, bridgeWaitMs)
    document.addEventListener('WeixinJSBridgeReady', ended)
  })
}
