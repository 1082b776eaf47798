// What a shop's figures are made of, by the hour of Beijing. Sums are of whole minor units.
import { beijingDigits } from '../beijing'

/** What came in during some time, of one provider and currency. */
export interface Figures {
  /** null: orders that nobody tried to pay */
  provider: string | null
  currency: string
  /** orders placed, how many of these had an attempt, and how many of these were paid since */
  orders: number
  tried: number
  succeeded: number
  /** orders that were paid in this time */
  paid: number
  /** money in and money out, surplus and its return too: the difference is what the shop keeps */
  takingsFen: number
  refunds: number
  refundedFen: number
}

export const hourMs = 3_600_000

/** The beginning of an hour; Beijing's hours begin with everybody's. */
export const hourOf = (at: number): number => Math.floor(at / hourMs) * hourMs

/** The `_id` of an hour's document: yyyyMMddHH in Beijing. */
export const hourId = (at: number): string => beijingDigits(at).slice(0, 10)

/** The ids of all hours from the one that begins at `from` until another time, which its own hour may go beyond. */
export const hourIds = (from: number, until: number): string[] =>
  Array.from({ length: Math.ceil((until - from) / hourMs) }, (_, index) => hourId(from + index * hourMs))

const counted = ['orders', 'tried', 'succeeded', 'paid', 'takingsFen', 'refunds', 'refundedFen'] as const

/** Rows of many hours as one row for each provider and currency, in a steady order; none that holds only zeros. */
export function sumFigures(rows: readonly Figures[]): Figures[] {
  const sums = new Map<string, Figures>()
  for (const row of rows) {
    const key = `${row.currency} ${row.provider ?? ''}`
    const sum = sums.get(key)
    if (!sum) sums.set(key, { ...row })
    else for (const name of counted) sum[name] += row[name]
  }
  return [...sums]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, row]) => row)
    .filter((row) => counted.some((name) => row[name] !== 0))
}
