// Tests the served API against callers who try to get more than they are allowed: attacks on the openid page, and
// requests while a secret is being replaced.
import type { DomainView } from '../../cloudfunctions/shared/api/admin'
import { wechatAgent } from '../../tools/sandbox/wechat/wechatBrowser'
import { type Admin, adminOf } from '../support/adminCall'
import { openBrowser } from '../support/browser/webBrowser'
import { dataOf, startCloud, type TestCloud } from '../support/startCloud'
import { type Fields, type Reply, SampleClient } from './sampleClient'

let cloud: TestCloud
let admin: Admin
let client: SampleClient
beforeAll(async () => {
  cloud = await startCloud()
  admin = adminOf(cloud)
  client = await addDomain('race')
}, 120_000)
afterAll(() => cloud?.stop())

const origin = 'https://race.example'
const back = `${origin}/cashier#/?a=1`

async function addDomain(code: string): Promise<SampleClient> {
  const domain: Omit<DomainView, 'version' | 'state' | 'hasTwoSecrets' | 'usesNext' | 'createdAt'> = {
    code,
    name: code,
    signature: 'values',
    origins: [origin],
    hosts: [`${origin}/paid`],
    channels: ['Wechat'],
    rates: [''],
    requestChannels: [''],
    bareOpenid: false,
  }
  const { secret } = dataOf(await admin('changeDomain', { save: { version: null, domain } }))
  return new SampleClient(cloud.url, code, secret ?? '')
}

let serial = 0
function purchaseOf(one: SampleClient, changes: Fields = {}): Fields {
  serial += 1
  const page = `${origin}/thanks`
  const addresses = { pageUrl: page, dialogOkUrl: page, dialogFailUrl: page, bgUrl: `${origin}/paid/17` }
  return one.purchase({ ...addresses, rate: '', requestKey: `key-${serial}-x`, ...changes })
}

type Browser = Awaited<ReturnType<typeof openBrowser>>
const openWechat = (): Promise<Browser> => openBrowser(cloud.url, { userAgent: wechatAgent })
const openidPath = (backUrl: string, domainCode = 'race'): string =>
  `/pay/api/openid?${new URLSearchParams({ domainCode, backUrl })}`

/** Follows the openid page until WeChat sends the browser back. @returns the address of that return */
async function fromWechat(browser: Browser, backUrl = back, who = 'person=a'): Promise<string> {
  const begun = await browser.get(openidPath(backUrl))
  const headers = { 'user-agent': wechatAgent, cookie: `wechat=${encodeURIComponent(who)}` }
  const sent = await fetch(begun.headers.get('location') ?? '', { redirect: 'manual', headers })
  return sent.headers.get('location') ?? ''
}

/** Goes all the way through the openid page. @returns the code that stands for the openid */
async function codeOf(browser: Browser): Promise<string> {
  const ended = await browser.get(await fromWechat(browser))
  const address = ended.headers.get('location') ?? ''
  expect(address.startsWith(`${back}&openid=once.`)).toBe(true)
  return address.slice(`${back}&openid=`.length)
}

const payWith = (openid: string, one = client): Promise<Reply> => one.payOnPhone(purchaseOf(one), 'Wechat', openid)

