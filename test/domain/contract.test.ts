// Tests the state table of contracts, the calendar of charges, and the minutes in which a debit may be sent.

import { mayDebit, stepOf, windowOf } from '../../cloudfunctions/shared/domain/chargeSteps'
import {
  applyContractNews,
  beginAnnouncement,
  beginDebit,
  placeContract,
  recordAnnouncement,
  requestSerial,
} from '../../cloudfunctions/shared/domain/contract'
import { type Contract, contractMoves, type Terms } from '../../cloudfunctions/shared/domain/contractShape'
import { takeLease } from '../../cloudfunctions/shared/domain/lease'
import { next } from '../../cloudfunctions/shared/domain/machine'
import { placeOrder } from '../../cloudfunctions/shared/domain/orders/order'
import { openAttempt, openDebit } from '../../cloudfunctions/shared/domain/orders/orderPayments'
import { periodStart, withinHours } from '../../cloudfunctions/shared/domain/period'
import { checkTerms } from '../../cloudfunctions/shared/domain/terms'
import { dayOf } from '../../miniprogram/rules/beijing'
import type { PeriodUnit } from '../../miniprogram/rules/terms'
import { monthlyTerms } from '../support/terms'

const at = (text: string): number => Date.parse(`${text}+08:00`)
const text = (ms: number | null): string => (ms === null ? '' : new Date(ms + 8 * 3_600_000).toISOString().slice(0, 16))

const table = `
signing | active         | signing | failed  | ended | signing
active  | active         | active  | active  | ended | active
pastDue | pastDue        | pastDue | pastDue | ended | pastDue
failed  | active or end  | failed  | failed  | ended | failed
ended   | contradiction  | ended   | ended   | ended | ended`
const events = ['signed', 'pending', 'refused', 'ended', 'unknown'] as const

describe('the table of contracts', () => {
  const rows = table
    .trim()
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()))
  it.each(rows)('%s', (state, ...cells) => {
    expect(events.map((event) => next(contractMoves, state as keyof typeof contractMoves, event))).toEqual(cells)
  })
})

describe('the calendar', () => {
  const days = (anchor: string, unit: PeriodUnit, count: number) =>
    Array.from({ length: count }, (_, index) => text(periodStart(at(anchor), unit, index)).slice(0, 10))

  it('a contract that began on the 31st is charged on the last day of shorter months, and on the 31st again', () => {
    expect(days('2027-12-31T23:30:00', 'month', 5)).toEqual([
      '2027-12-31',
      '2028-01-31',
      '2028-02-29',
      '2028-03-31',
      '2028-04-30',
    ])
    expect(days('2026-11-30T00:10:00', 'quarter', 4)).toEqual(['2026-11-30', '2027-02-28', '2027-05-30', '2027-08-30'])
  })

  it('a year after a leap day is February 28, until the next leap year', () => {
    expect(days('2028-02-29T12:00:00', 'year', 5)).toEqual([
      '2028-02-29',
      '2029-02-28',
      '2030-02-28',
      '2031-02-28',
      '2032-02-29',
    ])
  })

  it('days and weeks are counted by Beijing’s clock', () => {
    expect(days('2026-12-30T07:00:00', 'day', 3)).toEqual(['2026-12-30', '2026-12-31', '2027-01-01'])
    expect(days('2026-12-30T07:00:00', 'week', 2)).toEqual(['2026-12-30', '2027-01-06'])
  })

  it('hours and days are counted in Beijing time', () => {
    const hours = { fromMs: 7 * 3_600_000, toMs: 22 * 3_600_000 }
    expect(text(withinHours(at('2026-05-01T06:59:59'), hours))).toBe('2026-05-01T07:00')
    expect(text(withinHours(at('2026-05-01T21:59:59'), hours))).toBe('2026-05-01T21:59')
    expect(text(withinHours(at('2026-05-01T22:00:00'), hours))).toBe('2026-05-02T07:00')
    expect(dayOf(at('2026-05-02T00:00:00')) - dayOf(at('2026-05-01T23:59:59'))).toBe(1)
  })
})

