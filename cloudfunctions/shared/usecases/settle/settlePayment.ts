import { AppError, isAppError } from '../../domain/errors'
import { orderNoOf } from '../../domain/orders/orderNo'
import { applyPaymentNews, paymentMeant, recordDispute } from '../../domain/orders/orderPayments'
import { type Order, paymentOf, refundableFen } from '../../domain/orders/orderShape'
import { debitChannel, isBackUnknown, type PaymentOutcome } from '../../domain/payment'
import type { PaymentReport } from '../../providers/provider'
import { changeOrder } from '../../store/orders'
import type { Context } from '../platform/context'
import { recordNotice } from '../platform/recordNotice'
import { followCharge } from './followCharge'
import { compareReport, factsOf, type News, type Settled, settleReport } from './settleReport'
import { endUnknownBack, unknownBack } from './unknownBack'

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
  const { provider } = source
  const refundSurplus = provider.refund !== undefined && (await ctx.shop()).surplus === 'refund'
  let before: Order | undefined
  const settled = await settleReport(
    ctx,
    news,
    (current) => {
      before = current
      const { amountFen, state } = paymentOf(current, no)
      compareReport(current, { paymentNo: no, amountFen }, source, report)
      // That some of it went back says that it came, and not how much.
      if (report.outcome === 'refunded' && report.amountFen === undefined && state !== 'paid')
        throw new AppError('Mismatch', 'amount is missing')
      return applyPaymentNews(current, no, report, {
        now,
        refundSurplus,
        refundSecond: refundSurplus && provider.byTheirNo === true,
      })
    },
    known,
  )
  const { verdict, order } = settled
  if (verdict === 'settled' && order?.contract && paymentOf(order, no).channel !== debitChannel)
    await follow(ctx, order.contract.contractNo, order)
  if (verdict === 'settled' && order && before) await callAboutMoney(ctx, news, before, order)
  // Money came, only not as asked: the shopper must hear that, and must not be led to pay again.
  if (verdict === 'mismatched' && report.outcome === 'paid')
    return {
      ...settled,
      ...(await changeOrder(ctx.db, orderNoOf(no) ?? no, (o) => ({ order: recordDispute(o, no, now) }))),
    }
  return settled
}

/** What went back outside, and what came twice, is looked at by a person where we cannot tell how much, or whose it is. */
async function callAboutMoney(
  ctx: Context,
  { source, no, report }: News<PaymentOutcome>,
  before: Order,
  order: Order,
): Promise<void> {
  const meant = paymentMeant(order, no, report.theirNo)
  if (!meant) return
  const was = before.payments.find((payment) => payment.no === meant.no)
  const call = (kind: 'unresolved' | 'contradiction', reason: string) =>
    recordNotice(ctx, {
      kind,
      provider: source.definition.code,
      orderNo: order._id,
      subject: meant.no,
      reason,
      content: report.raw,
      facts: factsOf(meant.no, report, order),
    })
  if (isBackUnknown(meant) && !(was && isBackUnknown(was))) await call('unresolved', unknownBack)
  if (was && isBackUnknown(was) && !isBackUnknown(meant)) await endUnknownBack(ctx, source.definition.code, meant.no)
  if (refundableFen(order, meant.no) < 0) await call('contradiction', 'more went back than was paid')
  if (!was && meant.secondOf !== undefined && !source.provider.byTheirNo)
    await call('contradiction', 'paid twice under one number: it can only be given back at the provider')
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
