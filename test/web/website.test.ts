// Tests the shop as a website in Chromium: the mini-program's own pages with real calls, under the server's content
// security policy.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { BrowserContext, Page } from 'playwright-core'
import { wechatAgent } from '../../tools/sandbox/wechat/wechatBrowser'
import { openStage, openTab, patienceMs, type Stage } from '../support/browser/walk'

const texts = {
  zh: {
    locale: 'zh-CN',
    add: /增加/,
    checkout: '去结算',
    more: '更多支付方式',
    code: /微信扫码/,
    pay: /^支付/,
    codeName: '付款二维码',
    retry: '重新加载',
  },
  en: {
    locale: 'en-US',
    add: /Add/,
    checkout: 'Check out',
    more: 'More payment methods',
    code: /WeChat Pay QR code/,
    pay: /^Pay/,
    codeName: 'Payment QR code',
    retry: 'Reload',
  },
}
type Language = keyof typeof texts

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
}, 120_000)
afterAll(() => stage.close())

interface Visit {
  page: Page
  context: BrowserContext
  press(name: string | RegExp, role?: 'button' | 'radio'): Promise<void>
  /** Closes the page. @throws if the console or the content security policy reported an error */
  end(): Promise<void>
}

async function visit(path: string, { lang = 'zh' as Language, width = 390 } = {}): Promise<Visit> {
  const { context, page, errors } = await openTab(stage, {
    viewport: { width, height: 844 },
    locale: texts[lang].locale,
  })
  await page.goto(stage.cloud.url + path)
  return {
    page,
    context,
    press: (name, role = 'button') => page.getByRole(role, { name }).filter({ visible: true }).first().click(),
    async end() {
      await context.close()
      expect(errors).toEqual([])
    },
  }
}

const screens = (['zh', 'en'] as const).flatMap((lang) => [390, 1280].map((width) => ({ lang, width })))

test.each(screens)('a shopper orders, reloads, goes back and forward ($lang, $width px)', async ({ lang, width }) => {
  const t = texts[lang]
  const shopper = await visit('/web/', { lang, width })
  const { page } = shopper
  await shopper.press(t.add)
  await picture(page, `shop-${lang}-${width}`)
  expect(new URL(page.url()).pathname).toBe('/web/pages/shop/index')
  expect(await page.evaluate(() => document.documentElement.lang)).toBe(lang === 'zh' ? 'zh-CN' : 'en')
  await shopper.press(t.checkout)
  await page.waitForURL('**/web/pages/checkout/index**')
  await shopper.press(t.more)
  await shopper.press(t.code, 'radio')
  await picture(page, `checkout-${lang}-${width}`)
  await shopper.press(t.pay)
  const code = page.getByRole('img', { name: t.codeName })
  await code.waitFor()
  const address = page.url()
  expect(address).toMatch(/\/web\/pages\/order\/index\?orderNo=\w{22}/)
  expect(await page.title()).not.toBe('')
  await picture(page, `order-${lang}-${width}`)
  await page.reload()
  await page.waitForURL(address)
  await code.waitFor()
  await page.goBack()
  await page.getByRole('button', { name: t.checkout }).filter({ visible: true }).waitFor()
  expect(new URL(page.url()).pathname).toBe('/web/pages/shop/index')
  await page.goForward()
  await page.waitForURL(address)
  await code.waitFor()
  const orderNo = new URL(address).searchParams.get('orderNo') ?? ''
  expect(await stage.cloud.stored(orderNo)).toMatchObject({ place: 'pc' })
  await shopper.end()
})

test('without a network the page says so, and works again once the network is back', async () => {
  const shopper = await visit('/web/')
  const { page, context } = shopper
  await page.getByRole('button', { name: texts.zh.add }).first().waitFor()
  await context.route('**/web/call/**', (route) => route.abort())
  await page.reload()
  const retry = page.getByRole('button', { name: texts.zh.retry })
  await retry.waitFor()
  await context.unroute('**/web/call/**')
  await retry.click()
  await page.getByRole('button', { name: texts.zh.add }).first().waitFor()
  await context.close()
})

test('a page whose script does not load says so', async () => {
  const context = await stage.browser.newContext()
  const page = await context.newPage()
  await page.route('**/*.js', (route) => route.abort())
  await page.goto(`${stage.cloud.url}/web/`)
  await page.getByText('This page couldn’t load completely').waitFor({ timeout: patienceMs })
  await context.close()
})

