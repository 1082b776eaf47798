// Tests the call that creates an order and begins its payment: nothing is sent before it is stored, no price is paid that
// the shopper did not see, and the limits hold as with two calls.
import type { Order } from '../../../cloudfunctions/shared/domain/orders/orderShape'
import { isWaiting } from '../../../cloudfunctions/shared/domain/payment'
import { createOrder } from '../../../cloudfunctions/shared/usecases/orders/createOrder'
import { cancelOrder } from '../../../cloudfunctions/shared/usecases/orders/ownOrders'
import { payOrder } from '../../../cloudfunctions/shared/usecases/orders/payOrder'
import { beijingDigits } from '../../../miniprogram/rules/beijing'
import { createFakeProvider } from '../../support/fakes/fakeProvider'
import type { Luck } from '../../support/fakes/memoryDatabase'
import { minute, openShop, payMain, type Shop, tea } from '../../support/shop'

const asShown = { provider: 'fake', channel: 'main', amountFen: 2_500, currency: 'CNY' }

const inputOf = (shop: Shop, pay: Partial<typeof asShown> = {}, tail = 'aaaaaaaa') => ({
  orderNo: beijingDigits(shop.ctx.now()) + tail,
  items: [{ sku: tea.sku, quantity: 2 }],
  pay: { ...asShown, ...pay },
})

it('makes the order and its attempt in five round trips; both are stored before the provider hears of it', async () => {
  const shop = openShop()
  const input = inputOf(shop)
  const { prepare } = shop.fake.provider
  let atProvider: Order | undefined
  shop.fake.provider.prepare = async (sent) => {
    atProvider = shop.order(input.orderNo)
    return prepare(sent)
  }
  const { order, pay, failure } = await createOrder(shop.ctx, input)
  expect(atProvider?.payments).toMatchObject([{ no: `${input.orderNo}01`, state: 'created', amountFen: 2_500 }])
  expect(pay).toMatchObject({ paymentNo: `${input.orderNo}01`, payInfo: `pay ${input.orderNo}01`, kind: 'jsapi' })
  expect(failure).toBeUndefined()
  expect(order).toMatchObject({ amountFen: 2_500, payments: [{ state: 'pending' }] })
  expect(shop.db.trips).toMatchObject({ reads: 2, writes: 3 })
  expect(shop.fake.calls).toEqual(['prepare'])
})

it('a later tap gets the same payInfo', async () => {
  const shop = openShop()
  const input = inputOf(shop)
  const { pay } = await createOrder(shop.ctx, input)
  expect(await payOrder(shop.ctx, payMain(input.orderNo))).toMatchObject({ payInfo: pay?.payInfo })
  expect(shop.fake.calls).toEqual(['prepare'])
})

it.each([
  ['another amount', { amountFen: 2_499 }],
  ['another currency', { currency: 'USD' }],
])('after %s was shown, the order is made and nothing is begun', async (_, pay) => {
  const shop = openShop()
  const input = inputOf(shop, pay)
  const created = await createOrder(shop.ctx, input)
  expect(created).toMatchObject({ order: { amountFen: 2_500, payments: [] } })
  expect(created).not.toHaveProperty('pay')
  expect(shop.fake.calls).toEqual([])
})

it.each([
  ['provider', { provider: 'constructor' }],
  ['channel', { channel: 'constructor' }],
])('an unknown %s is refused, and nothing is stored', async (field, pay) => {
  const shop = openShop()
  const created = createOrder(shop.ctx, inputOf(shop, pay))
  await expect(created).rejects.toMatchObject({ code: 'BadInput', message: expect.stringContaining(field) })
  expect(shop.db.all('orders')).toEqual([])
})

it('a channel that does not take the product begins nothing', async () => {
  const virtual = createFakeProvider('rail', 'same', [
    { code: 'main', name: '虚拟', nameEn: 'Virtual', kind: 'virtual' },
  ])
  const shop = openShop(virtual)
  const created = await createOrder(shop.ctx, inputOf(shop, { provider: 'rail' }))
  expect(created).toMatchObject({ order: { payments: [] } })
  expect(virtual.calls).toEqual([])
})

it('a number that exists begins nothing, also when the order can be paid', async () => {
  const shop = openShop()
  const input = inputOf(shop)
  await createOrder(shop.ctx, { orderNo: input.orderNo, items: input.items })
  expect(await createOrder(shop.ctx, input)).toEqual({ order: expect.objectContaining({ payments: [] }) })
  expect(shop.fake.calls).toEqual([])
})

it('a number whose order has closed long ago begins nothing, and is no failure', async () => {
  const shop = openShop()
  const { pay: _, ...input } = inputOf(shop)
  await createOrder(shop.ctx, input)
  shop.advance(3 * 60 * minute)
  await shop.tick()
  const created = await createOrder(shop.ctx, { ...input, pay: asShown })
  expect(created).toEqual({ order: expect.objectContaining({ state: 'closed', payments: [] }) })
  expect(shop.fake.calls).toEqual([])
})

