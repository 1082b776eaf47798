import { AppError, isAppError } from '../../domain/errors'
import { orderNoOf } from '../../domain/orders/orderNo'
import { applyPaymentNews, paymentMeant, recordDispute } from '../../domain/orders/orderPayments'
import { kindOf, type Order, paymentOf, refundableFen } from '../../domain/orders/orderShape'
import { debitChannel, isBackUnknown, type PaymentOutcome } from '../../domain/payment'
import type { PaymentReport } from '../../providers/provider'
import { changeOrder } from '../../store/orders'
import type { Context, EnabledProvider } from '../platform/context'
import { followCharge } from './followCharge'
import { endKnownBack, unknownBack } from './moneyCases'
import { compareReport, factsOf, type News, type Settled, settleReport, type Worry } from './settleReport'

/**
 * Applies a report about a payment to our record. Every report goes through this function: webhook notifications,
 * answers to queries, and replies of the provider. A report that does not fit our record changes nothing and becomes a
 * case in `notices`; if the report says paid, the order is also marked as disputed. If a shopper paid a missed charge
 * by hand, we update the charge's contract at once; the timer copies the result of a debit later (workDueContracts).
 * @param known the order, if the caller has just read it; saves a read
 * @returns verdict `unconfirmed`: the report says paid without an amount, so only a query can confirm it
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
  const { surplus, shipping } = await ctx.shop()
  const refundSurplus = provider.refund !== undefined && surplus === 'refund'
  const settled = await settleReport(
    ctx,
    news,
    (current) => {
      const { amountFen, state, channel } = paymentOf(current, no)
      compareReport(current, { paymentNo: no, amountFen }, source, report)
      // A reported refund proves that the payment was paid, but without an amount we do not know how much was paid.
      if (report.outcome === 'refunded' && report.amountFen === undefined && state !== 'paid')
        throw new AppError('Mismatch', 'amount is missing')
      const decided = applyPaymentNews(current, no, report, {
        now,
        refundSurplus,
        refundSecond: refundSurplus && provider.byTheirNo === true,
        ...(shipping !== 'off' &&
          isReported(source, current, channel) && { shipping: kindOf(current) === 'virtual' ? 'virtual' : shipping }),
      })
      return { ...decided, worries: worriesAbout(news, current, decided.order) }
    },
    known,
  )
  const { verdict, order, before } = settled
  if (verdict === 'settled' && order?.contract && paymentOf(order, no).channel !== debitChannel)
    await follow(ctx, order.contract.contractNo, order)
  const meant = order && before && paymentMeant(order, no, report.theirNo)
  if (meant) await endKnownBack(ctx, { provider: source.definition.code, paymentNo: meant.no }, before, order)
  // The shopper paid another amount than requested. Mark the order as disputed, so that the shopper sees the dispute
  // and is not asked to pay again.
  if (verdict === 'mismatched' && report.outcome === 'paid')
    return {
      ...settled,
      ...(await changeOrder(ctx.db, orderNoOf(no) ?? no, (o) => ({ order: recordDispute(o, no, now) }))),
    }
  return settled
}

/**
 * Whether WeChat keeps the money of this payment until the shop has reported the shipping. WeChat does so for payments
 * in the mini-program. For debits under contracts, no page of WeChat says that WeChat keeps the money.
 */
const isReported = ({ definition }: EnabledProvider, { place = 'miniprogram' }: Order, channel: string): boolean =>
  definition.reportsShipping === true && place === 'miniprogram' && channel !== debitChannel

/**
 * What staff must hear of: money that we cannot assign. That is a refund of unknown amount made outside this system,
 * more money refunded than paid, or a second charge that we cannot refund.
 */
function worriesAbout({ source, no, report }: News<PaymentOutcome>, before: Order, order: Order): Worry[] {
  const meant = order === before ? undefined : paymentMeant(order, no, report.theirNo)
  if (!meant) return []
  const was = before.payments.find((payment) => payment.no === meant.no)
  const worries: Worry[] = []
  const worry = (kind: Worry['kind'], reason: string) =>
    worries.push({ kind, subject: meant.no, reason, facts: factsOf(meant.no, report, order) })
  if (isBackUnknown(meant) && !(was && isBackUnknown(was))) worry('unresolved', unknownBack)
  if (refundableFen(order, meant.no) < 0) worry('contradiction', 'more went back than was paid')
  if (!was && meant.secondOf !== undefined && !source.provider.byTheirNo)
    worry('contradiction', 'paid twice under one number: it can only be given back at the provider')
  return worries
}

// The order already says that the payment is settled. If the contract cannot be updated now, the timer copies the
// result later.
async function follow(ctx: Context, contractNo: string, order: Order): Promise<void> {
  try {
    await followCharge(ctx, contractNo, order)
  } catch (error) {
    if (isAppError(error, 'NotFound')) return
    ctx.log('contractNotTold', { orderNo: order._id, reason: error instanceof Error ? error.name : 'error' })
  }
}
