// Tests the fake server of the Unified pay platform with our client. They were written separately from one document, so
// a mistake in either of them fails a test. The fake server also refuses what the platform would refuse.
import * as crypto from 'node:crypto'
import type { PaymentRef } from '../../cloudfunctions/shared/providers/provider'
import { unified } from '../../cloudfunctions/shared/providers/unified'
import { unified as twin } from '../../tools/sandbox/unified'
import vector from '../providers/vectors/unified.json'
import { type Counter, firstNo, openCounter, secondNo } from './counter'

let counter: Counter
const open = (changes: Record<string, unknown> = {}): Counter => {
  counter = openCounter(unified, changes)
  return counter
}
afterEach(() => counter.close())

async function prepared(paymentNo = firstNo, changes = {}): Promise<{ payment: PaymentRef; payInfo: string }> {
  const input = counter.prepareInput(paymentNo, changes)
  const { payInfo, theirNo = null } = await counter.provider.prepare(input)
  return { payment: { ...input, theirNo }, payInfo }
}

const ask = (payment: PaymentRef) => counter.provider.query({ ...payment, now: counter.clock.at })
const paidFen = (amountFen: number, currency = 'CNY') => ({
  notice: { about: 'payment', paymentNo: firstNo, confirm: true, report: { outcome: 'paid', amountFen, currency } },
})

const ways: [channel: string, currency: string, settings: Record<string, unknown>][] = [
  ...[
    'h5',
    'h5.openid',
    'pc',
    'mpay.html',
    'pay.html',
    'Alipay',
    'ChinapayOld',
    'Paypal',
    'pc.Alipay',
    'pc.Paypal',
  ].map((channel): [string, string, Record<string, unknown>] => [channel, 'CNY', {}]),
  ['h5', 'USD', { rate: '6.8' }],
  ['Paypal', 'USD', { rate: '6.8', signUrlsEncoded: true }],
  ['pc', 'CNY', { signUrlsEncoded: true }],
]

