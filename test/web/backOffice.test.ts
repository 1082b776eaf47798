// Tests the back office in a browser, in Chromium: staff sign in with a code that they confirm in the mini-program,
// work, and sign out.
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import type { AdminResults } from '../../cloudfunctions/shared/api/admin'
import { adminOf } from '../support/adminCall'
import { openAdmin, screens } from '../support/browser/adminWalk'
import { openStage, openTab, type Stage } from '../support/browser/walk'
import { dataOf } from '../support/startCloud'

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

/** Adds a staff member who may refund. */
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
    const options = { viewport: { width, height: 844 }, locale: t.locale }
    const { context, page: pc, errors } = await openTab(stage, options)
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

    // The requested page opens right after the sign-in, without another load.
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
    await boss.page.getByRole('button', { name: t.signOut }).waitFor({ state: 'detached' })
    await pc.reload()
    await pc.getByRole('heading', { name: t.heading }).waitFor()
    await Promise.all([phone.end(), boss.end(), context.close()])
    expect(errors).toEqual([])
  },
)

/** Opens a page of the back office as the owner at a PC. */
async function atDesk(path: string, { width = 1280, lang = 'en' as 'zh' | 'en' } = {}) {
  const { context, page, errors } = await openTab(stage, {
    viewport: { width, height: 844 },
    locale: texts[lang].locale,
  })
  await page.goto(`${stage.cloud.url}/web/admin/pages/admin/${path}`)
  await page.getByRole('img', { name: texts[lang].qrCode }).waitFor()
  const code = (await page.locator('.sign-in__code').textContent())?.replace(' ', '')
  dataOf(await adminOf(stage.cloud)('sessions', { confirm: code }))
  await page.getByRole('button', { name: texts[lang].signOutNow }).waitFor()
  return {
    page,
    context,
    async end() {
      await context.close()
      expect(errors).toEqual([])
    },
  }
}

test('by keyboard: / finds, the arrows move, Enter opens; a link opens in a tab of its own', async () => {
  const orderNo = await paidOrder()
  const desk = await atDesk('orders/index')
  const { page, context } = desk
  const row = page.getByRole('link', { name: new RegExp(orderNo.slice(-8)) })
  await row.waitFor()
  await page.keyboard.press('/')
  expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('INPUT')
  await page.keyboard.type(orderNo.slice(-8))
  await page.keyboard.press('Enter')
  await page.waitForFunction(
    () => document.querySelectorAll('.host-page:not([hidden]) [role="link"][aria-label*="¥"]').length === 1,
  )
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowUp')
  await page.keyboard.press('Enter')
  await page.waitForURL(`**/web/admin/pages/admin/order/index?orderNo=${orderNo}`)
  await page.goBack()
  await row.hover()
  expect(await row.locator('a').getAttribute('href')).toBe(`/web/admin/pages/admin/order/index?orderNo=${orderNo}`)
  // Record what the browser would do with the click, because Chromium cannot open a second window in every environment.
  await page.evaluate(() => {
    const once = { capture: true, once: true }
    const hear = (event: MouseEvent) => {
      document.title = event.defaultPrevented ? 'prevented' : 'opens a tab'
      event.preventDefault()
    }
    window.addEventListener('click', hear, once)
  })
  await row.click({ modifiers: ['Control'] })
  expect(await page.title()).toBe('opens a tab')
  // The click opened a new tab, so the first tab still shows its page.
  expect(page.url()).toContain('/orders/index')
  const tab = await context.newPage()
  await tab.goto(`${stage.cloud.url}/web/admin/pages/admin/order/index?orderNo=${orderNo}`)
  await tab.getByText('¥172.00').first().waitFor()
  await tab.close()
  await row.click()
  await page.waitForURL(`**/order/index?orderNo=${orderNo}`)
  await desk.end()
})

test('an order is printed without what can only be pressed', async () => {
  const orderNo = await paidOrder()
  const desk = await atDesk(`order/index?orderNo=${orderNo}`)
  const { page } = desk
  await page.getByText('¥172.00').first().waitFor()
  await page.emulateMedia({ media: 'print' })
  expect(await page.getByRole('button', { name: 'Print' }).isVisible()).toBe(false)
  expect(await page.getByRole('navigation').first().isVisible()).toBe(false)
  expect(await page.getByText('¥172.00').first().isVisible()).toBe(true)
  await picture(page, 'print')
  await desk.end()
})

test('a key is dropped as a file on its field; another file, or one beside a field, changes nothing', async () => {
  const desk = await atDesk('provider/index?code=wechatpay')
  const { page } = desk
  await page.getByRole('button', { name: 'Replace Merchant private key' }).click()
  const field = page.getByLabel('Merchant private key').locator('textarea, input').first()
  await field.waitFor()
  const drop = (selector: 'field' | 'page', name: string, content: string) =>
    field.evaluate(
      (element, wanted) => {
        const dataTransfer = new DataTransfer()
        dataTransfer.items.add(new File([wanted.content], wanted.name))
        const target = wanted.selector === 'field' ? element : document.body
        return target.dispatchEvent(new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer }))
      },
      { selector, name, content },
    )
  // `drop` returns false if the page prevents the browser from leaving the page to show the dropped file.
  expect(await drop('page', 'key.pem', 'key')).toBe(false)
  expect(await drop('field', 'picture.png', 'PNG\0')).toBe(false)
  await page.getByText(/can’t be used here/).waitFor()
  expect(await field.inputValue()).toBe('')
  await drop('field', 'key.pem', '-----BEGIN PRIVATE KEY-----AAAA-----END PRIVATE KEY-----\n')
  await page.waitForFunction(
    (element) => (element as HTMLTextAreaElement).value.startsWith('-----BEGIN'),
    await field.elementHandle(),
  )
  await desk.end()
})

const pages = [
  'today',
  'orders',
  'notices',
  'bills',
  'contracts',
  'goods',
  'exports',
  'endpoints',
  'deliveries',
  'staff',
  'sessions',
  'audit',
  'settings',
]

test.each(['zh', 'en'] as const)('every page works at a PC, and uses its width (%s)', async (lang) => {
  await paidOrder()
  const desk = await atDesk('today/index', { lang })
  const { page } = desk
  for (const name of pages) {
    await page.goto(`${stage.cloud.url}/web/admin/pages/admin/${name}/index`)
    await page.getByRole('navigation').first().getByRole('link').nth(3).waitFor()
    await page.waitForFunction(() => document.querySelector('.t-loading') === null)
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(1280)
    expect(await page.getByRole('alert').count()).toBe(0)
    await picture(page, `page-${name}-${lang}`)
  }
  await desk.end()
})

/** Takes a screenshot for a person to look at, if the variable SCREENS names a folder. */
async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env.SCREENS
  if (folder !== undefined) await page.screenshot({ path: join(folder, `${name}.png`) })
}
