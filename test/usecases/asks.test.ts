// Tests that our server queries a provider about one payment at most once in 3 s, whoever asks.
import { openAttempt } from '../../cloudfunctions/shared/domain/orders/orderPayments'
import type { Provider } from '../../cloudfunctions/shared/providers/provider'
import { changeOrder } from '../../cloudfunctions/shared/store/orders'
import { readOwnOrder } from '../../cloudfunctions/shared/usecases/orders/ownOrders'
import { payOrder } from '../../cloudfunctions/shared/usecases/orders/payOrder'
import type { ShopperContext } from '../../cloudfunctions/shared/usecases/platform/context'
import { requestRefund } from '../../cloudfunctions/shared/usecases/refunds/requestRefund'
import { receiveNotice } from '../../cloudfunctions/shared/usecases/settle/receiveNotice'
import { recheckOrder } from '../../cloudfunctions/shared/usecases/staff/ordersAsStaff'
import { createFakeProvider } from '../support/fakes/fakeProvider'
import { openShop, payMain, type Shop } from '../support/shop'

type Prepared = Awaited<ReturnType<Provider['prepare']>>

/**
 * A shop whose provider's notifications are only a reason to query, with one payment in progress.
 * @param reply changes the provider's reply to the creation of a payment
 */
async function askingShop(reply: (prepared: Prepared) => Prepared = (prepared) => prepared) {
  const shop = openShop()
  const { prepare } = shop.fake.provider
  shop.fake.provider.prepare = async (request) => reply(await prepare(request))
  const parse = shop.fake.provider.parseNotice
  shop.fake.provider.parseNotice = (request, now) => {
    const notice = parse(request, now)
    return notice.about === 'payment' ? { ...notice, confirm: true } : notice
  }
  const orderNo = await shop.newOrder()
  const { paymentNo } = await payOrder(shop.ctx, payMain(orderNo))
  return { shop, orderNo, paymentNo }
}

const tell = (shop: Shop, paymentNo: string) =>
  receiveNotice(shop.ctx, 'fake', {
    method: 'POST',
    path: '/',
    query: {},
    headers: { sign: 'good' },
    body: Buffer.from(JSON.stringify({ paymentNo, outcome: 'paid', amountFen: 2_500, currency: 'CNY' })),
  })

const questions = (shop: Shop): number => shop.fake.calls.filter((call) => call === 'query').length

it('100 polls, 50 notifications and 10 checks at once make one query, and 3 s later one more', async () => {
  const { shop, orderNo, paymentNo } = await askingShop()
  const all = () =>
    Promise.allSettled([
      ...Array.from({ length: 100 }, () => readOwnOrder(shop.ctx, { orderNo, refresh: true })),
      ...Array.from({ length: 50 }, () => tell(shop, paymentNo)),
      ...Array.from({ length: 10 }, () => recheckOrder(shop.staff('boss'), { orderNo })),
    ])
  await all()
  expect(questions(shop)).toBe(1)
  shop.advance(2_999)
  await all()
  expect(questions(shop)).toBe(1)
  shop.advance(1)
  await all()
  expect(questions(shop)).toBe(2)
})

it('a notification that arrives too early for a query is not confirmed, and settles when it is repeated', async () => {
  const { shop, orderNo, paymentNo } = await askingShop()
  await readOwnOrder(shop.ctx, { orderNo, refresh: true })
  shop.fake.pay(paymentNo)
  expect((await tell(shop, paymentNo)).statusCode).toBe(500)
  expect(shop.order(orderNo).state).toBe('open')
  shop.advance(3_000)
  expect((await tell(shop, paymentNo)).statusCode).toBe(200)
  expect(shop.order(orderNo).state).toBe('paid')
  expect((await tell(shop, paymentNo)).statusCode).toBe(200)
})

it('a notification is not confirmed by a query that only tells the provider’s number', async () => {
  const { shop, orderNo, paymentNo } = await askingShop(({ payInfo }) => ({ payInfo }))
  expect((await tell(shop, paymentNo)).statusCode).toBe(500)
  expect(shop.order(orderNo)).toMatchObject({ state: 'open', payments: [{ theirNo: `T${paymentNo}` }] })
  shop.fake.pay(paymentNo)
  shop.advance(3_000)
  expect((await tell(shop, paymentNo)).statusCode).toBe(200)
  expect(shop.order(orderNo).state).toBe('paid')
})

it('an attempt that was queried a moment before is closed without another query', async () => {
  const { shop, orderNo, paymentNo } = await askingShop()
  await readOwnOrder(shop.ctx, { orderNo, refresh: true })
  await payOrder(shop.ctx, payMain(orderNo, 'other'))
  expect(questions(shop)).toBe(1)
  expect(shop.fake.ledger.get(paymentNo)?.state).toBe('closed')
})

it('a read queries the three newest attempts that wait, and leaves older ones to their own checks', async () => {
  const { shop, orderNo } = await askingShop()
  for (let more = 0; more < 5; more++)
    await changeOrder(shop.ctx.db, orderNo, (order) => openAttempt(order, 'fake', 'main', shop.ctx.now()))
  await readOwnOrder(shop.ctx, { orderNo, refresh: true })
  expect(questions(shop)).toBe(3)
})

