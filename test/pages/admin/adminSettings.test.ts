// Tests the settings pages: no secret comes back to the phone, a change loses no payment in progress, and each error
// shows beside its field.
import type { Order } from '../../../cloudfunctions/shared/domain/orders/orderShape'
import type { KeptNotice } from '../../../cloudfunctions/shared/store/notices'
import { putSettings, readSettings, readSettingsKeys } from '../../../cloudfunctions/shared/store/settings'
import { createPhone, developerText, type OpenPage, type Phone } from '../../support/openPage'

let phone: Phone
beforeEach(() => {
  jest.useFakeTimers({ now: Date.parse('2026-03-01T04:00:00Z') })
  phone = createPhone()
  phone.role = 'owner'
})
afterEach(() => jest.clearAllTimers())

const sent = (action: string): number => phone.calls.filter((call) => call.action === action).length
const sealedWith = readSettingsKeys([Buffer.alloc(32, 7).toString('base64')])

describe('payment settings', () => {
  const key = 'the-key-of-this-merchant-0001'

  async function enableJubao(): Promise<OpenPage> {
    const page = await phone.open('pages/admin/provider/index', { code: 'jubao' })
    await page.type('接口地址', 'https://jubao.test')
    await page.type('商户号', '1000258')
    await page.type('商户密钥', key)
    await page.press('保存并启用')
    return page
  }

  test('are enabled once, and afterwards the key is nowhere on the page or in an answer', async () => {
    const page = await enableJubao()
    expect(page.text()).toContain('正常')
    expect(page.text()).toContain('已设置')
    expect(page.dom.innerHTML).not.toContain(key)
    expect(JSON.stringify(phone.shop.db.all('settings'))).not.toContain(key)
    expect([...phone.storage.values()].join()).not.toContain(key)
    const again = await phone.open('pages/admin/provider/index', { code: 'jubao' })
    expect(again.dom.innerHTML).not.toContain(key)
  })

  test('say that codes and links stay out of the mini-program, until the shop lets them in', async () => {
    const page = await enableJubao()
    expect(page.text()).toContain('小程序内不显示二维码和链接')
    await phone.keepShop()
    const shop = await phone.open('pages/admin/provider/index', { code: 'shop' })
    await shop.choose('是')
    await shop.press('保存')
    expect(phone.calls.at(-1)?.input).toMatchObject({ fields: { externalWays: true } })
    expect((await phone.open('pages/admin/provider/index', { code: 'jubao' })).text()).not.toContain('小程序内不显示')
  })

  test('send only what was changed', async () => {
    const page = await enableJubao()
    await page.type('子 AppID', 'wx0123456789abcdef')
    await page.press('保存')
    expect(phone.calls.at(-1)?.input).toEqual({
      code: 'jubao',
      version: 1,
      enabled: true,
      fields: { subAppId: 'wx0123456789abcdef' },
    })
  })

  test('with choices are chosen in one row', async () => {
    const page = await enableJubao()
    await page.choose('表单')
    await page.press('保存')
    expect(phone.calls.at(-1)?.input).toMatchObject({ fields: { encoding: 'form' } })
  })

  test('with another address are saved only with their keys', async () => {
    const page = await enableJubao()
    await page.type('接口地址', 'https://elsewhere.test')
    await page.press('保存')
    expect(page.text()).toContain('接口地址已修改，请重新填写此项')
    expect(sent('saveSettings')).toBe(1)
    await page.press('更换 商户密钥')
    await page.type('商户密钥', 'another-key')
    await page.press('保存')
    expect(phone.calls.at(-1)?.input).toMatchObject({
      fields: { baseUrl: 'https://elsewhere.test', key: 'another-key' },
    })
    expect(page.text()).not.toContain('请重新填写此项')
  })

  test('replace a key only after a confirmation', async () => {
    const page = await enableJubao()
    phone.confirms = false
    await page.press('更换 商户密钥')
    await page.type('商户密钥', 'another-key')
    await page.press('保存')
    expect(phone.modals[0]).toContain('商户密钥')
    expect(sent('saveSettings')).toBe(1)
    phone.confirms = true
    await page.pressTwice('保存')
    expect(sent('saveSettings')).toBe(2)
    expect(page.dom.innerHTML).not.toContain('another-key')
  })

  test('keep a key whose field was opened and left empty', async () => {
    const page = await enableJubao()
    await page.press('更换 商户密钥')
    await page.press('保存')
    expect(page.text()).toContain('内容没有修改')
    await page.type('子 AppID', 'wx0123456789abcdef')
    await page.press('保存')
    expect(phone.modals).toEqual([])
    expect(phone.calls.at(-1)?.input).toMatchObject({ fields: { subAppId: 'wx0123456789abcdef' } })
    expect(phone.calls.at(-1)?.input.fields).not.toHaveProperty('key')
  })

  test('that are optional: the confirmation lists replaced and removed values separately', async () => {
    const texts = Object.fromEntries(
      ['apiV2Key', 'apiV3Key', 'clientCertificate'].map((name) => [name, 'x'.repeat(32)]),
    )
    const fields = { ...texts, publicKey: 'x', platformCertificates: { AA11: 'x', BB22: 'x' } }
    await putSettings(phone.shop.db, sealedWith, {
      code: 'wechatpay',
      fields,
      seeded: false,
      now: 0,
      isSameAccount: () => true,
    })
    const page = await phone.open('pages/admin/provider/index', { code: 'wechatpay' })
    await page.press('更换 APIv2 密钥')
    await page.press('更换 APIv3 密钥')
    await page.type('APIv3 密钥', 'y'.repeat(32))
    await page.press('清除 商户证书和私钥')
    await page.press('清除 BB22')
    await page.press('保存')
    expect(phone.modals[0]).toMatch(/将更换：APIv3 密钥。将清除：平台证书 BB22、商户证书和私钥（自动续费）。/)
    expect(phone.calls.at(-1)?.input.fields).toEqual({
      apiV3Key: 'y'.repeat(32),
      clientCertificate: null,
      platformCertificates: { BB22: null },
    })
  })

  test('that are wrong show a message and change nothing', async () => {
    const page = await phone.open('pages/admin/provider/index', { code: 'jubao' })
    await page.type('接口地址', 'jubao.test')
    await page.press('保存并启用')
    expect(page.text()).toContain('请填写以 http:// 或 https:// 开头的地址')
    await page.type('接口地址', 'https://jubao.test')
    await page.press('保存并启用')
    expect(page.text()).toContain('保存失败')
    expect(phone.shop.db.all('settings')).toEqual([])
    expect(page.said()).not.toContain(developerText)
  })

  test('whose server does not answer show that in the test', async () => {
    const page = await enableJubao()
    await page.press('测试连接')
    expect(page.text()).toContain('无法连接支付服务')
    expect(page.text()).toContain('先检查：接口地址')
  })

  test('are switched off after a confirmation', async () => {
    const page = await enableJubao()
    await page.press('停用')
    expect(phone.modals[0]).toContain('聚宝支付')
    expect(phone.shop.db.all('settings')).toMatchObject([{ _id: 'jubao', off: true }])
    expect(page.text()).toContain('已停用，顾客无法使用')
    expect(page.text()).not.toContain('正常')
    await page.press('保存并启用')
    expect(page.text()).toContain('正常')
    expect(phone.shop.db.all('settings')).toMatchObject([{ _id: 'jubao', off: false, generation: 1 }])
  })

  test('that somebody else changed are not overwritten', async () => {
    const page = await enableJubao()
    const other = await phone.open('pages/admin/provider/index', { code: 'jubao' })
    await other.type('子 AppID', 'wx1')
    await other.press('保存')
    await page.type('子 AppID', 'wx2')
    await page.press('保存')
    expect(page.text()).toContain('其他人刚刚修改过设置')
  })

  test('are listed with their problems, for owners only', async () => {
    const page = await phone.open('pages/admin/settings/index')
    for (const text of ['本店', '未设置', '聚宝支付', '未启用']) expect(page.text()).toContain(text)
    phone.role = 'operator'
    const denied = await phone.open('pages/admin/settings/index')
    expect(denied.text()).toContain('你没有这项权限')
    expect(denied.text()).not.toContain('聚宝支付')
  })
})

