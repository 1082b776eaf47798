// Some payments and refunds are missing in the bill of their own day. Searches the bills of earlier days for them. A
// search can stop after any bill, and a later run continues it.

import { beijingDay, dayMs } from '../../../../miniprogram/rules/beijing'
import { startOfDayText } from '../../domain/days'
import { isAtBeginning, lineKey, type OwnLine } from '../../domain/reports/reconcile'

/**
 * The progress of a search in earlier days' bills. It is stored with the job, so that no run reads the same bill again.
 */
export interface Search {
  /** the days whose bills we have tried, yyyy-MM-dd */
  days: string[]
  /** what we look for and what we have found: keys of bill lines, as `lineKey` makes them */
  sought: string[]
  found: string[]
}

/** Why a bill was not read now: the run has no time left, or the provider cannot be reached. */
export type Pause = 'noTime' | 'unavailable'

const mostDaysBack = 31

/**
 * Searches the bills of earlier days for payments and refunds that are absent from their own day's bill. Stops when all
 * are found, or when no bill is left that may have one of them.
 * @param from when the day of the reconciliation begins, epoch ms
 * @param known the progress of an earlier run; null: this is the first run
 * @param keysOf reads the bill of the day that begins at this time (epoch ms), as keys of its lines
 * @returns `pause` if a later run must continue the search; `open` has the keys of the payments and refunds that are
 * not found yet
 */
export async function searchEarlier(
  { from, absent, known }: { from: number; absent: readonly OwnLine[]; known: Search | null },
  keysOf: (day: number) => Promise<ReadonlySet<string> | Pause>,
): Promise<{ search: Search; pause: Pause | undefined; open: ReadonlySet<string> }> {
  const sought = absent.map((line) => ({ key: lineKey(line), days: daysBefore(line, from) }))
  const seen = new Set(known?.sought)
  // We may have recorded another refund since the last run. The last run read its bills without looking for that
  // refund, so read these bills again.
  const last = sought.every(({ key, days }) => days.length === 0 || seen.has(key)) ? known : null
  const tried = new Set(last?.days)
  const found = new Set(last?.found)
  const isOpen = (day: number) => !tried.has(beijingDay(day))
  const searchNow = (): Search => ({
    days: [...tried],
    sought: sought.filter(({ days }) => days.length > 0).map(({ key }) => key),
    found: [...found],
  })
  for (;;) {
    const rest = sought.filter(({ key, days }) => !found.has(key) && days.some(isOpen))
    const day = rest[0]?.days.find(isOpen)
    if (day === undefined) return { search: searchNow(), pause: undefined, open: new Set() }
    const keys = await keysOf(day)
    if (typeof keys === 'string') return { search: searchNow(), pause: keys, open: new Set(rest.map(({ key }) => key)) }
    tried.add(beijingDay(day))
    for (const { key } of sought) if (keys.has(key)) found.add(key)
  }
}

/**
 * The earlier days whose bills may contain this payment or refund: the times when the days begin (epoch ms), earliest
 * first.
 */
function daysBefore({ at, earliestAt }: OwnLine, from: number): number[] {
  if (at === null || at < from || at >= from + dayMs) return []
  const dayBefore = isAtBeginning(at, from) ? [from - dayMs] : []
  if (earliestAt === undefined) return dayBefore
  const first = startOfDayText(beijingDay(earliestAt), 'day')
  const start = Math.max(isAtBeginning(earliestAt, first) ? first - dayMs : first, from - mostDaysBack * dayMs)
  const days = Array.from({ length: Math.max(0, (from - start) / dayMs) }, (_, index) => start + index * dayMs)
  return days.length > 0 ? days : dayBefore
}
