// Plays WeChat's own browser in Chromium: adds WeChat's JS bridge and JS SDK to every page, and walks through the shop
// as a shopper.
import { join } from 'node:path'
import type { BrowserContext, Page } from 'playwright-core'
import { bridgeScript, jsSdkScript } from '../../../tools/sandbox/wechat/wechatBrowser'
import { openTab, type Stage } from './walk'
import { agents } from './webShoppers'

export interface WechatTab {
  context: BrowserContext
  page: Page
  errors: string[]
}

export async function openWechat(
  stage: Stage,
  { lang = 'zh', userAgent = agents.wechat }: { lang?: 'zh' | 'en'; userAgent?: string } = {},
): Promise<WechatTab> {
  const tab = await openTab(stage, {
    viewport: { width: 390, height: 844 },
    locale: lang === 'zh' ? 'zh-CN' : 'en-US',
    userAgent,
  })
  await tab.context.addInitScript(bridgeScript())
  await tab.context.route('**/open/js/jweixin-1.2.0.js', (route) =>
    route.fulfill({ contentType: 'text/javascript', body: jsSdkScript }),
  )
  return tab
}

/** Opens a page of the merchant, and waits until its script has set a title. @returns the title */
export async function runPage(stage: Stage, address: string, html: string): Promise<string> {
  const { context, page, errors } = await openWechat(stage)
  await page.route(address, (route) => route.fulfill({ contentType: 'text/html; charset=utf-8', body: html }))
  await page.goto(address)
  await page.waitForFunction(() => document.title.startsWith('end '))
  const title = await page.title()
  expect(errors).toEqual([])
  await context.close()
  return title
}

/** Leaves the shop only one channel, because channels with the same name would show as one payment method. */
export async function offerOnly(page: Page, { provider = '', channel }: { provider?: string; channel: string }) {
  await page.route('**/web/call/order', async (route) => {
    const response = await route.fetch()
    const reply = (await response.json()) as { data?: { channels?: { provider: string; channel: string }[] } }
    if (reply.data?.channels)
      reply.data.channels = reply.data.channels.filter(
        (one) => one.channel === channel && (provider === '' || one.provider === provider),
      )
    await route.fulfill({ response, json: reply })
  })
}

/**
 * Starts a payment: goes from the shop to the page of the order, or to the page to which the payment leads.
 * @returns the order number
 */
export async function beginPayment(stage: Stage, page: Page, to = '**/pages/order/index**'): Promise<string> {
  await page.goto(`${stage.cloud.url}/web/`)
  const press = (name: RegExp) => page.getByRole('button', { name }).filter({ visible: true }).first().click()
  await press(/增加|Add/)
  await press(/去结算|Check out/)
  await page.getByRole('radio').first().waitFor()
  await press(/^(支付|Pay) ?¥/)
  await page.waitForURL(to)
  return orderNoOn(page)
}

export const orderNoOn = (page: Page): string => new URL(page.url()).searchParams.get('orderNo') ?? ''

/** Waits for the provider's notice, and checks that the order's page says paid. */
export async function untilPaid(stage: Stage, page: Page, orderNo: string): Promise<void> {
  for (let tries = 0; tries < 40 && (await stage.cloud.stored(orderNo)).state !== 'paid'; tries++) {
    await stage.cloud.advance(1_000)
    await page.waitForTimeout(50)
  }
  await page
    .getByText(/^(已支付|Paid)$/)
    .filter({ visible: true })
    .first()
    .waitFor()
}

/** Takes a screenshot for a person to look at, if the variable SCREENS names a folder. */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env.SCREENS
  if (folder !== undefined) await page.screenshot({ path: join(folder, `${name}.png`) })
}
