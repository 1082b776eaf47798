// Decides how a contract changes. Pure functions from contract to contract; if a function returns the same object,
// there is nothing to write. chargeSteps.ts calculates which step is due next.

import { dayMs } from '../../../miniprogram/rules/beijing'
import { retryOf, stepOf } from './chargeSteps'
import { takeClaim } from './claim'
import {
  type Announcement,
  type AnnouncementOutcome,
  amountOf,
  type Charge,
  type Contract,
  type ContractEntry,
  type ContractOutcome,
  contractMoves,
  type EndedBy,
  isLive,
  openCharge,
  type Terms,
} from './contractShape'
import { AppError } from './errors'
import { leaseMs, takeLease } from './lease'
import { next } from './machine'
import type { Verdict } from './orders/order'
import { chargeNoFrom, nextChargeNo } from './orders/orderNo'
import type { Order } from './orders/orderShape'
import { type Happening, withEvents } from './outbox'
import { type DebitCause, debitChannel, isWaiting, nextCheckAt, type Payment } from './payment'
import { periodStart } from './period'
import { type Person, personOf } from './person'

const historyLimit = 100
const chargeLimit = 60
const minuteMs = 60_000
// If a debit has no result this long after the expected time, the timer checks the debit.
const lookDelayMs = 10 * minuteMs
const signMs = 30 * minuteMs

// After the time for signing has expired, WeChat may answer "in progress" (9) or nothing for up to a day.
const longestSignMs = dayMs

const signCheckMs = 10 * minuteMs
const signAges = [minuteMs, 5 * minuteMs, 15 * minuteMs]

export interface Opening extends Person {
  contractNo: string
  provider: string
  generation?: number
  terms: Terms
  displayName: string
  addressMark?: string
  now: number
}

/** A new contract, waiting to be signed. */
export function placeContract(opening: Opening): Contract {
  const { contractNo, provider, generation, terms, displayName, addressMark, now } = opening
  const contract: Contract = {
    _id: contractNo,
    version: 1,
    state: 'signing',
    ...personOf(opening),
    livePlan: terms.plan,
    provider,
    ...(generation !== undefined && { generation }),
    terms,
    displayName,
    ...(addressMark !== undefined && { addressMark }),
    theirNo: null,
    payer: null,
    createdAt: now,
    signBy: now + signMs,
    signedAt: null,
    anchorAt: null,
    validUntil: null,
    endedAt: null,
    endedBy: null,
    ending: null,
    checkAt: null,
    askedAt: null,
    dueAt: null,
    tries: 0,
    announcement: null,
    nextPeriod: 0,
    charges: [],
    history: [{ at: now, what: 'opened', by: 'shopper', detail: '' }],
  }
  const checkAt = nextSignCheck(contract, now)
  return { ...contract, checkAt, dueAt: checkAt }
}

const nextSignCheck = ({ createdAt, signBy }: Contract, now: number): number =>
  signAges.map((age) => createdAt + age).find((at) => at > now) ?? Math.max(signBy, now + signCheckMs)

// Serial numbers are made from the milliseconds since 2020-01-01. Each millisecond has 8,192 numbers. Until 2054 the
// result is at most 2⁵³, so JavaScript can represent it exactly.
const serialEpoch = Date.UTC(2020, 0, 1)

const serialsEachMs = 8_192

/**
 * WeChat's request_serial for this contract: unique, digits only, no leading zero, an exact integer. The same contract
 * always gets the same number.
 */
export function requestSerial({ _id, createdAt }: Contract): number {
  const tail = Array.from(_id.slice(-8)).reduce(
    (sum, character) => (sum * 36 + Number.parseInt(character, 36)) % 65_521,
    7,
  )
  return (createdAt - serialEpoch) * serialsEachMs + (tail % serialsEachMs)
}

type Change = Partial<Contract> & { entry?: ContractEntry }

// Every change of a contract goes through this function, because it also updates version, due time, history and events.
function changed(contract: Contract, now: number, { entry, ...fields }: Change): Contract {
  const after = { ...contract, ...fields, version: contract.version + 1, tries: 0 }
  if (entry) after.history = [...contract.history, entry].slice(-historyLimit)
  if (after.charges.length > chargeLimit) after.charges = after.charges.slice(-chargeLimit)
  after.livePlan = after.state === 'failed' || after.state === 'ended' ? null : after.terms.plan
  after.dueAt = stepOf(after, now).at
  return withEvents(after, contractEvents(contract, after), now)
}

