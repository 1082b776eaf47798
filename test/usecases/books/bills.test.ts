// Tests reconciliation with bills that the fake servers never make: refunds that the bill names only by the provider's
// number, payments of another system of the same merchant, refused bills, and days that are compared again.
import type { BillRow } from '../../../cloudfunctions/shared/providers/provider'
import { payOrder } from '../../../cloudfunctions/shared/usecases/orders/payOrder'
import { receiveNotice } from '../../../cloudfunctions/shared/usecases/settle/receiveNotice'
import { settlePayment } from '../../../cloudfunctions/shared/usecases/settle/settlePayment'
import { repairAsStaff, runBillsAsStaff } from '../../../cloudfunctions/shared/usecases/staff/manageBills'
import { refundAsStaff } from '../../../cloudfunctions/shared/usecases/staff/refundsAsStaff'
import { minute, openShop, paidOrder, payMain, type Shop } from '../../support/shop'

const hour = 60 * minute
const of = '2026-03-01'

/** Refunds a part of an order. @returns the refund's number */
async function refunded(shop: Shop, orderNo: string, amountFen: number, requestId: string): Promise<string> {
  const input = { orderNo, paymentNo: `${orderNo}01`, amountFen, requestId, reason: 'torn' }
  await refundAsStaff(shop.staff('owner'), input)
  const refund = shop.order(orderNo).refunds.find((one) => one.requestId === requestId)
  if (refund?.state !== 'done') throw new Error('it was not refunded')
  return refund.no
}

const line = (kind: BillRow['kind'], no: string, theirNo: string, amountFen: number): BillRow => ({
  kind,
  no,
  theirNo,
  amountFen,
  feeFen: null,
  at: Date.parse('2026-03-01T05:00:00Z'),
})
const paymentOf = (orderNo: string, theirNo = `T${orderNo}01`): BillRow =>
  line('payment', `${orderNo}01`, theirNo, 2_500)

const bill = (shop: Shop, rows: readonly BillRow[]) => {
  shop.fake.provider.bill = async (day) => (day === of ? [...rows] : [])
}

/** Compares the day's bill. May be called twice. */
async function run(shop: Shop) {
  const { result } = await runBillsAsStaff(shop.staff('owner'), { provider: 'fake', day: of, run: true })
  if (!result.reconciliation) throw new Error('nothing was reconciled')
  return result.reconciliation
}

type Repair = Parameters<typeof repairAsStaff>[1]

/** Resolves one difference. @returns how many differences of each kind remain */
async function repair(shop: Shop, wish: Pick<Repair, 'kind' | 'no' | 'theirNo' | 'how'>) {
  const asked = { provider: 'fake', day: of, note: 'looked at it', ...wish }
  return (await repairAsStaff(shop.staff('owner'), asked)).result.reconciliation.counts
}

const short = ({ differences }: Awaited<ReturnType<typeof run>>) => differences.map(({ kind, no }) => `${kind} ${no}`)

async function nextMorning(shop: Shop): Promise<void> {
  shop.advance(24 * hour)
  await shop.tick()
}

