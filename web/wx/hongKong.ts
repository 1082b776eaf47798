// Opens the payment sheet of WeChat Pay HK, by Jubao's document: wx.config with `beta`, then getH5PrepayRequest. Both
// belong to WeChat's JS-SDK script, which loads when a shopper chooses this wallet.
import { post } from '../../packages/miniprogram-web/src/browser/call'

interface JsSdk {
  config(options: object): void
  ready(then: () => void): void
  error(failed: (answer: { errMsg?: unknown }) => void): void
  invoke(name: string, parameters: object, answered: (answer: { errMsg?: unknown; err_msg?: unknown }) => void): void
}

const scriptUrl = 'https://res.wx.qq.com/open/js/jweixin-1.2.0.js'
// The signature for wx.config is made for one address: on iOS for the address at which the user entered the page, on
// other phones for the current address.
const entry = location.href
let sdk: Promise<JsSdk> | undefined

/** @returns WeChat's result text, such as `getH5PrepayRequest:ok` */
export async function openHongKongSheet(parameters: object): Promise<string> {
  sdk ??= load()
  sdk.catch(() => {
    sdk = undefined
  })
  const loaded = await sdk
  await configure(loaded)
  return new Promise((resolve) =>
    // Depending on its version, WeChat names the field errMsg or err_msg.
    loaded.invoke('getH5PrepayRequest', parameters, ({ errMsg, err_msg }) => resolve(String(errMsg ?? err_msg))),
  )
}

async function configure(loaded: JsSdk): Promise<void> {
  const href = /iPhone|iPad/.test(navigator.userAgent) ? entry : location.href
  const { data } = (await post('/web/wechat/config', { url: href.split('#')[0] })) as { data: object }
  await new Promise<void>((resolve, reject) => {
    loaded.ready(resolve)
    loaded.error(({ errMsg }) => reject(new Error(String(errMsg))))
    loaded.config({ ...data, beta: true, debug: false, jsApiList: ['getH5PrepayRequest'] })
  })
}

function load(): Promise<JsSdk> {
  // WeChat's script overwrites window.wx, in which the shop's pages have the mini-program's `wx`. Put the
  // mini-program's `wx` back after the script has loaded.
  const page = window as { wx?: unknown; jWeixin?: JsSdk }
  const own = page.wx
  return new Promise((resolve, reject) => {
    const script = document.createElement('script')
    script.src = scriptUrl
    script.onload = () => {
      page.wx = own
      if (page.jWeixin) resolve(page.jWeixin)
      else reject(new Error('WeChat’s script has no jWeixin'))
    }
    script.onerror = () => reject(new Error('WeChat’s script did not load'))
    document.head.append(script)
  })
}
