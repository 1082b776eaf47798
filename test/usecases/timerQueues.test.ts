// Tests the timer's queues: orders that only wait to be closed must not delay unpaid payments, and what is not due is not
// written.

import { workDue } from '../../cloudfunctions/shared/usecases/due/workDue'
import { workDueContracts } from '../../cloudfunctions/shared/usecases/due/workDueContracts'
import { readOwnOrder } from '../../cloudfunctions/shared/usecases/orders/ownOrders'
import { payOrder } from '../../cloudfunctions/shared/usecases/orders/payOrder'
import { requestRefund } from '../../cloudfunctions/shared/usecases/refunds/requestRefund'
import { beijing, hour, openClub } from '../support/club'
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

// Simulator seed 60760745: the timer sent an update without any field to the database.
it('a contract that is no longer due, because the clock was set back, is not written', async () => {
  const club = openClub(beijing('2026-01-31T10:00:00'))
  const contractNo = await club.subscribe()
  const before = club.contract(contractNo)
  const dueAt = before.dueAt ?? 0
  // The timer finds the contract at its due time. Afterwards the clock is an hour behind.
  const times = [dueAt]
  const ctx = { ...club.ctx, now: () => times.shift() ?? dueAt - hour }
  const writes = club.db.trips.writes
  expect(await workDueContracts(ctx, () => true)).toEqual({ worked: 1, failed: 0 })
  expect(club.db.trips.writes).toBe(writes)
  expect(club.contract(contractNo)).toEqual(before)
})
