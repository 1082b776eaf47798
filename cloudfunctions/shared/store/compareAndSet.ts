// Documents are inserted once and then changed by compare-and-set on their version. Orders and contracts are written in
// no other way. See docs/design.md 2.
import { AppError } from '../domain/errors'
import type { Database, Document } from './database'

const tryLimit = 5

/**
 * The reads and writes of one collection.
 * @param name the word for one document, used in errors and as the field of a decision
 */
export function storedIn<Name extends string, T extends Document>(collection: string, name: Name) {
  const read = (db: Database, id: string): Promise<T | undefined> => db.get<T>(collection, id)

  /** @throws NotFound */
  async function mustRead(db: Database, id: string): Promise<T> {
    const document = await read(db, id)
    if (!document) throw new AppError('NotFound', `no such ${name}`)
    return document
  }

  /** One compare-and-set, without a second try. False if another writer was faster. */
  function write(db: Database, before: T, after: T): Promise<boolean> {
    const changes: Partial<T> = {}
    for (const field in after) if (before[field] !== after[field]) changes[field] = after[field]
    return db.change<T>(collection, before._id, before.version, changes)
  }

  /**
   * Reads a document, decides, and writes. Starts again if another writer was faster or if the write's reply was lost.
   * `decide` gets the newest document, which may already hold the change of an earlier try. It returns the same object
   * if there is nothing to write.
   * @param known the document, if the caller has just read it: saves the first read
   * @throws NotFound, Conflict after 5 tries, and whatever `decide` throws
   */
  async function change<Decision extends Record<Name, T>>(
    db: Database,
    id: string,
    decide: (before: T) => Decision,
    known?: T,
  ): Promise<Decision> {
    let failure: unknown
    for (let attempt = 0; attempt < tryLimit; attempt++) {
      if (attempt > 1) await db.backOff(attempt)
      const before = attempt === 0 && known ? known : await mustRead(db, id)
      const decision = decide(before)
      if (decision[name] === before) return decision
      try {
        if (await write(db, before, decision[name])) return decision
      } catch (error) {
        failure = error
      }
    }
    throw new AppError('Conflict', `the ${name} is being changed by others`, { cause: failure })
  }

  const insert = (db: Database, document: T): Promise<T> => insertOrFind(db, collection, document, name)

  return { read, mustRead, insert, write, change }
}

/**
 * Inserts a document, or reads the one that already has this number. A failed insert and a lost reply look the same
 * (docs/design.md 2), so the caller must decide from the document that is returned.
 * @throws Internal
 */
export async function insertOrFind<T extends Document>(
  db: Database,
  collection: string,
  document: T,
  name: string,
): Promise<T> {
  try {
    await db.insert(collection, document)
    return document
  } catch (cause) {
    const there = await db.get<T>(collection, document._id)
    if (there) return there
    throw new AppError('Internal', `the ${name} could not be stored`, { cause })
  }
}
