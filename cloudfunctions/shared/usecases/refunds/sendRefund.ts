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
 * Does the next step of a stored refund. All code that sends refunds uses this function. If the refund may have reached
 * the provider, we first ask the provider. We send the refund only if the provider does not have it, and only under a
 * claim. A caller without the claim changes nothing.
 * @returns the order as it is afterwards
 */
export async function sendRefund(ctx: Context, order: Order, no: string): Promise<Order> {
  const refund = refundOf(order, no)
  if (!isOpenRefund(refund) || isClaimed(refund.claim, ctx.now())) return order
  const payment = paymentOf(order, refund.paymentNo)
  const source = await ctx.sourceOf(payment)
  if (!source?.provider.refund) {
    // Staff have ended the settings with which we would send this refund and ask about it. So we cannot finish the
    // refund.
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
  // Check the claim's time after the write, because a caller that was delayed must not send when its claim has expired.
  if (!isMine || !isClaimed(refundOf(claimed, no).claim, ctx.now())) return claimed
  const sent = await source.provider.refund(input())
  if (sent.outcome === 'notSent') {
    const release = (before: Order) => ({ order: releaseRefund(before, no, id, ctx.now()) })
    return (await changeOrder(ctx.db, order._id, release, claimed)).order
  }
  // We have sent this refund before. If the provider refuses now, perhaps it already has the refund from the first
  // time. So we ask the provider, and record the refusal only if the answer confirms it.
  const report = isAgain && sent.outcome === 'refused' ? await confirmed(source.provider, input(), sent) : sent
  return settle(report, id, claimed)
}

// Another function instance may have stored newer settings that this instance has not read yet. After this time every
// instance has read them.
const settingsAgeMs = 2 * 60_000

/** Makes a case for staff, because the result of a refund is unknown. */
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
 * Asks a provider about one of our refunds, unless another caller asked within the last 3 s. Before the question this
 * function writes the order once, so that other callers do not ask as well.
 * @returns the stored order and the provider's answer. `answer` is absent if another caller has asked within the last 3
 * s; the caller then uses our record
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
