// Tests the fake server of Paymax with our Paymax client. They were written separately from one document, so a mistake
// in either of them fails a test. The fake server also refuses what Paymax would refuse.
import * as crypto from 'node:crypto'
import { paymax } from '../../cloudfunctions/shared/providers/paymax'
import type { PaymentRef } from '../../cloudfunctions/shared/providers/provider'
import { paymax as twin } from '../../tools/sandbox/paymax'
import { type Counter, firstNo, firstRefundNo, openCounter, secondNo, secondRefundNo } from './counter'

const officialAppId = 'wx0000000000000001'
let counter: Counter
beforeEach(() => {
  counter = openCounter(paymax)
})
afterEach(() => counter.close())

/** Prepares a payment. @returns the payment as our order would store it, and the payInfo for the phone */
async function prepared(paymentNo = firstNo, changes = {}): Promise<{ payment: PaymentRef; payInfo: string }> {
  const input = counter.prepareInput(paymentNo, changes)
  const { payInfo, theirNo = null } = await counter.provider.prepare(input)
  return { payment: { ...input, theirNo }, payInfo }
}

const ask = (payment: PaymentRef) => counter.provider.query({ ...payment, now: counter.clock.at })

async function paid(paymentNo = firstNo, changes = {}): Promise<PaymentRef> {
  const { payment, payInfo } = await prepared(paymentNo, changes)
  expect(await counter.sandbox.pay(payInfo)).toEqual({ errMsg: 'requestPayment:ok' })
  await counter.settled()
  return payment
}

