import { closeOrder, leaseOrder, rescheduleChecks } from '../../domain/orders/order'
import { closesAnyway } from '../../domain/orders/orderDue'
import { type Order, paymentOf } from '../../domain/orders/orderShape'
import type { Shipping } from '../../domain/orders/shipping'
import { isBackUnknown, isWaiting, type Payment } from '../../domain/payment'
import type { Refund } from '../../domain/refund'
import { isOpenRefund } from '../../domain/refund'
import { changeOrder, type DueQueue, dueOrders, writeOrder } from '../../store/orders'
import type { Context } from '../platform/context'
import { recordNotice } from '../platform/recordNotice'
import { sendRefund } from '../refunds/sendRefund'
import { askAttempt, endAttempt } from '../settle/endAttempt'
import { askShipping } from '../shipping/askShipping'
import { sendShipping } from '../shipping/sendShipping'
import { workQueue } from './workQueue'

// After this many failures in a row staff are told; the order is still tried, once a day.
const stuckAfterTries = 12
// A provider with this many slow replies in one run gets no more calls in that run.
const slowMs = 3_000
const slowLimit = 3

interface Run {
  hasTime(): boolean
  /** the number of slow replies in this run, by provider */
  slow: Map<string, number>
}

/**
 * Works on due orders: expiry, queries, refunds. Each order is leased first, so that two overlapping runs do nothing
 * twice. A broken order does not delay others. An order whose provider is down stays due, unchanged, for the next run.
 * @param hasTime false well before the function's time-out
 */
export async function workDue(ctx: Context, hasTime: () => boolean): Promise<{ worked: number; failed: number }> {
  const run: Run = { hasTime, slow: new Map() }
  const seen = new Set<string>()
  const lane = (queue: DueQueue) =>
    workQueue(
      hasTime,
      {
        find: (since, limit) => dueOrders(ctx.db, { queue, since, now: ctx.now(), limit }),
        dueAt: (order) => order[queue] ?? null,
        work: (order) => workOne(ctx, order, run),
      },
      seen,
    )
  const lanes = await Promise.all(queues.map(lane))
  const sum = (of: (lane: { worked: number; failed: number }) => number) => lanes.reduce((all, one) => all + of(one), 0)
  return { worked: sum(({ worked }) => worked), failed: sum(({ failed }) => failed) }
}

// The queues run in parallel, so that a thousand expiring orders delay no refund and no payment. Every due order is in
// the last queue, also those that are in neither of the first two.
const queues: readonly DueQueue[] = ['refundDueAt', 'payDueAt', 'dueAt']

async function workOne(ctx: Context, due: Order, run: Run): Promise<boolean> {
  const leased = leaseOrder(due, ctx.now())
  const { tries } = leased
  const take = () => writeOrder(ctx.db, due, leased)
  try {
    if (tries >= stuckAfterTries) await callPerson(ctx, due, 'stuck', 'work on this order keeps failing')
    const steps = stepsOf(due, ctx.now())
    const isHopeless = steps.some(({ provider }) => (run.slow.get(provider) ?? 0) >= slowLimit)
    const closesNow = due.state === 'open' && closesAnyway(due, ctx.now())
    if (isHopeless && !closesNow) return false
    if (await take()) await workOn(ctx, leased, isHopeless ? [] : steps, run)
    return true
  } catch (error) {
    ctx.log('dueFailed', { orderNo: String(due._id), reason: error instanceof Error ? error.name : 'error' })
    // An order that failed before it was leased is leased now, so that it is not tried again every minute.
    await take().catch(() => false)
    return false
  }
}

/**
 * One call to a provider: a query about a refund, or a query about an attempt, perhaps with its closing; or a report of
 * shipping to WeChat.
 */
interface Step {
  provider: string
  take(ctx: Context, order: Order): Promise<Order>
}

function stepsOf(order: Order, now: number): Step[] {
  const isDue = ({ checkAt }: Pick<Payment | Refund | Shipping, 'checkAt'>): boolean =>
    checkAt !== null && checkAt <= now
  const isOver = order.state !== 'open' || now >= order.expiresAt
  const justExpired = order.state === 'open' && isOver
  const refunds = order.refunds.filter((refund) => isOpenRefund(refund) && isDue(refund))
  // Not only waiting attempts: a declined attempt is queried once more, and a refund of an unknown amount too.
  const payments = order.payments.filter((payment) => isDue(payment) || (isWaiting(payment) && justExpired))
  const { shipping } = order
  const ship = shipping?.state === 'sending' ? sendShipping : askShipping
  const ships = shipping && isDue(shipping) ? [{ provider: shippingService, take: ship }] : []
  return [
    ...ships,
    ...refunds.map(({ no, paymentNo }) => ({
      provider: paymentOf(order, paymentNo).provider,
      take: (ctx: Context, current: Order) => sendRefund(ctx, current, no),
    })),
    ...payments.map(({ no, provider }) => ({
      provider,
      take: async (ctx: Context, current: Order) => {
        const payment = paymentOf(current, no)
        if (!isWaiting(payment) && !isDue(payment)) return current
        return isOver && isWaiting(payment) ? endAttempt(ctx, current, payment) : askAttempt(ctx, current, payment)
      },
    })),
  ]
}

// WeChat's service for reports of shipping is slow or down independently of the providers.
const shippingService = 'shipping'

async function workOn(ctx: Context, leased: Order, steps: readonly Step[], run: Run): Promise<void> {
  let order = leased
  for (const { provider, take } of steps) {
    // The rest is done after the lease; everything settled so far is stored.
    if (!run.hasTime()) return
    const startedAt = ctx.elapsed()
    order = await take(ctx, order)
    if (ctx.elapsed() - startedAt > slowMs) run.slow.set(provider, (run.slow.get(provider) ?? 0) + 1)
  }
  // Staff are told before the last query is marked as done. The other way round, a kill in between would hide it.
  for (const { no } of givenUp(order, concluded(order, ctx.now())))
    await callPerson(ctx, order, 'unresolved', `${no} has no result after 7 days`)
  await changeOrder(ctx.db, order._id, (before) => ({ order: concluded(before, ctx.now()) }), order)
}

function concluded(order: Order, now: number): Order {
  const mayClose = order.state === 'open' && now >= order.expiresAt
  const closes = mayClose && (!order.payments.some(isWaiting) || closesAnyway(order, now))
  const why = order.history.some(({ what }) => what === 'cancelled') ? 'closed' : 'expired'
  return rescheduleChecks(closes ? closeOrder(order, why, 'timer', now) : order, now)
}

// Also a declined attempt: after its last question had no answer, money may have come unseen.
const givenUp = (before: Order, after: Order): { no: string }[] =>
  [
    ...after.payments.filter(
      (one) => isWaiting(one) || isBackUnknown(one) || paymentOf(before, one.no).checkAt !== null,
    ),
    ...after.refunds.filter(isOpenRefund),
  ].filter(({ checkAt }) => checkAt === null)

const callPerson = (ctx: Context, order: Order, kind: 'stuck' | 'unresolved', reason: string): Promise<void> =>
  recordNotice(ctx, {
    kind,
    // A broken order may have no payments.
    provider: order.payments?.at?.(-1)?.provider ?? '-',
    orderNo: order._id,
    subject: order._id,
    reason,
  })
