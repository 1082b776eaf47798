// Tests the limits per shopper, and which payment methods the shop allows, with the built functions, the real
// wx-server-sdk and its indexes.
import { beijingDigits } from '../../../miniprogram/rules/beijing'
import { adminOf } from '../../support/adminCall'
import { dataOf, shopperB, startCloud, type TestCloud } from '../../support/startCloud'

let cloud: TestCloud

beforeAll(async () => {
  cloud = await startCloud({ shop: { limits: { attemptsPerHour: 3, waitingAttempts: 2 } } })
})
afterAll(() => cloud.stop())

it('20 open orders are possible and no more; a repeat, another person, and a new order after a cancellation are accepted', async () => {
  const numbers: string[] = []
  for (let made = 0; made < 20; made++) numbers.push((await cloud.newOrder()).orderNo)
  const [first = '', second = '', third = '', fourth = ''] = numbers
  const { items } = await cloud.stored(first)
  const create = (orderNo: string, openid?: string) =>
    cloud.order('create', { orderNo, items: items.map(({ sku, quantity }) => ({ sku, quantity })) }, openid)
  const another = `${first.slice(0, 14)}another1`
  expect(await create(another)).toMatchObject({ ok: false, error: { code: 'Conflict', limit: 'openOrders' } })
  expect(dataOf(await create(first)).order.orderNo).toBe(first)
  expect(dataOf(await create(`${first.slice(0, 14)}theirs01`, shopperB)).order.state).toBe('open')
  const pay = (orderNo: string) => cloud.order('pay', { orderNo, provider: 'midas', channel: 'wechat' })
  for (const orderNo of [first, second, third]) dataOf(await pay(orderNo))
  expect(await pay(fourth)).toMatchObject({ ok: false, error: { code: 'Conflict', limit: 'attemptsPerHour' } })
  expect(dataOf(await pay(third)).order.payments).toHaveLength(1)
  await cloud.order('cancel', { orderNo: fourth })
  expect(dataOf(await create(another)).order.state).toBe('open')
})

it('a person who orders and pays ten times at once is stopped near the limit of an hour', async () => {
  const { now } = dataOf(await cloud.order('catalog', {}))
  const pay = { provider: 'midas', channel: 'wechat', amountFen: 8_600, currency: 'CNY' }
  const replies = await Promise.all(
    Array.from({ length: 10 }, (_, index) => {
      const orderNo = `${beijingDigits(now)}hurry00${index}`
      return cloud.order(
        'create',
        { orderNo, items: [{ sku: 'gaiwan', quantity: 1 }], pay },
        'oMiniCashier_hurry_00000',
      )
    }),
  )
  const created = replies.map((reply) => dataOf(reply))
  // Three attempts are allowed. Four instances may read the person's orders before any of them stores its attempt.
  const refused = created.filter(({ failure }) => failure)
  expect(created.filter(({ pay: begun }) => begun)).toHaveLength(10 - refused.length)
  expect(refused.length).toBeGreaterThanOrEqual(10 - (3 + 4 - 1))
  for (const { order, failure } of refused) {
    expect(failure).toEqual({ code: 'Conflict', limit: 'attemptsPerHour' })
    expect(order).toMatchObject({ state: 'open', payments: [] })
  }
})

it('a third attempt is refused while two of an order wait for their results; an attempt that waits continues', async () => {
  await cloud.advance(61 * 60_000)
  const { orderNo } = await cloud.newOrder()
  const pay = (provider: string, channel: string) => cloud.order('pay', { orderNo, provider, channel })
  // Neither provider can close a payment, so both attempts stay open.
  dataOf(await pay('wisecashier', 'mini_program'))
  const { paymentNo } = dataOf(await pay('unified', 'pc'))
  expect(await pay('midas', 'wechat')).toMatchObject({
    ok: false,
    error: { code: 'Conflict', limit: 'waitingAttempts' },
  })
  expect((await cloud.stored(orderNo)).payments).toHaveLength(2)
  expect(dataOf(await pay('unified', 'pc')).paymentNo).toBe(paymentNo)
})

it('an owner takes codes and links out of the mini-program: they are listed with the reason, and refused', async () => {
  const admin = adminOf(cloud)
  const shop = dataOf(await admin('settings', {})).settings.find(({ code }) => code === 'shop')
  const fields = { externalWays: null }
  dataOf(await admin('saveSettings', { code: 'shop', version: shop?.version, enabled: true, fields }))
  await cloud.advance(61_000)
  const { channels } = dataOf(await cloud.order('channels', {}))
  const external = channels.filter(({ kind }) => kind === 'qrcode' || kind === 'link')
  expect(external.length).toBeGreaterThan(2)
  // None of these payment methods works in the mini-program. The list gives the reason for each method, such as the
  // kind of browser that it needs.
  const reasons = new Set(external.map(({ usable, reason }) => (usable ? 'offered' : reason)))
  expect([...reasons].sort()).toEqual(['onlyInWechat', 'onlyOnPc', 'onlyOnPhone', 'onlyOutside'])
  expect(channels.some(({ kind, usable }) => kind === 'jsapi' && usable)).toBe(true)
  const [{ orderNo } = { orderNo: '' }] = dataOf(await cloud.order('list', { state: 'open' })).orders
  const [{ provider, channel } = { provider: '', channel: '' }] = external
  expect(await cloud.order('pay', { orderNo, provider, channel })).toMatchObject({ error: { code: 'BadInput' } })
})
