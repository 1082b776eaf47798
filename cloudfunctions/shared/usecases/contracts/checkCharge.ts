import { dayMs, hourMs } from '../../../../miniprogram/rules/beijing'
import { claimSeen } from '../../domain/claim'
import {
  debitsOf,
  dropCharge,
  followOrder,
  giveUp,
  lookLater,
  recordAccepted,
  releaseDebit,
} from '../../domain/contract'
import { type Charge, type Contract, openCharge } from '../../domain/contractShape'
import { type CheckMove, type CheckOutcome, checkMove, resultAtOf } from '../../domain/debitChecks'
import { expireNow, payableUntil } from '../../domain/orders/order'
import { type Order, paymentOf } from '../../domain/orders/orderShape'
import { isWaiting, type Payment } from '../../domain/payment'
import { changeContract } from '../../store/contracts'
import { changeOrder, readOrder } from '../../store/orders'
import type { Context } from '../platform/context'
import { type ContractSource, contractSource } from '../platform/contractProvider'
import { askPayment } from '../settle/askPayment'
import { endAttempt, endAttempts } from '../settle/endAttempt'
import { followCharge } from '../settle/followCharge'
import { settlePayment } from '../settle/settlePayment'
import { sendDebit } from './chargeContract'

const minuteMs = 60_000
// A contract has ended, and a payment of its last charge still has no result. After this time the charge's order
// expires, although the payment is still open. The timer goes on asking the provider about that payment while it works
// on the order.
const leftoverMs = 7 * dayMs

/** Checks whether there is a result of a live contract's open charge, and does what follows from the result. */
export async function checkCharge(ctx: Context, contract: Contract): Promise<void> {
  const charge = openCharge(contract)
  if (!charge) return
  const order = await readOrder(ctx.db, charge.orderNo)
  if (charge.state === 'pastDue') return checkMissed(ctx, contract, charge, order)
  const source = await contractSource(ctx, contract)
  if (!source) return
  const debit = order && debitsOf(order)[charge.tries - 1]
  const check: DebitCheck | undefined =
    order && debit ? await checkDebit(ctx, source, order, debit) : { outcome: 'notStored' }
  if (check) await go(ctx, source, { contract, charge, check })
}

interface DebitCheck {
  outcome: CheckOutcome
  /** the order and its debit as we have stored them; absent if they are not stored */
  found?: { order: Order; debit: Payment }
  /**
   * the debit's claim when we asked the provider; absent: we did not ask. While the provider answers, another caller
   * may change the order and the contract
   */
  seen?: string | null
}

/**
 * Asks the provider for the result of a debit.
 * @returns undefined if another caller asked a moment ago; we check again after the lease
 */
async function checkDebit(
  ctx: Context,
  source: ContractSource,
  order: Order,
  debit: Payment,
): Promise<DebitCheck | undefined> {
  if (order.state !== 'open' || !isWaiting(debit)) return { outcome: 'decided', found: { order, debit } }
  const { order: newest, report } = await askPayment(ctx, source, { order, no: debit.no })
  if (!report) return undefined
  const after = (await settlePayment(ctx, { source, no: debit.no, report }, newest)).order ?? newest
  const found = { order: after, debit: paymentOf(after, debit.no) }
  const seen = claimSeen(debit)
  if (!isWaiting(found.debit)) return { outcome: 'decided', found, seen }
  // We send a debit again only if the provider says that it does not have the debit. An answer such as "busy" does not
  // say that the debit is absent.
  const outcome = report.outcome === 'pending' ? 'pending' : report.notFound ? 'notFound' : 'unclear'
  return { outcome, found, seen }
}

