// Makes a day of WeChat Pay payments with seven differences between the fake server's bill and our records, one of each
// kind.

import type { Order } from '../../cloudfunctions/shared/domain/orders/orderShape'
import type { Database } from '../../cloudfunctions/shared/store/database'
import { beijingDay } from '../../miniprogram/rules/beijing'
import type { Admin } from './adminCall'
import { dataOf, type TestCloud } from './startCloud'

const hour = 3_600_000
const day = 24 * hour

export function openBooks(cloud: TestCloud, db: Database, admin: Admin) {
  const now = async (): Promise<number> => dataOf(await cloud.order('catalog', {})).now

  /** Moves the clock forward to this time of day in Beijing, in ms after midnight. */
  async function until(sinceMidnight: number): Promise<string> {
    const at = await now()
    const since = (at + 8 * hour) % day
    await cloud.advance((sinceMidnight - since + day) % day)
    return beijingDay(await now())
  }

  async function paid(scenario = 'pay'): Promise<Order> {
    const { orderNo } = await cloud.newOrder()
    const { payInfo } = dataOf(await cloud.order('pay', { orderNo, provider: 'wechatpay', channel: 'jsapi' }))
    await cloud.post('/local/pay', { payInfo, scenario })
    await cloud.advance(3_000)
    expect(dataOf(await cloud.order('read', { orderNo, refresh: true })).order.state).toBe('paid')
    return cloud.stored(orderNo)
  }

  async function change(order: Order, fields: Partial<Order>): Promise<void> {
    const { version } = await cloud.stored(order._id)
    expect(await db.change<Order>('orders', order._id, version, { ...fields, version: version + 1 })).toBe(true)
  }

  async function refunded(order: Order, amountFen: number): Promise<Order> {
    const input = {
      orderNo: order._id,
      paymentNo: `${order._id}01`,
      amountFen,
      requestId: `r-${order._id}`,
      reason: '杯子碎了',
    }
    dataOf(await admin('refund', input))
    await cloud.advance(21 * 60_000)
    dataOf(await admin('recheck', { orderNo: order._id }))
    const after = await cloud.stored(order._id)
    expect(after.refunds).toMatchObject([{ state: 'done' }])
    return after
  }

  /** Makes eight payments and two refunds on one day, then moves the clock past that day. */
  async function plantDifferences() {
    const today = await until(12 * hour)
    const [fine, twice, lost, gone, dearer, extra, unbooked, overbooked] = [
      await paid(),
      await paid('charged-twice'),
      await paid(),
      await paid(),
      await paid(),
      await paid(),
      await refunded(await paid(), 700),
      await refunded(await paid(), 800),
    ]
    const [payment] = fine.payments
    const [refund] = overbooked.refunds
    if (!payment || !refund) throw new Error('nothing was paid')
    const unpaid = { ...lost.payments[0], state: 'pending' as const, paidAt: null, checkAt: null } as typeof payment
    await change(lost, {
      state: 'open',
      paidAt: null,
      payments: [unpaid],
      dueAt: null,
      expiresAt: (await now()) + 9 * day,
    })
    await db.remove('orders', gone._id)
    await change(dearer, { payments: dearer.payments.map((one) => ({ ...one, amountFen: one.amountFen - 1 })) })
    const strayNo = `${extra._id.slice(0, 14)}zzzzzzzz`
    const stray = { ...extra.payments[0], no: `${strayNo}01`, theirNo: '4200000000' } as typeof payment
    await db.insert<Order>('orders', { ...extra, _id: strayNo, version: 1, payments: [stray] })
    await change(unbooked, { refunds: [], refundedFen: 0, refundedAt: null })
    await change(overbooked, { refunds: [refund, { ...refund, no: `${overbooked._id}r02`, requestId: 'another' }] })
    await cloud.advance(day)
    return { today, twice, lost, gone, dearer, strayNo, unbooked, overbooked }
  }

  return { now, until, paid, change, plantDifferences }
}
