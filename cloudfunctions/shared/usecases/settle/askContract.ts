import { claimContractAsk } from '../../domain/contract'
import type { Contract } from '../../domain/contractShape'
import { changeContract } from '../../store/contracts'
import type { Context } from '../platform/context'
import { contractRef, contractSource } from '../platform/contractProvider'
import { settleContract } from './settleContract'

/**
 * Asks the provider for the state of a contract, and applies the answer.
 * @returns the contract as it is afterwards
 */
export async function askContract(ctx: Context, contract: Contract): Promise<Contract> {
  const source = await contractSource(ctx, contract)
  if (!source) return contract
  const report = await source.contracts.query(contractRef(contract, ctx.now()))
  return (await settleContract(ctx, { source, contractNo: contract._id, report }, contract)).contract ?? contract
}

/**
 * Asks the provider about a contract because a person waits. All callers together ask only once in some seconds, and
 * never after the contract's end.
 * @returns the contract as it is afterwards
 */
export async function refreshContract(ctx: Context, contract: Contract): Promise<Contract> {
  const claimed = await changeContract(
    ctx.db,
    contract._id,
    (newest) => ({ contract: claimContractAsk(newest, ctx.now()), newest }),
    contract,
  )
  return claimed.contract === claimed.newest ? claimed.contract : askContract(ctx, claimed.contract)
}
