// Tests the fake server of Jubao Pay with our Jubao client, in both dialects. They were written separately from one
// document, so a mistake in either of them fails a test. The fake server also refuses what Jubao would refuse.
import * as crypto from 'node:crypto'
import { jubao } from '../../cloudfunctions/shared/providers/jubao'
import type { PaymentRef } from '../../cloudfunctions/shared/providers/provider'
import { jubao as twin } from '../../tools/sandbox/jubao'
import vector from '../providers/vectors/jubao.json'
import { type Counter, firstNo, openCounter, secondNo } from './counter'

let counter: Counter
const open = (changes: Record<string, unknown> = {}): Counter => {
  counter = openCounter(jubao, changes)
  return counter
}
afterEach(() => counter.close())

async function prepared(paymentNo = firstNo, changes = {}): Promise<{ payment: PaymentRef; payInfo: string }> {
  const input = counter.prepareInput(paymentNo, { channel: counter.provider.channels?.[0]?.code ?? '', ...changes })
  const { payInfo, theirNo = null } = await counter.provider.prepare(input)
  return { payment: { ...input, theirNo }, payInfo }
}

const ask = (payment: PaymentRef) => counter.provider.query({ ...payment, now: counter.clock.at })
const paidFen = (amountFen: number) => ({
  about: 'payment',
  paymentNo: firstNo,
  report: { outcome: 'paid', amountFen },
})

const ways: [name: string, settings: Record<string, unknown>, channel: string][] = [
  ['201', {}, '201'],
  ['101, no version', { version: 1 }, '101'],
  ['201, as a form', { encoding: 'form' }, '201'],
  ['201, as a form, no version', { encoding: 'form', version: 1 }, '201'],
  ...[
    'wechat.jsapi',
    'alipay.qrcode',
    '聚宝.qrcode',
    'alipay.wappay',
    'unionpay.link',
    'micropay',
    'alipay.app',
    'wechat.app',
  ].map((channel): [string, Record<string, unknown>, string] => [channel, { dialect: 'payment' }, channel]),
  [
    'wechat.jsapi, as a form, without an appId',
    { dialect: 'payment', encoding: 'form', appId: undefined },
    'wechat.jsapi',
  ],
]

