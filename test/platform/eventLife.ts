// Makes a random history of webhook events from a seed. Shoppers pay, get refunds and let orders close. Subscribers
// sign contracts, pay by hand and end contracts. Staff send events again and change endpoints. Several timer runs take
// place at the same time. Receivers fail, answers get lost, processes die, writes fail, and clocks differ. The seed
// also decides which call takes effect next.
import * as z from 'zod/mini'
import { eventData, type PublicCharge, type PublicContract } from '../../cloudfunctions/shared/api/events'
import type { Contract } from '../../cloudfunctions/shared/domain/contractShape'
import { closeOrder } from '../../cloudfunctions/shared/domain/orders/order'
import type { Order } from '../../cloudfunctions/shared/domain/orders/orderShape'
import { type EventType, eventId, type OutboxEntry } from '../../cloudfunctions/shared/domain/outbox'
import type { PayDomain } from '../../cloudfunctions/shared/domain/requests/payDomain'
import type { Delivery } from '../../cloudfunctions/shared/domain/telling/delivery'
import type { Endpoint } from '../../cloudfunctions/shared/domain/telling/endpoint'
import { createWebhooks } from '../../cloudfunctions/shared/runtime/webhooks'
import type { Database } from '../../cloudfunctions/shared/store/database'
import { sealDomainSecret } from '../../cloudfunctions/shared/store/domains'
import { changeOrder } from '../../cloudfunctions/shared/store/orders'
import { workDeliveries } from '../../cloudfunctions/shared/usecases/due/workDeliveries'
import { workDueContracts } from '../../cloudfunctions/shared/usecases/due/workDueContracts'
import { workOutbox } from '../../cloudfunctions/shared/usecases/due/workOutbox'
import { payOrder } from '../../cloudfunctions/shared/usecases/orders/payOrder'
import type { OutgoingCall, ShopperContext, StaffContext } from '../../cloudfunctions/shared/usecases/platform/context'
import { requestRefund } from '../../cloudfunctions/shared/usecases/refunds/requestRefund'
import { receiveNotice } from '../../cloudfunctions/shared/usecases/settle/receiveNotice'
import { resendAsStaff } from '../../cloudfunctions/shared/usecases/staff/manageDeliveries'
import { changeEndpointAsStaff, testEndpoint } from '../../cloudfunctions/shared/usecases/staff/manageEndpoints'
import { Random } from '../simulation/random'
import { minute, payMain } from '../support/shop'
import { standardSignature } from '../support/standardSignature'
import { openTellingShop, type TellingShop } from '../support/tellingShop'
import { type Club, createPapay, openContracts, payMissed, setWeather, signOrEnd, tellDebit } from './contractWorks'
import { type Run, Turns } from './turns'

const ordersMost = 3
const endpointsMost = 4
const inFlight = 3
const works = 40
const bgUrl = 'https://race.shop.cn/paid'
const skews = [0, 0, 40_000, -40_000]
const instancesKept = 3
// The time for which a deleted secret may still sign events, because an instance caches the list of endpoints.
const keptMs = 60_000 + 2 * 40_000

/**
 * States that must occur in many of the histories. If one of these states never occurs, the test proves nothing about
 * it.
 */
export const rare = [
  'a process died',
  'two writes met',
  'a write with an event did not arrive',
  'an answer was lost',
  'a repeat',
  'a person sent again',
  'a secret was ended',
  'an endpoint was off while an event waited for it',
  'order.paid',
  'order.closed',
  'order.overpaid',
  'refund.done',
  'refund.failed',
  'contract.signed',
  'contract.charged',
  'contract.past_due',
  'contract.ended',
  'a missed charge was paid by hand',
  'bgUrl heard a repeat',
] as const

type Rare = (typeof rare)[number]

export interface EventLife {
  /** the promises that the code broke, as sentences */
  broken: string[]
  reached: Set<Rare>
  events: number
  calls: number
}

/** The true state, recorded at each turn: which events are stored, which endpoints are enabled, which secrets sign. */
interface Truth {
  born: Map<string, OutboxEntry & { turn: number }>
  onSince: Map<string, number>
  secrets: Map<string, Map<string, number>>
}

