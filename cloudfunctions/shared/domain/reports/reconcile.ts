// Compares a provider's bill of one day with our records, and lists each difference once. Pure functions.

import { hourMs } from '../../../../miniprogram/rules/beijing'
import { refundNoPattern } from '../../../../miniprogram/rules/numbers'
import type { PaymentState, RefundState } from '../../../../miniprogram/rules/terms'
import { orderNoOf } from '../orders/orderNo'
import type { RefundStage } from '../refund'

export const differenceKinds = [
  'missingHere',
  'missingThere',
  'amount',
  'state',
  'refundMissingHere',
  'refundMissingThere',
  'duplicate',
] as const
export type DifferenceKind = (typeof differenceKinds)[number]

/**
 * One line of the provider's bill. `no` is our number, if the bill contains it or we can find it by the provider's
 * number.
 */
export interface BillLine {
  kind: 'payment' | 'refund'
  no: string
  theirNo: string
  /**
   * for a refund: the number of the refunded payment, ours (paymentNo) and the provider's (ofTheirNo), if the bill has
   * them
   */
  paymentNo?: string
  ofTheirNo?: string
  amountFen: number
  feeFen: number | null
  at: number
  /**
   * the state of a refund at the time when the provider made the bill; absent: the refund was completed, or this is a
   * payment
   */
  stage?: RefundStage
  /** for a refund without our number: the refund's number in the bill */
  refundNo?: string | undefined
  /** for a line without a payment or refund in our record: the orderNo that the line's number contains */
  orderNo?: string | undefined
}

/** One payment or refund in our record, to be compared with the bill. */
export interface OwnLine {
  kind: 'payment' | 'refund'
  no: string
  orderNo: string
  theirNo: string | null
  /**
   * for a second charge: the paymentNo that the provider charged twice; the bill lists both charges under this number
   */
  secondOf?: string | undefined
  amountFen: number
  state: PaymentState | RefundState
  /**
   * the time by which a line belongs to the bill of a day: the time when the money moved or, in some bills, the time
   * when a refund was accepted; null: that has not happened yet
   */
  at: number | null
  /** for a refund whose day in the bills is unknown: the earliest time at which a bill may list the refund */
  earliestAt?: number
  /**
   * for an unfinished refund: whether the bill lists it already. Some providers list a refund as soon as they accept it
   */
  isAccepted?: boolean
  /**
   * for an unfinished refund: whether the timer will ask the provider about it again, so that our record soon agrees
   * with the bill
   */
  isAsked?: boolean
}

export interface Difference {
  kind: DifferenceKind
  no: string
  orderNo: string | null
  theirNo: string | null
  oursFen: number | null
  theirsFen: number | null
  ours: OwnLine['state'] | null
  theirAt: number | null
  /**
   * whether the time is so near midnight that the line may be in the next day's bill. We decide when we have that bill
   */
  waits: boolean
  /**
   * for a duplicate: whether both lines have the same provider number. Then the bill only repeats a line, and no money
   * moved twice
   */
  isSameTrade: boolean
  /** for a refund that our record does not have: the numbers in the bill's line, and whether the refund is completed */
  of?: { refundNo: string; paymentNo: string; theirNo: string; isDone: boolean } | undefined
}

export interface Compared {
  matched: number
  differences: Difference[]
  billed: { payments: number; paymentsFen: number; refunds: number; refundsFen: number; feesFen: number | null }
  recorded: { payments: number; paymentsFen: number; refunds: number; refundsFen: number }
}

// The provider's clock may differ from ours, and the provider may sort by settlement time. So a payment this close to
// midnight may be in the bill of either day.
const cutMs = 2 * hourMs

/**
 * Replaces the numbers in a bill by our numbers. Some bills name a refund only by its payment and the provider's
 * number. Payments and refunds that were made outside this system have no number of ours, so they keep the provider's
 * number.
 * @param rows the bill's lines, with `no` as the bill has it
 * @param own all our payments and refunds that the bill may contain
 */
