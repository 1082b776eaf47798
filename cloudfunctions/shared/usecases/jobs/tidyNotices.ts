import { dayMs } from '../../domain/period'
import { changeJob, insertJob, type Job, readJob } from '../../store/jobs'
import { removeForged } from '../../store/notices'
import type { Context } from '../platform/context'

const id = 'tidy'
const keptDays = 30

// The job, once stored, plans its next run itself. Its existence is checked in the first minutes of each day (UTC).
const lookedForMs = 5 * 60_000

/** Plans the daily removal of old forged notices if it is not planned yet. Reads nothing at other times of the day. */
export async function planTidying({ db, now }: Context): Promise<void> {
  const at = now()
  if (at % dayMs >= lookedForMs) return
  if (await readJob(db, id)) return
  await insertJob<Job>(db, { _id: id, version: 1, kind: 'tidy', dueAt: at + dayMs, tries: 0, createdAt: at })
}

/** Removes cases of forged notices older than 30 days, as long as there is time; the next run removes the rest. */
export async function tidyNotices({ db, now }: Context, job: Job, hasTime: () => boolean): Promise<void> {
  let isMore = true
  while (isMore && hasTime()) isMore = await removeForged(db, now() - keptDays * dayMs)
  await changeJob(db, job, { dueAt: isMore ? now() : now() + dayMs, tries: 0 })
}
