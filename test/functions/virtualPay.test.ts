// Tests virtual payment with the built functions. The fake WeChat of the sandbox knows the login code, checks both
// signatures with which the payment sheet is opened, and reports the payment only through WeChat's message push.
import { beijingDigits } from '../../miniprogram/rules/beijing'
import { adminOf } from '../support/adminCall'
import { dataOf, shopperA, shopperB, startCloud, type TestCloud } from '../support/startCloud'

let cloud: TestCloud
beforeAll(async () => {
  cloud = await startCloud()
}, 120_000)
afterAll(() => cloud?.stop())

const minute = 60_000
const way = { provider: 'virtualpay', channel: 'short_series_goods' }

let serial = 0
async function newOrder(quantity = 1): Promise<string> {
  const { now } = dataOf(await cloud.order('catalog', {}))
  const orderNo = `${beijingDigits(now)}v${String(++serial).padStart(7, '0')}`
  dataOf(await cloud.order('create', { orderNo, items: [{ sku: 'tea-book', quantity }] }))
  return orderNo
}

const login = async (openid = shopperA): Promise<string> => {
  const response = await fetch(`${cloud.url}/local/login`, { method: 'POST', headers: { 'x-openid': openid } })
  return ((await response.json()) as { code: string }).code
}

const prepare = async (orderNo: string) =>
  dataOf(await cloud.order('pay', { orderNo, ...way, loginCode: await login() }))

const inSheet = async (payInfo: unknown, scenario = 'pay') =>
  (await cloud.post('/local/pay', { payInfo, scenario })).json() as Promise<{ errMsg: string }>

async function paidOrder(scenario = 'pay', quantity = 1): Promise<string> {
  const orderNo = await newOrder(quantity)
  const { payInfo, kind } = await prepare(orderNo)
  expect(kind).toBe('virtual')
  await inSheet(JSON.parse(payInfo), scenario)
  await cloud.advance(minute)
  return orderNo
}

it('is paid when WeChat says so, and the record keeps no session key', async () => {
  const orderNo = await newOrder()
  const { payInfo } = await prepare(orderNo)
  expect((await cloud.stored(orderNo)).state).toBe('open')
  expect(await inSheet(JSON.parse(payInfo))).toEqual({ errMsg: 'requestPayment:ok' })
  await cloud.advance(minute)
  const order = await cloud.stored(orderNo)
  expect(order).toMatchObject({
    state: 'paid',
    kind: 'virtual',
    payments: [{ ...way, state: 'paid', kind: 'virtual', theirNo: expect.stringMatching(/^4200/) }],
  })
  expect(JSON.stringify(order)).not.toMatch(/session/i)
})

it.each([
  ['three-notices-at-once', 1],
  ['notice-before-result', 1],
  ['unknown-result', 1],
  ['pay-with-no-notice', 1],
  ['pay', 3],
])('is paid once after %s, %d pieces', async (scenario, quantity) => {
  const orderNo = await paidOrder(scenario, quantity)
  await cloud.advance(10 * minute)
  const order = await cloud.stored(orderNo)
  expect(order).toMatchObject({ state: 'paid', surplusFen: 0 })
  expect(order.history.filter(({ what }) => what === 'paid')).toHaveLength(1)
})

it.each(['wrong-amount', 'forged-notice', 'cancel', 'fail'])('is not paid after %s', async (scenario) => {
  expect(await cloud.stored(await paidOrder(scenario))).toMatchObject({ state: 'open', payments: [{ paidAt: null }] })
})

it('a cancelled try is followed by one with a new number, because WeChat takes each number once', async () => {
  const orderNo = await paidOrder('cancel')
  const { paymentNo, payInfo } = await prepare(orderNo)
  expect(paymentNo).toBe(`${orderNo}02`)
  await inSheet(JSON.parse(payInfo))
  await cloud.advance(minute)
  expect(await cloud.stored(orderNo)).toMatchObject({ state: 'paid', payments: [{}, { state: 'paid' }] })
})

it('a changed sheet does not open', async () => {
  const sheet = JSON.parse((await prepare(await newOrder())).payInfo) as { signData: string }
  const cheaper = { ...sheet, signData: sheet.signData.replace('"goodsPrice":990', '"goodsPrice":1') }
  expect((await inSheet(cheaper)).errMsg).toContain('fail')
  expect((await inSheet({ ...sheet, signature: '0'.repeat(64) })).errMsg).toContain('fail')
})

it('a login code of another person, a used code and an absent code are refused before the sheet opens', async () => {
  const orderNo = await newOrder()
  const used = await login()
  dataOf(await cloud.order('pay', { orderNo, ...way, loginCode: used }))
  for (const loginCode of [await login(shopperB), used, undefined])
    expect(await cloud.order('pay', { orderNo, ...way, loginCode })).toMatchObject({
      ok: false,
      error: { code: 'ProviderRefused' },
    })
})

it('WeChat Pay and every other payment method of the mini-program refuse a virtual product', async () => {
  const orderNo = await newOrder()
  const { channels } = dataOf(await cloud.order('channels', {}))
  const others = channels.filter(({ usable, kind }) => usable && kind !== 'virtual')
  expect(others.length).toBeGreaterThan(5)
  for (const { provider, channel, takes } of others) {
    expect(takes).toEqual(['goods', 'service'])
    expect(await cloud.order('pay', { orderNo, provider, channel })).toMatchObject({
      ok: false,
      error: { code: 'Unsupported' },
    })
  }
})

it('is refunded in parts: asked for by staff, and done when WeChat says so', async () => {
  const orderNo = await paidOrder()
  const admin = adminOf(cloud)
  for (const amountFen of [300, 690]) {
    const wish = { orderNo, paymentNo: `${orderNo}01`, amountFen, reason: '打不开' }
    dataOf(await admin('refund', { ...wish, requestId: `refund-${orderNo}-${amountFen}` }))
    await cloud.advance(40 * minute)
  }
  expect(await cloud.stored(orderNo)).toMatchObject({
    refundedFen: 990,
    refunds: [
      { state: 'done', amountFen: 300 },
      { state: 'done', amountFen: 690 },
    ],
  })
})
