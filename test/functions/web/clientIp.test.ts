// Tests with the real wx-server-sdk that a provider which asks for the shopper's network address (Paymax) receives the
// address that WeChat's gateway gives us.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { paymaxSettings } from '../../providers/fixtures/paymax'
import { startCloud, type TestCloud } from '../../support/startCloud'

let cloud: TestCloud
let paymax: Server
const charges: { client_ip?: string }[] = []

beforeAll(async () => {
  // A fake Paymax that records the charge and sends an unreadable answer.
  paymax = createServer(async (request, response) => {
    charges.push(JSON.parse(await text(request)) as { client_ip?: string })
    response.end('?')
  })
  await new Promise<void>((resolve) => paymax.listen(0, '127.0.0.1', resolve))
  const baseUrl = `http://127.0.0.1:${(paymax.address() as AddressInfo).port}`
  cloud = await startCloud({ paymax: { ...paymaxSettings, baseUrl } })
})
afterAll(async () => {
  await cloud.stop()
  paymax.close()
})

it.each([
  ['the shopper has an IPv4 address', '203.0.113.7', '203.0.113.7'],
  ['the shopper has an IPv6 address', '2001:db8::7', '127.0.0.1'],
  ['the gateway tells no address', 'unknown', '127.0.0.1'],
])('%s (%s): Paymax gets %s', async (_, clientIp, told) => {
  const { orderNo } = await cloud.newOrder()
  charges.length = 0
  const input = { orderNo, provider: 'paymax', channel: 'wechat_csb' }
  await cloud.call('order', { action: 'pay', input }, undefined, { 'x-client-ip': clientIp })
  expect(charges.map((charge) => charge.client_ip)).toEqual([told])
  expect(JSON.stringify(await cloud.stored(orderNo))).not.toContain(told)
})
