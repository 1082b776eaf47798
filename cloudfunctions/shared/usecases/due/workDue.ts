import { closeOrder, leaseOrder, rescheduleChecks } from '../../domain/orders/order'
import { closesAnyway } from '../../domain/orders/orderDue'
import { type Order, paymentOf } from '../../domain/orders/orderShape'
import { isBackUnknown, isWaiting, type Payment } from '../../domain/payment'
import type { Refund } from '../../domain/refund'
import { isOpenRefund } from '../../domain/refund'
import { changeOrder, type DueQueue, dueOrders, writeOrder } from '../../store/orders'
import type { Context } from '../platform/context'
import { recordNotice } from '../platform/recordNotice'
import { sendRefund } from '../refunds/sendRefund'
import { askAttempt, endAttempt } from '../settle/endAttempt'
import { workQueue } from './workQueue'

// After so many failures in a row a person is called; the order is still tried, once a day.
const stuckAfterTries = 12
// A provider that was slow so often in one run is left alone for the rest of it.
const slowMs = 3_000
const slowLimit = 3

interface Run {
  hasTime(): boolean
  /** slow answers in this run, by provider */
  slow: Map<string, number>
}

/**
 * Works on orders whose due time has come: expiry, re-checks, refunds. Each is taken by a lease first, so that two
 * overlapping runs do nothing twice. A broken order delays no other; one that waits for a provider that is down stays
 * due, untouched, for the next run.
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

// Side by side, so that a thousand orders that only expire delay no refund, and none that may be paid. What has no due
// time in the first two is in the last one all the same.
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
    // What broke before it was taken must not come back every minute; what was taken already has its lease.
    await take().catch(() => false)
    return false
  }
}

/** One question to a provider: about a refund, or about an attempt, which it may also be told to close. */
interface Step {
  provider: string
  take(ctx: Context, order: Order): Promise<Order>
}

function stepsOf(order: Order, now: number): Step[] {
  const isDue = ({ checkAt }: Payment | Refund): boolean => checkAt !== null && checkAt <= now
  const isOver = order.state !== 'open' || now >= order.expiresAt
  const justExpired = order.state === 'open' && isOver
  const refunds = order.refunds.filter((refund) => isOpenRefund(refund) && isDue(refund))
  // Not only what waits: a provider that declined is asked once more, and one that does not say how much went back.
  const payments = order.payments.filter((payment) => isDue(payment) || (isWaiting(payment) && justExpired))
  return [
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

async function workOn(ctx: Context, leased: Order, steps: readonly Step[], run: Run): Promise<void> {
  let order = leased
  for (const { provider, take } of steps) {
    // The lease brings it back; what was settled so far is stored.
    if (!run.hasTime()) return
    const startedAt = ctx.elapsed()
    order = await take(ctx, order)
    if (ctx.elapsed() - startedAt > slowMs) run.slow.set(provider, (run.slow.get(provider) ?? 0) + 1)
  }
  // A person is called before the last look is struck off the list, or nobody ever would be.
  for (const { no } of givenUp(concluded(order, ctx.now())))
    await callPerson(ctx, order, 'unresolved', `${no} has no result after 7 days`)
  await changeOrder(ctx.db, order._id, (before) => ({ order: concluded(before, ctx.now()) }), order)
}

function concluded(order: Order, now: number): Order {
  const mayClose = order.state === 'open' && now >= order.expiresAt
  const closes = mayClose && (!order.payments.some(isWaiting) || closesAnyway(order, now))
  const why = order.history.some(({ what }) => what === 'cancelled') ? 'closed' : 'expired'
  return rescheduleChecks(closes ? closeOrder(order, why, 'timer', now) : order, now)
}

const givenUp = (order: Order): { no: string }[] =>
  [
    ...order.payments.filter((one) => isWaiting(one) || isBackUnknown(one)),
    ...order.refunds.filter(isOpenRefund),
  ].filter(({ checkAt }) => checkAt === null)

const callPerson = (ctx: Context, order: Order, kind: 'stuck' | 'unresolved', reason: string): Promise<void> =>
  recordNotice(ctx, {
    kind,
    // A broken order may lack even this.
    provider: order.payments?.at?.(-1)?.provider ?? '-',
    orderNo: order._id,
    subject: order._id,
    reason,
  })
