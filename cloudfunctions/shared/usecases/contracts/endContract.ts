import { dayMs } from '../../../../miniprogram/rules/beijing'
import { isClaimed } from '../../domain/claim'
import { claimEnd, requestEnd } from '../../domain/contract'
import type { Contract, EndedBy } from '../../domain/contractShape'
import { changeContract } from '../../store/contracts'
import { newClaimId } from '../platform/claimId'
import type { Context } from '../platform/context'
import { contractRef, contractSource } from '../platform/contractProvider'
import { recordNotice } from '../platform/recordNotice'
import { refreshContract } from '../settle/askContract'
import { settleContract } from '../settle/settleContract'

/**
 * Ends a contract. First we store that it is to end, so that we charge nothing more; then we ask the provider to end
 * it. If the call fails, the timer repeats it. A second call of this function changes nothing.
 * @param by who asked for the end
 * @throws NotFound; Conflict while the contract is not signed
 */
export async function endContract(ctx: Context, contractNo: string, by: EndedBy, known?: Contract): Promise<Contract> {
  const decide = (before: Contract) => ({ contract: requestEnd(before, by, ctx.now()) })
  const { contract } = await changeContract(ctx.db, contractNo, decide, known)
  if (contract.ending === null) return contract
  try {
    return await tellEnd(ctx, contract)
  } catch (error) {
    ctx.log('endNotTold', { contractNo, reason: error instanceof Error ? error.name : 'error' })
    return contract
  }
}

// If WeChat has not ended the contract after this time, staff get a case.
const patienceMs = 3 * dayMs

// The reason that we send to the provider, where the merchant and the subscriber can read it.
const remarks: Record<EndedBy, string> = {
  subscriber: '用户取消自动续费',
  wechat: '用户在微信取消自动续费',
  staff: '商家结束自动续费',
  unpaid: '多次扣款未成功，自动续费结束',
  system: '重复或不符的签约，由系统结束',
}

/**
 * Asks the provider to end a contract that is to end. Only one caller at a time does this: a caller without the claim
 * changes nothing. If an earlier call may have arrived, we first ask the provider for the contract's state, at most
 * once in 3 s.
 * @returns the contract after the provider's answer
 */
export async function tellEnd(ctx: Context, known: Contract): Promise<Contract> {
  const source = await contractSource(ctx, known)
  if (!source || known.ending === null || isClaimed(known.claim, ctx.now())) return known
  const asked = known.claim === undefined ? known : await refreshContract(ctx, known)
  const id = newClaimId(ctx)
  const take = (before: Contract) => claimEnd(before, id, ctx.now())
  const { contract, isMine } = await changeContract(ctx.db, known._id, take, asked)
  const { ending } = contract
  if (!isMine || ending === null || !isClaimed(contract.claim, ctx.now())) return contract
  const report = await source.contracts.end(contractRef(contract, ctx.now()), remarks[ending.by])
  const { contract: after } = await settleContract(ctx, { source, contractNo: contract._id, report }, contract)
  if (after !== undefined && after.ending !== null && ctx.now() - ending.at > patienceMs)
    await recordNotice(ctx, {
      kind: 'stuck',
      provider: contract.provider,
      orderNo: null,
      subject: contract._id,
      reason: 'the provider does not end this contract',
    })
  return after ?? contract
}
