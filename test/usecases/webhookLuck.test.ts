// Seeded lives of events: payments, refunds and changes of endpoints, runs of the timer that meet, replies that are lost
// and processes that are killed. Every event is heard at least once, never before it is true, under one id.
import * as z from 'zod/mini'
import { eventData } from '../../cloudfunctions/shared/api/events'
import { type EventType, eventId } from '../../cloudfunctions/shared/domain/outbox'
import type { Delivery } from '../../cloudfunctions/shared/domain/telling/delivery'
import type { Database } from '../../cloudfunctions/shared/store/database'
import { workDeliveries } from '../../cloudfunctions/shared/usecases/due/workDeliveries'
import { workOutbox } from '../../cloudfunctions/shared/usecases/due/workOutbox'
import { payOrder } from '../../cloudfunctions/shared/usecases/orders/payOrder'
import type { ShopperContext } from '../../cloudfunctions/shared/usecases/platform/context'
import { requestRefund } from '../../cloudfunctions/shared/usecases/refunds/requestRefund'
import { receiveNotice } from '../../cloudfunctions/shared/usecases/settle/receiveNotice'
import { resendAsStaff } from '../../cloudfunctions/shared/usecases/staff/manageDeliveries'
import { Random } from '../simulation/random'
import { minute, payMain } from '../support/shop'
import { openTellingShop, type TellingShop } from '../support/tellingShop'

const seeds = Number(process.env.WEBHOOK_SEEDS ?? 100)

class Killed extends Error {}

/** A process that dies at its n-th call of the database: nothing that it does afterwards has an effect. */
function mortal(db: Database, lives: number): Database {
  let left = lives
  const calls = new Set(['get', 'insert', 'change', 'remove', 'find', 'count', 'aggregate'])
  return new Proxy(db, {
    get(target, name, receiver) {
      const value: unknown = Reflect.get(target, name, receiver)
      if (typeof value !== 'function' || !calls.has(String(name))) return value
      return async (...args: unknown[]) => {
        left -= 1
        if (left < 0) throw new Killed()
        return (value as (...args: unknown[]) => unknown).apply(target, args)
      }
    },
  })
}

interface Told {
  id: string
  endpoint: string
}

/** The truth when a call arrived: whether the order's own document already has the event. */
function isTrue(shop: TellingShop, body: string): boolean {
  const { type, sequence, data } = JSON.parse(body) as {
    type: EventType
    sequence: number
    data: { order: { orderNo: string }; refund?: { refundNo: string } }
  }
  // What is sent has the form that the OpenAPI document shows, and no field more.
  z.parse(eventData[type] as z.ZodMiniType, data)
  const order = shop.order(data.order.orderNo)
  if ((order.outboxSeq ?? 0) < sequence) return false
  if (type === 'order.paid') return order.state === 'paid'
  return order.refunds.some(({ no, state }) => no === data.refund?.refundNo && state === 'done')
}

async function live(seed: number): Promise<{ told: Told[]; shop: TellingShop; lies: string[] }> {
  const random = new Random((seed * 2_654_435_761) >>> 0)
  const shop = openTellingShop()
  const told: Told[] = []
  const lies: string[] = []
  let isCalm = false
  const call: ShopperContext['webhooks']['call'] = async ({ url, body = '', headers }) => {
    await Promise.resolve()
    const id = headers['webhook-id'] ?? ''
    if (!isTrue(shop, body)) lies.push(id)
    if (!isCalm && random.happens(0.3)) return { status: null, text: '', failure: 'unreachable' }
    told.push({ id, endpoint: url.slice(-9) })
    // The other system has heard it, and its answer is lost.
    if (!isCalm && random.happens(0.15)) return { status: null, text: '', failure: 'timeout' }
    return { status: 204, text: '', failure: null }
  }
  const instance = (): ShopperContext => {
    const ctx = shop.instance()
    const db = !isCalm && random.happens(0.3) ? mortal(shop.db, random.below(12)) : shop.db
    return { ...ctx, db, webhooks: { ...ctx.webhooks, call } }
  }
  shop.db.luck = () => (isCalm || random.happens(0.9) ? 'fine' : random.pick(['lostReply', 'notSent'] as const))
  // A dead process, a lost reply: whoever asked asks again, as a provider, a phone or the clock does.
  const tried = async (work: () => Promise<unknown>) => void (await work().catch(() => undefined))
  shop.addEndpoint('https://hooks.shop.cn/endpoint1')
  const orders: string[] = []
  for (let count = 0; count < 3; count++) {
    isCalm = true
    const orderNo = await shop.newOrder()
    await payOrder(shop.ctx, payMain(orderNo))
    isCalm = false
    shop.fake.pay(`${orderNo}01`)
    orders.push(orderNo)
  }
  const pay = (orderNo: string) => {
    const news = { paymentNo: `${orderNo}01`, outcome: 'paid', amountFen: 2_500, currency: 'CNY' }
    const request = { method: 'POST', path: '/notify/fake', query: {}, headers: { sign: 'good' } }
    return receiveNotice(instance(), 'fake', { ...request, body: Buffer.from(JSON.stringify(news)) })
  }
  const refund = (orderNo: string) =>
    requestRefund(instance(), orderNo, {
      requestId: 'request-1',
      paymentNo: `${orderNo}01`,
      amountFen: 900,
      reason: '',
      by: 'staff',
    })
  const timer = async () => {
    const ctx = instance()
    await workOutbox(ctx, () => true)
    await workDeliveries(ctx, () => true)
  }
  const resend = () => {
    const staff = { ...instance(), role: 'owner' as const, name: '', refundLimitFen: null }
    return resendAsStaff(staff, { which: { orderNo: random.pick(orders) } })
  }
  for (let step = 0; step < 14; step++) {
    const works = [
      () => pay(random.pick(orders)),
      () => pay(random.pick(orders)),
      () => refund(random.pick(orders)),
      timer,
      timer,
      resend,
    ]
    await Promise.all([random.pick(works), random.pick(works)].map(tried))
    if (step === 6) shop.addEndpoint('https://hooks.shop.cn/endpoint2')
    if (random.happens(0.6)) shop.advance(random.below(3) * minute)
  }
  isCalm = true
  for (let run = 0; run < 30; run++) {
    shop.advance(30 * minute)
    await timer()
  }
  return { told, shop, lies }
}