describe('a payment that the bill lists under two of the provider’s numbers', () => {
  async function twicePaid() {
    const shop = openShop()
    shop.fake.provider.byTheirNo = true
    const orderNo = await paidOrder(shop)
    bill(shop, [paymentOf(orderNo), paymentOf(orderNo, 'another')])
    await nextMorning(shop)
    expect(short(await run(shop))).toEqual([`duplicate ${orderNo}01`])
    const second = { kind: 'duplicate', no: `${orderNo}01`, theirNo: 'another', how: 'refund' } as const
    const giveBack = async () => (await repair(shop, second)).duplicate
    return { shop, orderNo, giveBack }
  }

  it('is repaired when the second charge was refunded, and not before', async () => {
    const { shop, orderNo, giveBack } = await twicePaid()
    shop.fake.refunds = 'pending'
    expect(await giveBack()).toBe(1)
    expect(await giveBack()).toBe(1)
    shop.fake.refunds = 'refunded'
    shop.advance(hour)
    await shop.tick()
    expect(await giveBack()).toBe(0)
    expect(shop.order(orderNo).refunds).toMatchObject([{ amountFen: 2_500, state: 'done', reason: 'reconciliation' }])
    expect((await run(shop)).counts.duplicate).toBe(0)
  })

  it('stays a difference when the provider refuses the refund, and can be refunded again', async () => {
    const { shop, orderNo, giveBack } = await twicePaid()
    shop.fake.refunds = 'refused'
    await expect(giveBack()).rejects.toMatchObject({ code: 'ProviderRefused' })
    // The second payment is still recorded as an overpayment, and can be refunded later.
    expect(shop.order(orderNo).surplusFen).toBe(2_500)
    shop.fake.refunds = 'refunded'
    expect(await giveBack()).toBe(0)
    expect(shop.order(orderNo).refunds).toMatchObject([{ state: 'failed' }, { state: 'done', amountFen: 2_500 }])
  })

  it('is refunded by the second number, even if the first was refunded too', async () => {
    const { shop, orderNo, giveBack } = await twicePaid()
    await refunded(shop, orderNo, 2_500, 'goods-came-back')
    const asked: unknown[] = []
    shop.fake.provider.refund = async ({ payment, amountFen, refundNo }) => {
      asked.push([payment.paymentNo, payment.theirNo, payment.isSecond, amountFen])
      return { outcome: 'refunded', amountFen, theirNo: `T${refundNo}`, raw: null }
    }
    expect(await giveBack()).toBe(0)
    expect(asked).toEqual([[`${orderNo}01`, 'another', true, 2_500]])
    const { refundedFen, surplusFen, payments } = shop.order(orderNo)
    expect([refundedFen, surplusFen]).toEqual([5_000, 0])
    expect(payments.map(({ no, theirNo }) => [no, theirNo])).toEqual([
      [`${orderNo}01`, `T${orderNo}01`],
      [`${orderNo}01s01`, 'another'],
    ])
  })

  it('is not refunded twice when its refund was begun on the order’s page', async () => {
    const { shop, orderNo, giveBack } = await twicePaid()
    await repair(shop, { kind: 'duplicate', no: `${orderNo}01`, theirNo: 'another', how: 'record' })
    const paymentNo = `${orderNo}01s01`
    const wish = { orderNo, paymentNo, amountFen: 2_500, requestId: 'by-hand-1', reason: 'twice' }
    await refundAsStaff(shop.staff('owner'), wish)
    await giveBack()
    expect(shop.order(orderNo).refunds).toMatchObject([{ paymentNo, amountFen: 2_500 }])
  })

  it('can be recorded as an overpayment, and the bill agrees from then on', async () => {
    const { shop, orderNo } = await twicePaid()
    const second = { kind: 'duplicate', no: `${orderNo}01`, theirNo: 'another' } as const
    for (const _ of 'twice') expect(await repair(shop, { ...second, how: 'record' })).toMatchObject({ duplicate: 0 })
    expect(shop.order(orderNo)).toMatchObject({
      surplusFen: 2_500,
      payments: [{ state: 'paid' }, { secondOf: `${orderNo}01`, theirNo: 'another', surplus: true }],
    })
    expect(await run(shop)).toMatchObject({ matched: 2, differences: [] })
  })

  it('is distinguished from a payment that is listed twice', async () => {
    const shop = openShop()
    const orderNo = await paidOrder(shop)
    const no = `${orderNo}01`
    shop.fake.provider.byTheirNo = true
    bill(shop, [paymentOf(orderNo), paymentOf(orderNo), paymentOf(orderNo, 'another')])
    await nextMorning(shop)
    expect((await run(shop)).differences.map(({ repairs }) => repairs)).toEqual([
      ['ignore'],
      ['record', 'refund', 'ignore'],
    ])
    expect(await repair(shop, { kind: 'duplicate', no, theirNo: `T${no}`, how: 'ignore' })).toMatchObject({
      duplicate: 1,
    })
    expect(await repair(shop, { kind: 'duplicate', no, theirNo: 'another', how: 'refund' })).toMatchObject({
      duplicate: 0,
    })
    expect(shop.order(orderNo).refundedFen).toBe(2_500)
  })

  it('is found also if the second one is in the next day’s bill', async () => {
    const shop = openShop()
    const orderNo = await paidOrder(shop)
    shop.fake.provider.bill = async (day) =>
      day === of ? [paymentOf(orderNo)] : day === '2026-03-02' ? [paymentOf(orderNo, 'another')] : []
    await nextMorning(shop)
    expect((await run(shop)).differences).toEqual([])
    await nextMorning(shop)
    const { result } = await runBillsAsStaff(shop.staff('owner'), { provider: 'fake', day: '2026-03-02', run: true })
    expect(result.reconciliation?.differences).toMatchObject([
      { kind: 'duplicate', no: `${orderNo}01`, theirNo: 'another', repairs: ['record', 'refund', 'ignore'] },
    ])
  })

  it('is not refunded if it is one payment that is listed twice', async () => {
    const shop = openShop()
    const orderNo = await paidOrder(shop)
    bill(shop, [paymentOf(orderNo), paymentOf(orderNo)])
    await nextMorning(shop)
    expect((await run(shop)).differences).toMatchObject([{ kind: 'duplicate', isSameTrade: true, repairs: ['ignore'] }])
  })
})

