// Tests the first page of the back office and how to reach it: cases, takings, and entry with an invite code. People
// who are not staff see nothing.

import { type AdminAction, mayDo } from '../../../cloudfunctions/shared/api/admin'
import { placeOrder } from '../../../cloudfunctions/shared/domain/orders/order'
import type { Order } from '../../../cloudfunctions/shared/domain/orders/orderShape'
import { type AdminPage, adminMessages } from '../../../miniprogram/pages/admin/messages'
import { beijingDigits } from '../../../miniprogram/rules/beijing'
import { createPhone, developerText, type OpenPage, type Phone, settle } from '../../support/openPage'

const hour = 3_600_000
const noon = Date.parse('2026-03-01T04:00:00Z')

let phone: Phone
beforeEach(async () => {
  jest.useFakeTimers({ now: noon })
  phone = createPhone()
  await phone.keepShop()
})
afterEach(() => jest.clearAllTimers())

let serial = 0

/** Inserts an order of some yuan that was paid just after it was placed. */
function put(at: number, yuan: number, fields: Partial<Order> = {}): void {
  serial += 1
  const items = [{ sku: 'tea', title: '茶', titleEn: 'Tea', priceFen: yuan * 100, quantity: 1 }]
  const orderNo = beijingDigits(at) + String(serial).padStart(8, 'a')
  const order = placeOrder({ orderNo, openid: 'shopper-a', items, currency: 'CNY', now: at, lifeMs: hour })
  const paid = { state: 'paid', paidAt: at + 1_000, provider: 'wechatpay', dueAt: null } as const
  phone.shop.db.put('orders', { ...order, ...paid, ...fields })
}

const open = (): Promise<OpenPage> => phone.open('pages/admin/today/index')

