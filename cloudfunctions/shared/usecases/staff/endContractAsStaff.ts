import type * as z from 'zod/mini'
import type { AdminResults, adminApi } from '../../api/admin'
import { endContract } from '../contracts/endContract'
import type { StaffContext } from '../platform/context'
import type { Done } from './audited'
import { staffContractView } from './staffContractView'

/** Ends somebody's contract for the shop; see endContract. @throws NotFound; Conflict while it is not signed */
export async function endContractAsStaff(
  ctx: StaffContext,
  { contractNo }: z.infer<typeof adminApi.endContract>,
): Promise<Done<AdminResults['endContract']>> {
  const contract = await endContract(ctx, contractNo, 'staff')
  return { result: { contract: staffContractView(contract, ctx.now()) }, outcome: { state: contract.state } }
}
