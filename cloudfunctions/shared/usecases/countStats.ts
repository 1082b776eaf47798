import { hourMs, hourOf } from '../domain/stats'
import { countHour, hoursBetween, nextEventAt, putCounted, putHour, readCounted } from '../store/stats'
import type { Context } from './context'

/**
 * Brings the figures up to now: the running hour and the one before, then those that were missed while the clock stood
 * still, jumping over times in which nothing happened. Hours that were counted already, or jumped over, are counted
 * again where an order shows that something happened in them. May be repeated, interrupted, and done by two at once.
 */
export async function countStats(ctx: Context, hasTime: () => boolean): Promise<void> {
  const { db } = ctx
  const now = hourOf(ctx.now())
  const settled = now - hourMs
  const [counted, ...live] = await Promise.all([readCounted(db), recount(ctx, settled), recount(ctx, now)])
  const done = new Set([settled, now])
  const touched = new Set(live.flat())
  let hour = hourOf(counted ? Math.min(counted.to, settled) : ((await nextEventAt(db, 0)) ?? settled))
  for (; hour < settled && hasTime(); hour = await nextHour(ctx, hour, settled)) {
    for (const other of await recount(ctx, hour)) touched.add(other)
    done.add(hour)
  }
  for (const other of touched) if (other < hour && !done.has(other)) await recount(ctx, other)
  // Unfinished, it goes on here the next time.
  await putCounted(db, hour, counted)
}

/** Counts one hour, whole. @returns the hours that what happened in it has to do with */
async function recount({ db }: Context, hour: number): Promise<number[]> {
  const [{ rows, touched }, [there]] = await Promise.all([countHour(db, hour), hoursBetween(db, hour, hour + hourMs)])
  await putHour(db, hour, rows, there)
  return touched
}

async function nextHour({ db }: Context, hour: number, settled: number): Promise<number> {
  const next = hour + hourMs
  if (next >= settled) return settled
  return Math.min(settled, hourOf((await nextEventAt(db, next)) ?? settled))
}
