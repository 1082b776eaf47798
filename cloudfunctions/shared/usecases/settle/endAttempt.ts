import { AppError } from '../../domain/errors'
import { claimPayment } from '../../domain/orders/orderPayments'
import { type Order, paymentOf } from '../../domain/orders/orderShape'
import { isDisputed as hasDispute, isWaiting, type Payment } from '../../domain/payment'
import type { PaymentReport } from '../../providers/provider'
import { changeOrder, mustReadOrder } from '../../store/orders'
import { newClaimId } from '../platform/claimId'
import type { Context, EnabledProvider } from '../platform/context'
import { paymentRef } from '../platform/paymentRef'
import { askClaimed, askPayment } from './askPayment'
import { pollResult } from './pollResult'
import { settlePayment } from './settlePayment'

// A shopper waits while we end an attempt, so we wait at most this long for a provider. An attempt without an answer
// stays open.
const patienceMs = 4_000

interface Ended {
  order: Order
  /**
   * whether the provider reported a payment that differs from our request. Then close and open no payments until staff
   * have checked it
   */
  isDisputed: boolean
}

/**
 * Asks the provider about an attempt and applies the answer. If another caller asked within the last 3 s, this function
 * uses our record.
 * @returns the order as it is afterwards
 */
export async function askAttempt(ctx: Context, order: Order, payment: Payment): Promise<Order> {
  const source = await ctx.sourceOf(payment)
  return source ? (await ask(ctx, order, payment, source)).order : order
}

/**
 * Asks about an attempt and applies the answer. The caller has already taken the right to ask (claimAsks).
 * @returns the order as it is afterwards
 */
export async function askClaimedAttempt(ctx: Context, order: Order, payment: Payment): Promise<Order> {
  const source = await ctx.sourceOf(payment)
  if (!source) return order
  const report = await askClaimed(ctx, source, { order, no: payment.no })
  return (await settleAbout(ctx, order, source, { no: payment.no, report })).order
}

/**
 * Ends a waiting attempt: asks the provider for the result, then asks the provider to close the payment. After that the
 * attempt is paid, closed or failed. It still waits if the provider does not answer or cannot close payments.
 * @param claimId the claim that the caller holds on this attempt
 * @returns the order as it is afterwards
 */
export const endAttempt = async (ctx: Context, order: Order, payment: Payment, claimId?: string): Promise<Order> =>
  (await end(ctx, order, payment, claimId)).order

/**
 * Ends all waiting attempts of an order at the same time, within 4 s.
 * @param claimId the id of this caller's claims
 * @returns the order as it is afterwards; attempts whose provider did not answer still wait
 * @throws Conflict when a provider reports a payment that differs from our request
 */
export async function endAttempts(ctx: Context, order: Order, claimId = newClaimId(ctx)): Promise<Order> {
  const waiting = order.payments.filter(isWaiting)
  if (waiting.length === 0) return order
  const all = Promise.all(waiting.map((payment) => end(ctx, order, payment, claimId)))
  const ended = await inTime(ctx, all)
  if (ended?.some(({ isDisputed }) => isDisputed))
    throw new AppError('Conflict', 'staff must first check a payment of this order')
  return ended?.length === 1 && ended[0] ? ended[0].order : mustReadOrder(ctx.db, order._id)
}

async function inTime<T>({ pause }: Context, work: Promise<T>): Promise<T | undefined> {
  const ended = new AbortController()
  const over = pause(patienceMs, ended.signal).then(() => undefined)
  // Some calls to providers may still run when the time limit of 4 s is over. Ignore their errors, because the timer
  // will check those attempts again.
  work.catch(() => undefined)
  try {
    return await Promise.race([work, over])
  } finally {
    // Without a reason, abort() would create an error object at each call.
    ended.abort('no longer needed')
  }
}

// Only one caller at a time asks the provider to close a payment. If the reply gets lost, the claim stays until it
// expires, and the next caller first asks for the payment's state.
async function end(ctx: Context, order: Order, payment: Payment, id = newClaimId(ctx)): Promise<Ended> {
  const source = await ctx.sourceOf(payment)
  if (!source) {
    const [newest] = await ctx.sources(payment.provider)
    // This instance has not read the settings of the attempt yet, so it cannot end the attempt. While the attempt may
    // be paid, we open no other attempt.
    if (newest && (payment.generation ?? 1) > (newest.generation ?? 1))
      throw new AppError('Conflict', 'the payment settings were just changed: try again in a few seconds')
    return { order, isDisputed: false }
  }
  const asked = await ask(ctx, order, payment, source)
  const still = paymentOf(asked.order, payment.no)
  if (asked.isDisputed || !isWaiting(still) || !source.provider.close) return asked
  const take = (before: Order) => claimPayment(before, payment.no, { id }, ctx.now())
  const { order: claimed, isMine } = await changeOrder(ctx.db, order._id, take, asked.order)
  if (!isMine) return endedByOthers(ctx, claimed, payment.no)
  const report = await source.provider.close(paymentRef(claimed, paymentOf(claimed, payment.no), ctx.now()))
  return settleAbout(ctx, claimed, source, { no: still.no, report })
}

// While another caller closes the same attempt, we wait for that caller's result (pauses in ms), because the result
// decides whether we may open a new attempt.
const waitsMs = [100, 300, 600, 1_200]

async function endedByOthers(ctx: Context, order: Order, no: string): Promise<Ended> {
  let newest = order
  await pollResult(ctx, waitsMs, async () => {
    newest = await mustReadOrder(ctx.db, order._id)
    return isWaiting(paymentOf(newest, no)) ? undefined : newest
  })
  return { order: newest, isDisputed: hasDispute(paymentOf(newest, no)) }
}

async function ask(ctx: Context, order: Order, payment: Payment, source: EnabledProvider): Promise<Ended> {
  const { order: newest, report } = await askPayment(ctx, source, { order, no: payment.no })
  if (report) return settleAbout(ctx, newest, source, { no: payment.no, report })
  return { order: newest, isDisputed: hasDispute(paymentOf(newest, payment.no)) }
}

async function settleAbout(
  ctx: Context,
  order: Order,
  source: EnabledProvider,
  { no, report }: { no: string; report: PaymentReport },
): Promise<Ended> {
  const { verdict, order: after } = await settlePayment(ctx, { source, no, report }, order)
  return { order: after ?? order, isDisputed: verdict === 'mismatched' && report.outcome === 'paid' }
}
