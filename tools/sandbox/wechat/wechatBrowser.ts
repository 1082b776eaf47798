// The scripts that a page finds inside WeChat's own browser: the JS bridge, and the JS SDK (jweixin-1.2.0.js). Written
// from WeChat's pages on JSAPI payment and on the JS SDK, and from Jubao's page on the Hong Kong wallet. The payment
// sheet either pays by itself (POST /local/pay) or is the sandbox's payment page in a frame, where the user decides.

export const wechatAgent =
  'Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/126.0 Mobile Safari/537.36 MicroMessenger/8.0.50'

/** Whether the user agent is that of WeChat's browser. */
export const isWechat = (userAgent = ''): boolean => /MicroMessenger/i.test(userAgent)

/**
 * The script of the JS bridge. As in WeChat, the bridge appears some time after the page.
 * @param delayMs how long after the page
 * @param sheetOrigin address of the local cloud, whose payment page is the sheet; empty: the sheet pays by itself
 */
export const bridgeScript = (delayMs = 300, sheetOrigin = ''): string => `(() => {
  const sheetOrigin = ${JSON.stringify(sheetOrigin)}
  const post = async (path, body) => {
    const response = await fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    return response.json()
  }
  // On iOS WeChat's app compares the signed address with the address at which the user entered the page, on other
  // phones with the page's current address.
  const entry = location.href
  // The calls that wx.config has allowed on this page.
  let allowed = []
  const six = ['appId', 'timeStamp', 'nonceStr', 'package', 'signType', 'paySign']
  const sheet = async (start, parameters, isHongKong) => {
    for (const name of six) if (typeof parameters[name] !== 'string' || parameters[name] === '') return start + ':fail'
    // Jubao's page: the wallet of Hong Kong has a call of its own, whose parameters are signed with SHA1.
    if ((parameters.signType === 'SHA1') !== isHongKong) return start + ':fail'
    const { errMsg } = await (sheetOrigin ? shown(parameters) : post('/local/pay', { payInfo: parameters }))
    return start + (errMsg === 'requestPayment:ok' ? ':ok' : errMsg === 'requestPayment:fail cancel' ? ':cancel' : ':fail')
  }
  const shown = (parameters) =>
    new Promise((resolve) => {
      const frame = document.createElement('iframe')
      const hear = ({ source, origin, data }) => {
        if (source !== frame.contentWindow || origin !== sheetOrigin) return
        removeEventListener('message', hear)
        frame.remove()
        resolve(data)
      }
      addEventListener('message', hear)
      frame.title = '微信支付'
      frame.src = sheetOrigin + '/local/pay?jsapi=' + encodeURIComponent(JSON.stringify(parameters))
      Object.assign(frame.style, { position: 'fixed', inset: 0, zIndex: 2147483647, width: '100%', height: '100%', border: 0 })
      document.body.append(frame)
    })
  const calls = {
    async preVerifyJSAPI({ verifyAppId, verifyTimestamp, verifyNonceStr, verifySignature, verifyJsApiList, beta }) {
      const { errMsg } = await post('/sandbox/wechat/app/verify', {
        appId: verifyAppId,
        timestamp: verifyTimestamp,
        nonceStr: verifyNonceStr,
        signature: verifySignature,
        url: (/iPhone|iPad/.test(navigator.userAgent) ? entry : location.href).split('#')[0],
      })
      // The Hong Kong wallet's call is open to pages that ask for beta calls only.
      if (errMsg === 'config:ok') allowed = verifyJsApiList.filter((name) => beta || name !== 'getH5PrepayRequest')
      return { err_msg: errMsg.replace('config', 'preVerifyJSAPI') }
    },
    getBrandWCPayRequest: async (parameters) => ({
      err_msg: await sheet('get_brand_wcpay_request', parameters, false),
    }),
    getH5PrepayRequest: async (parameters) => ({
      err_msg: !allowed.includes('getH5PrepayRequest')
        ? 'system:access_denied'
        : await sheet('getH5PrepayRequest', parameters, true),
    }),
  }
  setTimeout(() => {
    window.WeixinJSBridge = {
      invoke(name, parameters, answered) {
        const call = calls[name]
        const done = call ? call(parameters) : Promise.resolve({ err_msg: 'system:function_not_exist' })
        done.then(answered, () => answered({ err_msg: name + ':fail' }))
      },
    }
    document.dispatchEvent(new Event('WeixinJSBridgeReady'))
  }, ${delayMs})
})()`

/**
 * The bridge's script for a person who plays WeChat's browser. An automated browser gets no script from here, because
 * its test adds the script.
 */
export const servedBridge = (origin: string): string => `if (!navigator.webdriver) ${bridgeScript(300, origin)}\n`

/** The script of WeChat's JS SDK. It sets the globals jWeixin and wx. */
export const jsSdkScript = `(() => {
  const ready = []
  let failed = () => {}
  let state = 'waiting'
  const bridge = (then) =>
    window.WeixinJSBridge ? then() : document.addEventListener('WeixinJSBridgeReady', then, { once: true })
  const sdk = {
    config({ beta, appId, timestamp, nonceStr, signature, jsApiList }) {
      state = 'waiting'
      bridge(() =>
        window.WeixinJSBridge.invoke(
          'preVerifyJSAPI',
          {
            verifyAppId: appId,
            verifyTimestamp: String(timestamp),
            verifyNonceStr: nonceStr,
            verifySignature: signature,
            verifySignType: 'sha1',
            verifyJsApiList: jsApiList,
            beta,
          },
          ({ err_msg }) => {
            const errMsg = err_msg.replace('preVerifyJSAPI', 'config')
            state = errMsg === 'config:ok' ? 'ready' : 'failed'
            if (state === 'ready') for (const then of ready.splice(0)) then()
            else failed({ errMsg })
          },
        ),
      )
    },
    ready(then) {
      if (state === 'ready') then()
      else ready.push(then)
    },
    error(then) {
      failed = then
    },
    invoke(name, parameters, answered) {
      bridge(() =>
        window.WeixinJSBridge.invoke(name, parameters, (answer) => answered({ ...answer, errMsg: answer.err_msg })),
      )
    },
  }
  window.jWeixin = sdk
  window.wx = sdk
})()`
