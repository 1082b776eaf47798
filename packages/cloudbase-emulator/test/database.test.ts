// Tests that the unchanged wx-server-sdk gets the same results from the emulator as from CloudBase.
import { type LocalCloud, removeFolders, startLocalCloud } from './localCloud'
import { type Collection, cloud, type Db, type Fields, openDatabase, type SdkError } from './sdk'

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

const failure = (promise: Promise<unknown>): Promise<SdkError> =>
  promise.then(
    () => Promise.reject(new Error('it should have failed')),
    (error: SdkError) => error,
  )

const ids = (data: Fields[]): unknown[] => data.map((one) => one._id)

describe('queries', () => {
  const birthday = new Date('2024-02-29T00:00:00.000Z')
  beforeAll(async () => {
    local.emulator.database.remove('things', {})
    await things.add({
      data: [
        {
          _id: 'a',
          owner: 'x',
          rank: 1,
          keys: ['k1', 'k2'],
          dueAt: 10,
          size: { w: 1, h: 2 },
          tags: [{ n: 1 }, { n: 5 }],
        },
        {
          _id: 'b',
          owner: 'y',
          rank: 2,
          keys: ['k2'],
          dueAt: 20,
          size: { w: 3, h: 2 },
          title: 'Green tea',
          born: birthday,
        },
        {
          _id: 'c',
          owner: 'x',
          rank: 3,
          keys: [],
          dueAt: null,
          size: { w: 5, h: 4 },
          title: 'black TEA',
          tags: [{ n: 3 }],
        },
        { _id: 'd', owner: 'x', rank: 10, keys: 'k1', dueAt: 20, flag: true, marks: [5, 15] },
      ],
    })
  })

  const cases: [name: string, condition: () => unknown, expected: string[]][] = [
    ['everything', () => ({}), ['a', 'b', 'c', 'd']],
    ['an equal text', () => ({ owner: 'x' }), ['a', 'c', 'd']],
    ['an equal number', () => ({ rank: 2 }), ['b']],
    ['a number is not its text', () => ({ rank: '2' }), []],
    ['an equal _id', () => ({ _id: 'b' }), ['b']],
    ['an _id and another field', () => ({ _id: 'b', rank: 3 }), []],
    ['true', () => ({ flag: true }), ['d']],
    ['null, which a missing field is too', () => ({ dueAt: null }), ['c']],
    ['null of a field that most lack', () => ({ flag: null }), ['a', 'b', 'c']],
    ['eq', () => ({ rank: db.command.eq?.(3) }), ['c']],
    ['neq', () => ({ owner: db.command.neq?.('x') }), ['b']],
    ['neq of a field that is missing', () => ({ flag: db.command.neq?.(true) }), ['a', 'b', 'c']],
    ['lt', () => ({ rank: db.command.lt?.(3) }), ['a', 'b']],
    ['lte', () => ({ rank: db.command.lte?.(3) }), ['a', 'b', 'c']],
    ['gt', () => ({ rank: db.command.gt?.(2) }), ['c', 'd']],
    ['gte', () => ({ rank: db.command.gte?.(2) }), ['b', 'c', 'd']],
    ['lte does not find null', () => ({ dueAt: db.command.lte?.(15) }), ['a']],
    ['gt compares within one type', () => ({ owner: db.command.gt?.(0) }), []],
    ['lt of texts', () => ({ owner: db.command.lt?.('y') }), ['a', 'c', 'd']],
    ['a range', () => ({ rank: db.command.gt?.(1).and?.(db.command.lt?.(10)) }), ['b', 'c']],
    ['a range of _id', () => ({ _id: db.command.lt?.('c') }), ['a', 'b']],
    ['in', () => ({ rank: db.command.in?.([1, 10, 11]) }), ['a', 'd']],
    ['in nothing', () => ({ rank: db.command.in?.([]) }), []],
    ['nin', () => ({ rank: db.command.nin?.([1, 2]) }), ['c', 'd']],
    ['an element of an indexed array', () => ({ keys: 'k1' }), ['a', 'd']],
    ['one of several elements', () => ({ keys: db.command.in?.(['k1', 'k2']) }), ['a', 'b', 'd']],
    ['all elements', () => ({ keys: db.command.all?.(['k1', 'k2']) }), ['a']],
    ['an element of an array without index', () => ({ marks: 15 }), ['d']],
    ['size', () => ({ keys: db.command.size?.(0) }), ['c']],
    ['elemMatch', () => ({ tags: db.command.elemMatch?.({ n: db.command.gt?.(3) }) }), ['a']],
    ['exists', () => ({ title: db.command.exists?.(true) }), ['b', 'c']],
    ['does not exist', () => ({ title: db.command.exists?.(false) }), ['a', 'd']],
    ['mod', () => ({ rank: db.command.mod?.(2, 0) }), ['b', 'd']],
    ['a field of an object', () => ({ 'size.w': 3 }), ['b']],
    ['an object means its fields', () => ({ size: { w: 1 } }), ['a']],
    ['a field of objects in an array', () => ({ 'tags.n': 3 }), ['c']],
    ['or of fields', () => db.command.or?.([{ rank: 1 }, { owner: 'y' }]), ['a', 'b']],
    ['or of values', () => ({ rank: db.command.eq?.(1).or?.(db.command.eq?.(2)) }), ['a', 'b']],
    ['and of an or', () => db.command.and?.([{ owner: 'x' }, db.command.or?.({ rank: 1 }, { rank: 3 })]), ['a', 'c']],
    ['nor', () => db.command.nor?.([{ rank: 1 }, { owner: 'y' }]), ['c', 'd']],
    ['not', () => ({ rank: db.command.not?.(db.command.gt?.(2)) }), ['a', 'b']],
    ['a regular expression', () => ({ title: /tea/ }), ['b']],
    ['db.RegExp with options', () => ({ title: db.RegExp({ regexp: 'tea$', options: 'i' }) }), ['b', 'c']],
    ['a date', () => ({ born: birthday }), ['b']],
    ['before a date', () => ({ born: db.command.lt?.(new Date('2025-01-01')) }), ['b']],
  ]
  test.each(cases)('%s', async (_, condition, expected) => {
    const { data } = await things.where(condition()).get()
    expect(ids(data).sort()).toEqual(expected)
    await expect(things.where(condition()).count()).resolves.toMatchObject({ total: expected.length })
  })

  test('a document is read as it was written', async () => {
    const { data } = await things.doc('b').get()
    expect(data).toEqual({
      _id: 'b',
      owner: 'y',
      rank: 2,
      keys: ['k2'],
      dueAt: 20,
      size: { w: 3, h: 2 },
      title: 'Green tea',
      born: birthday,
    })
  })

  test('sorts by an indexed field', async () => {
    expect(ids((await things.orderBy('rank', 'desc').get()).data)).toEqual(['d', 'c', 'b', 'a'])
  })

  test('sorts numbers as numbers, null first', async () => {
    const { data } = await things.orderBy('dueAt', 'asc').orderBy('_id', 'desc').get()
    expect(ids(data)).toEqual(['c', 'a', 'd', 'b'])
  })

  test('sorts by a field without index', async () => {
    expect(ids((await things.orderBy('size.w', 'desc').limit(2).get()).data)).toEqual(['c', 'b'])
  })

  test('pages through an owner’s things, newest first', async () => {
    const page = things.where({ owner: 'x' }).orderBy('_id', 'desc').limit(2)
    expect(ids((await page.get()).data)).toEqual(['d', 'c'])
    expect(ids((await page.skip(2).get()).data)).toEqual(['a'])
  })

  test('pages with a condition that no index serves', async () => {
    const page = things
      .where({ owner: 'x', 'size.h': db.command.gte?.(2) })
      .orderBy('_id', 'asc')
      .limit(1)
    expect(ids((await page.get()).data)).toEqual(['a'])
    expect(ids((await page.skip(1).get()).data)).toEqual(['c'])
    expect(ids((await page.skip(2).get()).data)).toEqual([])
  })

  test('answers the wanted fields', async () => {
    const wanted = await things.where({ rank: 1 }).field({ owner: true, 'size.w': true }).get()
    expect(wanted.data).toEqual([{ _id: 'a', owner: 'x', size: { w: 1 } }])
    expect((await things.doc('d').field({ rank: true, _id: false }).get()).data).toEqual({ rank: 10 })
  })

  test('an unknown operator is an error, not an empty result', async () => {
    const error = await failure(things.where({ rank: { $near: 1 } }).get())
    expect(error.errCode).toBe(-502002)
  })
})

