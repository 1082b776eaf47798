// The collections: their tables and indexes, as database.json declares them.
import { CannotStart, CloudFailure } from '../failures'
import { type CollectionDeclaration, type IndexDeclaration, isCollectionName } from '../functions/declarations'
import type { Connection } from './connection'
import { elementChanges, noteOdd } from './documents'
import { fromStored } from './ejson'
import { type Collection, columnOf, columnValue, quoted, tableName } from './tables'

// How a folder stores the indexed fields. A collection that was stored in another way is built again when it is opened.
// In layout 1, the indexes were expressions over the JSON text.
const layout = 2

const undeclared: CollectionDeclaration = { acl: 'ADMINONLY', indexes: [] }

/**
 * Opens the collections.
 * @param declared undefined: every collection exists from its first use
 * @throws CannotStart if the stored documents break a declared index
 */
export function openCollections(connection: Connection, declared: Record<string, CollectionDeclaration> | undefined) {
  const { run, rows, one, atomically } = connection
  const collections = new Map<string, Collection>()

  const collectionOf = (name: unknown): Collection => {
    const collection = typeof name === 'string' ? collections.get(name) : undefined
    if (collection) return collection
    if (!declared && typeof name === 'string' && isCollectionName(name)) return addCollection(name, undeclared)
    throw new CloudFailure('DATABASE_COLLECTION_NOT_EXIST', `Db or Table not exist: ${String(name)}`)
  }

  const addCollection = (name: string, declaration: CollectionDeclaration): Collection => {
    const collection: Collection = {
      name,
      table: quoted(tableName('c', name)),
      columns: new Map([['_id', columnOf('_id')]]),
      arrays: new Map(),
      odd: new Set(),
    }
    for (const index of declaration.indexes) useIndex(collection, index)
    const [id = '', ...others] = collection.columns.values()
    const columns = [`${id} PRIMARY KEY NOT NULL`, 'doc TEXT NOT NULL', ...others]
    run(`CREATE TABLE IF NOT EXISTS ${collection.table} (${columns.join(', ')})`)
    const wanted = JSON.stringify({ layout, ...declaration })
    const known = one<{ declaration: string; odd: string }>('SELECT declaration, odd FROM collections WHERE name = ?', [
      name,
    ])
    if (known?.declaration === wanted) collection.odd = new Set(JSON.parse(known.odd) as string[])
    else atomically(() => rebuild(connection, collection, declaration.indexes, wanted))
    collections.set(name, collection)
    return collection
  }

  for (const name of rows<{ name: string }>('SELECT name FROM collections').map((row) => row.name))
    if (!declared?.[name]) addCollection(name, undeclared)
  for (const [name, declaration] of Object.entries(declared ?? {})) addCollection(name, declaration)

  return {
    collectionOf,
    collectionNames: (): string[] => [...collections.keys()].sort(),
    /** Creates a collection. @throws CloudFailure when the collection exists already */
    createCollection(name: string): void {
      if (collections.has(name))
        throw new CloudFailure('DATABASE_COLLECTION_ALREADY_EXIST', `[ResourceInUse.TableExist] ${name}`)
      addCollection(name, undeclared)
    },
  }
}

const useIndex = (collection: Collection, index: IndexDeclaration): void => {
  const fields = index.fields.map((field) => field.replace(/^-/, ''))
  const [first] = fields
  if (!index.array) for (const field of fields) collection.columns.set(field, columnOf(field))
  else if (first !== undefined && fields.length === 1 && !index.unique)
    collection.arrays.set(first, quoted(tableName('a', collection.name, `:${first}`)))
  else
    throw new CannotStart(`The index ${index.name} of database.json: an array index has one field and is not unique.`)
}

const rebuild = (
  connection: Connection,
  collection: Collection,
  indexes: IndexDeclaration[],
  declaration: string,
): void => {
  const { rows, run, define } = connection
  for (const { name } of rows<{ name: string }>(
    "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL",
    [tableName('c', collection.name)],
  ))
    define(`DROP INDEX ${quoted(name)}`)
  for (const { name } of rows<{ name: string }>(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND substr(name, 1, ?) = ?",
    [tableName('a', collection.name, ':').length, tableName('a', collection.name, ':')],
  ))
    define(`DROP TABLE ${quoted(name)}`)
  for (const table of collection.arrays.values())
    define(`CREATE TABLE ${table} (value, id, PRIMARY KEY (value, id)) WITHOUT ROWID`)
  const columns = [...collection.columns].filter(([field]) => field !== '_id')
  const present = rows<{ name: string }>('SELECT name FROM pragma_table_info(?)', [tableName('c', collection.name)])
  for (const [, column] of columns)
    if (!present.some(({ name }) => quoted(name) === column))
      define(`ALTER TABLE ${collection.table} ADD COLUMN ${column}`)
  const set = columns.map(([, column]) => `${column} = ?`).join(', ')
  const fill = ({ doc }: { doc: string }): void => {
    const document = fromStored(doc)
    noteOdd(collection, document)
    const values = columns.map(([field]) => columnValue(document, field))
    if (set !== '') run(`UPDATE ${collection.table} SET ${set} WHERE id = ?`, [...values, document._id])
    for (const change of elementChanges(collection, document._id, undefined, document)) run(...change)
  }
  if (set !== '' || collection.arrays.size > 0) eachInBatches(connection, collection, fill)
  for (const index of indexes) createIndex(connection, collection, index)
  run(
    'INSERT INTO collections (name, declaration, odd) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET declaration = excluded.declaration, odd = excluded.odd',
    [collection.name, declaration, JSON.stringify([...collection.odd])],
  )
}

const batch = 2_000

/** Does something with each document. Only some documents at a time are in memory. */
function eachInBatches({ rows }: Connection, { table }: Collection, work: (row: { doc: string }) => void): void {
  const query = `SELECT rowid AS place, doc FROM ${table} WHERE rowid > ? ORDER BY rowid LIMIT ${batch}`
  for (let place = -1, found = batch; found === batch; ) {
    const some = rows<{ place: number; doc: string }>(query, [place])
    some.forEach(work)
    found = some.length
    place = some.at(-1)?.place ?? place
  }
}

const createIndex = ({ define }: Connection, collection: Collection, index: IndexDeclaration): void => {
  if (index.array) return
  const columns = index.fields.map((field) =>
    field.startsWith('-') ? `${columnOf(field.slice(1))} DESC` : columnOf(field),
  )
  const name = tableName('i', collection.name, `:${index.name}`)
  define(`CREATE INDEX ${quoted(name)} ON ${collection.table} (${columns.join(', ')})`)
  if (!index.unique) return
  // A unique index of MongoDB allows a missing field only once; SQLite allows any number of NULLs.
  const values = index.fields.map((field) => `ifnull(${columnOf(field.replace(/^-/, ''))}, x'00')`)
  try {
    define(`CREATE UNIQUE INDEX ${quoted(`u:${collection.name}:${index.name}`)} ON ${collection.table} (${values})`)
  } catch (cause) {
    throw new CannotStart(
      `${collection.name} holds documents that the unique index ${index.name} of database.json forbids. Remove them, or start with an empty folder (--data).`,
      { cause },
    )
  }
}
