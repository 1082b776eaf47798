// The merchant's other systems in a world. Each is an endpoint that hears of events, or fails to: it is down for hours
// or days, answers slowly, with an error or with 410. The events that the shop stores are the truth with which we
// compare what the systems heard.
import type { Contract } from '../../cloudfunctions/shared/domain/contractShape'
import type { Order } from '../../cloudfunctions/shared/domain/orders/orderShape'
import type { OutboxEntry, Telling } from '../../cloudfunctions/shared/domain/outbox'
import type { PayDomain } from '../../cloudfunctions/shared/domain/requests/payDomain'
import type { Delivery } from '../../cloudfunctions/shared/domain/telling/delivery'
import { bgUrlEndpointId, type Endpoint } from '../../cloudfunctions/shared/domain/telling/endpoint'
import { workDeliveries } from '../../cloudfunctions/shared/usecases/due/workDeliveries'
import { workOutbox } from '../../cloudfunctions/shared/usecases/due/workOutbox'
import type { OutgoingAnswer, OutgoingCall, Webhooks } from '../../cloudfunctions/shared/usecases/platform/context'
import { signerOf } from '../../cloudfunctions/shared/usecases/platform/domainSignature'
import { noWebhooks } from '../support/fakes/noWebhooks'
import type { Process } from './process'
import { type Random, seedOf } from './random'
import type { AnyContext, Shop, WebhookMemory } from './shop'
import { day, hour, minute, type World } from './world'

/** Another system of the merchant, with what it took. */
interface System {
  /** the id of its endpoint */
  id: string
  url: string
  random: Random
  /** the ids of the events that it took: it answered that it has them, whether or not we heard this answer */
  took: Set<string>
  downFrom: number
  downUntil: number
  /** how long it takes for an answer, beyond the way there and back */
  slowMs: number
  /** the probability of an answer of 500 */
  errors: number
  /** from this time on it answers 410, because it is gone for good */
  goneFrom: number
}

const callOdds = { lost: 0.03, notSent: 0.03, hangs: 0.01 }
const keepEndpointsMs = minute
const address = /^https:\/\/(\S+)\.test\//
export const raceSecret = 'secret of race'
const raceSecrets = { current: raceSecret }
const bgUrlId = bgUrlEndpointId('race')
// A delivery that was done this long ago must not be sent again. A shorter time proves nothing: two functions may send
// the same event at once, if one of them is slow or the clocks differ.
const doneLongAgoMs = 5 * minute
// We try a delivery so often before we leave it to staff (docs/webhooks.md), and switch an endpoint off after five days
// of failures. The clocks of two instances may be some minutes apart.
const mostTries = 10
const patienceMs = 5 * day - 10 * minute

export class Systems {
  private readonly systems = new Map<string, System>()
  /** the events that stand in an order or contract, by id, with the time at which they were stored */
  private readonly events = new Map<string, { entry: OutboxEntry; subject: string; storedAt: number }>()
  /** since when deliveries are done */
  private readonly doneAt = new Map<string, number>()
  /** for each endpoint, since when it is in the database, and until when it was off: 0 for never, endless if it is */
  private readonly there = new Map<string, { since: number; offUntil: number }>()

  constructor(
    private readonly world: World,
    private readonly shop: Shop,
    /** until this time some systems may be down */
    private readonly liveUntil: number,
  ) {
    this.watch()
    shop.webhooksOf = (process, memory, now) => this.webhooks(process, memory, now)
  }

  /** Adds a system. @param id the id of its endpoint, which the caller stores */
  add(id: string): System {
    const { world, liveUntil } = this
    const random = world.randomOf(`system ${id}`)
    const isDown = random.happens(0.3)
    const downFrom = isDown ? world.now + random.below(hour) : 0
    const lasts = random.pick([10 * minute, 5 * hour, 2 * day, 8 * day])
    const system: System = {
      id,
      url: `https://${id}.test/`,
      random,
      took: new Set(),
      downFrom,
      downUntil: isDown && world.may(`${id} is down`) ? Math.max(downFrom, liveUntil) + random.below(lasts) : 0,
      slowMs: random.happens(0.2) && world.may(`${id} is slow`) ? random.below(random.pick([1_500, 12_000])) : 0,
      errors: random.happens(0.2) && world.may(`${id} errs`) ? 0.4 : 0,
      goneFrom:
        random.happens(0.05) && world.may(`${id} goes`) ? world.now + random.below(hour) : Number.POSITIVE_INFINITY,
    }
    this.systems.set(id, system)
    return system
  }

