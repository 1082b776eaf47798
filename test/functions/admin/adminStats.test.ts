// Tests the shop's figures with the real wx-server-sdk: they equal a full count of the orders, whatever happens and
// however often they are counted.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AdminResults, StatsView } from '../../../cloudfunctions/shared/api/admin'
import type { Reply } from '../../../cloudfunctions/shared/api/reply'
import { payableUntil } from '../../../cloudfunctions/shared/domain/orders/order'
import { applyPaymentNews, openAttempt } from '../../../cloudfunctions/shared/domain/orders/orderPayments'
import { applyRefundNews, openRefund } from '../../../cloudfunctions/shared/domain/orders/orderRefunds'
import type { Order } from '../../../cloudfunctions/shared/domain/orders/orderShape'
import { type Figures, hourId } from '../../../cloudfunctions/shared/domain/reports/stats'
import type { Database } from '../../../cloudfunctions/shared/store/database'
import { changeOrder } from '../../../cloudfunctions/shared/store/orders'
import type { HourStats } from '../../../cloudfunctions/shared/store/reports/stats'
import { beijingDay } from '../../../miniprogram/rules/beijing'
import { connectDatabase } from '../../../tools/cloudDatabase'
import { fullCount } from '../../support/fullCount'
import { dataOf, shopperA, startCloud, type TestCloud } from '../../support/startCloud'

const owner = 'oMiniCashier_merchant_0000'
const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

let cloud: TestCloud
let db: Database
beforeAll(async () => {
  cloud = await startCloud()
  const { adminUrl } = JSON.parse(readFileSync(join(cloud.dataDir, 'running.json'), 'utf8')) as { adminUrl: string }
  db = await connectDatabase({ adminUrl })
})
afterAll(() => cloud.stop())

const admin = async (action: string, input: unknown, openid = owner): Promise<Reply<unknown>> =>
  (await cloud.call('admin', { action, input }, openid)).json() as never
const stats = async (): Promise<StatsView> => dataOf(await admin('stats', {})) as AdminResults['stats']

const all = <T extends { _id: string; version: number }>(collection: string): Promise<T[]> =>
  db.find<T>(collection, { where: {}, orderBy: [['_id', 'asc']], limit: 1_000 })
const hours = async (): Promise<HourStats[]> =>
  (await all<HourStats>('stats')).filter(({ _id }) => /^\d{10}$/.test(_id))

const kept = async () => Object.fromEntries((await hours()).map(({ _id, rows }) => [_id, rows]))
const shown = ({ days }: StatsView) =>
  Object.fromEntries(days.filter(({ rows }) => rows.length > 0).map((one) => [one.day, one.rows]))

async function expectFullCount(): Promise<void> {
  const view = await stats()
  const orders = await all<Order>('orders')
  // Leave out the last two hours, because the page counts them itself and the timer may be storing them at this moment.
  const isStored = ([id]: [string, unknown]) => id < hourId(view.now - hour)
  const stored = (figures: object) => Object.fromEntries(Object.entries(figures).filter(isStored))
  expect(stored(await kept())).toEqual(stored(fullCount(orders, hourId)))
  expect(shown(view)).toEqual(fullCount(orders, beijingDay))
}

/** Makes an order of 172.00 yuan and pays it through Midas's fake server. */
async function paidOrder(): Promise<string> {
  const { orderNo } = await cloud.newOrder()
  await cloud.pay(orderNo, 'pay with no notice')
  await cloud.advance(3_000)
  const { order } = dataOf(await cloud.order('read', { orderNo, refresh: true }))
  expect(order.state).toBe('paid')
  return orderNo
}

/** Changes an order as the order function would, with the server's time. */
async function put(orderNo: string, decide: (order: Order, at: number) => Order): Promise<void> {
  const { now } = dataOf(await cloud.order('catalog', {}))
  await changeOrder(db, orderNo, (before) => ({ order: { ...decide(before, now), version: before.version + 1 } }))
}

const paidNow = (order: Order, no: string, at: number): Order =>
  applyPaymentNews(order, no, { outcome: 'paid', theirNo: `T${no}` }, { now: at }).order

/** Lets the timer run once. It runs only if work is due, so cancel an order to make work. */
async function timer(): Promise<void> {
  const { orderNo } = await cloud.newOrder()
  await cloud.pay(orderNo, 'cancel')
  await cloud.advance(2 * minute)
}

let requests = 0
const refund = async (orderNo: string, amountFen: number): Promise<void> => {
  requests += 1
  const input = { orderNo, paymentNo: `${orderNo}01`, amountFen, requestId: `request-${requests}`, reason: '' }
  dataOf(await admin('refund', input))
}

it('a shop in which nothing happened has thirty empty days', async () => {
  const view = await stats()
  expect(view.days).toHaveLength(30)
  expect(view.days.every(({ rows }) => rows.length === 0)).toBe(true)
  expect(view.days.at(-1)?.day).toBe(beijingDay(view.now))
})

