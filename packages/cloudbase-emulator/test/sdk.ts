// The real wx-server-sdk with types for these tests, because its own types describe an older version.
import sdk from 'wx-server-sdk'

export type Fields = Record<string, unknown>

interface Query {
  where(condition: unknown): Query
  orderBy(field: string, direction: 'asc' | 'desc'): Query
  limit(most: number): Query
  skip(first: number): Query
  field(projection: Fields): Query
  get(): Promise<{ data: Fields[] }>
  count(): Promise<{ total: number }>
  update(options: { data: Fields; multi?: boolean }): Promise<{ stats: { updated: number } }>
  remove(options?: { multi?: boolean }): Promise<{ stats: { removed: number } }>
}

interface Doc {
  field(projection: Fields): Doc
  get(): Promise<{ data: Fields | null }>
  set(options: { data: Fields }): Promise<{ stats: { updated: number; created: number } }>
  update(options: { data: Fields }): Promise<{ stats: { updated: number } }>
  remove(): Promise<{ stats: { removed: number } }>
}

interface Aggregate {
  match(condition: unknown): Aggregate
  group(group: Fields): Aggregate
  sort(order: Fields): Aggregate
  limit(most: number): Aggregate
  skip(first: number): Aggregate
  project(projection: Fields): Aggregate
  unwind(path: string): Aggregate
  addFields(fields: Fields): Aggregate
  lookup(lookup: Fields): Aggregate
  count(name: string): Aggregate
  sortByCount(path: string): Aggregate
  end(): Promise<{ list: Fields[] }>
}

export interface Collection extends Query {
  doc(id: string | number): Doc
  add(options: { data: Fields | Fields[] }): Promise<{ _id?: string; _ids?: string[] }>
  aggregate(): Aggregate
}

interface Transaction {
  collection(name: string): Collection
  commit(): Promise<unknown>
  rollback(reason?: unknown): Promise<unknown>
}

/** The members of db.command. Each call makes a condition, an update or an expression; conditions can be chained. */
interface Command {
  (...values: unknown[]): Command
  [name: string]: Command
}

export interface Db {
  command: Command
  collection(name: string): Collection
  createCollection(name: string): Promise<unknown>
  serverDate(options?: { offset: number }): unknown
  RegExp(options: { regexp: string; options?: string }): unknown
  startTransaction(): Promise<Transaction>
  runTransaction<T>(work: (transaction: Transaction) => Promise<T>, times?: number): Promise<T>
}

export interface Cloud {
  DYNAMIC_CURRENT_ENV: unknown
  init(options: Fields): void
  database(options?: { throwOnNotFound?: boolean }): Db
  getWXContext(): Fields
  callFunction(options: { name: string; data?: Fields }): Promise<{ result: unknown }>
  openapi: { subscribeMessage: { send(message: Fields): Promise<unknown> } }
  cloudPay: { unifiedOrder(order: Fields): Promise<unknown> }
}

export const cloud = sdk as unknown as Cloud

/** The shape of the errors that the SDK throws. */
export interface SdkError extends Error {
  errCode: number
  errMsg: string
}

/** Opens the SDK's database so that a missing document is read as null. */
export function openDatabase(): Db {
  cloud.init({ env: 'local' })
  return cloud.database({ throwOnNotFound: false })
}