describe('updates', () => {
  beforeEach(async () => {
    local.emulator.database.remove('things', {})
    await things.add({
      data: { _id: 'a', version: 1, count: 5, list: [1, 2, 3], nested: { x: 1, y: 2 }, none: null, owner: 'x' },
    })
  })
  const read = async (): Promise<Fields | null> => (await things.doc('a').get()).data
  const update = (data: Fields): Promise<{ stats: { updated: number } }> => things.doc('a').update({ data })

  const cases: [name: string, change: () => Fields, expected: Fields][] = [
    ['a value', () => ({ count: 7 }), { count: 7 }],
    ['null', () => ({ count: null }), { count: null }],
    ['a nested object changes its fields only', () => ({ nested: { x: 9 } }), { nested: { x: 9, y: 2 } }],
    ['an empty object changes nothing', () => ({ count: 6, nested: {} }), { count: 6, nested: { x: 1, y: 2 } }],
    ['set replaces an object', () => ({ nested: db.command.set?.({ z: 1 }) }), { nested: { z: 1 } }],
    ['a dotted path', () => ({ 'nested.x': 8 }), { nested: { x: 8, y: 2 } }],
    ['a place in an array', () => ({ 'list.1': 9 }), { list: [1, 9, 3] }],
    ['an array as a whole', () => ({ list: [9] }), { list: [9] }],
    ['a new path', () => ({ fresh: { deep: { er: 1 } } }), { fresh: { deep: { er: 1 } } }],
    ['inc', () => ({ count: db.command.inc?.(-2) }), { count: 3 }],
    ['inc of a missing field', () => ({ tries: db.command.inc?.(1) }), { tries: 1 }],
    ['mul', () => ({ count: db.command.mul?.(3) }), { count: 15 }],
    ['min', () => ({ count: db.command.min?.(3) }), { count: 3 }],
    ['max', () => ({ count: db.command.max?.(30) }), { count: 30 }],
    ['push', () => ({ list: db.command.push?.(4, 5) }), { list: [1, 2, 3, 4, 5] }],
    ['push to a missing field', () => ({ more: db.command.push?.(['a']) }), { more: ['a'] }],
    [
      'push with place and limit',
      () => ({ list: db.command.push?.({ each: [9], position: 0, slice: 2 }) }),
      { list: [9, 1] },
    ],
    ['unshift', () => ({ list: db.command.unshift?.(0) }), { list: [0, 1, 2, 3] }],
    ['pop', () => ({ list: db.command.pop?.() }), { list: [1, 2] }],
    ['shift', () => ({ list: db.command.shift?.() }), { list: [2, 3] }],
    ['pull', () => ({ list: db.command.pull?.(2) }), { list: [1, 3] }],
    ['pullAll', () => ({ list: db.command.pullAll?.([1, 2]) }), { list: [3] }],
    ['addToSet', () => ({ list: db.command.addToSet?.(3) }), { list: [1, 2, 3] }],
    [
      'several at once',
      () => ({ count: db.command.inc?.(1), none: 'now', nested: { y: 3 } }),
      { count: 6, none: 'now', nested: { x: 1, y: 3 } },
    ],
  ]
  test.each(cases)('%s', async (_, change, expected) => {
    await update(change())
    expect(await read()).toMatchObject(expected)
    if ('nested' in expected) expect((await read())?.nested).toEqual(expected.nested)
  })

  test('remove deletes a field', async () => {
    await update({ nested: db.command.remove?.(), count: 1 })
    expect(Object.keys((await read()) ?? {})).toEqual(['_id', 'version', 'count', 'list', 'none', 'owner'])
  })

  test('rename', async () => {
    await update({ owner: db.command.rename?.('holder') })
    expect(await read()).toMatchObject({ holder: 'x' })
    expect(await read()).not.toHaveProperty('owner')
  })

  test('serverDate is the emulator’s time', async () => {
    await update({ at: db.serverDate({ offset: 1000 }) })
    const at = (await read())?.at as Date
    expect(Math.abs(at.getTime() - 1000 - local.emulator.clock.now())).toBeLessThan(2000)
  })

  // MongoDB refuses these operations, so the emulator must refuse them too. Otherwise code could rely on them and fail
  // in the cloud.
  test.each([
    ['a path through null', () => ({ none: { x: 1 } })],
    ['a path through a number', () => ({ 'count.x': 1 })],
    ['inc of a text', () => ({ owner: db.command.inc?.(1) })],
    ['inc of null', () => ({ none: db.command.inc?.(1) })],
    ['push to null', () => ({ none: db.command.push?.([1]) })],
  ])('%s is refused and changes nothing', async (_, change) => {
    const before = await read()
    expect((await failure(update(change()))).errCode).toBe(-502001)
    expect(await read()).toEqual(before)
  })

  test('of two compare-and-sets only the first one succeeds', async () => {
    const swap = (owner: string) => things.where({ _id: 'a', version: 1 }).update({ data: { owner, version: 2 } })
    const results = await Promise.all(['p', 'q', 'r', 's'].map(swap))
    expect(results.map((result) => result.stats.updated).sort()).toEqual([0, 0, 0, 1])
    expect(await read()).toMatchObject({ version: 2 })
  })

  test('an update that changes nothing reports 0 updated documents', async () => {
    await expect(update({ count: 5 })).resolves.toMatchObject({ stats: { updated: 0 } })
  })

  test('an update of a missing document reports 0 updated documents', async () => {
    await expect(things.doc('none').update({ data: { x: 1 } })).resolves.toMatchObject({ stats: { updated: 0 } })
    await expect(things.where({ owner: 'none' }).update({ data: { x: 1 } })).resolves.toMatchObject({
      stats: { updated: 0 },
    })
  })

  test('where changes all matching documents, or only the first one', async () => {
    await things.add({
      data: [
        { _id: 'b', owner: 'x' },
        { _id: 'c', owner: 'y' },
      ],
    })
    const all = await things.where({ owner: 'x' }).update({ data: { seen: 1 } })
    expect(all.stats.updated).toBe(2)
    const one = await things.where({ owner: 'x' }).update({ data: { seen: 2 }, multi: false })
    expect(one.stats.updated).toBe(1)
  })

  test('an update that fails for one document changes no document', async () => {
    await things.add({ data: [{ _id: 'b', owner: 'x', count: 'many' }] })
    await failure(things.where({ owner: 'x' }).update({ data: { count: db.command.inc?.(1) } }))
    expect(await read()).toMatchObject({ count: 5 })
  })

  test('set creates, then replaces', async () => {
    expect((await things.doc('n').set({ data: { x: { y: 1 } } })).stats).toEqual({ updated: 0, created: 1 })
    expect((await things.doc('n').set({ data: { z: 2 } })).stats).toEqual({ updated: 1, created: 0 })
    expect((await things.doc('n').get()).data).toEqual({ _id: 'n', z: 2 })
  })

  test('_id cannot be changed', async () => {
    await failure(things.where({ owner: 'x' }).update({ data: { _id: 'other' } }))
    expect(await read()).toMatchObject({ owner: 'x' })
  })

  test('an index stays correct when its field changes', async () => {
    await update({ keys: ['one', 'two'], rank: 3 })
    await update({ keys: ['two', 'three'], rank: 4 })
    expect((await things.where({ keys: 'one' }).get()).data).toEqual([])
    expect(ids((await things.where({ keys: 'three' }).get()).data)).toEqual(['a'])
    expect(ids((await things.where({ rank: 4 }).get()).data)).toEqual(['a'])
    await things.doc('a').remove()
    expect((await things.where({ keys: 'three' }).get()).data).toEqual([])
  })
})

