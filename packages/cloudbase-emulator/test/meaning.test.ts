// Property test over random documents, queries and pipelines: the database, which answers a part of each query with
// SQL, gives the same results as meaning.ts in memory.
import { join } from 'node:path'
import * as fc from 'fast-check'
import Sqlite from 'libsql'
import { createDatabase, type Database } from '../src/database/database'
import type { Document, Fields } from '../src/database/ejson'
import { queryOf, runPipeline } from '../src/database/meaning'
import { sortDocuments } from '../src/database/operators/order'
import { planQuery, planSort } from '../src/database/plan'
import { openStorage, type Storage } from '../src/database/storage'
import { newFolder, removeFolders } from './localCloud'

let storage: Storage
let database: Database
let name = ''
let count = 0

const folder = newFolder()
const indexes = [
  { name: 'pair', fields: ['a', '-b'] },
  { name: 'other', fields: ['b'] },
  { name: 'list', fields: ['list'], array: true },
]

beforeAll(() => {
  const collections = Array.from({ length: 60 }, (_, at) => [`c${at}`, { acl: 'ADMINONLY' as const, indexes }])
  storage = openStorage(folder, Object.fromEntries(collections))
  database = createDatabase(storage)
})
afterAll(() => {
  storage.close()
  removeFolders()
})

const plain = fc.oneof(
  fc.integer({ min: -3, max: 3 }),
  fc.constantFrom('', 'a', 'b', 'B', '，', '茶'),
  fc.constant(null),
)
// Values that SQLite and MongoDB would compare differently.
const odd = fc.oneof(
  fc.boolean(),
  fc.constantFrom(0.1, 1e300, -0, 2 ** 60, '🍵', 'a\0b', '\ud800'),
  fc.constantFrom({ x: 1 }, {}, [], [1], ['a', 2], new Date(5), new Date(0)),
)
const rarelyOdd = fc.oneof({ weight: 12, arbitrary: plain }, { weight: 1, arbitrary: odd })

const fieldsOf = (value: fc.Arbitrary<unknown>): fc.Arbitrary<Fields> =>
  fc.record(
    {
      a: value,
      b: value,
      c: value,
      n: fc.oneof(fc.integer(), value),
      list: fc.oneof(value, fc.array(value, { maxLength: 3 })),
    },
    { requiredKeys: [], noNullPrototype: true },
  ) as fc.Arbitrary<Fields>

const documentsOf = (value: fc.Arbitrary<unknown>): fc.Arbitrary<Document[]> =>
  fc.array(fieldsOf(value), { maxLength: 12 }).map((all) => all.map((one, at) => ({ _id: `d${at}`, ...one })))
const documents = fc.oneof(documentsOf(plain), documentsOf(rarelyOdd))

const fieldName = fc.constantFrom('a', 'b', 'c', 'list')
const condition: fc.Arbitrary<unknown> = fc.oneof(
  rarelyOdd,
  fc
    .array(fc.tuple(fc.constantFrom('$eq', '$ne', '$gt', '$gte', '$lt', '$lte'), rarelyOdd), {
      minLength: 1,
      maxLength: 2,
    })
    .map((parts) => Object.fromEntries(parts)),
  fc.array(rarelyOdd, { maxLength: 3 }).map((list) => ({ $in: list })),
  fc.boolean().map(($exists) => ({ $exists })),
)
const simple = fc.array(fc.tuple(fieldName, condition), { maxLength: 3 }).map((parts) => Object.fromEntries(parts))
const byId = fc.constantFrom('d0', 'd3', 'none').chain((_id) => simple.map((rest) => ({ ...rest, _id })))
const query: fc.Arbitrary<Fields> = fc.oneof(
  { weight: 6, arbitrary: simple },
  { weight: 1, arbitrary: byId },
  fc.array(simple, { minLength: 1, maxLength: 3 }).map(($or) => ({ $or })),
  fc.tuple(simple, simple).map((both) => ({ $and: both })),
) as fc.Arbitrary<Fields>

const fill = (all: Document[]): void => {
  if (count++ % 12 === 0) name = `c${Math.floor(count / 12) % 60}`
  database.remove(name, {})
  if (all.length > 0) database.insert(name, ...all)
}

const found = (all: Document[], where: Fields): Document[] => {
  const query = queryOf(where)
  return all.filter((one) => query.test(one))
}

const ids = (all: Fields[]): unknown[] => all.map((one) => one._id)
// Storing a document turns −0 into 0, because the document becomes JSON, here and in the cloud.
const kept = (): Document[] => database.find(name)

