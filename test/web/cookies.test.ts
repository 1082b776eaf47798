// Tests the shop in a browser that keeps no cookies, in Chromium: the page says that cookies are blocked, and what to
// change.
import type { BrowserContext } from 'playwright-core'
import { noCookies } from '../../web/messages'
import { openStage, openTab, type Stage } from '../support/browser/walk'
import { picture } from '../support/browser/wechatTab'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
}, 120_000)
afterAll(() => stage?.close())

/**
 * Makes the browser behave as if the person had blocked all cookies: no cookie is kept. Requests go through Node's
 * fetch, because Playwright's own fetch would keep cookies.
 */
const blockCookies = (context: BrowserContext) =>
  context.route('**/*', async (route) => {
    const request = route.request()
    const body = request.postDataBuffer()
    const { host: _, connection: __, 'content-length': ___, ...asked } = await request.allHeaders()
    const answer = await fetch(request.url(), {
      method: request.method(),
      headers: asked,
      redirect: 'manual',
      ...(body && { body: new Uint8Array(body) }),
    })
    const headers = Object.fromEntries(answer.headers)
    for (const name of ['set-cookie', 'content-encoding', 'content-length', 'transfer-encoding']) delete headers[name]
    await route.fulfill({ status: answer.status, headers, body: Buffer.from(await answer.arrayBuffer()) })
  })

const screens = (['zh', 'en'] as const).flatMap((lang) => [390, 1280].map((width) => ({ lang, width })))

test.each(screens)('the shop says what to do ($lang, $width px)', async ({ lang, width }) => {
  const { context, page } = await openTab(stage, {
    viewport: { width, height: 844 },
    locale: lang === 'zh' ? 'zh-CN' : 'en-US',
  })
  await blockCookies(context)
  await page.goto(`${stage.cloud.url}/web/`)
  await page.getByRole('alert').filter({ hasText: noCookies[lang] }).waitFor()
  expect(await page.getByRole('alert').filter({ hasText: noCookies[lang] }).count()).toBe(1)
  await picture(page, `cookies-${lang}-${width}`)
  await context.close()
})
