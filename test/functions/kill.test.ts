// kill -9 of everything at random moments: what was thanked is in the database, and what waits goes on by itself.
import { deliveryFields, midasSettings, signedDelivery } from '../providers/fixtures/midas'
import { dataOf, shopperA, startCloud } from '../support/startCloud'

const { offerId, offerKey, privateKey } = midasSettings
const kills = 50
const inFlight = 6

const pause = (ms: number) => new Promise((done) => setTimeout(done, ms))

it(`survives ${kills} kills at random moments`, async () => {
  const cloud = await startCloud({ midas: { offerId, offerKey, privateKey } })
  const thanked = new Set<string>()
  const begun = new Set<string>()

  const shopAndPay = async () => {
    const { orderNo } = await cloud.newOrder()
    begun.add(orderNo)
    const { paymentNo } = dataOf(await cloud.order('pay', { orderNo, provider: 'midas', channel: 'wechat' }))
    const truth = { amount: '17200', currency: 'CNY', openid: shopperA, paymentNo, now: Date.now() }
    const { body, headers } = signedDelivery(midasSettings, deliveryFields(midasSettings, truth))
    const answer = await cloud.notify({ body, headers })
    if ((await answer.text()) === '{"ret":0,"msg":"ok"}') thanked.add(orderNo)
  }

  for (let kill = 0; kill < kills; kill++) {
    let alive = true
    const shoppers = Array.from({ length: inFlight }, async () => {
      while (alive) await shopAndPay().catch(() => pause(5))
    })
    await pause(40 + Math.random() * 400)
    const restarted = cloud.restart()
    alive = false
    await Promise.all([restarted, ...shoppers])
  }

  for (const orderNo of thanked) {
    const order = await cloud.stored(orderNo)
    expect([orderNo, order.state]).toEqual([orderNo, 'paid'])
    expect(order.history.filter(({ what }) => what === 'paid')).toHaveLength(1)
  }
  expect(thanked.size).toBeGreaterThan(kills)
  await cloud.advance(45 * 60_000)
  for (const orderNo of begun) {
    const order = await cloud.stored(orderNo)
    // A begun order whose creation was never acknowledged may be absent; one that is there is at rest.
    if ('_id' in order) expect([orderNo, order.state === 'open', order.dueAt]).toEqual([orderNo, false, null])
  }
  await cloud.stop()
}, 400_000)