const policy = { retryDays: [1, 3, 5], graceDays: 7 }

function signedAt(when: string, changes: Partial<Terms> = {}): Contract {
  const now = at(when)
  const opening = { contractNo: '20260131100000abcdefgh', openid: 'o', provider: 'p', displayName: '', now }
  const opened = placeContract({ ...opening, terms: { ...monthlyTerms, ...changes } })
  return applyContractNews(opened, { outcome: 'signed', theirNo: 'c', at: now }, now, null).contract
}
const stepAt = (contract: Contract, when: string) => {
  const step = stepOf(contract, at(when))
  return `${step.what} ${text(step.at)}`
}

describe('when a debit may be sent', () => {
  it('the first debit is sent at once, but not at night, and not close to the limits of the allowed hours', () => {
    expect(stepAt(signedAt('2026-01-31T12:00:00'), '2026-01-31T12:00:00')).toBe('debit 2026-01-31T12:00')
    expect(stepAt(signedAt('2026-01-31T21:55:00'), '2026-01-31T21:55:00')).toBe('debit 2026-02-01T07:10')
    expect(stepAt(signedAt('2026-01-31T03:00:00'), '2026-01-31T03:00:00')).toBe('debit 2026-01-31T07:10')
    const anyHour = signedAt('2026-01-31T03:00:00', { debitRule: 'notice24h' })
    expect(stepAt(anyHour, '2026-01-31T03:00:00')).toBe('debit 2026-01-31T03:00')
  })

  it('a first debit that is too late needs a pre-debit notice', () => {
    const contract = signedAt('2026-01-31T09:00:00')
    expect(stepAt(contract, '2026-01-31T20:45:00')).toBe('debit 2026-01-31T20:45')
    expect(stepAt(contract, '2026-01-31T20:55:00')).toBe('announce 2026-01-31T20:55')
  })

  it('a trial is never shortened, and its end is announced two days before', () => {
    const contract = signedAt('2026-01-31T12:00:00', { trialDays: 10 })
    expect(stepAt(contract, '2026-01-31T12:00:00')).toBe('announce 2026-02-08T12:00')
    const shortTrial = signedAt('2026-01-31T12:00:00', { trialDays: 1, debitRule: 'notice24h' })
    // WeChat charges a first debit at once if it is sent within twelve hours after signing. The trial has not ended
    // then, so the debit must be sent later.
    expect(stepAt(shortTrial, '2026-01-31T12:00:00')).toBe('debit 2026-02-01T00:10')
  })

  const announced = (windowDays: 1 | 2 | 3 | null, sent: string, outcome: 'sent' | 'already', first = sent) => {
    const contract = signedAt('2026-01-01T12:00:00', { trialDays: 20, windowDays })
    const begun = beginAnnouncement(contract, policy, at(first))
    const again = first === sent ? begun : beginAnnouncement(begun, policy, at(sent))
    return recordAnnouncement(again, { triedAt: at(sent), outcome }, at(sent) + 5_000)
  }

  it.each([
    [null, '2026-01-21T00:00', '2026-01-28T00:00'],
    [1, '2026-01-21T00:00', '2026-01-22T00:00'],
    [3, '2026-01-21T00:00', '2026-01-24T00:00'],
  ] as const)('a debit announced on the 19th for %s days is sent from the 21st on', (windowDays, from, to) => {
    const { announcement } = announced(windowDays, '2026-01-19T12:00:00', 'sent')
    const window = announcement && windowOf(announcement)
    expect([text(window?.fromAt ?? 0), text(window?.toAt ?? 0)]).toEqual([from, to])
  })

  it('if a first try to send the pre-debit notice may have arrived, only days that fit both tries count', () => {
    const { announcement } = announced(1, '2026-01-20T08:00:00', 'already', '2026-01-19T21:49:00')
    expect(announcement && windowOf(announcement)).toMatchObject({
      fromAt: at('2026-01-22T00:00:00'),
      toAt: at('2026-01-22T00:00:00'),
    })
  })

  it('outside of the window and the hours nothing is sent, not even a repeat', () => {
    const contract = announced(1, '2026-01-19T12:00:00', 'sent')
    const taken = beginDebit(contract, policy, at('2026-01-21T12:00:00'))
    const charge = taken.charges[0]
    const may = (when: string) => charge !== undefined && mayDebit(taken, charge, at(when))
    expect(may('2026-01-21T21:49:00')).toBe(true)
    expect(may('2026-01-21T21:51:00')).toBe(false)
    expect(may('2026-01-22T09:00:00')).toBe(false)
    expect(may('2026-01-20T12:00:00')).toBe(false)
    expect(
      mayDebit({ ...taken, ending: { by: 'staff', at: 0 } }, taken.charges[0] as never, at('2026-01-21T12:00:00')),
    ).toBe(false)
  })

  it('a missed window needs a new pre-debit notice, when WeChat accepts another one', () => {
    const contract = announced(null, '2026-01-19T12:00:00', 'sent')
    expect(stepAt(contract, '2026-01-19T12:01:00')).toBe('debit 2026-01-21T12:00')
    expect(stepAt(contract, '2026-01-27T21:51:00')).toBe('announce 2026-01-28T07:10')
  })
})

