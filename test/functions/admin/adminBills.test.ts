// Tests reconciliation on the local cloud, with the real wx-server-sdk and WeChat Pay's fake server: each difference is
// found once and can be repaired.
import type { DifferenceView } from '../../../cloudfunctions/shared/api/admin'
import type { Database } from '../../../cloudfunctions/shared/store/database'
import type { Staff } from '../../../cloudfunctions/shared/store/staff'
import { beijingDay } from '../../../miniprogram/rules/beijing'
import { type Admin, adminOf, auditOf, databaseOf, owner } from '../../support/adminCall'
import { openBooks } from '../../support/plantedBooks'
import { dataOf, startCloud, type TestCloud } from '../../support/startCloud'

const viewer = 'oMiniCashier_viewer_00000'
const hour = 3_600_000
const day = 24 * hour
const provider = 'wechatpay'

let cloud: TestCloud
let db: Database
let admin: Admin

beforeAll(async () => {
  cloud = await startCloud()
  admin = adminOf(cloud)
  db = await databaseOf(cloud)
  await db.insert<Staff>('staff', { _id: viewer, version: 1, name: '', addedAt: 1, role: 'viewer' })
})
afterAll(() => cloud.stop())

const read = async (of: string) => {
  const { reconciliation } = dataOf(await admin('bills', { provider, day: of }, viewer))
  if (!reconciliation) throw new Error(`nothing was reconciled for ${of}`)
  return reconciliation
}
async function repair(of: string, kind: string, no: string, how: string, more: object = {}) {
  const found = (await read(of)).differences.find((one) => one.kind === kind && one.no === no)
  return admin('repair', { provider, day: of, kind, no, theirNo: found?.theirNo ?? null, how, ...more })
}
const short = (differences: readonly DifferenceView[]) =>
  differences.map(({ kind, no, repairs }) => [kind, no, repairs])

