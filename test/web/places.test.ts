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
    back: '完成',
    iPaid: '我已付款',
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
    back: 'Done',
    iPaid: 'I’ve paid',
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

describe.each(['zh', 'en'] as const)('on a phone (%s)', (lang) => {
  const t = texts[lang]
  /** Orders, and follows the link on the order's page to WeChat's H5 page. */
  async function toWechat(): Promise<{ shopper: Visit; orderNo: string }> {
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
    return { shopper, orderNo }
  }
  const notice = (scenario: string) => stage.cloud.post('/local/sandbox', { provider: 'wechatpay', scenario })

  test('the link opens WeChat’s H5 page, which is paid and leads back to the paid order', async () => {
    const { shopper, orderNo } = await toWechat()
    const { page } = shopper
    await page.getByRole('button', { name: t.confirm }).click()
    await page.getByText(t.done).first().waitFor()
    await page.getByRole('button', { name: t.back }).click()
    await page.waitForURL('**/pages/order/index**')
    expect(shopper.orderNo()).toBe(orderNo)
    await untilPaid(shopper, lang)
    expect(await stage.cloud.stored(orderNo)).toMatchObject({ state: 'paid', place: 'mobile' })
    await shopper.end()
  })

  test('back from WeChat’s page, our page asks WeChat only when the shopper says so', async () => {
    const { shopper, orderNo } = await toWechat()
    const { page } = shopper
    await notice('pay-with-no-notice')
    await page.getByRole('button', { name: t.confirm }).click()
    await page.getByRole('button', { name: t.back }).click()
    const paid = page.getByRole('button', { name: t.iPaid }).filter({ visible: true })
    await paid.waitFor()
    const refreshes: unknown[] = []
    page.on('request', (request) => {
      if (request.url().endsWith('/web/call/order')) refreshes.push(request.postDataJSON().input.refresh ?? false)
    })
    // Long enough for the page to read our own record twice.
    await page.waitForTimeout(5_000)
    expect(refreshes.length).toBeGreaterThan(1)
    expect(new Set(refreshes)).toEqual(new Set([false]))
    await picture(page, `h5-back-${lang}`)
    await stage.cloud.advance(3_000)
    await paid.click()
    await page.getByText(t.paid, { exact: true }).filter({ visible: true }).first().waitFor()
    expect(await stage.cloud.stored(orderNo)).toMatchObject({ state: 'paid' })
    await shopper.end()
  })

  test('back by the browser’s button without paying, the shopper goes on with the same payment', async () => {
    const { shopper, orderNo } = await toWechat()
    const { page } = shopper
    const first = page.url()
    await page.goBack()
    const link = page.getByRole('link', { name: t.link }).filter({ visible: true })
    await link.click()
    await page.waitForURL('**/checkmweb**')
    expect(page.url()).toBe(first)
    expect((await stage.cloud.stored(orderNo)).payments).toHaveLength(1)
    await shopper.end()
  })
})

// The rules of WeChat's H5 page (docs/provider-facts.md): the Referer names the merchant's domain, and the page opens only
// in a phone's browser outside WeChat. Our own pages keep these rules. Anybody who breaks one reads WeChat's error message.
describe('WeChat’s H5 page', () => {
  const openLink = async (): Promise<{ shopper: Visit; href: string }> => {
    const shopper = await visit('mobile', 'zh')
    await shopper.page.goto(`${stage.cloud.url}/web/`)
    await checkOut(shopper, 'zh')
    const link = shopper.page.getByRole('link', { name: texts.zh.link }).filter({ visible: true })
    await link.waitFor()
    const { content } = await shopper.page.evaluate(() => ({
      content: (window as unknown as { __mp: { data: { link: string } } }).__mp.data.link,
    }))
    return { shopper, href: content }
  }

  test('hears our origin from our page', async () => {
    const { shopper } = await openLink()
    const heard = shopper.page.waitForRequest('**/checkmweb**')
    await shopper.page.getByRole('link', { name: texts.zh.link }).filter({ visible: true }).click()
    const referer = (await (await heard).allHeaders()).referer ?? ''
    expect(new URL(referer).origin).toBe(stage.cloud.url)
    await shopper.end()
  })

  test.each([
    ['without a Referer, such as from a typed address', undefined, agents.mobile, '参数错误，请联系商户处理'],
    ['from a page of another domain', 'https://evil.example/', agents.mobile, '商家存在未配置的参数，请联系商家解决'],
    ['from a subdomain that is not configured', 'http://shop.localhost/', agents.mobile, '商家存在未配置的参数'],
    ['inside WeChat', 'own', agents.wechat, '请在微信外打开订单，进行支付'],
  ])('%s: it refuses', async (_, referer, userAgent, sentence) => {
    const { shopper, href } = await openLink()
    const { context, page, errors } = await openTab(stage, { userAgent })
    await page.goto(href, {
      ...(referer !== undefined && { referer: referer === 'own' ? `${stage.cloud.url}/` : referer }),
    })
    await page.getByText(sentence).waitFor()
    expect(errors).toEqual([])
    await context.close()
    await shopper.end()
  })

  test('with another return address than the merchant’s, it refuses', async () => {
    const { shopper, href } = await openLink()
    const changed = new URL(href)
    changed.searchParams.set('redirect_url', 'https://evil.example/')
    const { context, page, errors } = await openTab(stage, { userAgent: agents.mobile })
    await page.goto(changed.href, { referer: `${stage.cloud.url}/` })
    await page.getByText('商家存在未配置的参数').waitFor()
    expect(errors).toEqual([])
    await context.close()
    await shopper.end()
  })

  test('after five minutes it refuses, and our page gives another address', async () => {
    const { shopper, href } = await openLink()
    await stage.cloud.advance(5 * 60_000)
    const { context, page, errors } = await openTab(stage, { userAgent: agents.mobile })
    await page.goto(href, { referer: `${stage.cloud.url}/` })
    await page.getByText('支付请求已失效').waitFor()
    expect(errors).toEqual([])
    await context.close()
    await shopper.page.reload()
    await shopper.page.getByRole('link', { name: texts.zh.link }).filter({ visible: true }).click()
    await shopper.page.waitForURL('**/checkmweb**')
    await shopper.page.getByRole('button', { name: texts.zh.confirm }).waitFor()
    await shopper.end()
  })
})

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
