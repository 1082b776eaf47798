// Tests Midas: the conformance suite, and Midas's own rules.
import { midas } from '../../cloudfunctions/shared/providers/midas'
import { isSignedByMidas, readMidasKeys, signMidas } from '../../cloudfunctions/shared/providers/midas/sign'
import { type HttpRequest, type RawRequest, WrongMerchant } from '../../cloudfunctions/shared/providers/provider'
import { describeProvider, jsonReply, testNow, testOpenid, testPaymentNo, testRefundNo } from './contract'
import { deliveryFields, midasFixture, midasSettings, signedDelivery } from './fixtures/midas'
import vector from './vectors/midas.json'

describeProvider(midasFixture)

const truth = { amount: '128800', paymentNo: testPaymentNo, currency: 'CNY', openid: testOpenid, now: testNow }
const fields = deliveryFields(midasSettings, truth)
const payment = {
  paymentNo: testPaymentNo,
  theirNo: null,
  channel: 'wechat',
  amountFen: 128800,
  currency: 'CNY',
  openid: testOpenid,
  createdAt: testNow,
  now: testNow,
}
const prepareInput = { ...payment, title: 'a+b & 豆', noticeUrl: 'https://x.example.com', expiresAt: testNow + 1 }

const recording = (reply: unknown, changes: object = {}) => {
  const requests: HttpRequest[] = []
  const provider = midas.create({ ...midasSettings, ...changes }, async (request) => {
    requests.push(request)
    return jsonReply(reply)
  })
  return { provider, requests, sentFields: () => new URL(requests[0]?.url ?? '').searchParams }
}
const { provider } = recording({})
const read = (notice: RawRequest) => provider.parseNotice(notice, testNow)
const withBody = (body: string): RawRequest => ({ ...signedDelivery(midasSettings, fields), body: Buffer.from(body) })
const signedBody = (signed: Record<string, string>) => signMidas(signed, readMidasKeys(midasSettings))

describe('a call to Midas', () => {
  it('names the shopper by letters and digits that stay the same and do not reveal the openid', () => {
    const name = provider.shopperName?.(testOpenid) ?? ''
    expect(name).toMatch(/^[0-9a-z]{5,255}$/)
    expect(provider.shopperName?.(testOpenid)).toBe(name)
    expect(provider.shopperName?.(`${testOpenid}x`)).not.toBe(name)
    const rekeyed = midas.create({ ...midasSettings, offerKey: 'another key of the same offer' }, async () =>
      jsonReply({}),
    )
    expect(rekeyed.shopperName?.(testOpenid)).toBe(name)
    expect(testOpenid.includes(name) || name.includes(testOpenid.slice(0, 6))).toBe(false)
  })

  it('has values that are signed as plain text and then URL-encoded once', async () => {
    const { provider, requests, sentFields } = recording({ ret: 1, msg: 'no' })
    await expect(provider.prepare(prepareInput)).rejects.toMatchObject({ code: 'ProviderRefused' })
    expect(requests[0]?.url).toContain('product_name=a%2Bb%20%26%20%E8%B1%86&')
    const { sign, ...signed } = Object.fromEntries(sentFields())
    expect(signed).toMatchObject({
      out_trade_no: testPaymentNo,
      amount: '128800',
      currency_type: 'CNY',
      channel: 'wechat',
      wx_openid: testOpenid,
      product_name: 'a+b & 豆',
    })
    expect(sign).toBe(signedBody(signed))
    expect(Object.values(signed)).not.toContain('')
  })

  it.each([
    [0, '1782878400'],
    [-28_800, '1782849600'],
  ])('has ts moved by %d seconds', async (tsOffsetSeconds, ts) => {
    const { provider, sentFields } = recording({}, { tsOffsetSeconds })
    await provider.query(payment)
    expect(sentFields().get('ts')).toBe(ts)
  })

  it('pays with QQ without a WeChat openid', async () => {
    const { provider, sentFields } = recording({ ret: 0, pay_info: 'data=1&sign=2' })
    await provider.prepare({ ...prepareInput, channel: 'qqwallet' })
    expect(sentFields().get('channel')).toBe('qqwallet')
    expect(sentFields().has('wx_openid')).toBe(false)
  })

  it('queries by our number, even when Midas’s number is known', async () => {
    const { provider, sentFields } = recording({})
    await provider.query({ ...payment, theirNo: 'E-1' })
    expect(Object.fromEntries(sentFields())).toMatchObject({ type: 'by_order', out_trade_no: testPaymentNo })
  })
})

