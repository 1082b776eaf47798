// Every question to a provider about a payment goes through this file: at most one in 3 s per payment, for all callers.
import { claimAsks } from '../../domain/orders/order'
import { type Order, paymentOf } from '../../domain/orders/orderShape'
import type { PaymentReport } from '../../providers/provider'
import { changeOrder } from '../../store/orders'
import type { Context, EnabledProvider } from '../platform/context'
import { paymentRef } from '../platform/paymentRef'

interface Asked {
  order: Order
  /** the provider's answer; absent if another caller asked within the last 3 s: then use our record */
  report?: PaymentReport
}

/**
 * Asks a provider about one payment, unless another caller asked within the last 3 s. Costs one write before the
 * question.
 * @param second the provider's own number of a second charge under this payment's number
 */
export async function askPayment(
  ctx: Context,
  source: EnabledProvider,
  { order, no, second }: { order: Order; no: string; second?: string | null },
): Promise<Asked> {
  const field = second === undefined ? 'askedAt' : 'secondAskedAt'
  const take = (before: Order) => claimAsks(before, [no], ctx.now(), field)
  const { order: claimed, nos } = await changeOrder(ctx.db, order._id, take, order)
  if (nos.length === 0) return { order: claimed }
  return { order: claimed, report: await askClaimed(ctx, source, { order: claimed, no, second }) }
}

/** Asks about a payment for which the caller took the right itself (claimAsks), together with others. */
export const askClaimed = (
  ctx: Context,
  source: EnabledProvider,
  { order, no, second }: { order: Order; no: string; second?: string | null | undefined },
): Promise<PaymentReport> =>
  source.provider.query({
    ...paymentRef(order, paymentOf(order, no), ctx.now()),
    ...(second !== undefined && { theirNo: second, isSecond: true }),
  })
