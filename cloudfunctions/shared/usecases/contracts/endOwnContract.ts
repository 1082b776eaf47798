import type * as z from 'zod/mini'
import type { ContractResults, contractApi } from '../../api/contracts'
import type { ShopperContext } from '../platform/context'
import { contractView } from './contractView'
import { endContract } from './endContract'
import { ownContract } from './ownContract'

/**
 * Ends the caller's contract; see endContract.
 * @throws NotFound; Conflict while it is not signed
 */
export async function endOwnContract(
  ctx: ShopperContext,
  input: z.infer<typeof contractApi.end>,
): Promise<ContractResults['end']> {
  const own = await ownContract(ctx, input.contractNo)
  return { contract: contractView(await endContract(ctx, own._id, 'subscriber', own), ctx.now()) }
}
