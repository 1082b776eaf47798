// Tests the sandbox in Chromium: the payment page, on which a person pays or cancels after opening a link or scanning a
// QR code; the payment sheets of other wallets; and the switch that applies a scenario to one payment or to all
// payments.

import { openStage, openTab, type Stage, walk } from '../support/browser/walk'
import { dataOf } from '../support/startCloud'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
}, 90_000)
afterAll(() => stage.close())

async function opened(provider: string, channel: string) {
  const { orderNo } = await stage.cloud.newOrder()
  const reply = await stage.cloud.order('pay', { orderNo, provider, channel })
  return { orderNo, payInfo: String(dataOf(reply).payInfo) }
}

/** The page to which a payment leads. A link is the address itself; the sandbox opens the content of a QR code. */
const addressOf = (payInfo: string, lang: string): string =>
  payInfo.startsWith(stage.cloud.url)
    ? payInfo
    : `${stage.cloud.url}/local/pay?${new URLSearchParams({ payInfo, lang })}`

const texts = {
  zh: {
    payTo: '付款给 小收银台',
    pay: '确认支付',
    cancel: '取消支付',
    again: '继续支付',
    paid: /支付成功/,
    cancelled: /没有扣款/,
  },
  en: {
    payTo: 'Pay to Mini Cashier',
    pay: 'Pay',
    cancel: 'Cancel',
    again: 'Pay now',
    paid: /successful/,
    cancelled: /You weren’t charged/,
  },
}

describe('the page behind a link or code', () => {
  it.each([
    ['jubao', 'zh'],
    ['jubao', 'en'],
    ['paymax', 'zh'],
    ['paymax', 'en'],
    ['unified', 'zh'],
    ['unified', 'en'],
  ] as const)('accepts a cancel and then the money, for every link and code of %s, in %s', async (provider, lang) => {
    const { channels } = dataOf(await stage.cloud.order('channels', {}))
    const ways = channels.filter((one) => one.provider === provider && one.usable && one.kind !== 'jsapi')
    expect(ways).not.toEqual([])
    for (const { channel } of ways) {
      const { orderNo, payInfo } = await opened(provider, channel)
      const { context, page, errors } = await openTab(stage, {
        viewport: { width: 390, height: 844 },
        locale: lang === 'zh' ? 'zh-CN' : 'en-US',
      })
      const said: string[] = []
      page.on('console', (message) => said.push(message.text()))
      await page.goto(addressOf(payInfo, lang))
      await page.getByText(texts[lang].payTo).waitFor()
      await page.getByText('172.00').waitFor()
      await page.getByText('白瓷盖碗').waitFor()
      await page.getByRole('button', { name: texts[lang].cancel }).click()
      await page.getByText(texts[lang].cancelled).waitFor()
      expect((await stage.cloud.stored(orderNo)).state).not.toBe('paid')
      await page.getByRole('button', { name: texts[lang].again }).click()
      await page.getByText(texts[lang].paid).waitFor()
      for (let tries = 0; tries < 50 && (await stage.cloud.stored(orderNo)).state !== 'paid'; tries++)
        await page.waitForTimeout(100)
      expect(await stage.cloud.stored(orderNo)).toMatchObject({
        state: 'paid',
        payments: [{ provider, state: 'paid' }],
      })
      await page.reload()
      await page.getByText(lang === 'zh' ? '订单已支付' : 'has already been paid').waitFor()
      expect(await page.getByRole('button', { name: texts[lang].pay, exact: true }).isVisible()).toBe(false)
      expect([...said, ...errors]).toEqual([])
      await context.close()
    }
  })
})

describe('a chosen scenario', () => {
  afterEach(async () => {
    await stage.cloud.post('/local/sandbox', { provider: 'midas', scenario: 'pay', keep: false })
  })
  it.each(['pay-with-no-notice', 'provider-down'])(
    '%s is used by one payment, and the devtools say so',
    async (scenario) => {
      const developer = await walk(stage, { phoneOnly: false, width: 1_280, lang: 'en' })
      const panel = developer.page.getByRole('region', { name: 'Result of the next payment' })
      const next = panel.getByRole('combobox', { name: 'Tencent Midas' })
      const isShown = async (expected: string) => {
        for (let tries = 0; tries < 50 && (await next.inputValue()) !== expected; tries++)
          await developer.page.waitForTimeout(100)
        expect(await next.inputValue()).toBe(expected)
      }
      // Wait until the sandbox has answered, because a payment that begins earlier would not use the scenario.
      const choose = (chosen: string) =>
        Promise.all([developer.page.waitForResponse(/\/local\/sandbox/), next.selectOption(chosen)])
      await choose(scenario)
      const { orderNo } = await stage.cloud.newOrder()
      const paid = await stage.cloud.pay(orderNo).catch(String)
      // Ask the sandbox first, so that a failure shows whether the payment or the devtools were late.
      const sandbox = (await (await fetch(`${stage.cloud.url}/local/sandbox`)).json()) as {
        providers: { provider: string; next: string }[]
      }
      const used = sandbox.providers.find(({ provider }) => provider === 'midas')?.next
      expect({ paid, used }).toMatchObject({ used: 'pay' })
      await isShown('pay')

      const keep = panel.getByLabel('Keep for all later payments')
      await Promise.all([developer.page.waitForResponse(/\/local\/sandbox/), keep.check()])
      await choose('pay-with-no-notice')
      for (let time = 0; time < 2; time++) {
        const kept = await stage.cloud.newOrder()
        expect(await stage.cloud.pay(kept.orderNo)).toEqual({ errMsg: 'requestPayment:ok' })
        expect((await stage.cloud.stored(kept.orderNo)).state).toBe('open')
      }
      await isShown('pay-with-no-notice')
      await developer.page.reload()
      expect(await keep.isChecked()).toBe(true)
      await isShown('pay-with-no-notice')
      await developer.end()
    },
  )
})

