import { dayMs } from '../../domain/period'
import { hourMs, hourOf } from '../../domain/reports/stats'
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

// One hour costs two database calls; this limit keeps a run of the timer well within its minute.
const mostAgain = 100
const inParallel = 4

/**
 * Counts the figures up to now: the current hour, the hour before, and hours that were missed while the timer did not
 * run; quiet days are skipped as a whole. An order that is tried or paid in a later hour changes the figures of the
 * hour in which it was placed: that hour is marked and counted again. The function can be interrupted, repeated and run
 * twice at once: of two runs that end at once only one is stored, and the next run repeats the other's work.
 * @param againLimit the most finished hours that are counted again; the others stay marked for the next run
 */
export async function countStats(ctx: Context, hasTime: () => boolean, againLimit = mostAgain): Promise<void> {
  const { db } = ctx
  const now = hourOf(ctx.now())
  const settled = now - hourMs
  const [counted, ...live] = await Promise.all([readCounted(db), recount(ctx, settled), recount(ctx, now)])
  // An instance whose clock is slow may have booked a payment of the very first order in the hour before.
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
  // The last two hours are counted again by the next run anyway, so they need not be marked.
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
 * Counts one hour and stores it. @returns in `placedIn` the hours in which the orders tried or paid in it were placed
 */
async function recount({ db }: Context, hour: number): Promise<{ isEmpty: boolean; placedIn: number[] }> {
  const [{ rows, placedIn }, [there]] = await Promise.all([countHour(db, hour), hoursBetween(db, hour, hour + hourMs)])
  await putHour(db, hour, rows, there)
  return { isEmpty: rows.length === 0, placedIn }
}