// The second order number ends in r, and a refund number is the order number followed by r01, r02 …. The code must not
// confuse the two letters.
it.each(['abcdefgh', 'abcdefgr'])(
  'refunds that the bill names by payment %s and their own number are ours',
  async (tail) => {
    const shop = openShop()
    const orderNo = await paidOrder(shop, tail)
    const numbers = [await refunded(shop, orderNo, 500, 'part-one'), await refunded(shop, orderNo, 700, 'part-two')]
    const named = numbers.map((no, index) => line('refund', `${orderNo}01`, `T${no}`, [500, 700][index] ?? 0))
    bill(shop, [paymentOf(orderNo), ...named])
    await nextMorning(shop)
    expect(await run(shop)).toMatchObject({ matched: 3, differences: [] })
    // Somebody refunds in the provider's console. The bill lists this refund with our payment number.
    bill(shop, [paymentOf(orderNo), ...named, line('refund', `${orderNo}01`, 'outside', 300)])
    expect((await run(shop)).differences).toMatchObject([{ kind: 'refundMissingHere', no: 'outside', orderNo }])
  },
)

it('a refund that is missing in the bill stays missing when the order is refunded again on a later day', async () => {
  const shop = openShop()
  const orderNo = await paidOrder(shop)
  const first = await refunded(shop, orderNo, 1_000, 'part-one')
  bill(shop, [paymentOf(orderNo)])
  await nextMorning(shop)
  expect(short(await run(shop))).toEqual([`refundMissingThere ${first}`])
  shop.advance(72 * hour)
  await refunded(shop, orderNo, 500, 'part-two')
  const again = await run(shop)
  expect(short(again)).toEqual([`refundMissingThere ${first}`])
  expect(again.recorded).toMatchObject({ refunds: 1, refundsFen: 1_000 })
})

it('our payments come before the lines of another system under the same merchant number', async () => {
  const shop = openShop()
  const orderNo = await paidOrder(shop)
  bill(
    shop,
    Array.from({ length: 600 }, (_, index) => line('payment', `OTHER*${index}`, `T${index}`, 100)),
  )
  await nextMorning(shop)
  const found = await run(shop)
  expect(found).toMatchObject({ found: 601, counts: { missingHere: 600, missingThere: 1 } })
  expect(short(found)[0]).toBe(`missingThere ${orderNo}01`)
  for (const index of [1, 2, 3])
    await repair(shop, { kind: 'missingHere', no: `OTHER*${index}`, theirNo: `T${index}`, how: 'ignore' })
  // The decision is kept, although there are more differences than the list stores.
  for (const _ of 'twice') expect((await run(shop)).counts.missingHere).toBe(597)
})

it('lines without a number of ours are distinguished by the provider’s number', async () => {
  const shop = openShop()
  await paidOrder(shop)
  bill(shop, [line('payment', '', 'A1', 100), line('payment', '', 'A2', 100)])
  await nextMorning(shop)
  expect(short(await run(shop)).filter((one) => !one.startsWith('missingThere'))).toEqual([
    'missingHere A1',
    'missingHere A2',
  ])
})

