import type { Contract } from '../../domain/contractShape'
import type { Context } from '../platform/context'
import { contractRef, contractSource } from '../platform/contractProvider'
import { settleContract } from './settleContract'

/** Asks the provider for the state of a contract and settles the answer. @returns the contract after that */
export async function askContract(ctx: Context, contract: Contract): Promise<Contract> {
  const source = await contractSource(ctx, contract)
  if (!source) return contract
  const report = await source.contracts.query(contractRef(contract, ctx.now()))
  return (await settleContract(ctx, { source, contractNo: contract._id, report }, contract)).contract ?? contract
}
