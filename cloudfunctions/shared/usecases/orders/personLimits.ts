// Limits for one person. One query serves all limits: it reads the orders in which the person can have begun a payment
// within the last hour.

import { hourMs } from '../../../../miniprogram/rules/beijing'
import { LimitReached } from '../../domain/errors'
import type { Order } from '../../domain/orders/orderShape'
import { isWaiting } from '../../domain/payment'
import { isOwnedBy } from '../../domain/person'
import { countOrdersOf, recentOrders } from '../../store/orders'
import type { Limits, ShopperContext, ShopSettings } from '../platform/context'

/** The caller's recent orders that count for the limits, newest first. Reads at most as many as the limits need. */
export async function countedOrders(ctx: ShopperContext): Promise<Order[]> {
  const shop = await ctx.shop()
  const since = countedSince(shop, ctx.now())
  const found = await recentOrders(ctx.db, { openid: ctx.openid, since, limit: mostCounted(shop.limits) })
  return found.filter((order) => isOwnedBy(order, ctx))
}

const countedSince = ({ orderMinutes }: ShopSettings, now: number): number => now - hourMs - orderMinutes * 60_000

// Read more orders than may be open at the same time. Otherwise a person could hide earlier attempts by creating and
// cancelling many orders.
const mostCounted = ({ openOrders, attemptsPerHour }: Limits): number => openOrders + attemptsPerHour

/** Refuses a new order if the caller has reached a limit. @throws Conflict */
export function assertMayCreate(counted: readonly Order[], limits: Limits): void {
  const open = counted.filter(({ state }) => state === 'open').length
  if (open >= limits.openOrders) throw new LimitReached('openOrders')
  if (counted.length >= mostCounted(limits)) throw new LimitReached('attemptsPerHour')
}

/**
 * Limits the orders from one network address. A browser without a sign-in counts as a new person each time it deletes
 * its cookie, but its network address stays the same.
 * @throws Conflict if such browsers have made too many orders from this address in the current hour
 */
export async function assertAddressMayCreate({ db, addressMark }: ShopperContext, limits: Limits): Promise<void> {
  if (addressMark === undefined) return
  if ((await countOrdersOf(db, addressMark)) >= limits.ordersPerAddress) throw new LimitReached('ordersPerAddress')
}

// Several calls at the same moment can create more open orders than the limit, because none of the calls sees the
// others' orders yet. So we check the limit again when the person pays. The person may pay the oldest orders. To pay a
// newer order, the person must first pay or cancel an older one, or wait until it is closed.
function isBeyond(order: Order, counted: readonly Order[], shop: ShopSettings, now: number): boolean {
  const { limits } = shop
  const older = counted.filter((one) => one.state === 'open' && isBefore(one, order)).length
  if (older >= limits.openOrders) return true
  // An order of a contract stays open for months, so that a missed charge can be paid by hand. The limit does not apply
  // to orders that are older than the range of recent orders.
  if (order.createdAt < countedSince(shop, now)) return false
  // The list of recent orders has its greatest length, and this order is older than all of them. So the person has made
  // too many orders recently.
  return counted.length >= mostCounted(limits) && !counted.some(({ _id }) => _id === order._id)
}

const isBefore = (one: Order, other: Order): boolean =>
  one.createdAt < other.createdAt || (one.createdAt === other.createdAt && one._id < other._id)

/** Refuses another attempt for this order if the caller has reached a limit. @throws Conflict */
export function assertMayOpen(order: Order, counted: readonly Order[], shop: ShopSettings, now: number): void {
  const { limits } = shop
  if (isBeyond(order, counted, shop, now)) throw new LimitReached('openOrders')
  if (order.payments.filter(isWaiting).length >= limits.waitingAttempts) throw new LimitReached('waitingAttempts')
  const others = counted.filter(({ _id }) => _id !== order._id)
  const attempts = [order, ...others].flatMap(({ payments }) => payments)
  if (attempts.filter(({ createdAt }) => createdAt > now - hourMs).length >= limits.attemptsPerHour)
    throw new LimitReached('attemptsPerHour')
}
