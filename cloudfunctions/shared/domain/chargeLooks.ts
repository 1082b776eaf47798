// What a look at a debit under way leads to. The timer looks when a result was expected and the contract has not heard it.
import { mayDebit, resultMsOf } from './chargeSteps'
import type { Charge, Contract } from './contractShape'
import { type Moves, next } from './machine'

const hourMs = 3_600_000
// A debit that the provider took is closed and made anew when it has no result so long after it was expected.
const overdueMs = hourMs

/** untaken: the provider has not said that it took the debit. overdue: it did, and the result is late. */
export type DebitStanding = 'untaken' | 'taken' | 'overdue'

/**
 * notStored: we stopped between reserving the debit and storing its order. decided: the order knows the result. The
 * others are the provider's answer; notFound: it surely does not have this debit; unclear: anything but that or pending.
 */
export type LookOutcome = 'notStored' | 'decided' | 'pending' | 'notFound' | 'unclear'

/** follow: bring the order's result into the contract. end: have the provider close the debit. soon: look again in minutes. */
export type LookMove = 'follow' | 'send' | 'release' | 'end' | 'keepTaken' | 'soon' | 'inAnHour'
export type LookCell = LookMove | 'send or release' | 'send or end'

// "send or …": send the same debit again where it may be sent at this moment.
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

/** When the result of the charge's last debit is expected. */
export const resultAtOf = (contract: Contract, charge: Charge, now: number): number =>
  (charge.lastTryAt ?? now) + resultMsOf(contract, charge)

function standingOf(contract: Contract, charge: Charge, now: number): DebitStanding {
  if (charge.acceptedAt === null) return 'untaken'
  return now > resultAtOf(contract, charge, now) + overdueMs ? 'overdue' : 'taken'
}

/** What is to be done after a look at the debit under way. */
export function lookMove(contract: Contract, charge: Charge, outcome: LookOutcome, now: number): LookMove {
  const cell = next(chargeLooks, standingOf(contract, charge, now), outcome)
  if (cell === 'send or release') return mayDebit(contract, charge, now) ? 'send' : 'release'
  if (cell === 'send or end') return mayDebit(contract, charge, now) ? 'send' : 'end'
  return cell
}
