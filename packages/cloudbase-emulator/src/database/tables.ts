// How collections are stored as tables of SQLite: their names, their fields, and which values SQL can compare.
import { type Document, type DocumentId, storedText } from './ejson'

export interface Row {
  id: DocumentId
  text: string
}

/** What the query planner needs to know about a collection. */
export interface Collection {
  name: string
  table: string
  /** the columns of the indexed fields that hold one value each, by field; `_id` is one of them */
  columns: Map<string, string>
  /** the name of the side table of each field that holds arrays */
  arrays: Map<string, string>
  /**
   * Indexed fields that once held a value which SQLite and MongoDB compare differently. SQL no longer answers queries
   * on these fields. Both compare whole numbers, null, and texts without surrogates or NUL in the same way.
   */
  odd: Set<string>
}

/** The quoted name of the column that holds an indexed field. */
export const columnOf = (field: string): string => (field === '_id' ? 'id' : quoted(`f:${caseMarked(field)}`))

/** The value of a field as its column holds it. A value that SQL cannot compare becomes the text in which we store it. */
export function columnValue(document: Document, field: string): string | number | null {
  if (field === '_id') return document._id
  const value = document[field]
  if (value === null || value === undefined) return null
  if (typeof value === 'number' && Number.isFinite(value)) return value
  if (typeof value === 'boolean') return Number(value)
  return typeof value === 'string' && isPlainText(value) ? value : storedText(value)
}

/** Whether SQLite and MongoDB agree on equality and sort order of this value. */
export function isPlain(value: unknown): boolean {
  if (value === null || value === undefined) return true
  if (typeof value === 'number') return Number.isSafeInteger(value)
  return typeof value === 'string' && isPlainText(value)
}

// UTF-16 and UTF-8 sort surrogates differently, and a NUL ends a C string early.
const isPlainText = (text: string): boolean => !/[\0\ud800-\udfff]/.test(text)

// SQLite ignores the case of the names of tables and columns, CloudBase does not, so ^ marks a capital letter. No name of
// a collection or field contains ^.
const caseMarked = (name: string): string => name.replace(/[A-Z]/g, '^$&')

export const tableName = (kind: 'c' | 'a' | 'i', collection: string, rest = ''): string =>
  `${kind}:${caseMarked(collection)}${rest}`

export const quoted = (identifier: string): string => `"${identifier.replaceAll('"', '""')}"`
