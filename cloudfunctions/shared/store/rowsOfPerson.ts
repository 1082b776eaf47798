// Finds a person's documents in any collection. A person has a different openid in each app, and the same unionid in
// all apps.
import type { Person } from '../domain/person'
import type { Condition, Database, Document } from './database'

/**
 * A person's documents, newest number first: those with the person's openid, and those from other apps with the same
 * unionid.
 */
export async function rowsOfPerson<Row extends Document>(
  { db, collection }: { db: Database; collection: string },
  { openid, unionid }: Person,
  { where, limit }: { where: Readonly<Record<string, Condition>>; limit: number },
): Promise<Row[]> {
  const find = (who: Record<string, Condition>): Promise<Row[]> =>
    db.find<Row>(collection, { where: { ...who, ...where }, orderBy: [['_id', 'desc']], limit })
  if (unionid === undefined) return find({ openid })
  const both = (await Promise.all([find({ openid }), find({ unionid })])).flat()
  const once = new Map(both.map((row) => [row._id, row]))
  return [...once.values()].sort((one, other) => (one._id < other._id ? 1 : -1)).slice(0, limit)
}