describe('our client and the fake server', () => {
  it.each(ways)(
    'is paid by %s in %s with %j, notified once, and a query gives the same',
    async (channel, currency, settings) => {
      open(settings)
      const { payment, payInfo } = await prepared(firstNo, { channel, currency })
      expect(await ask(payment)).toMatchObject({ outcome: 'pending' })
      expect(counter.sandbox.inspect(payInfo)).toEqual({
        provider: 'unified',
        amountFen: 8_800,
        currency,
        title: '明前龙井 & 茶具',
      })
      expect(await counter.sandbox.pay(payInfo)).toEqual({ errMsg: 'requestPayment:ok' })
      await counter.settled()
      expect(counter.notices).toMatchObject([paidFen(8_800, currency)])
      expect(await ask(payment)).toMatchObject({
        outcome: 'paid',
        amountFen: 8_800,
        currency,
        at: counter.clock.at,
        theirNo: counter.notices[0]?.notice.report.theirNo,
      })
      expect(await counter.sandbox.pay(payInfo)).toEqual({ errMsg: 'requestPayment:fail 该订单已支付' })
      expect(counter.forged).toBe(0)
    },
  )

  it('opens the payment sheet with the five parameters that the phone passes, and with no changed one', async () => {
    open()
    const { payInfo } = await prepared()
    const { appId: _, ...parameters } = JSON.parse(payInfo)
    expect(counter.sandbox.inspect(parameters).provider).toBe('unified')
    for (const name of ['timeStamp', 'nonceStr', 'package', 'paySign'])
      expect(() => counter.sandbox.inspect({ ...parameters, [name]: '1' })).toThrow()
  })

  it('no page accepts a payment with changed parameters', async () => {
    open()
    const { payInfo } = await prepared(firstNo, { channel: 'mpay.html' })
    expect(counter.sandbox.inspect(payInfo).amountFen).toBe(8_800)
    for (const changed of [
      payInfo.replace('money=8800', 'money=1'),
      payInfo.replace('mpay.html', 'other.html'),
      payInfo.split('#')[0] ?? '',
    ])
      expect(await counter.sandbox.pay(changed)).toMatchObject({ errMsg: expect.stringContaining('验证签名失败') })
  })

  it('is notified three times at once, of a wrong amount, and by a forger', async () => {
    open()
    const { payment, payInfo } = await prepared()
    await counter.sandbox.pay(payInfo, 'forged notice')
    expect(counter.forged).toBe(1)
    expect(await ask(payment)).toMatchObject({ outcome: 'pending' })
    await counter.sandbox.pay(payInfo, 'three notices')
    await counter.settled()
    expect(counter.notices).toMatchObject([paidFen(8_800), paidFen(8_800), paidFen(8_800)])
    const second = await prepared(secondNo)
    await counter.sandbox.pay(second.payInfo, 'wrong amount')
    expect(counter.notices.at(-1)).toMatchObject({ notice: { report: { outcome: 'paid', amountFen: 1 } } })
    expect(await ask(second.payment)).toMatchObject({ outcome: 'paid', amountFen: 1 })
  })

  it('a payment of which the platform learns late is pending until then', async () => {
    open()
    const { payment, payInfo } = await prepared(firstNo, { channel: 'pc' })
    await counter.sandbox.pay(payInfo, 'notice after close')
    expect(await ask(payment)).toMatchObject({ outcome: 'pending' })
    await counter.advance(45 * 60_000)
    expect(counter.notices).toMatchObject([paidFen(8_800)])
    expect(await ask(payment)).toMatchObject({ outcome: 'paid' })
  })

  it('a code that nobody paid for two hours is declined', async () => {
    open()
    const { payment, payInfo } = await prepared(firstNo, { channel: 'pc' })
    await counter.advance(2 * 3_600_000)
    expect(await ask(payment)).toMatchObject({ outcome: 'declined' })
    expect(await counter.sandbox.pay(payInfo)).toEqual({ errMsg: 'requestPayment:fail 该订单已关闭' })
    await expect(prepared(firstNo, { channel: 'pc' })).rejects.toMatchObject({ code: 'ProviderRefused' })
  })

  it.each(['provider down', 'garbage reply', 'http 500'])('%s: not refused, and nothing was paid', async (name) => {
    open()
    counter.sandbox.setScenario('unified', name)
    const lost = counter.prepareInput(firstNo)
    await expect(counter.provider.prepare(lost)).rejects.toMatchObject({ name: 'HttpFailure', sent: true })
    expect((await ask(lost)).outcome).toBe('pending')
    expect((await prepared(secondNo)).payInfo).toContain('prepay_id')
  })

  it('is notified again until it confirms, and after a restart too', async () => {
    open()
    counter.thanks = false
    const { payment, payInfo } = await prepared()
    counter.restart()
    await counter.sandbox.pay(payInfo)
    await counter.advance(20_000)
    counter.restart()
    expect(await ask(payment)).toMatchObject({ outcome: 'paid' })
    expect(counter.notices).toHaveLength(2)
    counter.thanks = true
    await counter.advance(24 * 3_600_000)
    expect(counter.notices).toHaveLength(3)
  })
})

/** Sends a call. Signs it correctly unless the test gives a signature. */
async function call(path: string, fields: Record<string, unknown>, method = 'GET') {
  const secret = String(counter.settings.domainSecret)
  const text = [
    ...Object.entries(fields)
      .filter(([name, value]) => name !== 'openid' && value !== '')
      .map(([, value]) => String(value)),
    secret,
  ]
  const sign = crypto.createHash('sha1').update(text.sort().join('')).digest('hex')
  const all = { sign, ...fields }
  const answer = await counter.sandbox.handle('unified', {
    method,
    path: `/pay/api/${path}`,
    query: new URLSearchParams(method === 'GET' ? (all as Record<string, string>) : {}),
    headers: {},
    body: Buffer.from(method === 'GET' ? '' : JSON.stringify(all)),
  })
  return answer === 'reset' ? {} : JSON.parse(answer.body)
}

const purchase = {
  domainCode: 'minicashier',
  payTypeCode: 'Wechat',
  money: '100',
  info: '茶',
  requestKey: firstNo,
  currencyType: 'CNY',
  pageUrl: 'http://shop.test/',
  bgUrl: 'http://shop.test/notify/unified',
  openid: 'o1',
}

