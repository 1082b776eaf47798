import { type Delivery, leaseDelivery, stopped } from '../../domain/telling/delivery'
import { type Endpoint, isPrompt } from '../../domain/telling/endpoint'
import { dueDeliveries, writeDelivery } from '../../store/deliveries'
import type { Context } from '../platform/context'
import { everyEndpoint, tryDelivery } from '../platform/deliver'

const inParallel = 8
const perEndpoint = 2
// Some endpoints fail, are slow or have never answered. At most this many deliveries at a time go to such endpoints. So
// they never use up all the places, and deliveries to the other endpoints need not wait.
const forDoubtful = 4
const timeoutMs = 10_000
const batch = 100
// If a batch is full, we read at most this many deliveries, the same number for each endpoint.
const largestBatch = 1_000

interface Run {
  hasTime(): boolean
  /** the ids of the deliveries that this run has tried, so that it tries none twice */
  seen: Set<string>
  /** the endpoints that failed in this run; their other deliveries wait for the next run */
  down: Set<string>
  tally: { worked: number; failed: number }
}

/**
 * Sends due deliveries, each under a lease. If an endpoint was failing, we try only its two oldest deliveries; the
 * others follow as soon as one of the two succeeds. So an endpoint with thousands of deliveries, whether it is dead or
 * slow, does not delay other endpoints.
 * @param hasTime turns false well before the function's time-out
 */
export async function workDeliveries(
  ctx: Context,
  hasTime: () => boolean,
): Promise<{ worked: number; failed: number }> {
  const run: Run = { hasTime, seen: new Set(), down: new Set(), tally: { worked: 0, failed: 0 } }
  while (hasTime()) {
    const endpoints = await everyEndpoint(ctx)
    await stopThoseOfClosed(ctx, endpoints)
    const due = await nextBatch(ctx, endpoints, run)
    if (due.length === 0) break
    await sendAll(ctx, due, run)
  }
  return run.tally
}

interface Due {
  endpoint: Endpoint
  delivery: Delivery
}

async function nextBatch(ctx: Context, endpoints: readonly Endpoint[], { seen, down }: Run): Promise<Due[]> {
  const open = endpoints.filter(({ _id, state }) => state === 'on' && !down.has(_id))
  const failing = open.filter(({ failingSince }) => failingSince !== null)
  const find = (some: readonly Endpoint[], limit: number): Promise<Delivery[]> =>
    dueDeliveries(ctx.db, { endpoints: some.map(({ _id }) => _id), now: ctx.now(), limit })
  const findForEach = async (some: readonly Endpoint[], limit: number): Promise<Delivery[]> =>
    (await Promise.all(some.map((one) => find([one], limit)))).flat()
  const others = open.filter(({ failingSince }) => failingSince === null)
  const oldest = await find(others, batch)
  // The deliveries of one endpoint may fill the batch, although newer ones wait for other endpoints. So search for each
  // endpoint by itself.
  const share = Math.max(perEndpoint, Math.floor(largestBatch / Math.max(1, others.length)))
  const found = oldest.length < batch ? oldest : await findForEach(others, share)
  const byId = new Map(open.map((one) => [one._id, one]))
  const notTried = (deliveries: readonly Delivery[]): Due[] =>
    deliveries.flatMap((delivery) => {
      const endpoint = byId.get(delivery.endpoint)
      return endpoint && !seen.has(delivery._id) ? [{ endpoint, delivery }] : []
    })
  const healthy = notTried(found)
  const probes = notTried(await findForEach(failing, perEndpoint))
  return [...healthy.filter(isProven), ...healthy.filter((one) => !isProven(one)), ...probes]
}

const isProven = ({ endpoint }: Due): boolean => isPrompt(endpoint) && endpoint.okAt !== null

/** Sends a batch of deliveries: at most 8 at a time, at most 2 of them to one endpoint. Never throws. */
function sendAll(ctx: Context, due: readonly Due[], run: Run): Promise<void> {
  const waiting = [...due]
  const flying: Due[] = []
  const mayGo = (one: Due): boolean =>
    flying.filter(({ endpoint }) => endpoint._id === one.endpoint._id).length < perEndpoint &&
    (isProven(one) || flying.filter((other) => !isProven(other)).length < forDoubtful)
  const take = (): Due | undefined => {
    const at = waiting.findIndex((one) => !run.down.has(one.endpoint._id) && mayGo(one))
    return at < 0 ? undefined : waiting.splice(at, 1)[0]
  }
  return new Promise((done) => {
    const go = () => {
      while (flying.length < inParallel && run.hasTime()) {
        const next = take()
        if (!next) break
        flying.push(next)
        void sendOne(ctx, next, run).then(() => {
          flying.splice(flying.indexOf(next), 1)
          go()
        })
      }
      if (flying.length === 0) done()
    }
    go()
  })
}

async function sendOne(ctx: Context, { endpoint, delivery }: Due, run: Run): Promise<void> {
  run.seen.add(delivery._id)
  try {
    const leased = leaseDelivery(delivery, ctx.now())
    if (!(await writeDelivery(ctx.db, delivery, leased))) return
    const store = (tried: Delivery) => writeDelivery(ctx.db, leased, tried)
    const tried = await tryDelivery(ctx, endpoint, leased, { timeoutMs, store })
    if (tried.state !== 'done') run.down.add(endpoint._id)
    run.tally[tried.state === 'done' ? 'worked' : 'failed'] += 1
  } catch (error) {
    run.tally.failed += 1
    ctx.log('deliveryFailed', { delivery: delivery._id, reason: error instanceof Error ? error.name : 'error' })
  }
}

/**
 * Stops the due deliveries of endpoints that are switched off, until staff decide. We read the endpoints again after
 * the deliveries, so that we do not stop deliveries of an endpoint that staff switched on meanwhile.
 */
async function stopThoseOfClosed(ctx: Context, endpoints: readonly Endpoint[]): Promise<void> {
  const closed = endpoints.filter(isOff).map(({ _id }) => _id)
  const due = await dueDeliveries(ctx.db, { endpoints: closed, now: ctx.now(), limit: batch })
  if (due.length === 0) return
  const stillOff = new Set((await everyEndpoint(ctx)).filter(isOff).map(({ _id }) => _id))
  const stopping = due.filter(({ endpoint }) => stillOff.has(endpoint))
  await Promise.all(stopping.map((delivery) => writeDelivery(ctx.db, delivery, stopped(delivery)).catch(() => false)))
}

const isOff = ({ state }: Endpoint): boolean => state === 'off'
