// Tests refunds in a provider's console and double charges, from the fake server to our order. The amounts in our order
// must equal those at the provider.

import { midas } from '../../cloudfunctions/shared/providers/midas'
import { paymax } from '../../cloudfunctions/shared/providers/paymax'
import type { ProviderDefinition } from '../../cloudfunctions/shared/providers/provider'
import { wechatpay } from '../../cloudfunctions/shared/providers/wechatpay'
import { wisecashier } from '../../cloudfunctions/shared/providers/wisecashier'
import type { KeptNotice } from '../../cloudfunctions/shared/store/notices'
import { payOrder } from '../../cloudfunctions/shared/usecases/orders/payOrder'
import { receiveNotice } from '../../cloudfunctions/shared/usecases/settle/receiveNotice'
import { repairAsStaff, runBillsAsStaff } from '../../cloudfunctions/shared/usecases/staff/manageBills'
import { recheckOrder } from '../../cloudfunctions/shared/usecases/staff/ordersAsStaff'
import { recordRefundAsStaff, refundAsStaff } from '../../cloudfunctions/shared/usecases/staff/refundsAsStaff'
import { beijingDay } from '../../miniprogram/rules/beijing'
import { type Counter, openCounter } from '../sandbox/counter'
import type { FakeProvider } from '../support/fakes/fakeProvider'
import { minute, openShop, payMain, type Shop } from '../support/shop'

let counter: Counter
let shop: Shop
let delivered: number
let code: string

function open<Settings>(definition: ProviderDefinition<Settings>): void {
  counter = openCounter(definition)
  shop = openShop({ definition, provider: counter.provider } as unknown as FakeProvider)
  counter.clock.at = shop.ctx.now()
  delivered = 0
  code = definition.code
}
afterEach(() => counter.close())

/**
 * Lets time pass in the shop and at the fake server, and delivers the notifications of that time. @returns the shop's
 * answers
 */
async function pass(ms: number): Promise<string[]> {
  await counter.advance(ms)
  shop.advance(ms)
  const answers: string[] = []
  for (const request of counter.received.slice(delivered)) {
    const answer = await receiveNotice(shop.ctx, code, request)
    answers.push(String(answer.body))
  }
  delivered = counter.received.length
  return answers
}

/** Makes an order that is paid at the fake server. @returns the payment's number */
async function paidThere(channel: string, scenario?: string): Promise<{ orderNo: string; no: string }> {
  const orderNo = await shop.newOrder()
  const { payInfo } = await payOrder(shop.ctx, payMain(orderNo, channel, code))
  await counter.sandbox.pay(payInfo, scenario)
  await counter.settled()
  await pass(1_000)
  return { orderNo, no: `${orderNo}01` }
}

/** The refunded amount of each payment of the order, at the fake server. */
const backThere = (orderNo: string): Promise<unknown[]> =>
  Promise.all(
    shop.order(orderNo).payments.map(async ({ no, secondOf, theirNo }) => {
      const input = counter.prepareInput(secondOf ?? no, { theirNo })
      const { raw } = await counter.provider.query(input)
      return (raw as { amount_refunded?: unknown }).amount_refunded
    }),
  )

const backHere = (orderNo: string): number[] => {
  const { payments, refunds } = shop.order(orderNo)
  return payments.map(({ no }) =>
    refunds
      .filter(({ paymentNo, state }) => paymentNo === no && state === 'done')
      .reduce((sum, { amountFen }) => sum + amountFen, 0),
  )
}

const waiting = () => shop.db.all<KeptNotice>('notices').filter(({ dismissedAt }) => dismissedAt === null)

