// Tests WeChat's virtual payment: the conformance suite, and its own rules.
import { WrongMerchant } from '../../cloudfunctions/shared/providers/provider'
import { virtualpay } from '../../cloudfunctions/shared/providers/virtualpay'
import { describeProvider, jsonReply, type Truth, testNow, testOpenid, testPaymentNo, testRefundNo } from './contract'
import {
  deliverEvent,
  refundEvent,
  serveVirtualpay,
  sessionKey,
  virtualpayFixture,
  virtualpaySettings,
} from './fixtures/virtualpay'

describeProvider(virtualpayFixture)

const payment = {
  paymentNo: testPaymentNo,
  theirNo: null,
  channel: 'short_series_goods',
  amountFen: 990,
  currency: 'CNY',
  openid: testOpenid,
  createdAt: testNow,
  now: testNow,
}
const item = { sku: 'ebook', priceFen: 990, quantity: 1 }
const prepareInput = {
  ...payment,
  title: '电子书',
  noticeUrl: 'https://shop.example.com/notify/virtualpay',
  expiresAt: testNow + 1_800_000,
  item,
  loginCode: 'login-code',
}
const refundInput = {
  payment,
  refundNo: testRefundNo,
  theirRefundNo: null,
  amountFen: 300,
  reason: '',
  noticeUrl: 'https://shop.example.com/notify/virtualpay',
  now: testNow,
}
const truth: Truth = {
  word: '4',
  refundWord: '8',
  amount: '990',
  refundAmount: '300',
  paymentNo: testPaymentNo,
  refundNo: testRefundNo,
  theirNo: '4200',
  currency: 'CNY',
  openid: testOpenid,
  now: testNow,
  refuses: null,
}

type Reply = Record<string, unknown>

/**
 * Opens our provider with a played server. `order` changes the answer of query_order, `refund` that of refund_order.
 */
function open({ order = {}, refund, token }: { order?: Reply; refund?: Reply; token?: Reply } = {}) {
  const asked: { path: string; body: Reply }[] = []
  const provider = virtualpay.create(virtualpaySettings, async (request) => {
    const path = new URL(request.url).pathname
    asked.push({ path, body: JSON.parse(request.body ?? '{}') as Reply })
    if (path.endsWith('refund_order') && refund) return jsonReply(refund)
    if (path.endsWith('stable_token') && token) return jsonReply(token)
    const reply = serveVirtualpay(request, truth)
    if (!path.endsWith('query_order')) return reply
    const told = JSON.parse(Buffer.from(reply.body).toString()) as { order: Reply }
    return jsonReply({ ...told, order: { ...told.order, ...order } })
  })
  return { provider, asked, paths: () => asked.map(({ path }) => path) }
}

describe('the payment sheet', () => {
  it('sells the pieces of one product, under our number, in the chosen environment', async () => {
    const { provider } = open()
    const pieces = { ...prepareInput, amountFen: 2_970, item: { ...item, quantity: 3 } }
    const { signData } = JSON.parse((await provider.prepare(pieces)).payInfo) as { signData: string }
    expect(JSON.parse(signData)).toEqual({
      offerId: virtualpaySettings.offerId,
      buyQuantity: 3,
      env: 0,
      currencyType: 'CNY',
      productId: 'ebook',
      goodsPrice: 990,
      outTradeNo: testPaymentNo,
      attach: testPaymentNo,
    })
  })

  it.each([
    ['several products', { item: undefined }],
    ['another price', { item: { ...item, priceFen: 980 } }],
    ['another currency', { currency: 'HKD' }],
    ['no login', { loginCode: undefined }],
    ['a stale login', { loginCode: 'used' }],
    ['another person’s login', { openid: 'somebody-else' }],
  ])('does not open for %s', async (_, change) => {
    const { provider } = open()
    await expect(provider.prepare({ ...prepareInput, ...change } as typeof prepareInput)).rejects.toMatchObject({
      code: 'ProviderRefused',
    })
  })

  it('holds signatures only: the session key is in nothing that leaves the provider', async () => {
    const { provider, asked } = open()
    const prepared = await provider.prepare(prepareInput)
    expect(JSON.stringify([prepared, asked])).not.toContain(sessionKey)
  })
})

