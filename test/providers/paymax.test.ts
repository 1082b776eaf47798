// Tests Paymax: the conformance suite, and Paymax's own rules.
import { paymax } from '../../cloudfunctions/shared/providers/paymax'
import { signPaymaxRequest } from '../../cloudfunctions/shared/providers/paymax/sign'
import { type HttpRequest, type HttpResponse, WrongMerchant } from '../../cloudfunctions/shared/providers/provider'
import { readPrivateKey, readPublicKey, verifyRsa } from '../../cloudfunctions/shared/providers/signing'
import { describeProvider, jsonReply, testNow, testOpenid, testPaymentNo, testRefundNo } from './contract'
import {
  chargeFields,
  chargeId,
  paidTruth,
  paymaxFixture,
  paymaxSettings,
  printed,
  readCall,
  refundFields,
  refundId,
  sealReply,
  signedWebhook,
  webhook,
} from './fixtures/paymax'
import vector from './vectors/paymax.json'

describeProvider(paymaxFixture)

const payment = {
  paymentNo: testPaymentNo,
  theirNo: chargeId,
  channel: 'wechat_wap',
  amountFen: 128_800,
  currency: 'CNY',
  openid: testOpenid,
  createdAt: testNow,
  now: testNow,
}
const prepareInput = {
  ...payment,
  theirNo: null,
  title: '手冲咖啡豆',
  noticeUrl: 'https://shop.example.com/notify/paymax',
  expiresAt: testNow + 1_800_000,
}
const refundInput = {
  payment,
  refundNo: testRefundNo,
  theirRefundNo: null,
  amountFen: 8_800,
  reason: '不想要了',
  noticeUrl: '',
  now: testNow,
}

type Replies = Record<string, string | HttpResponse>

/**
 * A fake Paymax with replies by path ("POST /v1/charges"). It signs each reply, unless the test gives a whole response.
 */
const answering = (replies: Replies) => {
  const requests: HttpRequest[] = []
  const provider = paymax.create(paymaxSettings, async (request) => {
    requests.push(request)
    const { path } = readCall(request)
    const reply = replies[`${request.method} ${path}`]
    if (reply === undefined) return jsonReply({ failure_code: 'ORDER_NO_NOT_EXIST', failure_msg: '原交易不存在' }, 400)
    return typeof reply === 'string' ? sealReply(200, reply, { now: testNow }) : reply
  })
  return { provider, requests, called: () => requests.map((one) => `${one.method} ${readCall(one).path}`) }
}

const { provider } = answering({})
const read = (notice: Parameters<typeof provider.parseNotice>[0]) => provider.parseNotice(notice, testNow)
const charge = (changes: object = {}, amount = '1288.00') =>
  printed({ ...chargeFields(paymaxSettings, paidTruth), ...changes }, amount)
const refund = (changes: object = {}, amount = '88.00') =>
  printed({ ...refundFields(paymaxSettings, paidTruth), ...changes }, amount)
const withRefunds = (...refunds: string[]) => charge().replace(/}$/, `,"refunds":[${refunds.join(',')}]}`)

const chargePath = `GET /v1/charges/${chargeId}`
const refundPath = `POST /v1/charges/${chargeId}/refunds`

