// Tests what the shopper reads about an order with a problem. Showing the problem must need no additional database
// read.
import { paymentOf } from '../../../cloudfunctions/shared/domain/orders/orderShape'
import type { KeptNotice } from '../../../cloudfunctions/shared/store/notices'
import { readOwnOrder } from '../../../cloudfunctions/shared/usecases/orders/ownOrders'
import { payOrder } from '../../../cloudfunctions/shared/usecases/orders/payOrder'
import { settlePayment } from '../../../cloudfunctions/shared/usecases/settle/settlePayment'
import { settleRefund } from '../../../cloudfunctions/shared/usecases/settle/settleRefund'
import { dismissAsStaff } from '../../../cloudfunctions/shared/usecases/staff/manageNotices'
import { refundAsStaff } from '../../../cloudfunctions/shared/usecases/staff/refundsAsStaff'
import { minute, openShop, payMain, type Shop } from '../../support/shop'

const source = ({ fake }: Shop) => ({ definition: fake.definition, provider: fake.provider })
const read = async (shop: Shop, orderNo: string) => (await readOwnOrder(shop.ctx, { orderNo })).order

async function begun() {
  const shop = openShop()
  const orderNo = await shop.newOrder()
  const { paymentNo } = await payOrder(shop.ctx, payMain(orderNo))
  const paid = (amountFen: number) =>
    settlePayment(shop.ctx, {
      source: source(shop),
      no: paymentNo,
      report: { outcome: 'paid', amountFen, currency: 'CNY', raw: null },
    })
  return { shop, orderNo, paymentNo, paid }
}

describe('a payment of a wrong amount', () => {
  it('is shown at the next read, and the order cannot be paid again', async () => {
    const { shop, orderNo, paid } = await begun()
    await paid(1)
    const reads = shop.db.trips.reads
    expect(await read(shop, orderNo)).toMatchObject({ state: 'open', mayPay: false, payments: [{ disputed: true }] })
    expect(shop.db.trips.reads - reads).toBe(1)
    await expect(payOrder(shop.ctx, payMain(orderNo, 'other'))).rejects.toThrow('being looked into')
  })

  it('that is reported again and again is stored once', async () => {
    const { shop, orderNo, paid } = await begun()
    for (let times = 0; times < 5; times++) await paid(1)
    const { version } = shop.order(orderNo)
    await paid(1)
    expect(shop.order(orderNo).version).toBe(version)
  })

  it('is still shown after the order closed', async () => {
    const { shop, orderNo, paid } = await begun()
    await paid(1)
    shop.advance(45 * minute)
    await shop.tick()
    expect(await read(shop, orderNo)).toMatchObject({ state: 'closed', payments: [{ disputed: true }] })
  })

  it('is no longer shown when the right amount arrived, or when staff have checked it', async () => {
    const right = await begun()
    await right.paid(1)
    await right.paid(2_500)
    expect(await read(right.shop, right.orderNo)).toMatchObject({ state: 'paid', payments: [{ disputed: false }] })

    const looked = await begun()
    await looked.paid(1)
    const [notice] = looked.shop.db.all<KeptNotice>('notices')
    await dismissAsStaff(looked.shop.staff('boss'), { id: notice?._id ?? '', note: 'given back at the counter' })
    expect(await read(looked.shop, looked.orderNo)).toMatchObject({ mayPay: true, payments: [{ disputed: false }] })
  })

  it('does not change a payment that was settled before', async () => {
    const { shop, orderNo, paid } = await begun()
    await paid(2_500)
    await paid(1)
    expect(await read(shop, orderNo)).toMatchObject({ state: 'paid', payments: [{ state: 'paid', disputed: false }] })
  })
})

describe('a refund', () => {
  it('shows who made it and why in the shop’s words, and its number, but not the person and not the provider’s text', async () => {
    const { shop, orderNo, paymentNo, paid } = await begun()
    await paid(2_500)
    shop.fake.pay(paymentNo)
    shop.fake.refunds = 'pending'
    const request = { orderNo, requestId: 'r-1', paymentNo, amountFen: 1_000, reason: '少发一件' }
    const { result } = await refundAsStaff(shop.staff('oMiniCashier_staff_0000'), request)
    await settleRefund(shop.ctx, {
      source: source(shop),
      no: result.refundNo,
      report: { outcome: 'refused', reason: 'NOT_ENOUGH their words', raw: null },
    })
    const order = await read(shop, orderNo)
    expect(order.refunds).toMatchObject([{ by: 'shop', reason: '少发一件', state: 'failed', ofSurplus: false }])
    expect(order.timeline.slice(-2)).toMatchObject([
      { what: 'refundRequested', by: 'shop', refundNo: result.refundNo },
      { what: 'refundFailed', by: 'provider', refundNo: result.refundNo },
    ])
    expect(JSON.stringify(order)).not.toMatch(/their words|oMiniCashier/)
  })

  it('of money that came too late says so, and that nobody of the shop wrote the reason', async () => {
    const { shop, orderNo, paymentNo, paid } = await begun()
    shop.settings.surplus = 'refund'
    shop.advance(31 * minute)
    await shop.tick()
    shop.advance(15 * minute)
    await shop.tick()
    expect(shop.order(orderNo).state).toBe('closed')
    await paid(2_500)
    expect(paymentOf(shop.order(orderNo), paymentNo)).toMatchObject({ surplus: true })
    expect((await read(shop, orderNo)).refunds).toMatchObject([{ by: 'system', reason: '', ofSurplus: true }])
  })
})

it('a payment shows how its shopper continues it', async () => {
  const { shop, orderNo } = await begun()
  expect((await read(shop, orderNo)).payments).toMatchObject([{ kind: 'jsapi' }])
})
