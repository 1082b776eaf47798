// Tests the shopper's list of orders: by state, loading more at the end, pulling down to refresh.

import { placeOrder } from '../../cloudfunctions/shared/domain/orders/order'
import type { Order } from '../../cloudfunctions/shared/domain/orders/orderShape'
import { beijingDigits } from '../../miniprogram/rules/beijing'
import { createPhone, type OpenPage, type Phone, settle } from '../support/openPage'

let phone: Phone
beforeEach(() => {
  jest.useFakeTimers({ now: Date.parse('2026-03-01T04:00:00Z') })
  phone = createPhone()
})
afterEach(() => jest.clearAllTimers())

/** Inserts the n-th order: n yuan, one minute after the previous order. */
function put(n: number, fields: Partial<Order> = {}): string {
  const now = Date.parse('2026-03-01T02:00:00Z') + n * 60_000
  const items = [{ sku: `s${n}`, title: `商品${n}号`, titleEn: `Thing ${n}`, priceFen: n * 100, quantity: 1 }]
  const orderNo = `${beijingDigits(now)}aaaaaaaa`
  const order = placeOrder({ orderNo, openid: 'shopper-a', items, currency: 'CNY', now, lifeMs: 24 * 3_600_000 })
  phone.shop.db.put('orders', { ...order, ...fields })
  return orderNo
}

const putMany = (count: number): void => {
  for (let n = 1; n <= count; n++) put(n)
}

const open = (): Promise<OpenPage> => phone.open('pages/orders/index')
const cards = (page: OpenPage): number[] => [...page.text().matchAll(/商品(\d+)号/g)].map(([, n]) => Number(n))
const down = (from: number, to: number): number[] => Array.from({ length: from - to + 1 }, (_, index) => from - index)

test('no orders: a message and a link to the shop', async () => {
  const orders = await open()
  expect(orders.text()).toContain('暂无订单')
  await orders.press('去商店')
  expect(phone.went).toEqual(['/pages/shop/index'])
})

test('newest first, page after page to the end, each once', async () => {
  putMany(45)
  const orders = await open()
  expect(cards(orders)).toEqual(down(45, 26))
  await orders.reachBottom()
  expect(cards(orders)).toEqual(down(45, 6))
  await orders.reachBottom()
  expect(cards(orders)).toEqual(down(45, 1))
  expect(orders.text()).toContain('没有更多了')
  const asked = phone.calls.length
  await orders.reachBottom()
  expect(phone.calls).toHaveLength(asked)
})

test('an error while loading more is shown, and can be tried again', async () => {
  putMany(25)
  const orders = await open()
  phone.fate = () => 'notSent'
  await orders.reachBottom()
  await settle(5_000)
  expect(orders.text()).toContain('加载失败')
  expect(cards(orders)).toEqual(down(25, 6))
  phone.fate = () => 'fine'
  await orders.press('加载失败，点击重试')
  expect(cards(orders)).toEqual(down(25, 1))
})

test('pulling down shows new orders and keeps those that were loaded', async () => {
  putMany(45)
  const orders = await open()
  await orders.reachBottom()
  put(46)
  await orders.pullDown()
  expect(phone.pullDownStops).toBe(1)
  expect(cards(orders).slice(0, 40)).toEqual(down(46, 7))
  await orders.reachBottom()
  expect(cards(orders)).toEqual(down(46, 1))
})

test('coming back shows the current state of an order', async () => {
  const orderNo = put(1)
  const orders = await open()
  expect(orders.text()).toContain('待支付')
  await orders.press('查看订单')
  expect(phone.went).toEqual([`/pages/order/index?orderNo=${orderNo}`])
  await orders.hide()
  put(1, { state: 'paid', paidAt: Date.now() })
  await orders.show()
  expect(orders.text()).toContain('已支付')
})

test('tabs show one state each', async () => {
  put(1)
  put(2, { state: 'paid', paidAt: 1 })
  put(3, { state: 'closed', closedAt: 1 })
  const orders = await open()
  expect(cards(orders)).toEqual([3, 2, 1])
  for (const [tab, n] of [
    ['open', 1],
    ['paid', 2],
    ['closed', 3],
  ] as const) {
    await orders.pickTab(tab)
    expect(cards(orders)).toEqual([n])
  }
})

test('a slow answer for an earlier tab does not appear in the current one', async () => {
  put(1)
  put(2, { state: 'paid', paidAt: 1 })
  const orders = await open()
  const first = orders.pickTab('open')
  const second = orders.pickTab('paid')
  await Promise.all([first, second])
  expect(cards(orders)).toEqual([2])
})

test('when nothing can be loaded, there is a message and a button', async () => {
  put(1)
  phone.fate = () => 'notSent'
  const orders = await open()
  await settle(5_000)
  expect(orders.text()).toContain('网络连接超时')
  phone.fate = () => 'fine'
  await orders.press('重新加载')
  expect(cards(orders)).toEqual([1])
})

test('a list on the screen stays when refreshing fails', async () => {
  put(1)
  const orders = await open()
  phone.fate = () => ({ code: 'Internal' })
  await orders.pullDown()
  await settle(5_000)
  expect(cards(orders)).toEqual([1])
  expect(phone.toasts).toEqual([expect.stringContaining('请稍后再试')])
})

test('in English', async () => {
  phone.language = 'en'
  put(1)
  const orders = await open()
  expect(orders.text()).toContain('Thing 1')
  expect(orders.text()).toContain('Unpaid')
  expect(orders.said()).not.toMatch(/\p{Script=Han}/u)
})
