import type * as z from 'zod/mini'
import type { AdminResults, adminApi } from '../../api/admin'
import { mustReadOrder } from '../../store/orders'
import { endOrder } from '../orders/endOrder'
import type { StaffContext } from '../platform/context'
import type { Done } from './audited'
import { staffOrderView } from './staffOrderView'

/** Closes an unpaid order for the shop; see endOrder. @throws NotFound, Conflict */
export async function closeAsStaff(
  ctx: StaffContext,
  input: z.infer<typeof adminApi.close>,
): Promise<Done<AdminResults['close']>> {
  const before = await mustReadOrder(ctx.db, input.orderNo)
  const after = await endOrder(ctx, before, ctx.openid)
  return { result: { order: await staffOrderView(ctx, after) }, before, after }
}
