// Tests that one broken document in the database stops no list, no sales figure and no export. Uses the real SDK and
// the local cloud's database.

import { placeOrder } from '../../cloudfunctions/shared/domain/orders/order'
import { orderNoFrom } from '../../cloudfunctions/shared/domain/orders/orderNo'
import type { Order } from '../../cloudfunctions/shared/domain/orders/orderShape'
import type { Database, Document } from '../../cloudfunctions/shared/store/database'
import { type Admin, adminOf, databaseOf } from '../support/adminCall'
import { dataOf, shopperA, startCloud, type TestCloud } from '../support/startCloud'

let cloud: TestCloud
let db: Database
let admin: Admin
let now = 0
let serial = 0

beforeAll(async () => {
  cloud = await startCloud()
  db = await databaseOf(cloud)
  admin = adminOf(cloud)
  now = dataOf(await cloud.order('catalog', {})).now
}, 90_000)
afterAll(() => cloud.stop())

const put = (collection: string, document: object): Promise<void> =>
  db.insert<Document>(collection, document as Document)

function order(at: number): Order {
  const item = { sku: 'tea', title: '茶', titleEn: 'Tea', priceFen: 1_250, quantity: 2 }
  const orderNo = orderNoFrom(at, (++serial).toString(36).padStart(8, 'x'))
  const placed = placeOrder({ orderNo, openid: shopperA, items: [item], currency: 'CNY', now: at, lifeMs: 60_000 })
  return { ...placed, dueAt: null, state: 'closed', closedAt: at }
}

// Ways to break an order so that its list can still find it.
const wounds: [string, object][] = [
  ['no items', { items: null }],
  ['items that are a text', { items: 'tea' }],
  ['an item without a price', { items: [{ sku: 'tea' }] }],
  ['an amount that is a text', { amountFen: '2500' }],
  ['a currency that nobody knows', { currency: 'XXX' }],
  ['no currency', { currency: null }],
  ['no payments', { payments: null }],
  ['a payment that is a number', { payments: [1] }],
  ['no refunds', { refunds: null }],
  ['refunds that are fields', { refunds: { no: 1 } }],
  ['no history', { history: null }],
  ['an openid that is a number', { openid: 12_345_678 }],
  ['a time that is none', { expiresAt: 1e300 }],
  ['a paid time that is a text', { paidAt: 'yesterday' }],
]

describe('orders', () => {
  const ids: string[] = []
  const unknownCurrency = () => ids[wounds.findIndex(([what]) => what === 'a currency that nobody knows')]
  let good: Order
  const timeless = order(Date.now())
  beforeAll(async () => {
    good = order(now - 2_000)
    await put('orders', good)
    for (const [, wound] of wounds) {
      const broken = { ...order(now - 1_000), ...wound }
      ids.push(broken._id)
      await put('orders', broken)
    }
    await put('orders', { ...timeless, createdAt: 'long ago' })
  })

  it('that are broken are named, and the others are listed page by page', async () => {
    const seen: string[] = []
    const broken: string[] = []
    let cursor: string | null = null
    do {
      const page: { orders: { orderNo: string }[]; broken: string[]; cursor: string | null } = dataOf(
        await admin('orders', { limit: 4, ...(cursor !== null && { cursor }) }),
      )
      seen.push(...page.orders.map(({ orderNo }) => orderNo))
      broken.push(...page.broken)
      cursor = page.cursor
    } while (cursor !== null)
    // The list shows an order in an unknown currency as usual. The export must know how many decimals the currency has,
    // so it reports the order as broken.
    expect(seen).toEqual([unknownCurrency(), good._id])
    expect(broken.sort()).toEqual(ids.filter((id) => id !== unknownCurrency()).sort())
    const [first = ''] = ids
    // An order without a time belongs to no day, so staff can find it only by its number.
    for (const number of [first, timeless._id])
      expect(dataOf(await admin('orders', { number }))).toMatchObject({ orders: [], broken: [number] })
  })

  it('that are broken do not hide a shopper’s other orders', async () => {
    const { orders } = dataOf(await cloud.order('list', { limit: 20 }))
    expect(orders.map(({ orderNo }) => orderNo)).toContain(good._id)
  })

  it('that are broken do not change the figures of the others', async () => {
    const stats = dataOf(await admin('stats', {}))
    const today = stats.days.at(-1)?.rows ?? []
    expect(today.reduce((sum, row) => sum + row.orders, 0)).toBeGreaterThan(0)
    for (const row of stats.days.flatMap(({ rows }) => rows))
      for (const value of Object.values(row)) expect([value, Number.isNaN(value)]).toEqual([value, false])
    await cloud.advance(60_000)
    expect((await admin('stats', {})).ok).toBe(true)
  })

  it.each(['orders', 'refunds', 'charges'] as const)(
    'that are broken have a line in an export of %s, and the export ends',
    async (what) => {
      const day = new Date(now + 8 * 3_600_000).toISOString().slice(0, 10)
      const start = { requestId: `request-${what}`, what, from: day, to: day, language: 'zh' }
      const { exports } = dataOf(await admin('export', { start }))
      const id = exports[0]?.id
      let view = exports[0]
      for (let look = 0; view?.state === 'running' && look < 20; look++) {
        await cloud.advance(5_000)
        view = dataOf(await admin('export', { read: id })).exports[0]
      }
      expect(view?.state).toBe('done')
      if (what !== 'orders') return
      const text = await (await fetch(view?.url ?? '')).text()
      expect(text).toContain(good._id)
      for (const broken of ids) expect(text).toContain(`"\t${broken}","数据损坏，无法读取"`)
    },
  )
})

