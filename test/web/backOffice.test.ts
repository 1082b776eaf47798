// The back office at a browser, in Chromium: staff sign in by a code from the mini-program, work, and are signed out.
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import type { AdminResults } from '../../cloudfunctions/shared/api/admin'
import { adminOf } from '../support/adminCall'
import { openAdmin, screens } from '../support/adminWalk'
import { dataOf } from '../support/startCloud'
import { openStage, type Stage } from '../support/walk'

const patienceMs = 20_000
const texts = {
  zh: {
    locale: 'zh-CN',
    scan: '扫一扫',
    ok: '确定',
    asks: '有浏览器请求登录你的商家后台',
    confirm: '确认登录',
    qrCode: '登录二维码',
    refund: '退款',
    reason: /退款原因/,
    signOut: /^退出登录 小王/,
    signOutNow: '退出登录',
    heading: '登录商家后台',
  },
  en: {
    locale: 'en-US',
    scan: 'Scan QR code',
    ok: 'OK',
    asks: 'A browser wants to sign in to your back office',
    confirm: 'Sign in',
    qrCode: 'Sign-in QR code',
    refund: 'Refund',
    reason: /Reason/,
    signOut: /^Sign out 小王/,
    signOutNow: 'Sign out',
    heading: 'Sign in to the back office',
  },
}

let stage: Stage
let serial = 0
beforeAll(async () => {
  stage = await openStage()
}, 120_000)
afterAll(() => stage.close())

/** Hires somebody who may refund. */
async function hire(): Promise<string> {
  const admin = adminOf(stage.cloud, [])
  serial += 1
  const openid = `oMiniCashier_operator_${serial}00`
  const invite = { role: 'operator', name: '小王', refundLimitFen: 100_000 }
  const { code } = dataOf(await admin('staff', { invite } as never)) as AdminResults['staff']
  dataOf(await admin('claim', { code } as never, openid))
  return openid
}

async function paidOrder(): Promise<string> {
  const { orderNo } = await stage.cloud.newOrder()
  await stage.cloud.pay(orderNo)
  await stage.cloud.advance(1_000)
  expect((await stage.cloud.stored(orderNo)).state).toBe('paid')
  return orderNo
}

test.each(screens)(
  'staff sign in by scanning, refund, and are signed out by the owner ($lang, $width px)',
  async (screen) => {
    const { lang, width } = screen
    const t = texts[lang]
    const operator = await hire()
    const orderNo = await paidOrder()
    const context = await stage.browser.newContext({ viewport: { width, height: 844 }, locale: t.locale })
    const pc = await context.newPage()
    pc.setDefaultTimeout(patienceMs)
    const errors: string[] = []
    pc.on('pageerror', (error) => errors.push(String(error)))
    pc.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) errors.push(message.text())
    })
    await pc.goto(`${stage.cloud.url}/web/admin/pages/admin/order/index?orderNo=${orderNo}`)
    await pc.getByRole('img', { name: t.qrCode }).waitFor()
    const code = (await pc.locator('.sign-in__code').textContent())?.replace(' ', '') ?? ''
    await picture(pc, `sign-in-${lang}-${width}`)

    const phone = await openAdmin(stage, { ...screen, width: 390 }, { path: 'sessions/index', as: operator })
    await phone.press(t.scan)
    await phone.page.getByRole('dialog').locator('input').fill(`mini-cashier-sign-in:${code}`)
    await phone.page.getByRole('dialog').getByRole('button', { name: t.ok }).click()
    await phone.sees(t.asks)
    await phone.sees('Chrome, Linux')
    await picture(phone.page, `confirm-${lang}-${width}`)
    await phone.press(t.confirm)

    // The page that was asked for opens without another load.
    await pc.getByRole('button', { name: t.refund, exact: true }).first().waitFor()
    expect(pc.url()).toContain(`orderNo=${orderNo}`)
    await picture(pc, `order-${lang}-${width}`)
    await pc.getByRole('button', { name: t.refund, exact: true }).first().click()
    await pc.getByLabel(t.reason).locator('input').fill('茶杯有裂痕')
    await pc.getByRole('button', { name: t.refund, exact: true }).first().click()
    await pc.getByRole('dialog').getByRole('button', { name: t.refund }).click()
    await pc.getByText('茶杯有裂痕').first().waitFor()
    expect((await stage.cloud.stored(orderNo)).refunds).toMatchObject([{ amountFen: 17_200, by: operator }])
    await phone.page.reload()
    await picture(phone.page, `sessions-${lang}-${width}`)

    const boss = await openAdmin(stage, screen, { path: 'staff/index' })
    await picture(boss.page, `people-${lang}-${width}`)
    await boss.press(t.signOut)
    await boss.page.getByRole('dialog').getByRole('button', { name: t.signOutNow }).click()
    await boss.sees(/./)
    await pc.reload()
    await pc.getByRole('heading', { name: t.heading }).waitFor()
    await Promise.all([phone.end(), boss.end(), context.close()])
    expect(errors).toEqual([])
  },
)

/** For the eyes: kept only when SCREENS names a folder. */
async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env.SCREENS
  if (folder !== undefined) await page.screenshot({ path: join(folder, `${name}.png`) })
}
