// Tests OpenMidas for browsers in Chromium on a PC: pages of another origin, which only load openMidas.js from the
// shop, pay at the local cloud in a dialog or with the web callback address.
import {
  newPayment,
  type OpenMidasSite,
  openMidasSite,
  picture,
  scripts,
  visit,
} from '../support/browser/openMidasSite'

let shop: OpenMidasSite
beforeAll(async () => {
  shop = await openMidasSite()
}, 120_000)
afterAll(() => shop?.close())

const scan = async (code: string, scenario?: string): Promise<void> => {
  const answer = await shop.stage.cloud.post('/local/pay', { payInfo: code, ...(scenario && { scenario }) })
  expect(await answer.json()).toEqual({ errMsg: 'requestPayment:ok' })
}

const screens = (['zh-CN', 'en-US'] as const).flatMap((locale) => [390, 1280].map((width) => ({ locale, width })))

test.each(screens)(
  'a PC shows the code, and the callback comes once ($locale, $width px)',
  async ({ locale, width }) => {
    const { orderNo, payInfo } = await newPayment(shop)
    const one = await visit(shop, scripts.withCallback(payInfo), { locale, viewport: { width, height: 844 } })
    const code = await one.codeOf()
    await one.page.getByRole('img', { name: locale === 'zh-CN' ? '付款二维码' : 'Payment QR code' }).waitFor()
    await one.page.getByText('¥172.00').waitFor()
    await picture(one.page, `pc-${locale}-${width}`)
    await scan(code)
    expect(await one.answers()).toEqual([[0, 'mc-0-1', expect.any(String), 'ticket=7']])
    expect(await shop.stage.cloud.stored(orderNo)).toMatchObject({ state: 'paid' })
    expect(await one.page.locator('dialog').count()).toBe(0)
    await one.end()
  },
)

describe('without a callback', () => {
  const end = /resultCode=/

  it('it ends at the web callback address, whose own query and fragment stay', async () => {
    const { payInfo } = await newPayment(shop, `${shop.site.origin}/thanks?ticket=7&name=%E6%9D%8E#seat=4`)
    const one = await visit(shop, scripts.withRedirect(payInfo))
    await scan(await one.codeOf())
    await one.page.waitForURL(end)
    const { pathname, search, hash, searchParams } = new URL(one.page.url())
    expect([pathname, hash]).toEqual(['/thanks', '#seat=4'])
    expect(search.startsWith('?ticket=7&name=%E6%9D%8E&resultCode=0&innerCode=mc-0-1&resultMsg=')).toBe(true)
    expect(search.endsWith('&appMetadata=ticket%3D7%20%26%20more')).toBe(true)
    expect(Object.fromEntries(searchParams)).toMatchObject({ name: '李', appMetadata: 'ticket=7 & more' })
    expect(shop.site.visits.filter((path) => end.test(path))).toHaveLength(1)
    await one.end()
  })

  it('a person who cancels ends there too', async () => {
    const { orderNo, payInfo } = await newPayment(shop, `${shop.site.origin}/thanks`)
    const one = await visit(shop, scripts.withRedirect(payInfo))
    await one.codeOf()
    await one.page.keyboard.press('Escape')
    await one.page.waitForURL(/thanks\?resultCode=-2&innerCode=mc-2-1&/)
    expect(await shop.stage.cloud.stored(orderNo)).toMatchObject({ state: 'open' })
    await one.end()
  })

  it('an order without a web callback address causes the event payDone', async () => {
    const { payInfo } = await newPayment(shop)
    const one = await visit(shop, scripts.withRedirect(payInfo))
    await scan(await one.codeOf())
    expect(await one.answers()).toEqual([['payDone', 0, 'mc-0-1', expect.any(String), 'ticket=7 & more']])
    await one.end()
  })
})

describe('a page that is left in the middle', () => {
  it('reloads, shows the code again, and answers once', async () => {
    const { payInfo } = await newPayment(shop)
    const one = await visit(shop, scripts.withCallback(payInfo))
    await one.codeOf()
    const code = await one.codeOf(() => one.page.reload())
    await scan(code)
    expect(await one.answers()).toEqual([['payDone', 0, 'mc-0-1', expect.any(String), 'ticket=7']])
    await one.page.reload()
    await one.page.waitForTimeout(500)
    expect(await one.page.evaluate('answers')).toEqual([])
    await one.end()
  })

  it('a payment that arrived meanwhile is reported at the next init, without a dialog', async () => {
    const { payInfo } = await newPayment(shop, `${shop.site.origin}/thanks`)
    const one = await visit(shop, scripts.withRedirect(payInfo))
    const code = await one.codeOf()
    await one.page.goto(`${shop.site.origin}/help`)
    await scan(code)
    await one.page.addInitScript('HTMLDialogElement.prototype.showModal = () => { name = "opened" }')
    await one.page.goto(shop.site.origin)
    await one.page.waitForURL(/thanks\?resultCode=0&/)
    expect(await one.page.evaluate('name')).toBe('')
    await one.end()
  })

  it('a page of another origin learns nothing of the payment', async () => {
    const { payInfo } = await newPayment(shop)
    const one = await visit(shop, scripts.withCallback(payInfo))
    await one.codeOf()
    await one.page.goto(shop.site.origin.replace('127.0.0.1', 'localhost'))
    await one.page.waitForFunction('window.answers')
    await one.page.waitForTimeout(500)
    expect(await one.page.evaluate('answers')).toEqual([])
    expect(await one.page.locator('dialog').count()).toBe(0)
    await one.end()
  })
})

it('a page that comes back from the browser’s cache continues by itself', async () => {
  // The Chromium of the npm package has no back-forward cache. So the test itself dispatches the events that a page
  // gets when it enters this cache and when it comes back.
  const turn = (event: string) => `dispatchEvent(new PageTransitionEvent('${event}', { persisted: true }))`
  const { payInfo } = await newPayment(shop)
  const one = await visit(shop, scripts.withCallback(payInfo))
  const code = await one.codeOf()
  await one.page.evaluate(turn('pagehide'))
  const next = await one.context.newPage()
  await next.goto(shop.site.origin)
  await next.getByRole('img').waitFor()
  await next.close({ runBeforeUnload: false })
  await one.page.evaluate(turn('pageshow'))
  expect(await one.page.evaluate('localStorage.length')).toBe(0)
  await scan(code)
  expect(await one.answers()).toEqual([[0, 'mc-0-1', expect.any(String), 'ticket=7']])
  await one.end()
})
