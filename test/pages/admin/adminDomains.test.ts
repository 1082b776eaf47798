// Tests the pages on which owners connect other systems: one tap adds one system, its secret shows once, and a wrong
// field is named.
import type { PayDomain } from '../../../cloudfunctions/shared/domain/requests/payDomain'
import { createPhone, type OpenPage, type Phone } from '../../support/openPage'

let phone: Phone
beforeEach(() => {
  jest.useFakeTimers({ now: Date.parse('2026-03-01T04:00:00Z') })
  phone = createPhone()
  phone.role = 'owner'
})
afterEach(() => jest.clearAllTimers())

const domains = (): PayDomain[] => phone.shop.db.all<PayDomain>('domains')

async function newDomain(changes: Record<string, string> = {}): Promise<OpenPage> {
  const page = await phone.open('pages/admin/domain/index')
  const typed = {
    '代码（domainCode）': 'race',
    '名称（顾客付款时看到）': '城市马拉松',
    付款后返回的地址: 'https://race.example http://127.0.0.1:8080',
    '接收结果的地址（bgUrl）': 'https://race.example/paid',
    ...changes,
  }
  for (const [label, text] of Object.entries(typed)) await page.type(label, text)
  return page
}

test('a new system is added once, and its secret is shown on this page only', async () => {
  const page = await newDomain()
  await page.pressTwice('保存')
  expect(domains()).toMatchObject([
    {
      _id: 'race',
      name: '城市马拉松',
      origins: ['https://race.example', 'http://127.0.0.1:8080'],
      hosts: ['https://race.example/paid'],
      channels: ['Wechat'],
      rates: ['', '*'],
      requestChannels: ['', '*'],
      signature: 'values',
      state: 'open',
    },
  ])
  expect(page.text()).toContain('离开本页后不再显示')
  const again = await phone.open('pages/admin/domain/index', { code: 'race' })
  expect(again.text()).not.toContain('离开本页后不再显示')
  expect((await phone.open('pages/admin/domains/index')).text()).toContain('城市马拉松')
})

test.each([
  ['代码（domainCode）', '1race', '须以字母开头'],
  ['付款后返回的地址', 'race.example', '请填写以 http:// 或 https:// 开头的地址'],
  ['接收结果的地址（bgUrl）', 'https://race.example/paid?x=1', '请填写以 http:// 或 https:// 开头的地址'],
  ['汇率（rate）', 'six', '请用逗号分开各个值'],
  ['渠道值（requestChannel）', 'a1', '请用逗号分开各个值'],
])('%s "%s" is refused beside its field', async (label, text, words) => {
  const page = await newDomain({ [label]: text })
  await page.press('保存')
  expect(page.text()).toContain(words)
  expect(domains()).toEqual([])
})

test('a result address that also covers the return addresses is refused with a sentence', async () => {
  const page = await newDomain({ '接收结果的地址（bgUrl）': 'https://race.example' })
  await page.press('保存')
  expect(page.text()).toContain('请填写单独的路径')
  expect(domains()).toEqual([])
})

test('a secret is replaced and the old one ended after a question; the system is switched off and on', async () => {
  const page = await newDomain()
  await page.press('保存')
  const [before] = domains()
  await page.press('更换密钥')
  expect(phone.modals.at(-1)).toContain('新旧密钥同时有效')
  expect(page.text()).toContain('该系统还在使用旧密钥')
  const [during] = domains()
  expect(during?.secret).toBe(before?.secret)
  await page.press('停用旧密钥')
  expect(domains()[0]).toMatchObject({ secret: during?.nextSecret, nextSecret: null })
  await page.press('停用')
  expect(domains()[0]?.state).toBe('closed')
  await page.press('启用')
  expect(domains()[0]?.state).toBe('open')
})

test('a person who is not the owner sees neither page', async () => {
  await (await newDomain()).press('保存')
  phone.role = 'operator'
  for (const path of ['pages/admin/domain/index', 'pages/admin/domains/index'])
    expect((await phone.open(path, { code: 'race' })).text()).not.toContain('城市马拉松')
})
