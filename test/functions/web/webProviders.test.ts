// Tests the providers except WeChat Pay in the mini-program, in WeChat's browser, on a phone and on a PC: which payment
// methods each place offers, why the rest is not offered, and one payment with each method.
import { signPage } from '../../../cloudfunctions/shared/usecases/web/wechatConfig'
import { offered, type WebShoppers, webShoppers } from '../../support/browser/webShoppers'
import { dataOf, startCloud, type TestCloud } from '../../support/startCloud'

const officialAppId = 'wx0000000000000001'

let cloud: TestCloud
let shoppers: WebShoppers
beforeAll(async () => {
  cloud = await startCloud({ jubao: { dialect: 'payment' } })
  shoppers = webShoppers(cloud)
}, 120_000)
afterAll(() => cloud?.stop())

/** What a provider offers in each place. The shopper is signed in with WeChat where that is possible. */
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
    // WeChat opens no payment sheet if the sheet's appid belongs to another account than the page.
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

describe('Jubao', () => {
  const others = {
    'wechat.jsapi': 'onlyInWechat',
    'wechat.jsapi.HK': 'onlyInWechat',
    'alipay.qrcode': 'offered',
    '聚宝.qrcode': 'offered',
    'alipay.wappay': 'offered',
    'unionpay.link': 'offered',
    micropay: 'notInMiniProgram',
    'alipay.app': 'notInMiniProgram',
    'wechat.app': 'notInMiniProgram',
  }

  it('has its sheet in both places of WeChat, and the Hong Kong wallet in the official account', async () => {
    expect(await offeredEverywhere('jubao')).toEqual({
      miniprogram: { ...others, 'wechat.jsapi': 'offered' },
      wechat: { ...others, 'wechat.jsapi': 'offered', 'wechat.jsapi.HK': 'offered' },
      mobile: others,
      pc: others,
    })
  })

  it.each([
    ['wechat.jsapi', 'jsapi', 'MD5'],
    ['wechat.jsapi.HK', 'hkjsapi', 'SHA1'],
  ])('%s gives the parameters of its sheet for the official account, and is paid', async (channel, kind, signType) => {
    const wechat = await shoppers.open('wechat')
    await shoppers.signIn(wechat)
    const orderNo = await shoppers.order(wechat)
    const given = await shoppers.pay(wechat, orderNo, { provider: 'jubao', channel })
    expect([given.kind, JSON.parse(given.payInfo)]).toMatchObject([kind, { appId: officialAppId, signType }])
    await shoppers.expectPaid(orderNo, JSON.parse(given.payInfo))
  })
})

describe('Wisecashier', () => {
  it('has its sheet in the mini-program, and in WeChat the page for its own openid', async () => {
    const others = { mini_program: 'onlyInMiniProgram', mp: 'onlyInWechat' }
    expect(await offeredEverywhere('wisecashier')).toEqual({
      miniprogram: { ...others, mini_program: 'offered' },
      wechat: { ...others, mp: 'offered' },
      mobile: others,
      pc: others,
    })
  })

  it('needs no sign-in in our shop, because it cannot use the openid of our own account', async () => {
    const wechat = await shoppers.open('wechat')
    expect(await shoppers.offeredAt(wechat, 'wisecashier')).toMatchObject({ mp: 'offered' })
  })
})

describe('Midas', () => {
  const others = { qqwallet: 'onlyInMiniProgram' }

  it('offers WeChat’s channels in every place', async () => {
    const everywhere = { ...others, wechat: 'offered' }
    expect(await offeredEverywhere('midas')).toEqual({
      miniprogram: { wechat: 'offered', qqwallet: 'offered' },
      wechat: everywhere,
      mobile: everywhere,
      pc: everywhere,
    })
    const stranger = await shoppers.open('wechat')
    expect(await shoppers.offeredAt(stranger, 'midas')).toEqual({ ...others, wechat: 'needsOfficialAccount' })
  })

  it.each(['mobile', 'pc'] as const)('sends no openid for a shopper on a %s, who has none', async (place) => {
    const browser = await shoppers.open(place)
    const orderNo = await shoppers.order(browser)
    const { payInfo, kind } = await shoppers.pay(browser, orderNo, { provider: 'midas', channel: 'wechat' })
    expect(kind).toBe('jsapi')
    // Without an openid, Midas opens no sheet in WeChat.
    const answer = await cloud.post('/sandbox/midas/web', { payInfo, place: 'wechat', back: cloud.url })
    expect(await answer.json()).toMatchObject({ msg: expect.stringContaining('wx_openid') })
  })
})

