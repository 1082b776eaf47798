// Wraps wx-server-sdk, and is the only file that imports it. The rest of the code gets the caller's identity, the
// database and the files through our own interfaces.
import { isIPv4 } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import * as cloud from 'wx-server-sdk'
import { AppError } from '../domain/errors'
import type { Condition, Database, Document, Find, Stage } from '../store/database'
import type { Files } from '../store/files'

// The longest wait for a database call, in ms. A notice needs two such calls, and we must answer it within the
// provider's five seconds.
const timeoutMs = 2_000

cloud.init({ env: cloud.DYNAMIC_CURRENT_ENV as unknown as string })

/**
 * The caller's openid, which only WeChat's gateway can set; undefined if the call came by HTTP or from a timer.
 * @throws Forbidden for an openid of digits only: wx-server-sdk 4.0.2 (getWXContext) parses such a text as a number,
 * which drops leading zeros and rounds. So two people could get the same openid
 */
export function callerOpenid(): string | undefined {
  const openid: unknown = wxContext().OPENID
  if (openid === undefined || openid === '') return undefined
  if (typeof openid !== 'string') throw new AppError('Forbidden', 'this openid cannot be read')
  return openid
}

/** The caller's unionid; undefined if the mini-program belongs to no account of WeChat's open platform. */
export function callerUnionid(): string | undefined {
  const { UNIONID } = wxContext()
  return typeof UNIONID === 'string' && UNIONID !== '' ? UNIONID : undefined
}

function wxContext(): { OPENID?: unknown; UNIONID?: unknown; CLIENTIP?: unknown } {
  try {
    return cloud.getWXContext()
  } catch {
    return {}
  }
}

/**
 * The caller's IPv4 address as WeChat's gateway saw it. Undefined if the address is unknown or IPv6, because no
 * provider's document says that it accepts IPv6 addresses.
 */
export function callerIp(): string | undefined {
  const { CLIENTIP } = wxContext()
  return typeof CLIENTIP === 'string' && isIPv4(CLIENTIP) ? CLIENTIP : undefined
}

// Types for the parts of wx-server-sdk that we use. The SDK's own types mix callbacks and promises and lack
// `throwOnNotFound`.
interface Query {
  where(condition: Record<string, unknown>): Query
  orderBy(field: string, direction: 'asc' | 'desc'): Query
  limit(limit: number): Query
  get(): Promise<{ data: unknown[] }>
  count(): Promise<{ total: number }>
  update(change: { data: Record<string, unknown> }): Promise<{ stats: { updated: number } }>
}
interface Collection extends Query {
  doc(id: string): { get(): Promise<{ data: unknown }>; remove(): Promise<{ stats: { removed: number } }> }
  add(insert: { data: Document | readonly Document[] }): Promise<{ _ids?: unknown[] }>
  aggregate(): Aggregate
}
interface Aggregate {
  match(condition: Record<string, unknown>): Aggregate
  project(fields: Record<string, unknown>): Aggregate
  unwind(field: string): Aggregate
  group(fields: Record<string, unknown>): Aggregate
  lookup(join: object): Aggregate
  limit(limit: number): Aggregate
  end(): Promise<{ list: unknown[] }>
}
interface Sdk {
  command: Record<'eq' | 'set' | 'in' | 'lt' | 'lte' | 'gt' | 'gte', (value: unknown) => unknown> & {
    and(conditions: unknown[]): unknown
  }
  collection(name: string): Collection
}

