// Tests subscribe messages in Chromium. A tap on the pay button asks the shopper for permission. A shopper who refuses
// can still pay, and the page does not ask again. Each permitted message arrives once. The owner sends test messages,
// and gets a message about a new order.
import type { SentMessage } from '../../tools/sandbox/wechat/messages'
import { openAdmin, screens } from '../support/browser/adminWalk'
import { openStage, type Stage, type Walk, walk } from '../support/browser/walk'

const template = (kind: string) => `${kind}_template_of_this_shop_0001`
const written = (kind: string) =>
  `${template(kind)}, thing1=goods, amount2=amount, character_string3=number, phrase4=note`

let stage: Stage
beforeAll(async () => {
  const messages = { paid: written('paid'), refunded: written('refunded'), newOrder: written('newOrder') }
  stage = await openStage({ shop: { messages } })
}, 240_000)
afterAll(() => stage.close())

const texts = {
  zh: {
    question: '订阅消息',
    allow: '允许',
    refuse: '取消',
    pay: /^支付 ?¥/,
    sheet: '确认支付',
    paid: '已支付',
    test: '给我发一条 支付成功（发给顾客）',
    sent: '已发送',
    hear: '接收新订单提醒',
    hearing: '已开启，下一笔订单会提醒你',
    refused: /对方未授权，或授权次数已用完/,
  },
  en: {
    question: 'Messages',
    allow: 'Allow',
    refuse: 'Don’t allow',
    pay: /^Pay ?¥/,
    sheet: 'Confirm payment',
    paid: 'Paid',
    test: 'Send me one Payment received (to the customer)',
    sent: 'Sent',
    hear: 'Tell me about new orders',
    hearing: 'On. You’ll hear about the next order',
    refused: /The recipient hasn’t allowed messages, or the permission is used up/,
  },
}

async function arrived(kind: string, number: string): Promise<SentMessage[]> {
  const { sent } = (await (await fetch(`${stage.cloud.url}/local/messages`)).json()) as { sent: SentMessage[] }
  return sent.filter((one) => one.template_id === template(kind) && one.data.character_string3?.value === number)
}

/** Runs the timer, which takes the event and sends the message. On a busy machine this takes more than one minute. */
async function timer(isDone: () => Promise<boolean>): Promise<void> {
  for (let minutes = 0; minutes < 20 && !(await isDone()); minutes++) await stage.cloud.advance(60_000)
}

const isOver = async (orderNo: string): Promise<boolean> => {
  const { outboxAt } = await stage.cloud.stored(orderNo)
  return outboxAt === null
}

const question = (person: Walk, name: string) => person.page.getByRole('dialog', { name, exact: true })

describe.each(screens)('at $width px in $lang', (screen) => {
  const { width, lang, hand } = screen
  const t = texts[lang]
  const options = { width, lang, hand, provider: 'wechatpay', extra: width > 390 ? '&screen=pc' : '' } as const

  it('a shopper refuses, pays all the same, and is not asked again', async () => {
    const shopper = await walk(stage, options)
    await shopper.toCheckout()
    await shopper.press(t.pay)
    await question(shopper, t.question).waitFor()
    await shopper.press(t.refuse)
    await shopper.page.getByRole('dialog').getByRole('button', { name: t.sheet }).waitFor()
    await shopper.confirm()
    await shopper.sees(t.paid)
    const orderNo = shopper.orderNo()
    await timer(() => isOver(orderNo))
    expect(await arrived('paid', orderNo)).toEqual([])
    await shopper.page.goto(`${stage.cloud.url}/?as=shopper-a&lang=${lang}&desk=0${options.extra}`)
    await shopper.toCheckout()
    await shopper.press(t.pay)
    await shopper.page.getByRole('dialog').getByRole('button', { name: t.sheet }).waitFor()
    await expect(question(shopper, t.question).count()).resolves.toBe(0)
    await shopper.end()
  })

  it('a shopper allows a message and gets it once; a main switch that is off does not stop the payment', async () => {
    const shopper = await walk(stage, { ...options, as: 'shopper-b' })
    await shopper.toCheckout()
    await shopper.press(t.pay)
    await question(shopper, t.question).getByRole('button', { name: t.allow, exact: true }).waitFor()
    await shopper.press(new RegExp(`^${t.allow}$`))
    await shopper.page.getByRole('dialog').getByRole('button', { name: t.sheet }).waitFor()
    await shopper.confirm()
    await shopper.sees(t.paid)
    const orderNo = shopper.orderNo()
    await timer(async () => (await arrived('paid', orderNo)).length > 0)
    await stage.cloud.advance(60_000)
    expect(await arrived('paid', orderNo)).toHaveLength(1)
    await shopper.end()
    const off = await walk(stage, { ...options, as: 'shopper-b', extra: `${options.extra}&messages=off` })
    await off.toSheet()
    await off.end()
  })

  it('the owner tries a template, gets a message about one new order, and sees that another permission is needed', async () => {
    const owner = await openAdmin(stage, screen, { path: 'provider/index?code=shop', as: 'merchant' })
    await owner.press(t.test)
    await question(owner, t.question).waitFor()
    await owner.press(new RegExp(`^${t.allow}$`))
    // Look only for the status message, because the list under it contains the same words.
    await owner.shown.getByRole('status').filter({ hasText: t.sent }).waitFor()
    await owner.press(t.hear)
    await question(owner, t.question).waitFor()
    await owner.press(new RegExp(`^${t.allow}$`))
    await owner.sees(t.hearing)
    const wide = await owner.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
    expect(wide).toBeLessThanOrEqual(0)
    await owner.end()
    const orders = []
    for (let count = 0; count < 2; count++) {
      const { orderNo } = await stage.cloud.newOrder()
      await stage.cloud.pay(orderNo)
      await timer(async () => (await stage.cloud.stored(orderNo)).state === 'paid' && (await isOver(orderNo)))
      await stage.cloud.advance(60_000)
      orders.push(orderNo)
    }
    expect(await arrived('newOrder', orders[0] ?? '')).toHaveLength(1)
    expect(await arrived('newOrder', orders[1] ?? '')).toEqual([])
    const again = await openAdmin(stage, screen, { path: 'provider/index?code=shop', as: 'merchant' })
    await again.sees(t.refused)
    await again.end()
  })
})
