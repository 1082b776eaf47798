// Tests the served API over HTTP: with a client that was written only from the document, and with people who change the
// client's requests on the way.
import { Webhook } from 'standardwebhooks'
import * as z from 'zod/mini'
import { type PayCall, payApi } from '../../cloudfunctions/shared/api/pay'
import { payReplies } from '../../cloudfunctions/shared/api/payReplies'
import { adminOf } from '../support/adminCall'
import { dataOf, startCloud, type TestCloud } from '../support/startCloud'
import { type Fields, type Reply, SampleClient, signed } from './sampleClient'

let cloud: TestCloud
let client: SampleClient

/** The sample client, which also checks that each reply has the form of the OpenAPI document. */
class CheckedClient extends SampleClient {
  override async get(path: string, fields: Fields): Promise<Reply> {
    return assertForm(`GET ${path}`, await super.get(path, fields))
  }
  override async post(path: string, fields: Record<string, unknown>): Promise<Reply> {
    return assertForm(`POST ${path}`, await super.post(path, fields))
  }
}

function assertForm(call: string, reply: Reply): Reply {
  const form = payReplies[call.replace('pay/api/', '') as PayCall]
  if (reply.errcode === '0' && form) z.parse(form as z.ZodMiniType, reply.obj)
  else expect(Object.keys(reply)).toEqual(['errcode', 'errormsg'])
  return reply
}

beforeAll(async () => {
  cloud = await startCloud()
  client = new CheckedClient(cloud.url)
}, 120_000)
afterAll(() => cloud?.stop())

let serial = 0
const newKey = (): string => {
  serial += 1
  return `race-${serial}-7f`
}
const payIn = async (payInfo: unknown): Promise<unknown> => (await cloud.post('/local/pay', { payInfo })).json()
const stored = async (collection: string, id: string): Promise<Response> =>
  fetch(`${cloud.url}/local/${collection}/${encodeURIComponent(id)}`)

