// Tests pages that the browser restores from its back-forward cache, in Chromium: they show the current state and not the
// one in which the user left them. The npm package's Chromium has no such cache, so these tests send the page the events
// of a restore (pagehide and pageshow with `persisted`). openMidas.test.ts tests the same for the dialog of OpenMidas.
import type { Page } from 'playwright-core'
import { beijingDigits } from '../../miniprogram/rules/beijing'
import { words } from '../../web/cashier/words'
import { type CashierSite, cashierAddress, openCashierSite, sendPayer } from '../support/browser/cashierSite'
import { openTab } from '../support/browser/walk'

let shop: CashierSite
beforeAll(async () => {
  shop = await openCashierSite()
}, 120_000)
afterAll(() => shop?.close())

const turn = (page: Page, event: 'pagehide' | 'pageshow') =>
  page.evaluate((name) => dispatchEvent(new PageTransitionEvent(name, { persisted: true })), event)

/** Places an order in the page's browser and begins its payment with a code. @returns its number and the code */
async function placeOrder(page: Page): Promise<{ orderNo: string; code: string }> {
  const { now } = (await (await fetch(`${shop.stage.cloud.url}/local/clock`)).json()) as { now: number }
  const orderNo = `${beijingDigits(now)}restored`
  const code = await page.evaluate(async (no) => {
    const call = async (action: string, input: object) => {
      const headers = { 'content-type': 'application/json' }
      const body = JSON.stringify({ action, input })
      return (await fetch('/web/call/order', { method: 'POST', headers, body })).json() as Promise<{
        data: { payInfo: string }
      }>
    }
    await call('create', { orderNo: no, items: [{ sku: 'gaiwan', quantity: 1 }] })
    return (await call('pay', { orderNo: no, provider: 'wechatpay', channel: 'native' })).data.payInfo
  }, orderNo)
  return { orderNo, code }
}

test('the shop reads its page again', async () => {
  const { context, page, errors } = await openTab(shop.stage, { locale: 'zh-CN' })
  const { cloud } = shop.stage
  await page.goto(`${cloud.url}/web/`)
  await page.getByRole('button', { name: /增加/ }).first().waitFor()
  const { orderNo, code } = await placeOrder(page)
  await page.goto(`${cloud.url}/web/pages/orders/index`)
  const state = (text: string) => page.getByText(text, { exact: true }).filter({ visible: true }).first()
  await state('待支付').waitFor()
  await turn(page, 'pagehide')
  await cloud.post('/local/pay', { payInfo: code })
  for (let tries = 0; tries < 40 && (await cloud.stored(orderNo)).state !== 'paid'; tries++) await cloud.advance(1_000)
  expect(await state('待支付').isVisible()).toBe(true)
  await turn(page, 'pageshow')
  await state('已支付').waitFor()
  expect(errors).toEqual([])
  await context.close()
})

test('the cashier reads the payment again, and offers no second one', async () => {
  const { purchase } = shop.request()
  const payer = await sendPayer(shop, cashierAddress(shop.stage.cloud.url, 'pay.html', purchase), { locale: 'zh-CN' })
  const { page } = payer
  await page.getByRole('button', { name: `${words.zh.pay} ¥86.00` }).waitFor()
  await turn(page, 'pagehide')
  const { obj: payInfo } = await shop.client.pay(purchase, 'Wechat')
  await shop.stage.cloud.post('/local/pay', { payInfo })
  await shop.stage.cloud.advance(3_000)
  await shop.client.wechatQuery(purchase)
  await turn(page, 'pageshow')
  await page.getByRole('heading', { name: words.zh.paid }).waitFor()
  await page.waitForURL(`${shop.site.origin}/thanks`)
  await payer.end()
})