describe('inserts and removals', () => {
  beforeEach(() => local.emulator.database.remove('things', {}))

  test('a document without an _id gets one', async () => {
    const { _id } = await things.add({ data: { x: 1 } })
    expect(_id).toMatch(/^[0-9a-f]{32}$/)
    expect((await things.doc(_id ?? '').get()).data).toEqual({ _id, x: 1 })
  })

  test('a second insert of the same _id is a conflict, and the first document stays', async () => {
    await things.add({ data: { _id: 'a', x: 1 } })
    const error = await failure(things.add({ data: { _id: 'a', x: 2 } }))
    expect(error.errCode).toBe(-501001)
    expect(error.message).toContain('duplicate key')
    expect((await things.doc('a').get()).data).toEqual({ _id: 'a', x: 1 })
  })

  test('of 20 simultaneous inserts of one _id, one succeeds', async () => {
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, x) => things.add({ data: { _id: 'a', x } })),
    )
    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1)
  })

  test('several documents are inserted together or not at all', async () => {
    await expect(things.add({ data: [{ _id: 'a' }, { _id: 'b' }] })).resolves.toMatchObject({ _ids: ['a', 'b'] })
    await failure(things.add({ data: [{ _id: 'c' }, { _id: 'b' }] }))
    expect((await things.doc('c').get()).data).toBeNull()
  })

  test('the number 1 and the text "1" are two different _ids', async () => {
    await things.add({ data: { _id: 5, x: 1 } })
    expect((await things.doc(5).get()).data).toEqual({ _id: 5, x: 1 })
    expect((await things.doc('5').get()).data).toBeNull()
  })

  test('a unique index refuses a second document with the same value, also when the field is missing', async () => {
    const singles = db.collection('singles')
    await singles.add({ data: { _id: 'a', code: 1 } })
    expect((await failure(singles.add({ data: { _id: 'b', code: 1 } }))).message).toContain('duplicate key')
    await singles.add({ data: { _id: 'c' } })
    expect((await failure(singles.add({ data: { _id: 'd' } }))).message).toContain('duplicate key')
    expect((await failure(singles.doc('c').update({ data: { code: 1 } }))).message).toContain('duplicate key')
  })

  test('a field whose name begins with $ is refused', async () => {
    expect((await failure(things.add({ data: { _id: 'a', $x: 1 } }))).errCode).toBe(-502002)
  })

  test('removes one by _id and several by condition', async () => {
    await things.add({ data: [1, 2, 3, 4].map((n) => ({ _id: `r${n}`, n })) })
    expect((await things.doc('r1').remove()).stats.removed).toBe(1)
    expect((await things.doc('r1').remove()).stats.removed).toBe(0)
    expect((await things.where({ n: db.command.gte?.(3) }).remove()).stats.removed).toBe(2)
    expect((await things.count()).total).toBe(1)
  })
})

