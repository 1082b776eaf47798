// Once an hour the timer lists the complaints of the last 30 days: a notice may have been lost.
import { beijingDay } from '../../domain/beijing'
import { dayMs } from '../../domain/period'
import { hourMs } from '../../domain/reports/stats'
import { changeJob, insertJob, type Job, readJob } from '../../store/jobs'
import type { Context, EnabledProvider } from '../platform/context'
import { madeWith } from '../platform/mayGoOn'
import { keepTold } from './complaints'

const id = 'complaints'
// The job, once stored, plans its next run itself. Its existence is checked in the first minutes of each hour.
const lookedForMs = 5 * 60_000
// So many lists are read in one run. The next run goes on after a minute.
const pagesAtOnce = 4
const againMs = 60_000

interface Pull extends Job {
  /** the provider that is listed next, and where its list goes on */
  provider: string | null
  offset: number
}

/** Plans the hourly list if it is not planned yet. Reads nothing at other times of the hour. */
export async function planComplaints(ctx: Context): Promise<void> {
  const at = ctx.now()
  if (at % hourMs >= lookedForMs || (await sourcesOf(ctx)).length === 0) return
  if (await readJob(ctx.db, id)) return
  const begun = { kind: 'complaints' as const, dueAt: at, tries: 0, createdAt: at, provider: null, offset: 0 }
  await insertJob<Pull>(ctx.db, { _id: id, version: 1, ...begun })
}

const sourcesOf = async (ctx: Context): Promise<EnabledProvider[]> =>
  (await ctx.kept()).filter(({ provider }) => provider.complaints)

/** Lists complaints and stores what is new, at most four pages; the job remembers where to go on. */
export async function pullComplaints(ctx: Context, job: Job, hasTime: () => boolean): Promise<void> {
  const sources = await sourcesOf(ctx)
  let { provider, offset } = job as Pull
  let at = Math.max(
    0,
    sources.findIndex(({ definition }) => definition.code === provider),
  )
  for (let page = 0; page < pagesAtOnce && hasTime(); page++) {
    const source = sources[at]
    if (!source) break
    offset = await pullPage(ctx, source, offset)
    if (offset === 0) at += 1
  }
  provider = sources[at]?.definition.code ?? null
  const dueAt = ctx.now() + (provider === null ? hourMs : againMs)
  await changeJob<Pull>(ctx.db, job as Pull, { provider, offset, dueAt, tries: 0 })
}

/** @returns where the list goes on; 0: it has ended */
async function pullPage(ctx: Context, source: EnabledProvider, offset: number): Promise<number> {
  const desk = source.provider.complaints
  if (!desk) return 0
  const now = ctx.now()
  const days = { from: beijingDay(now - (desk.daysAtOnce - 1) * dayMs), to: beijingDay(now) }
  const { complaints, rows, total } = await desk.list(days, offset, now)
  for (const one of complaints) await keepTold(ctx, one.id, one.told, madeWith(source))
  if (rows > complaints.length) ctx.log('complaintsNotRead', { count: rows - complaints.length })
  return rows === 0 || offset + rows >= total ? 0 : offset + rows
}
