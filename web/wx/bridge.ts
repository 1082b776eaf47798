// WeChat's JS bridge. Only WeChat's own browser has it.
export interface Bridge {
  invoke(name: string, parameters: object, answered: (answer: { err_msg?: unknown }) => void): void
}

const bridgeWaitMs = 5_000

export const isWeChat = (userAgent: string): boolean => /MicroMessenger/i.test(userAgent)

/** Opens WeChat's payment sheet. @returns WeChat's result text, such as `get_brand_wcpay_request:ok` */
export const openSheet = (bridge: Bridge, parameters: object): Promise<string> =>
  new Promise((resolve) => bridge.invoke('getBrandWCPayRequest', parameters, ({ err_msg }) => resolve(String(err_msg))))

/** Waits until WeChat has loaded its bridge. @throws Error if the bridge does not load */
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
