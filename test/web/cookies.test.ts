// Tests the shop and the cashier in a browser that keeps no cookies, in Chromium: they say that cookies are blocked and what
// to change, and whatever needs no cookie still works.
import { wechatAgent } from '../../tools/sandbox/wechat/wechatBrowser'
import { words } from '../../web/cashier/words'
import { noCookies } from '../../web/messages'
import {
  type CashierSite,
  cashierAddress,
  picture as cashierPicture,
  openCashierSite,
  payOnlyWithWechatPay,
  sendPayer,
} from '../support/browser/cashierSite'
import { blockCookies } from '../support/browser/noCookies'
import { phoneAgent } from '../support/browser/openMidasSite'
import { openTab } from '../support/browser/walk'
import { picture } from '../support/browser/wechatTab'

let shop: CashierSite
beforeAll(async () => {
  shop = await openCashierSite()
  await payOnlyWithWechatPay(shop)
}, 120_000)
afterAll(() => shop?.close())

const languages = ['zh', 'en'] as const
const locales = { zh: 'zh-CN', en: 'en-US' }
const screens = languages.flatMap((lang) => [390, 1280].map((width) => ({ lang, width })))

test.each(screens)('the shop says what to do ($lang, $width px)', async ({ lang, width }) => {
  const { context, page, errors } = await openTab(shop.stage, {
    viewport: { width, height: 844 },
    locale: locales[lang],
  })
  await blockCookies(context)
  await page.goto(`${shop.stage.cloud.url}/web/`)
  const sentence = page.getByRole('alert').filter({ hasText: noCookies[lang] })
  await sentence.waitFor()
  expect(await sentence.count()).toBe(1)
  await picture(page, `cookies-${lang}-${width}`)
  // The browser itself reports each refused call; the page’s scripts report nothing.
  expect(errors.filter((error) => !error.includes('401'))).toEqual([])
  await context.close()
})

describe('the cashier', () => {
  const pay = (lang: 'zh' | 'en') => `${words[lang].pay} ¥86.00`
  const visit = async (
    file: 'pay.html' | 'mpay.html',
    options: { locale: string; userAgent?: string; viewport?: { width: number; height: number } },
  ) => {
    const { purchase } = shop.request()
    const headers = { 'x-forwarded-for': '203.0.113.7' }
    const given = { ...options, ...(options.userAgent === phoneAgent && { extraHTTPHeaders: headers }) }
    return sendPayer(shop, cashierAddress(shop.stage.cloud.url, file, purchase), {
      ...given,
      prepare: blockCookies,
    })
  }

  test.each(screens)('at a PC the code is paid, without a cookie ($lang, $width px)', async ({ lang, width }) => {
    const payer = await visit('pay.html', { locale: locales[lang], viewport: { width, height: 844 } })
    const { page } = payer
    const [reply] = await Promise.all([page.waitForResponse('**/pay/api/pc/pay'), payer.press(pay(lang))])
    const { obj } = (await reply.json()) as { obj: string }
    await shop.stage.cloud.post('/local/pay', { payInfo: obj })
    await page.getByRole('heading', { name: words[lang].paid }).waitFor()
    await page.waitForURL(`${shop.site.origin}/thanks`)
    await payer.end()
  })

  test.each(languages)('who comes back from WeChat’s page is told where to look (%s)', async (lang) => {
    const payer = await visit('mpay.html', { locale: locales[lang], userAgent: phoneAgent })
    const { page } = payer
    await payer.press(pay(lang))
    await page.waitForURL('**/checkmweb**')
    await page.getByRole('button', { name: /确认支付|^Pay$/ }).click()
    await page.getByRole('button', { name: /完成|Done/ }).click()
    await page.getByRole('heading', { name: words[lang].returned }).waitFor()
    await payer.sees(words[lang].forgotten)
    await cashierPicture(page, `forgotten-${lang}-390`)
    await payer.end()
  })

  test.each(languages)('in WeChat it says why, and what to change (%s)', async (lang) => {
    const payer = await visit('mpay.html', { locale: locales[lang], userAgent: wechatAgent })
    const { page } = payer
    await payer.sees(words[lang].noCookies)
    // After another press the page shows the same sentence, and does not send the payer to WeChat's page again.
    await payer.press(pay(lang))
    await payer.sees(words[lang].noCookies)
    expect(new URL(page.url()).pathname).toMatch(/^\/web\/cashier\//)
    await cashierPicture(page, `cookies-${lang}-390`)
    await payer.end()
  })

  test('WeChat’s answer to a browser that has dropped its cookie says so', async () => {
    const answer = await fetch(`${shop.stage.cloud.url}/web/return?code=1&state=x`, {
      headers: { 'accept-language': 'en' },
    })
    expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('isn’t saving cookies')])
  })
})
