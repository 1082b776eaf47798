// Tests the state tables of docs/design.md 3, cell by cell. This file has its own copy of the tables, written from that
// page, so that a mistake in the code or in the copy fails.
import { next } from '../../cloudfunctions/shared/domain/machine'
import { nextCheckAt, paymentMoves } from '../../cloudfunctions/shared/domain/payment'
import { refundMoves } from '../../cloudfunctions/shared/domain/refund'

const paymentTable = `
created | pending | pending | paid | failed        | closed        | paid + refund
pending | pending | pending | paid | failed        | closed        | paid + refund
failed  | failed  | failed  | paid | failed        | failed        | paid + refund
closed  | closed  | closed  | paid | closed        | closed        | paid + refund
paid    | paid    | paid    | paid | contradiction | contradiction | paid + refund`
const paymentEvents = ['pending', 'unknown', 'paid', 'declined', 'closed', 'refunded'] as const

const refundTable = `
requested | pending | pending | done | failed
pending   | pending | pending | done | failed
failed    | failed  | failed  | done | failed
done      | done    | done    | done | contradiction`
const refundEvents = ['pending', 'unknown', 'refunded', 'refused'] as const

const rows = (table: string): string[][] =>
  table
    .trim()
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()))

describe('state tables', () => {
  it.each(rows(paymentTable))('payment %s', (state, ...cells) => {
    const found = paymentEvents.map((event) => next(paymentMoves, state as keyof typeof paymentMoves, event))
    expect(found).toEqual(cells)
  })

  it.each(rows(refundTable))('refund %s', (state, ...cells) => {
    const found = refundEvents.map((event) => next(refundMoves, state as keyof typeof refundMoves, event))
    expect(found).toEqual(cells)
  })

  it('queries after 5 s, 15 s, 1, 5, 15 min, 1 h, 6 h, then daily to day 7, then never', () => {
    const times: number[] = []
    for (let at = nextCheckAt(0, 0); at !== null; at = nextCheckAt(0, at)) times.push(at / 1_000)
    const day = 86_400
    expect(times).toEqual([
      5,
      15,
      60,
      300,
      900,
      3_600,
      21_600,
      day,
      2 * day,
      3 * day,
      4 * day,
      5 * day,
      6 * day,
      7 * day,
    ])
  })
})
