// Tests Wisecashier: the conformance suite, and Wisecashier's own rules.
import type { HttpRequest, HttpResponse, RawRequest } from '../../cloudfunctions/shared/providers/provider'
import { WrongMerchant } from '../../cloudfunctions/shared/providers/provider'
import { readPublicKey } from '../../cloudfunctions/shared/providers/signing'
import { wisecashier } from '../../cloudfunctions/shared/providers/wisecashier'
import { isSignedNotice, noticeSeal } from '../../cloudfunctions/shared/providers/wisecashier/sign'
import { describeProvider, jsonReply, testNow, testOpenid, testPaymentNo, testRefundNo } from './contract'
import {
  paidTruth,
  paymentFields,
  paymentNo,
  readCall,
  refundNo,
  signedNotice,
  succeeded,
  wisecashierFixture,
  wisecashierSettings,
} from './fixtures/wisecashier'
import vector from './vectors/wisecashier.json'

describeProvider(wisecashierFixture)

const payment = {
  paymentNo: testPaymentNo,
  theirNo: paymentNo,
  channel: 'mini_program',
  amountFen: 8_800,
  currency: 'HKD',
  openid: testOpenid,
  createdAt: testNow,
  now: testNow,
}
const prepareInput = {
  ...payment,
  theirNo: null,
  title: '手冲咖啡豆',
  noticeUrl: 'https://shop.example.com/notify/wisecashier',
  expiresAt: testNow + 1_800_000,
}
const refundInput = {
  payment,
  refundNo: testRefundNo,
  theirRefundNo: null,
  amountFen: 880,
  reason: '',
  noticeUrl: '',
  now: testNow,
}

/** A fake Wisecashier with replies by path ("GET /payment"). It refuses all other calls. */
const answering = (replies: Record<string, HttpResponse>, changes: object = {}) => {
  const requests: HttpRequest[] = []
  const settings = wisecashier.settings.parse({ ...wisecashierSettings, ...changes })
  const provider = wisecashier.create(settings, async (request) => {
    requests.push(request)
    const { path } = readCall(request)
    const refused = jsonReply({ meta: { success: false, status_code: 404, message: 'not found' } })
    return replies[`${request.method} ${path}`] ?? refused
  })
  return {
    provider,
    requests,
    called: () => requests.map((one) => `${one.method} ${readCall(one).path}`),
    sentFields: (index = 0) => readCall(requests[index] as HttpRequest).fields,
  }
}

const { provider } = answering({})
const read = (notice: RawRequest, by = provider) => by.parseNotice(notice, testNow)
const fields = paymentFields(paidTruth)
const notice = (changes: Record<string, string> = {}) =>
  signedNotice(wisecashierSettings, { ...fields, ...changes }, { now: testNow })
const without = (...names: string[]) =>
  Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)))