/**
 * The events for other systems that one change of a contract causes. A signed contract that must not stay (see
 * SigningFlaw) causes no event.
 */
function contractEvents(before: Contract, after: Contract): Happening[] {
  const events: Happening[] = []
  if (!isLive(before) && isLive(after)) events.push({ type: 'contract.signed' })
  for (const { state, orderNo, period } of after.charges)
    if (state === 'paid' && before.charges.find((one) => one.period === period)?.state !== 'paid')
      events.push({ type: 'contract.charged', no: orderNo })
  if (before.state !== after.state && after.state === 'pastDue')
    events.push({ type: 'contract.past_due', no: openCharge(after)?.orderNo ?? after._id })
  if (before.state !== after.state && after.state === 'ended') events.push({ type: 'contract.ended' })
  return events
}

const withCharge = (contract: Contract, charge: Charge): Charge[] =>
  contract.charges.some(({ period }) => period === charge.period)
    ? contract.charges.map((other) => (other.period === charge.period ? charge : other))
    : [...contract.charges, charge]

/**
 * Calculates the contract's due time again. The planned step may have to wait until an allowed hour, until a limit
 * permits it, or until the pre-debit notice is in force.
 */
export function replan(contract: Contract, now: number): Contract {
  const { at } = stepOf(contract, now)
  return at === contract.dueAt && contract.tries === 0 ? contract : changed(contract, now, {})
}

export interface ContractNews {
  outcome: ContractOutcome
  theirNo?: string
  /** when the contract was signed or ended at the provider, epoch ms */
  at?: number
  payer?: string
  validUntil?: number
  /** why the contract ended, in the provider's words */
  reason?: string
}

/**
 * Why a signed contract must not stay. rival: this subscriber has another active contract of the same plan. signer: the
 * person who signed the contract is not the person who opened it.
 */
export type SigningFlaw = 'rival' | 'signer'

/**
 * Applies to our record what the provider reports about the contract itself. The caller has already compared provider,
 * template and numbers with our record.
 * @param flaw why a signed contract must not stay. We end such a contract at the provider and never charge it (again).
 */
export function applyContractNews(
  contract: Contract,
  news: ContractNews,
  now: number,
  flaw: SigningFlaw | null,
): { contract: Contract; verdict: Verdict } {
  const outcome = weighed(contract, news, now)
  const cell = next(contractMoves, contract.state, outcome)
  if (cell === 'contradiction') return { contract, verdict: isReplay(contract, news) ? 'unchanged' : 'contradiction' }
  if (outcome === 'signed' && contract.signedAt === null)
    return { contract: signed(contract, news, now, flaw), verdict: 'settled' }
  // Older versions of this code did not compare the signer with the opener. End a contract that became active without
  // this comparison.
  if (outcome === 'signed' && flaw !== null && isLive(contract) && contract.ending === null)
    return { contract: requestEnd(contract, 'system', now), verdict: 'settled' }
  if (cell === 'ended' && contract.state !== 'ended')
    return { contract: ended(contract, news, now), verdict: 'settled' }
  if (cell === 'failed' && contract.state !== 'failed')
    return {
      contract: changed(contract, now, {
        state: 'failed',
        checkAt: null,
        entry: { at: now, what: 'notSigned', by: 'provider', detail: news.reason ?? '' },
      }),
      verdict: 'settled',
    }
  return { contract: rescheduled(contract, outcome, news, now), verdict: 'unchanged' }
}

// Until the time for signing has expired, WeChat's "not signed" may mean "not yet": the subscriber may still be on
// WeChat's page. So we wait.
function weighed(contract: Contract, { outcome }: ContractNews, now: number): ContractOutcome {
  if (contract.state !== 'signing' || outcome === 'signed' || outcome === 'ended') return outcome
  if (outcome === 'refused') return now < contract.signBy ? 'pending' : 'refused'
  return now < contract.signBy + longestSignMs ? outcome : 'refused'
}

