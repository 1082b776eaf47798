// Plays a merchant's own website that pays with OpenMidas: its pages on another origin, payments that it requests from
// the shop, and a visitor with a phone or a PC.
import type { BrowserContext, BrowserContextOptions, Page, Response } from 'playwright-core'
import { bridgeScript, isWechat } from '../../../tools/sandbox/wechat/wechatBrowser'
import { type OtherSite, openSite } from '../fakes/otherSite'
import { dataOf } from '../startCloud'
import { openStage, openTab, type Stage } from './walk'

export interface OpenMidasSite {
  site: OtherSite
  stage: Stage
  close(): Promise<void>
}

/** Starts the website, and a local cloud that knows it. */
export async function openMidasSite(): Promise<OpenMidasSite> {
  const site = await openSite()
  const stage = await openStage({ shop: { sites: [site.origin] } })
  return {
    site,
    stage,
    async close() {
      await stage.close()
      await site.close()
    },
  }
}

/** The script tags from Midas's document, with addresses of the local cloud. */
export const scriptTags = (
  cloudUrl: string,
): string => `<script src="${cloudUrl}/web/openMidasConfig.local.js"></script>
<script src="${cloudUrl}/web/openMidas.js"></script>`

/** The HTML of the website's page. @param script the address of its script, such as /page.js */
const pageOf = (cloudUrl: string, lang: string): string => `<!doctype html>
<html lang="${lang}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Tickets</title>
<link rel="icon" href="data:,">
${scriptTags(cloudUrl)}</head>
<body><h1>Tickets</h1><button id="buy">Buy</button><script src="/page.js"></script></body></html>`

/** Scripts for the website's page. They collect OpenMidas's results in the variable `answers`. */
export const scripts = {
  /** pressing Buy pays in a dialog */
  withCallback: (payInfo: string) => script(payInfo, `(...answer) => answers.push(answer), 'ticket=7'`),
  /** pressing Buy pays and then opens the web callback address */
  withRedirect: (payInfo: string) => script(payInfo, `'ticket=7 & more'`),
}

const script = (payInfo: string, more: string) => `
window.answers = []
OpenMidas.init('release')
OpenMidas.once('payDone', (...answer) => answers.push(['payDone', ...answer]))
document.querySelector('#buy').onclick = () => OpenMidas.pay(${JSON.stringify(payInfo)}, ${more})`

/** The website creates an order at the shop and gets a pay_info for it. */
export async function newPayment(
  { stage }: OpenMidasSite,
  callbackUrl?: string,
): Promise<{ orderNo: string; paymentNo: string; payInfo: string }> {
  const { orderNo } = await stage.cloud.newOrder()
  const wish = { orderNo, provider: 'midas', channel: 'wechat', ...(callbackUrl !== undefined && { callbackUrl }) }
  const { paymentNo, payInfo } = dataOf(await stage.cloud.order('pay', wish))
  return { orderNo, paymentNo, payInfo }
}

export const phoneAgent =
  'Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Mobile Safari/537.36'

export interface Visit {
  context: BrowserContext
  page: Page
  buy(): Promise<void>
  /** waits until OpenMidas has reported results, and returns them */
  answers(): Promise<unknown[][]>
  /** presses Buy and reads the QR code. @returns the code's content */
  codeOf(press?: () => Promise<unknown>): Promise<string>
  /** closes the page. @throws if the console reported an error */
  end(): Promise<void>
}

/**
 * Opens the website's page. The user agent says whether the browser is WeChat's browser.
 * @param given the page's script, or the whole page
 */
export async function visit(
  { site, stage }: OpenMidasSite,
  given: string | { html: string },
  options: BrowserContextOptions = {},
): Promise<Visit> {
  const lang = options.locale ?? 'zh-CN'
  site.pages.set('/', typeof given === 'string' ? pageOf(stage.cloud.url, lang) : given.html)
  if (typeof given === 'string') site.pages.set('/page.js', given)
  const { context, page, errors } = await openTab(stage, {
    viewport: { width: 390, height: 844 },
    locale: lang,
    ...options,
  })
  if (isWechat(options.userAgent)) await context.addInitScript({ content: bridgeScript(300, stage.cloud.url) })
  await page.goto(site.origin)
  const buy = () => page.click('#buy')
  return {
    context,
    page,
    buy,
    async answers() {
      // Read the results again and again, because the page's content security policy forbids waitForFunction. While the
      // browser leaves the page, the page cannot be read and counts as a page without results.
      const said = () => page.evaluate(() => (window as { answers?: unknown[][] }).answers ?? []).catch(() => [])
      for (let tries = 0; tries < 400; tries++) {
        const answers = await said()
        if (answers.length > 0) return answers
        await page.waitForTimeout(50)
      }
      throw new Error('OpenMidas said nothing')
    },
    async codeOf(press = buy) {
      const [response] = await Promise.all([page.waitForResponse(isOpening), press()])
      return ((await response.json()) as { code: string }).code
    },
    async end() {
      await context.close()
      expect(errors).toEqual([])
    },
  }
}

const isOpening = (one: Response): boolean =>
  one.url().endsWith('/sandbox/midas/web') && one.request().method() === 'POST'

/** Takes a screenshot for a person to look at, if the variable SCREENS names a folder. */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env.SCREENS
  if (folder) await page.screenshot({ path: `${folder}/openmidas-${name}.png` })
}
