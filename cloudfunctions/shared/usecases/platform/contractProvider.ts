import type { Contract } from '../../domain/contractShape'
import type { Made } from '../../domain/orders/orderShape'
import { otherAppOf } from '../../domain/person'
import type { ContractRef, Contracts } from '../../providers/provider'
import type { Context, EnabledProvider } from './context'

export interface ContractSource extends EnabledProvider {
  contracts: Contracts
}

/**
 * Finds the provider of a plan (given by its code) or of an existing contract. Undefined if the provider's settings do
 * not allow contracts, or if a plan's provider is switched off.
 */
export async function contractSource(ctx: Context, of: string | Made): Promise<ContractSource | undefined> {
  const source = typeof of === 'string' ? await ctx.provider(of) : await ctx.sourceOf(of)
  const contracts = source?.provider.contracts
  return source && contracts ? { ...source, contracts } : undefined
}

/** The data of a contract that we need for every call to its provider. */
export function contractRef(contract: Contract, now: number): ContractRef {
  const { _id, theirNo, terms } = contract
  const appId = otherAppOf(contract)
  return { contractNo: _id, ...(appId !== undefined && { appId }), theirNo, template: terms.template, now }
}
