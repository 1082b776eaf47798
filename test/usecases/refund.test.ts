// Tests that a refund is paid back once and never exceeds the payment, whatever fails on the way.
import type { KeptNotice } from '../../cloudfunctions/shared/store/notices'
import { payOrder } from '../../cloudfunctions/shared/usecases/orders/payOrder'
import { requestRefund } from '../../cloudfunctions/shared/usecases/refunds/requestRefund'
import { receiveNotice } from '../../cloudfunctions/shared/usecases/settle/receiveNotice'
import { recheckOrder } from '../../cloudfunctions/shared/usecases/staff/ordersAsStaff'
import { refundAsStaff } from '../../cloudfunctions/shared/usecases/staff/refundsAsStaff'
import type { Luck } from '../support/fakes/memoryDatabase'
import { minute, openShop, paidOrder, payMain, type Shop } from '../support/shop'

const ask = (orderNo: string, requestId: string, amountFen: number) => ({
  requestId,
  paymentNo: `${orderNo}01`,
  amountFen,
  reason: 'torn',
  by: 'staff-1',
})

const given = (shop: Shop, orderNo: string): number =>
  [...(shop.fake.ledger.get(`${orderNo}01`)?.refunds.values() ?? [])].reduce((sum, fen) => sum + fen, 0)

describe('a refund', () => {
  it('whole and in parts never exceeds the payment, whoever sends requests at the same moment', async () => {
    const shop = openShop()
    const orderNo = await paidOrder(shop)
    const asked = Array.from({ length: 10 }, (_, index) =>
      requestRefund(shop.ctx, orderNo, ask(orderNo, `r${index}`, 600)),
    )
    const results = await Promise.allSettled(asked)
    expect(results.filter(({ status }) => status === 'fulfilled').length).toBeLessThanOrEqual(4)
    expect(given(shop, orderNo)).toBe(shop.order(orderNo).refundedFen)
    expect(given(shop, orderNo)).toBeLessThanOrEqual(2_500)
  })

  it.each((['lostReply', 'notSent'] as Luck[]).flatMap((luck) => [1, 2, 3].map((write) => [luck, write] as const)))(
    '%s at write %i is still one refund',
    async (luck, unlucky) => {
      const shop = openShop()
      const orderNo = await paidOrder(shop)
      const before = shop.db.trips.writes
      shop.db.luck = (write) => (write === before + unlucky ? luck : 'fine')
      await requestRefund(shop.ctx, orderNo, ask(orderNo, 'r1', 1_000)).catch(() => undefined)
      await requestRefund(shop.ctx, orderNo, ask(orderNo, 'r1', 1_000))
      shop.advance(2 * minute)
      await shop.tick()
      expect(shop.order(orderNo)).toMatchObject({
        refundedFen: 1_000,
        refunds: [{ no: `${orderNo}r01`, state: 'done' }],
      })
      expect(given(shop, orderNo)).toBe(1_000)
    },
  )

  it.each(['silent', 'down'] as const)(
    'while the provider is %s is pending, and the timer finishes it under the same number',
    async (mood) => {
      const shop = openShop()
      const orderNo = await paidOrder(shop)
      shop.fake.mood = mood
      const { order } = await requestRefund(shop.ctx, orderNo, ask(orderNo, 'r1', 2_500))
      // A refund that certainly did not reach the provider stays "requested" and does not become "pending".
      expect(order.refunds).toMatchObject([{ state: mood === 'down' ? 'requested' : 'pending' }])
      shop.fake.mood = 'fine'
      shop.advance(2 * minute)
      await shop.tick()
      expect(shop.order(orderNo)).toMatchObject({ refundedFen: 2_500, dueAt: null, refunds: [{ state: 'done' }] })
      expect(given(shop, orderNo)).toBe(2_500)
    },
  )

  it('sent twice under one requestId at the same time is one refund with one number', async () => {
    const shop = openShop()
    const orderNo = await paidOrder(shop)
    const twice = await Promise.all([1, 2].map(() => requestRefund(shop.ctx, orderNo, ask(orderNo, 'r1', 900))))
    expect(twice.map(({ refundNo }) => refundNo)).toEqual([`${orderNo}r01`, `${orderNo}r01`])
    expect(given(shop, orderNo)).toBe(900)
    await expect(requestRefund(shop.ctx, orderNo, ask(orderNo, 'r1', 901))).rejects.toMatchObject({ code: 'Conflict' })
  })

  it('that the provider refused can be requested again under a new requestId; the old one stays refused', async () => {
    const shop = openShop()
    const orderNo = await paidOrder(shop)
    shop.fake.refunds = 'refused'
    const { order } = await requestRefund(shop.ctx, orderNo, ask(orderNo, 'r1', 2_500))
    expect(order.refunds).toMatchObject([{ state: 'failed', checkAt: null }])
    shop.fake.refunds = 'refunded'
    expect((await requestRefund(shop.ctx, orderNo, ask(orderNo, 'r1', 2_500))).order.refundedFen).toBe(0)
    expect((await requestRefund(shop.ctx, orderNo, ask(orderNo, 'r2', 2_500))).order.refundedFen).toBe(2_500)
    expect(given(shop, orderNo)).toBe(2_500)
  })

  it('that is pending stores the provider’s number as soon as it is known, and staff find the order by it', async () => {
    const shop = openShop()
    const orderNo = await paidOrder(shop)
    shop.fake.mood = 'silent'
    await requestRefund(shop.ctx, orderNo, ask(orderNo, 'r1', 2_500))
    expect(shop.order(orderNo).refunds).toMatchObject([{ state: 'pending', theirNo: null }])
    shop.fake.mood = 'fine'
    shop.fake.refunds = 'pending'
    shop.advance(minute)
    await shop.tick()
    expect(shop.order(orderNo).refunds).toMatchObject([{ state: 'pending', theirNo: `T${orderNo}r01` }])
    expect(shop.order(orderNo).keys).toContain(`T${orderNo}r01`)
    shop.fake.refunds = 'refunded'
    shop.advance(5 * minute)
    await shop.tick()
    expect(shop.order(orderNo)).toMatchObject({ refundedFen: 2_500, refunds: [{ state: 'done' }] })
  })

  it.each([0, -1, 1.5, Number.NaN, 2_501])('of %d is refused', async (amountFen) => {
    const shop = openShop()
    const orderNo = await paidOrder(shop)
    await expect(requestRefund(shop.ctx, orderNo, ask(orderNo, 'r1', amountFen))).rejects.toMatchObject({
      code: amountFen === 2_501 ? 'Conflict' : 'BadInput',
    })
    expect(shop.order(orderNo).refunds).toEqual([])
  })

  it('that was requested before is still answered when the provider has no refunds any more', async () => {
    const shop = openShop()
    const orderNo = await paidOrder(shop)
    shop.fake.mood = 'down'
    await requestRefund(shop.ctx, orderNo, ask(orderNo, 'r1', 100))
    delete (shop.fake.provider as { refund?: unknown }).refund
    const { order, refundNo } = await requestRefund(shop.ctx, orderNo, ask(orderNo, 'r1', 100))
    expect([refundNo, order.refunds.length]).toEqual([`${orderNo}r01`, 1])
  })

  it('is refused before anything is written if the provider has no refunds, and for an unpaid order', async () => {
    const shop = openShop()
    const orderNo = await paidOrder(shop)
    delete (shop.fake.provider as { refund?: unknown }).refund
    await expect(requestRefund(shop.ctx, orderNo, ask(orderNo, 'r1', 1))).rejects.toMatchObject({ code: 'Unsupported' })
    expect(shop.order(orderNo).refunds).toEqual([])
    const other = openShop()
    const unpaid = await other.newOrder()
    await payOrder(other.ctx, payMain(unpaid))
    await expect(requestRefund(other.ctx, unpaid, ask(unpaid, 'r1', 1))).rejects.toMatchObject({ code: 'Conflict' })
    await expect(requestRefund(other.ctx, unpaid, { ...ask(unpaid, 'r1', 1), paymentNo: 'x' })).rejects.toMatchObject({
      code: 'NotFound',
    })
  })
})

