// Tests the shopper's sign-in with WeChat in a browser, with the fake server of WeChat's authorize page and token
// exchange.

import { sealerFor } from '../../../cloudfunctions/shared/store/settings'
import { isOwnPath } from '../../../cloudfunctions/shared/usecases/web/signIn'
import { beijingDigits } from '../../../miniprogram/rules/beijing'
import { openBrowser } from '../../support/browser/webBrowser'
import { startCloud, type TestCloud } from '../../support/startCloud'

const userAgent = 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5) Mobile/15E148 MicroMessenger/8.0.50'
type Browser = Awaited<ReturnType<typeof openBrowser>>

let cloud: TestCloud
beforeAll(async () => {
  cloud = await startCloud()
}, 120_000)
afterAll(() => cloud?.stop())

const open = () => openBrowser(cloud.url, { userAgent })

/** Follows the sign-in until WeChat sends the browser back. @returns the address of that return */
async function authorized(browser: Browser, who = 'person=a', back = '/web/?page=orders'): Promise<string> {
  const begun = await browser.get(`/web/login?back=${encodeURIComponent(back)}`)
  expect(begun.status).toBe(302)
  const wechat = new URL(begun.headers.get('location') ?? '')
  expect(wechat.hash).toBe('#wechat_redirect')
  const cookie = `wechat=${encodeURIComponent(who)}`
  const sent = await fetch(wechat, { redirect: 'manual', headers: { 'user-agent': userAgent, cookie } })
  expect(sent.status).toBe(302)
  return sent.headers.get('location') ?? ''
}

async function signIn(browser: Browser, who?: string): Promise<Response> {
  return browser.get(await authorized(browser, who))
}

let serial = 0
async function order(browser: Browser) {
  serial += 1
  const { now } = (await (await fetch(`${cloud.url}/local/clock`)).json()) as { now: number }
  const orderNo = beijingDigits(now) + `sign${serial}`.padEnd(8, '0')
  return { orderNo, reply: await browser.call('order', 'create', { orderNo, items: [{ sku: 'gaiwan', quantity: 1 }] }) }
}
const sees = async (browser: Browser, orderNo: string): Promise<boolean> =>
  (await browser.call('order', 'read', { orderNo })).ok

describe('a shopper in WeChat', () => {
  it('is signed in, returns to the page before, and finds the same orders on another device', async () => {
    const phone = await open()
    const back = await signIn(phone)
    expect([back.status, back.headers.get('location')]).toEqual([302, '/web/?page=orders'])
    expect(await phone.ask()).toMatchObject({ place: 'wechat', signedIn: true, snapshot: false })
    const { orderNo, reply } = await order(phone)
    expect(reply.ok).toBe(true)
    expect(await cloud.stored(orderNo)).toMatchObject({
      place: 'wechat',
      app: 'wx0000000000000001',
      openid: expect.stringMatching(/^oOfficial_a_/),
    })
    const [same, other, nobody] = [await open(), await open(), await open()]
    await signIn(same)
    await signIn(other, 'person=b')
    expect([await sees(same, orderNo), await sees(other, orderNo), await sees(nobody, orderNo)]).toEqual([
      true,
      false,
      false,
    ])
  })

  it('who sees the page as a preview only cannot make an order', async () => {
    const phone = await open()
    await signIn(phone, 'snapshot=1')
    expect(await phone.ask()).toMatchObject({ signedIn: false, snapshot: true })
    const { orderNo, reply } = await order(phone)
    expect(reply).toMatchObject({ ok: false, error: { code: 'Conflict', limit: 'snapshot' } })
    expect((await fetch(`${cloud.url}/local/orders/${orderNo}`)).status).toBe(404)
  })
})

describe('a sign-in from another browser', () => {
  it('with a forged state, the state of another browser, or no state changes nothing', async () => {
    const [me, other] = [await open(), await open()]
    const address = new URL(await authorized(other, 'person=evil'))
    await authorized(me)
    for (const state of [address.searchParams.get('state') ?? '', 'x'.repeat(32), '']) {
      address.searchParams.set('state', state)
      const answer = await me.get(address.href)
      expect([answer.status, answer.headers.get('set-cookie')]).toEqual([400, null])
    }
    expect((await (await open()).get(address.href)).status).toBe(400)
    expect((await me.ask()).signedIn).toBe(false)
  })

  it('with a used state or code changes nothing, also with the earlier cookie', async () => {
    const me = await open()
    const address = await authorized(me)
    const before = me.cookie
    expect((await me.get(address)).status).toBe(302)
    expect((await me.get(address)).status).toBe(400)
    me.cookie = before
    expect((await me.get(address)).status).toBe(400)

    const used = new URL(address).searchParams.get('code') ?? ''
    const again = new URL(await authorized(me))
    again.searchParams.set('code', used)
    expect((await me.get(again.href)).status).toBe(400)
    expect((await me.ask()).signedIn).toBe(false)
  })

  it('opened twice at the same instant signs in once', async () => {
    const me = await open()
    const address = await authorized(me)
    const { cookie } = me
    const both = await Promise.all(
      [1, 2].map(() => fetch(address, { redirect: 'manual', headers: { cookie, 'user-agent': userAgent } })),
    )
    expect(both.map(({ status }) => status).sort()).toEqual([302, 400])
  })

  it('after more than ten minutes changes nothing', async () => {
    const me = await open()
    const address = await authorized(me)
    await cloud.advance(10 * 60_000)
    expect((await me.get(address)).status).toBe(400)
  })

  it('makes the session that an attacker knew before useless', async () => {
    const me = await open()
    const planted = me.cookie
    await signIn(me, 'person=victim')
    const { orderNo } = await order(me)
    const attacker = await open()
    attacker.cookie = planted
    expect((await attacker.ask()).signedIn).toBe(false)
    expect(await sees(attacker, orderNo)).toBe(false)
  })

  it('sealed with another key is not accepted', async () => {
    const me = await open()
    const person = { app: 'wx0000000000000001', openid: 'oOfficial_a_'.padEnd(28, '0'), at: Date.now() }
    const sealed = sealerFor('web session', [Buffer.alloc(32, 9)]).seal({ id: 'web-x', at: Date.now(), person })
    me.cookie = `cashier=${sealed}`
    expect((await me.send('/web/call/order', { body: '{"action":"list"}' })).status).toBe(401)
  })
})

describe('the page to which a sign-in returns', () => {
  it.each(['/web/', '/web/?page=order&no=1', '/web/orders#top', '/web/admin/'])('%s is accepted', (path) => {
    expect(isOwnPath(path)).toBe(true)
  })
  it.each([
    'https://evil.example/',
    '//evil.example/web/',
    '/web//evil.example',
    '/\\evil.example',
    '/web/\\evil.example',
    '/web/\n//evil.example',
    '/web/\u0000',
    '/web/ x',
    'javascript:alert(1)',
    '/local/pay',
    '/web',
    '',
    `/web/${'x'.repeat(2_000)}`,
  ])('%j is refused', async (path) => {
    expect(isOwnPath(path)).toBe(false)
    const answer = await (await open()).get(`/web/login?back=${encodeURIComponent(path)}`)
    expect([answer.status, answer.headers.get('location')]).toEqual([400, null])
  })
})
