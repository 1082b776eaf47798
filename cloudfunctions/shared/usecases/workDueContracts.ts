import { type Step, stepOf } from '../domain/chargeSteps'
import { type Contract, leaseContract, replan } from '../domain/contract'
import { dueContracts, writeContract } from '../store/contracts'
import { announceCharge } from './announceCharge'
import { askContract } from './askContract'
import { chargeContract } from './chargeContract'
import type { Context } from './context'
import { contractSource } from './contractProvider'
import { tellEnd } from './endContract'
import { dropLeftover, giveUpCharge, lookAtCharge } from './lookAtCharge'
import { recordNotice } from './recordNotice'
import { workQueue } from './workQueue'

// WeChat Pay takes 150 debits a second of one merchant; with the burst this stays below that in every second.
const perSecond = 120
const burstMs = 200
// After so many failures in a row a person is called; the contract is still tried, once a day.
const stuckAfterTries = 12

/**
 * Works on contracts whose due time has come: signings, announcements, debits and their results, ends. Each is taken by
 * a compare-and-set first, so that two overlapping runs do nothing twice; a broken one delays no other.
 * @param hasTime false well before the function's time-out
 */
export function workDueContracts(ctx: Context, hasTime: () => boolean): Promise<{ worked: number; failed: number }> {
  const pace = createPace()
  return workQueue(hasTime, {
    find: (since, limit) => dueContracts(ctx.db, { since, now: ctx.now(), limit }),
    work: (contract) => workOne(ctx, contract, pace),
  })
}

function createPace(): () => Promise<void> {
  let nextAt = 0
  return async () => {
    const now = performance.now()
    nextAt = Math.max(nextAt, now - burstMs) + 1_000 / perSecond
    if (nextAt > now) await new Promise((resolve) => setTimeout(resolve, nextAt - now))
  }
}

async function workOne(ctx: Context, due: Contract, pace: () => Promise<void>): Promise<boolean> {
  try {
    const now = ctx.now()
    const step = stepOf(due, now)
    if (step.at === null || step.at > now) {
      await writeContract(ctx.db, due, replan(due, now))
      return true
    }
    await pace()
    if (due.tries + 1 === stuckAfterTries) await callPerson(ctx, due)
    const source = await contractSource(ctx, due.provider)
    // These two take the contract by a write of their own, with what they are about to do.
    if (source && step.what === 'debit') await chargeContract(ctx, source, due)
    else if (source && step.what === 'announce') await announceCharge(ctx, source, due)
    else {
      const leased = leaseContract(due, now)
      if ((await writeContract(ctx.db, due, leased)) && source) await workOn(ctx, leased, step.what)
    }
    return true
  } catch (error) {
    ctx.log('dueFailed', { contractNo: String(due._id), reason: error instanceof Error ? error.name : 'error' })
    return false
  }
}

async function workOn(ctx: Context, leased: Contract, what: Step['what']): Promise<void> {
  if (what === 'ask') await askContract(ctx, leased)
  else if (what === 'tell') await tellEnd(ctx, leased)
  else if (what === 'look') await lookAtCharge(ctx, leased)
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
