import { AppError } from '../../domain/errors'
import type { Order } from '../../domain/orders/orderShape'
import { allStaff, type Staff } from '../../store/staff'
import type { StaffContext } from '../platform/context'

/**
 * Whether this person would refund an order of their own. Somebody else of the shop does that: an owner too asks another
 * one. Only where there is no other owner may they do it themselves, since nobody else could without a limit.
 */
export const isOwnRefund = ({ openid, role }: StaffContext, order: Order, people: readonly Staff[]): boolean =>
  order.openid === openid &&
  !(role === 'owner' && !people.some((person) => person.role === 'owner' && person._id !== openid))

/** @throws Forbidden for one's own order; see isOwnRefund */
export async function assertNotOwnRefund(ctx: StaffContext, order: Order): Promise<void> {
  if (order.openid !== ctx.openid) return
  if (isOwnRefund(ctx, order, (await allStaff(ctx.db, ctx.now())).people))
    throw new AppError('Forbidden', 'this is your own order: somebody else of the shop must refund it')
}
