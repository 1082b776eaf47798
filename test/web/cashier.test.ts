// Tests every state of the cashier's page in Chromium, under its strict content security policy, in both languages, on
// a phone and on a PC.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Page, Route } from 'playwright-core'
import { payErrors } from '../../cloudfunctions/shared/domain/requests/payErrors'
import { wechatAgent } from '../../tools/sandbox/wechat/wechatBrowser'
import { errorWords } from '../../web/cashier/words'
import {
  type CashierSite,
  cashierAddress,
  openCashierSite,
  type Payer,
  picture,
  sendPayer,
} from '../support/browser/cashierSite'
import { said, saidOfCode } from './cashierSentences'

let shop: CashierSite
beforeAll(async () => {
  shop = await openCashierSite()
}, 120_000)
afterAll(() => shop?.close())

type Language = 'zh' | 'en'
const languages = ['zh', 'en'] as const
const screens = languages.flatMap((lang) => [390, 1280].map((width) => ({ lang, width })))
const optionsOf = ({ lang, width = 390 }: { lang: Language; width?: number }) => ({
  locale: lang === 'zh' ? 'zh-CN' : 'en-US',
  viewport: { width, height: 844 },
})
const address = (purchase = shop.request().purchase) => cashierAddress(shop.stage.cloud.url, 'pay.html', purchase)
const heading = (page: Page, name: string) => page.getByRole('heading', { name, level: 1 })
const payName = (lang: Language) => `${said[lang].pay} ¥86.00`

/** Checks that buttons and links are large enough for a finger, and that nothing is cut off or covered. */
async function assertUsable(page: Page): Promise<void> {
  const faults = await page.evaluate(() => {
    const found: string[] = []
    if (document.documentElement.scrollWidth > window.innerWidth) found.push('wider than the window')
    if (document.title === '' || !/^(zh-CN|en)$/.test(document.documentElement.lang)) found.push('no title or language')
    for (const one of document.querySelectorAll<HTMLElement>('main button, main a, main label')) {
      const { width, height, left, top } = one.getBoundingClientRect()
      if (width < 44 || height < 44) found.push(`${one.textContent}: ${width} × ${height}`)
      one.scrollIntoView({ block: 'center' })
      const box = one.getBoundingClientRect()
      const hit = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2)
      if (!one.contains(hit)) found.push(`${one.textContent} is covered at ${left}, ${top}`)
    }
    window.scrollTo(0, 0)
    return found
  })
  expect(faults).toEqual([])
}

/** Answers the page's calls instead of the server. */
const answers = (payer: Payer, path: string, errcode: string) =>
  payer.page.route(`**/pay/api/${path}`, (route) => route.fulfill({ json: { errcode, errormsg: 'x' } }))

it('is small, and its files carry hashes', async () => {
  await fetch(`${shop.stage.cloud.url}/web/cashier/pay.html`)
  const folder = join(shop.stage.cloud.dataDir, 'web/cashier')
  const files = readdirSync(folder)
  // The file names contain hashes, which change their alphabetical order, so compare without the order.
  expect(files).toHaveLength(4)
  expect(files).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^cashier-[0-9a-f]{12}\.css$/),
      expect.stringMatching(/^cashier-[0-9a-f]{12}\.js$/),
      'mpay.html',
      'pay.html',
    ]),
  )
  const bytes = files.map((file) => gzipSync(readFileSync(join(folder, file))).length)
  expect(bytes.reduce((sum, one) => sum + one, 0)).toBeLessThan(15_000)
})

it('has a sentence in both languages for every code of the served API', () => {
  const codes = Object.values(payErrors).map(({ errcode }) => errcode)
  expect(errorWords).toEqual(saidOfCode)
  expect(Object.keys(saidOfCode).sort()).toEqual([...codes].sort())
  for (const lang of languages) {
    const sentences = codes.map((code) => saidOfCode[code]?.[lang])
    expect(new Set(sentences).size).toBe(codes.length)
  }
})

