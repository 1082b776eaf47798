// Tests paying in a phone's browsers, in Chromium: through the H5 page outside WeChat, and through the JS bridge inside
// WeChat.
import { join } from 'node:path'
import type { BrowserContext, Page } from 'playwright-core'
import { openStage, openTab, type Stage } from '../support/browser/walk'

const agents = {
  mobile: 'Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36',
  wechat: 'Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36 MicroMessenger/8.0.50',
}
const texts = {
  zh: {
    locale: 'zh-CN',
    add: /增加/,
    checkout: '去结算',
    pay: /^支付 ?¥/,
    link: /sandbox\/wechatpay/,
    confirm: '确认支付',
    done: '支付成功',
    paid: '已支付',
  },
  en: {
    locale: 'en-US',
    add: /Add/,
    checkout: 'Check out',
    pay: /^Pay ?¥/,
    link: /sandbox\/wechatpay/,
    confirm: 'Pay',
    done: /Payment successful/,
    paid: 'Paid',
  },
}

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
}, 120_000)
afterAll(() => stage.close())

interface Visit {
  page: Page
  context: BrowserContext
  press(name: string | RegExp): Promise<void>
  orderNo(): string
  end(): Promise<void>
}

async function visit(place: keyof typeof agents, lang: 'zh' | 'en'): Promise<Visit> {
  const { context, page, errors } = await openTab(stage, {
    viewport: { width: 390, height: 844 },
    locale: texts[lang].locale,
    userAgent: agents[place],
    // The phone's address, as a gateway would add it.
    extraHTTPHeaders: { 'x-forwarded-for': '203.0.113.9' },
  })
  // Leave only WeChat Pay's payment methods, because other methods with the same name would take their place.
  await page.route('**/web/call/order', async (route) => {
    const response = await route.fetch()
    const reply = (await response.json()) as { data?: { channels?: { provider: string }[] } }
    if (reply.data?.channels) reply.data.channels = reply.data.channels.filter((one) => one.provider === 'wechatpay')
    await route.fulfill({ response, json: reply })
  })
  return {
    page,
    context,
    press: (name) => page.getByRole('button', { name }).filter({ visible: true }).first().click(),
    orderNo: () => new URL(page.url()).searchParams.get('orderNo') ?? '',
    async end() {
      await context.close()
      expect(errors).toEqual([])
    },
  }
}

async function checkOut(shopper: Visit, lang: 'zh' | 'en'): Promise<void> {
  const t = texts[lang]
  await shopper.press(t.add)
  await shopper.press(t.checkout)
  await shopper.page.getByRole('radio').first().waitFor()
  await shopper.press(t.pay)
}

/** Waits for WeChat Pay's notice, and checks that the page says paid. */
async function untilPaid({ page, orderNo }: Visit, lang: 'zh' | 'en'): Promise<void> {
  const isPaid = async () => (await stage.cloud.stored(orderNo())).state === 'paid'
  for (let tries = 0; tries < 40 && !(await isPaid()); tries++) {
    await stage.cloud.advance(1_000)
    await page.waitForTimeout(50)
  }
  await page.getByText(texts[lang].paid, { exact: true }).filter({ visible: true }).first().waitFor()
}

test.each(['zh', 'en'] as const)(
  'on a phone the link opens WeChat Pay’s page, and the order is paid (%s)',
  async (lang) => {
    const t = texts[lang]
    const shopper = await visit('mobile', lang)
    const { page } = shopper
    await page.goto(`${stage.cloud.url}/web/`)
    await checkOut(shopper, lang)
    const link = page.getByRole('link', { name: t.link }).filter({ visible: true })
    await link.waitFor()
    const orderNo = shopper.orderNo()
    await picture(page, `h5-${lang}`)
    await link.click()
    await page.waitForURL('**/checkmweb**')
    await page.getByRole('button', { name: t.confirm }).click()
    await page.getByText(t.done).first().waitFor()
    // Return to the shop, as WeChat does after the payment.
    await page.goto(new URL(page.url()).searchParams.get('redirect_url') ?? '')
    expect(shopper.orderNo()).toBe(orderNo)
    await untilPaid(shopper, lang)
    expect(await stage.cloud.stored(orderNo)).toMatchObject({ state: 'paid', place: 'mobile' })
    await shopper.end()
  },
)

test.each(['zh', 'en'] as const)('in WeChat the shopper is signed in, and pays in its sheet (%s)', async (lang) => {
  const t = texts[lang]
  const shopper = await visit('wechat', lang)
  const { page, context } = shopper
  await context.addCookies([{ name: 'wechat', value: 'person%3Da', url: stage.cloud.url }])
  await context.addInitScript(() => {
    // The bridge appears later than the page, as in WeChat.
    setTimeout(() => {
      const bridge = {
        async invoke(name: string, parameters: object, answered: (answer: object) => void) {
          const response = await fetch('/local/pay', {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify({ payInfo: parameters }),
          })
          const { errMsg } = (await response.json()) as { errMsg: string }
          const word = errMsg === 'requestPayment:ok' ? 'ok' : 'fail'
          answered({ err_msg: `${name === 'getBrandWCPayRequest' ? 'get_brand_wcpay_request' : name}:${word}` })
        },
      }
      Object.assign(window, { WeixinJSBridge: bridge })
      document.dispatchEvent(new Event('WeixinJSBridgeReady'))
    }, 1_000)
  })
  await page.goto(`${stage.cloud.url}/web/`)
  await page.getByRole('button', { name: t.add }).first().waitFor()
  await checkOut(shopper, lang)
  await page.waitForURL('**/pages/order/index**')
  await untilPaid(shopper, lang)
  await picture(page, `wechat-${lang}`)
  expect(await stage.cloud.stored(shopper.orderNo())).toMatchObject({
    state: 'paid',
    place: 'wechat',
    app: 'wx0000000000000001',
    payments: [{ channel: 'official', state: 'paid' }],
  })
  await shopper.end()
})

/** Takes a screenshot for a person to look at, if the variable SCREENS names a folder. */
async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env.SCREENS
  if (folder !== undefined) await page.screenshot({ path: join(folder, `${name}.png`) })
}
