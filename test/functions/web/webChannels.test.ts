// Tests WeChat Pay's channels in each place: the payment sheet in the mini-program and in the official account, the H5
// page on a phone, and the QR code on a PC. Each place offers its own channel and says why the others do not work.

import { agents, type Browser, offered, type WebShoppers, webShoppers } from '../../support/browser/webShoppers'
import { dataOf, startCloud, type TestCloud } from '../../support/startCloud'

let cloud: TestCloud
let shoppers: WebShoppers
beforeAll(async () => {
  cloud = await startCloud()
  shoppers = webShoppers(cloud)
}, 120_000)
afterAll(() => cloud?.stop())

const open = (place: keyof typeof agents) => shoppers.open(place)
const signIn = (browser: Browser) => shoppers.signIn(browser)
const order = (browser: Browser) => shoppers.order(browser)
const pay = (browser: Browser, orderNo: string, channel: string, address?: string) =>
  shoppers.pay(browser, orderNo, { provider: 'wechatpay', channel }, address)
const expectPaid = (orderNo: string, payInfo: unknown) => shoppers.expectPaid(orderNo, payInfo)

const offeredAt = (browser: Browser) => shoppers.offeredAt(browser, 'wechatpay')

it('each place is offered its own channel, and the reason why the others do not work', async () => {
  const others = { jsapi: 'onlyInMiniProgram', official: 'onlyInWechat', h5: 'onlyOnPhone', native: 'onlyOnPc' }
  expect(await offeredAt(await open('pc'))).toEqual({ ...others, native: 'offered' })
  expect(await offeredAt(await open('mobile'))).toEqual({ ...others, h5: 'offered' })
  const wechat = await open('wechat')
  expect(await offeredAt(wechat)).toEqual({ ...others, official: 'needsOfficialAccount' })
  await signIn(wechat)
  expect(await offeredAt(wechat)).toEqual({ ...others, official: 'offered' })
  const inMiniProgram = dataOf(await cloud.order('channels', {})).channels
  expect(offered(inMiniProgram, 'wechatpay')).toEqual({ ...others, jsapi: 'offered' })
})

it('at a PC any person who scans the code can pay', async () => {
  const pc = await open('pc')
  const orderNo = await order(pc)
  const { kind, payInfo, image } = await pay(pc, orderNo, 'native')
  expect(kind).toBe('qrcode')
  expect(image).toMatch(/^data:image\/png/)
  await expectPaid(orderNo, payInfo)
})

it('in WeChat the sheet is opened for the openid and the appid of the official account', async () => {
  const wechat = await open('wechat')
  await signIn(wechat)
  const orderNo = await order(wechat)
  const { kind, payInfo } = await pay(wechat, orderNo, 'official')
  expect([kind, JSON.parse(payInfo)]).toMatchObject(['jsapi', { appId: 'wx0000000000000001', signType: 'RSA' }])
  await expectPaid(orderNo, JSON.parse(payInfo))
})

describe('on a phone', () => {
  const visit = async (address: string, headers: Record<string, string> = {}) =>
    (await fetch(address, { headers: { 'user-agent': agents.mobile, ...headers } })).text()

  it('the address opens from a page of the shop, outside WeChat, and leads back to the order', async () => {
    const phone = await open('mobile')
    const orderNo = await order(phone)
    const { kind, payInfo } = await pay(phone, orderNo, 'h5')
    expect(kind).toBe('link')
    expect(new URL(payInfo).searchParams.get('redirect_url')).toBe(
      `${cloud.url}/web/pages/order/index?orderNo=${orderNo}`,
    )
    const referer = `${cloud.url}/`
    expect(await visit(payInfo)).toContain('参数错误')
    expect(await visit(payInfo, { referer: 'https://evil.example/' })).toContain('未配置的参数')
    expect(await visit(payInfo, { referer, 'user-agent': agents.wechat })).toContain('微信外打开')
    expect(await visit(payInfo, { referer })).toContain('收银台')
    await expectPaid(orderNo, payInfo)
  })

  it('after five minutes there is another address, of another attempt, and only that one is paid', async () => {
    const phone = await open('mobile')
    const orderNo = await order(phone)
    const first = await pay(phone, orderNo, 'h5')
    expect((await pay(phone, orderNo, 'h5')).payInfo).toBe(first.payInfo)
    await cloud.advance(5 * 60_000)
    expect(await visit(first.payInfo, { referer: `${cloud.url}/` })).toContain('已失效')
    // The phone has changed its network, so its network address is different now.
    const second = await pay(phone, orderNo, 'h5', '203.0.113.10')
    expect(second.paymentNo).not.toBe(first.paymentNo)
    await expectPaid(orderNo, second.payInfo)
    const { payments } = await cloud.stored(orderNo)
    expect(payments.map(({ state }) => state)).toEqual(['closed', 'paid'])
  })

  it('without the address of the phone nothing is sent to WeChat Pay', async () => {
    const phone = await open('mobile')
    const orderNo = await order(phone)
    const reply = await phone.call('order', 'pay', { orderNo, provider: 'wechatpay', channel: 'h5' })
    // The local cloud sees 127.0.0.1 as the phone's address, and WeChat Pay refuses an H5 payment from this address.
    expect(reply).toMatchObject({ ok: false, error: { code: 'ProviderRefused' } })
  })
})

it('no place accepts the channel of another place', async () => {
  const pc = await open('pc')
  const orderNo = await order(pc)
  for (const channel of ['jsapi', 'official', 'h5'])
    expect(await pc.call('order', 'pay', { orderNo, provider: 'wechatpay', channel })).toMatchObject({
      ok: false,
      error: { code: 'BadInput' },
    })
  const { orderNo: inMiniProgram } = await cloud.newOrder()
  for (const channel of ['official', 'h5', 'native'])
    expect(await cloud.order('pay', { orderNo: inMiniProgram, provider: 'wechatpay', channel })).toMatchObject({
      ok: false,
      error: { code: 'BadInput' },
    })
})

it('a person sees the orders of both openids that have the same unionid, and another person sees neither', async () => {
  const signedIn = async (who: string) => {
    const browser = await open('wechat')
    await shoppers.signIn(browser, who)
    return browser
  }
  const [one, other] = [await signedIn('person=u1a&unionid=u1'), await signedIn('person=u1b&unionid=u1')]
  const stranger = await signedIn('person=u2&unionid=u2')
  const orderNos = [await order(one), await order(other)].sort()
  const seen = async (browser: Browser) => {
    const { orders } = dataOf(await browser.call<{ orders: { orderNo: string }[] }>('order', 'list', {}))
    return orders.map(({ orderNo }) => orderNo).sort()
  }
  expect(await seen(one)).toEqual(orderNos)
  expect(await seen(other)).toEqual(orderNos)
  expect(await seen(stranger)).toEqual([])
  // Two shoppers in two tabs: neither can pay or read the other's order.
  for (const orderNo of orderNos)
    expect(await stranger.call('order', 'read', { orderNo })).toMatchObject({ ok: false, error: { code: 'NotFound' } })
})