describe('the Unified platform', () => {
  const others = {
    h5: 'onlyInMiniProgram',
    'h5.openid': 'onlyInWechat',
    pc: 'onlyInMiniProgram',
    'mpay.html': 'onlyInWechat',
    'pay.html': 'onlyOnPc',
    Alipay: 'onlyInWechat',
    ChinapayOld: 'onlyInWechat',
    Paypal: 'onlyInWechat',
    'pc.Alipay': 'onlyOnPc',
    'pc.ChinapayOld': 'onlyOnPc',
    'pc.Paypal': 'onlyOnPc',
  }
  const onPhones = { 'mpay.html': 'offered', Alipay: 'offered', ChinapayOld: 'offered', Paypal: 'offered' }
  const onPcs = {
    pc: 'offered',
    'pay.html': 'offered',
    'pc.Alipay': 'offered',
    'pc.ChinapayOld': 'offered',
    'pc.Paypal': 'offered',
  }

  it('has its sheet in WeChat, its phone page on phones, and its code and computer page on PCs', async () => {
    expect(await offeredEverywhere('unified')).toEqual({
      // The test's cloud also offers QR codes and links in the mini-program.
      miniprogram: { ...others, ...onPhones, h5: 'offered', pc: 'offered' },
      wechat: { ...others, ...onPhones, 'h5.openid': 'offered' },
      mobile: { ...others, ...onPhones },
      pc: { ...others, ...onPcs },
    })
  })

  it.each([
    ['wechat', 'mpay.html', 'link'],
    ['mobile', 'Paypal', 'link'],
    ['pc', 'pc', 'qrcode'],
    ['pc', 'pc.Alipay', 'link'],
  ] as const)('in the place %s, %s is paid', async (place, channel, kind) => {
    const browser = await shoppers.open(place)
    const orderNo = await shoppers.order(browser)
    const given = await shoppers.pay(browser, orderNo, { provider: 'unified', channel })
    expect(given.kind).toBe(kind)
    await shoppers.expectPaid(orderNo, given.payInfo)
  })

  it('asks for one sheet, however often our page asks', async () => {
    const browser = await shoppers.open('wechat')
    const orderNo = await shoppers.order(browser)
    const way = { provider: 'unified', channel: 'h5.openid' }
    const { payInfo } = await shoppers.pay(browser, orderNo, way)
    const back = new URL(new URL(payInfo).searchParams.get('backUrl') ?? '')
    expect(`${back.origin}${back.pathname}`).toBe(`${cloud.url}/web/pay/sheet`)
    const asked = { ...Object.fromEntries(back.searchParams), openid: 'oUnified_a_00000000000000000' }
    const answers = await Promise.all([1, 2, 3].map(() => browser.post('/web/pay/sheet', asked)))
    const again = await browser.post('/web/pay/sheet', { ...asked, openid: 'oUnified_b_00000000000000000' })
    const sheets = [...answers, again].map(({ status, body }) =>
      status === 200 ? (body.data as { sheet: string }).sheet : status,
    )
    // A call that comes while another call queries the provider gets 409, "try again".
    expect(new Set(sheets.filter((one) => one !== 409)).size).toBe(1)
    expect(again.status).toBe(200)
    // In the shop itself the shopper still gets a link to the page of the Unified pay platform. The shop does not open
    // the payment sheet.
    expect(await shoppers.pay(browser, orderNo, way)).toMatchObject({ kind: 'link', payInfo })
    await shoppers.expectPaid(orderNo, JSON.parse(String(sheets.at(-1))))
    expect((await browser.post('/web/pay/sheet', asked)).status).toBe(409)
  })

  it('a sheet that the platform refuses ends the attempt, and nothing was paid', async () => {
    const browser = await shoppers.open('wechat')
    const orderNo = await shoppers.order(browser)
    const { payInfo } = await shoppers.pay(browser, orderNo, { provider: 'unified', channel: 'h5.openid' })
    const back = new URL(new URL(payInfo).searchParams.get('backUrl') ?? '')
    const asked = { ...Object.fromEntries(back.searchParams), openid: 'oOfficial_a_0000000000000000' }
    expect(await browser.post('/web/pay/sheet', asked)).toMatchObject({
      status: 409,
      body: { ok: false, error: { code: 'ProviderRefused' } },
    })
    expect(await cloud.stored(orderNo)).toMatchObject({ state: 'open', payments: [{ state: 'failed' }] })
  })

  it('without the address of the platform’s openid page the payment sheet is not offered in WeChat', async () => {
    const { unified } = await import('../../../cloudfunctions/shared/providers/unified')
    const settings = { baseUrl: 'http://u', domainCode: 'd', domainSecret: 's' }
    const provider = unified.create(unified.settings.parse(settings), () => Promise.reject(new Error('no call')))
    expect(provider.channels?.map(({ code }) => code)).not.toContain('h5.openid')
  })
})

describe('the signature for WeChat’s JS SDK', () => {
  const configure = async (url: string) => {
    const browser = await shoppers.open('wechat')
    return browser.post('/web/wechat/config', { url })
  }

  it('is the one of WeChat’s own example', () => {
    const ticket = 'sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg'
    const page = { nonceStr: 'Wm3WZYTPz0wzccnW', timestamp: 1_414_587_457, url: 'http://mp.weixin.qq.com?params=value' }
    expect(signPage({ ticket, ...page })).toBe('0f9de62fce790f9a083d5c99e95740ceb90c27ed')
  })

  it('is accepted by WeChat for this page, and for no other', async () => {
    const url = `${cloud.url}/web/pages/order/index?orderNo=1`
    const { data } = (await configure(url)).body as { data: object }
    const verify = async (page: string) =>
      (await cloud.post('/sandbox/wechat/app/verify', { ...data, url: page })).json()
    expect(await verify(url)).toEqual({ errMsg: 'config:ok' })
    expect(await verify(`${url}1`)).toEqual({ errMsg: 'config:invalid signature' })
  })

  it.each(['https://evil.example/web/', 'javascript:alert(1)', '', '/web/'])('is not given for %j', async (url) => {
    expect(await configure(url)).toMatchObject({ status: 400 })
  })

  it('is not given to a page of another site', async () => {
    const browser = await shoppers.open('wechat')
    const answer = await browser.send('/web/wechat/config', {
      headers: { origin: 'https://evil.example', 'content-type': 'application/json' },
      body: JSON.stringify({ url: `${cloud.url}/web/` }),
    })
    expect(answer.status).toBe(403)
  })
})
