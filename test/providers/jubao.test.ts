// Tests Jubao Pay: the conformance suite in both dialects, and Jubao's own rules.
import * as fc from 'fast-check'
import { next } from '../../cloudfunctions/shared/domain/machine'
import { paymentMoves } from '../../cloudfunctions/shared/domain/payment'
import { jubao } from '../../cloudfunctions/shared/providers/jubao'
import { isSignedByJubao, jubaoSignedBytes, signJubao } from '../../cloudfunctions/shared/providers/jubao/sign'
import {
  type HttpRequest,
  type PrepareInput,
  type RawRequest,
  WrongMerchant,
} from '../../cloudfunctions/shared/providers/provider'
import { describeProvider, jsonReply, testNow, testOpenid, testPaymentNo } from './contract'
import {
  boxpayFixture,
  formNotice,
  type JubaoSettings,
  jsonNotice,
  jubaoSettings,
  newerFields,
  olderFields,
  paymentFixture,
  paymentSettings,
  readCall,
  sealed,
  signedFields,
} from './fixtures/jubao'
import vector from './vectors/jubao.json'

describe('boxpay', () => describeProvider(boxpayFixture))
describe('the dialect of the examples', () => describeProvider(paymentFixture))

const payment: PrepareInput = {
  paymentNo: testPaymentNo,
  theirNo: null,
  channel: '201',
  amountFen: 128800,
  currency: 'CNY',
  openid: testOpenid,
  createdAt: testNow,
  now: testNow,
  title: '明前龙井 & 山泉水',
  noticeUrl: 'https://shop.example.com/notify/jubao',
  expiresAt: testNow + 1,
}
const truth = {
  word: '2',
  amount: '128800',
  paymentNo: testPaymentNo,
  theirNo: '1120260701',
  now: testNow,
  openid: testOpenid,
  currency: 'CNY',
}

const on = (settings: object, answer: (request: HttpRequest) => unknown) => {
  const requests: HttpRequest[] = []
  const provider = jubao.create(jubao.settings.parse(settings), async (request) => {
    requests.push(request)
    return jsonReply(answer(request))
  })
  return { provider, requests }
}
const read = (notice: RawRequest, settings: object = jubaoSettings) =>
  on(settings, () => ({})).provider.parseNotice(notice, testNow)
const opened = { ret: 0, msg: 'success', data: { order_sn: 'B1', code_url: 'https://pay.example.com/1' } }

describe('the signature', () => {
  it('without version 2 reads each byte as one ISO-8859-1 character, as PHP does', () => {
    const everyByte = Uint8Array.from({ length: 256 }, (_, byte) => byte)
    const signed = Buffer.from(jubaoSignedBytes({ a: everyByte }, 'K', 'boxpay') ?? [])
    const expected = [...everyByte].flatMap((byte) =>
      byte < 0x80 ? [byte] : [0xc0 | (byte >> 6), 0x80 | (byte & 0x3f)],
    )
    expect(signed).toEqual(Buffer.from([0x4b, 0x61, ...expected, 0x4b]))
  })

  it('fits only what was signed, in both dialects and with any text', () => {
    const field = fc.tuple(fc.stringMatching(/^[a-z_]{1,8}$/), fc.string({ unit: 'grapheme' }))
    fc.assert(
      fc.property(fc.array(field, { minLength: 1 }), fc.constantFrom('boxpay', 'payment'), (pairs, dialect) => {
        const fields = Object.fromEntries(pairs.filter(([name]) => !['sign', '_sign', 'key'].includes(name)))
        const sign = signJubao(fields, 'K3y', dialect as 'boxpay')
        expect(isSignedByJubao({ ...fields, sign }, 'K3y', dialect as 'boxpay')).toBe(true)
        expect(isSignedByJubao({ ...fields, sign }, 'K3z', dialect as 'boxpay')).toBe(false)
        expect(isSignedByJubao({ ...fields, added: 'x', sign }, 'K3y', dialect as 'boxpay')).toBe(false)
      }),
    )
  })

  it('is never made or accepted over a parameter named _sign', () => {
    expect(() => signJubao({ _sign: 'x' }, 'K', 'boxpay')).toThrow(TypeError)
    expect(isSignedByJubao({ _sign: 'x', sign: '' }, 'K', 'boxpay')).toBe(false)
    const fields = signedFields(paymentSettings, { ...olderFields(paymentSettings, truth), _sign: 'x' })
    for (const write of [formNotice, jsonNotice]) expect(() => read(write(fields), paymentSettings)).toThrow('odd name')
  })

  it('of the wrong reading of the document, UTF-8 without version 2, is different', () => {
    const [, double] = vector.cases
    expect(double?.sign).not.toBe('0A174A54AAEC576266F1BD054DBBBEFB')
    expect(double?.params.body).toBe('测试商品')
  })
})

