import type * as z from 'zod/mini'
import type { ContractResults, contractApi } from '../../api/contracts'
import { placeContract, requestSerial } from '../../domain/contract'
import { type Contract, isLive } from '../../domain/contractShape'
import { AppError } from '../../domain/errors'
import { oldKind, takes } from '../../domain/orders/goods'
import { isOrderNo } from '../../domain/orders/orderNo'
import { browserApp, personOf } from '../../domain/person'
import type { Signing, SigningInput } from '../../providers/provider'
import { insertContract, liveContracts } from '../../store/contracts'
import { readPlan, termsOf } from '../../store/plans'
import type { ShopperContext } from '../platform/context'
import { type ContractSource, contractRef, contractSource } from '../platform/contractProvider'
import { mayGoOn } from '../platform/mayGoOn'
import { refreshContract } from '../settle/askContract'
import { contractView } from './contractView'

type Input = z.infer<typeof contractApi.open>

// Before a person begins a new signing, we ask the provider about at most this many of the person's older signings
// without a result.
const signingsAsked = 3

/**
 * Begins or continues the signing of a contract for a plan, and returns the parameters of WeChat's signing page. The
 * contract is stored first. A person who already has a live contract of this plan gets that contract and no parameters.
 * @throws BadInput for a plan that is not on sale; Unsupported for a plan that contracts cannot charge, and in a
 * place where nobody can sign; Conflict if the number is used, or the time for its signing is over
 */
export async function openContract(ctx: ShopperContext, input: Input): Promise<ContractResults['open']> {
  const now = ctx.now()
  if (!isOrderNo(input.contractNo, now)) throw new AppError('BadInput', 'contractNo: not a time within 24 hours')
  const [plan, own] = await Promise.all([
    readPlan(ctx.db, input.plan),
    liveContracts(ctx.db, personOf(ctx), input.plan),
  ])
  const source = plan?.onSale ? await contractSource(ctx, plan.provider) : undefined
  if (!plan || !source) throw new AppError('BadInput', 'plan: is not offered')
  if (!takes('contract', plan.kind ?? oldKind, await ctx.shop()))
    throw new AppError('Unsupported', 'virtual content is not charged under contracts')
  const sign = signerAt(ctx, source)
  const there = await liveOne(ctx, own)
  if (there) return { contract: contractView(there, now), signing: null }
  const wanted = placeContract({
    contractNo: input.contractNo,
    ...personOf(ctx),
    provider: plan.provider,
    ...(source.generation !== undefined && { generation: source.generation }),
    terms: termsOf(plan),
    displayName: input.displayName ?? '',
    now,
  })
  const contract = await insertContract(ctx.db, wanted)
  if (contract.openid !== ctx.openid || contract.terms.plan !== input.plan)
    throw new AppError('Conflict', 'contractNo: is taken')
  if (isLive(contract)) return { contract: contractView(contract, now), signing: null }
  // If the signing began with the settings of another merchant, this merchant cannot finish it.
  if (contract.state !== 'signing' || now >= contract.signBy || !mayGoOn(source, contract))
    throw new AppError('Conflict', 'this signing cannot continue: begin again with another contractNo')
  return { contract: contractView(contract, now), signing: await sign(await signingInput(ctx, source, contract)) }
}

async function liveOne(ctx: ShopperContext, own: readonly Contract[]): Promise<Contract | undefined> {
  const signings = own.filter(({ state }) => state === 'signing').slice(0, signingsAsked)
  for (const one of [...own.filter(isLive), ...signings]) {
    const fresh = await refreshContract(ctx, one)
    if (isLive(fresh)) return fresh
  }
  return undefined
}

type Sign = (input: SigningInput) => Signing | Promise<Signing>

/**
 * How a contract is signed where the caller is.
 * @throws Unsupported for a place without a signing page
 */
function signerAt({ place = 'miniprogram' }: ShopperContext, { contracts }: ContractSource): Sign {
  if (place === 'miniprogram') return contracts.sign
  const addressOf = contracts.pages?.[place]
  if (!addressOf) throw new AppError('Unsupported', `contracts of this provider are not signed in this place: ${place}`)
  return async (input) => ({ appId: browserApp, path: '', extraData: { url: await addressOf(input) } })
}

async function signingInput(
  ctx: ShopperContext,
  { definition }: ContractSource,
  contract: Contract,
): Promise<SigningInput> {
  return {
    ...contractRef(contract, ctx.now()),
    serial: requestSerial(contract),
    displayName: contract.displayName,
    openid: contract.openid,
    noticeUrl: `${(await ctx.shop()).publicUrl}/notify/${definition.code}`,
    ...(ctx.clientIp !== undefined && { clientIp: ctx.clientIp }),
  }
}
