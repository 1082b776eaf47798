import type * as z from 'zod/mini'
import type { AdminResults, adminApi } from '../../api/admin'
import { mustReadOrder } from '../../store/orders'
import type { StaffContext } from '../platform/context'
import type { Done } from './audited'
import { staffOrderView } from './staffOrderView'

/** Any order, for staff. @throws NotFound */
export async function readAnyOrder(
  ctx: StaffContext,
  input: z.infer<typeof adminApi.order>,
): Promise<Done<AdminResults['order']>> {
  return { result: { order: await staffOrderView(ctx, await mustReadOrder(ctx.db, input.orderNo)) } }
}
