import type { Contract } from '../../domain/contractShape'
import type { Made } from '../../domain/orders/orderShape'
import type { ContractRef, Contracts } from '../../providers/provider'
import type { Context, EnabledProvider } from './context'

export interface ContractSource extends EnabledProvider {
  contracts: Contracts
}

/**
 * Finds the provider of a plan (by code; undefined if it is switched off) or of an existing contract. Undefined while
 * its settings do not allow contracts.
 */
export async function contractSource(ctx: Context, of: string | Made): Promise<ContractSource | undefined> {
  const source = typeof of === 'string' ? await ctx.provider(of) : await ctx.sourceOf(of)
  const contracts = source?.provider.contracts
  return source && contracts ? { ...source, contracts } : undefined
}

/** The data of a contract that a provider's functions need. */
export const contractRef = ({ _id, theirNo, terms }: Contract, now: number): ContractRef => ({
  contractNo: _id,
  theirNo,
  template: terms.template,
  now,
})