describe('a refund that is only in the bill', () => {
  async function refundedOutside(more: Partial<BillRow> = {}) {
    const shop = openShop()
    const orderNo = await paidOrder(shop)
    const back: BillRow = {
      ...line('refund', '50300000001', '503', 900),
      paymentNo: `${orderNo}01`,
      ofTheirNo: `T${orderNo}01`,
      ...more,
    }
    bill(shop, [paymentOf(orderNo), back])
    await nextMorning(shop)
    const { differences } = await run(shop)
    const wish = { kind: 'refundMissingHere', no: '503', theirNo: '503', how: 'record' } as const
    return { shop, orderNo, differences, record: async () => (await repair(shop, wish)).refundMissingHere }
  }

  it('of a part names its order, and is recorded by one action, once', async () => {
    const { shop, orderNo, differences, record } = await refundedOutside()
    expect(differences).toMatchObject([{ kind: 'refundMissingHere', orderNo, repairs: ['record', 'ignore'] }])
    for (const _ of 'twice') expect(await record()).toBe(0)
    expect(shop.order(orderNo)).toMatchObject({
      refundedFen: 900,
      refunds: [{ by: 'provider', state: 'done', theirNo: '503', outsideNo: '50300000001' }],
    })
    expect(await run(shop)).toMatchObject({ matched: 2, differences: [] })
  })

  it('gives the amount when a query had said only that a part was refunded', async () => {
    const { shop, orderNo, record } = await refundedOutside()
    const told = { outcome: 'refunded' as const, amountFen: 2_500, theirNo: `T${orderNo}01`, raw: null }
    const source = { definition: shop.fake.definition, provider: shop.fake.provider }
    await settlePayment(shop.ctx, { source, no: `${orderNo}01`, report: told })
    expect(shop.order(orderNo).payments[0]?.unknownBackSince).toEqual(expect.any(Number))
    expect(await record()).toBe(0)
    expect(shop.order(orderNo)).toMatchObject({ refundedFen: 900, payments: [{ unknownBackSince: null }] })
  })

  it('that was under way when the bill was made is recorded when the provider has done it', async () => {
    const { shop, orderNo, record } = await refundedOutside({ stage: 'underWay' })
    const back = { outcome: 'pending' as 'pending' | 'refunded', amountFen: 900, theirNo: '503', raw: null }
    shop.fake.provider.queryRefund = async () => ({ ...back })
    expect(await record()).toBe(1)
    expect(shop.order(orderNo).refunds).toEqual([])
    back.outcome = 'refunded'
    expect(await record()).toBe(0)
    expect(shop.order(orderNo).refundedFen).toBe(900)
  })

  it('that never moved money is no difference', async () => {
    expect((await refundedOutside({ stage: 'failed' })).differences).toEqual([])
  })
})

// Simulator seed 6243957: a slow clock recorded a payment before midnight, and the provider listed the payment in the
// next day's bill. The comparison of neither day contained the payment.
it('a payment that a slow clock recorded before midnight is compared with the bill of the provider’s day', async () => {
  const shop = openShop()
  shop.advance(12 * hour - minute)
  const orderNo = await shop.newOrder()
  const no = `${orderNo}01`
  await payOrder(shop.ctx, payMain(orderNo))
  const at = Date.parse('2026-03-02T00:00:15+08:00')
  const told = { paymentNo: no, outcome: 'paid', amountFen: 2_500, currency: 'CNY', theirNo: `T${no}`, at }
  const body = Buffer.from(JSON.stringify(told))
  await receiveNotice(shop.ctx, 'fake', { method: 'POST', path: '/', query: {}, headers: { sign: 'good' }, body })
  expect(shop.order(orderNo)).toMatchObject({ state: 'paid', payments: [{ paidAt: at }] })
  shop.fake.provider.bill = async () => []
  shop.advance(36 * hour)
  const { result } = await runBillsAsStaff(shop.staff('owner'), { provider: 'fake', day: '2026-03-02', run: true })
  expect(result.reconciliation?.differences).toMatchObject([{ kind: 'missingThere', no }])
})
