// The other providers by place: each place is offered what works there, with the reason for the rest, and pays by it.
import { dataOf, startCloud, type TestCloud } from '../support/startCloud'
import { offered, type WebShoppers, webShoppers } from '../support/webShoppers'

const officialAppId = 'wx0000000000000001'

let cloud: TestCloud
let shoppers: WebShoppers
beforeAll(async () => {
  cloud = await startCloud()
  shoppers = webShoppers(cloud)
}, 120_000)
afterAll(() => cloud?.stop())

/** What a provider offers at each place, to a shopper who is signed in with WeChat where that is possible. */
async function offeredEverywhere(provider: string) {
  const wechat = await shoppers.open('wechat')
  await shoppers.signIn(wechat)
  return {
    miniprogram: offered(dataOf(await cloud.order('channels', {})).channels, provider),
    wechat: await shoppers.offeredAt(wechat, provider),
    mobile: await shoppers.offeredAt(await shoppers.open('mobile'), provider),
    pc: await shoppers.offeredAt(await shoppers.open('pc'), provider),
  }
}

describe('Paymax', () => {
  const everywhere = { wechat_csb: 'offered', alipay_csb: 'offered' }
  const others = {
    ...everywhere,
    wechat_wap: 'onlyInWechat',
    alipay_web: 'onlyOnPc',
    lakala_web: 'onlyOnPc',
    lakala_web_fast: 'onlyOnPc',
    lakala_h5: 'onlyOnPhone',
  }

  it('has its sheet in both places of WeChat, and web pages outside it', async () => {
    expect(await offeredEverywhere('paymax')).toEqual({
      miniprogram: { ...others, wechat_wap: 'offered', lakala_h5: 'onlyInWechat' },
      wechat: { ...others, wechat_wap: 'offered', lakala_h5: 'offered' },
      mobile: { ...others, lakala_h5: 'offered' },
      pc: {
        ...others,
        alipay_web: 'offered',
        lakala_web: 'offered',
        lakala_web_fast: 'offered',
        lakala_h5: 'onlyInWechat',
      },
    })
  })

  it('opens the sheet for the openid and the appid of the official account', async () => {
    const wechat = await shoppers.open('wechat')
    await shoppers.signIn(wechat)
    const orderNo = await shoppers.order(wechat)
    const { kind, payInfo } = await shoppers.pay(wechat, orderNo, { provider: 'paymax', channel: 'wechat_wap' })
    expect([kind, JSON.parse(payInfo).appId]).toEqual(['jsapi', officialAppId])
    // WeChat opens no sheet of another account.
    const wrong = { ...JSON.parse(payInfo), appId: 'wx2421b1c4370ec43b' }
    expect(await (await cloud.post('/local/pay', { payInfo: wrong })).json()).not.toEqual({
      errMsg: 'requestPayment:ok',
    })
    await shoppers.expectPaid(orderNo, JSON.parse(payInfo))
  })

  it.each([
    ['pc', 'alipay_web'],
    ['pc', 'lakala_web'],
    ['mobile', 'lakala_h5'],
  ] as const)('on a %s, %s leads to a page where the order is paid', async (place, channel) => {
    const browser = await shoppers.open(place)
    const orderNo = await shoppers.order(browser)
    const { kind, payInfo } = await shoppers.pay(browser, orderNo, { provider: 'paymax', channel })
    expect([kind, (await fetch(payInfo)).status]).toEqual(['link', 200])
    await shoppers.expectPaid(orderNo, payInfo)
  })
})
