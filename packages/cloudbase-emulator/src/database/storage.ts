// Stores documents in SQLite: one table per collection, each document as its JSON text. Declared indexes are built on
// expressions over that text. A field that holds arrays has a side table with one row per array element.
import { mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'libsql'
import { CannotStart, CloudFailure } from '../failures'
import { type CollectionDeclaration, type IndexDeclaration, isCollectionName } from '../functions/declarations'
import { shareCommits } from './commits'
import { type Document, type DocumentId, type Fields, fromStored } from './ejson'

export interface Row {
  id: DocumentId
  text: string
}

type Parameter = string | number | null

/** What the query planner needs to know about a collection. */
export interface Collection {
  name: string
  table: string
  /** indexed fields that hold one value each */
  fields: Set<string>
  /** the name of the side table of each field that holds arrays */
  arrays: Map<string, string>
  /**
   * Indexed fields that once held a value which SQLite and MongoDB compare differently. SQL no longer answers queries
   * on these fields. Both compare whole numbers, null, and texts without surrogates or NUL in the same way.
   */
  odd: Set<string>
}

// The bytes "MCas" in the file's header mark it as a database of this emulator.
const applicationId = 0x4d436173
const formatVersion = 1
const mostStatements = 500
const rowsTogether = 50
const undeclared: CollectionDeclaration = { acl: 'ADMINONLY', indexes: [] }

// SQLite ignores the case of table names, CloudBase does not, so ^ marks a capital letter. No collection's name
// contains ^.
const tableName = (kind: 'c' | 'a' | 'i', collection: string, rest = ''): string =>
  `${kind}:${collection.replace(/[A-Z]/g, '^$&')}${rest}`

const quoted = (identifier: string): string => `"${identifier.replaceAll('"', '""')}"`
/** The SQL expression for a top-level field. The declaration's pattern allows no quotes in a field name. */
export const fieldSql = (field: string): string => (field === '_id' ? 'id' : `json_extract(doc,'$.${field}')`)

/** Whether SQLite and MongoDB agree on equality and sort order of this value. */
export function isPlain(value: unknown): boolean {
  if (value === null || value === undefined) return true
  if (typeof value === 'number') return Number.isSafeInteger(value)
  return typeof value === 'string' && isPlainText(value)
}

// UTF-16 and UTF-8 sort surrogates differently, and a NUL ends a C string early.
const isPlainText = (text: string): boolean => !/[\0\ud800-\udfff]/.test(text)

const isElement = (value: unknown): value is string | number => value != null && isPlain(value)

/** The values under which an index lists a document that has an array in the indexed field. */
const elementsOf = (value: unknown): (string | number)[] => [...new Set([value].flat().filter(isElement))]

export type Storage = ReturnType<typeof openStorage>

/**
 * Opens the database in a folder.
 * @param declared undefined: every collection exists from its first use
 * @throws CannotStart when the folder is in use, belongs to another program or cannot be read
 */
export function openStorage(dataDir: string, declared: Record<string, CollectionDeclaration> | undefined) {
  const file = join(dataDir, 'cloud.sqlite')
  const db = openFile(dataDir, file)
  const statements = new Map<string, Sqlite.Statement>()
  const collections = new Map<string, Collection>()
  let open = false

  const statement = (sql: string): Sqlite.Statement => {
    const known = statements.get(sql)
    if (known) return known
    if (statements.size >= mostStatements) statements.clear()
    const prepared = db.prepare(sql)
    statements.set(sql, prepared)
    return prepared
  }
  const execute = (sql: string, parameters: Parameter[] = []): number => statement(sql).run(parameters).changes
  const rows = <T>(sql: string, parameters: Parameter[] = []): T[] => statement(sql).all(parameters) as T[]
  const one = <T>(sql: string, parameters: Parameter[] = []): T | undefined =>
    statement(sql).get(parameters) as T | undefined
  const shared = shareCommits(execute)

  const run = (sql: string, parameters: Parameter[] = []): number => {
    shared.join(open)
    return execute(sql, parameters)
  }

  const takeBack = (): void => {
    try {
      execute('ROLLBACK TO part')
      execute('RELEASE part')
    } catch {
      // After some errors SQLite has already rolled the whole transaction back, so ROLLBACK TO fails. Ignore this
      // failure, because the commit of the transaction will fail and report the error.
    }
  }

  /** Runs `work` as one transaction: either all its writes are kept, or none. */
  const atomically = <T>(work: () => T): T => {
    if (open) return work()
    run('SAVEPOINT part')
    open = true
    try {
      const result = work()
      execute('RELEASE part')
      return result
    } catch (error) {
      takeBack()
      throw error
    } finally {
      open = false
    }
  }

  const setting = (key: string): string | undefined =>
    one<{ value: string }>('SELECT value FROM meta WHERE key = ?', [key])?.value
  const keepSetting = (key: string, value: string): void => {
    run('INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value', [
      key,
      value,
    ])
  }

  const collectionOf = (name: unknown): Collection => {
    const collection = typeof name === 'string' ? collections.get(name) : undefined
    if (collection) return collection
    if (!declared && typeof name === 'string' && isCollectionName(name)) return addCollection(name, undeclared)
    throw new CloudFailure('DATABASE_COLLECTION_NOT_EXIST', `Db or Table not exist: ${String(name)}`)
  }

  const keepOdd = (collection: Collection): void => {
    run('UPDATE collections SET odd = ? WHERE name = ?', [JSON.stringify([...collection.odd]), collection.name])
  }
  const hasOddNews = (collection: Collection, document: Fields): boolean => {
    let news = false
    for (const field of collection.fields) {
      if (collection.odd.has(field) || isPlain(document[field])) continue
      collection.odd.add(field)
      news = true
    }
    return news
  }

  type Change = [sql: string, parameters: Parameter[]]

  const elementChanges = (
    collection: Collection,
    id: DocumentId,
    before: Fields | undefined,
    after: Fields,
  ): Change[] => {
    const changes: Change[] = []
    for (const [field, table] of collection.arrays) {
      const old = elementsOf(before?.[field])
      const wanted = elementsOf(after[field])
      for (const element of old)
        if (!wanted.includes(element)) changes.push([`DELETE FROM ${table} WHERE value = ? AND id = ?`, [element, id]])
      for (const element of wanted)
        if (!old.includes(element)) changes.push([`INSERT INTO ${table} (value, id) VALUES (?, ?)`, [element, id]])
    }
    return changes
  }

  /** Writes a document and its rows in side tables; uses a transaction when more than one row changes. */
  const write = (collection: Collection, id: DocumentId, before: Fields | undefined, after: Fields, change: Change) => {
    const changes = elementChanges(collection, id, before, after)
    const odd = hasOddNews(collection, after)
    if (!odd && changes.length === 0) return void run(...change)
    atomically(() => {
      run(...change)
      if (odd) keepOdd(collection)
      for (const each of changes) run(...each)
    })
  }

  const duplicate = (collection: Collection, error: unknown): unknown => {
    const code = (error as { code?: string }).code
    if (code !== 'SQLITE_CONSTRAINT_PRIMARYKEY' && code !== 'SQLITE_CONSTRAINT_UNIQUE') return error
    return new CloudFailure('DATABASE_DUPLICATE_WRITE', `E11000 duplicate key error collection: ${collection.name}`)
  }

  const insert = (collection: Collection, document: Document, text: string): void => {
    try {
      write(collection, document._id, undefined, document, [
        `INSERT INTO ${collection.table} (id, doc) VALUES (?, ?)`,
        [document._id, text],
      ])
    } catch (error) {
      throw duplicate(collection, error)
    }
  }
  /**
   * Inserts many documents as one, with one statement for each 50 rows, because each call of libsql costs more time
   * than the rows in it.
   */
  const insertMany = (collection: Collection, documents: readonly (readonly [Document, string])[]): void =>
    atomically(() => {
      const elements = new Map([...collection.arrays.values()].map((table) => [table, [] as Parameter[][]]))
      for (const [document] of documents)
        for (const [field, table] of collection.arrays)
          for (const element of elementsOf(document[field])) elements.get(table)?.push([element, document._id])
      const odd = documents.map(([document]) => hasOddNews(collection, document)).some(Boolean)
      const documentRows = documents.map(([document, text]): Parameter[] => [document._id, text])
      try {
        insertRows(`${collection.table} (id, doc)`, documentRows)
      } catch (error) {
        throw duplicate(collection, error)
      }
      for (const [table, pairs] of elements) insertRows(`${table} (value, id)`, pairs)
      if (odd) keepOdd(collection)
    })
  const insertRows = (into: string, all: readonly Parameter[][]): void => {
    for (let from = 0; from < all.length; from += rowsTogether) {
      const some = all.slice(from, from + rowsTogether)
      run(`INSERT INTO ${into} VALUES ${some.map(() => '(?, ?)').join(', ')}`, some.flat())
    }
  }
  const replace = (collection: Collection, oldText: string, after: Document, text: string): void => {
    const before = collection.arrays.size > 0 ? fromStored(oldText) : undefined
    try {
      write(collection, after._id, before, after, [
        `UPDATE ${collection.table} SET doc = ? WHERE id = ?`,
        [text, after._id],
      ])
    } catch (error) {
      throw duplicate(collection, error)
    }
  }
  const remove = (collection: Collection, id: DocumentId): boolean =>
    atomically(() => {
      for (const table of collection.arrays.values()) run(`DELETE FROM ${table} WHERE id = ?`, [id])
      return run(`DELETE FROM ${collection.table} WHERE id = ?`, [id]) > 0
    })

  const addCollection = (name: string, declaration: CollectionDeclaration): Collection => {
    const collection: Collection = {
      name,
      table: quoted(tableName('c', name)),
      fields: new Set(['_id']),
      arrays: new Map(),
      odd: new Set(),
    }
    run(`CREATE TABLE IF NOT EXISTS ${collection.table} (id PRIMARY KEY NOT NULL, doc TEXT NOT NULL)`)
    const wanted = JSON.stringify(declaration)
    const known = one<{ declaration: string; odd: string }>('SELECT declaration, odd FROM collections WHERE name = ?', [
      name,
    ])
    for (const index of declaration.indexes) useIndex(collection, index)
    if (known?.declaration === wanted) collection.odd = new Set(JSON.parse(known.odd) as string[])
    else atomically(() => rebuild(collection, declaration.indexes, wanted))
    collections.set(name, collection)
    return collection
  }

  const useIndex = (collection: Collection, index: IndexDeclaration): void => {
    const fields = index.fields.map((field) => field.replace(/^-/, ''))
    const [first] = fields
    if (!index.array) for (const field of fields) collection.fields.add(field)
    else if (first !== undefined && fields.length === 1 && !index.unique)
      collection.arrays.set(first, quoted(tableName('a', collection.name, `:${first}`)))
    else
      throw new CannotStart(`The index ${index.name} of database.json: an array index has one field and is not unique.`)
  }

  const rebuild = (collection: Collection, indexes: IndexDeclaration[], declaration: string): void => {
    for (const { name } of rows<{ name: string }>(
      "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL",
      [tableName('c', collection.name)],
    ))
      db.exec(`DROP INDEX ${quoted(name)}`)
    for (const { name } of rows<{ name: string }>(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND substr(name, 1, ?) = ?",
      [tableName('a', collection.name, ':').length, tableName('a', collection.name, ':')],
    ))
      db.exec(`DROP TABLE ${quoted(name)}`)
    for (const index of indexes) createIndex(collection, index)
    for (const table of collection.arrays.values())
      db.exec(`CREATE TABLE ${table} (value, id, PRIMARY KEY (value, id)) WITHOUT ROWID`)
    for (const { doc } of rows<{ doc: string }>(`SELECT doc FROM ${collection.table}`)) {
      const document = fromStored(doc)
      hasOddNews(collection, document)
      for (const change of elementChanges(collection, document._id, undefined, document)) run(...change)
    }
    run(
      'INSERT INTO collections (name, declaration, odd) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET declaration = excluded.declaration, odd = excluded.odd',
      [collection.name, declaration, JSON.stringify([...collection.odd])],
    )
  }

  const createIndex = (collection: Collection, index: IndexDeclaration): void => {
    if (index.array) return
    const columns = index.fields.map((field) =>
      field.startsWith('-') ? `${fieldSql(field.slice(1))} DESC` : fieldSql(field),
    )
    const name = tableName('i', collection.name, `:${index.name}`)
    db.exec(`CREATE INDEX ${quoted(name)} ON ${collection.table} (${columns.join(', ')})`)
    if (!index.unique) return
    // A unique index of MongoDB allows a missing field only once; SQLite allows any number of NULLs.
    const values = index.fields.map((field) => `ifnull(${fieldSql(field.replace(/^-/, ''))}, x'00')`)
    try {
      db.exec(`CREATE UNIQUE INDEX ${quoted(`u:${collection.name}:${index.name}`)} ON ${collection.table} (${values})`)
    } catch (cause) {
      throw new CannotStart(
        `${collection.name} holds documents that the unique index ${index.name} of database.json forbids. Remove them, or start with an empty folder (--data).`,
        { cause },
      )
    }
  }

  try {
    for (const name of rows<{ name: string }>('SELECT name FROM collections').map((row) => row.name))
      if (!declared?.[name]) addCollection(name, undeclared)
    for (const [name, declaration] of Object.entries(declared ?? {})) addCollection(name, declaration)
    shared.commit()
  } catch (error) {
    db.close()
    throw explained(dataDir, error)
  }

  return {
    atomically,
    collectionOf,
    collectionNames: (): string[] => [...collections.keys()].sort(),
    /** Creates a collection. @throws CloudFailure when the collection exists already */
    createCollection(name: string): void {
      if (collections.has(name))
        throw new CloudFailure('DATABASE_COLLECTION_ALREADY_EXIST', `[ResourceInUse.TableExist] ${name}`)
      addCollection(name, undeclared)
    },
    setting,
    keepSetting,
    kept: shared.kept,
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
    close(): void {
      try {
        shared.commit()
      } finally {
        release(db)
      }
    },
  }
}

// libsql keeps the file open until the garbage collector has freed its statements. Leaving WAL mode and exclusive mode
// releases the file's lock now.
function release(db: Sqlite.Database): void {
  try {
    for (const source of ['journal_mode = DELETE', 'locking_mode = NORMAL', 'user_version']) pragma(db, source)
  } finally {
    db.close()
  }
}

function openFile(dataDir: string, file: string): Sqlite.Database {
  let db: Sqlite.Database | undefined
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
    const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0
    db = new Sqlite(file)
    // An exclusive lock: the operating system releases it when the process ends, even after kill -9.
    pragma(db, 'locking_mode = EXCLUSIVE')
    const owner = pragma(db, 'application_id')
    const version = pragma(db, 'user_version')
    if (size > 0 && (owner !== applicationId || version !== formatVersion)) throw foreign(dataDir)
    if (size === 0)
      db.exec(`
        BEGIN;
        PRAGMA application_id = ${applicationId};
        PRAGMA user_version = ${formatVersion};
        CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
        CREATE TABLE collections (name TEXT PRIMARY KEY, declaration TEXT NOT NULL, odd TEXT NOT NULL);
        COMMIT;
      `)
    pragma(db, 'journal_mode = WAL')
    pragma(db, 'synchronous = NORMAL')
    pragma(db, 'cache_size = -65536')
    // A checkpoint waits for the disk, so let SQLite run one only after 10,000 pages (40 MB) of log.
    pragma(db, 'wal_autocheckpoint = 10000')
    // Check only small files, because the check reads every page and would delay each start.
    if (size < 64_000_000 && pragma(db, 'quick_check(1)') !== 'ok') throw unreadable(dataDir)
    return db
  } catch (error) {
    db?.close()
    throw explained(dataDir, error)
  }
}

