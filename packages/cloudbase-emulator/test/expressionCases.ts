// biome-ignore-all lint/suspicious/noThenProperty: `then` is a field of $.cond and $.switch
// Cases of aggregation expressions. Each answer was written by hand from Tencent's pages of db.command.aggregate
// (docs.cloudbase.net/api-reference/server/node-sdk/database/aggregate/operators) and, where these leave a detail open,
// from MongoDB's manual, which Tencent names as the operators' origin. No answer was computed by mingo.
import type { Fields } from './sdk'

/** An operator of db.command.aggregate. */
type Operators = Record<string, (operand: unknown) => unknown>

/**
 * [operator, document, expression, answer]. The answer `undefined` means that the result lacks the field. The answer
 * `refused` means that the query fails.
 */
export type ExpressionCase = [
  operator: string,
  document: Fields,
  expression: ($: Operators) => unknown,
  answer: unknown,
]

export const refused = Symbol('refused')

const one = (name: string, operand: unknown) => ($: Operators) => $[name]?.(operand)

/** Makes cases from several lists of operands with their answers, for one operator and one document. */
const table = (name: string, document: Fields, rows: [operand: unknown, answer: unknown][]): ExpressionCase[] =>
  rows.map(([operand, answer]) => [name, document, one(name, operand), answer])

const date = new Date('2019-05-14T09:38:51.686Z')
const newYear = new Date('2016-01-01T00:00:00.000Z')
const lastMonday = new Date('2018-12-31T23:59:59.999Z')
const sunday = new Date('2023-01-01T00:00:00.000Z')

const numbers = { a: -5, b: 1.2, c: -1.2, n: null, s: 'x', ten: 10, three: 3, zero: 0, d: date }
const arithmetic: ExpressionCase[] = [
  ...table('abs', numbers, [
    ['$a', 5],
    ['$b', 1.2],
    ['$n', null],
    ['$missing', null],
    ['$s', refused],
  ]),
  ...table('add', numbers, [
    [['$ten', '$three'], 13],
    [['$ten', '$three', -1, 0.5], 12.5],
    [['$ten', '$n'], null],
    [['$ten', '$missing'], null],
    [['$d', 1_000], new Date('2019-05-14T09:38:52.686Z')],
    [['$ten', '$s'], refused],
  ]),
  ...table('ceil', numbers, [
    ['$b', 2],
    ['$c', -1],
    ['$a', -5],
    ['$n', null],
  ]),
  ...table('divide', numbers, [
    [['$ten', 4], 2.5],
    [['$a', '$ten'], -0.5],
    [['$ten', '$n'], null],
    [['$ten', '$zero'], refused],
  ]),
  ...table('exp', numbers, [
    ['$zero', 1],
    ['$n', null],
  ]),
  ...table('floor', numbers, [
    ['$b', 1],
    ['$c', -2],
    ['$missing', null],
  ]),
  ...table('ln', numbers, [
    [1, 0],
    ['$n', null],
    ['$zero', refused],
  ]),
  ...table('log', numbers, [
    [[8, 2], 3],
    [['$n', 2], null],
    [[8, 1], refused],
  ]),
  ...table('log10', numbers, [
    [1_000, 3],
    ['$missing', null],
    ['$a', refused],
  ]),
  ...table('mod', numbers, [
    [['$ten', '$three'], 1],
    [['$a', '$three'], -2],
    [[5.5, 2], 1.5],
    [['$n', 2], null],
    [['$ten', '$missing'], null],
    [['$ten', '$zero'], refused],
    [['$s', 2], refused],
  ]),
  ...table('multiply', numbers, [
    [['$ten', '$three'], 30],
    [[2, 3, 4], 24],
    [['$ten', '$n'], null],
    [['$ten', '$s'], refused],
  ]),
  ...table('pow', numbers, [
    [[2, 10], 1_024],
    [['$ten', -1], 0.1],
    [['$n', 2], null],
    [[0, -1], refused],
  ]),
  ...table('sqrt', numbers, [
    [9, 3],
    ['$n', null],
    ['$a', refused],
  ]),
  ...table('subtract', { ...numbers, later: new Date('2019-05-14T09:38:52.000Z') }, [
    [['$ten', '$three'], 7],
    [['$later', '$d'], 314],
    [['$d', 686], new Date('2019-05-14T09:38:51.000Z')],
    [['$ten', '$n'], null],
    [['$ten', '$s'], refused],
  ]),
  ...table('trunc', numbers, [
    ['$b', 1],
    ['$c', -1],
    ['$n', null],
  ]),
]

