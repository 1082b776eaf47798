// For tests in Chromium: a user of the preview with mouse or touch, on a separate local cloud, and a list of all errors
// that appear.
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import type { Order } from '../../../cloudfunctions/shared/domain/orders/orderShape'
import { findChromium, quietSwitches } from '../../../tools/chromium'
import { startCloud, type TestCloud } from '../startCloud'

export type Hand = 'mouse' | 'touch'

export interface Stage {
  cloud: TestCloud
  browser: Browser
  close(): Promise<void>
}

/** Starts a local cloud and a browser. @param settings replace the seeded settings */
export async function openStage(settings: Record<string, object> = {}): Promise<Stage> {
  const [cloud, browser] = await Promise.all([
    startCloud(settings),
    chromium.launch({ executablePath: findChromium(), args: quietSwitches }),
  ])
  return {
    cloud,
    browser,
    async close() {
      await browser.close()
      await cloud.stop()
    },
  }
}

/**
 * How long a test in the browser waits for what a page must show, in ms. On a busy machine a page can be very slow.
 */
export const patienceMs = 30_000

/**
 * Opens a separate browser with one page. `errors` collects the exceptions of all its pages and the warnings of their
 * consoles, including those of the content security policy.
 */
export async function openTab(
  { browser }: Pick<Stage, 'browser'>,
  options: BrowserContextOptions,
): Promise<{ context: BrowserContext; page: Page; errors: string[] }> {
  const context = await browser.newContext(options)
  const page = await context.newPage()
  page.setDefaultTimeout(patienceMs)
  const errors: string[] = []
  // Listen to the whole context, so that errors of a second tab or of a window that a page opens are collected too.
  context.on('weberror', (error) => errors.push(String(error.error())))
  context.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) errors.push(message.text())
  })
  return { context, page, errors }
}

export interface Walk {
  page: Page
  /** taps or clicks the element with this role and name */
  press(name: string | RegExp, role?: 'button' | 'tab' | 'radio'): Promise<void>
  /** taps or clicks a text */
  pressText(text: string): Promise<void>
  sees(text: string | RegExp): Promise<void>
  /** goes from the shop to the checkout with one piece of the first product */
  toCheckout(): Promise<void>
  /** goes to the open payment sheet, with the payment method that is selected first */
  toSheet(): Promise<void>
  confirm(): Promise<void>
  /** number of the order on the page */
  orderNo(): string
  stored(): Promise<Order>
  end(): Promise<void>
}

export interface WalkOptions {
  hand?: Hand
  lang?: 'zh' | 'en'
  as?: string
  width?: number
  /** shows only the phone, without the devtools around it [true] */
  phoneOnly?: boolean
  /** offers only the payment methods of this provider, because another provider may have a method with the same name */
  provider?: string
  /** more parameters for the address: `&wechat=6.5.8` */
  extra?: string
}

export async function walk(stage: Stage, options: WalkOptions = {}): Promise<Walk> {
  const { hand = 'mouse', lang = 'zh', as = 'shopper-a', width = 390, phoneOnly = true, extra = '', provider } = options
  const tab: BrowserContextOptions = {
    viewport: { width, height: 844 },
    locale: lang === 'zh' ? 'zh-CN' : 'en-US',
    hasTouch: hand === 'touch',
    isMobile: hand === 'touch' && width < 700,
  }
  const { context, page, errors } = await openTab(stage, tab)
  if (provider !== undefined)
    await page.route('**/call/order', async (route) => {
      const response = await route.fetch()
      const reply = (await response.json()) as { data?: { channels?: { provider: string }[] } }
      const { data } = reply
      if (data?.channels) data.channels = data.channels.filter((one) => one.provider === provider)
      await route.fulfill({ response, json: reply })
    })
  await page.goto(`${stage.cloud.url}/?as=${as}&lang=${lang}${phoneOnly ? '&desk=0' : ''}${extra}`)
  const act = (target: ReturnType<Page['locator']>) => (hand === 'touch' ? target.tap() : target.click())
  const shown = page.locator('.wx-page').filter({ visible: true })
  const one: Walk = {
    page,
    press: (name, role = 'button') => act(page.getByRole(role, { name }).filter({ visible: true }).first()),
    pressText: (text) => act(page.getByText(text).filter({ visible: true }).first()),
    sees: (text) => page.getByText(text).filter({ visible: true }).first().waitFor(),
    async toCheckout() {
      await shown
        .getByRole('button', { name: lang === 'zh' ? /增加/ : /Add/i })
        .first()
        .waitFor()
      await act(shown.getByRole('button', { name: lang === 'zh' ? /增加/ : /Add/i }).first())
      await one.press(lang === 'zh' ? '去结算' : 'Check out')
      await page.getByRole('radio').first().waitFor()
    },
    async toSheet() {
      await one.toCheckout()
      await one.press(lang === 'zh' ? /^支付 ?¥/ : /^Pay ?¥/)
      await page
        .getByRole('dialog')
        .getByRole('button', { name: lang === 'zh' ? '确认支付' : 'Confirm payment' })
        .waitFor()
    },
    confirm: () =>
      act(page.getByRole('dialog').getByRole('button', { name: lang === 'zh' ? '确认支付' : 'Confirm payment' })),
    orderNo() {
      const found = /orderNo=(\w+)/.exec(page.url())?.[1]
      if (found === undefined) throw new Error(`not on an order's page: ${page.url()}`)
      return found
    },
    stored: () => stage.cloud.stored(one.orderNo()),
    async end() {
      // Collect the errors from the devtools' console too, because WeChat's warnings do not reach the browser's
      // console.
      if (await page.evaluate(() => '__mp' in window))
        for (const { message } of await page.evaluate(() => window.__mp.errors)) errors.push(message)
      await context.close()
      if (errors.length > 0) throw new Error(`errors on the page: ${errors.join('\n')}`)
    },
  }
  return one
}
