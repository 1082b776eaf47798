// Tests the checkout: one purchase makes one order, in spite of double taps, lost replies and restarts.
import type { Order } from '../../cloudfunctions/shared/domain/orders/orderShape'
import { createPhone, type OpenPage, type Phone, settle } from '../support/openPage'

let phone: Phone
beforeEach(() => {
  jest.useFakeTimers({ now: Date.parse('2026-03-01T04:00:00Z') })
  phone = createPhone()
  phone.storage.set('basket', { tea: 2 })
})

const orders = (): Order[] => phone.shop.db.all<Order>('orders')
const theOrder = (): Order => {
  expect(orders()).toHaveLength(1)
  return orders()[0] as Order
}
const open = (): Promise<OpenPage> => phone.open('pages/checkout/index')
const pay = '支付 ¥25.00'

test('a tap makes the order, opens the payment sheet and shows the order', async () => {
  const checkout = await open()
  expect(checkout.text()).toContain('茉莉花茶')
  expect(checkout.text()).toContain('×2')
  await checkout.press(pay)
  const order = theOrder()
  expect(order).toMatchObject({ amountFen: 2_500, items: [{ sku: 'tea', quantity: 2 }] })
  expect(order.payments).toHaveLength(1)
  expect(phone.went).toEqual([`/pages/order/index?orderNo=${order._id}&result=0`])
})

test('a tap needs one call to the server until the sheet opens', async () => {
  await (await open()).press(pay)
  const tapped = phone.calls.filter(({ action }) => action === 'create' || action === 'pay')
  expect(tapped.map(({ action }) => action)).toEqual(['create'])
})

test('a server of the release before, which refuses the new field, still takes the order and the payment', async () => {
  phone.fate = (action, _, input) => (action === 'create' && 'pay' in input ? { code: 'BadInput' } : 'fine')
  await (await open()).press(pay)
  await settle(2_000)
  expect(theOrder().payments).toHaveLength(1)
  expect(phone.went).toEqual([`/pages/order/index?orderNo=${theOrder()._id}&result=0`])
})

describe('the basket', () => {
  const openOrder = () => phone.open('pages/order/index', { orderNo: theOrder()._id })

  test('stays until its order is paid, and is empty then', async () => {
    await (await open()).press(pay)
    expect(phone.storage.get('basket')).toEqual({ tea: 2 })
    await openOrder()
    await settle(4_000)
    expect(theOrder().state).toBe('paid')
    expect(phone.storage.get('basket')).toBeUndefined()
  })

  test('is still there when the app was closed during the payment sheet; another checkout leads to the same order', async () => {
    phone.sheet = 'neverAnswers'
    const checkout = await open()
    await checkout.press(pay)
    await checkout.leave()
    expect(phone.storage.get('basket')).toEqual({ tea: 2 })
    await (await open()).press(pay)
    expect(theOrder().payments).toHaveLength(1)
    expect(phone.sheets).toBe(1)
    expect(phone.went).toEqual([`/pages/order/index?orderNo=${theOrder()._id}`])
  })

  test('keeps products that were added after the order was placed', async () => {
    await (await open()).press(pay)
    phone.storage.set('basket', { tea: 3 })
    await openOrder()
    await settle(4_000)
    expect(phone.storage.get('basket')).toEqual({ tea: 1 })
  })

  test('of a cancelled order is still there, and makes a new order', async () => {
    phone.sheet = 'cancel'
    await (await open()).press(pay)
    const order = await openOrder()
    await order.press('取消订单')
    await settle(2_000)
    expect(theOrder().state).toBe('closed')
    expect(phone.storage.get('basket')).toEqual({ tea: 2 })
    phone.sheet = 'pay'
    await (await open()).press(pay)
    expect(orders()).toHaveLength(2)
  })
})

test('the order number is the Beijing time and eight characters', async () => {
  await (await open()).press(pay)
  expect(theOrder()._id).toMatch(/^202603011200\d\d[0-9a-z]{8}$/)
})

test('a phone whose clock is wrong by years still makes a number that the server accepts', async () => {
  jest.setSystemTime(Date.parse('2019-01-01T00:00:00Z'))
  phone = createPhone()
  phone.storage.set('basket', { tea: 2 })
  await (await open()).press(pay)
  expect(theOrder()._id).toMatch(/^20260301/)
})

