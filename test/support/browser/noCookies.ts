// Plays a browser whose person has blocked all cookies. The npm package's Chromium ignores that setting, so this file does
// what the setting does: no cookie is kept or shown, and the page's storage throws.
import type { BrowserContext } from 'playwright-core'

export async function blockCookies(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    const refuse = () => {
      throw new DOMException('Access is denied for this document.', 'SecurityError')
    }
    for (const name of ['localStorage', 'sessionStorage']) Object.defineProperty(window, name, { get: refuse })
    Object.defineProperty(Navigator.prototype, 'cookieEnabled', { get: () => false })
    Object.defineProperty(Document.prototype, 'cookie', { get: () => '', set: () => undefined })
  })
  await context.route('**/*', async (route) => {
    const request = route.request()
    const body = request.postDataBuffer()
    // Playwright's own fetch would keep the cookies.
    const { host: _, connection: __, 'content-length': ___, cookie: ____, ...asked } = await request.allHeaders()
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
}
