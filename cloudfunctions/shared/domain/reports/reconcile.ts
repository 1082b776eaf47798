// A provider's bill of one day against our own records: pure, every difference once.

import { orderNoOf } from '../orders/orderNo'
import type { PaymentState } from '../payment'
import type { RefundStage, RefundState } from '../refund'

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

/** A line of the bill, named by a number of ours where the bill has one or we know theirs. */
export interface BillLine {
  kind: 'payment' | 'refund'
  no: string
  theirNo: string
  /** a refund's payment, by our number and by theirs, where the bill has these */
  paymentNo?: string
  ofTheirNo?: string
  amountFen: number
  feeFen: number | null
  at: number
  /** a refund that was not done when the bill was made */
  stage?: RefundStage
  /** a refund that has no number of ours: the one that the bill has for it */
  refundNo?: string | undefined
  /** of what is not ours, as far as its number says so */
  orderNo?: string | undefined
}

/** A payment or refund of ours. */
export interface OwnLine {
  kind: 'payment' | 'refund'
  no: string
  orderNo: string
  theirNo: string | null
  /** a second charge: the number that the bill has for it too */
  secondOf?: string | undefined
  amountFen: number
  state: PaymentState | RefundState
  /** when it happened that by which the bill counts: the money moved, or a refund was accepted; null while it did not */
  at: number | null
  /** a refund that is not done, and yet stands in a bill that lists refunds as they are accepted */
  isAccepted?: boolean
  /** a refund under way, whose provider is asked again by itself: we are about to hear what a bill says of it */
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
  /** near the cut at midnight: judged with the next day's bill */
  waits: boolean
  /** a duplicate with the provider's own number of the first: the bill says it again, and no money moved twice */
  isSameTrade: boolean
  /** a refund that we do not have: all that its line says of where it belongs */
  of?: { refundNo: string; paymentNo: string; theirNo: string; isDone: boolean } | undefined
}

export interface Compared {
  matched: number
  differences: Difference[]
  billed: { payments: number; paymentsFen: number; refunds: number; refundsFen: number; feesFen: number | null }
  recorded: { payments: number; paymentsFen: number; refunds: number; refundsFen: number }
}

// Clocks differ, and a provider may count by the time at which it settled.
const cutMs = 2 * 3_600_000

/**
 * A bill with our own numbers. Some name a refund by its payment and by a number of theirs only, and what was made
 * outside has no number of ours at all: that is named by theirs.
 * @param rows `no` as the bill has it
 * @param own everything of ours that the bill may mean
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
    const isNamed = row.kind === 'payment' ? row.no !== '' : isRefundNo(row.no)
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

// A paymentNo may hold an r in the same place from its end: it is the length that tells.
const isRefundNo = (no: string): boolean => /^\d{14}[0-9a-z]{8}r\d\d$/.test(no)

const keyOf = ({ kind, no }: { kind: string; no: string }): string => `${kind} ${no}`
const hasMoved = ({ state }: OwnLine): boolean => state === 'paid' || state === 'done'
const isBilled = (line: OwnLine): boolean => hasMoved(line) || line.isAccepted === true

/** Whether our record agrees with what a line says. A bill is a picture of its morning: a refund goes on afterwards. */
const agrees = ({ stage }: BillLine, mine: OwnLine): boolean =>
  stage === undefined
    ? hasMoved(mine) || mine.isAsked === true
    : isBilled(mine) && (stage === 'underWay' || mine.state !== 'done')

/**
 * @param bill the day's lines, under our numbers
 * @param own everything of ours that the bill names, and everything of ours that moved on this day
 * @param before numbers in the bill of the day before: what we have at the beginning of this day may stand there
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
    // It never moved any money, and we know of none.
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
    differences.push({ ...differenceOf(kind, undefined, line), waits: (line.at ?? 0) >= until - cutMs })
  }
  return { matched, differences, billed: billedOf(bill), recorded: recordedOf(moved) }
}

// A payment of another day under another number of theirs was taken once more. Within its own day the bill has both.
const isTakenAgain = (line: BillLine, mine: OwnLine, from: number, until: number): boolean =>
  line.kind === 'payment' &&
  mine.state === 'paid' &&
  mine.theirNo !== null &&
  line.theirNo !== '' &&
  mine.theirNo !== line.theirNo &&
  mine.at !== null &&
  (mine.at < from || mine.at >= until)

/** Whether a payment of this time may stand in the bill of the day before. */
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

// Some bills name a refund by its payment only: then that is no number of the refund's own.
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
    paymentNo: paymentNo || (isRefundNo(refundNo) ? '' : refundNo),
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
 * Whether a difference is gone, by what our record says now; the bill stays as it was.
 * @param line ours, undefined where we have none
 */
export function isGone({ kind, theirsFen }: Difference, line: OwnLine | undefined): boolean {
  if (kind === 'duplicate') return false
  const moved = line !== undefined && hasMoved(line)
  if (kind === 'missingThere' || kind === 'refundMissingThere') return line === undefined || !isBilled(line)
  return moved && line.amountFen === theirsFen
}

/** Counts by kind, every kind named; what was repaired or still waits is not counted. */
export function countDifferences(
  differences: readonly { kind: DifferenceKind; waits: boolean; repaired?: object | null }[],
): Record<DifferenceKind, number> {
  const counts = Object.fromEntries(differenceKinds.map((kind) => [kind, 0])) as Record<DifferenceKind, number>
  for (const { kind, waits, repaired } of differences) if (!waits && !repaired) counts[kind] += 1
  return counts
}
