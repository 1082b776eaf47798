import { type Order, paymentOf } from '../../domain/orders/orderShape'
import { applyShippingLook } from '../../domain/orders/orderShipping'
import { changeOrder } from '../../store/orders'
import type { Context } from '../platform/context'

/**
 * Asks WeChat what became of an order's shipping, and records it: the shopper has confirmed the receipt, or the merchant
 * has reported it in WeChat's console. WeChat's page on its component for the receipt wants this question: what the
 * phone says is no proof, and no event of the message push is one.
 * @returns the order as it stands then
 */
export async function askShipping(ctx: Context, order: Order): Promise<Order> {
  const { shipping } = order
  const theirNo = shipping && paymentOf(order, shipping.paymentNo).theirNo
  if (!shipping || !theirNo || shipping.state === 'sending' || shipping.state === 'received') return order
  const news = await ctx.shipping.look(theirNo)
  const apply = (before: Order) => ({ order: applyShippingLook(before, news, shipping.enteredAt, ctx.now()) })
  return (await changeOrder(ctx.db, order._id, apply, order)).order
}