test('finds and counts the same documents as a search in memory', () => {
  fc.assert(
    fc.property(documents, query, (all, where) => {
      fill(all)
      const expected = ids(found(kept(), where)).sort()
      expect(ids(database.find(name, { where })).sort()).toEqual(expected)
      expect(database.count(name, where)).toBe(expected.length)
    }),
    { numRuns: 200 },
  )
})

test('sorts and pages like a sort in memory', () => {
  const sortFields = fc.uniqueArray(fc.constantFrom('a', 'b', 'c'), { maxLength: 2 })
  const directions = fc.tuple(fc.constantFrom(1 as const, -1 as const), fc.constantFrom(1 as const, -1 as const))
  fc.assert(
    fc.property(
      documents,
      query,
      sortFields,
      directions,
      fc.nat(3),
      fc.nat(5),
      (all, where, by, [one, two], skip, limit) => {
        fill(all)
        const orderBy = { ...Object.fromEntries(by.map((field) => [field, one])), _id: two }
        const expected = ids(sortDocuments(found(kept(), where), orderBy))
        expect(ids(database.find(name, { where, orderBy }))).toEqual(expected)
        expect(ids(database.find(name, { where, orderBy, skip, limit }))).toEqual(expected.slice(skip, skip + limit))
      },
    ),
    { numRuns: 200 },
  )
})

test.each(['a\0b', '\ud800', '\u0001', 'a\\u0000'])('groups by the text %j like a group in memory', (c) => {
  const documents = [
    { _id: 'd0', c },
    { _id: 'd1', c },
    { _id: 'd2', c: 'a' },
  ]
  fill(documents)
  const stages = [{ $match: {} }, { $group: { _id: '$c', count: { $sum: 1 } } }, { $limit: 100 }]
  expect(database.aggregate(name, stages)).toEqual(runPipeline(documents, stages, () => []))
})

test('groups and sums like a group in memory', () => {
  const sum = fc.constantFrom<Fields[]>({ $sum: '$n' }, { $sum: 1 }, { $sum: '$a' }, { $max: '$n' })
  fc.assert(
    fc.property(documents, query, fc.constantFrom(null, '$a', '$c'), sum, sum, (all, where, _id, first, second) => {
      fill(all)
      const stages = [{ $match: where }, { $group: { _id, first, second } }, { $limit: 100 }]
      const byText = (groups: Fields[]): string[] => groups.map((group) => JSON.stringify(group)).sort()
      expect(byText(database.aggregate(name, stages))).toEqual(byText(runPipeline(kept(), stages, () => [])))
    }),
    { numRuns: 200 },
  )
})

test('changes and removes the documents that a search in memory finds, and updates the indexes', () => {
  fc.assert(
    fc.property(documents, query, fieldsOf(rarelyOdd), query, (all, where, change, later) => {
      fill(all)
      const hit = new Set(ids(found(kept(), where)))
      const expected = kept().map((one) => (hit.has(one._id) ? { ...one, ...change } : one))
      if (Object.keys(change).length > 0) database.modify(name, { where, change: { $set: change } })
      expect(ids(database.find(name, { where: later })).sort()).toEqual(ids(found(expected, later)).sort())
      const left = found(expected, { $nor: [later] })
      expect(database.remove(name, later)).toBe(expected.length - left.length)
      expect(ids(database.find(name)).sort()).toEqual(ids(left).sort())
    }),
    { numRuns: 200 },
  )
})

test('declared indexes serve equality, ranges and sorts', () => {
  const own = newFolder()
  const reading = openStorage(own, { orders: { acl: 'ADMINONLY', indexes } })
  const orders = reading.collectionOf('orders')
  reading.close()
  const file = new Sqlite(join(own, 'cloud.sqlite'))
  const usedBy = (where: Fields, orderBy: Record<string, 1 | -1> = {}): string => {
    const plan = planQuery(orders, where)
    const sql = `EXPLAIN QUERY PLAN SELECT doc FROM ${orders.table} ${plan.where} ${planSort(orders, orderBy)}`
    const steps = file.prepare(sql).all(plan.parameters) as { detail: string }[]
    return steps.map((step) => step.detail).join('; ')
  }
  expect(usedBy({ a: 'x' }, { b: -1 })).toBe('SEARCH c:orders USING INDEX i:orders:pair (f:a=?)')
  expect(usedBy({ b: { $lte: 5 } }, { b: 1 })).toMatch(/^SEARCH c:orders USING INDEX i:orders:other \(f:b[^;]+$/)
  expect(usedBy({ b: null })).toContain('i:orders:other')
  expect(usedBy({ list: 'k' })).toContain('SEARCH a:orders:list USING PRIMARY KEY (value=?)')
  expect(usedBy({ _id: { $gt: 'a' } }, { _id: 1 })).toMatch(/^SEARCH c:orders USING INDEX [^;]+$/)
  file.close()
})
