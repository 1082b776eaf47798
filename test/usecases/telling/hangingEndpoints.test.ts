// A hundred webhook endpoints, of which ninety never answer. Payments must settle as fast as without endpoints, and the
// other ten endpoints must receive events at once. The bench measures the same with the real SDK
// (tools/bench/webhooks.ts).
import { type Delivery, newDelivery } from '../../../cloudfunctions/shared/domain/telling/delivery'
import { workDeliveries } from '../../../cloudfunctions/shared/usecases/due/workDeliveries'
import { workOutbox } from '../../../cloudfunctions/shared/usecases/due/workOutbox'
import { payOrder } from '../../../cloudfunctions/shared/usecases/orders/payOrder'
import type { ShopperContext } from '../../../cloudfunctions/shared/usecases/platform/context'
import { receiveNotice } from '../../../cloudfunctions/shared/usecases/settle/receiveNotice'
import { StillTime } from '../../support/fakes/stillTime'
import { payMain } from '../../support/shop'
import { openTellingShop, type TellingShop } from '../../support/tellingShop'

const measured = 60

const medianOf = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

/** A shop with high limits, because one shopper makes all payments of the test. */
function openPatientShop(): TellingShop {
  const shop = openTellingShop()
  shop.settings.limits = { ...shop.settings.limits, openOrders: 500, attemptsPerHour: 500 }
  return shop
}

/** Makes an order that awaits its payment's notice. @returns a function that receives the notice */
async function payable(shop: TellingShop, ctx: ShopperContext): Promise<() => Promise<unknown>> {
  const orderNo = await shop.newOrder()
  await payOrder(ctx, payMain(orderNo))
  shop.fake.pay(`${orderNo}01`)
  const news = { paymentNo: `${orderNo}01`, outcome: 'paid', amountFen: 2_500, currency: 'CNY' }
  const request = { method: 'POST', path: '/notify/fake', query: {}, headers: { sign: 'good' } }
  return () => receiveNotice(ctx, 'fake', { ...request, body: Buffer.from(JSON.stringify(news)) })
}

it('a hundred endpoints, ninety of which hang, delay no payment, and the other ten get events within 2 s', async () => {
  const plain = openPatientShop()
  const shop = openPatientShop()
  for (let count = 0; count < 100; count++) shop.addEndpoint(`https://hooks.shop.cn/${count < 90 ? 'hang' : 'good'}`)
  const heardAfter: number[] = []
  const time = new StillTime()
  let startedAt = 0
  const call: ShopperContext['webhooks']['call'] = async ({ url, timeoutMs }) => {
    if (url.endsWith('good')) {
      heardAfter.push(time.at - startedAt)
      return { status: 204, text: '', failure: null }
    }
    await time.pause(timeoutMs)
    return { status: null, text: '', failure: 'timeout' }
  }
  const measures = { pause: time.pause, elapsed: () => time.at }
  const ctx = { ...shop.ctx, ...measures, webhooks: { ...shop.ctx.webhooks, call } }
  const plainCtx = { ...plain.ctx, ...measures }
  const timed = (receive: () => Promise<unknown>): Promise<number> => {
    startedAt = time.at
    return time.spend(receive)
  }
  // After the first notices the server knows which endpoints hang. Three notices are enough, because one call tries up
  // to 50 endpoints.
  for (let count = 0; count < 3; count++) expect(await timed(await payable(shop, ctx))).toBeLessThan(2_500)
  heardAfter.length = 0
  const without: number[] = []
  const among: number[] = []
  for (let count = 0; count < measured; count++) {
    without.push(await timed(await payable(plain, plainCtx)))
    among.push(await timed(await payable(shop, ctx)))
  }
  expect(heardAfter).toHaveLength(10 * measured)
  expect(Math.max(...heardAfter)).toBeLessThan(2_000)
  // No settlement waits for a hanging endpoint.
  expect(medianOf(among)).toBe(medianOf(without))
})

const hangs: ShopperContext['webhooks']['call'] = async ({ timeoutMs }) => {
  await new Promise((done) => setTimeout(done, Math.min(timeoutMs, 20)))
  return { status: null, text: '', failure: 'timeout' }
}

