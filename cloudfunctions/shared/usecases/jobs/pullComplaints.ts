// A notice about a complaint may get lost, so once an hour the timer lists the complaints of the last 30 days.
import { beijingDay, dayMs, hourMs } from '../../../../miniprogram/rules/beijing'
import { changeJob, insertJob, type Job, readJob } from '../../store/jobs'
import type { Context, EnabledProvider } from '../platform/context'
import { madeWith } from '../platform/mayGoOn'
import { keepTold } from './complaints'

const id = 'complaints'
// There is one such job. Each run of the job also plans the next run, so we must store the job only once. In the first
// minutes of each hour we check that it is stored.
const lookedForMs = 5 * 60_000
// One run reads at most this many pages of complaints. The next run continues after a minute.
const pagesAtOnce = 4
const againMs = 60_000

interface Pull extends Job {
  /**
   * provider: the provider whose complaints are listed next; null: start with the first provider. offset: how many of
   * its complaints we have already listed
   */
  provider: string | null
  offset: number
}

/**
 * Plans the hourly listing of complaints if it is not planned yet. Outside the first minutes of an hour this function
 * reads nothing.
 */
export async function planComplaints(ctx: Context): Promise<void> {
  const at = ctx.now()
  if (at % hourMs >= lookedForMs || (await sourcesOf(ctx)).length === 0) return
  if (await readJob(ctx.db, id)) return
  const begun = { kind: 'complaints' as const, dueAt: at, tries: 0, createdAt: at, provider: null, offset: 0 }
  await insertJob<Pull>(ctx.db, { _id: id, version: 1, ...begun })
}

const sourcesOf = async (ctx: Context): Promise<EnabledProvider[]> =>
  (await ctx.kept()).filter(({ provider }) => provider.complaints)

/**
 * Lists complaints at the providers and stores what is new. One run reads at most four pages; the job remembers where
 * the next run continues.
 */
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

/** Reads one page of a provider's complaints. @returns the offset at which the list continues; 0: the list has ended */
async function pullPage(ctx: Context, source: EnabledProvider, offset: number): Promise<number> {
  const service = source.provider.complaints
  if (!service) return 0
  const now = ctx.now()
  const days = { from: beijingDay(now - (service.daysAtOnce - 1) * dayMs), to: beijingDay(now) }
  const { complaints, rows, total } = await service.list(days, offset, now)
  for (const one of complaints) await keepTold(ctx, one.id, one.told, madeWith(source))
  if (rows > complaints.length) ctx.log('complaintsNotRead', { count: rows - complaints.length })
  return rows === 0 || offset + rows >= total ? 0 : offset + rows
}