describe('Paymax', () => {
  beforeEach(() => open(paymax))

  it('a refund made in the console is in our record with its amount, and the rest can be refunded here', async () => {
    const { orderNo, no } = await paidThere('wechat_csb')
    counter.sandbox.refundInConsole('paymax', no, 900)
    expect(await pass(20 * minute)).toEqual(['success'])
    expect(await backThere(orderNo)).toEqual(['9.00'])
    expect(backHere(orderNo)).toEqual([900])
    expect(shop.order(orderNo).refunds).toMatchObject([{ by: 'provider', state: 'done', amountFen: 900 }])
    const wish = { orderNo, paymentNo: no, amountFen: 1_600, requestId: 'the-rest-1', reason: 'torn' }
    await refundAsStaff(shop.staff('owner'), wish)
    expect(await pass(20 * minute)).toEqual(['success'])
    expect(await backThere(orderNo)).toEqual(['25.00'])
    expect(backHere(orderNo)).toEqual([2_500])
    expect(waiting()).toEqual([])
  })

  it('our own refund of the same amount as one of the console is sent, once', async () => {
    const { orderNo, no } = await paidThere('wechat_csb')
    counter.sandbox.refundInConsole('paymax', no, 900)
    await pass(20 * minute)
    const wish = { orderNo, paymentNo: no, amountFen: 900, requestId: 'the-same-1', reason: 'torn' }
    await refundAsStaff(shop.staff('owner'), wish)
    await refundAsStaff(shop.staff('owner'), wish)
    await pass(20 * minute)
    expect(await backThere(orderNo)).toEqual(['18.00'])
    expect(backHere(orderNo)).toEqual([1_800])
    expect(waiting()).toEqual([])
  })

  it('while a console refund of the same amount is not recorded, ours waits, and staff tell the two apart', async () => {
    const { orderNo, no } = await paidThere('wechat_csb')
    counter.sandbox.refundInConsole('paymax', no, 900)
    const wish = { orderNo, paymentNo: no, amountFen: 900, reason: 'torn' }
    await refundAsStaff(shop.staff('owner'), { ...wish, requestId: 'the-same-1' })
    for (let run = 0; run < 9; run++) {
      await pass(60 * minute)
      await shop.tick()
    }
    expect(await backThere(orderNo)).toEqual(['9.00'])
    expect(waiting()).toMatchObject([{ reason: 'the provider does not say what became of this refund' }])

    const [{ no: refundNo } = { no: '' }] = shop.order(orderNo).refunds
    await recordRefundAsStaff(shop.staff('owner'), { orderNo, refundNo, isRefunded: false, note: 'not ours' })
    await recheckOrder(shop.staff('owner'), { orderNo })
    expect(backHere(orderNo)).toEqual([900])
    await refundAsStaff(shop.staff('owner'), { ...wish, requestId: 'the-same-2' })
    await pass(20 * minute)
    expect(await backThere(orderNo)).toEqual(['18.00'])
    expect(backHere(orderNo)).toEqual([1_800])
  })

  it('a second charge is a separate payment, and its refund is taken from it and not from the first', async () => {
    const { orderNo, no } = await paidThere('wechat_csb', 'charged-twice-told')
    expect(shop.order(orderNo)).toMatchObject({
      surplusFen: 2_500,
      payments: [{ no }, { secondOf: no, surplus: true, amountFen: 2_500 }],
    })
    const wish = { orderNo, paymentNo: `${no}s01`, amountFen: 2_500, requestId: 'overpaid-1', reason: 'twice' }
    await refundAsStaff(shop.staff('owner'), wish)
    expect(await pass(20 * minute)).toEqual(['success'])
    expect(await backThere(orderNo)).toEqual(['0.00', '25.00'])
    expect(backHere(orderNo)).toEqual([0, 2_500])
    expect(shop.order(orderNo).surplusFen).toBe(0)
  })
})

