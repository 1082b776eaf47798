import type * as z from 'zod/mini'
import type { OrderResults, orderApi } from '../../api/orders'
import { claimAsks } from '../../domain/orders/order'
import { type Order, paymentOf } from '../../domain/orders/orderShape'
import { isWaiting } from '../../domain/payment'
import { changeOrder, mustReadOrder } from '../../store/orders'
import type { ShopperContext } from '../platform/context'
import { askAttempt } from '../settle/endAttempt'
import { orderView } from './orderView'
import { ownOrder } from './ownOrder'

/**
 * Reads the caller's order. With `refresh` the provider is asked about what still waits, at most every 3 s per payment.
 * @throws NotFound
 */
export async function readOwnOrder(
  ctx: ShopperContext,
  input: z.infer<typeof orderApi.read>,
): Promise<OrderResults['read']> {
  const order = await ownOrder(ctx, input.orderNo)
  const fresh = input.refresh ? await askAll(ctx, order) : order
  return { order: orderView(fresh, ctx.now()) }
}

async function askAll(ctx: ShopperContext, order: Order): Promise<Order> {
  if (!order.payments.some(isWaiting)) return order
  const { order: claimed, nos } = await changeOrder(ctx.db, order._id, (newest) => claimAsks(newest, ctx.now()), order)
  const [first, ...others] = await Promise.all(nos.map((no) => askAttempt(ctx, claimed, paymentOf(claimed, no))))
  if (others.length > 0) return mustReadOrder(ctx.db, order._id)
  return first ?? claimed
}
