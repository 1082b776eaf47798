// Contracts in the database. They are read by number, inserted once, and changed by compare-and-set.
import type { Contract, ContractState } from '../domain/contractShape'
import { storedIn } from './compareAndSet'
import type { Condition, Database } from './database'

const collection = 'contracts'

export const {
  read: readContract,
  mustRead: mustReadContract,
  insert: insertContract,
  write: writeContract,
  change: changeContract,
} = storedIn<'contract', Contract>(collection, 'contract')

/** A subscriber's contracts, the greatest number (usually the newest contract) first. */
export function listContracts(
  db: Database,
  { openid, before, limit }: { openid: string; before?: string; limit: number },
): Promise<Contract[]> {
  const where: Record<string, Condition> = { openid }
  if (before !== undefined) where._id = { lt: before }
  return db.find<Contract>(collection, { where, orderBy: [['_id', 'desc']], limit })
}

/** All contracts for staff, or those in one state, the greatest number (usually the newest contract) first. */
export const allContracts = (
  db: Database,
  { state, before, limit }: { state?: ContractState; before?: string; limit: number },
): Promise<Contract[]> =>
  db.find<Contract>(collection, {
    where: { ...(state !== undefined && { state }), ...(before !== undefined && { _id: { lt: before } }) },
    orderBy: [['_id', 'desc']],
    limit,
  })

/** A subscriber's contracts of a plan that have neither failed nor ended, the greatest number first. */
export const liveContracts = (db: Database, openid: string, livePlan: string): Promise<Contract[]> =>
  db.find<Contract>(collection, { where: { openid, livePlan }, orderBy: [['_id', 'desc']], limit: 100 })

/** Contracts that became due between `since` and `now`, the longest waiting first. */
export const dueContracts = (
  db: Database,
  { since, now, limit }: { since: number; now: number; limit: number },
): Promise<Contract[]> =>
  db.find<Contract>(collection, { where: { dueAt: { gte: since, lte: now } }, orderBy: [['dueAt', 'asc']], limit })