describe('a call to Wisecashier', () => {
  it.each([
    ['mini_program', '/wechatpay/mini_program/payment'],
    ['hk_mini_program', '/wechatpay/hk/mini_program/payment'],
  ])('%s goes to %s', async (channel, path) => {
    const { provider, called, sentFields } = answering({})
    await expect(provider.prepare({ ...prepareInput, channel })).rejects.toMatchObject({ code: 'ProviderRefused' })
    expect(called()).toEqual([`POST ${path}`])
    expect(sentFields()).toEqual({
      merchant_no: wisecashierSettings.merchantNo,
      out_trade_id: testPaymentNo,
      amount: '88.00',
      currency: 'HKD',
      product_info: '手冲咖啡豆',
      openid: testOpenid,
      notify_url: `${prepareInput.noticeUrl}?seal=${noticeSeal(testPaymentNo, wisecashierSettings)}`,
      is_rmb: 'FALSE',
      appid: wisecashierSettings.appId,
    })
  })

  it.each([
    ['mp', '/mp_pay', 'agent_order_id'],
    ['hk_mp', '/wechatpay/hk/online/mp/payment', 'out_trade_id'],
  ])('%s leads to the page for openids, and our page then calls %s', async (channel, path, numberField) => {
    const { provider, called } = answering({})
    const sheetUrl = 'https://shop.example.com/web/pay/sheet?payment=1&key=k'
    const { payInfo } = await provider.prepare({ ...prepareInput, channel, sheetUrl })
    const { merchantNo, baseUrl } = wisecashierSettings
    expect(payInfo).toBe(`${baseUrl}/mp_pay/oauth?merchant_no=${merchantNo}&currency=HKD&payment=1&key=k`)
    const call = provider.pageCall?.({ ...prepareInput, channel, openid: 'oTheirs' })
    expect(call).toMatchObject({
      url: `${baseUrl}${path}`,
      headers: { Version: '1.0', 'content-type': 'application/x-www-form-urlencoded' },
    })
    // The shopper's browser makes this call to Wisecashier itself, so the call must not contain our seal.
    expect(Object.fromEntries(new URLSearchParams(call?.body))).toEqual({
      merchant_no: merchantNo,
      [numberField]: testPaymentNo,
      amount: '88.00',
      currency: 'HKD',
      product_info: '手冲咖啡豆',
      openid: 'oTheirs',
      notify_url: prepareInput.noticeUrl,
      is_rmb: 'FALSE',
    })
    expect(called()).toEqual([])
    const inAnotherCurrency = { ...prepareInput, channel, currency: 'CNY' }
    expect(() => provider.pageCall?.(inAnotherCurrency)).toThrow('another currency')
    expect(() => provider.pageCall?.({ ...prepareInput, channel: 'mini_program' })).toThrow('no such channel')
    // In the mini-program, and with an openid of our own account, our client sends no request.
    await expect(provider.prepare({ ...prepareInput, channel })).rejects.toMatchObject({ code: 'ProviderRefused' })
    expect(called()).toEqual([])
  })

  it('a payment whose page changed is_rmb is not paid by its amount', async () => {
    const paid = paymentFields(paidTruth)
    const ask = async (changes: object, channel = 'mp') => {
      const { provider } = answering({ 'GET /payment': succeeded({ ...paid, ...changes }) })
      const { outcome, amountFen, currency } = await provider.query({ ...payment, channel })
      return [outcome, amountFen, currency]
    }
    const asked = ['paid', 8_800, 'HKD']
    // This reply has the exchange rate from Wisecashier's own sample, 1. It is not the rate between the order's
    // currency and yuan.
    const honest = {
      amount: '88.00',
      currency: 'HKD',
      exchange_rate: '1.0000000000',
      pay_currency: 'CNY',
      pay_amount: '78.32',
    }
    expect(await ask(honest)).toEqual(asked)
    expect(await ask({ ...honest, pay_currency: 'HKD', pay_amount: '88.00' })).toEqual(asked)
    // The shopper's page changed is_rmb. So the shopper paid 88 yuan instead of 88 Hong Kong dollars. For a price in US
    // dollars this would be about a seventh of the price.
    expect(await ask({ ...honest, pay_amount: '88.00' })).toEqual(['paid', 8_800, 'CNY'])
    expect(await ask({ ...honest, pay_amount: '88' })).toEqual(['paid', 8_800, 'CNY'])
    // This reply does not say what the shopper paid.
    expect(await ask({ ...honest, pay_amount: undefined })).toEqual(['paid', 0, 'HKD'])
    // In the mini-program the payer cannot change the page, so our client does not compare the paid amount.
    expect(await ask({ ...honest, pay_amount: '88.00' }, 'mini_program')).toEqual(asked)
  })

  it('is encoded by RFC 3986, and has no letter that the SDKs encode differently', async () => {
    const { provider, requests, sentFields } = answering({})
    await expect(provider.prepare({ ...prepareInput, title: "a+b & c/d (50%) it's *new* ~!" })).rejects.toThrow()
    expect(requests[0]?.body).toContain('product_info=a%2Bb%20%26%20c%2Fd%20')
    expect(requests[0]?.body).not.toMatch(/[!'()*~]/)
    expect(sentFields().product_info).toBe('a+b & c/d （50%） it’s ＊new＊ ～！')
  })

  it.each([
    ['HKD', false, 'HKD', 8_800, '88.00'],
    ['HKD', true, 'CNY', 7, '0.07'],
    ['JPY', false, 'JPY', 100, '100'],
    ['KRW', false, 'KRW', 1, '1'],
    ['JPY', true, 'CNY', 100, '1.00'],
  ])('settled in %s, is_rmb %s: has %s %d as %s', async (currency, isRmb, asked, amountFen, amount) => {
    const { provider, sentFields } = answering({}, { currency, isRmb })
    await expect(provider.prepare({ ...prepareInput, currency: asked, amountFen })).rejects.toThrow()
    expect(sentFields()).toMatchObject({ amount, currency, is_rmb: isRmb ? 'TRUE' : 'FALSE' })
  })

  it('is not made in a currency that the merchant does not have', async () => {
    const { provider, requests } = answering({})
    await expect(provider.prepare({ ...prepareInput, currency: 'CNY' })).rejects.toMatchObject({
      code: 'ProviderRefused',
    })
    expect(requests).toEqual([])
  })

  it('offers the Hong Kong wallet only if prices are in HKD', () => {
    const codesOf = (changes: object) => answering({}, changes).provider.channels?.map(({ code }) => code)
    expect(codesOf({})).toEqual(['mini_program', 'mp', 'hk_mini_program', 'hk_mp'])
    expect(codesOf({ currency: 'USD' })).toEqual(['mini_program', 'mp'])
    expect(codesOf({ isRmb: true })).toEqual(['mini_program', 'mp'])
  })

  it('names the payment by Wisecashier’s number if it is known, else by ours', async () => {
    const { provider, sentFields } = answering({})
    await provider.query(payment)
    await provider.query({ ...payment, theirNo: null })
    expect([sentFields(0), sentFields(1)]).toEqual([{ payment_no: paymentNo }, { out_trade_id: testPaymentNo }])
  })

  it.each(['XXX', 'hkd', ''])('is not made in the currency "%s"', (currency) => {
    expect(wisecashier.settings.safeParse({ ...wisecashierSettings, currency }).success).toBe(false)
  })
})

describe('an answer of Wisecashier', () => {
  const parameters = { appId: 'wx1', timeStamp: '1552631723', nonceStr: 'n', package: 'prepay_id=1', paySign: 'S' }

  it.each([
    ['{meta, data: {js_param}}', succeeded({ js_param: parameters })],
    ['{is_success, response: {js_params}}', jsonReply({ is_success: true, response: { js_params: parameters } })],
    ['parameters in a text', succeeded({ js_param: JSON.stringify(parameters) })],
    ['a number for timeStamp', succeeded({ js_params: { ...parameters, timeStamp: 1552631723 } })],
    ['the bare parameters of the page', jsonReply(parameters)],
  ])('is read as %s', async (_, reply) => {
    const { provider } = answering({ 'POST /wechatpay/mini_program/payment': reply })
    expect(JSON.parse((await provider.prepare(prepareInput)).payInfo)).toEqual(parameters)
  })

  it('has Wisecashier’s number if Wisecashier sends it', async () => {
    const reply = succeeded({ js_param: parameters, no: 'N1' })
    const { provider } = answering({ 'POST /wechatpay/mini_program/payment': reply })
    expect((await provider.prepare(prepareInput)).theirNo).toBe('N1')
  })

  it.each([
    ['the names of the SDKs', fields, 'paid'],
    [
      'the names of the page',
      { ...without('out_trade_id', 'payment_no'), no: paymentNo, agent_order_id: testPaymentNo },
      'paid',
    ],
    ['only its number', without('out_trade_id'), 'paid'],
    ['another number of theirs, and none of ours', { ...without('out_trade_id'), payment_no: 'N2' }, 'unknown'],
    ['no number at all', without('out_trade_id', 'payment_no'), 'unknown'],
  ])('has the state of a payment by %s', async (_, data, outcome) => {
    const { provider } = answering({ 'GET /payment': succeeded(data) })
    expect((await provider.query(payment)).outcome).toBe(outcome)
  })

  it('says who paid, how much and when', async () => {
    const { provider } = answering({ 'GET /payment': jsonReply({ is_success: true, response: fields }) })
    expect(await provider.query(payment)).toMatchObject({
      outcome: 'paid',
      theirNo: paymentNo,
      amountFen: 8_800,
      currency: 'HKD',
      at: testNow,
    })
  })
})

describe('the amount that the shopper paid', () => {
  const report = (changes: Record<string, string>, settings: object) =>
    read(notice(changes), answering({}, settings).provider).report

  it.each([
    ['the order in HKD', {}, {}, 8_800, 'HKD'],
    ['the order in yen, which has no decimals', { amount: '8800', currency: 'JPY' }, { currency: 'JPY' }, 8_800, 'JPY'],
    [
      'the order in CNY, where it was priced in CNY',
      { amount: '80.08', currency: 'CNY' },
      { isRmb: true },
      8_008,
      'CNY',
    ],
    [
      'what was paid in CNY, where the order is in the settlement’s currency',
      { pay_amount: '80.08' },
      { isRmb: true },
      8_008,
      'CNY',
    ],
    [
      'another currency than ours, so that it differs from our record',
      { currency: 'USD', pay_currency: 'USD' },
      {},
      8_800,
      'USD',
    ],
  ])('is %s', (_, changes, settings, amountFen, currency) => {
    expect(report(changes, settings)).toMatchObject({ outcome: 'paid', amountFen, currency })
  })

  it.each([
    ['a fraction of a yen', { amount: '88.5', currency: 'JPY' }],
    ['a currency that nobody knows', { currency: 'ABC' }],
    ['no currency', { currency: '' }],
  ])('is malformed with %s', (_, changes) => {
    expect(() => report(changes, {})).toThrow(expect.objectContaining({ code: 'BadInput' }))
  })
})

describe('a notice', () => {
  it('may be sent by GET, its fields beside our seal in the query', () => {
    const { headers, query } = notice()
    const byGet: RawRequest = {
      method: 'GET',
      path: '',
      headers,
      query: { ...query, ...fields },
      body: Buffer.alloc(0),
    }
    expect(read(byGet)).toEqual(read(notice()))
    expect(() => read({ ...byGet, query: { ...byGet.query, amount: '88.01' } })).toThrow(/signature/)
    expect(() => read({ ...byGet, query: { ...byGet.query, extra: '' } })).toThrow(/signature/)
  })

  it('may have its values escaped by other rules, and in any order', () => {
    const body = Object.entries(fields)
      .reverse()
      .map(([name, value]) => `${name}=${encodeURIComponent(value).replace(/%3A/g, ':')}`)
      .join('&')
    expect(read({ ...notice(), body: Buffer.from(body) })).toEqual(read(notice()))
  })

  it('with the field names of the document’s page is the same', () => {
    const named = {
      ...without('out_trade_id', 'payment_no', 'settle_currency'),
      no: paymentNo,
      agent_order_id: testPaymentNo,
    }
    const seal = noticeSeal(testPaymentNo, wisecashierSettings)
    const { report } = read(signedNotice(wisecashierSettings, named, { now: testNow, seal }))
    expect(report).toMatchObject({ outcome: 'paid', theirNo: paymentNo, amountFen: 8_800 })
  })

  it('with the seal of our address settles; without it, or with another, our own query does', () => {
    expect(read(notice())).not.toHaveProperty('confirm')
    for (const query of [{}, { seal: '' }, { seal: noticeSeal('20260701120000ab12cd3402', wisecashierSettings) }])
      expect(read({ ...notice(), query: query as Record<string, string> })).toMatchObject({ confirm: true })
  })

  it('that names another merchant names the payment, so that staff can look it up', () => {
    expect(() => read(notice({ merchant_no: 'WC0' }))).toThrow(WrongMerchant)
    expect(read(notice({ merchant_no: wisecashierSettings.merchantNo }))).toMatchObject({ paymentNo: testPaymentNo })
  })

  it('may have undocumented fields, and each of them is signed', () => {
    const known = notice({ later_added: '新和 旧+' })
    expect(read(known)).toMatchObject({ report: { outcome: 'paid' } })
    const body = Buffer.from(`${Buffer.from(known.body)}&more=1`)
    expect(() => read({ ...known, body })).toThrow(/signature/)
  })

  it('that joins two fields into one is refused', () => {
    const { trade_type, ...rest } = fields
    const folded = { ...rest, trade_time: `${fields.trade_time}&trade_type=${trade_type}` }
    const body = Buffer.from(new URLSearchParams(folded).toString())
    expect(() => read({ ...notice(), body })).toThrow(/signature/)
  })

  it('that moves the end of its last field into its time is refused', () => {
    const signed = notice({ trade_type: 'JSAPI,1' })
    expect(read(signed).report.outcome).toBe('paid')
    const headers = { ...signed.headers, timestamp: `1,${signed.headers.timestamp}` }
    expect(() => read({ ...signed, headers, body: notice({ trade_type: 'JSAPI' }).body })).toThrow(/signature/)
  })

  it.each([
    ['a field twice', (body: string) => `${body}&amount=1`],
    ['a name escaped', (body: string) => `${body}&%61mount=1`],
    ['__proto__', (body: string) => `${body}&__proto__=1`],
    ['a broken escape', (body: string) => `${body}&x=%zz`],
    ['bytes that are no text', (body: string) => `${body}&x=%ff`],
    ['a pair without =', (body: string) => `${body}&x`],
  ])('with %s is malformed, not forged', (_, change) => {
    const body = Buffer.from(change(Buffer.from(notice().body).toString()))
    expect(() => read({ ...notice(), body })).toThrow(expect.objectContaining({ code: 'BadInput' }))
  })

  it('with two numbers of ours that differ is malformed even when signed', () => {
    expect(() => read(notice({ agent_order_id: 'x' }))).toThrow(expect.objectContaining({ code: 'BadInput' }))
  })

  it.each(['1565861695', '1565861695123', '1565861695.12'])('may have its time as %s', (timestamp) => {
    const key = readPublicKey(vector.publicKeyPem)
    expect(isSignedNotice(vector.params, timestamp, vector.signature, key)).toBe(timestamp === vector.timestamp)
  })
})

describe('a refund', () => {
  const accepted = succeeded({ out_refund_id: testRefundNo, refund_no: refundNo })
  const found = succeeded({
    out_refund_id: testRefundNo,
    refund_no: refundNo,
    refund_amount: '8.80',
    status: 'SUCCESS',
  })

  it('is sent in the order’s own unit', async () => {
    const { provider, called, sentFields } = answering({ 'POST /payment_refund': accepted })
    expect(await provider.refund?.(refundInput)).toMatchObject({ outcome: 'pending', theirNo: refundNo })
    expect(called()).toEqual(['POST /payment_refund'])
    expect(sentFields(0)).toEqual({ payment_no: paymentNo, out_refund_id: testRefundNo, refund_amount: '8.80' })
  })

  it('that exists already is found by a query', async () => {
    const { provider } = answering({ 'GET /payment_refund': found })
    expect(await provider.queryRefund?.(refundInput)).toMatchObject({ outcome: 'refunded', amountFen: 880 })
  })

  it.each([
    [
      'a refusal without a documented code',
      jsonReply({ meta: { success: false, status_code: 404, message: 'none' }, data: null }),
    ],
    ['429', jsonReply({ meta: { success: false, status_code: 429, message: 'busy' }, data: null }, 429)],
    ['no content', jsonReply({ meta: { success: true, status_code: 200, message: '' }, data: null })],
    ['502', jsonReply('', 502)],
  ])('answered with %s may exist or not', async (_, reply) => {
    const { provider } = answering({ 'GET /payment_refund': reply, 'POST /payment_refund': reply })
    expect((await provider.queryRefund?.(refundInput))?.outcome).toBe('unknown')
    expect((await provider.refund?.(refundInput))?.outcome).toMatch(/unknown|pending/)
  })

  it('of a payment without Wisecashier’s number queries that number first', async () => {
    const unnumbered = { ...refundInput, payment: { ...payment, theirNo: null } }
    const known = answering({ 'GET /payment': succeeded(fields), 'POST /payment_refund': accepted })
    expect((await known.provider.refund?.(unnumbered))?.outcome).toBe('pending')
    expect(known.sentFields(1).payment_no).toBe(paymentNo)
    const unknown = answering({ 'POST /payment_refund': accepted })
    expect((await unknown.provider.refund?.(unnumbered))?.outcome).toBe('notSent')
    expect(unknown.called()).not.toContain('POST /payment_refund')
  })

  it('in yen has no decimals', async () => {
    const inYen = { ...refundInput, payment: { ...payment, currency: 'JPY' } }
    const { provider, sentFields } = answering({ 'POST /payment_refund': accepted }, { currency: 'JPY' })
    await provider.refund?.(inYen)
    expect(sentFields(0).refund_amount).toBe('880')
  })

  it('whose reply repeats the payment’s PAID does not count as done', async () => {
    const { provider } = answering({
      'GET /payment_refund': succeeded({ out_refund_id: testRefundNo, status: 'PAID' }),
    })
    expect((await provider.queryRefund?.(refundInput))?.outcome).toBe('unknown')
  })
})

describe('a bill', () => {
  const bill = (text: string) =>
    answering({ 'GET /download_bill': { status: 200, headers: {}, body: Buffer.from(text) } }).provider.bill?.(
      '2026-06-30',
      testNow,
    )

  it.each([
    '',
    'a,b\n1,2',
    'payment_no,amount,currency,trade_time\nN,一,HKD,2026-06-30 00:00:00',
    '{"meta":{"success":true},"data":{}}',
  ])('that is %j cannot be read', async (text) => {
    await expect(bill(text)).rejects.toMatchObject({ code: 'ProviderUnavailable' })
  })

  it('is requested with its own version, for one day', async () => {
    const { provider, requests, sentFields } = answering({})
    await expect(provider.bill?.('2026-06-30', testNow)).rejects.toMatchObject({ code: 'ProviderRefused' })
    expect(requests[0]?.headers?.version).toBe('3.0')
    expect(sentFields()).toEqual({
      merchant_no: wisecashierSettings.merchantNo,
      start_date: '20260630',
      end_date: '20260630',
    })
  })
})

it('has no call that closes an order, so our client has no close function', () => {
  expect(provider.close).toBeUndefined()
})
