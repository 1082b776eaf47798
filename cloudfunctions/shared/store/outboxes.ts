// Orders and contracts that have events for which no deliveries were made yet.
import type { Contract } from '../domain/contractShape'
import type { Order } from '../domain/orders/orderShape'
import { handedOver } from '../domain/outbox'
import type { Database } from './database'

const idsAtOnce = 100

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

/**
 * Empties the outboxes of documents, with one call for each hundred of the same version. If somebody has changed a
 * document meanwhile, that document keeps its events.
 */
const empty =
  <T extends Order | Contract>(collection: 'orders' | 'contracts') =>
  async (db: Database, documents: readonly T[]): Promise<void> => {
    const parts = [...idsByVersion(documents)].flatMap(([version, ids]) =>
      Array.from({ length: Math.ceil(ids.length / idsAtOnce) }, (_, part) => ({
        ids: ids.slice(part * idsAtOnce, (part + 1) * idsAtOnce),
        version,
      })),
    )
    // Try all writes even if one fails. A document whose version is broken makes its own write fail, but the other
    // documents must not wait for it.
    const emptied = await Promise.allSettled(
      parts.map((of) => db.changeAll<Order | Contract>(collection, of, handedOver(of.version))),
    )
    const failed = emptied.find((one) => one.status === 'rejected')
    if (failed) throw failed.reason
  }

function idsByVersion(documents: readonly { _id: string; version: number }[]): Map<number, string[]> {
  const ids = new Map<number, string[]>()
  for (const { _id, version } of documents) {
    const alike = ids.get(version)
    if (alike) alike.push(_id)
    else ids.set(version, [_id])
  }
  return ids
}

export const emptyOrders = empty<Order>('orders')
export const emptyContracts = empty<Contract>('contracts')
