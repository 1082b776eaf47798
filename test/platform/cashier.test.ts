// Tests the Unified platform's document from its first page to its last call, in Chromium: from another system's page
// on another origin, through our cashier to a paid order, back to that system, and our call to its `bgUrl`.
import { wechatAgent } from '../../tools/sandbox/wechat/wechatBrowser'
import {
  type CashierSite,
  cashierAddress,
  openCashierSite,
  picture,
  sendPayer,
  systemName,
} from '../support/browser/cashierSite'
import { phoneAgent } from '../support/browser/openMidasSite'

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

/** Waits until the other system has received the payment's notification. Runs the timer meanwhile. */
async function heardOf(requestKey: string): Promise<URLSearchParams> {
  const find = () => shop.receiver.heard.find(({ path }) => path.includes(`requestKey=${requestKey}`))
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

it.each(['zh', 'en'] as const)(
  'a payer on a phone outside WeChat pays by WeChat’s link and comes back (%s)',
  async (lang) => {
    const t = words[lang]
    const { requestKey, purchase } = shop.request()
    const payer = await sendPayer(shop, cashierAddress(shop.stage.cloud.url, 'mpay.html', purchase), {
      locale: t.locale,
      userAgent: phoneAgent,
      // WeChat Pay requires the phone's own address for H5 payments.
      extraHTTPHeaders: { 'x-forwarded-for': '203.0.113.7' },
    })
    const { page } = payer
    await payer.press(t.pay)
    await page.waitForURL('**/sandbox/**')
    const link = page.url()
    // WeChat's page can return only to the shop's own domain, and the return address does not contain the payment
    // request. The cashier's page must still know which payment it was.
    await page.goto(`${shop.stage.cloud.url}/web/cashier/pay.html`)
    await page.getByRole('heading', { name: t.returned }).waitFor()
    await picture(page, `returned-${lang}-390`)
    await payer.press(t.done)
    await payer.sees(t.notYet)
    await shop.stage.cloud.post('/local/pay', { payInfo: link })
    await page.waitForURL(`${shop.site.origin}/thanks`)
    expect((await heardOf(requestKey)).get('payStatus')).toBe('SUCCESSPAY')
    await payer.end()
  },
)
