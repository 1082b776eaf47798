// Tests, cell by cell, the table that says what the timer does after it has queried a debit that has no result yet.

import { applyContractNews, beginDebit, placeContract } from '../../cloudfunctions/shared/domain/contract'
import type { Charge, Contract } from '../../cloudfunctions/shared/domain/contractShape'
import {
  type CheckOutcome,
  checkMove,
  type DebitStanding,
  debitChecks,
  resultAtOf,
} from '../../cloudfunctions/shared/domain/debitChecks'
import { next } from '../../cloudfunctions/shared/domain/machine'
import { monthlyTerms } from '../support/terms'

const minute = 60_000
const hour = 60 * minute
const outcomes = ['notStored', 'decided', 'pending', 'notFound', 'unclear'] as const
const table = `
untaken | send or release | follow | keepTaken | send or end | end
taken   | send or release | follow | inAnHour  | soon        | soon
overdue | send or release | follow | inAnHour  | end         | end`
const rows = table
  .trim()
  .split('\n')
  .map((line) => line.split('|').map((cell) => cell.trim()))

const now = Date.parse('2026-05-01T12:00:00+08:00')

/** Makes a contract in its first hour, whose first debit was just sent. */
function charged(): { contract: Contract; charge: Charge } {
  const opening = {
    contractNo: '20260501120000abcdefgh',
    openid: 'o',
    provider: 'p',
    displayName: '',
    now,
    terms: monthlyTerms,
  }
  const news = { outcome: 'signed', theirNo: 'c', at: now } as const
  const signed = applyContractNews(placeContract(opening), news, now, null).contract
  const contract = beginDebit(signed, { retryDays: [1], graceDays: 7 }, now)
  return { contract, charge: contract.charges[0] as Charge }
}

it.each(rows)('%s', (standing, ...cells) => {
  expect(outcomes.map((outcome) => next(debitChecks, standing as DebitStanding, outcome))).toEqual(cells)
})

describe('a debit', () => {
  const { contract, charge } = charged()
  const taken = { ...charge, acceptedAt: now }
  const lateAt = resultAtOf(contract, charge, now) + hour
  const move = (of: Charge, outcome: CheckOutcome, at: number, changes: Partial<Contract> = {}) =>
    checkMove({ ...contract, ...changes }, of, outcome, at)

  it('that was never stored is sent if that is allowed, and released otherwise', () => {
    expect(move(charge, 'notStored', now)).toBe('send')
    expect(move(charge, 'notStored', Date.parse('2026-05-01T22:30:00+08:00'))).toBe('release')
    expect(move(charge, 'notStored', now, { ending: { by: 'subscriber', at: now } })).toBe('release')
  })

  it('that certainly did not reach the provider is sent again if that is allowed, and closed otherwise', () => {
    expect(move(charge, 'notFound', now)).toBe('send')
    expect(move(charge, 'notFound', now, { checkAt: now })).toBe('end')
  })

  it('that reached the provider is never sent again, whatever its result is', () => {
    for (const outcome of outcomes.filter((one) => one !== 'notStored'))
      for (const at of [now, lateAt, lateAt + 1]) expect(move(taken, outcome, at)).not.toBe('send')
  })

  it('whose result is an hour late is closed, to the millisecond', () => {
    expect(move(taken, 'unclear', lateAt)).toBe('soon')
    expect(move(taken, 'unclear', lateAt + 1)).toBe('end')
    expect(move(taken, 'pending', lateAt + 1)).toBe('inAnHour')
  })

  it('gets its result from its order, whenever the order has one', () => {
    for (const one of [charge, taken]) expect(move(one, 'decided', lateAt + 1)).toBe('follow')
  })
})
