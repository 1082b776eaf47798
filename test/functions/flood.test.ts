// Hostile requests of up to 6 MB each reach the webhook function without a pause. It must still answer real
// notifications in the normal time.
import { request } from 'node:http'
import { deliveryFields, midasSettings, signedDelivery } from '../providers/fixtures/midas'
import { dataOf, shopperA, startCloud, type TestCloud } from '../support/startCloud'

const { offerId, offerKey, privateKey } = midasSettings
const accepted = '{"ret":0,"msg":"ok"}'
let cloud: TestCloud
beforeAll(async () => {
  cloud = await startCloud({ midas: { offerId, offerKey, privateKey } })
})
afterAll(() => cloud.stop())

const mb = 1024 * 1024
const filled = (piece: string, size: number): Buffer => Buffer.alloc(size, piece)

// Requests that once blocked all notifications: texts that a parser reads many times, and bodies of the largest size
// that the gateway accepts.
const attacks: { path: string; type: string; body: Buffer }[] = [
  { path: '/notify/wechatpay', type: 'text/xml', body: filled('<![CDATA[', 64 * 1024 - 9) },
  { path: '/notify/wechatpay', type: 'application/octet-stream', body: filled('<![CDATA[', 6 * mb) },
  { path: '/notify/midas', type: 'application/octet-stream', body: filled('{"a":1,', 6 * mb) },
  { path: '/notify/midas', type: 'application/json', body: filled('[', 64 * 1024) },
  { path: '/notify/jubao', type: 'application/json', body: filled('{"a":"b",', 5.9 * mb) },
  { path: '/notify/jubao', type: 'application/x-www-form-urlencoded', body: filled('a=b&', 64 * 1024) },
  { path: '/notify/wisecashier', type: 'application/x-www-form-urlencoded', body: filled('%e4', 99 * 1024) },
  { path: '/notify/paymax', type: 'image/png', body: filled('\u0000', 3 * mb) },
  { path: `/notify/unified?${'a=b&'.repeat(2_000)}`, type: 'text/plain', body: Buffer.alloc(0) },
]

/** Sends one hostile request and ignores its result. */
function attack(index: number): Promise<void> {
  const { path, type, body } = attacks[index % attacks.length] as (typeof attacks)[number]
  return new Promise((done) => {
    const sent = request(
      `${cloud.url}${path}`,
      { method: 'POST', agent: false, headers: { 'content-type': type, 'content-length': body.length } },
      (response) => response.resume().on('close', () => done()),
    )
    sent.on('error', () => done())
    sent.setTimeout(20_000, () => sent.destroy())
    sent.end(body)
  })
}

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
    /** waits until this many more hostile requests have ended */
    async more(count: number): Promise<void> {
      for (const enough = ended + count; ended < enough; ) await new Promise((later) => setTimeout(later, 5))
    },
    async stop(): Promise<void> {
      isOver = true
      await Promise.all(attackers)
    },
  }
}

// Counted in hostile requests and not in milliseconds, so that the result is the same on a busy machine: at the hundred a
// second of an attack, a hundred of them are a second.
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