describe('a notification of a refund', () => {
  const notice = (shop: Shop, content: object, sign = 'good') =>
    receiveNotice(shop.ctx, 'fake', {
      method: 'POST',
      path: '/',
      query: {},
      headers: { sign },
      body: Buffer.from(JSON.stringify(content)),
    })
  const onItsWay = async () => {
    const shop = openShop()
    const orderNo = await paidOrder(shop)
    shop.fake.refunds = 'pending'
    const { refundNo } = await requestRefund(shop.ctx, orderNo, ask(orderNo, 'r1', 1_000))
    return { shop, orderNo, refundNo }
  }

  it('settles once, however often it comes, and is confirmed each time', async () => {
    const { shop, orderNo, refundNo } = await onItsWay()
    const content = { refundNo, outcome: 'refunded', amountFen: 1_000, currency: 'CNY' }
    const answers = await Promise.all(Array.from({ length: 20 }, () => notice(shop, content)))
    expect(new Set(answers.map(({ body }) => body))).toEqual(new Set(['accepted']))
    const order = shop.order(orderNo)
    expect(order).toMatchObject({ refundedFen: 1_000, dueAt: null, refunds: [{ state: 'done' }] })
    expect(order.history.filter(({ what }) => what === 'refunded')).toHaveLength(1)
  })

  it('of another amount, of another refund, or forged changes nothing and is not confirmed', async () => {
    const { shop, orderNo, refundNo } = await onItsWay()
    const before = shop.order(orderNo)
    const good = { refundNo, outcome: 'refunded', amountFen: 1_000, currency: 'CNY' }
    expect((await notice(shop, { ...good, amountFen: 999 })).body).toBe('rejected')
    expect((await notice(shop, { ...good, currency: 'USD' })).body).toBe('rejected')
    expect((await notice(shop, { ...good, refundNo: `${orderNo}r02` })).body).toBe('rejected')
    expect((await notice(shop, good, 'bad')).body).toBe('rejected')
    expect(shop.order(orderNo)).toEqual(before)
    expect(
      shop.db
        .all<KeptNotice>('notices')
        .map(({ kind }) => kind)
        .sort(),
    ).toEqual(['forged', 'mismatched', 'mismatched', 'unmatched'])
  })

  it('that contradicts a completed refund makes a case', async () => {
    const { shop, orderNo, refundNo } = await onItsWay()
    await notice(shop, { refundNo, outcome: 'refunded', amountFen: 1_000 })
    await notice(shop, { refundNo, outcome: 'refused' })
    expect(shop.order(orderNo)).toMatchObject({ refundedFen: 1_000, refunds: [{ state: 'done' }] })
    expect(shop.db.all<KeptNotice>('notices')).toMatchObject([{ kind: 'contradiction', orderNo }])
  })

  // If the reply to a write gets lost, the server repeats the write and then finds that the first write was stored.
  it.each(['fine', 'lostReply'] as const)(
    'that a failed refund was made after all is stored, and makes a case if too much was refunded (the write’s reply: %s)',
    async (luck) => {
      const { shop, orderNo, refundNo } = await onItsWay()
      await notice(shop, { refundNo, outcome: 'refused' })
      shop.fake.refunds = 'refunded'
      shop.fake.ledger.get(`${orderNo}01`)?.refunds.clear()
      await requestRefund(shop.ctx, orderNo, ask(orderNo, 'r2', 2_500))
      const first = shop.db.trips.writes + 1
      shop.db.luck = (write) => (write === first ? luck : 'fine')
      expect((await notice(shop, { refundNo, outcome: 'refunded', amountFen: 1_000 })).body).toBe('accepted')
      expect(shop.order(orderNo).refundedFen).toBe(3_500)
      expect(shop.db.all<KeptNotice>('notices')).toMatchObject([
        { kind: 'contradiction', reason: 'more went back than was paid' },
      ])
    },
  )
})

