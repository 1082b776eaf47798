// Tests that the fake server of Midas does what the document says, and refuses what Midas would refuse.
import vector from '../providers/vectors/midas.json'
import { createMerchant, type Merchant, offerId, sampleOrder, signed } from './merchant'

const { user_id, out_trade_no } = sampleOrder
const ours = { user_id, out_trade_no }
const minute = 60_000

let merchant: Merchant
beforeEach(() => {
  merchant = createMerchant()
})
afterEach(() => merchant.close())

async function paid(): Promise<void> {
  await merchant.sandbox.pay(await merchant.order())
  await merchant.settled()
}

describe('signing', () => {
  test('the document’s own example is accepted', async () => {
    merchant.clock.at = Number(vector.params.ts) * 1000
    const { json } = await merchant.call('unified_order', { ...vector.params, sign: vector.sign })
    expect(json).toMatchObject({ ret: 0, out_trade_no: vector.params.out_trade_no })
    expect(signed(vector.params)).toBe(vector.sign)
  })

  test('one changed value is refused', async () => {
    merchant.clock.at = Number(vector.params.ts) * 1000
    const { json } = await merchant.call('unified_order', { ...vector.params, amount: '2', sign: vector.sign })
    expect(json.ret).toBe(1002)
  })

  test('both readings of the document’s time are accepted, a time of yesterday is not', async () => {
    const ts = Math.floor(merchant.clock.at / 1000)
    const ret = async (at: number) =>
      (await merchant.call('query_order', { ...ours, type: 'by_order', ts: `${at}` })).json.ret
    await merchant.order()
    expect(await ret(ts)).toBe(0)
    expect(await ret(ts - 28_800)).toBe(0)
    expect(await ret(ts - 86_400)).toBe(1001)
    expect(await ret(ts + 3_600)).toBe(1001)
  })
})

describe('the wire format', () => {
  test('parameters are in the query string, the reply is JSON with the content type of HTML', async () => {
    const post = await merchant.call('unified_order', sampleOrder)
    expect(post).toMatchObject({ status: 200, type: 'text/html;charset=utf-8' })
    expect(post.json).toMatchObject({ ret: 0, transaction_id: expect.stringMatching(/^E-\d{18}$/) })
    expect((await merchant.call('unified_order', sampleOrder, { method: 'GET' })).json.ret).toBe(0)
    expect((await merchant.call('unified_order', sampleOrder, { method: 'PUT' })).json.ret).toBe(1001)
    expect((await merchant.call('unified_order', sampleOrder, { body: 'amount=1' })).json.ret).toBe(1001)
  })

  test('pay_info is data=…&sign=…, both URL-encoded, and longer than the table says', async () => {
    const payInfo = await merchant.order()
    expect(payInfo).toMatch(/^data=%7B[^&]+%7D&sign=[^&=]+$/)
    expect(payInfo.length).toBeGreaterThan(512)
    expect(JSON.parse(new URLSearchParams(payInfo).get('data') ?? '')).toMatchObject({ appid: offerId, out_trade_no })
  })

  test('another offer, an unknown interface and a fake server without settings are refused', async () => {
    const at = async (path: string) => {
      const query = new URLSearchParams()
      const answer = await merchant.sandbox.handle('midas', {
        method: 'POST',
        path,
        query,
        headers: {},
        body: Buffer.of(),
      })
      return answer === 'reset' ? answer : JSON.parse(answer.body).ret
    }
    expect(await at('/v1/r/OTHER/unified_order')).toBe(1008)
    expect(await at(`/v1/r/${offerId}/constructor`)).toBe(1008)
    expect(await at('/')).toBe(1008)
    const bare = createMerchant({ settings: () => undefined })
    expect((await bare.call('unified_order', sampleOrder)).json.ret).toBe(1008)
    expect(await bare.sandbox.pay('data=%7B%7D&sign=a')).toEqual({ errMsg: expect.stringContaining('fail') })
    bare.close()
  })
})