const lists = {
  a: [2, 5, 3],
  b: ['x', 'y'],
  e: [],
  n: null,
  o: [
    { k: 'w', v: 1 },
    { k: 'h', v: 2 },
  ],
  pairs: [
    ['w', 1],
    ['h', 2],
  ],
  two: 2,
  s: 'x',
}
const arrays: ExpressionCase[] = [
  ...table('arrayElemAt', lists, [
    [['$a', 0], 2],
    [['$a', 1], 5],
    [['$a', -1], 3],
    [['$a', -3], 2],
    [['$a', 3], undefined],
    [['$a', -4], undefined],
    [['$n', 0], null],
    [['$s', 0], refused],
  ]),
  ...table('arrayToObject', lists, [
    ['$o', { w: 1, h: 2 }],
    ['$pairs', { w: 1, h: 2 }],
    ['$n', null],
  ]),
  ...table('concatArrays', lists, [
    [
      ['$a', '$b'],
      [2, 5, 3, 'x', 'y'],
    ],
    [
      ['$a', '$e', ['z']],
      [2, 5, 3, 'z'],
    ],
    [['$a', '$n'], null],
    [['$a', '$missing'], null],
    [['$a', '$s'], refused],
  ]),
  ['filter', lists, ($) => $.filter?.({ input: '$a', as: 'one', cond: $.gt?.(['$$one', 2]) }), [5, 3]],
  ['filter', lists, ($) => $.filter?.({ input: '$a', cond: $.eq?.(['$$this', '$two']) }), [2]],
  ['filter', lists, ($) => $.filter?.({ input: '$e', as: 'one', cond: true }), []],
  ['filter', lists, ($) => $.filter?.({ input: '$n', as: 'one', cond: true }), null],
  ...table('in', lists, [
    [['$two', '$a'], true],
    [[4, '$a'], false],
    [['x', ['x', 'y']], true],
    [[2, '$s'], refused],
  ]),
  ...table('indexOfArray', lists, [
    [['$a', 5], 1],
    [['$a', 4], -1],
    [['$a', 2, 1], -1],
    [['$a', 5, 1], 1],
    [['$a', 5, 0, 1], -1],
    [['$a', 5, 0, 2], 1],
    [['$a', 3, 1, 20], 2],
    [['$a', 2, 3, 1], -1],
    [['$n', 2], null],
    [['$missing', 2], null],
    [['$s', 'x'], refused],
    [['$a', 2, -1], refused],
  ]),
  ...table('isArray', lists, [
    [['$a'], true],
    ['$a', true],
    [['$s'], false],
    [['$missing'], false],
  ]),
  ['map', lists, ($) => $.map?.({ input: '$a', as: 'one', in: $.multiply?.(['$$one', '$two']) }), [4, 10, 6]],
  ['map', lists, ($) => $.map?.({ input: '$a', in: $.add?.(['$$this', 1]) }), [3, 6, 4]],
  ['map', lists, ($) => $.map?.({ input: '$e', as: 'one', in: 1 }), []],
  ['map', lists, ($) => $.map?.({ input: '$missing', as: 'one', in: 1 }), null],
  ...table('range', lists, [
    [
      [0, 10, 3],
      [0, 3, 6, 9],
    ],
    [
      [0, 3],
      [0, 1, 2],
    ],
    [
      [3, 0, -1],
      [3, 2, 1],
    ],
    [[3, 0], []],
    [[0, 3, 0], refused],
  ]),
  ['reduce', lists, ($) => $.reduce?.({ input: '$a', initialValue: 0, in: $.add?.(['$$value', '$$this']) }), 10],
  ['reduce', lists, ($) => $.reduce?.({ input: '$b', initialValue: '', in: $.concat?.(['$$value', '$$this']) }), 'xy'],
  ['reduce', lists, ($) => $.reduce?.({ input: '$e', initialValue: 7, in: '$$this' }), 7],
  ['reduce', lists, ($) => $.reduce?.({ input: '$n', initialValue: 7, in: '$$this' }), null],
  ...table('reverseArray', lists, [
    ['$a', [3, 5, 2]],
    ['$e', []],
    ['$n', null],
    ['$s', refused],
  ]),
  ...table('size', lists, [
    ['$a', 3],
    ['$e', 0],
    ['$s', refused],
    ['$missing', refused],
  ]),
  ...table('slice', lists, [
    [
      ['$a', 2],
      [2, 5],
    ],
    [
      ['$a', -2],
      [5, 3],
    ],
    [['$a', 1, 1], [5]],
    [['$a', -2, 1], [5]],
    [['$a', 5, 1], []],
    [
      ['$a', 20],
      [2, 5, 3],
    ],
    [['$n', 1], null],
  ]),
  ...table('zip', lists, [
    [
      { inputs: ['$a', '$b'] },
      [
        [2, 'x'],
        [5, 'y'],
      ],
    ],
    [
      { inputs: ['$a', '$b'], useLongestLength: true },
      [
        [2, 'x'],
        [5, 'y'],
        [3, null],
      ],
    ],
    [
      { inputs: ['$a', '$b'], useLongestLength: true, defaults: [0, '-'] },
      [
        [2, 'x'],
        [5, 'y'],
        [3, '-'],
      ],
    ],
    [{ inputs: ['$a', '$n'] }, null],
  ]),
]

