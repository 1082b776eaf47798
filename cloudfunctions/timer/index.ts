// The function that the timer calls every minute. It works on due orders, contracts, complaints, jobs and deliveries
// and counts the shop's statistics, all at the same time.
import { serveTimer } from '../shared/runtime/serve'
import { workComplaints } from '../shared/usecases/due/workComplaints'
import { workDeliveries } from '../shared/usecases/due/workDeliveries'
import { workDue } from '../shared/usecases/due/workDue'
import { workDueContracts } from '../shared/usecases/due/workDueContracts'
import { workDueJobs } from '../shared/usecases/due/workDueJobs'
import { workMessages } from '../shared/usecases/due/workMessages'
import { workOutbox } from '../shared/usecases/due/workOutbox'
import { countStats } from '../shared/usecases/jobs/countStats'

export const main = serveTimer(async (ctx, hasTime) => {
  // Wait for all parts, even if one fails. When the function returns, CloudBase freezes the instance, and unfinished
  // work would stop in the middle.
  const queues = await Promise.allSettled([
    workDue(ctx, hasTime),
    workDueContracts(ctx, hasTime),
    workDueJobs(ctx, hasTime),
    workComplaints(ctx, hasTime),
    countStats(ctx, hasTime),
    workOutbox(ctx, hasTime).then(() => Promise.all([workDeliveries(ctx, hasTime), workMessages(ctx, hasTime)])),
  ])
  const failed = queues.find((queue) => queue.status === 'rejected')
  if (failed) throw failed.reason
  return queues.map((queue) => queue.status === 'fulfilled' && queue.value)
})