describe('the openid page', () => {
  it('gives a code that pays once', async () => {
    const code = await codeOf(await openWechat())
    expect(code).not.toContain('oOfficial')
    expect(await payWith(code)).toMatchObject({ errcode: '0' })
    expect(await payWith(code)).toMatchObject({ errcode: '40006' })
  })

  it('opens one payment if many payments use one code at the same time', async () => {
    const code = await codeOf(await openWechat())
    const replies = await Promise.all(Array.from({ length: 8 }, () => payWith(code)))
    expect(replies.map(({ errcode }) => errcode).sort()).toEqual(['0', ...Array(7).fill('40006')])
  })

  it('gives a code that ends after a minute', async () => {
    const code = await codeOf(await openWechat())
    await cloud.advance(60_000)
    expect(await payWith(code)).toMatchObject({ errcode: '40006' })
  })

  it('gives a code to one system only', async () => {
    const code = await codeOf(await openWechat())
    const other = await addDomain('other')
    expect(await payWith(code, other)).toMatchObject({ errcode: '40006' })
    expect(await payWith(code)).toMatchObject({ errcode: '0' })
  })

  it('gives a code that does not work when it is changed', async () => {
    const code = await codeOf(await openWechat())
    const changed = `${code.slice(0, -1)}${code.endsWith('A') ? 'B' : 'A'}`
    for (const wrong of [`${code}A`, code.slice(0, 30), 'once.', changed.slice(0, 20) + changed.slice(22)])
      expect(await payWith(wrong)).toMatchObject({ errcode: '40006' })
  })

  it.each([
    'https://evil.example/',
    'https://race.example.evil.example/',
    'https://race.example@evil.example/',
    'https://race.example:8443/',
    'http://race.example/',
    '//evil.example',
    'javascript:alert(1)',
    'https:\\\\evil.example',
    '/web/',
    '',
  ])('sends no browser to %j', async (backUrl) => {
    const browser = await openWechat()
    const answer = await browser.get(openidPath(backUrl))
    expect([answer.status, answer.headers.get('location')]).toEqual([200, null])
    expect(((await answer.json()) as Reply).errcode).toMatch(/^(40001|40303)$/)
  })

  it('goes back to our own cashier for every system, and to no other page of ours', async () => {
    const browser = await openWechat()
    const ended = await browser.get(await fromWechat(browser, `${cloud.url}/web/cashier/pay.html#/?`))
    expect(ended.headers.get('location')).toContain(`${cloud.url}/web/cashier/pay.html#/?&openid=once.`)
    for (const path of ['/web/', '/web/admin/', '/web/cashier/../admin/', '/web/cashierx']) {
      const answer = await browser.get(openidPath(cloud.url + path))
      expect([path, answer.headers.get('location')]).toEqual([path, null])
    }
  })

  it('accepts only the state that it gave to this browser, and only once', async () => {
    const [victim, thief] = [await openWechat(), await openWechat()]
    const address = await fromWechat(victim)
    const forged = new URL(address)
    forged.searchParams.set('state', 'forged')
    for (const [browser, url] of [
      [victim, forged.href],
      [thief, address],
    ] as const) {
      const answer = await browser.get(url)
      expect([answer.status, answer.headers.get('location')]).toEqual([400, null])
    }
    expect((await victim.get(address)).headers.get('location')).toContain('openid=once.')
    expect((await victim.get(address)).headers.get('location')).toBeNull()
  })

  it('gives no code for a made-up openid, and none of a system that was switched off meanwhile', async () => {
    const snapshot = await openWechat()
    const answer = await snapshot.get(await fromWechat(snapshot, back, 'snapshot=1'))
    expect([answer.status, answer.headers.get('location')]).toEqual([400, null])
    const browser = await openWechat()
    const address = await fromWechat(browser)
    await admin('changeDomain', { switchOff: 'race' })
    expect((await browser.get(address)).headers.get('location')).toBeNull()
    await admin('changeDomain', { switchOn: 'race' })
  })
})

it('while a secret is replaced, payments signed with either secret succeed, and with a wrong secret none', async () => {
  const before = await addDomain('roll')
  const purchase = purchaseOf(before)
  expect(await before.pay(purchase, 'Wechat')).toMatchObject({ errcode: '0' })
  const { secret } = dataOf(await admin('changeDomain', { newSecret: 'roll' }))
  const after = new SampleClient(cloud.url, 'roll', secret ?? '')
  const wrong = new SampleClient(cloud.url, 'roll', 'wrong')
  expect(await before.pay(purchaseOf(before), 'Wechat')).toMatchObject({ errcode: '0' })
  expect(await after.pay(purchaseOf(after), 'Wechat')).toMatchObject({ errcode: '0' })
  expect(await wrong.pay(purchaseOf(wrong), 'Wechat')).toMatchObject({ errcode: '40101' })
  // A payment that began with the older secret continues with the newer secret.
  const { sign: _, ...fields } = purchase
  expect(await after.wechatQuery(after.purchase(fields))).toMatchObject({ errcode: '30000' })
  await admin('changeDomain', { endOldSecret: 'roll' })
  expect(await before.pay(purchaseOf(before), 'Wechat')).toMatchObject({ errcode: '40101' })
  expect(await after.pay(purchaseOf(after), 'Wechat')).toMatchObject({ errcode: '0' })
})

it('two systems that use the same requestKey have two orders, and neither reads or pays the other’s', async () => {
  const [one, two] = [await addDomain('till-one'), await addDomain('till-two')]
  const [own, theirs] = [one, two].map((system) => purchaseOf(system, { requestKey: 'shared-1' })) as [Fields, Fields]
  const { obj: code } = await one.pay(own, 'Wechat')
  await cloud.post('/local/pay', { payInfo: code })
  await cloud.advance(3_000)
  expect((await one.query('shared-1')).obj).toBe(true)
  expect((await two.query('shared-1')).obj).toBe(false)
  expect(await two.wechatQuery(theirs)).toMatchObject({ errcode: '40402' })
  const asOne = new SampleClient(cloud.url, 'till-one', two.domainSecret)
  expect(await asOne.query('shared-1')).toMatchObject({ errcode: '40101' })
  expect(await two.pay(theirs, 'Wechat')).toMatchObject({ errcode: '0', obj: expect.not.stringMatching(String(code)) })
})

it('opening the cashier’s page makes no order, and reveals nothing about an invalid request', async () => {
  const purchase = purchaseOf(client)
  const look = (fields: Fields) => client.post('pay/api/cashier', fields)
  expect((await look(purchase)).obj).toMatchObject({ name: 'race', state: 'open', scene: 'pc', needsOpenid: false })
  const made = await fetch(`${cloud.url}/local/requests/race:${purchase.requestKey}`)
  expect(made.status).toBe(404)
  expect(await look({ ...purchase, money: '9' })).toEqual({ errcode: '40101', errormsg: expect.any(String) })
  await client.pay(purchase, 'Wechat')
  const { sign: _, ...fields } = purchase
  expect(await look(client.purchase({ ...fields, money: '9' }))).toMatchObject({ errcode: '40901' })
})
