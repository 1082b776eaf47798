import type { Contract } from '../domain/contract'
import type { ContractRef, Contracts } from '../providers/provider'
import type { Context, EnabledProvider } from './context'

export interface ContractSource extends EnabledProvider {
  contracts: Contracts
}

/** The provider of a plan or contract; undefined while its settings do not allow contracts. */
export async function contractSource(ctx: Context, code: string): Promise<ContractSource | undefined> {
  const source = await ctx.provider(code)
  const contracts = source?.provider.contracts
  return source && contracts ? { ...source, contracts } : undefined
}

/** A contract as its provider needs to know it. */
export const contractRef = ({ _id, theirNo, terms }: Contract, now: number): ContractRef => ({
  contractNo: _id,
  theirNo,
  template: terms.template,
  now,
})
