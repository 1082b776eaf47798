// Tests that staff can record the result of a refund for which no result came, on the local cloud with the real
// wx-server-sdk: who may record it, and what the order and the audit log show.

import { placeOrder } from '../../../cloudfunctions/shared/domain/orders/order'
import { orderNoFrom } from '../../../cloudfunctions/shared/domain/orders/orderNo'
import { applyPaymentNews, openAttempt } from '../../../cloudfunctions/shared/domain/orders/orderPayments'
import { applyRefundNews, openRefund } from '../../../cloudfunctions/shared/domain/orders/orderRefunds'
import type { Order } from '../../../cloudfunctions/shared/domain/orders/orderShape'
import type { Database } from '../../../cloudfunctions/shared/store/database'
import type { Staff } from '../../../cloudfunctions/shared/store/staff'
import { type Admin, adminOf, auditOf, codeOf, databaseOf, owner } from '../../support/adminCall'
import { untold } from '../../support/fakes/untold'
import { dataOf, shopperA, startCloud, type TestCloud } from '../../support/startCloud'

const operator = 'oMiniCashier_operator_000'
const little = 'oMiniCashier_operator_001'
const viewer = 'oMiniCashier_viewer_00000'
const hour = 3_600_000
const note = '商户平台查过'

let cloud: TestCloud
let db: Database
let admin: Admin
let now = 0
let serial = 0
const heard: string[] = []

beforeAll(async () => {
  cloud = await startCloud()
  admin = adminOf(cloud, heard)
  db = await databaseOf(cloud)
  const member = { version: 1, addedAt: 1 }
  await db.insert<Staff>('staff', { ...member, _id: operator, name: '小王', role: 'operator', refundLimitFen: 1_000 })
  await db.insert<Staff>('staff', { ...member, _id: little, name: '小李', role: 'operator', refundLimitFen: 999 })
  await db.insert<Staff>('staff', { ...member, _id: viewer, name: '小看', role: 'viewer' })
  now = dataOf(await cloud.order('catalog', {})).now
})
afterAll(() => cloud.stop())

/** Inserts a paid Midas order with a refund of 10 yuan in progress. The timer has no work for it. */
async function refunding({ ageMs = 2 * hour, openid = shopperA, until = 0 } = {}): Promise<Order> {
  const at = now - ageMs
  const orderNo = orderNoFrom(at, (++serial).toString(36).padStart(8, 'z'))
  const items = [{ sku: 'tea', title: '茶', titleEn: 'tea', priceFen: 2_500, quantity: 1 }]
  const placed = placeOrder({ orderNo, openid, items, currency: 'CNY', now: at, lifeMs: hour })
  const paymentNo = `${orderNo}01`
  const tried = openAttempt(placed, 'midas', 'wechat', at).order
  const paid = applyPaymentNews(tried, paymentNo, { outcome: 'paid' }, { now: at }).order
  const request = { requestId: 'request-0001', paymentNo, amountFen: 1_000, reason: '', by: owner }
  const asked = openRefund(paid, request, at).order
  const pending = applyRefundNews(asked, `${orderNo}r01`, { outcome: 'unknown' }, at).order
  const claim = { id: 'sender', until, asks: true }
  const refunds = pending.refunds.map((refund) => ({ ...refund, checkAt: null, claim }))
  const order = { ...pending, dueAt: null, refundDueAt: null, payDueAt: null, refunds }
  await db.insert('orders', order)
  return order
}

const inputOf = ({ _id: orderNo }: Order, isRefunded: boolean) => ({
  orderNo,
  refundNo: `${orderNo}r01`,
  isRefunded,
  note,
})
const record = (order: Order, isRefunded: boolean, by = owner) => admin('recordRefund', inputOf(order, isRefunded), by)

it.each([
  ['an owner', owner],
  ['an operator within their limit', operator],
])('%s records both results, and the history has the person and the note', async (_, person) => {
  for (const isRefunded of [true, false]) {
    const order = await refunding()
    const view = dataOf(await record(order, isRefunded, person)).order
    expect(view).toMatchObject({
      refundedFen: isRefunded ? 1_000 : 0,
      refunds: [{ state: isRefunded ? 'done' : 'failed', mayRecord: false }],
      payments: [{ refundableFen: isRefunded ? 1_500 : 2_500 }],
    })
    const what = isRefunded ? 'refunded' : 'refundFailed'
    expect(view.history.at(-1)).toMatchObject({ what, detail: `${order._id}r01 ${note}` })
    expect(view.history.at(-1)?.by).not.toBe('provider')
    expect((await cloud.stored(order._id)).history.at(-1)).toMatchObject({ what, by: person })
    const [entry] = await auditOf(db, { orderNo: order._id })
    const wish = { refundNo: `${order._id}r01`, isRefunded, note }
    expect(entry).toMatchObject({ what: 'recordRefund', by: person, wish, failed: null })
    // Recording the same result again changes nothing.
    const before = await cloud.stored(order._id)
    expect(codeOf(await record(order, isRefunded, person))).toBe('ok')
    expect(untold(await cloud.stored(order._id))).toEqual(untold(before))
    expect(codeOf(await record(order, !isRefunded, person))).toBe('Conflict')
  }
  expect(heard.join()).not.toContain(person)
})

it.each([
  ['a viewer', viewer, {}, 'Forbidden'],
  ['a shopper', shopperA, {}, 'Forbidden'],
  ['an operator over their limit', little, {}, 'Forbidden'],
  ['an operator for an order of their own', operator, { openid: operator }, 'Forbidden'],
  ['an owner within the first hour', owner, { ageMs: hour / 2 }, 'Conflict'],
  ['an owner while it is being sent', owner, { until: Number.MAX_SAFE_INTEGER }, 'Conflict'],
])('%s records nothing', async (_, person, how, code) => {
  const order = await refunding(how)
  const before = await cloud.stored(order._id)
  for (const isRefunded of [true, false]) expect(codeOf(await record(order, isRefunded, person))).toBe(code)
  expect(untold(await cloud.stored(order._id))).toEqual(untold(before))
})

it('a note is required, and the refund must be there', async () => {
  const order = await refunding()
  expect(codeOf(await admin('recordRefund', { ...inputOf(order, true), note: '' }))).toBe('BadInput')
  expect(codeOf(await admin('recordRefund', { ...inputOf(order, true), refundNo: `${order._id}r02` }))).toBe('NotFound')
})
