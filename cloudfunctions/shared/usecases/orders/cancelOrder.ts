import type * as z from 'zod/mini'
import type { OrderResults, orderApi } from '../../api/orders'
import { AppError } from '../../domain/errors'
import type { ShopperContext } from '../platform/context'
import { endOrder } from './endOrder'
import { orderView } from './orderView'
import { ownOrder } from './ownOrder'

/**
 * Cancels the caller's open order; see endOrder.
 * @throws NotFound; Conflict when it is, or has just been, paid, or a contract charges it
 */
export async function cancelOrder(
  ctx: ShopperContext,
  input: z.infer<typeof orderApi.cancel>,
): Promise<OrderResults['cancel']> {
  const own = await ownOrder(ctx, input.orderNo)
  if (own.contract && own.state === 'open')
    throw new AppError('Conflict', 'the order is charged by a contract: end the contract instead')
  const order = await endOrder(ctx, own, 'shopper')
  return { order: orderView(order, ctx.now()) }
}
