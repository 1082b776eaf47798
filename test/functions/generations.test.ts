// While payments are in progress, an owner disables their provider or changes its settings. These payments must still
// be settled, queried and refunded at the merchant with whom they began. Uses the real SDK and the fake servers.
import { generateKeyPairSync } from 'node:crypto'
import type { SettingsView } from '../../cloudfunctions/shared/api/admin'
import { type Order, settingsKey } from '../../cloudfunctions/shared/domain/orders/orderShape'
import type { KeptNotice } from '../../cloudfunctions/shared/store/notices'
import { type Admin, adminOf, codeOf, databaseOf } from '../support/adminCall'
import { dataOf, startCloud, type TestCloud } from '../support/startCloud'

const minute = 60_000
const hour = 60 * minute

let cloud: TestCloud
let admin: Admin
let serial = 0

beforeAll(async () => {
  cloud = await startCloud()
  admin = adminOf(cloud)
})
afterAll(() => cloud.stop())

async function view(code = 'wechatpay'): Promise<SettingsView> {
  const found = dataOf(await admin('settings', {})).settings.find((one) => one.code === code)
  if (!found) throw new Error(`no settings of ${code}`)
  return found
}

async function save(change: { enabled?: boolean; fields?: object; older?: object }, code = 'wechatpay') {
  const { version } = await view(code)
  const reply = await admin('saveSettings', { code, version, enabled: true, fields: {}, ...change })
  // Every instance caches the settings for a minute, so wait until all instances have read the new settings.
  await cloud.advance(minute + 1_000)
  return reply
}

async function begun(): Promise<{ orderNo: string; payInfo: string }> {
  const { orderNo } = await cloud.newOrder()
  const { payInfo } = dataOf(await cloud.order('pay', { orderNo, provider: 'wechatpay', channel: 'jsapi' }))
  return { orderNo, payInfo }
}

const confirm = async (payInfo: string): Promise<void> => {
  expect(await (await cloud.post('/local/pay', { payInfo })).json()).toMatchObject({ errMsg: 'requestPayment:ok' })
}

async function settled(orderNo: string, holds: (order: Order) => boolean): Promise<Order> {
  for (let look = 0; look < 20; look++) {
    const order = await cloud.stored(orderNo)
    if (holds(order)) return order
    await cloud.advance(minute)
  }
  return cloud.stored(orderNo)
}

const refund = async (orderNo: string, amountFen: number) =>
  admin('refund', {
    orderNo,
    paymentNo: `${orderNo}01`,
    amountFen,
    requestId: `generation-${++serial}`,
    reason: '杯子碎了',
  })

const newKey = (): string =>
  generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
// Settings with a merchant number that the fake server does not know.
const anotherMerchant = () => ({ mchId: '1999999999', privateKey: newKey(), apiV3Key: 'k'.repeat(32) })

it('a payment begun before its provider was switched off is settled by its notification, and can be refunded', async () => {
  const { orderNo, payInfo } = await begun()
  dataOf(await save({ enabled: false }))
  expect(
    codeOf(
      await cloud.order('pay', { orderNo: (await cloud.newOrder()).orderNo, provider: 'wechatpay', channel: 'jsapi' }),
    ),
  ).toBe('BadInput')
  expect(await view()).toMatchObject({ isOn: false, generations: [{ replacedAt: null, openOrders: 1 }] })
  await confirm(payInfo)
  const paid = await settled(orderNo, ({ state }) => state === 'paid')
  expect(paid).toMatchObject({ state: 'paid', payments: [{ state: 'paid', generation: 1 }] })
  dataOf(await refund(orderNo, 1_200))
  expect(await settled(orderNo, ({ refundedFen }) => refundedFen > 0)).toMatchObject({ refundedFen: 1_200 })
  dataOf(await save({}))
  expect(await view()).toMatchObject({ isOn: true, generations: [{ generation: 1, replacedAt: null }] })
})

it('a payment without a notification is queried, and an unpaid one is closed, while its provider is off', async () => {
  const silent = await begun()
  const unpaid = await begun()
  dataOf(await save({ enabled: false }))
  await cloud.post('/local/pay', { payInfo: silent.payInfo, scenario: 'pay with no notice' })
  await cloud.advance(45 * minute)
  expect(await settled(silent.orderNo, ({ state }) => state === 'paid')).toMatchObject({ state: 'paid' })
  const closed = await settled(unpaid.orderNo, ({ state }) => state === 'closed')
  expect(closed).toMatchObject({ state: 'closed', payments: [{ state: 'closed' }] })
  dataOf(await save({}))
})

