// Tests the page of notifications that could not be applied: reading them, processing them again and dismissing them.
import type { Order } from '../../../cloudfunctions/shared/domain/orders/orderShape'
import type { KeptNotice } from '../../../cloudfunctions/shared/store/notices'
import { payOrder } from '../../../cloudfunctions/shared/usecases/orders/payOrder'
import { recordNotice } from '../../../cloudfunctions/shared/usecases/platform/recordNotice'
import { receiveNotice } from '../../../cloudfunctions/shared/usecases/settle/receiveNotice'
import { createPhone, developerText, type Phone, settle } from '../../support/openPage'
import { payMain } from '../../support/shop'

let phone: Phone
beforeEach(() => {
  jest.useFakeTimers({ now: Date.parse('2026-03-01T04:00:00Z') })
  phone = createPhone()
})
afterEach(() => jest.clearAllTimers())

const list = (query: Record<string, string> = {}) => phone.open('pages/admin/notices/index', query)

async function deliver(paymentNo: string, amountFen: number, more: object = {}): Promise<void> {
  const body = Buffer.from(JSON.stringify({ paymentNo, outcome: 'paid', amountFen, currency: 'CNY', ...more }))
  await receiveNotice(phone.shop.ctx, 'fake', { method: 'POST', path: '/', query: {}, headers: { sign: 'good' }, body })
}

/**
 * Makes a case for staff: when the payment arrived, the order's record had another amount. Afterwards corrects the
 * record.
 */
async function mended(): Promise<Order> {
  const { shop } = phone
  const orderNo = await shop.newOrder()
  await payOrder(shop.ctx, payMain(orderNo))
  const order = shop.order(orderNo)
  shop.db.put('orders', { ...order, payments: order.payments.map((one) => ({ ...one, amountFen: 1 })) })
  await deliver(`${orderNo}01`, 2_500)
  shop.db.put('orders', order)
  return order
}

test('says in words what happened and what to do, and shows nothing of the raw call or for developers', async () => {
  const order = await mended()
  const page = await list()
  expect(page.text()).toContain('金额与订单不一致')
  expect(page.text()).toContain('1 次')
  await page.press('查看详情')
  expect(page.said()).not.toContain('amount differs')
  for (const hidden of [developerText, 'headers', order.openid]) expect(page.said()).not.toContain(hidden)
  await page.press('查看订单')
  expect(phone.went).toEqual([expect.stringContaining(`orderNo=${order._id}`)])
})

test('a bill that could not be read is named by its day, with what to do', async () => {
  await recordNotice(phone.shop.ctx, {
    kind: 'stuck',
    provider: 'fake',
    orderNo: null,
    subject: 'bill',
    reason: 'a bill cannot be read: 2026-02-27',
  })
  const page = await list()
  expect(page.text()).toContain('2026-02-27 的账单无法下载')
  expect(page.text()).toContain('请到支付服务的商户平台核对，再重新对账')
})

test('both amounts and both complete numbers are on the card, and the content is neither repeated nor escaped twice', async () => {
  const { shop } = phone
  const orderNo = await shop.newOrder()
  await payOrder(shop.ctx, payMain(orderNo))
  for (const _ of 'three') await deliver(`${orderNo}01`, 2_600, { theirNo: '4200001234567890123456789012' })
  const page = await list()
  expect(page.text()).toContain('应收 ¥25.00，通知金额 ¥26.00')
  expect(page.text()).toContain(`本店单号 ${orderNo}01`)
  expect(page.text()).toContain('平台单号 4200001234567890123456789012')
  await page.press('查看详情')
  expect(page.said().match(/"text":/g)).toHaveLength(1)
  expect(page.said()).not.toContain('\\\\')
})

test('a replay after the cause was fixed pays the order, however often it is tapped', async () => {
  const order = await mended()
  const page = await list()
  await page.pressTwice('重新处理')
  expect(phone.shop.order(order._id)).toMatchObject({ state: 'paid', surplusFen: 0 })
  expect(phone.calls.filter(({ action }) => action === 'replay')).toHaveLength(1)
  expect(phone.toasts).toEqual(['共 1 条，已入账 1 条'])
  expect(page.text()).toContain('暂无支付异常')
})

