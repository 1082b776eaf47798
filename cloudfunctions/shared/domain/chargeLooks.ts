// Decides what to do about a debit without a result. The timer checks such a debit when its result was due but has not
// been recorded in the contract.
import { mayDebit, resultMsOf } from './chargeSteps'
import type { Charge, Contract } from './contractShape'
import { type Moves, next } from './machine'

const hourMs = 3_600_000
// If a debit that the provider accepted has no result this long after the expected time, close it and make a new one.
const overdueMs = hourMs

/**
 * untaken: the provider has not confirmed that it accepted the debit. taken: the provider accepted the debit.
 * overdue: the provider accepted the debit, and the result is late.
 */
export type DebitStanding = 'untaken' | 'taken' | 'overdue'

/**
 * notStored: we stopped between reserving the debit and storing its order. decided: the order already has the result.
 * The other words are the provider's answer. notFound: the provider certainly does not have this debit. unclear: any
 * other answer than pending or notFound.
 */
export type LookOutcome = 'notStored' | 'decided' | 'pending' | 'notFound' | 'unclear'

/**
 * follow: copy the order's result into the contract. release: cancel the reservation of the debit. end: ask the
 * provider to close the debit. keepTaken: record that the provider accepted the debit. soon: check again in a few
 * minutes.
 */
export type LookMove = 'follow' | 'send' | 'release' | 'end' | 'keepTaken' | 'soon' | 'inAnHour'
export type LookCell = LookMove | 'send or release' | 'send or end'

// "send or …": send the same debit again if that is allowed now; otherwise make the other move.
export const chargeLooks = {
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
} as const satisfies Moves<DebitStanding, LookOutcome, LookCell>

/** The time at which the result of the charge's last debit is expected, epoch ms. */
export const resultAtOf = (contract: Contract, charge: Charge, now: number): number =>
  (charge.lastTryAt ?? now) + resultMsOf(contract, charge)

function standingOf(contract: Contract, charge: Charge, now: number): DebitStanding {
  if (charge.acceptedAt === null) return 'untaken'
  return now > resultAtOf(contract, charge, now) + overdueMs ? 'overdue' : 'taken'
}

/** The move to make after checking a debit that has no result yet. */
export function lookMove(contract: Contract, charge: Charge, outcome: LookOutcome, now: number): LookMove {
  const cell = next(chargeLooks, standingOf(contract, charge, now), outcome)
  if (cell === 'send or release') return mayDebit(contract, charge, now) ? 'send' : 'release'
  if (cell === 'send or end') return mayDebit(contract, charge, now) ? 'send' : 'end'
  return cell
}
