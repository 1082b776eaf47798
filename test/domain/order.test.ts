import fc from 'fast-check'
import {
  claimAsks,
  closeOrder,
  leaseOrder,
  placeOrder,
  rescheduleChecks,
} from '../../cloudfunctions/shared/domain/orders/order'
import {
  chargeNoFrom,
  isOrderNo,
  isRenumberedAgain,
  nextChargeNo,
  orderNoFrom,
  orderNoOf,
} from '../../cloudfunctions/shared/domain/orders/orderNo'
import { applyPaymentNews, openAttempt } from '../../cloudfunctions/shared/domain/orders/orderPayments'
import {
  applyRefundNews,
  openRefund,
  recordOutsideRefund,
} from '../../cloudfunctions/shared/domain/orders/orderRefunds'
import { type Order, refundableFen } from '../../cloudfunctions/shared/domain/orders/orderShape'

const start = Date.parse('2026-03-01T04:00:00Z')
const orderNo = orderNoFrom(start, 'abcd0123')
const place = (): Order =>
  placeOrder({
    orderNo,
    openid: 'o',
    items: [{ sku: 'tea', title: '茶', titleEn: 'Tea', priceFen: 100, quantity: 3 }],
    currency: 'CNY',
    now: start,
    lifeMs: 1_800_000,
  })

type Step =
  | { do: 'attempt' }
  | { do: 'close' }
  | { do: 'reschedule' }
  | { do: 'lease' }
  | {
      do: 'news'
      index: number
      outcome: 'pending' | 'unknown' | 'paid' | 'declined' | 'closed' | 'refunded'
      auto: boolean
    }
  | { do: 'refund'; index: number; fen: number; id: number }
  | { do: 'refundNews'; index: number; outcome: 'pending' | 'unknown' | 'refunded' | 'refused' }

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({ do: fc.constantFrom('attempt', 'close', 'reschedule', 'lease') }),
    fc.record({
      do: fc.constant('news' as const),
      index: fc.nat(4),
      outcome: fc.constantFrom(
        'pending' as const,
        'unknown' as const,
        'paid' as const,
        'declined' as const,
        'closed' as const,
        'refunded' as const,
      ),
      auto: fc.boolean(),
    }),
    fc.record({
      do: fc.constant('refund' as const),
      index: fc.nat(4),
      fen: fc.integer({ min: 1, max: 400 }),
      id: fc.nat(6),
    }),
    fc.record({
      do: fc.constant('refundNews' as const),
      index: fc.nat(6),
      outcome: fc.constantFrom('pending' as const, 'unknown' as const, 'refunded' as const, 'refused' as const),
    }),
  ),
  { maxLength: 40 },
)

const orSame = (order: Order, work: () => Order): Order => {
  try {
    return work()
  } catch {
    return order
  }
}

function take(order: Order, step: Step, now: number): Order {
  if (step.do === 'attempt') return orSame(order, () => openAttempt(order, 'fake', 'main', now).order)
  if (step.do === 'close') return closeOrder(order, 'expired', 'timer', now)
  if (step.do === 'reschedule') return rescheduleChecks(order, now)
  if (step.do === 'lease') return order.dueAt === null ? order : leaseOrder(order, now)
  if (step.do === 'news') {
    const payment = order.payments[step.index]
    return payment
      ? applyPaymentNews(
          order,
          payment.no,
          { outcome: step.outcome, theirNo: `T${payment.no}` },
          { now, refundSurplus: step.auto },
        ).order
      : order
  }
  if (step.do === 'refund') {
    const payment = order.payments[step.index]
    const request = { requestId: `r${step.id}`, amountFen: step.fen, reason: 'x', by: 'staff' }
    return payment ? orSame(order, () => openRefund(order, { ...request, paymentNo: payment.no }, now).order) : order
  }
  const refund = order.refunds[step.index]
  // Leave out histories in which a failed refund succeeds later. We then believe the provider, so the refunds may
  // exceed the payment, and the property of this test does not hold.
  if (!refund || (refund.state === 'failed' && step.outcome === 'refunded')) return order
  return applyRefundNews(order, refund.no, { outcome: step.outcome }, now).order
}