it('QQ’s payment sheet is drawn as QQ’s, in both languages', async () => {
  for (const lang of ['zh', 'en'] as const) {
    const shopper = await walk(stage, { lang, provider: 'midas' })
    await shopper.toCheckout()
    const more = shopper.page.getByRole('button', { name: lang === 'zh' ? '更多支付方式' : 'More payment methods' })
    if (await more.isVisible()) await more.click()
    await shopper.press(lang === 'zh' ? /^QQ/ : /^QQ/, 'radio')
    await shopper.press(lang === 'zh' ? /^支付 ?¥/ : /^Pay ?¥/)
    const sheet = shopper.page.getByRole('dialog', { name: lang === 'zh' ? 'QQ 钱包' : 'QQ Wallet' })
    await sheet.getByText(lang === 'zh' ? '小收银台' : 'Mini Cashier').waitFor()
    const text = (await sheet.textContent()) ?? ''
    expect(text).not.toMatch(/微信支付|WeChat/)
    if (lang === 'en') expect(text).not.toMatch(/\p{Script=Han}/u)
    await shopper.confirm()
    await shopper.sees(lang === 'zh' ? '已支付' : /received your payment/)
    await shopper.end()
  }
})

describe('a shopper', () => {
  it('opens the orders page again and again without a warning', async () => {
    const shopper = await walk(stage)
    await shopper.toSheet()
    await shopper.confirm()
    await shopper.sees('已支付')
    await shopper.page.goto(`${stage.cloud.url}/?as=shopper-a&lang=zh&desk=0#/pages/orders/index`)
    await shopper.page.reload()
    for (let time = 0; time < 2; time++) {
      await shopper.sees('已支付')
      await shopper.page.getByRole('button', { name: '我的', exact: true }).click()
      await shopper.page.getByRole('button', { name: '订单', exact: true }).click()
    }
    await shopper.end()
  })

  it('is told why a disabled button does nothing', async () => {
    const shopper = await walk(stage)
    await shopper.press('去结算')
    await shopper.sees('请先选择商品')
    await shopper.page.goto(`${stage.cloud.url}/?as=shopper-a&lang=zh&desk=0#/pages/plans/index`)
    await shopper.page.reload()
    await shopper.press('去微信签约')
    await shopper.sees(/同意/)
    await shopper.page.getByRole('status').filter({ visible: true }).waitFor()
    await shopper.end()
  })

  it.each([1.45, 1.8])('finds the buttons of a product on its card with text %d times as large', async (scale) => {
    const shopper = await walk(stage, { width: 375 })
    // The longest price that a card shows has six digits before the point. Beside it is the widest stepper.
    await shopper.page.route('**/call/order', async (route) => {
      const response = await route.fetch()
      const reply = (await response.json()) as { data?: { products?: { priceFen: number }[] } }
      for (const product of reply.data?.products ?? []) product.priceFen *= 1_000
      await route.fulfill({ response, json: reply })
    })
    await shopper.page.reload()
    await shopper.sees('168,000')
    const add = shopper.page.getByRole('button', { name: /增加/ })
    for (const index of [0, 1, 2]) await add.nth(index).click()
    const outside = await shopper.page.evaluate((times) => {
      const all = [...document.querySelectorAll<HTMLElement>('.wx-page *')]
      const sizes = all.map((element) => Number.parseFloat(getComputedStyle(element).fontSize))
      all.forEach((element, index) => {
        element.style.fontSize = `${(sizes[index] ?? 0) * times}px`
      })
      const right = (element: Element) => element.getBoundingClientRect().right
      const cards = all.filter((element) => /product/.test(element.className))
      const buttons = cards.flatMap((card) => [...card.querySelectorAll('[role=button]')].map((one) => ({ card, one })))
      return { all: buttons.length, left: buttons.filter(({ card, one }) => right(one) > right(card)).length }
    }, scale)
    // three cards with two buttons each (minus and plus); the other cards have only the plus button
    expect(outside.all).toBeGreaterThanOrEqual(6)
    expect(outside.left).toBe(0)
    const { scrollWidth, clientWidth } = await shopper.page
      .locator('.wx-page')
      .first()
      .evaluate(({ scrollWidth, clientWidth }) => ({ scrollWidth, clientWidth }))
    expect(scrollWidth).toBeLessThanOrEqual(clientWidth)
    await shopper.end()
  })
})
