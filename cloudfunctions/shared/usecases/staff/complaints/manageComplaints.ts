// The complaints pages of the back office: they list complaints, show one complaint with its history, and send the
// shop's answers.
import type { AdminInput, AdminResults, ComplaintEntryView, ComplaintRow, ComplaintView } from '../../../api/admin'
import {
  type AnswerKind,
  addAnswer,
  answerKinds,
  answerRefusal,
  answerWithinMs,
  type Complaint,
  doneWithinMs,
} from '../../../domain/complaints/complaint'
import { AppError, isAppError } from '../../../domain/errors'
import { complaintShape } from '../../../domain/shapes'
import { isAtLeast } from '../../../domain/staff'
import { changeComplaint, mustReadComplaint, pageOfComplaints } from '../../../store/wechat/complaints'
import { complaintService, refreshComplaint, sendAnswer } from '../../jobs/complaints'
import type { StaffContext } from '../../platform/context'
import { soundRows } from '../../platform/soundRows'
import { staffNames } from '../../platform/staffNames'
import type { Done } from '../audited'

const defaultLimit = 20

/** Lists the open complaints, or all complaints, newest first. @throws BadInput */
export async function listComplaints(
  ctx: StaffContext,
  { which, cursor, limit = defaultLimit }: AdminInput<'complaints'>,
): Promise<Done<AdminResults['complaints']>> {
  const page = await pageOfComplaints(ctx.db, { openOnly: which === 'open', cursor, limit })
  const { rows, broken } = soundRows(ctx, page.found, complaintShape, rowOf)
  return { result: { complaints: rows, broken, cursor: page.cursor, now: ctx.now() } }
}

/** Reads one complaint from its provider, together with its history. @throws NotFound */
export async function readComplaintAsStaff(
  ctx: StaffContext,
  { id }: AdminInput<'complaint'>,
): Promise<Done<AdminResults['complaint']>> {
  const stored = await mustReadComplaint(ctx.db, id)
  const [complaint, history] = await Promise.all([refreshComplaint(ctx, stored), historyOf(ctx, stored)])
  return { result: { complaint: await viewOf(ctx, complaint), history } }
}

/**
 * Stores an answer and sends it. If the answer may not have arrived, the timer sends it again later.
 * @throws NotFound, Conflict
 */
export async function answerAsStaff(
  ctx: StaffContext,
  { id, requestId, answer }: AdminInput<'answerComplaint'>,
): Promise<Done<AdminResults['answerComplaint']>> {
  const wish = {
    no: requestId,
    what: answer.what,
    text: 'text' in answer ? answer.text : '',
    days: 'days' in answer ? answer.days : null,
    by: ctx.openid,
  }
  const { complaint: stored } = await changeComplaint(ctx.db, id, (before) => ({
    complaint: addAnswer(before, wish, ctx.now()),
  }))
  const complaint = await sendNow(ctx, stored)
  const state = complaint.answers.find(({ no }) => no === requestId)?.state ?? 'sending'
  const history = await historyOf(ctx, complaint)
  return { result: { complaint: await viewOf(ctx, complaint), history }, outcome: { state } }
}

/** Decrypts the shopper's phone number for the staff member who asked. @throws NotFound, ProviderUnavailable */
export async function complaintPhone(
  ctx: StaffContext,
  { id }: AdminInput<'complaintPhone'>,
): Promise<Done<AdminResults['complaintPhone']>> {
  const complaint = await mustReadComplaint(ctx.db, id)
  const sealed = complaint.told?.sealedPhone
  if (!sealed) throw new AppError('NotFound', 'the shopper gave no number')
  const service = await complaintService(ctx, complaint)
  if (!service) throw new AppError('ProviderUnavailable', 'the settings of this merchant are no longer kept')
  return { result: { phone: service.openPhone(sealed) } }
}

async function sendNow(ctx: StaffContext, complaint: Complaint): Promise<Complaint> {
  try {
    return await sendAnswer(ctx, complaint)
  } catch (error) {
    // Sending the answer failed. The answer is stored, so the timer will send it.
    ctx.log('answerNotSent', { complaint: complaint._id, reason: isAppError(error) ? error.code : 'error' })
    return mustReadComplaint(ctx.db, complaint._id)
  }
}

/** The complaint's history at the provider; null if the provider does not give it now. */
async function historyOf(ctx: StaffContext, complaint: Complaint): Promise<ComplaintEntryView[] | null> {
  try {
    const entries = await (await complaintService(ctx, complaint))?.history(complaint._id, ctx.now())
    return entries?.slice(0, historyShown) ?? null
  } catch (error) {
    ctx.log('historyNotRead', { complaint: complaint._id, reason: error instanceof Error ? error.name : 'error' })
    return null
  }
}

const historyShown = 100

function rowOf({ _id, told, orderNo, complainedAt, waitsSince, openSince, isOpen }: Complaint): ComplaintRow {
  return {
    id: _id,
    state: told?.state ?? null,
    text: told?.text ?? '',
    problem: told?.problem ?? '',
    about: told?.about ?? 'other',
    amountFen: told?.payments[0]?.amountFen ?? null,
    orderNo,
    complainedAt,
    isOpen,
    awaitsReply: waitsSince !== null,
    answerBy: waitsSince === null ? null : waitsSince + answerWithinMs,
    doneBy: openSince === null ? null : openSince + doneWithinMs,
  }
}

async function viewOf(ctx: StaffContext, complaint: Complaint): Promise<ComplaintView> {
  const { told, answers } = complaint
  const nameOf = await staffNames(ctx)
  const mayAct = isAtLeast(ctx.role, 'operator')
  return {
    ...rowOf(complaint),
    payments: told?.payments ?? [],
    refundAskedFen: told?.refundAskedFen ?? null,
    isRefunded: told?.isRefunded ?? false,
    times: told?.times ?? 1,
    pictures: told?.pictures ?? 0,
    hasPhone: mayAct && told !== null && told.sealedPhone !== null,
    may: mayAct ? answerKinds.filter((what: AnswerKind) => answerRefusal(complaint, what) === undefined) : [],
    answers: answers
      .map(({ what, text, by, at, state, reason }) => ({ what, text, by: nameOf(by), at, state, reason }))
      .reverse(),
    now: ctx.now(),
  }
}
