// Tests the reconciliation page: entries that match, differences, and how staff resolve them.

import type { Order } from '../../../cloudfunctions/shared/domain/orders/orderShape'
import { readOwnOrder } from '../../../cloudfunctions/shared/usecases/orders/ownOrders'
import { payOrder } from '../../../cloudfunctions/shared/usecases/orders/payOrder'
import { beijingDay } from '../../../miniprogram/rules/beijing'
import { createPhone, developerText, type Phone, settle } from '../../support/openPage'
import { payMain } from '../../support/shop'
import { answerLate } from '../lateAnswers'

const dayMs = 86_400_000

let phone: Phone
let paymentNo = ''
let day = ''
beforeEach(async () => {
  jest.useFakeTimers({ now: Date.parse('2026-03-01T04:00:00Z') })
  phone = createPhone()
  const { shop } = phone
  for (const isHeard of [true, false]) {
    const orderNo = await shop.newOrder()
    await payOrder(shop.ctx, payMain(orderNo))
    shop.fake.pay(`${orderNo}01`)
    if (isHeard) await readOwnOrder(shop.ctx, { orderNo, refresh: true })
    paymentNo = `${orderNo}01`
  }
  day = beijingDay(Date.now())
  jest.setSystemTime(Date.now() + dayMs)
})
afterEach(() => jest.clearAllTimers())

const bills = () => phone.open('pages/admin/bills/index', { provider: 'fake', day })
const order = () => phone.shop.order(paymentNo.slice(0, -2))

test('a day that was not reconciled is reconciled on demand, once; a difference shows both sides', async () => {
  const page = await bills()
  expect(page.text()).toContain('当天尚未对账')
  await page.pressTwice('立即对账')
  expect(phone.calls.filter(({ input }) => input.run === true)).toHaveLength(1)
  expect(page.text()).toContain('1 笔一致')
  expect(page.text()).toContain('账单已收款，订单未支付 1')
  expect(page.text()).toContain(paymentNo)
})

test('a query pays the order, after a confirmation with its number', async () => {
  const page = await bills()
  await page.press('立即对账')
  await page.pressTwice('查询支付结果')
  expect(phone.modals).toEqual([expect.stringContaining(paymentNo)])
  expect(order().state).toBe('paid')
  expect(phone.toasts).toEqual(['已处理'])
  expect(page.has('查询支付结果')).toBe(false)
})

test('a query that settles nothing leaves the difference, and says so', async () => {
  const page = await bills()
  await page.press('立即对账')
  phone.shop.fake.mood = 'down'
  await page.press('查询支付结果')
  expect(phone.toasts).toEqual(['查询后仍不一致'])
  expect(order().state).toBe('open')
  expect(page.has('查询支付结果')).toBe(true)
})

test('a difference is ignored with a note only, also when the reply was lost', async () => {
  phone.fate = (action, nth) => (action === 'repair' && nth === 1 ? 'lostReply' : 'fine')
  const page = await bills()
  await page.press('立即对账')
  await page.press('忽略')
  await page.press('忽略')
  expect(page.text()).toContain('请先填写说明')
  await page.type('说明', '<b>测试</b>')
  await page.press('忽略')
  await jest.advanceTimersByTimeAsync(5_000)
  expect(page.text()).toContain('<b>测试</b>')
  expect(page.dom.querySelector('b')).toBeNull()
  expect(page.has('忽略')).toBe(false)
})

test('a repaired difference stays repaired when an older answer arrives after it', async () => {
  const page = await bills()
  await page.press('立即对账')
  answerLate('bills', 1_000)
  const anew = page.pullDown()
  await page.press('查询支付结果')
  await anew
  await settle(2_000)
  expect(order().state).toBe('paid')
  expect(page.has('查询支付结果')).toBe(false)
})

test('a provider that is down is named in words, and can be queried again at once', async () => {
  const page = await bills()
  phone.shop.fake.mood = 'down'
  await page.press('立即对账')
  expect(phone.toasts).toEqual(['暂时无法连接支付服务，请稍后再试'])
  expect(page.text()).toContain('稍后将自动重试')
  expect(page.said()).not.toContain(developerText)
  phone.shop.fake.mood = 'fine'
  await page.press('立即对账')
  expect(page.text()).toContain('1 笔一致')
})

test('an error while the day is read again leaves the shown day, and is shown', async () => {
  const page = await bills()
  await page.press('立即对账')
  phone.fate = () => ({ code: 'NotFound' })
  await page.pullDown()
  expect(phone.toasts).toEqual(['没有找到'])
  expect(page.text()).toContain(paymentNo)
})

test('a refund under way is not sent twice, and the page says so', async () => {
  const { fake } = phone.shop
  const { bill } = fake.provider
  fake.provider.byTheirNo = true
  fake.provider.bill = async (...asked) => {
    const rows = (await bill?.(...asked)) ?? []
    return [...rows, ...rows.map((row) => ({ ...row, theirNo: `${row.theirNo}-again` }))]
  }
  fake.refunds = 'pending'
  const page = await bills()
  await page.press('立即对账')
  for (const _ of [1, 2]) {
    await page.press('退款')
    expect(phone.modals.at(-1)).toContain('不会重复退款')
    expect(phone.toasts.at(-1)).toBe('退款已提交，退款成功后请再点一次“退款”')
  }
  const refunds = phone.shop.db.all<Order>('orders').flatMap((one) => one.refunds)
  expect(refunds).toMatchObject([{ amountFen: 2_500, state: 'pending' }])
})

test('a day that arrives late is not shown under another day', async () => {
  const page = await bills()
  const running = page.press('立即对账')
  page.pickDay('2026-02-01')
  await running
  expect(page.text()).toContain('2026-02-01')
  expect(page.text()).toContain('当天尚未对账')
  expect(page.text()).not.toContain(paymentNo)
})

test('a viewer has no buttons', async () => {
  await (await bills()).press('立即对账')
  phone.role = 'viewer'
  const page = await bills()
  expect(page.text()).toContain(paymentNo)
  for (const label of ['立即对账', '查询支付结果', '忽略']) expect(page.has(label)).toBe(false)
})
