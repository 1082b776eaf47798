// Tries one delivery once. The call that has just written new events tries their deliveries at once. The timer makes
// all further tries.
import { eventId, type OutboxEntry } from '../../domain/outbox'
import type { PayDomain } from '../../domain/requests/payDomain'
import {
  type Attempt,
  afterTry,
  answerKept,
  type Delivery,
  failsSince,
  newDelivery,
} from '../../domain/telling/delivery'
import {
  afterAnswer,
  bgUrlEndpoint,
  bgUrlEndpointId,
  type Endpoint,
  hears,
  isAccepted,
  isPrompt,
  wasPrompt,
} from '../../domain/telling/endpoint'
import { withSharedInserts } from '../../store/compareAndSet'
import { insertDelivery, newestDelivery } from '../../store/deliveries'
import { allDomains, openDomainSecrets, readDomain } from '../../store/domains'
import { allEndpoints, changeEndpoint } from '../../store/endpoints'
import type { Context, OutgoingCall } from './context'
import { bgUrlFields, secretInUse, signedFields } from './domainSignature'
import { domainOf, eventBody, type Told } from './eventBody'
import { webhookHeaders } from './webhookHeaders'

/** Makes the delivery of an event to an endpoint. */
export const deliveryTo = (document: Told, entry: OutboxEntry, { _id: endpoint }: Endpoint, now: number): Delivery =>
  newDelivery({ ...aboutEvent(document, entry), endpoint, body: eventBody(document, entry) }, now)

/**
 * Makes the delivery that reports a paid order to the `bgUrl` of the request for which the order was made; empty if
 * there is nothing to report.
 */
export function bgUrlDeliveries(document: Told, entry: OutboxEntry, now: number): Delivery[] {
  if (!('payments' in document) || entry.type !== 'order.paid' || !document.domain?.bgUrl) return []
  const { code, bgUrl } = document.domain
  const body = JSON.stringify(bgUrlFields(document))
  const endpoint = bgUrlEndpointId(code)
  return [newDelivery({ ...aboutEvent(document, entry), endpoint, body, url: bgUrl }, now)]
}

const aboutEvent = (document: Told, entry: OutboxEntry) => ({
  eventId: eventId(document, entry),
  type: entry.type,
  subject: document._id,
  at: entry.at,
})

/**
 * All receivers of events: the stored endpoints, and one endpoint for each connected system, which stands for the calls
 * of its `bgUrl`.
 */
export async function everyEndpoint({ db }: Context): Promise<Endpoint[]> {
  const [endpoints, domains] = await Promise.all([allEndpoints(db), allDomains(db)])
  return [...endpoints, ...domains.map(bgUrlEndpoint)]
}

/**
 * Signs a delivery, sends it once, and stores the result. The caller must make sure that no other caller sends the
 * delivery at the same time.
 * @param timeoutMs the time limit for the whole call with its answer
 * @param store stores the delivery after this try
 */
export async function tryDelivery(
  ctx: Context,
  endpoint: Endpoint,
  delivery: Delivery,
  { timeoutMs, store }: { timeoutMs: number; store(tried: Delivery): Promise<unknown> },
): Promise<Delivery> {
  const attempt = await sendDelivery(ctx, endpoint, delivery, timeoutMs)
  const tried = afterTry(delivery, attempt, isAccepted(attempt, endpoint), ctx.chance())
  await Promise.all([store(tried), noteHealth(ctx, endpoint, attempt, failsSince(tried))])
  return tried
}

/** Signs a delivery and sends it once, without storing anything. Never throws. */
export async function sendDelivery(
  ctx: Context,
  endpoint: Endpoint,
  delivery: Delivery,
  timeoutMs: number,
): Promise<Attempt> {
  const at = ctx.now()
  const startedAt = ctx.elapsed()
  const call = endpoint.bgUrlOf ? bgUrlCall(ctx, endpoint.bgUrlOf, delivery) : webhookCall(ctx, endpoint, delivery, at)
  const { status, text, failure } = await ctx.webhooks.call({ ...call, timeoutMs })
  return { at, ms: Math.round(ctx.elapsed() - startedAt), status, answer: answerKept(text), failure }
}

type Call = Omit<OutgoingCall, 'timeoutMs'>

function webhookCall(
  { webhooks }: Context,
  { url, secret, nextSecret }: Endpoint,
  { eventId: id, body }: Delivery,
  at: number,
): Call {
  const signed = webhookHeaders({ id, at, body }, (text) => webhooks.sign([secret, nextSecret], text))
  const headers = { 'content-type': 'application/json; charset=utf-8', 'user-agent': 'mini-cashier', ...signed }
  return { method: 'POST', url, headers, body }
}