describe('the order, after any sequence of events', () => {
  it('never loses money, never counts it twice, and always plans its next work', () => {
    fc.assert(
      fc.property(steps, (life) => {
        let order = place()
        let now = start
        for (const step of life) {
          now += 61_000
          const before = order
          order = take(before, step, now)
          for (const paid of before.payments.filter(({ state }) => state === 'paid'))
            expect(order.payments.find(({ no }) => no === paid.no)?.state).toBe('paid')
          if (before.state !== 'open') expect(order.state).toBe(before.state)
          if (order !== before) expect(order.version).toBeGreaterThan(before.version)
        }
        const paid = order.payments.filter(({ state }) => state === 'paid')
        expect(order.history.filter(({ what }) => what === 'paid')).toHaveLength(paid.length)
        expect(order.state === 'paid').toBe(paid.some(({ surplus }) => !surplus))
        expect(paid.filter(({ surplus }) => !surplus).length).toBeLessThanOrEqual(1)
        for (const payment of paid) {
          const taken = order.refunds.filter((refund) => refund.paymentNo === payment.no && refund.state !== 'failed')
          expect(taken.reduce((sum, { amountFen }) => sum + amountFen, 0)).toBeLessThanOrEqual(payment.amountFen)
        }
        const done = order.refunds
          .filter(({ state }) => state === 'done')
          .reduce((sum, { amountFen }) => sum + amountFen, 0)
        expect(order.refundedFen).toBe(done)
        const waits =
          order.state === 'open' || [...order.payments, ...order.refunds].some(({ checkAt }) => checkAt !== null)
        expect(order.dueAt !== null).toBe(waits)
        expect(new Set(order.keys).size).toBe(order.keys.length)
      }),
      { numRuns: 2_000 },
    )
  })

  it('returns the very same object if there is nothing to write', () => {
    const { order, payment } = openAttempt(place(), 'fake', 'main', start)
    const paid = applyPaymentNews(order, payment.no, { outcome: 'paid' }, { now: start }).order
    for (const outcome of ['paid', 'pending', 'unknown'] as const)
      expect(applyPaymentNews(paid, payment.no, { outcome }, { now: start })).toEqual({
        order: paid,
        verdict: 'unchanged',
      })
    expect(applyPaymentNews(paid, payment.no, { outcome: 'declined' }, { now: start }).verdict).toBe('contradiction')
  })
})

