// Test cases of aggregation stages, queries and updates. The answers were written by hand; expressionCases.ts names the
// sources. Documents are stored in the order of the lists, with _id 0, 1, 2 …
import { refused } from './expressionCases'
import type { Fields } from './sdk'

type Call = (...operands: unknown[]) => unknown
/** The SDK's aggregate or db.command: each member is a function. */
export type Calls = Record<string, Call>
interface Pipeline {
  [stage: string]: (operand: unknown) => Pipeline
}

/** [stage, documents, pipeline, answer]. The answer contains `_id` only if the pipeline keeps it. */
export type StageCase = [
  stage: string,
  documents: Fields[],
  pipeline: (start: Pipeline, $: Calls, _: Calls) => Pipeline | undefined,
  answer: Fields[] | typeof refused,
]

const scores = [
  { name: 'a', club: 'x', score: 50 },
  { name: 'b', club: 'y', score: 10 },
  { name: 'c', club: 'x', score: 99.5 },
  { name: 'd', club: 'y', score: null },
  { name: 'e', club: 'x' },
]
const mixed = [{ v: 'b' }, { v: 2 }, {}, { v: true }, { v: null }, { v: [1] }, { v: { x: 1 } }, { v: 'a' }, { v: 1 }]

export const stageCases: StageCase[] = [
  ['addFields', [{ a: 1 }], (start, $) => start.addFields?.({ b: $.add?.(['$a', 1]) }), [{ _id: 0, a: 1, b: 2 }]],
  ['addFields', [{ a: { x: 1 } }], (start) => start.addFields?.({ 'a.y': 2 }), [{ _id: 0, a: { x: 1, y: 2 } }]],
  ['addFields', [{ a: 1 }], (start) => start.addFields?.({ a: 'new' }), [{ _id: 0, a: 'new' }]],
  ['addFields', [{ a: 1 }], (start) => start.addFields?.({ b: '$missing' }), [{ _id: 0, a: 1 }]],
  [
    'bucket',
    scores.slice(0, 3),
    (start, $) =>
      start.bucket?.({
        groupBy: '$score',
        boundaries: [0, 50, 100],
        output: { n: $.sum?.(1), names: $.push?.('$name') },
      }),
    [
      { _id: 0, n: 1, names: ['b'] },
      { _id: 50, n: 2, names: ['a', 'c'] },
    ],
  ],
  [
    'bucket',
    scores.slice(0, 2),
    (start) => start.bucket?.({ groupBy: '$score', boundaries: [0, 20, 40, 60] }),
    [
      { _id: 0, count: 1 },
      { _id: 40, count: 1 },
    ],
  ],
  [
    'bucket',
    [{ score: 100 }, { score: 1 }],
    (start) => start.bucket?.({ groupBy: '$score', boundaries: [0, 100], default: 'other' }),
    [
      { _id: 0, count: 1 },
      { _id: 'other', count: 1 },
    ],
  ],
  ['bucket', [{ score: 100 }], (start) => start.bucket?.({ groupBy: '$score', boundaries: [0, 100] }), refused],
  ['bucket', [{ score: 1 }], (start) => start.bucket?.({ groupBy: '$score', boundaries: [100, 0] }), refused],
  [
    'bucketAuto',
    [{ v: 1 }, { v: 2 }, { v: 3 }, { v: 4 }],
    (start) => start.bucketAuto?.({ groupBy: '$v', buckets: 2 }),
    [
      { _id: { min: 1, max: 3 }, count: 2 },
      { _id: { min: 3, max: 4 }, count: 2 },
    ],
  ],
  ['count', scores, (start, _$, _) => start.match?.({ club: 'x' }).count?.('n'), [{ n: 3 }]],
  ['count', scores, (start) => start.match?.({ club: 'none' }).count?.('n'), []],
  ['count', scores, (start) => start.count?.(''), refused],
  [
    'group',
    scores,
    (start, $) => start.group?.({ _id: '$club', all: $.push?.('$score') }).sort?.({ _id: 1 }),
    [
      { _id: 'x', all: [50, 99.5] },
      { _id: 'y', all: [10, null] },
    ],
  ],
  ['group', scores, (start, $) => start.group?.({ _id: null, n: $.sum?.(1) }), [{ _id: null, n: 5 }]],
  ['group', scores, (start, $) => start.group?.({ _id: null, sum: $.sum?.('$score') }), [{ _id: null, sum: 159.5 }]],
  ['group', scores, (start, $) => start.group?.({ _id: null, sum: $.sum?.('$name') }), [{ _id: null, sum: 0 }]],
  [
    'group',
    scores.slice(0, 2),
    (start, $) => start.group?.({ _id: null, avg: $.avg?.('$score'), none: $.avg?.('$name') }),
    [{ _id: null, avg: 30, none: null }],
  ],
  [
    'group',
    scores,
    (start, $) => start.group?.({ _id: null, most: $.max?.('$score'), least: $.min?.('$score') }),
    [{ _id: null, most: 99.5, least: 10 }],
  ],
  ['group', [{}, {}], (start, $) => start.group?.({ _id: null, most: $.max?.('$v') }), [{ _id: null, most: null }]],
  ['first', scores, (start, $) => start.group?.({ _id: null, v: $.first?.('$name') }), [{ _id: null, v: 'a' }]],
  ['last', scores, (start, $) => start.group?.({ _id: null, v: $.last?.('$name') }), [{ _id: null, v: 'e' }]],
  [
    'last',
    scores,
    (start, $) => start.group?.({ _id: '$club', v: $.last?.('$score') }).sort?.({ _id: 1 }),
    [
      { _id: 'x', v: null },
      { _id: 'y', v: null },
    ],
  ],

  [
    'group',
    [{ name: 'a', score: 2 }, { score: 4 }, { score: 6 }, {}],
    (start, $) => start.group?.({ _id: null, pop: $.stdDevPop?.('$name'), samp: $.stdDevSamp?.('$score') }),
    [{ _id: null, pop: null, samp: 2 }],
  ],
  [
    'group',
    [{ v: 2 }, { v: 4 }],
    (start, $) => start.group?.({ _id: null, dev: $.stdDevPop?.('$v') }),
    [{ _id: null, dev: 1 }],
  ],
  [
    'group',
    [{ v: 2 }],
    (start, $) => start.group?.({ _id: null, dev: $.stdDevSamp?.('$v') }),
    [{ _id: null, dev: null }],
  ],
  [
    'group',
    [{ v: 'a' }, { v: 'a' }, {}, { v: 'b' }],
    (start, $) => start.group?.({ _id: null, all: $.addToSet?.('$v') }),
    [{ _id: null, all: ['a', 'b'] }],
  ],
  [
    'group',
    [{ o: { a: 1 } }, { o: { b: 2 } }, {}],
    (start, $) => start.group?.({ _id: null, o: $.mergeObjects?.('$o') }),
    [{ _id: null, o: { a: 1, b: 2 } }],
  ],
  [
    'group',
    [{ v: null }, {}, { v: 1 }],
    (start, $) => start.group?.({ _id: '$v', n: $.sum?.(1) }).sort?.({ n: 1 }),
    [
      { _id: 1, n: 1 },
      { _id: null, n: 2 },
    ],
  ],
  [
    'group',
    scores.slice(0, 2),
    (start, $) => start.group?.({ _id: { c: '$club' }, n: $.sum?.(2) }).sort?.({ _id: -1 }),
    [
      { _id: { c: 'y' }, n: 2 },
      { _id: { c: 'x' }, n: 2 },
    ],
  ],
  ['limit', [{}, {}, {}], (start) => start.limit?.(2), [{ _id: 0 }, { _id: 1 }]],
  ['limit', [{}], (start) => start.limit?.(0), refused],
  [
    'lookup',
    [{ club: 'x' }, { club: 'z' }, {}],
    (start) =>
      start.lookup?.({ from: 'things', localField: 'club', foreignField: 'club', as: 'same' }).project?.({
        n: { $size: '$same' },
      }),
    [
      { _id: 0, n: 1 },
      { _id: 1, n: 1 },
      { _id: 2, n: 1 },
    ],
  ],
  [
    'lookup',
    [{ keys: ['a', 'b'] }, { key: 'a' }],
    (start) =>
      start
        .match?.({ _id: 0 })
        .lookup?.({ from: 'things', localField: 'keys', foreignField: 'key', as: 'found' })
        .project?.({ found: '$found.key' }),
    [{ _id: 0, found: ['a'] }],
  ],
  [
    'lookup',
    [{ club: 'x' }, { club: 'x' }, { club: 'y' }],
    (start) =>
      start
        .match?.({ _id: 2 })
        .lookup?.({
          from: 'things',
          pipeline: [{ $match: { club: 'x' } }, { $group: { _id: null, n: { $sum: 1 } } }],
          as: 'others',
        })
        .project?.({ others: '$others.n' }),
    [{ _id: 2, others: [2] }],
  ],
  [
    'match',
    scores,
    (start, _$, _) => start.match?.({ score: _.gt?.(10) }).project?.({ name: 1 }),
    [
      { _id: 0, name: 'a' },
      { _id: 2, name: 'c' },
    ],
  ],
  [
    'match',
    scores,
    (start, $, _) => start.match?.(_.expr?.($.gt?.(['$score', 60])) as Fields).project?.({ name: 1 }),
    [{ _id: 2, name: 'c' }],
  ],
  ['project', [{ a: 1, b: 2 }], (start) => start.project?.({ a: 1 }), [{ _id: 0, a: 1 }]],
  ['project', [{ a: 1, b: 2 }], (start) => start.project?.({ a: 0 }), [{ _id: 0, b: 2 }]],
  ['project', [{ a: 1, b: 2 }], (start) => start.project?.({ _id: 0, a: true }), [{ a: 1 }]],
  ['project', [{ o: { x: 1, y: 2 } }], (start) => start.project?.({ 'o.x': 1 }), [{ _id: 0, o: { x: 1 } }]],
  ['project', [{ o: [{ x: 1 }, { x: 2, y: 3 }] }], (start) => start.project?.({ _id: 0, x: '$o.x' }), [{ x: [1, 2] }]],
  ['project', [{ a: 1, b: 2 }], (start) => start.project?.({ a: 1, b: 0 }), refused],
  ['project', [{ a: 1 }], (start) => start.project?.({ list: ['$a', '$missing'] }), [{ _id: 0, list: [1, null] }]],
  ['replaceRoot', [{ o: { x: 1 } }], (start) => start.replaceRoot?.({ newRoot: '$o' }), [{ x: 1 }]],
  ['replaceRoot', [{ o: 1 }], (start) => start.replaceRoot?.({ newRoot: '$o' }), refused],
  ['replaceRoot', [{}], (start) => start.replaceRoot?.({ newRoot: '$o' }), refused],
  ['sample', [{}, {}, {}], (start) => start.sample?.({ size: 3 }).count?.('n'), [{ n: 3 }]],
  ['sample', [{}, {}, {}], (start) => start.sample?.({ size: 2 }).count?.('n'), [{ n: 2 }]],
  ['skip', [{}, {}, {}], (start) => start.skip?.(2), [{ _id: 2 }]],
  ['skip', [{}], (start) => start.skip?.(5), []],
  [
    'sort',
    mixed,
    (start) => start.sort?.({ v: 1, _id: 1 }).project?.({ _id: 1 }),
    // A sort treats missing and null as equal; an array is sorted by its smallest element.
    [2, 4, 5, 8, 1, 7, 0, 6, 3].map((_id) => ({ _id })),
  ],
  [
    'sort',
    mixed,
    (start) => start.sort?.({ v: -1, _id: 1 }).project?.({ _id: 1 }),
    [3, 6, 0, 7, 1, 5, 8, 2, 4].map((_id) => ({ _id })),
  ],
  [
    'sort',
    scores,
    (start) => start.sort?.({ club: 1, score: -1 }).project?.({ _id: 1 }),
    [2, 0, 4, 1, 3].map((_id) => ({ _id })),
  ],
  [
    'sortByCount',
    [{ v: 'a' }, { v: 'b' }, { v: 'b' }],
    (start) => start.sortByCount?.('$v'),
    [
      { _id: 'b', count: 2 },
      { _id: 'a', count: 1 },
    ],
  ],
  [
    'unwind',
    [{ l: [1, 2] }, { l: [] }, { l: null }, {}, { l: 'x' }],
    (start) => start.unwind?.('$l'),
    [
      { _id: 0, l: 1 },
      { _id: 0, l: 2 },
      { _id: 4, l: 'x' },
    ],
  ],
  [
    'unwind',
    [{ l: [1, 2] }, { l: [] }, { l: null }, {}],
    (start) => start.unwind?.({ path: '$l', preserveNullAndEmptyArrays: true }),
    [{ _id: 0, l: 1 }, { _id: 0, l: 2 }, { _id: 1 }, { _id: 2, l: null }, { _id: 3 }],
  ],
  [
    'unwind',
    [{ l: ['a', 'b'] }],
    (start) => start.unwind?.({ path: '$l', includeArrayIndex: 'at' }),
    [
      { _id: 0, l: 'a', at: 0 },
      { _id: 0, l: 'b', at: 1 },
    ],
  ],
  ['unwind', [{ l: [1] }], (start) => start.unwind?.('l'), refused],
]