it('another merchant’s settings are used for new payments only; the first merchant’s payments are settled, queried and refunded there', async () => {
  const { orderNo, payInfo } = await begun()
  dataOf(await save({ fields: anotherMerchant() }))
  const after = await view()
  expect(after.generations).toMatchObject([
    { generation: 2, replacedAt: null, openOrders: 0 },
    { generation: 1, isSameMerchant: false, openOrders: 1 },
  ])
  await confirm(payInfo)
  expect(await settled(orderNo, ({ state }) => state === 'paid')).toMatchObject({ state: 'paid' })
  dataOf(await refund(orderNo, 700))
  expect(await settled(orderNo, ({ refundedFen }) => refundedFen > 0)).toMatchObject({ refundedFen: 700 })

  // Restore the first merchant's settings. They become generation 3, and belong to the same merchant as generation 1.
  dataOf(await save({ older: { generation: 1, do: 'restore' } }))
  expect((await view()).generations).toMatchObject([
    { generation: 3, replacedAt: null, isSameMerchant: true },
    { generation: 2, isSameMerchant: false },
    { generation: 1, isSameMerchant: true },
  ])
  const again = await begun()
  await confirm(again.payInfo)
  expect(await settled(again.orderNo, ({ state }) => state === 'paid')).toMatchObject({ payments: [{ generation: 3 }] })
})

it('settings of another merchant are kept until a person deletes them; the same merchant’s are deleted after 8 days', async () => {
  await cloud.advance(9 * 24 * hour)
  dataOf(await save({ fields: { privateKey: newKey() } }))
  expect((await view()).generations.map(({ generation }) => generation)).toEqual([4, 3, 2])
  // The order below is not finished and was begun with generation 1 of the settings, which has been deleted. So the
  // order counts for the newest generation of the same merchant.
  const { orderNo } = await cloud.newOrder()
  const db = await databaseOf(cloud)
  const { version } = await cloud.stored(orderNo)
  const openUnder = [settingsKey({ provider: 'wechatpay', generation: 1 })]
  await db.change<Order>('orders', orderNo, version, { version: version + 1, openUnder })
  expect((await view()).generations).toMatchObject([{ openOrders: 1 }, { openOrders: 0 }, { openOrders: 0 }])
  // The first contract names no generation, the second the deleted one, the third the newest one, and the fourth
  // another merchant's generation.
  for (const [index, generation] of [undefined, 1, 4, 2].entries())
    await db.insert('contracts', {
      _id: `2026010112000000gener0${index}`,
      version: 1,
      provider: 'wechatpay',
      livePlan: 'p',
      ...(generation !== undefined && { generation }),
    })
  expect((await view()).generations).toMatchObject([{ openContracts: 3 }, { openContracts: 0 }, { openContracts: 1 }])
  expect(codeOf(await save({ older: { generation: 4, do: 'end' } }))).toBe('Conflict')
  dataOf(await save({ older: { generation: 2, do: 'end' } }))
  expect((await view()).generations.map(({ generation }) => generation)).toEqual([4, 3])
  expect(codeOf(await save({ older: { generation: 2, do: 'end' } }))).toBe('NotFound')
  dataOf(await save({ older: { generation: 3, do: 'restore' } }))
})

it('settings with a refund under way cannot be deleted before it has a result', async () => {
  const { orderNo, payInfo } = await begun()
  await confirm(payInfo)
  await settled(orderNo, ({ state }) => state === 'paid')
  const used = (await cloud.stored(orderNo)).payments[0]?.generation ?? 1
  dataOf(await save({ fields: anotherMerchant() }))
  dataOf(await refund(orderNo, 700))
  dataOf(await refund(orderNo, 500))

  expect(await save({ older: { generation: used, do: 'end' } })).toMatchObject({
    error: { code: 'Conflict', details: [{ field: 'older', rule: 'openRefunds', count: 2 }] },
  })
  expect((await view()).generations).toContainEqual(expect.objectContaining({ generation: used, openOrders: 1 }))

  expect(await settled(orderNo, ({ refundedFen }) => refundedFen === 1_200)).toMatchObject({ refundedFen: 1_200 })
  dataOf(await save({ older: { generation: used, do: 'end' } }))
  expect((await view()).generations.map(({ generation }) => generation)).not.toContain(used)
})

it('a notification for an unknown provider, or one without settings, is refused and counted', async () => {
  for (const code of ['nobody', 'constructor', '..%2fx']) {
    const answer = await fetch(`${cloud.url}/notify/${code}`, { method: 'POST', body: 'paid' })
    expect(answer.status).toBe(404)
  }
  const db = await databaseOf(cloud)
  const kept = await db.find<KeptNotice>('notices', {
    where: { provider: 'unknown' },
    orderBy: [['at', 'desc']],
    limit: 9,
  })
  expect(kept).toMatchObject([{ kind: 'forged', count: 3 }])
})
