// Tests that the page Today, the export and the bill give the same sums, also with late payments, double payments and
// refunds in the provider's console.
import * as fc from 'fast-check'
import type { BillRow } from '../../../cloudfunctions/shared/providers/provider'
import { workDueJobs } from '../../../cloudfunctions/shared/usecases/due/workDueJobs'
import { cancelOrder } from '../../../cloudfunctions/shared/usecases/orders/ownOrders'
import { payOrder } from '../../../cloudfunctions/shared/usecases/orders/payOrder'
import { settlePayment } from '../../../cloudfunctions/shared/usecases/settle/settlePayment'
import { settleRefund } from '../../../cloudfunctions/shared/usecases/settle/settleRefund'
import { runBillsAsStaff } from '../../../cloudfunctions/shared/usecases/staff/manageBills'
import { startExport } from '../../../cloudfunctions/shared/usecases/staff/manageExports'
import { readStats } from '../../../cloudfunctions/shared/usecases/staff/readStats'
import { refundAsStaff } from '../../../cloudfunctions/shared/usecases/staff/refundsAsStaff'
import { createMemoryFiles } from '../../support/fakes/memoryFiles'
import { minute, openShop, payMain } from '../../support/shop'

const hour = 60 * minute
const fates = ['unpaid', 'paid', 'late', 'twice', 'lateTwice', 'refunded', 'refundedOutside'] as const
type Fate = (typeof fates)[number]

/** A shop with a fake bank that records all payments and refunds. */
function openBank() {
  const shop = openShop()
  const rows: BillRow[] = []
  const { fake } = shop
  const source = { definition: fake.definition, provider: fake.provider }
  fake.provider.byTheirNo = true
  fake.provider.bill = async (day) => (day === '2026-03-01' ? [...rows] : [])
  const move = (row: Omit<BillRow, 'feeFen' | 'at'>) => void rows.push({ ...row, feeFen: null, at: shop.ctx.now() })

  async function take(no: string, theirNo: string): Promise<void> {
    move({ kind: 'payment', no, theirNo, amountFen: 2_500 })
    const report = {
      outcome: 'paid',
      amountFen: 2_500,
      currency: 'CNY',
      theirNo,
      at: shop.ctx.now(),
      raw: null,
    } as const
    await settlePayment(shop.ctx, { source, no, report })
  }

  async function live(fate: Fate): Promise<void> {
    const orderNo = await shop.newOrder()
    const no = `${orderNo}01`
    await payOrder(shop.ctx, payMain(orderNo))
    if (fate === 'unpaid') return
    if (fate.startsWith('late')) await cancelOrder(shop.ctx, { orderNo })
    await take(no, `T${no}`)
    if (fate.endsWith('wice')) await take(no, `second-${no}`)
    const wish = { orderNo, paymentNo: no, amountFen: 700, requestId: `r-${orderNo}`, reason: 'torn' }
    if (fate === 'refunded') {
      fake.ledger.set(no, { amountFen: 2_500, state: 'paid', refunds: new Map() })
      await refundAsStaff(shop.staff('owner'), wish)
      move({ kind: 'refund', no: `${orderNo}r01`, theirNo: `T${orderNo}r01`, amountFen: 700 })
    }
    if (fate === 'refundedOutside') {
      move({ kind: 'refund', no: `console-${no}`, theirNo: `503${no}`, paymentNo: no, amountFen: 900 })
      const report = {
        outcome: 'refunded',
        amountFen: 900,
        theirNo: `503${no}`,
        at: shop.ctx.now(),
        raw: null,
      } as const
      await settleRefund(shop.ctx, { source, no: `console-${no}`, report, of: { paymentNo: no } })
    }
  }
  return { shop, rows, live }
}

async function sumsAfter(plan: readonly Fate[]) {
  const { shop, rows, live } = openBank()
  for (const fate of plan) await live(fate)
  const moved = (kind: BillRow['kind']) =>
    rows.filter((row) => row.kind === kind).reduce((sum, { amountFen }) => sum + amountFen, 0)
  const { days } = (await readStats(shop.staff('owner'))).result
  const today = days.at(-1)?.rows ?? []
  const files = createMemoryFiles()
  const ctx = { ...shop.staff('owner'), files }
  const start = {
    requestId: 'sums-0001',
    what: 'orders',
    from: '2026-03-01',
    to: '2026-03-01',
    language: 'en',
  } as const
  shop.advance(minute)
  await startExport(ctx, { start })
  for (let look = 0; look < 5; look++) {
    await workDueJobs(ctx, () => true)
    shop.advance(minute)
  }
  const [job] = shop.db
    .all<{ _id: string; version: number; fileId: string | null }>('jobs')
    .filter(({ fileId }) => fileId)
  const [titles = [], ...lines] = Buffer.from(await files.get(job?.fileId ?? ''))
    .toString('utf8')
    .trim()
    .split('\r\n')
    .map((line) => line.replace('\ufeff', '').slice(1, -1).split('","'))
  const column = (title: string) =>
    lines.reduce((sum, cells) => sum + Math.round(Number(cells[titles.indexOf(title)]) * 100), 0)
  shop.advance(24 * hour)
  const asked = { provider: 'fake', day: '2026-03-01', run: true }
  const { reconciliation } = (await runBillsAsStaff(shop.staff('owner'), asked)).result
  return {
    bank: [moved('payment'), moved('refund')],
    today: [
      today.reduce((sum, { takingsFen }) => sum + takingsFen, 0),
      today.reduce((sum, { refundedFen }) => sum + refundedFen, 0),
    ],
    exported: [column('Received') + column('Overpaid'), column('Refunded')],
    billed: [reconciliation?.billed.paymentsFen, reconciliation?.billed.refundsFen],
    recorded: [reconciliation?.recorded.paymentsFen, reconciliation?.recorded.refundsFen],
    differences: reconciliation?.differences.map(({ kind, no }) => `${kind} ${no}`),
    lines,
    titles,
  }
}

it('late money is in the export as an overpayment, with both of its numbers', async () => {
  const { lines, titles, exported } = await sumsAfter(['late', 'twice'])
  const column = (title: string) => lines.map((cells) => cells[titles.indexOf(title)])
  expect(column('Overpaid')).toEqual(['25.00', '25.00'])
  expect(column('Received')).toEqual(['0.00', '25.00'])
  const numbers = column('Overpayments').map((no) => no?.slice(-5))
  expect(numbers.map((no) => no?.endsWith('01'))).toEqual([true, true])
  expect(column('Their numbers of overpayments')).toEqual([
    expect.stringMatching(/^\tT\d/),
    expect.stringMatching(/^\tsecond-\d/),
  ])
  expect(exported[0]).toBe(7_500)
})

it('the sums of Today, export, bill and bank agree, whatever happened on the day', async () => {
  const plans = fc.array(fc.constantFrom(...fates), { minLength: 1, maxLength: 8 })
  await fc.assert(
    fc.asyncProperty(plans, async (plan) => {
      const { bank, today, exported, billed, recorded, differences } = await sumsAfter(plan)
      expect({ today, exported, billed, recorded, differences }).toEqual({
        today: bank,
        exported: bank,
        billed: bank,
        recorded: bank,
        differences: [],
      })
    }),
    { numRuns: 30 },
  )
})
