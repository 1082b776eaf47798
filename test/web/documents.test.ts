// The documents' own examples, pasted into a page and pointed at the local cloud: each ends in a paid order. The page is
// the merchant's; the values in it are those that our backend gives.
import { join } from 'node:path'
import { bridgeScript, jsSdkScript } from '../../tools/sandbox/wechatBrowser'
import { openStage, openTab, type Stage } from '../support/walk'
import { agents, type Browser, type WebShoppers, webShoppers } from '../support/webShoppers'

let stage: Stage
let shoppers: WebShoppers
beforeAll(async () => {
  stage = await openStage({ jubao: { dialect: 'payment' } })
  shoppers = webShoppers(stage.cloud)
}, 120_000)
afterAll(() => stage?.close())

/** A shopper who is signed in inside WeChat, with an order. */
async function shopperInWechat(): Promise<{ browser: Browser; orderNo: string }> {
  const browser = await shoppers.open('wechat')
  await shoppers.signIn(browser)
  return { browser, orderNo: await shoppers.order(browser) }
}

/** WeChat's own browser. */
async function openWechat(lang: 'zh' | 'en' = 'zh', userAgent = agents.wechat) {
  const tab = await openTab(stage, {
    viewport: { width: 390, height: 844 },
    locale: lang === 'zh' ? 'zh-CN' : 'en-US',
    userAgent,
  })
  await tab.context.addInitScript(bridgeScript())
  await tab.context.route('**/open/js/jweixin-1.2.0.js', (route) =>
    route.fulfill({ contentType: 'text/javascript', body: jsSdkScript }),
  )
  return tab
}

/** Opens a page of the merchant's, and waits for the title in which its script ends. */
async function runPage(name: string, html: string): Promise<string> {
  const { context, page, errors } = await openWechat()
  const address = `${stage.cloud.url}/merchant/${name}.html`
  await page.route(address, (route) => route.fulfill({ contentType: 'text/html; charset=utf-8', body: html }))
  await page.goto(address)
  await page.waitForFunction(() => document.title.startsWith('end '))
  const title = await page.title()
  expect(errors).toEqual([])
  await context.close()
  return title
}

async function expectPaid(orderNo: string): Promise<void> {
  const isPaid = async () => (await stage.cloud.stored(orderNo)).state === 'paid'
  for (let tries = 0; tries < 40 && !(await isPaid()); tries++) await stage.cloud.advance(1_000)
  expect(await stage.cloud.stored(orderNo)).toMatchObject({ state: 'paid', surplusFen: 0 })
}

const page = (script: string, head = '') =>
  `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">${head}<button id="pay-btn">支付</button><script>${script}</script>`

it('Paymax: the third of the four steps opens the sheet, and the fourth reads its result', async () => {
  const { browser, orderNo } = await shopperInWechat()
  const { payInfo } = await shoppers.pay(browser, orderNo, { provider: 'paymax', channel: 'wechat_wap' })
  // 调用支付控件方法. The example's parameters are those of the reply to the order.
  const script = `
    function onBridgeReady(){
      WeixinJSBridge.invoke(
        'getBrandWCPayRequest', ${payInfo},
        function(res){
          if(res.err_msg == "get_brand_wcpay_request:ok") {}
          document.title = 'end ' + res.err_msg
        }
      );
    }
    if (typeof WeixinJSBridge == "undefined"){
      if( document.addEventListener ){
        document.addEventListener('WeixinJSBridgeReady', onBridgeReady, false);
      }else if (document.attachEvent){
        document.attachEvent('WeixinJSBridgeReady', onBridgeReady);
        document.attachEvent('onWeixinJSBridgeReady', onBridgeReady);
      }
    }else{
      onBridgeReady();
    }`
  expect(await runPage('paymax', page(script))).toBe('end get_brand_wcpay_request:ok')
  await expectPaid(orderNo)
})

