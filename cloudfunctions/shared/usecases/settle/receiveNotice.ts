import { heardOf, lookNow } from '../../domain/complaints/complaint'
import { AppError, isAppError } from '../../domain/errors'
import { orderNoOf } from '../../domain/orders/orderNo'
import { isSecondPayment } from '../../domain/orders/orderPayments'
import { type Order, paymentOf } from '../../domain/orders/orderShape'
import type { Payment } from '../../domain/payment'
import {
  type HttpAnswer,
  type Notice,
  type PaymentReport,
  type PushEvent,
  type RawRequest,
  SignatureProbe,
  Unreadable,
  WrongMerchant,
} from '../../providers/provider'
import { readOrder } from '../../store/orders'
import { changeComplaint, insertComplaint } from '../../store/wechat/complaints'
import { hearKeyCheck, readKeyCheck, type StoredKeyCheck } from '../../store/wechat/keyChecks'
import type { Context, EnabledProvider } from '../platform/context'
import { madeWith } from '../platform/mayGoOn'
import { recordForged, recordNotice } from '../platform/recordNotice'
import { askPayment } from './askPayment'
import { lookAgain } from './lookAgain'
import { settleContract } from './settleContract'
import { settlePayment } from './settlePayment'
import { settleRefund } from './settleRefund'
import type { Settled } from './settleReport'

/**
 * Receives a webhook notification: verifies it, settles it, then sends the answer that the provider expects.
 * The answer is success only after our write was acknowledged, or when there was nothing to write.
 * @returns 404 for a provider that is unknown or has no settings; the call is counted
 */
export async function receiveNotice(ctx: Context, code: string, request: RawRequest): Promise<HttpAnswer> {
  const received = { ...ctx, received: { request, at: ctx.now() } }
  const [newest] = await ctx.sources(code)
  if (!newest) {
    await keepHomeless(received, code, request)
    return { statusCode: 404, headers: { 'content-type': 'text/plain' }, body: 'not found' }
  }
  const isAccepted = await acceptNotice(received, newest.definition.code, request, ctx.now())
  return newest.provider.answer(isAccepted ? 'accepted' : 'rejected', request)
}

// Anybody can call /notify/ with any provider name, so all unknown names share one entry.
async function keepHomeless(ctx: Context, code: string, request: RawRequest): Promise<void> {
  const provider = ctx.providerNames.has(code) ? code : 'unknown'
  await recordForged(ctx, provider, 'no settings are kept for this provider', sampleOf(request))
}

/**
 * Verifies, compares and settles a webhook notification. Never throws.
 * @param at when the call arrived, epoch ms; used to check the notification's age
 */
export const acceptNotice = (ctx: Context, code: string, request: RawRequest, at: number): Promise<boolean> =>
  accept(ctx, code, request, ({ provider }) => provider.parseNotice(request, at))

/**
 * Compares and settles an event of WeChat's message push about a provider's payment. Never throws.
 * @param event verified
 * @param request as it came, to be kept with a case
 */
export const acceptEvent = (ctx: Context, code: string, event: PushEvent, request: RawRequest): Promise<boolean> =>
  accept({ ...ctx, received: ctx.received ?? { request, at: ctx.now() } }, code, request, ({ provider }) => {
    const notice = provider.readEvent?.(event)
    if (!notice) throw new AppError('BadSignature', 'the event is not about this merchant')
    return notice
  })

type Reading = (source: EnabledProvider) => Notice

async function accept(ctx: Context, code: string, request: RawRequest, read: Reading): Promise<boolean> {
  try {
    let verified = await verify(ctx, code, request, read)
    // A check is about the newest settings, which this instance may not have read.
    if (verified && (await isOutdated(ctx, verified)) && (await ctx.refreshSettings()))
      verified = await verify(ctx, code, request, read)
    return verified !== undefined && thanked.has(await settle(ctx, verified.source, verified.notice))
  } catch (error) {
    // After any error the answer is not success, so that the provider sends the notification again.
    ctx.log('noticeFailed', { provider: code, reason: error instanceof Error ? error.name : 'error' })
    return false
  }
}

