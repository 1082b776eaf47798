// Reads complaints from the provider, and sends our answers. The timer and staff use this file.
import { asksFirst, claimSeen, isClaimed } from '../../domain/claim'
import {
  type AnswerOutcome,
  applyAnswer,
  applyTold,
  type Complaint,
  type ComplaintAnswer,
  claimAnswer,
  heardOf,
  lookLater,
  sendingAnswer,
  type ToldComplaint,
} from '../../domain/complaints/complaint'
import type { Complaints } from '../../providers/complaints'
import { changeComplaint, insertComplaint } from '../../store/wechat/complaints'
import { newClaimId } from '../platform/claimId'
import type { Context } from '../platform/context'

/**
 * The complaint functions of the provider, with the settings of the merchant that got the complaint; undefined if these
 * settings no longer exist.
 */
export const complaintService = async (ctx: Context, complaint: Complaint): Promise<Complaints | undefined> =>
  (await ctx.sourceOf(complaint))?.provider.complaints

/** Stores what the provider told us about a complaint, and first makes a record if we do not know the complaint yet. */
export async function keepTold(
  ctx: Context,
  id: string,
  told: ToldComplaint,
  made: Pick<Complaint, 'provider' | 'generation'>,
): Promise<Complaint> {
  const fresh = applyTold(heardOf(id, made, ctx.now()), told, ctx.now())
  const there = await insertComplaint(ctx.db, { ...fresh, version: 1 })
  const decide = (before: Complaint) => ({ complaint: applyTold(before, told, ctx.now()) })
  return (await changeComplaint(ctx.db, id, decide, there)).complaint
}

/**
 * Reads a complaint from its provider and stores what the provider says. If the provider cannot be read, the timer
 * reads the complaint again some minutes later.
 */
export async function refreshComplaint(ctx: Context, complaint: Complaint): Promise<Complaint> {
  const decide = await readTold(ctx, complaint)
  return (await changeComplaint(ctx.db, complaint._id, (before) => ({ complaint: decide(before) }), complaint))
    .complaint
}

async function readTold(ctx: Context, complaint: Complaint): Promise<(before: Complaint) => Complaint> {
  try {
    const told = await (await complaintService(ctx, complaint))?.read(complaint._id, ctx.now())
    if (told) return (before) => applyTold(before, told, ctx.now())
  } catch (error) {
    ctx.log('complaintNotRead', { complaint: complaint._id, reason: error instanceof Error ? error.name : 'error' })
  }
  return (before) => lookLater(before, ctx.now())
}

/**
 * Sends a complaint's unsent answer to the provider. All code that sends answers uses this function. If an earlier
 * sending may have arrived, we first look for the answer in the complaint's history. We send only under a claim, so
 * that one caller sends at a time.
 * @returns the complaint as it is afterwards
 */
export async function sendAnswer(ctx: Context, complaint: Complaint): Promise<Complaint> {
  const answer = sendingAnswer(complaint)
  const { told } = complaint
  if (!answer || !told || isClaimed(answer.claim, ctx.now())) return complaint
  const settle = async (outcome: AnswerOutcome, reason?: string): Promise<Complaint> => {
    const news = { outcome, ...(reason !== undefined && { reason }) }
    const decide = (before: Complaint) => ({ complaint: applyAnswer(before, answer.no, news, ctx.now()) })
    return (await changeComplaint(ctx.db, complaint._id, decide)).complaint
  }
  const service = await complaintService(ctx, complaint)
  if (!service) return settle('notSent', 'no settings')
  if (answer.claim && asksFirst(answer.claim)) {
    const hasArrived = await isInHistory(ctx, service, complaint._id, answer)
    if (hasArrived === undefined) return settle('unknown', 'the history cannot be read')
    if (hasArrived) return settle('sent')
  }
  const seen = claimSeen(answer)
  const id = newClaimId(ctx)
  const take = (before: Complaint) => claimAnswer(before, answer.no, { id, seen }, ctx.now())
  const { complaint: claimed, isMine } = await changeComplaint(ctx.db, complaint._id, take, complaint)
  const mine = sendingAnswer(claimed)
  // Check the claim's time after the write, because a caller that was delayed must not send when its claim has expired.
  if (!isMine || !mine || !isClaimed(mine.claim, ctx.now())) return claimed
  const { what, text, days } = mine
  const input = { id: complaint._id, merchant: told.merchant, what, text, days }
  const { outcome, reason } = await service.answer(input, ctx.now())
  return settle(outcome, reason)
}

// The provider's clock may be some minutes behind ours. So an entry can be our answer although its time is up to this
// much (ms) before the time of our answer.
const clockMs = 10 * 60_000

/** Whether the provider's history of the complaint contains our answer; undefined if the history cannot be read. */
async function isInHistory(
  ctx: Context,
  service: Complaints,
  id: string,
  { what, text, at }: ComplaintAnswer,
): Promise<boolean | undefined> {
  try {
    const entries = await service.history(id, ctx.now())
    return entries.some(
      (entry) => entry.what === what && entry.at >= at - clockMs && (what !== 'reply' || entry.text.trim() === text),
    )
  } catch {
    return undefined
  }
}
