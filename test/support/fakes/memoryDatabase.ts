// A database in memory that follows the rules of store/database.ts. A test can make a write fail, or let a write
// succeed and lose its reply.
import { setImmediate as lastTurn } from 'node:timers/promises'
import { aggregate } from 'mingo'
import type { Condition, Database, Document, Find, Stage } from '../../../cloudfunctions/shared/store/database'

export type Luck = 'fine' | 'lostReply' | 'notSent'

export interface MemoryDatabase extends Database {
  /** the number of round trips so far, by kind */
  readonly trips: { reads: number; writes: number }
  /** decides what happens to the n-th write; the first write is number 1 */
  luck: (write: number) => Luck
  all<T extends Document>(collection: string): T[]
  /** the stored document itself and not a copy; callers must not change the document */
  peek<T extends Document>(collection: string, id: string): T | undefined
  peekAll<T extends Document>(collection: string): T[]
  put<T extends Document>(collection: string, document: T): void
}

/**
 * @param shares true: returns documents without copying them. This is faster, and safe for code that never changes them
 */
export function createMemoryDatabase(shares = false): MemoryDatabase {
  const copied = <T>(value: T): T => (shares ? value : structuredClone(value))
  const collections = new Map<string, Map<string, Document>>()
  const trips = { reads: 0, writes: 0 }
  const of = (name: string): Map<string, Document> => {
    const there = collections.get(name) ?? new Map<string, Document>()
    collections.set(name, there)
    return there
  }

  async function write<T>(work: () => T): Promise<T> {
    trips.writes += 1
    const luck = database.luck(trips.writes)
    await Promise.resolve()
    if (luck === 'notSent') throw new Error('connection reset')
    const result = work()
    if (luck === 'lostReply') throw new Error('reply lost')
    return result
  }

  async function read<T>(work: () => T): Promise<T> {
    trips.reads += 1
    await Promise.resolve()
    return copied(work())
  }

  const insert = (name: string, document: Document): void => {
    if (of(name).has(document._id)) throw new Error('duplicate')
    of(name).set(document._id, copied(document))
  }

  const change = (name: string, id: string, version: number, fields: object): boolean => {
    const there = of(name).get(id)
    if (there?.version !== version) return false
    of(name).set(id, copied({ ...there, ...fields }))
    return true
  }

  const database: MemoryDatabase = {
    trips,
    luck: () => 'fine',
    all: <T extends Document>(name: string) => structuredClone([...of(name).values()]) as T[],
    peek: <T extends Document>(name: string, id: string) => of(name).get(id) as T | undefined,
    peekAll: <T extends Document>(name: string) => [...of(name).values()] as T[],
    put: (name, document) => void of(name).set(document._id, structuredClone(document)),
    get: <T extends Document>(name: string, id: string) => read(() => of(name).get(id) as T | undefined),
    insert: (name, document) => write(() => insert(name, document)),
    insertAll: (name, documents) =>
      write(() => {
        // MongoDB stores the documents in order, up to the first document that it refuses.
        for (const document of documents) insert(name, document)
      }),
    change: (name, id, version, fields) => write(() => change(name, id, version, fields)),
    changeAll: (name, { ids, version }, fields) =>
      write(() => ids.filter((id) => change(name, id, version, fields)).length),
    remove: (name, id) => write(() => of(name).delete(id)),
    find: <T extends Document>(name: string, { where, orderBy, limit }: Find) =>
      read(() => {
        const found = [...of(name).values()].filter((document) => matches(document, where)) as T[]
        return found.sort(comparing(orderBy)).slice(0, limit)
      }),
    count: (name, where) => read(() => [...of(name).values()].filter((document) => matches(document, where)).length),
    aggregate: <T>(name: string, stages: readonly Stage[], limit: number) =>
      read(() => {
        const named = stages.map((stage) =>
          Object.fromEntries(Object.entries(stage).map(([key, value]) => [`$${key}`, value])),
        )
        const others = { collectionResolver: (other: string) => [...of(other).values()] as never[] }
        return aggregate([...of(name).values()] as never[], named as never[], others).slice(0, limit) as T[]
      }),
    // A database in memory needs no real wait. Let every other caller continue once: then the write that collided with
    // this caller's write is done.
    backOff: () => lastTurn(),
  }
  return database
}

const fieldOf = (document: Document, field: string): unknown => (document as unknown as Record<string, unknown>)[field]

function matches(document: Document, where: Record<string, Condition>): boolean {
  return Object.entries(where).every(([field, condition]) => {
    const value = fieldOf(document, field)
    if (typeof condition !== 'object' || condition === null)
      return value === condition || (Array.isArray(value) && value.includes(condition))
    if ('in' in condition) return [value].flat().some((one) => condition.in.includes(one as string))
    return Object.entries(condition).every(([operator, bound]) => {
      if (typeof value !== typeof bound) return false
      const a = value as number
      const b = bound as number
      return operator === 'lt' ? a < b : operator === 'lte' ? a <= b : operator === 'gt' ? a > b : a >= b
    })
  })
}

const comparing = (orderBy: Find['orderBy']) => (a: Document, b: Document) => {
  for (const [field, direction] of orderBy) {
    const left = fieldOf(a, field) as number
    const right = fieldOf(b, field) as number
    if (left !== right) return (left < right ? -1 : 1) * (direction === 'asc' ? 1 : -1)
  }
  return 0
}
