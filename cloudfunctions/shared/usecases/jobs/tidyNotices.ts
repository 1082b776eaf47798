import { dayMs } from '../../domain/period'
import { changeJob, insertJob, type Job, readJob } from '../../store/jobs'
import { removeForged } from '../../store/notices'
import type { Context } from '../platform/context'

const id = 'tidy'
const keptDays = 30

// The job stays once it is there and plans itself: it is looked for in the first minutes of a day (UTC), since a run may be missed.
const lookedForMs = 5 * 60_000

/** Plans the daily removal of old forged notices, where it is not planned. No read at other times. */
export async function planTidying({ db, now }: Context): Promise<void> {
  const at = now()
  if (at % dayMs >= lookedForMs) return
  if (await readJob(db, id)) return
  await insertJob<Job>(db, { _id: id, version: 1, kind: 'tidy', dueAt: at + dayMs, tries: 0, createdAt: at })
}

/** Removes entries of forged notices that are older than 30 days, as long as there is time; the rest goes next time. */
export async function tidyNotices({ db, now }: Context, job: Job, hasTime: () => boolean): Promise<void> {
  let isMore = true
  while (isMore && hasTime()) isMore = await removeForged(db, now() - keptDays * dayMs)
  await changeJob(db, job, { dueAt: isMore ? now() : now() + dayMs, tries: 0 })
}