const values = { one: 1, zero: 0, empty: '', text: 'b', no: false, yes: true, n: null, list: [], object: {}, d: date }
const logic: ExpressionCase[] = [
  ...table('and', values, [
    [['$one', '$yes'], true],
    [['$one', '$zero'], false],
    [['$empty', '$list'], true],
    [['$n'], false],
    [['$missing'], false],
    [[], true],
  ]),
  ...table('or', values, [
    [['$zero', '$no', '$n'], false],
    [['$zero', '$empty'], true],
    [[], false],
  ]),
  ...table('not', values, [
    [['$yes'], false],
    [['$zero'], true],
    [['$n'], true],
    [['$empty'], false],
    [['$missing'], true],
  ]),
  ...table('cmp', values, [
    [['$one', 2], -1],
    [['$one', 1], 0],
    [['$one', 0], 1],
    [['$text', 5], 1],
    [['$n', 5], -1],
    [['$missing', null], -1],
    [['$yes', 'z'], 1],
    [['$object', 'z'], 1],
    [['$list', {}], 1],
    [['$d', true], 1],
    [['a', 'b'], -1],
  ]),
  ...table('eq', values, [
    [['$one', 1], true],
    [['$one', '1'], false],
    [['$n', null], true],
    [['$missing', null], false],
    [['$zero', false], false],
    [['$object', {}], true],
    [['$list', []], true],
  ]),
  ...table('neq', values, [
    [['$one', 1], false],
    [['$missing', null], true],
    [['$text', 'b'], false],
  ]),
  ...table('gt', values, [
    [['$one', 0], true],
    [['$text', 5], true],
    [['$n', 5], false],
    [['$missing', null], false],
    [['$one', null], true],
    [['$yes', 'b'], true],
    [['$d', new Date(0)], true],
  ]),
  ...table('gte', values, [
    [['$one', 1], true],
    [['$one', '$text'], false],
    [['$n', '$missing'], true],
  ]),
  ...table('lt', values, [
    [['$one', 2], true],
    [['$one', 'a'], true],
    [['$missing', 5], true],
    [['$yes', 1], false],
    [['$text', 'a'], false],
  ]),
  ...table('lte', values, [
    [['$one', 1], true],
    [['$missing', null], true],
    [['$text', 5], false],
  ]),
  ...table('cond', values, [
    [{ if: '$yes', then: 'a', else: 'b' }, 'a'],
    [{ if: '$zero', then: 'a', else: 'b' }, 'b'],
    [['$empty', 'a', 'b'], 'a'],
    [['$n', 'a', 'b'], 'b'],
    [{ if: '$yes', then: '$missing', else: 1 }, undefined],
  ]),
  ...table('ifNull', values, [
    [['$one', 'x'], 1],
    [['$n', 'x'], 'x'],
    [['$missing', 'x'], 'x'],
    [['$zero', 'x'], 0],
    [['$empty', 'x'], ''],
  ]),
  [
    'switch',
    values,
    ($) =>
      $.switch?.({
        branches: [
          { case: $.eq?.(['$one', 2]), then: 'two' },
          { case: $.eq?.(['$one', 1]), then: 'one' },
        ],
        default: 'other',
      }),
    'one',
  ],
  [
    'switch',
    values,
    ($) => $.switch?.({ branches: [{ case: $.eq?.(['$one', 2]), then: 'two' }], default: 'other' }),
    'other',
  ],
  ['switch', values, ($) => $.switch?.({ branches: [{ case: $.eq?.(['$one', 2]), then: 'two' }] }), refused],
]

