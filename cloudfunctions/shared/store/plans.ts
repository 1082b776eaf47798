// The plans for which shoppers can sign contracts. A contract keeps a copy of its plan's terms.
import type { Terms } from '../domain/contractShape'
import { isSound, planShape } from '../domain/shapes'
import type { Database, Document } from './database'

/** A plan as it is stored. `_id` is the plan's code. */
export interface Plan extends Document, Omit<Terms, 'plan'> {
  /** the code of the provider that signs the contracts of this plan and takes their charges */
  provider: string
  onSale: boolean
  /** where the plan stands in lists: plans with a smaller rank come first */
  rank: number
}

export const readPlan = (db: Database, plan: string): Promise<Plan | undefined> => db.get<Plan>('plans', plan)

/** All plans in the order of their rank. Plans that are no longer on sale are included. */
export const allPlans = (db: Database): Promise<Plan[]> =>
  db.find<Plan>('plans', { where: {}, orderBy: [['rank', 'asc']], limit: 1_000 })

/** The plans on sale, in the order of their rank. */
export async function plansOnSale(db: Database): Promise<Plan[]> {
  const found = await db.find<Plan>('plans', { where: { onSale: true }, orderBy: [['rank', 'asc']], limit: 1_000 })
  // Leave out plans with broken fields. Staff see them in the back office.
  return found.filter((plan) => isSound(plan, planShape))
}

export function termsOf(plan: Plan): Terms {
  const { _id, version: _, provider: __, onSale: ___, rank: ____, ...terms } = plan
  return { plan: _id, ...terms }
}