test('a shop without WeChat Pay says why nothing can be chosen, and takes no order', async () => {
  phone.kind = 'link'
  phone.shop.settings.externalWays = false
  const sheet = phone.shop.fake.definition.channels[1]
  if (sheet) sheet.kind = 'qrcode'
  const checkout = await open()
  expect(checkout.text()).toContain('小程序内只能使用微信支付，本店暂未开通，请联系商家。')
  await checkout.press(pay)
  expect(phone.toasts).toContain('小程序内只能使用微信支付，本店暂未开通，请联系商家。')
  expect(orders()).toEqual([])
})

test('a double tap makes one order and one attempt', async () => {
  const checkout = await open()
  await checkout.pressTwice(pay)
  await settle(2_000)
  expect(theOrder().payments).toHaveLength(1)
  expect(phone.went).toHaveLength(1)
})

test('after a lost reply the request is repeated with the same number', async () => {
  phone.fate = (action, nth) => (action === 'create' && nth === 1 ? 'lostReply' : 'fine')
  const checkout = await open()
  await checkout.press(pay)
  await settle(2_000)
  expect(theOrder().payments).toHaveLength(1)
  expect(phone.went).toHaveLength(1)
})

test('when all tries were lost, the shopper is told, and a second tap continues the same order', async () => {
  phone.fate = (action) => (action === 'create' ? 'lostReply' : 'fine')
  const checkout = await open()
  await checkout.press(pay)
  await settle(5_000)
  expect(checkout.text()).toContain('请重试，不会重复下单')
  phone.fate = () => 'fine'
  await checkout.press('再试一次')
  await settle(2_000)
  expect(theOrder().payments).toHaveLength(1)
  expect(phone.went).toHaveLength(1)
})

test('a restart in the middle continues the same order', async () => {
  phone.fate = (action) => (action === 'create' ? 'lostReply' : 'fine')
  await (await open()).press(pay)
  await settle(5_000)
  phone.fate = () => 'fine'
  await (await open()).press(pay)
  expect(theOrder().payments).toHaveLength(1)
})

test('an order that was made long ago and never begun is replaced, and its payment sheet opens', async () => {
  phone.fate = (action, _, input) => (action === 'create' && 'pay' in input ? { code: 'BadInput' } : 'fine')
  phone.prices = { tea: 1_300 }
  const checkout = await open()
  phone.prices = {}
  await checkout.press('支付 ¥26.00')
  expect(theOrder().payments).toHaveLength(0)
  phone.fate = () => 'fine'
  await settle(3 * 3_600_000)
  await (await open()).press(pay)
  expect(orders()).toHaveLength(2)
  expect(orders()[1]?.payments).toHaveLength(1)
  expect(phone.sheets).toBe(1)
})

test('a number that the release before stored, and never sent, still leads to the payment sheet', async () => {
  phone.storage.set('pendingOrder', { orderNo: '20260301115900oldrelea', basket: 'tea*2' })
  await (await open()).press(pay)
  expect(theOrder()._id).toBe('20260301115900oldrelea')
  expect(phone.sheets).toBe(1)
})

test('another basket makes another order', async () => {
  phone.fate = (action) => (action === 'create' ? 'lostReply' : 'fine')
  await (await open()).press(pay)
  await settle(5_000)
  phone.fate = () => 'fine'
  phone.storage.set('basket', { tea: 3 })
  await (await open()).press('支付 ¥37.50')
  expect(orders().map(({ amountFen }) => amountFen)).toEqual([2_500, 3_750])
})

test('a number that belongs to somebody else is replaced once', async () => {
  phone.fate = (action, nth) => (action === 'create' && nth === 1 ? { code: 'Conflict' } : 'fine')
  await (await open()).press(pay)
  const [first, second] = phone.calls.filter(({ action }) => action === 'create').map(({ input }) => input.orderNo)
  expect(second).not.toBe(first)
  expect(theOrder()._id).toBe(second)
})

