// What belongs to a person, in any collection: one openid under each app, and one unionid under all of them.
import type { Person } from '../domain/person'
import type { Condition, Database, Document } from './database'

/** A person's documents, newest number first: those of the openid, and those of the unionid in other apps. */
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