interface Heard {
  id: string
  endpoint: string
  isAnswered: boolean
  body: string
}

class Life {
  readonly papay = createPapay()
  readonly shop: TellingShop = openTellingShop(this.papay.enabled)
  readonly random: Random
  readonly turns: Turns
  readonly truth: Truth = { born: new Map(), onSince: new Map(), secrets: new Map() }
  readonly reached = new Set<Rare>()
  readonly broken: string[] = []
  readonly heard: Heard[] = []
  readonly orders: string[] = []
  readonly contracts: string[] = []
  readonly reports: Club['reports'] = []
  private readonly instances: { ctx(run: Run): ShopperContext; isBusy: boolean; isDead: boolean }[] = []
  private elapsed = 0
  private endpoints = 0
  isCalm = false

  constructor(seed: number) {
    this.random = new Random((seed * 2_654_435_761) >>> 0)
    this.turns = new Turns(this.random)
  }

  /**
   * Makes the database that an instance uses in one run. Each call to the database takes effect at a random turn, and
   * the call or its reply may get lost.
   */
  private databaseOf(run: Run): Database {
    const { db } = this.shop
    const told = new Set(['get', 'insert', 'insertAll', 'change', 'changeAll', 'remove', 'find', 'count', 'aggregate'])
    return new Proxy(db as Database, {
      get: (target, name) => {
        if (name === 'backOff') return () => this.turns.pause(run)
        const value: unknown = Reflect.get(target, name)
        if (typeof value !== 'function' || !told.has(String(name))) return value
        return (...args: unknown[]) =>
          this.turns.outside(run, async () => {
            try {
              const done = await (value as (...all: unknown[]) => Promise<unknown>).apply(target, args)
              if (name === 'change' && done === false) this.reached.add('two writes met')
              return done
            } finally {
              // Record the write even if its reply gets lost, because the database has made it.
              if (name === 'change' || name === 'insert') this.note(args)
            }
          })
      },
    })
  }

  /** Records what is stored after a write. */
  private note([collection, first, , fields]: unknown[]): void {
    const id = typeof first === 'string' ? first : (first as { _id: string })._id
    if (collection === 'orders' || collection === 'contracts') {
      const document = this.shop.db.peek<Order | Contract>(collection, id)
      if (!document) return
      const { turn } = this.turns
      for (const entry of document.outbox ?? [])
        if (!this.truth.born.has(eventId(document, entry)))
          this.truth.born.set(eventId(document, entry), { ...entry, turn })
      const { outbox = [] } = (fields ?? {}) as Partial<Order>
      if (outbox.some((entry) => !this.truth.born.has(eventId(document, entry))))
        this.reached.add('a write with an event did not arrive')
    }
    if (collection === 'endpoints') {
      const endpoint = this.shop.db.peek<Endpoint>('endpoints', id)
      if (endpoint) this.noteEndpoint(endpoint)
    }
  }

  noteEndpoint({ _id, state, secret, nextSecret }: Endpoint): void {
    const { onSince, secrets } = this.truth
    if (state === 'off') onSince.delete(_id)
    else if (!onSince.has(_id)) onSince.set(_id, this.turns.turn)
    const known = secrets.get(_id) ?? new Map<string, number>()
    const now = this.shop.ctx.now()
    const current = [secret, nextSecret].flatMap((sealed) => (sealed === null ? [] : [this.opened(sealed)]))
    for (const [one, until] of known)
      if (!current.includes(one) && until === Number.POSITIVE_INFINITY) {
        known.set(one, now + keptMs)
        this.reached.add('a secret was ended')
      }
    for (const one of current) known.set(one, Number.POSITIVE_INFINITY)
    secrets.set(_id, known)
  }

  private opened(sealed: string): string {
    const secret = this.shop.sealer.open(sealed)
    if (typeof secret !== 'string') throw new Error('a secret cannot be opened')
    return secret
  }

