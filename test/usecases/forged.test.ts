// Tests forged notifications. The server only counts them. They become a case for staff when a payment at the same
// provider is missing. However many of them come, nothing that the server stores may grow without limit.
import type { KeptNotice } from '../../cloudfunctions/shared/store/notices'
import { workDueJobs } from '../../cloudfunctions/shared/usecases/due/workDueJobs'
import { payOrder } from '../../cloudfunctions/shared/usecases/orders/payOrder'
import { receiveNotice } from '../../cloudfunctions/shared/usecases/settle/receiveNotice'
import { readStats } from '../../cloudfunctions/shared/usecases/staff/readStats'
import { openShop, payMain, type Shop } from '../support/shop'

const minute = 60_000
const day = 24 * 60 * minute

const forge = (shop: Shop, text: string) =>
  receiveNotice(shop.ctx, 'fake', {
    method: 'POST',
    path: '/fake',
    query: {},
    headers: { sign: 'bad' },
    body: Buffer.from(JSON.stringify({ text })),
  })

const entries = (shop: Shop): KeptNotice[] => shop.db.all<KeptNotice>('notices')

const needs = async (shop: Shop) => {
  const { result } = await readStats(shop.staff('an-owner'))
  return result.needs?.filter((need) => need.what === 'notices')
}

it('are no case while no payment is missing, and one case when a payment is missing', async () => {
  const shop = openShop()
  await forge(shop, 'first')
  expect(entries(shop)).toMatchObject([{ kind: 'forged', count: 1 }])
  expect(await needs(shop)).toEqual([])
  const orderNo = await shop.newOrder()
  await payOrder(shop.ctx, payMain(orderNo))
  expect(await needs(shop)).toEqual([])
  // The order has expired, and the provider cannot be queried about its payment. So one of the notifications that
  // looked forged may be the real notification of this payment.
  shop.advance(50 * minute)
  expect(await needs(shop)).toEqual([{ what: 'notices', kind: 'forged', count: 1 }])
})

it('of one hour are stored as the first two and the last three', async () => {
  const shop = openShop()
  for (let serial = 1; serial <= 9; serial++) await forge(shop, `call ${serial}`)
  const [entry] = entries(shop)
  expect(entry?.count).toBe(9)
  const texts = (entry?.received ?? []).map(({ body }) => Buffer.from(body, 'base64').toString())
  expect(texts.map((text) => JSON.parse(text).text)).toEqual(['call 1', 'call 2', 'call 7', 'call 8', 'call 9'])
  expect(entry?.samples).toHaveLength(5)
})

it('of a provider without settings are kept whole under its name, of an unknown one under one entry; both are refused', async () => {
  const shop = openShop()
  const ctx = { ...shop.ctx, sources: async () => [] }
  const body = Buffer.from('{"paymentNo":"20260301120000aaaaaaaa01"}')
  for (const code of ['fake', 'nobody', 'constructor']) {
    const request = { method: 'POST', path: `/notify/${code}`, query: {}, headers: { sign: 'good' }, body }
    expect((await receiveNotice(ctx, code, request)).statusCode).toBe(404)
  }
  expect(entries(shop)).toMatchObject([
    { provider: 'fake', count: 1, received: [{ path: '/notify/fake', body: body.toString('base64') }] },
    { provider: 'unknown', count: 2 },
  ])
})

it('are removed after 30 days by the daily job, and nothing else is removed', async () => {
  const shop = openShop()
  // The day's first run of the timer plans the job that removes old entries, and the job is due 20 hours later.
  shop.advance(20 * 60 * minute)
  await workDueJobs(shop.ctx, () => true)
  for (let hour = 0; hour < 60; hour++) {
    await forge(shop, 'old')
    shop.advance(60 * minute)
  }
  const orderNo = await shop.newOrder()
  shop.advance(29 * day)
  await forge(shop, 'new')
  await workDueJobs(shop.ctx, () => true)
  const left = entries(shop).length
  expect(left).toBeLessThan(61)
  expect(left).toBeGreaterThan(1)
  shop.advance(2 * day)
  await workDueJobs(shop.ctx, () => true)
  expect(entries(shop)).toMatchObject([{ kind: 'forged', count: 1 }])
  expect(shop.order(orderNo)._id).toBe(orderNo)
  shop.advance(31 * day)
  await workDueJobs(shop.ctx, () => true)
  expect(entries(shop)).toEqual([])
})
