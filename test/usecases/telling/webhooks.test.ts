// Tests events for connected systems: sent at once, sent again by the timer, and signed so that the published library
// accepts them.
import { Webhook } from 'standardwebhooks'
import { closeOrder } from '../../../cloudfunctions/shared/domain/orders/order'
import { replayed, stopped } from '../../../cloudfunctions/shared/domain/telling/delivery'
import { switched } from '../../../cloudfunctions/shared/domain/telling/endpoint'
import { changeOrder } from '../../../cloudfunctions/shared/store/orders'
import { workDeliveries } from '../../../cloudfunctions/shared/usecases/due/workDeliveries'
import { readOwnOrder } from '../../../cloudfunctions/shared/usecases/orders/ownOrders'
import { payOrder } from '../../../cloudfunctions/shared/usecases/orders/payOrder'
import type { StaffContext } from '../../../cloudfunctions/shared/usecases/platform/context'
import { requestRefund } from '../../../cloudfunctions/shared/usecases/refunds/requestRefund'
import { receiveNotice } from '../../../cloudfunctions/shared/usecases/settle/receiveNotice'
import { resendAsStaff } from '../../../cloudfunctions/shared/usecases/staff/manageDeliveries'
import { answerWith, type Heard, openReceiver, type Receiver } from '../../support/fakes/receiver'
import { minute, payMain } from '../../support/shop'
import { openTellingShop, type TellingShop } from '../../support/tellingShop'

const hour = 60 * minute
const day = 24 * hour

let receiver: Receiver
beforeEach(async () => {
  receiver = await openReceiver()
})
afterEach(async () => {
  jest.restoreAllMocks()
  await receiver.close()
})

/** Makes a new order and receives its payment's notice. @returns the order number */
async function payByNotice(shop: TellingShop): Promise<string> {
  const orderNo = await shop.newOrder()
  await payOrder(shop.ctx, payMain(orderNo))
  shop.fake.pay(`${orderNo}01`)
  await notice(shop, orderNo)
  return orderNo
}

const notice = (shop: TellingShop, orderNo: string) => {
  const news = { paymentNo: `${orderNo}01`, outcome: 'paid', amountFen: 2_500, currency: 'CNY' }
  const request = { method: 'POST', path: '/notify/fake', query: {}, headers: { sign: 'good' } }
  return receiveNotice(shop.ctx, 'fake', { ...request, body: Buffer.from(JSON.stringify(news)) })
}

const idOf = ({ headers }: Heard) => headers['webhook-id']
const typeOf = ({ body }: Heard) => (JSON.parse(body) as { type: string }).type