describe('the fake server', () => {
  it('accepts the document’s signatures', async () => {
    open({ domainCode: vector.domainCode, domainSecret: vector.domainSecret })
    const [query, ...pages] = vector.cases
    const fields = { ...(query?.params as unknown as Record<string, string>), sign: query?.sign }
    expect(await call('private/pay/query', fields)).toEqual({ errcode: '0', errormsg: '操作成功', obj: false })
    expect(await call('private/pay/queryInfo', fields)).toEqual({ errcode: '0', errormsg: '操作成功', obj: null })
    for (const [index, { params, sign }] of pages.entries()) {
      const file = index === 0 ? 'pay.html' : 'mpay.html'
      const address = `http://api6.wwoqu.com/${file}#/?${new URLSearchParams({ ...(params as unknown as Record<string, string>), sign })}`
      expect(counter.sandbox.inspect(address)).toMatchObject({ provider: 'unified', amountFen: 1, currency: 'CNY' })
    }
  })

  it('lists its ways to pay', async () => {
    open()
    const { obj } = await call('pc/pay-types', { domainCode: 'minicashier', paySceneName: 'pc' })
    expect(obj.map(({ payTypeCode }: { payTypeCode: string }) => payTypeCode)).toEqual([
      'Wechat',
      'Alipay',
      'ChinapayOld',
      'Paypal',
    ])
  })

  it('returns a form outside of WeChat', async () => {
    open()
    for (const [path, payTypeCode, requestKey] of [
      ['h5/pay', 'Alipay', 'a1'],
      ['pc/pay', 'ChinapayOld', 'a2'],
    ] as const)
      expect((await call(path, { ...purchase, payTypeCode, requestKey }, 'POST')).obj).toMatch(/^<form /)
  })

  it.each([
    ['another domainCode', { domainCode: 'another' }, '1003'],
    ['a wrong signature', { sign: 'f'.repeat(40) }, '1002'],
    ['no amount', { money: '' }, '1001'],
    ['an amount in yuan', { money: '1.00' }, '1001'],
    ['another currency', { currencyType: 'HKD' }, '1001'],
    ['a bgUrl with a question mark', { bgUrl: 'http://shop.test/notify?x=1' }, '1001'],
    ['an unknown way to pay', { payTypeCode: 'constructor' }, '1001'],
    ['no way to pay', { payTypeCode: '' }, '1001'],
    ['no openid', { openid: '' }, '1001'],
    ['a list among its fields', { info: ['a'] }, '1001'],
  ])('refuses h5/pay with %s', async (_, change, errcode) => {
    open()
    expect(await call('h5/pay', { ...purchase, ...change }, 'POST')).toMatchObject({ errcode, obj: null })
  })

  it('refuses a number that belongs to another payment, and a paid one', async () => {
    open()
    const { obj } = await call('h5/pay', purchase, 'POST')
    expect((await call('h5/pay', { ...purchase, money: '200' }, 'POST')).errcode).toBe('1005')
    expect((await call('h5/pay', purchase, 'POST')).errcode).toBe('0')
    await counter.sandbox.pay(obj)
    expect((await call('h5/pay', purchase, 'POST')).errcode).toBe('1006')
  })

  it('refuses unknown calls', async () => {
    open()
    expect((await call('h5/refund', purchase, 'POST')).errcode).toBe('1008')
    expect((await call('h5/pay', purchase)).errcode).toBe('1008')
    expect((await call('constructor', purchase)).errcode).toBe('1008')
    const { domainCode, money, currencyType } = purchase
    expect((await call('pc/wechatQuery', { domainCode, money, currencyType, requestKey: 'none' })).errcode).toBe('1004')
  })

  it('shows its pages', async () => {
    open()
    const get = { method: 'GET', path: '/mpay.html', query: new URLSearchParams(), headers: {}, body: Buffer.of() }
    expect(await counter.sandbox.handle('unified', get)).toMatchObject({ statusCode: 200 })
  })

  it('keeps its secret when it is started again', () => {
    open()
    const first = twin.seed('http://a')
    expect(twin.seed('http://b', first)).toEqual({ ...first, baseUrl: 'http://b', openidUrl: 'http://b/openid' })
  })
})