it.each([
  ['contracts', 'contracts', {}],
  ['notices', 'notices', {}],
  ['audit', 'audit', {}],
  ['products', 'products', {}],
  ['plans', 'plans', {}],
  ['jobs', 'export', { list: true }],
] as const)('a broken document among %s is named by its list, and stops nothing', async (collection, action, input) => {
  const before = dataOf(await admin(action, input))
  const marks = {
    at: now,
    createdAt: now,
    kind: collection === 'jobs' ? 'export' : 'unmatched',
    dismissedAt: null,
    onSale: true,
  }
  await put(collection, { _id: `20260101000000broken${collection.slice(0, 2)}`, version: 1, ...marks })
  const after = dataOf(await admin(action, input))
  expect(after).toMatchObject({ broken: [`20260101000000broken${collection.slice(0, 2)}`] })
  expect({ ...after, broken: [], now: 0 }).toEqual({ ...before, broken: [], now: 0 })
  // The broken document does not stop the sale of products.
  expect(dataOf(await cloud.order('catalog', {})).products.length).toBeGreaterThan(0)
})

it('a notification without a time or a kind is named too, and Today shows nothing of it', async () => {
  await put('notices', { _id: 'notice-without-time', version: 1, dismissedAt: null })
  expect(dataOf(await admin('notices', {})).broken).toContain('notice-without-time')
  const { needs } = dataOf(await admin('stats', {}))
  expect(needs?.filter((need) => need.what === 'notices').map((need) => 'kind' in need && need.kind)).toEqual([
    'unmatched',
  ])
})

it('people whose documents are broken are listed without a name, and block nobody', async () => {
  await put('staff', {
    _id: 'oMiniCashier_broken_00',
    version: 1,
    role: 'operator',
    name: 7,
    addedAt: 'x',
    refundLimitFen: 'all',
  })
  await put('staff', { _id: 'invite-broken', version: 1, role: 'viewer' })
  const { people, invites } = dataOf(await admin('staff', { list: true }))
  expect(people).toContainEqual(expect.objectContaining({ name: '', role: 'operator', refundLimitFen: 0, addedAt: 0 }))
  expect(invites).toEqual([])
  expect(dataOf(await admin('claim', {}, 'oMiniCashier_broken_00'))).toMatchObject({
    role: 'operator',
    name: '',
    refundLimitFen: 0,
  })
})