describe('unified_order refuses', () => {
  test.each([
    ['a user_id of four characters', { user_id: 'abcd' }],
    ['an openid as user_id', { user_id: 'oMini_cashier-1' }],
    ['an out_trade_no of 33 characters', { out_trade_no: 'a'.repeat(33) }],
    ['an out_trade_no with a blank', { out_trade_no: 'a b' }],
    ['a product_id in Chinese', { product_id: '茶' }],
    ['an amount of 0', { amount: '0' }],
    ['a negative amount', { amount: '-1' }],
    ['an amount in yuan', { amount: '88.00' }],
    ['another currency', { currency_type: 'USD' }],
    ['a product_name of 129 bytes', { product_name: '茶'.repeat(43) }],
    ['a product_detail of 258 bytes', { product_detail: '茶'.repeat(86) }],
    ['a product_name with an emoji', { product_name: '茶🍵' }],
    ['a product_detail with a letter of another plane', { product_detail: '𠮷' }],
    ['an empty parameter', { metadata: '' }],
    ['an unknown channel', { channel: 'alipay' }],
    ['a callback_url that is none', { callback_url: 'shop' }],
    ['parts that do not add up', { sub_out_trade_no_list: '[{"sub_out_trade_no":"a","amount":1}]' }],
    ['a ts in milliseconds', { ts: '1767240000000' }],
  ])('%s', async (_, change) => {
    expect((await merchant.call('unified_order', { ...sampleOrder, ...change })).json.ret).toBe(1001)
  })

  test.each(['user_id', 'out_trade_no', 'product_id', 'currency_type', 'amount', 'product_name', 'product_detail'])(
    'a missing %s',
    async (field) => {
      const rest = Object.fromEntries(Object.entries(sampleOrder).filter(([name]) => name !== field))
      expect((await merchant.call('unified_order', rest)).json).toMatchObject({ ret: 1001, msg: `${field} is missing` })
    },
  )

  test('a parameter given twice', async () => {
    const fields = { ...sampleOrder, ts: String(Math.floor(merchant.clock.at / 1000)) }
    const query = new URLSearchParams({ ...fields, sign: signed(fields) })
    query.append('amount', '1')
    const path = `/v1/r/${offerId}/unified_order`
    const answer = await merchant.sandbox.handle('midas', {
      method: 'POST',
      path,
      query,
      headers: {},
      body: Buffer.of(),
    })
    expect(answer).toMatchObject({ body: expect.stringContaining('1001') })
  })

  test('a used number for another order; the same order again is the same transaction', async () => {
    const first = await merchant.call('unified_order', sampleOrder)
    const again = await merchant.call('unified_order', sampleOrder)
    expect(again.json.transaction_id).toBe(first.json.transaction_id)
    for (const change of [{ amount: '1' }, { user_id: 'another1' }, { product_name: '茶' }])
      expect((await merchant.call('unified_order', { ...sampleOrder, ...change })).json.ret).toBe(1006)
  })

  test('a paid number, a closed one, and one whose page has expired', async () => {
    await paid()
    expect((await merchant.call('unified_order', sampleOrder)).json.ret).toBe(1005)
    await merchant.order({ out_trade_no: 'closed' })
    await merchant.call('close_order', { user_id, out_trade_no: 'closed' })
    expect((await merchant.call('unified_order', { ...sampleOrder, out_trade_no: 'closed' })).json.ret).toBe(1004)
    await merchant.order({ out_trade_no: 'old' })
    await merchant.advance(121 * minute)
    expect((await merchant.call('unified_order', { ...sampleOrder, out_trade_no: 'old' })).json.ret).toBe(1004)
  })
})

