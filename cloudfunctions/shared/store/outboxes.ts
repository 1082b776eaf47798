// Orders and contracts with events that are not handed over yet.
import type { Contract } from '../domain/contractShape'
import type { Order } from '../domain/orders/orderShape'
import type { Database } from './database'

/** Documents whose time to be handed over lies between `since` and `now`, the longest waiting first. */
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
