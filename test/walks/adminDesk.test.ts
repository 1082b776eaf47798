// Tests the work of staff in Chromium: a case is processed again after its cause is fixed, a day with one difference of
// each kind is reconciled, an export is made and its file read, and a viewer can do none of this.
import type { Order } from '../../cloudfunctions/shared/domain/orders/orderShape'
import type { Database } from '../../cloudfunctions/shared/store/database'
import type { Staff } from '../../cloudfunctions/shared/store/staff'
import { type Admin, adminOf, databaseOf } from '../support/adminCall'
import { type AdminWalk, openAdmin, screens } from '../support/browser/adminWalk'
import { openStage, type Stage } from '../support/browser/walk'
import { openBooks } from '../support/plantedBooks'
import { dataOf } from '../support/startCloud'

const viewer = 'oMiniCashier_viewer_00000'

let stage: Stage
let db: Database
let admin: Admin
let books: Awaited<ReturnType<ReturnType<typeof openBooks>['plantDifferences']>>

beforeAll(async () => {
  stage = await openStage()
  admin = adminOf(stage.cloud)
  db = await databaseOf(stage.cloud)
  await db.insert<Staff>('staff', { _id: viewer, version: 1, name: '小看', addedAt: 1, role: 'viewer' })
  books = await openBooks(stage.cloud, db, admin).plantDifferences()
}, 120_000)
afterAll(() => stage.close())

const texts = {
  zh: {
    noOrder: '订单不存在',
    replay: /^重新处理$/,
    allApplied: '暂无支付异常',
    kinds: [
      '本店没有这笔收款',
      '账单中没有这笔收款',
      '金额不一致',
      '账单已收款，订单未支付',
      '本店没有这笔退款',
      '账单中没有这笔退款',
      '同一单号收款两次',
    ],
    ask: '查询支付结果',
    giveBack: '退款',
    onItsWay: '退款已提交，退款成功后请再点一次“退款”',
    ignore: '忽略',
    note: '说明',
    ok: '确定',
    compare: '立即对账',
    agree: '8 笔一致',
    start: '开始导出',
    copyLink: '复制链接',
    copied: '链接已复制，一小时内有效',
    history: '订单记录',
    forbidden: '你没有这项权限',
    deeds: ['退款', '查询支付结果', '关闭订单'],
  },
  en: {
    noOrder: 'The order doesn’t exist',
    replay: /^Retry$/,
    allApplied: 'No payment issues',
    kinds: [
      'Payment missing from your records',
      'Payment missing from the statement',
      'Amounts differ',
      'Paid on the statement, unpaid in your records',
      'Refund missing from your records',
      'Refund missing from the statement',
      'Paid twice under the same number',
    ],
    ask: 'Check payment',
    giveBack: 'Refund',
    onItsWay: 'The refund was sent. Tap Refund again once it’s complete',
    ignore: 'Ignore',
    note: 'Note',
    ok: 'OK',
    compare: 'Reconcile now',
    agree: '8 matched',
    start: 'Start export',
    copyLink: 'Copy link',
    copied: 'Link copied. It works for one hour',
    history: 'Order history',
    forbidden: 'You don’t have permission',
    deeds: ['Refund', 'Check payment', 'Close order'],
  },
} as const