describe('an event', () => {
  it('is sent before the provider gets its answer, and the published library accepts its signature', async () => {
    const shop = openTellingShop()
    const { secret } = shop.addEndpoint(`${receiver.url}/hook`)
    const orderNo = await payByNotice(shop)
    expect(receiver.heard).toHaveLength(1)
    const [{ headers, body }] = receiver.heard as [Heard]
    expect(headers['webhook-id']).toBe(`${orderNo}.1`)
    jest.spyOn(Date, 'now').mockReturnValue(shop.ctx.now())
    const event = new Webhook(secret).verify(body, headers as Record<string, string>)
    expect(event).toMatchObject({ id: `${orderNo}.1`, type: 'order.paid', at: shop.ctx.now(), sequence: 1 })
    expect(event).toMatchObject({
      data: { order: { orderNo, state: 'paid', amountFen: 2_500, payments: [{ paymentNo: `${orderNo}01` }] } },
    })
    expect(() => new Webhook(secret).verify(body.replace('2500', '1'), headers as Record<string, string>)).toThrow()
  })

  it('is sent once although three equal notices arrive at the same time', async () => {
    const shop = openTellingShop()
    shop.addEndpoint(`${receiver.url}/hook`)
    const orderNo = await shop.newOrder()
    await payOrder(shop.ctx, payMain(orderNo))
    shop.fake.pay(`${orderNo}01`)
    const answers = await Promise.all([notice(shop, orderNo), notice(shop, orderNo), notice(shop, orderNo)])
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200])
    expect(receiver.heard.map(idOf)).toEqual([`${orderNo}.1`])
  })

  it('names no person', async () => {
    const shop = openTellingShop()
    shop.addEndpoint(receiver.url)
    const orderNo = await payByNotice(shop)
    await requestRefund(shop.ctx, orderNo, {
      requestId: 'request-1',
      paymentNo: `${orderNo}01`,
      amountFen: 100,
      reason: 'a private matter',
      by: 'openid-of-staff',
    })
    const told = receiver.heard.map(({ body }) => body).join('\n')
    expect(told).toContain('refund.done')
    for (const text of ['shopper-a', 'openid', 'a private matter', 'payInfo']) expect(told).not.toContain(text)
  })

  it('costs an accepted notice one round trip for an endpoint, and none without', async () => {
    const shop = openTellingShop()
    const trips = () => shop.db.trips.reads + shop.db.trips.writes
    const cost = async () => {
      const orderNo = await shop.newOrder()
      await payOrder(shop.ctx, payMain(orderNo))
      shop.fake.pay(`${orderNo}01`)
      const before = trips()
      await notice(shop, orderNo)
      return trips() - before
    }
    // The first notice also reads the list of endpoints, and records that this endpoint answers.
    await cost()
    expect(await cost()).toBe(2)
    shop.addEndpoint(receiver.url)
    shop.advance(2 * minute)
    await cost()
    expect(await cost()).toBe(3)
  })

  it('is not sent again once it was acknowledged, and its outbox is emptied', async () => {
    const shop = openTellingShop()
    shop.addEndpoint(receiver.url)
    const orderNo = await payByNotice(shop)
    await notice(shop, orderNo)
    for (let run = 0; run < 5; run++) {
      shop.advance(minute)
      await shop.tellDue()
    }
    expect(receiver.heard.map(idOf)).toEqual([`${orderNo}.1`])
    expect(shop.order(orderNo)).toMatchObject({ outbox: [], outboxAt: null, outboxSeq: 1 })
    expect(shop.deliveries()).toMatchObject([{ _id: `${orderNo}.1@endpoint1`, state: 'done', dueAt: null }])
  })

  it('that could not be sent when it happened is sent by the timer', async () => {
    const shop = openTellingShop()
    const orderNo = await shop.newOrder()
    shop.addEndpoint(receiver.url)
    await changeOrder(shop.db, orderNo, (order) => ({ order: closeOrder(order, 'closed', 'staff', shop.ctx.now()) }))
    await shop.tellDue()
    expect(receiver.heard).toEqual([])
    shop.advance(minute)
    await shop.tellDue()
    expect(receiver.heard.map(typeOf)).toEqual(['order.closed'])
  })

  it('reaches an endpoint that this instance does not know yet', async () => {
    const shop = openTellingShop()
    await payByNotice(shop)
    shop.addEndpoint(receiver.url)
    const orderNo = await payByNotice(shop)
    expect(receiver.heard).toEqual([])
    shop.advance(minute)
    await shop.tellDue()
    expect(receiver.heard.map(idOf)).toContain(`${orderNo}.1`)
  })

  it('is signed with both secrets while one is replaced', async () => {
    const shop = openTellingShop()
    const next = shop.ctx.webhooks.newSecret()
    const { secret } = shop.addEndpoint(receiver.url, { nextSecret: next.sealed })
    await payByNotice(shop)
    jest.spyOn(Date, 'now').mockReturnValue(shop.ctx.now())
    const [{ headers, body }] = receiver.heard as [Heard]
    for (const one of [secret, next.secret])
      expect(new Webhook(one).verify(body, headers as Record<string, string>)).toMatchObject({ type: 'order.paid' })
  })
})