it('an endpoint that hangs is called once by a payment, and then by no function instance', async () => {
  const shop = openPatientShop()
  shop.addEndpoint('https://hooks.shop.cn/hang')
  let calls = 0
  const instance = (): ShopperContext => {
    const ctx = shop.instance()
    const call: typeof hangs = (outgoing) => {
      calls += 1
      return hangs(outgoing)
    }
    return { ...ctx, webhooks: { ...ctx.webhooks, call } }
  }
  const [first, second] = [instance(), instance()]
  await second.webhooks.endpoints()
  await (await payable(shop, first))()
  expect(calls).toBe(1)
  // An instance caches the list of endpoints for a minute. Then it reads from the list that the endpoint hangs, which the
  // first instance has stored.
  shop.advance(60_000)
  for (const ctx of [first, second, instance()]) await (await payable(shop, ctx))()
  expect(calls).toBe(1)
})

it('ten endpoints cost a notice two round trips more, and a hundred cost the timer few', async () => {
  const shop = openPatientShop()
  for (let count = 0; count < 10; count++) shop.addEndpoint('https://hooks.shop.cn/good')
  const call: typeof hangs = async () => ({ status: 204, text: '', failure: null })
  const ctx = { ...shop.ctx, webhooks: { ...shop.ctx.webhooks, call } }
  const trips = () => shop.db.trips.reads + shop.db.trips.writes
  const costOf = async (work: () => Promise<unknown>): Promise<number> => {
    const before = trips()
    await work()
    return trips() - before
  }
  await (await payable(shop, ctx))()
  expect(await costOf(await payable(shop, ctx))).toBe(4)
  for (let count = 0; count < 90; count++) shop.addEndpoint('https://hooks.shop.cn/hang', { failingSince: 1 })
  shop.advance(60_000)
  expect(await costOf(() => workOutbox(ctx, () => true))).toBeLessThan(20)
  expect(shop.deliveries()).toHaveLength(2 * 100)
})

it('thousands of events that wait for one slow endpoint do not delay the events of another in the timer', async () => {
  const shop = openPatientShop()
  const { id: slow } = shop.addEndpoint('https://hooks.shop.cn/slow', { okAt: 1 })
  const { id: good } = shop.addEndpoint('https://hooks.shop.cn/good', { okAt: 1 })
  const now = shop.ctx.now()
  const event = { eventId: 'order1.1', type: 'order.paid', subject: 'order1', at: now, body: '{}' } as const
  for (let count = 0; count < 2_000; count++) {
    const delivery = newDelivery({ ...event, eventId: `order${count}.1`, endpoint: slow }, now - 5_000)
    shop.db.put<Delivery>('deliveries', delivery)
  }
  // Some events of the other endpoint are older than those of the slow one, and some are newer.
  for (let count = 0; count < 400; count++) {
    const delivery = newDelivery(
      { ...event, eventId: `other${count}.1`, endpoint: good },
      now - (count < 10 ? 6_000 : 0),
    )
    shop.db.put<Delivery>('deliveries', delivery)
  }
  const time = new StillTime()
  const heardAt: Record<string, number[]> = { slow: [], good: [] }
  const call: typeof hangs = async ({ url }) => {
    const name = url.slice(url.lastIndexOf('/') + 1)
    heardAt[name]?.push(time.at)
    await time.pause(name === 'slow' ? 5_000 : 20)
    return { status: 204, text: '', failure: null }
  }
  const ctx = {
    ...shop.ctx,
    pause: time.pause,
    elapsed: () => time.at,
    webhooks: { ...shop.ctx.webhooks, call },
  }
  await time.spend(() => workDeliveries(ctx, () => time.at < 40_000))
  expect(heardAt.good).toHaveLength(400)
  expect(Math.max(...(heardAt.good ?? []))).toBeLessThan(10_000)
  // The slow endpoint gets two events at a time, one pair after the other.
  expect(heardAt.slow).toHaveLength(2 * 8)
})
