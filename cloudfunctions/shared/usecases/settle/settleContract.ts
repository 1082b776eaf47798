import { applyContractNews, type SigningFlaw } from '../../domain/contract'
import { type Contract, isLive } from '../../domain/contractShape'
import { AppError } from '../../domain/errors'
import type { Verdict } from '../../domain/orders/order'
import { browserApp } from '../../domain/person'
import type { ContractReport } from '../../providers/provider'
import { changeContract, liveContracts, mustReadContract } from '../../store/contracts'
import type { Context, EnabledProvider } from '../platform/context'
import { contractRef, contractSource } from '../platform/contractProvider'
import { tellNow } from '../platform/deliver'
import { recordNotice } from '../platform/recordNotice'
import { keepUnfit } from './settleReport'

interface News {
  source: EnabledProvider
  contractNo: string
  report: ContractReport
}

export interface ContractSettled {
  verdict: Verdict | 'unmatched' | 'mismatched'
  contract?: Contract
}

/**
 * Applies a report about a contract to our record. Every report goes through this function: webhook notifications, the
 * phone's return from WeChat, and answers to queries. A report that does not fit our record changes nothing and becomes
 * a case in `notices`. We end a signed contract if the subscriber has another active contract of the same plan, or if
 * the signer is not the person who opened it. WeChat's page demands that we compare the contract's number and the
 * openid (pay.weixin.qq.com/doc/v2/partner/4011988378).
 * @param known the contract, if the caller has just read it; saves a read
 * @throws ProviderUnavailable while we cannot find out whether another contract is still active
 */
export async function settleContract(ctx: Context, news: News, known?: Contract): Promise<ContractSettled> {
  const { source, contractNo, report } = news
  const keep = (kind: 'unmatched' | 'mismatched' | 'contradiction', reason: string) =>
    recordNotice(ctx, {
      kind,
      provider: source.definition.code,
      orderNo: null,
      subject: contractNo,
      reason,
      content: report.raw,
    })
  try {
    const before = known ?? (await mustReadContract(ctx.db, contractNo))
    compare(before, source, report)
    const flaw = await flawOf(ctx, source, before, report)
    // Store the case before the contract changes. If the function is killed in between, the case is not lost.
    if (flaw === 'signer' && before.ending === null && before.state !== 'ended')
      await keep('mismatched', 'signer differs')
    let since = 0
    const { contract, verdict } = await changeContract(
      ctx.db,
      contractNo,
      (newest) => {
        compare(newest, source, report)
        since = newest.outboxSeq ?? 0
        return applyContractNews(newest, report, ctx.now(), flaw)
      },
      before,
    )
    if (verdict === 'settled') await tellNow(ctx, contract, since)
    if (verdict === 'contradiction') await keep('contradiction', `${report.outcome} after it was ended`)
    return { verdict, contract }
  } catch (error) {
    return { verdict: await keepUnfit(error, keep) }
  }
}

/** Compares a report about a contract with our record. @throws Mismatch naming what differs */
function compare(contract: Contract, { definition, foreign }: EnabledProvider, report: ContractReport): void {
  const differs = (what: string) => {
    throw new AppError('Mismatch', `${what} differs`)
  }
  if (contract.provider !== definition.code) differs('provider')
  if (foreign?.has(contract.generation ?? 1)) differs('merchant')
  if (report.template !== undefined && report.template !== contract.terms.template) differs('plan')
  if (report.theirNo !== undefined && contract.theirNo !== null && report.theirNo !== contract.theirNo)
    differs('contract_id')
}

async function flawOf(
  ctx: Context,
  source: EnabledProvider,
  contract: Contract,
  { outcome, payer }: ContractReport,
): Promise<SigningFlaw | null> {
  if (outcome !== 'signed') return null
  // In a browser without a sign-in we do not know who the person is. So we compare the signer with the opener only if
  // the contract was opened in the mini-program or after a sign-in.
  const isKnown = contract.app !== browserApp
  if (isKnown && payer !== undefined && payer !== source.provider.shopperName?.(contract.openid)) return 'signer'
  return contract.signedAt === null && (await hasLiveRival(ctx, contract)) ? 'rival' : null
}

// Whether the subscriber has another active contract of the same plan. WeChat allows only one active contract, so our
// record of the other contract may be outdated. To be sure, we ask the provider of the other contract, which may belong
// to another merchant.
async function hasLiveRival(ctx: Context, contract: Contract): Promise<boolean> {
  const others = await liveContracts(ctx.db, contract, contract.terms.plan)
  for (const rival of others.filter((one) => one._id !== contract._id && isLive(one))) {
    const source = await contractSource(ctx, rival)
    const asked = await source?.contracts.query(contractRef(rival, ctx.now()))
    if (source === undefined || asked === undefined || asked.outcome === 'unknown' || asked.outcome === 'pending')
      throw new AppError('ProviderUnavailable', 'cannot find out whether another contract is still active')
    const { contract: after } = await settleContract(ctx, { source, contractNo: rival._id, report: asked }, rival)
    if (after === undefined || isLive(after)) return true
  }
  return false
}