describe('settings that were replaced or switched off', () => {
  const fields = { baseUrl: 'https://jubao.test', mchId: '1000258', key: 'the-key-of-this-merchant-0001' }

  const put = (changes: object) =>
    putSettings(phone.shop.db, sealedWith, {
      code: 'jubao',
      fields: { ...fields, ...changes },
      seeded: false,
      now: Date.now(),
      isSameAccount: (one, other) => (one as typeof fields).mchId === (other as typeof fields).mchId,
    })

  /** Makes unfinished payments that use this generation of the settings. */
  function keepOpen(generation: number, count: number): void {
    for (let nth = 0; nth < count; nth++) {
      const order = { _id: `order${generation}${nth}`, version: 1, openUnder: [`jubao ${generation}`] }
      phone.shop.db.put('orders', order as unknown as Order)
    }
  }

  async function twoMerchants(): Promise<OpenPage> {
    await put({})
    await put({ mchId: '2000258' })
    keepOpen(1, 2)
    return phone.open('pages/admin/provider/index', { code: 'jubao' })
  }

  test('show how much is still in progress while the provider is off', async () => {
    await put({})
    keepOpen(1, 3)
    const page = await phone.open('pages/admin/provider/index', { code: 'jubao' })
    await page.press('停用')
    expect(phone.modals[0]).toContain('不受影响')
    expect(page.text()).toContain('还有 3 笔订单进行中，不受影响')
    const list = await phone.open('pages/admin/settings/index')
    expect(list.text()).toContain('已停用')
  })

  test('are listed with their time, their merchant, and how much is in progress', async () => {
    const page = await twoMerchants()
    for (const text of ['以前的设置', '2026-03-01 12:00 更换', '其他商户', '还有 2 笔订单进行中'])
      expect(page.text()).toContain(text)
  })

  test('are restored after a confirmation', async () => {
    const page = await twoMerchants()
    phone.confirms = false
    await page.press('恢复 2026-03-01 12:00 更换')
    expect(phone.modals[0]).toContain('用于新的支付')
    expect(sent('saveSettings')).toBe(0)
    phone.confirms = true
    await page.press('恢复 2026-03-01 12:00 更换')
    expect(phone.toasts).toEqual(['已恢复'])
    expect(page.text()).toContain('同一商户')
    const now = (await readSettings(phone.shop.db, sealedWith)).get('jubao')
    expect(now).toMatchObject({ generation: 3, fields, off: false })
  })

  test('are deleted only after a confirmation that says what is lost', async () => {
    const page = await twoMerchants()
    phone.confirms = false
    await page.press('删除 2026-03-01 12:00 更换')
    expect(phone.modals[0]).toMatch(/还有 2 笔订单进行中，.*无法入账.*退款.*无法恢复/)
    expect(sent('saveSettings')).toBe(0)
    phone.confirms = true
    await page.press('删除 2026-03-01 12:00 更换')
    expect(page.text()).not.toContain('以前的设置')
    expect(phone.shop.db.all('settings')).toMatchObject([{ ended: [1] }])
  })

  test('are not deleted while a refund made with them has no result, and the page says what to do', async () => {
    const page = await twoMerchants()
    const [order] = phone.shop.db.all<Order>('orders')
    const refunds = [{ no: 'r1', paymentNo: 'p1', state: 'requested' }]
    phone.shop.db.put('orders', { ...order, payments: [{ no: 'p1', provider: 'jubao' }], refunds } as unknown as Order)
    await page.press('删除 2026-03-01 12:00 更换')
    expect(page.text()).toContain('还有 1 笔退款没有结果，暂时不能删除')
    expect(page.text()).toContain('以前的设置')
    expect(page.said()).not.toContain(developerText)
    expect(phone.shop.db.all('settings')).toMatchObject([{ older: [{ generation: 1 }] }])
  })

  test('can be deleted if they are off, but not while they are in force', async () => {
    await put({})
    const page = await phone.open('pages/admin/provider/index', { code: 'jubao' })
    expect(page.has('永久删除这组设置')).toBe(false)
    await page.press('停用')
    await page.press('永久删除这组设置')
    expect(phone.modals[1]).toContain('无法在此退款')
    expect(page.has('永久删除这组设置')).toBe(false)
    expect(phone.shop.db.all('settings')).toMatchObject([{ off: true, ended: [1] }])
  })
})

