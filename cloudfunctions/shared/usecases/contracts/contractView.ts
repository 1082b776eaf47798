// Makes the view of a contract that its subscriber gets: without the openid and the provider's numbers.
import type { ChargeView, ContractView } from '../../api/contracts'
import { nextMoneyAt } from '../../domain/chargeSteps'
import {
  amountOf,
  type Charge,
  type Contract,
  type ContractEntry,
  isLive,
  openCharge,
} from '../../domain/contractShape'
import { termsView } from './planView'

// The kinds of history entries whose details quote the provider. Only staff may read these details.
const quotesProvider = new Set<ContractEntry['what']>(['notSigned', 'ended'])

export const contractView = (contract: Contract, now: number): ContractView => ({
  contractNo: contract._id,
  state: contract.state,
  plan: termsView(contract.terms),
  createdAt: contract.createdAt,
  signBy: contract.state === 'signing' ? contract.signBy : null,
  signedAt: contract.signedAt,
  endedBy: contract.endedBy,
  endedAt: contract.endedAt,
  ending: contract.ending !== null,
  next: nextView(contract, now),
  missed: missedView(contract),
  charges: contract.charges.map(chargeView).reverse(),
  timeline: contract.history.map(({ at, what, detail }) => ({
    at,
    what,
    detail: quotesProvider.has(what) ? '' : detail,
  })),
  mayEnd: isLive(contract) && contract.ending === null,
  maySign: contract.state === 'signing' && now < contract.signBy,
  now,
})

function nextView(contract: Contract, now: number): ContractView['next'] {
  const at = nextMoneyAt(contract, now)
  if (at === null) return null
  const open = openCharge(contract)
  const amountFen = open?.amountFen ?? amountOf(contract.terms, contract.nextPeriod)
  return { at, amountFen, announcedAt: open?.announcedAt ?? null }
}

function missedView(contract: Contract): ContractView['missed'] {
  const open = openCharge(contract)
  if (!isLive(contract) || (open?.state !== 'retrying' && open?.state !== 'pastDue') || open.tries === 0) return null
  const { orderNo, amountFen, cause, retryAt, payBy } = open
  return { orderNo, amountFen, cause, retryAt, payBy }
}

const chargeView = (charge: Charge): ChargeView => {
  const { period, startsAt, endsAt, amountFen, state, announcedAt, tries, cause, retryAt, paidAt, byHand } = charge
  return {
    period,
    startsAt,
    endsAt,
    amountFen,
    state,
    orderNo: tries === 0 ? null : charge.orderNo,
    announcedAt,
    tries,
    lastTryAt: charge.lastTryAt,
    cause,
    retryAt: state === 'retrying' ? retryAt : null,
    paidAt,
    byHand,
  }
}
