import type * as z from 'zod/mini'
import type { OrderResults, orderApi } from '../../api/orders'
import { orderShape } from '../../domain/shapes'
import { listOrders } from '../../store/orders'
import type { ShopperContext } from '../platform/context'
import { soundRows } from '../platform/soundRows'
import { orderView } from './orderView'

const defaultLimit = 20

/** The caller's orders, newest first; `cursor` is the last number of this page, or null when there are no more. */
export async function listOwnOrders(
  ctx: ShopperContext,
  input: z.infer<typeof orderApi.list>,
): Promise<OrderResults['list']> {
  const limit = input.limit ?? defaultLimit
  const found = await listOrders(ctx.db, {
    openid: ctx.openid,
    limit: limit + 1,
    ...(input.state !== undefined && { state: input.state }),
    ...(input.cursor !== undefined && { before: input.cursor }),
  })
  const page = found.slice(0, limit)
  const now = ctx.now()
  return {
    // Staff see which are broken.
    orders: soundRows(ctx, page, orderShape, (order) => orderView(order, now)).rows,
    cursor: found.length > limit ? (page.at(-1)?._id ?? null) : null,
  }
}
