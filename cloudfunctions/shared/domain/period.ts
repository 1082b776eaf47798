// The calendar of contracts, in Beijing days: the start of each period, with ends of months and leap years, and the
// hours of a day in which a debit or a pre-debit notice is allowed.

export type PeriodUnit = 'day' | 'week' | 'month' | 'quarter' | 'year'

export const dayMs = 86_400_000
const beijingOffsetMs = 8 * 3_600_000

interface Length {
  /** length in calendar months; 0: the length is `days` */
  months: number
  days: number
  /** the greatest length of such a period, in days */
  longestDays: number
}

export const periodLengths: Readonly<Record<PeriodUnit, Length>> = {
  day: { months: 0, days: 1, longestDays: 1 },
  week: { months: 0, days: 7, longestDays: 7 },
  month: { months: 1, days: 0, longestDays: 31 },
  quarter: { months: 3, days: 0, longestDays: 92 },
  year: { months: 12, days: 0, longestDays: 366 },
}

/**
 * The start of a period, epoch ms. Months are counted from the anchor: with an anchor on the 31st, a period begins on
 * the last day of a shorter month and on the 31st again after it. February 29 becomes February 28 until the next leap
 * year.
 * @param index number of the period; period 0 begins at the anchor
 */
export function periodStart(anchorAt: number, unit: PeriodUnit, index: number): number {
  const { months, days } = periodLengths[unit]
  if (months === 0) return anchorAt + index * days * dayMs
  const local = anchorAt + beijingOffsetMs
  const date = new Date(local)
  const year = date.getUTCFullYear()
  const month = date.getUTCMonth() + index * months
  const lastDay = new Date(Date.UTC(year, month + 1, 0)).getUTCDate()
  const midnight = Date.UTC(year, month, Math.min(date.getUTCDate(), lastDay))
  return midnight + (local - Math.floor(local / dayMs) * dayMs) - beijingOffsetMs
}

/** A Beijing calendar day as a number; consecutive days differ by one. */
export const dayOf = (at: number): number => Math.floor((at + beijingOffsetMs) / dayMs)

/** The start of a day: midnight in Beijing, epoch ms. */
export const startOfDay = (day: number): number => day * dayMs - beijingOffsetMs

export interface Hours {
  /** start (inclusive) and end (exclusive), in ms after midnight in Beijing */
  fromMs: number
  toMs: number
}

/** The earliest time from `at` on that lies within the hours of its day. */
export function withinHours(at: number, hours: Hours): number {
  const midnight = startOfDay(dayOf(at))
  if (at < midnight + hours.fromMs) return midnight + hours.fromMs
  return at < midnight + hours.toMs ? at : midnight + dayMs + hours.fromMs
}