describe('one successful debit a day', () => {
  const paid = (contract: Contract, when: string): Contract => {
    const taken = beginDebit(contract, policy, at(when))
    const charges = taken.charges.map((charge) => ({
      ...charge,
      state: 'paid' as const,
      paidAt: at(when),
      lookAt: null,
    }))
    return { ...taken, charges, nextPeriod: 1 }
  }

  it('a debit due on the day of a success waits until WeChat’s clock has certainly passed midnight', () => {
    const late = paid(signedAt('2026-01-31T09:00:00', { period: 'day', debitRule: 'notice24h' }), '2026-02-01T12:00:00')
    // WeChat allows one success a day, and a debit gets its result a day after it was sent. The last success was on the
    // 1st, so a debit that is sent on the 1st cannot succeed on the same day.
    expect(stepAt(late, '2026-02-01T12:01:00')).toBe('debit 2026-02-01T12:01')
    const soon = { ...late, charges: late.charges.map((charge) => ({ ...charge, paidAt: at('2026-02-02T09:00:00') })) }
    expect(stepAt(soon, '2026-02-01T12:01:00')).toBe('debit 2026-02-02T00:10')
  })

  it('a payment by hand does not count as a success at WeChat', () => {
    const contract = paid(
      signedAt('2026-01-31T09:00:00', { period: 'day', debitRule: 'notice24h' }),
      '2026-02-02T09:00:00',
    )
    const byHand = { ...contract, charges: contract.charges.map((charge) => ({ ...charge, byHand: true })) }
    expect(stepAt(byHand, '2026-02-01T12:01:00')).toBe('debit 2026-02-01T12:01')
  })
})

describe('terms that cannot be kept are refused when they are stored', () => {
  const ceiling = { amountKind: 'ceiling', ceilingFen: 5_000 } as const
  it.each<[string, Partial<Terms>]>([
    ['period', { period: 'day' }],
    ['period', { period: 'day', debitRule: 'notice24h' }],
    ['ceilingFen', { ceilingFen: 5_000 }],
    ['ceilingFen', { ...ceiling, ceilingFen: 3_000 }],
    ['firstAmountFen', { ...ceiling, firstAmountFen: 5_001 }],
    ['firstAmountFen', { firstAmountFen: 100 }],
    ['firstAmountFen', { ...ceiling, firstAmountFen: 0 }],
    ['amountFen', { amountFen: 0, ceilingFen: 0 }],
    ['amountFen', { amountFen: 0.5, ceilingFen: 0.5 }],
    ['amountFen', { amountFen: 10_000_001, ceilingFen: 10_000_001 }],
    ['currency', { currency: 'USD' }],
    ['trialDays', { trialDays: -1 }],
    ['trialDays', { trialDays: 366 }],
    ['windowDays', { debitRule: 'notice24h', windowDays: 1 }],
    ['template', { template: ' ' }],
    ['title', { title: '' }],
  ])('%s: %o', (field, changes) => {
    expect(() => checkTerms({ ...monthlyTerms, title: 'Tea', ...changes })).toThrow(new RegExp(`^${field}: `))
  })

  it('terms that can be kept are accepted', () => {
    for (const period of ['week', 'month', 'quarter', 'year'] as const)
      for (const debitRule of ['notice24h', 'preNotice'] as const)
        checkTerms({
          ...monthlyTerms,
          title: 'Tea',
          ...ceiling,
          firstAmountFen: 4_900,
          period,
          debitRule,
          trialDays: 7,
        })
  })
})

