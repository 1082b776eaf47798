import { beijingDay, dayMs, hourMs } from '../../../../miniprogram/rules/beijing'
import { type AdminResults, mayDo, type NeedView } from '../../api/admin'
import { startOfDayText } from '../../domain/days'
import { AppError } from '../../domain/errors'
import { type Figures, hourOf, sumFigures } from '../../domain/reports/stats'
import {
  type FirstFigures,
  type FirstPage,
  type OpenReconciliation,
  type PageBounds,
  readFirstFigures,
  readFirstPage,
} from '../../store/reports/firstPage'
import { countHour, type HourStats } from '../../store/reports/stats'
import { countStats } from '../jobs/countStats'
import type { StaffContext } from '../platform/context'
import type { Done } from './audited'
import { settingsProblems } from './manageSettings'
import { stuckRefundMs } from './ordersAsStaff'

/**
 * If a shipping report is due for longer than this, staff see it as a task. WeChat demands the report within 48 hours.
 */
const lateShippingMs = dayMs

const daysShown = 30
const countingMs = 1_500
// The timer counts each minute. Its figures of a busy shop are shown as they are for this long, in ms.
const freshMs = 90_000

/**
 * Reads the figures of the last 30 Beijing days and the tasks for staff. The figures are counted up to now; those of a
 * busy shop up to the timer's last run.
 */
export async function readStats(ctx: StaffContext): Promise<Done<AdminResults['stats']>> {
  const now = ctx.now()
  const today = startOfDayText(beijingDay(now), 'now')
  const bounds = {
    from: today - (daysShown - 1) * dayMs,
    until: now + hourMs,
    refundsBefore: now - stuckRefundMs,
    shippingBefore: now - lateShippingMs,
  }
  const isLate = (page: FirstFigures | undefined) => !page || page.counted.to < hourOf(now) - hourMs
  let page = await readPage(ctx, bounds)
  const freshAt = freshSince(page, now)
  const live = freshAt === undefined ? await orNothing(ctx, countLive(ctx, now)) : undefined
  if (isLate(page)) {
    // The timer has not counted for more than an hour, or has never counted. So count the missing hours now.
    const startedAt = ctx.elapsed()
    await orNothing(
      ctx,
      countStats(ctx, () => ctx.elapsed() - startedAt < countingMs, 0),
    )
    page = await readPage(ctx, bounds)
  }
  if (!page) throw new AppError('Internal', 'the figures cannot be counted')
  const countedAt = freshAt ?? (live && !isLate(page) ? now : (page.hours.at(-1)?.startsAt ?? today))
  const hours = [
    ...page.hours.filter(({ startsAt }) => !live?.some((hour) => hour.startsAt === startsAt)),
    ...(live ?? []),
  ]
  const figures = daysOf(hours, now, today)
  if (!('settings' in page)) return { result: { now, countedAt, ...figures, domainNames: [], needs: null } }
  const domainNames = namesOf(page, figures.days.at(-1)?.rows ?? [])
  return { result: { now, countedAt, ...figures, domainNames, needs: await readNeeds(ctx, page) } }
}

/**
 * Reads the first page of the back office with one call. If that call fails, for example because one of the many
 * collections cannot be read, reads only the figures. So a merchant still sees the takings.
 */
async function readPage(ctx: StaffContext, bounds: PageBounds): Promise<FirstPage | FirstFigures | undefined> {
  try {
    return await readFirstPage(ctx.db, bounds)
  } catch (error) {
    ctx.log('firstPageNotRead', { error: error instanceof Error ? error.name : 'unknown' })
    return readFirstFigures(ctx.db, bounds)
  }
}

// Returns undefined if counting fails. The page then still shows the tasks and the older figures.
const orNothing = <T>(ctx: StaffContext, counting: Promise<T>): Promise<T | undefined> =>
  counting.catch((error: unknown) => {
    ctx.log('statsNotCounted', { error: error instanceof Error ? error.name : 'unknown' })
    return undefined
  })

/** When the timer counted the shown figures, if that was a moment ago; undefined: they must be counted now. */
function freshSince(page: FirstFigures | undefined, now: number): number | undefined {
  const busyAt = page?.counted.busyAt
  return busyAt !== undefined && now - busyAt < freshMs ? Math.min(busyAt, now) : undefined
}

