// Tests payments in WeChat's browser with a provider's own official account, in Chromium. The provider's openid page
// leads to our page, which opens the payment sheet.
import { openStage, openTab, type Stage } from '../support/browser/walk'
import { agents, webShoppers } from '../support/browser/webShoppers'
import { beginPayment, offerOnly, openWechat, picture, untilPaid } from '../support/browser/wechatTab'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
}, 120_000)
afterAll(() => stage?.close())

const link = (page: Awaited<ReturnType<typeof openWechat>>['page']) =>
  page.getByRole('link', { name: /sandbox/ }).filter({ visible: true })

describe('Wisecashier', () => {
  it.each(['zh', 'en'] as const)('its container shows our page, and the order is paid (%s)', async (lang) => {
    const { context, page, errors } = await openWechat(stage, { lang })
    await context.addCookies([{ name: 'wechat', value: 'person%3Dwise', url: stage.cloud.url }])
    await offerOnly(page, { provider: 'wisecashier', channel: 'mp' })
    const orderNo = await beginPayment(stage, page)
    const calls: [string | null, Record<string, string>][] = []
    page.on('request', async (request) => {
      if (request.url().endsWith('/mp_pay')) calls.push([request.postData(), await request.allHeaders()])
    })
    const addresses: string[] = []
    page.on('framenavigated', (frame) => addresses.push(frame.url()))
    await link(page).click()
    await page.waitForURL('**/pages/order/index**')
    await untilPaid(stage, page, orderNo)
    await picture(page, `wisecashier-${lang}`)
    const { payments, ...order } = await stage.cloud.stored(orderNo)
    expect(order).toMatchObject({ state: 'paid', place: 'wechat' })
    expect(payments).toMatchObject([{ provider: 'wisecashier', channel: 'mp', kind: 'link', state: 'paid' }])
    // The page makes one call. The call has the header Version but no signature and no merchant number. The openid of
    // Wisecashier's account appears in no address.
    expect(calls).toHaveLength(1)
    const [body, headers] = calls[0] ?? ['', {}]
    expect(Object.fromEntries(new URLSearchParams(body ?? ''))).toMatchObject({
      openid: expect.stringMatching(/^oWisecashier_wise_/),
      agent_order_id: payments[0]?.no,
    })
    expect(headers).toMatchObject({ version: '1.0' })
    expect(Object.keys(headers).filter((name) => /merchantno|timestamp|signature/.test(name))).toEqual([])
    expect(addresses.some((one) => one.includes('/mp_pay/shop/'))).toBe(true)
    expect(addresses.filter((one) => one.includes('openid'))).toEqual([])
    expect(errors).toEqual([])
    await context.close()
  })

  it('a page that is loaded again, and a sheet that was closed, go on with the same payment', async () => {
    const { context, page, errors } = await openWechat(stage)
    await offerOnly(page, { provider: 'wisecashier', channel: 'mp' })
    const orderNo = await beginPayment(stage, page)
    await stage.cloud.post('/local/sandbox', { provider: 'wisecashier', scenario: 'cancel' })
    await link(page).click()
    await page.getByText('支付已取消，没有扣款。').waitFor()
    await picture(page, 'wisecashier-cancelled')
    await stage.cloud.post('/local/sandbox', { provider: 'wisecashier', scenario: 'pay' })
    await page.reload()
    await page.waitForURL('**/pages/order/index**')
    await untilPaid(stage, page, orderNo)
    expect((await stage.cloud.stored(orderNo)).payments).toHaveLength(1)
    expect(errors).toEqual([])
    await context.close()
  })
})

