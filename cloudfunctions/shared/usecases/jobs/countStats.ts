import { dayMs, hourMs } from '../../../../miniprogram/rules/beijing'
import { hourOf } from '../../domain/reports/stats'
import {
  countHour,
  firstOrderAt,
  hoursBetween,
  isQuiet,
  putCounted,
  putHour,
  readCounted,
} from '../../store/reports/stats'
import type { Context } from '../platform/context'

// Counting one hour costs two database calls. A run of the timer may take a minute. With at most this many hours, it
// needs much less.
const mostAgain = 100
const inParallel = 4

/**
 * Counts the statistics up to now: the current hour, the hour before, and hours that were missed while the timer did
 * not run. Quiet days are skipped as a whole. If an order is tried or paid in a later hour than it was placed, the
 * figures of the hour in which it was placed change. So we mark that hour and count it again. This function can be
 * interrupted and repeated. If two runs overlap, only the first result is stored, and the next run counts again what
 * the other run had counted.
 * @param againLimit how many marked hours this run counts again at most; the others stay marked for the next run
 */
export async function countStats(ctx: Context, hasTime: () => boolean, againLimit = mostAgain): Promise<void> {
  const { db } = ctx
  const now = hourOf(ctx.now())
  const settled = now - hourMs
  const [counted, ...live] = await Promise.all([readCounted(db), recount(ctx, settled), recount(ctx, now)])
  // Begin one hour earlier: an instance with a slow clock may have recorded a payment of the very first order in the
  // hour before.
  const from = hourOf(counted ? Math.min(counted.to, settled) : ((await firstOrderAt(db)) ?? settled + hourMs) - hourMs)
  const noted = new Set(counted?.again)
  let to = from
  while (to < settled && hasTime()) {
    const { isEmpty, placedIn } = await recount(ctx, to)
    for (const hour of placedIn) noted.add(hour)
    to += hourMs
    const dayOn = Math.min(to + dayMs, settled)
    if (isEmpty && to < settled && (await isQuiet(db, to, dayOn))) to = dayOn
  }
  // The next run counts the last two hours again anyway, so we do not mark these two hours.
  const wrong = new Set([...noted, ...live.flatMap(({ placedIn }) => placedIn)].filter((hour) => hour < from))
  const queue = [...wrong].slice(0, againLimit)
  const worker = async () => {
    for (let hour = queue.shift(); hour !== undefined && hasTime(); hour = queue.shift()) {
      await recount(ctx, hour)
      noted.delete(hour)
    }
  }
  await Promise.all(Array.from({ length: inParallel }, worker))
  await putCounted(db, { to, again: [...noted].filter((hour) => hour < from) }, counted)
}

/**
 * Counts one hour and stores its figures.
 * @returns `placedIn`: some orders that were tried or paid in this hour were placed in earlier hours; these are the
 * earlier hours
 */
async function recount({ db }: Context, hour: number): Promise<{ isEmpty: boolean; placedIn: number[] }> {
  const [{ rows, placedIn }, [there]] = await Promise.all([countHour(db, hour), hoursBetween(db, hour, hour + hourMs)])
  await putHour(db, hour, rows, there)
  return { isEmpty: rows.length === 0, placedIn }
}
