// npm run pictures: takes the four pictures of README.md and docs/back-office.md again, with a separate local cloud. Look
// at each picture before you commit it.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, chromium, type Page } from 'playwright-core'
import { beijingDigits } from '../../miniprogram/rules/beijing'
import { buildFunctions } from '../build'
import { findChromium, quietSwitches } from '../chromium'
import { startLocalCloud } from '../localCloud'

async function main(): Promise<void> {
  const data = mkdtempSync(join(tmpdir(), 'mini-cashier-pictures-'))
  await buildFunctions()
  const { url, close } = await startLocalCloud({ port: 0, dataDir: data })
  const browser = await chromium.launch({ executablePath: findChromium(), args: quietSwitches })
  try {
    const open = async (width: number, height: number): Promise<Camera> => ({
      context: await browser.newContext({ viewport: { width, height }, locale: 'zh-CN' }),
      url,
    })
    await takeDevtools(await open(1440, 900))
    const orderNo = await someOrders(url)
    await takePage(await open(390, 844), 'today', 'admin/today/index')
    await takePage(await open(390, 844), 'order', `admin/order/index?orderNo=${orderNo}`)
    await takePage(await open(1280, 800), 'orders', 'admin/orders/index', '&screen=pc')
  } finally {
    await browser.close()
    await close()
    rmSync(data, { recursive: true, force: true })
  }
}

interface Camera {
  context: BrowserContext
  url: string
}

/** Takes the picture of the devtools after a shopper has bought tea: the paid order and the trace of its payment. */
async function takeDevtools({ context, url }: Camera): Promise<void> {
  const page = await context.newPage()
  await page.goto(`${url}/?as=shopper-b&lang=zh`)
  await press(page, /增加/)
  await press(page, '去结算')
  await press(page, /^支付 ?¥/)
  await page.getByRole('dialog').getByRole('button', { name: '确认支付' }).click()
  await page.getByText('订单进度').filter({ visible: true }).waitFor()
  await shoot(page, 'desk')
  await context.close()
}

const press = (page: Page, name: string | RegExp) =>
  page.getByRole('button', { name }).filter({ visible: true }).first().click()

/** Creates four orders of shopper A: three are paid, one is unpaid. @returns the number of the first order */
async function someOrders(url: string): Promise<string> {
  const goods = ['gaiwan', 'puer-cake', 'longjing-50', 'jasmine-50']
  const { now } = await call<{ now: number }>(url, 'catalog', {})
  const orderNos = goods.map((_, index) => `${beijingDigits(now)}picture${index + 1}`)
  for (const [index, orderNo] of orderNos.entries()) {
    await call(url, 'create', { orderNo, items: [{ sku: goods[index], quantity: index + 1 }] })
    const { payInfo } = await call<{ payInfo: string }>(url, 'pay', {
      orderNo,
      provider: 'wechatpay',
      channel: 'jsapi',
    })
    if (index < 3) await post(`${url}/local/pay`, { payInfo })
  }
  return orderNos[0] as string
}

/** A call of the function `order` by shopper A. @throws if the reply is an error */
async function call<T>(url: string, action: string, input: object): Promise<T> {
  const response = await post(`${url}/call/order`, { action, input }, { 'x-openid': 'oMiniCashier_shopper_A_0000' })
  const reply = (await response.json()) as { ok: boolean; data: T }
  if (!reply.ok) throw new Error(JSON.stringify(reply))
  return reply.data
}

const post = (address: string, body: object, headers: Record<string, string> = {}) =>
  fetch(address, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })

async function takePage({ context, url }: Camera, name: string, path: string, extra = ''): Promise<void> {
  const page = await context.newPage()
  await page.goto(`${url}/?as=merchant&lang=zh&desk=0${extra}#/pages/${path}`)
  await shoot(page, name)
  await context.close()
}

/** Takes the picture after the page has had time to load and its animations have ended. */
async function shoot(page: Page, name: string): Promise<void> {
  await page.waitForTimeout(2_500)
  await page.screenshot({ path: join(__dirname, `${name}.png`) })
}

void main()
