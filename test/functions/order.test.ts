// Tests the built functions on the local cloud with the real wx-server-sdk: what a shopper, a provider and an attacker
// get.
import { beijingDigits } from '../../miniprogram/rules/beijing'
import { deliveryFields, midasSettings, signedDelivery } from '../providers/fixtures/midas'
import { dataOf, shopperA, shopperB, startCloud, type TestCloud } from '../support/startCloud'

const { offerId, offerKey, privateKey } = midasSettings
const accepted = '{"ret":0,"msg":"ok"}'
let cloud: TestCloud

beforeAll(async () => {
  cloud = await startCloud({ midas: { offerId, offerKey, privateKey } })
})
afterAll(() => cloud.stop())

interface Wrong {
  amount?: string
  currency?: string
  openid?: string
  settings?: Partial<typeof midasSettings>
}

async function deliver(paymentNo: string, wrong: Wrong = {}): Promise<string> {
  const settings = { ...midasSettings, ...wrong.settings }
  const truth = { amount: '17200', currency: 'CNY', openid: shopperA, paymentNo, now: Date.now(), ...wrong }
  const { body, headers } = signedDelivery(settings, deliveryFields(settings, truth))
  return (await cloud.notify({ body, headers })).text()
}

async function prepared(): Promise<{ orderNo: string; paymentNo: string }> {
  const { orderNo } = await cloud.newOrder()
  const { paymentNo } = dataOf(await cloud.order('pay', { orderNo, provider: 'midas', channel: 'wechat' }))
  return { orderNo, paymentNo }
}

const orderNoNow = (tail: string): string => beijingDigits(Date.now()) + tail

describe('refused callers', () => {
  it('a caller without an openid, and one who forges another caller’s event', async () => {
    expect(await (await cloud.call('order', { action: 'catalog', input: {} }, '')).json()).toMatchObject({
      ok: false,
      error: { code: 'Forbidden' },
    })
    const notice = { httpMethod: 'POST', path: '/notify/midas', headers: {}, body: '{}' }
    expect(await (await cloud.call('notify', notice)).json()).toMatchObject({ statusCode: 403 })
    expect((await cloud.call('timer', { Type: 'Timer', TriggerName: 'clock' })).status).toBe(500)
  })

  // getWXContext returns a number if the openid contains only digits. The number has no leading zeros, and a long
  // number is rounded.
  it.each(['12345678', '0012345678', '9007199254740993', '-5'])(
    'a caller whose openid the SDK turned into a number: %s',
    async (openid) => {
      for (const name of ['order', 'contract', 'admin'])
        expect(await (await cloud.call(name, { action: 'list', input: {} }, openid)).json()).toMatchObject({
          ok: false,
          error: { code: 'Forbidden' },
        })
      const notice = { httpMethod: 'POST', path: '/notify/midas', headers: {}, body: '{}' }
      expect(await (await cloud.call('notify', notice, openid)).json()).toMatchObject({ statusCode: 403 })
      expect((await cloud.call('timer', { Type: 'Timer', TriggerName: 'clock' }, openid)).status).toBe(500)
    },
  )

  it('no shopper gets a provider’s own text in any reply', async () => {
    const { orderNo } = await cloud.newOrder()
    await cloud.post('/local/sandbox', { provider: 'midas', scenario: 'provider down' })
    const reply = await (
      await cloud.call('order', { action: 'pay', input: { orderNo, provider: 'midas', channel: 'wechat' } })
    ).json()
    expect(reply).toMatchObject({
      ok: false,
      error: { code: 'ProviderUnavailable', message: 'the provider cannot be reached' },
    })
  })

  it.each([
    [null],
    ['x'],
    [{}],
    [{ action: 'constructor' }],
    [{ action: '__proto__' }],
    [{ action: 'catalog', input: [] }],
  ])('event %j is an input error', async (event) =>
    expect(await (await cloud.call('order', event)).json()).toMatchObject({ ok: false, error: { code: 'BadInput' } }),
  )

  it('a page of another origin', async () => {
    const headers = { 'x-openid': shopperA, origin: 'http://evil.example' }
    const response = await fetch(`${cloud.url}/call/order`, { method: 'POST', headers, body: '{}' })
    expect(response.status).toBe(403)
  })
})

