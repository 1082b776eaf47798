// Tests cases from webhook notifications that could not be applied, on the local cloud with the real wx-server-sdk:
// they are listed, replayed after their cause is fixed, and dismissed with a note.
import type { AdminResults } from '../../../cloudfunctions/shared/api/admin'
import type { Order } from '../../../cloudfunctions/shared/domain/orders/orderShape'
import type { Database } from '../../../cloudfunctions/shared/store/database'
import type { KeptNotice } from '../../../cloudfunctions/shared/store/notices'
import type { Staff } from '../../../cloudfunctions/shared/store/staff'
import { type Admin, adminOf, databaseOf } from '../../support/adminCall'
import { dataOf, shopperA, startCloud, type TestCloud } from '../../support/startCloud'

const viewer = 'oMiniCashier_viewer_00000'

let cloud: TestCloud
let db: Database
let admin: Admin

beforeAll(async () => {
  cloud = await startCloud()
  admin = adminOf(cloud)
  db = await databaseOf(cloud)
  await db.insert<Staff>('staff', { _id: viewer, version: 1, name: '', addedAt: 1, role: 'viewer' })
})
afterAll(() => cloud.stop())

/**
 * Damages or removes our order, lets a payment arrive, and puts the order back. Returns the order and the case that the
 * payment caused.
 */
async function misapplied(spoil: (order: Order) => Order | undefined): Promise<{ order: Order; id: string }> {
  const { orderNo } = await cloud.newOrder()
  const { payInfo } = dataOf(await cloud.order('pay', { orderNo, provider: 'midas', channel: 'wechat' }))
  const order = await cloud.stored(orderNo)
  await db.remove('orders', orderNo)
  const spoilt = spoil(order)
  if (spoilt) await db.insert('orders', spoilt)
  await cloud.post('/local/pay', { payInfo, scenario: 'notice before result' })
  const waiting = await db.find<KeptNotice>('notices', {
    where: { dismissedAt: null },
    orderBy: [['at', 'desc']],
    limit: 100,
  })
  const entry = waiting.find(({ _id }) => _id.includes(orderNo))
  if (!entry) throw new Error('nothing was kept')
  await db.remove('orders', orderNo)
  await db.insert('orders', order)
  return { order, id: entry._id }
}

const isListed = async (id: string, dismissed = false): Promise<boolean> =>
  dataOf(await admin('notices', { dismissed, limit: 50 }, viewer)).notices.some((notice) => notice.id === id)

it.each([
  ['no order', () => undefined, 'unmatched'],
  [
    'another amount',
    (order: Order) => ({ ...order, payments: order.payments.map((one) => ({ ...one, amountFen: 1 })) }),
    'mismatched',
  ],
])('a notification that met %s is applied after its cause is fixed, and never twice', async (_, spoil, kind) => {
  const { order, id } = await misapplied(spoil)
  const { notices } = dataOf(await admin('notices', { kind }, viewer))
  expect(notices.find((notice) => notice.id === id)).toMatchObject({
    kind,
    provider: 'midas',
    canReplay: true,
    dismissed: null,
  })
  for (const hidden of [shopperA, 'received', 'headers']) expect(JSON.stringify(notices)).not.toContain(hidden)
  expect(await admin('replay', { which: { ids: [id] } }, viewer)).toMatchObject({ error: { code: 'Forbidden' } })
  const replays = await Promise.all([1, 2, 3].map(() => admin('replay', { which: { ids: [id] } })))
  for (const replay of replays) expect(dataOf(replay).results).toEqual([{ id, applied: true, reason: '' }])
  const after = await cloud.stored(order._id)
  expect(after).toMatchObject({ state: 'paid', payments: [{ state: 'paid' }], surplusFen: 0 })
  expect(after.history.filter(({ what }) => what === 'paid')).toHaveLength(1)
  expect(await isListed(id)).toBe(false)
  expect(await isListed(id, true)).toBe(true)
})

it('a notification whose cause remains is not applied, is not counted again, and says why', async () => {
  const { order, id } = await misapplied(() => undefined)
  await db.remove('orders', order._id)
  const before = await db.get<KeptNotice>('notices', id)
  const { results } = dataOf(await admin('replay', { which: { ids: [id] } }))
  expect(results).toEqual([{ id, applied: false, reason: before?.reason }])
  expect(await db.get('notices', id)).toEqual(before)
  expect(await admin('replay', { which: { ids: [id, 'unmatched-midas-nothing'] } })).toMatchObject({
    error: { code: 'NotFound' },
  })
})