  /** Makes an instance with its own clock. It caches the list of endpoints between its runs. */
  private newInstance() {
    let run: Run | undefined
    const skew = this.random.pick(skews)
    const now = () => this.shop.ctx.now() + (this.isCalm ? 0 : skew)
    const current = new Proxy({} as Database, {
      get: (_, name) => Reflect.get(this.databaseOf(run as Run), name),
    })
    const call = (outgoing: OutgoingCall) => this.turns.outside(run as Run, async () => this.receive(outgoing))
    const webhooks = createWebhooks(
      { db: current, sealer: this.shop.sealer, now },
      { refusalOf: () => undefined, call },
    )
    return {
      isBusy: false,
      isDead: false,
      ctx: (next: Run): ShopperContext => {
        run = next
        return {
          ...this.shop.ctx,
          now,
          db: current,
          webhooks,
          chance: () => this.random.next(),
          elapsed: () => this.elapsed,
          pause: (_, signal) => this.turns.pause(next, signal),
        }
      },
    }
  }

  /** A connected system receives a call, or the call gets lost. */
  private receive({ url, headers, body = '' }: OutgoingCall) {
    const { random } = this
    const id = headers['webhook-id'] ?? ''
    const endpoint = url.slice(url.lastIndexOf('/') + 1)
    this.elapsed += random.pick([20, 20, 400, 1_200])
    if (!this.isCalm && random.happens(0.2)) return { status: null, text: '', failure: 'unreachable' as const }
    if (url.startsWith(bgUrl)) return this.receiveAtBgUrl(url)
    if (!id.startsWith('test-')) this.check(id, endpoint, headers, body)
    const isAnswered = this.isCalm || !random.happens(0.15)
    if (!id.startsWith('test-')) {
      if (this.heard.some((one) => one.id === id && one.endpoint === endpoint)) this.reached.add('a repeat')
      this.heard.push({ id, endpoint, isAnswered, body })
    }
    if (!isAnswered) {
      this.reached.add('an answer was lost')
      return { status: null, text: '', failure: 'timeout' as const }
    }
    const isGone = !this.isCalm && endpoint !== 'endpoint1' && random.happens(0.03)
    const status = isGone ? 410 : !this.isCalm && random.happens(0.15) ? 500 : 204
    return { status, text: '', failure: null }
  }

  /**
   * The system whose request made an order learns at its `bgUrl` that the order is paid. Only the answer `success`
   * confirms this.
   */
  private receiveAtBgUrl(url: string) {
    const { random } = this
    const orderNo = this.orders[0] ?? ''
    const id = `${orderNo}.1`
    const { requestKey, payStatus } = Object.fromEntries(new URL(url).searchParams)
    if (this.truth.born.get(id)?.type !== 'order.paid' || requestKey !== 'race-1' || payStatus !== 'SUCCESSPAY')
      this.broken.push(`${url} is told and is not true`)
    if (this.heard.some(({ endpoint }) => endpoint === bgUrl)) this.reached.add('bgUrl heard a repeat')
    const isAnswered = this.isCalm || !random.happens(0.15)
    const isSuccess = isAnswered && (this.isCalm || !random.happens(0.2))
    this.heard.push({ id, endpoint: bgUrl, isAnswered: isSuccess, body: '' })
    if (!isAnswered) return { status: null, text: '', failure: 'timeout' as const }
    return { status: 200, text: isSuccess ? 'success' : 'fail', failure: null }
  }

  /**
   * Checks an event that arrives: it was stored before, it has the form of the OpenAPI document, and its signature is
   * right.
   */
  private check(id: string, endpoint: string, headers: Record<string, string>, body: string): void {
    const { type, at, sequence, data } = JSON.parse(body) as {
      type: EventType
      at: number
      sequence: number
      data: unknown
    }
    const born = this.truth.born.get(id)
    if (!born) this.broken.push(`${id} is told and was never stored`)
    else if (born.type !== type || born.at !== at || born.seq !== sequence)
      this.broken.push(`${id} is told as ${type} ${sequence} at ${at}, and is ${born.type} ${born.seq} at ${born.at}`)
    const { success } = z.safeParse(eventData[type] as z.ZodMiniType, data)
    if (!success) this.broken.push(`${id} of ${type} has another form than the document says`)
    if (type === 'contract.charged' || type === 'contract.past_due') this.checkCharge(id, type, data)
    const text = `${id}.${headers['webhook-timestamp']}.${body}`
    const signs = [...(this.truth.secrets.get(endpoint) ?? [])]
      .filter(([, until]) => until >= this.shop.ctx.now())
      .map(([secret]) => standardSignature(secret, text))
    if (!(headers['webhook-signature'] ?? '').split(' ').some((one) => signs.includes(one)))
      this.broken.push(`${id} is signed for ${endpoint} with no secret of it`)
  }

