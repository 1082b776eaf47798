import { AppError } from '../../domain/errors'
import { mask } from '../../domain/mask'
import { hourMs } from '../../domain/reports/stats'
import { type KeptRequest, keepNotice, type NoticeFacts, type NoticeKind } from '../../store/notices'
import type { Context } from './context'

interface Cause {
  kind: Exclude<NoticeKind, 'forged'>
  provider: string
  orderNo: string | null
  /** what it is about: a paymentNo, refundNo or orderNo; the same cause is counted, not listed again */
  subject: string
  reason: string
  content?: unknown
  facts?: NoticeFacts | undefined
}

/** The same cause has the same number. */
export const noticeId = ({
  kind,
  provider,
  subject,
  reason,
}: Pick<Cause, 'kind' | 'provider' | 'subject' | 'reason'>): string =>
  `${kind}-${provider}-${subject.slice(0, 64).replace(/[^\w-]/g, '_')}-${reason.slice(0, 40).replace(/[^\w-]/g, '_')}`

/** Keeps what could not be applied for a person, masked. @throws Internal when it could not be kept: nobody may be thanked then */
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

// Five calls and their headers are read with every line of the staff's list. Whose signature held may send more.
const ownedBytes = 32 * 1024
// Anybody can send these. A provider's own call has at most 2 KB here and brings 1 or 2 KB of its way's headers: what a
// wrong key refused can be sent through the door again.
const forgedBytes = 6 * 1024
const forgedSampleBytes = 1024

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value))

/** What came, as far as it is small enough to be kept. */
function receivedOf({ received }: Context, mostBytes: number): KeptRequest | undefined {
  if (!received || received.request.body.length > mostBytes) return undefined
  const { method, path, query, headers, body } = received.request
  const kept = { at: received.at, method, path, query, headers, body: Buffer.from(body).toString('base64') }
  return bytesOf(kept) > mostBytes ? undefined : kept
}

const alwaysKept = 20

/**
 * Counts a forged notice: one document per provider and hour. The first of an instance are written as they come,
 * then only every doubling, so that a flood costs a handful of writes.
 */
export async function recordForged(ctx: Context, provider: string, reason: string, content: unknown): Promise<void> {
  if (ctx.replay) {
    // Its entry is there already.
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