// Whether a report is not newer than the signing. WeChat may deliver the report of the signing again after the contract
// has ended. Such a late report does not contradict our record.
const isReplay = ({ signedAt }: Contract, { at }: ContractNews): boolean =>
  signedAt !== null && at !== undefined && at <= signedAt

function signed(contract: Contract, news: ContractNews, now: number, flaw: SigningFlaw | null): Contract {
  // If the provider sends no time of signing, use the time when the contract was opened: the signing cannot be earlier.
  const signedAt = news.at ?? contract.createdAt
  const facts = {
    signedAt,
    anchorAt: Math.min(signedAt, now) + contract.terms.trialDays * dayMs,
    theirNo: news.theirNo ?? contract.theirNo,
    payer: news.payer ?? null,
    validUntil: news.validUntil ?? null,
  }
  // The person who opened the contract can read this history entry. If another person signed the contract, the entry
  // says `notSigned`, because the opener did not sign.
  const what = flaw === 'signer' ? 'notSigned' : 'signed'
  const entry: ContractEntry = { at: now, what, by: 'provider', detail: flaw ?? '' }
  return flaw !== null
    ? changed(contract, now, { ...facts, state: 'failed', ending: { by: 'system', at: now }, checkAt: now, entry })
    : changed(contract, now, { ...facts, state: 'active', checkAt: news.theirNo === undefined ? now : null, entry })
}

function ended(contract: Contract, news: ContractNews, now: number): Contract {
  const by = contract.ending?.by ?? 'wechat'
  const left = openCharge(contract)
  return changed(contract, now, {
    state: 'ended',
    endedAt: news.at ?? now,
    endedBy: by,
    ending: null,
    checkAt: null,
    theirNo: contract.theirNo ?? news.theirNo ?? null,
    ...(left && { charges: withCharge(contract, { ...left, lookAt: now }) }),
    entry: { at: now, what: 'ended', by, detail: news.reason ?? '' },
  })
}

function rescheduled(contract: Contract, outcome: ContractOutcome, news: ContractNews, now: number): Contract {
  const { state, ending, checkAt } = contract
  if (ending !== null) return changed(contract, now, { checkAt: nextCheckAt(ending.at, now) ?? now + dayMs })
  if (state === 'signing') return changed(contract, now, { checkAt: nextSignCheck(contract, now) })
  if (!isLive(contract)) return contract
  const learnt = contract.theirNo === null && news.theirNo !== undefined
  const isSure = outcome === 'signed' && (contract.theirNo !== null || learnt)
  const isOver = contract.validUntil !== null && now >= contract.validUntil
  // We still do not know the contract's state. The timer's lease makes the contract due again, later each time, until
  // staff get a case.
  if (!isSure || (checkAt === null && !learnt && !isOver)) return contract
  return changed(contract, now, {
    checkAt: null,
    ...(learnt && { theirNo: news.theirNo }),
    ...(isOver && { validUntil: validAfter(news.validUntil, now) }),
  })
}

const validAfter = (validUntil: number | undefined, now: number): number | null =>
  validUntil !== undefined && validUntil > now ? validUntil : null

// A waiting subscriber can make us ask the provider about a contract, but at most once in this time (ms) while the
// contract waits to be signed or ended.
const askEveryMs = 3_000

const askLiveEveryMs = minuteMs

/**
 * Takes the right to ask the provider about a contract for a waiting subscriber. Returns the same contract if the
 * contract is over or if we asked too recently.
 */
export function claimContractAsk(contract: Contract, now: number): Contract {
  const isOpen = contract.state === 'signing' || contract.ending !== null
  const everyMs = isOpen ? askEveryMs : askLiveEveryMs
  if (!(isOpen || isLive(contract)) || (contract.askedAt !== null && now - contract.askedAt < everyMs)) return contract
  return { ...contract, version: contract.version + 1, askedAt: now }
}

/**
 * Records that the contract is to end, and thereby stops its charges. We ask the provider afterwards. Returns the same
 * contract if the end was recorded already.
 * @throws Conflict while the contract is not signed
 */
