// Midas's server fails during unified_order. Whatever breaks, the shopper gets a clear error and can still pay, but
// only once.
import { createServer, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { freePort } from '../../support/fakes/freePort'
import { dataOf, startCloud, type TestCloud } from '../../support/startCloud'

type Trouble = 'reset' | '500' | 'garbage' | 'empty' | 'cut' | 'redirect'

let trouble: Trouble = 'reset'
let server: Server
let cloud: TestCloud
let asked = 0

beforeAll(async () => {
  server = createServer((request, response) => {
    asked += 1
    if (trouble === 'reset') request.socket.destroy()
    else if (trouble === '500') response.writeHead(500).end('{"ret":0,"pay_info":"data=a&sign=b","transaction_id":"T"}')
    else if (trouble === 'garbage') response.end('<html>504 Gateway Time-out</html>')
    else if (trouble === 'empty') response.end()
    else if (trouble === 'redirect') response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()
    else {
      response.writeHead(200, { 'content-length': '1000' })
      response.write('{"ret":0')
      setTimeout(() => request.socket.destroy(), 20)
    }
  })
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  cloud = await startCloud({ midas: { baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}` } })
})
afterAll(async () => {
  await cloud.stop()
  server.closeAllConnections()
  server.close()
})

const payIt = (orderNo: string) => cloud.order('pay', { orderNo, provider: 'midas', channel: 'wechat' })

describe('unified_order meets', () => {
  it.each<Trouble>(['reset', '500', 'garbage', 'empty', 'cut', 'redirect'])(
    '%s: the same number is asked again, the order stays payable',
    async (kind) => {
      trouble = kind
      const { orderNo } = await cloud.newOrder()
      const before = asked
      for (const _ of [1, 2])
        expect(await payIt(orderNo)).toMatchObject({ ok: false, error: { code: 'ProviderUnavailable' } })
      expect(asked).toBe(before + 2)
      const order = await cloud.stored(orderNo)
      expect(order).toMatchObject({ state: 'open', payments: [{ no: `${orderNo}01`, state: 'pending' }] })
      expect(dataOf(await cloud.order('read', { orderNo })).order.mayPay).toBe(true)
    },
  )

  it('a refused connection and a TLS failure certainly did not reach the provider, and are reported so', async () => {
    const closed = await startCloud({ midas: { baseUrl: `http://127.0.0.1:${await freePort()}` } })
    const { orderNo } = await closed.newOrder()
    const reply = await closed.order('pay', { orderNo, provider: 'midas', channel: 'wechat' })
    expect(reply).toMatchObject({ error: { code: 'ProviderUnavailable' } })
    expect((await closed.stored(orderNo)).payments).toMatchObject([{ state: 'failed' }])
    await closed.stop()
    const tls = createTlsServer().listen(0, '127.0.0.1')
    await new Promise((ready) => tls.once('listening', ready))
    const secure = await startCloud({ midas: { baseUrl: `https://127.0.0.1:${(tls.address() as AddressInfo).port}` } })
    const second = await secure.newOrder()
    expect(await secure.order('pay', { orderNo: second.orderNo, provider: 'midas', channel: 'wechat' })).toMatchObject({
      error: { code: 'ProviderUnavailable' },
    })
    expect((await secure.stored(second.orderNo)).payments).toMatchObject([{ state: 'failed' }])
    await secure.stop()
    tls.close()
  })
})
