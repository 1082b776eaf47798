import type { Complaint } from '../../domain/complaints/complaint'
import { takeLease } from '../../domain/lease'
import { dueComplaints, writeComplaint } from '../../store/wechat/complaints'
import { refreshComplaint, sendAnswer } from '../jobs/complaints'
import type { Context } from '../platform/context'
import { workQueue } from './workQueue'

/**
 * Works on due complaints: reads the complaints that a notice named, and sends answers again that may not have arrived.
 * Each complaint is leased first, so that two overlapping runs of the timer do nothing twice.
 * @param hasTime turns false well before the function's time-out
 */
export const workComplaints = (ctx: Context, hasTime: () => boolean): Promise<{ worked: number; failed: number }> =>
  workQueue(hasTime, {
    find: (since, limit) => dueComplaints(ctx.db, { since, now: ctx.now(), limit }),
    work: (complaint) => workOne(ctx, complaint),
  })

async function workOne(ctx: Context, due: Complaint): Promise<boolean> {
  try {
    const leased = takeLease(due, ctx.now())
    if (!(await writeComplaint(ctx.db, due, leased))) return true
    const isLookDue = due.lookAt !== null && due.lookAt <= ctx.now()
    const looked = isLookDue ? await refreshComplaint(ctx, leased) : leased
    await sendAnswer(ctx, looked)
    return true
  } catch (error) {
    ctx.log('complaintFailed', { complaint: String(due._id), reason: error instanceof Error ? error.name : 'error' })
    return false
  }
}
