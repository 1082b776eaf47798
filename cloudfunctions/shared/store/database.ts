// The interface of the database for our stores: reads, inserts and compare-and-set. runtime/cloud.ts implements it on
// wx-server-sdk; tests implement it in memory. It has no transactions, by design.

export type Scalar = string | number | boolean | null

/** A condition on a field: an equal value, one of a list, or bounds. An array field matches a value in it. */
export type Condition =
  | Scalar
  | { in: readonly string[] }
  | { lt?: number | string; lte?: number | string; gt?: number | string; gte?: number | string }

export interface Find {
  where: Record<string, Condition>
  orderBy: readonly [field: string, direction: 'asc' | 'desc'][]
  /** at most 1,000, CloudBase's own limit */
  limit: number
}

export interface Document {
  _id: string
  version: number
}

export interface Database {
  get<T extends Document>(collection: string, id: string): Promise<T | undefined>
  /** Throws if the insert failed or may have failed. Then read by `_id` and decide from the document. */
  insert<T extends Document>(collection: string, document: T): Promise<void>
  /** Replaces the given top-level fields if the document still has `version`. False if another writer was faster. */
  change<T extends Document>(collection: string, id: string, version: number, fields: Partial<T>): Promise<boolean>
  /** False if there was no such document. */
  remove(collection: string, id: string): Promise<boolean>
  find<T extends Document>(collection: string, find: Find): Promise<T[]>
  count(collection: string, where: Find['where']): Promise<number>
  /** @param stages in MongoDB's own notation; the answer has at most `limit` rows */
  aggregate<T>(collection: string, stages: readonly Stage[], limit: number): Promise<T[]>
  /** Waits before a write is tried again: longer each time, and a random time, so that two writers do not meet again. */
  backOff(attempt: number): Promise<void>
}

/** One of the aggregation stages that CloudBase supports. */
export type Stage =
  | { match: Record<string, unknown> }
  | { project: Record<string, unknown> }
  | { unwind: string }
  | { group: Record<string, unknown> }
  /** what another collection holds, as a list in the field `as`; the inner stages have MongoDB's names */
  | { lookup: { from: string; pipeline: readonly object[]; as: string } }