const dates = { d: date, y: newYear, m: lastMonday, s: sunday, n: null, text: '2019-05-14' }
const times: ExpressionCase[] = [
  ...table('year', dates, [
    ['$d', 2019],
    ['$m', 2018],
    ['$n', null],
    ['$missing', null],
    ['$text', refused],
    [{ date: '$m', timezone: '+08:00' }, 2019],
    [{ date: '$m', timezone: 'Asia/Shanghai' }, 2019],
  ]),
  ...table('month', dates, [
    ['$d', 5],
    ['$m', 12],
    ['$n', null],
  ]),
  ...table('dayOfMonth', dates, [
    ['$d', 14],
    ['$m', 31],
    [{ date: '$m', timezone: '+0800' }, 1],
  ]),
  ...table('dayOfYear', dates, [
    ['$d', 134],
    ['$y', 1],
    ['$m', 365],
  ]),
  ...table('dayOfWeek', dates, [
    ['$d', 3],
    ['$s', 1],
    ['$y', 6],
    ['$n', null],
  ]),
  ...table('isoDayOfWeek', dates, [
    ['$d', 2],
    ['$s', 7],
    ['$m', 1],
  ]),
  ...table('week', dates, [
    ['$d', 19],
    ['$y', 0],
    ['$m', 52],
    ['$s', 1],
    ['$n', null],
  ]),
  ...table('isoWeek', dates, [
    ['$d', 20],
    ['$y', 53],
    ['$m', 1],
    ['$s', 52],
  ]),
  ...table('isoWeekYear', dates, [
    ['$d', 2019],
    ['$y', 2015],
    ['$m', 2019],
    ['$s', 2022],
    ['$n', null],
  ]),
  ...table('hour', dates, [
    ['$d', 9],
    [{ date: '$d', timezone: '+08:00' }, 17],
  ]),
  ...table('minute', dates, [['$d', 38]]),
  ...table('second', dates, [['$d', 51]]),
  ...table('millisecond', dates, [['$d', 686]]),
  ...table('dateFromParts', dates, [
    [{ year: 2017, month: 2, day: 8, hour: 12 }, new Date('2017-02-08T12:00:00.000Z')],
    [{ year: 2017 }, new Date('2017-01-01T00:00:00.000Z')],
    [{ year: 2017, month: 14 }, new Date('2018-02-01T00:00:00.000Z')],
    [{ year: 2017, month: 2, day: 8, timezone: '+08:00' }, new Date('2017-02-07T16:00:00.000Z')],
    [{ isoWeekYear: 2017, isoWeek: 6, isoDayOfWeek: 3 }, new Date('2017-02-08T00:00:00.000Z')],
    [{ year: '$n' }, null],
  ]),
  ...table('dateFromString', dates, [
    [{ dateString: '2019-05-14T09:38:51.686Z' }, date],
    [{ dateString: '$text' }, new Date('2019-05-14T00:00:00.000Z')],
    [{ dateString: '$text', timezone: 'Asia/Shanghai' }, new Date('2019-05-13T16:00:00.000Z')],
    [{ dateString: '$n' }, null],
    [{ dateString: 'soon' }, refused],
  ]),
  ...table('dateToString', dates, [
    [{ date: '$d', format: '%Y-%m-%d' }, '2019-05-14'],
    [{ date: '$d', format: '%H:%M:%S:%L' }, '09:38:51:686'],
    [{ date: '$d', format: '%j' }, '134'],
    [{ date: '$d', format: '%w' }, '3'],
    [{ date: '$s', format: '%w' }, '1'],
    [{ date: '$d', format: '%u' }, '2'],
    [{ date: '$s', format: '%u' }, '7'],
    [{ date: '$d', format: '%U' }, '19'],
    [{ date: '$y', format: '%U' }, '00'],
    [{ date: '$s', format: '%U' }, '01'],
    [{ date: '$d', format: '%V' }, '20'],
    [{ date: '$m', format: '%G-%V' }, '2019-01'],
    [{ date: '$d', format: '100%%' }, '100%'],
    [{ date: '$d', format: '%H:%M %z', timezone: '+08:00' }, '17:38 +0800'],
    [{ date: '$d', format: '%Y-%m-%d %H', timezone: 'America/New_York' }, '2019-05-14 05'],
    [{ date: '$d' }, '2019-05-14T09:38:51.686Z'],
    [{ date: '$n', format: '%Y' }, null],
    [{ date: '$missing', format: '%Y', onNull: 'none' }, 'none'],
  ]),
]