describe('refunds of one payment', () => {
  const paidOrder = (): Order => {
    const { order, payment } = openAttempt(place(), 'fake', 'main', start)
    return applyPaymentNews(order, payment.no, { outcome: 'paid' }, { now: start }).order
  }
  const ask = (requestId: string, amountFen: number) => ({
    requestId,
    amountFen,
    paymentNo: `${orderNo}01`,
    reason: 'x',
    by: 'staff',
  })

  it('are the same refund for the same request, and never more than was paid', () => {
    const first = openRefund(paidOrder(), ask('a', 200), start)
    expect(openRefund(first.order, ask('a', 200), start).order).toBe(first.order)
    expect(() => openRefund(first.order, ask('a', 100), start)).toThrow('requestId')
    expect(() => openRefund(first.order, ask('b', 101), start)).toThrow('amountFen')
    const second = openRefund(first.order, ask('b', 100), start)
    expect(refundableFen(second.order, `${orderNo}01`)).toBe(0)
  })

  it('that failed release their amount', () => {
    const first = openRefund(paidOrder(), ask('a', 300), start)
    const failed = applyRefundNews(first.order, first.refund.no, { outcome: 'refused' }, start).order
    expect(refundableFen(failed, `${orderNo}01`)).toBe(300)
  })

  it('made outside are recorded once, with the amount that the provider says', () => {
    const news = { outcome: 'refunded', refundedFen: 120 } as const
    const outside = applyPaymentNews(paidOrder(), `${orderNo}01`, news, { now: start }).order
    expect(outside.refunds).toMatchObject([{ by: 'provider', state: 'done', amountFen: 120 }])
    expect(outside.refundedFen).toBe(120)
    expect(applyPaymentNews(outside, `${orderNo}01`, news, { now: start }).order).toBe(outside)
    expect(applyPaymentNews(outside, `${orderNo}01`, { outcome: 'refunded' }, { now: start }).order).toBe(outside)
  })

  it('made outside without an amount are not recorded: the order says that the amount is unknown', () => {
    const told = applyPaymentNews(paidOrder(), `${orderNo}01`, { outcome: 'refunded' }, { now: start }).order
    expect(told).toMatchObject({ refunds: [], refundedFen: 0, payments: [{ unknownBackSince: start }] })
    expect(applyPaymentNews(told, `${orderNo}01`, { outcome: 'refunded' }, { now: start }).order).toBe(told)
  })

  it.each([
    ['first', ['named', 'summed']],
    ['last', ['summed', 'named']],
  ] as const)('made outside count once when they are reported by number %s and by their sum', (_, ways) => {
    const told = { no: 'console-1', theirNo: '503', outcome: 'refunded', amountFen: 120 } as const
    let order = paidOrder()
    for (const way of [...ways, ...ways])
      order =
        way === 'named'
          ? recordOutsideRefund(order, `${orderNo}01`, told, start)
          : applyPaymentNews(order, `${orderNo}01`, { outcome: 'refunded', refundedFen: 120 }, { now: start }).order
    expect(order.refundedFen).toBe(120)
    expect(order.refunds).toMatchObject([{ theirNo: '503', outsideNo: 'console-1' }])
    expect(order.keys).toEqual(expect.arrayContaining(['503', 'console-1']))
  })

  it('known only by their sum: when one of them gets its numbers, the rest of the sum stays', () => {
    const summed = applyPaymentNews(
      paidOrder(),
      `${orderNo}01`,
      { outcome: 'refunded', refundedFen: 300 },
      { now: start },
    )
    const told = { no: '', theirNo: '503', outcome: 'refunded', amountFen: 100 } as const
    const after = recordOutsideRefund(summed.order, `${orderNo}01`, told, start)
    expect(after.refunds.map(({ amountFen, theirNo }) => [amountFen, theirNo])).toEqual([
      [200, null],
      [100, '503'],
    ])
  })

  it('that failed in our record but that the provider may have made are not recorded as refunds from outside', () => {
    const asked = openRefund(paidOrder(), ask('a', 120), start)
    const failed = applyRefundNews(asked.order, asked.refund.no, { outcome: 'refused' }, start).order
    const told = applyPaymentNews(
      failed,
      `${orderNo}01`,
      { outcome: 'refunded', refundedFen: 120 },
      { now: start },
    ).order
    expect(told).toMatchObject({ refundedFen: 0, payments: [{ unknownBackSince: start }] })
  })
})

describe('an attempt that the provider declined', () => {
  it('is queried once more at expiry and after a day', () => {
    const { order, payment } = openAttempt(place(), 'midas', 'wechat', start)
    const declined = applyPaymentNews(order, payment.no, { outcome: 'declined' }, { now: start }).order
    expect(declined.dueAt).toBe(declined.expiresAt)
    const look = (before: Order, now: number) =>
      applyPaymentNews(before, payment.no, { outcome: 'declined' }, { now }).order
    const closed = closeOrder(declined, 'expired', 'timer', declined.expiresAt)
    const expired = look(closed, declined.expiresAt)
    expect(expired.dueAt).toBe(start + 86_400_000)
    expect(look(expired, start + 86_400_000 - 1)).toBe(expired)
    expect(look(expired, start + 86_400_000).dueAt).toBeNull()
  })

  it('is queried again when a query got no answer, until day 7', () => {
    const { order, payment } = openAttempt(place(), 'midas', 'wechat', start)
    const declined = applyPaymentNews(order, payment.no, { outcome: 'declined' }, { now: start }).order
    let waits = closeOrder(declined, 'expired', 'timer', declined.expiresAt)
    const hours: number[] = []
    while (waits.dueAt !== null) {
      const now = waits.dueAt
      hours.push((now - start) / 3_600_000)
      expect(applyPaymentNews(waits, payment.no, { outcome: 'unknown' }, { now }).order).toBe(waits)
      waits = rescheduleChecks(waits, now)
    }
    expect(hours).toEqual([0.5, 1, 6, 24, 48, 72, 96, 120, 144, 168])
  })
})