async function verify(ctx: Context, code: string, request: RawRequest, read: Reading): Promise<Verified | undefined> {
  let heard = firstThatHolds(await ctx.sources(code), read)
  // The keys may just have been replaced, so read the settings again, at most every 10 s.
  if (isAppError(heard, 'BadSignature') && !(heard instanceof SignatureProbe) && (await ctx.refreshSettings()))
    heard = firstThatHolds(await ctx.sources(code), read)
  if (!isRefusal(heard)) return heard
  if (heard instanceof SignatureProbe) return undefined
  const owned = ownedBy(heard)
  if (owned) await recordNotice(ctx, { kind: 'mismatched', provider: code, ...owned, content: sampleOf(request) })
  else await recordForged(ctx, code, heard.message, sampleOf(request))
  return undefined
}

interface Verified {
  source: EnabledProvider
  notice: Notice
}

type Heard = Verified | AppError

/**
 * The notification, by the first settings that verify it; otherwise the most informative refusal, newest settings
 * first.
 */
function firstThatHolds(sources: readonly EnabledProvider[], read: Reading): Heard {
  const refusals: AppError[] = []
  for (const source of sources) {
    const notice = parse(source, read)
    if (!isRefusal(notice)) return { source, notice }
    refusals.push(notice)
  }
  const telling = refusals.find((one) => one instanceof SignatureProbe || ownedBy(one) !== undefined)
  return telling ?? refusals[0] ?? new AppError('BadSignature', 'no settings are kept for this provider')
}

/** The case for a call that has a valid signature but cannot be accepted; undefined if the sender is not verified. */
function ownedBy(refusal: AppError): { orderNo: string | null; subject: string; reason: string } | undefined {
  if (refusal instanceof WrongMerchant)
    return { orderNo: orderNoOf(refusal.paymentNo) ?? null, subject: refusal.paymentNo, reason: 'merchant differs' }
  if (!(refusal instanceof Unreadable)) return undefined
  const orderNo = orderNoOf(refusal.no) ?? null
  // A number that cannot be ours is as unreadable as the rest: one entry for all of them.
  return { orderNo, subject: orderNo === null ? '' : refusal.no, reason: `unreadable: ${refusal.field}` }
}

function parse(source: EnabledProvider, read: Reading): Notice | AppError {
  try {
    return read(source)
  } catch (error) {
    if (isAppError(error, 'BadSignature') || isAppError(error, 'BadInput')) return error
    throw error
  }
}

const isRefusal = (parsed: unknown): parsed is AppError => parsed instanceof Error

const sampleOf = ({ method, query, body }: RawRequest): unknown => ({ method, query, body: contentOf(body) })

/** Its fields, where it is short JSON: a text of JSON would be escaped once more wherever it is shown. */
function contentOf(body: Uint8Array): unknown {
  const text = Buffer.from(body.subarray(0, 2_048)).toString('utf8')
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null) return value
  } catch {
    // a form, XML, or no text at all
  }
  return text.slice(0, 512)
}

async function settle(ctx: Context, source: EnabledProvider, notice: Notice): Promise<Settled['verdict']> {
  if (notice.about === 'refund')
    return (await settleRefund(ctx, { source, no: notice.refundNo, report: notice.report, of: notice.of })).verdict
  if (notice.about === 'complaint') return noteComplaint(ctx, source, notice.complaintId)
  if (notice.about === 'check') return noteKeyCheck(ctx, source, notice)
  if (notice.about === 'contract')
    return (await settleContract(ctx, { source, contractNo: notice.contractNo, report: notice.report })).verdict
  const { verdict } = notice.confirm
    ? { verdict: 'unconfirmed' as const }
    : await settlePayment(ctx, { source, no: notice.paymentNo, report: notice.report })
  if (verdict !== 'unconfirmed') return verdict
  const confirm = () => settleConfirmed(ctx, source, { no: notice.paymentNo, report: notice.report })
  // Our record still says otherwise after these looks: the provider must send its notification again.
  return (await lookAgain(ctx, waitsMs, confirm)) ?? 'unconfirmed'
}

/** Stores that something happened to a complaint. The timer asks what, within a minute. */
async function noteComplaint(ctx: Context, source: EnabledProvider, id: string): Promise<Settled['verdict']> {
  const now = ctx.now()
  const heard = heardOf(id, madeWith(source), now)
  const there = await insertComplaint(ctx.db, heard)
  if (there === heard) return 'settled'
  // Another provider's complaint of that number cannot be this one.
  if (there.provider !== heard.provider) return 'contradiction'
  await changeComplaint(ctx.db, id, (before) => ({ complaint: lookNow(before, now) }), there)
  return 'settled'
}

/**
 * Stores that the call which a check of the keys asked for arrived. A call that no check waits for changes nothing.
 * @returns `unconfirmed` while this instance knows only older settings: the provider calls again
 */