  /**
   * Checks that an event about a charge names the charge, and that a charge that the event reports as paid is paid in
   * our record.
   */
  private checkCharge(id: string, type: EventType, data: unknown): void {
    const { contract, charge } = data as { contract: PublicContract; charge?: PublicCharge }
    const stored = this.shop.db.peek<Contract>('contracts', contract.contractNo)
    const ours = stored?.charges.find(({ orderNo }) => orderNo === charge?.orderNo)
    if (!ours || (type === 'contract.charged' && (charge?.state !== 'paid' || ours.state !== 'paid')))
      this.broken.push(`${id} of ${type} tells of ${charge?.state ?? 'no charge'}, and ${ours?.state} is stored`)
    if (charge?.byHand) this.reached.add('a missed charge was paid by hand')
  }

  /** Starts work in a free instance. Replaces an instance that has died. */
  start(work: (ctx: ShopperContext) => Promise<unknown>): void {
    const free = this.instances.find(({ isBusy, isDead }) => !isBusy && !isDead)
    const instance = free ?? this.newInstance()
    if (!free) this.instances.push(instance)
    instance.isBusy = true
    const lives = !this.isCalm && this.random.happens(0.2) ? this.random.below(14) : Number.POSITIVE_INFINITY
    this.turns.start(async (run) => {
      const { die } = run
      run.die = () => {
        instance.isDead = true
        this.reached.add('a process died')
        die()
      }
      try {
        await work(instance.ctx(run))
      } finally {
        instance.isBusy = false
      }
    }, lives)
    const others = this.instances.filter(({ isBusy, isDead }) => !isBusy && !isDead)
    if (others.length > instancesKept) this.instances.splice(this.instances.indexOf(others[0] as typeof instance), 1)
  }

  addEndpoint(): string {
    this.endpoints += 1
    return `endpoint${this.endpoints}`
  }

  get endpointIds(): string[] {
    return this.shop.db.peekAll<Endpoint>('endpoints').map(({ _id }) => _id)
  }
}

const noticeOf = (orderNo: string, changes: object = {}) => {
  const news = { paymentNo: `${orderNo}01`, outcome: 'paid', amountFen: 2_500, currency: 'CNY', ...changes }
  const request = { method: 'POST', path: '/notify/fake', query: {}, headers: { sign: 'good' } }
  return { ...request, body: Buffer.from(JSON.stringify(news)) }
}

const staff = (ctx: ShopperContext): StaffContext => ({ ...ctx, role: 'owner', name: '', refundLimitFen: null })

async function timer(ctx: ShopperContext): Promise<void> {
  await workDueContracts(ctx, () => true)
  await workOutbox(ctx, () => true)
  await workDeliveries(ctx, () => true)
}

type Work = (life: Life) => (ctx: ShopperContext) => Promise<unknown>

const pay: Work = ({ random, orders }) => {
  const orderNo = random.pick(orders)
  return (ctx) => receiveNotice(ctx, 'fake', noticeOf(orderNo))
}

const close: Work = ({ random, orders }) => {
  const orderNo = random.pick(orders)
  return (ctx) =>
    changeOrder(ctx.db, orderNo, (order) => ({
      order: order.state === 'open' ? closeOrder(order, 'closed', 'staff', ctx.now()) : order,
    }))
}

const refund: Work = ({ random, orders, shop }) => {
  const orderNo = random.pick(orders)
  const requestId = `request-${random.below(2)}`
  const answer = random.pick(['refunded', 'refunded', 'refused'] as const)
  return (ctx) => {
    shop.fake.refunds = answer
    const wish = { requestId, paymentNo: `${orderNo}01`, amountFen: 900, reason: '', by: 'staff' }
    return requestRefund(ctx, orderNo, wish)
  }
}

