// Tests the page that documents the served API, in Chromium: under its strict content security policy, on a phone and
// on a PC, in both languages.
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'
import { findChromium, quietSwitches } from '../../tools/chromium'
import { buildOpenApi } from '../../tools/openapi/build'
import { serveWebsite } from '../../tools/website'
import { openTab } from '../support/browser/walk'

let browser: Browser
let server: Server
let folder: string
let url: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mini-cashier-api-'))
  await buildOpenApi(folder)
  server = createServer((request, response) => {
    void serveWebsite(async () => folder, request, response)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/web/`
  browser = await chromium.launch({ executablePath: findChromium(), args: quietSwitches })
}, 60_000)
afterAll(async () => {
  await browser?.close()
  server.closeAllConnections()
  await new Promise((done) => server.close(done))
  rmSync(folder, { recursive: true })
})

it.each([390, 1280])('shows every call and event, in both languages, at %i px', async (width) => {
  const { context, page, errors } = await openTab({ browser }, { viewport: { width, height: 844 } })
  await page.goto(`${url}api.html`)
  expect(await page.locator('html').getAttribute('lang')).toBe('zh-CN')
  for (const [link, language] of [
    ['English', 'en'],
    ['中文', 'zh-CN'],
  ] as const) {
    await page.getByRole('link', { name: link }).click()
    await page.waitForLoadState()
    expect(await page.locator('html').getAttribute('lang')).toBe(language)
    expect(await page.locator('main section').count()).toBe(9 + 10 + 1)
    for (const summary of await page.locator('summary').all()) await summary.click()
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true)
    await page.getByRole('link', { name: 'refund.done' }).click()
    await page.locator('#refundDone').getByText('refundNo', { exact: true }).first().waitFor()
  }
  const file = await context.request.get(`${url}openapi.json`)
  expect(file.headers()['content-type']).toBe('application/json; charset=utf-8')
  expect(await file.json()).toMatchObject({ openapi: '3.1.0' })
  await context.close()
  expect(errors).toEqual([])
})