describe('Midas', () => {
  beforeEach(() => open(midas))

  it('a refund made in the console is found when staff query it; Midas gives no amount, so a person decides', async () => {
    const { orderNo, no } = await paidThere('wechat')
    counter.sandbox.refundInConsole('midas', no, 900)
    await pass(25 * minute)
    expect(waiting()).toEqual([])
    await recheckOrder(shop.staff('owner'), { orderNo })
    expect(waiting()).toMatchObject([{ kind: 'unresolved', orderNo, reason: 'refunded outside, amount unknown' }])
    expect(shop.order(orderNo)).toMatchObject({ refundedFen: 0, refunds: [] })
  })

  it('the rest can be refunded here, and no more', async () => {
    const { orderNo, no } = await paidThere('wechat')
    counter.sandbox.refundInConsole('midas', no, 900)
    await pass(25 * minute)
    const wish = { orderNo, paymentNo: no, amountFen: 1_600, requestId: 'the-rest-1', reason: 'torn' }
    await refundAsStaff(shop.staff('owner'), wish)
    await pass(25 * minute)
    for (let run = 0; run < 3; run++) {
      await shop.tick()
      await pass(6 * minute)
    }
    expect(shop.order(orderNo)).toMatchObject({ refundedFen: 1_600, refunds: [{ state: 'done' }] })
    expect(() => counter.sandbox.refundInConsole('midas', no, 1)).toThrow('more than is left')
  })
})

/** Compares the bill a day and a half later. @returns the only difference of the day on which the order was paid */
async function differenceInBill() {
  await pass(36 * 60 * minute)
  const wish = { provider: code, day: beijingDay(shop.ctx.now() - 36 * 60 * minute) }
  const { result } = await runBillsAsStaff(shop.staff('owner'), { ...wish, run: true })
  const differences = result.reconciliation?.differences ?? []
  expect(differences.length).toBeLessThan(2)
  return { wish, difference: differences[0] }
}

/** Records a refund of 9.00 yuan that only the bill contains. */
async function recordFromBill(orderNo: string): Promise<void> {
  const { wish, difference } = await differenceInBill()
  expect(difference).toMatchObject({ kind: 'refundMissingHere', orderNo })
  const { kind, no: theirs = '', theirNo = '' } = difference ?? {}
  const repair = { ...wish, kind, no: theirs, theirNo, how: 'record', note: 'made in the console' } as const
  await repairAsStaff(shop.staff('owner'), repair as never)
  expect(backHere(orderNo)).toEqual([900])
  expect(shop.order(orderNo).refunds).toMatchObject([{ by: 'provider', state: 'done', amountFen: 900 }])
}

describe('WeChat Pay', () => {
  beforeEach(() => open(wechatpay))

  it('a refund made in the console is found by its payment, recorded and confirmed; the bill agrees, and the rest can be refunded here', async () => {
    const { orderNo, no } = await paidThere('jsapi')
    counter.sandbox.refundInConsole('wechatpay', no, 900)
    expect(await pass(21 * minute)).toEqual([''])
    expect(shop.order(orderNo).refunds).toMatchObject([
      { by: 'provider', state: 'done', amountFen: 900, paymentNo: no },
    ])
    const wish = { orderNo, paymentNo: no, amountFen: 1_600, requestId: 'the-rest-1', reason: 'torn' }
    await refundAsStaff(shop.staff('owner'), wish)
    expect(await pass(21 * minute)).toEqual([''])
    expect(backHere(orderNo)).toEqual([2_500])
    expect((await differenceInBill()).difference).toBeUndefined()
    expect(waiting()).toEqual([])
  })

  it('a refund made in the console whose notification is lost is in the bill, names its order and can be recorded', async () => {
    const { orderNo, no } = await paidThere('jsapi')
    counter.sandbox.refundInConsole('wechatpay', no, 900)
    await counter.advance(21 * minute)
    shop.advance(21 * minute)
    delivered = counter.received.length
    await recordFromBill(orderNo)
  })
})

describe('Wisecashier', () => {
  beforeEach(() => open(wisecashier))

  it('a refund made in the console is in the bill, names its order and can be recorded', async () => {
    const { orderNo, no } = await paidThere('mini_program')
    counter.sandbox.refundInConsole('wisecashier', no, 900)
    await recordFromBill(orderNo)
  })
})