describe('a refund by staff', () => {
  const input = (orderNo: string, requestId: string, amountFen: number) => ({
    orderNo,
    requestId,
    paymentNo: `${orderNo}01`,
    amountFen,
    reason: 'torn',
  })

  it('stops at the person’s limit over the whole order, however small the parts and however many at once', async () => {
    const shop = openShop()
    const orderNo = await paidOrder(shop)
    const clerk = shop.staff('clerk', 1_000)
    const parts = Array.from({ length: 8 }, (_, index) => refundAsStaff(clerk, input(orderNo, `part-000${index}`, 300)))
    const refused = (await Promise.allSettled(parts)).flatMap((part) =>
      part.status === 'rejected' ? [part.reason] : [],
    )
    expect(given(shop, orderNo)).toBeLessThanOrEqual(900)
    expect(refused.length).toBeGreaterThanOrEqual(5)
    await expect(refundAsStaff(clerk, input(orderNo, 'part-last', 900))).rejects.toMatchObject({ code: 'Forbidden' })
    await expect(refundAsStaff(shop.staff('new', 0), input(orderNo, 'part-new', 1))).rejects.toMatchObject({
      code: 'Forbidden',
    })
    const left = 2_500 - given(shop, orderNo)
    await refundAsStaff(shop.staff('owner'), input(orderNo, 'the-rest', left))
    expect(given(shop, orderNo)).toBe(2_500)
  })

  it('a check queries refunds under way and attempts that seemed closed', async () => {
    const shop = openShop()
    const orderNo = await paidOrder(shop)
    shop.fake.refunds = 'pending'
    await requestRefund(shop.ctx, orderNo, ask(orderNo, 'r1', 400))
    shop.fake.refunds = 'refunded'
    const late = await shop.newOrder()
    await payOrder(shop.ctx, payMain(late))
    shop.advance(31 * minute)
    shop.fake.mood = 'down'
    for (let passed = 0; passed < 11; passed++) {
      await shop.tick()
      shop.advance(minute)
    }
    expect(shop.order(late).state).toBe('closed')
    shop.fake.mood = 'fine'
    shop.fake.pay(`${late}01`)
    const owner = shop.staff('owner')
    const found = (await recheckOrder(owner, { orderNo: late })).result.order
    expect(found).toMatchObject({ state: 'closed', payments: [{ state: 'paid', surplus: true, refundableFen: 2_500 }] })
    expect((await recheckOrder(owner, { orderNo })).result.order.refundedFen).toBe(400)
  })
})