describe('a call to Paymax', () => {
  it.each([
    [7, '0.07'],
    [128_800, '1288.00'],
    [1_999, '19.99'],
    [9_007_199_254_740_991, '90071992547409.91'],
  ])('writes %d fen as %s yuan, without floating point', async (amountFen, yuan) => {
    const { provider, requests } = answering({})
    await expect(provider.prepare({ ...prepareInput, amountFen })).rejects.toMatchObject({ code: 'ProviderRefused' })
    expect(requests[0]?.body).toContain(`{"amount":${yuan},`)
  })

  it('sends a charge with everything that the document requires', async () => {
    const { provider, requests } = answering({})
    await expect(provider.prepare({ ...prepareInput, clientIp: '203.0.113.7' })).rejects.toThrow()
    expect(JSON.parse(requests[0]?.body ?? '')).toEqual({
      order_no: testPaymentNo,
      amount: 1288,
      subject: '手冲咖啡豆',
      body: '手冲咖啡豆',
      channel: 'wechat_wap',
      app: paymaxSettings.app,
      client_ip: '203.0.113.7',
      currency: 'cny',
      time_expire: testNow + 180_000,
      extra: { open_id: testOpenid },
    })
  })

  it.each([
    ['wechat_wap', 1_800_000, 180_000],
    ['wechat_wap', 60_000, 60_000],
    ['wechat_csb', 1_800_000, 1_800_000],
    ['alipay_csb', 7_200_000, 3_600_000],
  ])('%s of an order that lives %d ms expires after %d ms', async (channel, lifeMs, expiryMs) => {
    const { provider, requests } = answering({})
    await expect(provider.prepare({ ...prepareInput, channel, expiresAt: testNow + lifeMs })).rejects.toThrow()
    expect(JSON.parse(requests[0]?.body ?? '').time_expire).toBe(testNow + expiryMs)
  })

  it.each([
    ['alipay_web', { return_url: 'https://shop.example.com/o', show_url: 'https://shop.example.com/o' }],
    ['lakala_web', { user_id: expect.stringMatching(/^\d{1,32}$/), return_url: 'https://shop.example.com/o' }],
    [
      'lakala_h5',
      {
        user_id: expect.stringMatching(/^\d{1,32}$/),
        return_url: 'https://shop.example.com/o',
        show_url: 'https://shop.example.com/o',
      },
    ],
  ])('%s says where the browser comes back to', async (channel, extra) => {
    const { provider, requests } = answering({})
    await expect(
      provider.prepare({ ...prepareInput, channel, pageUrl: 'https://shop.example.com/o' }),
    ).rejects.toThrow()
    expect(JSON.parse(requests[0]?.body ?? '').extra).toEqual(extra)
  })

  it('is not made in a browser for the openid of another official account', async () => {
    const { provider, requests } = answering({})
    const input = { ...prepareInput, pageUrl: 'https://shop.example.com/o', appId: 'wx0000000000000009' }
    await expect(provider.prepare(input)).rejects.toMatchObject({ code: 'ProviderRefused' })
    expect(requests).toEqual([])
  })

  it('is not made for another currency', async () => {
    const { provider, requests } = answering({})
    await expect(provider.prepare({ ...prepareInput, currency: 'USD' })).rejects.toMatchObject({
      code: 'ProviderRefused',
    })
    expect(requests).toEqual([])
  })

  it('never uses a nonce twice', async () => {
    const { provider, requests } = answering({})
    await provider.query(payment)
    await provider.query(payment)
    expect(requests[0]?.headers?.nonce).not.toBe(requests[1]?.headers?.nonce)
  })
})

