import { type Order, paymentOf } from '../domain/order'
import type { Refund } from '../domain/refund'
import type { RefundReport } from '../providers/provider'
import type { Context } from './context'
import { refundRef } from './paymentRef'
import { settleRefund } from './settleRefund'

/**
 * Takes a stored refund one step on: a new one is sent to the provider; one that was sent is asked about, or sent again
 * under the same refundNo where the provider cannot be asked.
 * @returns the order as it stands then
 */
export async function sendRefund(ctx: Context, order: Order, refund: Refund): Promise<Order> {
  const payment = paymentOf(order, refund.paymentNo)
  const source = await ctx.sourceOf(payment)
  if (!source?.provider.refund) return order
  const { provider, definition } = source
  const input = refundRef(
    order,
    payment,
    refund,
    `${(await ctx.shop()).publicUrl}/notify/${definition.code}`,
    ctx.now(),
  )
  const asked = refund.state === 'pending' && provider.queryRefund ? await provider.queryRefund(input) : undefined
  if (asked && asked.outcome !== 'unknown')
    return (await settleRefund(ctx, { source, no: refund.no, report: asked }, order)).order ?? order
  // It may never have arrived, or nobody could say: the same number again cannot refund twice. But a refusal of what was
  // sent before may mean "I have it already": only the answer to a question makes such a refund fail.
  const sent = await source.provider.refund(input)
  const report: RefundReport =
    refund.state === 'pending' && sent.outcome === 'refused' ? { ...sent, outcome: 'unknown' } : sent
  return (await settleRefund(ctx, { source, no: refund.no, report }, order)).order ?? order
}
