import { dayMs } from '../../domain/period'
import { hourMs, hourOf } from '../../domain/reports/stats'
import { countHour, firstOrderAt, hoursBetween, isQuiet, putCounted, putHour, readCounted } from '../../store/stats'
import type { Context } from '../platform/context'

// One hour costs two calls; a run of the timer ends well within its minute.
const mostAgain = 100
const inParallel = 4

/**
 * Brings the figures up to now: the running hour and the one before, then those that were missed while the clock stood
 * still, by days where nothing happened. An order that is tried or paid in a later hour than its own changes the figures
 * of its own: that hour is noted and counted again. May be repeated, interrupted, and done by two at once: of two who
 * end at once one is heard, and the other's work is done again.
 * @param againLimit so many finished hours are counted again at most; the rest stays noted for the next run
 */
export async function countStats(ctx: Context, hasTime: () => boolean, againLimit = mostAgain): Promise<void> {
  const { db } = ctx
  const now = hourOf(ctx.now())
  const settled = now - hourMs
  const [counted, ...live] = await Promise.all([readCounted(db), recount(ctx, settled), recount(ctx, now)])
  // An instance whose clock is behind may have booked money of the very first order in the hour before.
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
  // What happened in the last two hours is seen again by the next run: nobody has to note it yet.
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

/** Counts one hour, whole. @returns the hours in which those orders were placed that were tried or paid in it */
async function recount({ db }: Context, hour: number): Promise<{ isEmpty: boolean; placedIn: number[] }> {
  const [{ rows, placedIn }, [there]] = await Promise.all([countHour(db, hour), hoursBetween(db, hour, hour + hourMs)])
  await putHour(db, hour, rows, there)
  return { isEmpty: rows.length === 0, placedIn }
}
