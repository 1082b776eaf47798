import { followOrder } from '../../domain/contract'
import { type Contract, openCharge } from '../../domain/contractShape'
import type { Order } from '../../domain/orders/orderShape'
import { changeContract } from '../../store/contracts'
import { readOrder } from '../../store/orders'
import type { Context } from '../platform/context'
import { recordNotice } from '../platform/recordNotice'

/**
 * Copies the result of a charge's order into its contract.
 * @param known the contract, if the caller has just read it; saves a read
 * @param untaken true if the debit failed and the provider had never accepted it; then the failure says nothing about
 * the subscriber's funds
 * @returns the contract as it is afterwards
 * @throws NotFound if the order's contract no longer exists
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

/**
 * Makes a case for staff if the provider refused a debit because of the merchant, because the subscriber cannot repair
 * that.
 */
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
 * Copies the result of the open charge's order into the contract, if it is not there yet. A payment is first stored in
 * the order only; the timer copies it into the contract within a minute, but a reader of the contract should see it at
 * once.
 * @returns the contract as it is afterwards
 */
export async function upToDate(ctx: Context, contract: Contract): Promise<Contract> {
  const charge = openCharge(contract)
  if (!charge || charge.tries === 0) return contract
  const order = await readOrder(ctx.db, charge.orderNo)
  return order && followOrder(contract, order, ctx.now()) !== contract
    ? followCharge(ctx, contract._id, order, { known: contract })
    : contract
}
