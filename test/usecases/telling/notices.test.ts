// Tests notifications that looked forged because our key was wrong. After the key is corrected, staff process these
// notifications again, and their payments are recorded.
import { AppError } from '../../../cloudfunctions/shared/domain/errors'
import type { KeptNotice } from '../../../cloudfunctions/shared/store/notices'
import { payOrder } from '../../../cloudfunctions/shared/usecases/orders/payOrder'
import { receiveNotice } from '../../../cloudfunctions/shared/usecases/settle/receiveNotice'
import { replayNotices } from '../../../cloudfunctions/shared/usecases/staff/manageNotices'
import { minute, openShop, payMain, type Shop } from '../../support/shop'

const window = 5 * minute

/** A shop with a wrong key, which the test corrects later. Its provider's notifications are valid for five minutes. */
function spoiltShop() {
  const shop = openShop()
  const parse = shop.fake.provider.parseNotice
  const key = { isWrong: true }
  shop.fake.provider.parseNotice = (request, now) => {
    if (key.isWrong || now - Number(request.headers.at) > window)
      throw new AppError('BadSignature', 'signature differs')
    return parse(request, now)
  }
  return { shop, key }
}

const send = (shop: Shop, paymentNo: string, padding = '') => {
  const news = { paymentNo, outcome: 'paid', amountFen: 2_500, currency: 'CNY', padding }
  const headers = { sign: 'good', at: String(shop.ctx.now()) }
  return receiveNotice(shop.ctx, 'fake', {
    method: 'POST',
    path: '/',
    query: {},
    headers,
    body: Buffer.from(JSON.stringify(news)),
  })
}

async function payment(shop: Shop): Promise<string> {
  const orderNo = await shop.newOrder()
  const { paymentNo } = await payOrder(shop.ctx, payMain(orderNo))
  shop.fake.pay(paymentNo)
  return paymentNo
}

const entries = (shop: Shop) => shop.db.all<KeptNotice>('notices')
const replayAll = async (shop: Shop) =>
  (await replayNotices(shop.staff('boss'), { which: { ids: entries(shop).map(({ _id }) => _id) } })).result.results

it('are applied hours after they arrived, judged by their time of arrival, and are dismissed', async () => {
  const { shop, key } = spoiltShop()
  const numbers = [await payment(shop), await payment(shop)]
  for (const no of numbers) expect((await send(shop, no)).statusCode).toBe(500)
  shop.advance(3 * 60 * minute)
  expect(await replayAll(shop)).toMatchObject([{ applied: false, reason: 'signature differs' }])
  expect(entries(shop)).toMatchObject([{ kind: 'forged', count: 2 }])
  key.isWrong = false
  expect(await replayAll(shop)).toMatchObject([{ applied: true }])
  for (const no of numbers) expect(shop.order(no.slice(0, -2)).state).toBe('paid')
  expect(entries(shop)).toMatchObject([{ dismissedBy: 'boss', note: 'replayed' }])
})

it('that do not fit our record become a separate case, and settle nothing', async () => {
  const { shop, key } = spoiltShop()
  const no = await payment(shop)
  await send(shop, no)
  const order = shop.order(no.slice(0, -2))
  shop.db.put('orders', { ...order, payments: order.payments.map((one) => ({ ...one, amountFen: 1 })) })
  key.isWrong = false
  expect(await replayAll(shop)).toMatchObject([{ applied: false, reason: 'amount differs' }])
  expect(shop.order(order._id).state).toBe('open')
  expect(entries(shop)).toMatchObject([{ kind: 'forged' }, { kind: 'mismatched', count: 1, received: [{}] }])
})

it('that are too large are counted and shown, but not stored whole', async () => {
  const { shop } = spoiltShop()
  await send(shop, await payment(shop), 'x'.repeat(100_000))
  expect(entries(shop)).toMatchObject([{ kind: 'forged', count: 1 }])
  expect(JSON.stringify(entries(shop)).length).toBeLessThan(2_000)
  expect(await replayAll(shop)).toMatchObject([{ applied: false, reason: 'nothing was kept' }])
})

it('of which only some were stored are applied as far as possible, and stay open for staff', async () => {
  const { shop, key } = spoiltShop()
  const numbers: string[] = []
  for (let index = 0; index < 8; index++) {
    numbers.push(await payment(shop))
    await send(shop, numbers[index] as string)
  }
  key.isWrong = false
  expect(await replayAll(shop)).toMatchObject([{ applied: false, reason: 'only the last were kept' }])
  expect(numbers.map((no) => shop.order(no.slice(0, -2)).state)).toEqual([
    ...Array.from({ length: 2 }, () => 'paid'),
    ...Array.from({ length: 3 }, () => 'open'),
    ...Array.from({ length: 3 }, () => 'paid'),
  ])
  expect(entries(shop)).toMatchObject([{ count: 8, dismissedAt: null }])
})

it('that one provider repeated about one payment are settled by the last of them', async () => {
  const { shop, key } = spoiltShop()
  key.isWrong = false
  const no = await payment(shop)
  const order = shop.order(no.slice(0, -2))
  await shop.db.remove('orders', order._id)
  for (let index = 0; index < 8; index++) await send(shop, no)
  expect(entries(shop)).toMatchObject([{ kind: 'unmatched', count: 8 }])
  shop.db.put('orders', order)
  expect(await replayAll(shop)).toMatchObject([{ applied: true }])
  expect(shop.order(order._id).state).toBe('paid')
  expect(entries(shop)).toMatchObject([{ dismissedBy: 'boss' }])
})

it('are not dismissed when another one arrived during the replay', async () => {
  const { shop, key } = spoiltShop()
  await send(shop, await payment(shop))
  key.isWrong = false
  const parse = shop.fake.provider.parseNotice
  shop.fake.provider.parseNotice = (request, now) => {
    for (const entry of entries(shop))
      if (entry.count === 1) shop.db.put('notices', { ...entry, count: 2, version: entry.version + 1 })
    return parse(request, now)
  }
  expect(await replayAll(shop)).toMatchObject([{ applied: false, reason: 'another came meanwhile' }])
  expect(entries(shop)).toMatchObject([{ count: 2, dismissedAt: null }])
})

it('from unknown senders take little space, however large and many they are; a real call fits with its headers', async () => {
  const { shop, key } = spoiltShop()
  const flood = (body: string, headers: Record<string, string>, query: Record<string, string>) =>
    receiveNotice(shop.ctx, 'fake', { method: 'POST', path: '/', query, headers, body: Buffer.from(body) })
  const many = Object.fromEntries(
    Array.from({ length: 40 }, (_, index) => [`${index}${'名'.repeat(30)}`, '值'.repeat(8)]),
  )
  let most = 0
  for (const length of [15_000, 8_000, 4_000, 3_000, 2_000])
    for (let index = 0; index < 5; index++) {
      // Clear the memory, as in a new instance.
      shop.ctx.forged.clear()
      await flood('x'.repeat(length), { one: 'y'.repeat(length / 4) }, {})
      await flood('', {}, many)
      await flood('', { one: '值'.repeat(length) }, {})
      most = Math.max(most, Buffer.byteLength(JSON.stringify(entries(shop))))
    }
  expect(most).toBeLessThan(40 * 1024)
  shop.ctx.forged.clear()
  const no = await payment(shop)
  await send(shop, no, 'x'.repeat(3_000))
  key.isWrong = false
  await replayAll(shop)
  expect(shop.order(no.slice(0, -2)).state).toBe('paid')
})