describe('an answer of Paymax', () => {
  it.each([
    ['wechat_csb', { wechat_csb: { qr_code: 'weixin://wxpay/bizpayurl?pr=abc' } }],
    ['alipay_csb', { alipay_csb: { qr_code: 'https://qr.alipay.com/bax1' } }],
    ['alipay_web', { alipay_web: { url: 'https://mapi.alipay.com/gateway.do?a=1' } }],
    ['lakala_h5', { lakala_h5: 'https://mapi.alipay.com/gateway.do?a=1' }],
    ['alipay_csb', JSON.stringify({ alipay_csb: { qr_code: 'https://qr.alipay.com/bax1' } })],
  ])('gives the text of the code for %s', async (channel, credential) => {
    const { provider } = answering({ 'POST /v1/charges': charge({ status: 'PROCESSING', credential }) })
    expect(await provider.prepare({ ...prepareInput, channel })).toEqual({
      payInfo: !channel.endsWith('_csb')
        ? 'https://mapi.alipay.com/gateway.do?a=1'
        : channel === 'wechat_csb'
          ? 'weixin://wxpay/bizpayurl?pr=abc'
          : 'https://qr.alipay.com/bax1',
      theirNo: chargeId,
    })
  })

  it('with a form instead of an address leaves the payment open', async () => {
    const credential = { alipay_web: { form: '<form action="https://mapi.alipay.com/"></form>' } }
    const { provider } = answering({ 'POST /v1/charges': charge({ status: 'PROCESSING', credential }) })
    const input = { ...prepareInput, channel: 'alipay_web', pageUrl: 'https://shop.example.com/o' }
    await expect(provider.prepare(input)).rejects.toMatchObject({ name: 'HttpFailure', sent: true })
  })

  it('about another order is not accepted', async () => {
    const reply = charge({ order_no: '20260701120000zz99zz9901', status: 'PROCESSING', credential: {} })
    const { provider } = answering({ 'POST /v1/charges': reply })
    await expect(provider.prepare(prepareInput)).rejects.toMatchObject({ name: 'HttpFailure', sent: true })
  })

  it.each([
    ['not signed', (reply: HttpResponse) => ({ ...reply, headers: { ...reply.headers, sign: '' } })],
    [
      'signed for another merchant',
      (reply: HttpResponse) =>
        sealReply(
          200,
          Buffer.from(reply.body).toString(),
          { now: testNow },
          {
            ...paymaxSettings,
            secretKey: 'ffeeddccbbaa99887766554433221100',
          },
        ),
    ],
    [
      'two minutes old',
      (reply: HttpResponse) => sealReply(200, Buffer.from(reply.body).toString(), { now: testNow - 120_001 }),
    ],
    [
      'from two minutes ahead',
      (reply: HttpResponse) => sealReply(200, Buffer.from(reply.body).toString(), { now: testNow + 120_001 }),
    ],
    [
      'changed in one byte',
      (reply: HttpResponse) => ({
        ...reply,
        body: Buffer.from(Buffer.from(reply.body).toString().replace('1288', '1289')),
      }),
    ],
    ['served with HTTP 201', (reply: HttpResponse) => ({ ...reply, status: 201 })],
  ])('settles nothing when it is %s', async (_, change) => {
    const good = sealReply(200, charge(), { now: testNow })
    expect(await answering({ [chargePath]: good }).provider.query(payment)).toMatchObject({ outcome: 'paid' })
    expect(await answering({ [chargePath]: change(good) }).provider.query(payment)).toMatchObject({
      outcome: 'unknown',
    })
  })

  it('may be up to two minutes old', async () => {
    const reply = sealReply(200, charge(), { now: testNow - 120_000 })
    expect(await answering({ [chargePath]: reply }).provider.query(payment)).toMatchObject({ outcome: 'paid' })
  })

  it('says who paid, how much and when', async () => {
    const { provider } = answering({ [chargePath]: charge({ currency: 'cny' }, '0.07') })
    expect(await provider.query(payment)).toMatchObject({
      outcome: 'paid',
      theirNo: chargeId,
      amountFen: 7,
      currency: 'CNY',
      at: testNow,
    })
  })

  it('about another app is not accepted', async () => {
    const { provider } = answering({ [chargePath]: charge({ app: 'app_AAAAAAAAAAAAAAAA' }) })
    expect((await provider.query(payment)).outcome).toBe('unknown')
  })

  it('recognises a charge that was refunded completely', async () => {
    const { provider } = answering({ [chargePath]: charge({ amount_refunded: 1288 }) })
    expect((await provider.query(payment)).outcome).toBe('refunded')
    const part = answering({ [chargePath]: charge({ amount_refunded: 1287.99 }) })
    expect((await part.provider.query(payment)).outcome).toBe('paid')
  })

  it('cannot be queried before its number is known', async () => {
    const { provider, requests } = answering({})
    expect((await provider.query({ ...payment, theirNo: null })).outcome).toBe('unknown')
    expect((await provider.close?.({ ...payment, theirNo: null }))?.outcome).toBe('unknown')
    expect((await provider.refund?.({ ...refundInput, payment: { ...payment, theirNo: null } }))?.outcome).toBe(
      'unknown',
    )
    expect(requests).toEqual([])
  })
})

