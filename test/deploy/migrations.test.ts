// Tests the migrations from the first release, on the emulator through the real SDK (in `npm run test:long` with 10,000
// orders). The tests stop a migration after each page of documents, and let the old functions write during a migration.
// New functions refuse documents that are not migrated.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { derivedOf, placeOrder } from '../../cloudfunctions/shared/domain/orders/order'
import { applyPaymentNews, openAttempt, recordPrepared } from '../../cloudfunctions/shared/domain/orders/orderPayments'
import { openRefund } from '../../cloudfunctions/shared/domain/orders/orderRefunds'
import type { Order } from '../../cloudfunctions/shared/domain/orders/orderShape'
import type { Database, Document } from '../../cloudfunctions/shared/store/database'
import { assertSchema, readSchema, schemaVersion } from '../../cloudfunctions/shared/store/schema'
import { startEmulator } from '../../packages/cloudbase-emulator/src'
import { readFunctionsFile } from '../../packages/cloudbase-emulator/src/functions/declarations'
import { connectDatabase } from '../../tools/cloudDatabase'
import { migrations } from '../../tools/deploy/migrations/migrations'
import { migrate, sweep } from '../../tools/deploy/migrations/run'
import { createMemoryDatabase, type MemoryDatabase } from '../support/fakes/memoryDatabase'
import { howOften } from '../support/howOften'
import { monthlyTerms } from '../support/terms'
import { builtFunctions, openTestShop } from './shop'

const startAt = Date.parse('2026-11-20T02:00:00Z')
const many = howOften(2_000, 10_000)
// The time limit is very long, so that no test fails because a machine is slow.
const longMs = 1_200_000
const minute = 60_000
const quiet = { say: () => undefined }
const orderNoOf = (index: number) => `20261120100000${String(index).padStart(8, '0')}`

/** An order as the first release stored it: open, with a payment in progress, paid, or with a refund in progress. */
function firstOrder(index: number): Order {
  const now = startAt + index * 10
  const items = [{ sku: 'tea', title: '茶', titleEn: 'Tea', priceFen: 2_500, quantity: 1 }]
  const placed = placeOrder({
    orderNo: orderNoOf(index),
    openid: `o${index % 97}`,
    items,
    currency: 'CNY',
    now,
    lifeMs: 30 * minute,
  })
  const kind = index % 4
  if (kind === 0) return old(placed)
  const { order, payment } = openAttempt(placed, 'midas', 'wechat', now)
  const prepared = recordPrepared(order, payment.no, { payInfo: 'x', theirNo: `P${index}` }, now)
  if (kind === 1) return old(prepared)
  const paid = applyPaymentNews(prepared, payment.no, { outcome: 'paid', theirNo: `T${index}` }, { now }).order
  if (kind === 2) return old(paid)
  const wish = { requestId: 'r', paymentNo: payment.no, amountFen: 900, reason: '', by: 'boss' }
  return old(openRefund(paid, wish, now).order)
}

/** Removes the fields that the first release did not store. */
function old(order: Order): Order {
  const { refundDueAt: _1, payDueAt: _2, openUnder: _3, shipSince: _4, outbox: _5, outboxAt: _6, ...rest } = order
  const payments = rest.payments.map(({ claim: _, generation: __, ...payment }) => payment)
  return { ...rest, payments, refunds: rest.refunds.map(({ claim: _, ...refund }) => refund) }
}

const firstContract = (index: number) => ({
  _id: orderNoOf(500_000 + index),
  version: 1,
  state: 'active',
  openid: `o${index}`,
  livePlan: 'club',
  provider: 'wechatpay',
  terms: monthlyTerms,
  theirNo: null,
  createdAt: startAt,
  signBy: startAt + 30 * minute,
  signedAt: startAt,
  anchorAt: startAt,
  endedAt: null,
  endedBy: null,
  dueAt: null,
  tries: 0,
  nextPeriod: 1,
  charges: [],
  history: [],
})

/** Checks each migrated order: it is valid, and its money and history have not changed. */
function expectMigrated(after: readonly Order[], before: readonly Order[]): void {
  expect(after).toHaveLength(before.length)
  after.forEach((order, index) => {
    const { version, ...was } = before[index] as Order
    expect(order).toEqual({ ...was, ...derivedOf(order), shipSince: null, version: version + 1 })
  })
}

function firstRelease(count: number): { db: MemoryDatabase; orders: Order[] } {
  const db = createMemoryDatabase()
  const orders = Array.from({ length: count }, (_, index) => firstOrder(index))
  for (const order of orders) db.put('orders', order)
  return { db, orders }
}

it(
  `${many} orders and their contracts are migrated through the real SDK, and a second run changes nothing`,
  async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'mini-cashier-migrations-'))
    const emulator = await startEmulator({ functionsDir: builtFunctions, dataDir, environment: {}, ticking: false })
    try {
      const orders = Array.from({ length: many }, (_, index) => firstOrder(index))
      emulator.database.insert('orders', ...orders.map((order) => ({ ...order })))
      emulator.database.insert('contracts', ...Array.from({ length: 50 }, (_, index) => firstContract(index)))
      const db = await connectDatabase({ adminUrl: emulator.adminUrl })
      await expect(assertSchema(db)).rejects.toMatchObject({ code: 'Internal' })
      const lines: string[] = []
      await expect(migrate(db, { say: (line) => lines.push(line) })).resolves.toHaveLength(migrations.length)
      expect(lines).toContain(`orders: ${many} documents, ${many} changed`)
      expect(lines).toContain('contracts: 50 documents, 50 changed')
      expectMigrated(emulator.database.find('orders', { orderBy: { _id: 1 } }) as unknown as Order[], orders)
      await assertSchema(db)
      await expect(migrate(db, quiet)).resolves.toEqual([])
      await expect(sweep(db, migrations, quiet.say)).resolves.toBe(0)
    } finally {
      await emulator.close()
      rmSync(dataDir, { recursive: true, force: true })
    }
  },
  longMs,
)