it.each(screens)('says why a request is refused, and shows nothing of it ($lang, $width px)', async (screen) => {
  const { lang, width } = screen
  const t = said[lang]
  const { purchase } = shop.request()
  const payer = await sendPayer(shop, address({ ...purchase, money: '9' }), optionsOf(screen))
  const { page } = payer
  await heading(page, t.refused).waitFor()
  await payer.sees(saidOfCode[40101]?.[lang] ?? '-')
  await picture(page, `refused-${lang}-${width}`)
  await assertUsable(page)
  const text = await page.locator('body').textContent()
  for (const hidden of ['0.09', '马拉松', 'marathon', 'City Run']) expect(text).not.toContain(hidden)
  await payer.sees(t.restart)
  expect(await page.locator('main a').count()).toBe(0)
  await payer.end()
})

it.each(languages)('reads every code aloud, at the first look and while paying (%s)', async (lang) => {
  const payer = await sendPayer(shop, address(), optionsOf({ lang }))
  const { page } = payer
  await page.getByRole('button', { name: payName(lang) }).waitFor()
  const status = page.getByRole('status')
  for (const { errcode } of Object.values(payErrors)) {
    // Leave these codes out, because the page answers them with another state and not with a message.
    if (['30000', '40402', '40902', '40903', '40904'].includes(errcode)) continue
    await page.unrouteAll()
    await answers(payer, 'pc/pay', errcode)
    await page.getByRole('button', { name: payName(lang) }).click()
    await status.getByText(saidOfCode[errcode]?.[lang] ?? '-', { exact: true }).waitFor()
  }
  await picture(page, `problem-${lang}-390`)
  await assertUsable(page)
  await page.unrouteAll()
  await payer.end()
})

it.each(screens)('a system that was switched off, and one that comes back ($lang, $width px)', async (screen) => {
  const { lang, width } = screen
  await shop.admin('changeDomain', { switchOff: 'race' })
  const payer = await sendPayer(shop, address(), optionsOf(screen))
  await payer.sees(saidOfCode[40302]?.[lang] ?? '-')
  // To start again would not help this payer.
  await payer.sees(said[lang].callMerchant)
  expect(await payer.page.getByText(said[lang].restart).count()).toBe(0)
  await picture(payer.page, `off-${lang}-${width}`)
  await shop.admin('changeDomain', { switchOn: 'race' })
  await payer.page.reload()
  await payer.page.getByRole('button', { name: payName(lang) }).waitFor()
  await payer.end()
})

it.each(screens)(
  'no network at the first look, then while paying, then while waiting ($lang, $width px)',
  async (screen) => {
    const { lang, width } = screen
    const t = said[lang]
    const payer = await sendPayer(shop, address(), optionsOf(screen))
    const { page, context } = payer
    const pay = page.getByRole('button', { name: payName(lang) })
    await pay.waitFor()
    await page.route('**/pay/api/**', (route) => route.abort())
    await pay.click()
    await payer.sees(t.lostHint)
    await page.reload()
    await heading(page, t.lost).waitFor()
    await picture(page, `lost-${lang}-${width}`)
    await assertUsable(page)
    await page.unrouteAll()
    await payer.press(t.retry)
    await pay.click()
    await heading(page, t.scan.replace('{way}', lang === 'zh' ? '微信支付' : 'WeChat Pay')).waitFor()
    await page.route('**/pay/api/pc/wechatQuery?**', (route) => route.abort())
    await payer.press(t.done)
    await payer.sees(t.offline)
    await page.unrouteAll()
    await payer.sees(t.waiting)
    await context.close()
  },
)

/** Runs in the page: counts each query about the payment and answers "not yet paid". */
function answerQuestionsInPage(): void {
  const { fetch } = window
  const { dataset } = document.documentElement
  dataset.asked = '0'
  window.fetch = (input, init) => {
    if (!String(input).includes('/pc/wechatQuery?')) return fetch(input, init)
    dataset.asked = String(Number(dataset.asked) + 1)
    return Promise.resolve(Response.json({ errcode: '30000', errormsg: '' }))
  }
}

