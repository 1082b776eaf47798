// Contracts from before we stored unionids do not have one, so the subscriber's other apps do not show them. Only the
// subscriber's own call tells us the unionid: WeChat has no way to ask for it later.
import type { Contract } from '../../domain/contractShape'
import { changeContract } from '../../store/contracts'
import type { ShopperContext } from '../platform/context'

/**
 * Stores the caller's unionid in those of the contracts that belong to the caller's openid and have no unionid. If
 * another writer is faster five times, the next call tries again.
 * @returns the contracts as they are now
 */
export const tieToPerson = (ctx: ShopperContext, contracts: readonly Contract[]): Promise<Contract[]> =>
  Promise.all(contracts.map((contract) => tieOne(ctx, contract)))

async function tieOne(ctx: ShopperContext, contract: Contract): Promise<Contract> {
  if (!isUntied(ctx, contract)) return contract
  const { unionid } = ctx
  const decide = (before: Contract) => ({
    contract:
      isUntied(ctx, before) && unionid !== undefined ? { ...before, unionid, version: before.version + 1 } : before,
  })
  try {
    return (await changeContract(ctx.db, contract._id, decide, contract)).contract
  } catch {
    ctx.log('unionidNotStored', { contractNo: contract._id })
    return contract
  }
}

const isUntied = (ctx: ShopperContext, { openid, app, unionid }: Contract): boolean =>
  ctx.unionid !== undefined && unionid === undefined && openid === ctx.openid && app === ctx.app