/** [operator, documents, condition, the _ids of the documents that are found] */
export type QueryCase = [
  operator: string,
  documents: Fields[],
  condition: (_: Calls) => unknown,
  found: number[] | typeof refused,
]

const kinds = [{ v: 1 }, { v: 'a' }, { v: null }, {}, { v: [1, 5] }, { v: { x: 1 } }, { v: true }, { v: [] }]
const places = [
  {
    places: [
      { area: 300, age: 1 },
      { area: 50, age: 15 },
    ],
  },
  {
    places: [
      { area: 150, age: 20 },
      { area: 20, age: 1 },
    ],
  },
  { places: [{ area: 5 }] },
  { places: [1, 2] },
]
const range = (command: unknown) => command as { lt(value: unknown): { gt(value: unknown): unknown }; and: Call }

export const queryCases: QueryCase[] = [
  ['eq', kinds, (_) => ({ v: _.eq?.(1) }), [0, 4]],
  ['eq', kinds, (_) => ({ v: _.eq?.(null) }), [2, 3]],
  ['eq', kinds, (_) => ({ v: _.eq?.([1, 5]) }), [4]],
  ['eq', kinds, (_) => ({ v: _.eq?.({ x: 1 }) }), [5]],
  ['neq', kinds, (_) => ({ v: _.neq?.(1) }), [1, 2, 3, 5, 6, 7]],
  ['neq', kinds, (_) => ({ v: _.neq?.(null) }), [0, 1, 4, 5, 6, 7]],
  ['gt', kinds, (_) => ({ v: _.gt?.(0) }), [0, 4]],
  ['gt', kinds, (_) => ({ v: _.gt?.('A') }), [1]],
  ['gt', kinds, (_) => ({ v: _.gt?.(false) }), [6]],
  ['gte', kinds, (_) => ({ v: _.gte?.(5) }), [4]],
  ['gte', kinds, (_) => ({ v: _.gte?.(null) }), [2, 3]],
  ['lt', kinds, (_) => ({ v: _.lt?.(2) }), [0, 4]],
  ['lt', kinds, (_) => ({ v: _.lt?.(null) }), []],
  ['lte', kinds, (_) => ({ v: _.lte?.('a') }), [1]],
  ['in', kinds, (_) => ({ v: _.in?.([1, 'a', null]) }), [0, 1, 2, 3, 4]],
  ['nin', kinds, (_) => ({ v: _.nin?.([1, null]) }), [1, 5, 6, 7]],
  ['exists', kinds, (_) => ({ v: _.exists?.(true) }), [0, 1, 2, 4, 5, 6, 7]],
  ['exists', kinds, (_) => ({ v: _.exists?.(false) }), [3]],
  ['mod', [{ v: 4 }, { v: 5 }, { v: -3 }, { v: 4.5 }, { v: 'x' }, {}], (_) => ({ v: _.mod?.(2, 0) }), [0, 3]],
  ['mod', [{ v: 4 }, { v: -3 }], (_) => ({ v: _.mod?.(2, -1) }), [1]],
  ['mod', [{ v: 4 }], (_) => ({ v: _.mod?.(0, 1) }), refused],
  ['all', [{ v: ['a', 'b', 'c'] }, { v: ['a'] }, { v: 'a' }], (_) => ({ v: _.all?.(['a', 'b']) }), [0]],
  ['all', [{ v: ['a', 'b'] }, { v: 'a' }], (_) => ({ v: _.all?.(['a']) }), [0, 1]],
  ['size', kinds, (_) => ({ v: _.size?.(2) }), [4]],
  ['size', kinds, (_) => ({ v: _.size?.(0) }), [7]],
  ['elemMatch', places, (_) => ({ places: _.elemMatch?.({ area: _.gt?.(100), age: _.lt?.(2) }) }), [0]],
  ['elemMatch', [{ v: [1, 2] }], (_) => ({ v: _.elemMatch?.({ value: _.gt?.(0) }) }), []],
  [
    'elemMatch',
    [{ v: [60, 80, 90] }, { v: [80, 100] }, { v: 90 }],
    (_) => ({ v: _.elemMatch?.({ $gt: 80, $lt: 100 }) }),
    [0],
  ],
  ['all', places, (_) => ({ places: _.all?.([{ $elemMatch: { area: 300 } }, { $elemMatch: { age: 15 } }]) }), [0]],
  ['field of an array', places, (_) => ({ 'places.area': _.gt?.(100), 'places.age': _.lt?.(2) }), [0, 1]],
  ['place in an array', places, () => ({ 'places.0.area': 150 }), [1]],
  ['and', kinds, (_) => ({ v: range(_.gt?.(0)).and(_.lt?.(2)) }), [0, 4]],
  ['or', kinds, (_) => _.or?.([{ v: 'a' }, { v: true }]), [1, 6]],
  ['nor', kinds, (_) => _.nor?.([{ v: 'a' }, { v: 1 }]), [2, 3, 5, 6, 7]],
  ['not', kinds, (_) => ({ v: _.not?.(_.gt?.(0)) }), [1, 2, 3, 5, 6, 7]],
  ['regex', [{ v: 'Tea' }, { v: 'tea' }, { v: 'x\ntea' }, { v: ['tea'] }, { v: 1 }], () => ({ v: /^tea/ }), [1, 3]],
  ['regex', [{ v: 'Tea' }, { v: 'x\ntea' }], () => ({ v: /^tea/im }), [0, 1]],
  [
    'expr',
    [
      { a: 1, b: 2 },
      { a: 3, b: 2 },
    ],
    (_) => _.expr?.({ $gt: ['$a', '$b'] }),
    [1],
  ],
  ['expr', [{ a: 'x', b: 2 }, {}], (_) => _.expr?.({ $gt: ['$a', '$b'] }), [0]],
]