const objects = { a: { w: 1, h: 2 }, b: { h: 3, d: 4 }, n: null, s: 'x' }
const sets = { a: [1, 2, 2], b: [2, 1], c: [2, 3], e: [], n: null, t: [true, 1, 'x'], f: [0, false, null], s: 'x' }
const others: ExpressionCase[] = [
  ...table('literal', { a: 1 }, [
    ['$a', '$a'],
    [{ x: 1 }, { x: 1 }],
  ]),
  ['let', { a: 2, b: 3 }, ($) => $.let?.({ vars: { sum: $.add?.(['$a', '$b']) }, in: $.pow?.(['$$sum', 2]) }), 25],
  ...table('mergeObjects', objects, [
    [['$a', '$b'], { w: 1, h: 3, d: 4 }],
    [['$a', '$n'], { w: 1, h: 2 }],
    [['$n', '$missing'], {}],
    [['$a', '$s'], refused],
  ]),
  ...table('objectToArray', objects, [
    [
      '$a',
      [
        { k: 'w', v: 1 },
        { k: 'h', v: 2 },
      ],
    ],
    ['$n', null],
    ['$s', refused],
  ]),
  ...table('allElementsTrue', sets, [
    [['$t'], true],
    [['$f'], false],
    [['$e'], true],
    [['$n'], refused],
  ]),
  ...table('anyElementTrue', sets, [
    [['$t'], true],
    [['$f'], false],
    [['$e'], false],
  ]),
  ...table('setDifference', sets, [
    [['$a', '$c'], [1]],
    [['$c', '$a'], [3]],
    [['$a', '$n'], null],
  ]),
  ...table('setEquals', sets, [
    [['$a', '$b'], true],
    [['$a', '$c'], false],
    [['$e', '$e'], true],
  ]),
  ...table('setIntersection', sets, [
    [['$a', '$c'], [2]],
    [['$a', '$e'], []],
    [['$a', '$n'], null],
  ]),
  ...table('setIsSubset', sets, [
    [['$b', '$a'], true],
    [['$c', '$a'], false],
    [['$e', '$a'], true],
  ]),
  ...table('setUnion', sets, [
    [['$e', '$e'], []],
    [['$a', '$n'], null],
  ]),
]

