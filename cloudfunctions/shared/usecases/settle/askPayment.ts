// Asks a provider about a payment. All code that asks about payments uses this file, because all callers together may
// ask about one payment only once in 3 s.
import { claimAsks } from '../../domain/orders/order'
import { type Order, paymentOf } from '../../domain/orders/orderShape'
import type { PaymentReport } from '../../providers/provider'
import { changeOrder } from '../../store/orders'
import type { Context, EnabledProvider } from '../platform/context'
import { paymentRef } from '../platform/paymentRef'

interface Asked {
  order: Order
  /** the provider's answer; absent if another caller asked within the last 3 s, so use our record */
  report?: PaymentReport
}

/**
 * Asks a provider about one payment, unless another caller asked within the last 3 s. Before the question this function
 * writes the order once, so that other callers do not ask as well.
 * @param second undefined: asks about the payment itself. Otherwise asks about a second charge under the payment's number;
 * `second` is the provider's own number of that charge, or null if the provider gave none
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

/**
 * Asks a provider about a payment. Before this, the caller has called claimAsks, so that no other caller asks at the
 * same time. One call of claimAsks can cover several payments.
 */
export const askClaimed = (
  ctx: Context,
  source: EnabledProvider,
  { order, no, second }: { order: Order; no: string; second?: string | null | undefined },
): Promise<PaymentReport> =>
  source.provider.query({
    ...paymentRef(order, paymentOf(order, no), ctx.now()),
    ...(second !== undefined && { theirNo: second, isSecond: true }),
  })
