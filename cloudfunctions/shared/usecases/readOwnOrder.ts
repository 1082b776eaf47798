import type * as z from 'zod/mini'
import type { OrderResults, orderApi } from '../api'
import { claimAsk, type Order, paymentOf } from '../domain/order'
import { isWaiting } from '../domain/payment'
import { changeOrder } from '../store/orders'
import type { ShopperContext } from './context'
import { askAttempt } from './endAttempt'
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
  let current = order
  for (const { no } of order.payments.filter(isWaiting)) {
    const before = current
    const claimed = await changeOrder(
      ctx.db,
      order._id,
      (newest) => ({ order: claimAsk(newest, no, ctx.now()), newest }),
      before,
    )
    current = claimed.order
    if (claimed.order !== claimed.newest) current = await askAttempt(ctx, current, paymentOf(current, no))
  }
  return current
}