describe('a system written for the document', () => {
  it('pays with the document’s own sample, value for value', async () => {
    const sample = client.purchase({ requestKey: '1464659622189' })
    expect(sample.sign).toBe('ad3b0a76afb7fecb0c64bed6503b7b1e9dcfd5ed')
    expect(await client.query('1464844451098')).toEqual({ errcode: '0', errormsg: '操作成功', obj: false })
    const { errcode, obj } = await client.pay(sample, 'Wechat')
    expect([errcode, obj]).toEqual(['0', expect.stringMatching(/^weixin:/)])
  })

  it('learns the ways to pay, for a PC and for a phone', async () => {
    for (const scene of ['pc', 'h5'] as const) {
      const { errcode, obj } = await client.payTypes(scene)
      expect(errcode).toBe('0')
      expect(obj).toContainEqual({ code: 'Wechat', name: '微信支付', nameEn: 'WeChat Pay' })
    }
  })

  it('shows a code, asks until it is paid, and reads the record', async () => {
    const requestKey = newKey()
    const purchase = client.purchase({ requestKey, money: '8600' })
    expect(await client.wechatQuery(purchase)).toMatchObject({ errcode: '40402' })
    const { obj: code } = await client.pay(purchase, 'Wechat')
    expect(await client.wechatQuery(purchase)).toEqual({ errcode: '30000', errormsg: '等待支付' })
    expect((await client.query(requestKey, 'queryInfo')).obj).toBeNull()
    await payIn(code)
    await cloud.advance(3_000)
    expect(await client.wechatQuery(purchase)).toEqual({ errcode: '0', errormsg: '操作成功' })
    expect((await client.query(requestKey)).obj).toBe(true)
    const { obj } = await client.query(requestKey, 'queryInfo')
    expect(obj).toEqual({
      currencyType: 'CNY',
      payTypeCode: 'Wechat',
      domainCode: 'test',
      money: 8600,
      requestKey,
      payTime: expect.any(Number),
      orderSn: expect.stringMatching(/^\d{14}[0-9a-z]{8}$/),
      payStatus: 'SUCCESSPAY',
      payTypeName: '微信支付',
    })
    const order = await cloud.stored((obj as { orderSn: string }).orderSn)
    expect(order).toMatchObject({
      state: 'paid',
      amountFen: 8600,
      domain: { code: 'test', requestKey, bgUrl: 'http://www.sina.com', rate: '6.8' },
    })
    expect(await client.pay(purchase, 'Wechat')).toMatchObject({ errcode: '40903' })
  })

  it('gets HTML that leads to the payment without a script', async () => {
    const { errcode, obj } = await client.pay(client.purchase({ requestKey: newKey() }), 'Alipay')
    expect(errcode).toBe('0')
    expect(obj).toMatch(/<meta http-equiv="refresh" content="0;url=http:\/\/127\.0\.0\.1:\d+\/sandbox\//)
    expect(obj).not.toMatch(/<script|javascript:|\son\w+=/i)
  })

  it('gets the parameters of WeChat’s bridge on a phone, with an openid', async () => {
    const purchase = client.purchase({ requestKey: newKey() })
    expect(await client.payOnPhone(purchase, 'Wechat')).toMatchObject({ errcode: '40005' })
    const { errcode, obj } = await client.payOnPhone(purchase, 'Wechat', 'oOfficial_a_1')
    expect(errcode).toBe('0')
    expect(Object.keys(obj as object)).toEqual(
      expect.arrayContaining(['timeStamp', 'nonceStr', 'package', 'signType', 'paySign']),
    )
    expect((await client.payOnPhone(purchase, 'Alipay')).obj).toContain('http-equiv="refresh"')
  })

  it('asks for dollars in dollars, in cents, and keeps its rate without using it', async () => {
    const requestKey = newKey()
    const purchase = client.purchase({ requestKey, money: '1250', currencyType: 'USD', rate: '6.8' })
    const { obj: html } = await client.pay(purchase, 'Paypal')
    const link = /url=([^"]+)"/.exec(String(html))?.[1]?.replaceAll('&#38;', '&')
    expect(new URL(link ?? '').hash).toMatch(/[&?]money=1250&.*currencyType=USD/)
    const { orderNo } = (await (await stored('requests', `test:${requestKey}`)).json()) as { orderNo: string }
    expect(await cloud.stored(orderNo)).toMatchObject({ amountFen: 1_250, currency: 'USD', domain: { rate: '6.8' } })
    await payIn(link)
    await cloud.advance(5_000)
    const { obj } = await client.query(requestKey, 'queryInfo')
    expect(obj).toMatchObject({ money: 1_250, currencyType: 'USD', payTypeCode: 'Paypal' })
  })

  it('may sign the way to pay, which then cannot be changed', async () => {
    const purchase = client.purchase({ requestKey: newKey(), payTypeCode: 'Wechat' })
    expect(await client.pay(purchase, 'Alipay')).toMatchObject({ errcode: '40101' })
    expect(await client.pay(purchase, 'Wechat')).toMatchObject({ errcode: '0' })
  })

  it('finds every call of the OpenAPI document, and each by its own method only', async () => {
    for (const call of Object.keys(payApi)) {
      const [method = '', path = ''] = call.split(' ')
      const wrong = method === 'GET' ? 'POST' : 'GET'
      const ask = async (by: string) =>
        ((await (await fetch(`${cloud.url}/pay/api/${path}`, { method: by })).json()) as Reply).errcode
      expect([call, await ask(method)]).not.toEqual([call, expect.stringMatching(/^40(401|501)$/)])
      expect([call, await ask(wrong)]).toEqual([call, '40501'])
    }
  })

  it('reads English sentences if it asks for them', async () => {
    const answer = await fetch(`${cloud.url}/pay/api/pc/pay-types?domainCode=nobody`, {
      headers: { 'accept-language': 'en-GB' },
    })
    expect(await answer.json()).toEqual({ errcode: '40301', errormsg: 'unknown domainCode' })
  })
})

describe('one requestKey is one order', () => {
  it('however often it is sent at once', async () => {
    const requestKey = newKey()
    const purchase = client.purchase({ requestKey })
    const replies = await Promise.all(Array.from({ length: 200 }, () => client.pay(purchase, 'Wechat')))
    const codes = new Set(replies.flatMap(({ obj }) => obj ?? []))
    expect(new Set(replies.map(({ errcode }) => errcode))).not.toContain('50001')
    expect(replies.some(({ errcode }) => errcode === '0')).toBe(true)
    expect(codes.size).toBe(1)
    const { orderNo } = (await (await stored('requests', `test:${requestKey}`)).json()) as { orderNo: string }
    const order = await cloud.stored(orderNo)
    expect(order.payments).toHaveLength(1)
    expect((await client.pay(purchase, 'Wechat')).obj).toBe([...codes][0])
  }, 60_000)

  it('and nothing else may be sent under it', async () => {
    const requestKey = newKey()
    await client.pay(client.purchase({ requestKey }), 'Wechat')
    for (const change of [{ money: '2' }, { info: '另一件' }, { pageUrl: 'http://www.sohu.com' }, { rate: '' }]) {
      const [field] = Object.keys(change) as [string]
      const changed = client.purchase({ requestKey, ...(change as unknown as Fields) })
      const { errcode, errormsg } = await client.pay(changed, 'Wechat')
      expect([errcode, errormsg]).toEqual(['40901', expect.stringContaining(field)])
      expect((await client.wechatQuery(changed)).errcode).toBe('40901')
    }
    const { orderNo } = (await (await stored('requests', `test:${requestKey}`)).json()) as { orderNo: string }
    expect((await cloud.stored(orderNo)).amountFen).toBe(1)
  })
})

/** Sends a request that the server must refuse, and checks that nothing was stored. */
async function refused(purchase: Fields, payType = 'Wechat'): Promise<Reply> {
  const reply = await client.pay(purchase, payType)
  const there = await stored('requests', `test:${purchase.requestKey}`)
  expect([reply.errcode === '0', there.status]).toEqual([false, 404])
  return reply
}

describe('a requestKey is any text that is unique in its system', () => {
  it.each([
    'constructor',
    '__proto__',
    'toString',
    'A',
    'ORDER/ABC#7?&=',
    'O\'Neil"--',
    '🏃 7 号',
    'x'.repeat(128),
    '.',
  ])('%j makes one order, and is found by it', async (requestKey) => {
    const purchase = client.purchase({ requestKey })
    const { errcode, obj: code } = await client.pay(purchase, 'Wechat')
    expect(errcode).toBe('0')
    expect((await client.pay(purchase, 'Wechat')).obj).toBe(code)
    expect(await client.wechatQuery(purchase)).toMatchObject({ errcode: '30000' })
    await payIn(code)
    await cloud.advance(3_000)
    expect((await client.query(requestKey, 'queryInfo')).obj).toMatchObject({ requestKey, payStatus: 'SUCCESSPAY' })
    const { orders } = dataOf(await adminOf(cloud)('orders', { number: requestKey }))
    expect(orders).toMatchObject([{ state: 'paid', amountFen: 1 }])
  })

  it('is refused if the title could also be the key, in both readings of the request', async () => {
    for (const [requestKey, info] of [
      ['prototype', 'Tea'],
      ['Tea', 'prototype'],
      ['报名费', 'prototype'],
      ['报名费', '半程 马拉松'],
    ])
      expect(await refused(client.purchase({ requestKey, info } as Fields))).toMatchObject({
        errcode: '40002',
        errormsg: expect.stringMatching(/requestKey.*info|info.*requestKey/),
      })
    const sentence = client.purchase({ requestKey: 'constructor-only', info: '半程 马拉松' })
    expect(await client.pay(sentence, 'Wechat')).toMatchObject({ errcode: '0' })
  })

  it('is refused if it contains half a surrogate pair, which no address can carry', async () => {
    const half = client.purchase({ requestKey: 'k\ud83c' })
    expect(await client.pay(half, 'Wechat')).toMatchObject({ errcode: '40001' })
  })
})

describe('an invalid request', () => {
  it.each(['1.0', '01', '1e2', ' 1', '-1', '+1', '0', '', '1234567890123456', '１', 'abc', '1\n'])(
    'money %j is refused by name',
    async (money) => {
      const { errcode, errormsg } = await refused(client.purchase({ requestKey: newKey(), money }))
      expect([errcode, errormsg]).toEqual(['40001', expect.stringContaining('money')])
    },
  )

  it('money that is a number in the JSON counts by its own digits', async () => {
    const fields = client.purchase({ requestKey: newKey() })
    expect((await client.post('pay/api/pc/pay', { ...fields, payTypeCode: 'Wechat', money: 1 })).errcode).toBe('0')
    const text = JSON.stringify({ ...fields, payTypeCode: 'Wechat', requestKey: newKey() }).replace('"1"', '1.0')
    const answer = await fetch(`${cloud.url}/pay/api/pc/pay`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: text,
    })
    expect(((await answer.json()) as Reply).errcode).toBe('40101')
  })

  it.each<[field: string, value: string, errcode: string]>([
    ['info', 'x '.repeat(5_000), '40001'],
    ['info', '跑步🏃', '40001'],
    ['info', '<b>tea</b>', '40001'],
    ['info', 'tea\u0007', '40001'],
    ['info', '12345', '40002'],
    ['info', 'http://www.baidu.com', '40002'],
    ['info', 'order-17', '40002'],
    ['currencyType', 'EUR', '40001'],
    ['currencyType', 'cny', '40001'],
    ['rate', '6,8', '40001'],
    ['rate', '6.9', '40304'],
    ['requestChannel', '1', '40304'],
    ['requestKey', 'x'.repeat(129), '40001'],
    ['requestKey', '', '40001'],
    ['requestKey', ' k1', '40001'],
    ['requestKey', 'k1\n', '40001'],
    ['requestKey', 'k\u0007', '40001'],
    ['requestKey', 'k\u202e71', '40001'],
    ['requestKey', 'k\u200b71', '40001'],
    ['requestKey', 'k71\u200d', '40001'],
    ['info', 'SUCCESSPAY', '40002'],
    ['infoEn', 'Tea (SUCCESSPAY)', '40002'],
    ['requestChannel', 'SUCCESSPAY', '40002'],
    ['payTypeCodeIn', 'SUCCESSPAY', '40002'],
    ['pageUrl', 'http://www.baidu.com/?status=SUCCESSPAY', '40002'],
    ['requestKey', '订单 甲', '40002'],
    ['pageUrl', 'http://www.baidu.com.evil.example', '40303'],
    ['pageUrl', 'http://user@www.baidu.com', '40001'],
    ['pageUrl', 'javascript:alert(1)', '40001'],
    ['pageUrl', '//www.baidu.com', '40001'],
    ['dialogOkUrl', 'https://www.sohu.com', '40303'],
    ['dialogFailUrl', 'http://www.163.com:8080', '40303'],
    ['bgUrl', 'http://169.254.169.254/latest', '40303'],
    ['bgUrl', 'http://www.sina.com?x=1', '40001'],
    ['bgUrl', 'http://www.baidu.com', '40303'],
  ])('%s %j is refused', async (field, value, errcode) => {
    const reply = await refused(client.purchase({ requestKey: newKey(), [field]: value }))
    expect([reply.errcode, reply.errormsg]).toEqual([errcode, expect.stringContaining(field)])
  })

  it('with a wrong signature, another domain, or a field that is not known', async () => {
    const purchase = client.purchase({ requestKey: newKey() })
    expect(await refused({ ...purchase, money: '2' })).toMatchObject({ errcode: '40101' })
    expect(await refused({ ...purchase, sign: '' })).toMatchObject({ errcode: '40101' })
    expect(await refused({ ...purchase, domainCode: 'other' })).toMatchObject({ errcode: '40301' })
    expect(await refused({ ...purchase, domainCode: '__proto__' })).toMatchObject({ errcode: '40001' })
    const { sign: _, ...fields } = purchase
    expect(await refused(signed({ ...fields, extra: 'x' }, 'test'))).toMatchObject({ errcode: '40001' })
  })

  it('with a body that is no JSON object, or too large', async () => {
    const send = async (body: string, type = 'application/json') =>
      (await fetch(`${cloud.url}/pay/api/pc/pay`, { method: 'POST', headers: { 'content-type': type }, body })).json()
    for (const body of ['', '[]', '"x"', '{', 'null']) expect(await send(body)).toMatchObject({ errcode: '40003' })
    expect(await send('{}', 'text/plain')).toMatchObject({ errcode: '40003' })
    expect(await send(JSON.stringify({ info: 'x'.repeat(70_000) }))).toMatchObject({ errcode: '40004' })
    expect(await send(JSON.stringify({ ...client.purchase({ requestKey: newKey() }), money: { a: 1 } }))).toMatchObject(
      {
        errcode: '40001',
      },
    )
    expect(await client.wechatQuery(client.purchase({ info: 'x'.repeat(10_000) }))).toMatchObject({ errcode: '40004' })
  })

  it('whose values together contain the word that our call of bgUrl uses for paid', async () => {
    const fields = client.purchase({ requestKey: newKey(), requestChannel: 'S', info: 'UCCESSPAY tea', infoEn: '' })
    expect(await refused(fields)).toMatchObject({ errcode: '40002', errormsg: expect.stringContaining('payStatus') })
  })

  it('whose values change places under the same signature', async () => {
    const purchase = client.purchase({ requestKey: '12345678', money: '600' })
    const swapped = { ...purchase, requestKey: '600', money: '12345678' }
    expect(await refused(purchase)).toMatchObject({ errcode: '40002', errormsg: expect.stringContaining('money') })
    expect(await refused(swapped)).toMatchObject({ errcode: '40002', errormsg: expect.stringContaining('requestKey') })
  })
})

it('a field without a value is no field: it is not signed, and no call refuses it', async () => {
  const requestKey = newKey()
  const purchase = { ...client.purchase({ requestKey }), openid: '', remark: '' }
  expect((await client.pay(purchase, 'Wechat')).errcode).toBe('0')
  expect((await client.wechatQuery(purchase)).errcode).toBe('30000')
  const question = { ...signed({ domainCode: 'test', requestKey }, 'test'), money: '', openid: '', remark: '' }
  expect(await client.get('pay/api/private/pay/query', question)).toMatchObject({ errcode: '0', obj: false })
  expect(await client.get('pay/api/private/pay/query', { ...question, remark: 'x' })).toMatchObject({
    errcode: '40101',
  })
})

describe('what the addresses answer', () => {
  it('no answer is kept by a browser, whatever it says, and HEAD changes nothing', async () => {
    const fields = client.purchase({ requestKey: newKey() })
    for (const call of Object.keys(payApi)) {
      const [method = '', path = ''] = call.split(' ')
      const query = new URLSearchParams({ ...fields, payTypeCode: 'Wechat' })
      const head = await fetch(`${cloud.url}/pay/api/${path}?${query}`, { method: 'HEAD' })
      expect([call, head.status, await head.text()]).toEqual([call, 405, ''])
      const body = method === 'POST' ? { body: '{', headers: { 'content-type': 'application/json' } } : {}
      const answer = await fetch(`${cloud.url}/pay/api/${path}`, { method, ...body })
      expect([call, answer.headers.get('cache-control')]).toEqual([call, 'no-store'])
    }
    expect((await stored('requests', `test:${fields.requestKey}`)).status).toBe(404)
  })

  it('replies may not be cached, and are signed for systems that verify them', async () => {
    const fields = signed({ domainCode: 'test', requestKey: '1464844451098' }, 'test')
    const answer = await fetch(`${cloud.url}/pay/api/private/pay/query?${new URLSearchParams(fields)}`)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(answer.headers.get('webhook-signature')).toMatch(/^v1,[\w+/]{43}=$/)
  })

  it('a failure is signed, too, if the call had a right signature', async () => {
    const published = new Webhook(Buffer.from('test').toString('base64'))
    const ask = async (fields: Fields) => {
      const answer = await fetch(`${cloud.url}/pay/api/pc/wechatQuery?${new URLSearchParams(fields)}`)
      return { text: await answer.text(), headers: Object.fromEntries(answer.headers) }
    }
    for (const [money, errcode] of [
      ['1', '40402'],
      ['1.0', '40001'],
    ]) {
      // Other tests have moved the clock of the local cloud, so compare signatures instead of calling `verify`.
      const { text, headers } = await ask(client.purchase({ requestKey: newKey(), money } as Fields))
      expect(text).toContain(errcode)
      expect(headers['webhook-signature']).toBe(
        published.sign(headers['webhook-id'] ?? '', new Date(Number(headers['webhook-timestamp']) * 1_000), text),
      )
    }
    const wrong = await ask({ ...client.purchase({ requestKey: newKey() }), money: '9' })
    expect([wrong.text.includes('40101'), wrong.headers['webhook-signature']]).toEqual([true, undefined])
  })

  it('HEAD does nothing, other methods and paths are refused', async () => {
    const head = await fetch(`${cloud.url}/pay/api/pc/pay`, { method: 'HEAD' })
    expect([head.status, await head.text()]).toEqual([405, ''])
    const get = await fetch(`${cloud.url}/pay/api/pc/pay`)
    expect([get.status, ((await get.json()) as Reply).errcode]).toEqual([405, '40501'])
    const none = await fetch(`${cloud.url}/pay/api/constructor`)
    expect([none.status, ((await none.json()) as Reply).errcode]).toEqual([404, '40401'])
  })
})
