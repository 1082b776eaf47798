import { dayMs } from '../../../../miniprogram/rules/beijing'
import { resultMsOf } from '../../domain/chargeSteps'
import { isClaimed } from '../../domain/claim'
import { beginDebit, debitsOf, recordAccepted, releaseDebit, renumberCharge } from '../../domain/contract'
import { type Charge, type Contract, openCharge } from '../../domain/contractShape'
import { AppError, isAppError } from '../../domain/errors'
import { placeOrder } from '../../domain/orders/order'
import { isRenumberedAgain } from '../../domain/orders/orderNo'
import { claimPayment, openDebit } from '../../domain/orders/orderPayments'
import { type Order, paymentOf } from '../../domain/orders/orderShape'
import { isWaiting, type Payment } from '../../domain/payment'
import { personOf } from '../../domain/person'
import { changeContract, writeContract } from '../../store/contracts'
import { changeOrder, insertOrder, readOrder } from '../../store/orders'
import { newClaimId } from '../platform/claimId'
import type { Context } from '../platform/context'
import { type ContractSource, contractRef } from '../platform/contractProvider'
import { paymentRef } from '../platform/paymentRef'
import { paymentTitle } from '../platform/paymentTitle'
import { recordNotice } from '../platform/recordNotice'
import { endAttempt, endAttempts } from '../settle/endAttempt'
import { followCharge } from '../settle/followCharge'
import { settlePayment } from '../settle/settlePayment'

const minuteMs = 60_000
// If the subscriber is paying the charge by hand, we wait this long (ms) before we debit, so that the charge is not
// paid twice.
const byHandMs = 15 * minuteMs
// The order of a charge expires very late, because the contract decides when the order is closed.
const orderLifeMs = 180 * dayMs

/**
 * Debits the next period of a contract. Before we call the provider, we write twice: first the debit in the contract,
 * then the order with the payment attempt.
 */
export async function chargeContract(ctx: Context, source: ContractSource, due: Contract): Promise<void> {
  const taken = beginDebit(due, await ctx.shop(), ctx.now())
  if (await writeContract(ctx.db, due, taken)) await sendDebit(ctx, source, taken)
}

/**
 * Sends the debit that is stored in a contract. If the debit's order and attempt are not stored yet, this function
 * stores them first. The caller that stored the attempt sends the debit; other callers send it only after the first
 * caller's claim has expired.
 * @param seen undefined for the first sending. To send the debit again, because the provider said that it does not have
 * the debit: the claim that the debit had when we asked. If the provider refuses the second sending, the result of the
 * first sending is still unknown
 */
export async function sendDebit(
  ctx: Context,
  source: ContractSource,
  contract: Contract,
  seen?: string | null,
): Promise<void> {
  const charge = openCharge(contract)
  if (charge?.state !== 'charging') return
  const again = seen !== undefined
  const claimId = newClaimId(ctx)
  const stored = await storedDebit(ctx, contract, charge, claimId)
  if (!stored) return
  const { debit } = stored
  const take = (before: Order) => claimPayment(before, debit.no, { id: claimId, ...(again && { seen }) }, ctx.now())
  const isOwn = debit.claim?.id === claimId
  const { order, isMine } =
    isOwn || again
      ? await changeOrder(ctx.db, stored.order._id, take, stored.order)
      : { order: stored.order, isMine: false }
  // Another caller sends the debit.
  if (!isMine) return
  const shop = await ctx.shop()
  await ctx.beforeDebit?.()
  // Do not send the debit if this caller was delayed until its claim expired. The next check asks the provider for the
  // result.
  if (!isClaimed(paymentOf(order, debit.no).claim, ctx.now())) return
  const report = await source.contracts.debit({
    ...paymentRef(order, debit, ctx.now()),
    contract: contractRef(contract, ctx.now()),
    title: paymentTitle(order.items),
    noticeUrl: `${shop.publicUrl}/notify/${source.definition.code}`,
  })
  if (report.outcome === 'pending') {
    // The provider executes a first debit at once, so the contract needs no later time at which the result is ready. We
    // check the debit when the contract's lease ends.
    if (!again && resultMsOf(contract, charge) === 0) return
    const resultAt = ctx.now() + resultMsOf(contract, charge)
    const accepted = (before: Contract) => ({
      contract: recordAccepted(before, charge.period, resultAt, ctx.now()),
    })
    await changeContract(ctx.db, contract._id, accepted, contract)
    return
  }
  // The provider's answer is unknown. When the contract's lease ends after a minute, we check the debit, and may send
  // it again under the same number.
  if (report.outcome === 'unknown') return
  const after =
    again && report.outcome === 'declined'
      ? await endAttempt(ctx, order, debit, claimId)
      : (await settlePayment(ctx, { source, no: debit.no, report }, order)).order
  if (after) await followCharge(ctx, contract._id, after, { known: contract, untaken: true })
}

