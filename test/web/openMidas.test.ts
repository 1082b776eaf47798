// OpenMidas for browsers, in Chromium: pages of another origin, which know the shop only by openMidas.js, pay at the local
// cloud.
import type { BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { type OtherSite, openSite } from '../support/otherSite'
import { dataOf } from '../support/startCloud'
import { openStage, openTab, type Stage } from '../support/walk'

let site: OtherSite
let stage: Stage
beforeAll(async () => {
  site = await openSite()
  stage = await openStage({ shop: { sites: [site.origin] } })
}, 120_000)
afterAll(async () => {
  await stage?.close()
  await site?.close()
})

/** The script tags of Midas's document, pointed at the local cloud, and the page's own script. */
const pageOf = (lang: string) => `<!doctype html>
<html lang="${lang}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Tickets</title>
<link rel="icon" href="data:,">
<script src="${stage.cloud.url}/web/openMidasConfig.local.js"></script>
<script src="${stage.cloud.url}/web/openMidas.js"></script></head>
<body><h1>Tickets</h1><button id="buy">Buy</button><script src="/page.js"></script></body></html>`

const paying = (payInfo: string, more = '') => `
OpenMidas.init('release')
window.answers = []
document.querySelector('#buy').onclick = () => OpenMidas.pay(${JSON.stringify(payInfo)}, (...answer) => answers.push(answer), 'ticket=7')
${more}`

async function newPayment(callbackUrl?: string): Promise<{ orderNo: string; payInfo: string }> {
  const { orderNo } = await stage.cloud.newOrder()
  const wish = { orderNo, provider: 'midas', channel: 'wechat', ...(callbackUrl && { callbackUrl }) }
  return { orderNo, payInfo: dataOf(await stage.cloud.order('pay', wish)).payInfo }
}

interface Visit {
  context: BrowserContext
  page: Page
  answers(): Promise<unknown[][]>
  /** @throws when the console had something to say */
  end(): Promise<void>
}

async function visit(script: string, options: BrowserContextOptions = {}): Promise<Visit> {
  const lang = options.locale ?? 'zh-CN'
  site.pages.set('/', pageOf(lang))
  site.pages.set('/page.js', script)
  const { context, page, errors } = await openTab(stage, {
    viewport: { width: 390, height: 844 },
    locale: lang,
    ...options,
  })
  await page.goto(site.origin)
  return {
    context,
    page,
    async answers() {
      await page.waitForFunction('answers.length > 0')
      return page.evaluate('answers')
    },
    async end() {
      await context.close()
      expect(errors).toEqual([])
    },
  }
}

/** Scans the code: the content that the host gave for this payment. */
async function codeOf({ page }: Visit, press: () => Promise<void>): Promise<string> {
  const [response] = await Promise.all([
    page.waitForResponse((one) => one.url().endsWith('/sandbox/midas/web') && one.request().method() === 'POST'),
    press(),
  ])
  return ((await response.json()) as { code: string }).code
}

async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env.SCREENS
  if (folder) await page.screenshot({ path: `${folder}/openmidas-${name}.png` })
}

const screens = (['zh-CN', 'en-US'] as const).flatMap((locale) => [390, 1280].map((width) => ({ locale, width })))

test.each(screens)(
  'a PC shows the code, and the callback comes once ($locale, $width px)',
  async ({ locale, width }) => {
    const { orderNo, payInfo } = await newPayment()
    const one = await visit(paying(payInfo), { locale, viewport: { width, height: 844 } })
    const code = await codeOf(one, () => one.page.click('#buy'))
    await one.page.getByRole('img', { name: locale === 'zh-CN' ? '付款二维码' : 'Payment QR code' }).waitFor()
    await one.page.getByText('¥172.00').waitFor()
    await picture(one.page, `pc-${locale}-${width}`)
    expect(await stage.cloud.post('/local/pay', { payInfo: code }).then((answer) => answer.json())).toEqual({
      errMsg: 'requestPayment:ok',
    })
    expect(await one.answers()).toEqual([[0, 'mc-0-1', expect.any(String), 'ticket=7']])
    expect(await stage.cloud.stored(orderNo)).toMatchObject({ state: 'paid' })
    expect(await one.page.locator('dialog').count()).toBe(0)
    await one.end()
  },
)
