// Tests the dialog of OpenMidas in Chromium on another origin: keyboard, screen readers, strict content security
// policies, and pages that try to deceive the dialog.
import type { Page } from 'playwright-core'
import {
  newPayment,
  type OpenMidasSite,
  openMidasSite,
  phoneAgent,
  scripts,
  scriptTags,
  visit,
} from '../support/browser/openMidasSite'

let shop: OpenMidasSite
beforeAll(async () => {
  shop = await openMidasSite()
}, 120_000)
afterAll(() => shop?.close())
afterEach(() => {
  shop.site.headers = {}
})

/** The text of the focused element, even inside shadow roots. */
const focused = (page: Page): Promise<string> =>
  page.evaluate(() => {
    let element = document.activeElement
    while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement
    return element?.textContent ?? ''
  })

test('focus stays in the dialog; Esc cancels and gives focus back', async () => {
  const { payInfo } = await newPayment(shop)
  const one = await visit(shop, scripts.withCallback(payInfo))
  const { page } = one
  await page.focus('#buy')
  await one.codeOf(() => page.keyboard.press('Enter'))
  await page.getByRole('img').waitFor()
  const seen = new Set<string>()
  for (const key of ['Tab', 'Tab', 'Tab', 'Shift+Tab', 'Shift+Tab', 'Shift+Tab']) {
    seen.add(await focused(page))
    await page.keyboard.press(key)
  }
  expect(seen).toContain('取消')
  expect(seen).not.toContain('Buy')
  await page.keyboard.press('Escape')
  expect(await one.answers()).toEqual([[-2, 'mc-2-1', expect.any(String), 'ticket=7']])
  expect(await focused(page)).toBe('Buy')
  await one.end()
})

test('Esc twice at once, and a press of Buy meanwhile, still give each call one answer', async () => {
  const { payInfo } = await newPayment(shop)
  const one = await visit(shop, scripts.withCallback(payInfo))
  await one.codeOf()
  await one.page.evaluate('document.querySelector("#buy").click()')
  await one.page.keyboard.press('Escape')
  await one.page.keyboard.press('Escape')
  await one.page.waitForFunction('answers.length > 1')
  await one.page.waitForTimeout(300)
  expect(await one.answers()).toEqual([
    [-1, 'mc-1-10', expect.any(String), 'ticket=7'],
    [-2, 'mc-2-1', expect.any(String), 'ticket=7'],
  ])
  await one.end()
})

test('a screen reader hears a named dialog, the picture’s name and each new sentence', async () => {
  const { payInfo } = await newPayment(shop)
  const one = await visit(shop, scripts.withCallback(payInfo), { userAgent: phoneAgent })
  const { page } = one
  await one.buy()
  await page.waitForURL('**/sandbox/midas/h5/**')
  await page.goBack()
  const dialog = page.getByRole('dialog', { name: '支付' })
  await dialog.getByRole('heading', { name: '支付' }).waitFor()
  await dialog.getByRole('status').filter({ hasText: '如已付款' }).waitFor()
  for (const name of ['已完成支付', '继续支付', '取消']) {
    const box = await dialog.getByRole('button', { name }).boundingBox()
    expect([name, (box?.height ?? 0) >= 44]).toEqual([name, true])
  }
  // A screen reader must not reach the page behind the dialog.
  expect(await dialog.evaluate((element) => element.matches(':modal'))).toBe(true)
  await one.end()
})

test('large type: at a size of 1.8 nothing is cut off', async () => {
  const { payInfo } = await newPayment(shop)
  const one = await visit(shop, scripts.withCallback(payInfo), { viewport: { width: 390, height: 600 } })
  const { page } = one
  await page.addStyleTag({ content: 'html { font-size: 180% }' })
  await one.codeOf()
  await page.getByRole('img').waitFor()
  const cancel = page.getByRole('button', { name: '取消' })
  await cancel.scrollIntoViewIfNeeded()
  const box = await cancel.boundingBox()
  expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThanOrEqual(600)
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
  await cancel.click()
  expect(await one.answers()).toHaveLength(1)
  await one.end()
})