it('each difference of the day before is listed once with its repairs, and is repaired', async () => {
  const { plantDifferences } = openBooks(cloud, db, admin)
  const { today, twice, lost, gone, dearer, strayNo, unbooked, overbooked } = await plantDifferences()
  const found = await read(today)
  expect(found).toMatchObject({
    state: 'done',
    failure: null,
    nextAt: null,
    billed: { payments: 9, refunds: 2, refundsFen: 1_500 },
    matched: 6,
    found: 7,
    counts: {
      missingHere: 1,
      missingThere: 1,
      amount: 1,
      state: 1,
      refundMissingHere: 1,
      refundMissingThere: 1,
      duplicate: 1,
    },
  })
  expect(new Set(short(found.differences))).toEqual(
    new Set([
      ['state', `${lost._id}01`, ['query', 'ignore']],
      ['missingHere', `${gone._id}01`, ['ignore']],
      ['amount', `${dearer._id}01`, ['query', 'ignore']],
      ['missingThere', `${strayNo}01`, ['query', 'ignore']],
      ['refundMissingHere', `${unbooked._id}r01`, ['record', 'ignore']],
      ['refundMissingThere', `${overbooked._id}r02`, ['query', 'ignore']],
      ['duplicate', `${twice._id}01`, ['record', 'refund', 'ignore']],
    ]),
  )
  expect(found.differences.find(({ kind }) => kind === 'refundMissingHere')?.orderNo).toBe(unbooked._id)
  const { needs } = dataOf(await admin('stats', {}))
  expect(needs).toContainEqual({ what: 'difference', provider, day: today, count: 7 })

  // The repair `query` settles the payment if the provider confirms it.
  const asked = dataOf(await repair(today, 'state', `${lost._id}01`, 'query')).reconciliation
  expect(await cloud.stored(lost._id)).toMatchObject({ state: 'paid', payments: [{ state: 'paid' }] })
  expect(asked.differences.find(({ no }) => no === `${lost._id}01`)).toMatchObject({
    repaired: { how: 'query' },
    repairs: [],
  })
  expect(asked.counts.state).toBe(0)
  // If the query settles nothing, the difference stays open, and the audit log says so.
  const still = dataOf(await repair(today, 'missingThere', `${strayNo}01`, 'query')).reconciliation
  expect(still.counts.missingThere).toBe(1)

  expect(await repair(today, 'missingHere', `${gone._id}01`, 'query')).toMatchObject({ error: { code: 'BadInput' } })
  expect(await repair(today, 'missingHere', `${gone._id}01`, 'refund')).toMatchObject({ error: { code: 'BadInput' } })
  expect(await repair(today, 'missingHere', `${gone._id}01`, 'ignore', { note: ' ' })).toMatchObject({
    error: { code: 'BadInput' },
  })
  expect(await repair(today, 'amount', `${twice._id}01`, 'ignore', { note: '看看' })).toMatchObject({
    error: { code: 'NotFound' },
  })
  expect(await repair(today, 'state', 'nothing-like-this', 'query')).toMatchObject({ error: { code: 'NotFound' } })
  const asViewer = {
    provider,
    day: today,
    kind: 'missingHere',
    no: `${gone._id}01`,
    theirNo: null,
    how: 'ignore',
    note: '看看',
  }
  expect(await admin('repair', asViewer, viewer)).toMatchObject({ error: { code: 'Forbidden' } })

  // Two people resolve different differences of the bill at the same time. One of them sends the request twice.
  const replies = await Promise.all([
    repair(today, 'missingHere', `${gone._id}01`, 'ignore', { note: '测试单' }),
    repair(today, 'missingHere', `${gone._id}01`, 'ignore', { note: '测试单' }),
    repair(today, 'missingThere', `${strayNo}01`, 'ignore', { note: '<b>另一家</b>' }),
  ])
  expect(replies.every(({ ok }) => ok)).toBe(true)
  const after = await read(today)
  expect(after.differences.flatMap(({ repaired }) => (repaired ? [repaired.how] : [])).toSorted()).toEqual([
    'ignore',
    'ignore',
    'query',
  ])
  expect(dataOf(await admin('stats', {})).needs).toContainEqual({ what: 'difference', provider, day: today, count: 4 })

  // A payment that the provider charged twice is refunded once, however many requests ask for the refund. The
  // difference counts as resolved when the refund is done.
  const givenBack = () => repair(today, 'duplicate', `${twice._id}01`, 'refund')
  for (const back of await Promise.all([givenBack(), givenBack(), givenBack()]))
    expect(dataOf(back).reconciliation.counts.duplicate).toBe(1)
  await cloud.advance(21 * 60_000)
  const settled = dataOf(await givenBack()).reconciliation
  expect(settled.counts.duplicate).toBe(0)
  expect(settled.differences.find(({ kind }) => kind === 'duplicate')).toMatchObject({ repaired: { how: 'refund' } })
  expect(await cloud.stored(twice._id)).toMatchObject({
    surplusFen: 0,
    payments: [
      { state: 'paid' },
      { no: `${twice._id}01s01`, secondOf: `${twice._id}01`, state: 'paid', surplus: true },
    ],
    refunds: [{ paymentNo: `${twice._id}01s01`, amountFen: 17_200, reason: 'reconciliation', state: 'done' }],
  })

  // A second comparison of the day keeps all decisions of staff and lists no difference twice. The second charge is now
  // in our order.
  const again = dataOf(await admin('bills', { provider, day: today, run: true })).reconciliation
  expect(again?.differences.filter(({ repaired }) => repaired?.how === 'ignore')).toHaveLength(2)
  expect(again?.differences.map(({ kind }) => kind).toSorted()).toEqual([
    'amount',
    'missingHere',
    'missingThere',
    'refundMissingHere',
    'refundMissingThere',
  ])
  const audit = await auditOf(db)
  expect(audit.filter(({ what, failed }) => what === 'repair' && failed === null).length).toBeGreaterThanOrEqual(5)
  expect(audit.some(({ outcome }) => outcome.isRepaired === false)).toBe(true)
  expect(JSON.stringify(again)).not.toContain(owner)
}, 120_000)

it('a payment close to midnight waits for the next day’s bill, and does not count as a difference', async () => {
  const { now, until, paid, change } = openBooks(cloud, db, admin)
  const next = await until(10 * 60_000)
  const yesterday = beijingDay((await now()) - day)
  const order = await paid()
  // The provider's clock showed ten past midnight when the payment was made, and our clock showed ten to midnight.
  const shift = (at: number | null) => (at === null ? null : at - 20 * 60_000)
  await change(order, {
    paidAt: shift(order.paidAt),
    payments: order.payments.map((one) => ({ ...one, paidAt: shift(one.paidAt) })),
  })
  await until(10.6 * hour)
  const first = await read(yesterday)
  expect(first.differences).toMatchObject([{ kind: 'missingThere', no: `${order._id}01`, waits: true, repairs: [] }])
  expect(first.counts.missingThere).toBe(0)
  await cloud.advance(day)
  expect((await read(next)).differences).toEqual([])
  const settled = { waits: false, repaired: { how: 'next day', by: 'timer' } }
  expect((await read(yesterday)).differences).toMatchObject([settled])
  const again = dataOf(await admin('bills', { provider, day: yesterday, run: true })).reconciliation
  expect(again?.differences).toMatchObject([settled])
}, 120_000)