describe('apply_pay', () => {
  it.each([
    ['JSON, version 2', {}],
    ['JSON, no version', { version: 1 }],
    ['a form, version 2', { encoding: 'form' }],
    ['a form, no version', { encoding: 'form', version: 1 }],
  ])('is sent as %s', async (_, changes) => {
    const settings = { ...jubaoSettings, ...changes } as JubaoSettings
    const { provider, requests } = on(settings, () => opened)
    expect(await provider.prepare(payment)).toEqual({ payInfo: 'https://pay.example.com/1', theirNo: 'B1' })
    const { fields } = readCall(requests[0] as HttpRequest, settings)
    expect(fields).toMatchObject({
      mch_id: jubaoSettings.mchId,
      pay_channel_id: '201',
      total_fee: '128800',
      out_trade_no: testPaymentNo,
      notify_url: payment.noticeUrl,
      body: payment.title,
    })
    expect(fields.version).toBe(settings.version === 2 ? '2' : undefined)
  })

  it('accepts the reply’s envelope of the table and that of the examples', async () => {
    const { provider } = on(jubaoSettings, () => ({ code: '200', message: 'Success', data: opened.data }))
    expect((await provider.prepare(payment)).theirNo).toBe('B1')
  })

  it('is not sent for a currency that its amount cannot have', async () => {
    const { provider, requests } = on(jubaoSettings, () => opened)
    await expect(provider.prepare({ ...payment, currency: 'USD' })).rejects.toMatchObject({ code: 'ProviderRefused' })
    await expect(provider.prepare({ ...payment, channel: 'wechat.jsapi' })).rejects.toMatchObject({
      code: 'ProviderRefused',
    })
    expect(requests).toEqual([])
  })

  it.each([
    ['data.sign is wrong', { ...opened.data, sign: 'F'.repeat(32) }],
    ['data.sign is over what cannot be printed', { ...opened.data, list: [1], sign: 'F'.repeat(32) }],
    ['data has _sign', { ...sealed(opened.data, jubaoSettings), _sign: 'x' }],
    ['it is about another number', { ...opened.data, out_trade_no: 'x' }],
    ['it is about another amount', { ...opened.data, total_fee: 1 }],
    ['it is in another currency', { ...opened.data, fee_type: 'HKD' }],
    ['there is no link', { order_sn: 'B1' }],
    ['the link is none', { ...opened.data, code_url: 'hello there' }],
  ])('leaves the attempt pending when %s', async (_, data) => {
    const { provider } = on(jubaoSettings, () => ({ ret: 0, msg: 'success', data }))
    await expect(provider.prepare(payment)).rejects.toMatchObject({ name: 'HttpFailure', sent: true })
  })
})