describe('create', () => {
  const item = { sku: 'gaiwan', quantity: 1 }
  const asShown = { provider: 'midas', channel: 'wechat', amountFen: 8_600, currency: 'CNY' }
  it.each([
    ['an unknown sku', { items: [{ sku: 'nothing', quantity: 1 }] }, 'items.0.sku'],
    ['quantity 0', { items: [{ sku: 'gaiwan', quantity: 0 }] }, 'items.0.quantity'],
    ['quantity −1', { items: [{ sku: 'gaiwan', quantity: -1 }] }, 'items.0.quantity'],
    ['quantity 1.5', { items: [{ sku: 'gaiwan', quantity: 1.5 }] }, 'items.0.quantity'],
    ['quantity 1e9', { items: [{ sku: 'gaiwan', quantity: 1e9 }] }, 'items.0.quantity'],
    ['101 lines', { items: Array.from({ length: 101 }, () => item) }, 'items'],
    ['no lines', { items: [] }, 'items'],
    ['a price of the phone', { items: [{ ...item, priceFen: 1 }] }, 'priceFen'],
    ['an extra field', { items: [item], amountFen: 1 }, 'amountFen'],
    ['0 fen shown', { items: [item], pay: { ...asShown, amountFen: 0 } }, 'pay.amountFen'],
    ['−1 fen shown', { items: [item], pay: { ...asShown, amountFen: -1 } }, 'pay.amountFen'],
    ['1.5 fen shown', { items: [item], pay: { ...asShown, amountFen: 1.5 } }, 'pay.amountFen'],
    ['2^53 − 1 fen shown', { items: [item], pay: { ...asShown, amountFen: Number.MAX_SAFE_INTEGER } }, 'pay.amountFen'],
    ['a text as fen shown', { items: [item], pay: { ...asShown, amountFen: '1' } }, 'pay.amountFen'],
    ['no amount shown', { items: [item], pay: { provider: 'midas', channel: 'wechat' } }, 'pay.amountFen'],
    ['a provider that is none', { items: [item], pay: { ...asShown, provider: 'constructor' } }, 'provider'],
    ['a channel that is none', { items: [item], pay: { ...asShown, channel: '__proto__' } }, 'channel'],
    ['a malformed orderNo', { orderNo: 'x', items: [item] }, 'orderNo'],
    ['an orderNo of no real time', { orderNo: '20260230000000abcdefgh', items: [item] }, 'orderNo'],
    [
      'an orderNo two days ahead',
      { orderNo: `${beijingDigits(Date.now() + 172_800_000)}abcdefgh`, items: [item] },
      'orderNo',
    ],
  ])('%s is an input error that names the field', async (_, input, field) => {
    const reply = await cloud.order('create', { orderNo: orderNoNow('badinput'), ...input })
    expect(reply).toMatchObject({ ok: false, error: { code: 'BadInput' } })
    expect(JSON.stringify(reply)).toContain(field)
  })

  it('the same number of another person is Conflict, without further details', async () => {
    const { orderNo } = await cloud.newOrder()
    const reply = await cloud.order('create', { orderNo, items: [item] }, shopperB)
    expect(reply).toEqual({ ok: false, error: { code: 'Conflict', message: 'orderNo: is taken' } })
  })

  it('twenty taps at once make one order', async () => {
    const input = { orderNo: orderNoNow('twenty00'), items: [{ sku: 'jasmine-50', quantity: 3 }] }
    const replies = await Promise.all(Array.from({ length: 20 }, () => cloud.order('create', input)))
    expect(new Set(replies.map((reply) => dataOf(reply).order.amountFen))).toEqual(new Set([11_400]))
  })

  it('twenty calls at once that also pay make one order and one payment, which is paid once', async () => {
    const orderNo = orderNoNow('payatone')
    const input = { orderNo, items: [item], pay: asShown }
    const replies = await Promise.all(Array.from({ length: 20 }, () => cloud.order('create', input)))
    const begun = replies.flatMap((reply) => dataOf(reply).pay ?? [])
    expect(new Set(begun.map(({ paymentNo }) => paymentNo))).toEqual(new Set([`${orderNo}01`]))
    await cloud.post('/local/pay', { payInfo: begun[0]?.payInfo })
    const { order } = dataOf(await cloud.order('read', { orderNo, refresh: true }))
    expect(order).toMatchObject({ state: 'paid', payments: [{ paymentNo: `${orderNo}01`, state: 'paid' }] })
  })
})

