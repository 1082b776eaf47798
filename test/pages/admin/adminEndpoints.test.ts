// Tests the pages about webhook events: an owner adds an address and sees its secret once; staff see what was sent.
import type { Delivery } from '../../../cloudfunctions/shared/domain/telling/delivery'
import type { Endpoint } from '../../../cloudfunctions/shared/domain/telling/endpoint'
import { createPhone, type Phone } from '../../support/openPage'

let phone: Phone
beforeEach(() => {
  jest.useFakeTimers({ now: Date.parse('2026-03-01T04:00:00Z') })
  phone = createPhone()
  phone.role = 'owner'
})

afterEach(() => jest.clearAllTimers())

const endpoint: Endpoint = {
  _id: 'endpoint-1',
  version: 1,
  domain: null,
  url: 'https://hooks.shop.cn/pay',
  note: '报名系统',
  state: 'on',
  offBecause: null,
  createdAt: 1,
  secret: 'sealed',
  nextSecret: null,
  failingSince: null,
  isSlow: false,
  okAt: null,
}

const delivery: Delivery = {
  _id: '20260301120000aaaaaaaa.1@endpoint-1',
  version: 1,
  endpoint: 'endpoint-1',
  eventId: '20260301120000aaaaaaaa.1',
  type: 'order.paid',
  subject: '20260301120000aaaaaaaa',
  at: 1_000,
  createdAt: 1_000,
  body: '{}',
  state: 'failed',
  dueAt: null,
  tries: 10,
  attempts: [
    { at: 1_000, ms: 12, status: 500, answer: 'out of order', failure: null },
    { at: 2_000, ms: 10_000, status: null, answer: '', failure: 'timeout' },
  ],
}

test('an owner adds an address, sees the secret once, and the endpoint is listed', async () => {
  const page = await phone.open('pages/admin/endpoints/index')
  expect(page.text()).toContain('暂无通知地址')
  await page.press('添加通知地址')
  await page.type('地址', 'hooks.shop.cn')
  await page.press('保存')
  expect(page.text()).toContain('请填写公网可访问的 https 地址')
  await page.type('地址', 'https://hooks.shop.cn/pay')
  await page.press('保存')
  expect(page.text()).toContain('whsec_')
  expect(page.text()).toContain('https://hooks.shop.cn/pay')
  await page.press('密钥已保存')
  expect(page.text()).not.toContain('whsec_')
  expect(phone.shop.db.all<Endpoint>('endpoints')).toMatchObject([{ url: 'https://hooks.shop.cn/pay', state: 'on' }])
})

test('an endpoint is switched off after a question, and on again', async () => {
  phone.shop.db.put('endpoints', endpoint)
  const page = await phone.open('pages/admin/endpoints/index')
  await page.press('停用 报名系统')
  expect(phone.modals).toHaveLength(1)
  expect(page.text()).toContain('由店主停用')
  await page.press('启用 报名系统')
  expect(page.text()).toContain('已启用')
})

test('an endpoint that was switched off by itself can be let go, after a question', async () => {
  phone.shop.db.put('endpoints', { ...endpoint, state: 'off', offBecause: 'gone' })
  const page = await phone.open('pages/admin/endpoints/index')
  await page.press('保持停用 报名系统')
  expect(phone.modals).toHaveLength(1)
  expect(page.text()).toContain('由店主停用')
  expect(page.has('保持停用 报名系统')).toBe(false)
})

test('the log says what an endpoint missed, and why it cannot be sent yet', async () => {
  phone.shop.db.put('endpoints', { ...endpoint, state: 'off', offBecause: 'gone' })
  phone.shop.db.put('deliveries', { ...delivery, state: 'failed', dueAt: null, attempts: [] })
  const page = await phone.open('pages/admin/deliveries/index')
  expect(page.text()).toContain('地址停用期间的通知，未发送')
  await page.press('重新发送')
  expect(phone.toasts).toContain('地址已停用，或正在发送。请先启用地址，或稍后再试')
})

test('a viewer sees endpoints and changes none', async () => {
  phone.role = 'viewer'
  phone.shop.db.put('endpoints', { ...endpoint, failingSince: 1_000 })
  const page = await phone.open('pages/admin/endpoints/index')
  expect(page.text()).toContain('起发送失败')
  for (const words of ['添加通知地址', '停用 报名系统', '更换密钥 报名系统', '发送测试 报名系统'])
    expect(page.has(words)).toBe(false)
})

test('the log shows each try with its answer, and a delivery is sent again', async () => {
  phone.shop.db.put('endpoints', endpoint)
  phone.shop.db.put('deliveries', delivery)
  const page = await phone.open('pages/admin/deliveries/index')
  expect(page.text()).toContain('订单已支付')
  expect(page.text()).toContain('out of order')
  expect(page.text()).toContain('响应超时')
  await page.press('重新发送')
  const [stored] = phone.shop.db.all<Delivery>('deliveries')
  expect(stored?.attempts).toHaveLength(3)
})

test('an endpoint that was switched off after failures is shown on the first page', async () => {
  phone.shop.db.put('endpoints', { ...endpoint, state: 'off', offBecause: 'dead' })
  phone.shop.db.put('endpoints', { ...endpoint, _id: 'endpoint-2', state: 'off', offBecause: 'person' })
  const page = await phone.open('pages/admin/today/index')
  expect(page.text()).toContain('1 个通知地址持续失败，已自动停用')
})
