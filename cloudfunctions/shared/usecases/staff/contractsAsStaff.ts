// What staff do with contracts: list them, and end one.
import type { AdminInput, AdminResults, StaffContractView } from '../../api/admin'
import type { Contract } from '../../domain/contractShape'
import { maskOpenid } from '../../domain/mask'
import { contractShape } from '../../domain/shapes'
import { allContracts, mustReadContract } from '../../store/contracts'
import { contractView } from '../contracts/contractView'
import { endContract } from '../contracts/endContract'
import type { StaffContext } from '../platform/context'
import { soundRows } from '../platform/soundRows'
import { upToDate } from '../settle/followCharge'
import type { Done } from './audited'

/** Makes the view of a contract for staff. It shows only the end of the subscriber's openid. */
const staffContractView = (contract: Contract, now: number): StaffContractView => ({
  ...contractView(contract, now),
  timeline: contract.history.map(({ at, what, detail }) => ({ at, what, detail })),
  shopper: maskOpenid(contract.openid),
  provider: contract.provider,
  theirNo: contract.theirNo,
  dueAt: contract.dueAt,
  tries: contract.tries,
})

const defaultLimit = 20

/**
 * Lists contracts with their charges, newest first: either the one contract with the given number, or all contracts in
 * the given state.
 * @throws NotFound
 */
export async function listContractsAsStaff(
  ctx: StaffContext,
  { contractNo, state, cursor, limit = defaultLimit }: AdminInput<'contracts'>,
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

/** Ends a subscriber's contract by endContract. @throws NotFound; Conflict while the contract is not signed */
export async function endContractAsStaff(
  ctx: StaffContext,
  { contractNo }: AdminInput<'endContract'>,
): Promise<Done<AdminResults['endContract']>> {
  const contract = await endContract(ctx, contractNo, 'staff')
  return { result: { contract: staffContractView(contract, ctx.now()) }, outcome: { state: contract.state } }
}