describe('query_order', () => {
  test('returns every state of the document', async () => {
    const payInfo = await merchant.order()
    expect(await merchant.state()).toBe('0')
    await merchant.exchange(payInfo)
    expect(await merchant.state()).toBe('1')
    await merchant.sandbox.pay(payInfo, 'pay with no notice')
    expect(await merchant.state()).toBe('2')

    merchant.answer = () => ({ status: 200, headers: {}, body: '{"ret":-1,"msg":"no"}' })
    await merchant.sandbox.pay(await merchant.order({ out_trade_no: 'undelivered' }))
    await merchant.advance(24 * 60 * minute)
    expect(await merchant.state('undelivered')).toBe('3')

    merchant.answer = () => ({ status: 200, headers: {}, body: '{"ret":0,"msg":"ok"}' })
    await merchant.sandbox.pay(await merchant.order({ out_trade_no: 'delivered' }))
    await merchant.settled()
    expect(await merchant.state('delivered')).toBe('4')

    await merchant.order({ out_trade_no: 'old' })
    await merchant.advance(120 * minute)
    expect(await merchant.state('old')).toBe('5')
    await merchant.advance(minute)
    expect(await merchant.state('old')).toBe('6')
  })

  test('describes a paid order, by our number or by Midas’s', async () => {
    await paid()
    const { json } = await merchant.call('query_order', { ...ours, type: 'by_order' })
    expect(json).toMatchObject({ ret: 0, appid: offerId, amount: 8800, currency_type: 'CNY', user_id, out_trade_no })
    expect(json).toMatchObject({ order_time: '2026-01-01 12:00:00', pay_time: '2026-01-01 12:00:00', refund_time: '' })
    const theirs = { user_id, type: 'by_order', transaction_id: json.transaction_id }
    expect((await merchant.call('query_order', theirs)).json.out_trade_no).toBe(out_trade_no)
    const both = { ...theirs, out_trade_no: 'nobody' }
    expect((await merchant.call('query_order', both)).json.ret).toBe(1003)
  })

  test('shows nobody another user’s order', async () => {
    await merchant.order()
    expect((await merchant.call('query_order', { ...ours, user_id: 'stranger', type: 'by_order' })).json.ret).toBe(1003)
    expect((await merchant.call('query_order', { user_id, type: 'by_order' })).json.ret).toBe(1001)
  })

  test('lists a user’s orders by time and page', async () => {
    const since = Math.floor(merchant.clock.at / 1000)
    for (const no of ['one', 'two', 'three']) {
      await merchant.order({ out_trade_no: no })
      merchant.clock.at += 2_000
    }
    await merchant.order({ out_trade_no: 'other', user_id: 'another1' })
    const by = async (change: Record<string, string>) => {
      const range = { starttime: `${since}`, endtime: `${since + 100}`, num: '10', off_set: '0' }
      const { json } = await merchant.call('query_order', { user_id, type: 'by_user', ...range, ...change })
      return json.list?.map((order: { out_trade_no: string }) => order.out_trade_no) ?? json.ret
    }
    expect(await by({})).toEqual(['one', 'two', 'three'])
    expect(await by({ num: '1', off_set: '1' })).toEqual(['two'])
    expect(await by({ starttime: `${since + 1}` })).toEqual(['two', 'three'])
    expect(await by({ endtime: 'now' })).toBe(1001)
  })
})

describe('close_order', () => {
  test('closes an unpaid order, also twice, and then it cannot be paid', async () => {
    const payInfo = await merchant.order()
    expect((await merchant.call('close_order', ours)).json.ret).toBe(0)
    expect((await merchant.call('close_order', ours)).json.ret).toBe(0)
    expect(await merchant.state()).toBe('6')
    expect((await merchant.exchange(payInfo)).json.ret).toBe(1004)
    expect((await merchant.sandbox.pay(payInfo)).errMsg).toBe('requestPayment:fail 该订单已关闭')
  })

  test('refuses a paid, an unknown and another user’s order', async () => {
    await paid()
    expect((await merchant.call('close_order', ours)).json.ret).toBe(1005)
    expect((await merchant.call('close_order', { user_id, out_trade_no: 'nobody' })).json.ret).toBe(1003)
    expect((await merchant.call('close_order', { user_id: 'stranger', out_trade_no })).json.ret).toBe(1003)
  })
})

