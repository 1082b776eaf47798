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
// If the latest two hours have at least this many orders, the page of today's figures shows what the timer counted. To
// count them at each look would take longer the larger the shop is. A smaller shop is counted at each look, and the
// timer writes nothing while nothing happens.
const busyOrders = 200

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
  const startedAt = ctx.now()
  const now = hourOf(startedAt)
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
  const isBusy = live.reduce((sum, { orders }) => sum + orders, 0) >= busyOrders
  const again = [...noted].filter((hour) => hour < from)
  await putCounted(db, { to, again, ...(isBusy && { busyAt: startedAt }) }, counted)
}

/**
 * Counts one hour and stores its figures.
 * @returns `orders`: how many orders were placed or paid in this hour. `placedIn`: some orders that were tried or paid in
 * this hour were placed in earlier hours; these are the earlier hours
 */
async function recount(
  { db }: Context,
  hour: number,
): Promise<{ isEmpty: boolean; orders: number; placedIn: number[] }> {
  const [{ rows, placedIn }, [there]] = await Promise.all([countHour(db, hour), hoursBetween(db, hour, hour + hourMs)])
  await putHour(db, hour, rows, there)
  const orders = rows.reduce((sum, row) => sum + Math.max(row.orders, row.paid), 0)
  return { isEmpty: rows.length === 0, orders, placedIn }
}
