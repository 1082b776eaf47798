import { type AdminResults, mayDo, type NeedView } from '../../api/admin'
import { beijingDay } from '../../domain/beijing'
import { startOfDayText } from '../../domain/days'
import { dayMs } from '../../domain/period'
import { type Figures, hourMs, hourOf, sumFigures } from '../../domain/reports/stats'
import { allDomains } from '../../store/domains'
import type { KeptNotice } from '../../store/notices'
import { hoursBetween } from '../../store/stats'
import { waitingComplaints } from '../../store/wechat/complaints'
import { countStats } from '../jobs/countStats'
import type { StaffContext } from '../platform/context'
import type { Done } from './audited'
import { settingsProblems } from './manageSettings'
import { stuckRefundMs } from './ordersAsStaff'

/** A report of shipping that is due for longer than this is a task for staff; WeChat wants it within 48 hours. */
const lateShippingMs = dayMs

const daysShown = 30
const countingMs = 1_500
const reconciliationsShown = 100

interface Reconciled {
  provider: string
  day: string
  /** the number of unresolved differences */
  open: number
  differences: { kind: string }[]
}

/** The figures of the last 30 Beijing days, counted up to now, and the tasks for staff. */
export async function readStats(ctx: StaffContext): Promise<Done<AdminResults['stats']>> {
  const [figures, needs] = await Promise.all([readFigures(ctx), readNeeds(ctx)])
  return { result: { ...figures, needs } }
}

async function readFigures(ctx: StaffContext): Promise<Omit<AdminResults['stats'], 'needs'>> {
  const startedAt = ctx.elapsed()
  // Usually two hours are counted here. Finished hours that must be counted again are left to the timer.
  const isCounted = await countStats(ctx, () => ctx.elapsed() - startedAt < countingMs, 0).then(
    () => true,
    // If counting fails, the page still shows the tasks and the older figures.
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
  const domainNames = await namesOf(ctx, days.at(-1)?.rows ?? [])
  const countedAt = isCounted ? now : (hours.at(-1)?.startsAt ?? today)
  return { now, countedAt, days, domainNames, yesterdaySoFar: rowsOf(today - dayMs, hourOf(now) + hourMs - dayMs) }
}

async function namesOf({ db }: StaffContext, rows: readonly Figures[]): Promise<{ code: string; name: string }[]> {
  const codes = new Set(rows.map(({ domain }) => domain))
  // Most shops have no connected systems, and pay for no read.
  if (!rows.some(({ domain }) => domain !== null)) return []
  return (await allDomains(db)).filter(({ _id }) => codes.has(_id)).map(({ _id: code, name }) => ({ code, name }))
}

async function readNeeds(ctx: StaffContext): Promise<NeedView[]> {
  const now = ctx.now()
  const count = async (
    what: 'surplus' | 'refund' | 'pastDue' | 'shipping' | 'endpoints',
    counted: Promise<number>,
  ): Promise<NeedView[]> => {
    const found = await counted
    return found > 0 ? [{ what, count: found }] : []
  }
  const reconciled = openReconciliations(ctx)
  const needs = await Promise.all([
    count('surplus', ctx.db.count('orders', { surplusFen: { gt: 0 } })),
    count('refund', ctx.db.count('orders', { refundSince: { gt: 0, lt: now - stuckRefundMs } })),
    count('pastDue', ctx.db.count('contracts', { state: 'pastDue' })),
    count('shipping', ctx.db.count('orders', { shipSince: { gt: 0, lt: now - lateShippingMs } })),
    count('endpoints', ctx.db.count('endpoints', { offBecause: { in: ['gone', 'dead'] } })),
    complaints(ctx),
    noticesByKind(ctx, reconciled),
    reconciled.then(differences),
    // Each task links to a page. The settings page is open to owners only.
    mayDo(ctx.role, 'settings') ? settingsProblems(ctx) : [],
  ])
  return needs.flat()
}

async function complaints({ db }: StaffContext): Promise<NeedView[]> {
  const { count, by } = await waitingComplaints(db)
  return by === null ? [] : [{ what: 'complaints', count, by }]
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
    // A broken case has no kind: the list of cases shows its id. Owners see refused keys on the settings page.
    const isTold = typeof kind === 'string' && !(kind === 'keysRefused' && mayDo(role, 'settings'))
    return isTold ? [{ what: 'notices', kind, count }] : []
  })
}

// A payment counts as missing only if its order expired longer ago than this.
const lateMs = 15 * 60_000
const missingDays = 7

/**
 * The number of forged notices that need staff. Anybody can send forged notices, so usually they are no task. But if a
 * payment of the same provider is missing, they may be its genuine notices, refused because of a wrong key.
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

// Only the kinds of the differences are read: a day may have hundreds.
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
