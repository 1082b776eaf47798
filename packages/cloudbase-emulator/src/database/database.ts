// The document database. meaning.ts defines what each query means; SQLite answers those parts that its indexes can
// serve. Every call is synchronous, so that each action is atomic.
import { randomBytes } from 'node:crypto'
import { CloudFailure, invalid } from '../failures'
import { type Document, type DocumentId, type Fields, fromStored, isFields, storedText } from './ejson'
import { checkPipeline } from './operators/supported'
import { planQuery } from './plan'
import { createReading, type Find, idOf } from './reading'
import type { Storage } from './storage'
import type { Collection, Row } from './tables'
import { applyModifier } from './updates'

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
  const { findRows, filtered, answer } = createReading(storage)

  const write = (collection: Collection, document: Document): void => {
    const text = storedText(document)
    checkSize(text)
    storage.insert(collection, document, text)
  }

  const find = (name: string, what: Find = {}): Document[] =>
    findRows(storage.collectionOf(name), what).map((row) => fromStored(row.text))

  const change = (collection: Collection, row: Row, { change, replace }: Modify): boolean => {
    // The id comes first, and the new document cannot change it.
    const ownId = { _id: row.id }
    const after = replace ? { ...ownId, ...change, ...ownId } : applyModifier(row.text, change)
    const text = storedText(after)
    if (text === row.text) return false
    checkSize(text)
    storage.replace(collection, row.text, after, text)
    return true
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
