// Tests a parcel in Chromium: staff enter carrier and tracking number on the order's page, WeChat accepts the report,
// and the shopper sees both. The shopper can confirm the receipt only if WeChat knows the shipping.
import { openAdmin, screens } from '../support/browser/adminWalk'
import { openStage, type Stage, walk } from '../support/browser/walk'
import { dataOf } from '../support/startCloud'

let stage: Stage
beforeAll(async () => {
  stage = await openStage({ shop: { shipping: 'parcel' } })
}, 240_000)
afterAll(() => stage.close())

const texts = {
  zh: {
    enter: '录入发货',
    carrier: /快递公司编码/,
    number: /快递单号/,
    send: '提交',
    missing: '请填写快递单号',
    known: '微信已收到发货信息',
    shipped: '已发货',
    delivery: '配送',
  },
  en: {
    enter: 'Enter shipping',
    carrier: /Carrier code/,
    number: /Tracking number/,
    send: 'Submit',
    missing: /tracking number/i,
    known: 'Shipping received by WeChat',
    shipped: 'Shipped',
    delivery: 'Delivery',
  },
}

async function paid(): Promise<string> {
  const { cloud } = stage
  const { orderNo } = await cloud.newOrder()
  const { payInfo } = dataOf(await cloud.order('pay', { orderNo, provider: 'wechatpay', channel: 'jsapi' }))
  await cloud.post('/local/pay', { payInfo: JSON.parse(payInfo) })
  // WeChat's shipping service knows a payment only half a minute after it was made.
  for (let tries = 0; tries < 10 && (await cloud.stored(orderNo)).state !== 'paid'; tries++) await cloud.advance(60_000)
  await cloud.advance(60_000)
  return orderNo
}

describe.each(screens)('at $width px in $lang', (screen) => {
  const t = texts[screen.lang]

  it('a parcel is entered by staff and shown to the shopper', async () => {
    const orderNo = await paid()
    const trackingNo = `7561178${orderNo.slice(-6).toUpperCase()}`
    const staff = await openAdmin(stage, screen, { path: `order/index?orderNo=${orderNo}` })
    await staff.press(t.enter)
    await staff.field(t.carrier).first().fill('ZTO')
    await staff.press(t.send)
    await staff.sees(t.missing)
    await staff.field(t.number).first().fill(trackingNo)
    await staff.press(t.send)
    await staff.sees(t.known)
    const wide = await staff.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
    expect(wide).toBeLessThanOrEqual(0)
    await staff.end()
    expect((await stage.cloud.stored(orderNo)).shipping).toMatchObject({
      state: 'reported',
      parcels: [{ carrier: 'ZTO', trackingNo }],
    })
    const { width, lang, hand } = screen
    const extra = `${width > 390 ? '&screen=pc' : ''}#/pages/order/index?orderNo=${orderNo}`
    const shopper = await walk(stage, { width, lang, hand, extra })
    await shopper.sees(t.delivery)
    await shopper.sees(t.shipped)
    await shopper.sees(new RegExp(trackingNo))
    await shopper.end()
  })
})