  /** Stores an endpoint as it is in the shop before the life begins. */
  begin(id: string): void {
    const { url } = this.add(id)
    const { now } = this.world
    const endpoint: Endpoint = {
      _id: id,
      version: 1,
      domain: null,
      url,
      note: id,
      state: 'on',
      offBecause: null,
      createdAt: now,
      secret: `secret of ${id}`,
      nextSecret: null,
      failingSince: null,
      isSlow: false,
      okAt: null,
    }
    this.shop.store.put('endpoints', endpoint)
  }

  /** Stores a connected system. @returns its `bgUrl` */
  beginRace(race: PayDomain): string {
    this.shop.store.put('domains', race)
    this.there.set(bgUrlId, { since: this.world.now, offUntil: 0 })
    return this.add(bgUrlId).url
  }

  endpoint(id: string): Endpoint | undefined {
    return this.shop.store.peek<Endpoint>('endpoints', id)
  }

  /** Does the timer's work for events. */
  async work(ctx: AnyContext, hasTime: () => boolean): Promise<void> {
    await workOutbox(ctx, hasTime)
    await workDeliveries(ctx, hasTime)
  }

  /** The earliest due time of events and deliveries; null if none waits. */
  dueAt(): number | null {
    let found: number | null = null
    const at = (due: number | null | undefined) => {
      if (due != null && (found === null || due < found)) found = due
    }
    for (const order of this.shop.store.of('orders').values()) at((order as Order).outboxAt)
    for (const contract of this.shop.store.of('contracts').values()) at((contract as Contract).outboxAt)
    for (const delivery of this.shop.store.of('deliveries').values()) at((delivery as Delivery).dueAt)
    return found
  }

  private watch(): void {
    const { store } = this.shop
    const watch = store.onWrite
    store.onWrite = (collection, before, after) => {
      watch(collection, before, after)
      if (collection === 'orders' || collection === 'contracts') this.watchTelling(after as Order | Contract)
      else if (collection === 'deliveries') this.watchDelivery(before as Delivery | undefined, after as Delivery)
      else if (collection === 'endpoints') this.watchEndpoint(after as Endpoint)
    }
  }

  private watchTelling(document: Order | Contract): void {
    const { world } = this
    for (const entry of (document as Telling).outbox ?? []) {
      const id = `${document._id}.${entry.seq}`
      if (this.events.has(id)) continue
      this.events.set(id, { entry, subject: document._id, storedAt: world.now })
      world.say(2, () => `event ${id}: ${entry.type}`)
      if (!isTrue(document, entry)) world.fail('no event is told before it is true', `${id} says ${entry.type}`)
    }
  }

  private watchDelivery(before: Delivery | undefined, after: Delivery): void {
    const { world } = this
    if (after.state !== 'done') {
      this.doneAt.delete(after._id)
      if (after.state === 'failed' && before?.state !== 'failed') world.reached.add('delivery that was given up')
      return
    }
    if (before?.state === 'done') return
    this.doneAt.set(after._id, world.now)
    world.say(2, () => `delivery ${after._id} is done`)
    if (!this.systems.get(after.endpoint)?.took.has(after.eventId))
      world.fail('a delivery is done only when the other system took it', after._id)
  }

  private watchEndpoint({ _id, state, offBecause, failingSince }: Endpoint): void {
    const { world } = this
    const { since, offUntil } = this.there.get(_id) ?? { since: world.now, offUntil: 0 }
    const wasOff = offUntil === Number.POSITIVE_INFINITY
    if (state === 'off' && !wasOff) {
      this.there.set(_id, { since, offUntil: Number.POSITIVE_INFINITY })
      world.say(1, () => `endpoint ${_id} is switched off: ${offBecause}`)
      if (offBecause === 'person') return
      world.reached.add('endpoint that was switched off by itself')
      const isGone = offBecause === 'gone' && (this.systems.get(_id)?.goneFrom ?? 0) <= world.now
      const isDead = offBecause === 'dead' && failingSince !== null && failingSince <= world.now - patienceMs
      if (!isGone && !isDead)
        world.fail('an endpoint is switched off only when it is gone or failed for days', `${_id}: ${offBecause}`)
    } else if (state === 'on') this.there.set(_id, { since, offUntil: wasOff ? world.now : offUntil })
  }

