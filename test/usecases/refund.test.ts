// Money goes back once, never more than was paid, whatever goes wrong on the way.
import { payOrder } from '../../cloudfunctions/shared/usecases/payOrder'
import { readOwnOrder } from '../../cloudfunctions/shared/usecases/readOwnOrder'
import { requestRefund } from '../../cloudfunctions/shared/usecases/requestRefund'
import type { Luck } from '../support/memoryDatabase'
import { minute, openShop, payMain, type Shop } from '../support/shop'

async function paidOrder(shop: Shop): Promise<string> {
  const orderNo = await shop.newOrder()
  await payOrder(shop.ctx, payMain(orderNo))
  shop.fake.pay(`${orderNo}01`)
  await readOwnOrder(shop.ctx, { orderNo, refresh: true })
  return orderNo
}

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
  it('whole and in parts, never more than was paid, whoever asks at the same time', async () => {
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
    'while the provider is %s it stays on its way, and the timer finishes it under the same number',
    async (mood) => {
      const shop = openShop()
      const orderNo = await paidOrder(shop)
      shop.fake.mood = mood
      const { order } = await requestRefund(shop.ctx, orderNo, ask(orderNo, 'r1', 2_500))
      expect(order.refunds).toMatchObject([{ state: 'pending' }])
      shop.fake.mood = 'fine'
      shop.advance(2 * minute)
      await shop.tick()
      expect(shop.order(orderNo)).toMatchObject({ refundedFen: 2_500, dueAt: null, refunds: [{ state: 'done' }] })
      expect(given(shop, orderNo)).toBe(2_500)
    },
  )

  it('is refused before anything is written where the provider has none, and for an order that is not paid', async () => {
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
