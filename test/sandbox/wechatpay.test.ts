// Tests the fake server of WeChat Pay with our client, in public-key mode and in certificate mode. They were written
// separately from the same documents, so a mistake in either of them fails a test. The fake server also refuses what
// WeChat Pay would refuse.
import * as crypto from 'node:crypto'
import type { PaymentRef } from '../../cloudfunctions/shared/providers/provider'
import { wechatpay } from '../../cloudfunctions/shared/providers/wechatpay'
import type { NoticeRequest } from '../../tools/sandbox/twin'
import { platformKeyText, probe, wechatpay as twin } from '../../tools/sandbox/wechatpay'
import { testOpenid } from '../providers/contract'
import { type Counter, firstNo, firstRefundNo, openCounter, secondNo, secondRefundNo } from './counter'

const serial = '5157F09EFDC096DE15EBE81A47057A7232F1B8E1'
const certificateMode = {
  publicKeyId: undefined,
  publicKey: undefined,
  platformCertificates: { [serial]: platformKeyText(serial) },
}

let counter: Counter
beforeEach(() => {
  counter = openCounter(wechatpay)
})
afterEach(() => counter.close())

/** Prepares a payment. @returns the payment as our order would store it, and the payInfo for the phone */
async function prepared(paymentNo = firstNo, changes = {}): Promise<{ payment: PaymentRef; payInfo: string }> {
  const input = counter.prepareInput(paymentNo, changes)
  const { payInfo } = await counter.provider.prepare(input)
  return { payment: input, payInfo }
}

const ask = (payment: PaymentRef) => counter.provider.query({ ...payment, now: counter.clock.at })

async function paid(paymentNo = firstNo, changes = {}): Promise<PaymentRef> {
  const { payment, payInfo } = await prepared(paymentNo, changes)
  expect(await counter.sandbox.pay(payInfo)).toEqual({ errMsg: 'requestPayment:ok' })
  await counter.settled()
  return payment
}

