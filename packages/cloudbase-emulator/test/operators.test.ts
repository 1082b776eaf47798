// Tests every operator that the unchanged wx-server-sdk can send: the emulator answers as Tencent's pages say.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { supported } from '../src/database/operators/supported'
import { expressionCases, refused } from './expressionCases'
import { type LocalCloud, removeFolders, startLocalCloud } from './localCloud'
import { type Collection, type Db, type Fields, openDatabase } from './sdk'
import { type Calls, queryCases, stageCases, updateCases } from './stageCases'

let local: LocalCloud
let db: Db
let things: Collection

beforeAll(async () => {
  local = await startLocalCloud()
  db = openDatabase()
  things = db.collection('things')
})
afterAll(async () => {
  await local.end()
  removeFolders()
})

const store = (...documents: Fields[]): void => {
  local.emulator.database.remove('things', {})
  local.emulator.database.insert('things', ...documents.map((document, at) => ({ _id: at, ...document })))
}

type Operators = Parameters<(typeof expressionCases)[number][2]>[0]

const numbered = <Case extends readonly unknown[]>(cases: readonly Case[]) =>
  cases.map((one, at) => [at, one[0], one] as const)

describe('expressions', () => {
  test.each(numbered(expressionCases))('%i %s', async (_at, _name, [, document, expression, answer]) => {
    store(document)
    const $ = db.command.aggregate as unknown as Operators
    const asked = things
      .aggregate()
      .project({ _id: 0, r: expression($) })
      .end()
    if (answer === refused) await expect(asked).rejects.toThrow()
    else await expect(asked.then(({ list }) => list)).resolves.toEqual([answer === undefined ? {} : { r: answer }])
  })
})

describe('stages', () => {
  test.each(numbered(stageCases))('%i %s', async (_at, _name, [, documents, pipeline, answer]) => {
    store(...documents)
    const start = things.aggregate() as never
    const $ = db.command.aggregate as unknown as Calls
    const asked = (pipeline(start, $, db.command as unknown as Calls) as never as ReturnType<Collection['aggregate']>)
      .end()
      .then(({ list }) => list)
    if (answer === refused) await expect(asked).rejects.toThrow()
    else await expect(asked).resolves.toEqual(answer)
  })
})

describe('conditions', () => {
  test.each(numbered(queryCases))('%i %s', async (_at, _name, [, documents, condition, found]) => {
    store(...documents)
    const asked = things
      .where(condition(db.command as unknown as Calls))
      .get()
      .then(({ data }) => data.map(({ _id }) => _id))
    if (found === refused) await expect(asked).rejects.toThrow()
    else await expect(asked).resolves.toEqual(found)
  })
})

describe('updates', () => {
  test.each(numbered(updateCases))('%i %s', async (_at, _name, [, before, update, after]) => {
    store(before)
    const asked = things.doc(0).update({ data: update(db.command as unknown as Calls) })
    if (after === refused) await expect(asked).rejects.toThrow()
    else {
      await asked
      expect(local.emulator.database.get('things', 0)).toEqual({ _id: 0, ...after })
    }
  })
})

describe('operators that the emulator does not have are refused with their name', () => {
  const pipelines: [name: string, stages: Fields[]][] = [
    ['$out', [{ $out: 'other' }]],
    ['$merge', [{ $merge: { into: 'other' } }]],
    ['$facet', [{ $facet: { all: [] } }]],
    ['$geoNear', [{ $geoNear: {} }]],
    ['$graphLookup', [{ $graphLookup: {} }]],
    ['$unionWith', [{ $unionWith: 'things' }]],
    ['$toDate', [{ $project: { r: { $toDate: '$a' } } }]],
    ['$function', [{ $addFields: { r: { $function: { body: '', args: [], lang: 'js' } } } }]],
    ['$rand', [{ $project: { r: { $add: [1, { $rand: {} }] } } }]],
    ['$meta', [{ $project: { r: { $meta: 'textScore' } } }]],
    ['$accumulator', [{ $group: { _id: null, r: { $accumulator: {} } } }]],
    ['$topN', [{ $group: { _id: null, r: { $topN: { n: 1 } } } }]],
    ['$dateTrunc', [{ $group: { _id: { $dateTrunc: { date: '$d' } } } }]],
    ['$near', [{ $match: { place: { $near: [1, 2] } } }]],
    ['$rand', [{ $match: { $expr: { $gt: [{ $rand: {} }, 0.5] } } }]],
    ['$unset', [{ $lookup: { from: 'things', pipeline: [{ $unset: 'a' }], as: 'r' } }]],
    ['$stdDevPop', [{ $bucket: { groupBy: { $stdDevPopulation: '$a' }, boundaries: [0, 1] } }]],
  ]
  test.each(pipelines)('%s in a pipeline', (name, stages) => {
    store({ a: 1 })
    expect(() => local.emulator.database.aggregate('things', stages)).toThrow(name)
  })

  const conditions: [name: string, condition: Fields][] = [
    ['$where', { $where: 'true' }],
    ['$type', { a: { $type: 'string' } }],
    ['$near', { a: { $near: [1, 2] } }],
    ['$geoWithin', { a: { $geoWithin: {} } }],
    ['$text', { $text: { $search: 'tea' } }],
    ['$jsonSchema', { $jsonSchema: {} }],
    ['$bitsAllSet', { a: { $not: { $bitsAllSet: 1 } } }],
    ['$comment', { $and: [{ a: 1 }, { $comment: 'x' }] }],
  ]
  test.each(conditions)('%s in a condition', (name, where) => {
    store({ a: 1 })
    expect(() => local.emulator.database.find('things', { where })).toThrow(name)
    expect(() => local.emulator.database.remove('things', where)).toThrow(name)
  })

  const updates: [name: string, change: Fields][] = [
    ['$bit', { $bit: { a: { and: 1 } } }],
    ['$currentDate', { $currentDate: { a: true } }],
    ['$setOnInsert', { $setOnInsert: { a: 1 } }],
    ['$sift', { $push: { l: { $each: [1], $sift: 1 } } }],
  ]
  test.each(updates)('%s in an update', (name, change) => {
    store({ a: 1 })
    expect(() => local.emulator.database.modify('things', { where: { _id: 0 }, change })).toThrow(name)
    expect(local.emulator.database.get('things', 0)).toEqual({ _id: 0, a: 1 })
  })
})

test('each supported operator has a case, and docs/emulator.md lists exactly these operators', () => {
  const tried = new Set([...expressionCases, ...stageCases, ...queryCases, ...updateCases].map(([name]) => name))
  const { conditions, updates, stages, accumulators, expressions } = supported
  const sdkNames = new Map([
    ['ne', 'neq'],
    ['unset', 'remove'],
  ])
  const names = [conditions, updates, stages, accumulators, expressions].flatMap((set) => [...set])
  const untried = names.map((name) => name.slice(1)).filter((name) => !tried.has(sdkNames.get(name) ?? name))
  // `options` is a part of `regex` and not an operator of its own.
  expect(untried.filter((name) => name !== 'options')).toEqual([])

  const page = readFileSync(join(__dirname, '../../../docs/emulator.md'), 'utf8')
  for (const [kind, set] of Object.entries(supported)) {
    const line = page.split('\n').find((text) => text.startsWith(`| ${kind} |`)) ?? ''
    expect([...line.matchAll(/`(\w+)`/g)].map(([, name]) => `$${name}`)).toEqual([...set])
  }
})