describe('the notice address', () => {
  test.each(['midas', 'paymax'])('of %s is shown for its console, and is copied', async (code) => {
    await putSettings(phone.shop.db, sealedWith, {
      code: 'shop',
      fields: { publicUrl: 'http://shop.test' },
      seeded: false,
      now: 0,
      isSameAccount: () => true,
    })
    const page = await phone.open('pages/admin/provider/index', { code })
    expect(page.text()).toContain(`http://shop.test/notify/${code}`)
    await page.press('复制 通知地址')
    expect(phone.clipboard).toBe(`http://shop.test/notify/${code}`)
  })
})

describe('the test of settings', () => {
  const fill = async (): Promise<OpenPage> => {
    const page = await phone.open('pages/admin/provider/index', { code: 'jubao' })
    await page.type('接口地址', 'https://jubao.test')
    await page.type('商户号', '1000258')
    await page.type('商户密钥', 'the-key-of-this-merchant-0001')
    return page
  }

  test('tries the typed values before anything is stored', async () => {
    const page = await fill()
    await page.press('测试连接')
    expect(phone.calls.at(-1)).toMatchObject({
      action: 'testSettings',
      input: { code: 'jubao', fields: { baseUrl: 'https://jubao.test', mchId: '1000258' } },
    })
    expect(page.text()).toContain('无法连接支付服务')
    expect(phone.shop.db.all('settings')).toEqual([])
  })

  test('that failed shows no good result beside it, saved or not, until something else is typed', async () => {
    const page = await fill()
    await page.press('保存并启用')
    expect(page.text()).toContain('正常')
    await page.type('子 AppID', 'wx1')
    await page.press('测试连接')
    expect(page.text()).toContain('测试未通过')
    expect(page.text()).not.toContain('正常')
    phone.confirms = false
    await page.press('保存')
    expect(phone.modals[0]).toContain('未通过测试')
    expect(sent('saveSettings')).toBe(1)
    phone.confirms = true
    await page.press('保存')
    expect(sent('saveSettings')).toBe(2)
    expect(page.text()).not.toContain('正常')
    await page.type('子 AppID', 'wx2')
    expect(page.text()).toContain('正常')
    expect(page.text()).not.toContain('测试未通过')
  })

  test('sends no request while nothing is filled in', async () => {
    const page = await phone.open('pages/admin/provider/index', { code: 'jubao' })
    await page.press('测试连接')
    expect(page.text()).toContain('请先填写设置')
    expect(sent('testSettings')).toBe(0)
  })
})

