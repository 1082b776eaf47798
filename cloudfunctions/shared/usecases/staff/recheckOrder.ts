import type * as z from 'zod/mini'
import type { AdminResults, adminApi } from '../../api/admin'
import { isBackUnknown } from '../../domain/payment'
import { isOpenRefund } from '../../domain/refund'
import { mustReadOrder } from '../../store/orders'
import type { StaffContext } from '../platform/context'
import { sendRefund } from '../refunds/sendRefund'
import { askAttempt } from '../settle/endAttempt'
import type { Done } from './audited'
import { staffOrderView } from './staffOrderView'

// All at once, so that together they fit into the function's time-out; the newest are what a person asks about.
const asksAtOnce = 4

/**
 * Asks the providers about an order now, for staff: every attempt that brought no money, closed and failed ones too
 * (money may have come late), and every refund under way.
 * @throws NotFound
 */
export async function recheckOrder(
  ctx: StaffContext,
  input: z.infer<typeof adminApi.recheck>,
): Promise<Done<AdminResults['recheck']>> {
  const before = await mustReadOrder(ctx.db, input.orderNo)
  const unpaid = before.payments.filter((one) => one.state !== 'paid' || isBackUnknown(one)).slice(-asksAtOnce)
  const refunds = before.refunds.filter(isOpenRefund).slice(-asksAtOnce)
  await Promise.all([
    ...unpaid.map((payment) => askAttempt(ctx, before, payment)),
    ...refunds.map((refund) => sendRefund(ctx, before, refund.no)),
  ])
  const after = await mustReadOrder(ctx.db, input.orderNo)
  return { result: { order: await staffOrderView(ctx, after) }, before, after }
}