it.each(screens)('the code, until the page stops to ask by itself ($lang, $width px)', async (screen) => {
  const { lang, width } = screen
  const t = said[lang]
  const { purchase } = shop.request()
  const payer = await sendPayer(shop, address(purchase), optionsOf(screen))
  const { page } = payer
  await page.getByRole('button', { name: payName(lang) }).waitFor()
  // Answer the queries inside the page and stop the page's clock between the steps, so that the result does not depend
  // on the machine's speed.
  await page.evaluate(answerQuestionsInPage)
  const asked = () => page.evaluate(() => document.documentElement.dataset.asked)
  await page.clock.install()
  await page.clock.pauseAt(Date.now() + 60_000)
  await payer.press(payName(lang))
  await page.getByRole('img').waitFor()
  await assertUsable(page)
  for (let step = 0; step < 1_000 && !(await page.getByText(t.timedOut).isVisible()); step++)
    await page.clock.runFor(2_500)
  await page.clock.runFor(600_000)
  await payer.sees(t.timedOut)
  expect(await asked()).toBe('120')
  await picture(page, `timed-out-${lang}-${width}`)
  await payer.press(t.done)
  await payer.sees(t.notYet)
  expect(await asked()).toBe('121')
  await payer.press(t.other)
  await heading(page, t.confirm).waitFor()
  await payer.end()
})

it.each(screens)('an order that has expired leads back as a failure ($lang, $width px)', async (screen) => {
  const { lang, width } = screen
  const { purchase } = shop.request()
  await shop.client.pay(purchase, 'Wechat')
  await shop.stage.cloud.advance(61 * 60_000)
  const payer = await sendPayer(shop, address(purchase), optionsOf(screen), true)
  await heading(payer.page, said[lang].closed).waitFor()
  await picture(payer.page, `closed-${lang}-${width}`)
  await assertUsable(payer.page)
  await payer.page.clock.fastForward(10_000)
  await payer.page.waitForURL(`${shop.site.origin}/sorry`)
  await payer.end()
})

it('an order that was paid before leads back as a success, at the first look and when it is paid meanwhile', async () => {
  const { purchase } = shop.request()
  const { obj: payInfo } = await shop.client.pay(purchase, 'Wechat')
  const early = await sendPayer(shop, address(purchase), optionsOf({ lang: 'zh' }))
  await early.page.getByRole('button', { name: payName('zh') }).waitFor()
  await shop.stage.cloud.post('/local/pay', { payInfo })
  await shop.stage.cloud.advance(3_000)
  expect(await shop.client.wechatQuery(purchase)).toMatchObject({ errcode: '0' })
  await early.press(payName('zh'))
  await heading(early.page, said.zh.paid).waitFor()
  const late = await sendPayer(shop, address(purchase), optionsOf({ lang: 'en' }))
  await heading(late.page, said.en.paid).waitFor()
  await assertUsable(late.page)
  await late.press(/^Back to/, 'link')
  for (const { page } of [early, late]) await page.waitForURL(`${shop.site.origin}/thanks`)
  await Promise.all([early.end(), late.end()])
})

it('without dialogOkUrl the payer goes to pageUrl', async () => {
  const { purchase } = shop.request({ dialogOkUrl: '', dialogFailUrl: '' })
  const { obj: payInfo } = await shop.client.pay(purchase, 'Wechat')
  await shop.stage.cloud.post('/local/pay', { payInfo })
  await shop.stage.cloud.advance(3_000)
  await shop.client.wechatQuery(purchase)
  const payer = await sendPayer(shop, address(purchase), optionsOf({ lang: 'zh' }))
  await payer.page.waitForURL(`${shop.site.origin}/back`)
  await payer.end()
})

