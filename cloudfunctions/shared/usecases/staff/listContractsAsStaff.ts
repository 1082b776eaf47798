import type * as z from 'zod/mini'
import type { AdminResults, adminApi } from '../../api/admin'
import { contractShape } from '../../domain/shapes'
import { allContracts, mustReadContract } from '../../store/contracts'
import type { StaffContext } from '../platform/context'
import { soundRows } from '../platform/soundRows'
import { upToDate } from '../settle/followCharge'
import type { Done } from './audited'
import { staffContractView } from './staffContractView'

const defaultLimit = 20

/** Everybody's contracts with their charges, for staff: one by its number, or those in a state, newest first. @throws NotFound */
export async function listContractsAsStaff(
  ctx: StaffContext,
  { contractNo, state, cursor, limit = defaultLimit }: z.infer<typeof adminApi.contracts>,
): Promise<Done<AdminResults['contracts']>> {
  const found = contractNo
    ? [await upToDate(ctx, await mustReadContract(ctx.db, contractNo))]
    : await allContracts(ctx.db, {
        limit: limit + 1,
        ...(state !== undefined && { state }),
        ...(cursor !== undefined && { before: cursor }),
      })
  const page = found.slice(0, limit)
  const now = ctx.now()
  const { rows, broken } = soundRows(ctx, page, contractShape, (contract) => staffContractView(contract, now))
  return {
    result: {
      contracts: rows,
      broken,
      cursor: found.length > limit ? (page.at(-1)?._id ?? null) : null,
    },
  }
}
