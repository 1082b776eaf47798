import { followOrder } from '../../domain/contract'
import { type Contract, openCharge } from '../../domain/contractShape'
import type { Order } from '../../domain/orders/orderShape'
import { changeContract } from '../../store/contracts'
import { readOrder } from '../../store/orders'
import type { Context } from '../platform/context'
import { recordNotice } from '../platform/recordNotice'

/**
 * Tells a contract what became of one of its orders.
 * @param known a contract that was just read, to save a read
 * @param untaken the provider never took the debit that ended: it says nothing about the subscriber's money
 * @throws NotFound where the order's contract is gone
 */
export async function followCharge(
  ctx: Context,
  contractNo: string,
  order: Order,
  { known, untaken = false }: { known?: Contract; untaken?: boolean } = {},
): Promise<Contract> {
  const decide = (before: Contract) => ({ contract: followOrder(before, order, ctx.now(), untaken) })
  const { contract } = await changeContract(ctx.db, contractNo, decide, known)
  await reportRefusal(ctx, contract, order)
  return contract
}

/** A provider that refuses debits for the merchant's sake is nothing that a subscriber could mend. */
export async function reportRefusal(ctx: Context, contract: Contract, order: Order): Promise<void> {
  const charge = contract.charges.find(({ orderNo }) => orderNo === order._id)
  if (charge?.cause === 'merchant')
    await recordNotice(ctx, {
      kind: 'stuck',
      provider: contract.provider,
      orderNo: order._id,
      subject: contract._id,
      reason: 'the provider refuses our debits',
    })
}

/**
 * A contract as its open charge's order has it. The money is settled with the order's write; the timer brings it into
 * the contract within a minute, and whoever looks at one contract brings it there at once.
 */
export async function upToDate(ctx: Context, contract: Contract): Promise<Contract> {
  const charge = openCharge(contract)
  if (!charge || charge.tries === 0) return contract
  const order = await readOrder(ctx.db, charge.orderNo)
  return order && followOrder(contract, order, ctx.now()) !== contract
    ? followCharge(ctx, contract._id, order, { known: contract })
    : contract
}
