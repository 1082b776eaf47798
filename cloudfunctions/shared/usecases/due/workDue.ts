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

// After this many failures in a row on one order, staff get a case. The timer still tries the order, once a day.
const stuckAfterTries = 12
// After this many slow replies of a provider in one run, the timer makes no more calls to that provider in this run.
const slowMs = 3_000
const slowLimit = 3

interface Run {
  hasTime(): boolean
  /** how many slow replies each provider gave in this run */
  slow: Map<string, number>
}

/**
 * Works on due orders: expiry, queries about payments, and refunds. Each order is leased first, so that two overlapping
 * runs of the timer do nothing twice. One broken order does not delay others. If the order's provider is down, the
 * order stays due for the next run.
 * @param hasTime turns false well before the function's time-out
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

// The three queues run in parallel, so that a thousand expiring orders delay no refund and no payment. The queue
// `dueAt` has every due order, so it also finds the orders that need other work.
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
    // If the work failed before the order was leased, lease it now. Otherwise the timer would try the order again every
    // minute.
    await take().catch(() => false)
    return false
  }
}

/**
 * One step of the work on an order. A step sends a refund or asks about it, asks about an attempt and perhaps closes
 * it, or reports the shipping to WeChat.
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
  // Two kinds of payments have no open result and are still queried. A declined attempt is queried again, because the
  // shopper may have paid after all. A payment is queried if the provider has refunded an amount of it that we do not
  // know.
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

// WeChat's service for shipping reports can be slow or down while the payment providers work, so we count its slow
// replies separately.
const shippingService = 'shipping'

async function workOn(ctx: Context, leased: Order, steps: readonly Step[], run: Run): Promise<void> {
  let order = leased
  for (const { provider, take } of steps) {
    // The run has no time left. The results so far are stored, and the next run after the lease does the other steps.
    if (!run.hasTime()) return
    const startedAt = ctx.elapsed()
    order = await take(ctx, order)
    if (ctx.elapsed() - startedAt > slowMs) run.slow.set(provider, (run.slow.get(provider) ?? 0) + 1)
  }
  // Make the case for staff first, and only then store that we stop asking. If the function is killed in between, the
  // case exists all the same.
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

// The payments and refunds about which we stop asking although we do not know their result. A declined attempt belongs
// to them if its last query got no answer, because the shopper may have paid after all.
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
    // A broken order may have no list of payments.
    provider: order.payments?.at?.(-1)?.provider ?? '-',
    orderNo: order._id,
    subject: order._id,
    reason,
  })
