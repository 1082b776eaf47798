import { type AdminResults, mayDo, type NeedView } from '../../api/admin'
import { beijingDay } from '../../domain/beijing'
import { startOfDayText } from '../../domain/days'
import { dayMs } from '../../domain/period'
import { hourMs, hourOf, sumFigures } from '../../domain/reports/stats'
import type { KeptNotice } from '../../store/notices'
import { hoursBetween } from '../../store/stats'
import { countStats } from '../jobs/countStats'
import type { StaffContext } from '../platform/context'
import type { Done } from './audited'
import { settingsProblems } from './manageSettings'
import { stuckRefundMs } from './ordersAsStaff'

const daysShown = 30
const countingMs = 1_500
const reconciliationsShown = 100

interface Reconciled {
  provider: string
  day: string
  /** differences that wait for a person */
  open: number
  differences: { kind: string }[]
}

/** What came in on each of the last 30 Beijing days, counted up to this moment, and what waits for a person. */
export async function readStats(ctx: StaffContext): Promise<Done<AdminResults['stats']>> {
  const [figures, needs] = await Promise.all([readFigures(ctx), readNeeds(ctx)])
  return { result: { ...figures, needs } }
}

async function readFigures(ctx: StaffContext): Promise<Omit<AdminResults['stats'], 'needs'>> {
  const startedAt = ctx.elapsed()
  // Mostly two hours; finished ones that are not right any more are left to the timer.
  const isCounted = await countStats(ctx, () => ctx.elapsed() - startedAt < countingMs, 0).then(
    () => true,
    // What waits for a person is worth more than the last hour's figures.
    (error: unknown) => {
      ctx.log('statsNotCounted', { error: error instanceof Error ? error.name : 'unknown' })
      return false
    },
  )
  const now = ctx.now()
  const today = startOfDayText(beijingDay(now), 'now')
  const hours = await hoursBetween(ctx.db, today - (daysShown - 1) * dayMs, now + hourMs)
  const rowsOf = (from: number, until: number) =>
    sumFigures(hours.filter(({ startsAt }) => startsAt >= from && startsAt < until).flatMap(({ rows }) => rows))
  const days = Array.from({ length: daysShown }, (_, index) => {
    const from = today - (daysShown - 1 - index) * dayMs
    return { day: beijingDay(from), rows: rowsOf(from, from + dayMs) }
  })
  const countedAt = isCounted ? now : (hours.at(-1)?.startsAt ?? today)
  return { now, countedAt, days, yesterdaySoFar: rowsOf(today - dayMs, hourOf(now) + hourMs - dayMs) }
}

async function readNeeds(ctx: StaffContext): Promise<NeedView[]> {
  const now = ctx.now()
  const count = async (what: 'surplus' | 'refund' | 'pastDue', counted: Promise<number>): Promise<NeedView[]> => {
    const found = await counted
    return found > 0 ? [{ what, count: found }] : []
  }
  const reconciled = openReconciliations(ctx)
  const needs = await Promise.all([
    count('surplus', ctx.db.count('orders', { surplusFen: { gt: 0 } })),
    count('refund', ctx.db.count('orders', { refundSince: { gt: 0, lt: now - stuckRefundMs } })),
    count('pastDue', ctx.db.count('contracts', { state: 'pastDue' })),
    noticesByKind(ctx, reconciled),
    reconciled.then(differences),
    // Each need leads to where it is solved: this one where owners alone may go.
    mayDo(ctx.role, 'settings') ? settingsProblems(ctx) : [],
  ])
  return needs.flat()
}

async function noticesByKind(ctx: StaffContext, reconciled: Promise<Reconciled[]>): Promise<NeedView[]> {
  const { db, role } = ctx
  const kinds = await db.aggregate<{ _id: KeptNotice['kind']; count: number }>(
    'notices',
    [{ match: { dismissedAt: null } }, { group: { _id: '$kind', count: { $sum: 1 } } }],
    20,
  )
  const forged = kinds.some(({ _id }) => _id === 'forged') ? await worryingForged(ctx, await reconciled) : 0
  const told = kinds.map((one) => (one._id === 'forged' ? { ...one, count: forged } : one))
  return told.flatMap(({ _id: kind, count }) => {
    if (count === 0) return []
    // A broken one has no kind: the list names it. Owners find refused keys at their settings.
    const isTold = typeof kind === 'string' && !(kind === 'keysRefused' && mayDo(role, 'settings'))
    return isTold ? [{ what: 'notices', kind, count }] : []
  })
}

// An order may be asked about for so long after its time is over before its payment counts as missing.
const lateMs = 15 * 60_000
const missingDays = 7

/**
 * Anybody can send forged calls: they are a figure, not a task. Where a payment of the same provider is missing, they may
 * be that payment's own, refused because of a wrong key: then a person looks.
 */
async function worryingForged(ctx: StaffContext, reconciled: readonly Reconciled[]): Promise<number> {
  const { db } = ctx
  const forged = await db.aggregate<{ _id: string; count: number }>(
    'notices',
    [{ match: { kind: 'forged', dismissedAt: null } }, { group: { _id: '$provider', count: { $sum: 1 } } }],
    20,
  )
  const { orderMinutes } = await ctx.shop()
  const now = ctx.now()
  const createdAt = { gte: now - missingDays * dayMs, lt: now - orderMinutes * 60_000 - lateMs }
  const counts = await Promise.all(
    forged.map(async ({ _id: provider, count }) => {
      if ((await db.count('orders', { provider, state: 'open', createdAt })) > 0) return count
      const isMissing = reconciled.some((job) => job.provider === provider && hasMissing(job))
      return isMissing ? count : 0
    }),
  )
  return counts.reduce((sum, count) => sum + count, 0)
}

const hasMissing = ({ differences: found }: Reconciled): boolean => found.some(({ kind }) => kind === 'missingHere')

// Of the differences only their kind: a day may have hundreds.
const openReconciliations = ({ db }: StaffContext): Promise<Reconciled[]> =>
  db.aggregate<Reconciled>(
    'jobs',
    [
      { match: { kind: 'reconcile', open: { $gt: 0 } } },
      { project: { provider: 1, day: 1, open: 1, 'differences.kind': 1 } },
    ],
    reconciliationsShown,
  )

const differences = (jobs: readonly Reconciled[]): NeedView[] =>
  [...jobs]
    .sort((a, b) => (a.day < b.day ? 1 : -1))
    .map(({ provider, day, open }) => ({ what: 'difference', provider, day, count: open }))
