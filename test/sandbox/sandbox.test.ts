// Tests the sandbox with one fake server: what each scenario does to the shopper, the money and the notifications, and
// what is left after a kill.
import { scenarios } from '../../tools/sandbox/scenarios'
import { createMerchant, type Merchant, sampleOrder } from './merchant'

const { user_id, out_trade_no } = sampleOrder
const ours = { user_id, out_trade_no }
const minute = 60_000
const ok = 'requestPayment:ok'

let merchant: Merchant
beforeEach(() => {
  merchant = createMerchant({ slowMs: 30 })
})
afterEach(() => merchant.close())

/** Chooses a scenario, places an order, and pays in the payment sheet. */
async function walk(scenario: string): Promise<string> {
  merchant.sandbox.setScenario('midas', scenario)
  const { errMsg } = await merchant.sandbox.pay(await merchant.order())
  return errMsg
}

const next = () => merchant.sandbox.list().providers.find(({ provider }) => provider === 'midas')?.next

describe('the payment sheet', () => {
  test('pay: the phone gets ok, and one genuine notification arrives', async () => {
    expect(await walk('pay')).toBe(ok)
    await merchant.settled()
    expect(merchant.received.map(({ genuine }) => genuine)).toEqual([true])
    expect(await merchant.state()).toBe('4')
  })

  test.each([
    ['cancel', 'requestPayment:fail cancel'],
    ['fail', 'requestPayment:fail (payment declined: insufficient balance)'],
  ])('%s: nothing is paid, and the order can still be paid', async (scenario, errMsg) => {
    expect(await walk(scenario)).toBe(errMsg)
    await merchant.advance(minute)
    expect(merchant.received).toEqual([])
    expect(await merchant.state()).toBe('0')
    expect((await merchant.sandbox.pay(await merchant.order())).errMsg).toBe(ok)
  })

  test('pay with no notice: only a query shows the payment', async () => {
    expect(await walk('pay with no notice')).toBe(ok)
    await merchant.advance(24 * 60 * minute)
    expect(merchant.received).toEqual([])
    expect(await merchant.state()).toBe('2')
  })

  test('three notices at once: the second begins before the first is answered', async () => {
    let under = 0
    let most = 0
    merchant.answer = async () => {
      under += 1
      most = Math.max(most, under)
      await new Promise((resolve) => setTimeout(resolve, 10))
      under -= 1
      return { status: 200, headers: {}, body: '{"ret":0,"msg":"ok"}' }
    }
    expect(await walk('three notices at once')).toBe(ok)
    await merchant.settled()
    await merchant.advance(24 * 60 * minute)
    expect([merchant.received.length, most]).toEqual([3, 3])
  })

  test('notice before the phone’s own result', async () => {
    expect(await walk("notice before the client's own result")).toBe(ok)
    expect(merchant.received).toHaveLength(1)
  })

  test('notice after close: Midas agrees to close, and then the money arrives', async () => {
    expect(await walk('notice after close')).toBe('requestPayment:fail')
    await merchant.advance(30 * minute)
    expect([await merchant.state(), merchant.received.length]).toEqual(['1', 0])
    expect((await merchant.call('close_order', ours)).json.ret).toBe(0)
    expect(await merchant.state()).toBe('6')
    await merchant.advance(9_000)
    expect(merchant.received).toEqual([])
    await merchant.advance(2_000)
    expect(merchant.received).toMatchObject([{ genuine: true, fields: { amount: 8800 } }])
    expect(await merchant.state()).toBe('4')
  })

  test('notice after close, but nobody closes: 45 minutes later', async () => {
    const payInfo = await merchant.order()
    await merchant.sandbox.pay(payInfo, 'notice-after-close')
    expect((await merchant.sandbox.pay(payInfo)).errMsg).toBe('requestPayment:fail 该订单已支付')
    await merchant.advance(45 * minute - 1)
    expect(merchant.received).toEqual([])
    await merchant.advance(1)
    expect(merchant.received).toHaveLength(1)
  })

  test('unknown result: an error that says nothing, and the notification 20 seconds later', async () => {
    expect(await walk('unknown-result')).toBe('requestPayment:fail')
    await merchant.advance(19_999)
    expect(merchant.received).toEqual([])
    await merchant.advance(1)
    expect(merchant.received).toMatchObject([{ genuine: true }])
  })

  test('forged notice: nothing paid, one notification with a signature that is not Midas’s', async () => {
    expect(await walk('forged notice')).toBe('requestPayment:fail cancel')
    merchant.answer = () => ({ status: 200, headers: {}, body: '{"ret":-1,"msg":"no"}' })
    await merchant.advance(24 * 60 * minute)
    expect(merchant.received).toMatchObject([{ genuine: false, fields: { out_trade_no, amount: 8800 } }])
    expect(await merchant.state()).toBe('6')
  })

  test('wrong amount: a genuine notification, and a query of Midas gives the same', async () => {
    expect(await walk('wrong amount')).toBe(ok)
    expect(merchant.received).toMatchObject([{ genuine: true, fields: { amount: 1 } }])
    expect((await merchant.call('query_order', { ...ours, type: 'by_order' })).json.amount).toBe(1)
  })

  test('a payment is accepted once', async () => {
    const payInfo = await merchant.order()
    const answers = await Promise.all([merchant.sandbox.pay(payInfo), merchant.sandbox.pay(payInfo)])
    expect(answers.map(({ errMsg }) => errMsg)).toEqual([ok, 'requestPayment:fail 该订单已支付'])
    await merchant.settled()
    expect(merchant.received).toHaveLength(1)
  })
})

