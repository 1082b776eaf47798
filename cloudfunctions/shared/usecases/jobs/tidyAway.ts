import { dayMs } from '../../../../miniprogram/rules/beijing'
import { removeDeliveries } from '../../store/deliveries'
import { changeJob, insertJob, type Job, readJob } from '../../store/jobs'
import { removeForged } from '../../store/notices'
import { removeMessages } from '../../store/wechat/messages'
import type { Context } from '../platform/context'

const id = 'tidy'
const keptDays = 30

// There is one such job. Each run of the job also plans the next run, so we must store the job only once. In the first
// minutes of each day (UTC) we check that it is stored.
const lookedForMs = 5 * 60_000

/**
 * Plans the daily removal of old documents, if it is not planned yet. Outside the first minutes of a day this function
 * reads nothing.
 */
export async function planTidying({ db, now }: Context): Promise<void> {
  const at = now()
  if (at % dayMs >= lookedForMs) return
  if (await readJob(db, id)) return
  await insertJob<Job>(db, { _id: id, version: 1, kind: 'tidy', dueAt: at + dayMs, tries: 0, createdAt: at })
}

/**
 * Removes documents older than 30 days: cases of forged notices, deliveries of events, and messages to people. If the
 * time is over, the next run removes the rest.
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