describe('for staff', () => {
  test('a quiet day: no cases, and no takings', async () => {
    const today = await open()
    expect(today.text()).toContain('暂无待处理事项')
    expect(today.text()).toContain('¥0.00')
    expect(today.text()).toContain('近 30 日没有收款')
    expect(phone.titles).toContain('商家后台')
  })

  test('takings of today, of yesterday until this hour and of all yesterday, each provider, and thirty days that are read aloud', async () => {
    put(noon - hour, 86)
    put(noon - 2 * hour, 14, { state: 'closed', paidAt: null })
    put(noon - 25 * hour, 30)
    put(noon - 14 * hour, 70)
    const today = await open()
    expect(today.text()).toContain('¥86.00')
    expect(today.text()).toContain('昨日同期 ¥30.00')
    expect(today.text()).toContain('昨日全天 ¥100.00')
    expect(today.text()).toContain('微信支付')
    expect(today.text()).toContain('50%')
    expect(today.said()).toContain('2026-03-01 收款 ¥86.00')
    expect(today.said()).toContain('2026-02-28 收款 ¥100.00')
    expect(today.said()).toContain('2026-01-31 收款 ¥0.00')
  })

  test('money in another currency is listed beside the yuan, never in one sum', async () => {
    put(noon - hour, 86)
    put(noon - hour, 5, { currency: 'USD' })
    const today = await open()
    expect(today.text()).toMatch(/¥86\.00 \+ \D*5\.00/)
    expect(today.said()).toContain('2026-03-01 收款 ¥86.00')
  })

  test('orders that connected systems sent are counted under the name of each; without any there is no such list', async () => {
    put(noon - hour, 86)
    expect((await open()).text()).not.toContain('各业务系统')
    phone.shop.db.put('domains', { _id: 'race', version: 1, name: '城市马拉松' } as never)
    const domain = (code: string) => ({ domain: { code, requestKey: 'k-1', bgUrl: '' } })
    put(noon - hour, 30, domain('race'))
    put(noon - hour, 20, { ...domain('race'), state: 'open', paidAt: null })
    put(noon - hour, 9, domain('gone'))
    const today = await open()
    expect(today.text()).toContain('各业务系统')
    expect(today.text()).toMatch(/城市马拉松\s*下单 2 笔 · ¥30\.00/)
    expect(today.text()).toMatch(/gone\s*下单 1 笔 · ¥9\.00/)
    expect(today.text()).toContain('¥125.00')
  })

  test('cases come first, in words, and each one links to the page that solves it', async () => {
    put(noon - hour, 10, { surplusFen: 1_000 })
    put(noon - 60 * hour, 10, { refundSince: noon - 50 * hour })
    phone.shop.db.put('contracts', { _id: 'c1', version: 1, state: 'pastDue' } as never)
    for (const kind of ['forged', 'unmatched', 'unmatched'])
      phone.shop.db.put('notices', {
        _id: `n${++serial}`,
        version: 1,
        kind,
        provider: 'wechatpay',
        dismissedAt: null,
      } as never)
    const job = { version: 1, kind: 'reconcile', provider: 'wechatpay', day: '2026-02-28', open: 3, createdAt: noon }
    // The bill contains a payment that we do not have, so one of the notifications that looked forged may be real.
    const differences = [{ kind: 'missingHere' }]
    phone.shop.db.put('jobs', { ...job, differences, _id: 'reconcile-wechatpay-2026-02-28' } as never)
    const today = await open()
    const ways: [string, string][] = [
      ['1 笔订单多收款，待退款', '/pages/admin/orders/index?needs=surplus'],
      ['1 笔退款超过一天无结果', '/pages/admin/orders/index?needs=refund'],
      ['1 个自动续费欠费', '/pages/admin/contracts/index?state=pastDue'],
      ['1 条支付异常：签名错误', '/pages/admin/notices/index?kind=forged'],
      ['2 条支付异常：找不到订单', '/pages/admin/notices/index?kind=unmatched'],
      ['微信支付 2026-02-28 对账有 3 处不一致', '/pages/admin/bills/index?provider=wechatpay&day=2026-02-28'],
    ]
    for (const [words, url] of ways) {
      await today.press(words)
      expect(phone.went.at(-1)).toBe(url)
    }
    expect(today.text()).not.toContain('暂无待处理事项')
  })

  test('several days of one provider are one row, which links to the oldest', async () => {
    for (const [index, provider] of ['wechatpay', 'wechatpay', 'midas', 'wechatpay'].entries()) {
      const day = `2026-02-2${8 - index}`
      const job = { version: 1, kind: 'reconcile', provider, day, open: index + 1, createdAt: noon - index }
      phone.shop.db.put('jobs', { ...job, _id: `reconcile-${provider}-${day}` } as never)
    }
    const today = await open()
    expect(today.text()).toContain('米大师 2026-02-26 对账有 3 处不一致')
    await today.press('微信支付 有 3 天对账不一致，共 7 处')
    expect(phone.went).toEqual(['/pages/admin/bills/index?provider=wechatpay&day=2026-02-25'])
  })

  test('the shop’s own settings have a name, and are shown to owners only', async () => {
    phone.shop.db.remove('settings', 'shop')
    const owner = await open()
    await owner.press('本店：尚未设置')
    expect(phone.went).toEqual(['/pages/admin/provider/index?code=shop'])
    phone.role = 'operator'
    const operator = await open()
    expect(operator.text()).not.toContain('本店：尚未设置')
  })

  test('refreshes itself while it is shown, and not while it is hidden', async () => {
    const today = await open()
    put(noon, 33)
    await settle(61_000)
    expect(today.text()).toContain('¥33.00')
    await today.hide()
    const asked = phone.calls.length
    await settle(300_000)
    expect(phone.calls).toHaveLength(asked)
    await today.show()
    expect(phone.calls.length).toBeGreaterThan(asked)
    await today.leave()
  })

  test('if nothing can be loaded, a message and a button are shown; a later error leaves the shown figures', async () => {
    phone.fate = () => 'notSent'
    const today = await open()
    await settle(5_000)
    expect(today.text()).toContain('网络连接超时')
    phone.fate = () => 'fine'
    put(noon, 33)
    await today.press('重新加载')
    expect(today.text()).toContain('¥33.00')
    phone.fate = () => ({ code: 'Internal' })
    await today.pullDown()
    await settle(5_000)
    expect(today.text()).toContain('¥33.00')
    expect(phone.pullDownStops).toBe(1)
    expect(phone.toasts).toEqual(['系统繁忙，请稍后再试'])
    expect(today.said()).not.toContain(developerText)
  })
})

test('the page says that tasks could not be read, still shows the takings, and shows the tasks at the next refresh', async () => {
  put(noon - 2 * hour, 86, { surplusFen: 100 })
  await open()
  const { aggregate } = phone.shop.db
  phone.shop.db.aggregate = (collection, ...rest) =>
    collection === 'stats' ? Promise.reject(new Error('too slow')) : aggregate(collection, ...rest)
  const today = await open()
  expect(today.text()).toContain('¥86.00')
  expect(today.text()).toContain('待处理事项暂时无法加载')
  expect(today.text()).not.toContain('暂无待处理事项')
  phone.shop.db.aggregate = aggregate
  await settle(61_000)
  expect(today.text()).toContain('1 笔订单多收款')
  expect(today.text()).not.toContain('无法加载')
})

