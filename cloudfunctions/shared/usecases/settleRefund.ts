import { applyRefundNews, type Order, refundOf } from '../domain/order'
import type { RefundOutcome } from '../domain/refund'
import type { Context } from './context'
import { compareReport, type News, type Settled, settleReport } from './settleReport'

/**
 * The one door for news about a refund.
 * @param known an order that was just read, to save a read
 */
export async function settleRefund(ctx: Context, news: News<RefundOutcome>, known?: Order): Promise<Settled> {
  const now = ctx.now()
  return settleReport(
    ctx,
    news,
    (before) => {
      compareReport(before, refundOf(before, news.no), news.source, news.report)
      return applyRefundNews(before, news.no, news.report, now)
    },
    known,
  )
}
