// Tests the preview with a small mini-program in Chromium, by mouse and by touch.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import type { PreviewHandle } from '../../packages/miniprogram-web/src/browser/handle'
import { findChromium, quietSwitches } from '../../tools/chromium'
import { patienceMs } from '../support/browser/walk'
import { type StubCloud, startStubCloud } from './stubCloud'

declare global {
  interface Window {
    __mp: PreviewHandle
  }
}

const size = { width: 390, height: 780 }
const locale = 'zh-CN'

let outDir: string
let stub: StubCloud
let browser: Browser

beforeAll(async () => {
  outDir = fs.mkdtempSync(path.join(os.tmpdir(), 'preview-'))
  stub = await startStubCloud(path.join(__dirname, 'fixture'), outDir)
  browser = await chromium.launch({ executablePath: findChromium(), args: quietSwitches })
})
afterAll(async () => {
  await browser?.close()
  await stub?.close()
  fs.rmSync(outDir, { recursive: true, force: true })
})

interface Hand {
  page: Page
  tap(name: string): Promise<void>
  pullDown(): Promise<void>
  scrollToEnd(): Promise<void>
}

async function open(context: BrowserContext, address: string): Promise<Page> {
  const page = await context.newPage()
  page.setDefaultTimeout(patienceMs)
  await page.goto(stub.url + address)
  await page.locator('.wx-page').first().waitFor()
  return page
}

async function dragTouch(page: Page, from: number, to: number): Promise<void> {
  const session = await page.context().newCDPSession(page)
  const point = (y: number) => [{ x: 190, y }]
  await session.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: point(from) })
  for (let step = 1; step <= 8; step++) {
    const y = from + ((to - from) * step) / 8
    await session.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: point(y) })
    // Wait one frame after each touch move, because a finger that is faster than the screen does not scroll.
    await page.waitForTimeout(16)
  }
  await session.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] })
  await session.detach()
}

async function dragMouse(page: Page, from: number, to: number): Promise<void> {
  await page.mouse.move(190, from)
  await page.mouse.down()
  await page.mouse.move(190, to, { steps: 8 })
  await page.mouse.up()
}

const contexts: Record<string, BrowserContextOptions> = {
  mouse: { viewport: size, locale },
  touch: { viewport: size, locale, hasTouch: true, isMobile: true },
}

const hands: Record<string, (page: Page) => Hand> = {
  mouse(page) {
    return {
      page,
      tap: (name) => page.getByRole('button', { name, exact: true }).click(),
      pullDown: () => dragMouse(page, 200, 420),
      scrollToEnd: async () => {
        await page.mouse.move(190, 400)
        await page.mouse.wheel(0, 5000)
      },
    }
  },
  touch(page) {
    return {
      page,
      tap: (name) => page.getByRole('button', { name, exact: true }).tap(),
      pullDown: () => dragTouch(page, 200, 420),
      scrollToEnd: async () => {
        for (let swipe = 0; swipe < 2; swipe++) await dragTouch(page, 650, 130)
      },
    }
  },
}

const errorsOf = (page: Page): Promise<unknown[]> => page.evaluate(() => window.__mp.errors)