describe('refund', () => {
  const refund = async (change: Record<string, string> = {}) =>
    (await merchant.call('refund', { ...ours, refund_id: 'r1', amount: '3000', ...change })).json.ret
  const state = async (refund_id = 'r1') => (await merchant.call('query_refund', { user_id, refund_id })).json.state

  test('is processed for twenty minutes and then succeeds', async () => {
    await paid()
    expect(await refund()).toBe(0)
    expect(await state()).toBe(1)
    await merchant.advance(19 * minute)
    expect(await state()).toBe(1)
    await merchant.advance(minute)
    expect(await state()).toBe(2)
    const { json } = await merchant.call('query_order', { ...ours, type: 'by_order' })
    expect(json).toMatchObject({ order_state: '4', refund_time: '2026-01-01 12:20:00' })
  })

  test('the same refund_id is the same refund; for another amount it is refused', async () => {
    await paid()
    expect([await refund(), await refund(), await refund({ amount: '3001' })]).toEqual([0, 0, 1006])
    expect([
      await refund({ refund_id: 'r2', amount: '5801' }),
      await refund({ refund_id: 'r2', amount: '5800' }),
    ]).toEqual([1007, 0])
    expect(await refund({ refund_id: 'r3', amount: '1' })).toBe(1007)
  })

  test('of an unpaid order, another user’s order, or after a year, is refused', async () => {
    await merchant.order()
    expect(await refund()).toBe(1007)
    expect(await refund({ user_id: 'stranger' })).toBe(1003)
    await merchant.sandbox.pay(await merchant.order())
    await merchant.settled()
    await merchant.advance(366 * 24 * 60 * minute)
    expect(await refund()).toBe(1007)
  })

  test('that fails later releases its amount', async () => {
    await paid()
    merchant.sandbox.setScenario('midas', 'refund fails')
    expect(await refund({ amount: '8800' })).toBe(0)
    expect(await refund({ refund_id: 'r2' })).toBe(1007)
    await merchant.advance(20 * minute)
    expect(await state()).toBe(3)
    expect(await refund({ refund_id: 'r2' })).toBe(0)
  })

  test('of a partial order cannot exceed that part', async () => {
    const parts = [
      { sub_out_trade_no: 'a', amount: 800 },
      { sub_out_trade_no: 'b', amount: 8000 },
    ]
    await merchant.sandbox.pay(await merchant.order({ sub_out_trade_no_list: JSON.stringify(parts) }))
    await merchant.settled()
    expect(await refund({ sub_out_trade_no: 'a', amount: '801' })).toBe(1007)
    expect(await refund({ sub_out_trade_no: 'a', amount: '800' })).toBe(0)
    expect(await refund({ refund_id: 'r2', sub_out_trade_no: 'a', amount: '1' })).toBe(1007)
    expect(merchant.received[0]?.fields.sub_out_trade_no_list).toEqual(parts)
  })

  test('can be set to be done at once, and nobody sees another user’s refund', async () => {
    const quick = createMerchant({ refundAfterMs: 0 })
    await quick.sandbox.pay(await quick.order())
    await quick.call('refund', { ...ours, refund_id: 'r1', amount: '1' })
    expect((await quick.call('query_refund', { user_id, refund_id: 'r1' })).json.state).toBe(2)
    expect((await quick.call('query_refund', { user_id: 'stranger', refund_id: 'r1' })).json.ret).toBe(1003)
    expect((await quick.call('query_refund', { user_id: 'stranger', refund_id: 'r9' })).json.ret).toBe(1003)
    quick.close()
  })
})

