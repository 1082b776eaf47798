// Tests how the pages sell a virtual product: only through WeChat's virtual payment sheet. A page says 已支付 (paid) only
// when our record says paid, whatever error number the sheet returns.
import type { Order } from '../../cloudfunctions/shared/domain/orders/orderShape'
import { createFakeProvider, type FakeProvider } from '../support/fakes/fakeProvider'
import { createPhone, type OpenPage, type Phone, settle } from '../support/openPage'

let xpay: FakeProvider
let phone: Phone
let logins: unknown[]

beforeEach(() => {
  jest.useFakeTimers({ now: Date.parse('2026-03-01T04:00:00Z') })
  xpay = createFakeProvider('xpay', 'new', [
    { code: 'virtual', name: '虚拟支付', nameEn: 'Virtual payment', kind: 'virtual', payInfoMs: 0 },
  ])
  logins = []
  const { prepare } = xpay.provider
  xpay.provider.prepare = async (input) => {
    logins.push(input.loginCode)
    const sheet = { mode: 'short_series_goods', signData: input.paymentNo, paySig: 'p', signature: 's' }
    return { ...(await prepare(input)), payInfo: JSON.stringify(sheet) }
  }
})
afterEach(() => jest.clearAllTimers())

/** A shop that sells only virtual products. */
function openVirtualShop(...others: FakeProvider[]): void {
  phone = createPhone(...others)
  phone.productKind = 'virtual'
  phone.storage.set('basket', { tea: 2 })
}

const theOrder = (): Order => phone.shop.db.all<Order>('orders')[0] as Order

function reopen(): Promise<OpenPage> {
  const [page = '', query = ''] = (phone.went.at(-1) ?? '').slice(1).split('?')
  return phone.open(page, Object.fromEntries(new URLSearchParams(query)))
}

async function buy(sheet: Phone['virtualSheet']): Promise<OpenPage> {
  openVirtualShop(xpay)
  phone.virtualSheet = sheet
  const checkout = await phone.open('pages/checkout/index')
  await checkout.press('支付 ¥25.00')
  await settle(1_000)
  return reopen()
}

const radios = (page: OpenPage): number => page.dom.querySelectorAll('[role="radio"]').length

test('only virtual payment is offered, it gets a new login, and the order is paid by our record', async () => {
  openVirtualShop(xpay)
  phone.virtualSheet = (paymentNo) => (xpay.pay(paymentNo) ? 0 : -1)
  const checkout = await phone.open('pages/checkout/index')
  expect(radios(checkout)).toBe(1)
  await checkout.press('支付 ¥25.00')
  await settle(1_000)
  const order = await reopen()
  await settle(4_000)
  expect(order.text()).toContain('已支付')
  expect(logins).toEqual(['login-code'])
  expect(theOrder()).toMatchObject({ state: 'paid', kind: 'virtual', payments: [{ provider: 'xpay' }] })
})

test('a success of the sheet alone does not make the order paid', async () => {
  const order = await buy(() => 0)
  expect(order.text()).toContain('支付已提交，正在确认结果')
  expect(order.text()).not.toContain('已支付')
  expect(order.has('支付 ¥25.00')).toBe(false)
})

test.each([
  [-2, '支付已取消'],
  [-4, '支付失败'],
  [-15_001, '支付失败'],
  [-15_014, '支付失败'],
])('after %d the order page says so and still offers to pay', async (errCode, title) => {
  const order = await buy(() => errCode)
  expect(order.text()).toContain(title)
  expect(radios(order)).toBe(1)
  phone.virtualSheet = (paymentNo) => (xpay.pay(paymentNo) ? 0 : -1)
  await order.press('支付 ¥25.00')
  await settle(4_000)
  expect(order.text()).toContain('已支付')
  expect(theOrder().payments).toHaveLength(2)
})

test.each([-1, -15_002, -3])(
  'after %d nobody is told “paid” or led to pay twice: our record decides',
  async (errCode) => {
    const order = await buy(() => errCode)
    expect(order.text()).toContain('正在核实')
    expect(order.text()).not.toContain('已支付')
    expect(order.has('支付 ¥25.00')).toBe(false)
    xpay.pay(`${theOrder()._id}01`)
    await settle(5_000)
    expect(order.text()).toContain('已支付')
  },
)

test('a shop without virtual payment says why nothing can be chosen, on both pages', async () => {
  openVirtualShop()
  const checkout = await phone.open('pages/checkout/index')
  expect(checkout.text()).toContain('虚拟商品须使用微信虚拟支付，本店暂未开通')
  expect(radios(checkout)).toBe(0)
  expect(phone.sheets).toBe(0)
})

test('an old WeChat is told to update, and no attempt is opened', async () => {
  openVirtualShop(xpay)
  phone.virtualSheet = undefined
  const checkout = await phone.open('pages/checkout/index')
  await checkout.press('支付 ¥25.00')
  await settle(1_000)
  expect(checkout.text()).toContain('微信版本过低')
  expect(theOrder().payments).toEqual([])
})