describe('closing a charge', () => {
  const closePath = `GET /v1/charges/${chargeId}/close`
  const failed = JSON.stringify({ status: 'FAILED', failure_code: 'TRADE_HAS_FINAL_STATUS', failure_msg: '' })

  it('that was paid in the meantime says so', async () => {
    const { provider } = answering({ [closePath]: failed, [chargePath]: charge() })
    expect(await provider.close?.(payment)).toMatchObject({ outcome: 'paid', amountFen: 128_800 })
  })

  it('has no certain result when Paymax neither closes it nor answers', async () => {
    const { provider } = answering({ [closePath]: failed })
    expect((await provider.close?.(payment))?.outcome).toBe('unknown')
  })

  it('does not read the SUCCEED of a paid charge as a successful close', async () => {
    const { provider } = answering({ [closePath]: charge(), [chargePath]: charge() })
    expect((await provider.close?.(payment))?.outcome).toBe('paid')
  })
})

describe('a refund', () => {
  it('has its number, sealed, in a field that Paymax stores and returns', async () => {
    const { provider, requests, called } = answering({
      [chargePath]: charge(),
      [refundPath]: refund({ status: 'PROCESSING' }),
    })
    expect(await provider.refund?.(refundInput)).toMatchObject({
      outcome: 'pending',
      theirNo: refundId,
      amountFen: 8_800,
    })
    expect(called()).toEqual([chargePath, refundPath])
    expect(requests[1]?.body).toContain('{"amount":88.00,')
    const { metadata, description } = JSON.parse(requests[1]?.body ?? '')
    expect(metadata).toEqual(refundFields(paymaxSettings, paidTruth).metadata)
    expect(description).toBe(`${testRefundNo} 不想要了`)
  })

  it('whose first reply was lost is found again and not sent twice', async () => {
    const { provider, called } = answering({ [chargePath]: withRefunds(refund({ status: 'PROCESSING' })) })
    expect(await provider.refund?.(refundInput)).toMatchObject({ outcome: 'pending', theirNo: refundId })
    expect(called()).toEqual([chargePath])
  })

  it('is found by its description if metadata are not returned', async () => {
    const { provider, called } = answering({ [chargePath]: withRefunds(refund({ metadata: undefined })) })
    expect(await provider.refund?.(refundInput)).toMatchObject({ outcome: 'refunded', theirNo: refundId })
    expect(called()).toEqual([chargePath])
  })

  it('is not sent while another one of the same amount may be this one', async () => {
    const nameless = refund({ metadata: undefined, description: 'by hand' })
    const { provider, called } = answering({ [chargePath]: withRefunds(nameless), [refundPath]: refund() })
    expect((await provider.refund?.(refundInput))?.outcome).toBe('unknown')
    expect(called()).toEqual([chargePath])
  })

  it('is sent beside known refunds', async () => {
    const other = refund({ metadata: { refund_no: '20260701120000ab12cd34r02' } })
    const byHand = refund({ metadata: undefined, description: 'by hand' }, '1.00')
    const { provider, called } = answering({ [chargePath]: withRefunds(other, byHand), [refundPath]: refund() })
    expect((await provider.refund?.(refundInput))?.outcome).toBe('refunded')
    expect(called()).toEqual([chargePath, refundPath])
  })

  it('that has a number of Paymax is only queried', async () => {
    const { provider, called } = answering({ [`GET /v1/charges/${chargeId}/refunds/${refundId}`]: refund() })
    expect((await provider.refund?.({ ...refundInput, theirRefundNo: refundId }))?.outcome).toBe('refunded')
    expect(called()).toEqual([`GET /v1/charges/${chargeId}/refunds/${refundId}`])
  })

  it.each([
    ['AMOUNT_NOT_ENOUGH', 'refused'],
    ['CHANNEL_REFUND_FAILED', 'refused'],
    ['MULTI_REFUND_RECORDS', 'unknown'],
    ['SYSTEM_ERROR', 'unknown'],
    ['A_NEW_CODE', 'unknown'],
  ])('answered with %s is %s', async (failure_code, outcome) => {
    const { provider } = answering({
      [chargePath]: charge(),
      [refundPath]: jsonReply({ failure_code, failure_msg: '' }, 400),
    })
    expect((await provider.refund?.(refundInput))?.outcome).toBe(outcome)
  })
})

