// A person of the shop in Chromium, on a phone and on a PC: finds an order by the number that a shopper reads out, gives
// part of it back, and sees what is stored.
import { openStage, type Stage, type Walk, walk } from '../support/walk'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
}, 90_000)
afterAll(() => stage.close())

const screens = [
  { width: 390, lang: 'zh', extra: '', hand: 'touch' },
  { width: 1280, lang: 'en', extra: '&screen=pc', hand: 'mouse' },
] as const

const texts = {
  zh: {
    orders: '按任意单号查找',
    find: '查找',
    refund: '退款',
    amount: /退多少/,
    reason: /原因/,
    notices: '待处理通知',
    list: '订单',
    forbidden: '这里只对店员开放',
  },
  en: {
    orders: 'Find by any number',
    find: 'Find',
    refund: 'Refund',
    amount: /How much/,
    reason: /Reason/,
    notices: 'Notices',
    list: 'Orders',
    forbidden: 'For staff only',
  },
} as const

const shown = (person: Walk) => person.page.locator('.wx-page').filter({ visible: true }).last()

const field = (person: Walk, name: string | RegExp) => shown(person).getByLabel(name).locator('input')

async function goTo(person: Walk, path: string): Promise<void> {
  await person.page.goto(`${person.page.url().split('#')[0]}#/pages/admin/${path}`)
  await person.page.reload()
}

async function paidOrder(): Promise<string> {
  const { orderNo } = await stage.cloud.newOrder()
  await stage.cloud.pay(orderNo)
  await stage.cloud.advance(1_000)
  expect((await stage.cloud.stored(orderNo)).state).toBe('paid')
  return orderNo
}

describe.each(screens)('at $width px in $lang', ({ width, lang, extra, hand }) => {
  const t = texts[lang]
  const press = (target: ReturnType<typeof shown>) => (hand === 'touch' ? target.tap() : target.click())

  it('the owner finds an order by its last eight, refunds a part, and sees the truth', async () => {
    const orderNo = await paidOrder()
    await paidOrder()
    const short = orderNo.slice(-8)
    const owner = await walk(stage, { as: 'merchant', width, lang, extra, hand })
    await goTo(owner, 'orders/index')
    await field(owner, t.orders).fill(` ${short.toUpperCase()} `)
    await owner.press(t.find)
    const rows = shown(owner).getByRole('link', { name: /¥172\.00/ })
    await rows.filter({ hasText: short }).waitFor()
    await press(rows.filter({ hasText: short }))
    await owner.press(t.refund)
    await field(owner, t.amount).fill('11.5')
    await field(owner, t.reason).fill('杯子碎了 <b>x</b>')
    await owner.press(t.refund)
    const dialog = owner.page.getByRole('dialog')
    await dialog.getByText('¥11.50').waitFor()
    await dialog.getByText(new RegExp(short)).waitFor()
    await press(dialog.getByRole('button', { name: t.refund }))
    await shown(owner).getByText('杯子碎了 <b>x</b>').first().waitFor()
    await owner.sees('¥160.50')
    const { refunds } = await stage.cloud.stored(orderNo)
    expect(refunds).toMatchObject([{ amountFen: 1_150, reason: '杯子碎了 <b>x</b>' }])
    await owner.end()
  })

  it('the list is as it was left, after another page', async () => {
    const orderNo = await paidOrder()
    const owner = await walk(stage, { as: 'merchant', width, lang, extra, hand })
    await goTo(owner, 'orders/index')
    await field(owner, t.orders).fill(orderNo)
    await owner.press(t.find)
    await shown(owner).getByText(orderNo.slice(-8)).waitFor()
    await press(shown(owner).getByRole('link', { name: t.notices }))
    await owner.page.waitForURL(/admin\/notices/)
    await press(shown(owner).getByRole('link', { name: t.list, exact: true }))
    await owner.page.waitForURL(/admin\/orders/)
    await shown(owner).getByText(orderNo.slice(-8)).waitFor()
    expect(await field(owner, t.orders).inputValue()).toBe(orderNo)
    await owner.end()
  })

  it('a stranger sees that it is for staff, and nothing of the order', async () => {
    const orderNo = await paidOrder()
    const stranger = await walk(stage, { as: 'shopper-b', width, lang, extra, hand })
    await goTo(stranger, `order/index?orderNo=${orderNo}`)
    await stranger.sees(t.forbidden)
    expect(await shown(stranger).textContent()).not.toMatch(new RegExp(`${orderNo.slice(-8)}|172`))
    await stranger.end()
  })
})
