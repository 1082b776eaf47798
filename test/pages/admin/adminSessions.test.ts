// Tests the page on which staff confirm a sign-in at a computer. It shows which browser asks before staff confirm
// anything.
import { beginLogin, type LoginKey, takeLogin } from '../../../cloudfunctions/shared/store/signIn/logins'
import { beginStaffSession } from '../../../cloudfunctions/shared/store/signIn/sessions'
import { createPhone, type Phone } from '../../support/openPage'

let phone: Phone
beforeEach(() => {
  jest.useFakeTimers({ now: Date.parse('2026-03-01T04:00:00Z') })
  phone = createPhone()
  phone.role = 'viewer'
})
afterEach(() => jest.clearAllTimers())

const look = { place: 'pc', browser: 'Chrome, Windows', address: '203.0.113.7' } as const
const begin = () => beginLogin(phone.shop.db, { ...look, now: phone.shop.ctx.now() })
const states = async (key: LoginKey) => takeLogin(phone.shop.db, key, phone.shop.ctx.now())
const open = () => phone.open('pages/admin/sessions/index')

test('a code that is typed in any way shows which browser asks; only then it is confirmed', async () => {
  const { code, key } = await begin()
  const page = await open()
  await page.type('登录码', ` ${code.slice(0, 4).toLowerCase()} ${code.slice(4)}`)
  await page.press('下一步')
  expect(page.text()).toContain('有浏览器请求登录')
  expect(page.text()).toContain('Chrome, Windows')
  expect(page.text()).toContain('203.0.113.7')
  expect(await states(key)).toBe('waiting')
  await page.press('确认登录')
  expect(await states(key)).toEqual({ openid: phone.staffOpenid })
})

test('a person who cancels confirms nothing', async () => {
  const { code, key } = await begin()
  const page = await open()
  await page.type('登录码', code)
  await page.press('下一步')
  await page.press('取消')
  expect(await states(key)).toBe('waiting')
  expect(page.text()).not.toContain('有浏览器请求登录')
})

test.each([
  ['ABC', '登录码为 8 位字母和数字'],
  ['BCDF2345', '登录码错误或已过期'],
])('the page says that the code %s is wrong', async (code, says) => {
  const page = await open()
  await page.type('登录码', code)
  await page.press('下一步')
  expect(page.text()).toContain(says)
})

test('own browsers are listed, and signed out after a question', async () => {
  const { db, ctx } = phone.shop
  for (const openid of [phone.staffOpenid, 'somebody-else'])
    await beginStaffSession(db, { openid, place: 'pc', browser: 'Firefox, Linux', now: ctx.now() })
  const page = await open()
  expect(page.text()).toContain('Firefox, Linux')
  await page.press('退出 Firefox, Linux · 电脑')
  expect(phone.modals).toHaveLength(1)
  expect(page.text()).toContain('暂无')
  expect(db.all('sessions')).toHaveLength(1)
})