async function go(
  ctx: Context,
  source: ContractSource,
  { contract, charge, check }: { contract: Contract; charge: Charge; check: DebitCheck },
): Promise<void> {
  const now = ctx.now()
  const { found } = check
  const set = (decide: (before: Contract) => Contract) => change(ctx, contract._id, decide)
  const soon = () => set((before) => lookLater(before, now + 10 * minuteMs, now))
  const moves: Record<CheckMove, () => Promise<unknown> | undefined> = {
    follow: () =>
      found && followCharge(ctx, contract._id, found.order, check.seen === undefined ? { known: contract } : {}),
    send: () => sendDebit(ctx, source, contract, check.seen),
    release: () => change(ctx, contract._id, (before) => releaseDebit(before, charge.period, now, now), contract),
    keepTaken: () => set((before) => recordAccepted(before, charge.period, resultAtOf(contract, charge, now), now)),
    inAnHour: () => set((before) => lookLater(before, now + hourMs, now)),
    soon,
    end: async () => {
      const ended = found && (await endAttempt(ctx, found.order, found.debit))
      if (!ended || isWaiting(paymentOf(ended, found.debit.no))) return soon()
      await followCharge(ctx, contract._id, ended, { untaken: charge.acceptedAt === null })
    },
  }
  await moves[checkMove(contract, charge, check.outcome, now)]()
}

// A subscriber pays a missed charge by hand on the page of the charge's order. So this order must be payable until the
// contract's deadline (`payBy`).
async function checkMissed(ctx: Context, contract: Contract, charge: Charge, order: Order | undefined): Promise<void> {
  const { payBy } = charge
  if (order && payBy !== null)
    await changeOrder(ctx.db, order._id, (before) => ({ order: payableUntil(before, payBy, ctx.now()) }), order)
  await change(ctx, contract._id, (before) => {
    const followed = order ? followOrder(before, order, ctx.now()) : before
    return followed === before ? lookLater(before, ctx.now() + dayMs, ctx.now()) : followed
  })
}

/**
 * Ends a contract whose missed charge was not paid in time. Does nothing if a payment of the charge has arrived or may
 * still arrive.
 */
export async function giveUpCharge(ctx: Context, contract: Contract): Promise<void> {
  const charge = openCharge(contract)
  const order = charge && (await readOrder(ctx.db, charge.orderNo))
  if (!charge || !order) return
  const after = await expired(ctx, order)
  if (after.state === 'paid') return void (await followCharge(ctx, contract._id, after))
  // A payment may still arrive, so we check again when the lease ends, each time after a longer lease.
  if (after.payments.some(isWaiting)) return
  await change(ctx, contract._id, (before) => giveUp(before, charge.orderNo, ctx.now()))
}

/**
 * Finishes the open charge of a contract that has ended: we send no new debit, ask for the result of the last one, and
 * let its order expire. The charge is dropped only after its order has closed. As long as the order is open, arriving
 * money pays the order and thereby the charge.
 */
export async function dropLeftover(ctx: Context, contract: Contract): Promise<void> {
  const charge = openCharge(contract)
  if (!charge) return
  const order = await readOrder(ctx.db, charge.orderNo)
  // The order with this number may belong to another charge. Then this charge has no order, and was never debited.
  const own = order?.contract?.contractNo === contract._id ? order : undefined
  const endedMs = ctx.now() - (contract.endedAt ?? 0)
  const after = own && (await expired(ctx, own, endedMs >= leftoverMs))
  await change(ctx, contract._id, (before) => {
    const now = ctx.now()
    const followed = after ? followOrder(before, after, now) : before
    if (followed !== before) return followed
    if (after?.state !== 'open') return dropCharge(before, charge.period, now)
    // The timer closes an expired order within minutes, so check again soon. A payment without a result can take days,
    // so then wait longer.
    const waitMs = after.payments.some(isWaiting) ? Math.min(Math.max(endedMs / 2, minuteMs), dayMs) : minuteMs
    return lookLater(before, now + waitMs, now)
  })
}

/**
 * Lets an order expire at once, unless one of its payments may still be paid.
 * @param always true: expires the order in any case. Money that arrives after the order has closed is an overpayment
 */
async function expired(ctx: Context, order: Order, always = false): Promise<Order> {
  const ended = order.state === 'open' ? await endAttempts(ctx, order) : order
  const decide = (before: Order) => ({
    order: before.payments.some(isWaiting) && !always ? before : expireNow(before, 'system', ctx.now()),
  })
  return (await changeOrder(ctx.db, order._id, decide, ended)).order
}

/**
 * Changes a contract in the database.
 * @param known the contract, if no other caller can have changed it since we read it
 */
const change = async (
  ctx: Context,
  contractNo: string,
  decide: (before: Contract) => Contract,
  known?: Contract,
): Promise<void> => void (await changeContract(ctx.db, contractNo, (before) => ({ contract: decide(before) }), known))