// The codes of section 1.6 of Jubao's document (聚宝 §1.6), each with its meaning in a reply to a new payment and in a
// reply to a query.
const codes: [code: number, prepare: string, query: string][] = [
  [201, 'pending', 'pending'],
  [404, 'ProviderRefused', 'unknown'],
  [4001, 'ProviderRefused', 'unknown'],
  [4002, 'ProviderRefused', 'unknown'],
  [4003, 'ProviderRefused', 'unknown'],
  [4004, 'ProviderRefused', 'unknown'],
  [4005, 'pending', 'unknown'],
  [4006, 'ProviderUnavailable', 'unknown'],
  [4007, 'ProviderRefused', 'unknown'],
  [40100, 'ProviderRefused', 'unknown'],
  [40101, 'pending', 'unknown'],
  [40102, 'ProviderRefused', 'unknown'],
  [40103, 'ProviderRefused', 'closed'],
  [40104, 'ProviderRefused', 'closed'],
  [40105, 'pending', 'refunded'],
  [40106, 'pending', 'unknown'],
  [40107, 'ProviderRefused', 'unknown'],
  [40108, 'ProviderRefused', 'unknown'],
  [40109, 'ProviderRefused', 'unknown'],
  [40110, 'ProviderRefused', 'unknown'],
  [40111, 'ProviderRefused', 'unknown'],
  [40400, 'pending', 'unknown'],
  [40500, 'ProviderRefused', 'unknown'],
  [40600, 'pending', 'unknown'],
  [490001, 'ProviderRefused', 'unknown'],
  [491001, 'ProviderRefused', 'unknown'],
  [491002, 'ProviderRefused', 'unknown'],
  [491003, 'ProviderRefused', 'unknown'],
  [499999, 'pending', 'unknown'],
  [492001, 'ProviderRefused', 'unknown'],
  [492002, 'ProviderRefused', 'unknown'],
  [492003, 'ProviderRefused', 'unknown'],
  [492004, 'pending', 'unknown'],
  [492005, 'pending', 'unknown'],
  [492006, 'pending', 'unknown'],
  [492007, 'pending', 'unknown'],
  [493001, 'pending', 'unknown'],
]

describe.each([
  ['ret', 'msg'],
  ['code', 'message'],
])('the codes in %s', (code, message) => {
  it.each(codes)('%d: a new payment is %s, an old one %s', async (value, prepare, query) => {
    const { provider } = on(jubaoSettings, () => ({ [code]: value, [message]: '提示' }))
    const thrown = await provider.prepare(payment).catch((error: { code?: string; name: string }) => error)
    expect((thrown as { code?: string }).code ?? 'pending').toBe(prepare)
    expect((await provider.query({ ...payment, theirNo: 'B1' })).outcome).toBe(query)
  })
})

it('0 means success in ret and a general error in code', async () => {
  const paid = { out_trade_no: testPaymentNo, total_fee: '128800', status: 2 }
  const ask = (reply: unknown) => on(jubaoSettings, () => reply).provider.query({ ...payment, theirNo: 'B1' })
  expect((await ask({ ret: 0, data: paid })).outcome).toBe('paid')
  expect((await ask({ code: 0, data: paid })).outcome).toBe('unknown')
  expect((await ask({ code: 200, data: paid })).outcome).toBe('paid')
  expect((await ask({ ret: 200, data: paid })).outcome).toBe('unknown')
})