describe('the address for notices', () => {
  test.each(['midas', 'paymax'])('of %s is shown on its page and can be copied', async (code) => {
    await phone.keepShop()
    const page = await phone.open('pages/admin/provider/index', { code })
    expect(page.text()).toContain(`http://shop.test/notify/${code}`)
    await page.press('复制 通知地址')
    expect(phone.clipboard).toBe(`http://shop.test/notify/${code}`)
    expect(phone.toasts).toEqual(['已复制'])
  })

  test.each(['wechatpay', 'jubao', 'wisecashier', 'unified', 'shop'])(
    'is not shown on the page of %s, which does not need it',
    async (code) => {
      await phone.keepShop()
      const page = await phone.open('pages/admin/provider/index', { code })
      expect(page.text()).not.toContain('通知地址')
    },
  )
})

describe('a key that the provider refuses', () => {
  async function refused(): Promise<void> {
    await phone.keepShop()
    await putSettings(phone.shop.db, sealedWith, {
      code: 'jubao',
      fields: { baseUrl: 'https://jubao.test', mchId: '1000258', key: 'the-key-of-this-merchant-0001' },
      seeded: false,
      now: Date.now(),
      isSameAccount: () => true,
    })
    const at = Date.now()
    phone.shop.db.put<KeptNotice>('notices', {
      _id: 'keysRefused-jubao-1-key',
      version: 1,
      kind: 'keysRefused',
      provider: 'jubao',
      orderNo: null,
      reason: 'key',
      count: 1,
      firstAt: at,
      at,
      samples: [],
      dismissedAt: null,
    })
  }

  test('is red in the list and on its page, which say what to do, until somebody dismisses it', async () => {
    await refused()
    const list = await phone.open('pages/admin/settings/index')
    expect(list.text()).toContain('密钥被拒绝')
    const page = await phone.open('pages/admin/provider/index', { code: 'jubao' })
    expect(page.text()).toContain('自 2026-03-01 12:00 起，本店密钥被支付服务拒绝，顾客无法付款。请先检查：商户密钥')
    expect(page.text()).not.toContain('正常')
    await page.press('知道了')
    expect(page.text()).toContain('正常')
    expect(page.text()).not.toContain('本店密钥被支付服务拒绝')
  })

  test('is shown on Today for owners with a link to its page, and for others among the notifications', async () => {
    await refused()
    const today = await phone.open('pages/admin/today/index')
    expect(today.text()).toContain('聚宝支付自 2026-03-01 12:00 起不再接受本店密钥')
    await today.press('聚宝支付自 2026-03-01 12:00 起不再接受本店密钥')
    expect(phone.went).toEqual(['/pages/admin/provider/index?code=jubao'])
    phone.role = 'operator'
    const theirs = await phone.open('pages/admin/today/index')
    expect(theirs.text()).toContain('1 条支付异常：密钥被拒绝')
    const notices = await phone.open('pages/admin/notices/index')
    expect(notices.text()).toContain('商户密钥')
    expect(notices.text()).toContain('请店主到“支付设置”')
  })

  test('is gone when the settings are saved again', async () => {
    await refused()
    const page = await phone.open('pages/admin/provider/index', { code: 'jubao' })
    await page.press('更换 商户密钥')
    await page.type('商户密钥', 'another-key-of-this-merchant-1')
    await page.press('保存')
    expect(page.text()).toContain('正常')
    expect(phone.shop.db.all<KeptNotice>('notices')).toMatchObject([{ dismissedAt: expect.any(Number), note: 'saved' }])
  })
})

