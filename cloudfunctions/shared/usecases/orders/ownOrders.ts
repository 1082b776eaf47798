// What shoppers do with their own orders: read one, list all, cancel one.
import type * as z from 'zod/mini'
import type { OrderResults, orderApi } from '../../api/orders'
import { AppError } from '../../domain/errors'
import { claimAsks } from '../../domain/orders/order'
import { type Order, paymentOf } from '../../domain/orders/orderShape'
import { isWaiting } from '../../domain/payment'
import { isOwnedBy, personOf } from '../../domain/person'
import { orderShape } from '../../domain/shapes'
import { changeOrder, listOrders, mustReadOrder, readOrder } from '../../store/orders'
import type { Context, ShopperContext } from '../platform/context'
import { ownPage } from '../platform/ownPage'
import { askClaimedAttempt } from '../settle/endAttempt'
import { askShipping } from '../shipping/askShipping'
import { endOrder } from './endOrder'
import { orderView } from './orderView'

/** Reads an order that belongs to the caller. @throws NotFound, also if the order belongs to another person */
export async function ownOrder(ctx: ShopperContext, orderNo: string): Promise<Order> {
  const order = await readOrder(ctx.db, orderNo)
  if (!order || !isOwnedBy(order, ctx)) throw new AppError('NotFound', 'no such order')
  return order
}

/**
 * Reads the caller's order. With `refresh` we also ask the provider about waiting payments, at most once in 3 s for
 * each.
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

// One read asks about at most this many attempts, the newest ones. The timer asks about older attempts.
const asksAtOnce = 3

/** Asks the provider about an order's waiting payments. @returns the order after the provider's answers */
export async function askAll(ctx: Context, order: Order): Promise<Order> {
  if (!order.payments.some(isWaiting)) return order
  const take = (newest: Order) => {
    const waiting = newest.payments.filter(isWaiting).slice(-asksAtOnce)
    const newestNos = waiting.map(({ no }) => no)
    return claimAsks(newest, newestNos, ctx.now())
  }
  const { order: claimed, nos } = await changeOrder(ctx.db, order._id, take, order)
  const [first, ...others] = await Promise.all(nos.map((no) => askClaimedAttempt(ctx, claimed, paymentOf(claimed, no))))
  if (others.length > 0) return mustReadOrder(ctx.db, order._id)
  return first ?? claimed
}

/**
 * Lists the caller's orders, newest first. `cursor` is the orderNo at which the next page continues; null if there are
 * no more.
 */
export async function listOwnOrders(
  ctx: ShopperContext,
  input: z.infer<typeof orderApi.list>,
): Promise<OrderResults['list']> {
  const { rows, cursor } = await ownPage(ctx, input, {
    find: (limit) =>
      listOrders(ctx.db, {
        person: personOf(ctx),
        limit,
        ...(input.state !== undefined && { state: input.state }),
        ...(input.cursor !== undefined && { before: input.cursor }),
      }),
    shape: orderShape,
    view: orderView,
  })
  return { orders: rows, cursor }
}

/**
 * Cancels the caller's open order by endOrder.
 * @throws NotFound; Conflict if the order is already paid, or belongs to a contract's charge
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

/**
 * Asks WeChat whether the caller has confirmed the receipt of an order's goods.
 * @throws NotFound
 */
export async function receiveOrder(
  ctx: ShopperContext,
  input: z.infer<typeof orderApi.received>,
): Promise<OrderResults['received']> {
  const order = await askShipping(ctx, await ownOrder(ctx, input.orderNo))
  return { order: orderView(order, ctx.now()) }
}