describe('an answer of Midas', () => {
  it('gives pay_info unchanged and Midas’s number', async () => {
    const payInfo = `data=${'%7B'.repeat(400)}&sign=x%2B`
    const { provider } = recording({ ret: 0, msg: 'ok', transaction_id: 'E-1', pay_info: payInfo })
    expect(await provider.prepare(prepareInput)).toEqual({ payInfo, theirNo: 'E-1' })
  })

  it('says who paid, how much and when', async () => {
    const { provider } = recording({
      ret: 0,
      out_trade_no: testPaymentNo,
      transaction_id: 'E-1',
      user_id: 'abcde',
      currency_type: 'cny',
      amount: 128800,
      order_state: 4,
      pay_time: '2026-07-01 11:59:58',
    })
    expect(await provider.query(payment)).toMatchObject({
      outcome: 'paid',
      theirNo: 'E-1',
      shopper: 'abcde',
      currency: 'CNY',
      amountFen: 128800,
      at: testNow - 2_000,
    })
  })

  it('about another offer is not accepted', async () => {
    const { provider } = recording({
      ret: 0,
      out_trade_no: testPaymentNo,
      appid: '1',
      amount: 1,
      currency_type: 'CNY',
      order_state: '2',
    })
    expect((await provider.query(payment)).outcome).toBe('unknown')
  })

  it('about a refund refused as a duplicate means the refund that arrived before', async () => {
    const input = {
      payment,
      refundNo: testRefundNo,
      theirRefundNo: null,
      amountFen: 100,
      reason: '',
      noticeUrl: '',
      now: testNow,
    }
    const replies: Record<string, unknown> = { refund: { ret: 1, msg: 'dup' }, query_refund: { ret: 0, state: 2 } }
    const answering = midas.create(midasSettings, async (request) =>
      jsonReply(replies[new URL(request.url).pathname.split('/').at(-1) ?? '']),
    )
    expect((await answering.refund?.(input))?.outcome).toBe('refunded')
    // Midas documents no values of `ret` besides 0, so every other value leaves the result unknown.
    for (const answer of ['<html>', { ret: 9001, msg: 'busy' }, { ret: 1003, msg: 'no such refund' }]) {
      replies.query_refund = answer
      expect((await answering.refund?.(input))?.outcome).toBe('unknown')
      expect((await answering.queryRefund?.(input))?.outcome).toBe('unknown')
    }
  })
})

