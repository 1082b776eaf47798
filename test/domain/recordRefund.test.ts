// Staff record what the provider's console shows about a refund without a result. Tests the amounts for each order of
// events.

import { placeOrder } from '../../cloudfunctions/shared/domain/orders/order'
import { applyPaymentNews, openAttempt } from '../../cloudfunctions/shared/domain/orders/orderPayments'
import {
  applyRefundNews,
  claimRefund,
  openRefund,
  recordRefund,
} from '../../cloudfunctions/shared/domain/orders/orderRefunds'
import { type Order, refundableFen } from '../../cloudfunctions/shared/domain/orders/orderShape'

const start = Date.parse('2026-03-01T04:00:00Z')
const hour = 3_600_000
const later = start + 2 * hour
const orderNo = '20260301120000abcd0123'
const paymentNo = `${orderNo}01`
const no = `${orderNo}r01`
const person = 'oMiniCashier_operator_000'

function refunding(by = 'oMiniCashier_merchant_0000'): Order {
  const items = [{ sku: 'tea', title: '茶', titleEn: 'Tea', priceFen: 100, quantity: 3 }]
  const placed = placeOrder({ orderNo, openid: 'o', items, currency: 'CNY', now: start, lifeMs: hour })
  const tried = openAttempt(placed, 'midas', 'wechat', start).order
  const paid = applyPaymentNews(tried, paymentNo, { outcome: 'paid' }, { now: start }).order
  const asked = openRefund(paid, { requestId: 'request-1', paymentNo, amountFen: 200, reason: '', by }, start).order
  return applyRefundNews(asked, no, { outcome: 'unknown' }, start).order
}
const record = (order: Order, isRefunded: boolean, now = later): Order =>
  recordRefund(order, no, { isRefunded, by: person, note: '查过了' }, now)
const again = (order: Order, failedKeepsNo = false): Order =>
  openRefund(
    order,
    { requestId: 'request-2', paymentNo, amountFen: 200, reason: '', by: 'other', failedKeepsNo },
    later,
  ).order
const conflict = expect.objectContaining({ code: 'Conflict' })

test('the result "refunded" ends the refund: the money is counted, and the history has the person and the note', () => {
  const order = record(refunding(), true)
  expect(order).toMatchObject({ refundedFen: 200, refundSince: null, refundDueAt: null })
  expect(order.refunds).toMatchObject([{ state: 'done', doneAt: later, bookedAt: later, checkAt: null }])
  expect(order.history.at(-1)).toEqual({ at: later, what: 'refunded', by: person, detail: `${no} 查过了` })
})

test('the result "not refunded" fails the refund: its amount is released, and is refunded under a new number', () => {
  const order = record(refunding(), false)
  expect(order).toMatchObject({ refundedFen: 0, refundSince: null, refundDueAt: null })
  expect(order.history.at(-1)).toEqual({ at: later, what: 'refundFailed', by: person, detail: `${no} 查过了` })
  expect(refundableFen(order, paymentNo)).toBe(300)
  expect(again(order).refunds).toMatchObject([
    { no, state: 'failed' },
    { no: `${orderNo}r02`, state: 'requested' },
  ])
})

test('a failed refund that keeps its number is sent again under that number, after a query', () => {
  const order = again(record(refunding(), false), true)
  expect(order.refunds).toMatchObject([{ no, state: 'requested', claim: { asks: true } }])
  expect(order.refunds[0]).not.toHaveProperty('recordedBy')
  // After a refund is sent again, the recorded result no longer counts, and staff must record the new result.
  expect(() => record(order, false)).toThrow(conflict)
})

test('recording the same result again changes nothing, another result is a conflict', () => {
  for (const isRefunded of [true, false]) {
    const order = record(refunding(), isRefunded)
    expect(record(order, isRefunded, later + hour)).toBe(order)
    expect(() => record(order, !isRefunded)).toThrow(conflict)
  }
})

test('no result can be recorded within the first hour, nor while somebody is sending the refund', () => {
  expect(() => record(refunding(), false, start + hour)).toThrow(conflict)
  const { order, isMine } = claimRefund(refunding(), no, { id: 'sender', seen: null }, later - 30_000)
  expect(isMine).toBe(true)
  for (const isRefunded of [true, false]) expect(() => record(order, isRefunded)).toThrow(conflict)
  expect(record(order, false, later + 60_000).refunds).toMatchObject([{ state: 'failed' }])
})

test('nobody can claim or send a refund after its result was recorded', () => {
  const order = record(refunding(), false)
  expect(claimRefund(order, no, { id: 'late', seen: null }, later)).toEqual({ order, isMine: false })
})

test('a later result of the provider follows the table', () => {
  const failed = record(refunding(), false)
  const done = record(refunding(), true)
  const say = (order: Order, outcome: 'pending' | 'unknown' | 'refunded' | 'refused') =>
    applyRefundNews(order, no, { outcome }, later + hour)
  for (const outcome of ['pending', 'unknown'] as const) {
    expect(say(failed, outcome).order).toBe(failed)
    expect(say(done, outcome).order).toBe(done)
  }
  expect(say(failed, 'refused')).toEqual({ order: failed, verdict: 'unchanged' })
  expect(say(done, 'refunded')).toEqual({ order: done, verdict: 'unchanged' })
  expect(say(done, 'refused')).toEqual({ order: done, verdict: 'contradiction' })
  const late = say(failed, 'refunded').order
  expect(late).toMatchObject({ refundedFen: 200, refunds: [{ state: 'done' }] })
  expect(late.history.at(-1)).toMatchObject({ what: 'refunded', by: 'provider' })
  // Meanwhile the refund was repeated under a new number, so more money was refunded than was paid.
  expect(refundableFen(say(again(failed), 'refunded').order, paymentNo)).toBe(-100)
})

test('a person cannot release their own limit by recording "not refunded"', () => {
  const limited = { requestId: 'request-2', paymentNo, amountFen: 200, reason: '', by: person, limitFen: 200 }
  const ask = (order: Order) => () => openRefund(order, limited, later)
  expect(ask(record(refunding(person), false))).toThrow(expect.objectContaining({ code: 'Forbidden' }))
  expect(ask(recordRefund(refunding(person), no, { isRefunded: false, by: 'owner', note: 'x' }, later))).not.toThrow()
})
