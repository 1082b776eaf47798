import type { AdminInput, AdminResults, NoticeView } from '../../api/admin'
import { AppError, isAppError } from '../../domain/errors'
import { endDisputes } from '../../domain/orders/orderPayments'
import { noticeShape } from '../../domain/shapes'
import type { RawRequest } from '../../providers/provider'
import type { Condition } from '../../store/database'
import { dismissNotice, type KeptNotice, type KeptRequest, readNotice, waitingNotices } from '../../store/notices'
import { changeOrder } from '../../store/orders'
import { readPage, straysOf } from '../../store/paging'
import type { StaffContext } from '../platform/context'
import { soundRows } from '../platform/soundRows'
import { staffNames } from '../platform/staffNames'
import { acceptPush, isPush } from '../settle/push/receivePush'
import { acceptNotice } from '../settle/receiveNotice'
import type { Done } from './audited'

const defaultLimit = 20
const replayLimit = 50
// After this time we start no further replay, because the function ends after 20 s and each replay may ask its
// provider.
const patienceMs = 8_000

/** Lists open cases, newest first; with `dismissed`, the dismissed cases. @throws BadInput */
export async function listNotices(
  ctx: StaffContext,
  { kind, dismissed = false, cursor, limit = defaultLimit }: AdminInput<'notices'>,
): Promise<Done<AdminResults['notices']>> {
  const where: Record<string, Condition> = {
    dismissedAt: dismissed ? { gt: 0 } : null,
    ...(kind !== undefined && { kind }),
  }
  const [page, strays, nameOf] = await Promise.all([
    readPage<KeptNotice>(ctx.db, 'notices', { where, by: 'at', cursor, limit }),
    cursor === undefined ? straysOf(ctx.db, 'notices', where, 'at') : [],
    staffNames(ctx),
  ])
  const { rows, broken } = soundRows(ctx, page.found, noticeShape, (notice) => viewOf(notice, nameOf))
  return { result: { notices: rows, broken: [...broken, ...strays], cursor: page.cursor } }
}

/** Dismisses a case with a note. @throws NotFound; Conflict if another notice was counted in the case at this moment */
export async function dismissAsStaff(
  ctx: StaffContext,
  { id, note }: AdminInput<'dismiss'>,
): Promise<Done<AdminResults['dismiss']>> {
  const notice = await readNotice(ctx.db, id)
  if (!notice) throw new AppError('NotFound', 'no such notice')
  const again = notice.dismissedBy === ctx.openid && notice.note === note && notice.dismissedAt !== null
  const after = again ? notice : await dismissNotice(ctx.db, notice, { by: ctx.openid, note, now: ctx.now() })
  // Staff have checked the payment that differed from our request, so the order is no longer disputed.
  if (after.kind === 'mismatched' && after.orderNo !== null)
    await changeOrder(ctx.db, after.orderNo, (order) => ({ order: endDisputes(order, ctx.now()) }))
  const { provider, kind, orderNo } = after
  return { result: { notice: viewOf(after, await staffNames(ctx)) }, outcome: { provider, kind, number: orderNo } }
}

/**
 * Replays stored notices, after staff have corrected what made them fail. Each notice goes through the same checks
 * again; its age is measured from the time when we received it. If all stored notices of a case were applied, the case
 * is dismissed. A case stays open if it is about several payments and counts more notices than were stored. A repeated
 * replay does nothing twice.
 * @throws NotFound
 */
export async function replayNotices(
  ctx: StaffContext,
  { which }: AdminInput<'replay'>,
): Promise<Done<AdminResults['replay']>> {
  const notices =
    'ids' in which
      ? await Promise.all(which.ids.map((id) => readNotice(ctx.db, id)))
      : await waitingNotices(ctx.db, { ...which, limit: replayLimit })
  if (notices.some((notice) => notice === undefined)) throw new AppError('NotFound', 'no such notice')
  const results: AdminResults['replay']['results'] = []
  const since = ctx.now()
  // Replay the notices one after another, in the order in which they arrived, because a refund must follow its payment.
  for (const notice of notices) {
    if (!notice) continue
    results.push(await replayOne(ctx, notice, () => ctx.now() - since <= patienceMs))
  }
  const applied = results.filter((one) => one.applied).length
  return { result: { results }, outcome: { applied, notApplied: results.length - applied } }
}

async function replayOne(
  ctx: StaffContext,
  notice: KeptNotice,
  hasTime: () => boolean,
): Promise<AdminResults['replay']['results'][number]> {
  const { _id: id, received = [] } = notice
  const isOfProvider = !received.every(isPush)
  if (isOfProvider && (await ctx.sources(notice.provider)).length === 0)
    return { id, applied: false, reason: 'provider is not enabled' }
  if (received.length === 0) return { id, applied: false, reason: 'nothing was kept' }
  const replay = { reason: '' }
  let isAll = true
  for (const kept of received) {
    if (!hasTime()) return { id, applied: false, reason: 'no time was left' }
    const request = requestOf(kept)
    const asItCame = { ...ctx, replay, received: { request, at: kept.at } }
    const isAccepted = isPush(request)
      ? await acceptPush(asItCame, request)
      : await acceptNotice(asItCame, notice.provider, request, kept.at)
    isAll = isAccepted && isAll
  }
  if (!isAll || replay.reason !== '') return { id, applied: false, reason: replay.reason || notice.reason }
  if (isOfMany(notice) && notice.count > received.length)
    return { id, applied: false, reason: 'only the last were kept' }
  if (await putAway(ctx, notice)) return { id, applied: true, reason: '' }
  return { id, applied: false, reason: 'another came meanwhile' }
}

/**
 * Whether a case counts notices about different payments: forged notices, and calls whose number is not ours. Some of
 * these notices may not be stored. Every other case is about one payment, refund or contract.
 */
const isOfMany = ({ kind, orderNo, reason }: KeptNotice): boolean =>
  kind === 'forged' || (orderNo === null && reason.startsWith('unreadable'))

/** Dismisses a case after its replay. @returns false if more notices have arrived since */
async function putAway(ctx: StaffContext, seen: KeptNotice): Promise<boolean> {
  if (seen.dismissedAt !== null) return true
  try {
    await dismissNotice(ctx.db, seen, { by: ctx.openid, note: 'replayed', now: ctx.now() })
    return true
  } catch (error) {
    if (!isAppError(error, 'Conflict')) throw error
    // Another staff member may have dismissed the same case meanwhile. Then there is nothing left to do.
    const now = await readNotice(ctx.db, seen._id)
    return now !== undefined && now.dismissedAt !== null
  }
}

const requestOf = ({ method, path, query, headers, body }: KeptRequest): RawRequest => ({
  method,
  path,
  query,
  headers,
  body: Buffer.from(body, 'base64'),
})

function viewOf(notice: KeptNotice, nameOf: (by: string) => string): NoticeView {
  const { _id, kind, provider, orderNo, reason, count, firstAt, at, samples, dismissedAt, dismissedBy, note } = notice
  return {
    id: _id,
    kind,
    provider,
    orderNo,
    reason,
    count,
    firstAt,
    at,
    samples,
    facts: notice.facts ?? null,
    canReplay: (notice.received ?? []).length > 0,
    dismissed: dismissedAt === null ? null : { at: dismissedAt, by: nameOf(dismissedBy ?? 'system'), note: note ?? '' },
  }
}
