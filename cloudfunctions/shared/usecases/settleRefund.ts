import { applyRefundNews, type Order, refundableFen, refundOf } from '../domain/order'
import type { RefundOutcome } from '../domain/refund'
import type { Context } from './context'
import { recordNotice } from './recordNotice'
import { compareReport, type News, type Settled, settleReport } from './settleReport'

/**
 * The one door for news about a refund. One that had failed and was done after all may mean that more went back than
 * came, when it was repeated meanwhile: the record keeps the truth, and a person is called.
 * @param known an order that was just read, to save a read
 */
export async function settleRefund(ctx: Context, news: News<RefundOutcome>, known?: Order): Promise<Settled> {
  const now = ctx.now()
  const settled = await settleReport(
    ctx,
    news,
    (before) => {
      compareReport(before, refundOf(before, news.no), news.source, news.report)
      return applyRefundNews(before, news.no, news.report, now)
    },
    known,
  )
  const { order, verdict } = settled
  const worry = order && verdict === 'settled' ? worryAbout(order, news.no) : undefined
  if (order && worry)
    await recordNotice(ctx, {
      kind: worry.kind,
      provider: news.source.definition.code,
      orderNo: order._id,
      subject: news.no,
      reason: worry.reason,
      content: news.report.raw,
    })
  return settled
}

function worryAbout(
  order: Order,
  refundNo: string,
): { kind: 'contradiction' | 'unresolved'; reason: string } | undefined {
  const refund = refundOf(order, refundNo)
  if (refundableFen(order, refund.paymentNo) < 0)
    return { kind: 'contradiction', reason: 'more went back than was paid' }
  // Nobody asked for this one, so nobody watches it: the shop believes that surplus goes back by itself.
  if (refund.by === 'system' && refund.state === 'failed')
    return { kind: 'unresolved', reason: 'surplus could not be sent back' }
  return undefined
}