function pragma(db: Sqlite.Database, source: string): unknown {
  const [row] = db.prepare(`PRAGMA ${source}`).all([]) as Record<string, unknown>[]
  return row && Object.values(row)[0]
}

function explained(dataDir: string, error: unknown): unknown {
  if (error instanceof CannotStart) return error
  const code = String((error as { code?: unknown }).code)
  if (code === 'SQLITE_BUSY')
    return new CannotStart(
      `The data folder ${dataDir} is in use by another running emulator. Stop that one, or choose another folder with --data.`,
      { cause: error },
    )
  if (code === 'SQLITE_NOTADB') return foreign(dataDir, error)
  if (code === 'SQLITE_CORRUPT') return unreadable(dataDir, error)
  return new CannotStart(
    `The data folder ${dataDir} cannot be used (${error instanceof Error ? error.message : code}). Check that it can be written, or choose another with --data.`,
    { cause: error },
  )
}

const foreign = (dataDir: string, cause?: unknown): CannotStart =>
  new CannotStart(
    `cloud.sqlite in ${dataDir} was not written by this version of the emulator. Choose another folder with --data, or move that file away.`,
    { cause },
  )

const unreadable = (dataDir: string, cause?: unknown): CannotStart =>
  new CannotStart(
    `The data folder ${dataDir} is damaged. Put a copy of it back, or move it away and start with an empty one.`,
    { cause },
  )
