import { dayMs } from '../../../../miniprogram/rules/beijing'
import type { AdminInput, AdminResults } from '../../api/admin'
import { claimSeen } from '../../domain/claim'
import { startOfDayText } from '../../domain/days'
import { AppError } from '../../domain/errors'
import { isSecondPayment, paymentMeant } from '../../domain/orders/orderPayments'
import { knownRefund } from '../../domain/orders/orderRefunds'
import { type Order, paymentOf, refundableFen, refundOf } from '../../domain/orders/orderShape'
import type { Payment } from '../../domain/payment'
import { isOpenRefund, type Refund } from '../../domain/refund'
import { type Difference, isGone, type OwnLine } from '../../domain/reports/reconcile'
import type { RefundReport } from '../../providers/provider'
import { mustReadOrder } from '../../store/orders'
import {
  changeDifferences,
  linesOf,
  type Reconciliation,
  readReconciliation,
  reconcileNow,
  reconciliationView,
  repairsOf,
  rulesOf,
} from '../jobs/reconcile'
import type { StaffContext } from '../platform/context'
import { paymentRef, refundRef } from '../platform/paymentRef'
import { staffNames } from '../platform/staffNames'
import { assertNotOwnRefund } from '../refunds/ownRefund'
import { requestRefund } from '../refunds/requestRefund'
import { askRefund, sendRefund } from '../refunds/sendRefund'
import { askPayment } from '../settle/askPayment'
import { askAttempt } from '../settle/endAttempt'
import { settlePayment } from '../settle/settlePayment'
import { settleRefund } from '../settle/settleRefund'
import type { Done } from './audited'

type Asked = AdminInput<'bills'>

/**
 * Reads the reconciliation of a provider's day for staff; null if there is none yet.
 * @throws BadInput for an invalid day
 */
export async function readBillsAsStaff(
  ctx: StaffContext,
  { provider, day }: Asked,
): Promise<Done<AdminResults['bills']>> {
  startOfDayText(day, 'day')
  const [job, nameOf, providers] = await Promise.all([
    readReconciliation(ctx, provider, day),
    staffNames(ctx),
    ctx.kept(),
  ])
  const billing = providers.filter((one) => one.provider.bill !== undefined).map(({ definition }) => definition.code)
  const reconciliation = job ? reconciliationView(job, nameOf) : null
  return { result: { providers: billing, reconciliation, now: ctx.now() } }
}

/** Runs a reconciliation now by reconcileNow. Viewers may not run one. @throws Forbidden */
export async function runBillsAsStaff(
  ctx: StaffContext,
  { provider, day }: Asked,
): Promise<Done<AdminResults['bills']>> {
  if (ctx.role === 'viewer') throw new AppError('Forbidden', 'viewers may not resolve differences')
  const job = await reconcileNow(ctx, provider, day)
  const { result } = await readBillsAsStaff(ctx, { provider, day })
  return { result, outcome: { found: job.found, matched: job.matched } }
}

/**
 * Resolves one difference for staff, in one of four ways: asks the provider and applies the answer; records a refund or
 * second charge that only the bill has; refunds a second charge; or ignores the difference with a note. The difference
 * counts as resolved only if our record agrees afterwards. The call can be repeated.
 * @throws NotFound, Conflict, BadInput if this way does not fit, Forbidden over the refund limit, ProviderRefused
 */
export async function repairAsStaff(
  ctx: StaffContext,
  { provider, day, kind, no, theirNo, how, note = '' }: AdminInput<'repair'>,
): Promise<Done<AdminResults['repair']>> {
  const job = await readReconciliation(ctx, provider, day)
  const isMeant = (one: Difference) => one.kind === kind && one.no === no && one.theirNo === theirNo
  const those = job?.differences.filter(isMeant) ?? []
  const open = those.find((one) => one.repaired === null)
  if (!job || those.length === 0) throw new AppError('NotFound', 'no such difference')
  const answer = async (after: Reconciliation) => ({ reconciliation: reconciliationView(after, await staffNames(ctx)) })
  if (!open) return { result: await answer(job) }
  if (!repairsOf(open).includes(how)) throw new AppError('BadInput', 'how: does not fit this difference')
  if (how === 'ignore' && note.trim() === '') throw new AppError('BadInput', 'note: is empty')
  const orderNo = open.orderNo ?? ''
  const isDone =
    how === 'query'
      ? isGone(open, await askAbout(ctx, provider, orderNo, no))
      : how === 'record'
        ? await record(ctx, { provider, day, orderNo, difference: open })
        : how === 'ignore' || (await giveBack(ctx, { provider, day, orderNo, duplicate: open }))
  const repaired = { at: ctx.now(), by: ctx.openid, how, note }
  const after = await changeDifferences(ctx, job, (one) =>
    isMeant(one) && one.repaired === null && !one.waits && isDone ? { ...one, repaired } : one,
  )
  return { result: await answer(after), outcome: { isRepaired: isDone } }
}

