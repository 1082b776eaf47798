// Kills all processes (kill -9) while staff act, with the real SDK on the local cloud. For every change that staff
// made, the database must contain an audit entry, because the server stores the entry before it makes the change.
import type { Order } from '../../../cloudfunctions/shared/domain/orders/orderShape'
import type { AuditEntry } from '../../../cloudfunctions/shared/store/audit'
import type { Find } from '../../../cloudfunctions/shared/store/database'
import type { Product } from '../../../cloudfunctions/shared/store/products'
import { adminOf, databaseOf } from '../../support/adminCall'
import { howOften } from '../../support/howOften'
import { startCloud, type TestCloud } from '../../support/startCloud'

const kills = howOften(8, 50)
const pause = (ms: number) => new Promise((done) => setTimeout(done, ms))

let cloud: TestCloud
afterAll(() => cloud.stop())

it(`each action that changed something has its entry after each of ${kills} kills at random moments`, async () => {
  cloud = await startCloud()
  const admin = adminOf(cloud)
  let serial = 0

  const actOnce = async () => {
    serial += 1
    const { orderNo } = await cloud.newOrder()
    await admin('close', { orderNo })
    const sku = `cup-${serial}`
    const words = { title: '杯子', titleEn: 'Cup', note: '', noteEn: '' }
    const product = { sku, ...words, priceFen: 900, currency: 'CNY', onSale: false, rank: 9 }
    await admin('saveProduct', { version: null, product })
  }

  for (let kill = 0; kill < kills; kill++) {
    let alive = true
    const people = Array.from({ length: 2 }, async () => {
      while (alive) await actOnce().catch(() => pause(5))
    })
    const goal = serial + 2 + Math.floor(Math.random() * 5)
    for (let waited = 0; serial < goal && waited < 20_000; waited += 5) await pause(5)
    await pause(Math.random() * 60)
    const restarted = cloud.restart()
    alive = false
    await Promise.all([restarted, ...people])
  }

  const db = await databaseOf(cloud)
  const all: Pick<Find, 'orderBy' | 'limit'> = { orderBy: [['_id', 'asc']], limit: 1_000 }
  const entries = await db.find<AuditEntry>('audit', { where: { at: { gte: 0 } }, ...all })
  const closed = await db.find<Order>('orders', { where: { state: 'closed' }, ...all })
  const made = await db.find<Product>('products', { where: { _id: { gte: 'cup-', lt: 'cup~' } }, ...all })
  expect(closed.length).toBeGreaterThan(kills)
  expect(made.length).toBeGreaterThan(kills)
  const aboutOrders = new Set(entries.filter(({ what }) => what === 'close').map(({ orderNo }) => orderNo))
  expect(closed.filter(({ _id }) => !aboutOrders.has(_id))).toEqual([])
  const aboutProducts = new Set(entries.filter(({ what }) => what === 'saveProduct').map(({ wish }) => wish.sku))
  expect(made.filter(({ _id }) => !aboutProducts.has(_id))).toEqual([])
}, 300_000)
