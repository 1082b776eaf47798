// Tests OpenMidas for browsers on phones, in Chromium, from a website on another origin: the H5 page outside WeChat,
// and the JS bridge inside WeChat.
import type { Page } from 'playwright-core'
import { wechatAgent } from '../../tools/sandbox/wechat/wechatBrowser'
import {
  newPayment,
  type OpenMidasSite,
  openMidasSite,
  phoneAgent,
  picture,
  scripts,
  type Visit,
  visit,
} from '../support/browser/openMidasSite'
import { countQuestions } from '../support/questions'

let shop: OpenMidasSite
beforeAll(async () => {
  shop = await openMidasSite()
}, 120_000)
afterAll(() => shop?.close())

const words = {
  'zh-CN': {
    pay: '确认支付',
    cancel: '取消支付',
    paid: '支付成功',
    back: '完成',
    done: '已完成支付',
    again: '继续支付',
    close: '取消',
    notYet: /暂未收到付款/,
  },
  'en-US': {
    pay: 'Pay',
    cancel: 'Cancel',
    paid: /Payment successful/,
    back: 'Done',
    done: 'I’ve paid',
    again: 'Continue to payment',
    close: 'Cancel',
    notYet: /We haven’t received your payment/,
  },
}
type Locale = keyof typeof words
const locales = Object.keys(words) as Locale[]

const phone = (locale: Locale) => ({ locale, userAgent: phoneAgent, hasTouch: true, isMobile: true })
const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).tap()

describe.each(locales)('on a phone outside WeChat (%s)', (locale) => {
  const t = words[locale]

  it('the H5 page opens, and the order’s web callback address ends it', async () => {
    const { orderNo, payInfo } = await newPayment(shop, `${shop.site.origin}/thanks`)
    const one = await visit(shop, scripts.withRedirect(payInfo), phone(locale))
    const { page } = one
    await one.buy()
    await page.waitForURL('**/sandbox/midas/h5/**')
    await press(page, t.pay)
    await page.getByText(t.paid).waitFor()
    await press(page, t.back)
    await page.waitForURL(/thanks\?resultCode=0&/)
    expect(await shop.stage.cloud.stored(orderNo)).toMatchObject({ state: 'paid' })
    await one.end()
  })

  it('the person comes back before the payment is known, and a button asks the provider', async () => {
    const { orderNo, paymentNo, payInfo } = await newPayment(shop)
    const questions = await countQuestions(shop.stage.cloud.url)
    const one = await visit(shop, scripts.withCallback(payInfo), phone(locale))
    const { page } = one
    await one.buy()
    await page.waitForURL('**/sandbox/midas/h5/**')
    const h5 = page.url()
    await page.goto(new URL(h5).searchParams.get('redirect_url') ?? '')
    await page.getByRole('button', { name: t.done }).waitFor()
    await picture(page, `back-${locale}`)
    // In this time the page reads the shop's record twice.
    await page.waitForTimeout(4_500)
    expect(questions.about(paymentNo)).toBe(0)
    await press(page, t.done)
    await page.getByText(t.notYet).waitFor()
    expect(questions.about(paymentNo)).toBe(1)
    await questions.end()
    await shop.stage.cloud.post('/local/pay', { payInfo: h5, scenario: 'pay-with-no-notice' })
    await shop.stage.cloud.advance(3_000)
    // The result may arrive before the button is pressed, because the timer also queries the payment.
    await Promise.race([press(page, t.done), one.answers()])
    expect(await one.answers()).toEqual([['payDone', 0, 'mc-0-1', expect.any(String), 'ticket=7']])
    expect(await shop.stage.cloud.stored(orderNo)).toMatchObject({ state: 'paid' })
    await one.end()
  })
})

test('the back button of the phone leads from the H5 page back to the payment, which can go on or be left', async () => {
  const t = words['zh-CN']
  const { payInfo } = await newPayment(shop)
  const one = await visit(shop, scripts.withCallback(payInfo), phone('zh-CN'))
  const { page } = one
  await one.buy()
  await page.waitForURL('**/sandbox/midas/h5/**')
  await page.goBack()
  await press(page, t.again)
  await page.waitForURL('**/sandbox/midas/h5/**')
  await page.goBack()
  await press(page, t.close)
  // Somebody may still pay on the H5 page, so the result must not be "cancelled".
  expect(await one.answers()).toEqual([['payDone', -4, 'mc-4-4', expect.any(String), 'ticket=7']])
  await one.end()
})

test('a site in a frame opens the H5 page in the top window', async () => {
  const { payInfo } = await newPayment(shop)
  const one = await visit(shop, scripts.withCallback(payInfo), phone('zh-CN'))
  const { page } = one
  shop.site.pages.set(
    '/frame',
    `<!doctype html><title>frame</title><link rel="icon" href="data:,"><iframe src="/"></iframe>`,
  )
  await page.goto(`${shop.site.origin}/frame`)
  await page.frameLocator('iframe').locator('#buy').tap()
  await page.waitForURL('**/sandbox/midas/h5/**')
  await one.end()
})

describe.each(locales)('inside WeChat (%s)', (locale) => {
  const t = words[locale]
  const open = (script: string) => visit(shop, script, { ...phone(locale), userAgent: wechatAgent })
  const inSheet = ({ page }: Visit, name: string) =>
    page.frameLocator('iframe[title="微信支付"]').getByRole('button', { name, exact: true }).tap()

  it('the payment sheet opens once the bridge is there', async () => {
    const { orderNo, payInfo } = await newPayment(shop)
    // The page pays at once, before WeChat's script has loaded.
    const one = await open(`${scripts.withCallback(payInfo)}
document.querySelector('#buy').click()`)
    await one.page.frameLocator('iframe').getByText('¥172.00').waitFor()
    await picture(one.page, `wechat-${locale}`)
    await inSheet(one, t.pay)
    expect(await one.answers()).toEqual([[0, 'mc-0-1', expect.any(String), 'ticket=7']])
    // The sheet may report success before Midas's notice arrives.
    while ((await shop.stage.cloud.stored(orderNo)).state !== 'paid') await shop.stage.cloud.advance(1_000)
    await one.end()
  })

  it('a person who closes the sheet comes to the web callback address with -2', async () => {
    const { orderNo, payInfo } = await newPayment(shop, `${shop.site.origin}/thanks?a=1#top`)
    const one = await open(scripts.withRedirect(payInfo))
    await one.buy()
    await inSheet(one, t.cancel)
    await one.page.waitForURL(/thanks\?a=1&resultCode=-2&innerCode=mc-2-1&.*#top$/)
    expect(await shop.stage.cloud.stored(orderNo)).toMatchObject({ state: 'open' })
    await one.end()
  })
})

test('inside a mini-program’s web view nothing opens', async () => {
  const { payInfo } = await newPayment(shop)
  const one = await visit(shop, scripts.withCallback(payInfo), { ...phone('zh-CN'), userAgent: wechatAgent })
  await one.page.evaluate('window.__wxjs_environment = "miniprogram"')
  await one.buy()
  expect(await one.answers()).toEqual([[-1, 'mc-1-9', expect.any(String), 'ticket=7']])
  await one.end()
})
