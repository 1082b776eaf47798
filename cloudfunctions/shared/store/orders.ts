// Orders in the database. They are read by number, inserted once, and changed by compare-and-set.
import type { Order } from '../domain/orders/orderShape'
import type { Person } from '../domain/person'
import { storedIn } from './compareAndSet'
import type { Condition, Database } from './database'
import { type Paging, readPage } from './paging'
import { rowsOfPerson } from './rowsOfPerson'

const collection = 'orders'

export const {
  read: readOrder,
  mustRead: mustReadOrder,
  insert: insertOrder,
  write: writeOrder,
  change: changeOrder,
} = storedIn<'order', Order>(collection, 'order')

const idsAtOnce = 100

/**
 * Reads the orders with these numbers. A number without an order is left out of the result. Costs one query for each
 * hundred numbers.
 */
export async function readOrders(db: Database, orderNos: readonly string[]): Promise<Map<string, Order>> {
  const found = new Map<string, Order>()
  for (let from = 0; from < orderNos.length; from += idsAtOnce) {
    const ids = orderNos.slice(from, from + idsAtOnce)
    const where = { _id: { in: ids } }
    for (const order of await db.find<Order>(collection, { where, orderBy: [['_id', 'asc']], limit: idsAtOnce }))
      found.set(order._id, order)
  }
  return found
}

/** A shopper's orders in all apps, the greatest number (usually the newest order) first. */
export function listOrders(
  db: Database,
  { person, state, before, limit }: { person: Person; state?: string; before?: string; limit: number },
): Promise<Order[]> {
  const where: Record<string, Condition> = {}
  if (state !== undefined) where.state = state
  if (before !== undefined) where._id = { lt: before }
  return rowsOfPerson<Order>({ db, collection }, person, { where, limit })
}

/**
 * A shopper's orders that were created since a time, newest first. They are sorted by the time of creation, because the
 * phone chooses the order number.
 */
export const recentOrders = (
  db: Database,
  { openid, since, limit }: { openid: string; since: number; limit: number },
): Promise<Order[]> =>
  db.find<Order>(collection, {
    where: { openid, createdAt: { gte: since } },
    orderBy: [['createdAt', 'desc']],
    limit,
  })

/**
 * How many orders browsers without a sign-in have made from one network address in one hour. `addressMark` is a keyed
 * hash of the address and the hour.
 */
export const countOrdersOf = (db: Database, addressMark: string): Promise<number> =>
  db.count(collection, { addressMark })

/**
 * The field by which the timer finds due orders. `dueAt`: any work is due; `refundDueAt`: a refund is due; `payDueAt`:
 * a query about a waiting payment is due.
 */
export type DueQueue = 'dueAt' | 'refundDueAt' | 'payDueAt'

/** Orders that became due between `since` and `now`, the longest waiting first. */
export const dueOrders = (
  db: Database,
  { queue, since, now, limit }: { queue: DueQueue; since: number; now: number; limit: number },
): Promise<Order[]> =>
  db.find<Order>(collection, { where: { [queue]: { gte: since, lte: now } }, orderBy: [[queue, 'asc']], limit })

/** Reads one page of all orders. @throws BadInput for a malformed cursor */
export const pageOfOrders = (db: Database, paging: Paging): Promise<{ found: Order[]; cursor: string | null }> =>
  readPage<Order>(db, collection, paging)