describe('the shop’s own settings', () => {
  const secret = 'app-secret-of-the-account-000001'

  async function withAccount(): Promise<OpenPage> {
    await phone.keepShop()
    const page = await phone.open('pages/admin/provider/index', { code: 'shop' })
    await page.type('公众号 AppID', 'wx0123456789abcdef')
    await page.type('公众号 AppSecret', secret)
    await page.press('保存')
    return page
  }

  test('accept an official account, and never show its secret again', async () => {
    const page = await withAccount()
    expect(phone.calls.at(-1)?.input).toMatchObject({
      fields: { officialAccount: { appId: 'wx0123456789abcdef', appSecret: secret } },
    })
    expect(page.text()).toContain('正常')
    const again = await phone.open('pages/admin/provider/index', { code: 'shop' })
    expect(again.text()).toContain('公众号 AppSecret · 选填')
    expect(again.dom.innerHTML).not.toContain(secret)
  })

  test('send the account’s secret to another address only if it is typed again', async () => {
    const page = await withAccount()
    await page.type('公众号接口地址', 'https://elsewhere.test')
    await page.press('保存')
    expect(page.text()).toContain('接口地址已修改，请重新填写此项')
    expect(sent('saveSettings')).toBe(1)
  })

  test('ask for the missing half of an account', async () => {
    await phone.keepShop()
    const page = await phone.open('pages/admin/provider/index', { code: 'shop' })
    await page.type('公众号 AppID', 'wx0123456789abcdef')
    await page.press('保存')
    const [marked] = [...page.dom.querySelectorAll('wx-view')].filter((node) => node.textContent === '必填项')
    expect(marked?.parentElement?.textContent).toContain('公众号 AppSecret')
  })

  test('take the sites that may use the payment, and refuse what is no origin', async () => {
    await phone.keepShop()
    const page = await phone.open('pages/admin/provider/index', { code: 'shop' })
    await page.type('可通过本店收款的其他网站', 'https://www.example.com/shop')
    await page.press('保存')
    expect(page.text()).toContain('内容有误，请检查')
    await page.type('可通过本店收款的其他网站', 'https://www.example.com, https://race.example')
    await page.press('保存')
    expect(phone.calls.at(-1)?.input).toMatchObject({
      fields: { sites: ['https://www.example.com', 'https://race.example'] },
    })
    expect(page.text()).toContain('正常')
  })

  test.each(['shop', 'midas', 'jubao', 'paymax', 'wisecashier', 'unified', 'wechatpay', 'virtualpay'])(
    'of %s have a name for each field',
    async (code) => {
      await phone.keepShop()
      const page = await phone.open('pages/admin/provider/index', { code })
      const names = [...page.dom.querySelectorAll('*')].flatMap(
        ({ textContent }) => /^([^·]+) · (?:必填|选填)$/.exec(textContent ?? '')?.[1] ?? [],
      )
      expect(names.length).toBeGreaterThan(3)
      // A setting without a label would show its internal name, which begins with a lower-case letter.
      expect(names.filter((name) => /^[a-z]/.test(name))).toEqual([])
    },
  )

  test('have a field for each limit', async () => {
    await phone.keepShop()
    const page = await phone.open('pages/admin/provider/index', { code: 'shop' })
    await page.type('每位顾客的待支付订单数', '501')
    await page.press('保存')
    expect(page.text()).toContain('请填写 1 到 500 之间的整数，留空则默认 20')
    await page.type('每位顾客的待支付订单数', '30')
    await page.press('保存')
    expect(phone.calls.at(-1)?.input).toMatchObject({ fields: { limits: { openOrders: 30 } } })
    expect(page.said()).not.toContain('object')
  })
})

