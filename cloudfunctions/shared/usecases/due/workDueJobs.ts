import { hourMs } from '../../../../miniprogram/rules/beijing'
import { changeJob, dueJobs, type Job, type JobKind } from '../../store/jobs'
import { planComplaints, pullComplaints } from '../jobs/pullComplaints'
import { planReconciliations, type Reconciliation, runReconciliation } from '../jobs/reconcile'
import { type ExportJob, runExport } from '../jobs/runExport'
import { planTidying, tidyAway } from '../jobs/tidyAway'
import type { Context } from '../platform/context'
import { recordNotice } from '../platform/recordNotice'
import { workQueue } from './workQueue'

// The lease is longer than one run of the timer, so that two runs never work on the same job.
const leaseMs = 120_000
const longestWaitMs = 6 * hourMs
// After this many failures in a row of one job, staff get a case. The timer still tries the job.
const stuckAfterTries = 6

/**
 * Works on a leased job: does a part of the work, then stores the progress, the next due time and `tries: 0`. After an
 * error the job waits, each time longer.
 */
type JobWorker = (ctx: Context, job: Job, hasTime: () => boolean) => Promise<void>

const workers: Record<JobKind, JobWorker> = {
  reconcile: async (ctx, job, hasTime) => void (await runReconciliation(ctx, job as Reconciliation, hasTime)),
  export: async (ctx, job, hasTime) => void (await runExport(ctx, job as ExportJob, hasTime)),
  tidy: tidyAway,
  complaints: pullComplaints,
}

/**
 * Works on due jobs. Each job is leased first, so that two overlapping runs of the timer do nothing twice. One broken
 * job does not delay others.
 * @param hasTime turns false well before the function's time-out
 */
export async function workDueJobs(ctx: Context, hasTime: () => boolean): Promise<{ worked: number; failed: number }> {
  await Promise.all([planReconciliations(ctx), planTidying(ctx), planComplaints(ctx)])
  // Exports run one after another, because several files at once would need more memory than the function has.
  let lastExport = Promise.resolve(true)
  const inTurn = (job: Job): Promise<boolean> => {
    lastExport = lastExport.then(() => (hasTime() ? workOne(ctx, job, hasTime) : true))
    return lastExport
  }
  return workQueue(hasTime, {
    find: (since, limit) => dueJobs(ctx.db, { since, now: ctx.now(), limit }),
    work: (job) => (job.kind === 'export' ? inTurn(job) : workOne(ctx, job, hasTime)),
  })
}

async function workOne(ctx: Context, due: Job, hasTime: () => boolean): Promise<boolean> {
  const tries = due.tries + 1
  try {
    const waitMs = Math.min(leaseMs * 2 ** Math.min(due.tries, 10), longestWaitMs)
    const leased = await changeJob(ctx.db, due, { dueAt: ctx.now() + waitMs, tries })
    if (!leased) return true
    if (tries === stuckAfterTries)
      await recordNotice(ctx, {
        kind: 'stuck',
        provider: '-',
        orderNo: null,
        subject: due._id,
        reason: `work on this ${due.kind} keeps failing`,
      })
    await workers[due.kind](ctx, leased, hasTime)
    return true
  } catch (error) {
    ctx.log('jobFailed', { job: due._id, reason: error instanceof Error ? error.name : 'error' })
    return false
  }
}
