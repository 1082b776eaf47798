// Deliveries in the database: one event for one endpoint. The id consists of both, so that no event is delivered twice
// by mistake.
import { dayMs } from '../../../miniprogram/rules/beijing'
import type { Delivery } from '../domain/telling/delivery'
import { storedIn } from './compareAndSet'
import type { Condition, Database, Find } from './database'
import { readPage } from './paging'

const collection = 'deliveries'

export const {
  mustRead: mustReadDelivery,
  insert: insertDelivery,
  write: writeDelivery,
} = storedIn<'delivery', Delivery>(collection, 'delivery')

const idsAtOnce = 100

/**
 * Finds out which of these deliveries are stored.
 * @returns the ids of the stored deliveries
 */
export async function knownDeliveries(db: Database, ids: readonly string[]): Promise<Set<string>> {
  const found: string[] = []
  for (let from = 0; from < ids.length; from += idsAtOnce) {
    const where = { _id: { in: ids.slice(from, from + idsAtOnce) } }
    const some = await db.find<Delivery>(collection, { where, orderBy: [['_id', 'asc']], limit: idsAtOnce })
    found.push(...some.map(({ _id }) => _id))
  }
  return new Set(found)
}

/** The due deliveries to these endpoints, the longest waiting first, at most `limit` for each hundred endpoints. */
export const dueDeliveries = (
  db: Database,
  { endpoints, now, limit }: { endpoints: readonly string[]; now: number; limit: number },
): Promise<Delivery[]> =>
  deliveriesTo(db, endpoints, { where: { dueAt: { gte: 0, lte: now } }, orderBy: [['dueAt', 'asc']], limit })

/** Finds deliveries to these endpoints, with one query for each hundred endpoints. */
async function deliveriesTo(db: Database, endpoints: readonly string[], { where, ...find }: Find): Promise<Delivery[]> {
  const found: Delivery[] = []
  for (let from = 0; from < endpoints.length; from += idsAtOnce) {
    const some = { ...where, endpoint: { in: endpoints.slice(from, from + idsAtOnce) } }
    found.push(...(await db.find<Delivery>(collection, { where: some, ...find })))
  }
  return found
}

/** Reads one page of deliveries, newest first. @throws BadInput for a malformed cursor */
export const pageOfDeliveries = (
  db: Database,
  page: { where: Record<string, Condition>; cursor?: string | undefined; limit: number },
): Promise<{ found: Delivery[]; cursor: string | null }> =>
  readPage<Delivery>(db, collection, { ...page, by: 'createdAt' })

/** The newest delivery to an endpoint. */
export const newestDelivery = async (db: Database, endpoint: string): Promise<Delivery | undefined> =>
  (await pageOfDeliveries(db, { where: { endpoint }, limit: 1 })).found[0]

/** The deliveries to these endpoints that were made between two times, oldest first. */
export async function deliveriesBetween(
  db: Database,
  {
    endpoints,
    where,
    from,
    to,
    limit,
  }: { endpoints: readonly string[]; where: Record<string, Condition>; from: number; to: number; limit: number },
): Promise<Delivery[]> {
  const made = { ...where, createdAt: { gte: from, lte: to } }
  const found = await deliveriesTo(db, endpoints, { where: made, orderBy: [['createdAt', 'asc']], limit })
  return found.sort((one, other) => one.createdAt - other.createdAt).slice(0, limit)
}

/** The deliveries about one order or contract, oldest first. */
export const deliveriesOf = (db: Database, subject: string, limit: number): Promise<Delivery[]> =>
  db.find<Delivery>(collection, { where: { subject }, orderBy: [['createdAt', 'asc']], limit })

const removedAtOnce = 50

// A delivery that waits is done or fails within days. Only if its endpoint was removed by hand, it waits for ever. So we
// remove waiting deliveries as well, but this much later.
const waitingKeptMs = 30 * dayMs

/**
 * Removes up to 50 deliveries that were made before this time. Those that wait, because staff have sent them again, stay
 * for another 30 days.
 * @returns whether there may be more to remove
 */
export async function removeDeliveries(db: Database, before: number): Promise<boolean> {
  const find = (where: Record<string, Condition>) =>
    db.find<Delivery>(collection, { where, orderBy: [['createdAt', 'asc']], limit: removedAtOnce })
  const [ended, left] = await Promise.all([
    find({ state: { in: ['done', 'failed'] }, createdAt: { lt: before } }),
    find({ createdAt: { lt: before - waitingKeptMs } }),
  ])
  for (const id of new Set([...ended, ...left].map(({ _id }) => _id))) await db.remove(collection, id)
  return ended.length === removedAtOnce || left.length === removedAtOnce
}
