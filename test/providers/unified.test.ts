// Tests the Unified pay platform: the conformance suite, and its own rules.
import {
  type HttpRequest,
  type PrepareInput,
  type RawRequest,
  WrongMerchant,
} from '../../cloudfunctions/shared/providers/provider'
import { unified } from '../../cloudfunctions/shared/providers/unified'
import { signUnified } from '../../cloudfunctions/shared/providers/unified/sign'
import { openidAddress } from '../../cloudfunctions/shared/providers/unified/wire'
import { payOrder } from '../../cloudfunctions/shared/usecases/orders/payOrder'
import { receiveNotice } from '../../cloudfunctions/shared/usecases/settle/receiveNotice'
import { openShop, payMain } from '../support/shop'
import { describeProvider, jsonReply, testNow, testOpenid, testPaymentNo } from './contract'
import { jsapi, noticeOf, readCall, record, unifiedFixture, unifiedSettings } from './fixtures/unified'
import vector from './vectors/unified.json'

describeProvider(unifiedFixture)

const payment: PrepareInput = {
  paymentNo: testPaymentNo,
  theirNo: null,
  channel: 'h5',
  amountFen: 128800,
  currency: 'CNY',
  openid: testOpenid,
  createdAt: testNow,
  now: testNow,
  title: '明前龙井 & 山泉水',
  noticeUrl: 'https://shop.example.com/notify/unified',
  expiresAt: testNow + 1,
}
const paid = record(unifiedSettings, {
  word: 'SUCCESSPAY',
  amount: '128800',
  paymentNo: testPaymentNo,
  theirNo: '20260701',
  currency: 'CNY',
  now: testNow,
})

const on = (answer: (call: string) => unknown, changes: object = {}) => {
  const requests: HttpRequest[] = []
  const provider = unified.create(unified.settings.parse({ ...unifiedSettings, ...changes }), async (request) => {
    requests.push(request)
    return jsonReply(answer(new URL(request.url).pathname.replace('/pay/api/', '')))
  })
  return { provider, calls: () => requests.map(readCall), requests }
}
const reply = (obj: unknown, errcode: string | number = '0') => ({ errcode, errormsg: '操作成功', obj })
const read = (notice: RawRequest) => on(() => ({})).provider.parseNotice(notice, testNow)

describe('h5/pay', () => {
  it('is called with openid and Wechat, both filled in after the signature, as the platform’s page does', async () => {
    const { provider, calls } = on(() => reply(jsapi))
    expect(JSON.parse((await provider.prepare(payment)).payInfo)).toEqual(jsapi)
    expect(calls()).toEqual([
      {
        call: 'h5/pay',
        fields: {
          domainCode: 'minicashier',
          payTypeCode: 'Wechat',
          requestChannel: '1',
          money: '128800',
          info: '明前龙井 & 山泉水',
          infoEn: `Order ${testPaymentNo}`,
          requestKey: testPaymentNo,
          currencyType: 'CNY',
          pageUrl: 'https://shop.example.com/',
          bgUrl: 'https://shop.example.com/notify/unified',
          dialogOkUrl: 'https://shop.example.com/',
          dialogFailUrl: 'https://shop.example.com/',
          rate: '',
          payTypeCodeIn: '',
          openid: testOpenid,
          sign: expect.stringMatching(/^[0-9a-f]{40}$/),
        },
      },
    ])
  })

  it('sends USD and a rate if the merchant has them, and no other currency', async () => {
    const { provider, calls } = on(() => reply(jsapi), { rate: '6.8' })
    await provider.prepare({ ...payment, currency: 'USD' })
    expect(calls()).toMatchObject([{ fields: { currencyType: 'USD', rate: '6.8' } }])
    await expect(provider.prepare({ ...payment, currency: 'HKD' })).rejects.toMatchObject({ code: 'ProviderRefused' })
    await expect(provider.prepare({ ...payment, channel: 'wechat' })).rejects.toMatchObject({ code: 'ProviderRefused' })
    expect(calls()).toHaveLength(1)
  })

  it('signs the two addresses encoded if the setting says so, and sends them plain', async () => {
    const { provider, requests } = on(() => reply(jsapi), { signUrlsEncoded: true })
    await provider.prepare(payment)
    const { sign, payTypeCode: _, openid: __, ...fields } = JSON.parse(requests[0]?.body ?? '')
    const encoded = {
      ...fields,
      pageUrl: 'https%3A%2F%2Fshop.example.com%2F',
      bgUrl: 'https%3A%2F%2Fshop.example.com%2Fnotify%2Funified',
    }
    expect(fields.bgUrl).toBe(payment.noticeUrl)
    expect(sign).toBe(signUnified(encoded, unifiedSettings.domainSecret))
    expect(sign).not.toBe(signUnified(fields, unifiedSettings.domainSecret))
  })

  it('returns a number among the parameters as the text that wx.requestPayment needs', async () => {
    const { provider } = on(() => reply({ ...jsapi, timeStamp: 1530669821 }))
    expect(JSON.parse((await provider.prepare(payment)).payInfo)).toEqual(jsapi)
  })

  it.each([
    ['no obj', undefined],
    ['a form instead of parameters', '<form action="https://mapi.alipay.com/gateway.do"></form>'],
    ['parameters without a signature', { ...jsapi, paySign: '' }],
  ])('that returns %s leaves the attempt pending', async (_, obj) => {
    await expect(on(() => reply(obj)).provider.prepare(payment)).rejects.toMatchObject({
      name: 'HttpFailure',
      sent: true,
    })
  })
})