it(`${seeds} seeded lives tell every event at least once, and none that is not true`, async () => {
  let events = 0
  let repeats = 0
  for (let seed = 1; seed <= seeds; seed++) {
    const { told, shop, lies } = await live(seed)
    expect([seed, lies]).toEqual([seed, []])
    const heard = new Set(told.map(({ id, endpoint }) => `${id}@${endpoint}`))
    const ids = shop.db
      .all<{ _id: string; version: number; outboxSeq?: number }>('orders')
      .flatMap((order) =>
        Array.from({ length: order.outboxSeq ?? 0 }, (_, index) =>
          eventId(order, { seq: index + 1, type: 'order.paid', at: 0 }),
        ),
      )
    for (const id of ids) expect([seed, id, heard.has(`${id}@endpoint1`)]).toEqual([seed, id, true])
    expect([seed, told.filter(({ id }) => !ids.includes(id))]).toEqual([seed, []])
    const deliveries = shop.db.all<Delivery>('deliveries')
    expect([seed, deliveries.filter(({ state }) => state !== 'done').map(({ _id }) => _id)]).toEqual([seed, []])
    events += ids.length
    repeats += told.length - heard.size
  }
  // What the lives are for did happen in them.
  expect(events).toBeGreaterThan(seeds)
  expect(repeats).toBeGreaterThan(0)
})

it('a hundred endpoints, ninety of which hang, keep no payment waiting, and the other ten hear at once', async () => {
  const shop = openTellingShop()
  for (let count = 0; count < 100; count++) shop.addEndpoint(`https://hooks.shop.cn/${count < 90 ? 'hang' : 'good'}`)
  let good = 0
  const call: ShopperContext['webhooks']['call'] = async ({ url, timeoutMs }) => {
    if (url.endsWith('good')) {
      good += 1
      return { status: 204, text: '', failure: null }
    }
    await new Promise((done) => setTimeout(done, timeoutMs))
    return { status: null, text: '', failure: 'timeout' }
  }
  const ctx = { ...shop.ctx, webhooks: { ...shop.ctx.webhooks, call } }
  const took: number[] = []
  for (let count = 0; count < 8; count++) {
    const orderNo = await shop.newOrder()
    await payOrder(ctx, payMain(orderNo))
    shop.fake.pay(`${orderNo}01`)
    const news = { paymentNo: `${orderNo}01`, outcome: 'paid', amountFen: 2_500, currency: 'CNY' }
    const request = { method: 'POST', path: '/notify/fake', query: {}, headers: { sign: 'good' } }
    const startedAt = performance.now()
    await receiveNotice(ctx, 'fake', { ...request, body: Buffer.from(JSON.stringify(news)) })
    took.push(performance.now() - startedAt)
  }
  // The first notices find out who hangs; 50 endpoints are tried by one call.
  for (const ms of took.slice(0, 2)) expect(ms).toBeLessThan(2_000)
  for (const ms of took.slice(2)) expect(ms).toBeLessThan(500)
  expect(good).toBeGreaterThanOrEqual(60)
})
