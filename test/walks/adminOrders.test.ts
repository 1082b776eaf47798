// A staff member in Chromium finds an order by the number that a shopper reads out, refunds a part of it, and sees the
// result.
import { openAdmin, screens } from '../support/browser/adminWalk'
import { openStage, type Stage } from '../support/browser/walk'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
}, 90_000)
afterAll(() => stage.close())

const texts = {
  zh: {
    orders: '按任意单号查找',
    find: '查找',
    refund: '退款',
    amount: /退款金额/,
    reason: /原因/,
    notices: '支付异常',
    list: '订单',
    forbidden: '仅限店员访问',
  },
  en: {
    orders: 'Search by number',
    find: 'Search',
    refund: 'Refund',
    amount: /Refund amount/,
    reason: /Reason/,
    notices: 'Payment issues',
    list: 'Orders',
    forbidden: 'Staff only',
  },
} as const

async function paidOrder(): Promise<string> {
  const { orderNo } = await stage.cloud.newOrder()
  await stage.cloud.pay(orderNo)
  await stage.cloud.advance(1_000)
  expect((await stage.cloud.stored(orderNo)).state).toBe('paid')
  return orderNo
}

describe.each(screens)('at $width px in $lang', (screen) => {
  const t = texts[screen.lang]

  it('the owner finds an order by its last eight characters, refunds a part, and sees the result', async () => {
    const orderNo = await paidOrder()
    await paidOrder()
    const short = orderNo.slice(-8)
    const owner = await openAdmin(stage, screen, { path: 'orders/index' })
    await owner.field(t.orders).fill(` ${short.toUpperCase()} `)
    await owner.press(t.find)
    const row = owner.shown.getByRole('link', { name: /¥172\.00/ }).filter({ hasText: short })
    await row.waitFor()
    await owner.act(row)
    await owner.press(t.refund)
    await owner.field(t.amount).fill('11.5')
    await owner.field(t.reason).fill('杯子碎了 <b>x</b>')
    await owner.press(t.refund)
    const dialog = owner.page.getByRole('dialog')
    await dialog.getByText('¥11.50').waitFor()
    await dialog.getByText(new RegExp(short)).waitFor()
    await owner.act(dialog.getByRole('button', { name: t.refund }))
    await owner.shown.getByText('杯子碎了 <b>x</b>').first().waitFor()
    await owner.sees('¥160.50')
    const { refunds } = await stage.cloud.stored(orderNo)
    expect(refunds).toMatchObject([{ amountFen: 1_150, reason: '杯子碎了 <b>x</b>' }])
    await owner.end()
  })

  it('the list is as before after another page was opened', async () => {
    const orderNo = await paidOrder()
    const owner = await openAdmin(stage, screen, { path: 'orders/index' })
    await owner.field(t.orders).fill(orderNo)
    await owner.press(t.find)
    await owner.shown.getByText(orderNo.slice(-8)).waitFor()
    await owner.act(owner.shown.getByRole('link', { name: t.notices }))
    await owner.page.waitForURL(/admin\/notices/)
    await owner.act(owner.shown.getByRole('link', { name: t.list, exact: true }))
    await owner.page.waitForURL(/admin\/orders/)
    await owner.shown.getByText(orderNo.slice(-8)).waitFor()
    expect(await owner.field(t.orders).inputValue()).toBe(orderNo)
    await owner.end()
  })

  it('an outsider sees that the page is for staff, and nothing of the order', async () => {
    const orderNo = await paidOrder()
    const stranger = await openAdmin(stage, screen, { as: 'shopper-b', path: `order/index?orderNo=${orderNo}` })
    await stranger.sees(t.forbidden)
    expect(await stranger.shown.textContent()).not.toMatch(new RegExp(`${orderNo.slice(-8)}|172`))
    await stranger.end()
  })
})
