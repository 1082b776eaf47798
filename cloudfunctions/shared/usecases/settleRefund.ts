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
  if (order && verdict === 'settled' && refundableFen(order, refundOf(order, news.no).paymentNo) < 0)
    await recordNotice(ctx, {
      kind: 'contradiction',
      provider: news.source.definition.code,
      orderNo: order._id,
      subject: news.no,
      reason: 'more went back than was paid',
      content: news.report.raw,
    })
  return settled
}
