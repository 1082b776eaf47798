// A shopper buys a virtual product in Chromium, on a phone and on a wide screen, in both languages. Only
// wx.requestVirtualPayment is offered.
import { openStage, type Stage, type Walk, walk } from '../support/browser/walk'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
}, 90_000)
afterAll(() => stage.close())

const words = {
  zh: {
    add: /增加.*电子茶谱/,
    tea: /增加.*茉莉花茶/,
    checkOut: '去结算',
    way: /^微信虚拟支付/,
    pay: /^支付/,
    paid: '已支付',
  },
  en: {
    add: /Add.*Tea e-book/i,
    tea: /Add.*Jasmine tea/i,
    checkOut: 'Check out',
    way: /^WeChat virtual payment/,
    pay: /^Pay ?¥/,
    paid: 'Paid',
  },
}

async function toCheckout(shopper: Walk, ...adds: RegExp[]): Promise<void> {
  for (const add of adds) await shopper.press(add)
}

describe.each([
  ['zh', 390],
  ['en', 390],
  ['zh', 1280],
  ['en', 1280],
] as const)('in %s at %d px', (lang, width) => {
  const t = words[lang]

  it('buys it: a cancelled sheet keeps the order, and 已支付 comes from the record', async () => {
    const shopper = await walk(stage, { lang, width, as: `walker-${lang}-${width}` })
    await toCheckout(shopper, t.add)
    await shopper.press(t.checkOut)
    await shopper.press(t.way, 'radio')
    expect(await shopper.page.getByRole('radio').filter({ visible: true }).count()).toBe(1)
    await shopper.press(t.pay)
    await shopper.press(lang === 'zh' ? '关闭' : 'Close')
    await shopper.sees(lang === 'zh' ? '支付已取消' : 'Payment cancelled')
    expect((await shopper.stored()).state).toBe('open')
    await shopper.press(t.pay)
    await shopper.confirm()
    await shopper.sees(t.paid)
    expect(await shopper.stored()).toMatchObject({
      state: 'paid',
      kind: 'virtual',
      payments: [{}, { provider: 'virtualpay', state: 'paid' }],
    })
    await shopper.end()
  })
})

it('beside another product it is not ordered, and the page says what to do', async () => {
  const shopper = await walk(stage, { as: 'walker-mixed' })
  await toCheckout(shopper, words.zh.add, words.zh.tea)
  await shopper.press('去结算')
  await shopper.sees(/虚拟商品每次只能购买一种/)
  expect(await shopper.page.getByRole('radio').filter({ visible: true }).count()).toBe(0)
  await shopper.press('返回商店')
  await shopper.press(/减少.*茉莉花茶/)
  await shopper.press('去结算')
  await shopper.press(words.zh.way, 'radio')
  await shopper.end()
})
