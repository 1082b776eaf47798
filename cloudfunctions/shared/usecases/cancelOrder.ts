import type * as z from 'zod/mini'
import type { OrderResults, orderApi } from '../api'
import { AppError } from '../domain/errors'
import { closeOrder, expireNow, type Order, standing } from '../domain/order'
import { isWaiting } from '../domain/payment'
import { changeOrder } from '../store/orders'
import type { ShopperContext } from './context'
import { endAttempts } from './endAttempt'
import { orderView } from './orderView'
import { ownOrder } from './ownOrder'

/**
 * Cancels an open order: the provider is asked and told to close first. Where it cannot say, the order can no longer be
 * paid from here, and the timer closes it. Cancelling a closed order again changes nothing.
 * @throws NotFound; Conflict when it is, or has just been, paid
 */
export async function cancelOrder(
  ctx: ShopperContext,
  input: z.infer<typeof orderApi.cancel>,
): Promise<OrderResults['cancel']> {
  const order = await ownOrder(ctx, input.orderNo)
  if (order.state === 'closed') return { order: orderView(order, ctx.now()) }
  const ended = order.state === 'open' ? await endAttempts(ctx, order) : order
  const { order: after } = await changeOrder(
    ctx.db,
    order._id,
    (before) => ({ order: cancelled(before, ctx.now()) }),
    ended,
  )
  return { order: orderView(after, ctx.now()) }
}

function cancelled(order: Order, now: number): Order {
  if (order.state === 'paid') throw new AppError('Conflict', `the order is ${standing(order, now)}`)
  return order.payments.some(isWaiting)
    ? expireNow(order, 'shopper', now)
    : closeOrder(order, 'cancelled', 'shopper', now)
}