describe('a broken call of the provider', () => {
  test.each([
    ['provider down', 0],
    ['http 500', 500],
  ])('%s: the order never arrived', async (scenario, status) => {
    merchant.sandbox.setScenario('midas', scenario)
    expect((await merchant.call('unified_order', sampleOrder)).status).toBe(status)
    expect(await merchant.state()).toBeUndefined()
    expect((await merchant.call('unified_order', sampleOrder)).json.ret).toBe(0)
  })

  test('slow: the work is done at once, and the answer is late', async () => {
    merchant.sandbox.setScenario('midas', 'slow')
    const began = performance.now()
    const late = merchant.call('unified_order', sampleOrder)
    expect(await merchant.state()).toBe('0')
    expect((await late).json.ret).toBe(0)
    expect(performance.now() - began).toBeGreaterThan(25)
  })

  test('garbage reply: the work is done, and the answer is not readable', async () => {
    merchant.sandbox.setScenario('midas', 'garbage-reply')
    expect(await merchant.call('unified_order', sampleOrder)).toMatchObject({ status: 200, json: undefined })
    expect(await merchant.state()).toBe('0')
  })

  test('a query in between does not use the scenario, unless the scenario is meant for queries', async () => {
    await merchant.order()
    merchant.sandbox.setScenario('midas', 'provider down')
    expect(await merchant.state()).toBe('0')
    expect((await merchant.call('unified_order', sampleOrder)).status).toBe(0)
    merchant.sandbox.setScenario('midas', 'provider down:query_order')
    expect((await merchant.call('unified_order', sampleOrder)).json.ret).toBe(0)
    expect(await merchant.state()).toBeUndefined()
    expect(await merchant.state()).toBe('0')
    merchant.sandbox.setScenario('midas', 'garbage:*')
    expect(await merchant.state()).toBeUndefined()
  })
})

