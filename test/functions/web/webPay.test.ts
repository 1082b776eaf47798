// Tests POST /web/pay/state: what pages of other websites can ask about a payment, and who may ask.
import { countQuestions } from '../../support/questions'
import { dataOf, startCloud, type TestCloud } from '../../support/startCloud'

const site = 'https://tickets.example'
let cloud: TestCloud
beforeAll(async () => {
  cloud = await startCloud({ shop: { sites: [site] } })
}, 120_000)
afterAll(() => cloud?.stop())

async function newPayment(callbackUrl?: string) {
  const { orderNo } = await cloud.newOrder()
  const wish = { orderNo, provider: 'midas', channel: 'wechat', ...(callbackUrl !== undefined && { callbackUrl }) }
  const { paymentNo, payInfo } = dataOf(await cloud.order('pay', wish))
  return { orderNo, paymentNo, payInfo }
}

const ask = (body: unknown, headers: Record<string, string> = { origin: site }, method = 'POST') =>
  fetch(`${cloud.url}/web/pay/state`, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...(method === 'POST' && { body: JSON.stringify(body) }),
  })
const stateOf = async (body: object) => ((await (await ask(body)).json()) as { data: object }).data

it('tells a caller who has the payInfo the state of the payment, without a cookie', async () => {
  const callbackUrl = `${site}/thanks?a=1#top`
  const { orderNo, paymentNo, payInfo } = await newPayment(callbackUrl)
  const answer = await ask({ paymentNo, payInfo })
  expect(answer.headers.get('access-control-allow-origin')).toBe(site)
  expect(answer.headers.get('access-control-allow-credentials')).toBeNull()
  expect(answer.headers.get('vary')).toBe('origin')
  expect(answer.headers.get('set-cookie')).toBeNull()
  expect(await answer.json()).toEqual({
    ok: true,
    data: {
      state: 'waiting',
      amountFen: 17_200,
      currency: 'CNY',
      title: expect.any(String),
      titleEn: 'White porcelain gaiwan',
      callbackUrl,
    },
  })
  await cloud.post('/local/pay', { payInfo, scenario: 'pay-with-no-notice' })
  await cloud.advance(3_000)
  expect(await stateOf({ paymentNo, payInfo, ask: true })).toMatchObject({ state: 'paid' })
  expect(await cloud.stored(orderNo)).toMatchObject({ state: 'paid' })
})

it('says that a cancelled order’s payment has ended', async () => {
  const { orderNo, paymentNo, payInfo } = await newPayment()
  dataOf(await cloud.order('cancel', { orderNo }))
  expect(await stateOf({ paymentNo, payInfo })).toMatchObject({ state: 'ended' })
})

it('a hundred tabs that poll one payment cause one query to the provider in 3 s', async () => {
  const { paymentNo, payInfo } = await newPayment()
  const questions = await countQuestions(cloud.url)
  const began = performance.now()
  const polls = await Promise.all(Array.from({ length: 100 }, () => stateOf({ paymentNo, payInfo, ask: true })))
  const spans = Math.floor((performance.now() - began) / 3_000)
  expect(polls).toEqual(Array(100).fill(expect.objectContaining({ state: 'waiting' })))
  expect(questions.about(paymentNo)).toBeGreaterThan(0)
  // Our server queries the provider at most once in 3 s. On a slow machine the hundred polls take longer than 3 s, so
  // more queries are allowed.
  expect(questions.about(paymentNo)).toBeLessThanOrEqual(1 + spans)
  await questions.end()
})

describe('nobody else learns anything', () => {
  it.each([
    ['another payInfo', 'data=%7B%7D&sign=x'],
    ['no payInfo', ''],
  ])('%s', async (_, payInfo) => {
    const { paymentNo } = await newPayment()
    const answer = await ask({ paymentNo, payInfo })
    expect(answer.status).toBe(payInfo === '' ? 400 : 404)
    expect(JSON.stringify(await answer.json())).not.toContain('amount')
  })

  it.each([
    ['another site', { origin: 'https://evil.example' }],
    ['a site whose name begins like ours', { origin: `${site}.evil.example` }],
    ['a sandboxed frame', { origin: 'null' }],
    ['no origin', {}],
  ])('%s, neither before the call nor in it', async (_, headers) => {
    const { paymentNo, payInfo } = await newPayment()
    for (const method of ['POST', 'OPTIONS']) {
      const answer = await ask({ paymentNo, payInfo }, headers as Record<string, string>, method)
      expect(answer.status).toBe(403)
      expect(answer.headers.get('access-control-allow-origin')).toBeNull()
    }
  })

  it('a caller that guesses is stopped for a minute, and others are not', async () => {
    const { paymentNo, payInfo } = await newPayment()
    const guess = (address: string) =>
      ask({ paymentNo, payInfo: `${payInfo}x` }, { origin: site, 'x-forwarded-for': address })
    const codes: number[] = []
    for (let tries = 0; tries < 31; tries++) codes.push((await guess('198.51.100.7')).status)
    expect(codes).toEqual([...Array(30).fill(404), 429])
    expect((await guess('198.51.100.8')).status).toBe(404)
    await cloud.advance(60_000)
    expect((await guess('198.51.100.7')).status).toBe(404)
  })
})

describe('the web callback address', () => {
  it.each([
    ['https://evil.example/'],
    [`${site}.evil.example/`],
    [`${site}@evil.example/`],
    ['https://evil.example\\@tickets.example/'],
    ['http://tickets.example/'],
    ['//tickets.example/'],
    ['javascript:alert(1)//https://tickets.example'],
    [`${site}:8443/`],
    [`${site}/${'x'.repeat(255)}`],
  ])('%s is refused', async (callbackUrl) => {
    const { orderNo } = await cloud.newOrder()
    const answer = await cloud.order('pay', { orderNo, provider: 'midas', channel: 'wechat', callbackUrl })
    expect(answer).toMatchObject({ ok: false, error: { code: 'BadInput' } })
    expect((await cloud.stored(orderNo)).payments).toEqual([])
  })

  it('of the first try stays while the payment waits, and reaches the provider', async () => {
    const { orderNo, paymentNo, payInfo } = await newPayment(`${site}/one`)
    const again = await cloud.order('pay', {
      orderNo,
      provider: 'midas',
      channel: 'wechat',
      callbackUrl: `${cloud.url}/two`,
    })
    expect(dataOf(again)).toMatchObject({ paymentNo, payInfo })
    expect(await stateOf({ paymentNo, payInfo })).toMatchObject({ callbackUrl: `${site}/one` })
  })
})
