// How we write documents: insert a document once, then change it only by compare-and-set on its version. Orders and
// contracts are written in no other way (docs/design.md 2). Callers that insert at the same time may share one database
// call.
import { AppError } from '../domain/errors'
import type { Database, Document } from './database'

const tryLimit = 5
const mostAtOnce = 50

/**
 * Makes the functions that read and write one collection.
 * @param collection the name of the collection
 * @param name the word for one document of the collection, such as `order`. Error messages contain this word, and
 * `decide` returns the document in a field of this name, such as `{ order }`
 * @returns the functions
 */
export function storedIn<Name extends string, T extends Document>(collection: string, name: Name) {
  const read = (db: Database, id: string): Promise<T | undefined> => db.get<T>(collection, id)

  /** Reads a document that must exist. @throws NotFound */
  async function mustRead(db: Database, id: string): Promise<T> {
    const document = await read(db, id)
    if (!document) throw new AppError('NotFound', `no such ${name}`)
    return document
  }

  /**
   * Writes a document with one compare-and-set and no second try. Writes nothing if `after` is the same object as
   * `before`. Returns false if another writer was first.
   */
  async function write(db: Database, before: T, after: T): Promise<boolean> {
    if (after === before) return true
    const changes: Partial<T> = {}
    for (const field in after) if (before[field] !== after[field]) changes[field] = after[field]
    return db.change<T>(collection, before._id, before.version, changes)
  }

  /**
   * Reads a document, lets `decide` change it, and writes it. If another writer was first or the write's reply got
   * lost, this function starts again. `decide` gets the newest document, which may already contain the change of an
   * earlier try; `mayBeWritten` is true if the reply to such an earlier write got lost. If `decide` returns the same
   * object, nothing is written.
   * @param known the document, if the caller has just read it; saves the first read
   * @throws NotFound, Conflict after 5 tries, and what `decide` throws
   */
  async function change<Decision extends Record<Name, T>>(
    db: Database,
    id: string,
    decide: (before: T, mayBeWritten: boolean) => Decision,
    known?: T,
  ): Promise<Decision> {
    let failure: unknown
    for (let attempt = 0; attempt < tryLimit; attempt++) {
      if (attempt > 1) await db.backOff(attempt)
      const before = attempt === 0 && known ? known : await mustRead(db, id)
      const decision = decide(before, failure !== undefined)
      if (decision[name] === before) return decision
      try {
        if (await write(db, before, decision[name])) return decision
      } catch (error) {
        failure = error
      }
    }
    throw new AppError('Conflict', `the ${name} is being changed by other callers`, { cause: failure })
  }

  const insert = (db: Database, document: T): Promise<T> => insertOrFind(db, collection, document, name)

  return { read, mustRead, insert, write, change }
}

/**
 * Inserts a document, or reads the document that already has this `_id`. We cannot distinguish a failed insert from a
 * lost reply (docs/design.md 2), so the caller must look at the document that it gets.
 * @returns the stored document
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

interface Waiting {
  collection: string
  document: Document
  resolve(stored: Promise<void> | undefined): void
}

/**
 * Wraps a database so that several callers that insert at the same time share one database call. Each caller still
 * learns whether its own document was stored. If the shared call fails, we insert each document by itself. If the
 * failed call had stored a document, the database now refuses this document as a duplicate. Callers handle that like
 * any lost reply (docs/design.md 2).
 */
export function withSharedInserts(db: Database): Database {
  const waiting: Waiting[] = []
  let isSending = false

  const send = async (batch: readonly Waiting[], collection: string): Promise<void> => {
    const alone = ({ document }: Waiting) => db.insert(collection, document)
    const [only] = batch
    if (only && batch.length === 1) {
      const stored = alone(only)
      only.resolve(stored)
      // The next call waits, so that inserts gather meanwhile.
      return stored.catch(() => undefined)
    }
    const documents = batch.map(({ document }) => document)
    const isStored = await db.insertAll(collection, documents).then(
      () => true,
      () => false,
    )
    for (const one of batch) one.resolve(isStored ? undefined : alone(one))
  }

  const sendAll = async (): Promise<void> => {
    isSending = true
    for (let [first] = waiting; first; [first] = waiting) {
      const { collection } = first
      const batch = waiting.filter((one) => one.collection === collection).slice(0, mostAtOnce)
      for (const one of batch) waiting.splice(waiting.indexOf(one), 1)
      await send(batch, collection)
    }
    isSending = false
  }

  const insert: Database['insert'] = (collection, document) =>
    new Promise<void>((resolve) => {
      waiting.push({ collection, document, resolve })
      if (!isSending) void sendAll()
    })

  // Do not copy the database with `{ ...db }`. If the database is an object of a class, the copy would lose the methods
  // of the class. So make an object that inherits from the database.
  return Object.assign(Object.create(db) as Database, { insert })
}
