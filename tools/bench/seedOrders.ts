// For the bench: fills the local cloud with orders like those of a busy shop, spread over ninety days. Most are paid,
// some are refunded, some have an overpayment. A million orders take about 1.5 GB.

import { closeOrder, placeOrder } from '../../cloudfunctions/shared/domain/orders/order'
import { orderNoFrom } from '../../cloudfunctions/shared/domain/orders/orderNo'
import { applyPaymentNews, openAttempt } from '../../cloudfunctions/shared/domain/orders/orderPayments'
import { applyRefundNews, openRefund } from '../../cloudfunctions/shared/domain/orders/orderRefunds'
import type { Order } from '../../cloudfunctions/shared/domain/orders/orderShape'
import { dayMs } from '../../miniprogram/rules/beijing'
import type { Emulator } from '../../packages/cloudbase-emulator/src'

export const spreadMs = 90 * dayMs
const batch = 2_000
const providers = [
  ['midas', 'wechat'],
  ['wechatpay', 'jsapi'],
  ['wisecashier', 'mini_program'],
  ['paymax', 'wechat_wap'],
] as const
const goods = [
  { sku: 'gaiwan', title: '白瓷盖碗', titleEn: 'White porcelain gaiwan', priceFen: 8_600 },
  { sku: 'jasmine-50', title: '茉莉花茶', titleEn: 'Jasmine tea', priceFen: 3_800 },
  { sku: 'longjing-50', title: '明前龙井', titleEn: 'Longjing green tea', priceFen: 16_800 },
]

/**
 * Inserts orders and reports the progress.
 * @param first the serial number of the first order
 * @param fromAt when the first order was placed, epoch ms; the last one is placed at `now`
 * @returns the numbers of some of the orders
 */
export function seedOrders(
  { database }: Emulator,
  { size, now, first = 0, fromAt = now - spreadMs }: { size: number; now: number; first?: number; fromAt?: number },
): string[] {
  const startedAt = performance.now()
  const sample: string[] = []
  for (let done = 0; done < size; done += batch) {
    const orders = Array.from({ length: Math.min(batch, size - done) }, (_, index) => {
      const nth = done + index
      // Insert the orders by age, as in a real shop, so that new orders are at the end of every index.
      return orderOf(first + nth, fromAt + Math.floor((nth / size) * (now - fromAt)))
    })
    database.insert('orders', ...(orders as unknown as Record<string, unknown>[]))
    sample.push(orders[0]?._id ?? '')
    if (done % 100_000 === 0 && done > 0)
      console.log(`  ${done} of ${size} orders, ${Math.round((performance.now() - startedAt) / 1_000)} s`)
  }
  return sample
}

function orderOf(serial: number, at: number): Order {
  const [provider, channel] = providers[serial % providers.length] ?? providers[0]
  const item = goods[serial % goods.length] ?? goods[0]
  const placed = placeOrder({
    orderNo: orderNoFrom(at, serial.toString(36).padStart(8, '0')),
    openid: `oMiniCashier_bench_${String(serial % 50_000).padStart(8, '0')}`,
    items: [{ ...(item as (typeof goods)[number]), quantity: 1 + (serial % 3) }],
    currency: 'CNY',
    now: at,
    lifeMs: 1_800_000,
  })
  if (serial % 20 === 0) return idle(closeOrder(placed, 'expired', 'timer', at + 1_800_000))
  const { order: opened, payment } = openAttempt(placed, provider, channel, at + 5_000)
  const news = (theirNo: string) => ({ outcome: 'paid' as const, theirNo, at: at + 20_000 })
  if (serial % 500 === 1) {
    const closed = closeOrder(opened, 'expired', 'timer', at + 1_800_000)
    return idle(applyPaymentNews(closed, payment.no, news(`L${serial}`), { now: at + 2_000_000 }).order)
  }
  const paid = applyPaymentNews(opened, payment.no, news(`T${serial}`), { now: at + 21_000 }).order
  if (serial % 9 !== 2) return idle(paid)
  const request = { requestId: `bench-${serial}`, paymentNo: payment.no, amountFen: 1_000, reason: '', by: 'oBench' }
  const { order: asked, refund } = openRefund(paid, request, at + 60_000)
  return idle(applyRefundNews(asked, refund.no, { outcome: 'refunded' }, at + 120_000).order)
}

// Makes an order look like an old order of a shop: no work is due, and the timer has already taken the order's events
// out of its outbox.
const idle = (order: Order): Order => ({ ...order, dueAt: null, outbox: [], outboxAt: null })
