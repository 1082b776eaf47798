// Tests, in Chromium, everything that the Unified platform's document describes. A page of a connected system, on
// another origin, opens our cashier. The order is paid, the browser returns to the connected system, and our server
// calls the connected system's `bgUrl`.
import type { Page } from 'playwright-core'
import { wechatAgent } from '../../tools/sandbox/wechat/wechatBrowser'
import {
  type CashierSite,
  cashierAddress,
  openCashierSite,
  type Payer,
  payOnlyWithWechatPay,
  picture,
  sendPayer,
  systemName,
} from '../support/browser/cashierSite'
import { phoneAgent } from '../support/browser/openMidasSite'
import { dataOf } from '../support/startCloud'
import type { Fields } from './sampleClient'

let shop: CashierSite
beforeAll(async () => {
  shop = await openCashierSite()
}, 120_000)
afterAll(() => shop?.close())

const words = {
  zh: {
    locale: 'zh-CN',
    pay: '支付 ¥86.00',
    item: '半程马拉松报名费 & 保险',
    scan: '请用微信支付扫码付款',
    paid: '支付成功',
    code: '微信支付付款二维码',
    returned: '请确认支付是否已完成',
    done: '已完成支付',
    notYet: '暂未收到付款，请稍后再试',
  },
  en: {
    locale: 'en-US',
    pay: 'Pay ¥86.00',
    item: 'Half marathon & insurance',
    scan: 'Scan with WeChat Pay to pay',
    paid: 'Payment successful',
    code: 'QR code for WeChat Pay',
    returned: 'Have you paid?',
    done: 'I’ve paid',
    notYet: 'We haven’t received your payment yet. Please try again shortly.',
  },
}
const screens = (['zh', 'en'] as const).flatMap((lang) => [390, 1280].map((width) => ({ lang, width })))

/** Waits until the connected system has received the payment's notification. Runs the timer meanwhile. */
async function heardOf(requestKey: string): Promise<URLSearchParams> {
  const find = () =>
    shop.receiver.heard.find(({ path }) => path.includes(`requestKey=${encodeURIComponent(requestKey)}`))
  for (let tries = 0; tries < 100 && !find(); tries++) await shop.stage.cloud.advance(1_000)
  return new URL(find()?.path ?? '', shop.receiver.url).searchParams
}

it.each(screens)('a payer at a PC scans the code ($lang, $width px)', async ({ lang, width }) => {
  const t = words[lang]
  const { requestKey, purchase } = shop.request()
  const payer = await sendPayer(shop, cashierAddress(shop.stage.cloud.url, 'pay.html', purchase), {
    locale: t.locale,
    viewport: { width, height: 844 },
  })
  const { page } = payer
  await payer.sees(systemName)
  await payer.sees(t.item)
  expect(new URL(page.url()).pathname).toBe('/web/cashier/pay.html')
  await picture(page, `choose-${lang}-${width}`)
  const [reply] = await Promise.all([page.waitForResponse('**/pay/api/pc/pay'), payer.press(t.pay)])
  const { obj: code } = (await reply.json()) as { obj: string }
  await page.getByRole('img', { name: t.code }).waitFor()
  await payer.sees(t.scan)
  await picture(page, `code-${lang}-${width}`)
  await shop.stage.cloud.post('/local/pay', { payInfo: code })
  await page.getByRole('heading', { name: t.paid }).waitFor()
  await picture(page, `paid-${lang}-${width}`)
  await page.waitForURL(`${shop.site.origin}/thanks`)
  const told = await heardOf(requestKey)
  expect(Object.fromEntries(told)).toMatchObject({ money: '8600', payStatus: 'SUCCESSPAY', domainCode: 'race' })
  await payer.end()
})

it.each(screens)(
  'a payer in WeChat pays by the sheet, after the openid page ($lang, $width px)',
  async ({ lang, width }) => {
    const t = words[lang]
    const { requestKey, purchase } = shop.request()
    const payer = await sendPayer(shop, cashierAddress(shop.stage.cloud.url, 'mpay.html', purchase), {
      locale: t.locale,
      viewport: { width, height: 844 },
      userAgent: wechatAgent,
    })
    const { page } = payer
    await payer.sees(t.item)
    expect(page.url()).not.toContain('openid=')
    await picture(page, `wechat-${lang}-${width}`)
    await payer.press(t.pay)
    await page.waitForURL(`${shop.site.origin}/thanks`)
    expect((await heardOf(requestKey)).get('payStatus')).toBe('SUCCESSPAY')
    await payer.end()
  },
)

it.each(screens)(
  'a payer on a phone outside WeChat is sent on to the provider’s page ($lang, $width px)',
  async ({ lang, width }) => {
    const t = words[lang]
    const { requestKey, purchase } = shop.request({ payTypeCode: 'ChinapayOld' })
    const payer = await sendPayer(shop, cashierAddress(shop.stage.cloud.url, 'mpay.html', purchase), {
      locale: t.locale,
      viewport: { width, height: 844 },
      userAgent: phoneAgent,
    })
    const { page } = payer
    await payer.press(t.pay)
    await page.waitForURL('**/sandbox/**')
    await picture(page, `away-${lang}-${width}`)
    await shop.stage.cloud.post('/local/pay', { payInfo: page.url() })
    await page.goBack()
    await page.waitForURL(`${shop.site.origin}/thanks`)
    expect((await heardOf(requestKey)).get('payStatus')).toBe('SUCCESSPAY')
    await payer.end()
  },
)

