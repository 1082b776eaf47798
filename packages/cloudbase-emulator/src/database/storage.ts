// Stores documents in SQLite: one table per collection, each document as its JSON text. Each field of a declared index
// also has a column of its own, which is written only if it changes: then an update need not touch the other indexes. A
// field that holds arrays has a side table with one row per array element.
import type { CollectionDeclaration } from '../functions/declarations'
import { openCollections } from './collections'
import { type Connection, openConnection, type Parameter } from './connection'
import { createWriting } from './documents'
import type { DocumentId } from './ejson'
import type { Collection, Row } from './tables'

export type Storage = ReturnType<typeof openStorage>

/**
 * Opens the database in a folder.
 * @param declared undefined: every collection exists from its first use
 * @throws CannotStart when the folder is in use, belongs to another program or cannot be read
 */
export function openStorage(dataDir: string, declared: Record<string, CollectionDeclaration> | undefined) {
  const connection = openConnection(dataDir)
  const { rows, one, atomically, setting, keepSetting, kept, close } = connection
  const { collectionOf, collectionNames, createCollection } = opened(connection, declared)
  const { insert, insertMany, replace, remove } = createWriting(connection)

  return {
    atomically,
    collectionOf,
    collectionNames,
    createCollection,
    setting,
    keepSetting,
    kept,
    read: (collection: Collection, id: DocumentId): string | undefined =>
      one<{ doc: string }>(`SELECT doc FROM ${collection.table} WHERE id = ?`, [id])?.doc,
    select: (collection: Collection, rest: string, parameters: Parameter[]): Row[] =>
      rows<Row>(`SELECT id, doc AS text FROM ${collection.table} ${rest}`, parameters),
    query: <T>(collection: Collection, columns: string, rest: string, parameters: Parameter[]): T[] =>
      rows<T>(`SELECT ${columns} FROM ${collection.table} ${rest}`, parameters),
    insert,
    insertMany,
    replace,
    remove,
    close,
  }
}

function opened(connection: Connection, declared: Record<string, CollectionDeclaration> | undefined) {
  try {
    const collections = openCollections(connection, declared)
    connection.commit()
    return collections
  } catch (error) {
    throw connection.giveUp(error)
  }
}
