import { AppError } from '../../domain/errors'
import type { Order } from '../../domain/orders/orderShape'
import { allStaff, type Staff } from '../../store/staff'
import type { StaffContext } from '../platform/context'

/**
 * Whether this refund is forbidden because the staff member placed the order. Another staff member must then refund the
 * order. The only owner of a shop may refund their own order, because nobody else may refund without a limit.
 */
export const isOwnRefund = ({ openid, role }: StaffContext, order: Order, people: readonly Staff[]): boolean =>
  order.openid === openid &&
  !(role === 'owner' && !people.some((person) => person.role === 'owner' && person._id !== openid))

/** Refuses a refund by the person who placed the order, see isOwnRefund. @throws Forbidden */
export async function assertNotOwnRefund(ctx: StaffContext, order: Order): Promise<void> {
  if (order.openid !== ctx.openid) return
  if (isOwnRefund(ctx, order, (await allStaff(ctx.db, ctx.now())).people))
    throw new AppError('Forbidden', 'you placed this order: another staff member must refund it')
}