test('a replay whose cause remains says why', async () => {
  const order = await mended()
  const spoilt = { ...order, payments: order.payments.map((one) => ({ ...one, amountFen: 2 })) }
  phone.shop.db.put('orders', spoilt)
  const page = await list()
  await page.press('重新处理')
  expect(phone.toasts).toEqual(['仍未入账：金额与订单不一致'])
  expect(phone.shop.order(order._id)).toEqual({
    ...spoilt,
    version: spoilt.version + 1,
    payments: spoilt.payments.map((one) => ({ ...one, disputedAt: expect.any(Number) })),
  })
  expect(page.has('重新处理')).toBe(true)
})

test('a replay of a notification that was not stored whole says what happened, not that nothing was applied', async () => {
  const order = await mended()
  const [notice] = phone.shop.db.all<KeptNotice>('notices')
  phone.shop.db.put('notices', { ...notice, kind: 'forged', count: 7 } as KeptNotice)
  const page = await list()
  await page.press('重新处理')
  expect(phone.shop.order(order._id)).toMatchObject({ state: 'paid' })
  expect(phone.toasts).toEqual(['已重新处理。仅保留了最近几次通知，其余请到订单页查询支付结果'])
  expect(page.text()).toContain('签名错误')
  await page.press('重新处理 fake 近 7 天的异常')
  expect(phone.toasts.at(-1)).toBe('已重新处理。仅保留了最近几次通知，其余请到订单页查询支付结果')
})

test('each provider with cases has its own replay button; dismissed cases have none', async () => {
  await mended()
  const [notice] = phone.shop.db.all<KeptNotice>('notices')
  const put = (fields: Partial<KeptNotice>) => phone.shop.db.put('notices', { ...notice, ...fields } as KeptNotice)
  put({ _id: 'another', provider: 'midas' })
  put({ _id: 'away', provider: 'jubao', dismissedAt: 1, dismissedBy: 'system', note: 'x' })
  const page = await list()
  await page.press('重新处理 米大师 近 7 天的异常')
  const { which } = phone.calls.filter(({ action }) => action === 'replay').at(-1)?.input ?? {}
  expect(which).toMatchObject({ provider: 'midas' })
  expect(page.has('重新处理 fake 近 7 天的异常')).toBe(true)
  await page.choose('已处理')
  await settle(200)
  expect(page.text()).toContain('聚宝支付')
  expect(page.text()).not.toContain('近 7 天的异常')
})

test('a note cannot be saved while something else is running, and its button shows that', async () => {
  await mended()
  const [notice] = phone.shop.db.all<KeptNotice>('notices')
  phone.shop.db.put('notices', { ...notice, _id: 'another' } as KeptNotice)
  const page = await list()
  await page.press('标记为已处理')
  const isOff = () => page.dom.querySelector('[class*=btn--main]')?.className.includes('btn--off')
  expect(isOff()).toBe(false)
  const replay = page.press('重新处理')
  expect(isOff()).toBe(true)
  await replay
  expect(isOff()).toBe(false)
})

test('a case is dismissed with a note only; markup in the note is shown as text', async () => {
  await mended()
  const page = await list()
  await page.press('标记为已处理')
  await page.press('标记为已处理')
  expect(page.text()).toContain('请先填写说明')
  await page.type('说明', '<b>已核对</b>')
  await page.press('标记为已处理')
  expect(phone.shop.db.all<KeptNotice>('notices')).toMatchObject([{ note: '<b>已核对</b>' }])
  expect(page.text()).toContain('暂无支付异常')
  await page.choose('已处理')
  expect(page.text()).toContain('<b>已核对</b>')
  expect(page.dom.querySelector('b')).toBeNull()
})

test('if the role cannot be read, the page offers to try again instead of showing no buttons', async () => {
  await mended()
  phone.fate = (action) => (action === 'claim' ? 'notSent' : 'fine')
  const page = await list()
  await settle(5_000)
  phone.fate = () => 'fine'
  await page.press('重新加载')
  expect(page.has('重新处理')).toBe(true)
})

test('a viewer reads without buttons; an outsider reads nothing', async () => {
  await mended()
  phone.role = 'viewer'
  const page = await list()
  expect(page.text()).toContain('金额与订单不一致')
  for (const label of ['重新处理', '标记为已处理']) expect(page.has(label)).toBe(false)
  phone.role = 'stranger'
  expect((await list()).said()).not.toContain('金额与订单不一致')
})
