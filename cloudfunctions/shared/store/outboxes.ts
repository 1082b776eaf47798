// Orders and contracts that have events for which no deliveries were made yet.
import type { Contract } from '../domain/contractShape'
import type { Order } from '../domain/orders/orderShape'
import type { Database } from './database'

/** Documents whose events are due between `since` and `now`, the longest waiting first. */
const dueIn =
  <T extends Order | Contract>(collection: 'orders' | 'contracts') =>
  (db: Database, { since, now, limit }: { since: number; now: number; limit: number }): Promise<T[]> =>
    db.find<T>(collection, {
      where: { outboxAt: { gte: since, lte: now } },
      orderBy: [['outboxAt', 'asc']],
      limit,
    })

export const ordersToTell = dueIn<Order>('orders')
export const contractsToTell = dueIn<Contract>('contracts')
