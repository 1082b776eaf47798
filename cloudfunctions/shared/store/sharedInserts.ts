import type { Database, Document } from './database'

const mostAtOnce = 50

interface Waiting {
  collection: string
  document: Document
  resolve(stored: Promise<void> | undefined): void
}

/**
 * Wraps a database so that inserts which wait at the same time share one call. Each caller still learns whether its own
 * document was stored. If the shared call fails, each document is inserted by itself. A document that was stored
 * already is then refused as a duplicate, as after any lost reply (docs/design.md 2).
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

  // The new object inherits from the database, because the database may be an object of a class, whose methods a copy
  // would not have.
  return Object.assign(Object.create(db) as Database, { insert })
}
