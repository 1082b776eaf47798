// Tests the timer's queues: orders that only wait to be closed must not delay unpaid payments.

import { workDue } from '../../cloudfunctions/shared/usecases/due/workDue'
import { readOwnOrder } from '../../cloudfunctions/shared/usecases/orders/ownOrders'
import { payOrder } from '../../cloudfunctions/shared/usecases/orders/payOrder'
import { requestRefund } from '../../cloudfunctions/shared/usecases/refunds/requestRefund'
import { minute, openShop, payMain } from '../support/shop'

it('a thousand expired orders delay neither a refund under way nor a payment without a notification', async () => {
  const shop = openShop()
  const empty = await shop.newOrder()
  const refunded = await shop.newOrder()
  await payOrder(shop.ctx, payMain(refunded))
  shop.fake.pay(`${refunded}01`)
  await readOwnOrder(shop.ctx, { orderNo: refunded, refresh: true })
  const template = shop.order(empty)
  for (let index = 0; index < 1_500; index++)
    shop.db.put('orders', {
      ...template,
      _id: `${empty.slice(0, 14)}z${String(index).padStart(7, '0')}`,
      openid: 'shopper-b',
    })
  shop.advance(31 * minute)
  // All orders above are due earlier than the payment and the refund below.
  shop.fake.refunds = 'pending'
  const request = { requestId: 'r1', paymentNo: `${refunded}01`, amountFen: 900, reason: '', by: 'staff' }
  await requestRefund(shop.ctx, refunded, request)
  const paid = await shop.newOrder()
  await payOrder(shop.ctx, payMain(paid))
  shop.fake.pay(`${paid}01`)
  shop.fake.refunds = 'refunded'
  shop.advance(minute)
  let left = 100
  await workDue(shop.ctx, () => left-- > 0)
  expect(shop.order(refunded).refundedFen).toBe(900)
  expect(shop.order(paid).state).toBe('paid')
})
