import { longestDays } from '../../../../miniprogram/rules/terms'
import type { AdminInput, AdminResults, ExportView } from '../../api/admin'
import { rangeOfDays } from '../../domain/days'
import { AppError } from '../../domain/errors'
import { exportShape } from '../../domain/shapes'
import { changeJob, insertJob, latestJobs, readJob } from '../../store/jobs'
import { type ExportJob, runExport } from '../jobs/runExport'
import type { StaffContext } from '../platform/context'
import { soundRows } from '../platform/soundRows'
import { nameless, staffNames } from '../platform/staffNames'
import type { Done } from './audited'

type Wish = AdminInput<'export'>
type Result = AdminResults['export']

const listed = 20
const runningLimit = 5
const leaseMs = 60_000
// How long a call that reads a running export works on the export, in ms.
const pollMs = 4_000

/**
 * Lists the last exports, or reads one export with its download link. Reading an export that is still running also
 * continues it.
 * @throws NotFound
 */
export async function readExports(ctx: StaffContext, wish: Exclude<Wish, { start: object }>): Promise<Done<Result>> {
  if ('list' in wish) {
    const [jobs, nameOf] = await Promise.all([latestJobs<ExportJob>(ctx.db, 'export', listed), staffNames(ctx)])
    const { rows, broken } = soundRows(ctx, jobs, exportShape, (job) => viewOf(job, ctx.now(), nameOf))
    return { result: { exports: rows, broken, now: ctx.now() } }
  }
  const there = await readJob<ExportJob>(ctx.db, wish.read)
  if (there?.kind !== 'export') throw new AppError('NotFound', 'no such export')
  const job = await workedOn(ctx, there)
  const url = job.fileId === null ? null : await ctx.files.link(job.fileId)
  return { result: { exports: [{ ...viewOf(job, ctx.now(), nameless), url }], broken: [], now: ctx.now() } }
}

async function workedOn(ctx: StaffContext, job: ExportJob): Promise<ExportJob> {
  const now = ctx.now()
  if (job.state !== 'running' || job.dueAt === null || job.dueAt > now) return job
  // This function has failed to join the parts before. Leave the joining to the timer, which has more time.
  if (job.isRead && job.tries > 0) return job
  const leased = await changeJob<ExportJob>(ctx.db, job, { dueAt: now + leaseMs, tries: job.tries + 1 })
  if (!leased) return job
  const startedAt = ctx.elapsed()
  try {
    return await runExport(ctx, leased, () => ctx.elapsed() - startedAt < pollMs)
  } catch (error) {
    // The timer continues this export after the lease.
    ctx.log('exportNotWorked', { job: job._id, reason: error instanceof Error ? error.name : 'error' })
    return leased
  }
}

/**
 * Starts an export. The same requestId starts it only once.
 * @throws BadInput for wrong days; Conflict while the caller's last export is running, or if too many exports are
 * running
 */
export async function startExport(
  ctx: StaffContext,
  { start }: Extract<Wish, { start: object }>,
): Promise<Done<Result>> {
  const now = ctx.now()
  const { what, from, to, language } = start
  const range = rangeOfDays({ from, to }, longestDays.export, now)
  const _id = `export-${start.requestId}`
  const known = await readJob<ExportJob>(ctx.db, _id)
  const isSame = known?.by === ctx.openid && known.what === what && known.from === from && known.to === to
  if (known && !isSame) throw new AppError('Conflict', 'requestId: was used for another export')
  const running = (await latestJobs<ExportJob>(ctx.db, 'export', listed)).filter(
    (job) => job.state === 'running' && job._id !== _id,
  )
  if (!known && running.some(({ by }) => by === ctx.openid))
    throw new AppError('Conflict', 'your last export is still running')
  if (!known && running.length >= runningLimit) throw new AppError('Conflict', 'too many exports are running')
  const job = await insertJob<ExportJob>(ctx.db, {
    _id,
    version: 1,
    kind: 'export',
    dueAt: now,
    tries: 0,
    createdAt: now,
    by: ctx.openid,
    what,
    language,
    from,
    to,
    state: 'running',
    failure: null,
    cursor: null,
    coveredTo: range.from,
    parts: [],
    isRead: false,
    rows: 0,
    bytes: 0,
    doneAt: null,
    fileId: null,
  })
  return { result: { exports: [viewOf(job, now, nameless)], broken: [], now } }
}

function viewOf(job: ExportJob, now: number, nameOf: (by: string) => string): ExportView {
  const { _id, what, from, to, state, failure, rows, bytes, createdAt, doneAt, fileId, coveredTo, by } = job
  const range = rangeOfDays(job, longestDays.export, now)
  return {
    id: _id,
    what,
    from,
    to,
    state,
    failure,
    rows,
    bytes,
    progress: state === 'running' ? Math.min(1, (coveredTo - range.from) / (range.until - range.from)) : 1,
    createdAt,
    doneAt,
    fileId,
    url: null,
    by: nameOf(by),
  }
}
