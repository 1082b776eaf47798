// Tests WeChat's message push with the built functions. The sandbox's WeChat sends encrypted events over HTTP, and our
// server then queries WeChat through the real wx-server-sdk.
import { adminOf } from '../support/adminCall'
import { dataOf, startCloud, type TestCloud } from '../support/startCloud'

let cloud: TestCloud
beforeAll(async () => {
  cloud = await startCloud({ shop: { shipping: 'parcel' } })
}, 120_000)
afterAll(() => cloud?.stop())

const minute = 60_000

const push = async (event: object, xml = false) =>
  (await cloud.post('/local/push', { event, xml })).json() as Promise<{ status: number; body: string }>

async function shippedOrder(): Promise<{ orderNo: string; theirNo: string }> {
  const { orderNo } = await cloud.newOrder()
  const { payInfo } = dataOf(await cloud.order('pay', { orderNo, provider: 'wechatpay', channel: 'jsapi' }))
  await cloud.post('/local/pay', { payInfo: JSON.parse(payInfo) })
  await cloud.advance(2 * minute)
  const parcels = [{ carrier: 'ZTO', trackingNo: `N${orderNo}` }]
  dataOf(await adminOf(cloud)('ship', { entries: [{ orderNo, way: 'parcel', parcels }] }))
  const { payments } = await cloud.stored(orderNo)
  return { orderNo, theirNo: payments[0]?.theirNo ?? '' }
}

it('the shopper confirms on WeChat’s page and never comes back to the shop: the order says received', async () => {
  const { orderNo, theirNo } = await shippedOrder()
  await cloud.post('/local/shipping', { received: theirNo })
  await cloud.advance(2 * minute)
  expect((await cloud.stored(orderNo)).shipping?.state).toBe('received')
})

it.each([false, true])('an event that nobody needs is confirmed, and a forged one is not (XML: %s)', async (xml) => {
  expect(await push({ Event: 'debug_demo', debug_str: 'hello world' }, xml)).toMatchObject({
    status: 200,
    body: 'success',
  })
  const forged = await cloud.notify({ provider: 'wechat', body: xml ? '<xml></xml>' : '{}' })
  expect([forged.status, await forged.text()]).toEqual([403, 'forbidden'])
})

it('a body of 6 MB is refused by its length', async () => {
  const large = await cloud.notify({ provider: 'wechat', body: 'x'.repeat(6 * 1024 * 1024) })
  expect(large.status).toBeGreaterThanOrEqual(400)
})

it('the settings page shows the address for WeChat’s console, but not the keys', async () => {
  const { settings } = dataOf(await adminOf(cloud)('settings', {}))
  const shop = settings.find(({ code }) => code === 'shop')
  expect(shop?.noticeAddress).toBe(`${cloud.url}/notify/wechat`)
  const fields = shop?.fields.filter(({ name }) => name.startsWith('messagePush.'))
  expect(fields).toMatchObject([
    { name: 'messagePush.token', isSecret: true, isSet: true, value: null },
    { name: 'messagePush.aesKey', isSecret: true, isSet: true, value: null },
  ])
})

it('keys without an appid, and malformed keys, are refused by name', async () => {
  const admin = adminOf(cloud)
  const version = async () =>
    dataOf(await admin('settings', {})).settings.find(({ code }) => code === 'shop')?.version ?? null
  const save = async (fields: Record<string, unknown>) =>
    admin('saveSettings', { code: 'shop', version: await version(), enabled: true, fields })
  expect(await save({ appId: null })).toMatchObject({ ok: false, error: { details: [{ field: 'appId' }] } })
  expect(await save({ messagePush: { aesKey: 'x'.repeat(42) } })).toMatchObject({
    error: { details: [{ field: 'messagePush.aesKey', rule: 'key43' }] },
  })
  expect(await save({ messagePush: { token: 'a-b' } })).toMatchObject({
    error: { details: [{ field: 'messagePush.token', rule: 'token' }] },
  })
})
