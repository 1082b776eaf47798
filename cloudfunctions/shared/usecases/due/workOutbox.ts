import type { Contract } from '../../domain/contractShape'
import type { Order } from '../../domain/orders/orderShape'
import { stopped } from '../../domain/telling/delivery'
import { type Endpoint, hears, misses } from '../../domain/telling/endpoint'
import { withSharedInserts } from '../../store/compareAndSet'
import { writeContract } from '../../store/contracts'
import type { Database } from '../../store/database'
import { insertDelivery, knownDeliveries } from '../../store/deliveries'
import { allEndpoints } from '../../store/endpoints'
import { writeOrder } from '../../store/orders'
import { contractsToTell, emptyContracts, emptyOrders, ordersToTell } from '../../store/outboxes'
import type { Context } from '../platform/context'
import { bgUrlDeliveries, deliveryTo } from '../platform/deliver'
import { domainOf } from '../platform/eventBody'
import { makeMessages } from '../platform/messages'
import { workQueue } from './workQueue'

// If we cannot make deliveries of a document's events, because somebody damaged the document by hand, we try again
// after this time.
const laterMs = 10 * 60_000

/**
 * Turns the events of orders and contracts into deliveries (one for each endpoint) and messages (one for each person),
 * then empties the outboxes, many with one write. If the function is killed before it empties the outboxes, the next
 * run makes the same deliveries and messages again. They get the same ids, so nothing is stored twice.
 * @param hasTime turns false well before the function's time-out
 */
export async function workOutbox(timer: Context, hasTime: () => boolean): Promise<void> {
  // Insert the deliveries of many events with one call: one event has a delivery for each endpoint.
  const ctx = { ...timer, db: withSharedInserts(timer.db) }
  await Promise.all([
    work<Order>(ctx, hasTime, { find: ordersToTell, write: writeOrder, empty: emptyOrders }),
    work<Contract>(ctx, hasTime, { find: contractsToTell, write: writeContract, empty: emptyContracts }),
  ])
}

interface Place<T> {
  find(db: Database, bounds: { since: number; now: number; limit: number }): Promise<T[]>
  write(db: Database, before: T, after: T): Promise<boolean>
  /** removes the events from the documents that nobody has changed since we read them */
  empty(db: Database, documents: readonly T[]): Promise<void>
}

async function work<T extends Order | Contract>(
  ctx: Context,
  hasTime: () => boolean,
  { find, write, empty }: Place<T>,
): Promise<void> {
  let endpoints: Endpoint[] = []
  await workQueue<T>(hasTime, {
    async find(since, limit) {
      const due = await find(ctx.db, { since, now: ctx.now(), limit })
      // Read the endpoints after the events. So every endpoint that was added before an event gets the event.
      if (due.length > 0) endpoints = await allEndpoints(ctx.db)
      return due
    },
    dueAt: ({ outboxAt }) => outboxAt ?? null,
    async work(document) {
      try {
        await handOver(ctx, document, endpoints)
        return true
      } catch (error) {
        ctx.log('notHandedOver', { subject: document._id, reason: error instanceof Error ? error.name : 'error' })
        const later = { ...document, version: document.version + 1, outboxAt: ctx.now() + laterMs }
        await write(ctx.db, document, later).catch(() => false)
        return false
      }
    },
    async finish(documents) {
      // If an outbox could not be emptied, it stays due, so the next run makes the same deliveries again.
      await empty(ctx.db, documents).catch((error: unknown) =>
        ctx.log('notEmptied', { reason: error instanceof Error ? error.name : 'error' }),
      )
    },
  })
}

async function handOver(ctx: Context, document: Order | Contract, endpoints: readonly Endpoint[]): Promise<void> {
  await makeDeliveries(ctx, document, endpoints)
  // Make the messages last, so that a message that fails does not delay the deliveries. A repeat makes the same
  // documents again, with the same ids.
  for (const entry of document.outbox ?? []) await makeMessages(ctx, document, entry)
}

async function makeDeliveries(ctx: Context, document: Order | Contract, endpoints: readonly Endpoint[]): Promise<void> {
  const hearing = endpoints.filter((one) => hears(one, domainOf(document)))
  const missing = endpoints.filter((one) => misses(one, domainOf(document), ctx.now()))
  const wanted = (document.outbox ?? []).flatMap((entry) => [
    ...hearing.map((endpoint) => deliveryTo(document, entry, endpoint, ctx.now())),
    ...missing.map((endpoint) => stopped(deliveryTo(document, entry, endpoint, ctx.now()))),
    ...bgUrlDeliveries(document, entry, ctx.now()),
  ])
  if (wanted.length === 0) return
  // Usually the call that changed the document has already made these deliveries, so insert only those that are
  // missing.
  const known = await knownDeliveries(
    ctx.db,
    wanted.map(({ _id }) => _id),
  )
  await Promise.all(wanted.filter(({ _id }) => !known.has(_id)).map((delivery) => insertDelivery(ctx.db, delivery)))
}
