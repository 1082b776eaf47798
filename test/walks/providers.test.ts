// Pays once with each provider in Chromium, by its first payment method that works in a mini-program, from the checkout
// until the page says 已支付 (paid).
import type { ChannelView } from '../../cloudfunctions/shared/api/orders'
import { providers } from '../../cloudfunctions/shared/providers'
import { openStage, type Stage, walk } from '../support/browser/walk'
import { dataOf } from '../support/startCloud'

let stage: Stage
let channels: ChannelView[]
beforeAll(async () => {
  stage = await openStage()
  channels = dataOf(await stage.cloud.order('channels', {})).channels
}, 90_000)
afterAll(() => stage.close())

// Leave out virtual payment, which sells only virtual products (test/walks/virtual.test.ts).
const ofGoods = providers.filter(({ channels }) => channels.some(({ kind }) => kind !== 'virtual'))

it.each(ofGoods.map(({ code }) => code))('a shopper pays through %s', async (code) => {
  const channel = channels.find(({ provider, usable }) => provider === code && usable)
  if (!channel) throw new Error('no way to pay works in a mini-program')
  const shopper = await walk(stage, { provider: code })
  await shopper.toCheckout()
  await shopper.press(new RegExp(`^${channel.name}`), 'radio')
  await shopper.press(/^支付/)
  if (channel.kind === 'jsapi') await shopper.confirm()
  else {
    await shopper.page.waitForURL(/orderNo=/)
    await shopper.sees(channel.kind === 'link' ? '复制链接' : '保存到相册')
    const { payInfo } = (await shopper.stored()).payments.at(-1) ?? {}
    expect(await (await stage.cloud.post('/local/pay', { payInfo })).json()).toMatchObject({
      errMsg: 'requestPayment:ok',
    })
  }
  await shopper.sees('已支付')
  const order = await shopper.stored()
  expect(order).toMatchObject({
    state: 'paid',
    payments: [{ provider: code, channel: channel.channel, state: 'paid' }],
  })
  await shopper.end()
})