it.each(['same', 'new'] as const)('three calls at once make one payment (%s number)', async (repeat) => {
  const second = createFakeProvider('second', repeat)
  const shop = openShop(second)
  const input = inputOf(shop, { provider: 'second' })
  const replies = await Promise.all([1, 2, 3].map(() => createOrder(shop.ctx, input)))
  const begun = replies.flatMap(({ pay }) => pay ?? [])
  expect(new Set(begun.map(({ paymentNo }) => paymentNo))).toEqual(new Set([`${input.orderNo}01`]))
  expect([...second.ledger.keys()]).toEqual([`${input.orderNo}01`])
  expect(shop.order(input.orderNo).payments).toMatchObject([{ state: 'pending' }])
})

it.each([
  ['refuses', 'ProviderRefused', 'failed'],
  ['down', 'ProviderUnavailable', 'failed'],
  ['silent', 'ProviderUnavailable', 'pending'],
] as const)('a provider that is %s: the order stays, and can be paid', async (mood, code, state) => {
  const shop = openShop()
  shop.fake.mood = mood
  const input = inputOf(shop)
  const { order, pay, failure } = await createOrder(shop.ctx, input)
  expect(pay).toBeUndefined()
  expect(failure).toEqual({ code })
  expect(order).toMatchObject({ state: 'open', mayPay: true, payments: [{ state }] })
  shop.fake.mood = 'fine'
  expect(await payOrder(shop.ctx, payMain(input.orderNo))).toHaveProperty('payInfo')
  expect(shop.order(input.orderNo).payments.filter(isWaiting)).toHaveLength(1)
})

const lucks: Luck[] = ['lostReply', 'notSent']
it.each(lucks.flatMap((luck) => [1, 2, 3, 4].map((write) => [luck, write] as const)))(
  '%s at write %i: repeated calls end in one order and one payment',
  async (luck, unlucky) => {
    const shop = openShop()
    const input = inputOf(shop)
    shop.db.luck = (write) => (write === unlucky ? luck : 'fine')
    await createOrder(shop.ctx, input).catch(() => createOrder(shop.ctx, input))
    const { paymentNo } = await payOrder(shop.ctx, payMain(input.orderNo))
    expect(paymentNo).toBe(`${input.orderNo}01`)
    expect([...shop.fake.ledger.keys()]).toEqual([paymentNo])
    expect(shop.order(input.orderNo).payments).toMatchObject([{ state: 'pending' }])
  },
)

it('of thirty orders at once only as many are sent as may be open; the others have no attempt', async () => {
  const shop = openShop()
  shop.settings.limits = { openOrders: 3, attemptsPerHour: 60, waitingAttempts: 5, ordersPerAddress: 100 }
  const tails = Array.from({ length: 30 }, (_, index) => String(index).padStart(8, '0'))
  const replies = await Promise.all(tails.map((tail) => createOrder(shop.ctx, inputOf(shop, {}, tail))))
  const begun = replies.filter(({ pay }) => pay !== undefined)
  expect(begun).toHaveLength(3)
  expect(shop.fake.ledger.size).toBe(3)
  const refused = replies.filter(({ failure }) => failure?.limit === 'openOrders')
  expect(refused).toHaveLength(27)
  for (const { order } of refused) expect(order).toMatchObject({ state: 'open', payments: [] })
})

it('an order that is cancelled while its payment begins gives no payInfo', async () => {
  const shop = openShop()
  const input = inputOf(shop)
  const { prepare } = shop.fake.provider
  shop.fake.provider.prepare = async (sent) => {
    const prepared = await prepare(sent)
    await cancelOrder(shop.ctx, { orderNo: input.orderNo })
    return prepared
  }
  const { order, pay, failure } = await createOrder(shop.ctx, input)
  expect(pay).toBeUndefined()
  expect(failure).toEqual({ code: 'Conflict' })
  expect(order).toMatchObject({ state: 'closed' })
})

it('a call that was killed before it reached the provider leaves an attempt that the next tap sends', async () => {
  const shop = openShop()
  const input = inputOf(shop)
  const { prepare } = shop.fake.provider
  shop.fake.provider.prepare = () => new Promise(() => undefined)
  void createOrder(shop.ctx, input)
  await new Promise((resolve) => setImmediate(resolve))
  expect(shop.order(input.orderNo).payments).toMatchObject([{ state: 'created' }])
  shop.fake.provider.prepare = prepare
  expect(await payOrder(shop.ctx, payMain(input.orderNo))).toMatchObject({ paymentNo: `${input.orderNo}01` })
  expect([...shop.fake.ledger.keys()]).toEqual([`${input.orderNo}01`])
})