describe('pc/pay', () => {
  const pc = { ...payment, channel: 'pc' }

  it('first asks whether WeChat can be used, then returns the content of a code', async () => {
    const { provider, calls } = on((call) =>
      reply(call === 'pc/pay' ? 'weixin://wxpay/bizpayurl?pr=1' : ['Wechat', 'Alipay']),
    )
    expect(await provider.prepare(pc)).toEqual({ payInfo: 'weixin://wxpay/bizpayurl?pr=1' })
    expect(calls()).toMatchObject([
      { call: 'pc/pay-types', fields: { domainCode: 'minicashier', paySceneName: 'pc' } },
      { call: 'pc/pay', fields: { payTypeCode: 'Wechat', requestKey: testPaymentNo } },
    ])
    expect(calls()[1]?.fields.openid).toBeUndefined()
  })

  it('is not called when WeChat cannot be used', async () => {
    const { provider, calls } = on(() => reply([{ payTypeCode: 'Alipay' }, { payTypeCode: 'Paypal' }]))
    await expect(provider.prepare(pc)).rejects.toMatchObject({ code: 'ProviderRefused' })
    expect(calls()).toHaveLength(1)
  })

  it.each([
    ['nothing', null],
    ['entries that nobody can read', [{ id: 7 }]],
    ['no list', 'Wechat'],
  ])('goes on when pay-types says %s', async (_, obj) => {
    const { provider } = on((call) => reply(call === 'pc/pay' ? 'weixin://1' : obj))
    expect((await provider.prepare(pc)).payInfo).toBe('weixin://1')
  })

  it('that returns a page instead of a code leaves the attempt pending', async () => {
    const { provider } = on(() => reply('<form></form>'))
    await expect(provider.prepare(pc)).rejects.toMatchObject({ name: 'HttpFailure', sent: true })
  })

  it.each([
    ['0', 'unknown'],
    ['30000', 'pending'],
    [30000, 'pending'],
    ['1', 'declined'],
    ['40001', 'declined'],
    ['', 'unknown'],
    [null, 'unknown'],
  ])('wechatQuery %j, while queryInfo knows nothing, means %s', async (errcode, outcome) => {
    const { provider, calls } = on((call) => reply(null, call === 'pc/wechatQuery' ? (errcode as string) : '0'))
    expect((await provider.query(pc)).outcome).toBe(outcome)
    expect(calls().map(({ call }) => call)).toEqual(['private/pay/queryInfo', 'pc/wechatQuery'])
  })
})

describe('payment pages', () => {
  const parametersOf = (address: string) => Object.fromEntries(new URLSearchParams(address.split('#/?')[1]))

  it.each([
    ['mpay.html', 'mpay.html', ''],
    ['pay.html', 'pay.html', ''],
    ['Alipay', 'mpay.html', 'Alipay'],
    ['ChinapayOld', 'mpay.html', 'ChinapayOld'],
    ['Paypal', 'mpay.html', 'Paypal'],
  ])('%s is an address with all parameters after the #, and needs no call', async (channel, file, payTypeCode) => {
    const { provider, requests } = on(() => ({}))
    const { payInfo } = await provider.prepare({ ...payment, channel })
    expect(requests).toEqual([])
    expect(payInfo.startsWith(`${unifiedSettings.baseUrl}/${file}#/?domainCode=minicashier&`)).toBe(true)
    const { sign, ...fields } = parametersOf(payInfo)
    expect(fields).toMatchObject({ payTypeCode, requestKey: testPaymentNo, money: '128800', info: payment.title })
    expect(sign).toBe(signUnified(fields, unifiedSettings.domainSecret))
  })

  it('have the document’s parameters in the document’s order', async () => {
    const { payInfo } = await on(() => ({})).provider.prepare({ ...payment, channel: 'pay.html' })
    for (const sample of vector.cases.filter(({ name }) => name.includes('page')))
      expect(Object.keys(parametersOf(payInfo))).toEqual([...Object.keys(sample.params), 'sign'])
  })

  it('send a shopper without openid to an address that names the page', () => {
    expect(openidAddress('http://x/openid', 'test', 'http://x/mpay.html#/?a=1&b=2')).toBe(
      'http://x/openid?domainCode=test&backUrl=http%3A%2F%2Fx%2Fmpay.html%23%2F%3Fa%3D1%26b%3D2',
    )
  })
})

