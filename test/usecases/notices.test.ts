// Notices that a wrong key made look forged: after the key is mended they pass the same door.
import { AppError } from '../../cloudfunctions/shared/domain/errors'
import type { KeptNotice } from '../../cloudfunctions/shared/store/notices'
import { replayNotices } from '../../cloudfunctions/shared/usecases/manageNotices'
import { payOrder } from '../../cloudfunctions/shared/usecases/payOrder'
import { receiveNotice } from '../../cloudfunctions/shared/usecases/receiveNotice'
import { minute, openShop, payMain, type Shop } from '../support/shop'

const window = 5 * minute

/** The same shop, whose key is wrong until it is mended, and whose provider's calls are too old after five minutes. */
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

it('pass hours after they came, judged by when they came, and are put away', async () => {
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

it('that then turn out to differ from our record become an entry of their own, and settle nothing', async () => {
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

it('that are too large are counted and shown, but not kept whole', async () => {
  const { shop } = spoiltShop()
  await send(shop, await payment(shop), 'x'.repeat(100_000))
  expect(entries(shop)).toMatchObject([{ kind: 'forged', count: 1 }])
  expect(JSON.stringify(entries(shop)).length).toBeLessThan(2_000)
  expect(await replayAll(shop)).toMatchObject([{ applied: false, reason: 'nothing was kept' }])
})
