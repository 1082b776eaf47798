import { dayMs } from '../../domain/period'
import { removeDeliveries } from '../../store/deliveries'
import { changeJob, insertJob, type Job, readJob } from '../../store/jobs'
import { removeForged } from '../../store/notices'
import { removeMessages } from '../../store/wechat/messages'
import type { Context } from '../platform/context'

const id = 'tidy'
const keptDays = 30

// The job, once stored, plans its next run itself. Its existence is checked in the first minutes of each day (UTC).
const lookedForMs = 5 * 60_000

/** Plans the daily removal of what is old if it is not planned yet. Reads nothing at other times of the day. */
export async function planTidying({ db, now }: Context): Promise<void> {
  const at = now()
  if (at % dayMs >= lookedForMs) return
  if (await readJob(db, id)) return
  await insertJob<Job>(db, { _id: id, version: 1, kind: 'tidy', dueAt: at + dayMs, tries: 0, createdAt: at })
}

/**
 * Removes cases of forged notices, deliveries of events, and messages to people that are older than 30 days, as long as there is time; the
 * next run removes the rest.
 */
export async function tidyAway({ db, now }: Context, job: Job, hasTime: () => boolean): Promise<void> {
  const before = now() - keptDays * dayMs
  let isMore = true
  while (isMore && hasTime()) {
    const more = await Promise.all([removeForged(db, before), removeDeliveries(db, before), removeMessages(db, before)])
    isMore = more.includes(true)
  }
  await changeJob(db, job, { dueAt: isMore ? now() : now() + dayMs, tries: 0 })
}
