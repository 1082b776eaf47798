import { AppError } from '../../domain/errors'
import type { Verdict } from '../../domain/orders/order'
import { orderNoOf } from '../../domain/orders/orderNo'
import { paymentMeant } from '../../domain/orders/orderPayments'
import { applyRefundNews, knownRefund, recordOutsideRefund } from '../../domain/orders/orderRefunds'
import { type Order, paymentOf, refundableFen } from '../../domain/orders/orderShape'
import type { Payment } from '../../domain/payment'
import type { RefundOutcome } from '../../domain/refund'
import type { RefundReport } from '../../providers/provider'
import type { Context } from '../platform/context'
import { askPayment } from './askPayment'
import { endKnownBack, endMoneyCase, surplusKept } from './moneyCases'
import { settlePayment } from './settlePayment'
import { compareReport, type News, type Settled, settleReport, type Worry } from './settleReport'

type RefundNotice = News<RefundOutcome> & {
  report: RefundReport
  claim?: string | null
  /**
   * the refunded payment, if the provider names it. If a refund was made outside this system, we can find its order
   * only by this payment
   */
  of?: { paymentNo: string; theirNo?: string } | undefined
}

/**
 * Applies a report about a refund to our record. A completed refund that was made outside this system, in the
 * provider's console, is added with its own numbers. If a refund that we recorded as failed was completed after all,
 * and staff had repeated it meanwhile, more may have been refunded than paid. Then we record both refunds and make a
 * case.
 * @param news the report. `claim` is the claim under which we sent the refund or asked about it; a webhook notification
 * has no claim
 * @param known the order, if the caller has just read it; saves a read
 */
export async function settleRefund(ctx: Context, news: RefundNotice, known?: Order): Promise<Settled> {
  const { source, no, report, of } = news
  const provider = source.definition.code
  const told = news.claim === undefined ? report : { ...report, claim: news.claim }
  let payment: Payment | undefined
  const apply = (before: Order): { order: Order; verdict: Verdict } => {
    const mine = before.refunds.find((refund) => refund.no === no) ?? (of && knownRefund(before, { ...report, no }))
    payment = mine ? paymentOf(before, mine.paymentNo) : of && paymentMeant(before, of.paymentNo, of.theirNo)
    if (!payment) throw new AppError('NotFound', 'no such refund')
    if (of && of.paymentNo !== (payment.secondOf ?? payment.no)) throw new AppError('Mismatch', 'payment differs')
    compareReport(before, mine ?? { paymentNo: payment.no }, source, report)
    if (mine) return applyRefundNews(before, mine.no, told, ctx.now())
    if (of?.theirNo !== undefined && payment.theirNo !== null && of.theirNo !== payment.theirNo)
      throw new AppError('NotFound', 'no such payment')
    const isNew = payment.state === 'paid' && report.outcome === 'refunded'
    const order = isNew ? recordOutsideRefund(before, payment.no, { ...report, no }, ctx.now()) : before
    return { order, verdict: order === before ? 'unchanged' : 'settled' }
  }
  const decide = (before: Order) => {
    const decided = apply(before)
    return { ...decided, worries: decided.verdict === 'settled' ? worriesAbout(decided.order, { ...report, no }) : [] }
  }
  const settled = await settleReport(ctx, { ...news, orderNo: of && orderNoOf(of.paymentNo) }, decide, known)
  const { order, verdict } = settled
  if (!order || !payment) return settled
  // Our record does not say yet that the refunded payment was paid, so ask the provider and settle the payment first.
  if (verdict === 'unchanged' && payment.state !== 'paid' && report.outcome === 'refunded') {
    const { order: newest, report: told } = await askPayment(ctx, source, { order, no: payment.no })
    if (!told) return { verdict: 'unconfirmed', order: newest }
    const paid = await settlePayment(ctx, { source, no: payment.no, report: told }, newest)
    const isPaid = paid.order && paymentOf(paid.order, payment.no).state === 'paid'
    return isPaid ? settleRefund(ctx, news, paid.order) : { verdict: 'unconfirmed', order: paid.order ?? order }
  }
  if (verdict !== 'settled') return settled
  if (settled.before) await endKnownBack(ctx, { provider, paymentNo: payment.no }, settled.before, order)
  const refund = knownRefund(order, { ...report, no })
  if (refund?.by === 'system' && refund.state === 'done')
    await endMoneyCase(ctx, { provider, subject: no, reason: surplusKept })
  return settled
}

function worriesAbout(order: Order, told: RefundReport & { no: string }): Worry[] {
  const refund = knownRefund(order, told)
  if (!refund) return []
  const worry = (kind: Worry['kind'], reason: string): Worry[] => [{ kind, subject: told.no, reason }]
  if (refundableFen(order, refund.paymentNo) < 0) return worry('contradiction', 'more went back than was paid')
  // An automatic refund of an overpayment failed. No person waits for it, so staff get a case.
  if (refund.by === 'system' && refund.state === 'failed') return worry('unresolved', surplusKept)
  return []
}