it('an access token is requested once while it is valid, and again after WeChat refused it', async () => {
  const { provider, paths } = open()
  await provider.query(payment)
  await provider.query({ ...payment, now: testNow + 3_600_000 })
  expect(paths().filter((path) => path.endsWith('stable_token'))).toHaveLength(1)
  await provider.query({ ...payment, now: testNow + 7_000_000 })
  expect(paths().filter((path) => path.endsWith('stable_token'))).toHaveLength(2)
  const wrong = open({ token: { access_token: 'over', expires_in: 7_200 } })
  expect((await wrong.provider.query(payment)).outcome).toBe('unknown')
  await wrong.provider.query(payment)
  expect(wrong.paths().filter((path) => path.endsWith('stable_token'))).toHaveLength(2)
})

it('a partial refund is reported with its amount', async () => {
  const { provider } = open({ order: { left_fee: 690 } })
  expect(await provider.query(payment)).toMatchObject({ outcome: 'refunded', amountFen: 990, refundedFen: 300 })
})

describe('a refund', () => {
  it('sends the amount that is left at WeChat, and is then in progress', async () => {
    const { provider, asked } = open({ order: { left_fee: 690 } })
    expect(await provider.refund?.(refundInput)).toMatchObject({ outcome: 'pending' })
    expect(asked.at(-1)).toMatchObject({
      path: '/xpay/refund_order',
      body: { order_id: testPaymentNo, refund_order_id: testRefundNo, left_fee: 690, refund_fee: 300, env: 0 },
    })
  })

  it('of a payment on iOS is refused with its reason, and nothing is sent', async () => {
    const { provider, paths } = open({ order: { order_type: 7 } })
    expect(await provider.refund?.(refundInput)).toMatchObject({
      outcome: 'refused',
      reason: 'Apple took this payment: only Apple can refund it',
    })
    expect(paths()).not.toContain('/xpay/refund_order')
  })

  it.each([
    [268490016, 'notSent'],
    [268490015, 'notSent'],
    [268490013, 'refused'],
    [268490014, 'unknown'],
    [-1, 'unknown'],
  ])('answered with %d is %s', async (errcode, outcome) => {
    const { provider } = open({ refund: { errcode, errmsg: 'no' } })
    expect((await provider.refund?.(refundInput))?.outcome).toBe(outcome)
  })
})

describe('an event', () => {
  const { provider } = open()
  const text = (value: unknown): unknown =>
    typeof value === 'number'
      ? String(value)
      : typeof value === 'object' && value !== null
        ? Object.fromEntries(Object.entries(value).map(([name, one]) => [name, text(one)]))
        : value
  const event = (fields: { Event: string }, isSealed = true) => ({
    name: fields.Event,
    fields: text(fields) as Record<string, unknown>,
    isSealed,
  })

  it('that anybody may have written settles nothing by itself', () => {
    expect(provider.readEvent?.(event(deliverEvent(truth), false))).toMatchObject({ about: 'payment', confirm: true })
    expect(provider.readEvent?.(event(refundEvent({ ...truth, refundWord: '0' }), false))).toBeUndefined()
  })

  it('of several pieces has no amount, so that a query must tell it', () => {
    const told = deliverEvent(truth)
    const notice = provider.readEvent?.(event({ ...told, GoodsInfo: { ...told.GoodsInfo, Quantity: 2 } } as never))
    expect(notice).toMatchObject({ about: 'payment', report: { outcome: 'paid' } })
    expect(notice?.report).not.toHaveProperty('amountFen')
  })

  it('of WeChat’s sandbox environment is refused in production', () => {
    expect(() => provider.readEvent?.(event({ ...deliverEvent(truth), Env: 1 } as never))).toThrow(WrongMerchant)
  })

  it('of another kind is ignored', () => {
    expect(provider.readEvent?.(event({ Event: 'xpay_coin_pay_notify' }))).toBeUndefined()
  })
})

it('no notification is accepted at the provider’s own address', () => {
  const request = { method: 'POST', path: '/notify/virtualpay', query: {}, headers: {}, body: Buffer.from('{}') }
  expect(() => open().provider.parseNotice(request, testNow)).toThrow('no notices')
})