/** [operator, document before the update, update, document after the update] */
export type UpdateCase = [
  operator: string,
  before: Fields,
  update: (_: Calls) => Fields,
  after: Fields | typeof refused,
]

export const updateCases: UpdateCase[] = [
  ['set', { a: 1 }, () => ({ b: 2 }), { a: 1, b: 2 }],
  ['set', { o: { x: 1 } }, () => ({ o: { y: 2 } }), { o: { x: 1, y: 2 } }],
  ['set', { o: { x: 1 } }, (_) => ({ o: _.set?.({ y: 2 }) }), { o: { y: 2 } }],
  ['set', { o: { x: 1 } }, () => ({ 'o.x': 5 }), { o: { x: 5 } }],
  ['set', {}, () => ({ 'o.p.q': 5 }), { o: { p: { q: 5 } } }],
  ['set', { l: [1, 2, 3] }, () => ({ 'l.1': 9 }), { l: [1, 9, 3] }],
  ['set', { l: [1] }, () => ({ 'l.3': 9 }), { l: [1, null, null, 9] }],
  ['set', { a: 1 }, () => ({ 'a.b': 9 }), refused],
  ['remove', { a: 1, b: 2 }, (_) => ({ a: _.remove?.() }), { b: 2 }],
  ['remove', { b: 2 }, (_) => ({ a: _.remove?.() }), { b: 2 }],
  ['remove', { o: { x: 1, y: 2 } }, (_) => ({ 'o.x': _.remove?.() }), { o: { y: 2 } }],
  ['inc', { n: 1 }, (_) => ({ n: _.inc?.(2) }), { n: 3 }],
  ['inc', {}, (_) => ({ n: _.inc?.(-2) }), { n: -2 }],
  ['inc', { n: 'x' }, (_) => ({ n: _.inc?.(1) }), refused],
  ['inc', { n: null }, (_) => ({ n: _.inc?.(1) }), refused],
  ['inc', { n: 1 }, (_) => ({ n: _.inc?.('1') }), refused],
  ['mul', { n: 3 }, (_) => ({ n: _.mul?.(2) }), { n: 6 }],
  ['mul', {}, (_) => ({ n: _.mul?.(2) }), { n: 0 }],
  ['mul', { n: 'x' }, (_) => ({ n: _.mul?.(2) }), refused],
  ['min', { n: 3 }, (_) => ({ n: _.min?.(2) }), { n: 2 }],
  ['min', { n: 3 }, (_) => ({ n: _.min?.(5) }), { n: 3 }],
  ['min', {}, (_) => ({ n: _.min?.(5) }), { n: 5 }],
  ['min', { n: 3 }, (_) => ({ n: _.min?.('a') }), { n: 3 }],
  ['max', { n: 3 }, (_) => ({ n: _.max?.(5) }), { n: 5 }],
  ['max', { n: 3 }, (_) => ({ n: _.max?.(2) }), { n: 3 }],
  ['max', {}, (_) => ({ n: _.max?.(2) }), { n: 2 }],
  ['max', { n: 3 }, (_) => ({ n: _.max?.('a') }), { n: 'a' }],
  ['rename', { a: 1, b: 2 }, (_) => ({ a: _.rename?.('c') }), { b: 2, c: 1 }],
  ['rename', { b: 2 }, (_) => ({ a: _.rename?.('c') }), { b: 2 }],
  ['rename', { a: 1, c: 2 }, (_) => ({ a: _.rename?.('c') }), { c: 1 }],
  ['push', { l: [1] }, (_) => ({ l: _.push?.(2, 3) }), { l: [1, 2, 3] }],
  ['push', {}, (_) => ({ l: _.push?.([2]) }), { l: [2] }],
  ['push', { l: 'x' }, (_) => ({ l: _.push?.([2]) }), refused],
  ['push', { l: [5] }, (_) => ({ l: _.push?.({ each: [1, 9], position: 0 }) }), { l: [1, 9, 5] }],
  ['push', { l: [5] }, (_) => ({ l: _.push?.({ each: [1, 9], sort: 1 }) }), { l: [1, 5, 9] }],
  ['push', { l: [5] }, (_) => ({ l: _.push?.({ each: [1, 9], sort: -1, slice: 2 }) }), { l: [9, 5] }],
  ['push', { l: [5] }, (_) => ({ l: _.push?.({ each: [1, 9], slice: -2 }) }), { l: [1, 9] }],
  [
    'push',
    { l: [{ n: 5 }] },
    (_) => ({ l: _.push?.({ each: [{ n: 1 }], sort: { n: 1 } }) }),
    { l: [{ n: 1 }, { n: 5 }] },
  ],
  ['pop', { l: [1, 2, 3] }, (_) => ({ l: _.pop?.() }), { l: [1, 2] }],
  ['pop', { l: [] }, (_) => ({ l: _.pop?.() }), { l: [] }],
  ['shift', { l: [1, 2, 3] }, (_) => ({ l: _.shift?.() }), { l: [2, 3] }],
  ['unshift', { l: [1] }, (_) => ({ l: _.unshift?.([7, 8]) }), { l: [7, 8, 1] }],
  ['pull', { l: [1, 2, 1] }, (_) => ({ l: _.pull?.(1) }), { l: [2] }],
  ['pull', { l: [1, 5, 9] }, (_) => ({ l: _.pull?.(_.gt?.(4)) }), { l: [1] }],
  ['pull', { l: [{ a: 1, b: 1 }, { a: 2 }] }, (_) => ({ l: _.pull?.({ a: 1 }) }), { l: [{ a: 2 }] }],
  ['pull', { l: [1, 2, 3] }, (_) => ({ l: _.pull?.(_.in?.([1, 3])) }), { l: [2] }],
  ['pull', { a: 1 }, (_) => ({ l: _.pull?.(1) }), { a: 1 }],
  ['pullAll', { l: [1, 2, 1, 3] }, (_) => ({ l: _.pullAll?.([1, 3]) }), { l: [2] }],
  ['addToSet', { l: ['a'] }, (_) => ({ l: _.addToSet?.('a') }), { l: ['a'] }],
  ['addToSet', { l: ['a'] }, (_) => ({ l: _.addToSet?.('b') }), { l: ['a', 'b'] }],
  ['addToSet', { l: ['a'] }, (_) => ({ l: _.addToSet?.({ $each: ['a', 'c'] }) }), { l: ['a', 'c'] }],
  ['addToSet', {}, (_) => ({ l: _.addToSet?.('a') }), { l: ['a'] }],
]
