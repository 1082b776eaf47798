// Kills all processes (kill -9) at random moments. Every notification that our server confirmed must be in the
// database, and every open payment must get a result without the work of a person.
import { deliveryFields, midasSettings, signedDelivery } from '../../providers/fixtures/midas'
import { howOften } from '../../support/howOften'
import { dataOf, shopperA, startCloud, type TestCloud } from '../../support/startCloud'

const { offerId, offerKey, privateKey } = midasSettings
const kills = howOften(12, 50)
const inFlight = 2

const pause = (ms: number) => new Promise((done) => setTimeout(done, ms))

let cloud: TestCloud
afterAll(() => cloud.stop())

it(`survives ${kills} kills at random moments`, async () => {
  cloud = await startCloud({ midas: { offerId, offerKey, privateKey } })
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
    // Functions start slowly after a kill, so wait until some notifications are confirmed. Then wait for a random time,
    // so that each kill hits the functions at another point of their work.
    const goal = thanked.size + Math.floor(Math.random() * 5)
    for (let waited = 0; thanked.size < goal && waited < 20_000; waited += 5) await pause(5)
    await pause(Math.random() * 60)
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
    // The order may be missing if the shopper never got a reply to the creation of the order. An attempt may still be
    // open, because its process was killed near the call to the provider. Our server cannot know whether the provider
    // received that call, so it queries the provider again later.
    if (!('_id' in order)) continue
    expect([orderNo, order.state]).not.toEqual([orderNo, 'open'])
    const isWaiting = order.payments.some(({ state }) => state === 'created' || state === 'pending')
    expect([orderNo, order.dueAt !== null]).toEqual([orderNo, isWaiting])
    expect(order.dueAt ?? Number.POSITIVE_INFINITY).toBeGreaterThan(Date.now() + 45 * 60_000)
  }
}, 500_000)
