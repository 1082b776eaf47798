import type * as z from 'zod/mini'
import type { AdminResults, adminApi } from '../../api/admin'
import { mustReadOrder } from '../../store/orders'
import type { StaffContext } from '../platform/context'
import { assertNotOwnRefund } from '../refunds/ownRefund'
import { requestRefund } from '../refunds/requestRefund'
import type { Done } from './audited'
import { staffOrderView } from './staffOrderView'

/** Refunds for a person of the shop, within that person's limit; see requestRefund. @throws Forbidden for their own order too */
export async function refundAsStaff(
  ctx: StaffContext,
  { orderNo, requestId, paymentNo, amountFen, reason }: z.infer<typeof adminApi.refund>,
): Promise<Done<AdminResults['refund']>> {
  const before = await mustReadOrder(ctx.db, orderNo)
  await assertNotOwnRefund(ctx, before)
  const request = { requestId, paymentNo, amountFen, reason, by: ctx.openid, limitFen: ctx.refundLimitFen }
  const { order: after, refundNo } = await requestRefund(ctx, orderNo, request, before)
  return { result: { order: await staffOrderView(ctx, after), refundNo }, before, after, outcome: { refundNo } }
}