describe.each(['zh', 'en'] as const)('a payer on a phone outside WeChat (%s)', (lang) => {
  const t = words[lang]
  beforeAll(() => payOnlyWithWechatPay(shop))
  /** Opens the cashier from the connected system's page, and presses Pay: our page goes to WeChat's. */
  const toWechat = async (changes: Fields = {}) => {
    const { requestKey, purchase } = shop.request(changes)
    const payer = await sendPayer(shop, cashierAddress(shop.stage.cloud.url, 'mpay.html', purchase), {
      locale: t.locale,
      userAgent: phoneAgent,
      // WeChat Pay requires the phone's own address for H5 payments.
      extraHTTPHeaders: { 'x-forwarded-for': '203.0.113.7' },
    })
    await payer.press(t.pay)
    await payer.page.waitForURL('**/checkmweb**')
    return { payer, requestKey }
  }
  const payThere = async (page: Page) => {
    await page.getByRole('button', { name: /确认支付|^Pay$/ }).click()
    await page.getByRole('button', { name: /完成|Done/ }).waitFor()
  }
  const notice = (scenario: string) => shop.stage.cloud.post('/local/sandbox', { provider: 'wechatpay', scenario })

  it('pays on WeChat’s page and comes back by its button; a press of “I’ve paid” shows the result', async () => {
    const { payer, requestKey } = await toWechat()
    const { page } = payer
    await notice('pay-with-no-notice')
    await payThere(page)
    await page.getByRole('button', { name: /完成|Done/ }).click()
    await page.getByRole('heading', { name: t.returned }).waitFor()
    await picture(page, `returned-${lang}-390`)
    await page.reload()
    await page.getByRole('heading', { name: t.returned }).waitFor()
    await shop.stage.cloud.advance(3_000)
    await payer.press(t.done)
    await page.waitForURL(`${shop.site.origin}/thanks`)
    expect((await heardOf(requestKey)).get('payStatus')).toBe('SUCCESSPAY')
    await payer.end()
  })

  it('comes back before paying: our page asks WeChat only at a press, and goes on to WeChat’s page again', async () => {
    const { payer } = await toWechat()
    const { page } = payer
    await page.goBack()
    await page.getByRole('heading', { name: t.returned }).waitFor()
    const asked: string[] = []
    page.on('request', (request) => asked.push(new URL(request.url()).pathname))
    // Long enough for the page to read our own record twice.
    await page.waitForTimeout(5_500)
    expect(new Set(asked)).toEqual(new Set(['/pay/api/cashier']))
    await payer.press(t.done)
    await payer.sees(t.notYet)
    expect(asked).toContain('/pay/api/pc/wechatQuery')
    await payer.press(lang === 'zh' ? '继续支付' : 'Continue to payment')
    await payer.press(t.pay)
    await page.waitForURL('**/checkmweb**')
    await payThere(page)
    await page.getByRole('button', { name: /完成|Done/ }).click()
    await page.waitForURL(`${shop.site.origin}/thanks`)
    await payer.end()
  })

  /** Opens the address to which WeChat returns in a new tab, asks for the result, and gets to the system's page. */
  const comeBackInNewTab = async ({ page, context }: Payer): Promise<void> => {
    const fresh = await context.newPage()
    await fresh.goto(new URL(page.url()).searchParams.get('redirect_url') ?? '')
    await fresh.getByRole('heading', { name: t.returned }).waitFor()
    await shop.stage.cloud.advance(3_000)
    await fresh.getByRole('button', { name: t.done }).click()
    await fresh.waitForURL(`${shop.site.origin}/thanks`)
  }

  it('comes back in a new tab, as from WeChat into Safari, and the result is there', async () => {
    const { payer } = await toWechat()
    const { page } = payer
    await notice('pay-with-no-notice')
    await payThere(page)
    await comeBackInNewTab(payer)
    await payer.end()
  })

  it('comes back in a new tab also under the longest key, whose letters take the most room in an address', async () => {
    const requestKey = `${'单'.repeat(127)}${lang === 'zh' ? '甲' : '乙'}`
    const { payer } = await toWechat({ requestKey })
    const { page } = payer
    await notice('pay-with-no-notice')
    await payThere(page)
    expect(page.url().length).toBeLessThan(2_500)
    await comeBackInNewTab(payer)
    expect((await heardOf(requestKey)).get('payStatus')).toBe('SUCCESSPAY')
    expect((await shop.client.query(requestKey, 'queryInfo')).obj).toMatchObject({ requestKey, money: 8_600 })
    const { orders } = dataOf(await shop.admin('orders', { number: requestKey }))
    expect(orders).toMatchObject([{ state: 'paid', amountFen: 8_600 }])
    await payer.end()
  })
})
