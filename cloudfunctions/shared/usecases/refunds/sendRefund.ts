import { claimSeen, isClaimed } from '../../domain/claim'
import { claimRefund, claimRefundAsk, releaseRefund } from '../../domain/orders/orderRefunds'
import { type Order, paymentOf, refundOf } from '../../domain/orders/orderShape'
import { asksAboutRefund, isAskedAgain, isOpenRefund, type Refund, refundPatienceMs } from '../../domain/refund'
import type { Provider, RefundAnswer, RefundInput, RefundReport } from '../../providers/provider'
import { changeOrder } from '../../store/orders'
import { newClaimId } from '../platform/claimId'
import type { Context } from '../platform/context'
import { refundRef } from '../platform/paymentRef'
import { recordNotice } from '../platform/recordNotice'
import { settleRefund } from '../settle/settleRefund'

/**
 * Advances a stored refund by one step; all code that sends refunds uses this function. If the refund may have reached
 * the provider, ask the provider first. Send it only if the provider does not have it, and only under a claim. A caller
 * that does not get the claim changes nothing and returns the current order.
 * @returns the order as it stands then
 */
export async function sendRefund(ctx: Context, order: Order, no: string): Promise<Order> {
  const refund = refundOf(order, no)
  if (!isOpenRefund(refund) || isClaimed(refund.claim, ctx.now())) return order
  const payment = paymentOf(order, refund.paymentNo)
  const source = await ctx.sourceOf(payment)
  if (!source?.provider.refund) {
    // The settings with which this refund could be sent and queried were ended by a person.
    if (!source && ctx.now() - payment.createdAt > settingsAgeMs)
      await openCase(ctx, order, refund, { reason: 'the settings of this refund were deleted', content: null })
    return order
  }
  const noticeUrl = `${(await ctx.shop()).publicUrl}/notify/${source.definition.code}`
  const input = (): RefundInput => refundRef(order, refund, noticeUrl, ctx.now())
  const seen = claimSeen(refund)
  const settle = async (report: RefundReport, claim: string | null, known: Order): Promise<Order> =>
    (await settleRefund(ctx, { source, no, report, claim }, known)).order ?? known

  const isAgain = asksAboutRefund(refund)
  if (isAgain) {
    const asked = await askRefund(ctx, source.provider, order, input())
    if (!asked.answer) return asked.order
    const { answer } = asked
    const mayGo = answer.outcome === 'notFound' || (answer.outcome === 'refused' && isAskedAgain(refund))
    if (answer.outcome === 'unknown' && ctx.now() - refund.createdAt > refundPatienceMs)
      await openCase(ctx, order, refund, {
        reason: 'the provider does not say what became of this refund',
        content: answer.raw,
      })
    if (!mayGo) return settle(answer as RefundReport, seen, order)
  }

  const id = newClaimId(ctx)
  const take = (before: Order) => claimRefund(before, no, { id, seen }, ctx.now())
  const { order: claimed, isMine } = await changeOrder(ctx.db, order._id, take, order)
  // The claim's time is checked after the write: a delayed caller must not send under an expired claim.
  if (!isMine || !isClaimed(refundOf(claimed, no).claim, ctx.now())) return claimed
  const sent = await source.provider.refund(input())
  if (sent.outcome === 'notSent') {
    const release = (before: Order) => ({ order: releaseRefund(before, no, id, ctx.now()) })
    return (await changeOrder(ctx.db, order._id, release, claimed)).order
  }
  // A refusal of a second sending may mean that the provider already has the refund. It counts only if a query confirms
  // it.
  const report = isAgain && sent.outcome === 'refused' ? await confirmed(source.provider, input(), sent) : sent
  return settle(report, id, claimed)
}

// Another instance may have stored newer settings than this one has read. After this time every instance has read them.
const settingsAgeMs = 2 * 60_000

/** Opens a case for staff about a refund whose result is not known. */
const openCase = (
  ctx: Context,
  order: Order,
  refund: Refund,
  { reason, content }: { reason: string; content: unknown },
): Promise<void> =>
  recordNotice(ctx, {
    kind: 'unresolved',
    provider: paymentOf(order, refund.paymentNo).provider,
    orderNo: order._id,
    subject: refund.no,
    reason,
    content,
  })

/**
 * Asks a provider about a refund of ours, unless another caller asked within the last 3 s. Costs one write before the
 * question.
 * @returns the order as stored, and the answer; no answer if another caller asked: then use our record
 */
export async function askRefund(
  ctx: Context,
  provider: Provider,
  order: Order,
  input: RefundInput,
): Promise<{ order: Order; answer?: RefundAnswer }> {
  const take = (before: Order) => claimRefundAsk(before, input.refundNo, ctx.now())
  const { order: claimed, isMine } = await changeOrder(ctx.db, order._id, take, order)
  return isMine ? { order: claimed, answer: await askAbout(provider, input) } : { order: claimed }
}

async function askAbout(provider: Provider, input: RefundInput): Promise<RefundAnswer> {
  return provider.queryRefund ? provider.queryRefund(input) : { outcome: 'unknown' as const, raw: null }
}

async function confirmed(provider: Provider, input: RefundInput, refused: RefundReport): Promise<RefundReport> {
  const answer = await askAbout(provider, input)
  return answer.outcome === 'notFound' || answer.outcome === 'refused' ? refused : answer
}
