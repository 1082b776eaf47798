// What waits for a person, in Chromium: a notice is replayed once its cause is mended, a day with planted differences is
// reconciled, an export is made and its file read back; somebody who may only look is given no way to do more.
import type { Order } from '../../cloudfunctions/shared/domain/order'
import type { Database } from '../../cloudfunctions/shared/store/database'
import type { Staff } from '../../cloudfunctions/shared/store/staff'
import { type Admin, adminOf, databaseOf } from '../support/adminCall'
import { openBooks } from '../support/plantedBooks'
import { dataOf } from '../support/startCloud'
import { openStage, type Stage, walk } from '../support/walk'

const viewer = 'oMiniCashier_viewer_00000'

let stage: Stage
let db: Database
let admin: Admin
beforeAll(async () => {
  stage = await openStage()
  admin = adminOf(stage.cloud)
  db = await databaseOf(stage.cloud)
  await db.insert<Staff>('staff', { _id: viewer, version: 1, name: '小看', addedAt: 1, role: 'viewer' })
}, 90_000)
afterAll(() => stage.close())

const at = (path: string, screen = ''): string => `${screen}#/pages/admin/${path}`

it('a notice that found no order is replayed when the order is there again', async () => {
  const { orderNo } = await stage.cloud.newOrder()
  const { payInfo } = dataOf(await stage.cloud.order('pay', { orderNo, provider: 'midas', channel: 'wechat' }))
  const order = await stage.cloud.stored(orderNo)
  await db.remove('orders', orderNo)
  await stage.cloud.post('/local/pay', { payInfo })
  await stage.cloud.advance(2_000)
  const owner = await walk(stage, { as: 'merchant', hand: 'touch', extra: at('notices/index?kind=unmatched') })
  await owner.sees('没有这个订单')
  await db.insert<Order>('orders', order)
  await owner.press(/^重放$/)
  await owner.sees('没有等待处理的通知')
  expect(await stage.cloud.stored(orderNo)).toMatchObject({ state: 'paid' })
  await owner.end()
})

it('a day with planted differences: each is shown, one is asked about, one is ignored with a note', async () => {
  const { today, lost, gone } = await openBooks(stage.cloud, db, admin).plantDifferences()
  const owner = await walk(stage, {
    as: 'merchant',
    lang: 'en',
    width: 1_280,
    extra: at(`bills/index?provider=wechatpay&day=${today}`, '&screen=pc'),
  })
  for (const kind of [
    'A payment that we do not have',
    'A payment that is not in the bill',
    'Another amount',
    'In the bill, but not paid in our records',
    'A refund that we do not have',
    'A refund that is not in the bill',
  ])
    await owner.sees(kind)
  const card = (no: string) => owner.page.locator('.card').filter({ hasText: no })
  await card(`${lost._id}01`).getByRole('button', { name: 'Ask the provider' }).click()
  await owner.page.getByRole('dialog').getByRole('button', { name: 'OK' }).click()
  await card(`${lost._id}01`)
    .getByText(/Ask the provider ·/)
    .waitFor()
  expect(await stage.cloud.stored(lost._id)).toMatchObject({ state: 'paid' })
  await card(`${gone._id}01`).getByRole('button', { name: 'Ignore' }).click()
  await card(`${gone._id}01`).getByLabel('Note').locator('input').fill('a test')
  await card(`${gone._id}01`).getByRole('button', { name: 'Ignore' }).click()
  await card(`${gone._id}01`)
    .getByText(/Ignore ·.*a test/)
    .waitFor()
  await owner.end()
})

it('an export is made, and its file holds the orders', async () => {
  const owner = await walk(stage, { as: 'merchant', extra: at('exports/index') })
  await owner.press('开始导出')
  await owner.page.getByRole('button', { name: '复制链接' }).first().waitFor()
  const [job] = dataOf(await admin('export', { list: true })).exports
  const [{ url } = { url: null }] = dataOf(await admin('export', { read: job?.id })).exports
  // fetch's own text() would swallow the mark.
  const text = Buffer.from(await (await fetch(url ?? '')).arrayBuffer()).toString('utf8')
  const lines = text.split('\r\n')
  expect(text.charCodeAt(0)).toBe(0xfeff)
  expect(lines).toHaveLength((job?.rows ?? 0) + 2)
  expect(lines.some((line) => line.includes('172.00'))).toBe(true)
  await owner.end()
})

it('who may only look sees the orders, and no way to refund, replay or change people', async () => {
  const [order] = dataOf(await admin('orders', { filter: { state: 'paid' } })).orders
  const looker = await walk(stage, { as: viewer, extra: at(`order/index?orderNo=${order?.orderNo}`) })
  await looker.sees('经过')
  for (const name of ['退款', '向支付服务核对', '关闭订单'])
    expect(await looker.page.getByRole('button', { name, exact: true }).count()).toBe(0)
  await looker.end()
  const elsewhere = await walk(stage, { as: viewer, extra: at('staff/index') })
  await elsewhere.sees('这里只对店员开放')
  await elsewhere.end()
})