const strings = { s: 'tea for two', cn: '茶茶x', up: 'TEA', n: null, seven: 7 }
const texts: ExpressionCase[] = [
  ...table('concat', strings, [
    [['$s', '!'], 'tea for two!'],
    [['$s', '$n'], null],
    [['$s', '$missing'], null],
    [['$s', '$seven'], refused],
  ]),
  ...table('indexOfBytes', strings, [
    [['$s', 'for'], 4],
    [['$cn', 'x'], 6],
    [['$s', 'z'], -1],
    [['$s', 't', 1], 8],
    [['$s', 'o', 6, 8], -1],
    [['$n', 'x'], null],
  ]),
  ...table('indexOfCP', strings, [
    [['$cn', 'x'], 2],
    [['$s', 'o', 6], 10],
    [['$s', 'two', 0, 8], -1],
    [['$missing', 'x'], null],
  ]),
  ...table('split', strings, [
    [
      ['$s', ' '],
      ['tea', 'for', 'two'],
    ],
    [['$s', ','], ['tea for two']],
    [['$n', ' '], null],
  ]),
  ...table('strLenBytes', strings, [
    ['$cn', 7],
    ['$s', 11],
    ['$n', refused],
  ]),
  ...table('strLenCP', strings, [
    ['$cn', 3],
    ['🍵', 1],
    ['$seven', refused],
  ]),
  ...table('strcasecmp', strings, [
    [['$up', 'tea'], 0],
    [['$up', 'teb'], -1],
    [['b', 'A'], 1],
    [['$n', ''], 0],
  ]),
  ...table('substr', strings, [
    [['$s', 4, 3], 'for'],
    [['$s', 8, -1], 'two'],
    [['$s', 20, 2], ''],
  ]),
  ...table('substrBytes', strings, [
    [['$cn', 3, 3], '茶'],
    [['$s', 0, 3], 'tea'],
    [['$n', 0, 3], ''],
    [['$cn', 1, 3], refused],
  ]),
  ...table('substrCP', strings, [
    [['$cn', 1, 2], '茶x'],
    [['$s', 0, 0], ''],
    [['$n', 0, 3], ''],
  ]),
  ...table('toLower', strings, [
    ['$up', 'tea'],
    ['$n', ''],
    ['$seven', '7'],
  ]),
  ...table('toUpper', strings, [
    ['$s', 'TEA FOR TWO'],
    ['$missing', ''],
  ]),
]

const samples = { list: [1, 2, 3, 6], odd: [1, 'x', null], e: [], a: 4, b: 8, n: null }
const folds: ExpressionCase[] = [
  ...table('sum', samples, [
    ['$list', 12],
    [['$list'], 12],
    [['$a', '$b'], 12],
    [['$a', '$list'], 4],
    ['$odd', 1],
    ['$n', 0],
  ]),
  ...table('avg', samples, [
    ['$list', 3],
    [['$list'], 3],
    [['$a', '$b'], 6],
    ['$e', null],
    ['$odd', 1],
  ]),
  ...table('max', samples, [
    ['$list', 6],
    [['$list'], 6],
    [['$a', '$b', '$n'], 8],
    ['$e', null],
  ]),
  ...table('min', samples, [
    ['$list', 1],
    [['$list'], 1],
    [['$a', '$n'], 4],
  ]),
  ...table('stdDevPop', samples, [
    [[2, 4], 1],
    ['$e', null],
    [['$list'], Math.sqrt(3.5)],
  ]),
  ...table('stdDevSamp', samples, [
    [[1, 2, 3], 1],
    [[4], null],
  ]),
]

export const expressionCases: ExpressionCase[] = [
  ...arithmetic,
  ...arrays,
  ...logic,
  ...times,
  ...others,
  ...texts,
  ...folds,
]