describe('a webhook', () => {
  it('about a payment has the same result as a query of the charge', () => {
    expect(read(webhook(paymaxSettings, 'CHARGE', charge({}, '0.01'), paidTruth))).toMatchObject({
      about: 'payment',
      paymentNo: testPaymentNo,
      report: { outcome: 'paid', amountFen: 1, currency: 'CNY', theirNo: chargeId, at: testNow },
    })
  })

  it('of another app names the payment, so that staff can look it up', () => {
    const foreign = webhook(paymaxSettings, 'CHARGE', charge({ app: 'app_AAAAAAAAAAAAAAAA' }), paidTruth)
    expect(() => read(foreign)).toThrow(WrongMerchant)
    expect(() => read(foreign)).toThrow(expect.objectContaining({ code: 'BadSignature', paymentNo: testPaymentNo }))
  })

  it('that does not name its app, like the document’s sample, is only a reason to query', () => {
    const notice = webhook(paymaxSettings, 'CHARGE', charge({ app: undefined }), paidTruth)
    expect(read(notice)).toMatchObject({ paymentNo: testPaymentNo, confirm: true })
  })

  it('about a refund of ours has both numbers', () => {
    expect(read(webhook(paymaxSettings, 'REFUND', refund(), paidTruth))).toMatchObject({
      about: 'refund',
      refundNo: testRefundNo,
      report: { outcome: 'refunded', theirNo: refundId, amountFen: 8_800, at: testNow },
    })
  })

  it.each([
    ['no metadata', undefined],
    ['no seal', { refund_no: testRefundNo }],
    ['another merchant’s seal', { refund_no: testRefundNo, refund_seal: '0'.repeat(32) }],
  ])('about a refund with %s settles no refund of ours, and the charge is queried', (_, metadata) => {
    expect(read(webhook(paymaxSettings, 'REFUND', refund({ metadata }), paidTruth))).toMatchObject({
      about: 'payment',
      paymentNo: testPaymentNo,
      confirm: true,
      report: { outcome: 'refunded' },
    })
  })

  it.each([
    ['no data', '{"type":"CHARGE"}'],
    ['another type', `{"type":"TRANSFER","data":${charge()}}`],
    ['no order_no', `{"type":"CHARGE","data":${charge({ order_no: '' })}}`],
    ['an odd currency', `{"type":"CHARGE","data":${charge({ currency: 1 })}}`],
    ['jsApiParams whose inner quotes are not escaped', `{"type":"CHARGE","data":{"x":"{"appId":"wx"}"}}`],
  ])('with %s is malformed even when signed', (_, body) => {
    expect(() => read(signedWebhook(body))).toThrow(expect.objectContaining({ code: 'BadInput' }))
  })
})