it('npm run deploy migrates before it replaces the code, a dry run only says so, and a second run has no change', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'mini-cashier-migrations-'))
  const emulator = await startEmulator({ functionsDir: builtFunctions, dataDir, environment: {}, ticking: false })
  const shop = await openTestShop()
  try {
    const database = { adminUrl: emulator.adminUrl }
    const names = Object.keys(readFunctionsFile(builtFunctions))
    shop.edit(names, 'first')
    expect((await shop.deploy({ database })).error).toBeUndefined()
    const orders = Array.from({ length: 120 }, (_, index) => firstOrder(index))
    emulator.database.insert('orders', ...orders.map((order) => ({ ...order })))
    const stored = () => emulator.database.find('orders', { orderBy: { _id: 1 } }) as unknown as Order[]
    const collection = shop.tencent.state.collections.get('orders')
    if (!collection) throw new Error('not deployed')
    collection.count = orders.length
    shop.edit(['order'], 'second')
    const dry = await shop.deploy({ database, dryRun: true })
    expect(dry.lines.join('\n')).toContain('would migrate the documents to schema 2')
    expect(stored()).toEqual(orders)
    const { lines, error } = await shop.deploy({ database })
    expect(error).toBeUndefined()
    const at = (start: string) => lines.findIndex((line) => line.startsWith(start))
    expect(at('migrate the documents')).toBeGreaterThanOrEqual(0)
    expect(at('migrate the documents')).toBeLessThan(
      lines.findIndex((line) => /\border\b.*code|code.*\border\b/.test(line)),
    )
    expectMigrated(stored(), orders)
    expect((await shop.deploy({ database })).changes).toBe(0)
  } finally {
    await shop.close()
    await emulator.close()
    rmSync(dataDir, { recursive: true, force: true })
  }
}, 240_000)

/** A database on which every call stops after a number of writes, as if the process was killed. */
function dying(db: Database, writes: number): Database {
  let left = writes
  const spend = <T>(call: () => Promise<T>): Promise<T> =>
    left-- > 0 ? call() : Promise.reject(new Error('the process was killed'))
  return {
    ...db,
    insert: (...write) => spend(() => db.insert(...write)),
    change: (...write) => spend(() => db.change(...(write as Parameters<Database['change']>))) as never,
  }
}

it.each([0, 1, 99, 100, 101, 150, 257, 411])('broken off after %i writes, the next run goes on', async (writes) => {
  const { db, orders } = firstRelease(430)
  await expect(migrate(dying(db, writes), quiet)).rejects.toThrow()
  await expect(assertSchema(db)).rejects.toMatchObject({ code: 'Internal' })
  await migrate(db, quiet)
  expectMigrated(db.all<Order>('orders'), orders)
  await assertSchema(db)
})

it('a page that is done is not read again after a kill', async () => {
  const { db } = firstRelease(430)
  await expect(migrate(dying(db, 250), quiet)).rejects.toThrow()
  expect((await readSchema(db))?.progress).toMatchObject({
    to: schemaVersion,
    collection: 'orders',
    after: orderNoOf(199),
  })
  const writes = db.trips.writes
  await migrate(db, quiet)
  expect(db.trips.writes - writes).toBeLessThan(250)
})

it('documents that the old functions write during the migration are migrated after their code is replaced', async () => {
  const { db, orders } = firstRelease(300)
  const paying = orders.filter(({ payments, state }) => state === 'open' && payments.length > 0)
  // Applies a payment result as the old code does, which does not know the new fields.
  const settle = async ({ _id, payments: [payment] }: Order) => {
    const order = (await db.get<Order>('orders', _id)) as Order
    const paid = applyPaymentNews(order, payment?.no ?? '', { outcome: 'paid', theirNo: 'T' }, { now: startAt }).order
    const {
      payDueAt: _1,
      refundDueAt: _2,
      openUnder: _3,
      shipSince: _4,
      outbox: _5,
      outboxAt: _6,
      _id: _7,
      ...fields
    } = paid
    await db.change<Order>('orders', _id, order.version, fields)
  }
  const [ran] = await Promise.all([migrate(db, quiet), ...paying.slice(0, 40).map(settle)])
  for (const order of paying.slice(40)) await settle(order)
  await sweep(db, ran, quiet.say)
  const after = db.all<Order>('orders')
  expect(after.filter(({ state, payments }) => state === 'open' && payments.length > 0)).toHaveLength(0)
  for (const order of after) expect(order).toEqual({ ...order, ...derivedOf(order) })
})

it('a broken document stays as it is, and the rest is migrated', async () => {
  const { db } = firstRelease(20)
  const broken = { _id: orderNoOf(7), version: 3, state: 'open' }
  db.put<Document>('orders', broken)
  const lines: string[] = []
  await migrate(db, { say: (line) => lines.push(line) })
  expect(lines).toContain('orders: 1 broken documents stay as they are')
  expect(db.peek('orders', broken._id)).toEqual(broken)
  expect(db.all<Order>('orders').filter(({ openUnder }) => openUnder)).toHaveLength(19)
})

it('a shop that has sold nothing yet has the newest schema at once', async () => {
  const db = createMemoryDatabase()
  await Promise.all([assertSchema(db), assertSchema(db)])
  expect(await readSchema(db)).toMatchObject({ schema: schemaVersion })
})