// Found by the simulator (seed 3018232): while the first tap was closing the attempt, a second tap opened another
// attempt.
it('a tap while another tap closes the attempt waits for the result, and opens no second payment', async () => {
  const shop = openShop()
  const orderNo = await shop.newOrder()
  const { paymentNo } = await payOrder(shop.ctx, payMain(orderNo))
  await readOwnOrder(shop.ctx, { orderNo, refresh: true })
  shop.fake.pay(paymentNo)
  const taps = await Promise.allSettled([
    payOrder(shop.ctx, payMain(orderNo, 'other')),
    payOrder(shop.ctx, payMain(orderNo, 'other')),
  ])
  expect(taps.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  expect(shop.order(orderNo)).toMatchObject({ state: 'paid', payments: [{ no: paymentNo, state: 'paid' }] })
})

// Found by the simulator (seed 3007544): an instance with older settings could not close the attempt at the new
// merchant, and opened another attempt.
it('an instance that has not read the settings of an attempt yet opens no second attempt', async () => {
  const shop = openShop()
  const orderNo = await shop.newOrder()
  await payOrder(shop.ctx, payMain(orderNo))
  await changeOrder(shop.ctx.db, orderNo, (order) => ({
    order: {
      ...order,
      version: order.version + 1,
      payments: order.payments.map((payment) => ({ ...payment, generation: 2 })),
    },
  }))
  const stale = { ...shop.ctx, sourceOf: async () => undefined }
  await expect(payOrder(stale, payMain(orderNo, 'other'))).rejects.toMatchObject({ code: 'Conflict' })
  expect(shop.order(orderNo).payments).toHaveLength(1)
})

// Seeds 4116242, 4136761, 4149622 and 4305588: the server died while it handled one tap. It had claimed the closing of
// the old attempt, so nobody closed this attempt. The next tap opened another attempt, and both attempts were paid.
it('a tap that finds the claim of a killed tap opens no second attempt, and ends the first one after the claim', async () => {
  const shop = openShop()
  const orderNo = await shop.newOrder()
  const { paymentNo } = await payOrder(shop.ctx, payMain(orderNo))
  // The server makes two writes while it handles the tap: the first claims the query, the second claims the closing.
  const claim = shop.db.trips.writes + 2
  const { get } = shop.db
  shop.db.luck = (write) => {
    if (write !== claim) return 'fine'
    shop.db.get = () => Promise.reject(new Error('connection reset'))
    return 'lostReply'
  }
  await expect(payOrder(shop.ctx, payMain(orderNo, 'other'))).rejects.toThrow('connection reset')
  shop.db.get = get

  // Every pause ends at once, except the pause with an abort signal. That pause limits how long the shopper waits, and
  // in this test it never ends.
  const pause: ShopperContext['pause'] = async (_, signal) => {
    if (signal) await new Promise(() => undefined)
  }
  const hasty = { ...shop.ctx, pause }
  await expect(payOrder(hasty, payMain(orderNo, 'other'))).rejects.toMatchObject({ code: 'Conflict' })
  expect(shop.order(orderNo).payments).toMatchObject([{ no: paymentNo, state: 'pending' }])
  // Simulator seed 6127146: the next tap waited for the result of the claimed query, and the claim ended during this
  // wait.
  shop.advance(14_500)
  const slow = {
    ...shop.ctx,
    pause: async (ms: number, signal?: AbortSignal) => (signal ? pause(ms, signal) : shop.advance(ms)),
  }
  await expect(payOrder(slow, payMain(orderNo, 'other'))).rejects.toMatchObject({ code: 'Conflict' })
  expect(shop.order(orderNo).payments).toHaveLength(1)
  const { paymentNo: next } = await payOrder(hasty, payMain(orderNo, 'other'))
  expect(shop.order(orderNo).payments).toMatchObject([{ state: 'closed' }, { no: next, state: 'pending' }])
  expect(shop.fake.ledger.get(paymentNo)?.state).toBe('closed')
})

it('a provider that does not answer stops no shopper from paying by another method', async () => {
  const shop = openShop(createFakeProvider('second'))
  const orderNo = await shop.newOrder()
  await payOrder(shop.ctx, payMain(orderNo))
  shop.fake.mood = 'silent'
  const { paymentNo } = await payOrder(shop.ctx, payMain(orderNo, 'main', 'second'))
  expect(shop.order(orderNo).payments).toMatchObject([{ state: 'pending' }, { no: paymentNo, state: 'pending' }])
})

it('20 checks of a refund by staff and 5 runs of the timer make one query in 3 s', async () => {
  const { shop, orderNo, paymentNo } = await askingShop()
  shop.fake.pay(paymentNo)
  await readOwnOrder(shop.ctx, { orderNo, refresh: true })
  shop.fake.refunds = 'pending'
  const input = { requestId: 'r1', paymentNo, amountFen: 900, reason: '', by: 'boss' }
  await requestRefund(shop.ctx, orderNo, input)
  const asked = () => shop.fake.calls.filter((call) => call === 'queryRefund').length
  const all = () =>
    Promise.allSettled([
      ...Array.from({ length: 20 }, () => recheckOrder(shop.staff('boss'), { orderNo })),
      ...Array.from({ length: 5 }, () => shop.tick()),
    ])
  await all()
  expect(asked()).toBe(1)
  shop.advance(2_999)
  await all()
  expect(asked()).toBe(1)
  shop.advance(1)
  shop.fake.refunds = 'refunded'
  await all()
  expect(asked()).toBe(2)
  expect(shop.order(orderNo)).toMatchObject({ refundedFen: 900, refunds: [{ state: 'done' }] })
})
