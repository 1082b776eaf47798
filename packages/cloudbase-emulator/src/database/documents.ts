// Writes documents and their rows in the side tables.
import { CloudFailure } from '../failures'
import type { Connection, Parameter } from './connection'
import { type Document, type DocumentId, type Fields, fromStored } from './ejson'
import { type Collection, columnValue, isPlain } from './tables'

type Change = [sql: string, parameters: Parameter[]]

const rowsTogether = 50
// SQLite accepts at most this many values in one statement.
const mostValues = 32_766

const isElement = (value: unknown): value is string | number => value != null && isPlain(value)

/** The values under which an index lists a document that has an array in the indexed field. */
const elementsOf = (value: unknown): (string | number)[] => [...new Set([value].flat().filter(isElement))]

const intoOf = ({ table, columns }: Collection): string => `${table} (${['doc', ...columns.values()].join(', ')})`

const rowOf = ({ columns }: Collection, document: Document, text: string): Parameter[] => [
  text,
  ...[...columns.keys()].map((field) => columnValue(document, field)),
]

const placesOf = (row: Parameter[]): string => `(${row.map(() => '?').join(', ')})`

/** Makes the functions that write documents. */
export function createWriting({ run, atomically }: Connection) {
  const keepOdd = (collection: Collection): void => {
    run('UPDATE collections SET odd = ? WHERE name = ?', [JSON.stringify([...collection.odd]), collection.name])
  }
  /** Writes a document and its rows in side tables; uses a transaction when more than one row changes. */
  const write = (collection: Collection, before: Fields | undefined, after: Document, change: Change) => {
    const changes = elementChanges(collection, after._id, before, after)
    const odd = noteOdd(collection, after)
    if (!odd && changes.length === 0) return void run(...change)
    atomically(() => {
      run(...change)
      if (odd) keepOdd(collection)
      for (const each of changes) run(...each)
    })
  }

  const insert = (collection: Collection, document: Document, text: string): void => {
    try {
      const row = rowOf(collection, document, text)
      write(collection, undefined, document, [`INSERT INTO ${intoOf(collection)} VALUES ${placesOf(row)}`, row])
    } catch (error) {
      throw duplicate(collection, error)
    }
  }
  const replace = (collection: Collection, oldText: string, after: Document, text: string): void => {
    const before = fromStored(oldText)
    const columns = ['doc']
    const values: Parameter[] = [text]
    for (const [field, column] of collection.columns) {
      const value = columnValue(after, field)
      if (value === columnValue(before, field)) continue
      columns.push(column)
      values.push(value)
    }
    const set = columns.map((column) => `${column} = ?`).join(', ')
    try {
      write(collection, before, after, [`UPDATE ${collection.table} SET ${set} WHERE id = ?`, [...values, after._id]])
    } catch (error) {
      throw duplicate(collection, error)
    }
  }
  const remove = (collection: Collection, id: DocumentId): boolean =>
    atomically(() => {
      for (const table of collection.arrays.values()) run(`DELETE FROM ${table} WHERE id = ?`, [id])
      return run(`DELETE FROM ${collection.table} WHERE id = ?`, [id]) > 0
    })

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
      const odd = documents.map(([document]) => noteOdd(collection, document)).some(Boolean)
      const documentRows = documents.map(([document, text]) => rowOf(collection, document, text))
      try {
        insertRows(intoOf(collection), documentRows)
      } catch (error) {
        throw duplicate(collection, error)
      }
      for (const [table, pairs] of elements) insertRows(`${table} (value, id)`, pairs)
      if (odd) keepOdd(collection)
    })
  const insertRows = (into: string, all: readonly Parameter[][]): void => {
    const atOnce = Math.min(rowsTogether, Math.floor(mostValues / (all[0]?.length ?? 1)))
    for (let from = 0; from < all.length; from += atOnce) {
      const some = all.slice(from, from + atOnce)
      run(`INSERT INTO ${into} VALUES ${some.map(placesOf).join(', ')}`, some.flat())
    }
  }

  return { insert, insertMany, replace, remove }
}

/**
 * Notes the fields in which this document holds a value that SQL compares differently.
 * @returns whether there are any. They are then stored with the document, even if they were noted before, because the
 * write for which they were noted may have failed
 */
export const noteOdd = (collection: Collection, document: Document): boolean => {
  let isOdd = false
  for (const field of collection.columns.keys()) {
    if (isPlain(document[field])) continue
    collection.odd.add(field)
    isOdd = true
  }
  return isOdd
}

/** The changes of the side tables when a document becomes `after`. */
export const elementChanges = (
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

const duplicate = (collection: Collection, error: unknown): unknown => {
  const code = (error as { code?: string }).code
  if (code !== 'SQLITE_CONSTRAINT_PRIMARYKEY' && code !== 'SQLITE_CONSTRAINT_UNIQUE') return error
  return new CloudFailure('DATABASE_DUPLICATE_WRITE', `E11000 duplicate key error collection: ${collection.name}`)
}
