// Tests the limits per shopper, and that a shopper at the limit can still use everything that already exists.
import type { Order } from '../../../cloudfunctions/shared/domain/orders/orderShape'
import { shopSchema } from '../../../cloudfunctions/shared/runtime/settingsSchema'
import { createOrder } from '../../../cloudfunctions/shared/usecases/orders/createOrder'
import { cancelOrder } from '../../../cloudfunctions/shared/usecases/orders/ownOrders'
import { payOrder } from '../../../cloudfunctions/shared/usecases/orders/payOrder'
import { createFakeProvider } from '../../support/fakes/fakeProvider'
import { minute, openShop, payMain, type Shop, tea } from '../../support/shop'

const refused = (limit: string) => ({ code: 'Conflict', limit })
const items = [{ sku: tea.sku, quantity: 2 }]

it('a shop without settings allows 20 open orders, 60 attempts an hour and 5 waiting attempts', () => {
  expect(shopSchema.parse({ publicUrl: 'https://shop.example' }).limits).toEqual({
    openOrders: 20,
    attemptsPerHour: 60,
    waitingAttempts: 5,
    ordersPerAddress: 100,
  })
})

it('one order too many is refused until another is cancelled; a repeat and another person are accepted', async () => {
  const shop = openShop()
  const numbers: string[] = []
  for (let made = 0; made < 20; made++) numbers.push(await shop.newOrder())
  await expect(shop.newOrder()).rejects.toMatchObject(refused('openOrders'))
  const [first = ''] = numbers
  expect((await createOrder(shop.ctx, { orderNo: first, items })).order.orderNo).toBe(first)
  const theirs = `${first.slice(0, 14)}theirs01`
  expect((await createOrder(shop.as('shopper-b'), { orderNo: theirs, items })).order.orderNo).toBe(theirs)
  await cancelOrder(shop.ctx, { orderNo: first })
  await shop.newOrder()
})

it('a repeat is answered also if the order is too old to be counted', async () => {
  const shop = openShop()
  const old = await shop.newOrder()
  shop.advance(3 * 60 * minute)
  for (let made = 0; made < 20; made++) await shop.newOrder()
  expect((await createOrder(shop.ctx, { orderNo: old, items })).order.orderNo).toBe(old)
})

it('attempts of an hour are counted over all orders, also cancelled ones; the attempt under way continues', async () => {
  const shop = openShop()
  shop.settings.limits = { openOrders: 20, attemptsPerHour: 3, waitingAttempts: 5, ordersPerAddress: 100 }
  for (let made = 0; made < 2; made++) {
    const orderNo = await shop.newOrder()
    await payOrder(shop.ctx, payMain(orderNo))
    await cancelOrder(shop.ctx, { orderNo })
  }
  const last = await shop.newOrder()
  const { paymentNo } = await payOrder(shop.ctx, payMain(last))
  const next = await shop.newOrder()
  await expect(payOrder(shop.ctx, payMain(next))).rejects.toMatchObject(refused('attemptsPerHour'))
  expect(shop.order(next).payments).toEqual([])
  expect((await payOrder(shop.ctx, payMain(last))).paymentNo).toBe(paymentNo)
  shop.settings.orderMinutes = 120
  shop.advance(61 * minute)
  await payOrder(shop.ctx, payMain(await shop.newOrder()))
})

it('a shopper who creates and cancels without end is refused too', async () => {
  const shop = openShop()
  shop.settings.limits = { openOrders: 2, attemptsPerHour: 3, waitingAttempts: 5, ordersPerAddress: 100 }
  for (let made = 0; made < 5; made++) await cancelOrder(shop.ctx, { orderNo: await shop.newOrder() })
  await expect(shop.newOrder()).rejects.toMatchObject(refused('attemptsPerHour'))
})

it('no further attempt begins while the allowed number waits; the attempt under way continues', async () => {
  const second = createFakeProvider('second')
  const shop = openShop(second)
  for (const { provider } of [shop.fake, second]) delete provider.close
  shop.settings.limits = { openOrders: 20, attemptsPerHour: 60, waitingAttempts: 2, ordersPerAddress: 100 }
  const orderNo = await shop.newOrder()
  await payOrder(shop.ctx, payMain(orderNo))
  const { paymentNo } = await payOrder(shop.ctx, payMain(orderNo, 'main', 'second'))
  await expect(payOrder(shop.ctx, payMain(orderNo, 'other'))).rejects.toMatchObject(refused('waitingAttempts'))
  expect(shop.order(orderNo).payments).toHaveLength(2)
  expect((await payOrder(shop.ctx, payMain(orderNo, 'main', 'second'))).paymentNo).toBe(paymentNo)
})

describe('calls at one instant', () => {
  const attemptsIn = (shop: Shop) => shop.db.all<Order>('orders').flatMap(({ payments }) => payments)
  const paid = (results: PromiseSettledResult<unknown>[]) =>
    results.filter(({ status }) => status === 'fulfilled').length
  const made = (shop: Shop, count: number) =>
    Promise.all(Array.from({ length: count }, (_, at) => shop.newOrder(`burst${String(at).padStart(3, '0')}`)))

  it.each([30, 120])(
    'of %i orders no more can be paid than the limit of open orders, until one is closed',
    async (count) => {
      const shop = openShop()
      const numbers = await made(shop, count)
      const pay = (orderNo: string) => payOrder(shop.ctx, payMain(orderNo))
      expect(paid(await Promise.allSettled(numbers.map(pay)))).toBe(20)
      expect(attemptsIn(shop)).toHaveLength(20)
      const first = shop.db.all<Order>('orders').find(({ payments }) => payments.length > 0)?._id ?? ''
      await cancelOrder(shop.ctx, { orderNo: first })
      // One order was cancelled. So the 19 other attempts are continued, and one new attempt may begin.
      const again = paid(await Promise.allSettled(numbers.map(pay)))
      expect(again).toBe(20)
      expect(attemptsIn(shop)).toHaveLength(21)
    },
  )

  it('attempts of different orders go over the hour’s limit by less than the limit of open orders', async () => {
    const shop = openShop()
    shop.settings.limits = { openOrders: 10, attemptsPerHour: 3, waitingAttempts: 5, ordersPerAddress: 100 }
    const numbers = await made(shop, 10)
    await Promise.allSettled(numbers.map((orderNo) => payOrder(shop.ctx, payMain(orderNo))))
    expect(attemptsIn(shop).length).toBeLessThanOrEqual(3 + 10 - 1)
    for (const orderNo of numbers) await cancelOrder(shop.ctx, { orderNo })
    const next = await shop.newOrder()
    await expect(payOrder(shop.ctx, payMain(next))).rejects.toMatchObject(refused('attemptsPerHour'))
  })

  it('of one order no more attempts wait than allowed, however many ways to pay are tapped at once', async () => {
    const others = ['second', 'third', 'fourth', 'fifth'].map((code) => createFakeProvider(code))
    const shop = openShop(...others)
    for (const { provider } of [shop.fake, ...others]) delete provider.close
    shop.settings.limits = { openOrders: 20, attemptsPerHour: 60, waitingAttempts: 2, ordersPerAddress: 100 }
    const orderNo = await shop.newOrder()
    const codes = ['fake', 'second', 'third', 'fourth', 'fifth']
    for (let round = 0; round < 4; round++)
      await Promise.allSettled(
        codes.flatMap((code) => ['main', 'other'].map((way) => payOrder(shop.ctx, payMain(orderNo, way, code)))),
      )
    expect(shop.order(orderNo).payments.length).toBeLessThanOrEqual(2)
  })
})
