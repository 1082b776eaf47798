// The shop's statistics, per hour in Beijing time. Amounts are whole minor units.
import { beijingDigits } from '../beijing'

/** The figures of one period of time, for one provider, currency and connected system. */
export interface Figures {
  /** null: orders without an attempt */
  provider: string | null
  currency: string
  /** the code of the system whose requests made the orders; null: the shop itself, and hours that were counted long ago */
  domain: string | null
  /** orders placed in this time; how many of them had an attempt; how many of them have been paid since */
  orders: number
  tried: number
  succeeded: number
  /** orders paid in this time, whenever they were placed */
  paid: number
  /** money received and money refunded, including overpayments; the shop keeps the difference */
  takingsFen: number
  refunds: number
  refundedFen: number
}

export const hourMs = 3_600_000

/** The start of an hour, epoch ms. Hours in Beijing start at the same moment as hours in UTC. */
export const hourOf = (at: number): number => Math.floor(at / hourMs) * hourMs

/** The `_id` of an hour's document: yyyyMMddHH in Beijing. */
export const hourId = (at: number): string => beijingDigits(at).slice(0, 10)

/** The ids of all hours from the one that starts at `from` to the one that contains the last moment before `until`. */
export const hourIds = (from: number, until: number): string[] =>
  Array.from({ length: Math.ceil((until - from) / hourMs) }, (_, index) => hourId(from + index * hourMs))

const counted = ['orders', 'tried', 'succeeded', 'paid', 'takingsFen', 'refunds', 'refundedFen'] as const

/** Adds the rows of many hours to one row for each provider, currency and domain, in a fixed order, without rows of zeros. */
export function sumFigures(rows: readonly Figures[]): Figures[] {
  const sums = new Map<string, Figures>()
  for (const row of rows) {
    const domain = row.domain ?? null
    const key = `${row.currency} ${row.provider ?? ''} ${domain ?? ''}`
    const sum = sums.get(key)
    if (!sum) sums.set(key, { ...row, domain })
    else for (const name of counted) sum[name] += row[name]
  }
  return [...sums]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, row]) => row)
    .filter((row) => counted.some((name) => row[name] !== 0))
}
