import { type Step, stepOf } from '../../domain/chargeSteps'
import { followOrder, replan } from '../../domain/contract'
import { type Contract, openCharge } from '../../domain/contractShape'
import { takeLease } from '../../domain/lease'
import type { Order } from '../../domain/orders/orderShape'
import { withSharedInserts } from '../../store/compareAndSet'
import { dueContracts, writeContract } from '../../store/contracts'
import { endDebitTurn, takeDebitTurn } from '../../store/jobs'
import { readOrders } from '../../store/orders'
import { announceCharge } from '../contracts/announceCharge'
import { chargeContract } from '../contracts/chargeContract'
import { checkCharge, dropLeftover, giveUpCharge } from '../contracts/checkCharge'
import { tellEnd } from '../contracts/endContract'
import { newClaimId } from '../platform/claimId'
import type { Context } from '../platform/context'
import { contractSource } from '../platform/contractProvider'
import { recordNotice } from '../platform/recordNotice'
import { askContract } from '../settle/askContract'
import { reportRefusal } from '../settle/followCharge'
import { workQueue } from './workQueue'

// WeChat Pay accepts 150 debits per second from one merchant (docs/provider-facts.md 6.5). A run sends at most 130 in
// any second. The other 20 are for debits that arrive closer together than we send them: with a pace of 140, the bench
// once counted 157 debits that arrived in one second. After a delay, a run sends at most `burstMs` of debits at once.
const perSecond = 130
const burstMs = 80
// A run with more due contracts than this must first take the turn (DebitTurn in store/jobs.ts). Two overlapping runs
// without the turn send at most 50 debits each, so together they stay below the limit at any speed. A run without the
// turn finds at most 50 due contracts, and a run with the turn has not taken any of these. So both together can exceed
// the limit only when the other run is about to end. WeChat Pay then refuses some debits as too frequent, and we send
// these debits later.
const fewContracts = 50
// How long a run has the turn. A run works on contracts for 30 s and is killed after 60 s, so its turn never ends while
// it works.
const turnMs = 60_000
// If a run is killed, it cannot give the turn back. The next run begins at about the time when that turn ends. If the
// turn ends within this time (ms), the next run waits for it. Otherwise it would leave its debits to the run after it,
// a minute later.
const shortWaitMs = 5_000
// After this many failures in a row on one contract, staff get a case. The timer still tries the contract, once a day.
const stuckAfterTries = 12
const secondMs = 1_000

/**
 * Works on due contracts: signings, pre-debit notices, debits and their results, ends. Each contract is leased first by
 * a compare-and-set, so that two overlapping runs of the timer do nothing twice. One broken contract does not delay
 * others.
 * @param hasTime turns false well before the function's time-out
 */
export async function workDueContracts(
  ctx: Context,
  hasTime: () => boolean,
): Promise<{ worked: number; failed: number }> {
  const run: Run = { pace: createPace(ctx), orders: new Map() }
  const turn = createTurn(ctx)
  // We insert the orders of several charges with one call. A debit waits for the pace directly before it is sent, so
  // that nothing can delay it afterwards and bring it into the same second as later debits.
  const charging = { ...ctx, db: withSharedInserts(ctx.db), beforeDebit: run.pace }
  const queue = {
    async find(since: number, limit: number) {
      const due = await dueContracts(ctx.db, { since, now: ctx.now(), limit })
      if (due.length > fewContracts && !(await turn.has())) return []
      run.orders = await readOrders(
        ctx.db,
        due.flatMap((contract) => looksAt(contract, ctx.now()) ?? []),
      )
      return due
    },
    work: (contract: Contract) => workOne(charging, contract, run),
  }
  try {
    return await workQueue(hasTime, queue)
  } finally {
    await turn.end()
  }
}