describe('a delivery notice', () => {
  it('means paid, and names shopper, amount and currency', () => {
    expect(read(signedDelivery(midasSettings, fields))).toEqual({
      about: 'payment',
      paymentNo: testPaymentNo,
      report: { outcome: 'paid', amountFen: 128800, currency: 'CNY', shopper: fields.user_id, raw: fields },
    })
  })

  it('may have its amount as a number, and undocumented fields', () => {
    const known = { ...fields, 'pay_ scene': '5', later_added: '新' }
    const sign = signedBody(known)
    const notice = withBody(JSON.stringify({ ...known, sign }).replace('"amount":"128800"', '"amount" : 128800'))
    expect(read(notice)).toMatchObject({ report: { amountFen: 128800 } })
  })

  it('may have its fields in any order', () => {
    const shuffled = Object.fromEntries(Object.entries({ ...fields, sign: signedBody(fields) }).reverse())
    expect(read(withBody(JSON.stringify(shuffled)))).toMatchObject({ paymentNo: testPaymentNo })
  })

  it('whose signed number was written in another way is refused', () => {
    const sign = signedBody(fields)
    for (const amount of ['128800.0', '1.288e5', '0128800', '128800 '])
      expect(() => read(withBody(JSON.stringify({ ...fields, amount, sign })))).toThrow()
  })

  it('with a list of sub-orders is only a reason to query', () => {
    const list = '[{"sub_out_trade_no":"s1", "amount":1}]'
    const sign = signedBody({ ...fields, sub_out_trade_no_list: list })
    const body = (text: string) =>
      `${JSON.stringify({ ...fields, sign }).slice(0, -1)},"sub_out_trade_no_list":${text}}`
    expect(read(withBody(body(list)))).toMatchObject({ paymentNo: testPaymentNo, confirm: true })
    expect(() => read(withBody(body('[{"sub_out_trade_no":"s1","amount":1}]')))).toThrow(/signature/)
    expect(() => read(withBody(body('[]')))).toThrow(/signature/)
  })

  it('with an unchanged empty field is verified with that field', () => {
    const withEmpty = { ...fields, sub_appid: '' }
    expect(read(signedDelivery(midasSettings, withEmpty))).toMatchObject({ report: { raw: withEmpty } })
    expect(() => read(withBody(JSON.stringify({ ...withEmpty, sign: signedBody(fields) })))).toThrow(/signature/)
  })

  it('of another merchant names the payment, so that staff can look it up', () => {
    const foreign = signedDelivery(midasSettings, { ...fields, appid: '1450054321' })
    expect(() => read(foreign)).toThrow(WrongMerchant)
    expect(() => read(foreign)).toThrow(expect.objectContaining({ code: 'BadSignature', paymentNo: testPaymentNo }))
  })

  it('that joins two fields into one with the same signed text is refused', () => {
    const { pay_channel: _, pay_channel_orderid, ...rest } = fields
    const folded = { ...rest, pay_channel: `wechat&pay_channel_orderid=${pay_channel_orderid}` }
    const sign = signedBody(fields)
    expect(isSignedByMidas({ ...fields, sign }, readMidasKeys(midasSettings))).toBe(true)
    expect(() => read(withBody(JSON.stringify({ ...folded, sign })))).toThrow(
      expect.objectContaining({ code: 'BadSignature' }),
    )
  })

  it.each([
    ['a name twice', (body: string) => body.replace('{', '{"amount":"1",')],
    ['a name twice, spelled differently', (body: string) => body.replace('{', '{"\\u0061mount":"1",')],
    ['__proto__', (body: string) => body.replace('{', '{"__proto__":"1",')],
    ['a nested object', (body: string) => body.replace('{', '{"x":{"a":1},')],
    ['null', (body: string) => body.replace('{', '{"x":null,')],
    ['a lone surrogate', (body: string) => body.replace('{', '{"x":"\\ud800",')],
    ['a byte order mark', (body: string) => `﻿${body}`],
  ])('with %s is malformed, not forged', (_, change) => {
    const body = Buffer.from(signedDelivery(midasSettings, fields).body).toString()
    expect(() => read(withBody(change(body)))).toThrow(expect.objectContaining({ code: 'BadInput' }))
  })

  it.each(['out_trade_no', 'user_id', 'amount', 'currency_type'])(
    'without %s is malformed even when signed',
    (name) => {
      const { [name as 'amount']: _, ...rest } = fields
      expect(() => read(signedDelivery(midasSettings, rest))).toThrow(expect.objectContaining({ code: 'BadInput' }))
    },
  )
})

it('the table beside the document’s example does not fit the example’s signature', () => {
  const keys = readMidasKeys({ offerKey: vector.offerKey, privateKey: vector.privateKeyPkcs8Base64 })
  const table = { ...vector.params, out_trade_no: 'open_1519652529956', ts: '1519623729' }
  expect(signMidas(table, keys)).not.toBe(vector.sign)
  expect(signMidas(table, keys).startsWith('UppSPl8Wo8cn')).toBe(true)
})