/** The cloud database, reached through wx-server-sdk. Every call ends within 2 s. */
export function createDatabase(): Database {
  const options: object = { throwOnNotFound: false }
  const db = cloud.database(options) as unknown as Sdk
  const { command } = db

  const conditionOf = (condition: Condition): unknown => {
    if (typeof condition !== 'object' || condition === null) return command.eq(condition)
    const bounds = Object.entries(condition).map(([operator, value]) =>
      command[operator as 'in' | 'lt' | 'lte' | 'gt' | 'gte'](value),
    )
    return bounds.length === 1 ? bounds[0] : command.and(bounds)
  }

  const whereOf = (where: Find['where']): Record<string, unknown> =>
    Object.fromEntries(Object.entries(where).map(([field, condition]) => [field, conditionOf(condition)]))

  const update = async (
    collection: string,
    where: { _id: unknown; version: number },
    fields: object,
  ): Promise<number> => {
    // If the version was undefined, the SDK would leave the condition out, and the write would replace any version.
    if (!Number.isSafeInteger(where.version)) throw new AppError('Internal', 'the document has no version')
    // `_.set` replaces a whole field. Without `_.set` the SDK merges a nested object into the old one, and ignores an
    // empty object.
    const data = Object.fromEntries(Object.entries(fields).map(([field, value]) => [field, command.set(value)]))
    return (await bounded(db.collection(collection).where(where).update({ data }))).stats.updated
  }

  return {
    async get<T extends Document>(collection: string, id: string) {
      const { data } = await bounded(db.collection(collection).doc(id).get())
      return (data ?? undefined) as T | undefined
    },

    async insert<T extends Document>(collection: string, document: T) {
      await bounded(db.collection(collection).add({ data: document }))
    },

    async insertAll<T extends Document>(collection: string, documents: readonly T[]) {
      const { _ids } = await bounded(db.collection(collection).add({ data: documents }))
      if (_ids?.length !== documents.length) throw new AppError('Internal', 'not all documents were inserted')
    },

    change: async (collection, id, version, fields) => (await update(collection, { _id: id, version }, fields)) === 1,

    changeAll: (collection, { ids, version }, fields) => update(collection, { _id: command.in(ids), version }, fields),

    async remove(collection: string, id: string) {
      const { stats } = await bounded(db.collection(collection).doc(id).remove())
      return stats.removed === 1
    },

    async find<T extends Document>(collection: string, { where, orderBy, limit }: Find) {
      const all = db.collection(collection).where(whereOf(where))
      const sorted = orderBy.reduce((query, [field, direction]) => query.orderBy(field, direction), all)
      const { data } = await bounded(sorted.limit(limit).get())
      return data as T[]
    },

    async count(collection: string, where: Find['where']) {
      return (await bounded(db.collection(collection).where(whereOf(where)).count())).total
    },

    async aggregate<T>(collection: string, stages: readonly Stage[], limit: number) {
      const all = stages.reduce<Aggregate>((rest, stage) => {
        if ('match' in stage) return rest.match(stage.match)
        if ('unwind' in stage) return rest.unwind(stage.unwind)
        if ('lookup' in stage) return rest.lookup(stage.lookup)
        return 'project' in stage ? rest.project(stage.project) : rest.group(stage.group)
      }, db.collection(collection).aggregate())
      return (await bounded(all.limit(limit).end())).list as T[]
    },

    backOff: (attempt) => wait(attempt * (5 + 10 * Math.random())),
  }
}

// The longest wait for a call of WeChat's API, in ms: longer than WeChat's servers usually take, and short enough for a
// person who waits.
const wechatTimeoutMs = 5_000

type OpenApi = { [name: string]: OpenApi } & ((data: object) => Promise<unknown>)

/**
 * Calls an API of WeChat's servers through wx-server-sdk (cloud.openapi). The fields have the names of the API's page.
 */
export function callWechat(api: readonly string[], data: object): Promise<unknown> {
  // Without the option convertCase, the SDK changes upper and lower case in the names of all fields, at any depth.
  const root = (cloud as unknown as { openapi(options: object): OpenApi }).openapi({ convertCase: false })
  const called = api.reduce((path, name) => path[name] as OpenApi, root)
  return bounded(called(data), wechatTimeoutMs)
}

// The longest wait for a file, in ms. Files of some megabytes need more time than documents.
const fileTimeoutMs = 20_000
const linkSeconds = 3_600

interface Storage {
  uploadFile(file: { cloudPath: string; fileContent: Buffer }): Promise<{ fileID: string }>
  downloadFile(file: { fileID: string }): Promise<{ fileContent: Buffer }>
  getTempFileURL(asked: {
    fileList: { fileID: string; maxAge: number }[]
  }): Promise<{ fileList: { tempFileURL: string }[] }>
  deleteFile(asked: { fileList: string[] }): Promise<unknown>
}

/** The cloud storage for files, reached through wx-server-sdk. */
export function createFiles(): Files {
  const storage = cloud as unknown as Storage
  return {
    async put(path, content) {
      const fileContent = Buffer.from(content.buffer, content.byteOffset, content.byteLength)
      return (await bounded(storage.uploadFile({ cloudPath: path, fileContent }), fileTimeoutMs)).fileID
    },
    get: async (fileID) => (await bounded(storage.downloadFile({ fileID }), fileTimeoutMs)).fileContent,
    async link(fileID) {
      const { fileList } = await bounded(storage.getTempFileURL({ fileList: [{ fileID, maxAge: linkSeconds }] }))
      return fileList[0]?.tempFileURL || null
    },
    async remove(fileIds) {
      if (fileIds.length > 0) await bounded(storage.deleteFile({ fileList: [...fileIds] }))
    },
  }
}

async function bounded<T>(call: Promise<T>, limitMs = timeoutMs): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new AppError('Internal', 'the cloud did not answer in time')), limitMs)
  })
  try {
    return await Promise.race([call, timeout])
  } finally {
    clearTimeout(timer)
  }
}