describe('our client and the fake server', () => {
  it.each(['wechat_wap', 'wechat_csb', 'alipay_csb', 'alipay_web', 'lakala_web', 'lakala_web_fast', 'lakala_h5'])(
    'is paid by %s, notified once, and a query gives the same',
    async (channel) => {
      const { payment, payInfo } = await prepared(firstNo, {
        channel,
        pageUrl: 'https://shop.example.com/web/',
        appId: officialAppId,
      })
      expect(counter.sandbox.inspect(payInfo)).toEqual({
        provider: 'paymax',
        amountFen: 8_800,
        currency: 'CNY',
        title: '明前龙井 & 茶具',
      })
      expect(await ask(payment)).toMatchObject({ outcome: 'pending' })
      expect(await counter.sandbox.pay(payInfo)).toEqual({ errMsg: 'requestPayment:ok' })
      await counter.settled()
      expect(counter.notices.map(({ notice }) => notice)).toMatchObject([
        {
          about: 'payment',
          paymentNo: firstNo,
          report: { outcome: 'paid', amountFen: 8_800, theirNo: payment.theirNo },
        },
      ])
      expect(await ask(payment)).toMatchObject({ outcome: 'paid', amountFen: 8_800, currency: 'CNY' })
      expect(await counter.sandbox.pay(payInfo)).toEqual({ errMsg: 'requestPayment:fail 该订单已支付' })
    },
  )

  it('opens the payment sheet with the five parameters that the phone passes, and with no others', async () => {
    const { payInfo } = await prepared()
    const { appId: _, ...parameters } = JSON.parse(payInfo)
    expect(counter.sandbox.inspect(parameters).provider).toBe('paymax')
    for (const name of Object.keys(parameters))
      expect(() => counter.sandbox.inspect({ ...parameters, [name]: `${parameters[name]}0` })).toThrow()
  })

  it('learns the amount that was paid, not the requested one', async () => {
    const { payInfo } = await prepared()
    await counter.sandbox.pay(payInfo, 'wrong amount')
    expect(counter.notices[0]?.notice.report.amountFen).not.toBe(8_800)
  })

  it('refuses a forged notification, and nothing is paid', async () => {
    const { payment, payInfo } = await prepared()
    await counter.sandbox.pay(payInfo, 'forged notice')
    expect({ forged: counter.forged, told: counter.notices.length }).toEqual({ forged: 1, told: 0 })
    expect(await ask(payment)).toMatchObject({ outcome: 'pending' })
  })

  it('closes a charge, which then cannot be paid', async () => {
    const { payment, payInfo } = await prepared()
    expect(await counter.provider.close?.(payment)).toMatchObject({ outcome: 'closed' })
    expect(await counter.sandbox.pay(payInfo)).toEqual({ errMsg: 'requestPayment:fail 该订单已关闭' })
    expect(await ask(payment)).toMatchObject({ outcome: 'declined' })
  })

  it('learns at the close that the payment was made before', async () => {
    const payment = await paid()
    expect(await counter.provider.close?.(payment)).toMatchObject({ outcome: 'paid' })
  })

  it('learns late of a payment that was in progress at the close', async () => {
    const { payment, payInfo } = await prepared()
    await counter.sandbox.pay(payInfo, 'notice after close')
    expect(await counter.provider.close?.(payment)).toMatchObject({ outcome: 'closed' })
    await counter.advance(10_000)
    expect(counter.notices).toHaveLength(1)
    expect(await ask(payment)).toMatchObject({ outcome: 'paid' })
  })

  it('cannot be paid by WeChat after three minutes', async () => {
    const { payment, payInfo } = await prepared()
    await counter.advance(180_000)
    expect(await counter.sandbox.pay(payInfo)).toEqual({ errMsg: 'requestPayment:fail 该订单已关闭' })
    expect(await ask(payment)).toMatchObject({ outcome: 'declined' })
  })

  it('is notified again after 2, 4, 8 … 65,536 seconds until it confirms, and 17 times at most', async () => {
    counter.thanks = false
    await paid()
    const start = counter.clock.at
    await counter.advance(40 * 3_600_000)
    const gaps = counter.notices.map(({ at }, index) => (at - (counter.notices[index - 1]?.at ?? start)) / 1000)
    expect(gaps).toEqual([0, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536])
    expect(counter.sandbox.nextAt()).toBeNull()
  })

  it('refunds a part and the rest, one after the other, and gets a webhook of each', async () => {
    const payment = await paid()
    const first = counter.refundInput(payment, firstRefundNo, 3_300)
    const { outcome, theirNo = null } = (await counter.provider.refund?.(first)) ?? {}
    expect(outcome).toBe('pending')
    // Paymax accepts no second refund while the first refund is in progress.
    const second = () => counter.refundInput(payment, secondRefundNo, 5_500)
    expect(await counter.provider.refund?.(second())).toMatchObject({ outcome: 'unknown' })
    // A repeated refund request with the same refund number means the same refund, even if the first reply got lost.
    expect(await counter.provider.refund?.(first)).toMatchObject({ outcome: 'pending', theirNo })
    await counter.advance(20 * 60_000)
    expect(counter.notices.at(-1)?.notice).toMatchObject({
      about: 'refund',
      refundNo: firstRefundNo,
      report: { outcome: 'refunded', amountFen: 3_300, theirNo },
    })
    const asked = { ...counter.refundInput(payment, firstRefundNo, 3_300), theirRefundNo: theirNo }
    expect(await counter.provider.queryRefund?.(asked)).toMatchObject({ outcome: 'refunded', amountFen: 3_300 })
    expect(await counter.provider.refund?.(second())).toMatchObject({ outcome: 'pending' })
    await counter.advance(20 * 60_000)
    expect(await ask(payment)).toMatchObject({ outcome: 'refunded' })
    const third = counter.refundInput(payment, '20260701120000ab12cd34r03', 1)
    expect(await counter.provider.refund?.(third)).toMatchObject({ outcome: 'refused' })
  })

  it('learns that an accepted refund failed', async () => {
    const payment = await paid()
    counter.sandbox.setScenario('paymax', 'refund fails')
    expect(await counter.provider.refund?.(counter.refundInput(payment, firstRefundNo, 8_800))).toMatchObject({
      outcome: 'pending',
    })
    await counter.advance(20 * 60_000)
    expect(counter.notices.at(-1)?.notice).toMatchObject({ about: 'refund', report: { outcome: 'refused' } })
    expect(await ask(payment)).toMatchObject({ outcome: 'paid' })
  })

  it.each(['provider down', 'provider error', 'garbage reply'])(
    'leaves a refund open when it meets "%s", and finds it afterwards',
    async (scenario) => {
      const payment = await paid()
      counter.sandbox.setScenario('paymax', `${scenario}:refund`)
      const input = counter.refundInput(payment, firstRefundNo, 8_800)
      expect(await counter.provider.refund?.(input)).toMatchObject({ outcome: 'unknown' })
      expect(await counter.provider.refund?.(input)).toMatchObject({ outcome: 'pending' })
      await counter.advance(20 * 60_000)
      expect(await counter.provider.queryRefund?.({ ...input, now: counter.clock.at })).toMatchObject({
        outcome: 'refunded',
        amountFen: 8_800,
      })
    },
  )

  it('reads the payments and refunds of a day on the next day', async () => {
    const payment = await paid()
    const alipay = await paid(secondNo, { channel: 'alipay_csb', amountFen: 7 })
    await prepared('20260701120000ab12cd3403')
    const { theirNo } = (await counter.provider.refund?.(counter.refundInput(payment, firstRefundNo, 3_300))) ?? {}
    const at = counter.clock.at
    await counter.advance(24 * 3_600_000)
    const rows = await counter.provider.bill?.('2026-07-01', counter.clock.at)
    expect(rows).toEqual([
      { kind: 'payment', no: firstNo, theirNo: payment.theirNo, amountFen: 8_800, feeFen: 53, at },
      {
        kind: 'refund',
        no: firstNo,
        theirNo,
        paymentNo: firstNo,
        ofTheirNo: payment.theirNo,
        amountFen: 3_300,
        feeFen: 0,
        at: at + 20 * 60_000,
      },
      { kind: 'payment', no: secondNo, theirNo: alipay.theirNo, amountFen: 7, feeFen: 0, at },
    ])
    expect(await counter.provider.bill?.('2026-06-30', counter.clock.at)).toEqual([])
  })

  it('finds everything again after a restart', async () => {
    counter.thanks = false
    const payment = await paid()
    const { payInfo } = await prepared(secondNo, { channel: 'wechat_csb' })
    counter.restart()
    counter.thanks = true
    expect(await ask(payment)).toMatchObject({ outcome: 'paid' })
    expect(await counter.sandbox.pay(payInfo)).toEqual({ errMsg: 'requestPayment:ok' })
    await counter.advance(60_000)
    expect(counter.notices).toHaveLength(3)
  })
})

