// Tests the limits for browsers without a sign-in. A new cookie makes a new shopper, so the network address has its own
// limit.

import { addressOf, browserOf, networkOf } from '../../../cloudfunctions/shared/usecases/web/browserInfo'
import { beijingDigits } from '../../../miniprogram/rules/beijing'
import { openBrowser } from '../../support/browser/webBrowser'
import { startCloud, type TestCloud } from '../../support/startCloud'

const hourMs = 3_600_000

let cloud: TestCloud
beforeAll(async () => {
  cloud = await startCloud({ shop: { limits: { ordersPerAddress: 3 } } })
  // Start at the beginning of an hour, so that the test stays within one hour.
  const { now } = await clock()
  await cloud.advance(hourMs - (now % hourMs))
}, 120_000)
afterAll(() => cloud?.stop())

const clock = async () => (await (await fetch(`${cloud.url}/local/clock`)).json()) as { now: number }

let serial = 0
/** A new browser without a cookie places an order. */
async function order(address: string, orderNo?: string, browser?: Awaited<ReturnType<typeof openBrowser>>) {
  const { send } = browser ?? (await openBrowser(cloud.url))
  serial += 1
  const no = orderNo ?? beijingDigits((await clock()).now) + `addr${serial}`.padEnd(8, '0')
  const answer = await send('/web/call/order', {
    headers: { origin: cloud.url, 'content-type': 'application/json', 'x-forwarded-for': address },
    body: JSON.stringify({ action: 'create', input: { orderNo: no, items: [{ sku: 'gaiwan', quantity: 1 }] } }),
  })
  return { no, reply: (await answer.json()) as { ok: boolean; error?: { limit?: string } } }
}
const refused = { ok: false, error: { code: 'Conflict', limit: 'ordersPerAddress' } }

it('a browser that deletes its cookie still has the limit of its network address', async () => {
  const mine = await openBrowser(cloud.url)
  const first = await order('203.0.113.7', undefined, mine)
  for (const forged of ['', '198.51.100.1, ']) expect((await order(`${forged}203.0.113.7`)).reply.ok).toBe(true)
  for (const forged of ['', '198.51.100.2, ', '8.8.8.8, 10.0.0.1, '])
    expect((await order(`${forged}203.0.113.7`)).reply).toMatchObject(refused)
  // A repeated request for the same order does not count as a new order, and another network address has its own limit.
  expect((await order('203.0.113.7', first.no, mine)).reply.ok).toBe(true)
  expect((await order('203.0.113.8')).reply.ok).toBe(true)
  const stored = await cloud.stored(first.no)
  expect(stored.addressMark).toMatch(/^[\w-]{22}$/)
  expect(JSON.stringify(stored)).not.toContain('203.0.113.7')
  await cloud.advance(hourMs)
  const later = await order('203.0.113.7')
  expect(later.reply.ok).toBe(true)
  expect((await cloud.stored(later.no)).addressMark).not.toBe(stored.addressMark)
})

it('all addresses of a household’s IPv6 network share one limit', async () => {
  for (const host of ['1', '2', '3']) expect((await order(`2001:db8:0:1::${host}`)).reply.ok).toBe(true)
  expect((await order('2001:db8:0:1:ffff::4')).reply).toMatchObject(refused)
  expect((await order('2001:db8:0:2::1')).reply.ok).toBe(true)
})

it('shoppers in the mini-program are not counted by their address', async () => {
  for (let count = 0; count < 5; count++) await cloud.newOrder()
})

it.each([
  ['203.0.113.7', '203.0.113.7'],
  ['2001:db8:0:1::1', '2001:db8:0:1'],
  ['2001:0DB8:0000:0001:aaaa:bbbb:cccc:dddd', '2001:db8:0:1'],
  ['::1', '0:0:0:0'],
])('%s lies in the network %s', (address, network) => expect(networkOf(address)).toBe(network))

it.each([
  ['203.0.113.7', '203.0.113.7'],
  ['8.8.8.8, 203.0.113.7', '203.0.113.7'],
  ['203.0.113.7, 10.1.2.3, 127.0.0.1', '203.0.113.7'],
  ['203.0.113.7, <script>', '203.0.113.7'],
  ['10.1.2.3', '10.1.2.3'],
  ['', ''],
])('of “%s” the last public address counts', (forwarded, address) =>
  expect(addressOf({ 'x-forwarded-for': forwarded })).toBe(address),
)

it.each([
  ['Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0', 'Edge, Windows'],
  ['Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) Version/17.5 Safari/605.1.15', 'Safari, macOS'],
  ['Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0', 'Firefox, Linux'],
  ['curl/8.5.0', ''],
])('%s is called %s', (userAgent, name) => expect(browserOf(userAgent)).toBe(name))