export function requestEnd(contract: Contract, by: EndedBy, now: number): Contract {
  if (contract.state === 'ended' || contract.state === 'failed' || contract.ending !== null) return contract
  if (contract.state === 'signing') throw new AppError('Conflict', 'the contract is not signed')
  return changed(contract, now, {
    ending: { by, at: now },
    checkAt: now,
    entry: { at: now, what: 'endRequested', by, detail: '' },
  })
}

/**
 * Takes the right to ask the provider to end the contract, so that only one caller asks.
 * @returns isMine false: another caller is asking, or the contract is not to be ended (any more)
 */
export function claimEnd(contract: Contract, id: string, now: number): { contract: Contract; isMine: boolean } {
  const claim = takeClaim(contract.claim, { id, asks: contract.claim !== undefined, moves: false }, now)
  if (!claim || contract.ending === null) return { contract, isMine: false }
  if (claim === contract.claim) return { contract, isMine: true }
  return { contract: { ...contract, version: contract.version + 1, claim }, isMine: true }
}

export interface ChargePolicy {
  retryDays: readonly number[]
  graceDays: number
}

/** The contract's open charge, or a new charge for the next period if no charge is open. */
function chargeToMake(contract: Contract, { retryDays, graceDays }: ChargePolicy): Charge {
  const open = openCharge(contract)
  if (open) return open
  const { terms, anchorAt, nextPeriod: period } = contract
  const startsAt = periodStart(anchorAt ?? 0, terms.period, period)
  return {
    period,
    startsAt,
    endsAt: periodStart(anchorAt ?? 0, terms.period, period + 1),
    amountFen: amountOf(terms, period),
    orderNo: chargeNoFrom(startsAt, contract._id.slice(-8)),
    state: 'planned',
    tries: 0,
    firstTryAt: null,
    lastTryAt: null,
    acceptedAt: null,
    lookAt: null,
    retryAt: null,
    failures: 0,
    setbacks: 0,
    cause: null,
    announcedAt: null,
    pastDueAt: null,
    payBy: null,
    paidAt: null,
    byHand: false,
    retryDays,
    graceDays,
  }
}

const nextPeriodAfter = (contract: Contract, { period }: Charge): number => Math.max(contract.nextPeriod, period + 1)

/**
 * Records that we will send the pre-debit notice of the next charge, and leases the contract. We do this before we call
 * the provider.
 */
export function beginAnnouncement(contract: Contract, policy: ChargePolicy, now: number): Contract {
  const charge = chargeToMake(contract, policy)
  const before = contract.announcement
  const again = before !== null && before.period === charge.period && before.sentAt === null
  const announcement: Announcement = {
    period: charge.period,
    amountFen: charge.amountFen,
    windowDays: contract.terms.windowDays,
    triedAt: again ? before.triedAt : now,
    lastTriedAt: now,
    sentAt: null,
    tries: again ? before.tries + 1 : 1,
    retryAt: now + leaseMs,
    isSpent: false,
  }
  const charges = withCharge(contract, charge)
  return { ...takeLease(contract, now), announcement, charges, nextPeriod: nextPeriodAfter(contract, charge) }
}

/**
 * Records whether the provider sent a pre-debit notice. Changes nothing if a newer notice has replaced this one
 * meanwhile.
 */
export function recordAnnouncement(
  contract: Contract,
  { triedAt, outcome, cause }: { triedAt: number; outcome: AnnouncementOutcome; cause?: DebitCause },
  now: number,
): Contract {
  const announcement = contract.announcement
  if (announcement === null || announcement.sentAt !== null || announcement.lastTriedAt !== triedAt) return contract
  if (outcome === 'sent' || outcome === 'already') {
    const sentAt = outcome === 'sent' ? triedAt : now
    const charge = openCharge(contract)
    return changed(contract, now, {
      announcement: {
        ...announcement,
        sentAt,
        retryAt: null,
        triedAt: outcome === 'sent' ? triedAt : announcement.triedAt,
      },
      ...(charge && { charges: withCharge(contract, { ...charge, announcedAt: sentAt }) }),
      entry: { at: now, what: 'announced', by: 'system', detail: String(announcement.period) },
    })
  }
  const waitMs =
    outcome === 'later' ? dayMs : Math.min(minuteMs * 2 ** Math.min(announcement.tries, 8), 4 * 60 * minuteMs)
  return changed(contract, now, {
    announcement: { ...announcement, retryAt: now + waitMs },
    ...(cause === 'contract' && { checkAt: now }),
  })
}