describe.each(Object.keys(hands))('by %s', (kind) => {
  let context: BrowserContext
  let hand: Hand
  const start = async (address: string): Promise<Page> => {
    hand = (hands[kind] as (page: Page) => Hand)(await open(context, address))
    return hand.page
  }
  beforeAll(async () => {
    context = await browser.newContext(contexts[kind])
  })
  afterEach(async () => {
    expect(await errorsOf(hand.page)).toEqual([])
    await hand.page.close()
  })
  afterAll(() => context?.close())
  const outcome = (page: Page, text: string) => page.locator('.outcome', { hasText: text }).waitFor()

  test('typing, choosing, stepping and component events reach the page once', async () => {
    const page = await start('/?desk=0')
    await page.getByPlaceholder('Your name').fill('Mei')
    await page.getByText('Hello Mei inside the slot').waitFor()
    await page.getByText('¥12.50').waitFor()
    const tap = async (text: string) => (kind === 'touch' ? page.getByText(text).tap() : page.getByText(text).click())
    await tap('Bread')
    await outcome(page, 'chose b')
    await tap('Hello Mei')
    await outcome(page, 'greeted Mei')
    const plus = page.locator('.wx-page [aria-label="增加"], .wx-page [class*=stepper__plus]').first()
    await (kind === 'touch' ? plus.tap() : plus.click())
    await page.getByText('¥25.00').waitFor()
    const icon = page.locator('[class*=t-icon-check-circle-filled]').first()
    const mask = await icon.evaluate((element) => getComputedStyle(element, '::before').maskImage)
    expect(mask).toContain('data:image/svg+xml')
  })

  test('a page opens, shows its query as it was written, and closes again', async () => {
    const page = await start('/?desk=0')
    await hand.tap('Open detail')
    await page.getByText('Order 7, title a%20b').waitFor()
    await page.locator('.host-title', { hasText: 'Detail 7' }).waitFor()
    expect(page.url()).toContain('#/pages/detail/index?orderNo=7')
    await hand.tap('返回')
    await page.getByText('Hello you').waitFor()
    await page.locator('.host-title', { hasText: 'Fixture' }).waitFor()
    await hand.tap('Open detail')
    await hand.tap('Go back')
    await page.getByText('Hello you').waitFor()
    expect(await page.evaluate(() => window.__mp.depth)).toBe(1)
  })

  test('a disabled button stays silent', async () => {
    const page = await start('/?desk=0')
    const never = page.getByRole('button', { name: 'Never' })
    await (kind === 'touch' ? never.tap({ force: true }) : never.click({ force: true }))
    await hand.tap('Call')
    await outcome(page, 'called as oMiniCashier_shopper_A_0000 for catalog')
  })

  test('a list can be pulled down to refresh and grows at its end', async () => {
    const page = await start('/?desk=0&lang=en')
    await hand.tap('List')
    await page.getByText('20 rows, refreshed 0 times').waitFor()
    await hand.pullDown()
    await page.getByText('20 rows, refreshed 1 times').waitFor()
    await hand.scrollToEnd()
    await page.getByText('40 rows, refreshed 1 times').waitFor()
    await page.getByRole('button', { name: 'Pull to refresh' }).focus()
    await page.keyboard.press('Enter')
    await page.getByText('20 rows, refreshed 2 times').waitFor()
    await hand.tap('Start')
    await page.getByText('Hello you').waitFor()
  })

  test('the payment sheet shows the amount and passes every result to the page', async () => {
    const page = await start('/?desk=0&lang=en')
    const sheet = page.getByRole('dialog', { name: 'WeChat Pay' })
    stub.outcome = 'requestPayment:ok'
    await hand.tap('Pay')
    await sheet.getByText('¥12.50').waitFor()
    await sheet.getByText('Mini Cashier').waitFor()
    await sheet.getByText('Sandbox').waitFor()
    await hand.tap('Confirm payment')
    await sheet.getByText('Payment successful').waitFor()
    await outcome(page, 'requestPayment:ok')
    await hand.tap('Pay')
    await hand.tap('Close')
    await outcome(page, 'requestPayment:fail cancel')
    stub.outcome = 'requestPayment:fail system error'
    await hand.tap('Pay')
    await hand.tap('Confirm payment')
    await outcome(page, 'requestPayment:fail system error')
    await sheet.waitFor({ state: 'detached' })
    const payInfo = JSON.parse(stub.payments[stub.payments.length - 1]?.payInfo ?? '')
    expect(payInfo).toEqual({ timeStamp: '1', nonceStr: 'n', package: 'prepay_id=1', signType: 'RSA', paySign: 's' })
  })

  test('dialogs are answered, and another mini-program is left again', async () => {
    const page = await start('/?desk=0&lang=en')
    await hand.tap('Ask')
    await page.getByRole('dialog', { name: 'Sure?' }).getByText('Say so').waitFor()
    await hand.tap('No')
    await outcome(page, 'refused')
    await hand.tap('Ask')
    await hand.tap('Yes')
    await outcome(page, 'confirmed')
    await hand.tap('Leave')
    await hand.tap('Allow')
    await hand.tap('Done, go back')
    await outcome(page, 'left')
    expect(await page.evaluate('getApp().globalData.shows')).toEqual([1001, 1038])
  })
})