describe('our client and the fake server', () => {
  it.each(ways)('is paid by %s, notified once, and a query gives the same', async (_, settings, channel) => {
    open(settings)
    const { payment, payInfo } = await prepared(firstNo, { channel, barcode: '134602370743606195' })
    expect(counter.sandbox.inspect(payInfo)).toEqual({
      provider: 'jubao',
      amountFen: 8_800,
      currency: 'CNY',
      title: '明前龙井 & 茶具',
    })
    expect(await ask(payment)).toMatchObject({ outcome: 'pending', theirNo: payment.theirNo })
    expect(await counter.sandbox.pay(payInfo)).toEqual({ errMsg: 'requestPayment:ok' })
    await counter.settled()
    expect(counter.notices).toMatchObject([{ notice: paidFen(8_800) }])
    expect(counter.notices[0]?.notice.report.theirNo).toBe(payment.theirNo)
    expect(await ask(payment)).toMatchObject({ outcome: 'paid', amountFen: 8_800, at: counter.clock.at })
    expect(await counter.sandbox.pay(payInfo)).toEqual({ errMsg: 'requestPayment:fail 该订单已支付' })
    expect(counter.forged).toBe(0)
  })

  it('opens the payment sheet with the five parameters that the phone passes, and with no changed one', async () => {
    open({ dialect: 'payment' })
    const { payInfo } = await prepared()
    const { appId: _, ...parameters } = JSON.parse(payInfo)
    expect(counter.sandbox.inspect(parameters).provider).toBe('jubao')
    for (const name of ['timeStamp', 'nonceStr', 'package', 'paySign'])
      expect(() => counter.sandbox.inspect({ ...parameters, [name]: '1' })).toThrow()
    expect(await counter.sandbox.pay('https://cashier.example.com/another')).toMatchObject({
      errMsg: expect.stringContaining('fail'),
    })
  })

  it('closes orders in the dialect that can, and late money is reported', async () => {
    open({ dialect: 'payment' })
    const { payment, payInfo } = await prepared()
    await counter.sandbox.pay(payInfo, 'notice after close')
    expect(await ask(payment)).toMatchObject({ outcome: 'pending' })
    expect(await counter.provider.close?.(payment)).toMatchObject({ outcome: 'closed' })
    expect(await ask(payment)).toMatchObject({ outcome: 'closed' })
    await counter.advance(10_000)
    expect(counter.notices).toMatchObject([{ notice: paidFen(8_800) }])
    expect(await ask(payment)).toMatchObject({ outcome: 'paid' })
    expect((await counter.provider.close?.(payment))?.outcome).toBe('unknown')
  })

  it('is notified three times at once, of a wrong amount, and by a forger', async () => {
    open()
    const { payment, payInfo } = await prepared()
    await counter.sandbox.pay(payInfo, 'forged notice')
    expect(counter.forged).toBe(1)
    expect(await ask(payment)).toMatchObject({ outcome: 'pending' })
    await counter.sandbox.pay(payInfo, 'three notices')
    await counter.settled()
    expect(counter.notices).toMatchObject(
      [paidFen(8_800), paidFen(8_800), paidFen(8_800)].map((notice) => ({ notice })),
    )
    const second = await prepared(secondNo)
    await counter.sandbox.pay(second.payInfo, 'wrong amount')
    expect(counter.notices.at(-1)).toMatchObject({ notice: { report: { outcome: 'paid', amountFen: 1 } } })
    expect(await ask(second.payment)).toMatchObject({ outcome: 'paid', amountFen: 1 })
  })

  it.each(['provider down', 'garbage reply', 'http 500'])(
    '%s: not refused, and the next attempt has another number',
    async (name) => {
      open()
      counter.sandbox.setScenario('jubao', name)
      const lost = counter.prepareInput(firstNo)
      await expect(counter.provider.prepare(lost)).rejects.toMatchObject({ name: 'HttpFailure', sent: true })
      expect((await ask(lost)).outcome).toBe('unknown')
      expect((await prepared(secondNo)).payInfo).toContain('/pay/')
    },
  )

  it('learns that its number is in use, and does not read that as a refusal', async () => {
    open()
    await prepared()
    await expect(prepared()).rejects.toMatchObject({ name: 'HttpFailure', sent: true })
  })

  it('is notified again until it confirms, with the pauses of BlueOcean Pay, and after a restart too', async () => {
    open()
    counter.thanks = false
    const { payInfo } = await prepared()
    await counter.sandbox.pay(payInfo)
    await counter.advance(30_000)
    counter.restart()
    await counter.advance(5 * 3_600_000)
    const began = counter.notices[0]?.at ?? 0
    const after = counter.notices.map(({ at }) => (at - began) / 1_000)
    expect(after).toEqual([0, 15, 30, 60, 240, 2040, 3840, 5640, 7440, 11_040])
  })

  it('finds its orders after a restart', async () => {
    open()
    const { payment, payInfo } = await prepared()
    counter.restart()
    expect(await counter.sandbox.pay(payInfo, 'no notice')).toEqual({ errMsg: 'requestPayment:ok' })
    counter.restart()
    expect(await ask(payment)).toMatchObject({ outcome: 'paid' })
  })

  it('offers only scenarios that a query can meet', async () => {
    open()
    const { payment } = await prepared()
    counter.sandbox.setScenario('jubao', 'http 500:query')
    expect((await prepared(secondNo)).payment.theirNo).not.toBe(payment.theirNo)
    expect((await ask(payment)).outcome).toBe('unknown')
    expect((await ask(payment)).outcome).toBe('pending')
  })
})

const md5 = (text: string) => crypto.createHash('md5').update(text).digest('hex').toUpperCase()

/** Sends a call. Signs it correctly unless the test gives a signature. */
async function call(
  path: string,
  fields: Record<string, string>,
  how: { method?: string; type?: string; body?: string } = {},
) {
  const key = String(counter.settings.key)
  const names = Object.keys(fields)
    .filter((name) => name !== 'sign')
    .sort()
  const text = path.includes('?')
    ? key + names.map((name) => name + fields[name]).join('') + key
    : [...names.map((name) => `${name}=${fields[name]}`), `key=${key}`].join('&')
  const { pathname, searchParams } = new URL(path, 'http://x')
  const answer = await counter.sandbox.handle('jubao', {
    method: how.method ?? 'POST',
    path: pathname,
    query: searchParams,
    headers: { 'content-type': how.type ?? 'application/json' },
    body: Buffer.from(how.body ?? JSON.stringify({ sign: md5(text), ...fields })),
  })
  return answer === 'reset' ? {} : JSON.parse(answer.body)
}

const applyPay = '/index.php?_m=pay_gateway&_a=apply_pay'
const order = { mch_id: '10502105689001', pay_channel_id: '201', total_fee: '100', out_trade_no: firstNo, version: '2' }
const purchase = { appid: '1000258', payment: 'alipay.qrcode', total_fee: '100', out_trade_no: firstNo }