describe('our client and the fake server', () => {
  it.each([
    ['with the public key', {}],
    ['with a platform certificate', certificateMode],
    ['with both, as during a switch', { platformCertificates: certificateMode.platformCertificates }],
  ])('is paid %s, notified once, and a query gives the same', async (_, changes) => {
    counter.close()
    counter = openCounter(wechatpay, changes)
    const { payment, payInfo } = await prepared()
    expect(counter.sandbox.inspect(payInfo)).toEqual({
      provider: 'wechatpay',
      amountFen: 8_800,
      currency: 'CNY',
      title: '明前龙井 & 茶具',
    })
    expect(await ask(payment)).toMatchObject({ outcome: 'pending', amountFen: 8_800 })
    expect(await counter.sandbox.pay(payInfo)).toEqual({ errMsg: 'requestPayment:ok' })
    await counter.settled()
    expect(counter.notices.map(({ notice }) => notice)).toMatchObject([
      {
        about: 'payment',
        paymentNo: firstNo,
        report: { outcome: 'paid', amountFen: 8_800, currency: 'CNY', shopper: testOpenid, at: counter.clock.at },
      },
    ])
    const theirNo = counter.notices[0]?.notice.report.theirNo
    expect(await ask(payment)).toMatchObject({ outcome: 'paid', amountFen: 8_800, currency: 'CNY', theirNo })
    expect(await counter.sandbox.pay(payInfo)).toEqual({ errMsg: 'requestPayment:fail 该订单已支付' })
  })

  it('opens the payment sheet with the five parameters that the phone passes, and with no others', async () => {
    const { payInfo } = await prepared()
    const { appId, ...parameters } = JSON.parse(payInfo)
    expect(counter.sandbox.inspect(parameters).provider).toBe('wechatpay')
    expect(() => counter.sandbox.inspect({ ...parameters, appId: `${appId}0` })).toThrow()
    for (const name of Object.keys(parameters))
      expect(() => counter.sandbox.inspect({ ...parameters, [name]: `${parameters[name]}0` })).toThrow()
  })

  it('pays for a product whose name contains emoji, or only emoji', async () => {
    expect(counter.sandbox.inspect((await prepared(firstNo, { title: '茶🍵 𠮷' })).payInfo)).toMatchObject({
      title: '茶',
    })
    expect(counter.sandbox.inspect((await prepared(secondNo, { title: '🍵' })).payInfo)).toMatchObject({
      title: expect.stringContaining(secondNo),
    })
  })

  it('gets the same prepay_id for the same order again, and a new one after two hours', async () => {
    const prepay = (payInfo: string) => JSON.parse(payInfo).package
    const tomorrow = { expiresAt: counter.clock.at + 86_400_000 }
    const { payInfo } = await prepared(firstNo, tomorrow)
    const again = await prepared(firstNo, tomorrow)
    expect(prepay(again.payInfo)).toBe(prepay(payInfo))
    await counter.advance(2 * 3_600_000)
    expect(await counter.sandbox.pay(payInfo)).toEqual({ errMsg: 'requestPayment:fail 该订单已关闭' })
    const later = await prepared(firstNo, tomorrow)
    expect(prepay(later.payInfo)).not.toBe(prepay(payInfo))
    expect(await counter.sandbox.pay(later.payInfo)).toEqual({ errMsg: 'requestPayment:ok' })
  })

  it('gets the same prepay_id in the last minute of an order, too', async () => {
    const short = { expiresAt: counter.clock.at + 120_000, createdAt: counter.clock.at }
    const { payInfo } = await prepared(firstNo, short)
    await counter.advance(100_000)
    const again = await prepared(firstNo, short)
    expect(JSON.parse(again.payInfo).package).toBe(JSON.parse(payInfo).package)
  })

  it('is refused for a number that belongs to another order', async () => {
    await prepared()
    await expect(prepared(firstNo, { amountFen: 1 })).rejects.toMatchObject({ code: 'ProviderRefused' })
  })

  it('cannot be paid after its time, and stays open at WeChat Pay until it is closed', async () => {
    const { payment, payInfo } = await prepared()
    await counter.advance(1_800_000)
    expect(await counter.sandbox.pay(payInfo)).toEqual({ errMsg: 'requestPayment:fail 该订单已关闭' })
    expect(await ask(payment)).toMatchObject({ outcome: 'pending' })
    expect(await counter.provider.close?.({ ...payment, now: counter.clock.at })).toMatchObject({ outcome: 'closed' })
    expect(await ask(payment)).toMatchObject({ outcome: 'closed' })
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

  it('does not accept a notification that another key signed, and WeChat Pay refuses a merchant that signs with another key', async () => {
    const foreign = crypto.generateKeyPairSync('rsa', { modulusLength: 2048 })
    const publicKey = foreign.publicKey.export({ type: 'spki', format: 'pem' }).toString()
    const privateKey = foreign.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    const other = wechatpay.create(wechatpay.settings.parse({ ...counter.settings, publicKey }), () => {
      throw new Error('no network')
    })
    const { payInfo } = await prepared()
    await counter.sandbox.pay(payInfo)
    await counter.settled()
    const [notice] = counter.received
    expect(() => other.parseNotice(notice as never, counter.clock.at)).toThrow('the signature is wrong or missing')
    const settings = wechatpay.settings.parse({ ...counter.settings, privateKey })
    const stranger = wechatpay.create(settings, counter.http)
    const refusal = expect.stringContaining('SIGNERROR 签名错误')
    const asked = stranger.prepare(counter.prepareInput(secondNo))
    await expect(asked).rejects.toMatchObject({ code: 'ProviderRefused', message: refusal })
  })

  it('refuses WeChat Pay’s test of the signature check as such a test', async () => {
    const { payInfo } = await prepared()
    await counter.sandbox.pay(payInfo)
    await counter.settled()
    const [genuine] = counter.received
    const { headers } = probe({ ...genuine, url: '', body: '' } as NoticeRequest)
    const lower = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])
    const notice = { ...genuine, headers: Object.fromEntries(lower) }
    expect(() => counter.provider.parseNotice(notice as never, counter.clock.at)).toThrow('a probe by the provider')
  })

  it('closes an order, which then cannot be paid', async () => {
    const { payment, payInfo } = await prepared()
    expect(await counter.provider.close?.(payment)).toMatchObject({ outcome: 'closed' })
    expect(await counter.sandbox.pay(payInfo)).toEqual({ errMsg: 'requestPayment:fail 该订单已关闭' })
    expect(await ask(payment)).toMatchObject({ outcome: 'closed' })
    expect(await counter.provider.close?.(payment)).toMatchObject({ outcome: 'closed' })
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

  it('is notified again after 15 s, 15 s, 30 s, 3 min … 6 h until it confirms, and 16 times at most', async () => {
    counter.thanks = false
    await paid()
    const start = counter.clock.at
    await counter.advance(40 * 3_600_000)
    const gaps = counter.notices.map(({ at }, index) => (at - (counter.notices[index - 1]?.at ?? start)) / 1000)
    const hours = [10_800, 10_800, 10_800, 21_600, 21_600]
    expect(gaps).toEqual([0, 15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, ...hours])
    expect(counter.sandbox.nextAt()).toBeNull()
  })

  it('refunds a part and the rest, and gets a notification of each', async () => {
    const payment = await paid()
    const first = counter.refundInput(payment, firstRefundNo, 3_300)
    const { outcome, theirNo } = (await counter.provider.refund?.(first)) ?? {}
    expect(outcome).toBe('pending')
    // A repeated refund request with the same refund number means the same refund. A request with the same refund
    // number and another amount is refused.
    expect(await counter.provider.refund?.(first)).toMatchObject({ outcome: 'pending', theirNo })
    expect(await counter.provider.refund?.({ ...first, amountFen: 1 })).toMatchObject({ outcome: 'refused' })
    const second = counter.refundInput(payment, secondRefundNo, 5_500)
    expect(await counter.provider.refund?.(second)).toMatchObject({ outcome: 'pending' })
    const third = counter.refundInput(payment, '20260701120000ab12cd34r03', 1)
    expect(await counter.provider.refund?.(third)).toMatchObject({ outcome: 'refused' })
    await counter.advance(20 * 60_000)
    expect(counter.notices.slice(1).map(({ notice }) => notice)).toMatchObject([
      { about: 'refund', refundNo: firstRefundNo, report: { outcome: 'refunded', amountFen: 3_300, theirNo } },
      { about: 'refund', refundNo: secondRefundNo, report: { outcome: 'refunded', amountFen: 5_500 } },
    ])
    const asked = { ...first, now: counter.clock.at }
    expect(await counter.provider.queryRefund?.(asked)).toMatchObject({ outcome: 'refunded', amountFen: 3_300 })
    expect(await ask(payment)).toMatchObject({ outcome: 'refunded' })
  })

  it('learns that an accepted refund failed', async () => {
    const payment = await paid()
    counter.sandbox.setScenario('wechatpay', 'refund fails')
    const input = counter.refundInput(payment, firstRefundNo, 8_800)
    expect(await counter.provider.refund?.(input)).toMatchObject({ outcome: 'pending' })
    await counter.advance(20 * 60_000)
    expect(counter.notices.at(-1)?.notice).toMatchObject({ about: 'refund', report: { outcome: 'refused' } })
    expect(await ask(payment)).toMatchObject({ outcome: 'paid' })
  })

  it('is refused a refund of an unpaid order', async () => {
    const { payment } = await prepared()
    const input = counter.refundInput(payment, firstRefundNo, 8_800)
    expect(await counter.provider.refund?.(input)).toMatchObject({ outcome: 'refused' })
    expect(await counter.provider.queryRefund?.(input)).toMatchObject({ outcome: 'notFound' })
  })

  it.each(['provider down', 'provider error', 'garbage reply'])(
    'leaves a refund open when it meets "%s", and finds it afterwards',
    async (scenario) => {
      const payment = await paid()
      counter.sandbox.setScenario('wechatpay', `${scenario}:refund`)
      const input = counter.refundInput(payment, firstRefundNo, 8_800)
      expect(await counter.provider.refund?.(input)).toMatchObject({ outcome: 'unknown' })
      expect(await counter.provider.refund?.(input)).toMatchObject({ outcome: 'pending' })
      await counter.advance(20 * 60_000)
      const asked = { ...input, now: counter.clock.at }
      expect(await counter.provider.queryRefund?.(asked)).toMatchObject({ outcome: 'refunded', amountFen: 8_800 })
    },
  )

  it('is notified of a refund made in the merchant’s console with payment and amount; the state REFUND has no amount', async () => {
    const payment = await paid()
    counter.sandbox.refundInConsole('wechatpay', firstNo, 900)
    await counter.advance(21 * 60_000)
    const told = counter.notices.at(-1)?.notice
    expect(told).toMatchObject({
      about: 'refund',
      of: { paymentNo: firstNo },
      report: { outcome: 'refunded', amountFen: 900 },
    })
    expect(told?.about === 'refund' && told.refundNo).not.toContain(firstNo.slice(0, 22))
    const asked = await ask(payment)
    expect(asked).toMatchObject({ outcome: 'refunded', amountFen: 8_800 })
    // With the APIv2 key, our client can query the refund's amount.
    const refund = told?.about === 'refund' ? { no: told.refundNo, theirNo: told.report.theirNo } : {}
    expect(asked.refunds).toMatchObject([{ ...refund, outcome: 'refunded', amountFen: 900 }])
    const { apiV2Key: _, ...withoutV2 } = counter.settings
    const v3Only = wechatpay.create(wechatpay.settings.parse(withoutV2), counter.http)
    const silent = await v3Only.query({ ...payment, now: counter.clock.at })
    expect(silent).toMatchObject({ outcome: 'refunded' })
    expect([silent.refunds, silent.refundedFen]).toEqual([undefined, undefined])
  })

  it('lists all refunds of a payment, also more than ten', async () => {
    const payment = await paid()
    for (let count = 1; count <= 12; count++) counter.sandbox.refundInConsole('wechatpay', firstNo, count)
    await counter.advance(21 * 60_000)
    const { refunds = [] } = await ask(payment)
    expect(refunds.map(({ amountFen }) => amountFen)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
  })

  it('distinguishes two charges under one number: each is queried and refunded by its own', async () => {
    const { payment, payInfo } = await prepared()
    await counter.sandbox.pay(payInfo, 'charged-twice-told')
    await counter.settled()
    await counter.advance(1_000)
    const charges = counter.notices.flatMap(({ notice }) => notice.report.theirNo ?? [])
    expect(new Set(charges).size).toBe(2)
    const second = { ...payment, theirNo: charges[1] ?? '', isSecond: true }
    expect(await ask(second)).toMatchObject({ outcome: 'paid', theirNo: charges[1], amountFen: 8_800 })
    await counter.provider.refund?.(counter.refundInput(second, firstRefundNo, 8_800))
    await counter.advance(21 * 60_000)
    expect(counter.notices.at(-1)?.notice).toMatchObject({ about: 'refund', of: { theirNo: charges[1] } })
    expect(await ask(second)).toMatchObject({ outcome: 'refunded', theirNo: charges[1] })
    expect(await ask(payment)).toMatchObject({ outcome: 'paid', theirNo: charges[0] })
  })

  it('reads the payments and refunds of a day on the next day from ten o’clock', async () => {
    const payment = await paid(firstNo, { title: '龙井, `散装`,茶' })
    await paid(secondNo, { amountFen: 7 })
    await prepared('20260701120000ab12cd3403')
    const back = await counter.provider.refund?.(counter.refundInput(payment, firstRefundNo, 3_300))
    const at = counter.clock.at
    const [first, second] = counter.notices.map(({ notice }) => notice.report.theirNo)
    await counter.advance(21 * 3_600_000)
    const early = () => counter.provider.bill?.('2026-07-01', counter.clock.at)
    await expect(early()).rejects.toMatchObject({ code: 'ProviderUnavailable' })
    await counter.advance(3_600_000)
    expect(await counter.provider.bill?.('2026-07-01', counter.clock.at)).toEqual([
      { kind: 'payment', no: firstNo, theirNo: first, amountFen: 8_800, feeFen: 53, at },
      { kind: 'payment', no: secondNo, theirNo: second, amountFen: 7, feeFen: 0, at },
      {
        kind: 'refund',
        no: firstRefundNo,
        theirNo: back?.theirNo,
        paymentNo: firstNo,
        ofTheirNo: first,
        amountFen: 3_300,
        feeFen: -20,
        at,
      },
    ])
    expect(await counter.provider.bill?.('2026-06-30', counter.clock.at)).toEqual([])
    await expect(counter.provider.bill?.('2026-07-02', counter.clock.at)).rejects.toThrow('INVALIDREQUEST')
  })

  it('finds everything again after a restart', async () => {
    counter.thanks = false
    const payment = await paid()
    const { payInfo } = await prepared(secondNo)
    counter.restart()
    counter.thanks = true
    expect(await ask(payment)).toMatchObject({ outcome: 'paid' })
    expect(await counter.sandbox.pay(payInfo)).toEqual({ errMsg: 'requestPayment:ok' })
    await counter.advance(60_000)
    expect(counter.notices).toHaveLength(3)
  })
})

describe('the fake server refuses', () => {
  const order = (changes: object = {}) => ({
    appid: counter.settings.appId,
    mchid: counter.settings.mchId,
    description: '茶',
    out_trade_no: firstNo,
    notify_url: 'https://shop.test/notify/wechatpay',
    amount: { total: 88, currency: 'CNY' },
    payer: { openid: 'o1' },
    ...changes,
  })

  interface Call {
    method?: string
    path?: string
    query?: string
    text?: string
    said?: Record<string, string>
    headers?: Record<string, string>
  }

  // The test signs calls itself, from the documents, so that a mistake in our client cannot hide one in the fake
  // server.
  const call = async ({ method = 'POST', path = '/v3/pay/transactions/jsapi', query = '', ...rest }: Call) => {
    const { text = method === 'GET' ? '' : JSON.stringify(order()), said = {}, headers = {} } = rest
    const fields = {
      mchid: String(counter.settings.mchId),
      nonce_str: crypto.randomBytes(16).toString('hex'),
      timestamp: String(Math.floor(counter.clock.at / 1000)),
      serial_no: String(counter.settings.serialNo),
      ...said,
    }
    const target = query === '' ? path : `${path}?${query}`
    const key = crypto.createPrivateKey({
      key: Buffer.from(String(counter.settings.privateKey), 'base64'),
      format: 'der',
      type: 'pkcs8',
    })
    const lines = `${method}\n${target}\n${fields.timestamp}\n${fields.nonce_str}\n${text}\n`
    const signature = crypto.sign('sha256', Buffer.from(lines), key).toString('base64')
    const pairs = Object.entries({ signature, ...fields }).map(([name, value]) => `${name}="${value}"`)
    const answer = await counter.sandbox.handle('wechatpay', {
      method,
      path,
      query: new URLSearchParams(query),
      headers: {
        authorization: `WECHATPAY2-SHA256-RSA2048 ${pairs.join(',')}`,
        accept: 'application/json',
        'user-agent': 'a shop',
        'content-type': 'application/json',
        ...headers,
      },
      body: Buffer.from(text),
    })
    if (answer === 'reset') throw new Error('reset')
    return { status: answer.statusCode, headers: answer.headers, json: JSON.parse(answer.body || 'null') }
  }

  it.each([
    [401, 'SIGN_ERROR', { headers: { authorization: '' } }],
    [401, 'SIGN_ERROR', { headers: { authorization: 'WECHATPAY2-SHA256-RSA2048 mchid="1"' } }],
    [401, 'SIGN_ERROR', { said: { mchid: '1900000000' } }],
    [401, 'SIGN_ERROR', { said: { serial_no: 'AB' } }],
    [401, 'SIGN_ERROR', { said: { timestamp: '1466404370' } }],
    [401, 'SIGN_ERROR', { said: { signature: 'AAAA' } }],
    [400, 'PARAM_ERROR', { headers: { accept: 'text/html' } }],
    [400, 'PARAM_ERROR', { headers: { 'user-agent': '' } }],
    [400, 'PARAM_ERROR', { headers: { 'content-type': 'text/plain' } }],
    [400, 'PARAM_ERROR', { text: '[]' }],
    [404, 'RESOURCE_NOT_EXISTS', { path: '/v3/nothing' }],
    [404, 'ORDER_NOT_EXIST', { path: `/v3/pay/transactions/out-trade-no/${secondNo}/close` }],
    [404, 'RESOURCE_NOT_EXISTS', { method: 'GET', path: '/v3/refund/domestic/refunds/nothing' }],
    [400, 'PARAM_ERROR', { method: 'GET', path: `/v3/pay/transactions/out-trade-no/${firstNo}` }],
    [400, 'INVALID_REQUEST', { method: 'GET', path: `/v3/pay/transactions/id/4200`, query: 'mchid=1900000000' }],
    [404, 'RESOURCE_NOT_EXISTS', { method: 'GET', path: '/v3/billdownload/file', query: 'token=0' }],
  ])('with %i %s a call with %j', async (status, code, how) => {
    expect(await call(how)).toMatchObject({ status, json: { code } })
  })

  it.each([
    ['PARAM_ERROR', { out_trade_no: '12345' }],
    ['PARAM_ERROR', { out_trade_no: 'x'.repeat(33) }],
    ['PARAM_ERROR', { out_trade_no: 'with space' }],
    ['PARAM_ERROR', { description: '' }],
    ['PARAM_ERROR', { description: '茶'.repeat(43) }],
    ['PARAM_ERROR', { description: '茶🍵' }],
    ['PARAM_ERROR', { notify_url: 'https://shop.test/notify?a=1' }],
    ['PARAM_ERROR', { notify_url: undefined }],
    ['PARAM_ERROR', { time_expire: '2026-07-01 12:30:00' }],
    ['PARAM_ERROR', { time_expire: '2026-07-01T11:59:59+08:00' }],
    ['PARAM_ERROR', { attach: 'x'.repeat(129) }],
    ['PARAM_ERROR', { amount: { total: 0 } }],
    ['PARAM_ERROR', { amount: { total: 0.5 } }],
    ['PARAM_ERROR', { amount: { total: '88' } }],
    ['PARAM_ERROR', { amount: { total: 88, currency: 'USD' } }],
    ['PARAM_ERROR', { payer: {} }],
    ['INVALID_REQUEST', { mchid: '1900000000' }],
    ['APPID_MCHID_NOT_MATCH', { appid: 'wx0' }],
  ])('with %s an order with %j', async (code, changes) => {
    expect(await call({ text: JSON.stringify(order(changes)) })).toMatchObject({ status: 400, json: { code } })
  })

  it('a number that was paid or closed, and a used one with other content', async () => {
    expect(await call({})).toMatchObject({ status: 200, json: { prepay_id: expect.stringMatching(/^wx\w{10,}$/) } })
    expect(await call({})).toMatchObject({ status: 200 })
    const other = await call({ text: JSON.stringify(order({ description: '茶具' })) })
    expect(other).toMatchObject({ status: 400, json: { code: 'INVALID_REQUEST' } })
    const mchid = JSON.stringify({ mchid: counter.settings.mchId })
    const close = () => call({ path: `/v3/pay/transactions/out-trade-no/${firstNo}/close`, text: mchid })
    expect(await close()).toMatchObject({ status: 204, json: null })
    expect(await close()).toMatchObject({ status: 400, json: { code: 'ORDER_CLOSED' } })
    expect(await call({})).toMatchObject({ status: 400, json: { code: 'ORDER_CLOSED' } })
    const { paymentNo } = await paid(secondNo)
    const again = { ...order(), out_trade_no: paymentNo }
    expect(await call({ text: JSON.stringify(again) })).toMatchObject({
      status: 403,
      json: { code: 'OUT_TRADE_NO_USED' },
    })
  })

  it.each([
    [{ amount: { refund: 8_801, total: 8_800, currency: 'CNY' } }],
    [{ amount: { refund: 1, total: 8_801, currency: 'CNY' } }],
    [{ amount: { refund: 0, total: 8_800, currency: 'CNY' } }],
    [{ amount: { refund: 1, total: 8_800 } }],
    [{ out_refund_no: 'x'.repeat(65) }],
    [{ reason: '茶'.repeat(27) }],
    [{ out_trade_no: undefined }],
  ])('a refund with %j', async (changes) => {
    await paid()
    const fields = { out_trade_no: firstNo, out_refund_no: 'r1', amount: { refund: 1, total: 8_800, currency: 'CNY' } }
    const answer = await call({ path: '/v3/refund/domestic/refunds', text: JSON.stringify({ ...fields, ...changes }) })
    expect(answer.status).toBe(400)
  })

  it.each(['20260630', '2026-13-01', '2026-07-01', '2025-01-01'])('a bill of %s', async (day) => {
    const asked = call({ method: 'GET', path: '/v3/bill/tradebill', query: `bill_date=${day}` })
    expect(await asked).toMatchObject({ status: 400 })
  })

  it('no request without a signed reply, except from unidentified callers', async () => {
    const known = await call({ text: '[]' })
    expect(known.headers['Wechatpay-Serial']).toBe(counter.settings.publicKeyId)
    const stranger = await call({ said: { mchid: '1900000000' } })
    expect(stranger.headers['Wechatpay-Signature']).toBeUndefined()
  })

  it('the file of a bill five minutes after its address was given', async () => {
    await paid()
    await counter.advance(24 * 3_600_000)
    const place = await call({ method: 'GET', path: '/v3/bill/tradebill', query: 'bill_date=2026-07-01' })
    const query = new URL(place.json.download_url).search.slice(1)
    await counter.advance(5 * 60_000 + 1)
    const late = call({ method: 'GET', path: '/v3/billdownload/file', query })
    expect(await late).toMatchObject({ status: 404 })
  })
})

describe('settings that the fake server makes', () => {
  it('are made once, and the address is always today’s', () => {
    const first = twin.seed('http://127.0.0.1:1/sandbox/wechatpay')
    expect(wechatpay.settings.safeParse(first).success).toBe(true)
    const again = twin.seed('http://127.0.0.1:2/sandbox/wechatpay', first)
    expect(again).toEqual({ ...first, baseUrl: 'http://127.0.0.1:2/sandbox/wechatpay' })
    expect(twin.seed('http://x')).not.toMatchObject({ apiV3Key: first.apiV3Key })
  })

  it('stay in certificate mode', () => {
    const { publicKey: _, publicKeyId: __, ...rest } = twin.seed('http://x')
    const { platformCertificates } = certificateMode
    expect(twin.seed('http://x', { ...rest, platformCertificates })).toEqual({ ...rest, platformCertificates })
  })

  it('have another key pair for the platform than for the merchant', () => {
    const { privateKey, publicKey } = twin.seed('http://x') as Record<string, string>
    const own = crypto.createPrivateKey({ key: Buffer.from(privateKey ?? '', 'base64'), format: 'der', type: 'pkcs8' })
    expect(crypto.createPublicKey(own).export({ type: 'spki', format: 'pem' })).not.toBe(publicKey)
  })
})