/** Takes the turn for many debits when the run first needs it, and keeps the turn to the end of the run. */
function createTurn(ctx: Context): { has(): Promise<boolean>; end(): Promise<void> } {
  const holder = newClaimId(ctx)
  let isMine = false
  let hasTried = false
  const take = async (now: number): Promise<number> => {
    hasTried = true
    const until = now + turnMs
    // If a clock was ahead and we take the turn too early, two runs together may exceed the limit. Then the provider
    // refuses debits, and we send them again later.
    const takenUntil = await takeDebitTurn(ctx.db, { holder, now, until, latest: until + shortWaitMs })
    isMine = takenUntil === 0
    return takenUntil
  }
  return {
    async has() {
      if (isMine) return true
      const takenUntil = await take(ctx.now())
      const waitMs = takenUntil - ctx.now()
      if (!isMine && waitMs <= shortWaitMs) {
        if (waitMs > 0) await ctx.pause(waitMs)
        await take(Math.max(ctx.now(), takenUntil))
      }
      if (!isMine) ctx.log('debitsElsewhere', {})
      return isMine
    },
    async end() {
      // The write that took the turn may have taken effect although its reply got lost.
      if (!hasTried) return
      await endDebitTurn(ctx.db, holder).catch((error: unknown) =>
        ctx.log('debitTurnKept', { error: error instanceof Error ? error.name : 'unknown' }),
      )
    },
  }
}

interface Run {
  pace(): Promise<void>
  /** the orders of this batch's contracts, all read with one query */
  orders: ReadonlyMap<string, Order>
}

/**
 * The number of the order whose result the contract needs now; undefined if it needs none or the contract is broken.
 */
function looksAt(contract: Contract, now: number): string | undefined {
  try {
    const step = stepOf(contract, now)
    return step.what === 'look' && step.at <= now ? openCharge(contract)?.orderNo : undefined
  } catch {
    return undefined
  }
}

/** Returns a function that waits until the next call may be sent. Its callers wait in the order of their calls. */
function createPace({ elapsed, pause }: Context): () => Promise<void> {
  const sentAt: number[] = []
  let nextAt = 0
  let last: Promise<unknown> = Promise.resolve()
  const wait = async () => {
    const now = elapsed()
    const freeAt = Math.max(nextAt, (sentAt.at(-perSecond) ?? Number.NEGATIVE_INFINITY) + secondMs)
    if (freeAt > now) await pause(freeAt - now)
    // Count from the real time: a busy process may have continued late.
    const at = Math.max(freeAt, elapsed())
    nextAt = Math.max(nextAt, at - burstMs) + secondMs / perSecond
    sentAt.push(at)
    if (sentAt.length > perSecond) sentAt.shift()
  }
  return () => {
    const turn = last.then(wait)
    last = turn
    return turn
  }
}

async function workOne(ctx: Context, due: Contract, { pace, orders }: Run): Promise<boolean> {
  try {
    const now = ctx.now()
    const step = stepOf(due, now)
    if (step.at === null || step.at > now) {
      await writeContract(ctx.db, due, replan(due, now))
      return true
    }
    if (step.what === 'look' && (await follows(ctx, due, orders))) return true
    if (step.what !== 'debit') await pace()
    if (due.tries + 1 === stuckAfterTries) await callPerson(ctx, due)
    const source = await contractSource(ctx, due)
    // A debit and a pre-debit notice lease the contract with the same write that stores them. Other steps need a
    // separate lease.
    if (source && step.what === 'debit') await chargeContract(ctx, source, due)
    else if (source && step.what === 'announce') await announceCharge(ctx, source, due)
    else {
      const leased = takeLease(due, now)
      if ((await writeContract(ctx.db, due, leased)) && source) await workOn(ctx, leased, step.what)
    }
    return true
  } catch (error) {
    ctx.log('dueFailed', { contractNo: String(due._id), reason: error instanceof Error ? error.name : 'error' })
    return false
  }
}

// Usually the order already has the result of its debit. Then one write copies the result into the contract, and we
// need not ask the provider.
async function follows(ctx: Context, due: Contract, orders: ReadonlyMap<string, Order>): Promise<boolean> {
  const order = orders.get(openCharge(due)?.orderNo ?? '')
  const followed = order && followOrder(due, order, ctx.now())
  if (!order || !followed || followed === due) return false
  if (await writeContract(ctx.db, due, followed)) await reportRefusal(ctx, followed, order)
  return true
}

async function workOn(ctx: Context, leased: Contract, what: Step['what']): Promise<void> {
  if (what === 'ask') await askContract(ctx, leased)
  else if (what === 'tell') await tellEnd(ctx, leased)
  else if (what === 'look') await checkCharge(ctx, leased)
  else if (what === 'giveUp') await giveUpCharge(ctx, leased)
  else if (what === 'drop') await dropLeftover(ctx, leased)
}

const callPerson = (ctx: Context, contract: Contract): Promise<void> =>
  recordNotice(ctx, {
    kind: 'stuck',
    provider: contract.provider,
    orderNo: null,
    subject: contract._id,
    reason: 'work on this contract keeps failing',
  })