test('two browsers are two shoppers: neither sees the other’s order', async () => {
  const one = await visit('/web/pages/orders/index')
  const other = await visit('/web/pages/orders/index')
  const numbers: string[] = []
  for (const { page } of [one, other]) {
    const list = await page.evaluate(async () => {
      await fetch('/web/session')
      const call = (action: string, input: object) =>
        fetch('/web/call/order', {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ action, input }),
        }).then((answer) => answer.json())
      const { data } = await call('catalog', {})
      const digits = new Date(data.now + 8 * 3_600_000).toISOString().replace(/\D/g, '').slice(0, 14)
      const orderNo = `${digits}${Math.random().toString(36).slice(2).padEnd(8, '0').slice(0, 8)}`
      await call('create', { orderNo, items: [{ sku: 'gaiwan', quantity: 1 }] })
      return (await call('list', {})).data.orders.map((order: { orderNo: string }) => order.orderNo)
    })
    expect(list).toHaveLength(1)
    numbers.push(list[0])
  }
  expect(numbers[0]).not.toBe(numbers[1])
  await one.end()
  await other.end()
})

test('first paint of the shop needs at most 200 KB, and the back office is not part of it', async () => {
  const page = await (await fetch(`${stage.cloud.url}/web/`)).text()
  const folder = join(stage.cloud.dataDir, 'web')
  const files = readdirSync(folder).filter((name) => /\.(js|css)$/.test(name) && name.startsWith('app-'))
  expect(files.filter((name) => !page.includes(`/web/${name}`))).toEqual([])
  const contents = files.map((name) => readFileSync(join(folder, name)))
  const bytes = [Buffer.from(page), ...contents].reduce((sum, one) => sum + gzipSync(one).length, 0)
  expect(bytes).toBeLessThan(200 * 1024)
  for (const content of contents) expect(content.includes('pages/admin/bills/index/')).toBe(false)
})

test.each(['/web/', '/web/pages/order/index', '/web/admin/', '/web/cashier/pay.html', '/pay.html', '/mpay.html'])(
  '%s has no inline script, and its policy forbids inline and foreign scripts and all frames',
  async (path) => {
    const { headers, text } = await load(path)
    const inline = [...text.matchAll(/<script\b([^>]*)>([^<]*)/g)].filter(
      ([, name, code]) => code || !/ src=/.test(name ?? ''),
    )
    expect(inline).toEqual([])
    expect(text).not.toMatch(/<[^>]+\son\w+=|javascript:/)
    const policy = headers.get('content-security-policy') ?? ''
    const rules = new Map(policy.split('; ').map((rule) => [rule.split(' ')[0], rule]))
    expect(rules.get('frame-ancestors')).toBe("frame-ancestors 'none'")
    expect(rules.get('script-src')).toMatch(/^script-src 'self'/)
    expect(rules.get('script-src')).not.toMatch(/unsafe|\*|data:|http:/)
    expect(headers.get('cache-control')).toMatch(/^no-(cache|store)$/)
  },
)

async function load(path: string): Promise<{ headers: Headers; text: string }> {
  const answer = await fetch(stage.cloud.url + path)
  return { headers: answer.headers, text: await answer.text() }
}

test.each(['/web/..%2frunning.json', '/web/%2e%2e/cashier.key', '/web/app-000000000000.js'])(
  '%s is not a file of the website',
  async (path) => {
    expect((await fetch(stage.cloud.url + path)).status).toBe(404)
  },
)

/** Takes a screenshot for a person to look at, if the variable SCREENS names a folder. */
async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env.SCREENS
  if (folder !== undefined) await page.screenshot({ path: join(folder, `${name}.png`) })
}

test('a browser that says it is WeChat’s gets the sandbox’s bridge in every page, another one does not', async () => {
  const get = (agent: string) => fetch(`${stage.cloud.url}/web/`, { headers: { 'user-agent': agent } })
  const inWechat = await get(wechatAgent)
  const tag = '<script src="/sandbox/wechat/bridge.js"></script>'
  expect(await inWechat.text()).toContain(tag)
  expect(inWechat.headers.get('content-security-policy')).toContain("frame-src 'self'")
  expect(await (await get('Chrome/126.0')).text()).not.toContain(tag)
  expect(await (await fetch(`${stage.cloud.url}/sandbox/wechat/bridge.js`)).text()).toContain('WeixinJSBridgeReady')
})

test.each([390, 1280])('something is painted before style and script have arrived (%s px)', async (width) => {
  const { context, page, errors } = await openTab(stage, { viewport: { width, height: 844 } })
  let release = () => {}
  const arrival = new Promise<void>((done) => {
    release = done
  })
  await page.route(/\/web\/app-[0-9a-f]{12}\.(js|css)$/, async (route) => {
    await arrival
    await route.continue()
  })
  await page.goto(`${stage.cloud.url}/web/`, { waitUntil: 'commit' })
  await page.waitForFunction(() => performance.getEntriesByName('first-contentful-paint').length > 0)
  expect(await page.getByText(/页面没有加载完整/).isVisible()).toBe(false)
  await picture(page, `shell-${width}`)
  release()
  await page
    .getByRole('button', { name: /增加|Add/ })
    .first()
    .waitFor()
  expect(await page.locator('.host-shell').count()).toBe(0)
  await context.close()
  expect(errors).toEqual([])
})