// Returns undefined if there is no debit to send now. Before that, this function has recorded the reason in the
// contract.
async function storedDebit(
  ctx: Context,
  contract: Contract,
  charge: Charge,
  claimId: string,
): Promise<{ order: Order; debit: Payment } | undefined> {
  const find = charge.tries === 1 ? firstOrder : nextOrder
  const order = await find(ctx, contract, charge, claimId)
  if (!order) return undefined
  const debit = debitsOf(order)[charge.tries - 1]
  if (order.state === 'open' && debit && isWaiting(debit)) return { order, debit }
  await followCharge(ctx, contract._id, order)
  return undefined
}

async function firstOrder(
  ctx: Context,
  contract: Contract,
  charge: Charge,
  claimId: string,
): Promise<Order | undefined> {
  const now = ctx.now()
  const { terms } = contract
  const placed = placeOrder({
    orderNo: charge.orderNo,
    ...personOf(contract),
    items: [{ sku: terms.plan, title: terms.title, titleEn: terms.titleEn, priceFen: charge.amountFen, quantity: 1 }],
    kind: terms.kind,
    currency: terms.currency,
    now,
    lifeMs: orderLifeMs,
    contract: { contractNo: contract._id, period: String(charge.period) },
  })
  const order = await insertOrder(ctx.db, withDebit(placed, { contract, charge }, claimId, now))
  if (order.contract?.contractNo !== contract._id || order.contract.period !== String(charge.period)) {
    // The order under this number belongs to another charge. We have not debited anything yet, so this charge takes the
    // next number.
    const { contract: after } = await changeContract(ctx.db, contract._id, (before) => ({
      contract: renumberCharge(releaseDebit(before, charge.period, now, now), charge.orderNo, now),
    }))
    await reportTaken(ctx, after)
    return undefined
  }
  return debitsOf(order).length > 0 ? order : nextOrder(ctx, contract, charge, claimId)
}

// By chance, two charges can get the same order number: if their contracts were signed in the same minute and have
// numbers with the same last characters. Then the second charge takes the next number. If that number is used as well,
// we suspect an attack or a bug, so staff get a case.
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

// A debit must go to the merchant with which the subscriber signed the contract, so the attempt uses the contract's
// settings.
const madeWith = ({ provider, generation = 1 }: Contract) => ({ provider, generation })

const withDebit = (order: Order, of: { contract: Contract; charge: Charge }, claimId: string, now: number): Order =>
  openDebit(order, madeWith(of.contract), { checksFrom: now + resultMsOf(of.contract, of.charge), claimId }, now)

async function nextOrder(
  ctx: Context,
  contract: Contract,
  charge: Charge,
  claimId: string,
): Promise<Order | undefined> {
  const order = await readOrder(ctx.db, charge.orderNo)
  if (!order) throw new AppError('Internal', 'the order of a charge no longer exists')
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
    return { order: isDone ? before : withDebit(before, { contract, charge }, claimId, ctx.now()) }
  }
  try {
    return (await changeOrder(ctx.db, order._id, decide, ended)).order
  } catch (error) {
    if (isAppError(error, 'Conflict')) return later(60 * minuteMs)
    throw error
  }
}
