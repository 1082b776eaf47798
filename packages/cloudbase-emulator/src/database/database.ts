// The document database. meaning.ts defines what each query means; SQLite answers those parts that its indexes can
// serve. Every call is synchronous, so that each action is atomic.
import { randomBytes } from 'node:crypto'
import { CloudFailure, invalid } from '../failures'
import { type Document, type DocumentId, type Fields, fromStored, isFields, storedText } from './ejson'
import { planGroup } from './grouping'
import { queryOf, runPipeline } from './meaning'
import { sortDocuments } from './operators/order'
import { checkPipeline } from './operators/supported'
import { type Plan, planQuery, planSort } from './plan'
import type { Collection, Row, Storage } from './storage'
import { applyModifier } from './updates'

export interface Find {
  where?: Fields
  orderBy?: Record<string, 1 | -1>
  skip?: number
  limit?: number
}

export interface Modify {
  where: Fields
  /** update operators; with `replace`, the whole new document */
  change: Fields
  replace?: boolean
  /** changes every document that matches, not only the first [true] */
  multi?: boolean
  upsert?: boolean
}

export interface Modified {
  updated: number
  upsertedId: DocumentId | null
}

export type Database = ReturnType<typeof createDatabase>

// The limits that CloudBase's documents give.
const documentLimit = 16 * 1024 * 1024
const defaultRows = 100
const mostRows = 1000
const defaultAggregateRows = 20
export function createDatabase(storage: Storage) {
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
    if (plan.exact) return page(collection, plan, order, limit, skip)
    return streamed(collection, where, plan, order, skip + limit).slice(skip)
  }

  const page = (collection: Collection, plan: Plan, order: string, limit: number, skip: number): Row[] =>
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
  const streamed = (collection: Collection, where: Fields, plan: Plan, order: string, wanted: number): Row[] => {
    const query = queryOf(where)
    for (let take = Math.max(64, wanted * 2); ; take *= 4) {
      const rows = page(collection, plan, order, take, 0)
      const fit: Row[] = []
      for (const row of rows) {
        if (!query.test(fromStored(row.text))) continue
        fit.push(row)
        if (fit.length === wanted) return fit
      }
      if (rows.length < take) return fit
    }
  }

  const write = (collection: Collection, document: Document): void => {
    const text = storedText(document)
    checkSize(text)
    storage.insert(collection, document, text)
  }

  const find = (name: string, what: Find = {}): Document[] =>
    findRows(storage.collectionOf(name), what).map((row) => fromStored(row.text))

  const change = (collection: Collection, row: Row, { change, replace }: Modify): boolean => {
    const after = replace ? { _id: row.id, ...change } : applyModifier(row.text, change)
    const text = storedText(after)
    if (text === row.text) return false
    checkSize(text)
    storage.replace(collection, row.text, after, text)
    return true
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

  return {
    get(name: string, id: DocumentId): Document | undefined {
      const text = storage.read(storage.collectionOf(name), id)
      return text === undefined ? undefined : fromStored(text)
    },
    /** Returns all documents that match, without the cloud's limit on the number of documents. */
    find,
    /** Returns matching documents as JSON texts, at most as many as one query of the cloud returns. */
    texts(name: string, what: Find): string[] {
      const limit = Math.min(what.limit ?? defaultRows, mostRows)
      return findRows(storage.collectionOf(name), { ...what, limit }).map((row) => row.text)
    },
    /** Adds a document. @throws CloudFailure DATABASE_DUPLICATE_WRITE */
    insert(name: string, ...documents: Fields[]): DocumentId[] {
      const collection = storage.collectionOf(name)
      const sound = documents.map((document): [Document, string] => {
        const _id = checkId(document._id ?? randomBytes(16).toString('hex'))
        checkNames(document)
        const whole = { ...document, _id }
        const text = storedText(whole)
        checkSize(text)
        return [whole, text]
      })
      if (sound.length === 1) for (const [document, text] of sound) storage.insert(collection, document, text)
      else storage.insertMany(collection, sound)
      return sound.map(([{ _id }]) => _id)
    },
    modify(name: string, modify: Modify): Modified {
      const collection = storage.collectionOf(name)
      if (modify.replace) checkNames(modify.change)
      const limit = modify.multi === false ? { limit: 1 } : {}
      const rows = findRows(collection, { where: modify.where, ...limit })
      if (rows.length === 0 && modify.upsert) {
        const _id = checkId(idOf(modify.where) ?? randomBytes(16).toString('hex'))
        write(
          collection,
          modify.replace ? { ...modify.change, _id } : applyModifier(storedText({ _id }), modify.change),
        )
        return { updated: 0, upsertedId: _id }
      }
      const changeAll = (): number => rows.filter((row) => change(collection, row, modify)).length
      const updated = rows.length > 1 ? storage.atomically(changeAll) : changeAll()
      return { updated: modify.replace ? rows.length : updated, upsertedId: null }
    },
    /** Returns how many documents were removed. */
    remove(name: string, where: Fields, multi = true): number {
      const collection = storage.collectionOf(name)
      return storage.atomically(() => {
        const rows = findRows(collection, { where, ...(!multi && { limit: 1 }) })
        for (const row of rows) storage.remove(collection, row.id)
        return rows.length
      })
    },
    count(name: string, where: Fields = {}): number {
      const collection = storage.collectionOf(name)
      const plan = planQuery(collection, where)
      if (!plan.exact) return filtered(collection, where, plan).length
      return storage.query<{ n: number }>(collection, 'count(*) AS n', plan.where, plan.parameters)[0]?.n ?? 0
    },
    aggregate(name: string, stages: Fields[]): Fields[] {
      checkPipeline(stages)
      const output = answer(name, stages)
      return stages.some((stage) => '$limit' in stage) ? output : output.slice(0, defaultAggregateRows)
    },
    /**
     * Waits until everything written so far is committed. Every reply waits for this, also the reply to a read, because
     * the read may have seen data that is not committed yet.
     */
    kept: storage.kept,
    collections: storage.collectionNames,
    createCollection: storage.createCollection,
  }
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

export function checkId(id: unknown): DocumentId {
  if ((typeof id === 'string' && id.length > 0 && id.length <= 512) || (typeof id === 'number' && Number.isFinite(id)))
    return id
  throw invalid('_id must be a text or a number')
}

/** Refuses field names that begin with `$`, as MongoDB does. */
export function checkNames(value: unknown): void {
  if (Array.isArray(value)) for (const inner of value) checkNames(inner)
  if (!isFields(value)) return
  for (const [key, inner] of Object.entries(value)) {
    if (key.startsWith('$')) throw new CloudFailure('DATABASE_INVALID_OPERRATOR', `a field may not be called ${key}`)
    checkNames(inner)
  }
}

export function checkSize(text: string): void {
  if (text.length > documentLimit / 3 && Buffer.byteLength(text) > documentLimit)
    throw invalid('a document is larger than 16 MB')
}
