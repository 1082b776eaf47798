// Contracts in the database: read by number, insert once, change by compare-and-set.
import type { Contract, ContractState } from '../domain/contract'
import { AppError } from '../domain/errors'
import type { Condition, Database } from './database'

const collection = 'contracts'
const tryLimit = 5

export const readContract = (db: Database, contractNo: string): Promise<Contract | undefined> =>
  db.get<Contract>(collection, contractNo)

/** @throws NotFound */
export async function mustReadContract(db: Database, contractNo: string): Promise<Contract> {
  const contract = await readContract(db, contractNo)
  if (!contract) throw new AppError('NotFound', 'no such contract')
  return contract
}

/** Inserts a contract, or finds the one that already has this number: what is there decides, as for orders. */
export async function insertContract(db: Database, contract: Contract): Promise<Contract> {
  try {
    await db.insert(collection, contract)
    return contract
  } catch (cause) {
    const there = await readContract(db, contract._id)
    if (there) return there
    throw new AppError('Internal', 'the contract could not be stored', { cause })
  }
}

/**
 * Reads, decides, writes; again from the start when somebody was faster or the reply of the write was lost, as
 * `changeOrder` does.
 * @param known a contract that was just read, to save the first read
 * @throws NotFound, Conflict after 5 tries, and whatever `decide` throws
 */
export async function changeContract<T extends { contract: Contract }>(
  db: Database,
  contractNo: string,
  decide: (contract: Contract) => T,
  known?: Contract,
): Promise<T> {
  let failure: unknown
  for (let attempt = 0; attempt < tryLimit; attempt++) {
    if (attempt > 1) await db.backOff(attempt)
    const before = attempt === 0 && known ? known : await mustReadContract(db, contractNo)
    const decision = decide(before)
    if (decision.contract === before) return decision
    try {
      if (await writeContract(db, before, decision.contract)) return decision
    } catch (error) {
      failure = error
    }
  }
  throw new AppError('Conflict', 'the contract is being changed by others', { cause: failure })
}

/** One compare-and-set, without a second try. False when somebody was faster. */
export function writeContract(db: Database, before: Contract, after: Contract): Promise<boolean> {
  const changes = Object.entries(after).filter(([name, value]) => before[name as keyof Contract] !== value)
  const fields = Object.fromEntries(changes) as Partial<Contract>
  return db.change<Contract>(collection, before._id, before.version, fields)
}

/** A person's contracts, newest number first. */
export function listContracts(
  db: Database,
  { openid, before, limit }: { openid: string; before?: string; limit: number },
): Promise<Contract[]> {
  const where: Record<string, Condition> = { openid }
  if (before !== undefined) where._id = { lt: before }
  return db.find<Contract>(collection, { where, orderBy: [['_id', 'desc']], limit })
}

/** Everybody's contracts, or those in one state, newest number first: for staff. */
export const allContracts = (
  db: Database,
  { state, before, limit }: { state?: ContractState; before?: string; limit: number },
): Promise<Contract[]> =>
  db.find<Contract>(collection, {
    where: { ...(state !== undefined && { state }), ...(before !== undefined && { _id: { lt: before } }) },
    orderBy: [['_id', 'desc']],
    limit,
  })

/** A person's contracts of a plan that are neither failed nor ended, newest number first; signings may be many. */
export const liveContracts = (db: Database, openid: string, livePlan: string): Promise<Contract[]> =>
  db.find<Contract>(collection, { where: { openid, livePlan }, orderBy: [['_id', 'desc']], limit: 100 })

/** Contracts whose due time lies between `since` and `now`, the longest waiting first. */
export const dueContracts = (
  db: Database,
  { since, now, limit }: { since: number; now: number; limit: number },
): Promise<Contract[]> =>
  db.find<Contract>(collection, { where: { dueAt: { gte: since, lte: now } }, orderBy: [['dueAt', 'asc']], limit })