describe('aggregates', () => {
  beforeAll(async () => {
    local.emulator.database.remove('things', {})
    await things.add({
      data: Array.from({ length: 30 }, (_, n) => ({
        _id: `t${n}`,
        n,
        kind: n % 3 === 0 ? 'x' : 'y',
        tags: [n % 2, 7],
      })),
    })
  })

  test('counts and sums by a field', async () => {
    const { list } = await things
      .aggregate()
      .group({ _id: '$kind', sum: { $sum: '$n' }, count: { $sum: 1 } })
      .end()
    expect(list).toEqual(
      expect.arrayContaining([
        { _id: 'x', sum: 135, count: 10 },
        { _id: 'y', sum: 300, count: 20 },
      ]),
    )
  })

  test('matches, groups, sorts, limits', async () => {
    const { list } = await things
      .aggregate()
      .match({ n: db.command.lt?.(10) })
      .group({ _id: '$kind', most: { $max: '$n' } })
      .sort({ most: -1 })
      .limit(1)
      .end()
    expect(list).toEqual([{ _id: 'x', most: 9 }])
  })

  test('sums everything', async () => {
    const { list } = await things
      .aggregate()
      .group({ _id: null, n: { $sum: '$n' } })
      .end()
    expect(list).toEqual([{ _id: null, n: 435 }])
  })

  test('a sum over no documents has no row', async () => {
    const { list } = await things
      .aggregate()
      .match({ kind: 'z' })
      .group({ _id: null, n: { $sum: '$n' } })
      .end()
    expect(list).toEqual([])
  })

  test('unwinds and counts', async () => {
    const { list } = await things.aggregate().unwind('$tags').match({ tags: 1 }).count('ones').end()
    expect(list).toEqual([{ ones: 15 }])
  })

  test('looks up another collection', async () => {
    await db.collection('plain').add({ data: { _id: 'x', title: 'the third' } })
    const { list } = await things
      .aggregate()
      .match({ n: 3 })
      .lookup({ from: 'plain', localField: 'kind', foreignField: '_id', as: 'about' })
      .project({ _id: 0, about: 1 })
      .end()
    expect(list).toEqual([{ about: [{ _id: 'x', title: 'the third' }] }])
  })

  test('a stage that writes is refused', async () => {
    const writing = local.emulator.database.aggregate
    expect(() => writing('things', [{ $out: 'elsewhere' }])).toThrow('$out')
    expect(() => writing('things', [{ $merge: { into: 'elsewhere' } }])).toThrow('$merge')
  })

  test('returns 20 rows by default, and more when asked', async () => {
    expect((await things.aggregate().sort({ n: 1 }).end()).list).toHaveLength(20)
    expect((await things.aggregate().sort({ n: 1 }).limit(25).end()).list).toHaveLength(25)
  })
})

