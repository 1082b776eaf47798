import type * as z from 'zod/mini'
import type { ContractResults, contractApi } from '../../api/contracts'
import { contractShape } from '../../domain/shapes'
import { listContracts } from '../../store/contracts'
import type { ShopperContext } from '../platform/context'
import { soundRows } from '../platform/soundRows'
import { contractView } from './contractView'

const defaultLimit = 20

/** The caller's contracts, newest first; `cursor` is the last number of this page, or null when there are no more. */
export async function listOwnContracts(
  ctx: ShopperContext,
  input: z.infer<typeof contractApi.list>,
): Promise<ContractResults['list']> {
  const limit = input.limit ?? defaultLimit
  const found = await listContracts(ctx.db, {
    openid: ctx.openid,
    limit: limit + 1,
    ...(input.cursor !== undefined && { before: input.cursor }),
  })
  const page = found.slice(0, limit)
  const now = ctx.now()
  return {
    // Staff see which are broken.
    contracts: soundRows(ctx, page, contractShape, (contract) => contractView(contract, now)).rows,
    cursor: found.length > limit ? (page.at(-1)?._id ?? null) : null,
  }
}