describe('a field that is wrong', () => {
  const openShop = async (): Promise<OpenPage> => {
    await phone.keepShop()
    return phone.open('pages/admin/provider/index', { code: 'shop' })
  }

  test.each(['0', '1441', '-5', '1.5', 'abc'])(
    'such as %s minutes for an order is marked with its rule and default',
    async (text) => {
      const page = await openShop()
      await page.type('订单支付时限（分钟）', text)
      await page.press('保存')
      expect(page.text()).toContain('请填写 1 到 1440 之间的整数，留空则默认 30')
      expect(sent('saveSettings')).toBe(0)
    },
  )

  test('with choices says which one applies when none is chosen', async () => {
    const page = await openShop()
    expect(page.text()).toContain('默认 人工处理')
  })

  test('is also marked by the server, if the phone does not know the rule', async () => {
    const page = await openShop()
    await page.type('扣款失败后第几天重试', '5,3,1')
    await page.press('保存')
    expect(sent('saveSettings')).toBe(1)
    expect(page.text()).toContain('请填写从小到大的整数，用逗号隔开，留空则默认 1,3,5')
    expect(page.text()).toContain('保存失败')
  })

  test.each([
    ['商户密钥', '', '必填项'],
    ['接口地址', 'https://jubao.test/', '请填写以 http:// 或 https:// 开头的地址，结尾不带斜杠'],
  ])('says why: %s', async (label, text, rule) => {
    const page = await phone.open('pages/admin/provider/index', { code: 'jubao' })
    await page.type('接口地址', 'https://jubao.test')
    await page.type('商户号', '1000258')
    await page.type(label, text)
    for (const button of ['测试连接', '保存并启用']) {
      await page.press(button)
      const [marked] = [...page.dom.querySelectorAll('wx-view')].filter((node) => node.textContent === rule)
      expect(marked?.parentElement?.textContent).toContain(label)
    }
  })

  test('with a key says which kind of key is needed', async () => {
    const page = await phone.open('pages/admin/provider/index', { code: 'midas' })
    await page.type('接口地址', 'https://midas.test')
    await page.type('OfferId', '1450000000')
    await page.type('AppKey', 'an-app-key-of-this-offer-1')
    await page.press('保存并启用')
    expect(page.text()).toContain('必填项')
    expect(page.said()).not.toContain(developerText)
  })

  test('that is stored is marked when the page opens', async () => {
    await putSettings(phone.shop.db, sealedWith, {
      code: 'shop',
      fields: { publicUrl: 'http://shop.test', orderMinutes: 0 },
      seeded: false,
      now: 0,
      isSameAccount: () => true,
    })
    const page = await phone.open('pages/admin/provider/index', { code: 'shop' })
    expect(page.text()).toContain('请填写 1 到 1440 之间的整数，留空则默认 30')
  })

  test('is not named when too many earlier settings are kept', async () => {
    for (let nth = 0; nth < 13; nth++)
      await putSettings(phone.shop.db, sealedWith, {
        code: 'jubao',
        fields: { baseUrl: 'https://jubao.test', mchId: String(1_000 + nth), key: 'the-key-of-this-merchant-0001' },
        seeded: false,
        now: Date.now(),
        isSameAccount: () => false,
      })
    const page = await phone.open('pages/admin/provider/index', { code: 'jubao' })
    await page.type('商户号', '2000')
    await page.press('保存')
    expect(page.text()).toContain('以前的设置过多，请先删除一组')
  })
})