describe('Jubao: the Hong Kong wallet in the official account', () => {
  const config = async (browser: Browser, name: string) => {
    const { body } = await browser.post('/web/wechat/config', { url: `${stage.cloud.url}/merchant/${name}.html` })
    return (body as { data: Record<string, unknown> }).data
  }
  // 香港钱包公众号支付, 1 to 3.
  const example = (config: Record<string, unknown>, payConfig: string, beta = true) =>
    page(
      `
    wx.config({
      beta : ${beta},
      debug: true,
      appId: '${config.appId}',
      timestamp: ${config.timestamp},
      nonceStr: '${config.nonceStr}',
      signature: '${config.signature}',
      jsApiList: ["getH5PrepayRequest"]
    });
    wx.ready(function(){
      var payConfig = ${payConfig}
      wx.invoke('getH5PrepayRequest', payConfig,function(res){
        var msg = res.errMsg || res.err_msg;
        if(!msg){}
        if(-1 != msg.indexOf("ok")){
        }else if(-1 != msg.indexOf("cancel")){
        }else{
        }
        document.title = 'end ' + msg
      });
    });`,
      '<script src="http://res.wx.qq.com/open/js/jweixin-1.2.0.js"></script>',
    )

  it('wx.config and getH5PrepayRequest, as the document has them, pay the order', async () => {
    const { browser, orderNo } = await shopperInWechat()
    const { payInfo } = await shoppers.pay(browser, orderNo, { provider: 'jubao', channel: 'wechat.jsapi.HK' })
    const html = example(await config(browser, 'jubao'), payInfo)
    expect(await runPage('jubao', html)).toBe('end getH5PrepayRequest:ok')
    await expectPaid(orderNo)
  })

  it('without beta WeChat opens nothing', async () => {
    const { browser, orderNo } = await shopperInWechat()
    const { payInfo } = await shoppers.pay(browser, orderNo, { provider: 'jubao', channel: 'wechat.jsapi.HK' })
    const html = example(await config(browser, 'plain'), payInfo, false)
    expect(await runPage('plain', html)).toBe('end system:access_denied')
    expect(await stage.cloud.stored(orderNo)).toMatchObject({ state: 'open' })
  })

  // An iPhone compares the address at which WeChat entered the shop, Android that of the order's page.
  it.each([
    ['zh', agents.wechat],
    ['en', 'Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Mobile Safari/537.36 MicroMessenger/8.0.50'],
  ] as const)('the shop’s own page opens the same sheet (%s)', async (lang, userAgent) => {
    const { context, page: tab, errors } = await openWechat(lang, userAgent)
    await context.addCookies([{ name: 'wechat', value: 'person%3Dhk', url: stage.cloud.url }])
    await offerOnly(tab, 'wechat.jsapi.HK')
    await tab.goto(`${stage.cloud.url}/web/`)
    const press = (name: RegExp) => tab.getByRole('button', { name }).filter({ visible: true }).first().click()
    await press(/增加|Add/)
    await press(/去结算|Check out/)
    await tab.getByRole('radio').first().waitFor()
    await press(/^(支付|Pay) ?¥/)
    await tab.waitForURL('**/pages/order/index**')
    const orderNo = new URL(tab.url()).searchParams.get('orderNo') ?? ''
    for (let tries = 0; tries < 40 && (await stage.cloud.stored(orderNo)).state !== 'paid'; tries++) {
      await stage.cloud.advance(1_000)
      await tab.waitForTimeout(50)
    }
    await tab
      .getByText(/^(已支付|Paid)$/)
      .filter({ visible: true })
      .first()
      .waitFor()
    await picture(tab, `hk-${lang}`)
    expect(await stage.cloud.stored(orderNo)).toMatchObject({
      state: 'paid',
      payments: [{ channel: 'wechat.jsapi.HK', kind: 'hkjsapi', state: 'paid' }],
    })
    expect(errors).toEqual([])
    await context.close()
  })
})

type Tab = Awaited<ReturnType<typeof openWechat>>['page']

/** The shop has one way to pay: others of the same name would stand in its place. */
async function offerOnly(tab: Tab, channel: string): Promise<void> {
  await tab.route('**/web/call/order', async (route) => {
    const response = await route.fetch()
    const reply = (await response.json()) as { data?: { channels?: { channel: string }[] } }
    if (reply.data?.channels) reply.data.channels = reply.data.channels.filter((one) => one.channel === channel)
    await route.fulfill({ response, json: reply })
  })
}

/** For the eyes: kept only when SCREENS names a folder. */
async function picture(tab: Tab, name: string): Promise<void> {
  const folder = process.env.SCREENS
  if (folder !== undefined) await tab.screenshot({ path: join(folder, `${name}.png`) })
}
