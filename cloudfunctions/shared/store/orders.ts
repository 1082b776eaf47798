// Orders in the database: read by number, insert once, change by compare-and-set.
import { AppError } from '../domain/errors'
import type { Order } from '../domain/order'
import type { Condition, Database } from './database'
import { type Paging, readPage } from './paging'

const collection = 'orders'
const tryLimit = 5

export const readOrder = (db: Database, orderNo: string): Promise<Order | undefined> =>
  db.get<Order>(collection, orderNo)

/** @throws NotFound */
export async function mustReadOrder(db: Database, orderNo: string): Promise<Order> {
  const order = await readOrder(db, orderNo)
  if (!order) throw new AppError('NotFound', 'no such order')
  return order
}

const idsAtOnce = 100

/** The orders that are there, by number, in one query for each hundred. */
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

/**
 * Inserts an order, or finds the one that already has this number: a failed insert cannot be told from a lost reply
 * (design §2), so what is there decides.
 */
export async function insertOrder(db: Database, order: Order): Promise<Order> {
  try {
    await db.insert(collection, order)
    return order
  } catch (cause) {
    const there = await readOrder(db, order._id)
    if (there) return there
    throw new AppError('Internal', 'the order could not be stored', { cause })
  }
}

/**
 * Reads, decides, writes; again from the start when somebody was faster or the reply of the write was lost.
 * `decide` sees the newest order and must find its own earlier work there. It returns the same object when there is
 * nothing to write.
 * @param known an order that was just read, to save the first read
 * @throws NotFound, Conflict after 5 tries, and whatever `decide` throws
 */
export async function changeOrder<T extends { order: Order }>(
  db: Database,
  orderNo: string,
  decide: (order: Order) => T,
  known?: Order,
): Promise<T> {
  let failure: unknown
  for (let attempt = 0; attempt < tryLimit; attempt++) {
    if (attempt > 1) await db.backOff(attempt)
    const before = attempt === 0 && known ? known : await mustReadOrder(db, orderNo)
    const decision = decide(before)
    if (decision.order === before) return decision
    try {
      if (await db.change<Order>(collection, orderNo, before.version, difference(before, decision.order)))
        return decision
    } catch (error) {
      failure = error
    }
  }
  throw new AppError('Conflict', 'the order is being changed by others', { cause: failure })
}

function difference(before: Order, after: Order): Partial<Order> {
  const changes = Object.entries(after).filter(([name, value]) => before[name as keyof Order] !== value)
  return Object.fromEntries(changes) as Partial<Order>
}

/** A shopper's orders, newest number first. */
export function listOrders(
  db: Database,
  { openid, state, before, limit }: { openid: string; state?: string; before?: string; limit: number },
): Promise<Order[]> {
  const where: Record<string, Condition> = { openid }
  if (state !== undefined) where.state = state
  if (before !== undefined) where._id = { lt: before }
  return db.find<Order>(collection, { where, orderBy: [['_id', 'desc']], limit })
}

/** A person's orders that were created since a time, the newest first. The phone chooses numbers, so they say nothing about age. */
export const recentOrders = (
  db: Database,
  { openid, since, limit }: { openid: string; since: number; limit: number },
): Promise<Order[]> =>
  db.find<Order>(collection, {
    where: { openid, createdAt: { gte: since } },
    orderBy: [['createdAt', 'desc']],
    limit,
  })

/** Everything that is due, and the refunds and waiting payments among it */
export type DueQueue = 'dueAt' | 'refundDueAt' | 'payDueAt'

/** Orders whose due time lies between `since` and `now`, the longest waiting first. */
export const dueOrders = (
  db: Database,
  { queue, since, now, limit }: { queue: DueQueue; since: number; now: number; limit: number },
): Promise<Order[]> =>
  db.find<Order>(collection, { where: { [queue]: { gte: since, lte: now } }, orderBy: [[queue, 'asc']], limit })

/** One page of everybody's orders. @throws BadInput for a cursor that is none */
export const pageOfOrders = (db: Database, paging: Paging): Promise<{ found: Order[]; cursor: string | null }> =>
  readPage<Order>(db, collection, paging)