const resend: Work = (life) => {
  const { random, orders, contracts, shop } = life
  const delivery = random.happens(0.4) ? shop.db.peekAll<Delivery>('deliveries').at(-1)?._id : undefined
  const which =
    delivery !== undefined
      ? { id: delivery }
      : random.happens(0.5)
        ? { orderNo: random.pick([...orders, ...contracts]) }
        : { from: 0, to: Number.MAX_SAFE_INTEGER, failedOnly: random.happens(0.5) }
  return async (ctx) => {
    const { result } = await resendAsStaff(staff(ctx), { which })
    if (result.deliveries > 0) life.reached.add('a person sent again')
  }
}

const changeEndpoints: Work = (life) => {
  const { random, endpointIds, shop, reached } = life
  // Never change the first endpoint, because it must be enabled for the whole history and receive every event.
  const others = endpointIds.filter((id) => id !== 'endpoint1')
  if (endpointIds.length < endpointsMost && random.happens(0.4)) {
    const id = life.addEndpoint()
    const add = { id, url: `https://hooks.shop.cn/${id}`, note: '' }
    return (ctx) => changeEndpointAsStaff(staff(ctx), { add })
  }
  const id = random.pick(endpointIds)
  const other = random.pick(others.length > 0 ? others : endpointIds)
  const mayGoOff = other !== 'endpoint1'
  const change = random.pick([
    { newSecret: id },
    { endOldSecret: id },
    ...(mayGoOff ? [{ switchOff: other }, { switchOn: other }, { switchOn: other }] : []),
  ])
  if (random.happens(0.15)) return (ctx) => testEndpoint(staff(ctx), { id: other })
  if ('switchOff' in change) {
    const waiting = shop.db.peekAll<Delivery>('deliveries').some((one) => one.endpoint === other && one.dueAt !== null)
    if (waiting) reached.add('an endpoint was off while an event waited for it')
  }
  return (ctx) => changeEndpointAsStaff(staff(ctx), change)
}

const everything: readonly Work[] = [
  pay,
  pay,
  pay,
  close,
  refund,
  refund,
  signOrEnd,
  signOrEnd,
  tellDebit,
  payMissed,
  () => timer,
  () => timer,
  () => timer,
  () => timer,
  resend,
  changeEndpoints,
  changeEndpoints,
]

/** Runs one history. The same seed always gives the same history. */
export async function liveEvents(seed: number): Promise<EventLife> {
  const life = new Life(seed)
  const { shop, random, turns } = life
  shop.addEndpoint(`https://hooks.shop.cn/${life.addEndpoint()}`)
  life.noteEndpoint(shop.endpoint('endpoint1'))
  for (let count = 0; count < ordersMost; count++) {
    const orderNo = await shop.newOrder()
    await payOrder(shop.ctx, payMain(orderNo))
    shop.fake.pay(`${orderNo}01`)
    life.orders.push(orderNo)
  }
  openContracts(life)
  setWeather(life, () => life.isCalm)
  addDomain(life)
  shop.db.luck = () => {
    if (life.isCalm || random.happens(0.92)) return 'fine'
    return random.pick(['lostReply', 'notSent'] as const)
  }
  for (let started = 0; started < works; ) {
    if (turns.inFlight < inFlight && random.happens(0.3)) {
      life.start(random.pick(everything)(life))
      started += 1
    } else await turns.next()
    // Time also passes while calls are in progress.
    if (random.happens(0.02)) shop.advance(random.pick([3_000, 20_000, minute, 6 * minute, 40 * minute]))
  }
  await turns.settle()
  life.isCalm = true
  // If a contract did not hear that its overdue charge was paid, the timer copies the result within a day. So run the
  // timer for longer than a day.
  for (let run = 0; run < 36; run++) {
    shop.advance(45 * minute)
    life.start(timer)
    await turns.settle()
  }
  inTheEnd(life)
  return { broken: life.broken, reached: life.reached, events: life.truth.born.size, calls: life.heard.length }
}