describe('an endpoint', () => {
  it('that fails is tried again by the timer for three days; then the delivery waits for a person', async () => {
    const shop = openTellingShop()
    shop.addEndpoint(receiver.url)
    receiver.answer = answerWith(500, 'no')
    await payByNotice(shop)
    const waits: number[] = []
    for (let at = shop.ctx.now(), run = 0; run < 5_000 && shop.deliveries()[0]?.state === 'waiting'; run++) {
      const due = shop.deliveries()[0]?.dueAt ?? 0
      shop.advance(Math.max(0, due - shop.ctx.now()))
      waits.push(Math.round((shop.ctx.now() - at) / 1_000))
      at = shop.ctx.now()
      await shop.tellDue()
    }
    const clock = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400]
    expect(waits).toHaveLength(clock.length)
    for (const [index, wait] of clock.entries()) {
      expect(waits[index]).toBeGreaterThanOrEqual(Math.floor(wait * 0.9))
      expect(waits[index]).toBeLessThanOrEqual(Math.ceil(wait * 1.1) + 1)
    }
    expect(new Set(receiver.heard.map(idOf)).size).toBe(1)
    expect(receiver.heard).toHaveLength(10)
    expect(shop.deliveries()).toMatchObject([{ state: 'failed', dueAt: null, tries: 10 }])
    expect(shop.deliveries()[0]?.attempts.at(-1)).toMatchObject({ status: 500, answer: 'no', failure: null })
  })

  it('that failed is left to the timer until it succeeds', async () => {
    const shop = openTellingShop()
    shop.addEndpoint(receiver.url)
    receiver.answer = answerWith(500)
    await payByNotice(shop)
    await payByNotice(shop)
    expect(receiver.heard).toHaveLength(1)
    receiver.answer = answerWith(204)
    shop.advance(minute)
    await shop.tellDue()
    const third = await payByNotice(shop)
    expect(receiver.heard.map(idOf).at(-1)).toBe(`${third}.1`)
    expect(shop.deliveries().map(({ state }) => state)).toEqual(['done', 'done', 'done'])
  })

  it('that is unreachable for two days loses nothing', async () => {
    const shop = openTellingShop()
    shop.addEndpoint(receiver.url)
    receiver.answer = (response) => void response.destroy()
    const orders: string[] = []
    for (let count = 0; count < 12; count++) {
      orders.push(await payByNotice(shop))
      for (let run = 0; run < 4; run++) {
        shop.advance(hour)
        await shop.tellDue()
      }
    }
    const acknowledged: string[] = []
    receiver.answer = (response, heard) => {
      acknowledged.push(String(idOf(heard)))
      answerWith(200)(response)
    }
    for (let run = 0; run < 30; run++) {
      shop.advance(hour)
      await shop.tellDue()
    }
    expect(acknowledged.sort()).toEqual(orders.map((orderNo) => `${orderNo}.1`).sort())
  })

  it('that answers 410 is switched off, and nothing more is sent to it', async () => {
    const shop = openTellingShop()
    const { id } = shop.addEndpoint(receiver.url)
    receiver.answer = answerWith(410)
    await payByNotice(shop)
    expect(shop.endpoint(id)).toMatchObject({ state: 'off', offBecause: 'gone' })
    await payByNotice(shop)
    shop.advance(hour)
    await shop.tellDue()
    expect(receiver.heard).toHaveLength(1)
    // What it missed stands there as well, so that staff can send it.
    const failed = { state: 'failed', dueAt: null }
    expect(shop.deliveries()).toMatchObject([failed, failed])
  })

  it('that a person switched off misses what happens meanwhile', async () => {
    const shop = openTellingShop()
    shop.addEndpoint(receiver.url, { state: 'off', offBecause: 'person' })
    await payByNotice(shop)
    shop.advance(hour)
    await shop.tellDue()
    expect(shop.deliveries()).toEqual([])
  })

  // Found by the random histories of test/platform/events.test.ts (seed 15).
  it('that is switched on while the timer stops its waiting deliveries gets all later events', async () => {
    const shop = openTellingShop()
    const { id } = shop.addEndpoint(receiver.url, { state: 'off', offBecause: 'person' })
    const { db } = shop.ctx
    let isOn = false
    const find: typeof db.find = async (collection, wanted) => {
      // The timer has read the endpoint as disabled. Now a person enables it, and an order is paid.
      if (collection === 'deliveries' && !isOn) {
        isOn = true
        shop.db.put('endpoints', { ...shop.endpoint(id), state: 'on', offBecause: null })
        // The clock of the instance that receives the payment's notice is a minute behind, so the delivery that this
        // instance stores is already due.
        shop.advance(-minute)
        receiver.answer = answerWith(500)
        await payByNotice({ ...shop, ctx: shop.instance() })
        receiver.answer = answerWith(204)
        shop.advance(minute)
      }
      return db.find(collection, wanted)
    }
    await workDeliveries({ ...shop.ctx, db: { ...db, find } }, () => true)
    await shop.tellDue()
    expect(shop.deliveries().map(({ state }) => state)).toEqual(['done'])
  })

  it('that has only failed for five days is switched off', async () => {
    const shop = openTellingShop()
    const { id } = shop.addEndpoint(receiver.url)
    receiver.answer = answerWith(404)
    await payByNotice(shop)
    shop.advance(5 * day)
    await shop.tellDue()
    expect(shop.endpoint(id)).toMatchObject({ state: 'off', offBecause: 'dead' })
  })

  it('that failed twice within many days stays on, because it may have been well between', async () => {
    const shop = openTellingShop()
    const { id } = shop.addEndpoint(receiver.url, { failingSince: shop.ctx.now() - 6 * day })
    receiver.answer = answerWith(502)
    await payByNotice(shop)
    shop.advance(hour)
    await shop.tellDue()
    expect(shop.endpoint(id)).toMatchObject({ state: 'on' })
    shop.advance(day)
    await shop.tellDue()
    expect(shop.endpoint(id)).toMatchObject({ state: 'off', offBecause: 'dead' })
  })

  it('that failed for an event of days ago, which staff sent again, stays on', async () => {
    const shop = openTellingShop()
    const { id } = shop.addEndpoint(receiver.url)
    await payByNotice(shop)
    const [delivery] = shop.deliveries()
    shop.advance(6 * day)
    shop.db.put('endpoints', { ...shop.endpoint(id), failingSince: shop.ctx.now() - 6 * day })
    if (delivery) shop.db.put('deliveries', replayed(delivery, shop.ctx.now()))
    receiver.answer = answerWith(502)
    await shop.tellDue()
    expect(shop.deliveries()).toMatchObject([{ state: 'waiting', tries: 1 }])
    expect(shop.endpoint(id)).toMatchObject({ state: 'on' })
  })

  it('that is off does not use up the limit when staff send again what failed', async () => {
    const shop = openTellingShop()
    const { id } = shop.addEndpoint(receiver.url)
    const { id: gone } = shop.addEndpoint(receiver.url, { state: 'off', offBecause: 'gone' })
    const orderNo = await payByNotice(shop)
    const [sent] = shop.deliveries()
    if (!sent) throw new Error('nothing was sent')
    for (let number = 0; number < 250; number++) {
      const createdAt = sent.createdAt - 1_000 + number
      shop.db.put('deliveries', { ...stopped(sent), _id: `${number}@${gone}`, endpoint: gone, createdAt })
    }
    shop.db.put('deliveries', stopped(sent))
    const staff: StaffContext = { ...shop.ctx, ...shop.staff('openid-of-the-owner'), webhooks: shop.ctx.webhooks }
    const time = { from: 0, to: shop.ctx.now() + day, failedOnly: true }
    expect((await resendAsStaff(staff, { which: time })).result).toMatchObject({ deliveries: 1, more: false })
    expect(shop.deliveries().find(({ _id }) => _id === `${orderNo}.1@${id}`)).toMatchObject({ state: 'waiting' })
    await expect(resendAsStaff(staff, { which: { ...time, endpoint: gone } })).rejects.toMatchObject({
      code: 'Conflict',
    })
  })

  it('that was switched off by itself can be let go, and keeps no events after 30 days', async () => {
    const shop = openTellingShop()
    const failingSince = shop.ctx.now()
    const gone = { state: 'off', offBecause: 'gone', failingSince } as const
    const { id } = shop.addEndpoint(receiver.url, gone)
    const tell = async () => {
      await payByNotice(shop)
      shop.advance(hour)
      await shop.tellDue()
      return shop.deliveries().length
    }
    expect(await tell()).toBe(1)
    shop.db.put('endpoints', switched(shop.endpoint(id), 'off'))
    expect(shop.endpoint(id)).toMatchObject({ state: 'off', offBecause: 'person' })
    expect(await tell()).toBe(1)
    shop.db.put('endpoints', { ...shop.endpoint(id), ...gone })
    expect(await tell()).toBe(2)
    shop.advance(30 * day)
    expect(await tell()).toBe(2)
  })

  it.each([
    ['redirects', answerWith(302, '', { location: '/elsewhere' })],
    ['sends its visitors away for good', answerWith(308, '', { location: 'https://elsewhere.test/' })],
  ])('that %s has not accepted the event, and the redirect is not followed', async (_, answer) => {
    const shop = openTellingShop()
    shop.addEndpoint(receiver.url)
    receiver.answer = answer
    await payByNotice(shop)
    expect(receiver.heard.map(({ path }) => path)).toEqual(['/'])
    expect(shop.deliveries()[0]?.state).toBe('waiting')
  })

  it('that answers ten megabytes has accepted the event; 200 letters of them are kept', async () => {
    const shop = openTellingShop()
    shop.addEndpoint(receiver.url)
    receiver.answer = (response) => {
      response.on('error', () => undefined)
      response.writeHead(200).end('ä'.repeat(5 * 1024 * 1024))
    }
    await payByNotice(shop)
    expect(shop.deliveries()).toMatchObject([{ state: 'done' }])
    expect(shop.deliveries()[0]?.attempts[0]?.answer).toBe('ä'.repeat(200))
  })

  it('that hangs keeps the provider waiting for 1.5 s at most, and only once', async () => {
    const shop = openTellingShop()
    shop.addEndpoint(receiver.url)
    receiver.answer = () => undefined
    const timed = async () => {
      const orderNo = await shop.newOrder()
      await payOrder(shop.ctx, payMain(orderNo))
      shop.fake.pay(`${orderNo}01`)
      const startedAt = performance.now()
      await notice(shop, orderNo)
      return performance.now() - startedAt
    }
    expect(await timed()).toBeLessThan(1_900)
    expect(await timed()).toBeLessThan(500)
    expect(shop.deliveries()[0]?.attempts[0]).toMatchObject({ status: null, failure: 'timeout' })
  })
})

