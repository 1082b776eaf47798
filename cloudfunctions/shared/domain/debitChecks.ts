// Decides what to do about a debit that still has no result. When the expected time of the result has passed without a
// result, the timer checks the debit.
import { hourMs } from '../../../miniprogram/rules/beijing'
import { mayDebit, resultMsOf } from './chargeSteps'
import type { Charge, Contract } from './contractShape'
import { type Moves, next } from './machine'

// If a debit that the provider accepted has no result one hour after the expected time, we close that debit and make a
// new one.
const overdueMs = hourMs

/**
 * What the provider has confirmed about a debit without a result. untaken: the provider has not confirmed that it
 * accepted the debit. taken: the provider accepted the debit. overdue: the provider accepted the debit, and the result
 * is late.
 */
export type DebitStanding = 'untaken' | 'taken' | 'overdue'

/**
 * What a check of a debit found. notStored: we stopped between reserving the debit and storing its order. decided: the
 * debit's order already has the result. The other words are the provider's answer. notFound: the provider certainly
 * does not have this debit. unclear: any answer except pending or notFound.
 */
export type CheckOutcome = 'notStored' | 'decided' | 'pending' | 'notFound' | 'unclear'

/**
 * What we do after the check of a debit. follow: copy the order's result into the contract. release: cancel the
 * reservation of the debit. end: ask the provider to close the debit. keepTaken: record that the provider accepted the
 * debit. soon: check again in a few minutes.
 */
export type CheckMove = 'follow' | 'send' | 'release' | 'end' | 'keepTaken' | 'soon' | 'inAnHour'
export type CheckCell = CheckMove | 'send or release' | 'send or end'

// “send or release” in this table: send the same debit again if a debit is allowed now, otherwise release the debit.
// “send or end”: send the same debit again if a debit is allowed now, otherwise end it.
export const debitChecks = {
  untaken: {
    notStored: 'send or release',
    decided: 'follow',
    pending: 'keepTaken',
    notFound: 'send or end',
    unclear: 'end',
  },
  taken: {
    notStored: 'send or release',
    decided: 'follow',
    pending: 'inAnHour',
    notFound: 'soon',
    unclear: 'soon',
  },
  overdue: {
    notStored: 'send or release',
    decided: 'follow',
    pending: 'inAnHour',
    notFound: 'end',
    unclear: 'end',
  },
} as const satisfies Moves<DebitStanding, CheckOutcome, CheckCell>

/** When we expect the result of the charge's last debit, epoch ms. */
export const resultAtOf = (contract: Contract, charge: Charge, now: number): number =>
  (charge.lastTryAt ?? now) + resultMsOf(contract, charge)

function standingOf(contract: Contract, charge: Charge, now: number): DebitStanding {
  if (charge.acceptedAt === null) return 'untaken'
  return now > resultAtOf(contract, charge, now) + overdueMs ? 'overdue' : 'taken'
}

/** Chooses the move after a check of a debit that has no result yet. */
export function checkMove(contract: Contract, charge: Charge, outcome: CheckOutcome, now: number): CheckMove {
  const cell = next(debitChecks, standingOf(contract, charge, now), outcome)
  if (cell === 'send or release') return mayDebit(contract, charge, now) ? 'send' : 'release'
  if (cell === 'send or end') return mayDebit(contract, charge, now) ? 'send' : 'end'
  return cell
}