test.each([
  ['openOrders', '请先支付或取消'],
  ['attemptsPerHour', '请稍后再试'],
] as const)('a shopper who reached %s is told what to do, and no other number is tried', async (limit, sentence) => {
  phone.fate = (action) => (action === 'create' ? { code: 'Conflict', limit } : 'fine')
  const checkout = await open()
  await checkout.press(pay)
  await settle(5_000)
  expect(checkout.text()).toContain(sentence)
  expect(phone.calls.filter(({ action }) => action === 'create')).toHaveLength(1)
})

test('the number of an order closed long ago is not used for a new order', async () => {
  phone.fate = (action) => (action === 'create' ? 'lostReply' : 'fine')
  await (await open()).press(pay)
  await settle(40 * 60_000)
  phone.fate = () => 'fine'
  await (await open()).press(pay)
  expect(orders()).toHaveLength(2)
  expect(orders()[1]?.payments).toHaveLength(1)
})

test('a price that changed meanwhile is shown before anything is paid', async () => {
  const checkout = await open()
  expect(checkout.text()).toContain('¥25.00')
  phone.prices = { tea: 1_300 }
  await checkout.press(pay)
  expect(checkout.text()).toContain('价格有变动')
  expect(theOrder().payments).toHaveLength(0)
  await checkout.press('支付 ¥26.00')
  expect(theOrder()).toMatchObject({ amountFen: 2_600 })
  expect(theOrder().payments).toHaveLength(1)
})

test('the chosen payment method is used', async () => {
  const checkout = await open()
  await checkout.choose('另一个')
  await checkout.press(pay)
  expect(theOrder().payments[0]?.channel).toBe('other')
})

test('a payment method that does not work in a mini-program is left out', async () => {
  phone.kind = 'app'
  const checkout = await open()
  expect(checkout.text()).not.toContain('主要')
  await checkout.press(pay)
  expect(theOrder().payments[0]?.channel).toBe('other')
})

test.each([
  ['down', '暂时无法连接支付平台'],
  ['refuses', '支付请求未被受理'],
  ['silent', '暂时无法连接支付平台'],
] as const)('a provider that is %s: a message, and the same order can be paid', async (mood, sentence) => {
  phone.shop.fake.mood = mood
  const checkout = await open()
  await checkout.press(pay)
  expect(checkout.text()).toContain(sentence)
  expect(checkout.text()).toContain('订单已提交')
  expect(phone.went).toEqual([])
  phone.shop.fake.mood = 'fine'
  await checkout.press('再试一次')
  await settle(2_000)
  expect(phone.went).toEqual([`/pages/order/index?orderNo=${theOrder()._id}&result=0`])
})

test('a shopper who leaves while the payment is being prepared sees no payment sheet later', async () => {
  let opened = false
  const checkout = await open()
  const { wx } = globalThis as unknown as { wx: { requestPayment: (o: unknown) => void } }
  const real = wx.requestPayment
  wx.requestPayment = (options) => {
    opened = true
    real(options)
  }
  const pressing = checkout.press(pay)
  await checkout.leave()
  await pressing
  await settle(2_000)
  expect(opened).toBe(false)
  expect(phone.went).toEqual([])
  expect(orders()).toHaveLength(1)
})

test('an empty basket shows the way back to the shop', async () => {
  phone.storage.clear()
  const checkout = await open()
  expect(checkout.text()).toContain('还没有选择商品')
  await checkout.press('去商店')
  expect(phone.went).toEqual(['/pages/shop/index'])
})

test('products that are no longer on sale are left out, and the page says so', async () => {
  phone.storage.set('basket', { tea: 1, gone: 1 })
  const checkout = await open()
  expect(checkout.text()).toContain('已下架')
  expect(checkout.has('支付 ¥12.50')).toBe(true)
})

test('when the payment methods can’t be loaded, there is a message and a button', async () => {
  phone.fate = (action) => (action === 'channels' ? 'notSent' : 'fine')
  const checkout = await open()
  await settle(5_000)
  expect(checkout.text()).toContain('网络连接超时')
  phone.fate = () => 'fine'
  await checkout.press('再试一次')
  expect(checkout.has(pay)).toBe(true)
})

test('in English', async () => {
  phone.language = 'en_US'
  const checkout = await open()
  expect(checkout.has('Pay ¥25.00')).toBe(true)
  expect(checkout.said()).not.toMatch(/\p{Script=Han}/u)
})
