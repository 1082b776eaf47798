// A hundred hostile requests per second, of up to 6 MB each, reach the webhook function. It must still answer real
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

it('a genuine notification is answered in under a second at the median, and settles its order', async () => {
  const paymentNos: string[] = []
  for (let count = 0; count < 15; count += 1) {
    const { orderNo } = await cloud.newOrder()
    paymentNos.push(dataOf(await cloud.order('pay', { orderNo, provider: 'midas', channel: 'wechat' })).paymentNo)
  }
  let sent = 0
  const startedAt = performance.now()
  const flood: Promise<void>[] = []
  const flooding = setInterval(() => {
    while (sent < (performance.now() - startedAt) / 10) flood.push(attack(sent++))
  }, 10)
  const times: number[] = []
  try {
    await new Promise((later) => setTimeout(later, 1_000))
    for (const paymentNo of paymentNos) {
      const before = performance.now()
      expect(await deliver(paymentNo)).toBe(accepted)
      times.push(performance.now() - before)
      await new Promise((later) => setTimeout(later, 100))
    }
  } finally {
    clearInterval(flooding)
    await Promise.all(flood)
  }
  expect(median(times)).toBeLessThan(1_000)
  expect(sent).toBeGreaterThan(200)
  for (const paymentNo of paymentNos) expect((await cloud.stored(paymentNo.slice(0, -2))).state).toBe('paid')
})
