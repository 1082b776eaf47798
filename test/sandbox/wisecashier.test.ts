// Tests the fake server of Wisecashier with our client. They were written separately from one document, so a mistake in
// either of them fails a test. The fake server also refuses what Wisecashier would refuse.
import * as crypto from 'node:crypto'
import type { PaymentRef, PrepareInput } from '../../cloudfunctions/shared/providers/provider'
import { wisecashier } from '../../cloudfunctions/shared/providers/wisecashier'
import { wisecashier as twin } from '../../tools/sandbox/wisecashier'
import { type Counter, firstNo, firstRefundNo, openCounter, secondNo, secondRefundNo } from './counter'

let counter: Counter
const open = (settings: Record<string, unknown> = {}) => {
  counter?.close()
  counter = openCounter(wisecashier, settings)
}
beforeEach(() => {
  counter = openCounter(wisecashier)
})
afterEach(() => counter.close())

async function prepared(paymentNo = firstNo, changes = {}): Promise<{ payment: PaymentRef; payInfo: string }> {
  const input = counter.prepareInput(paymentNo, changes)
  const { payInfo, theirNo = null } = isOfPage(input) ? await fromPage(input) : await counter.provider.prepare(input)
  return { payment: { ...input, theirNo }, payInfo }
}

const isOfPage = ({ channel }: PrepareInput): boolean => channel === 'mp' || channel === 'hk_mp'
const theirOpenid = 'oWisecashier_a_0000000000000'

/** Gets the payment sheet's parameters as our page gets them. */
async function fromPage(input: PrepareInput, openid = theirOpenid): Promise<{ payInfo: string; theirNo?: string }> {
  const call = counter.provider.pageCall?.({ ...input, openid })
  if (!call) throw new Error('no call')
  const headers = Object.fromEntries(Object.entries(call.headers).map(([name, value]) => [name.toLowerCase(), value]))
  const { body } = await counter.http({ method: 'POST', url: call.url, headers, body: call.body })
  const reply = JSON.parse(Buffer.from(body).toString('utf8'))
  return { payInfo: JSON.stringify(reply.data?.js_param ?? reply.response?.js_params ?? reply) }
}

const ask = (payment: PaymentRef) => counter.provider.query({ ...payment, now: counter.clock.at })

/** Pays. @returns the payment as our order would store it after the notification */
async function paid(paymentNo = firstNo, changes = {}): Promise<PaymentRef> {
  const { payment, payInfo } = await prepared(paymentNo, changes)
  expect(await counter.sandbox.pay(payInfo)).toEqual({ errMsg: 'requestPayment:ok' })
  await counter.settled()
  return { ...payment, theirNo: counter.notices.at(-1)?.notice.report.theirNo ?? null }
}

