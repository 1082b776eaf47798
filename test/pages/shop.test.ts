// Tests the shop page: entering, choosing products, leaving and coming back.
import { createPhone, type Phone, settle } from '../support/openPage'

let phone: Phone
beforeEach(() => {
  jest.useFakeTimers({ now: Date.parse('2026-03-01T04:00:00Z') })
  phone = createPhone()
})

test('the catalogue is there with its prices', async () => {
  const shop = await phone.open('pages/shop/index')
  expect(shop.text()).toContain('茉莉花茶')
  expect(shop.text()).toContain('茉莉花茶的说明')
  expect(shop.text()).toContain('¥12.50')
  expect(shop.text()).toContain('¥1,280.00')
})

test('the total follows the basket, and minus removes one', async () => {
  const shop = await phone.open('pages/shop/index')
  await shop.press('增加 茉莉花茶')
  await shop.press('增加 茉莉花茶')
  await shop.press('增加 手作茶杯')
  expect(shop.text()).toContain('共 3 件')
  expect(shop.text()).toContain('¥1,305.00')
  await shop.press('减少 茉莉花茶')
  expect(shop.text()).toContain('共 2 件')
  expect(shop.text()).toContain('¥1,292.50')
})

test('an empty basket can’t be checked out', async () => {
  const shop = await phone.open('pages/shop/index')
  await shop.press('去结算')
  expect(phone.went).toEqual([])
})

test('the basket is still there after leaving and coming back, and after a restart', async () => {
  const before = await phone.open('pages/shop/index')
  await before.press('增加 茉莉花茶')
  await before.press('增加 茉莉花茶')
  await before.press('去结算')
  expect(phone.went).toEqual(['/pages/checkout/index'])
  await before.show()
  expect(before.text()).toContain('¥25.00')
  const after = await phone.open('pages/shop/index')
  expect(after.text()).toContain('共 2 件')
  expect(after.text()).toContain('¥25.00')
})

test('data that an older version stored does no harm', async () => {
  phone.storage.set('basket', { tea: 2, cup: -1, gone: 3, odd: 'many' })
  const shop = await phone.open('pages/shop/index')
  expect(shop.text()).toContain('共 2 件')
  expect(shop.text()).toContain('¥25.00')
})

test('when the network is down, there is a message and a button', async () => {
  phone.fate = () => 'notSent'
  const shop = await phone.open('pages/shop/index')
  await settle(5_000)
  expect(shop.text()).toContain('网络连接超时')
  phone.fate = () => 'fine'
  await shop.press('重新加载')
  expect(shop.text()).toContain('茉莉花茶')
})

test('an error code that this app does not know yet still has a message', async () => {
  phone.fate = () => ({ code: 'SomethingNew' })
  const shop = await phone.open('pages/shop/index')
  await settle(5_000)
  expect(shop.text()).toContain('系统繁忙')
})

test('one lost reply is not visible', async () => {
  phone.fate = (_action, nth) => (nth === 1 ? 'lostReply' : 'fine')
  const shop = await phone.open('pages/shop/index')
  await settle(1_000)
  expect(shop.text()).toContain('茉莉花茶')
})

test('a server that never answers is given up after a limited time', async () => {
  phone.fate = () => 'noAnswer'
  const shop = await phone.open('pages/shop/index')
  await settle(32_000)
  expect(shop.text()).toContain('网络连接超时')
})

test('pulling down loads again, and the list stays when that fails', async () => {
  const shop = await phone.open('pages/shop/index')
  await shop.pullDown()
  expect(phone.pullDownStops).toBe(1)
  phone.fate = () => 'notSent'
  await shop.pullDown()
  await settle(5_000)
  expect(phone.pullDownStops).toBe(2)
  expect(shop.text()).toContain('茉莉花茶')
  expect(phone.toasts).toEqual([expect.stringContaining('网络连接超时')])
})

test('an English phone gets English, the tab bar included', async () => {
  phone.language = 'en'
  const shop = await phone.open('pages/shop/index')
  await shop.press('Add Jasmine tea')
  expect(shop.text()).toContain('Jasmine tea')
  expect(shop.text()).toContain('Total · 1 item')
  expect(phone.titles).toContain('Mini Cashier')
  expect(phone.tabs).toEqual(['Shop', 'Orders', 'Me'])
  expect(shop.said()).not.toMatch(/\p{Script=Han}/u)
})