describe('an order of a contract', () => {
  const now = at('2026-02-01T12:00:00')
  const order = placeOrder({
    orderNo: '20260131100000abcdefgh',
    openid: 'o',
    items: [{ sku: 'p', title: '', titleEn: '', priceFen: 3_800, quantity: 1 }],
    currency: 'CNY',
    now,
    lifeMs: 1_000_000,
    contract: { contractNo: '20260131100000abcdefgh', period: '0' },
  })

  it('accepts no debit while the shopper pays by hand, and no payment by hand while a debit is on its way', () => {
    const byHand = openAttempt(order, 'wechatpay', 'jsapi', now).order
    expect(() => openDebit(byHand, 'wechatpay', { checksFrom: now, claimId: 'c' }, now)).toThrow(
      'another payment of this order waits',
    )
    const charged = openDebit(order, 'wechatpay', { checksFrom: now, claimId: 'c' }, now)
    expect(() => openAttempt(charged, 'wechatpay', 'jsapi', now)).toThrow('the order is being charged')
    expect(() => openDebit(charged, 'wechatpay', { checksFrom: now, claimId: 'c' }, now)).toThrow(
      'another payment of this order waits',
    )
  })
})

describe('request_serial', () => {
  it('is an exact integer of at least nine digits: the same for the same contract, different for another one', () => {
    const contract = signedAt('2026-01-31T12:00:00')
    expect(requestSerial(contract)).toBe(requestSerial(contract))
    expect(Number.isSafeInteger(requestSerial({ ...contract, createdAt: at('2053-12-31T00:00:00') }))).toBe(true)
    expect(String(requestSerial(contract))).toMatch(/^[1-9]\d{8,15}$/)
    expect(requestSerial({ ...contract, _id: '20260131100000abcdefgi' })).not.toBe(requestSerial(contract))
  })
})

describe('a contract that the provider does not know', () => {
  it('is queried less and less often, and stays as it is', () => {
    let contract: Contract = { ...signedAt('2026-01-31T12:00:00'), checkAt: at('2026-01-31T13:00:00') }
    let now = at('2026-01-31T13:00:00')
    let asked = 0
    for (const until = now + 30 * 86_400_000; now < until; now = contract.dueAt ?? until) {
      const leased = takeLease(contract, now)
      contract = applyContractNews(leased, { outcome: 'refused' }, now, null).contract
      asked++
    }
    expect(contract).toMatchObject({ state: 'active', tries: asked })
    expect(asked).toBeLessThan(45)
  })
})

it('a broken contract without a number of tries is still tried again, less and less often', () => {
  const broken = { ...signedAt('2026-01-31T12:00:00'), tries: undefined as unknown as number }
  const now = at('2026-01-31T13:00:00')
  expect(takeLease(broken, now)).toMatchObject({ tries: 1, dueAt: now + 60_000 })
  expect(takeLease({ ...broken, tries: 5 }, now)).toMatchObject({ tries: 6, dueAt: now + 8 * 60_000 })
  expect(takeLease({ ...broken, tries: 50 }, now)).toMatchObject({ tries: 51, dueAt: now + 86_400_000 })
})