describe('the Unified platform', () => {
  it.each(['zh', 'en'] as const)('its openid page leads to our page, and the order is paid (%s)', async (lang) => {
    const { context, page, errors } = await openWechat(stage, { lang })
    await offerOnly(page, { provider: 'unified', channel: 'h5.openid' })
    const orderNo = await beginPayment(stage, page)
    await link(page).click()
    await page.waitForURL(
      ({ pathname, search }) => pathname === '/web/pay/sheet' && search.includes('openid=oUnified_'),
    )
    await page.waitForURL('**/pages/order/index**')
    await untilPaid(stage, page, orderNo)
    expect(await stage.cloud.stored(orderNo)).toMatchObject({
      state: 'paid',
      place: 'wechat',
      payments: [{ channel: 'h5.openid', state: 'paid', sheet: expect.stringContaining('prepay_id') }],
    })
    expect(errors).toEqual([])
    await context.close()
  })

  it.each([
    ['mobile', 'mpay.html', 390],
    ['pc', 'pc.Alipay', 1280],
  ] as const)('in the place %s its page %s is paid, and leads back to the order', async (place, channel, width) => {
    const { context, page, errors } = await openTab(stage, {
      viewport: { width, height: 844 },
      locale: 'zh-CN',
      userAgent: agents[place],
    })
    await offerOnly(page, { provider: 'unified', channel })
    const orderNo = await beginPayment(stage, page)
    await link(page).click()
    await page.getByRole('button', { name: '确认支付' }).click()
    await page.getByRole('button', { name: '完成' }).click()
    await page.waitForURL(`**/pages/order/index?orderNo=${orderNo}`)
    await untilPaid(stage, page, orderNo)
    expect(errors).toEqual([])
    await context.close()
  })

  it('on a PC its code is scanned, and the page says that it was paid', async () => {
    const { context, page, errors } = await openTab(stage, {
      viewport: { width: 1280, height: 844 },
      locale: 'zh-CN',
      userAgent: agents.pc,
    })
    await offerOnly(page, { provider: 'unified', channel: 'pc' })
    const orderNo = await beginPayment(stage, page)
    await page.locator('img[src^="data:image/png"]').first().waitFor()
    const { payInfo } = (await stage.cloud.stored(orderNo)).payments[0] ?? {}
    await stage.cloud.post('/local/pay', { payInfo })
    await untilPaid(stage, page, orderNo)
    expect(errors).toEqual([])
    await context.close()
  })
})

it('our page is shown for the address that we gave, and for no other', async () => {
  const shoppers = webShoppers(stage.cloud)
  const browser = await shoppers.open('wechat')
  await shoppers.signIn(browser)
  const orderNo = await shoppers.order(browser)
  const { payInfo, paymentNo, kind } = await shoppers.pay(browser, orderNo, { provider: 'wisecashier', channel: 'mp' })
  const given = new URL(payInfo).searchParams
  expect([kind, given.get('payment')]).toEqual(['link', paymentNo])
  const visit = async (changes: Record<string, string>) => {
    const query = new URLSearchParams({ ...Object.fromEntries(given), openid: 'oWisecashier_a', ...changes })
    const answer = await fetch(`${stage.cloud.url}/web/pay/sheet?${query}`, {
      headers: { 'user-agent': agents.wechat },
    })
    return { status: answer.status, policy: answer.headers.get('content-security-policy'), text: await answer.text() }
  }
  const shown = await visit({})
  expect(shown.status).toBe(200)
  // A provider may show our page under the provider's own address, so the page loads the script from our full address.
  expect(shown.text).toContain(`src="${stage.cloud.url}/web/paySheet.js"`)
  expect(shown.policy).toContain(`script-src ${stage.cloud.url}`)
  for (const changes of [{ key: 'x' }, { key: '' }, { payment: `${orderNo}02` }, { openid: '<b>' }, { openid: '' }])
    expect((await visit(changes)).status).toBe(404)
  // Only our own page may request a payment sheet from our server. For a provider whose page calls the provider itself,
  // our server gives no sheet.
  const body = { payment: paymentNo, key: given.get('key'), openid: 'oWisecashier_a' }
  expect(await browser.post('/web/pay/sheet', body)).toMatchObject({ status: 404 })
})
