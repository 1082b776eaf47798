import { AppError } from '../../domain/errors'
import { closeOrder, expireNow } from '../../domain/orders/order'
import { type Order, standing } from '../../domain/orders/orderShape'
import { isWaiting } from '../../domain/payment'
import { changeOrder } from '../../store/orders'
import type { Context } from '../platform/context'
import { endAttempts } from '../settle/endAttempt'

/**
 * Ends an open order when a person asks for it. First the provider is asked to close the order's payments. If the
 * provider does not confirm that, the order only expires, and the timer closes it later. If the order is already
 * closed, nothing changes.
 * @param by `shopper`, or the openid of a staff member
 * @throws Conflict if the order is already paid
 */
export async function endOrder(ctx: Context, order: Order, by: string): Promise<Order> {
  if (order.state === 'closed') return order
  const ended = order.state === 'open' ? await endAttempts(ctx, order) : order
  const decide = (before: Order) => ({ order: cancelled(before, by, ctx.now()) })
  return (await changeOrder(ctx.db, order._id, decide, ended)).order
}

function cancelled(order: Order, by: string, now: number): Order {
  if (order.state === 'paid') throw new AppError('Conflict', `the order is ${standing(order, now)}`)
  return order.payments.some(isWaiting) ? expireNow(order, by, now) : closeOrder(order, 'cancelled', by, now)
}
