// Contracts in the database. They are read by number, inserted once, and changed by compare-and-set.

import type { ContractState } from '../../../miniprogram/rules/terms'
import type { Contract } from '../domain/contractShape'
import type { Person } from '../domain/person'
import { storedIn } from './compareAndSet'
import type { Database } from './database'
import { rowsOfPerson } from './rowsOfPerson'

const collection = 'contracts'

export const {
  read: readContract,
  mustRead: mustReadContract,
  insert: insertContract,
  write: writeContract,
  change: changeContract,
} = storedIn<'contract', Contract>(collection, 'contract')

/** A subscriber's contracts in all apps, the greatest number (usually the newest contract) first. */
export const listContracts = (
  db: Database,
  { person, before, limit }: { person: Person; before?: string; limit: number },
): Promise<Contract[]> =>
  rowsOfPerson<Contract>({ db, collection }, person, {
    where: before === undefined ? {} : { _id: { lt: before } },
    limit,
  })

/**
 * All contracts, or all contracts in one state. Staff see them in a list: the greatest number (usually the newest
 * contract) comes first.
 */
export const allContracts = (
  db: Database,
  { state, before, limit }: { state?: ContractState; before?: string; limit: number },
): Promise<Contract[]> =>
  db.find<Contract>(collection, {
    where: { ...(state !== undefined && { state }), ...(before !== undefined && { _id: { lt: before } }) },
    orderBy: [['_id', 'desc']],
    limit,
  })

/** A subscriber's contracts of a plan, in all apps, that have neither failed nor ended, the greatest number first. */
export const liveContracts = (db: Database, person: Person, livePlan: string): Promise<Contract[]> =>
  rowsOfPerson<Contract>({ db, collection }, person, { where: { livePlan }, limit: 100 })

/** How many of a person's contracts wait to be signed, counted up to `atMost`. */
export const countSignings = async (db: Database, person: Person, atMost: number): Promise<number> =>
  (await rowsOfPerson<Contract>({ db, collection }, person, { where: { state: 'signing' }, limit: atMost })).length

/**
 * How many contracts browsers without a sign-in have opened from one network address in one hour. `addressMark` is a
 * keyed hash of the address and the hour, because we do not store the address itself.
 */
export const countContractsOf = (db: Database, addressMark: string): Promise<number> =>
  db.count(collection, { addressMark })

/** Contracts that became due between `since` and `now`, the longest waiting first. */
export const dueContracts = (
  db: Database,
  { since, now, limit }: { since: number; now: number; limit: number },
): Promise<Contract[]> =>
  db.find<Contract>(collection, { where: { dueAt: { gte: since, lte: now } }, orderBy: [['dueAt', 'asc']], limit })
