import { isAppError } from '../domain/errors'
import { applyPaymentNews, type Order, orderNoOf, paymentOf, recordDispute } from '../domain/order'
import { debitChannel, type PaymentOutcome } from '../domain/payment'
import type { PaymentReport } from '../providers/provider'
import { changeOrder } from '../store/orders'
import type { Context } from './context'
import { followCharge } from './followCharge'
import { compareReport, type News, type Settled, settleReport } from './settleReport'

/**
 * The one door for news about a payment: notice, query, reply and timer all end here. A mismatch changes nothing and is
 * kept in `notices`; where it says paid, the order says that it is looked into. `unconfirmed`: paid without an amount, which only a query can confirm. A contract hears at once when
 * its missed period was paid by hand; what became of a debit it finds in its order (workDueContracts).
 * @param known an order that was just read, to save a read
 */
export async function settlePayment(
  ctx: Context,
  news: News<PaymentOutcome> & { report: PaymentReport },
  known?: Order,
): Promise<Settled> {
  const { source, no, report } = news
  if (report.outcome === 'paid' && report.amountFen === undefined) return { verdict: 'unconfirmed' }
  const now = ctx.now()
  const refundSurplus = source.provider.refund !== undefined && (await ctx.shop()).surplus === 'refund'
  const settled = await settleReport(
    ctx,
    news,
    (before) => {
      compareReport(before, { paymentNo: no, amountFen: paymentOf(before, no).amountFen }, source, report)
      return applyPaymentNews(before, no, report, now, refundSurplus)
    },
    known,
  )
  const { verdict, order } = settled
  if (verdict === 'settled' && order?.contract && paymentOf(order, no).channel !== debitChannel)
    await follow(ctx, order.contract.contractNo, order)
  // Money came, only not as asked: the shopper must hear that, and must not be led to pay again.
  if (verdict === 'mismatched' && report.outcome === 'paid')
    return {
      ...settled,
      ...(await changeOrder(ctx.db, orderNoOf(no) ?? no, (o) => ({ order: recordDispute(o, no, now) }))),
    }
  return settled
}

// The money is settled with the order's write. A contract that could not be told looks at its order by itself.
async function follow(ctx: Context, contractNo: string, order: Order): Promise<void> {
  try {
    await followCharge(ctx, contractNo, order)
  } catch (error) {
    if (isAppError(error, 'NotFound')) return
    ctx.log('contractNotTold', { orderNo: order._id, reason: error instanceof Error ? error.name : 'error' })
  }
}
