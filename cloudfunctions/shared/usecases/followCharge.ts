import { followOrder } from '../domain/contract'
import { isAppError } from '../domain/errors'
import type { Order } from '../domain/order'
import { changeContract } from '../store/contracts'
import type { Context } from './context'
import { recordNotice } from './recordNotice'

/** Tells a contract what became of one of its orders. An order without a contract, or one whose contract is gone, changes nothing. */
export async function followCharge(ctx: Context, order: Order): Promise<void> {
  if (order.contract === undefined) return
  try {
    const { contract } = await changeContract(ctx.db, order.contract.contractNo, (before) => ({
      contract: followOrder(before, order, ctx.now()),
    }))
    const charge = contract.charges.find(({ orderNo }) => orderNo === order._id)
    if (charge?.cause === 'merchant')
      await recordNotice(ctx, {
        kind: 'stuck',
        provider: contract.provider,
        orderNo: order._id,
        subject: contract._id,
        reason: 'the provider refuses our debits',
      })
  } catch (error) {
    if (!isAppError(error, 'NotFound')) throw error
  }
}
