// The interface through which our stores use the database: reads, inserts and compare-and-set. runtime/cloud.ts
// implements it with wx-server-sdk, tests in memory. It has no transactions, because we do not want to use any.

export type Scalar = string | number | boolean | null

/**
 * A condition on a field: equal to a value, equal to one of a list, or within bounds. If the field is an array, one of
 * its values must fit.
 */
export type Condition =
  | Scalar
  | { in: readonly string[] }
  | { lt?: number | string; lte?: number | string; gt?: number | string; gte?: number | string }

export interface Find {
  where: Record<string, Condition>
  orderBy: readonly [field: string, direction: 'asc' | 'desc'][]
  /** at most 1,000, because CloudBase allows no more */
  limit: number
}

export interface Document {
  _id: string
  version: number
}

export interface Database {
  get<T extends Document>(collection: string, id: string): Promise<T | undefined>
  /**
   * Adds a document. Throws if the insert failed or may have failed. The caller must then read the document by `_id`,
   * and decide.
   */
  insert<T extends Document>(collection: string, document: T): Promise<void>
  /**
   * Replaces the given top-level fields, if the document still has this `version`. Returns false if another writer was
   * first.
   */
  change<T extends Document>(collection: string, id: string, version: number, fields: Partial<T>): Promise<boolean>
  /**
   * Inserts at most 100 documents with one call. Throws if the call failed or its result is unknown. After an error,
   * some of the documents may be stored.
   */
  insertAll<T extends Document>(collection: string, documents: readonly T[]): Promise<void>
  /**
   * Replaces the given top-level fields of at most 100 documents with one call. If another writer has changed a
   * document, its version differs from `version`, and this document stays unchanged.
   * @returns how many documents were changed
   */
  changeAll<T extends Document>(
    collection: string,
    of: { ids: readonly string[]; version: number },
    fields: Partial<T>,
  ): Promise<number>
  /** Removes a document. Returns false if there was no such document. */
  remove(collection: string, id: string): Promise<boolean>
  find<T extends Document>(collection: string, find: Find): Promise<T[]>
  count(collection: string, where: Find['where']): Promise<number>
  /** Runs an aggregation. @param stages in MongoDB's own notation @param limit the result has at most this many rows */
  aggregate<T>(collection: string, stages: readonly Stage[], limit: number): Promise<T[]>
  /**
   * Waits before a write is tried again. Each wait is longer and partly random, so that two writers do not collide
   * again.
   */
  backOff(attempt: number): Promise<void>
}

/** One of the aggregation stages that CloudBase supports. */
export type Stage =
  | { match: Record<string, unknown> }
  | { project: Record<string, unknown> }
  | { unwind: string }
  | { group: Record<string, unknown> }
  /** joins documents of another collection as a list in the field `as`; the inner stages have MongoDB's names */
  | { lookup: { from: string; pipeline: readonly object[]; as: string } }
