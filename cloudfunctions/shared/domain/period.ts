// The calendar of contracts in Beijing days: when each period starts, with ends of months and leap years, and in which
// hours of a day we may send a debit or a pre-debit notice.

import { beijingOffsetMs, dayMs, dayOf, startOfDay } from '../../../miniprogram/rules/beijing'
import type { PeriodUnit } from '../../../miniprogram/rules/terms'

interface Length {
  /** how many calendar months the period has; 0: the length is `days` */
  months: number
  days: number
  /** how long such a period can be at most, in days */
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
 * When a period starts, epoch ms. We count months from the anchor: with an anchor on the 31st, a period begins on the
 * last day of a shorter month, and on the 31st again in longer months. February 29 becomes February 28 until the next
 * leap year.
 * @param anchorAt when period 0 starts, epoch ms
 * @param index number of the period; period 0 starts at the anchor
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

export interface Hours {
  /** the first moment (inclusive) and the last (exclusive) of the allowed hours, in ms after midnight in Beijing */
  fromMs: number
  toMs: number
}

/** The earliest time from `at` on that lies within the allowed hours of a day. */
export function withinHours(at: number, hours: Hours): number {
  const midnight = startOfDay(dayOf(at))
  if (at < midnight + hours.fromMs) return midnight + hours.fromMs
  return at < midnight + hours.toMs ? at : midnight + dayMs + hours.fromMs
}
