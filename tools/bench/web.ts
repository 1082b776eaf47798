// npm run bench:web: measures how soon the shop appears in a browser and how soon the shopper can pay. Chromium runs
// with a four times slower processor and an empty cache; the network is local. The last line is JSON.
import '../nodeVersion'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { beijingDigits } from '../../miniprogram/rules/beijing'
import { buildFunctions } from '../build'
import { findChromium, quietSwitches } from '../chromium'
import { startLocalCloud } from '../localCloud'
import { median, round } from './measure'

const slowdown = 4
const runs = 9
const agent = 'Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36'

interface Load {
  /** time until the browser paints content for the first time */
  paintMs: number
  /** time until the button is visible, enabled and reacts to a tap */
  buttonMs: number
  /** processor time that the slowed page used until then; other work of the machine does not count */
  workMs: number
}

async function main(): Promise<void> {
  await buildFunctions()
  const dataDir = mkdtempSync(join(tmpdir(), 'mini-cashier-bench-'))
  const cloud = await startLocalCloud({ port: 0, dataDir })
  const browser = await chromium.launch({ executablePath: findChromium(), args: quietSwitches })
  try {
    const shop = await loads(browser, () => Promise.resolve(`${cloud.url}/web/`), /增加/)
    console.log('shop', shop)
    const order = await loads(browser, (page) => newOrder(page, cloud.url), /^支付 ?¥/)
    console.log('order that waits for its payment', order)
    console.log(JSON.stringify({ slowdown, runs, shop, order }))
  } finally {
    await browser.close()
    await cloud.close()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

/**
 * Loads a page several times, each time like a browser that has never visited it. The first load only warms the server
 * up.
 */
async function loads(browser: Browser, prepare: (page: Page) => Promise<string>, button: RegExp) {
  const all: Load[] = []
  for (let run = 0; run <= runs; run++) {
    const load = await loadOnce(browser, prepare, button)
    if (run > 0) all.push(load)
  }
  const of = (name: keyof Load) => {
    const values = all.map((one) => one[name])
    return {
      least: round(Math.min(...values), 0),
      median: round(median(values), 0),
      most: round(Math.max(...values), 0),
    }
  }
  return { paintMs: of('paintMs'), buttonMs: of('buttonMs'), workMs: of('workMs') }
}

async function loadOnce(browser: Browser, prepare: (page: Page) => Promise<string>, button: RegExp): Promise<Load> {
  // Bypass the content security policy, which would refuse the scripts that this file runs in the page.
  const phone = { viewport: { width: 390, height: 844 }, locale: 'zh-CN', userAgent: agent, bypassCSP: true }
  const context = await browser.newContext(phone)
  const page = await context.newPage()
  const address = await prepare(page)
  const devtools = await context.newCDPSession(page)
  await devtools.send('Network.setCacheDisabled', { cacheDisabled: true })
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: slowdown })
  await devtools.send('Performance.enable', { timeDomain: 'threadTicks' })
  // Measure inside the page, so that delays of this process do not count.
  await page.addInitScript(watchButton(button))
  await page.goto(address)
  await page.waitForFunction('window.buttonAt')
  const { metrics } = await devtools.send('Performance.getMetrics')
  const workMs = 1_000 * (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN)
  const times = await page.evaluate<Omit<Load, 'workMs'>>(measured)
  await context.close()
  return { ...times, workMs }
}

/** Script that runs in the page from its first moment: records when a button with this name can be tapped. */
const watchButton = (name: RegExp): string => `(() => {
  const look = () => {
    for (const button of document.querySelectorAll('[role="button"], button')) {
      const label = (button.getAttribute('aria-label') ?? button.textContent ?? '').trim()
      if (!${name}.test(label) || button.getAttribute('aria-disabled') === 'true') continue
      if (button.getBoundingClientRect().height === 0) continue
      window.buttonAt = performance.now()
      return
    }
    requestAnimationFrame(look)
  }
  requestAnimationFrame(look)
})()`

/** Script that runs in the page: returns what was measured. */
const measured = `({
  paintMs: performance.getEntriesByName('first-contentful-paint')[0].startTime,
  buttonMs: window.buttonAt,
})`

/** Places an order in this browser. @returns the address of the order's page */
async function newOrder(page: Page, url: string): Promise<string> {
  await page.goto(`${url}/web/`)
  const orderNo = beijingDigits(Date.now()) + Math.random().toString(36).slice(2).padEnd(8, '0').slice(0, 8)
  await page.evaluate(async (no) => {
    const headers = { 'content-type': 'application/json' }
    const body = JSON.stringify({ action: 'create', input: { orderNo: no, items: [{ sku: 'gaiwan', quantity: 1 }] } })
    const { ok } = (await (await fetch('/web/call/order', { method: 'POST', headers, body })).json()) as { ok: boolean }
    if (!ok) throw new Error('no order')
  }, orderNo)
  return `${url}/web/pages/order/index?orderNo=${orderNo}`
}

main().catch((error: unknown) => {
  console.error(error)
  process.exitCode = 1
})