describe('the devtools', () => {
  let page: Page
  beforeAll(async () => {
    page = await open(await browser.newContext({ viewport: { width: 1400, height: 860 } }), '/?lang=en')
  })
  afterAll(() => page?.context().close())

  test('another user is another openid, with a separate storage', async () => {
    await page.evaluate("wx.setStorageSync('basket', 'mine')")
    await page.getByRole('radio', { name: 'Shopper B' }).check()
    await page.waitForURL(/as=shopper-b/)
    await page.getByText('oMiniCashier_shopper_B_0000').waitFor()
    expect(await page.evaluate("wx.getStorageSync('basket')")).toBe('')
    expect(await page.evaluate(() => window.__mp.openid)).toBe('oMiniCashier_shopper_B_0000')
    await page.getByRole('radio', { name: 'Shopper A' }).check()
    await page.getByText('oMiniCashier_shopper_A_0000').waitFor()
    expect(await page.evaluate("wx.getStorageSync('basket')")).toBe('mine')
  })

  test('the clock moves on, and the result chosen for the next payment is kept', async () => {
    await page.getByText('same as this machine').waitFor()
    await page.getByRole('button', { name: '+1 h' }).click()
    await page.getByText('ahead by 1 h').waitFor()
    const next = page.getByRole('region', { name: 'Result of the next payment' }).getByRole('combobox')
    await next.selectOption('noNotice')
    await page.reload()
    expect(await next.inputValue()).toBe('noNotice')
  })

  test('events are drawn as they happen, can be opened for detail, and lead to the stored order', async () => {
    const flow = '20260726104512ab12cd34'
    const event = { id: 1, at: Date.now(), from: 'phone', to: 'order', what: 'create', ms: 3, ok: true, flow }
    const trace = page.getByRole('region', { name: 'Live trace' })
    stub.trace(event)
    stub.trace({ ...event, id: 2, from: 'order', to: 'midas', what: 'unified_order', detail: { total_fee: 1250 } })
    stub.trace({ ...event, id: 3, from: 'midas', to: 'notify', what: 'forged', ok: false })
    await trace.getByText('unified_order').click()
    await trace.getByText('"total_fee": 1250').waitFor()
    await trace.getByRole('button', { name: flow }).click()
    await page.getByRole('region', { name: 'Order document' }).getByText('"paid"').waitFor()
    await trace.getByLabel('Failures only').check()
    await trace.getByText('forged').waitFor()
    await trace.getByText('unified_order').waitFor({ state: 'detached' })
    await trace.getByLabel('Failures only').uncheck()
    await page.reload()
    await trace.getByText('unified_order').waitFor()
    await trace.getByRole('button', { name: 'Clear' }).click()
    await trace.getByText('unified_order').waitFor({ state: 'detached' })
    await page.reload()
    await trace.getByText('Place an order').waitFor()
  })

  test('an error of the page is shown in the console panel', async () => {
    await page.evaluate(() => console.error('something broke'))
    await page.getByRole('region', { name: 'Console' }).getByText('something broke').waitFor()
    expect(await errorsOf(page)).toHaveLength(1)
  })

  test('in a narrow window the devtools are a drawer beside a phone that fills it', async () => {
    await page.setViewportSize({ width: 400, height: 800 })
    expect((await page.locator('#phone').boundingBox())?.width).toBe(400)
    await page.getByRole('button', { name: 'Open devtools' }).click()
    await page.getByRole('radio', { name: 'Merchant' }).waitFor()
    await page.getByRole('button', { name: 'Close devtools' }).click()
    await page.getByText('Hello you').waitFor()
  })
})

test.each([
  ['en-US', 'en', 'Pull to refresh'],
  ['zh-CN', 'zh_CN', '下拉刷新'],
  ['zh-HK', 'zh_CN', '下拉刷新'],
])('a browser in %s starts in %s, and an address may choose the other language', async (tongue, language, words) => {
  const context = await browser.newContext({ viewport: size, locale: tongue })
  const page = await open(context, '/?desk=0#/pages/list/index')
  const languageOf = () => page.evaluate('wx.getSystemInfoSync().language')
  expect(await languageOf()).toBe(language)
  await page.getByRole('button', { name: words }).waitFor({ state: 'attached' })
  await page.goto(`${stub.url}/?desk=0&lang=${language === 'en' ? 'zh' : 'en'}`)
  await page.getByText('Hello').first().waitFor()
  expect(await languageOf()).toBe(language === 'en' ? 'zh_CN' : 'en')
  await context.close()
})

test.each([390, 768, 1024, 1280])(
  'at %i px every panel of the devtools can be used, and nothing is covered or cut',
  async (width) => {
    for (const lang of ['zh', 'en']) {
      const context = await browser.newContext({ viewport: { width, height: 844 } })
      const page = await open(context, `/?lang=${lang}`)
      if (width < 700) {
        // In a narrow window, the button that opens the devtools is in the bar above the phone.
        const bar = await page
          .getByRole('button', { name: lang === 'zh' ? '打开开发面板' : 'Open devtools' })
          .boundingBox()
        const phone = await page.locator('#phone').boundingBox()
        expect((bar?.y ?? 0) + (bar?.height ?? 0)).toBeLessThanOrEqual(phone?.y ?? 0)
        expect((phone?.y ?? 0) + (phone?.height ?? 0)).toBeLessThanOrEqual(844)
        await page.getByRole('button', { name: lang === 'zh' ? '打开开发面板' : 'Open devtools' }).click()
      }
      const panels = page.getByRole('complementary').getByRole('region')
      await panels.first().waitFor()
      expect(await panels.count()).toBe(9)
      for (const panel of await panels.all()) {
        await panel.scrollIntoViewIfNeeded()
        const box = await panel.boundingBox()
        const name = `${lang} ${await panel.getAttribute('aria-label')}`
        expect([name, (box?.height ?? 0) >= 90, (box?.width ?? 0) >= 200]).toEqual([name, true, true])
        for (const control of await panel
          .locator('button, select, input:not([type=radio])')
          .filter({ visible: true })
          .all()) {
          await control.scrollIntoViewIfNeeded()
          // Check that the control is fully visible: no element covers its middle or edges, and no frame cuts it off.
          const free = await control.evaluate((element) => {
            const { left, right, top, height } = element.getBoundingClientRect()
            const root = element.getRootNode() as ShadowRoot
            return [left + 3, (left + right) / 2, right - 3].every(
              (x) => root.elementFromPoint(x, top + height / 2) === element,
            )
          })
          expect([name, await control.textContent(), free]).toEqual([name, expect.anything(), true])
        }
      }
      if (width < 700)
        await page.getByRole('button', { name: lang === 'zh' ? '关闭开发面板' : 'Close devtools' }).click()
      await context.close()
    }
  },
  30_000,
)

