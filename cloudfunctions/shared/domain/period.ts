// The calendar of contracts, in Beijing days: when each period begins, ends of months and leap years included, and the
// hours of a day in which something may be done.

export type PeriodUnit = 'day' | 'week' | 'month' | 'quarter' | 'year'

export const dayMs = 86_400_000
const beijingOffsetMs = 8 * 3_600_000

interface Length {
  /** calendar months, or days where that is 0 */
  months: number
  days: number
  /** no period of this kind is longer */
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
 * When a period begins, epoch ms. Months are counted from the anchor itself: what began on the 31st falls on the last
 * day of a shorter month and on the 31st again after it; the 29th of February falls on the 28th until the next leap year.
 * @param index 0 begins at the anchor
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

/** A Beijing calendar day as a number: neighbours differ by one. */
export const dayOf = (at: number): number => Math.floor((at + beijingOffsetMs) / dayMs)

/** Midnight in Beijing at which a day begins, epoch ms. */
export const startOfDay = (day: number): number => day * dayMs - beijingOffsetMs

export interface Hours {
  /** ms after midnight in Beijing, the first inside and the first outside again */
  fromMs: number
  toMs: number
}

/** The earliest time from `at` on that lies within the hours of its day. */
export function withinHours(at: number, hours: Hours): number {
  const midnight = startOfDay(dayOf(at))
  if (at < midnight + hours.fromMs) return midnight + hours.fromMs
  return at < midnight + hours.toMs ? at : midnight + dayMs + hours.fromMs
}