describe.each(screens.map((screen, turn) => ({ ...screen, turn })))('at $width px in $lang', ({ turn, ...screen }) => {
  const t = texts[screen.lang]

  it('a notification without an order is replayed when the order is there again', async () => {
    const { orderNo } = await stage.cloud.newOrder()
    const { payInfo } = dataOf(await stage.cloud.order('pay', { orderNo, provider: 'midas', channel: 'wechat' }))
    const order = await stage.cloud.stored(orderNo)
    await db.remove('orders', orderNo)
    await stage.cloud.post('/local/pay', { payInfo })
    await stage.cloud.advance(2_000)
    const owner = await openAdmin(stage, screen, { path: 'notices/index?kind=unmatched' })
    await owner.sees(t.noOrder)
    await db.insert<Order>('orders', order)
    await owner.press(t.replay)
    await owner.sees(t.allApplied)
    expect(await stage.cloud.stored(orderNo)).toMatchObject({ state: 'paid' })
    await owner.end()
  })

  it('a day with one difference of each kind: each is shown, repaired or ignored, and stays so', async () => {
    const { today, twice, lost, gone, strayNo, unbooked } = books
    const owner = await openAdmin(stage, screen, { path: `bills/index?provider=wechatpay&day=${today}` })
    for (const kind of t.kinds) await owner.sees(kind)
    const ignored = [`${gone._id}01`, `${strayNo}01`, `${unbooked._id}r01`][turn]
    if (ignored !== undefined) await ignore(owner, ignored)
    else {
      const second = `${twice._id}01`
      await Promise.all([owner.sees(t.onItsWay), confirm(owner, second, t.giveBack, '¥172.00')])
      await stage.cloud.advance(21 * 60_000)
      await confirm(owner, second, t.giveBack, '¥172.00')
      await done(owner, second, new RegExp(`${t.giveBack} ·`))
      expect((await stage.cloud.stored(twice._id)).refunds).toMatchObject([{ state: 'done', amountFen: 17_200 }])
      await confirm(owner, `${lost._id}01`, t.ask, `${lost._id}01`)
      await done(owner, `${lost._id}01`, new RegExp(`${t.ask} ·`))
      expect(await stage.cloud.stored(lost._id)).toMatchObject({ state: 'paid' })
    }
    await owner.press(t.compare)
    if (ignored === undefined) await owner.sees(t.agree)
    else await done(owner, ignored, new RegExp(`${t.ignore} ·.*a test ${screen.lang}`))
    await owner.end()
  })

  const card = (owner: AdminWalk, no: string) => owner.shown.locator('.card').filter({ hasText: no })
  const done = (owner: AdminWalk, no: string, text: RegExp) => card(owner, no).getByText(text).waitFor()

  async function ignore(owner: AdminWalk, no: string): Promise<void> {
    const button = card(owner, no).getByRole('button', { name: t.ignore })
    await owner.act(button)
    await card(owner, no).getByLabel(t.note).locator('input').fill(`a test ${screen.lang}`)
    await owner.act(button)
    await done(owner, no, new RegExp(`${t.ignore} ·.*a test ${screen.lang}`))
  }

  // Presses the button of an action and confirms its dialog. The click waits until no earlier toast covers the button.
  async function confirm(owner: AdminWalk, no: string, deed: string, question: string): Promise<void> {
    await owner.act(card(owner, no).getByRole('button', { name: deed }))
    const dialog = owner.page.getByRole('dialog')
    await dialog.getByText(question).waitFor()
    await owner.act(dialog.getByRole('button', { name: t.ok }))
    await dialog.waitFor({ state: 'detached' })
  }

  it('an export is made, and the file behind the copied link has the orders', async () => {
    const owner = await openAdmin(stage, screen, { path: 'exports/index' })
    await owner.page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    await owner.press(t.start)
    const links = owner.shown.getByRole('button', { name: t.copyLink })
    await links.nth(turn).waitFor()
    await Promise.all([owner.sees(t.copied), owner.act(links.first())])
    const link = await owner.page.evaluate(() => navigator.clipboard.readText())
    // fetch's text() would drop the byte order mark.
    const text = Buffer.from(await (await fetch(link)).arrayBuffer()).toString('utf8')
    const [job] = dataOf(await admin('export', { list: true })).exports
    const lines = text.split('\r\n')
    expect(text.charCodeAt(0)).toBe(0xfeff)
    expect(lines).toHaveLength((job?.rows ?? 0) + 2)
    expect(lines.some((line) => line.includes('172.00'))).toBe(true)
    await owner.end()
  })

  it('a viewer sees the orders, but cannot refund, replay or change people', async () => {
    const [order] = dataOf(await admin('orders', { filter: { state: 'paid' } })).orders
    const looker = await openAdmin(stage, screen, { as: viewer, path: `order/index?orderNo=${order?.orderNo}` })
    await looker.sees(t.history)
    for (const name of t.deeds) expect(await looker.page.getByRole('button', { name, exact: true }).count()).toBe(0)
    await looker.end()
    const elsewhere = await openAdmin(stage, screen, { as: viewer, path: 'staff/index' })
    await elsewhere.sees(t.forbidden)
    await elsewhere.end()
  })
})