describe('query', () => {
  it('is made by order_sn; without one no query is sent', async () => {
    const data = {
      out_trade_no: testPaymentNo,
      order_sn: 'B1',
      total_fee: '7',
      status: '2',
      finish_time: '2026-07-01 12:00:00',
    }
    const { provider, requests } = on(jubaoSettings, () => ({ ret: 0, data }))
    expect(await provider.query(payment)).toMatchObject({ outcome: 'unknown' })
    expect(requests).toEqual([])
    expect(await provider.query({ ...payment, theirNo: 'B1' })).toMatchObject({
      outcome: 'paid',
      amountFen: 7,
      theirNo: 'B1',
      at: testNow,
    })
    expect(readCall(requests[0] as HttpRequest, jubaoSettings).fields).toMatchObject({ order_sn: 'B1', version: '2' })
  })

  it.each([
    ['signed wrongly', { sign: 'F'.repeat(32) }],
    ['about another merchant', { mch_id: '1' }],
    ['about another order_sn', { order_sn: 'B2' }],
    ['with two states that disagree', { trade_state: 'CLOSED' }],
  ])('does not accept a reply %s', async (_, change) => {
    const data = { out_trade_no: testPaymentNo, order_sn: 'B1', total_fee: 7, status: 2, ...change }
    const { provider } = on(jubaoSettings, () => ({ ret: 0, data }))
    expect((await provider.query({ ...payment, theirNo: 'B1' })).outcome).toBe('unknown')
  })

  it('verifies data.sign over numbers as they were written, and over PHP’s text of true, false and null', async () => {
    const texts = { out_trade_no: testPaymentNo, total_fee: '7', status: '2', rate: '0.10', a: '1', b: '', c: '' }
    const sign = signJubao(texts, jubaoSettings.key, 'boxpay')
    const body = `{"ret":0,"data":{"out_trade_no":"${testPaymentNo}","total_fee":7,"status":2,"rate":0.10,"a":true,"b":false,"c":null,"sign":"${sign}"}}`
    const provider = jubao.create(jubao.settings.parse(jubaoSettings), async () => jsonReply(body))
    expect((await provider.query({ ...payment, theirNo: 'B1' })).outcome).toBe('paid')
  })
})

describe('the payment dialect', () => {
  it.each(vector.examples.map((one) => [one.channel, one] as const))(
    '%s: request and reply of the example',
    async (channel, one) => {
      const data = { ...one.data, appid: 1000258, out_trade_no: testPaymentNo, sn: 'SN', transaction_id: '' }
      const { provider, requests } = on(paymentSettings, () => ({
        code: 200,
        message: 'success',
        data: sealed(data, paymentSettings),
      }))
      const amountFen = Number(one.data.total_fee)
      const prepared = await provider.prepare({ ...payment, channel, amountFen, barcode: '134602370743606195' })
      expect(prepared).toEqual({ payInfo: one.payInfo, theirNo: 'SN' })
      const { path, fields } = readCall(requests[0] as HttpRequest, paymentSettings)
      expect(path).toBe('/payment/pay')
      expect(Object.keys(fields)).toEqual(expect.arrayContaining(one.requestNames))
      expect(fields).toMatchObject({ appid: '1000258', payment: channel, total_fee: String(amountFen) })
      const optional = ['wallet', 'discount', 'h5_redirect_url', 'sub_appid', 'sub_openid', 'code']
      expect(Object.keys(fields).filter((name) => optional.includes(name))).toEqual(
        expect.arrayContaining(one.requestNames.filter((name) => optional.includes(name))),
      )
      expect(Object.keys(fields).filter((name) => optional.includes(name) && !one.requestNames.includes(name))).toEqual(
        [],
      )
    },
  )

  it('offers its own channels, and boxpay offers others', () => {
    const codesOf = (settings: object) => on(settings, () => ({})).provider.channels?.map(({ code }) => code)
    expect(codesOf(jubaoSettings)).toEqual(['201', '101'])
    expect(codesOf(paymentSettings)).toEqual(expect.arrayContaining(vector.examples.map(({ channel }) => channel)))
    expect(codesOf(paymentSettings)).not.toContain('201')
  })

  it('reports a missing code or appid before anything is sent', async () => {
    const { subAppId: _, ...settings } = paymentSettings
    const { provider, requests } = on(settings, () => ({}))
    for (const channel of ['micropay', 'wechat.jsapi', 'wechat.app'])
      await expect(provider.prepare({ ...payment, channel })).rejects.toMatchObject({ code: 'ProviderRefused' })
    await expect(provider.prepare({ ...payment, channel: 'alipay.qrcode', currency: 'JPY' })).rejects.toMatchObject({
      code: 'ProviderRefused',
    })
    expect(requests).toEqual([])
  })

  it('uses the mini-program’s own appid if no other is set, and without any appid the mchId', async () => {
    const { subAppId: _, appId: __, ...settings } = paymentSettings
    const { provider, requests } = on(settings, () => ({ code: 200 }))
    await expect(provider.prepare({ ...payment, channel: 'wechat.jsapi', appId: 'wx1' })).rejects.toThrow()
    expect(JSON.parse(requests[0]?.body ?? '')).toMatchObject({ sub_appid: 'wx1', appid: settings.mchId })
  })

  it('a micropay payment that waits for a password (201) stays pending, and is queried', async () => {
    const data = { appid: 1000258, out_trade_no: testPaymentNo, sn: 'SN', total_fee: 128800, trade_state: 'USERPAYING' }
    const { provider } = on(paymentSettings, () => ({ code: 201, message: 'x', data }))
    const prepared = await provider.prepare({ ...payment, channel: 'micropay', barcode: '134602370743606195' })
    expect(prepared).toEqual({ payInfo: 'SN', theirNo: 'SN' })
    expect((await provider.query(payment)).outcome).toBe('pending')
    const bare = on(paymentSettings, () => ({ code: 201, message: 'x' })).provider
    await expect(bare.prepare({ ...payment, channel: 'micropay', barcode: '1' })).rejects.toMatchObject({ sent: true })
  })

  it('queries and closes by our own number', async () => {
    const { provider, requests } = on(paymentSettings, () => ({ code: 200 }))
    await provider.query(payment)
    expect((await provider.close?.(payment))?.outcome).toBe('closed')
    expect(requests.map((request) => readCall(request, paymentSettings))).toMatchObject([
      { path: '/order/query', fields: { out_trade_no: testPaymentNo } },
      { path: '/order/close', fields: { out_trade_no: testPaymentNo } },
    ])
  })

  it.each([
    [{ code: 40103 }, 'closed'],
    [{ code: 40101 }, 'unknown'],
    [{ code: 40102 }, 'unknown'],
    [{ code: 200, data: { out_trade_no: testPaymentNo, total_fee: 7, trade_state: 'SUCCESS' } }, 'paid'],
  ])('a close that is answered with %j is %s', async (reply, outcome) => {
    expect((await on(paymentSettings, () => reply).provider.close?.(payment))?.outcome).toBe(outcome)
  })

  it('is the only dialect that can close', () => {
    expect(on(jubaoSettings, () => ({})).provider.close).toBeUndefined()
  })
})

