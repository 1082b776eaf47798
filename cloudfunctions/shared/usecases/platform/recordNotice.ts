import { hourMs } from '../../../../miniprogram/rules/beijing'
import { AppError } from '../../domain/errors'
import { mask } from '../../domain/mask'
import { type KeptRequest, keepNotice, type NoticeFacts, type NoticeKind } from '../../store/notices'
import type { Context } from './context'

interface Cause {
  kind: Exclude<NoticeKind, 'forged'>
  provider: string
  orderNo: string | null
  /** the paymentNo, refundNo or orderNo that the case is about. Notices with the same cause are counted in one case */
  subject: string
  reason: string
  content?: unknown
  facts?: NoticeFacts | undefined
}

/** The id of a case. It is equal for notices with the same cause, so that one case counts them. */
export const noticeId = ({
  kind,
  provider,
  subject,
  reason,
}: Pick<Cause, 'kind' | 'provider' | 'subject' | 'reason'>): string =>
  `${kind}-${provider}-${subject.slice(0, 64).replace(/[^\w-]/g, '_')}-${reason.slice(0, 40).replace(/[^\w-]/g, '_')}`

/**
 * Stores a case for staff about a notice that could not be applied, or about work that failed. The case contains the
 * content in masked form.
 * @throws Internal if the case could not be stored; then the provider must not get a success reply, so that it sends
 * the notice again
 */
export async function recordNotice(
  ctx: Context,
  { kind, provider, orderNo, subject, reason, content, facts }: Cause,
): Promise<void> {
  ctx.log('notice', { kind, provider, reason })
  if (ctx.replay) ctx.replay.reason = reason
  const isKept = await keepNotice(ctx.db, {
    id: noticeId({ kind, provider, subject, reason }),
    kind,
    provider,
    orderNo,
    reason,
    content: mask(content ?? null),
    facts,
    received: receivedOf(ctx, ownedBytes),
    count: ctx.replay ? 0 : 1,
    now: ctx.now(),
  })
  if (!isKept) throw new AppError('Internal', 'the notice could not be kept')
}

// Each case stores up to five requests, and the list of cases reads all of them. So the size of one request is limited
// to this number. Notices with a valid signature may be this large.
const ownedBytes = 32 * 1024
// Anybody can send forged notices, so we store less of them. The limit is still large enough for a genuine notice (at
// most 2 KB, and 1 to 2 KB of headers). So staff can replay a notice that we refused because of a wrong key.
const forgedBytes = 6 * 1024
const forgedSampleBytes = 1024

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value))

/** The HTTP request in the form that we store; undefined if the request is larger than `mostBytes`. */
function receivedOf({ received }: Context, mostBytes: number): KeptRequest | undefined {
  if (!received || received.request.body.length > mostBytes) return undefined
  const { method, path, query, headers, body } = received.request
  const kept = { at: received.at, method, path, query, headers, body: Buffer.from(body).toString('base64') }
  return bytesOf(kept) > mostBytes ? undefined : kept
}

const alwaysKept = 20

/**
 * Counts forged notices. There is one case for each provider and hour. A function instance writes the first few notices
 * at once, and after that only each time its count has doubled, so that a flood costs few writes.
 */
export async function recordForged(ctx: Context, provider: string, reason: string, content: unknown): Promise<void> {
  if (ctx.replay) {
    // The notice is being replayed from a stored case, so it needs no second case.
    ctx.replay.reason = reason
    return
  }
  const now = ctx.now()
  const hour = Math.floor(now / hourMs)
  const id = `forged-${provider}-${hour}`
  const tally = ctx.forged.get(id) ?? { seen: 0, kept: 0 }
  for (const other of ctx.forged.keys()) if (!other.endsWith(`-${hour}`)) ctx.forged.delete(other)
  ctx.forged.set(id, tally)
  tally.seen += 1
  if (tally.seen > alwaysKept && tally.seen < tally.kept * 2) return
  const count = tally.seen - tally.kept
  tally.kept = tally.seen
  ctx.log('notice', { kind: 'forged', provider, reason, count })
  const sample = mask(content)
  await keepNotice(ctx.db, {
    id,
    kind: 'forged',
    provider,
    orderNo: null,
    reason,
    content: bytesOf(sample) > forgedSampleBytes ? '…' : sample,
    received: receivedOf(ctx, forgedBytes),
    count,
    now,
  })
}
