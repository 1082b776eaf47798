// The order of values of different types, as MongoDB's manual gives it ("Comparison/Sort Order"): missing, null, numbers,
// texts, objects, arrays, booleans, dates, regular expressions.
import { isFields } from '../ejson'

function rankOf(value: unknown): number {
  if (value === undefined) return 0
  if (value === null) return 1
  if (typeof value === 'number') return 2
  if (typeof value === 'string') return 3
  if (Array.isArray(value)) return 5
  if (typeof value === 'boolean') return 6
  if (value instanceof Date) return 7
  if (value instanceof RegExp) return 8
  return 4
}

const compareTexts = (one: string, other: string): number => Buffer.compare(Buffer.from(one), Buffer.from(other))

function compareLists(one: readonly unknown[], other: readonly unknown[]): number {
  for (let at = 0; at < Math.min(one.length, other.length); at++) {
    const result = compareValues(one[at], other[at])
    if (result !== 0) return result
  }
  return one.length - other.length
}

// Objects are compared field by field: first the type of the value, then the field's name, then the value.
const fieldLists = (value: object): unknown[] =>
  Object.entries(value).flatMap(([name, inner]) => [rankOf(inner), name, inner])

/** Compares two values of any type. @returns a number below, equal to or above 0, as Array.sort expects */
export function compareValues(one: unknown, other: unknown): number {
  const rank = rankOf(one)
  if (rank !== rankOf(other)) return rank - rankOf(other)
  if (typeof one === 'string') return compareTexts(one, String(other))
  if (Array.isArray(one)) return compareLists(one, other as unknown[])
  if (typeof one === 'number' || typeof one === 'boolean' || one instanceof Date) return Number(one) - Number(other)
  if (one instanceof RegExp) return compareTexts(String(one), String(other))
  return isFields(one) ? compareLists(fieldLists(one), fieldLists(other as object)) : 0
}

// A sort treats null and a missing field as equal, and sorts an array by its smallest or greatest element.
function sortValue(value: unknown, direction: 1 | -1): unknown {
  if (!Array.isArray(value)) return value ?? null
  const ordered = value.map((one: unknown) => one ?? null).sort(compareValues)
  return direction === 1 ? ordered[0] : ordered.at(-1)
}

function valueAt(document: unknown, path: readonly string[]): unknown {
  const [field, ...rest] = path
  if (field === undefined) return document
  if (Array.isArray(document))
    return /^\d+$/.test(field)
      ? valueAt(document[Number(field)], rest)
      : document.map((one) => valueAt(one, path)).filter((one) => one !== undefined)
  return isFields(document) && Object.hasOwn(document, field) ? valueAt(document[field], rest) : undefined
}

/** Sorts documents as `$sort` and `orderBy` do; documents with equal values keep their order. */
export function sortDocuments<T>(documents: readonly T[], order: Record<string, 1 | -1>): T[] {
  const fields = Object.entries(order).map(([path, direction]) => ({ path: path.split('.'), direction }))
  const keyed = documents.map((document) => ({
    document,
    keys: fields.map(({ path, direction }) => sortValue(valueAt(document, path), direction)),
  }))
  keyed.sort((one, other) => {
    for (const [at, { direction }] of fields.entries()) {
      const result = compareValues(one.keys[at], other.keys[at])
      if (result !== 0) return result * direction
    }
    return 0
  })
  return keyed.map(({ document }) => document)
}
