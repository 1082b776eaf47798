// Tests that a reconciliation also ends when bills of other days are refused, unreachable or many.
import { AppError } from '../../../cloudfunctions/shared/domain/errors'
import type { Order } from '../../../cloudfunctions/shared/domain/orders/orderShape'
import type { BillRow } from '../../../cloudfunctions/shared/providers/provider'
import { workDueJobs } from '../../../cloudfunctions/shared/usecases/due/workDueJobs'
import type { Reconciliation } from '../../../cloudfunctions/shared/usecases/jobs/reconcile'
import { runBillsAsStaff } from '../../../cloudfunctions/shared/usecases/staff/manageBills'
import { refundAsStaff } from '../../../cloudfunctions/shared/usecases/staff/refundsAsStaff'
import { minute, openShop, paidOrder, type Shop } from '../../support/shop'

const hour = 60 * minute
const day = 24 * hour

/** The provider's bills: rows, or the code of the error that the provider gives instead. */
type Bills = Map<string, BillRow[] | 'ProviderRefused' | 'ProviderUnavailable'>

function withBills(shop: Shop): { bills: Bills; asked: string[] } {
  const bills: Bills = new Map()
  const asked: string[] = []
  shop.fake.provider.bill = async (of) => {
    asked.push(of)
    const bill = bills.get(of) ?? []
    if (typeof bill === 'string') throw new AppError(bill, 'no bill')
    return bill
  }
  return { bills, asked }
}

const jobOf = (shop: Shop, of: string): Reconciliation => {
  const job = shop.db.all<Reconciliation>('jobs').find((one) => one.kind === 'reconcile' && one.day === of)
  if (!job) throw new Error('no such job')
  return job
}
const missing = (shop: Shop, of: string) =>
  jobOf(shop, of)
    .differences.filter(({ repaired }) => repaired === null)
    .map(({ kind, waits }) => `${kind}${waits ? ' waits' : ''}`)

const line = (kind: BillRow['kind'], no: string, amountFen: number, at: number): BillRow => ({
  kind,
  no,
  theirNo: `T${no}`,
  amountFen,
  feeFen: null,
  at,
})

/** A payment at half past midnight on 2 March, which may stand in the bill of 1 March. It is noon on 3 March. */
async function afterMidnight() {
  const shop = openShop()
  const provider = withBills(shop)
  shop.advance(12.5 * hour)
  const orderNo = await paidOrder(shop)
  shop.advance(35.5 * hour)
  const run = () => workDueJobs(shop.ctx, () => true)
  return { shop, orderNo, run, ...provider }
}