it.each(languages)('in WeChat: cancelled, then paid by a double tap, without a second sheet (%s)', async (lang) => {
  const t = said[lang]
  const { purchase } = shop.request()
  const payer = await sendPayer(shop, address(purchase), { ...optionsOf({ lang }), userAgent: wechatAgent })
  const { page } = payer
  const pay = page.getByRole('button', { name: payName(lang) })
  await pay.waitFor()
  await page.route('**/local/pay', (route) => route.fulfill({ json: { errMsg: 'requestPayment:fail cancel' } }))
  await pay.click()
  await payer.sees(t.cancelled)
  await picture(page, `cancelled-${lang}-390`)
  await assertUsable(page)
  await page.unrouteAll()
  let sheets = 0
  page.on('request', (request) => {
    if (request.url().endsWith('/local/pay') && !request.postData()?.includes('inspect')) sheets += 1
  })
  await pay.dblclick()
  await page.waitForURL(`${shop.site.origin}/thanks`)
  expect(sheets).toBe(1)
  await payer.end()
})

it('inside a mini-program it says where to open it', async () => {
  const payer = await sendPayer(shop, address(), { ...optionsOf({ lang: 'zh' }), userAgent: wechatAgent })
  await payer.page.getByRole('button', { name: payName('zh') }).waitFor()
  await payer.page.evaluate('window.__wxjs_environment = "miniprogram"')
  await payer.press(payName('zh'))
  await payer.sees(said.zh.inMiniProgram)
  await payer.end()
})

it('where no server of ours sends the policy, a frame shows nothing but the way out', async () => {
  const payer = await sendPayer(shop, `${shop.site.origin}/frame`, optionsOf({ lang: 'en' }))
  const { page } = payer
  await page.route('**/web/cashier/pay.html', async (route) => {
    const response = await route.fetch()
    const { 'content-security-policy': _, ...headers } = response.headers()
    await route.fulfill({ response, headers })
  })
  const inner = address().replace('/pay.html', '/web/cashier/pay.html').replaceAll('&', '&amp;')
  const icon = '<link rel="icon" href="data:,">'
  shop.site.pages.set('/frame', `<!doctype html><title>frame</title>${icon}<iframe src="${inner}"></iframe>`)
  await page.reload()
  const frame = page.frameLocator('iframe')
  await frame.getByText(said.en.framed).waitFor()
  expect(await frame.locator('dl, button:not(header button)').count()).toBe(0)
  await frame.getByRole('link', { name: said.en.openFully }).click()
  await page.getByRole('button', { name: payName('en') }).waitFor()
  await page.unrouteAll()
  await payer.end()
})

it('is served under a policy without frames and inline scripts', async () => {
  const answer = await fetch(`${shop.stage.cloud.url}/web/cashier/pay.html`)
  const policy = answer.headers.get('content-security-policy') ?? ''
  expect(policy).toContain("frame-ancestors 'none'")
  expect(policy).not.toMatch(/script-src[^;]*unsafe/)
  const html = await answer.text()
  expect(html).toMatch(/<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'self'/)
  expect(html).not.toMatch(/<script(?! src=)|<style|\sstyle=|\son\w+=/)
  expect(html).toContain('<html lang="zh-CN">')
})

it('an address without a payment says so', async () => {
  const payer = await sendPayer(shop, `${shop.stage.cloud.url}/mpay.html`, optionsOf({ lang: 'en' }))
  await payer.sees(said.en.noRequest)
  await payer.end()
})

