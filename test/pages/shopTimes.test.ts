// Tests phones in several time zones: every page shows Beijing time, which is the shop's time.
import type { Order } from '../../cloudfunctions/shared/domain/orders/orderShape'
import { createPhone, type OpenPage, type Phone, settle } from '../support/openPage'

// The time zone of this test run, set by test/jest.config.cjs.
declare const phoneZone: string

// March 2, 04:30 in Beijing; March 1, 20:30 in UTC; March 1, 12:30 in Los Angeles.
const nowAt = Date.parse('2026-03-01T20:30:00Z')
const beijing = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Shanghai', dateStyle: 'short', timeStyle: 'short' })

const timesIn = (page: OpenPage): string[] => [...new Set(page.text().match(/\d{4}-\d\d-\d\d \d\d:\d\d/g) ?? [])]

let phone: Phone
beforeEach(() => {
  jest.useFakeTimers({ now: nowAt })
  phone = createPhone()
})
afterEach(() => jest.clearAllTimers())

async function order(): Promise<{ orderNo: string; time: string }> {
  phone.storage.set('basket', { tea: 2 })
  await (await phone.open('pages/checkout/index')).press('支付 ¥25.00')
  await settle(3_000)
  const [made] = phone.shop.db.all<Order>('orders')
  return { orderNo: made?._id ?? '', time: beijing.format(made?.createdAt) }
}

test('the phone is in the time zone of this run', () => {
  expect(new Intl.DateTimeFormat().resolvedOptions().timeZone).toBe(phoneZone)
})

test('an order, in the list, on its page and in the back office', async () => {
  const { orderNo, time } = await order()
  for (const [page, query] of [
    ['pages/orders/index', {}],
    ['pages/order/index', { orderNo }],
    ['pages/admin/orders/index', {}],
    ['pages/admin/order/index', { orderNo }],
  ] as const) {
    const opened = await phone.open(page, query)
    await settle(500)
    expect([page, timesIn(opened)]).toEqual([page, expect.arrayContaining([time])])
    await opened.leave()
  }
})

test('the terms before signing name the day and the hour at which a charge happens', async () => {
  const plans = await phone.open('pages/plans/index')
  await plans.choose('每月一茶')
  const hours = timesIn(plans).map((time) => Number(time.slice(11, 13)))
  expect(hours.length).toBeGreaterThan(0)
  expect(hours.filter((hour) => hour < 7 || hour >= 22)).toEqual([])
})

test('a subscription’s page and card show the day in the shop’s time zone', async () => {
  const contractNo = await phone.club.subscribe('weekly')
  const chargeDay = beijing.format(phone.club.now + 7 * 86_400_000).slice(0, 10)
  expect((await phone.open('pages/contracts/index')).text()).toContain(chargeDay)
  expect((await phone.open('pages/contract/index', { contractNo })).text()).toContain(chargeDay)
})
