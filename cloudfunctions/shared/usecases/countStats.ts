import { hourMs, hourOf } from '../domain/stats'
import { countHour, hoursBetween, nextEventAt, putCounted, putHour, readCounted } from '../store/stats'
import type { Context } from './context'

/**
 * Brings the figures up to now: the running hour and the one before, and those that were missed while the clock stood
 * still, jumping over times in which nothing happened. May be repeated, and interrupted, at will.
 */
export async function countStats(ctx: Context, hasTime: () => boolean): Promise<void> {
  const now = hourOf(ctx.now())
  const counted = await readCounted(ctx.db)
  const settled = now - hourMs
  let hour = counted ? Math.min(counted.to, settled) : ((await nextEventAt(ctx.db, 0)) ?? settled)
  for (hour = hourOf(hour); hour <= now && hasTime(); hour += hourMs) {
    const [rows, [there]] = await Promise.all([countHour(ctx.db, hour), hoursBetween(ctx.db, hour, hour + hourMs)])
    await putHour(ctx.db, hour, rows, there)
    if (hour + hourMs < settled) {
      const next = await nextEventAt(ctx.db, hour + hourMs)
      hour = Math.max(hour, Math.min(hourOf(next ?? settled), settled) - hourMs)
    }
  }
  // Unfinished, it goes on where it was: the hour that comes next is not counted yet.
  await putCounted(ctx.db, Math.min(hour, settled), counted)
}
