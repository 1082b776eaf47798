// The state of a contract as its subscriber sees it. Our server's record decides; the result from WeChat's signing page
// only adds detail.
import type { ChargeView, ContractView } from '../cloudfunctions/shared/api/contracts'
import { type ContractStanding, contractMessages } from './contractMessages'
import type { ReturnWord } from './services/contracts'
import type { Tone } from './standing'

export const contractTones = {
  toSign: 'wait',
  confirming: 'wait',
  trial: 'good',
  active: 'good',
  charging: 'wait',
  retrying: 'bad',
  pastDue: 'bad',
  ending: 'quiet',
  ended: 'quiet',
  notSigned: 'quiet',
} satisfies Record<ContractStanding, Tone>

/**
 * @param word the result with which the user came back from WeChat's signing page; undefined if the user did not come
 *   from there
 */
export function contractStanding(contract: ContractView, word: ReturnWord | undefined): ContractStanding {
  const { state } = contract
  if (state === 'failed') return 'notSigned'
  if (state === 'ended') return 'ended'
  if (contract.ending) return 'ending'
  if (state === 'signing') return word === 'signed' || !contract.maySign ? 'confirming' : 'toSign'
  if (state === 'pastDue') return 'pastDue'
  const open = openCharge(contract)
  if (open?.state === 'charging') return 'charging'
  if (open?.state === 'retrying') return 'retrying'
  const isBefore = contract.plan.trialDays > 0 && contract.charges.every(({ state }) => state === 'planned')
  return isBefore ? 'trial' : 'active'
}

const openCharge = (contract: ContractView): ChargeView | undefined =>
  contract.charges.find(({ state }) => state !== 'paid' && state !== 'dropped')

/**
 * The headline of a contract's page. It depends on the contract's state, the signing page's result on this phone, and
 * whether the page has waited too long.
 */
export function contractHeadline(
  contract: ContractView,
  word: ReturnWord | undefined,
  isLate: boolean,
): { title: string; text: string } {
  const standing = contractStanding(contract, word)
  if (standing === 'ended' && contract.endedBy)
    return { title: contractMessages.standings.ended.title, text: contractMessages.endedBy[contract.endedBy] }
  if (standing === 'confirming' && isLate) return contractMessages.late
  if ((standing === 'confirming' || standing === 'toSign') && word) return contractMessages.returns[word]
  return contractMessages.standings[standing]
}

// If a charge is due within this time (in ms), the page polls, because the result comes soon. If WeChat delays a debit
// by a day, polling would be useless.
const soonMs = 5 * 60_000

/** Whether the contract may change soon, so that the page should poll every two seconds. */
export function isContractAwaited(contract: ContractView): boolean {
  if (contract.state === 'signing' || contract.ending) return true
  if (contract.state !== 'active') return false
  const open = openCharge(contract)
  if (open?.state === 'charging') return contract.now - (open.lastTryAt ?? 0) < soonMs
  return contract.next !== null && contract.next.at - contract.now < soonMs
}