describe('another person’s order', () => {
  it('cannot be read, paid or cancelled, and looks like a missing order', async () => {
    const { orderNo } = await cloud.newOrder()
    const missing = await cloud.order('read', { orderNo: orderNoNow('missing0') }, shopperB)
    for (const [action, extra] of [
      ['read', {}],
      ['cancel', {}],
      ['pay', { provider: 'midas', channel: 'wechat' }],
    ] as const)
      expect(await cloud.order(action, { orderNo, ...extra }, shopperB)).toEqual(missing)
    expect(missing).toMatchObject({ error: { code: 'NotFound' } })
  })
})

describe('a delivery notice', () => {
  it('that is genuine: paid once, confirmed byte for byte, also when it is repeated', async () => {
    const { orderNo, paymentNo } = await prepared()
    expect(await deliver(paymentNo)).toBe(accepted)
    expect(await deliver(paymentNo)).toBe(accepted)
    const order = await cloud.stored(orderNo)
    expect(order.state).toBe('paid')
    expect(order.history.filter(({ what }) => what === 'paid')).toHaveLength(1)
  })

  it('in 100 copies at once: paid once, each copy confirmed', async () => {
    const { orderNo, paymentNo } = await prepared()
    const answers = await Promise.all(Array.from({ length: 100 }, () => deliver(paymentNo)))
    expect(new Set(answers)).toEqual(new Set([accepted]))
    expect((await cloud.stored(orderNo)).history.filter(({ what }) => what === 'paid')).toHaveLength(1)
  })

  it('at the same instant as the shopper’s poll and the timer: one transition', async () => {
    const { orderNo, paymentNo } = await prepared()
    const polls = Array.from({ length: 5 }, () => cloud.order('read', { orderNo, refresh: true }))
    await Promise.all([deliver(paymentNo), cloud.advance(60_000), deliver(paymentNo), ...polls])
    expect((await cloud.stored(orderNo)).history.filter(({ what }) => what === 'paid')).toHaveLength(1)
  })

  it.each<[string, Wrong]>([
    ['amount', { amount: '17201' }],
    ['currency', { currency: 'USD' }],
    ['user', { openid: shopperB }],
    ['merchant', { settings: { offerId: '1450099999' } }],
  ])('with a right signature and a wrong %s settles nothing and is not confirmed', async (_, wrong) => {
    const { orderNo, paymentNo } = await prepared()
    const { version: _before, payments, ...before } = await cloud.stored(orderNo)
    expect(JSON.parse(await deliver(paymentNo, wrong))).toMatchObject({ ret: -1 })
    // Nothing in the order may change, except that the payment is marked for a check by staff.
    const after = await cloud.stored(orderNo)
    expect(after).toMatchObject(before)
    expect(after.payments.map(({ disputedAt: _at, ...payment }) => payment)).toEqual(payments)
  })

  it('that is forged, empty, unreadable or sent with the wrong method is refused in the provider’s form', async () => {
    const { orderNo, paymentNo } = await prepared()
    const before = await cloud.stored(orderNo)
    const refused = [await deliver(paymentNo, { settings: { offerKey: 'another-offer-key-of-32-letters!' } })]
    for (const request of [
      { body: '' },
      { body: '{' },
      { body: '[]' },
      { body: '{"out_trade_no":1}' },
      { method: 'GET' },
      { method: 'PUT', body: '{}' },
    ])
      refused.push(await (await cloud.notify(request)).text())
    for (const answer of refused) expect(JSON.parse(answer)).toMatchObject({ ret: -1 })
    expect(await cloud.stored(orderNo)).toEqual(before)
  })

  it('for an unknown payment is not confirmed', async () => {
    expect(JSON.parse(await deliver(`${orderNoNow('unknown0')}01`))).toMatchObject({ ret: -1 })
  })

  it('of over 100 KB is refused before the function, as in the cloud', async () => {
    const response = await cloud.notify({
      body: 'x'.repeat(101 * 1024),
      headers: { 'content-type': 'application/json' },
    })
    expect(await response.text()).toContain('EXCEED_MAX_PAYLOAD_SIZE')
  })

  it('of an unknown provider is not found', async () => {
    for (const provider of ['nobody', 'constructor', '__proto__'])
      expect((await cloud.notify({ provider, body: '{}' })).status).toBe(404)
  })
})

