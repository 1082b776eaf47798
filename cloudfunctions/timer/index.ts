// The function for the clock: every minute it works on the orders and contracts that are due, side by side.
import { serveTimer } from '../shared/runtime/serve'
import { workDue } from '../shared/usecases/workDue'
import { workDueContracts } from '../shared/usecases/workDueContracts'

export const main = serveTimer(async (ctx, hasTime) => {
  // Both to their end, whatever becomes of the other: an instance that returns is frozen in the middle of its work.
  const queues = await Promise.allSettled([workDue(ctx, hasTime), workDueContracts(ctx, hasTime)])
  const failed = queues.find((queue) => queue.status === 'rejected')
  if (failed) throw failed.reason
  return queues.map((queue) => queue.status === 'fulfilled' && queue.value)
})