/**
 * Reserves the next debit and leases the contract. Afterwards we store the debit's order, and only then send the debit
 * to the provider.
 */
export function beginDebit(contract: Contract, policy: ChargePolicy, now: number): Contract {
  const charge = chargeToMake(contract, policy)
  const taken: Charge = {
    ...charge,
    state: 'charging',
    tries: charge.tries + 1,
    firstTryAt: charge.firstTryAt ?? now,
    lastTryAt: now,
    acceptedAt: null,
    retryAt: null,
    lookAt: now + leaseMs,
  }
  const entry: ContractEntry = { at: now, what: 'tried', by: 'system', detail: `${charge.period} ${taken.tries}` }
  return {
    ...takeLease(contract, now),
    charges: withCharge(contract, taken),
    nextPeriod: nextPeriodAfter(contract, taken),
    history: [...contract.history, entry].slice(-historyLimit),
  }
}

/** Cancels the reservation of a debit. Its order was never stored, so the debit was never sent to the provider. */
export function releaseDebit(contract: Contract, period: number, retryAt: number, now: number): Contract {
  const charge = openCharge(contract)
  if (charge?.period !== period || charge.state !== 'charging') return contract
  const tries = charge.tries - 1
  const released: Charge = {
    ...charge,
    state: charge.failures + charge.setbacks > 0 ? 'retrying' : 'planned',
    tries,
    ...(tries === 0 && { firstTryAt: null, lastTryAt: null }),
    lookAt: null,
    retryAt,
  }
  return changed(contract, now, { charges: withCharge(contract, released) })
}

/** Gives a charge the next order number, because another order already uses the charge's number. */
export function renumberCharge(contract: Contract, orderNo: string, now: number): Contract {
  const charge = openCharge(contract)
  if (charge?.orderNo !== orderNo) return contract
  return changed(contract, now, { charges: withCharge(contract, { ...charge, orderNo: nextChargeNo(orderNo) }) })
}

/**
 * Records that the provider accepted the debit. We expect its result at `resultAt` (epoch ms); if no result arrives,
 * the timer checks the debit soon after that time.
 */
export function recordAccepted(contract: Contract, period: number, resultAt: number, now: number): Contract {
  const charge = openCharge(contract)
  if (charge?.period !== period || charge.state !== 'charging') return contract
  const accepted = { ...charge, acceptedAt: charge.acceptedAt ?? now, lookAt: Math.max(resultAt, now) + lookDelayMs }
  return changed(contract, now, { charges: withCharge(contract, accepted) })
}

/** Postpones the next check of the open charge to `at`, epoch ms. */
export function lookLater(contract: Contract, at: number, now: number): Contract {
  const charge = openCharge(contract)
  return charge ? changed(contract, now, { charges: withCharge(contract, { ...charge, lookAt: at }) }) : contract
}

/** The debits among an order's payments, oldest first. */
export const debitsOf = (order: Order): Payment[] => order.payments.filter(({ channel }) => channel === debitChannel)

/**
 * Copies the result of a charge's order into the contract: the order was paid, by debit or by hand, or its debit
 * failed. Returns the same contract if the result is already recorded.
 * @param untaken whether the provider never accepted the failed debit
 */
export function followOrder(contract: Contract, order: Order, now: number, untaken = false): Contract {
  const charge = contract.charges.find(({ orderNo }) => orderNo === order._id)
  if (!charge || order.contract?.contractNo !== contract._id) return contract
  if (order.state === 'paid') return charge.state === 'paid' ? contract : paidCharge(contract, charge, order, now)
  const debit = debitsOf(order)[charge.tries - 1]
  if (charge.state === 'charging' && debit && !isWaiting(debit)) {
    if (isLive(contract)) return failedDebit(contract, charge, causeOf(debit, untaken), now)
    // While the order is open, it can still be paid, even by this debit.
    return order.state === 'open' ? contract : dropped(contract, charge, now)
  }
  if (order.state === 'closed' && (charge.state === 'retrying' || charge.state === 'pastDue'))
    return charge.payBy !== null && now >= charge.payBy
      ? givenUp(contract, charge, now)
      : dropped(contract, charge, now)
  return contract
}