describe('choosing a scenario', () => {
  test.each([
    ['Pay With No Notice', 'pay-with-no-notice'],
    ['THREE NOTICES AT ONCE', 'three-notices-at-once'],
    ['notice before the client’s own result', 'notice-before-result'],
    ['notice after close', 'notice-after-close'],
    ['forged_notice', 'forged-notice'],
    ['wrongAmount', 'wrong-amount'],
    ['provider down', 'provider-down'],
    ['garbage reply', 'garbage-reply'],
  ])('“%s” is %s', (text, id) => {
    merchant.sandbox.setScenario('midas', text)
    expect(next()).toBe(id)
  })

  test('each scenario has a name in both languages', () => {
    expect(merchant.sandbox.list().providers[0]?.scenarios).toEqual(
      // Leave out debits and double charges, because Midas has no contracts and no bills.
      scenarios
        .filter(({ id, debit }) => !debit && !id.startsWith('charged-twice'))
        .map(({ id }) => ({ id, label: expect.stringMatching(/\p{Script=Han}/u), labelEn: expect.any(String) })),
    )
  })

  test('an unknown name or provider is reported', async () => {
    expect(() => merchant.sandbox.setScenario('midas', 'explode')).toThrow(
      'no scenario "explode"; there are pay, cancel',
    )
    expect(() => merchant.sandbox.setScenario('constructor', 'pay')).toThrow('there is no fake server of "constructor"')
    expect(() => merchant.sandbox.setScenario('midas', 'cancel:refund')).toThrow('about the payment sheet')
    await expect(merchant.sandbox.pay(await merchant.order(), 'explode')).rejects.toThrow('no scenario')
    const lost = { method: 'POST', path: '/', query: new URLSearchParams(), headers: {}, body: Buffer.of() }
    expect(await merchant.sandbox.handle('constructor', lost)).toMatchObject({ statusCode: 404 })
  })

  test('a scenario lasts for one payment, from its order to its end', async () => {
    merchant.sandbox.setScenario('midas', 'cancel')
    const first = await merchant.order()
    expect(next()).toBe('cancel')
    const second = await merchant.order({ out_trade_no: 'second' })
    expect((await merchant.sandbox.pay(second)).errMsg).toBe(ok)
    expect(next()).toBe('cancel')
    expect((await merchant.sandbox.pay(first)).errMsg).toBe('requestPayment:fail cancel')
    expect(next()).toBe('pay')
    expect((await merchant.sandbox.pay(first)).errMsg).toBe(ok)
  })

  test('chosen while the payment sheet is open, a scenario applies to that payment', async () => {
    const payInfo = await merchant.order()
    merchant.sandbox.setScenario('midas', 'fail')
    expect((await merchant.sandbox.pay(payInfo)).errMsg).toMatch('declined')
    expect(next()).toBe('pay')
  })

  test('a scenario ends with a closed payment', async () => {
    merchant.sandbox.setScenario('midas', 'cancel')
    await merchant.order()
    await merchant.call('close_order', ours)
    expect(next()).toBe('pay')
  })

  test('a scenario given in the payment sheet replaces the chosen one', async () => {
    merchant.sandbox.setScenario('midas', 'cancel')
    const payInfo = await merchant.order()
    expect((await merchant.sandbox.pay(payInfo, 'fail')).errMsg).toMatch('declined')
    expect(next()).toBe('pay')
  })
})

describe('after a kill', () => {
  test('orders, payments and chosen scenarios are there, and notifications continue', async () => {
    merchant.answer = () => {
      throw new Error('the merchant is down')
    }
    const payInfo = await merchant.order()
    await merchant.sandbox.pay(payInfo)
    await merchant.settled()
    await merchant.order({ out_trade_no: 'late' })
    await merchant.sandbox.pay(await merchant.order({ out_trade_no: 'late' }), 'unknown result')
    merchant.sandbox.setScenario('midas', 'cancel')
    const open = await merchant.order({ out_trade_no: 'open' })

    merchant.restart()
    merchant.answer = () => ({ status: 200, headers: {}, body: '{"ret":0,"msg":"ok"}' })
    expect(await merchant.state()).toBe('2')
    expect((await merchant.sandbox.pay(open)).errMsg).toBe('requestPayment:fail cancel')
    await merchant.advance(minute)
    expect(merchant.received.map(({ fields }) => fields.out_trade_no)).toEqual([out_trade_no, out_trade_no, 'late'])
    expect([await merchant.state(), await merchant.state('late')]).toEqual(['4', '4'])
  })
})

test('the trace names sender and receiver, and never a key or a signature', async () => {
  const payInfo = await merchant.order()
  await merchant.exchange(payInfo)
  await merchant.sandbox.pay(payInfo)
  await merchant.settled()
  expect(merchant.traces.map(({ from, to, what, ok }) => [from, to, what, ok])).toEqual([
    ['functions', 'midas', 'unified_order', true],
    ['phone', 'midas', 'jsapi', true],
    ['phone', 'midas', 'sheet: pay', true],
    ['midas', 'notify', 'notice', true],
  ])
  const told = JSON.stringify(merchant.traces)
  expect(told).toContain(out_trade_no)
  expect(told).not.toMatch(/sign|[A-Za-z0-9+/]{80}/)
})