it('equal a full count after payments, refunds and results that come hours late, also the second time', async () => {
  const first = await paidOrder()
  await cloud.newOrder()
  const silent = await cloud.newOrder()
  await cloud.pay(silent.orderNo, 'cancel')
  await expectFullCount()
  await refund(first, 1_000)
  await cloud.advance(30 * minute)
  await expectFullCount()

  // Two orders get payments after their hours were counted. One is paid twice, and the overpayment is refunded.
  const slow = await cloud.newOrder()
  const untried = await cloud.newOrder()
  for (const { orderNo } of [slow, untried])
    await put(orderNo, (order, at) => ({ ...payableUntil(order, at + day, at), dueAt: null }))
  await cloud.advance(5 * hour)
  await stats()
  await put(untried.orderNo, (order, at) => openAttempt(order, 'wechatpay', 'jsapi', at).order)
  await put(slow.orderNo, (order, at) => {
    const tried = openAttempt(openAttempt(order, 'midas', 'wechat', at).order, 'wechatpay', 'jsapi', at).order
    const twice = ['01', '02'].reduce((before, which) => paidNow(before, order._id + which, at), tried)
    const request = { requestId: 'surplus', paymentNo: `${order._id}02`, amountFen: order.amountFen, reason: '' }
    const asked = openRefund(twice, { ...request, by: owner }, at)
    return applyRefundNews(asked.order, asked.refund.no, { outcome: 'refunded' }, at).order
  })
  expect((await cloud.stored(slow.orderNo)).refundedFen).toBe(17_200)
  await timer()
  await expectFullCount()

  // One order is refunded on two days. Each refund counts on its own day.
  await cloud.advance(day)
  await refund(first, 2_000)
  await cloud.advance(2 * day)
  await refund(first, 3_000)
  await cloud.advance(30 * minute)
  await expectFullCount()

  const before = await all('stats')
  await stats()
  await stats()
  expect(await all('stats')).toEqual(before)
})

it('hours that were missed while the timer stood still are counted later, by several calls at once', async () => {
  // If no counts are stored, the page counts all hours itself.
  for (const { _id } of await all('stats')) await db.remove('stats', _id)
  const views = await Promise.all([stats(), stats(), stats()])
  await expectFullCount()
  for (const view of views) expect(view.days.at(-1)?.day).toBe(beijingDay(view.now))
  const { now } = await stats()
  await paidOrder()
  expect((await stats()).days.at(-1)?.day).toBe(beijingDay(now))
  await expectFullCount()
})

it('yesterday until this hour is less than the whole of yesterday', async () => {
  const { now } = await stats()
  const untilThree = 27 * hour - ((now + 8 * hour) % day)
  await cloud.advance(untilThree)
  await paidOrder()
  await cloud.advance(5 * hour)
  await paidOrder()
  await cloud.advance(19 * hour)
  const view = await stats()
  const paid = (rows: readonly Figures[]) => rows.reduce((sum, row) => sum + row.paid, 0)
  expect(paid(view.yesterdaySoFar)).toBe(1)
  expect(paid(view.days.at(-2)?.rows ?? [])).toBe(2)
})

it('lists the cases, and only staff can see them', async () => {
  // Compare whole cases, so that a failure shows which kind was wrong.
  const before = (await stats()).needs
  expect(before).not.toBeNull()
  expect(before?.filter(({ what }) => what === 'surplus' || what === 'notices')).toEqual([])
  const orderNo = await paidOrder()
  const { version } = await cloud.stored(orderNo)
  expect(await db.change<Order>('orders', orderNo, version, { surplusFen: 500, version: version + 1 })).toBe(true)
  await cloud.notify({ body: 'forged=1', headers: { 'content-type': 'application/x-www-form-urlencoded' } })
  const { needs } = await stats()
  expect(needs).toContainEqual({ what: 'surplus', count: 1 })
  // Forged notifications need the work of staff only if a bill of the same provider contains a payment that we do not
  // have. There is no such payment in this test.
  expect(needs).not.toContainEqual(expect.objectContaining({ what: 'notices', kind: 'forged' }))
  expect(await admin('stats', {}, shopperA)).toMatchObject({ ok: false, error: { code: 'Forbidden' } })
})

it('tells the caller’s role: owner by the seeded list, otherwise none; neither leaves an entry', async () => {
  const before = (await all('audit')).length
  expect(await admin('claim', {})).toEqual({
    ok: true,
    data: {
      role: 'owner',
      name: expect.any(String),
      refundLimitFen: null,
      providers: expect.arrayContaining([
        {
          code: 'wechatpay',
          name: '微信支付',
          nameEn: 'WeChat Pay',
          fields: expect.objectContaining({ mchId: { zh: '商户号', en: 'Merchant number' } }),
        },
      ]),
    },
  })
  expect(await admin('claim', {}, shopperA)).toEqual({
    ok: true,
    data: { role: 'stranger', name: '', refundLimitFen: 0, providers: [] },
  })
  expect(await all('audit')).toHaveLength(before)
})
