import { type LookMove, type LookOutcome, lookMove, resultAtOf } from '../../domain/chargeLooks'
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
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs
// After this time the debits of an ended contract are checked only as payments of their orders.
const leftoverMs = 7 * dayMs

/** Checks the result of a live contract's open charge, and takes the next step. */
export async function lookAtCharge(ctx: Context, contract: Contract): Promise<void> {
  const charge = openCharge(contract)
  if (!charge) return
  const order = await readOrder(ctx.db, charge.orderNo)
  if (charge.state === 'pastDue') return lookAtMissed(ctx, contract, charge, order)
  const source = await contractSource(ctx, contract)
  if (!source) return
  const debit = order && debitsOf(order)[charge.tries - 1]
  const look: Look | undefined =
    order && debit ? await lookAtDebit(ctx, source, order, debit) : { outcome: 'notStored' }
  if (look) await go(ctx, source, { contract, charge, look })
}

interface Look {
  outcome: LookOutcome
  /** the stored order and its debit; absent if they are not stored */
  found?: { order: Order; debit: Payment }
  /** set if the provider was asked: the claim at that time. Order and contract may have changed since */
  seen?: string | null
}

/** @returns undefined if another caller asked a moment ago: the check is repeated after the lease */
async function lookAtDebit(
  ctx: Context,
  source: ContractSource,
  order: Order,
  debit: Payment,
): Promise<Look | undefined> {
  if (order.state !== 'open' || !isWaiting(debit)) return { outcome: 'decided', found: { order, debit } }
  const { order: newest, report } = await askPayment(ctx, source, { order, no: debit.no })
  if (!report) return undefined
  const after = (await settlePayment(ctx, { source, no: debit.no, report }, newest)).order ?? newest
  const found = { order: after, debit: paymentOf(after, debit.no) }
  const seen = claimSeen(debit)
  if (!isWaiting(found.debit)) return { outcome: 'decided', found, seen }
  // "Busy" does not mean "unknown": a debit is sent again only if the provider says that it does not have it.
  const outcome = report.outcome === 'pending' ? 'pending' : report.notFound ? 'notFound' : 'unclear'
  return { outcome, found, seen }
}

async function go(
  ctx: Context,
  source: ContractSource,
  { contract, charge, look }: { contract: Contract; charge: Charge; look: Look },
): Promise<void> {
  const now = ctx.now()
  const { found } = look
  const set = (decide: (before: Contract) => Contract) => change(ctx, contract._id, decide)
  const soon = () => set((before) => lookLater(before, now + 10 * minuteMs, now))
  const moves: Record<LookMove, () => Promise<unknown> | undefined> = {
    follow: () =>
      found && followCharge(ctx, contract._id, found.order, look.seen === undefined ? { known: contract } : {}),
    send: () => sendDebit(ctx, source, contract, look.seen),
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
  await moves[lookMove(contract, charge, look.outcome, now)]()
}

// Sets the time until which the missed order can be paid: its page shows it.
async function lookAtMissed(ctx: Context, contract: Contract, charge: Charge, order: Order | undefined): Promise<void> {
  const { payBy } = charge
  if (order && payBy !== null)
    await changeOrder(ctx.db, order._id, (before) => ({ order: payableUntil(before, payBy, ctx.now()) }), order)
  await change(ctx, contract._id, (before) => {
    const followed = order ? followOrder(before, order, ctx.now()) : before
    return followed === before ? lookLater(before, ctx.now() + dayMs, ctx.now()) : followed
  })
}

/** Ends a contract whose missed charge was not paid in time, unless a payment of it has arrived or is open. */
export async function giveUpCharge(ctx: Context, contract: Contract): Promise<void> {
  const charge = openCharge(contract)
  const order = charge && (await readOrder(ctx.db, charge.orderNo))
  if (!charge || !order) return
  const after = await expired(ctx, order)
  if (after.state === 'paid') return void (await followCharge(ctx, contract._id, after))
  // A payment may still arrive: this is checked again after longer and longer leases.
  if (after.payments.some(isWaiting)) return
  await change(ctx, contract._id, (before) => giveUp(before, charge.orderNo, ctx.now()))
}

/** Finishes the open charge of an ended contract: no new debit is sent; an open one is queried and its order closed. */
export async function dropLeftover(ctx: Context, contract: Contract): Promise<void> {
  const charge = openCharge(contract)
  if (!charge) return
  const order = await readOrder(ctx.db, charge.orderNo)
  const after = order && (await expired(ctx, order))
  const isUnsure = after?.state === 'open' && debitsOf(after).some(isWaiting)
  if (isUnsure && ctx.now() < (contract.endedAt ?? 0) + leftoverMs) return
  await change(ctx, contract._id, (before) => {
    const followed = after ? followOrder(before, after, ctx.now()) : before
    return followed === before ? dropCharge(before, charge.period, ctx.now()) : followed
  })
}

/** Lets an order expire, unless it has an open payment. */
async function expired(ctx: Context, order: Order): Promise<Order> {
  const ended = order.state === 'open' ? await endAttempts(ctx, order) : order
  const decide = (before: Order) => ({
    order: before.payments.some(isWaiting) ? before : expireNow(before, 'system', ctx.now()),
  })
  return (await changeOrder(ctx.db, order._id, decide, ended)).order
}

/** @param known the contract, if no other caller can have changed it since it was read */
const change = async (
  ctx: Context,
  contractNo: string,
  decide: (before: Contract) => Contract,
  known?: Contract,
): Promise<void> => void (await changeContract(ctx.db, contractNo, (before) => ({ contract: decide(before) }), known))
