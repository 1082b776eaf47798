import { followOrder } from '../../domain/contract'
import { type Contract, openCharge } from '../../domain/contractShape'
import type { Order } from '../../domain/orders/orderShape'
import { changeContract } from '../../store/contracts'
import { readOrder } from '../../store/orders'
import type { Context } from '../platform/context'
import { recordNotice } from '../platform/recordNotice'

/**
 * Copies the result of a charge's order into its contract.
 * @param known a contract that was just read, to save a read
 * @param untaken whether the failed debit was never accepted by the provider, so that it says nothing about funds
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

/** Opens a case when the provider refused a debit because of the merchant: the subscriber cannot fix that. */
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
 * Returns the contract after copying the result of its open charge's order into it. A payment is first stored in the
 * order. The timer copies it to the contract within a minute; reading one contract copies it at once.
 */
export async function upToDate(ctx: Context, contract: Contract): Promise<Contract> {
  const charge = openCharge(contract)
  if (!charge || charge.tries === 0) return contract
  const order = await readOrder(ctx.db, charge.orderNo)
  return order && followOrder(contract, order, ctx.now()) !== contract
    ? followCharge(ctx, contract._id, order, { known: contract })
    : contract
}
