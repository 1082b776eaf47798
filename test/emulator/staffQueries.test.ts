// Tests that the indexes of database.json answer all queries of staff over a million orders: the database scans nothing
// and sorts only the few orders that share a number.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import Sqlite from 'libsql'
import type { Condition, Database, Find } from '../../cloudfunctions/shared/store/database'
import { readPage } from '../../cloudfunctions/shared/store/paging'
import { listOrdersAsStaff } from '../../cloudfunctions/shared/usecases/staff/ordersAsStaff'
import type { Fields } from '../../packages/cloudbase-emulator/src/database/ejson'
import { planQuery, planSort } from '../../packages/cloudbase-emulator/src/database/plan'
import { openStorage } from '../../packages/cloudbase-emulator/src/database/storage'
import { readDatabaseFile } from '../../packages/cloudbase-emulator/src/functions/declarations'
import { openShop } from '../support/shop'

const folder = mkdtempSync(join(tmpdir(), 'mini-cashier-'))
const storage = openStorage(folder, readDatabaseFile(resolve(__dirname, '../../cloudfunctions')))
const orders = storage.collectionOf('orders')
storage.close()
const file = new Sqlite(join(folder, 'cloud.sqlite'))
afterAll(() => {
  file.close()
  rmSync(folder, { recursive: true, force: true })
})

/** The queries about orders that the real use case sends. */
async function asked(input: Parameters<typeof listOrdersAsStaff>[1]): Promise<Find[]> {
  const shop = openShop()
  const finds: Find[] = []
  const db: Database = {
    ...shop.db,
    find: (name, find) => {
      finds.push(find)
      return shop.db.find(name, find)
    },
  }
  await listOrdersAsStaff({ ...shop.staff('owner'), db }, input)
  return finds
}

const inMongo = (condition: Condition): unknown =>
  typeof condition === 'object' && condition !== null
    ? Object.fromEntries(Object.entries(condition).map(([operator, operand]) => [`$${operator}`, operand]))
    : condition

function planOf({ where, orderBy, limit }: Find): string {
  const query = Object.fromEntries(Object.entries(where).map(([field, condition]) => [field, inMongo(condition)]))
  const plan = planQuery(orders, query as Fields)
  const sort = planSort(orders, Object.fromEntries(orderBy.map(([field, way]) => [field, way === 'asc' ? 1 : -1])))
  expect([plan.exact, sort]).toEqual([true, expect.any(String)])
  const sql = `EXPLAIN QUERY PLAN SELECT doc FROM ${orders.table} ${plan.where} ${sort} LIMIT ${limit}`
  return (file.prepare(sql).all(plan.parameters) as { detail: string }[]).map(({ detail }) => detail).join('; ')
}

const contractNo = '20260101000000abcdefgh'
const cursor = `${Date.parse('2026-02-28T00:00:00Z')}.${contractNo}`

test.each([
  ['days', 'created', {}],
  ['a state', 'state', { filter: { state: 'paid' } }],
  ['a provider', 'provider', { filter: { provider: 'midas' } }],
  ['an amount', 'amount', { filter: { amountFen: 100 } }],
  ['surplus', 'surplus', { filter: { needs: 'surplus' } }],
  ['refunds that wait', 'refundSince', { filter: { needs: 'refund' } }],
  ['shipping', 'shipSince', { filter: { needs: 'shipping' } }],
] as const)(
  'orders by %s: the first page and the next are one index search each, in order',
  async (_, index, input) => {
    const finds = [...(await asked(input)), ...(await asked({ ...input, cursor }))]
    expect(finds.length).toBeGreaterThanOrEqual(2)
    for (const find of finds)
      expect(planOf(find)).toMatch(new RegExp(`^SEARCH c:orders USING INDEX i:orders:${index} [^;]+$`))
  },
)

test.each([{ number: 'abcdefgh' }, { filter: { contractNo } }])(
  'orders by %j: only orders with that field are read',
  async (input) => {
    const plans = (await asked(input)).map(planOf)
    expect(plans).toHaveLength(1)
    expect(plans[0]).toContain('SEARCH a:orders:keys USING PRIMARY KEY (value=?)')
    expect(plans[0]).not.toContain('SCAN')
  },
)

test.each([
  [{ createdAt: { $gte: 1, $lt: 2 } }],
  [{ $and: [{ createdAt: { $gte: 1 } }, { createdAt: { $lt: 2 } }] }],
  [{ $or: [{ createdAt: { $gte: 1, $lt: 2 } }, { laterHours: '2026030112' }] }],
])('a time range is searched by both of its ends: %j', (where) => {
  // The order of the conditions matters, because SQLite searches an index by the first lower and the first upper bound
  // that it finds.
  expect(planQuery(orders, where).where).toMatch(/>= \? AND [^<]+ < \? AND [^<]+ < ''/)
})

test.each([
  ['asc', 5, { gt: 7, lt: 9 }],
  ['asc', 8, { gte: 8, lt: 9 }],
  ['desc', 5, { gte: 5, lt: 7 }],
] as const)('the next page by %s begins at the cursor, and not at %i again', async (direction, from, bounds) => {
  const { db } = openShop()
  const found: Find[] = []
  const watched: Database = {
    ...db,
    find: async (_, find) => {
      found.push(find)
      return []
    },
  }
  await readPage(watched, 'orders', {
    where: {},
    by: 'createdAt',
    direction,
    from,
    until: 9,
    cursor: '7.a',
    limit: 1,
  })
  expect(found.at(-1)?.where.createdAt).toEqual(bounds)
})