describe('transactions', () => {
  beforeEach(async () => {
    local.emulator.database.remove('things', {})
    await things.add({
      data: [
        { _id: 'a', n: 10 },
        { _id: 'b', n: 0 },
      ],
    })
  })
  const n = async (id: string): Promise<unknown> => (await things.doc(id).get()).data?.n

  test('a commit writes both documents or none, and nobody reads them before', async () => {
    const transaction = await db.startTransaction()
    const own = transaction.collection('things')
    await own.doc('a').update({ data: { n: db.command.inc?.(-4) } })
    await own.doc('b').update({ data: { n: db.command.inc?.(4) } })
    expect((await own.doc('a').get()).data).toEqual({ _id: 'a', n: 6 })
    expect(await n('a')).toBe(10)
    await transaction.commit()
    expect([await n('a'), await n('b')]).toEqual([6, 4])
  })

  test('an abort writes nothing', async () => {
    const transaction = await db.startTransaction()
    await transaction.collection('things').doc('a').remove()
    await transaction.collection('things').add({ data: { _id: 'c' } })
    await transaction.rollback()
    expect(await n('a')).toBe(10)
    expect((await things.doc('c').get()).data).toBeNull()
    await expect(transaction.commit()).rejects.toBeDefined()
  })

  const addOne = (transaction: Awaited<ReturnType<Db['startTransaction']>>) =>
    transaction
      .collection('things')
      .doc('a')
      .update({ data: { n: db.command.inc?.(1) } })

  test('of two transactions that change one document, the second gets a conflict at its write', async () => {
    const [first, second] = [await db.startTransaction(), await db.startTransaction()]
    await addOne(first)
    await expect(addOne(second)).rejects.toThrow('TransactionConflict')
    await first.commit()
    await expect(second.commit()).rejects.toBeDefined()
    expect(await n('a')).toBe(11)
  })

  test('a document that has changed since it was read cannot be written', async () => {
    const transaction = await db.startTransaction()
    await transaction.collection('things').doc('a').get()
    await things.doc('a').update({ data: { n: 50 } })
    await expect(addOne(transaction)).rejects.toThrow('TransactionConflict')
    await expect(transaction.collection('things').doc('a').remove()).rejects.toBeDefined()
    expect(await n('a')).toBe(50)
  })

  test('a document can be written after the other transaction has ended', async () => {
    const [first, second] = [await db.startTransaction(), await db.startTransaction()]
    await addOne(first)
    await first.rollback()
    await addOne(second)
    await second.commit()
    expect(await n('a')).toBe(11)
  })

  test('a write outside of the transaction causes a conflict too', async () => {
    const transaction = await db.startTransaction()
    await transaction.collection('things').doc('a').get()
    await transaction
      .collection('things')
      .doc('b')
      .update({ data: { n: 1 } })
    await things.doc('a').update({ data: { n: 99 } })
    await expect(transaction.commit()).rejects.toMatchObject({ code: 'DATABASE_TRANSACTION_CONFLICT' })
    expect(await n('b')).toBe(0)
  })

  test('runTransaction runs the transaction again after a conflict', async () => {
    let runs = 0
    await db.runTransaction(async (transaction) => {
      const { data } = await transaction.collection('things').doc('a').get()
      await transaction
        .collection('things')
        .doc('a')
        .update({ data: { n: Number(data?.n) + 1 } })
      if (runs++ === 0) await things.doc('a').update({ data: { n: 20 } })
    })
    expect(runs).toBe(2)
    expect(await n('a')).toBe(21)
  })

  test('a transaction can insert, set and remove', async () => {
    await db.runTransaction(async (transaction) => {
      const own = transaction.collection('things')
      await own.add({ data: { _id: 'c', n: 1 } })
      await own.doc('c').update({ data: { n: 2 } })
      await own.doc('d').set({ data: { n: 3 } })
      await own.doc('b').remove()
    })
    expect([await n('b'), await n('c'), await n('d')]).toEqual([undefined, 2, 3])
  })

  test('a query inside of a transaction is refused, as in the cloud', async () => {
    const transaction = await db.startTransaction()
    await failure(transaction.collection('things').where({ n: 1 }).get())
    await transaction.rollback()
  })
})

