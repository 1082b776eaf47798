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
import { pollResult } from './pollResult'
import { settleContract } from './settleContract'
import { settlePayment } from './settlePayment'
import { settleRefund } from './settleRefund'
import type { Settled } from './settleReport'

/**
 * Receives a webhook notification: verifies it, applies it, and answers as the provider expects. The answer is success
 * only after our write was acknowledged, or if there was nothing to write.
 * @returns 404 for a provider that is unknown or has no settings; such calls are counted
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

// Anybody can call /notify/ with any provider name. So all calls with unknown names are counted in one case.
async function keepHomeless(ctx: Context, code: string, request: RawRequest): Promise<void> {
  const provider = ctx.providerNames.has(code) ? code : 'unknown'
  await recordForged(ctx, provider, 'no settings are kept for this provider', sampleOf(request))
}

/**
 * Verifies a webhook notification, compares it with our record, and applies it. Never throws.
 * @param at when the call arrived, epoch ms; the provider's code checks the notification's age with this
 * @returns whether the provider may be told that we have accepted the notification
 */
export const acceptNotice = (ctx: Context, code: string, request: RawRequest, at: number): Promise<boolean> =>
  accept(ctx, code, request, ({ provider }) => provider.parseNotice(request, at))

/**
 * Compares an event of WeChat's message push with our record, and applies it. The event is about a provider's payment.
 * Never throws.
 * @param event an event whose signature is verified
 * @param request the request as it came, which is stored with a case
 * @returns whether WeChat may be told that we have accepted the event
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
    // A key check tests the newest settings, which this instance may not have read yet.
    if (verified && (await isOutdated(ctx, verified)) && (await ctx.refreshSettings()))
      verified = await verify(ctx, code, request, read)
    return verified !== undefined && thanked.has(await settle(ctx, verified.source, verified.notice))
  } catch (error) {
    // After any error we do not answer success, so that the provider sends the notification again.
    ctx.log('noticeFailed', { provider: code, reason: error instanceof Error ? error.name : 'error' })
    return false
  }
}

async function verify(ctx: Context, code: string, request: RawRequest, read: Reading): Promise<Verified | undefined> {
  let heard = firstThatHolds(await ctx.sources(code), read)
  // Staff may just have replaced the keys. So read the settings again, at most every 10 s, and try once more.
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
 * Reads the notification with each generation of settings, newest first. Returns the first reading whose signature is
 * valid. If every generation refuses, returns the first refusal that says something about the sender: the provider only
 * tests our signature check, or the signature is valid but we cannot accept the call. If there is no such refusal,
 * returns the refusal of the newest generation.
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

/**
 * What a case says about a call that has a valid signature, but that we cannot accept. Undefined if the sender is not
 * verified.
 */
function ownedBy(refusal: AppError): { orderNo: string | null; subject: string; reason: string } | undefined {
  if (refusal instanceof WrongMerchant)
    return { orderNo: orderNoOf(refusal.paymentNo) ?? null, subject: refusal.paymentNo, reason: 'merchant differs' }
  if (!(refusal instanceof Unreadable)) return undefined
  const orderNo = orderNoOf(refusal.no) ?? null
  // The number in this call cannot be one of ours, so staff could find nothing by it. All such calls are counted in one
  // case.
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

/**
 * The body for the case: the fields of short JSON, otherwise the first characters. JSON is not stored as text, because
 * a page would show its quotation marks as `\"`.
 */
function contentOf(body: Uint8Array): unknown {
  const text = Buffer.from(body.subarray(0, 2_048)).toString('utf8')
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null) return value
  } catch {
    // The body is a form, XML, or no text at all. Keep its beginning as it is.
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
  // Our record still does not agree with the notification, so the provider must send the notification again.
  return (await pollResult(ctx, waitsMs, confirm)) ?? 'unconfirmed'
}

/** Records that a complaint has changed. Within a minute the timer asks the provider what has changed. */
async function noteComplaint(ctx: Context, source: EnabledProvider, id: string): Promise<Settled['verdict']> {
  const now = ctx.now()
  const heard = heardOf(id, madeWith(source), now)
  const there = await insertComplaint(ctx.db, heard)
  if (there === heard) return 'settled'
  // The stored complaint with this number belongs to another provider, so this notification contradicts our record.
  if (there.provider !== heard.provider) return 'contradiction'
  await changeComplaint(ctx.db, id, (before) => ({ complaint: lookNow(before, now) }), there)
  return 'settled'
}

/**
 * Records that a provider's test call has arrived. A key check asks the provider for such a call. If no key check waits
 * for this call, nothing changes.
 * @returns `unconfirmed` while this instance knows only older settings; then the provider calls again
 */
async function noteKeyCheck(
  ctx: Context,
  source: EnabledProvider,
  { echo, look }: { echo: string | null; look: readonly string[] },
): Promise<Settled['verdict']> {
  const check = await readKeyCheck(ctx.db, source.definition.code)
  // A call that we cannot decrypt does not say which key check it belongs to. So count it for the key check that waits
  // for a call.
  if (!check || check.heard !== null || (echo !== null && echo !== check.echo)) return 'unchanged'
  if (isOlder(source, check)) return 'unconfirmed'
  await hearKeyCheck(ctx.db, check, echo === null ? { heard: 'sealed', look } : { heard: 'opened', look: [] })
  return 'settled'
}

const isOlder = ({ generation = 1 }: EnabledProvider, check: StoredKeyCheck): boolean => generation < check.generation

/** Whether a test call was verified with old settings, although the key check tests newer ones. */
async function isOutdated(ctx: Context, { source, notice }: Verified): Promise<boolean> {
  if (notice.about !== 'check') return false
  const check = await readKeyCheck(ctx.db, source.definition.code)
  return check !== undefined && isOlder(source, check)
}

// If another caller is asking the provider about this payment, the notification waits for that answer. The waits (ms)
// end before the provider's own time-out.
const waitsMs = [100, 300, 600]

/**
 * Settles a payment after a notification that is no proof by itself: only the provider's answer to our own query
 * settles the payment.
 * @returns undefined if another caller is asking at this moment, and its answer is not in our record yet
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
  // Our record already says paid, so we need no query. But still compare the notification with our record.
  if (isSecondPayment(payment, report)) return settleSecond(ctx, source, { order, payment, report })
  if (payment.state === 'paid' && report.outcome === 'paid') {
    const again: PaymentReport = report.amountFen === undefined ? { ...report, outcome: 'pending' } : report
    return (await settlePayment(ctx, { source, no, report: again }, order)).verdict
  }
  const { order: newest, report: answer } = await askPayment(ctx, source, { order, no })
  if (!answer)
    return paymentOf(newest, no).state === report.outcome && report.outcome !== 'paid' ? 'unchanged' : undefined
  const { verdict, order: after } = await settlePayment(ctx, { source, no, report: answer }, newest)
  // The provider's reply was about the first charge, but the notification was about a second charge, which must be
  // recorded too.
  const first = after?.payments.find((one) => one.no === no)
  if (after && first && isSecondPayment(first, report))
    return settleSecond(ctx, source, { order: after, payment: first, report })
  // The provider's own reply does not agree with the notification yet, so the provider must send the notification
  // again, even if the reply has changed our record, for example from created to pending.
  const isSilent = answer.outcome === 'unknown' || (answer.outcome === 'pending' && report.outcome !== 'pending')
  return isSilent && verdict !== 'contradiction' ? 'unconfirmed' : verdict
}

/**
 * Records a second charge if the provider confirms it by the provider's number of that charge. Otherwise makes a case
 * for staff.
 */
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
