import { closeOrder, closesAnyway, isOpenRefund, lease, type Order, refundOf, rescheduleChecks } from '../domain/order'
import { isWaiting } from '../domain/payment'
import { changeOrder, dueOrders } from '../store/orders'
import type { Context } from './context'
import { askAttempt, endAttempt } from './endAttempt'
import { recordNotice } from './recordNotice'
import { sendRefund } from './sendRefund'
import { workQueue } from './workQueue'

// After so many failures in a row a person is called; the order is still tried, once a day.
const stuckAfterTries = 12
// A provider that was slow so often in one run is left alone for the rest of it.
const slowMs = 3_000
const slowLimit = 3

/**
 * Works on orders whose due time has come: expiry, re-checks, refunds. Each is taken by a lease first, so that two
 * overlapping runs do nothing twice; what is broken, or waits for a provider that is down, delays nothing else.
 * @param hasTime false well before the function's time-out
 */
export async function workDue(ctx: Context, hasTime: () => boolean): Promise<{ worked: number; failed: number }> {
  const slow = new Map<string, number>()
  return workQueue(hasTime, {
    find: (since, limit) => dueOrders(ctx.db, { since, now: ctx.now(), limit }),
    work: (order) => workOne(ctx, order, slow),
  })
}

async function workOne(ctx: Context, due: Order, slow: Map<string, number>): Promise<boolean> {
  try {
    const leased = lease(due, ctx.now())
    const { _id, version, dueAt, tries } = leased
    if (!(await ctx.db.change<Order>('orders', _id, due.version, { version, dueAt, tries }))) return true
    if (tries === stuckAfterTries) await callPerson(ctx, leased, 'stuck', 'work on this order keeps failing')
    const provider = leased.payments.find(isWaiting)?.provider ?? ''
    if ((slow.get(provider) ?? 0) >= slowLimit) return false
    const startedAt = performance.now()
    await workOn(ctx, leased)
    if (performance.now() - startedAt > slowMs) slow.set(provider, (slow.get(provider) ?? 0) + 1)
    return true
  } catch (error) {
    ctx.log('dueFailed', { orderNo: String(due._id), reason: error instanceof Error ? error.name : 'error' })
    return false
  }
}

async function workOn(ctx: Context, leased: Order): Promise<void> {
  const now = ctx.now()
  let order = leased
  for (const refund of leased.refunds.filter((one) => isOpenRefund(one) && one.checkAt !== null && one.checkAt <= now))
    order = await sendRefund(ctx, order, refundOf(order, refund.no))
  const isOver = order.state !== 'open' || now >= order.expiresAt
  const justExpired = order.state === 'open' && isOver
  for (const payment of leased.payments.filter(isWaiting)) {
    if (!justExpired && (payment.checkAt === null || payment.checkAt > now)) continue
    order = isOver ? await endAttempt(ctx, order, payment) : await askAttempt(ctx, order, payment)
  }
  const { order: after } = await changeOrder(
    ctx.db,
    order._id,
    (before) => ({ order: concluded(before, ctx.now()) }),
    order,
  )
  const given = [...after.payments.filter(isWaiting), ...after.refunds.filter(isOpenRefund)].filter(
    (one) => one.checkAt === null,
  )
  for (const one of given) await callPerson(ctx, after, 'unresolved', `${one.no} has no result after 7 days`)
}

function concluded(order: Order, now: number): Order {
  const mayClose = order.state === 'open' && now >= order.expiresAt
  const closes = mayClose && (!order.payments.some(isWaiting) || closesAnyway(order, now))
  return rescheduleChecks(
    closes ? closeOrder(order, wasCancelled(order) ? 'closed' : 'expired', 'timer', now) : order,
    now,
  )
}

const wasCancelled = (order: Order): boolean => order.history.some(({ what }) => what === 'cancelled')

const callPerson = (ctx: Context, order: Order, kind: 'stuck' | 'unresolved', reason: string): Promise<void> =>
  recordNotice(ctx, {
    kind,
    provider: order.payments.at(-1)?.provider ?? '-',
    orderNo: order._id,
    subject: order._id,
    reason,
  })