export function underOurNumbers(rows: readonly BillLine[], own: readonly OwnLine[]): BillLine[] {
  const known = new Set(own.map(keyOf))
  const seconds = new Map(
    own.flatMap(({ secondOf, theirNo, no }) => (secondOf ? [[`${secondOf} ${theirNo}`, no]] : [])),
  )
  const refunds = new Map(own.flatMap((line) => (line.kind === 'refund' && line.theirNo ? [[line.theirNo, line]] : [])))
  return rows.map((row) => {
    const second = row.kind === 'payment' ? seconds.get(`${row.no} ${row.theirNo}`) : undefined
    if (second !== undefined) return { ...row, no: second }
    const isNamed = row.kind === 'payment' ? row.no !== '' : refundNoPattern.test(row.no)
    if (isNamed || known.has(keyOf(row))) return row
    const mine = row.kind === 'refund' ? refunds.get(row.theirNo) : undefined
    return {
      ...row,
      no: mine?.no ?? (row.theirNo || row.no || '-'),
      refundNo: row.no,
      orderNo: orderNoOf(row.paymentNo || row.no),
    }
  })
}

// Do not recognise a refundNo by its `r`: a paymentNo can also have an r as its third-last character. Only the lengths
// of the two numbers always differ.

const keyOf = ({ kind, no }: { kind: string; no: string }): string => `${kind} ${no}`
const hasMoved = ({ state }: OwnLine): boolean => state === 'paid' || state === 'done'
const isBilled = (line: OwnLine): boolean => hasMoved(line) || line.isAccepted === true

/**
 * Whether our record agrees with a line of the bill. The provider made the bill some time ago. So a refund may be done
 * in our record and still be under way in the bill.
 */
const agrees = ({ stage }: BillLine, mine: OwnLine): boolean =>
  stage === undefined
    ? hasMoved(mine) || mine.isAsked === true
    : isBilled(mine) && (stage === 'underWay' || mine.state !== 'done')

/**
 * Compares one day's bill with our record.
 * @param bill the lines of the bill, with our numbers
 * @param own our payments and refunds that the bill names, or whose money moved on this day
 * @param before the lines of the previous day's bill, as keys, because payments and refunds from just after midnight
 * may be in that bill
 */
export function compareBill(
  bill: readonly BillLine[],
  own: readonly OwnLine[],
  { from, until, before }: { from: number; until: number; before: ReadonlySet<string> },
): Compared {
  const ours = new Map(own.map((line) => [keyOf(line), line]))
  const seen = new Map<string, Set<string>>()
  const differences: Difference[] = []
  let matched = 0
  for (const line of bill) {
    const mine = ours.get(keyOf(line))
    const trades = seen.get(keyOf(line))
    const differs = (kind: DifferenceKind) => {
      differences.push({ ...differenceOf(kind, line, mine), isSameTrade: trades?.has(line.theirNo) ?? false })
    }
    if (trades) differs('duplicate')
    // A failed refund that is not in our record moved no money, so it is no difference.
    else if (!mine && line.stage === 'failed') continue
    else if (!mine) differs(line.kind === 'payment' ? 'missingHere' : 'refundMissingHere')
    else if (isTakenAgain(line, mine, from, until)) differs('duplicate')
    else if (mine.amountFen !== line.amountFen) differs('amount')
    else if (!agrees(line, mine)) differs('state')
    else matched += 1
    seen.set(keyOf(line), (trades ?? new Set()).add(line.theirNo))
  }
  const moved = own.filter((line) => isBilled(line) && line.at !== null && line.at >= from && line.at < until)
  for (const line of moved) {
    if (seen.has(keyOf(line)) || before.has(keyOf(line))) continue
    const kind = line.kind === 'payment' ? 'missingThere' : 'refundMissingThere'
    differences.push({
      ...differenceOf(kind, undefined, line),
      waits: (line.at ?? 0) >= until - cutMs || line.earliestAt !== undefined,
    })
  }
  return { matched, differences, billed: billedOf(bill), recorded: recordedOf(moved) }
}