/**
 * Asks the provider about one payment or refund, in whatever state it is.
 * @returns our record of it after the answer
 */
async function askAbout(ctx: StaffContext, code: string, orderNo: string, no: string): Promise<OwnLine | undefined> {
  const order = await mustReadOrder(ctx.db, orderNo)
  const payment = order.payments.find((one) => one.no === no)
  const refund = order.refunds.find((one) => one.no === no)
  const after = payment
    ? await askAttempt(ctx, order, payment)
    : refund
      ? await askOwnRefund(ctx, order, refund)
      : order
  const [source] = await ctx.sources(code)
  return source && linesOf(after, code, rulesOf(source.definition)).find((line) => line.no === no)
}

async function askOwnRefund(ctx: StaffContext, order: Order, refund: Refund): Promise<Order> {
  const source = await ctx.sourceOf(paymentOf(order, refund.paymentNo))
  if (isOpenRefund(refund)) return sendRefund(ctx, order, refund.no)
  if (!source?.provider.queryRefund) return order
  // A refund that has failed in our record may be done at the provider, so ask about failed refunds, too.
  const { order: asked, answer } = await askRefund(ctx, source.provider, order, refundRef(order, refund, '', ctx.now()))
  if (!answer || answer.outcome === 'notFound') return asked
  const result = { source, no: refund.no, report: answer, claim: claimSeen(refund) }
  return (await settleRefund(ctx, result, asked)).order ?? asked
}

// Some bills give a refund's line the time of the payment. If that time lies outside the bill's day, it cannot be the
// refund's time, so we use the end of the day.
function onDay(at: number | null, day: string): number {
  const from = startOfDayText(day, 'day')
  return at !== null && at >= from && at < from + dayMs ? at : from + dayMs - 1
}

/** Records a refund or second charge that only the bill has. @returns whether our record has it afterwards */
async function record(
  ctx: StaffContext,
  { provider, day, orderNo, difference }: { provider: string; day: string; orderNo: string; difference: Difference },
): Promise<boolean> {
  const order = await mustReadOrder(ctx.db, orderNo)
  if (difference.kind === 'duplicate')
    return secondOf(await recordSecond(ctx, provider, order, difference), difference) !== undefined
  const { of, theirNo, theirsFen, theirAt } = difference
  if (!of) return false
  const { refundNo, paymentNo } = of
  const payment = paymentMeant(order, paymentNo, of.theirNo || undefined)
  const source = await sourceAbout(ctx, provider, payment)
  if (!source) return false
  const { refundDay } = rulesOf(source.definition)
  const at = refundDay === 'unknown' ? onDay(theirAt, day) : (theirAt ?? ctx.now())
  const told: RefundReport = {
    outcome: of.isDone ? 'refunded' : 'pending',
    ...(theirNo !== null && { theirNo }),
    ...(theirsFen !== null && { amountFen: theirsFen }),
    ...(refundDay === 'acceptedAt' ? { acceptedAt: at } : { at }),
    raw: null,
  }
  // A refund that was unfinished when the provider made the bill may be done by now. Only the provider knows, so ask.
  const asks = !of.isDone && refundNo !== '' && payment !== undefined && source.provider.queryRefund
  const answer = asks
    ? await asks({
        payment: paymentRef(order, payment, ctx.now()),
        refundNo,
        theirRefundNo: theirNo,
        amountFen: theirsFen ?? 0,
        reason: '',
        noticeUrl: '',
        now: ctx.now(),
      })
    : told
  const report: RefundReport = answer.outcome === 'notFound' ? { ...answer, outcome: 'unknown' } : answer
  const named = { paymentNo, ...(of.theirNo !== '' && { theirNo: of.theirNo }) }
  const { order: after } = await settleRefund(ctx, { source, no: refundNo, report, of: named }, order)
  const refund = after && knownRefund(after, { no: refundNo, ...(theirNo !== null && { theirNo }) })
  return refund?.state === 'done' && refund.amountFen === theirsFen
}