describe('for an outsider', () => {
  beforeEach(() => {
    phone.role = 'stranger'
    put(noon, 86, { surplusFen: 100 })
  })

  test('a message, a field for a code, and nothing else', async () => {
    const door = await open()
    expect(door.text()).toContain('仅限本店人员使用')
    for (const learned of ['86', '多收', '订单', '对账', '今日', '设置']) expect(door.said()).not.toContain(learned)
    expect(phone.calls.map(({ action }) => action)).toEqual(['claim'])
  })

  test('a wrong code is reported; a right one opens the page, once however often it is pressed', async () => {
    const door = await open()
    await door.type('邀请码', ' AAAAA-AAAAA-AAAAA-AAAAA ')
    phone.fate = () => ({ code: 'Forbidden' })
    await door.press('进入')
    expect(door.text()).toContain('邀请码错误')
    phone.fate = () => 'fine'
    phone.role = 'owner'
    const before = phone.calls.length
    await door.pressTwice('进入')
    expect(phone.calls.slice(before).filter(({ input }) => 'code' in input)).toEqual([
      { action: 'claim', input: { code: 'AAAAA-AAAAA-AAAAA-AAAAA' } },
    ])
    expect(door.text()).toContain('¥86.00')
    expect(phone.toasts).toContain('你已成为店主')
  })

  test('the first owner is asked for a name, and enters with it or without', async () => {
    const door = await open()
    await door.type('邀请码', 'AAAAA-AAAAA-AAAAA-AAAAA')
    phone.role = 'owner'
    phone.name = ''
    await door.press('进入')
    expect(door.text()).toContain('怎么称呼你？')
    expect(door.text()).not.toContain('¥86.00')
    await door.press('保存')
    expect(door.text()).toContain('请填写称呼')
    // The page refreshes itself but must not clear text that the user is typing.
    await settle(130_000)
    await door.type('称呼', '王店长')
    phone.name = '王店长'
    await door.press('保存')
    expect(phone.calls).toContainEqual({
      action: 'claim',
      input: { code: 'AAAAA-AAAAA-AAAAA-AAAAA', name: '王店长' },
    })
    expect(door.text()).toContain('¥86.00')
    await door.leave()
  })

  test('a person who gives no name can enter', async () => {
    const door = await open()
    await door.type('邀请码', 'AAAAA-AAAAA-AAAAA-AAAAA')
    phone.role = 'owner'
    phone.name = ''
    await door.press('进入')
    await door.press('稍后填写')
    expect(door.text()).toContain('¥86.00')
    await door.leave()
  })

  test('an error while somebody types keeps the form and the typed text', async () => {
    const door = await open()
    await door.type('邀请码', 'AAAAA')
    phone.fate = () => 'notSent'
    await settle(70_000)
    expect(door.text()).toContain('仅限本店人员使用')
    phone.fate = () => 'fine'
    phone.role = 'owner'
    await door.press('进入')
    expect(phone.calls).toContainEqual({ action: 'claim', input: { code: 'AAAAA' } })
    await door.leave()
  })

  test('a person who is removed while looking sees the form again, and no figure', async () => {
    phone.role = 'viewer'
    const today = await open()
    expect(today.text()).toContain('¥86.00')
    phone.role = 'stranger'
    await today.pullDown()
    expect(today.text()).not.toContain('¥86.00')
  })
})

describe('the pages that are listed', () => {
  const names: Record<AdminPage, AdminAction> = {
    today: 'stats',
    orders: 'orders',
    shipping: 'ship',
    complaints: 'complaints',
    notices: 'notices',
    bills: 'bills',
    contracts: 'contracts',
    goods: 'products',
    exports: 'export',
    domains: 'domains',
    endpoints: 'endpoints',
    staff: 'staff',
    audit: 'audit',
    settings: 'settings',
    sessions: 'sessions',
  }

  test.each(['viewer', 'operator', 'owner'] as const)(
    'for a person who is %s are those that they may open',
    async (role) => {
      phone.role = role
      const today = await open()
      for (const [page, action] of Object.entries(names))
        expect([page, today.has(adminMessages.pages[page as AdminPage])]).toEqual([page, mayDo(role, action)])
      await today.leave()
    },
  )
})

describe('the ways to this page', () => {
  test('an entry under 我的 that anybody can find; it shows nothing and sends no request', async () => {
    phone.role = 'stranger'
    const me = await phone.open('pages/me/index')
    expect(phone.calls).toEqual([])
    await me.press('店员入口, 店主和店员可在此管理店铺')
    expect(phone.went).toEqual(['/pages/admin/today/index'])
    await me.press('我的自动续费')
    expect(phone.went.at(-1)).toBe('/pages/contracts/index')
  })

  const row = '商家后台'
  const claims = () => phone.calls.filter(({ action }) => action === 'claim').length

  test('a row among the orders of staff, requested once', async () => {
    const orders = await phone.open('pages/orders/index')
    await orders.press(row)
    expect(phone.went).toEqual(['/pages/admin/today/index'])
  })

  test('shoppers see none of it, and the role is requested once a day', async () => {
    phone.role = 'stranger'
    const orders = await phone.open('pages/orders/index')
    await orders.hide()
    await orders.show()
    expect(orders.has(row)).toBe(false)
    expect(claims()).toBe(1)
    // Opens a page in a new runtime, as after a restart of the app.
    await phone.open('pages/orders/index')
    expect(claims()).toBe(1)
    jest.setSystemTime(Date.now() + 25 * hour)
    await phone.open('pages/orders/index')
    expect(claims()).toBe(2)
  })

  test('a call that fails shows no row, and is tried again when the page is shown again', async () => {
    phone.fate = (action) => (action === 'claim' ? 'notSent' : 'fine')
    const orders = await phone.open('pages/orders/index')
    expect(orders.has(row)).toBe(false)
    phone.fate = () => 'fine'
    await orders.hide()
    await orders.show()
    expect(orders.has(row)).toBe(true)
  })
})
