import type { ContractResults } from '../../api/contracts'
import { oldKind, takes } from '../../domain/orders/goods'
import { plansOnSale, termsOf } from '../../store/plans'
import type { ShopperContext } from '../platform/context'
import { contractSource } from '../platform/contractProvider'
import { templateIds } from '../platform/messages'
import { planView } from './planView'

/**
 * Lists the plans on sale with the terms that a subscriber must know. Also gives the server's time, from which the
 * phone makes the contractNo.
 */
export async function listPlans(ctx: ShopperContext): Promise<ContractResults['plans']> {
  const now = ctx.now()
  const [plans, shop] = await Promise.all([plansOnSale(ctx.db), ctx.shop()])
  const sources = await Promise.all(plans.map(({ provider }) => contractSource(ctx, provider)))
  const signable = plans.filter(
    ({ kind = oldKind }, index) => sources[index] !== undefined && takes('contract', kind, shop),
  )
  const messages = templateIds(shop, ['chargeAnnounced', 'chargeFailed'])
  return { now, plans: signable.map((plan) => planView(termsOf(plan), shop, now)), messages }
}