const secondOf = (order: Order, { no, theirNo }: Difference): Payment | undefined =>
  order.payments.find((payment) => payment.secondOf === no && payment.theirNo === theirNo)

// Finds the settings with which we can ask the provider about a payment. The provider may have newer settings of
// another merchant, but only the merchant who got the payment can ask about it.
const sourceAbout = async (ctx: StaffContext, code: string, payment?: Payment) =>
  payment?.provider === code ? ctx.sourceOf(payment) : (await ctx.sources(code))[0]

/**
 * Records a second charge. We take the provider's answer if the provider can be asked about that charge, otherwise the
 * bill's line.
 */
async function recordSecond(ctx: StaffContext, code: string, order: Order, duplicate: Difference): Promise<Order> {
  const { no, theirNo, theirsFen, theirAt } = duplicate
  const payment = paymentOf(order, no)
  const source = await sourceAbout(ctx, code, payment)
  if (!source || theirNo === null || theirsFen === null || secondOf(order, duplicate)) return order
  const question = source.provider.byTheirNo ? await askPayment(ctx, source, { order, no, second: theirNo }) : undefined
  // Another caller is asking about this payment. The difference stays open, and staff can try again.
  if (question && !question.report) return question.order
  const asked = question?.report
  const billed = { outcome: 'paid', theirNo, amountFen: theirsFen, at: theirAt ?? ctx.now(), raw: null } as const
  const report = asked && isSecondPayment(payment, asked) && asked.theirNo === theirNo ? asked : billed
  const newest = question?.order ?? order
  return (await settlePayment(ctx, { source, no, report }, newest)).order ?? newest
}

/**
 * Refunds a second charge by the provider's own number of that charge. The refund's requestId is made from the day and
 * the payment, so repeated calls mean the same refund. If the provider has refused this refund, a further call makes a
 * new refund.
 * @returns whether the refund is done
 * @throws Conflict if less than the second charge can still be refunded, ProviderRefused
 */
async function giveBack(
  ctx: StaffContext,
  { provider, day, orderNo, duplicate }: { provider: string; day: string; orderNo: string; duplicate: Difference },
): Promise<boolean> {
  const { no, theirNo, theirsFen } = duplicate
  const before = await mustReadOrder(ctx.db, orderNo)
  await assertNotOwnRefund(ctx, before)
  const prefix = `bill-${day}-${no}-${theirNo}-`
  const earlier = before.refunds.find(({ requestId, state }) => requestId.startsWith(prefix) && state !== 'failed')
  const order = earlier ? before : await recordSecond(ctx, provider, before, duplicate)
  const paymentNo = earlier?.paymentNo ?? secondOf(order, duplicate)?.no
  if (paymentNo === undefined) throw new AppError('Conflict', 'the second charge could not be recorded')
  const asked = order.refunds.filter((refund) => refund.paymentNo === paymentNo)
  const live = earlier ?? asked.find(({ state }) => state !== 'failed')
  const amountFen = live?.amountFen ?? theirsFen ?? 0
  if (!live && (amountFen <= 0 || amountFen > refundableFen(order, paymentNo)))
    throw new AppError('Conflict', 'less can still be refunded than the amount of the second charge')
  const requestId = live?.requestId ?? `${prefix}${asked.length + 1}`
  const request = {
    requestId,
    paymentNo,
    amountFen,
    reason: 'reconciliation',
    by: ctx.openid,
    limitFen: ctx.refundLimitFen,
  }
  const { order: after, refundNo } = await requestRefund(ctx, orderNo, request, order)
  const { state } = refundOf(after, refundNo)
  if (state === 'failed') throw new AppError('ProviderRefused', 'the refund was refused')
  return state === 'done'
}