function paidCharge(contract: Contract, charge: Charge, order: Order, now: number): Contract {
  const payment = order.payments.find(({ state, surplus }) => state === 'paid' && surplus !== true)
  const byHand = payment?.channel !== debitChannel
  const paid: Charge = {
    ...charge,
    state: 'paid',
    cause: null,
    lookAt: null,
    retryAt: null,
    paidAt: payment?.paidAt ?? order.paidAt ?? now,
    byHand,
  }
  const { announcement } = contract
  const spends = !byHand && announcement !== null && announcement.period === charge.period
  return changed(contract, now, {
    charges: withCharge(contract, paid),
    ...(contract.state === 'pastDue' && openCharge(contract)?.period === charge.period && { state: 'active' as const }),
    ...(spends && { announcement: { ...announcement, isSpent: true } }),
    entry: { at: now, what: 'charged', by: byHand ? 'shopper' : 'provider', detail: String(charge.period) },
  })
}

// Why a debit failed. WeChat closes a debit that it could not execute and does not always say why. Then we assume
// insufficient funds, the most common cause (docs/provider-facts.md 6.7).
const causeOf = ({ cause, state }: Payment, untaken: boolean): DebitCause =>
  cause ?? (untaken && state === 'closed' ? 'technical' : 'funds')

function failedDebit(contract: Contract, charge: Charge, cause: DebitCause, now: number): Contract {
  const { at: retryAt, isSetback } = retryOf(charge, cause, now)
  const failures = charge.failures + (isSetback ? 0 : 1)
  const setbacks = charge.setbacks + (isSetback ? 1 : 0)
  const failed = { ...charge, failures, setbacks, cause, lookAt: null, acceptedAt: null, retryAt }
  const told: ContractEntry = { at: now, what: 'chargeFailed', by: 'provider', detail: `${charge.period} ${cause}` }
  const checkAt = cause === 'contract' ? { checkAt: now } : {}
  if (retryAt !== null) {
    const charges = withCharge(contract, { ...failed, state: 'retrying' })
    return changed(contract, now, { ...checkAt, charges, entry: told })
  }
  const payBy = now + charge.graceDays * dayMs
  const noted = { ...contract, history: [...contract.history, told] }
  return changed(noted, now, {
    state: 'pastDue',
    ...checkAt,
    charges: withCharge(contract, { ...failed, state: 'pastDue', pastDueAt: now, payBy, lookAt: now }),
    entry: { at: now, what: 'pastDue', by: 'system', detail: String(charge.period) },
  })
}

// Drops a charge whose order was closed without payment, for example by staff who waive the period. The contract
// continues.
const dropped = (contract: Contract, charge: Charge, now: number): Contract =>
  changed(contract, now, {
    charges: withCharge(contract, { ...charge, state: 'dropped', lookAt: null, retryAt: null }),
    ...(contract.state === 'pastDue' && { state: 'active' as const }),
  })

// Ends a contract because a period was not paid. This function only records that the contract is to end; the contract's
// open charge is dropped after the provider has confirmed the end.
const givenUp = (contract: Contract, charge: Charge, now: number): Contract =>
  contract.ending === null && isLive(contract)
    ? changed(contract, now, {
        charges: withCharge(contract, { ...charge, lookAt: now }),
        ending: { by: 'unpaid', at: now },
        checkAt: now,
        entry: { at: now, what: 'endRequested', by: 'unpaid', detail: String(charge.period) },
      })
    : contract

/** Ends a contract if the subscriber did not pay the overdue period by hand in time. */
export function giveUp(contract: Contract, orderNo: string, now: number): Contract {
  const charge = openCharge(contract)
  const isOver = charge?.orderNo === orderNo && charge.payBy !== null && now >= charge.payBy
  return charge && isOver && charge.state === 'pastDue' ? givenUp(contract, charge, now) : contract
}

/**
 * Drops the open charge of a contract that has ended, because nobody can pay it any more: its order is closed, or was
 * never stored.
 */
export function dropCharge(contract: Contract, period: number, now: number): Contract {
  const charge = openCharge(contract)
  return contract.state === 'ended' && charge?.period === period ? dropped(contract, charge, now) : contract
}