describe('a payment from just after midnight that its day’s bill does not have', () => {
  it('is missing if the bill of the day before is refused, and the reconciliation ends', async () => {
    const { shop, bills, run } = await afterMidnight()
    bills.set('2026-03-01', 'ProviderRefused')
    await run()
    expect(jobOf(shop, '2026-03-02')).toMatchObject({ state: 'done', dueAt: null, open: 1 })
    expect(missing(shop, '2026-03-02')).toEqual(['missingThere'])
    expect(shop.logged.some((text) => text.includes('otherBillUnread'))).toBe(true)
    // Nobody paid on that day, and a provider may have no bill of such a day.
    expect(shop.db.all('notices')).toEqual([])
  })

  it('staff get one case about a refused bill of a day on which the shop was paid', async () => {
    const { shop, bills } = await afterMidnight()
    const [order] = shop.db.all<Order>('orders')
    const { _id, version } = order as Order
    // The shop recorded the payment before midnight, and the bill of 2 March does not contain the payment.
    await shop.db.change<Order>('orders', _id, version, { version: version + 1, paidAt: (order?.paidAt ?? 0) - hour })
    bills.set('2026-03-01', 'ProviderRefused')
    for (let runs = 0; runs < 2; runs++) {
      const [job] = shop.db.all<Reconciliation>('jobs').filter((one) => one.day === '2026-03-02')
      if (job)
        await shop.db.change<Reconciliation>('jobs', job._id, job.version, { dueAt: 1, version: job.version + 1 })
      await workDueJobs(shop.ctx, () => true)
    }
    expect(shop.db.all('notices').filter(({ _id: id }) => String(id).includes('2026-03-01'))).toMatchObject([
      { kind: 'stuck', reason: 'a bill cannot be read: 2026-03-01', dismissedAt: null },
    ])
  })

  it('waits while the provider cannot be reached, and is found when it can', async () => {
    const { shop, orderNo, bills, run } = await afterMidnight()
    bills.set('2026-03-01', 'ProviderUnavailable')
    await run()
    expect(jobOf(shop, '2026-03-02')).toMatchObject({ state: 'done', open: 0 })
    expect(missing(shop, '2026-03-02')).toEqual(['missingThere waits'])
    bills.set('2026-03-01', [line('payment', `${orderNo}01`, 2_500, shop.ctx.now())])
    shop.advance(hour)
    await run()
    expect(jobOf(shop, '2026-03-02')).toMatchObject({ state: 'done', dueAt: null, differences: [] })
  })

  it.each(['2026-03-01', '2026-03-02'])('is missing after the last try, whichever bill fails then: %s', async (of) => {
    const { shop, bills, run } = await afterMidnight()
    bills.set('2026-03-01', 'ProviderUnavailable')
    await run()
    bills.set(of, 'ProviderUnavailable')
    for (let tries = 0; jobOf(shop, '2026-03-02').dueAt !== null && tries < 30; tries++) {
      // The reconciliation of the next day would resolve the same payment, so the test stops the reconciliations of all
      // other days.
      const others = shop.db.all<Reconciliation>('jobs').filter((job) => job.day !== '2026-03-02' && job.dueAt !== null)
      for (const job of others)
        await shop.db.change<Reconciliation>('jobs', job._id, job.version, { dueAt: null, version: job.version + 1 })
      shop.advance((jobOf(shop, '2026-03-02').dueAt ?? 0) - shop.ctx.now())
      await run()
    }
    expect(jobOf(shop, '2026-03-02')).toMatchObject({ state: 'done', dueAt: null, open: 1, search: null })
    expect(missing(shop, '2026-03-02')).toEqual(['missingThere'])
  })

  it('is asked about again by the timer if the run of staff has no time left', async () => {
    const { shop, bills, orderNo, run, asked } = await afterMidnight()
    bills.set('2026-03-01', [line('payment', `${orderNo}01`, 2_500, shop.ctx.now())])
    let ms = 0
    const bill = shop.fake.provider.bill
    shop.fake.provider.bill = async (...of) => {
      ms += 6_000
      return bill?.(...of) ?? []
    }
    const staff = { ...shop.staff('owner'), elapsed: () => ms }
    const { result } = await runBillsAsStaff(staff, { provider: 'fake', day: '2026-03-02', run: true })
    expect(result.reconciliation?.differences).toMatchObject([{ kind: 'missingThere', waits: true, repairs: [] }])
    expect(asked).toEqual(['2026-03-02'])
    shop.advance(5 * minute)
    await run()
    expect(jobOf(shop, '2026-03-02')).toMatchObject({ dueAt: null, differences: [] })
  })
})

/** Makes a refund that takes five days. The provider's document does not say in which day's bill a refund is. */
async function longRefund() {
  const shop = openShop()
  shop.fake.definition.bills = { readyMs: 10 * hour, refundDay: 'unknown' }
  const provider = withBills(shop)
  const orderNo = await paidOrder(shop)
  shop.fake.refunds = 'pending'
  const wish = { orderNo, paymentNo: `${orderNo}01`, amountFen: 500, requestId: 'takes-five-days', reason: 'x' }
  await refundAsStaff(shop.staff('owner'), wish)
  const [refund] = shop.order(orderNo).refunds
  if (!refund) throw new Error('no refund')
  shop.fake.refunds = 'refunded'
  shop.advance(5 * day)
  await shop.tick()
  shop.advance(day)
  return { shop, row: line('refund', refund.no, 500, shop.ctx.now()), ...provider }
}

describe('a refund whose day in the bills is not known', () => {
  const done = '2026-03-06'

  it('is searched until it is found, and no further bill is read', async () => {
    const { shop, row, bills, asked } = await longRefund()
    bills.set('2026-03-02', [row])
    await runBillsAsStaff(shop.staff('owner'), { provider: 'fake', day: done, run: true })
    expect(asked).toEqual([done, '2026-03-01', '2026-03-02'])
    expect(missing(shop, done)).toEqual([])
  })

  it('is searched over several runs, where a run has time for few bills, and no bill is read twice', async () => {
    const { shop, row, bills, asked } = await longRefund()
    bills.set('2026-03-04', [row])
    await runBillsAsStaff({ ...shop.staff('owner'), elapsed: slow(asked) }, { provider: 'fake', day: done, run: true })
    expect(missing(shop, done)).toEqual(['refundMissingThere waits'])
    for (let runs = 0; jobOf(shop, done).dueAt !== null && runs < 10; runs++) {
      await runBillsAsStaff(
        { ...shop.staff('owner'), elapsed: slow(asked) },
        { provider: 'fake', day: done, run: true },
      )
    }
    expect(asked.filter((of) => of !== done)).toEqual(['2026-03-01', '2026-03-02', '2026-03-03', '2026-03-04'])
    expect(jobOf(shop, done)).toMatchObject({ state: 'done', dueAt: null, differences: [], search: null })
  })
})

/** Makes a clock that advances by four seconds for each bill that is read. */
const slow = (asked: readonly string[]) => () => asked.length * 4_000