describe('the fake server refuses', () => {
  const body = (changes: object = {}) => ({
    amount: 88,
    order_no: firstNo,
    subject: '茶',
    body: '茶',
    channel: 'wechat_wap',
    app: counter.settings.app,
    client_ip: '127.0.0.1',
    extra: { open_id: 'o1' },
    ...changes,
  })

  interface Call {
    method?: string
    path?: string
    text?: string
    headers?: Record<string, string>
  }

  // The test signs calls itself, from the document, so that a mistake in our client cannot hide one in the fake server.
  const call = async ({ method = 'POST', path = '/v1/charges', text = JSON.stringify(body()), headers = {} }: Call) => {
    const all = {
      'content-type': 'application/json;charset=utf-8',
      authorization: String(counter.settings.secretKey),
      nonce: crypto.randomBytes(16).toString('hex'),
      timestamp: String(counter.clock.at),
      ...headers,
    }
    const lines = [method.toLowerCase(), path, '', all.nonce, all.timestamp, all.authorization, text]
    const key = crypto.createPrivateKey({
      key: Buffer.from(String(counter.settings.privateKey), 'base64'),
      format: 'der',
      type: 'pkcs8',
    })
    const sign = crypto.sign('RSA-SHA1', Buffer.from(lines.join('\n')), key).toString('base64')
    const answer = await counter.sandbox.handle('paymax', {
      method,
      path,
      query: new URLSearchParams(),
      headers: { sign, ...all },
      body: Buffer.from(text),
    })
    if (answer === 'reset') throw new Error('reset')
    return JSON.parse(answer.body) as { failure_code?: string; id?: string }
  }

  it.each([
    ['SECRET_KEY_IS_BLANK', { headers: { authorization: '' } }],
    ['SECRET_KEY_IS_INVALID', { headers: { authorization: 'another' } }],
    ['SIGN_CHECK_FAILED', { headers: { sign: 'AAAA' } }],
    ['ILLEGAL_ARGUMENT', { headers: { timestamp: '1466404370089' } }],
    ['ILLEGAL_ARGUMENT', { text: '[]' }],
    ['ILLEGAL_ARGUMENT', { path: '/v1/nothing' }],
    ['ORDER_NO_NOT_EXIST', { method: 'GET', path: '/v1/charges/ch_0', text: '' }],
  ])('with %s a call with %j', async (code, how) => {
    expect(await call(how)).toMatchObject({ failure_code: code })
  })

  it.each([
    ['ILLEGAL_ARGUMENT', { order_no: 'with-dash' }],
    ['ILLEGAL_ARGUMENT', { order_no: 'x'.repeat(65) }],
    ['ILLEGAL_ARGUMENT', { amount: 0 }],
    ['ILLEGAL_ARGUMENT', { amount: 0.001 }],
    ['ILLEGAL_ARGUMENT', { subject: '' }],
    ['ILLEGAL_ARGUMENT', { subject: '茶'.repeat(43) }],
    ['ILLEGAL_ARGUMENT', { body: 'x'.repeat(129) }],
    ['ILLEGAL_ARGUMENT', { client_ip: 'localhost' }],
    ['ILLEGAL_ARGUMENT', { currency: 'usd' }],
    ['ILLEGAL_ARGUMENT', { time_expire: 1 }],
    ['ILLEGAL_ARGUMENT', { time_expire: Date.parse('2026-07-01T04:30:00Z') }],
    ['ILLEGAL_CHANNEL_PARAMETERS', { extra: {} }],
    ['APP_NOT_EXISTED', { app: 'app_0' }],
    ['CHANNEL_NOT_AVAILABLE', { channel: 'lakala_app' }],
    ['ILLEGAL_CHANNEL_PARAMETERS', { channel: 'lakala_h5' }],
  ])('with %s a charge with %j', async (code, changes) => {
    expect(await call({ text: JSON.stringify(body(changes)) })).toMatchObject({ failure_code: code })
  })

  it('a used order number', async () => {
    expect((await call({})).id).toMatch(/^ch_[0-9a-f]{24}$/)
    expect(await call({})).toMatchObject({ failure_code: 'ORDER_NO_DUPLICATE' })
  })

  it.each([
    [{ appointDay: '20260701', channelCategory: 'WECHAT', statementType: 'WECHAT_CSB' }],
    [{ appointDay: '20260101', channelCategory: 'WECHAT', statementType: 'WECHAT_CSB' }],
    [{ appointDay: '2026-06-30', channelCategory: 'WECHAT', statementType: 'WECHAT_CSB' }],
    [{ appointDay: '20260630', channelCategory: 'WECHAT', statementType: 'ALIPAY_CSB' }],
    [{ appointDay: '20260630', channelCategory: 'constructor', statementType: 'ALL' }],
  ])('a statement of %j', async (fields) => {
    const answer = await call({ path: '/v2/statement/download', text: JSON.stringify(fields) })
    expect(answer).toMatchObject({ failure_code: 'ILLEGAL_ARGUMENT' })
  })
})

it('keys are made once, and the address is always today’s', () => {
  const first = twin.seed('http://127.0.0.1:1/sandbox/paymax')
  expect(paymax.settings.safeParse(first).success).toBe(true)
  const again = twin.seed('http://127.0.0.1:2/sandbox/paymax', first)
  expect(again).toEqual({ ...first, baseUrl: 'http://127.0.0.1:2/sandbox/paymax' })
  expect(twin.seed('http://x')).not.toMatchObject({ secretKey: first.secretKey })
})