test('the phone shows the local cloud’s time, and moves on with it', async () => {
  const context = await browser.newContext({ viewport: { width: 1400, height: 860 } })
  const page = await open(context, '/?lang=en')
  const shown = page.locator('.host-status span').first()
  const minutesApart = async () => {
    const { now } = (await (await fetch(`${stub.url}/local/clock`)).json()) as { now: number }
    const [hours = 0, minutes = 0] = ((await shown.textContent()) ?? '').split(':').map(Number)
    const beijing = new Date(now + 8 * 3_600_000)
    return Math.abs(hours * 60 + minutes - beijing.getUTCHours() * 60 - beijing.getUTCMinutes()) % 1439
  }
  await page.getByRole('button', { name: '+1 day' }).waitFor()
  expect(await minutesApart()).toBeLessThanOrEqual(1)
  await page.getByRole('button', { name: '+10 min' }).click()
  await page.getByText('ahead by').waitFor()
  await page.waitForTimeout(500)
  expect(await minutesApart()).toBeLessThanOrEqual(1)
  await context.close()
})

test('a first visit says in one line what to do, until the line is closed', async () => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 844 } })
  const page = await open(context, '/?lang=en')
  const hint = page.getByRole('note')
  await hint.getByText('Place an order').waitFor()
  expect((await hint.boundingBox())?.height).toBeLessThan(40)
  await hint.getByRole('button', { name: 'Got it' }).click()
  await hint.waitFor({ state: 'detached' })
  await page.reload()
  await page.getByText('the complete cashier on your machine').first().waitFor()
  expect(await hint.isVisible()).toBe(false)
  await context.close()
})

test('an old WeChat has none of the newer calls, and a link opens its page as its user', async () => {
  const context = await browser.newContext({ viewport: size, locale })
  const page = await open(context, '/?desk=0&wechat=6.5.8&platform=android&as=merchant#/pages/detail/index?orderNo=9')
  await page.getByText('Order 9').waitFor()
  const info = await page.evaluate(
    '[wx.getSystemInfoSync(), typeof wx.navigateToMiniProgram, typeof wx.getAppBaseInfo]',
  )
  expect(info).toEqual([
    expect.objectContaining({ version: '6.5.8', platform: 'android', language: 'zh_CN' }),
    'undefined',
    'undefined',
  ])
  expect(await page.evaluate('typeof wx.somethingUnknown')).toBe('undefined')
  await page.getByRole('button', { name: '返回首页' }).click()
  await page.getByRole('button', { name: 'Call', exact: true }).click()
  await page.getByText('called as oMiniCashier_merchant_0000').waitFor()
  await context.close()
})

test('nothing except the bundle and the pictures can be downloaded', async () => {
  const get = async (name: string) => (await fetch(stub.url + name)).status
  expect(await get('/')).toBe(200)
  expect(await get('/app.js')).toBe(200)
  for (const name of ['/app.json', '/pages/home/index.js', '/..%2f..%2fpackage.json', '/%2e%2e/stubCloud.ts', '/%00']) {
    expect([name, await get(name)]).toEqual([name, 404])
  }
})

test('saving a file rebuilds the bundle and reloads the page', async () => {
  const root = path.join(outDir, 'watched')
  fs.cpSync(path.join(__dirname, 'fixture'), root, { recursive: true })
  const watched = await startStubCloud(root, path.join(outDir, 'watched-out'), true)
  const context = await browser.newContext({ viewport: size })
  const page = await context.newPage()
  await page.goto(`${watched.url}/?desk=0`)
  await page.getByText('Hello you').waitFor()
  fs.writeFileSync(path.join(root, 'components/greeting/greeting.wxml'), '<view>Good day</view>')
  await page.getByText('Good day').waitFor()
  await context.close()
  await watched.close()
})