it('all notifications of a provider in a time range are replayed together', async () => {
  const made = [await misapplied(() => undefined), await misapplied(() => undefined)]
  const { now } = dataOf(await cloud.order('catalog', {}))
  const range = { provider: 'midas', from: now - 3_600_000, to: now + 3_600_000 }
  expect(dataOf(await admin('replay', { which: { ...range, provider: 'jubao' } })).results).toEqual([])
  expect(dataOf(await admin('replay', { which: { ...range, to: now - 3_000_000 } })).results).toEqual([])
  const { results } = dataOf(await admin('replay', { which: range }))
  for (const { order, id } of made) {
    expect(results).toContainEqual({ id, applied: true, reason: '' })
    expect((await cloud.stored(order._id)).state).toBe('paid')
  }
})

it('a forged notification stays forged, however often it is replayed; each hour has one entry', async () => {
  const forge = (body: string) =>
    cloud.notify({ provider: 'jubao', body, headers: { 'content-type': 'application/json' } })
  for (const text of ['{"sign":"x","mch_id":"1"}', '<script>alert(1)</script>', '{"$where":"1"}']) await forge(text)
  const { notices } = dataOf(await admin('notices', { kind: 'forged' }))
  expect(notices).toMatchObject([{ provider: 'jubao', count: 3, orderNo: null, canReplay: true }])
  const [forged] = notices
  const { results } = dataOf(await admin('replay', { which: { ids: [forged?.id] } }))
  expect(results).toMatchObject([{ applied: false }])
  expect(dataOf(await admin('notices', { kind: 'forged' })).notices).toMatchObject([{ count: 3 }])
})

it('a case is dismissed with a note and a name, and returns when the same happens again', async () => {
  const { orderNo } = await cloud.newOrder()
  await cloud.pay(orderNo, 'wrong amount')
  const { notices } = dataOf(await admin('notices', { kind: 'mismatched' }))
  const entry = notices.find((notice) => notice.orderNo === orderNo)
  if (!entry) throw new Error('nothing is listed')
  const { id } = entry
  expect(await admin('dismiss', { id, note: '' })).toMatchObject({ error: { code: 'BadInput' } })
  expect(await admin('dismiss', { id: 'mismatched-nothing', note: 'x' })).toMatchObject({ error: { code: 'NotFound' } })
  expect(await admin('dismiss', { id, note: 'x' }, viewer)).toMatchObject({ error: { code: 'Forbidden' } })
  const input = { id, note: '<b>已核对</b>' }
  for (const reply of [await admin('dismiss', input), await admin('dismiss', input)])
    expect(dataOf(reply).notice).toMatchObject({ dismissed: { note: '<b>已核对</b>', by: expect.any(String) } })
  expect(await isListed(id)).toBe(false)
  // The provider repeats its notification at times that only the provider decides.
  await cloud.advance(10 * 60_000)
  expect(await isListed(id)).toBe(true)
  expect((await cloud.stored(orderNo)).state).not.toBe('paid')
})

it('the pages of the list have neither gaps nor repeats, and refuse an invalid cursor', async () => {
  const at = dataOf(await cloud.order('catalog', {})).now
  const same = {
    version: 1,
    kind: 'stuck' as const,
    provider: '-',
    orderNo: null,
    reason: 'test',
    count: 1,
    firstAt: at,
    samples: [],
    dismissedAt: null,
  }
  for (let index = 0; index < 7; index++)
    await db.insert<KeptNotice>('notices', { ...same, _id: `stuck-${index}`, at: at - (index % 2) })
  const seen: string[] = []
  let cursor: string | null = null
  do {
    const page: AdminResults['notices'] = dataOf(
      await admin('notices', { kind: 'stuck', limit: 2, ...(cursor !== null && { cursor }) }),
    )
    seen.push(...page.notices.map(({ id }) => id))
    cursor = page.cursor
  } while (cursor !== null)
  expect(seen).toHaveLength(7)
  expect(new Set(seen).size).toBe(7)
  expect(await admin('notices', { cursor: 'x' })).toMatchObject({ error: { code: 'BadInput' } })
})
