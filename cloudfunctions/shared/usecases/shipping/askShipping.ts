import { type Order, paymentOf } from '../../domain/orders/orderShape'
import { applyShippingLook } from '../../domain/orders/orderShipping'
import { changeOrder } from '../../store/orders'
import type { Context } from '../platform/context'

/**
 * Asks WeChat about the shipping of an order and records the answer: the shopper may have confirmed the receipt, or the
 * merchant may have reported the shipping in WeChat's console. We always ask, as WeChat's page about its receipt
 * component demands, because what the phone or a pushed event says could be forged.
 * @returns the order as it is afterwards
 */
export async function askShipping(ctx: Context, order: Order): Promise<Order> {
  const { shipping } = order
  const theirNo = shipping && paymentOf(order, shipping.paymentNo).theirNo
  if (!shipping || !theirNo || shipping.state === 'sending' || shipping.state === 'received') return order
  const news = await ctx.shipping.look(theirNo)
  const apply = (before: Order) => ({ order: applyShippingLook(before, news, shipping.enteredAt, ctx.now()) })
  return (await changeOrder(ctx.db, order._id, apply, order)).order
}
