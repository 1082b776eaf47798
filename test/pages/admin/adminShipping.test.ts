// Tests the pages on which staff enter the shipping of orders, and what the shopper then sees.
import { createPhone, type OpenPage, type Phone, settle } from '../../support/openPage'
import { minute, paidOrder } from '../../support/shop'

let phone: Phone
beforeEach(() => {
  jest.useFakeTimers({ now: Date.parse('2026-03-01T04:00:00Z') })
  phone = createPhone()
  phone.role = 'operator'
  phone.shop.settings.shipping = 'parcel'
  phone.shop.fake.definition.reportsShipping = true
})
afterEach(() => jest.clearAllTimers())

/** Makes orders that were paid long enough ago that WeChat's shipping service knows the payments. */
async function paid(count = 1): Promise<string[]> {
  const made: string[] = []
  for (let index = 0; index < count; index++) made.push(await paidOrder(phone.shop))
  phone.shop.advance(minute)
  return made
}
const shipping = (orderNo = '') => phone.shop.order(orderNo).shipping
const batch = (): Promise<OpenPage> => phone.open('pages/admin/shipping/index')

test('one order: the parcel is typed on its page, and the shopper sees it and confirms the receipt', async () => {
  const [orderNo = ''] = await paid()
  const page = await phone.open('pages/admin/order/index', { orderNo })
  expect(page.text()).toContain('待发货')
  await page.press('录入发货')
  await page.press('提交')
  expect(page.text()).toContain('请填写快递公司编码')
  await page.type('快递公司编码 1', 'sf')
  await page.type('快递单号 1', 'SF1234567890')
  await page.press('提交')
  expect(page.text()).toContain('寄顺丰须填写收件人手机号后四位')
  await page.type('收件人手机号后四位（顺丰必填） 1', '1234')
  await page.press('提交')
  expect(page.text()).toContain('已发货')
  expect(page.text()).toContain('SF1234567890')
  expect(page.text()).toContain('微信只允许更正一次')
  expect(shipping(orderNo)).toMatchObject({ state: 'reported', parcels: [{ carrier: 'SF', phoneTail: '1234' }] })

  const order = await phone.open('pages/order/index', { orderNo })
  expect(order.text()).toContain('SF1234567890')
  await order.press('确认收货')
  expect(phone.toasts).toEqual(['尚未确认收货'])
  phone.receipt = (transactionId) => {
    phone.shop.shipping.service.receive(transactionId)
    return 'success'
  }
  await order.press('确认收货')
  await settle(1_000)
  expect(order.text()).toContain('已收货')
  expect(order.has('确认收货')).toBe(false)
})

test('many orders: lines are filled in, wrong ones are named, and what was taken is gone from the list', async () => {
  const [first = '', second = ''] = await paid(2)
  const page = await batch()
  expect(page.text()).toContain('待发货订单（2）')
  await page.press('填入待发货订单')
  await page.press('提交')
  expect(page.text()).toContain('第 1 行：请填写快递公司编码')
  await page.type('发货清单', `订单号,快递公司,单号\n${first},ZTO,NUMBER1\r\n"${first}",ZTO,NUMBER2\n\t${second}，自提`)
  await page.press('提交')
  expect(shipping(first)?.parcels.map(({ trackingNo }) => trackingNo)).toEqual(['NUMBER1', 'NUMBER2'])
  expect(shipping(second)).toMatchObject({ way: 'pickup', state: 'reported' })
  expect(page.text()).toContain('没有待发货的订单')
  const other = '20260301120000nosuchno'
  await page.type('发货清单', `${other},ZTO,NUMBER9`)
  await page.press('提交')
  expect(page.text()).toContain(`${other} · 未找到该订单`)
})

test.each([
  ['20260301120000nosuch', '订单号为 22 位字母和数字'],
  ['20260301120000nosuchno,ZTO', '请填写快递单号'],
  ['20260301120000nosuchno,SF,NUMBER1,12', '手机号后四位须为数字'],
  ['20260301120000nosuchno,ZTO,NUMBER1\n20260301120000nosuchno,自提', '同一订单只能有一种发货方式'],
  ['20260301120000nosuchno,ZTO,NUMBER1\n20260301120000nosuchno,ZTO,NUMBER1', '快递单号重复'],
  ['', '请先填写发货清单'],
])('the list %j is not sent: %s', async (list, problem) => {
  await paid()
  const page = await batch()
  await page.type('发货清单', list)
  await page.press('提交')
  expect(page.text()).toContain(problem)
  expect(phone.calls.filter(({ action }) => action === 'ship')).toEqual([])
})

test('what WeChat refuses says why, in words and with its code', async () => {
  const [orderNo = ''] = await paid()
  phone.shop.shipping.service.setMood('down')
  const page = await phone.open('pages/admin/order/index', { orderNo })
  await page.press('录入发货')
  await page.choose('到店自提')
  await page.press('提交')
  expect(page.text()).toContain('正在上报微信')
  expect(page.text()).toContain('微信错误码 -1')
})