  /** What one process has for its calls to other systems. As in runtime/webhooks.ts, endpoints are kept for a minute. */
  private webhooks(process: Process, memory: WebhookMemory, now: () => number): Webhooks {
    const { store } = this.shop
    return {
      ...noWebhooks,
      async endpoints() {
        const { kept } = memory
        if (kept && now() - kept.readAt >= 0 && now() - kept.readAt < keepEndpointsMs) return kept.endpoints
        const endpoints = await process.call(
          'find endpoints',
          () => store.all<Endpoint>('endpoints'),
          { lost: 0.004, notSent: 0.004 },
          2_000,
        )
        memory.kept = { endpoints, readAt: now() }
        return endpoints
      },
      note(endpoint) {
        const { kept } = memory
        if (kept) kept.endpoints = kept.endpoints.map((one) => (one._id === endpoint._id ? endpoint : one))
      },
      newSecret: () => {
        const secret = `secret ${seedOf(this.world.seed, process.key)}`
        return { secret, sealed: secret }
      },
      sign: (secrets, text) => [...secrets.filter((secret) => secret !== null), text].join(' signs '),
      call: (call) => this.call(process, call),
    }
  }

  private async call(process: Process, call: OutgoingCall): Promise<OutgoingAnswer> {
    const { world } = this
    const system = this.systems.get(address.exec(call.url)?.[1] ?? '')
    if (!system) return failed('unreachable')
    const eventId = this.eventIdOf(call)
    const doneAt = this.doneAt.get(`${eventId}@${system.id}`)
    if (doneAt !== undefined && doneAt < world.now - doneLongAgoMs)
      world.fail('what another system took is not sent again', `${eventId} to ${system.id}`)
    const { timeoutMs } = call
    const slowMs = world.now < this.liveUntil ? system.slowMs : 0
    try {
      if (slowMs > 0) await process.pause(Math.min(slowMs, timeoutMs))
      const answer = process.call(`calls ${system.id}`, () => this.hear(system, call), callOdds, timeoutMs)
      if (slowMs <= timeoutMs) return await answer
      // The system takes the call, but its answer comes after we gave up.
      answer.catch(() => undefined)
      return failed('timeout')
    } catch (error) {
      return failed(error instanceof Error && error.message === 'no answer in time' ? 'timeout' : 'unreachable')
    }
  }

  /** The id of the event about which we call another system. A call of a `bgUrl` names the order that was paid. */
  private eventIdOf({ method, headers, url }: OutgoingCall): string {
    if (method === 'POST') return headers['webhook-id'] ?? ''
    const orderNo = new URLSearchParams(url.split('?')[1]).get('orderSn')
    for (const [id, { entry, subject }] of this.events)
      if (subject === orderNo && entry.type === 'order.paid') return id
    return ''
  }

  /** A call has arrived at another system. @throws Error if the system is down */
  private hear(system: System, call: OutgoingCall): OutgoingAnswer {
    const { world } = this
    if (world.now >= system.downFrom && world.now < system.downUntil) {
      world.reached.add('endpoint that is down')
      throw new Error('connection refused')
    }
    if (world.now >= system.goneFrom) return answered(410)
    const id = this.eventIdOf(call)
    if (!this.events.has(id)) world.fail('no event is told before it is true', `${system.id} hears of ${id}`)
    const isRight = call.method === 'GET' ? this.isRightBgUrl(call) : this.isRightWebhook(system, call)
    if (!isRight) world.fail('each call says what happened, with the secret of its receiver', `${id} to ${system.id}`)
    if (world.faults > 0 && system.random.happens(system.errors)) return answered(500)
    if (call.method === 'GET') world.reached.add('connected system that heard of its payment')
    if (system.took.has(id)) world.reached.add('event that another system heard twice')
    system.took.add(id)
    return answered(200)
  }

  private isRightWebhook(system: System, { headers, body = '' }: OutgoingCall): boolean {
    const { id, type, data } = JSON.parse(body) as { id: string; type: string; data: { order?: { orderNo: string } } }
    const event = this.events.get(id)
    const isAbout = event?.entry.type === type && (data.order?.orderNo ?? event.subject) === event.subject
    const texts = headers['webhook-signature']?.split(' signs ') ?? []
    const { secret, nextSecret } = this.endpoint(system.id) ?? { secret: '', nextSecret: null }
    const isSigned = [secret, nextSecret].some((one) => one !== null && texts.includes(one))
    return isAbout && isSigned && texts.includes(`${id}.${headers['webhook-timestamp']}.${body}`)
  }