describe('a notice', () => {
  const fields = newerFields(jubaoSettings, truth)
  const older = olderFields(jubaoSettings, truth)
  const report = { outcome: 'paid', amountFen: 128800, at: testNow }

  it.each([
    ['a form', formNotice],
    ['JSON', jsonNotice],
  ])('with newer or older fields is read as %s', (_, write) => {
    expect(read(write(signedFields(jubaoSettings, fields)))).toEqual({
      about: 'payment',
      paymentNo: testPaymentNo,
      report: { ...report, theirNo: '1120260701', raw: fields },
    })
    expect(read(write(signedFields(jubaoSettings, older)))).toEqual({
      about: 'payment',
      paymentNo: testPaymentNo,
      report: { ...report, currency: 'CNY', raw: older },
    })
  })

  it('is verified by the rule of its version, with and without version 2', () => {
    const carrying = { ...fields, version: '2' }
    expect(read(formNotice(signedFields(jubaoSettings, carrying)))).toMatchObject({ report })
    const sign = signJubao(carrying, jubaoSettings.key, 'boxpay')
    expect(() => read(formNotice({ ...fields, sign }))).toThrow('signature')
  })

  it('may contain bytes that are not UTF-8', () => {
    const bytes = { ...fields, body: Uint8Array.of(0xb2, 0xe8, 0x41) }
    const sign = signJubao(bytes, jubaoSettings.key, 'boxpay')
    const { body: _, ...rest } = fields
    const request = formNotice({ ...rest, sign })
    expect(read({ ...request, body: Buffer.concat([request.body, Buffer.from('&body=%B2%E8A')]) })).toMatchObject({
      report,
    })
    expect(() => read({ ...request, body: Buffer.concat([request.body, Buffer.from('&body=%B2%E9A')]) })).toThrow(
      'signature',
    )
  })

  it('with numbers in JSON is signed as they are written', () => {
    const sign = signJubao(fields, jubaoSettings.key, 'boxpay')
    expect(read(jsonNotice({ ...fields, total_fee: 128800, status: 2, sign }))).toMatchObject({ report })
  })

  it('without a status is a payment only in the older fields', () => {
    const { status: _, ...silent } = fields
    expect(() => read(formNotice(signedFields(jubaoSettings, silent)))).toThrow(
      expect.objectContaining({ code: 'BadInput' }),
    )
  })

  it('of another merchant names the payment, in the newer and in the older fields', () => {
    for (const foreign of [
      { ...fields, mch_id: '1' },
      { ...older, appid: '1' },
    ]) {
      expect(() => read(formNotice(signedFields(jubaoSettings, foreign)))).toThrow(WrongMerchant)
    }
    const { appId: _, ...nameless } = jubaoSettings
    expect(read(formNotice(signedFields(jubaoSettings, older)), nameless)).toMatchObject({ report })
  })

  it('whose status is hidden in the neighbouring field is accepted only after a query', () => {
    const closed = signedFields(jubaoSettings, { ...fields, status: '4', appid: jubaoSettings.appId })
    expect(read(formNotice(closed))).toMatchObject({ report: { outcome: 'closed' } })
    // The signed text does not show where a field ends, so two notifications can share a signature. Without the field
    // mch_id our code reads this notification by the older document, in which an absent status means paid.
    const { status: _, mch_id, ...rest } = closed
    const folded = {
      ...rest,
      finish_time: `${rest.finish_time}mch_id${mch_id}`,
      pay_channel_id: '201status4',
    }
    expect(
      isSignedByJubao({ ...rest, mch_id: mch_id ?? '', pay_channel_id: '201status4' }, jubaoSettings.key, 'boxpay'),
    ).toBe(true)
    expect(() => read(formNotice({ ...rest, mch_id: mch_id ?? '', pay_channel_id: '201status4' }))).toThrow('status')
    expect(read(formNotice(folded))).toMatchObject({ report: { outcome: 'paid' }, confirm: true })
  })

  it('about a title with names of our fields is confirmed by a query, not lost', () => {
    const named = { ...fields, body: 'a status symbol' }
    expect(read(formNotice(signedFields(jubaoSettings, named)))).toMatchObject({ report, confirm: true })
  })

  it.each([
    ['a name twice', (body: string) => `${body}&total_fee=1`],
    ['a name twice, escaped', (body: string) => `${body}&total%5Ffee=1`],
    ['an empty pair', (body: string) => `${body}&`],
    ['a pair without =', (body: string) => `${body}&x`],
    ['a PHP array', (body: string) => `${body}&x[]=1`],
    ['a broken escape', (body: string) => `${body}&x=%4`],
    ['__proto__', (body: string) => `${body}&__proto__=1`],
  ])('with %s is malformed, not forged', (_, change) => {
    const { body } = formNotice(signedFields(jubaoSettings, fields))
    const changed = { ...formNotice({}), body: Buffer.from(change(Buffer.from(body).toString())) }
    expect(() => read(changed)).toThrow(expect.objectContaining({ code: 'BadInput' }))
  })

  it('with a field that its dialect does not sign is refused', () => {
    const notice = signedFields(paymentSettings, olderFields(paymentSettings, truth))
    expect(read(formNotice(notice), paymentSettings)).toMatchObject({ report })
    expect(() => read(formNotice({ ...notice, key: 'x' }), paymentSettings)).toThrow('signature')
  })

  it('that a payment was paid does not undo its refund', () => {
    const refunded = read(formNotice(signedFields(jubaoSettings, { ...fields, status: '3' })))
    const paid = read(formNotice(signedFields(jubaoSettings, fields)))
    expect(next(paymentMoves, 'pending', refunded.report.outcome as 'refunded')).toBe('paid + refund')
    expect(next(paymentMoves, 'paid', paid.report.outcome as 'paid')).toBe('paid')
  })
})
