// Puts HTML markup into every text of the server's replies. The pages of the shop and the back office must show it as
// text and never as an element. Runs in Chromium without the website's content security policy, so that only the pages
// themselves protect.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { adminOf } from '../support/adminCall'
import { openStage, patienceMs, type Stage } from '../support/browser/walk'
import { webShoppers } from '../support/browser/webShoppers'
import { dataOf } from '../support/startCloud'

const markup = `"'><img class="planted" src="x" onerror="document.title='planted'"><script>document.title='planted'</script>`
// Fields that people fill in. Other fields are numbers, ids, addresses and our own words, which pages compare.
const written =
  /^(title|titleEn|name|nameEn|note|noteEn|reason|detail|text|words|message|by|description|goods|company|displayName|itemDesc|product|who|told|error)$/

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
}, 120_000)
afterAll(() => stage?.close())

/** The same value, but with markup in each text that a person wrote. */
function planted(value: unknown, field = ''): unknown {
  if (typeof value === 'string') return written.test(field) || /\p{Script=Han}/u.test(value) ? value + markup : value
  if (Array.isArray(value)) return value.map((one) => planted(one, field))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, planted(one, name)]))
}

async function openPlanted(): Promise<{ page: Page; close(): Promise<void> }> {
  const context = await stage.browser.newContext({
    viewport: { width: 1280, height: 844 },
    locale: 'zh-CN',
    bypassCSP: true,
  })
  const page = await context.newPage()
  page.setDefaultTimeout(patienceMs)
  await page.route('**/web/call/*', async (route) => {
    const response = await route.fetch()
    const reply = (await response.json()) as { data?: unknown }
    await route.fulfill({ response, json: { ...reply, data: planted(reply.data) } })
  })
  return { page, close: () => context.close() }
}

/** Waits until a page of the app has shown its data. @returns whether it shows planted text */
async function look(page: Page, path: string): Promise<boolean> {
  await page.goto(stage.cloud.url + path)
  await page.locator('.wx-page').filter({ visible: true }).first().waitFor()
  await page.waitForLoadState('networkidle')
  const found = await page.evaluate(() => ({
    title: document.title,
    elements: document.querySelectorAll('img.planted').length,
    shows: (document.body.textContent ?? '').includes('<img class="planted"'),
  }))
  expect({ path, elements: found.elements, isRun: found.title === 'planted' }).toEqual({
    path,
    elements: 0,
    isRun: false,
  })
  return found.shows
}

const pagesOf = (root: string): string[] => {
  const app = JSON.parse(readFileSync(join(__dirname, '../../miniprogram/app.json'), 'utf8'))
  return root === '' ? app.pages : app.subPackages[0].pages.map((one: string) => `${root}/${one}`)
}

it('the shop’s pages show it as text', async () => {
  const shoppers = webShoppers(stage.cloud)
  const browser = await shoppers.open('pc')
  const orderNo = await shoppers.order(browser)
  const [name = '', value = ''] = browser.cookie.split('=')
  const { page, close } = await openPlanted()
  await page.context().addCookies([{ name, value, url: stage.cloud.url }])
  const query: Record<string, string> = { 'pages/order/index': `?orderNo=${orderNo}` }
  const shown: string[] = []
  for (const one of pagesOf('')) if (await look(page, `/web/${one}${query[one] ?? ''}`)) shown.push(one)
  expect(shown).toEqual(
    expect.arrayContaining(['pages/shop/index', 'pages/orders/index', 'pages/order/index', 'pages/plans/index']),
  )
  await close()
}, 120_000)

it('the back office’s pages show it as text', async () => {
  const { orderNo } = await stage.cloud.newOrder()
  await stage.cloud.pay(orderNo)
  await stage.cloud.advance(1_000)
  const admin = adminOf(stage.cloud)
  const refund = { orderNo, paymentNo: `${orderNo}01`, amountFen: 100, requestId: 'planted-1', reason: '杯子碎了' }
  dataOf(await admin('refund', refund))
  await stage.cloud.advance(21 * 60_000)
  const { page, close } = await openPlanted()
  await page.goto(`${stage.cloud.url}/web/admin/pages/admin/today/index`)
  await page.getByRole('img', { name: '登录二维码' }).waitFor()
  const code = (await page.locator('.sign-in__code').textContent())?.replace(' ', '')
  dataOf(await admin('sessions', { confirm: code }))
  await page.getByRole('button', { name: '退出登录' }).first().waitFor()
  const query: Record<string, string> = {
    order: `?orderNo=${orderNo}`,
    product: '?sku=gaiwan',
    plan: '?plan=monthly',
    provider: '?code=midas',
    domain: '?code=test',
  }
  const shown: string[] = []
  for (const one of pagesOf('pages/admin')) {
    const name = one.split('/')[2] ?? ''
    if (await look(page, `/web/admin/${one}${query[name] ?? ''}`)) shown.push(name)
  }
  expect(shown).toEqual(expect.arrayContaining(['today', 'orders', 'order', 'staff', 'audit', 'goods']))
  await close()
}, 240_000)