/**
 * Changes the first order: it now belongs to a connected system, as if a request of that system had created the order.
 */
function addDomain({ shop, orders: [orderNo = ''] }: Life): void {
  const secret = sealDomainSecret(shop.ctx.secrets, 'race', 'a secret')
  shop.db.put<PayDomain>('domains', {
    _id: 'race',
    version: 1,
    name: 'City run',
    state: 'open',
    secret,
    nextSecret: null,
    usesNext: false,
    signature: 'values',
    origins: [],
    hosts: [bgUrl],
    channels: ['Wechat'],
    rates: [''],
    requestChannels: [''],
    bareOpenid: false,
    createdAt: 1,
  })
  const domain = { code: 'race', requestKey: 'race-1', bgUrl }
  shop.db.put<Order>('orders', { ...shop.order(orderNo), domain })
}

/**
 * Reads the states in a document and lists the events that must exist because of them, each with the number of its
 * refund or charge. Does not read the outbox, because the code under test writes the outbox.
 */
function eventsOf(document: Order | Contract): string[] {
  if ('payments' in document) {
    const { paidAt, closedAt, payments, refunds } = document
    return [
      ...(paidAt === null ? [] : ['order.paid']),
      ...(closedAt === null ? [] : ['order.closed']),
      ...payments.filter(({ surplus }) => surplus === true).map(({ no }) => `order.overpaid ${no}`),
      ...refunds.filter(({ state }) => state === 'done').map(({ no }) => `refund.done ${no}`),
      ...refunds.filter(({ state }) => state === 'failed').map(({ no }) => `refund.failed ${no}`),
    ]
  }
  const { state, signedAt, charges } = document
  return [
    ...(signedAt === null || state === 'failed' ? [] : ['contract.signed']),
    ...charges.filter((one) => one.state === 'paid').map(({ orderNo }) => `contract.charged ${orderNo}`),
    ...charges.filter((one) => one.pastDueAt !== null).map(({ orderNo }) => `contract.past_due ${orderNo}`),
    ...(state === 'ended' ? ['contract.ended'] : []),
  ]
}

function inTheEnd({ shop, truth, heard, broken, reached, orders }: Life): void {
  const answered = new Set(heard.filter(({ isAnswered }) => isAnswered).map(({ id, endpoint }) => `${id}@${endpoint}`))
  for (const one of [...shop.db.peekAll<Order>('orders'), ...shop.db.peekAll<Contract>('contracts')]) {
    const known = [...truth.born.keys()].filter((id) => id.startsWith(`${one._id}.`))
    if (known.length !== (one.outboxSeq ?? 0)) broken.push(`${one._id} counts ${one.outboxSeq}, and has ${known}`)
    const told = known.map((id) => truth.born.get(id) as OutboxEntry)
    const names = told.map(({ type, no }) => (type.startsWith('order.p') || !no ? type : `${type} ${no}`))
    const due = eventsOf(one)
    if (names.sort().join() !== due.sort().join()) broken.push(`${one._id} has the events ${names}, and should ${due}`)
    if ((one.outbox ?? []).length > 0) broken.push(`${one._id} has events that nobody took over`)
  }
  for (const [id, { type, turn }] of truth.born) {
    reached.add(type as Rare)
    // An endpoint must receive an event if it was enabled before the event and has not been disabled since.
    for (const [endpoint, since] of truth.onSince)
      if (since < turn && !answered.has(`${id}@${endpoint}`)) broken.push(`${id} was never heard at ${endpoint}`)
  }
  // The connected system must receive the `order.paid` event of the first order at its `bgUrl`.
  for (const [id, { type }] of truth.born)
    if (type === 'order.paid' && id.startsWith(`${orders[0]}.`) && !answered.has(`${id}@${bgUrl}`))
      broken.push(`${id} was never heard at bgUrl`)
  for (const { _id, endpoint, state } of shop.db.peekAll<Delivery>('deliveries'))
    if (endpoint === 'endpoint1' && state !== 'done' && !_id.startsWith('test-')) broken.push(`${_id} is ${state}`)
}
