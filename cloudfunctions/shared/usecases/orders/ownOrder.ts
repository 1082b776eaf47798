import { AppError } from '../../domain/errors'
import type { Order } from '../../domain/orders/orderShape'
import { readOrder } from '../../store/orders'
import type { ShopperContext } from '../platform/context'

/** The caller's own order. Another person's order is as absent as one that never was. @throws NotFound */
export async function ownOrder(ctx: ShopperContext, orderNo: string): Promise<Order> {
  const order = await readOrder(ctx.db, orderNo)
  if (!order || order.openid !== ctx.openid) throw new AppError('NotFound', 'no such order')
  return order
}
