import { type Order, paymentOf } from '../../domain/orders/orderShape'
import { applyShippingNews } from '../../domain/orders/orderShipping'
import { changeOrder } from '../../store/orders'
import type { Context } from '../platform/context'

/**
 * Asks WeChat whether the shopper has confirmed that the goods arrived, and records it. WeChat's page on its component
 * for that wants this question: what the phone says is no proof.
 * @returns the order as it stands then
 */
export async function askReceived(ctx: Context, order: Order): Promise<Order> {
  const { shipping } = order
  const theirNo = shipping && paymentOf(order, shipping.paymentNo).theirNo
  if (!shipping || !theirNo || shipping.state !== 'reported') return order
  const news = await ctx.shipping.look(theirNo)
  if (news.outcome !== 'received') return order
  const apply = (before: Order) => ({ order: applyShippingNews(before, news, shipping.enteredAt, ctx.now()) })
  return (await changeOrder(ctx.db, order._id, apply, order)).order
}
