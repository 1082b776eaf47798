// Tests Midas in the shop's website, in Chromium: its payment sheet in WeChat, WeChat's H5 page on a phone, and a QR
// code on a PC.
import type { Page } from 'playwright-core'
import { openStage, openTab, type Stage } from '../support/browser/walk'
import { agents } from '../support/browser/webShoppers'
import { beginPayment, offerOnly, openWechat, orderNoOn, picture, untilPaid } from '../support/browser/wechatTab'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
}, 120_000)
afterAll(() => stage?.close())

const way = { provider: 'midas', channel: 'wechat' }
const locales = { zh: 'zh-CN', en: 'en-US' }
const languages = ['zh', 'en'] as const

async function expectPaid(page: Page, orderNo: string, place: string): Promise<void> {
  await untilPaid(stage, page, orderNo)
  expect(await stage.cloud.stored(orderNo)).toMatchObject({
    state: 'paid',
    place,
    surplusFen: 0,
    payments: [{ provider: 'midas', channel: 'wechat', state: 'paid' }],
  })
}

it.each(languages)('in WeChat its sheet opens under the official account (%s)', async (lang) => {
  const { context, page, errors } = await openWechat(stage, { lang })
  await context.addCookies([{ name: 'wechat', value: 'person%3Dmidas', url: stage.cloud.url }])
  await offerOnly(page, way)
  const orderNo = await beginPayment(stage, page)
  await expectPaid(page, orderNo, 'wechat')
  await picture(page, `midas-wechat-${lang}`)
  expect(errors).toEqual([])
  await context.close()
})

it.each([
  ['zh', 'notice-before-result'],
  ['en', 'pay-with-no-notice'],
] as const)('on a phone WeChat’s page is paid, and the order’s page says so (%s, %s)', async (lang, scenario) => {
  const { context, page, errors } = await openTab(stage, {
    viewport: { width: 390, height: 844 },
    locale: locales[lang],
    userAgent: agents.mobile,
  })
  await offerOnly(page, way)
  await stage.cloud.post('/local/sandbox', { provider: 'midas', scenario })
  await beginPayment(stage, page, '**/sandbox/midas/h5/**')
  await page.getByRole('button', { name: /确认支付|^Pay$/ }).click()
  await page.getByRole('button', { name: /完成|Done/ }).click()
  // WeChat returns the user to the page. If our record does not know the payment yet, a dialog asks whether the user
  // has paid.
  if (scenario === 'pay-with-no-notice') await page.getByRole('button', { name: /已完成支付|I’ve paid/ }).click()
  await page.waitForURL('**/pages/order/index**')
  const orderNo = orderNoOn(page)
  await expectPaid(page, orderNo, 'mobile')
  await picture(page, `midas-mobile-${lang}`)
  expect(errors).toEqual([])
  await context.close()
})

it.each(languages)('on a PC its code is scanned, and the order’s page says that it was paid (%s)', async (lang) => {
  const { context, page, errors } = await openTab(stage, {
    viewport: { width: 1280, height: 844 },
    locale: locales[lang],
    userAgent: agents.pc,
  })
  await offerOnly(page, way)
  const opened = page.waitForResponse('**/sandbox/midas/web')
  await beginPayment(stage, page, '**/pages/checkout/index**')
  const { code } = (await (await opened).json()) as { code: string }
  await page.getByRole('dialog').waitFor()
  await picture(page, `midas-pc-${lang}`)
  await stage.cloud.post('/local/pay', { payInfo: code })
  await page.waitForURL('**/pages/order/index**')
  await expectPaid(page, orderNoOn(page), 'pc')
  expect(errors).toEqual([])
  await context.close()
})