  private isRightBgUrl({ url }: OutgoingCall): boolean {
    const fields = Object.fromEntries(new URLSearchParams(url.split('?')[1]))
    const order = this.shop.store.peek<Order>('orders', fields.orderSn ?? '')
    const isAbout = fields.payStatus === 'SUCCESSPAY' && fields.requestKey === order?.domain?.requestKey
    return isAbout && fields.money === String(order?.amountFen) && signerOf(fields, 'values', raceSecrets) !== undefined
  }

  /** Checks, at the end of a life, that each thing that happened has its event, and that each system heard of it. */
  check(): void {
    const { world, shop } = this
    const kept = new Set([...this.events.values()].map(({ entry, subject }) => keyOf(subject, entry.type, entry.no)))
    const documents = [...shop.store.all<Order>('orders'), ...shop.store.all<Contract>('contracts')]
    for (const key of documents.flatMap(happenedIn)) if (!kept.has(key)) world.fail('what happened has its event', key)
    for (const { _id, state } of shop.store.all<Delivery>('deliveries'))
      if (state === 'waiting') world.fail('each event is told, or staff see why not', `${_id} still waits`)
    for (const [id, { since, offUntil }] of this.there)
      for (const [eventId, { entry, subject, storedAt }] of this.events) {
        const order = shop.store.peek<Order>('orders', subject)
        if (id === bgUrlId && !(entry.type === 'order.paid' && order?.domain)) continue
        // An endpoint that is switched off hears nothing, also not of what happened shortly before.
        if (storedAt < since || offUntil >= storedAt) continue
        const isTold = this.systems.get(id)?.took.has(eventId)
        const delivery = shop.store.peek<Delivery>('deliveries', `${eventId}@${id}`)
        const isGivenUp = delivery?.state === 'failed' && delivery.tries >= mostTries
        if (!isTold && !isGivenUp)
          world.fail('each event is told, or staff see why not', `${eventId} to ${id}: ${delivery?.state ?? 'never'}`)
      }
  }
}

const keyOf = (subject: string, type: string, no = ''): string => `${type} of ${subject} ${no}`.trim()

/** The events that an order or contract must have had, by what stands in it. */
function happenedIn(document: Order | Contract): string[] {
  const { _id } = document
  if (!('payments' in document)) {
    const paid = document.charges.filter(({ state }) => state === 'paid')
    return [
      ...(paid.length > 0 ? [keyOf(_id, 'contract.signed')] : []),
      ...(document.state === 'ended' ? [keyOf(_id, 'contract.ended')] : []),
      ...paid.map(({ orderNo }) => keyOf(_id, 'contract.charged', orderNo)),
    ]
  }
  const { state, payments, refunds } = document
  const surplus = payments.filter((payment) => payment.state === 'paid' && payment.surplus)
  return [
    ...(state === 'open' ? [] : [keyOf(_id, `order.${state}`)]),
    ...surplus.map(({ no }) => keyOf(_id, 'order.overpaid', no)),
    ...refunds.filter((refund) => refund.state === 'done').map(({ no }) => keyOf(_id, 'refund.done', no)),
  ]
}

const answered = (status: number): OutgoingAnswer => ({ status, text: status === 200 ? 'success' : '', failure: null })
const failed = (failure: 'unreachable' | 'timeout'): OutgoingAnswer => ({ status: null, text: '', failure })

/** Whether what an event says stands in the document in which it is. */
function isTrue(document: Order | Contract, { type, no }: OutboxEntry): boolean {
  if ('payments' in document) {
    const { state, closedAt, payments, refunds } = document
    const payment = payments.find((one) => one.no === no)
    const refund = refunds.find((one) => one.no === no)
    if (type === 'order.paid') return state === 'paid' && payments.some((one) => one.state === 'paid' && !one.surplus)
    if (type === 'order.overpaid') return payment?.state === 'paid' && payment.surplus === true
    if (type === 'order.closed') return state === 'closed' && closedAt !== null
    if (type === 'refund.done') return refund?.state === 'done'
    return type === 'refund.failed' && refund?.state === 'failed'
  }
  const charge = document.charges.find(({ orderNo }) => orderNo === no)
  if (type === 'contract.charged') return charge?.state === 'paid'
  if (type === 'contract.signed') return document.signedAt !== null
  if (type === 'contract.past_due') return charge?.state !== 'paid'
  return type === 'contract.ended' && document.endedAt !== null
}
