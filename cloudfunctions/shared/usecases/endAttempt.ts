import { type Order, paymentOf } from '../domain/order'
import { isWaiting, type Payment } from '../domain/payment'
import type { PaymentReport } from '../providers/provider'
import type { Context, EnabledProvider } from './context'
import { paymentRef } from './paymentRef'
import { settlePayment } from './settlePayment'

/** Asks the provider about a waiting attempt and settles what it says. @returns the order as it stands then */
export async function askAttempt(ctx: Context, order: Order, payment: Payment): Promise<Order> {
  const source = await ctx.provider(payment.provider)
  return source
    ? settled(ctx, order, payment, source, await source.provider.query(paymentRef(order, payment, ctx.now())))
    : order
}

/**
 * Ends a waiting attempt: the provider is asked first, then told to close. Afterwards the attempt is paid, closed or
 * failed; or it still waits, where the provider cannot say or cannot close.
 * @returns the order as it stands then
 */
export async function endAttempt(ctx: Context, order: Order, payment: Payment): Promise<Order> {
  const source = await ctx.provider(payment.provider)
  if (!source) return order
  const asked = await askAttempt(ctx, order, payment)
  const still = paymentOf(asked, payment.no)
  if (!isWaiting(still) || !source.provider.close) return asked
  return settled(ctx, asked, still, source, await source.provider.close(paymentRef(asked, still, ctx.now())))
}

/** Ends every attempt of an order that still waits, one after the other. */
export async function endAttempts(ctx: Context, order: Order): Promise<Order> {
  let now = order
  for (const { no } of order.payments.filter(isWaiting)) {
    const payment = paymentOf(now, no)
    if (isWaiting(payment)) now = await endAttempt(ctx, now, payment)
  }
  return now
}

async function settled(
  ctx: Context,
  order: Order,
  payment: Payment,
  source: EnabledProvider,
  report: PaymentReport,
): Promise<Order> {
  return (await settlePayment(ctx, { source, no: payment.no, report }, order)).order ?? order
}
