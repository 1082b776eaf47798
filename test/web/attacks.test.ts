// Attacks on a signed-in browser from a page of another origin, and from a staff member's tab that is still open after the
// person was removed, in Chromium. docs/web.md lists which test covers which attack. The other origin is another port of
// 127.0.0.1, which counts as the same site: the browser sends our cookies along, so only our own checks protect us.
import type { Page } from 'playwright-core'
import { staffIdOf } from '../../cloudfunctions/shared/store/settings'
import { adminOf, owner } from '../support/adminCall'
import { openStage, openTab, type Stage } from '../support/browser/walk'
import { type OtherSite, openSite } from '../support/fakes/otherSite'
import { dataOf } from '../support/startCloud'

let stage: Stage
let evil: OtherSite
beforeAll(async () => {
  ;[stage, evil] = await Promise.all([openStage(), openSite()])
}, 120_000)
afterAll(() => Promise.all([stage?.close(), evil?.close()]))

const icon = '<link rel="icon" href="data:,">'
const orderNo = '20260101000000attacked'
const event = JSON.stringify({ action: 'create', input: { orderNo, items: [{ sku: 'gaiwan', quantity: 1 }] } })

/** Opens the shop, so that the browser has a session, and then a page of the other origin. */
async function visitEvil(html: string) {
  const tab = await openTab(stage, { locale: 'en-US' })
  await tab.page.goto(`${stage.cloud.url}/web/`)
  await tab.page.getByRole('button', { name: /Add/ }).first().waitFor()
  evil.pages.set('/', `<!doctype html><title>evil</title>${icon}${html}`)
  await tab.page.goto(evil.origin)
  return tab
}

test.each(['/web/', '/web/admin/', '/web/pages/order/index', '/web/cashier/pay.html', '/web/session', '/pay.html'])(
  'no frame of another origin shows %s',
  async (path) => {
    const { context, page, errors } = await visitEvil(`<iframe src="${stage.cloud.url}${path}"></iframe>`)
    for (let tries = 0; tries < 100 && errors.length === 0; tries++) await page.waitForTimeout(50)
    expect(errors.join()).toMatch(/frame-ancestors|Refused to (frame|display)/)
    const inside = page.frames().find((one) => one !== page.mainFrame())
    expect(inside?.url()).not.toContain(stage.cloud.url)
    await context.close()
  },
)

const sends: [string, (page: Page, url: string) => Promise<unknown>][] = [
  [
    'a form of text',
    async (page, url) => {
      await page.setContent(
        `<form method="post" enctype="text/plain" action="${url}"><input name='${event.slice(0, -1)},"x":"' value='"}'></form>`,
      )
      await Promise.all([page.waitForLoadState('load'), page.evaluate(() => document.forms[0]?.submit())])
    },
  ],
  [
    'a fetch of JSON with cookies',
    (page, url) =>
      page.evaluate(
        ([to, body]) =>
          fetch(to ?? '', {
            method: 'POST',
            credentials: 'include',
            headers: { 'content-type': 'application/json' },
            body: body ?? '',
          }).catch(String),
        [url, event],
      ),
  ],
  [
    'a fetch of text without a preflight',
    (page, url) =>
      page.evaluate(
        ([to, body]) => fetch(to ?? '', { method: 'POST', mode: 'no-cors', credentials: 'include', body: body ?? '' }),
        [url, event],
      ),
  ],
]

test.each(sends)('%s from another origin orders nothing', async (_, send) => {
  const { context, page } = await visitEvil('')
  await send(page, `${stage.cloud.url}/web/call/order`)
  await page.waitForTimeout(300)
  expect((await fetch(`${stage.cloud.url}/local/orders/${orderNo}`)).status).toBe(404)
  await context.close()
})

/** Opens the list of orders in the back office, and signs this browser in as a staff member. */
async function signIn(page: Page, openid: string): Promise<void> {
  const code = page.locator('.sign-in__code')
  await code.filter({ hasText: /\S/ }).waitFor()
  const confirm = (await code.textContent())?.replace(' ', '')
  dataOf(await adminOf(stage.cloud)('sessions', { confirm }, openid))
  await page.getByRole('button', { name: 'Sign out' }).waitFor()
}

const orders = () => `${stage.cloud.url}/web/admin/pages/admin/orders/index`

/** Opens an order in the same tab, as a press on its card does: without loading the website again. */
const openOrder = (page: Page, orderNo: string) =>
  page.evaluate(`wx.navigateTo({ url: '/pages/admin/order/index?orderNo=${orderNo}' })`)

async function hire(openid: string, name: string): Promise<void> {
  const admin = adminOf(stage.cloud)
  const invite = { role: 'operator', name, refundLimitFen: 100_000 }
  const { code } = dataOf(await admin('staff', { invite })) as { code?: string }
  dataOf(await admin('claim', { code }, openid))
}

test('the open tab of a removed staff member shows the sign-in at its next call', async () => {
  const operator = 'oMiniCashier_removed_0000'
  await hire(operator, 'Removed')
  const { orderNo } = await stage.cloud.newOrder()
  const { context, page } = await openTab(stage, { locale: 'en-US', viewport: { width: 1280, height: 844 } })
  await page.goto(orders())
  await signIn(page, operator)
  dataOf(await adminOf(stage.cloud)('staff', { remove: staffIdOf(operator) }))
  await openOrder(page, orderNo)
  await page.locator('.sign-in__code').waitFor()
  expect(await page.getByText(orderNo).filter({ visible: true }).count()).toBe(0)
  await context.close()
})

test('a tab that still shows another person does nothing for that person, and loads the pages of the new one', async () => {
  const first = 'oMiniCashier_first_person_0000'
  await hire(first, 'First')
  const { orderNo } = await stage.cloud.newOrder()
  const { context, page } = await openTab(stage, { locale: 'en-US', viewport: { width: 1280, height: 844 } })
  await page.goto(orders())
  await signIn(page, first)
  await page.getByText('First').waitFor()
  const second = await context.newPage()
  await second.goto(orders())
  await second.getByRole('button', { name: 'Sign out' }).click()
  await signIn(second, owner)
  await openOrder(page, orderNo)
  await page.getByText('First').waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Sign out' }).waitFor()
  await context.close()
})
