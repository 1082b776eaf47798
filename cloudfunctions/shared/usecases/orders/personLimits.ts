// Limits for one person. One query serves all limits: it reads the orders of the last hour, and the older ones for
// which payments can have begun within the hour.
import { LimitReached } from '../../domain/errors'
import type { Order } from '../../domain/orders/orderShape'
import { isWaiting } from '../../domain/payment'
import { isOwnedBy } from '../../domain/person'
import { hourMs } from '../../domain/reports/stats'
import { countOrdersOf, recentOrders } from '../../store/orders'
import type { Limits, ShopperContext } from '../platform/context'

/** The caller's orders that count for the limits, the newest first; at most as many as the limits need. */
export async function countedOrders(ctx: ShopperContext): Promise<Order[]> {
  const { limits, orderMinutes } = await ctx.shop()
  const since = ctx.now() - hourMs - orderMinutes * 60_000
  const found = await recentOrders(ctx.db, { openid: ctx.openid, since, limit: mostCounted(limits) })
  return found.filter((order) => isOwnedBy(order, ctx))
}

// Creating and cancelling many orders must not push older attempts out of the count.
const mostCounted = ({ openOrders, attemptsPerHour }: Limits): number => openOrders + attemptsPerHour

/** @throws Conflict when the caller may not create another order now */
export function assertMayCreate(counted: readonly Order[], limits: Limits): void {
  const open = counted.filter(({ state }) => state === 'open').length
  if (open >= limits.openOrders) throw new LimitReached('openOrders')
  if (counted.length >= mostCounted(limits)) throw new LimitReached('attemptsPerHour')
}

/**
 * A browser without a sign-in is a new person whenever it throws its cookie away; its network address stays.
 * @throws Conflict when such browsers have made too many orders there within this hour of the clock
 */
export async function assertAddressMayCreate({ db, addressMark }: ShopperContext, limits: Limits): Promise<void> {
  if (addressMark === undefined) return
  if ((await countOrdersOf(db, addressMark)) >= limits.ordersPerAddress) throw new LimitReached('ordersPerAddress')
}

/** @throws Conflict when another attempt must not be opened for this order now */
export function assertMayOpen(order: Order, counted: readonly Order[], limits: Limits, now: number): void {
  if (order.payments.filter(isWaiting).length >= limits.waitingAttempts) throw new LimitReached('waitingAttempts')
  const others = counted.filter(({ _id }) => _id !== order._id)
  const attempts = [order, ...others].flatMap(({ payments }) => payments)
  if (attempts.filter(({ createdAt }) => createdAt > now - hourMs).length >= limits.attemptsPerHour)
    throw new LimitReached('attemptsPerHour')
}
