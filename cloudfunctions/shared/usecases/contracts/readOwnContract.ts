import type * as z from 'zod/mini'
import type { ContractResults, contractApi } from '../../api/contracts'
import type { ShopperContext } from '../platform/context'
import { upToDate } from '../settle/followCharge'
import { contractView } from './contractView'
import { ownContract, refreshContract } from './ownContract'

/**
 * Reads the caller's contract. With `refresh` the provider is asked: at most every 3 s while it is being signed or
 * ended, once a minute while it lives.
 * @throws NotFound
 */
export async function readOwnContract(
  ctx: ShopperContext,
  input: z.infer<typeof contractApi.read>,
): Promise<ContractResults['read']> {
  const contract = await upToDate(ctx, await ownContract(ctx, input.contractNo))
  return { contract: contractView(input.refresh ? await refreshContract(ctx, contract) : contract, ctx.now()) }
}
