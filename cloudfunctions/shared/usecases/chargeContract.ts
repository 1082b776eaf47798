import { debitRules, isAtOnce } from '../domain/chargeSteps'
import {
  beginDebit,
  type Charge,
  type Contract,
  debitsOf,
  openCharge,
  recordAccepted,
  releaseDebit,
  renumberCharge,
} from '../domain/contract'
import { AppError, isAppError } from '../domain/errors'
import { isRenumberedAgain, type Order, openDebit, placeOrder } from '../domain/order'
import { isWaiting, type Payment } from '../domain/payment'
import { changeContract, writeContract } from '../store/contracts'
import { changeOrder, insertOrder, readOrder } from '../store/orders'
import type { Context } from './context'
import { type ContractSource, contractRef } from './contractProvider'
import { endAttempt, endAttempts } from './endAttempt'
import { followCharge } from './followCharge'
import { paymentRef } from './paymentRef'
import { paymentTitle } from './paymentTitle'
import { recordNotice } from './recordNotice'
import { settlePayment } from './settlePayment'

const minuteMs = 60_000
// Somebody who is paying by hand at this moment is not disturbed.
const byHandMs = 15 * minuteMs
// The order waits as long as its contract does: that, not the clock, closes it.
const orderLifeMs = 180 * 86_400_000

/**
 * Charges the next period of a contract. Two writes before the provider hears of it: the debit in the contract, and its
 * order with the attempt.
 */
export async function chargeContract(ctx: Context, source: ContractSource, due: Contract): Promise<void> {
  const taken = beginDebit(due, await ctx.shop(), ctx.now())
  if (await writeContract(ctx.db, due, taken)) await sendDebit(ctx, source, taken, false)
}

/**
 * Sends the debit that a contract has taken; its order and attempt are stored first, or found.
 * @param again it may have been sent before: a refusal then says nothing about what came of it
 */
export async function sendDebit(
  ctx: Context,
  source: ContractSource,
  contract: Contract,
  again: boolean,
): Promise<void> {
  const charge = openCharge(contract)
  if (charge?.state !== 'charging') return
  const stored = await storedDebit(ctx, contract, charge)
  if (!stored) return
  const { order, debit } = stored
  const shop = await ctx.shop()
  const report = await source.contracts.debit({
    ...paymentRef(order, debit, ctx.now()),
    contract: contractRef(contract, ctx.now()),
    title: paymentTitle(order.items),
    noticeUrl: `${shop.publicUrl}/notify/${source.definition.code}`,
  })
  if (report.outcome === 'pending') {
    // The look that comes with the lease finds the result of a debit that is made at once.
    if (!again && resultMsOf(contract, charge) === 0) return
    const resultAt = ctx.now() + resultMsOf(contract, charge)
    const accepted = (before: Contract) => ({
      contract: recordAccepted(before, charge.period, resultAt, ctx.now()),
    })
    await changeContract(ctx.db, contract._id, accepted, contract)
    return
  }
  // Nobody knows: the lease ends in a minute, and the same number is looked at and sent again.
  if (report.outcome === 'unknown') return
  const after =
    again && report.outcome === 'declined'
      ? await endAttempt(ctx, order, debit)
      : (await settlePayment(ctx, { source, no: debit.no, report }, order)).order
  if (after) await followCharge(ctx, contract._id, after, { known: contract, untaken: true })
}

/** From a debit to its result: the first one after signing is made at once. */
const resultMsOf = (contract: Contract, { lastTryAt }: Charge): number =>
  isAtOnce(contract, lastTryAt ?? 0) ? 0 : debitRules[contract.terms.debitRule].resultMs

// undefined: there is nothing to send now, and the contract says why.
async function storedDebit(
  ctx: Context,
  contract: Contract,
  charge: Charge,
): Promise<{ order: Order; debit: Payment } | undefined> {
  const order = charge.tries === 1 ? await firstOrder(ctx, contract, charge) : await nextOrder(ctx, contract, charge)
  if (!order) return undefined
  const debit = debitsOf(order)[charge.tries - 1]
  if (order.state === 'open' && debit && isWaiting(debit)) return { order, debit }
  await followCharge(ctx, contract._id, order)
  return undefined
}

async function firstOrder(ctx: Context, contract: Contract, charge: Charge): Promise<Order | undefined> {
  const now = ctx.now()
  const { terms } = contract
  const placed = placeOrder({
    orderNo: charge.orderNo,
    openid: contract.openid,
    items: [{ sku: terms.plan, title: terms.title, titleEn: terms.titleEn, priceFen: charge.amountFen, quantity: 1 }],
    currency: terms.currency,
    now,
    lifeMs: orderLifeMs,
    contract: { contractNo: contract._id, period: String(charge.period) },
  })
  const order = await insertOrder(ctx.db, withDebit(placed, contract, charge, now))
  if (order.contract?.contractNo !== contract._id || order.contract.period !== String(charge.period)) {
    // Another charge's order has this number: nothing was charged yet, so the charge takes the next one.
    const { contract: after } = await changeContract(ctx.db, contract._id, (before) => ({
      contract: renumberCharge(releaseDebit(before, charge.period, now, now), charge.orderNo, now),
    }))
    await reportTaken(ctx, after)
    return undefined
  }
  return debitsOf(order).length > 0 ? order : nextOrder(ctx, contract, charge)
}

// Once is chance: two contracts with one ending, signed in one minute. Twice is somebody's doing, or a fault of ours.
async function reportTaken(ctx: Context, contract: Contract): Promise<void> {
  if (isRenumberedAgain(openCharge(contract)?.orderNo ?? ''))
    await recordNotice(ctx, {
      kind: 'stuck',
      provider: contract.provider,
      orderNo: null,
      subject: contract._id,
      reason: 'numbers of its charges are taken',
    })
}

// A debit belongs to the merchant with whom the contract was signed.
const madeWith = ({ provider, generation = 1 }: Contract) => ({ provider, generation })

const withDebit = (order: Order, contract: Contract, charge: Charge, now: number): Order =>
  openDebit(order, madeWith(contract), now + resultMsOf(contract, charge), now)

async function nextOrder(ctx: Context, contract: Contract, charge: Charge): Promise<Order | undefined> {
  const order = await readOrder(ctx.db, charge.orderNo)
  if (!order) throw new AppError('Internal', 'the order of a charge is gone')
  if (debitsOf(order).length >= charge.tries || order.state !== 'open') return order
  const later = (waitMs: number) =>
    changeContract(ctx.db, contract._id, (before) => ({
      contract: releaseDebit(before, charge.period, ctx.now() + waitMs, ctx.now()),
    })).then(() => undefined)
  const byHand = order.payments.filter(isWaiting)
  if (byHand.some(({ createdAt }) => ctx.now() - createdAt < byHandMs)) return later(byHandMs)
  const ended = byHand.length > 0 ? await endAttempts(ctx, order) : order
  const decide = (before: Order) => {
    const isDone = debitsOf(before).length >= charge.tries || before.state !== 'open'
    return { order: isDone ? before : withDebit(before, contract, charge, ctx.now()) }
  }
  try {
    return (await changeOrder(ctx.db, order._id, decide, ended)).order
  } catch (error) {
    if (isAppError(error, 'Conflict')) return later(60 * minuteMs)
    throw error
  }
}
