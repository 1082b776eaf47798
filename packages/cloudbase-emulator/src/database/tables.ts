// How collections are stored as tables of SQLite: their names, their fields, and which values SQL can compare.
import type { DocumentId } from './ejson'

export interface Row {
  id: DocumentId
  text: string
}

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

// SQLite ignores the case of table names, CloudBase does not, so ^ marks a capital letter. No collection's name
// contains ^.
export const tableName = (kind: 'c' | 'a' | 'i', collection: string, rest = ''): string =>
  `${kind}:${collection.replace(/[A-Z]/g, '^$&')}${rest}`

export const quoted = (identifier: string): string => `"${identifier.replaceAll('"', '""')}"`
