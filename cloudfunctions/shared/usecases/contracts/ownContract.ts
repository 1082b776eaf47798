import { claimContractAsk } from '../../domain/contract'
import type { Contract } from '../../domain/contractShape'
import { AppError } from '../../domain/errors'
import { changeContract, readContract } from '../../store/contracts'
import type { ShopperContext } from '../platform/context'
import { askContract } from '../settle/askContract'

/** The caller's own contract. Another person's contract is as absent as one that never was. @throws NotFound */
export async function ownContract(ctx: ShopperContext, contractNo: string): Promise<Contract> {
  const contract = await readContract(ctx.db, contractNo)
  if (!contract || contract.openid !== ctx.openid) throw new AppError('NotFound', 'no such contract')
  return contract
}

/** Asks the provider about a contract because a person waits: at most every few seconds, and never for one that is over. */
export async function refreshContract(ctx: ShopperContext, contract: Contract): Promise<Contract> {
  const claimed = await changeContract(
    ctx.db,
    contract._id,
    (newest) => ({ contract: claimContractAsk(newest, ctx.now()), newest }),
    contract,
  )
  return claimed.contract === claimed.newest ? claimed.contract : askContract(ctx, claimed.contract)
}