describe('query', () => {
  it('calls queryInfo, once', async () => {
    const { provider, calls } = on(() => reply({ ...paid, money: 128800, payTime: testNow }))
    expect(await provider.query(payment)).toMatchObject({
      outcome: 'paid',
      amountFen: 128800,
      currency: 'CNY',
      theirNo: '20260701',
      at: testNow,
    })
    expect(calls()).toMatchObject([{ call: 'private/pay/queryInfo', fields: { requestKey: testPaymentNo } }])
  })

  it.each([null, undefined, ''])('with the obj %j: nothing was paid yet', async (obj) => {
    expect((await on(() => reply(obj)).provider.query(payment)).outcome).toBe('pending')
  })

  it.each([
    ['nothing came', false, 'pending'],
    ['money came, but how much', true, 'unknown'],
    ['neither', 'false', 'unknown'],
  ])('falls back to the simple query when queryInfo refuses: %s', async (_, obj, outcome) => {
    const { provider } = on((call) => (call === 'private/pay/query' ? reply(obj) : reply(null, '500')))
    expect((await provider.query(payment)).outcome).toBe(outcome)
  })

  it.each([
    ['another domainCode', { domainCode: 'another' }],
    ['no currency', { currencyType: undefined }],
    ['an amount that is no fen', { money: 1288.5 }],
  ])('does not accept an obj with %s', async (_, change) => {
    expect((await on(() => reply({ ...paid, ...change })).provider.query(payment)).outcome).toBe('unknown')
  })
})

describe('a notice', () => {
  it('is read, and is a reason to query', () => {
    expect(read(noticeOf(unifiedSettings, paid))).toEqual({
      about: 'payment',
      paymentNo: testPaymentNo,
      confirm: true,
      report: { outcome: 'paid', amountFen: 128800, currency: 'CNY', theirNo: '20260701', at: testNow, raw: paid },
    })
  })

  it('may have undocumented fields under its signature, and empty ones outside of it', () => {
    const more = { ...paid, later: '新', empty: '' }
    expect(read(noticeOf(unifiedSettings, more))).toMatchObject({ report: { raw: more } })
    const notice = noticeOf(unifiedSettings, paid)
    expect(() => read({ ...notice, query: { ...notice.query, later: '新' } })).toThrow('signature')
  })

  it('of another domainCode names the payment', () => {
    // The signature fits the values in any order, so it does not prove who sent the notification. The notification must
    // count as forged and make no case.
    let refusal: unknown
    try {
      read(noticeOf(unifiedSettings, { ...paid, domainCode: 'another' }))
    } catch (error) {
      refusal = error
    }
    expect(refusal).toMatchObject({ code: 'BadSignature' })
    expect(refusal).not.toBeInstanceOf(WrongMerchant)
  })

  it('with half a surrogate pair is malformed', () => {
    expect(() => read(noticeOf(unifiedSettings, { ...paid, payTypeName: '\ud800' }))).toThrow(
      expect.objectContaining({ code: 'BadInput' }),
    )
  })
})

describe('values that changed places under one signature', () => {
  it('settle nothing: only queryInfo settles, with one call', async () => {
    let truth: unknown = null
    const provided = on(() => reply(truth), {})
    const shop = openShop({ definition: unified, provider: provided.provider } as never)
    const orderNo = await shop.newOrder()
    truth = jsapi
    const { paymentNo } = await payOrder(shop.ctx, payMain(orderNo, 'h5', 'unified'))
    const amountFen = shop.order(orderNo).amountFen
    const genuine = { ...paid, requestKey: paymentNo, money: '1', orderSn: String(amountFen) }
    const swapped = { ...genuine, money: genuine.orderSn, orderSn: genuine.money }
    expect(signUnified(swapped, unifiedSettings.domainSecret)).toBe(signUnified(genuine, unifiedSettings.domainSecret))
    const receive = (fields: Record<string, string>) =>
      receiveNotice(shop.ctx, 'unified', noticeOf(unifiedSettings, fields))

    truth = null
    expect((await receive(swapped)).body).toBe('fail')
    expect(shop.order(orderNo).state).toBe('open')
    truth = genuine
    // Let time pass, because our server queries the platform about a payment only once in 3 s.
    shop.advance(3_000)
    expect((await receive(swapped)).body).toBe('fail')
    expect(shop.order(orderNo).state).toBe('open')
    shop.advance(3_000)
    truth = { ...genuine, money: String(amountFen) }
    const before = provided.requests.length
    expect((await receive(truth as Record<string, string>)).body).toBe('success')
    expect(provided.requests.length - before).toBe(1)
    expect(shop.order(orderNo).state).toBe('paid')
  })
})
