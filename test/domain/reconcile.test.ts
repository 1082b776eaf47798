// Tests the comparison of a bill with our records. The test plants differences; the comparison must find each one once,
// and no others.
import * as fc from 'fast-check'
import {
  type BillLine,
  compareBill,
  countDifferences,
  type DifferenceKind,
  isGone,
  type OwnLine,
} from '../../cloudfunctions/shared/domain/reports/reconcile'

const from = Date.parse('2026-03-01T16:00:00Z')
const hour = 3_600_000
const until = from + 24 * hour

/**
 * The difference that the test puts into one line of the bill. With `before` or `after` the line is in the bill of the
 * previous or the next day.
 */
type Planted = DifferenceKind | 'repeated' | 'agrees' | 'unpaid' | 'waits' | 'before' | 'otherDay'

const paymentPlants: Planted[] = [
  'missingHere',
  'missingThere',
  'amount',
  'state',
  'duplicate',
  'repeated',
  'agrees',
  'unpaid',
]
const refundPlants: Planted[] = ['refundMissingHere', 'refundMissingThere', 'amount', 'state', 'duplicate', 'agrees']
const atCut: Planted[] = ['waits', 'before', 'otherDay']

interface Case {
  kind: 'payment' | 'refund'
  plant: Planted
  amountFen: number
  /** a time in the middle of the day, far from midnight */
  at: number
}

const cases: fc.Arbitrary<Case[]> = fc.array(
  fc
    .record({
      amountFen: fc.integer({ min: 1, max: 1e9 }),
      at: fc.integer({ min: from + 2 * hour, max: until - 2 * hour - 1 }),
    })
    .chain((rest) =>
      fc
        .oneof(
          fc.record({ kind: fc.constant('payment' as const), plant: fc.constantFrom(...paymentPlants, ...atCut) }),
          fc.record({ kind: fc.constant('refund' as const), plant: fc.constantFrom(...refundPlants, ...atCut) }),
        )
        .map((one) => ({ ...one, ...rest })),
    ),
  { maxLength: 60 },
)

function lay(all: readonly Case[]) {
  const bill: BillLine[] = []
  const own: OwnLine[] = []
  const before = new Set<string>()
  for (const [index, { kind, plant, amountFen, at: inDay }] of all.entries()) {
    const orderNo = `20260302${String(index).padStart(14, '0')}`
    const no = kind === 'payment' ? `${orderNo}01` : `${orderNo}r01`
    const moved = kind === 'payment' ? 'paid' : 'done'
    const at =
      plant === 'waits'
        ? until - hour
        : plant === 'before'
          ? from + hour
          : plant === 'otherDay'
            ? from - 30 * hour
            : inDay
    const line: BillLine = { kind, no, theirNo: `T${no}`, amountFen, feeFen: null, at }
    const mine: OwnLine = { kind, no, orderNo, theirNo: `T${no}`, amountFen, state: moved, at }
    const isBilled = !['missingThere', 'refundMissingThere', 'unpaid', 'waits', 'before'].includes(plant)
    const isOwn = plant !== 'missingHere' && plant !== 'refundMissingHere'
    if (isBilled) bill.push(plant === 'amount' ? { ...line, amountFen: amountFen + 1 } : line)
    if (plant === 'duplicate') bill.push({ ...line, theirNo: `${line.theirNo}b` })
    if (plant === 'repeated') bill.push(line)
    if (plant === 'before') before.add(`${kind} ${no}`)
    const waiting = { state: 'pending' as const, at: null }
    if (isOwn) own.push(plant === 'state' || plant === 'unpaid' ? { ...mine, ...waiting } : mine)
  }
  return { bill, own, before }
}

it('each planted difference is found once, and no other difference', () => {
  fc.assert(
    fc.property(cases, fc.func(fc.integer()), (all, shuffle) => {
      const { bill, own, before } = lay(all)
      const mixed = own.toSorted((a, b) => shuffle(a.no) - shuffle(b.no))
      const result = compareBill(bill, mixed, { from, until, before })
      const expected = all.flatMap(({ kind, plant }, index) => {
        const no = `20260302${String(index).padStart(14, '0')}${kind === 'payment' ? '01' : 'r01'}`
        const missing = kind === 'payment' ? 'missingThere' : 'refundMissingThere'
        if (['agrees', 'unpaid', 'before', 'otherDay'].includes(plant)) return []
        if (plant === 'repeated') return [`duplicate ${no} of one trade`]
        return [plant === 'waits' ? `${missing} ${no} waits` : `${plant} ${no}`]
      })
      const found = result.differences.map(
        ({ kind, no, waits, isSameTrade }) =>
          `${kind} ${no}${waits ? ' waits' : ''}${isSameTrade ? ' of one trade' : ''}`,
      )
      expect(found.toSorted()).toEqual(expected.toSorted())
      const agreeing = all.filter(({ plant }) => ['agrees', 'otherDay', 'duplicate', 'repeated'].includes(plant))
      expect(result.matched).toBe(agreeing.length)
      expect(result.billed.payments + result.billed.refunds).toBe(bill.length)
      const sum = Object.values(countDifferences(result.differences)).reduce((total, count) => total + count, 0)
      expect(sum).toBe(expected.filter((one) => !one.endsWith('waits')).length)
    }),
    { numRuns: 300 },
  )
})

it('a payment and a refund are never matched with each other', () => {
  const no = '2026030200000000000000r01'
  const bill: BillLine[] = [{ kind: 'payment', no, theirNo: 'T', amountFen: 5, feeFen: 1, at: from }]
  const own: OwnLine[] = [
    { kind: 'refund', no, orderNo: no.slice(0, 22), theirNo: 'T', amountFen: 5, state: 'done', at: from + 5 * hour },
  ]
  const { differences, billed } = compareBill(bill, own, { from, until, before: new Set() })
  expect(differences.map(({ kind }) => kind)).toEqual(['missingHere', 'refundMissingThere'])
  expect(billed).toMatchObject({ payments: 1, paymentsFen: 5, feesFen: 1 })
})

it('a difference ends when our record agrees with the bill, and not before', () => {
  const { bill, own, before } = lay([{ kind: 'payment', plant: 'state', amountFen: 700, at: from + 5 * hour }])
  const [difference] = compareBill(bill, own, { from, until, before }).differences
  const [mine] = own
  if (!difference || !mine) throw new Error('nothing was planted')
  expect(isGone(difference, mine)).toBe(false)
  expect(isGone(difference, undefined)).toBe(false)
  expect(isGone(difference, { ...mine, state: 'paid', amountFen: 699 })).toBe(false)
  expect(isGone(difference, { ...mine, state: 'paid' })).toBe(true)
  expect(isGone({ ...difference, kind: 'missingThere' }, { ...mine, state: 'paid' })).toBe(false)
  expect(isGone({ ...difference, kind: 'duplicate' }, { ...mine, state: 'paid' })).toBe(false)
})