describe('order numbers', () => {
  it('hold a real time, at most a day ahead', () => {
    expect(isOrderNo(orderNo, start)).toBe(true)
    expect(isOrderNo(orderNoFrom(start + 86_400_000, 'zzzzzzzz'), start)).toBe(true)
    expect(isOrderNo(orderNoFrom(start + 86_401_000, 'zzzzzzzz'), start)).toBe(false)
    for (const text of ['', '20260230000000abcd0123', orderNo.toUpperCase(), `${orderNo}0`, '__proto__'])
      expect(isOrderNo(text, start)).toBe(false)
    for (const digits of ['00000101000000', '00010101000000', '19991231235959', '20260000000000', '20260101000060'])
      expect(isOrderNo(`${digits}abcd0123`, start)).toBe(false)
    expect(isOrderNo('20000101000000abcd0123', start)).toBe(true)
  })

  it('of charges have seconds above 59, forty in a minute, and sort by their minute', () => {
    const first = chargeNoFrom(start, 'abcd0123')
    expect(first.slice(0, 12)).toBe(orderNo.slice(0, 12))
    expect(orderNoOf(`${first}01`)).toBe(first)
    let no = first
    for (let index = 0; index < 40; index++) {
      expect(isOrderNo(no, start)).toBe(false)
      expect(isRenumberedAgain(no)).toBe(index > 1)
      expect(no > orderNoFrom(start, 'zzzzzzzz') && no < orderNoFrom(start + 60_000, '00000000')).toBe(true)
      if (index < 39) no = nextChargeNo(no)
    }
    expect(() => nextChargeNo(no)).toThrow('no number is left')
    expect(nextChargeNo(orderNo)).toBe(first)
  })

  it('are found inside paymentNo and refundNo, and nowhere else', () => {
    expect(orderNoOf(`${orderNo}01`)).toBe(orderNo)
    expect(orderNoOf(`${orderNo}r01`)).toBe(orderNo)
    expect(orderNoOf(`${orderNo}01s01`)).toBe(orderNo)
    expect(orderNoOf(`${orderNo}r01s01`)).toBeUndefined()
    for (const text of [orderNo, `${orderNo}0`, `${orderNo}x01`, `${orderNo}001`, '', 'constructor'])
      expect(orderNoOf(text)).toBeUndefined()
  })
})

test('no payment is queried twice within three seconds, and a clock that was ahead blocks no query', () => {
  let order = place()
  for (let index = 0; index < 6; index += 1) order = openAttempt(order, 'midas', 'wechat', start + index).order
  const newest = order.payments.slice(-3).map(({ no }) => no)
  const asked = claimAsks(order, newest, start + 10_000)
  expect(asked.nos).toEqual(newest)
  const all = order.payments.map(({ no }) => no)
  expect(claimAsks(asked.order, all, start + 12_999).nos).toEqual(all.slice(0, 3))
  expect(claimAsks(asked.order, newest, start + 12_999).nos).toEqual([])
  expect(claimAsks(asked.order, newest, start + 12_999, 'secondAskedAt').nos).toEqual(newest)
  expect(claimAsks(asked.order, newest, start + 13_000).nos).toEqual(newest)
  expect(claimAsks(asked.order, newest, start + 7_001).nos).toEqual([])
  expect(claimAsks(asked.order, newest, start + 7_000).nos).toEqual(newest)
})