describe('a strict content policy', () => {
  const page = (nonce = '') => `<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>strict</title>
${scriptTags(shop.stage.cloud.url).replaceAll('<script', `<script${nonce}`)}</head>
<body><button id="buy">Buy</button><script${nonce} src="/page.js"></script></body></html>`

  it.each([
    ['of addresses', () => `script-src 'self' ${shop.stage.cloud.url}`, ''],
    ['of nonces', () => `script-src 'nonce-r4nd0m'`, ' nonce="r4nd0m"'],
  ])('%s lets the dialog work', async (_, scriptSource, nonce) => {
    const { payInfo } = await newPayment(shop)
    shop.site.pages.set('/page.js', scripts.withCallback(payInfo))
    shop.site.headers = {
      'content-security-policy': `default-src 'none'; ${scriptSource()}; connect-src ${shop.stage.cloud.url}; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    }
    const one = await visit(shop, { html: page(nonce) })
    const code = await one.codeOf()
    await one.page.getByRole('img', { name: '付款二维码' }).waitFor()
    // The dialog's styles apply without a style element.
    const background = await one.page.getByRole('dialog').evaluate((dialog) => getComputedStyle(dialog).borderRadius)
    expect(background).toBe('12px')
    await shop.stage.cloud.post('/local/pay', { payInfo: code })
    expect(await one.answers()).toEqual([[0, 'mc-0-1', expect.any(String), 'ticket=7']])
    await one.end()
  })
})

test('messages of a frame on another origin say nothing about the payment', async () => {
  const { orderNo, payInfo } = await newPayment(shop)
  const one = await visit(shop, scripts.withCallback(payInfo))
  await one.codeOf()
  shop.site.pages.set(
    '/liar.js',
    `
for (const data of [{ errMsg: 'requestPayment:ok' }, { resultCode: 0 }, { ok: true, data: { state: 'paid', amountFen: 1 } }, 'paid', { err_msg: 'get_brand_wcpay_request:ok' }])
  parent.postMessage(data, '*')
parent.postMessage('said', '*')`,
  )
  shop.site.pages.set('/liar', '<!doctype html><title>liar</title><script src="/liar.js"></script>')
  await one.page.evaluate(
    (address) => {
      const frame = document.createElement('iframe')
      frame.src = address
      const said = new Promise((done) => addEventListener('message', ({ data }) => data === 'said' && done(0)))
      document.body.append(frame)
      return said
    },
    `${shop.site.origin.replace('127.0.0.1', 'localhost')}/liar`,
  )
  await one.page.waitForTimeout(2_500)
  expect(await one.page.evaluate('answers')).toEqual([])
  expect(await shop.stage.cloud.stored(orderNo)).toMatchObject({ state: 'open' })
  await one.end()
})

test('a title with markup is shown as text', async () => {
  const { payInfo } = await newPayment(shop)
  const evil = '<img src=x onerror="name=1"><script>name=2</script>"\'>'
  const one = await visit(shop, scripts.withCallback(payInfo))
  await one.page.route('**/web/pay/state', async (route) => {
    const response = await route.fetch()
    const reply = (await response.json()) as { data: object }
    await route.fulfill({ response, json: { ...reply, data: { ...reply.data, title: evil, currency: evil } } })
  })
  await one.codeOf()
  await one.page.getByText(evil).waitFor()
  expect(await one.page.evaluate('name')).toBe('')
  await one.end()
})

test.each([['javascript:name=1'], ['data:text/html,x'], ['https://127.0.0.1@evil.example/']])(
  'a web callback address such as %s is not gone to',
  async (callbackUrl) => {
    const { payInfo } = await newPayment(shop)
    const one = await visit(shop, scripts.withRedirect(payInfo))
    await one.page.route('**/web/pay/state', async (route) => {
      const response = await route.fetch()
      const reply = (await response.json()) as { data: object }
      await route.fulfill({ response, json: { ...reply, data: { ...reply.data, callbackUrl } } })
    })
    const code = await one.codeOf()
    await shop.stage.cloud.post('/local/pay', { payInfo: code })
    expect(await one.answers()).toEqual([['payDone', 0, 'mc-0-1', expect.any(String), 'ticket=7 & more']])
    expect([await one.page.evaluate('name'), one.page.url()]).toEqual(['', `${shop.site.origin}/`])
    await one.end()
  },
)