test('names of collections that differ in upper and lower case are two collections', async () => {
  await db.createCollection('Mixed')
  await db.createCollection('mixed')
  await db.collection('Mixed').add({ data: { _id: 'one', of: 'Mixed' } })
  await db.collection('mixed').add({ data: { _id: 'one', of: 'mixed' } })
  expect((await db.collection('Mixed').get()).data).toEqual([{ _id: 'one', of: 'Mixed' }])
  expect((await db.collection('mixed').get()).data).toEqual([{ _id: 'one', of: 'mixed' }])
})

test('calls of cloud.openapi and cloud.cloudPay fail with an error that names the API if nothing plays WeChat', async () => {
  await expect(cloud.openapi.subscribeMessage.send({ touser: 'me' })).rejects.toThrow(
    'the emulator has no cloud.openapi.subscribeMessage.send',
  )
  await expect(cloud.cloudPay.unifiedOrder({ body: 'tea' })).rejects.toThrow(
    'the emulator has no cloud.cloudPay.unifiedOrder',
  )
})

describe('limits and refusals', () => {
  beforeAll(() => {
    local.emulator.database.remove('plain', {})
    local.emulator.database.insert('plain', ...Array.from({ length: 1100 }, (_, n) => ({ n })))
  })

  test('returns 100 documents by default, and 1,000 at most', async () => {
    const plain = db.collection('plain')
    expect((await plain.get()).data).toHaveLength(100)
    expect((await plain.limit(1500).get()).data).toHaveLength(1000)
    expect((await plain.skip(1090).get()).data).toHaveLength(10)
    expect((await plain.count()).total).toBe(1100)
  })

  test('a document has at most 16 MB', async () => {
    const error = await failure(things.add({ data: { _id: 'big', text: 'x'.repeat(16 * 1024 * 1024) } }))
    expect(error.errCode).toBe(-501007)
  })

  test('a missing document is an error, unless the setting says otherwise', async () => {
    expect((await things.doc('none').get()).data).toBeNull()
    const strict = cloud.database({ throwOnNotFound: true }).collection('things')
    expect((await failure(strict.doc('none').get())).message).toContain('does not exist')
  })

  test('a missing collection is an error', async () => {
    const nowhere = db.collection('nowhere')
    for (const ask of [nowhere.get(), nowhere.add({ data: { x: 1 } }), nowhere.doc('a').update({ data: { x: 1 } })])
      expect((await failure(ask)).errCode).toBe(-502005)
  })

  test('a collection can be created only once', async () => {
    await db.createCollection('fresh')
    await db.collection('fresh').add({ data: { _id: 'a' } })
    expect((await db.collection('fresh').count()).total).toBe(1)
    await failure(db.createCollection('fresh'))
  })

  const post = (body: string, headers: Record<string, string> = { authorization: 'any' }): Promise<Response> =>
    fetch(local.emulator.adminUrl, { method: 'POST', headers, body })

  test('the endpoint accepts only the secret of this start', async () => {
    const { origin, pathname } = new URL(local.emulator.adminUrl)
    const body = JSON.stringify({ action: 'database.calculateDocument', collectionName: 'things' })
    const at = async (path: string) =>
      (await fetch(origin + path, { method: 'POST', headers: { authorization: 'any' }, body })).status
    expect(await at(pathname)).toBe(200)
    const wrong = `${pathname.slice(0, -1)}${pathname.endsWith('A') ? 'B' : 'A'}`
    expect([await at('/admin'), await at('/admin/'), await at(wrong), await at(`${pathname}x`)]).toEqual([
      404, 404, 403, 403,
    ])
    const other = await startLocalCloud()
    expect(new URL(other.emulator.adminUrl).pathname).not.toBe(pathname)
    await other.emulator.close()
  })

  test('an unknown action is an error, never an empty success', async () => {
    const reply = await (await post(JSON.stringify({ action: 'database.updateEverything' }))).json()
    expect(reply).toMatchObject({ code: 'INVALID_ACTION' })
  })

  test.each([
    ['no JSON', '{'],
    ['no collection', '{"action":"database.getDocument"}'],
    ['a query that is no object', '{"action":"database.getDocument","collectionName":"things","query":"[1]"}'],
    [
      'a field that would reach prototypes',
      '{"action":"database.insertDocument","collectionName":"things","data":["{\\"__proto__\\":{}}"]}',
    ],
    ['an order that is none', '{"action":"database.getDocument","collectionName":"things","order":"{\\"a\\":5}"}'],
  ])('%s is an invalid parameter', async (_, body) => {
    await expect((await post(body)).json()).resolves.toMatchObject({ code: 'INVALID_PARAM' })
  })

  test('a web page cannot call the database', async () => {
    const { status } = await post('{"action":"database.getDocument","collectionName":"things"}', {})
    expect(status).toBe(403)
  })
})