describe('scenarios of the sandbox', () => {
  const state = async (orderNo: string) => {
    const { state: orderState, payments, refunds } = await cloud.stored(orderNo)
    return [orderState, ...payments.map((payment) => payment.state), ...refunds.map((refund) => refund.state)]
  }

  it.each(['pay', 'three notices at once', "notice before the client's own result"])('%s: paid', async (scenario) => {
    const { orderNo } = await cloud.newOrder()
    expect(await cloud.pay(orderNo, scenario)).toMatchObject({ errMsg: 'requestPayment:ok' })
    await cloud.advance(1_000)
    expect(await state(orderNo)).toEqual(['paid', 'paid'])
  })

  it('pay with no notice: paid as soon as somebody queries', async () => {
    const { orderNo } = await cloud.newOrder()
    await cloud.pay(orderNo, 'pay with no notice')
    expect(await state(orderNo)).toEqual(['open', 'pending'])
    await cloud.advance(3_000)
    expect(dataOf(await cloud.order('read', { orderNo, refresh: true })).order.state).toBe('paid')
  })

  it.each(['cancel', 'fail', 'forged notice'])('%s: nothing paid, the order can be paid again', async (scenario) => {
    const { orderNo } = await cloud.newOrder()
    expect((await cloud.pay(orderNo, scenario)).errMsg).toMatch(/^requestPayment:fail/)
    expect(await state(orderNo)).toEqual(['open', 'pending'])
    expect(await cloud.pay(orderNo, 'pay')).toMatchObject({ errMsg: 'requestPayment:ok' })
    await cloud.advance(1_000)
    expect(await state(orderNo)).toEqual(['paid', 'paid'])
  })

  it('wrong amount: nobody is told that the order is paid', async () => {
    const { orderNo } = await cloud.newOrder()
    await cloud.pay(orderNo, 'wrong amount')
    await cloud.advance(20_000)
    expect(dataOf(await cloud.order('read', { orderNo, refresh: true })).order.state).toBe('open')
  })

  it('notice after close: the order stays closed, and the money is an overpayment', async () => {
    const { orderNo } = await cloud.newOrder()
    await cloud.pay(orderNo, 'notice after close')
    await cloud.advance(60 * 60_000)
    expect(await state(orderNo)).toEqual(['closed', 'paid'])
    expect((await cloud.stored(orderNo)).payments[0]?.surplus).toBe(true)
  })

  it('an order that nobody pays closes automatically', async () => {
    const { orderNo } = await cloud.newOrder()
    await cloud.order('pay', { orderNo, provider: 'midas', channel: 'wechat' })
    await cloud.advance(32 * 60_000)
    expect(await state(orderNo)).toEqual(['closed', 'closed'])
  })

  it.each(['provider down', 'garbage reply', 'slow', 'provider-error'])(
    '%s: a clear error, the order can still be paid, and there is one payment',
    async (scenario) => {
      const { orderNo } = await cloud.newOrder()
      const input = { orderNo, provider: 'midas', channel: 'wechat' }
      await cloud.post('/local/sandbox', { provider: 'midas', scenario })
      expect(await cloud.order('pay', input)).toMatchObject({ ok: false, error: { code: 'ProviderUnavailable' } })
      await cloud.post('/local/sandbox', { provider: 'midas', scenario: 'pay' })
      await cloud.pay(orderNo)
      await cloud.advance(1_000)
      expect(await state(orderNo)).toEqual(['paid', 'paid'])
    },
  )
})

describe('orders of a shopper', () => {
  it('are listed newest first, page by page, by state', async () => {
    const openid = 'oMiniCashier_reader'
    const made: string[] = []
    for (let index = 0; index < 5; index++) made.unshift((await cloud.newOrder(openid)).orderNo)
    await cloud.order('cancel', { orderNo: made[0] }, openid)
    const first = dataOf(await cloud.order('list', { limit: 3 }, openid))
    const second = dataOf(await cloud.order('list', { limit: 3, cursor: first.cursor }, openid))
    expect([...first.orders, ...second.orders].map(({ orderNo }) => orderNo)).toEqual([...made].sort().reverse())
    const closed = dataOf(await cloud.order('list', { state: 'closed' }, openid))
    expect(closed.orders.map(({ orderNo }) => orderNo)).toEqual([made[0]])
    for (const input of [{ limit: 0 }, { limit: 51 }, { state: { $gt: '' } }, { cursor: { $gt: '' } }])
      expect(await cloud.order('list', input, openid)).toMatchObject({ error: { code: 'BadInput' } })
  })
})
