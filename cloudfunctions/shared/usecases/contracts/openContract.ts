import type * as z from 'zod/mini'
import type { ContractResults, contractApi } from '../../api/contracts'
import { placeContract, requestSerial } from '../../domain/contract'
import { type Contract, isLive } from '../../domain/contractShape'
import { AppError, LimitReached } from '../../domain/errors'
import { oldKind, takes } from '../../domain/orders/goods'
import { isOrderNo } from '../../domain/orders/orderNo'
import { browserApp, otherAppOf, personOf } from '../../domain/person'
import type { Signing, SigningInput } from '../../providers/provider'
import { countContractsOf, countSignings, insertContract, liveContracts } from '../../store/contracts'
import { readPlan, termsOf } from '../../store/plans'
import type { ShopperContext } from '../platform/context'
import { type ContractSource, contractRef, contractSource } from '../platform/contractProvider'
import { mayGoOn } from '../platform/mayGoOn'
import { refreshContract } from '../settle/askContract'
import { contractView } from './contractView'
import { tieToPerson } from './tieToPerson'

type Input = z.infer<typeof contractApi.open>

// Before a person begins a new signing, we ask the provider about at most this many of the person's older signings
// without a result.
const signingsAsked = 3

/**
 * Begins or continues the signing of a contract for a plan, and returns the parameters of WeChat's signing page. The
 * contract is stored first. A person who already has a live contract of this plan gets that contract and no parameters.
 * @throws BadInput for a plan that is not on sale; Unsupported for a plan of virtual products, and if contracts cannot
 * be signed in the person's browser; Conflict if the number is used, the time for its signing is over, or the caller
 * has reached a limit
 */
export async function openContract(ctx: ShopperContext, input: Input): Promise<ContractResults['open']> {
  const now = ctx.now()
  if (!isOrderNo(input.contractNo, now)) throw new AppError('BadInput', 'contractNo: not a time within 24 hours')
  const [plan, found] = await Promise.all([
    readPlan(ctx.db, input.plan),
    liveContracts(ctx.db, personOf(ctx), input.plan),
  ])
  const own = await tieToPerson(ctx, found)
  const source = plan?.onSale ? await contractSource(ctx, plan.provider) : undefined
  if (!plan || !source) throw new AppError('BadInput', 'plan: is not offered')
  if (!takes('contract', plan.kind ?? oldKind, await ctx.shop()))
    throw new AppError('Unsupported', 'virtual content is not charged under contracts')
  const sign = signerAt(ctx, source)
  const there = await liveOne(ctx, own)
  if (there) return { contract: contractView(there, now), signing: null }
  // Check the limits only for a new contract. If a contract with this number is stored already, the phone only repeats
  // its call, because it did not get the reply.
  if (!own.some(({ _id }) => _id === input.contractNo)) await assertMayBegin(ctx)
  const wanted = placeContract({
    contractNo: input.contractNo,
    ...personOf(ctx),
    provider: plan.provider,
    ...(source.generation !== undefined && { generation: source.generation }),
    terms: termsOf(plan),
    displayName: input.displayName ?? '',
    ...(ctx.addressMark !== undefined && { addressMark: ctx.addressMark }),
    now,
  })
  const contract = await insertContract(ctx.db, wanted)
  if (contract.openid !== ctx.openid || contract.terms.plan !== input.plan)
    throw new AppError('Conflict', 'contractNo: is taken')
  if (isLive(contract)) return { contract: contractView(contract, now), signing: null }
  // A signing that began with the settings of one merchant cannot be finished with the settings of another merchant.
  if (contract.state !== 'signing' || now >= contract.signBy || !mayGoOn(source, contract))
    throw new AppError('Conflict', 'this signing cannot continue: begin again with another contractNo')
  return { contract: contractView(contract, now), signing: await sign(await signingInput(ctx, source, contract)) }
}

/**
 * Refuses another signing in two cases. First, the caller already has too many signings without a result; the shop's
 * limit of open orders (`openOrders`) is also the limit of signings. Second, browsers without a sign-in have opened too
 * many contracts from this network address. The limits are needed because the timer asks the provider about each
 * signing, and many signings would delay the debits in the same queue.
 * @throws LimitReached
 */
async function assertMayBegin(ctx: ShopperContext): Promise<void> {
  const { openOrders, ordersPerAddress } = (await ctx.shop()).limits
  if ((await countSignings(ctx.db, personOf(ctx), openOrders)) >= openOrders) throw new LimitReached('openOrders')
  if (ctx.addressMark !== undefined && (await countContractsOf(ctx.db, ctx.addressMark)) >= ordersPerAddress)
    throw new LimitReached('ordersPerAddress')
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
 * Returns the function that makes the parameters of the signing page, for the mini-program or for the caller's kind of
 * browser.
 * @throws Unsupported if the provider has no signing page for this kind of browser, or if the person is in WeChat's
 * browser and not signed in
 */
function signerAt(ctx: ShopperContext, { contracts }: ContractSource): Sign {
  const { place = 'miniprogram' } = ctx
  if (place === 'miniprogram') return contracts.sign
  const addressOf = contracts.pages?.[place]
  // A contract that is signed in WeChat's browser belongs to the official account's appid. Without a sign-in in the
  // official account our record would not have that appid, so we could neither debit nor end the contract.
  const isUnknown = place === 'wechat' && otherAppOf(ctx) === undefined
  if (!addressOf || isUnknown)
    throw new AppError('Unsupported', `contracts of this provider are not signed in this place: ${place}`)
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