describe('the fake server', () => {
  it('accepts the documents’ signatures, with the merchant and the channel of the example', async () => {
    open({ key: vector.key })
    // The document does not describe the payment type 304 of this example. The fake server accepts the signature and
    // refuses only the type.
    for (const { params, sign } of vector.cases)
      expect(await call(applyPay, { ...(params as unknown as Record<string, string>), sign })).toMatchObject({
        ret: 492001,
      })
    const [first] = vector.cases
    expect(
      await call(applyPay, {
        ...(first?.params as unknown as Record<string, string>),
        total_fee: '1',
        sign: first?.sign ?? '',
      }),
    ).toMatchObject({ ret: 4004 })
  })

  it.each([
    [4003, { mch_id: null }],
    [4003, { total_fee: null }],
    [4003, { pay_channel_id: null }],
    [4002, { mch_id: '1' }],
    [4004, { sign: 'F'.repeat(32) }],
    [4004, { _sign: 'x' }],
    [491003, { total_fee: '' }],
    [492001, { total_fee: '0' }],
    [492001, { total_fee: '1.00' }],
    [492001, { pay_channel_id: '304' }],
    [492001, { out_trade_no: 'a b' }],
    [492001, { notify_url: 'shop' }],
    [491002, { attach: 'x'.repeat(129) }],
  ])('answers %d to apply_pay with %j', async (ret, change) => {
    open()
    const fields = Object.fromEntries(Object.entries({ ...order, ...change }).filter(([, value]) => value !== null))
    expect(await call(applyPay, fields as Record<string, string>)).toMatchObject({ ret, msg: expect.any(String) })
  })

  it.each([
    [4007, { method: 'GET' }],
    [4001, { body: 'hello' }],
    [4001, { body: 'a=1&a=2', type: 'application/x-www-form-urlencoded' }],
    [491001, { body: '{"mch_id":{"a":1}}' }],
  ])('answers %d to %j', async (ret, how) => {
    open()
    expect(await call(applyPay, order, how)).toMatchObject({ ret })
  })

  it.each([
    [404, '/payment/refund', purchase],
    [4003, '/payment/pay', { ...purchase, payment: 'micropay' }],
    [4003, '/payment/pay', { ...purchase, payment: 'wechat.jsapi' }],
    [40100, '/payment/pay', { ...purchase, payment: 'constructor' }],
    [40102, '/order/query', { appid: '1000258', out_trade_no: 'none' }],
    [4003, '/order/close', { appid: '1000258' }],
  ])('answers %d to %s', async (code, path, fields) => {
    open({ dialect: 'payment' })
    const reply = await call(path, fields)
    expect(reply.code ?? reply.ret).toBe(code)
  })

  it('accepts a number once and a payment code once, and makes a number if none is given', async () => {
    open({ dialect: 'payment' })
    expect((await call(applyPay, order)).ret).toBe(0)
    expect((await call(applyPay, order)).ret).toBe(40106)
    const { out_trade_no: _, ...numberless } = order
    expect((await call(applyPay, numberless)).data.out_trade_no).toMatch(/^11\d{22}$/)
    const micropay = { ...purchase, payment: 'micropay', code: '134602370743606195' }
    expect((await call('/payment/pay', { ...micropay, out_trade_no: 'm1' })).code).toBe(201)
    expect((await call('/payment/pay', { ...micropay, out_trade_no: 'm2' })).code).toBe(40111)
  })

  it('closes an order that nobody paid for two hours', async () => {
    open()
    const { payment, payInfo } = await prepared()
    await counter.advance(2 * 3_600_000)
    expect(await ask(payment)).toMatchObject({ outcome: 'closed' })
    expect(await counter.sandbox.pay(payInfo)).toEqual({ errMsg: 'requestPayment:fail 该订单已关闭' })
    await expect(prepared()).rejects.toMatchObject({ code: 'ProviderRefused' })
  })

  it('shows a page for its links', async () => {
    open()
    const { payInfo } = await prepared()
    const path = new URL(payInfo).pathname.replace('/sandbox/jubao', '')
    const get = { method: 'GET', path, query: new URLSearchParams(), headers: {}, body: Buffer.of() }
    expect(await counter.sandbox.handle('jubao', get)).toMatchObject({
      statusCode: 200,
      body: expect.stringContaining('确认支付'),
    })
    expect(await counter.sandbox.handle('jubao', { ...get, path: '/pay/none' })).toMatchObject({ statusCode: 404 })
  })

  it('keeps its key when it is started again', () => {
    open()
    const first = twin.seed('http://a')
    expect(twin.seed('http://b', first)).toEqual({ ...first, baseUrl: 'http://b' })
  })
})
