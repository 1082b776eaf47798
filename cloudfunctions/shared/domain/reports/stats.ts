// The shop's statistics, per hour in Beijing time. Amounts are whole minor units.
import { beijingDigits, hourMs } from '../../../../miniprogram/rules/beijing'

/** The figures of one period of time, for one provider, currency and connected system. */
export interface Figures {
  /** the provider that was paid; null: for orders that nobody tried to pay */
  provider: string | null
  currency: string
  /**
   * the code of the system whose requests made the orders. null: the orders were made in the shop itself, or the hour
   * was counted before we separated systems
   */
  domain: string | null
  /**
   * orders: placed in this time; tried: how many of these somebody tried to pay; succeeded: how many of these are paid
   * by now
   */
  orders: number
  tried: number
  succeeded: number
  /** how many orders were paid in this time, no matter when they were placed */
  paid: number
  /**
   * takingsFen: money received, with overpayments; refundedFen: money refunded. The difference is what the shop keeps
   */
  takingsFen: number
  refunds: number
  refundedFen: number
}

/** When the hour of a time starts, epoch ms. Hours in Beijing start at the same moment as hours in UTC. */
export const hourOf = (at: number): number => Math.floor(at / hourMs) * hourMs

/** The `_id` under which an hour's figures are stored: yyyyMMddHH in Beijing time. */
export const hourId = (at: number): string => beijingDigits(at).slice(0, 10)

/** The `_id`s of all hours from the hour that starts at `from` to the hour just before `until`. */
export const hourIds = (from: number, until: number): string[] =>
  Array.from({ length: Math.ceil((until - from) / hourMs) }, (_, index) => hourId(from + index * hourMs))

const counted = ['orders', 'tried', 'succeeded', 'paid', 'takingsFen', 'refunds', 'refundedFen'] as const

/**
 * Adds the figures of many hours to one row for each provider, currency and connected system. The rows are sorted, and
 * rows with only zeros are left out.
 */
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