describe('our client and the fake server', () => {
  it.each([
    ['mini_program', 'HKD', true, 'CNY', 8_800],
    ['mini_program', 'HKD', false, 'HKD', 7],
    ['mini_program', 'JPY', false, 'JPY', 1_200],
    ['mini_program', 'JPY', true, 'CNY', 1_999],
    ['mp', 'USD', false, 'USD', 8_800],
    ['mp', 'HKD', true, 'CNY', 1],
    ['hk_mini_program', 'HKD', false, 'HKD', 8_800],
    ['hk_mp', 'HKD', false, 'HKD', 8_800],
  ])(
    'is paid by %s, settled in %s (is_rmb %s), with a price in %s %d',
    async (channel, settled, isRmb, currency, amountFen) => {
      open({ currency: settled, isRmb })
      const { payment, payInfo } = await prepared(firstNo, { channel, currency, amountFen })
      const title = '明前龙井 & 茶具'
      const wallet = channel.startsWith('hk') ? { wallet: 'wechatHk' } : {}
      const shown = { provider: 'wisecashier', amountFen, currency, title, ...wallet }
      expect(counter.sandbox.inspect(payInfo)).toEqual(shown)
      expect(await ask(payment)).toMatchObject({ outcome: 'pending', amountFen, currency })
      expect(await counter.sandbox.pay(payInfo)).toEqual({ errMsg: 'requestPayment:ok' })
      await counter.settled()
      const at = counter.clock.at
      expect(counter.notices.map(({ notice }) => notice)).toMatchObject([
        { about: 'payment', paymentNo: firstNo, report: { outcome: 'paid', amountFen, currency, at } },
      ])
      // The notification came to the notification address, which contains our seal (a text that only our merchant can
      // make), so our server need not query. A payment that the shopper's page opens has an address without the seal.
      expect(counter.notices[0]?.notice).toEqual(
        channel.endsWith('mp')
          ? expect.objectContaining({ confirm: true })
          : expect.not.objectContaining({ confirm: true }),
      )
      expect(await ask(payment)).toMatchObject({ outcome: 'paid', amountFen, currency, at })
      expect(await counter.sandbox.pay(payInfo)).toEqual({ errMsg: 'requestPayment:fail 该订单已支付' })
    },
  )

  it('takes no page’s call for an openid of another account', async () => {
    const { payInfo } = await fromPage(counter.prepareInput(firstNo, { channel: 'mp' }), 'oOfficial_a_0000000000000000')
    expect(JSON.parse(payInfo)).toMatchObject({ meta: { success: false, message: 'openid' } })
  })

  it('opens the payment sheet with the five parameters that the phone passes, and with no others', async () => {
    const { payInfo } = await prepared()
    const { appId: _, ...parameters } = JSON.parse(payInfo)
    expect(counter.sandbox.inspect(parameters).provider).toBe('wisecashier')
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

  it('cannot be paid after two hours, and says so', async () => {
    const { payment, payInfo } = await prepared()
    await counter.advance(7_200_000)
    expect(await counter.sandbox.pay(payInfo)).toEqual({ errMsg: 'requestPayment:fail 该订单已关闭' })
    expect(await ask(payment)).toMatchObject({ outcome: 'closed' })
  })

  it('is notified again after 1, 2, 4, 8, 60, 60, 60, 600, 600 and 1,800 seconds until it confirms', async () => {
    counter.thanks = false
    await paid()
    const start = counter.clock.at
    await counter.advance(24 * 3_600_000)
    const gaps = counter.notices.map(({ at }, index) => (at - (counter.notices[index - 1]?.at ?? start)) / 1000)
    expect(gaps).toEqual([0, 1, 2, 4, 8, 60, 60, 60, 600, 600, 1800])
    expect(counter.sandbox.nextAt()).toBeNull()
  })

  it('refunds a part and the rest, and no fen more', async () => {
    const payment = await paid()
    const first = counter.refundInput(payment, firstRefundNo, 3_300)
    expect(await counter.provider.refund?.(first)).toMatchObject({ outcome: 'pending', amountFen: 3_300 })
    // A repeated number stands for the same refund.
    expect(await counter.provider.refund?.(first)).toMatchObject({ outcome: 'pending', amountFen: 3_300 })
    expect(await counter.provider.refund?.(counter.refundInput(payment, secondRefundNo, 5_501))).toMatchObject({
      outcome: 'unknown',
    })
    expect(await counter.provider.refund?.(counter.refundInput(payment, secondRefundNo, 5_500))).toMatchObject({
      outcome: 'pending',
    })
    await counter.advance(20 * 60_000)
    for (const [no, amountFen] of [
      [firstRefundNo, 3_300],
      [secondRefundNo, 5_500],
    ] as const)
      expect(await counter.provider.queryRefund?.(counter.refundInput(payment, no, amountFen))).toMatchObject({
        outcome: 'refunded',
        amountFen,
      })
  })

  it('finds the number of a payment whose notification never came, and refunds it', async () => {
    const { payment, payInfo } = await prepared()
    await counter.sandbox.pay(payInfo, 'pay with no notice')
    expect(await counter.provider.refund?.(counter.refundInput(payment, firstRefundNo, 8_800))).toMatchObject({
      outcome: 'pending',
    })
  })

  it('learns that an accepted refund failed', async () => {
    const payment = await paid()
    counter.sandbox.setScenario('wisecashier', 'refund fails')
    const input = counter.refundInput(payment, firstRefundNo, 8_800)
    expect(await counter.provider.refund?.(input)).toMatchObject({ outcome: 'pending' })
    await counter.advance(20 * 60_000)
    const later = counter.refundInput(payment, firstRefundNo, 8_800)
    expect(await counter.provider.queryRefund?.(later)).toMatchObject({ outcome: 'refused' })
  })

  it.each(['provider down', 'provider error', 'garbage reply'])(
    'leaves a refund open when it meets "%s", and sends it once',
    async (scenario) => {
      const payment = await paid()
      counter.sandbox.setScenario('wisecashier', `${scenario}:refund`)
      const input = counter.refundInput(payment, firstRefundNo, 8_800)
      expect(await counter.provider.refund?.(input)).toMatchObject({ outcome: 'unknown' })
      expect(await counter.provider.refund?.(input)).toMatchObject({ outcome: 'pending' })
      await counter.advance(20 * 60_000)
      const later = counter.refundInput(payment, firstRefundNo, 8_800)
      expect(await counter.provider.queryRefund?.(later)).toMatchObject({ outcome: 'refunded', amountFen: 8_800 })
    },
  )

  it('reads the payments and refunds of a day', async () => {
    const payment = await paid()
    const other = await paid(secondNo, { amountFen: 7 })
    await prepared('20260701120000ab12cd3403')
    const { theirNo } = (await counter.provider.refund?.(counter.refundInput(payment, firstRefundNo, 3_300))) ?? {}
    const at = counter.clock.at
    await counter.advance(24 * 3_600_000)
    expect(await counter.provider.bill?.('2026-07-01', counter.clock.at)).toEqual([
      { kind: 'payment', no: firstNo, theirNo: payment.theirNo, amountFen: 8_800, feeFen: 70, at },
      { kind: 'payment', no: secondNo, theirNo: other.theirNo, amountFen: 7, feeFen: 0, at },
      {
        kind: 'refund',
        no: firstRefundNo,
        theirNo,
        paymentNo: firstNo,
        ofTheirNo: payment.theirNo,
        amountFen: 3_300,
        feeFen: null,
        at: at + 20 * 60_000,
      },
    ])
    expect(await counter.provider.bill?.('2026-06-30', counter.clock.at)).toEqual([])
    await expect(counter.provider.bill?.('2026-07-03', counter.clock.at)).rejects.toMatchObject({
      code: 'ProviderRefused',
    })
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
  const order = (changes: Record<string, string> = {}): Record<string, string> => ({
    merchant_no: String(counter.settings.merchantNo),
    out_trade_id: firstNo,
    amount: '88.00',
    currency: 'HKD',
    appid: 'wx0000000000000000',
    openid: 'o1',
    ...changes,
  })

  // The test signs calls itself, by the SDKs' rule, so that a mistake in our client cannot hide one in the fake server.
  const call = async (
    path: string,
    fields: Record<string, string>,
    { method = 'POST', headers = {} }: { method?: string; headers?: Record<string, string> } = {},
  ) => {
    const timestamp = String(Math.floor(counter.clock.at / 1000))
    const pairs = Object.keys(fields)
      .sort()
      .map((name) => `${name}=${encodeURIComponent(fields[name] ?? '')}`)
      .join('&')
    const key = crypto.createPrivateKey(String(counter.settings.privateKey))
    const signature = crypto.sign('RSA-SHA256', Buffer.from(`${pairs},${timestamp}`), key).toString('base64')
    const answer = await counter.sandbox.handle('wisecashier', {
      method,
      path,
      query: new URLSearchParams(method === 'GET' ? pairs : ''),
      headers: { merchantno: String(counter.settings.merchantNo), version: '1.0', timestamp, signature, ...headers },
      body: Buffer.from(method === 'GET' ? '' : pairs),
    })
    if (answer === 'reset') throw new Error('reset')
    return JSON.parse(answer.body)
  }
  const path = '/wechatpay/mini_program/payment'

  it.each([
    ['another merchant', { merchantno: 'WC0' }],
    ['another version', { version: '3.0' }],
    ['no time', { timestamp: '' }],
    ['a time of long ago', { timestamp: '1565861695' }],
    ['a wrong signature', { signature: 'AAAA' }],
  ])('a call with %s', async (_, headers: Record<string, string>) => {
    expect(await call(path, order(), { headers })).toMatchObject({ meta: { success: false }, data: null })
  })

  it.each([
    ['merchant_no', { merchant_no: 'WC0' }],
    ['amount', { amount: '0' }],
    ['amount', { amount: '0.001' }],
    ['amount', { amount: '-1' }],
    ['currency', { currency: 'USD' }],
    ['is_rmb', { is_rmb: 'true' }],
    ['appid', { appid: 'wx1' }],
    ['notify_url', { notify_url: 'nowhere' }],
    ['openid is empty', { openid: '' }],
    ['out_trade_id', { out_trade_id: 'a b' }],
  ])('an order for its %s: %j', async (message, changes) => {
    const { meta } = await call(path, order(changes as Record<string, string>))
    expect(meta).toMatchObject({ success: false, message: expect.stringContaining(message) })
  })

  it('a used order number, and accepts the page’s own call without a signature', async () => {
    expect((await call(path, order())).data.js_param.paySign).toMatch(/^[0-9A-F]{32}$/)
    expect((await call(path, order())).meta.success).toBe(false)
    const { out_trade_id: _, appid: __, ...rest } = order({ product_info: '茶', openid: theirOpenid })
    const answer = await counter.sandbox.handle('wisecashier', {
      method: 'POST',
      path: '/mp_pay',
      query: new URLSearchParams(),
      headers: { version: '1.0' },
      body: Buffer.from(new URLSearchParams(rest).toString()),
    })
    expect(JSON.parse((answer as { body: string }).body).meta.success).toBe(true)
  })

  it('the Hong Kong wallet in yuan, in its own envelope', async () => {
    const answer = await call('/wechatpay/hk/mini_program/payment', order({ is_rmb: 'TRUE' }))
    expect(answer).toEqual({ is_success: false, response: { message: 'currency: HKD only' } })
  })

  it('a refund of an unpaid order, and unknown numbers', async () => {
    const { data } = await call(path, order())
    expect(data.js_param).toBeDefined()
    expect((await call('/payment', { out_trade_id: 'x' }, { method: 'GET' })).meta.status_code).toBe(404)
    expect((await call('/payment', {}, { method: 'GET' })).meta.success).toBe(false)
    expect((await call('/payment_refund', { out_refund_id: 'x' }, { method: 'GET' })).meta.status_code).toBe(404)
    const { data: known } = await call('/payment', { out_trade_id: firstNo }, { method: 'GET' })
    expect((await call('/payment_refund', { payment_no: known.payment_no })).meta.message).toContain('not paid')
  })
})

it('keys are made once, and the address is always today’s', () => {
  const first = twin.seed('http://127.0.0.1:1/sandbox/wisecashier')
  expect(wisecashier.settings.safeParse(first).success).toBe(true)
  const again = twin.seed('http://127.0.0.1:2/sandbox/wisecashier', first)
  expect(again).toEqual({ ...first, baseUrl: 'http://127.0.0.1:2/sandbox/wisecashier' })
})
