// A shopper in Chromium, by mouse and by touch: pays, cancels, fails, gets an unknown result that is paid later, and
// pays after the order was closed.
import { type Hand, openStage, type Stage, walk } from '../support/browser/walk'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
}, 90_000)
afterAll(() => stage.close())

const next = (scenario: string) => stage.cloud.post('/local/sandbox', { provider: 'midas', scenario })
const hands: Hand[] = ['mouse', 'touch']

describe.each(hands)('a shopper by %s', (hand) => {
  it('pays: 已支付, because the record says so', async () => {
    const shopper = await walk(stage, { hand })
    await shopper.toSheet()
    await shopper.confirm()
    await shopper.sees('已支付')
    expect(await shopper.stored()).toMatchObject({ state: 'paid' })
    await shopper.end()
  })

  it('cancels in the payment sheet, and pays afterwards', async () => {
    const shopper = await walk(stage, { hand })
    await shopper.toSheet()
    await shopper.press(/关闭|取消/)
    await shopper.sees('支付已取消')
    expect((await shopper.stored()).state).toBe('open')
    await shopper.press(/^支付/)
    await shopper.confirm()
    await shopper.sees('已收到您的付款')
    await shopper.end()
  })

  it('fails, sees what to do, and cancels the order', async () => {
    await next('fail')
    const shopper = await walk(stage, { hand })
    await shopper.toSheet()
    await shopper.confirm()
    await shopper.sees('支付失败')
    await shopper.press('取消订单')
    await shopper.page.getByRole('dialog').waitFor()
    await shopper.page.getByRole('dialog').getByRole('button', { name: '取消订单' }).click()
    await shopper.sees('已取消')
    expect((await shopper.stored()).state).toBe('closed')
    await shopper.end()
  })

  it('gets an unknown result, is told not to pay again, and sees it paid', async () => {
    await next('unknown-result')
    const shopper = await walk(stage, { hand })
    await shopper.toSheet()
    await shopper.confirm()
    await shopper.sees('已支付')
    expect((await shopper.stored()).payments).toHaveLength(1)
    await shopper.end()
  })

  it('closed, then paid: the order stays closed and the money is not lost', async () => {
    await next('notice-after-close')
    const shopper = await walk(stage, { hand })
    await shopper.toSheet()
    await shopper.confirm()
    await shopper.page.waitForURL(/orderNo=/)
    await stage.cloud.advance(90 * 60_000)
    await shopper.page.reload()
    await shopper.sees('已收到付款')
    expect(await shopper.stored()).toMatchObject({ state: 'closed', payments: [{ state: 'paid', surplus: true }] })
    await shopper.end()
  })
})

describe('a shopper', () => {
  it('reads everything in English', async () => {
    const shopper = await walk(stage, { lang: 'en' })
    await shopper.toSheet()
    await shopper.confirm()
    await shopper.sees('Paid')
    const page = shopper.page.locator('.wx-page').filter({ visible: true }).last()
    expect(await page.textContent()).not.toMatch(/\p{Script=Han}/u)
    await shopper.end()
  })

  it('taps pay twice: one order, one payment', async () => {
    const shopper = await walk(stage, { as: 'oMiniCashier_double_tapper_0' })
    await shopper.page.getByRole('button', { name: /增加/ }).first().click()
    await shopper.press('去结算')
    await shopper.page.getByRole('button', { name: /^支付 ?¥/ }).dblclick()
    await shopper.confirm()
    await shopper.sees('已支付')
    const { data } = (await (
      await stage.cloud.call('order', { action: 'list', input: {} }, 'oMiniCashier_double_tapper_0')
    ).json()) as {
      data: { orders: { payments: unknown[] }[] }
    }
    expect(data.orders.map(({ payments }) => payments.length)).toEqual([1])
    await shopper.end()
  })

  it('leaves in the middle, returns to the list, and finds the order to pay', async () => {
    const shopper = await walk(stage, { as: 'oMiniCashier_comes_back_0000' })
    await shopper.toSheet()
    await shopper.page.goto(`${stage.cloud.url}/?as=oMiniCashier_comes_back_0000&desk=0#/pages/orders/index`)
    await shopper.page.reload()
    await shopper.press(/查看订单|茉莉花茶/)
    await shopper.sees(/待支付|确认中|正在核实/)
    await shopper.end()
  })

  it('sees that an order expired, and what to do', async () => {
    const shopper = await walk(stage)
    await shopper.toSheet()
    await shopper.press(/关闭|取消/)
    await shopper.sees('支付已取消')
    await stage.cloud.advance(31 * 60_000)
    await shopper.page.reload()
    await shopper.sees('已过期')
    await shopper.press('再去逛逛')
    await shopper.sees('今日在售')
    await shopper.end()
  })
})
