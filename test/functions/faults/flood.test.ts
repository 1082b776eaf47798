// Hostile requests of up to 6 MB each reach the webhook function without a pause. It must still answer real
// notifications in the normal time. `npm run bench -- flood` measures that time, and
// test/providers/hostileTexts.test.ts limits the time of each parser.
import { type HostileRequest, hostileRequests, sendHostile } from '../../../tools/bench/flood'
import { deliveryFields, midasSettings, signedDelivery } from '../../providers/fixtures/midas'
import { dataOf, shopperA, startCloud, type TestCloud } from '../../support/startCloud'

const { offerId, offerKey, privateKey } = midasSettings
const accepted = '{"ret":0,"msg":"ok"}'
let cloud: TestCloud
beforeAll(async () => {
  cloud = await startCloud({ midas: { offerId, offerKey, privateKey } })
})
afterAll(() => cloud.stop())

const attack = (index: number): Promise<void> =>
  sendHostile(cloud.url, hostileRequests[index % hostileRequests.length] as HostileRequest)

async function deliver(paymentNo: string): Promise<string> {
  const truth = { amount: '17200', currency: 'CNY', openid: shopperA, paymentNo, now: Date.now() }
  const { body, headers } = signedDelivery(midasSettings, deliveryFields(midasSettings, truth))
  return (await cloud.notify({ body, headers })).text()
}

const median = (list: readonly number[]): number => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)] ?? 0

/** Keeps twenty hostile requests under way, however fast or slow the machine answers them. */
function startFlood() {
  const atOnce = 20
  let sent = 0
  let ended = 0
  let isOver = false
  const attackers = Array.from({ length: atOnce }, async () => {
    while (!isOver) {
      await attack(sent++)
      ended += 1
    }
  })
  return {
    ended: () => ended,
    /** waits until `count` more hostile requests have ended */
    async more(count: number): Promise<void> {
      for (const enough = ended + count; ended < enough; ) await new Promise((later) => setTimeout(later, 5))
    },
    async stop(): Promise<void> {
      isOver = true
      await Promise.all(attackers)
    },
  }
}

// The limit counts hostile requests and not milliseconds, because milliseconds depend on how busy the machine is. A
// hundred requests are one second of an attack with a hundred requests per second.
it('a genuine notification is answered before a hundred hostile ones at the median, and settles its order', async () => {
  const paymentNos: string[] = []
  for (let count = 0; count < 15; count += 1) {
    const { orderNo } = await cloud.newOrder()
    paymentNos.push(dataOf(await cloud.order('pay', { orderNo, provider: 'midas', channel: 'wechat' })).paymentNo)
  }
  const flood = startFlood()
  const hostileBefore: number[] = []
  try {
    await flood.more(50)
    for (const paymentNo of paymentNos) {
      const before = flood.ended()
      expect(await deliver(paymentNo)).toBe(accepted)
      hostileBefore.push(flood.ended() - before)
      await flood.more(10)
    }
  } finally {
    await flood.stop()
  }
  expect(median(hostileBefore)).toBeLessThan(100)
  expect(flood.ended()).toBeGreaterThan(200)
  for (const paymentNo of paymentNos) expect((await cloud.stored(paymentNo.slice(0, -2))).state).toBe('paid')
})