// Whether the bill shows that the shopper was charged twice: our record has the payment on another day and under
// another provider number. If both charges were on the same day, the bill has two lines instead.
const isTakenAgain = (line: BillLine, mine: OwnLine, from: number, until: number): boolean =>
  line.kind === 'payment' &&
  mine.state === 'paid' &&
  mine.theirNo !== null &&
  line.theirNo !== '' &&
  mine.theirNo !== line.theirNo &&
  mine.at !== null &&
  (mine.at < from || mine.at >= until)

/** Whether a payment at this time is so soon after midnight that it may be in the previous day's bill. */
export const isAtBeginning = (at: number, from: number): boolean => at >= from && at < from + cutMs

export const lineKey = keyOf

const differenceOf = (kind: DifferenceKind, line: BillLine | undefined, mine: OwnLine | undefined): Difference => ({
  kind,
  no: line?.no ?? mine?.no ?? '',
  orderNo: mine?.orderNo ?? line?.orderNo ?? orderNoOf(line?.paymentNo || line?.no || '') ?? null,
  theirNo: line?.theirNo || (mine?.theirNo ?? null),
  oursFen: mine?.amountFen ?? null,
  theirsFen: line?.amountFen ?? null,
  ours: mine?.state ?? null,
  theirAt: line?.at ?? null,
  waits: false,
  isSameTrade: false,
  ...(line?.kind === 'refund' && mine === undefined && { of: placeOf(line) }),
})

// Some bills name a refund only by the number of its payment. Then the refund's own number stays empty.
function placeOf({
  no,
  refundNo = no,
  theirNo,
  paymentNo = '',
  ofTheirNo = '',
  stage,
}: BillLine): NonNullable<Difference['of']> {
  const isPayments = refundNo === paymentNo || refundNo === theirNo || refundNo === ''
  return {
    refundNo: isPayments ? '' : refundNo,
    paymentNo: paymentNo || (refundNoPattern.test(refundNo) ? '' : refundNo),
    theirNo: ofTheirNo,
    isDone: stage === undefined,
  }
}

const sumOf = (lines: readonly { amountFen: number }[]): number =>
  lines.reduce((sum, { amountFen }) => sum + amountFen, 0)

function recordedOf(lines: readonly { kind: string; amountFen: number }[]): Compared['recorded'] {
  const payments = lines.filter(({ kind }) => kind === 'payment')
  const refunds = lines.filter(({ kind }) => kind === 'refund')
  return {
    payments: payments.length,
    paymentsFen: sumOf(payments),
    refunds: refunds.length,
    refundsFen: sumOf(refunds),
  }
}

function billedOf(bill: readonly BillLine[]): Compared['billed'] {
  const fees = bill.flatMap(({ feeFen }) => feeFen ?? [])
  return { ...recordedOf(bill), feesFen: fees.length > 0 ? fees.reduce((sum, fee) => sum + fee, 0) : null }
}

/**
 * Whether a difference no longer exists, because our record has changed since we compared. The bill itself never
 * changes.
 * @param line our current payment or refund; undefined: we have none
 */
export function isGone({ kind, theirsFen }: Difference, line: OwnLine | undefined): boolean {
  if (kind === 'duplicate') return false
  const moved = line !== undefined && hasMoved(line)
  if (kind === 'missingThere' || kind === 'refundMissingThere') return line === undefined || !isBilled(line)
  return moved && line.amountFen === theirsFen
}

/**
 * Counts the differences of each kind; a kind without differences counts 0. Differences that staff repaired, or that
 * wait for the next day's bill, are not counted.
 */
export function countDifferences(
  differences: readonly { kind: DifferenceKind; waits: boolean; repaired?: object | null }[],
): Record<DifferenceKind, number> {
  const counts = Object.fromEntries(differenceKinds.map((kind) => [kind, 0])) as Record<DifferenceKind, number>
  for (const { kind, waits, repaired } of differences) if (!waits && !repaired) counts[kind] += 1
  return counts
}
