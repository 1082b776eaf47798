// Converts ranges of days, chosen by a user on a page, to times. Days are Beijing days.
import { beijingDay, dayMs, fromBeijingText } from '../../../miniprogram/rules/beijing'
import { AppError } from './errors'

/** The start of a Beijing day ("yyyy-MM-dd"), epoch ms. @throws BadInput naming the field */
export function startOfDayText(day: string, field: string): number {
  const at = fromBeijingText(`${day} 00:00:00`)
  if (at === undefined) throw new AppError('BadInput', `${field}: is not a day`)
  return at
}

/**
 * Converts a range of days to times: from the start of the first day to the end of the last day. If no days are given,
 * the range is the last seven days.
 * @throws BadInput for days that do not exist, a range that ends before it begins, or a range of more than `longest`
 * days
 */
export function rangeOfDays(
  { from, to }: { from?: string | undefined; to?: string | undefined },
  longest: number,
  now: number,
): { from: number; until: number } {
  const last = startOfDayText(to ?? (from === undefined ? beijingDay(now) : from), 'to')
  const first = from === undefined ? last - 6 * dayMs : startOfDayText(from, 'from')
  if (first > last) throw new AppError('BadInput', 'to: is before from')
  if ((last - first) / dayMs + 1 > longest) throw new AppError('BadInput', `to: at most ${longest} days`)
  return { from: first, until: last + dayMs }
}