// If a secret cannot be decrypted, the address stays empty. Then the call is refused before anything is sent.
function bgUrlCall({ secrets }: Context, domain: PayDomain, { url = '', body }: Delivery): Call {
  const opened = openDomainSecrets(secrets, domain)
  const headers = { 'user-agent': 'mini-cashier' }
  if (!opened) return { method: 'GET', url: '', headers }
  const fields = JSON.parse(body) as Record<string, string>
  const query = Object.entries(signedFields(fields, domain, secretInUse(domain, opened)))
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&')
  return { method: 'GET', url: `${url}?${query}`, headers }
}

/**
 * Stores what one try shows about an endpoint's health. If the health cannot be stored now, the next try stores it.
 * @param eventFailsSince since when all tries of the same event have failed [since this try]
 * @returns the endpoint as it is afterwards
 */
export async function noteHealth(
  ctx: Context,
  endpoint: Endpoint,
  attempt: Attempt,
  eventFailsSince?: number,
): Promise<Endpoint> {
  // The health of a connected system's `bgUrl` is not stored, because the last delivery to the `bgUrl` shows whether
  // the system answers.
  if (endpoint.bgUrlOf) return endpoint
  const after = afterAnswer(endpoint, attempt, eventFailsSince)
  if (after === endpoint) return endpoint
  ctx.webhooks.note(after)
  try {
    await changeEndpoint(
      ctx.db,
      endpoint._id,
      (newest) => ({ endpoint: afterAnswer(newest, attempt, eventFailsSince) }),
      endpoint,
    )
  } catch (error) {
    ctx.log('endpointNotNoted', { endpoint: endpoint._id, reason: error instanceof Error ? error.name : 'error' })
  }
  return after
}

// A provider waits five seconds for our answer to its notice, so all calls together get 1.5 s. One call ends a little
// earlier, so that its result can still be stored.
const allMs = 1_500
const oneMs = 1_200
const atOnce = 50

/**
 * The caller has just written events. Delivers these events to the endpoints and to the connected system's `bgUrl`, for
 * at most 1.5 s in total. The timer does not deliver them at the same time, because it does not touch new events for 15
 * s. This function does not empty the outbox: this instance may not know the newest endpoints, so only the timer
 * empties the outbox. Never throws.
 * @param since the number of the last event before the caller's write
 */
export async function tellNow(ctx: Context, document: Told, since: number): Promise<void> {
  const news = (document.outbox ?? []).filter(({ seq }) => seq > since)
  if (news.length === 0) return
  const ended = new AbortController()
  try {
    const [bgUrl, endpoints] = await Promise.all([toBgUrl(ctx, document, news), ctx.webhooks.endpoints()])
    const hearing = endpoints.filter((one) => hears(one, domainOf(document)) && isPrompt(one))
    // Call the endpoints that answered most recently first, so that a dead endpoint does not use up the time of the
    // others.
    const proven = hearing.sort((one, other) => (other.okAt ?? 0) - (one.okAt ?? 0))
    const toEndpoints = news.flatMap((entry) =>
      proven.map((endpoint) => ({ endpoint, delivery: deliveryTo(document, entry, endpoint, ctx.now()) })),
    )
    const first = [...bgUrl, ...toEndpoints].slice(0, atOnce)
    if (first.length === 0) return
    // Answers that arrive while one is being stored are stored together, so that many endpoints cost few calls.
    const db = withSharedInserts(ctx.db)
    const all = Promise.allSettled(
      first.map(async ({ endpoint, delivery }) => {
        const store = (tried: Delivery) => insertDelivery(db, { ...tried, version: 1 })
        await tryDelivery(ctx, endpoint, delivery, { timeoutMs: oneMs, store })
      }),
    )
    await Promise.race([all, ctx.pause(allMs, ended.signal)])
  } catch (error) {
    ctx.log('notTold', { subject: document._id, reason: error instanceof Error ? error.name : 'error' })
  } finally {
    // Without a reason, abort() would create an error object at each call.
    ended.abort('no longer needed')
  }
}

/**
 * The delivery to the `bgUrl` of the request for which the order was made. Before that we look at the newest delivery
 * to the same connected system. If it has not arrived or was slow, the result is empty, so that no payment waits for a
 * slow system. The timer then calls that system.
 */
async function toBgUrl(
  ctx: Context,
  document: Told,
  news: readonly OutboxEntry[],
): Promise<{ endpoint: Endpoint; delivery: Delivery }[]> {
  const [delivery] = news.flatMap((entry) => bgUrlDeliveries(document, entry, ctx.now()))
  const code = domainOf(document)
  if (!delivery || code === null) return []
  const [domain, newest] = await Promise.all([readDomain(ctx.db, code), newestDelivery(ctx.db, bgUrlEndpointId(code))])
  return domain && (!newest || wasPrompt(newest)) ? [{ endpoint: bgUrlEndpoint(domain), delivery }] : []
}