async function noteKeyCheck(
  ctx: Context,
  source: EnabledProvider,
  { echo, look }: { echo: string | null; look: readonly string[] },
): Promise<Settled['verdict']> {
  const check = await readKeyCheck(ctx.db, source.definition.code)
  // A content that does not open names no check, so it belongs to the one that waits.
  if (!check || check.heard !== null || (echo !== null && echo !== check.echo)) return 'unchanged'
  if (isOlder(source, check)) return 'unconfirmed'
  await hearKeyCheck(ctx.db, check, echo === null ? { heard: 'sealed', look } : { heard: 'opened', look: [] })
  return 'settled'
}

const isOlder = ({ generation = 1 }: EnabledProvider, check: StoredKeyCheck): boolean => generation < check.generation

/** Whether a notification about a check was verified with older settings than those that are checked. */
async function isOutdated(ctx: Context, { source, notice }: Verified): Promise<boolean> {
  if (notice.about !== 'check') return false
  const check = await readKeyCheck(ctx.db, source.definition.code)
  return check !== undefined && isOlder(source, check)
}

// A notification that comes while another caller asks waits for that answer, within the provider's own time-out.
const waitsMs = [100, 300, 600]

/**
 * This notification alone is not proof: only the provider's answer to our own query settles the payment.
 * @returns undefined when another caller is asking at this moment, and its answer is not in our record yet
 */
async function settleConfirmed(
  ctx: Context,
  source: EnabledProvider,
  { no, report }: { no: string; report: PaymentReport },
): Promise<Settled['verdict'] | undefined> {
  const orderNo = orderNoOf(no)
  const order = orderNo === undefined ? undefined : await readOrder(ctx.db, orderNo)
  const payment = order?.payments.find((one) => one.no === no)
  if (!order || !payment)
    return (await settlePayment(ctx, { source, no, report: { outcome: 'unknown', raw: report.raw } })).verdict
  // The payment is already settled, so no query is needed, but the notice is still compared with our record.
  if (isSecondPayment(payment, report)) return settleSecond(ctx, source, { order, payment, report })
  if (payment.state === 'paid' && report.outcome === 'paid') {
    const again: PaymentReport = report.amountFen === undefined ? { ...report, outcome: 'pending' } : report
    return (await settlePayment(ctx, { source, no, report: again }, order)).verdict
  }
  const { order: newest, report: answer } = await askPayment(ctx, source, { order, no })
  if (!answer)
    return paymentOf(newest, no).state === report.outcome && report.outcome !== 'paid' ? 'unchanged' : undefined
  const { verdict, order: after } = await settlePayment(ctx, { source, no, report: answer }, newest)
  // The reply was about the first charge and the notice about a second one, which must still be booked.
  const first = after?.payments.find((one) => one.no === no)
  if (after && first && isSecondPayment(first, report))
    return settleSecond(ctx, source, { order: after, payment: first, report })
  // If the provider's own reply does not agree with the notice yet, the provider must send the notice again.
  const isSilent = answer.outcome === 'unknown' || (answer.outcome === 'pending' && report.outcome !== 'pending')
  return isSilent && verdict === 'unchanged' ? 'unconfirmed' : verdict
}

/** Books a second charge if the provider confirms it by the charge's own number; otherwise opens a case for staff. */
async function settleSecond(
  ctx: Context,
  source: EnabledProvider,
  { order, payment, report }: { order: Order; payment: Payment; report: PaymentReport },
): Promise<Settled['verdict']> {
  const theirNo = report.theirNo ?? null
  const asked = source.provider.byTheirNo
    ? await askPayment(ctx, source, { order, no: payment.no, second: theirNo })
    : { order, report: { outcome: 'unknown', raw: report.raw } as const }
  const answer: PaymentReport = asked.report ?? { outcome: 'unknown', raw: report.raw }
  if (isSecondPayment(payment, answer) && answer.theirNo === theirNo)
    return (await settlePayment(ctx, { source, no: payment.no, report: answer }, asked.order)).verdict
  if (answer.outcome === 'unknown' && source.provider.byTheirNo) return 'unconfirmed'
  await recordNotice(ctx, {
    kind: 'contradiction',
    provider: source.definition.code,
    orderNo: order._id,
    subject: payment.no,
    reason: 'told of a second payment that cannot be confirmed',
    content: report.raw,
  })
  return 'contradiction'
}

const thanked = new Set<Settled['verdict']>(['settled', 'unchanged', 'contradiction'])
