// Staff enter how orders are shipped. Afterwards sendShipping reports it to WeChat.
import type { AdminInput, AdminResults } from '../../api/admin'
import { isAppError } from '../../domain/errors'
import type { Order } from '../../domain/orders/orderShape'
import { enterShipping } from '../../domain/orders/orderShipping'
import { changeOrder, readOrders } from '../../store/orders'
import type { StaffContext } from '../platform/context'
import { begunFor, reportingOf } from '../shipping/begunShipping'
import { sendShipping } from '../shipping/sendShipping'
import type { Done } from './audited'

type Entry = AdminInput<'ship'>['entries'][number]
type Result = AdminResults['ship']['results'][number]

// The staff member waits while at most this many shipping reports are sent. The timer sends the others within a minute.
const sentAtOnce = 5

/**
 * Stores how up to 50 orders are shipped. If one order cannot be stored, the others are stored all the same. Entering
 * the same content again changes nothing.
 * @returns for each entry its order number, and why it was not stored; null: it was stored
 */
export async function shipAsStaff(
  ctx: StaffContext,
  { entries }: AdminInput<'ship'>,
): Promise<Done<AdminResults['ship']>> {
  const numbers = entries.map(({ orderNo }) => orderNo)
  const [orders, kept] = await Promise.all([readOrders(ctx.db, numbers), ctx.kept()])
  const reports = reportingOf(kept)
  const results: Result[] = []
  const stored: Order[] = []
  for (const entry of entries) {
    const { result, order } = await shipOne(ctx, entry, orders.get(entry.orderNo), reports)
    results.push(result)
    if (order) stored.push(order)
  }
  await Promise.all(stored.slice(0, sentAtOnce).map((order) => sendNow(ctx, order)))
  const ok = results.filter(({ problem }) => problem === null).length
  return { result: { results }, outcome: { entered: ok, notEntered: results.length - ok } }
}

async function shipOne(
  ctx: StaffContext,
  { orderNo, way, parcels = [] }: Entry,
  known: Order | undefined,
  reports: ReadonlySet<string>,
): Promise<{ result: Result; order?: Order }> {
  if (!known) return { result: { orderNo, problem: 'NotFound' } }
  try {
    const { order } = await changeOrder(
      ctx.db,
      orderNo,
      (before) => ({
        order: enterShipping(before, { way, parcels, by: ctx.openid, begun: begunFor(before, reports) }, ctx.now()),
      }),
      known,
    )
    return { result: { orderNo, problem: null }, order }
  } catch (error) {
    const problem = isAppError(error, 'Conflict') ? 'Conflict' : isAppError(error, 'BadInput') ? 'BadInput' : undefined
    if (!problem) throw error
    return { result: { orderNo, problem } }
  }
}

async function sendNow(ctx: StaffContext, order: Order): Promise<void> {
  try {
    await sendShipping(ctx, order)
  } catch (error) {
    // Sending the report failed. The content is stored, so the timer will send the report.
    ctx.log('shippingNotSent', { orderNo: order._id, reason: error instanceof Error ? error.name : 'error' })
  }
}
