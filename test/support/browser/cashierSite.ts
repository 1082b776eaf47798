// Plays a connected system on another origin: its page sends customers to our cashier, and it receives payment
// notifications. It uses only the documentation's sample client, which is written from the Unified platform's document.
import { mkdirSync } from 'node:fs'
import type { BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { bridgeScript, isWechat } from '../../../tools/sandbox/wechat/wechatBrowser'
import { type Fields, SampleClient } from '../../platform/sampleClient'
import { type Admin, adminOf } from '../adminCall'
import { type OtherSite, openSite } from '../fakes/otherSite'
import { answerWith, openReceiver, type Receiver } from '../fakes/receiver'
import { dataOf } from '../startCloud'
import { openStage, openTab, type Stage } from './walk'

export interface CashierSite {
  stage: Stage
  site: OtherSite
  receiver: Receiver
  client: SampleClient
  admin: Admin
  /** makes a payment request with a new requestKey */
  request(changes?: Fields): { requestKey: string; purchase: Fields }
  close(): Promise<void>
}

export const systemName = '城市马拉松 <b>City Run</b>'

/** Starts the connected system, and a local cloud that knows it. @param settings replace the seeded settings */
export async function openCashierSite(settings: Record<string, object> = {}): Promise<CashierSite> {
  const [site, receiver, stage] = await Promise.all([openSite(), openReceiver(), openStage(settings)])
  receiver.answer = answerWith(200, 'success')
  const admin = adminOf(stage.cloud)
  const domain = {
    code: 'race',
    name: systemName,
    signature: 'values',
    origins: [site.origin],
    hosts: [`${receiver.url}/paid`],
    channels: ['Wechat', 'Alipay', 'ChinapayOld'],
    rates: ['', '6.8'],
    requestChannels: [''],
    bareOpenid: false,
  }
  const { secret } = dataOf(await admin('changeDomain', { save: { version: null, domain } }))
  const client = new SampleClient(stage.cloud.url, 'race', secret ?? '')
  let serial = 0
  return {
    stage,
    site,
    receiver,
    client,
    admin,
    request(changes = {}) {
      serial += 1
      const requestKey = `run-${serial}-k7`
      const purchase = client.purchase({
        requestKey,
        money: '8600',
        info: '半程马拉松报名费 & 保险',
        infoEn: 'Half marathon & insurance',
        pageUrl: `${site.origin}/back`,
        dialogOkUrl: `${site.origin}/thanks`,
        dialogFailUrl: `${site.origin}/sorry`,
        bgUrl: `${receiver.url}/paid`,
        ...changes,
      })
      return { requestKey, purchase }
    },
    async close() {
      await stage.close()
      await Promise.all([site.close(), receiver.close()])
    },
  }
}

/** Leaves phones outside WeChat one way to pay with WeChat: WeChat Pay's own H5 page. */
export async function payOnlyWithWechatPay({ admin, stage }: Pick<CashierSite, 'admin' | 'stage'>): Promise<void> {
  const { settings } = dataOf(await admin('settings', {}))
  const version = settings.find(({ code }) => code === 'jubao')?.version ?? null
  dataOf(await admin('saveSettings', { code: 'jubao', version, enabled: false, fields: {} }))
  // Running functions keep the settings for a minute.
  await stage.cloud.advance(61_000)
}

/** The cashier's addresses, as the document gives them (PC申请支付接口 and H5申请支付接口). */
export const cashierAddress = (cloudUrl: string, file: 'pay.html' | 'mpay.html', purchase: Fields): string =>
  `${cloudUrl}/${file}#/?${Object.entries(purchase)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&')}`

export interface Payer {
  page: Page
  context: BrowserContext
  press(name: string | RegExp, role?: 'button' | 'link' | 'radio'): Promise<void>
  sees(text: string | RegExp): Promise<void>
  /** @throws if the console or the content policy reported an error */
  end(): Promise<void>
}

/**
 * Opens a browser as a payer who follows the connected system's link to the cashier. The user agent decides whether it
 * is WeChat's browser.
 * @param options `prepare` changes the browser before its first page
 * @param hasOwnClock true: the test can move the page's clock forward; until then the clock runs on
 */
export async function sendPayer(
  { stage, site }: CashierSite,
  address: string,
  { prepare, ...options }: BrowserContextOptions & { prepare?: (context: BrowserContext) => Promise<void> } = {},
  hasOwnClock = false,
): Promise<Payer> {
  const link = `<a id="buy" href="${address.replaceAll('&', '&amp;').replaceAll('"', '&quot;')}">Buy</a>`
  site.pages.set('/', `<!doctype html><title>Race</title><link rel="icon" href="data:,">${link}`)
  const { context, page, errors } = await openTab(stage, { viewport: { width: 390, height: 844 }, ...options })
  if (isWechat(options.userAgent)) await context.addInitScript({ content: bridgeScript(100) })
  if (hasOwnClock) await context.clock.install()
  await prepare?.(context)
  await page.goto(site.origin)
  await page.click('#buy')
  return {
    page,
    context,
    press: (name, role = 'button') => page.getByRole(role, { name }).click(),
    sees: (text) => page.getByText(text).first().waitFor(),
    async end() {
      await context.close()
      expect(errors).toEqual([])
    },
  }
}

/** Takes a screenshot for a person to look at, if the variable SCREENS names a folder. */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env.SCREENS
  if (!folder) return
  mkdirSync(folder, { recursive: true })
  await page.screenshot({ path: `${folder}/cashier-${name}.png`, fullPage: true })
}