describe('a statement', () => {
  const bill = (text: string) =>
    answering({
      'POST /v2/statement/download': { status: 200, headers: {}, body: Buffer.from(text) },
    }).provider.bill?.('2026-06-30', testNow)
  const summary = '总交易单数,总交易金额（元）,总退款金额（元）\n3,300.00,0\n'

  it('is read as the document prints it, and requested once for WeChat and once for Alipay', async () => {
    const rows = await bill(vector.statement)
    const row = {
      kind: 'payment',
      no: '',
      theirNo: '1503994973363sUU',
      amountFen: 10_000,
      feeFen: 1,
      at: Date.UTC(2017, 7, 29, 5, 31, 17),
    }
    expect(rows).toEqual([row, row])
  })

  it('recognises refunds by the column of their number', async () => {
    const rows = await bill(
      `\ufeff订单时间,支付时间,商户订单号, Paymax 订单号,Paymax 退款订单号,交易总价,订单状态,订单描述\r\n20170829,,${testPaymentNo},1503994973363sUU,${refundId},100.00,交易成功,a,b\r\n${summary}`,
    )
    expect(rows?.[0]).toEqual({
      kind: 'refund',
      no: testPaymentNo,
      theirNo: refundId,
      paymentNo: testPaymentNo,
      ofTheirNo: '1503994973363sUU',
      amountFen: 10_000,
      feeFen: null,
      at: Date.UTC(2017, 7, 28, 16, 0, 0),
    })
  })

  it.each([
    ['was cut off', '订单时间,支付时间\n20170829,20170829133117'],
    ['is empty', ''],
    ['has an amount that is none', `订单时间,交易总价\n20170829,一百\n${summary}`],
    ['has no titles', `20170829,100.00\n${summary}`],
  ])('that %s cannot be read', async (_, text) => {
    await expect(bill(text)).rejects.toMatchObject({ code: 'ProviderUnavailable' })
  })

  it('of today is not requested', async () => {
    const { provider, requests } = answering({})
    await expect(provider.bill?.('2026-07-01', testNow)).rejects.toMatchObject({ code: 'ProviderRefused' })
    expect(requests).toEqual([])
  })

  it('of a channel that the merchant does not have is empty, and the other one is read', async () => {
    const provider = paymax.create(paymaxSettings, async (request) =>
      readCall(request).body.channelCategory === 'ALIPAY'
        ? jsonReply({ failure_code: 'CHANNEL_NOT_AVAILABLE', failure_msg: '该支付渠道未申请或者未开通' }, 400)
        : { status: 200, headers: {}, body: Buffer.from(vector.statement) },
    )
    expect(await provider.bill?.('2026-06-30', testNow)).toHaveLength(1)
  })

  it('that was requested too often can be read later', async () => {
    const reply = jsonReply({ failure_code: 'OUT_OF_DOWNLOAD', failure_msg: '下载次数超限' })
    const { provider } = answering({ 'POST /v2/statement/download': reply })
    await expect(provider.bill?.('2026-06-30', testNow)).rejects.toMatchObject({ code: 'ProviderUnavailable' })
  })
})

describe('samples of the documents that contradict themselves', () => {
  const parts = {
    method: vector.method,
    uri: vector.uri,
    query: vector.query,
    authorization: vector.authorization,
  }

  it('the lines printed under the table do not fit its signature', () => {
    const key = readPrivateKey(vector.privateKeyPkcs8Base64)
    const body = vector.body.replace('d0a4877e-39fa-4704-a3e1-ca484a7f1363', vector.printedLines.order_no)
    const { nonce, timestamp } = vector.printedLines
    const lines = { ...parts, nonce, timestamp, body }
    expect(signPaymaxRequest(lines, key)).not.toBe(vector.sign)
  })

  it('a signature made with CRLF, or over a body that was written again, is different', () => {
    const key = readPrivateKey(vector.privateKeyPkcs8Base64)
    const text = [vector.method, vector.uri, vector.query, vector.nonce, vector.timestamp, vector.authorization]
    const open = readPublicKey(paymaxSettings.platformPublicKey)
    expect(verifyRsa('sha1', [...text, vector.body].join('\r\n'), vector.sign, open)).toBe(false)
    const rewritten = JSON.stringify(JSON.parse(vector.body), null, 1)
    const again = { ...parts, nonce: vector.nonce, timestamp: vector.timestamp, body: rewritten }
    expect(signPaymaxRequest(again, key)).not.toBe(vector.sign)
  })
})
