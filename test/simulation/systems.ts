// The merchant's other systems in a world. The events that the shop stores are the truth with which we compare what the
// systems heard.
import type { Contract } from '../../cloudfunctions/shared/domain/contractShape'
import type { Order } from '../../cloudfunctions/shared/domain/orders/orderShape'
import type { OutboxEntry, Telling } from '../../cloudfunctions/shared/domain/outbox'
import type { PayDomain } from '../../cloudfunctions/shared/domain/requests/payDomain'
import type { Delivery } from '../../cloudfunctions/shared/domain/telling/delivery'
import { bgUrlEndpointId, type Endpoint } from '../../cloudfunctions/shared/domain/telling/endpoint'
import { createWebhooks, type EndpointMemory } from '../../cloudfunctions/shared/runtime/webhooks'
import { workDeliveries } from '../../cloudfunctions/shared/usecases/due/workDeliveries'
import { workOutbox } from '../../cloudfunctions/shared/usecases/due/workOutbox'
import type { OutgoingAnswer, OutgoingCall, Webhooks } from '../../cloudfunctions/shared/usecases/platform/context'
import { signerOf } from '../../cloudfunctions/shared/usecases/platform/domainSignature'
import { standardSignature } from '../support/standardSignature'
import { SimulatedDatabase } from './database'
import { answered, OtherSystem } from './otherSystem'
import type { Process } from './process'
import { type AnyContext, type Shop, secrets } from './shop'
import { day, earliest, hour, minute, type World } from './world'

interface KnownEvent {
  entry: OutboxEntry
  subject: string
  storedAt: number
  /** since when the event is no longer in the outbox of its order or contract */
  handedOverAt: number
}

/** When an endpoint was off, and whether a person switched it off. */
interface Off {
  from: number
  until: number
  byPerson: boolean
}

const callOdds = { lost: 0.03, notSent: 0.03, hangs: 0.01 }
const address = /^https:\/\/(\S+)\.test\//
export const raceSecret = 'secret of race'
const raceSecrets = { current: raceSecret }
const bgUrlId = bgUrlEndpointId('race')
// What was done, stored or changed this long ago is known everywhere. A shorter time proves nothing: an instance keeps
// endpoints for a minute, the clocks of two instances are up to seven minutes apart, and a function may run for a minute.
const longAgoMs = 9 * minute
// We try a delivery this often before we leave it to staff, over about three days: each wait may be a tenth shorter or
// longer (docs/webhooks.md). We switch an endpoint off after five days of failures.
const mostTries = 10
const leastSpanMs = 2.8 * day
const patienceMs = 5 * day - longAgoMs
// Within this time the timer tells an event, if the system is well and nothing gets lost. In the lives of contracts the
// timer may notice new work only after six hours.
const toldWithinMs = 7 * hour
const onceOnly: ReadonlySet<string> = new Set([
  'order.paid',
  'order.closed',
  'order.overpaid',
  'refund.done',
  'contract.signed',
  'contract.charged',
  'contract.ended',
])

export class Systems {
  private readonly systems = new Map<string, OtherSystem>()
  /** the events that stood in an order or contract, by id */
  private readonly events = new Map<string, KnownEvent>()
  private readonly keys = new Set<string>()
  /** since when deliveries are done */
  private readonly doneAt = new Map<string, number>()
  /** for each endpoint, since when it is in the database, and when it was off */
  private readonly there = new Map<string, { since: number; offs: Off[] }>()
  /** for each delivery that failed, whether its endpoint was off then */
  private readonly stoppedBecauseOff = new Map<string, boolean>()
  private readonly pastDue = new Set<string>()

  constructor(
    private readonly world: World,
    private readonly shop: Shop,
    private readonly liveUntil: number,
  ) {
    this.watch()
    shop.webhooksOf = (process, memory, now) => this.webhooks(process, memory, now)
  }

  /** Adds a system. @param id the id of its endpoint, which the caller stores */
  add(id: string): OtherSystem {
    const system = new OtherSystem(this.world, id, this.liveUntil)
    this.systems.set(id, system)
    return system
  }