it('a shop without endpoints makes no deliveries, and the timer empties the outboxes', async () => {
  const shop = openTellingShop()
  const orderNo = await payByNotice(shop)
  expect(shop.order(orderNo).outbox).toMatchObject([{ seq: 1, type: 'order.paid' }])
  shop.advance(minute)
  await shop.tellDue()
  expect(shop.order(orderNo)).toMatchObject({ outbox: [], outboxAt: null })
  expect(shop.deliveries()).toEqual([])
})

it('many events without an endpoint cost the timer one write', async () => {
  const shop = openTellingShop()
  const orders = []
  for (let count = 0; count < 30; count++) orders.push(await payByNotice(shop))
  shop.advance(minute)
  const before = shop.db.trips.writes
  await shop.tellDue()
  expect(shop.db.trips.writes - before).toBe(1)
  for (const orderNo of orders) expect(shop.order(orderNo)).toMatchObject({ outbox: [], outboxAt: null })
})

it('an event is not lost if its order changes while the timer makes the deliveries', async () => {
  const shop = openTellingShop()
  const [busy = '', idle = ''] = [await payByNotice(shop), await payByNotice(shop)]
  shop.advance(minute)
  const { changeAll } = shop.db
  // Between the timer's read and its write, a person adds an endpoint and the order gets its next event.
  shop.db.changeAll = async (...args) => {
    shop.db.changeAll = changeAll
    shop.addEndpoint(receiver.url)
    await requestRefund(shop.ctx, busy, {
      requestId: 'request-1',
      paymentNo: `${busy}01`,
      amountFen: 100,
      reason: '',
      by: 'openid-of-staff',
    })
    return changeAll(...args)
  }
  await shop.tellDue()
  expect(shop.order(idle)).toMatchObject({ outbox: [], outboxAt: null })
  const { outbox = [] } = shop.order(busy)
  expect(outbox.map(({ type }) => type)).toContain('order.paid')
  shop.advance(minute)
  await shop.tellDue()
  expect(shop.order(busy)).toMatchObject({ outbox: [] })
  expect(receiver.heard.map(typeOf)).toContain('refund.done')
})

it('money for a closed order is sent as the event of an overpayment, once', async () => {
  const shop = openTellingShop()
  shop.addEndpoint(receiver.url)
  const orderNo = await shop.newOrder()
  await payOrder(shop.ctx, payMain(orderNo))
  await changeOrder(shop.db, orderNo, (order) => ({ order: closeOrder(order, 'closed', 'staff', shop.ctx.now()) }))
  shop.fake.pay(`${orderNo}01`)
  await readOwnOrder(shop.ctx, { orderNo, refresh: true })
  await notice(shop, orderNo)
  shop.advance(minute)
  await shop.tellDue()
  expect(receiver.heard.map(typeOf).sort()).toEqual(['order.closed', 'order.overpaid'])
})