type Hour = Pick<HourStats, 'startsAt' | 'rows'>

/**
 * Counts the current hour and the hour before, because their figures may still change. Does not store them; the timer
 * does.
 */
const countLive = ({ db }: StaffContext, now: number): Promise<Hour[]> =>
  Promise.all(
    [hourOf(now) - hourMs, hourOf(now)].map(async (startsAt) => ({
      startsAt,
      rows: (await countHour(db, startsAt)).rows,
    })),
  )

function daysOf(hours: readonly Hour[], now: number, today: number) {
  const rowsOf = (from: number, until: number) =>
    sumFigures(hours.filter(({ startsAt }) => startsAt >= from && startsAt < until).flatMap(({ rows }) => rows))
  const days = Array.from({ length: daysShown }, (_, index) => {
    const from = today - (daysShown - 1 - index) * dayMs
    return { day: beijingDay(from), rows: rowsOf(from, from + dayMs) }
  })
  return { days, yesterdaySoFar: rowsOf(today - dayMs, hourOf(now) + hourMs - dayMs) }
}

function namesOf({ domains }: FirstPage, rows: readonly Figures[]): { code: string; name: string }[] {
  const codes = new Set(rows.map(({ domain }) => domain))
  return domains.filter(({ _id }) => codes.has(_id)).map(({ _id: code, name }) => ({ code, name }))
}

async function readNeeds(ctx: StaffContext, page: FirstPage): Promise<NeedView[]> {
  const { complaints, reconciliations } = page
  const counted = (['surplus', 'refund', 'pastDue', 'shipping', 'endpoints'] as const).flatMap((what): NeedView[] =>
    page[what] > 0 ? [{ what, count: page[what] }] : [],
  )
  const cases = await casesByKind(ctx, page)
  // Each task links to a page, and only owners may open the settings page. So only owners get tasks about settings.
  const standing = mayDo(ctx.role, 'settings') ? ctx.settings.standing(page.settings, page.keyCases) : []
  const settings = settingsProblems(standing, ctx.now())
  const asked: NeedView[] = complaints ? [{ what: 'complaints', count: complaints.count, by: complaints.by }] : []
  return [...counted, ...asked, ...cases, ...differences(reconciliations), ...settings]
}

async function casesByKind(ctx: StaffContext, page: FirstPage): Promise<NeedView[]> {
  const forged = page.forged.length > 0 ? await worryingForged(ctx, page) : 0
  return page.cases.flatMap(({ _id: kind, count: all }) => {
    const count = kind === 'forged' ? forged : all
    if (count === 0) return []
    // A broken case has no kind, so it is not counted as a task. The list of cases shows its id. For owners, a refused
    // key is not a task of this kind, because they see it as a task of the settings page.
    const isTold = typeof kind === 'string' && !(kind === 'keysRefused' && mayDo(ctx.role, 'settings'))
    return isTold ? [{ what: 'notices', kind, count }] : []
  })
}

// A payment counts as missing only if its order expired longer ago than this.
const lateMs = 15 * 60_000
const missingDays = 7

/**
 * How many forged notices need staff. Anybody can send forged notices, so usually they are no task. But if a payment of
 * the same provider is missing, they may be genuine notices that we refused because of a wrong key.
 */
async function worryingForged(ctx: StaffContext, { forged, reconciliations }: FirstPage): Promise<number> {
  const { db } = ctx
  const { orderMinutes } = await ctx.shop()
  const now = ctx.now()
  const createdAt = { gte: now - missingDays * dayMs, lt: now - orderMinutes * 60_000 - lateMs }
  const counts = await Promise.all(
    forged.map(async ({ _id: provider, count }) => {
      if ((await db.count('orders', { provider, state: 'open', createdAt })) > 0) return count
      const isMissing = reconciliations.some((job) => job.provider === provider && hasMissing(job))
      return isMissing ? count : 0
    }),
  )
  return counts.reduce((sum, count) => sum + count, 0)
}

const hasMissing = ({ differences: found }: OpenReconciliation): boolean =>
  found.some(({ kind }) => kind === 'missingHere')

const differences = (days: readonly OpenReconciliation[]): NeedView[] =>
  [...days]
    .sort((a, b) => (a.day < b.day ? 1 : -1))
    .map(({ provider, day, open }) => ({ what: 'difference', provider, day, count: open }))