  /** Stores an endpoint as it is in the shop before the life begins. */
  begin(id: string): void {
    const system = this.add(id)
    const secret = `whsec_${Buffer.from(id).toString('base64')}`
    system.learn(secret)
    const endpoint: Endpoint = {
      _id: id,
      version: 1,
      domain: null,
      url: system.url,
      note: id,
      state: 'on',
      offBecause: null,
      createdAt: this.world.now,
      secret: secrets.seal(secret),
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
    this.there.set(bgUrlId, { since: this.world.now, offs: [] })
    return this.add(bgUrlId).url
  }

  endpoint(id: string): Endpoint | undefined {
    return this.shop.store.peek<Endpoint>('endpoints', id)
  }

  system(id: string): OtherSystem | undefined {
    return this.systems.get(id)
  }

  /** Does the timer's work for events. */
  async work(ctx: AnyContext, hasTime: () => boolean): Promise<void> {
    await workOutbox(ctx, hasTime)
    await workDeliveries(ctx, hasTime)
  }

  /** The earliest due time of events and deliveries; null if none waits. */
  dueAt(): number | null {
    const { store } = this.shop
    const events = earliest(store.earliest('orders', 'outboxAt'), store.earliest('contracts', 'outboxAt'))
    return earliest(events, store.earliest('deliveries', 'dueAt'))
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
    const { _id, outbox = [] } = document as Telling
    if (!('payments' in document) && document.state === 'pastDue') this.pastDue.add(_id)
    for (const entry of outbox) {
      const id = `${_id}.${entry.seq}`
      if (this.events.has(id)) continue
      this.events.set(id, { entry, subject: _id, storedAt: world.now, handedOverAt: Number.POSITIVE_INFINITY })
      world.say(2, () => `event ${id}: ${entry.type}`)
      if (!isTrue(document, entry)) world.fail('no event is told before it is true', `${id} says ${entry.type}`)
      const key = keyOf(_id, entry.type, entry.no)
      if (this.keys.has(key) && onceOnly.has(entry.type)) world.fail('what happened once is one event', `${id}: ${key}`)
      this.keys.add(key)
    }
    for (const event of this.events.values())
      if (event.subject === _id && event.handedOverAt > world.now && !outbox.some(({ seq }) => seq === event.entry.seq))
        event.handedOverAt = world.now
  }

  private watchDelivery(before: Delivery | undefined, after: Delivery): void {
    const { world } = this
    const system = this.systems.get(after.endpoint)
    if (after.state === 'waiting' && before && before.state !== 'waiting') {
      // Staff send it again.
      this.doneAt.delete(after._id)
      system?.knownTaken.delete(after.eventId)
      system?.calls.delete(after.eventId)
    }
    if (after.state === 'failed' && before?.state !== 'failed') {
      if (before) world.reached.add('delivery that was given up')
      const wasOff = this.isOff(after.endpoint, world.now - minute, world.now, () => true)
      this.stoppedBecauseOff.set(after._id, wasOff)
    }
    if (after.state !== 'done' || before?.state === 'done') return
    this.doneAt.set(after._id, world.now)
    world.say(2, () => `delivery ${after._id} is done`)
    if (!system?.took.has(after.eventId)) world.fail('a delivery is done only when the other system took it', after._id)
  }

  private watchEndpoint({ _id, state, offBecause }: Endpoint): void {
    const { world } = this
    const { since, offs } = this.there.get(_id) ?? { since: world.now, offs: [] }
    const last = offs.at(-1)
    const wasOff = last !== undefined && last.until > world.now
    const byPerson = offBecause === 'person'
    // A person may also let go an endpoint that was switched off by itself.
    const isLetGo = wasOff && byPerson && !last.byPerson
    if (isLetGo) last.until = world.now
    if (state === 'off' && (!wasOff || isLetGo)) {
      this.there.set(_id, { since, offs: [...offs, { from: world.now, until: Number.POSITIVE_INFINITY, byPerson }] })
      world.say(1, () => `endpoint ${_id} is switched off: ${offBecause}`)
      if (!byPerson) this.checkOff(_id, offBecause)
    } else if (state === 'on') {
      if (wasOff && last) last.until = world.now
      this.there.set(_id, { since, offs })
    }
  }

  private checkOff(id: string, because: Endpoint['offBecause']): void {
    const { world } = this
    world.reached.add('endpoint that was switched off by itself')
    const { goneFrom = 0, lastKnownSuccess = 0, calls } = this.systems.get(id) ?? {}
    const first = Math.min(...[...(calls?.values() ?? [])].map((one) => one.first))
    const hasFailedForADay = [...(calls?.values() ?? [])].some((one) => one.last - one.first >= day - longAgoMs)
    const isDead = hasFailedForADay && Math.max(first, lastKnownSuccess) <= world.now - patienceMs
    if (because === 'gone' ? goneFrom > world.now : !isDead)
      world.fail('an endpoint is switched off only when it is gone or failed for days', `${id}: ${because}`)
  }

  private isOff(id: string, from: number, until: number, wanted: (off: Off) => boolean): boolean {
    return this.there.get(id)?.offs.some((off) => off.from <= until && off.until >= from && wanted(off)) === true
  }

  /** The real webhooks of one process; only the network is simulated. */
  private webhooks(process: Process, memory: EndpointMemory, now: () => number): Webhooks {
    const db = new SimulatedDatabase(this.shop.store, process)
    const call = (outgoing: OutgoingCall) => this.call(process, outgoing)
    return createWebhooks({ db, sealer: secrets, now, memory }, { refusalOf: () => undefined, call })
  }

  private async call(process: Process, call: OutgoingCall): Promise<OutgoingAnswer> {
    const system = this.systems.get(address.exec(call.url)?.[1] ?? '')
    if (!system) return failed('unreachable')
    const eventId = this.eventIdOf(call)
    this.checkBegun(system, eventId)
    system.begin(eventId)
    const { timeoutMs } = call
    const slowMs = system.slowNow()
    const limitMs = Math.max(1, timeoutMs - slowMs)
    try {
      if (slowMs > 0) await process.pause(Math.min(slowMs, timeoutMs))
      const answer = process.call(`calls ${system.id}`, () => this.hear(system, call, eventId), callOdds, limitMs)
      if (slowMs <= timeoutMs) return this.heard(process, system, eventId, await answer)
      // The system takes the call, but its answer comes after we gave up.
      answer.catch(() => undefined)
      return failed('timeout')
    } catch {
      return failed('unreachable')
    }
  }

  /**
   * Our process has an answer. If it is the only one that sends the event and nothing can get lost any more, we know it
   * from now on. A call that settles is not the only one: two of them may tell the same event, and the timer takes over
   * after 15 s. If clocks differ, two timers may send it.
   */
  private heard(process: Process, system: OtherSystem, eventId: string, answer: OutgoingAnswer): OutgoingAnswer {
    const { world } = this
    if (world.faults > 0 || answer.status !== 200) return answer
    system.lastKnownSuccess = world.now
    const isAlone = process.key.startsWith('timer') && !this.shop.clocksDiffer
    if (isAlone && !system.knownTaken.has(eventId)) system.knownTaken.set(eventId, world.now)
    return answer
  }

  private checkBegun({ id, knownTaken }: OtherSystem, eventId: string): void {
    const { world } = this
    const longAgo = world.now - longAgoMs
    const isKnown = (at: number | undefined): boolean => at !== undefined && at < longAgo
    if (isKnown(this.doneAt.get(`${eventId}@${id}`)) || isKnown(knownTaken.get(eventId)))
      world.fail('what another system took is not sent again', `${eventId} to ${id}`)
    const off = this.there.get(id)?.offs.at(-1)
    if (off && off.until > world.now && off.from < longAgo)
      world.fail('an endpoint that is off hears nothing', `${eventId} to ${id}`)
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
  private hear(system: OtherSystem, call: OutgoingCall, id: string): OutgoingAnswer {
    const { world } = this
    const event = this.events.get(id)
    if (!event) world.fail('no event is told before it is true', `${system.id} hears of ${id}`)
    const isRight = call.method === 'GET' ? this.isRightBgUrl(call) : event && this.isRightWebhook(event, call, id)
    if (!isRight) world.fail('each call says what happened', `${id} to ${system.id}`)
    if (call.method === 'GET') world.reached.add('connected system that heard of its payment')
    else if (!this.isSigned(system, call)) {
      // Our instance may not know the newest secret yet. Then it tries again.
      if (system.secretSince < world.now - longAgoMs)
        world.fail('each call is signed with the secret that its receiver was shown', `${id} to ${system.id}`)
      return answered(401)
    }
    return system.answer(id)
  }

  private isSigned({ secret }: OtherSystem, { headers, body = '' }: OutgoingCall): boolean {
    if (secret === undefined) return true
    const text = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`
    return headers['webhook-signature']?.split(' ').includes(standardSignature(secret, text)) === true
  }

  private isRightWebhook(
    { entry, subject }: KnownEvent,
    { headers, body = '' }: OutgoingCall,
    eventId: string,
  ): boolean {
    const { id, type, at, sequence, data } = JSON.parse(body) as Body
    const isEvent = id === eventId && type === entry.type && at === entry.at && sequence === entry.seq
    const isNew = Math.abs(Number(headers['webhook-timestamp']) * 1_000 - this.world.now) < longAgoMs
    if (!data.order) return isEvent && isNew && data.contract?.contractNo === subject
    const { orderNo, state, amountFen, refundedFen, refunds, payments } = data.order
    const doneFen = refunds.filter((one) => one.state === 'done').reduce((sum, one) => sum + one.amountFen, 0)
    const order = this.shop.store.peek<Order>('orders', subject)
    const isAsStored = orderNo === subject && amountFen === order?.amountFen && refundedFen === doneFen
    return isEvent && isNew && isAsStored && (type !== 'order.paid' || (state === 'paid' && payments.length > 0))
  }

  private isRightBgUrl({ url }: OutgoingCall): boolean {
    const fields = Object.fromEntries(new URLSearchParams(url.split('?')[1]))
    const order = this.shop.store.peek<Order>('orders', fields.orderSn ?? '')
    const isAbout = fields.payStatus === 'SUCCESSPAY' && fields.requestKey === order?.domain?.requestKey
    return isAbout && fields.money === String(order?.amountFen) && signerOf(fields, 'values', raceSecrets) !== undefined
  }

  /**
   * Checks, at the end of a life, that each thing that happened has its event, and that each system heard of it.
   * @param isCalm in this life nothing gets lost and the timer never stops
   */
  check(isCalm: boolean): void {
    const { world, shop } = this
    const documents = [...shop.store.all<Order>('orders'), ...shop.store.all<Contract>('contracts')]
    for (const key of documents.flatMap(happenedIn))
      if (!this.keys.has(key)) world.fail('what happened has its event', key)
    for (const id of this.pastDue)
      if (![...this.keys].some((key) => key.startsWith(`contract.past_due of ${id}`)))
        world.fail('what happened has its event', `contract.past_due of ${id}`)
    for (const { _id, state } of shop.store.all<Delivery>('deliveries'))
      if (state === 'waiting') world.fail('each event is told, or staff see why not', `${_id} still waits`)
    for (const id of this.there.keys())
      for (const [eventId, event] of this.events) this.checkTold(id, eventId, event, isCalm)
  }

  private checkTold(id: string, eventId: string, event: KnownEvent, isCalm: boolean): void {
    const { world, shop } = this
    const { entry, subject, storedAt, handedOverAt } = event
    const system = this.systems.get(id)
    if (!system || storedAt < (this.there.get(id)?.since ?? 0)) return
    if (id === bgUrlId && !(entry.type === 'order.paid' && shop.store.peek<Order>('orders', subject)?.domain)) return
    const tookAt = system.took.get(eventId)
    const wasOff = this.isOff(id, storedAt, Number.POSITIVE_INFINITY, () => true)
    if (isCalm && !wasOff && system.isHealthy && (tookAt ?? Number.POSITIVE_INFINITY) > storedAt + toldWithinMs)
      world.fail('an event is told soon', `${eventId} to ${id}`)
    if (tookAt !== undefined) return
    const delivery = shop.store.peek<Delivery>('deliveries', `${eventId}@${id}`)
    const calls = system.calls.get(eventId)
    const wasTried = calls !== undefined && calls.count >= mostTries && calls.last - calls.first >= leastSpanMs
    const isLeft = delivery?.state === 'failed' && (wasTried || this.stoppedBecauseOff.get(delivery._id) === true)
    const isHandedOver = handedOverAt < Number.POSITIVE_INFINITY
    const wasLetGo = isHandedOver && this.isOff(id, storedAt, handedOverAt, ({ byPerson }) => byPerson)
    const isMissed = delivery === undefined && wasLetGo
    if (!isLeft && !isMissed)
      world.fail('each event is told, or staff see why not', `${eventId} to ${id}: ${delivery?.state ?? 'never'}`)
  }
}

interface Body {
  id: string
  type: string
  at: number
  sequence: number
  data: {
    order?: {
      orderNo: string
      state: string
      amountFen: number
      refundedFen: number
      refunds: { state: string; amountFen: number }[]
      payments: object[]
    }
    contract?: { contractNo: string }
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
  const ended = refunds.filter((refund) => refund.state === 'done' || refund.state === 'failed')
  return [
    ...(state === 'open' ? [] : [keyOf(_id, `order.${state}`)]),
    ...surplus.map(({ no }) => keyOf(_id, 'order.overpaid', no)),
    ...ended.map((refund) => keyOf(_id, `refund.${refund.state}`, refund.no)),
  ]
}

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
  if (type === 'contract.past_due') return document.state === 'pastDue' && charge?.state !== 'paid'
  return type === 'contract.ended' && document.endedAt !== null
}