describe('the exchange for the SDK', () => {
  test('returns JSAPI parameters that the payment sheet accepts, as text or as an object', async () => {
    const payInfo = await merchant.order()
    const { json, type } = await merchant.exchange(payInfo)
    expect(type).toMatch(/json/)
    expect(json).toMatchObject({
      ret: 0,
      jsapi: { package: expect.stringMatching(/^prepay_id=wx\d+$/), signType: 'RSA' },
    })
    const shown = { provider: 'midas', amountFen: 8800, currency: 'CNY', title: '明前龙井' }
    expect(merchant.sandbox.inspect(json.jsapi)).toEqual(shown)
    expect(merchant.sandbox.inspect(JSON.stringify(json.jsapi))).toEqual(shown)
    expect(merchant.sandbox.inspect(payInfo)).toEqual(shown)
    expect(await merchant.sandbox.pay(JSON.stringify(json.jsapi))).toEqual({ errMsg: 'requestPayment:ok' })
  })

  test('refuses a changed payInfo, and says when an order was paid before', async () => {
    const payInfo = await merchant.order()
    expect((await merchant.exchange(payInfo.replace('wechat', 'wechaT'))).json.ret).toBe(1002)
    expect((await merchant.exchange('')).json.ret).toBe(1002)
    await merchant.sandbox.pay(payInfo)
    expect((await merchant.exchange(payInfo)).json).toMatchObject({ ret: 1005, paid: true })
  })

  test('changed parameters open no payment sheet', async () => {
    const { json } = await merchant.exchange(await merchant.order())
    const forged = { ...json.jsapi, nonceStr: 'other' }
    expect(await merchant.sandbox.pay(forged)).toEqual({ errMsg: 'requestPayment:fail 支付验证签名失败' })
    expect(() => merchant.sandbox.inspect(forged)).toThrow('no provider of the sandbox made this payInfo')
  })
})

describe('the delivery callback', () => {
  test('has the document’s fields, signed, without a transaction_id', async () => {
    await merchant.sandbox.pay(await merchant.order({ metadata: 'shop=1' }))
    await merchant.settled()
    expect(merchant.received).toHaveLength(1)
    expect(merchant.received[0]).toMatchObject({
      genuine: true,
      fields: { appid: offerId, amount: 8800, pay_scene: 5 },
    })
    expect(Object.keys(merchant.received[0]?.fields ?? {}).sort()).toEqual(
      'amount appid currency_type metadata out_trade_no pay_channel pay_channel_orderid pay_scene product_id ts user_id'.split(
        ' ',
      ),
    )
  })

  test('is repeated at the document’s times, ten times in all', async () => {
    merchant.answer = () => ({ status: 200, headers: {}, body: '{"ret":0,"msg":"OK"}' })
    await paid()
    await merchant.advance(24 * 60 * minute)
    const times = merchant.received.map(({ at }) => at)
    expect(times.slice(1).map((at, index) => (at - (times[index] ?? 0)) / 1000)).toEqual([
      15, 15, 30, 180, 1800, 1800, 1800, 1800, 3600,
    ])
    expect(merchant.received.every(({ genuine }) => genuine)).toBe(true)
    expect(merchant.sandbox.nextAt()).toBeNull()
  })

  test('ends with the first confirmation', async () => {
    let tries = 0
    merchant.answer = () => {
      tries += 1
      if (tries === 1) throw new Error('the merchant is down')
      if (tries === 2) return { status: 500, headers: {}, body: '{"ret":0,"msg":"ok"}' }
      return { status: 200, headers: {}, body: '{"ret":0,"msg":"ok"}' }
    }
    await paid()
    await merchant.advance(24 * 60 * minute)
    expect(merchant.received).toHaveLength(3)
    expect(await merchant.state()).toBe('4')
  })

  test('can be repeated faster', async () => {
    const fast = createMerchant({ noticeSpeed: 100 })
    fast.answer = () => ({ status: 200, headers: {}, body: '' })
    await fast.sandbox.pay(await fast.order())
    await fast.settled()
    await fast.advance(127_000)
    expect(fast.received).toHaveLength(10)
    fast.close()
  })
})
