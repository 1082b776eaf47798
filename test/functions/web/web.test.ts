// Tests the shop in a browser on the local cloud: sessions, and the same actions as in the mini-program.
import type { OrderResults } from '../../../cloudfunctions/shared/api/orders'
import { beijingDigits } from '../../../miniprogram/rules/beijing'
import { openBrowser } from '../../support/browser/webBrowser'
import { dataOf, shopperA, startCloud, type TestCloud } from '../../support/startCloud'

let cloud: TestCloud
beforeAll(async () => {
  cloud = await startCloud()
}, 120_000)
afterAll(() => cloud?.stop())

let serial = 0
const newNo = async (): Promise<string> => {
  serial += 1
  const { now } = (await (await fetch(`${cloud.url}/local/clock`)).json()) as { now: number }
  return beijingDigits(now) + `web${serial}`.padEnd(8, '0')
}
const gaiwan = [{ sku: 'gaiwan', quantity: 1 }]

describe('a shopper in a browser', () => {
  it('gets a session that scripts cannot read, and answers that cannot be framed or cached', async () => {
    const answer = await fetch(`${cloud.url}/web/session`)
    expect(answer.headers.get('set-cookie')).toMatch(/^cashier=[^;]+; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax$/)
    expect(answer.headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
    expect(await answer.json()).toEqual({
      place: 'pc',
      signedIn: false,
      appId: null,
      staff: null,
      snapshot: false,
      officialAccount: expect.any(Boolean),
    })
  })

  it('is in WeChat, on a phone or at a PC according to the browser’s user agent', async () => {
    const placeOf = async (userAgent: string) => (await openBrowser(cloud.url, { userAgent })).session.place
    expect(await placeOf('Mozilla/5.0 (iPhone; CPU iPhone OS 17_5) Mobile/15E148 MicroMessenger/8.0.50')).toBe('wechat')
    expect(await placeOf('Mozilla/5.0 (Linux; Android 14) Chrome/126.0 Mobile Safari/537.36')).toBe('mobile')
    expect(await placeOf('Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/126.0 Safari/537.36')).toBe('pc')
  })

  it('creates, reads, lists and pays an order as in the mini-program, and nobody else sees the order', async () => {
    const [me, other] = [await openBrowser(cloud.url), await openBrowser(cloud.url)]
    const orderNo = await newNo()
    const created = await me.call('order', 'create', { orderNo, items: gaiwan })
    expect(created).toMatchObject({ ok: true, data: { order: { orderNo, state: 'open' } } })
    expect(await me.call('order', 'read', { orderNo })).toMatchObject({ ok: true, data: { order: { orderNo } } })
    expect(await me.call('order', 'list', {})).toMatchObject({ ok: true, data: { orders: [{ orderNo }] } })
    for (const stranger of [
      await other.call('order', 'read', { orderNo }),
      await cloud.order('read', { orderNo }),
      await other.call('order', 'pay', { orderNo, provider: 'wechatpay', channel: 'native' }),
      await other.call('order', 'cancel', { orderNo }),
    ])
      expect(stranger).toMatchObject({ ok: false, error: { code: expect.stringMatching(/^(NotFound|BadInput)$/) } })
    expect(await other.call('order', 'list', {})).toMatchObject({ ok: true, data: { orders: [] } })
    expect(await other.call('order', 'create', { orderNo, items: gaiwan })).toMatchObject({
      ok: false,
      error: { code: 'Conflict' },
    })
    expect(await cloud.stored(orderNo)).toMatchObject({
      place: 'pc',
      app: 'browser',
      openid: expect.stringMatching(/^web-/),
    })

    const { channels } = dataOf(await me.call<OrderResults['channels']>('order', 'channels', {}))
    const usable = channels.filter((channel) => channel.usable)
    // Only WeChat's own browser can open WeChat's payment sheet. Midas's sheet works in any browser.
    expect(usable.filter(({ kind }) => kind === 'jsapi').map((one) => one.provider)).toEqual(['midas'])
    const { provider, channel } = usable[0] ?? { provider: '', channel: '' }
    expect(await me.call('order', 'pay', { orderNo, provider, channel })).toMatchObject({ ok: true })
  })

  it('gets the same answers as in the mini-program', async () => {
    const browser = await openBrowser(cloud.url)
    const inMiniProgram = await cloud.order('catalog', {}, shopperA)
    // Leave out `virtualAlone`, because it is true only in the mini-program: there a virtual product must be the only
    // product in its order.
    const {
      now: _,
      virtualAlone: __,
      ...catalog
    } = dataOf(await browser.call<OrderResults['catalog']>('order', 'catalog', {}))
    expect(inMiniProgram).toMatchObject({ ok: true, data: catalog })
    expect(await browser.call('order', 'nothing', {})).toEqual(
      await (await cloud.call('order', { action: 'nothing' })).json(),
    )
    expect(await browser.call('order', 'read', { orderNo: 1 })).toEqual(await cloud.order('read', { orderNo: 1 }))
    expect(await browser.call('contract', 'plans', {})).toMatchObject({ ok: true })
  })
})

describe('a call that does not come from our page', () => {
  const create = async (headers: Record<string, string>, body?: string) => {
    const browser = await openBrowser(cloud.url)
    const orderNo = await newNo()
    const event = JSON.stringify({ action: 'create', input: { orderNo, items: gaiwan } })
    const answer = await browser.send('/web/call/order', { headers, body: body ?? event })
    return { status: answer.status, isThere: (await fetch(`${cloud.url}/local/orders/${orderNo}`)).ok }
  }
  const json = 'application/json'
  it.each<[string, () => Record<string, string>, number]>([
    ['our own', () => ({ origin: cloud.url, 'content-type': json }), 200],
    ['another origin', () => ({ origin: 'https://evil.example', 'content-type': json }), 403],
    ['no origin', () => ({ 'content-type': json }), 403],
    ['a sandboxed frame', () => ({ origin: 'null', 'content-type': json }), 403],
    ['an origin that begins like ours', () => ({ origin: `${cloud.url}.evil.example`, 'content-type': json }), 403],
    ['a form', () => ({ origin: cloud.url, 'content-type': 'application/x-www-form-urlencoded' }), 415],
    ['a form of text', () => ({ origin: cloud.url, 'content-type': 'text/plain; application/json' }), 415],
    ['no content type', () => ({ origin: cloud.url, 'content-type': '' }), 415],
  ])('%s', async (_, headers, status) => {
    expect(await create(headers())).toEqual({ status, isThere: status === 200 })
  })

  it('is refused by its length before it is read, or because it is no JSON object', async () => {
    const headers = { origin: cloud.url, 'content-type': json }
    expect((await create(headers, `{"action":"${'x'.repeat(70_000)}"}`)).status).toBe(413)
    for (const body of ['', '[]', 'null', '{', '"create"']) expect((await create(headers, body)).status).toBe(400)
  })

  it('needs a session that we sealed', async () => {
    const headers = { origin: cloud.url, 'content-type': json }
    const ask = (cookie: string) =>
      fetch(`${cloud.url}/web/call/order`, {
        method: 'POST',
        headers: { ...headers, ...(cookie && { cookie }) },
        body: '{"action":"list","input":{}}',
      })
    expect((await ask('')).status).toBe(401)
    expect((await ask('cashier=AAAA')).status).toBe(401)
    const [name, sealed = ''] = (await openBrowser(cloud.url)).cookie.split(/=(.*)/)
    expect((await ask(`${name}=${sealed}`)).status).toBe(200)
    const turned = sealed.slice(0, 40) + (sealed[40] === 'A' ? 'B' : 'A') + sealed.slice(41)
    expect((await ask(`${name}=${turned}`)).status).toBe(401)
  })

  it('from a picture or script of another site gets no session', async () => {
    const answer = await fetch(`${cloud.url}/web/session`, {
      headers: { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' },
    })
    expect(answer.status).toBe(403)
    expect(answer.headers.get('set-cookie')).toBeNull()
  })

  it('reaches only existing actions', async () => {
    for (const path of ['/web/call/notify', '/web/call/constructor', '/web/call/order/x', '/web/session/x'])
      expect((await (await openBrowser(cloud.url)).send(path, {})).status).toBe(404)
  })
})
