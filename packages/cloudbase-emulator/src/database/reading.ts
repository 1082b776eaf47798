// Reads documents: finds the rows that match a query, and runs pipelines. SQLite answers what its indexes can serve, and
// meaning.ts answers the rest.
import { type Document, type DocumentId, type Fields, fromStored, isFields } from './ejson'
import { planGroup } from './grouping'
import { queryOf, runPipeline } from './meaning'
import { sortDocuments } from './operators/order'
import { type Plan, planQuery, planSort } from './plan'
import type { Storage } from './storage'
import type { Collection, Row } from './tables'

export interface Find {
  where?: Fields
  orderBy?: Record<string, 1 | -1>
  skip?: number
  limit?: number
}

/** Makes the functions that read documents from a storage. */
export function createReading(storage: Storage) {
  const findRows = (collection: Collection, find: Find): Row[] => {
    const where = find.where ?? {}
    const skip = find.skip ?? 0
    const limit = find.limit ?? Number.POSITIVE_INFINITY
    if (limit === 0) return []
    const id = idOf(where)
    if (id !== undefined) {
      const row = fitting(collection, id, where)
      return row && skip === 0 ? [row] : []
    }
    const plan = planQuery(collection, where)
    const order = planSort(collection, find.orderBy ?? {})
    if (order === undefined)
      return sorted(filtered(collection, where, plan), find.orderBy ?? {}).slice(skip, skip + limit)
    if (plan.exact) return page(collection, plan, order, { limit, skip })
    return streamed(collection, { where, plan, order }, skip + limit).slice(skip)
  }

  const page = (
    collection: Collection,
    plan: Plan,
    order: string,
    { limit, skip }: { limit: number; skip: number },
  ): Row[] =>
    storage.select(collection, `${plan.where} ${order} LIMIT ? OFFSET ?`, [
      ...plan.parameters,
      // SQLite's LIMIT -1 means "no limit".
      Number.isFinite(limit) ? limit : -1,
      skip,
    ])

  const fitting = (collection: Collection, id: DocumentId, where: Fields): Row | undefined => {
    const text = storage.read(collection, id)
    if (text === undefined) return undefined
    return Object.keys(where).length === 1 || fits(where, fromStored(text)) ? { id, text } : undefined
  }

  const filtered = (collection: Collection, where: Fields, plan: Plan): Row[] => {
    const rows = storage.select(collection, plan.where, plan.parameters)
    if (plan.exact) return rows
    const query = queryOf(where)
    return rows.filter((row) => query.test(fromStored(row.text)))
  }

  /**
   * Returns the first `wanted` documents that match, in SQL's order. Reads the rows in batches until enough rows match;
   * each batch is four times as large as the batch before.
   */
  const streamed = (
    collection: Collection,
    { where, plan, order }: { where: Fields; plan: Plan; order: string },
    wanted: number,
  ): Row[] => {
    const query = queryOf(where)
    for (let take = Math.max(64, wanted * 2); ; take *= 4) {
      const rows = page(collection, plan, order, { limit: take, skip: 0 })
      const fit: Row[] = []
      for (const row of rows) {
        if (!query.test(fromStored(row.text))) continue
        fit.push(row)
        if (fit.length === wanted) return fit
      }
      if (rows.length < take) return fit
    }
  }

  const answer = (name: string, stages: readonly Fields[]): Fields[] => {
    const collection = storage.collectionOf(name)
    const rest = [...stages]
    const matches: Fields[] = []
    while (isFields(rest[0]?.$match)) matches.push((rest.shift() as { $match: Fields }).$match)
    const where = matches.length === 0 ? {} : matches.length === 1 ? (matches[0] as Fields) : { $and: matches }
    const plan = planQuery(collection, where)
    const group = plan.exact ? planGroup(rest[0]) : undefined
    const sums = group?.read((columns, tail) =>
      storage.query(collection, columns, `${plan.where} ${tail}`, plan.parameters),
    )
    if (sums) rest.shift()
    const input = sums ?? filtered(collection, where, plan).map((row) => fromStored(row.text))
    return runPipeline(input as Fields[], rest, answer)
  }

  return { findRows, filtered, answer }
}

/** The document id in a condition, if the condition names exactly one. */
export function idOf(where: Fields): DocumentId | undefined {
  const id = isFields(where._id) && Object.keys(where._id).length === 1 ? where._id.$eq : where._id
  return typeof id === 'string' || typeof id === 'number' ? id : undefined
}

const isComparable = (value: unknown): boolean =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'

/**
 * Whether a document matches a query. Plain equality is checked without mingo, because every optimistic lock checks it.
 */
function fits(where: Fields, document: Document): boolean {
  const open: Fields = {}
  for (const [field, wanted] of Object.entries(where)) {
    const value = Object.hasOwn(document, field) ? document[field] : undefined
    if (isComparable(wanted) && isComparable(value) && !field.startsWith('$')) {
      if (wanted !== value) return false
    } else open[field] = wanted
  }
  return Object.keys(open).length === 0 || queryOf(open).test(document)
}

function sorted(rows: Row[], order: Record<string, 1 | -1>): Row[] {
  const read = rows.map((row) => ({ row, document: fromStored(row.text) }))
  const byDocument = new Map(read.map(({ row, document }) => [document, row]))
  return sortDocuments(
    read.map(({ document }) => document),
    order,
  ).map((document) => byDocument.get(document) as Row)
}
