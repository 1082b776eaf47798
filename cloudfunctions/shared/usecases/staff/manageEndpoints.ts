// The endpoints page of the back office: addresses of other systems that get our events. Staff list and add them,
// replace their secrets, switch them on and off, and test them.
import type { AdminInput, AdminResults, EndpointView } from '../../api/admin'
import { AppError } from '../../domain/errors'
import { endpointShape } from '../../domain/shapes'
import { afterTry, type Delivery, newDelivery } from '../../domain/telling/delivery'
import { type Endpoint, isAccepted, switched, withNewSecret, withoutOldSecret } from '../../domain/telling/endpoint'
import { insertDelivery } from '../../store/deliveries'
import { allEndpoints, changeEndpoint, endpointLimit, insertEndpoint, mustReadEndpoint } from '../../store/endpoints'
import { newClaimId } from '../platform/claimId'
import type { StaffContext } from '../platform/context'
import { noteHealth, sendDelivery } from '../platform/deliver'
import { soundRows } from '../platform/soundRows'
import type { Done } from './audited'

/** Lists all endpoints, oldest first. */
export async function listEndpoints(ctx: StaffContext): Promise<Done<AdminResults['endpoints']>> {
  const { rows, broken } = soundRows(ctx, await allEndpoints(ctx.db), endpointShape, endpointView)
  return { result: { endpoints: rows, broken } }
}

/**
 * Adds or changes an endpoint. A new endpoint gets the events that happen from now on.
 * @throws BadInput for an address that we never call; Conflict if there are too many endpoints; NotFound
 */
export async function changeEndpointAsStaff(
  ctx: StaffContext,
  input: AdminInput<'changeEndpoint'>,
): Promise<Done<AdminResults['changeEndpoint']>> {
  if ('add' in input) return add(ctx, input.add)
  if ('newSecret' in input) return replaceSecret(ctx, input.newSecret)
  const [id, change] =
    'endOldSecret' in input
      ? ([input.endOldSecret, withoutOldSecret] as const)
      : 'switchOn' in input
        ? ([input.switchOn, (before: Endpoint) => switched(before, 'on')] as const)
        : ([input.switchOff, (before: Endpoint) => switched(before, 'off')] as const)
  const { endpoint } = await changeEndpoint(ctx.db, id, (before) => ({ endpoint: change(before) }))
  return done(ctx, endpoint, null)
}

async function add(
  ctx: StaffContext,
  { id, url, note }: { id: string; url: string; note: string },
): Promise<Done<AdminResults['changeEndpoint']>> {
  const rule = ctx.webhooks.refusalOf(url)
  if (rule) throw new AppError('BadInput', `url: ${rule}`, { details: [{ field: 'url', rule }] })
  if ((await allEndpoints(ctx.db)).filter(({ _id }) => _id !== id).length >= endpointLimit)
    throw new AppError('Conflict', 'there are too many endpoints')
  const { secret, sealed } = ctx.webhooks.newSecret()
  const wanted: Endpoint = {
    _id: id,
    version: 1,
    domain: null,
    url,
    note,
    state: 'on',
    offBecause: null,
    createdAt: ctx.now(),
    secret: sealed,
    nextSecret: null,
    failingSince: null,
    isSlow: false,
    okAt: null,
  }
  const stored = await insertEndpoint(ctx.db, wanted)
  if (stored.url !== url) throw new AppError('Conflict', 'id: belongs to another endpoint')
  // This call repeats an earlier call whose answer got lost. The endpoint exists, but nobody has seen its secret; staff
  // can make another secret.
  return done(ctx, stored, stored.secret === sealed ? secret : null)
}

async function replaceSecret(ctx: StaffContext, id: string): Promise<Done<AdminResults['changeEndpoint']>> {
  const { secret, sealed } = ctx.webhooks.newSecret()
  const { endpoint } = await changeEndpoint(ctx.db, id, (before) => ({ endpoint: withNewSecret(before, sealed) }))
  return done(ctx, endpoint, secret)
}

function done(ctx: StaffContext, endpoint: Endpoint, secret: string | null): Done<AdminResults['changeEndpoint']> {
  ctx.webhooks.note(endpoint)
  const view = endpointView(endpoint)
  return { result: { endpoint: view, secret }, outcome: { url: hostOf(endpoint.url), state: endpoint.state } }
}

// The host of an endpoint's address. The audit stores only the host, because the path may contain a key of the other
// system.
const hostOf = (url: string): string => /^https?:\/\/([^/?#]+)/.exec(url)?.[1] ?? ''

const testMs = 8_000

/** Sends a test event to an endpoint at once, even if the endpoint is switched off. @throws NotFound */
export async function testEndpoint(
  ctx: StaffContext,
  { id }: AdminInput<'testEndpoint'>,
): Promise<Done<AdminResults['testEndpoint']>> {
  const before = await mustReadEndpoint(ctx.db, id)
  const at = ctx.now()
  const eventId = `test-${newClaimId(ctx)}`
  const type = 'endpoint.test' as const
  const body = JSON.stringify({ id: eventId, type, at, sequence: 0, data: {} })
  const delivery = newDelivery({ endpoint: id, eventId, type, subject: id, at, body }, at)
  const attempt = await sendDelivery(ctx, before, delivery, testMs)
  const ok = isAccepted(attempt)
  // A failed test is not sent again by the timer. Staff can send another test.
  const tried: Delivery = { ...afterTry(delivery, attempt, ok, 0), state: ok ? 'done' : 'failed', dueAt: null }
  const [endpoint] = await Promise.all([
    noteHealth(ctx, before, attempt),
    insertDelivery(ctx.db, { ...tried, version: 1 }),
  ])
  const outcome = { url: hostOf(before.url), status: attempt.status ?? attempt.failure ?? '' }
  return { result: { endpoint: endpointView(endpoint), attempt, isAccepted: ok }, outcome }
}

const endpointView = (endpoint: Endpoint): EndpointView => ({
  id: endpoint._id,
  url: endpoint.url,
  note: endpoint.note,
  domain: endpoint.domain,
  state: endpoint.state,
  offBecause: endpoint.offBecause,
  createdAt: endpoint.createdAt,
  failingSince: endpoint.failingSince,
  isSlow: endpoint.isSlow,
  okAt: endpoint.okAt,
  hasTwoSecrets: endpoint.nextSecret !== null,
})
