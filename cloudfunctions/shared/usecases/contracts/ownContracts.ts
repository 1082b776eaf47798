// What subscribers do with their own contracts: read one, list all, end one.
import type * as z from 'zod/mini'
import type { ContractResults, contractApi } from '../../api/contracts'
import type { Contract } from '../../domain/contractShape'
import { AppError } from '../../domain/errors'
import { isOwnedBy, personOf } from '../../domain/person'
import { contractShape } from '../../domain/shapes'
import { listContracts, readContract } from '../../store/contracts'
import type { ShopperContext } from '../platform/context'
import { ownPage } from '../platform/ownPage'
import { refreshContract } from '../settle/askContract'
import { upToDate } from '../settle/followCharge'
import { contractView } from './contractView'
import { endContract } from './endContract'
import { tieToPerson } from './tieToPerson'

/** Reads a contract that belongs to the caller. @throws NotFound, also if the contract belongs to another person */
export async function ownContract(ctx: ShopperContext, contractNo: string): Promise<Contract> {
  const contract = await readContract(ctx.db, contractNo)
  if (!contract || !isOwnedBy(contract, ctx)) throw new AppError('NotFound', 'no such contract')
  const [tied = contract] = await tieToPerson(ctx, [contract])
  return tied
}

/**
 * Reads the caller's contract. With `refresh` we also ask the provider: at most once in 3 s while the contract waits to
 * be signed or ended, and once a minute while it is live.
 * @throws NotFound
 */
export async function readOwnContract(
  ctx: ShopperContext,
  input: z.infer<typeof contractApi.read>,
): Promise<ContractResults['read']> {
  const contract = await upToDate(ctx, await ownContract(ctx, input.contractNo))
  return { contract: contractView(input.refresh ? await refreshContract(ctx, contract) : contract, ctx.now()) }
}

/**
 * Lists the caller's contracts, newest first. `cursor` is the contractNo at which the next page continues; null if
 * there are no more.
 */
export async function listOwnContracts(
  ctx: ShopperContext,
  input: z.infer<typeof contractApi.list>,
): Promise<ContractResults['list']> {
  const { rows, cursor } = await ownPage(ctx, input, {
    find: async (limit) => {
      const person = personOf(ctx)
      const before = input.cursor === undefined ? {} : { before: input.cursor }
      return tieToPerson(ctx, await listContracts(ctx.db, { person, limit, ...before }))
    },
    shape: contractShape,
    view: contractView,
  })
  return { contracts: rows, cursor }
}

/** Ends the caller's own contract by endContract. @throws NotFound; Conflict while the contract is not signed */
export async function endOwnContract(
  ctx: ShopperContext,
  input: z.infer<typeof contractApi.end>,
): Promise<ContractResults['end']> {
  const own = await ownContract(ctx, input.contractNo)
  return { contract: contractView(await endContract(ctx, own._id, 'subscriber', own), ctx.now()) }
}
