// The deliveries page of the back office. It shows what we sent to which endpoint, and what the endpoint answered.
// Staff can send a delivery again.
import type { AdminInput, AdminResults, DeliveryView } from '../../api/admin'
import { AppError } from '../../domain/errors'
import { deliveryShape } from '../../domain/shapes'
import { type Delivery, leaseDelivery, replayed } from '../../domain/telling/delivery'
import {
  deliveriesBetween,
  deliveriesOf,
  mustReadDelivery,
  pageOfDeliveries,
  writeDelivery,
} from '../../store/deliveries'
import { allEndpoints } from '../../store/endpoints'
import type { StaffContext } from '../platform/context'
import { everyEndpoint, tryDelivery } from '../platform/deliver'
import { soundRows } from '../platform/soundRows'
import type { Done } from './audited'

const defaultLimit = 20

/** Lists deliveries, newest first. @throws BadInput for a malformed cursor */
export async function listDeliveries(
  ctx: StaffContext,
  { of, cursor, limit = defaultLimit }: AdminInput<'deliveries'>,
): Promise<Done<AdminResults['deliveries']>> {
  const [page, urlOf] = await Promise.all([pageOfDeliveries(ctx.db, { where: { ...of }, cursor, limit }), urls(ctx)])
  const { rows, broken } = soundRows(ctx, page.found, deliveryShape, (one) =>
    viewOf(one, one.url ?? urlOf(one.endpoint)),
  )
  return { result: { deliveries: rows, broken, cursor: page.cursor } }
}

async function urls(ctx: StaffContext): Promise<(endpoint: string) => string | null> {
  const byId = new Map((await allEndpoints(ctx.db)).map(({ _id, url }) => [_id, url]))
  return (endpoint) => byId.get(endpoint) ?? null
}

/**
 * Sends deliveries again. The receiver recognises the repeat by the event's id. One delivery is sent at once; several
 * deliveries become due, and the timer sends them.
 * @throws NotFound; Conflict if the one endpoint is switched off
 */
export async function resendAsStaff(
  ctx: StaffContext,
  { which }: AdminInput<'resend'>,
): Promise<Done<AdminResults['resend']>> {
  if ('id' in which) return resendOne(ctx, which.id)
  const open = new Set((await everyEndpoint(ctx)).filter(({ state }) => state === 'on').map(({ _id }) => _id))
  if ('endpoint' in which && which.endpoint !== undefined && !open.has(which.endpoint)) throw switchedOff()
  const found =
    'orderNo' in which
      ? await deliveriesOf(ctx.db, which.orderNo, atOnce)
      : await deliveriesBetween(ctx.db, {
          // Deliveries to endpoints that are off must not use up the limit.
          endpoints: which.endpoint === undefined ? [...open] : [which.endpoint],
          where: which.failedOnly ? { state: 'failed' } : {},
          from: which.from,
          to: which.to,
          limit: atOnce,
        })
  const wanted = found.filter(({ endpoint, type }) => open.has(endpoint) && type !== 'endpoint.test')
  const since = ctx.now()
  let deliveries = 0
  for (const delivery of wanted) {
    if (ctx.now() - since > patienceMs) break
    // If the write fails, another caller is sending this delivery at the moment, so we need not send it again.
    if (await writeDelivery(ctx.db, delivery, replayed(delivery, ctx.now()))) deliveries += 1
  }
  const more = found.length === atOnce || deliveries < wanted.length
  return { result: { deliveries, more, delivery: null }, outcome: { deliveries } }
}

const switchedOff = (): AppError => new AppError('Conflict', 'the endpoint is switched off')

const atOnce = 200
// After this time we begin no further write, because the function ends after 20 s.
const patienceMs = 8_000
const oneMs = 8_000

async function resendOne(ctx: StaffContext, id: string): Promise<Done<AdminResults['resend']>> {
  const before = await mustReadDelivery(ctx.db, id)
  const endpoint = (await everyEndpoint(ctx)).find(({ _id }) => _id === before.endpoint)
  if (endpoint?.state !== 'on') throw switchedOff()
  const now = ctx.now()
  const leased = leaseDelivery(replayed(before, now), now)
  if (!(await writeDelivery(ctx.db, before, leased)))
    throw new AppError('Conflict', 'the delivery is being sent at this moment')
  const store = (tried: Delivery) => writeDelivery(ctx.db, leased, tried)
  const tried = await tryDelivery(ctx, endpoint, leased, { timeoutMs: oneMs, store })
  const delivery = viewOf(tried, tried.url ?? endpoint.url)
  return { result: { deliveries: 1, more: false, delivery }, outcome: { number: before.eventId, state: tried.state } }
}

const viewOf = (delivery: Delivery, url: string | null): DeliveryView => ({
  id: delivery._id,
  endpoint: delivery.endpoint,
  url,
  eventId: delivery.eventId,
  type: delivery.type,
  subject: delivery.subject,
  at: delivery.at,
  state: delivery.state,
  dueAt: delivery.dueAt,
  tries: delivery.tries,
  attempts: [...delivery.attempts].reverse(),
})