it('nothing that others write becomes markup', async () => {
  const { purchase } = shop.request()
  const payer = await sendPayer(shop, address(purchase), optionsOf({ lang: 'zh' }))
  const { page } = payer
  await page.getByRole('button', { name: payName('zh') }).waitFor()
  // The server refuses names with HTML markup, but the page must show them safely even if the server does not.
  const evil = '<img src=x onerror="window.hit=1"><script>window.hit=1</script>'
  const ways = [{ code: 'Alipay', name: evil, nameEn: evil }]
  const obj = { name: evil, state: 'open', scene: 'pc', ways, needsOpenid: false }
  await page.route('**/pay/api/cashier', (route) => route.fulfill({ json: { errcode: '0', errormsg: '', obj } }))
  const hash = new URL(page.url()).hash.replace(/([?&]info=)[^&]*/, `$1${encodeURIComponent(evil)}`)
  await page.evaluate((text) => {
    location.hash = text
  }, hash)
  await page.getByText(evil).first().waitFor()
  await page.route('**/pay/api/pc/pay', (route) =>
    route.fulfill({ json: { errcode: '0', errormsg: '', obj: `<a href="javascript:window.hit=1">x</a>${evil}` } }),
  )
  await payer.press(payName('zh'))
  await payer.sees(saidOfCode[50202]?.zh ?? '-')
  expect(await page.evaluate(() => [document.querySelectorAll('main img').length, 'hit' in window])).toEqual([0, false])
  await page.unrouteAll()
  await payer.end()
})

describe('another request in the same window', () => {
  const t = said.zh
  const open = (page: Page, purchase: Record<string, string>) =>
    page.evaluate(
      (hash) => {
        location.hash = hash
      },
      new URL(address(purchase)).hash,
    )

  /** Holds back the answer to a call. @returns a function with which the test gives the answer */
  async function hold(page: Page, path: string): Promise<(reply: object) => Promise<void>> {
    let arrived: (route: Route) => void = () => undefined
    const first = new Promise<Route>((resolve) => {
      arrived = resolve
    })
    await page.route(`**/pay/api/${path}`, arrived, { times: 1 })
    return async (reply) => {
      const route = await first
      // Ignore the error that occurs if the payer has left the page and the page therefore accepts no answer.
      await route.fulfill({ json: { errcode: '0', errormsg: '', ...reply } }).catch(() => undefined)
    }
  }

  const image = 'data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA='
  const paid = { name: 'A', state: 'paid', scene: 'pc', ways: [], needsOpenid: false }
  const late = [
    { call: 'pc/pay', steps: [payName('zh')], reply: { obj: 'weixin://a', image } },
    { call: 'pc/wechatQuery?**', steps: [payName('zh'), t.done], reply: {} },
    { call: 'cashier', steps: [], reply: { obj: paid } },
  ]

  async function sendFirst({ call, steps }: (typeof late)[number]) {
    const payer = await sendPayer(shop, `${shop.stage.cloud.url}/pay.html`, optionsOf({ lang: 'zh' }))
    const { page } = payer
    await payer.sees(t.noRequest)
    await page.clock.install()
    const answer = await hold(page, call)
    const asked = page.waitForRequest(`**/pay/api/${call}`)
    await page.goto('about:blank')
    await page.goto(address())
    for (const name of steps) await payer.press(name)
    await asked
    return { payer, page, answer }
  }

  it.each(late)('is not changed by a late answer to the first request ($call)', async (one) => {
    const { payer, page, answer } = await sendFirst(one)
    await open(page, shop.request({ money: '4300', info: '十公里', dialogOkUrl: `${shop.site.origin}/b` }).purchase)
    await page.getByRole('button', { name: `${t.pay} ¥43.00` }).waitFor()
    await answer(one.reply)
    await page.clock.runFor(20_000)
    expect(await page.locator('main').getAttribute('data-stage')).toBe('choose')
    expect(await page.locator('main').textContent()).toContain('十公里')
    await payer.end()
  })

  it('is shown although the first request’s payment answers while the page loads slowly', async () => {
    const { payer, page, answer } = await sendFirst({ call: 'pc/pay', steps: [payName('zh')], reply: {} })
    let goOn: () => void = () => undefined
    const isAnswered = new Promise<void>((resolve) => {
      goOn = resolve
    })
    const reloading = page.waitForRequest('**/web/cashier/pay.html')
    await page.route('**/web/cashier/pay.html', (route) => isAnswered.then(() => route.continue()), { times: 1 })
    await open(page, shop.request({ money: '4300' }).purchase)
    await reloading
    await answer({ obj: `<a href="${shop.site.origin}/first">pay</a>` })
    goOn()
    await page.getByRole('button', { name: `${t.pay} ¥43.00` }).waitFor()
    expect(shop.site.visits).not.toContain('/first')
    await payer.end()
  })

  it.each(['https://evil.example/', 'javascript:alert(1)'])('leads nowhere if it is not signed (%s)', async (evil) => {
    const [, , lateLook] = late as [unknown, unknown, (typeof late)[number]]
    const { payer, page, answer } = await sendFirst(lateLook)
    const left: string[] = []
    page.on('request', (request) => {
      if (request.url().startsWith('https://evil.example')) left.push(request.url())
    })
    await open(page, { ...shop.request().purchase, dialogOkUrl: evil, pageUrl: evil })
    await heading(page, t.refused).waitFor()
    await answer(lateLook.reply)
    await page.clock.runFor(20_000)
    await heading(page, t.refused).waitFor()
    expect(await page.locator('main a').count()).toBe(0)
    expect(left).toEqual([])
    await payer.end()
  })

  it('leads only to web addresses, even if the server accepts another kind', async () => {
    const purchase = { ...shop.request().purchase, dialogOkUrl: 'javascript:window.hit=1' }
    const payer = await sendPayer(shop, `${shop.stage.cloud.url}/pay.html`, optionsOf({ lang: 'zh' }))
    const { page } = payer
    await page.clock.install()
    await page.route('**/pay/api/cashier', (route) =>
      route.fulfill({ json: { errcode: '0', errormsg: '', obj: paid } }),
    )
    await open(page, purchase)
    await heading(page, t.paid).waitFor()
    expect(await page.getByRole('link').getAttribute('href')).toBe(`${shop.site.origin}/back`)
    await payer.end()
  })
})

it('works by keyboard alone, tells a screen reader each change, and changes its language', async () => {
  const payer = await sendPayer(shop, address(), optionsOf({ lang: 'zh' }))
  const { page } = payer
  await page.getByRole('radio', { name: '微信支付' }).waitFor()
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await heading(page, said.en.confirm).waitFor()
  expect(await page.evaluate(() => [document.documentElement.lang, document.activeElement?.textContent])).toEqual([
    'en',
    '中文',
  ])
  await page.getByText('Half marathon & insurance').waitFor()
  await page.keyboard.press('Tab')
  expect(await page.getByRole('radio', { name: 'WeChat Pay' }).evaluate((one) => one === document.activeElement)).toBe(
    true,
  )
  await page.keyboard.press('ArrowDown')
  expect(await page.getByRole('radio', { name: 'Alipay' }).isChecked()).toBe(true)
  await page.keyboard.press('ArrowUp')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await page.getByRole('img', { name: 'QR code for WeChat Pay' }).waitFor()
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Scan with WeChat Pay to pay')
  expect(await page.getByRole('status').textContent()).toBe(said.en.waiting)
  expect(await page.title()).toContain('Scan with WeChat Pay to pay')
  await payer.end()
})

it('works with large type, and has no animation for users who want none', async () => {
  const payer = await sendPayer(shop, address(), { ...optionsOf({ lang: 'zh' }), reducedMotion: 'reduce' })
  const { page } = payer
  await page.getByRole('button', { name: payName('zh') }).waitFor()
  await page.evaluate(() => {
    const sheet = new CSSStyleSheet()
    sheet.replaceSync(':root { font-size: 180% !important }')
    document.adoptedStyleSheets = [sheet]
  })
  await picture(page, 'large-zh-390')
  await assertUsable(page)
  expect(await page.evaluate(() => document.getAnimations().length)).toBe(0)
  await payer.end()
})
