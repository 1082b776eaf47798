// The simulator's database, in memory. It has the interface of our stores and the behaviour of the emulator:
// compare-and-set on `version`, errors for ids that are taken, at most 1,000 documents per query.
import { aggregate } from 'mingo'
import { AppError } from '../../cloudfunctions/shared/domain/errors'
import type { Condition, Database, Document, Find, Stage } from '../../cloudfunctions/shared/store/database'
import type { Odds, Process } from './process'
import { earliest, type World } from './world'

const readOdds: Odds = { lost: 0.004, notSent: 0.004 }
const writeOdds: Odds = { lost: 0.02, notSent: 0.01 }
// The database call fails after two seconds, as in runtime/cloud.ts.
const limitMs = 2_000
const mostFound = 1_000

type Documents = Map<string, Document>

/** The stored documents. All processes of a world share them. A document is never changed, only replaced. */
export class Store {
  readonly collections = new Map<string, Documents>()
  /** called after every write that the database has made */
  onWrite: (collection: string, before: Document | undefined, after: Document) => void = () => undefined

  constructor(private readonly world: World) {}

  of(collection: string): Documents {
    let documents = this.collections.get(collection)
    if (!documents) {
      documents = new Map()
      this.collections.set(collection, documents)
    }
    return documents
  }

  peek<T extends Document>(collection: string, id: string): T | undefined {
    return this.of(collection).get(id) as T | undefined
  }

  all<T extends Document>(collection: string): T[] {
    return [...this.of(collection).values()] as T[]
  }

  /** The earliest of the times that a field of a collection's documents has; null if none has one. */
  earliest(collection: string, field: 'dueAt' | 'outboxAt'): number | null {
    let found: number | null = null
    for (const document of this.of(collection).values())
      found = earliest(found, (document as { [field in typeof field]?: number | null })[field] ?? null)
    return found
  }

  put(collection: string, document: Document): void {
    const documents = this.of(collection)
    const before = documents.get(document._id)
    documents.set(document._id, document)
    this.world.mix(document.version + collection.length)
    this.onWrite(collection, before, document)
  }
}

/** The database of the simulator for one process, whose calls may fail or get lost. */
export class SimulatedDatabase implements Database {
  constructor(
    private readonly store: Store,
    private readonly process: Process,
  ) {}

  get<T extends Document>(collection: string, id: string): Promise<T | undefined> {
    return this.read(`read ${collection}`, () => this.store.peek<T>(collection, id))
  }

  insert<T extends Document>(collection: string, document: T): Promise<void> {
    return this.insertAll(collection, [document])
  }

  insertAll<T extends Document>(collection: string, documents: readonly T[]): Promise<void> {
    const { store } = this
    return this.write(`insert into ${collection}`, () => {
      const { world } = this.process
      if (world.now < world.noInsertsUntil) throw new Error('the database takes no new documents')
      // MongoDB stores the documents in order, up to the first document that it refuses.
      for (const document of documents) {
        if (store.of(collection).has(document._id)) throw new Error('the id is taken')
        store.put(collection, document)
      }
    })
  }

  async change<T extends Document>(
    collection: string,
    id: string,
    version: number,
    fields: Partial<T>,
  ): Promise<boolean> {
    return (await this.changeAll(collection, { ids: [id], version }, fields)) === 1
  }

  async changeAll<T extends Document>(
    collection: string,
    { ids, version }: { ids: readonly string[]; version: number },
    fields: Partial<T>,
  ): Promise<number> {
    if (!Number.isSafeInteger(version)) throw new AppError('Internal', 'the document has no version')
    const { store } = this
    return this.write(`change ${collection}`, () => {
      let changed = 0
      for (const id of ids) {
        const before = store.peek<T>(collection, id)
        if (before?.version !== version) continue
        store.put(collection, { ...before, ...fields })
        changed += 1
      }
      return changed
    })
  }

  remove(collection: string, id: string): Promise<boolean> {
    return this.write(`remove from ${collection}`, () => this.store.of(collection).delete(id))
  }

  find<T extends Document>(collection: string, { where, orderBy, limit }: Find): Promise<T[]> {
    if (limit > mostFound) throw new Error('a query gives at most 1,000 documents')
    return this.read(`find ${collection}`, () => {
      const found: T[] = []
      for (const document of this.store.of(collection).values()) if (matches(document, where)) found.push(document as T)
      return found.length > 1 ? found.sort(comparing(orderBy)).slice(0, limit) : found.slice(0, limit)
    })
  }

  count(collection: string, where: Find['where']): Promise<number> {
    return this.read(
      `count ${collection}`,
      () => this.store.all(collection).filter((document) => matches(document, where)).length,
    )
  }

  aggregate<T>(collection: string, stages: readonly Stage[], limit: number): Promise<T[]> {
    return this.read(`aggregate ${collection}`, () => {
      // Usually no document matches. Check this first, because the pipeline is slow.
      const match = (stages[0] as { match?: Match } | undefined)?.match
      if (match && !this.store.all(collection).some((document) => mayMatch(document, match))) return []
      const named = stages.map((stage) =>
        Object.fromEntries(Object.entries(stage).map(([name, value]) => [`$${name}`, value])),
      )
      const others = { collectionResolver: (other: string) => this.store.all(other) as never[] }
      return aggregate(this.store.all(collection) as never[], named as never[], others).slice(0, limit) as T[]
    })
  }

  backOff(attempt: number): Promise<void> {
    return this.process.pause(attempt * (5 + 10 * this.process.random.next()))
  }

  private read<T>(what: string, effect: () => T): Promise<T> {
    return this.process.call(what, effect, readOdds, limitMs)
  }

  private write<T>(what: string, effect: () => T): Promise<T> {
    const { world } = this.process
    const orRefuse = () => {
      if (world.now < world.noWritesUntil) throw new Error('the database takes no writes')
      return effect()
    }
    return this.process.call(what, orRefuse, writeOdds, limitMs)
  }
}

type Match = Record<string, unknown>

/**
 * Whether a document might match the first stage of an aggregate. Returns false only if it certainly does not match.
 */
function mayMatch(document: Document, match: Match): boolean {
  for (const field in match) {
    const condition = match[field]
    if (field === '$or') {
      if (!(condition as Match[]).some((one) => mayMatch(document, one))) return false
    } else if (typeof condition === 'object' && condition !== null) {
      const { $gte, $lt } = condition as { $gte?: number; $lt?: number }
      const value = fieldOf(document, field) as number
      if (($gte !== undefined && !(value >= $gte)) || ($lt !== undefined && !(value < $lt))) return false
    } else if (!field.includes('.') && !fits(fieldOf(document, field), condition as Condition)) return false
  }
  return true
}

const fieldOf = (document: Document, field: string): unknown => (document as unknown as Record<string, unknown>)[field]

function matches(document: Document, where: Find['where']): boolean {
  for (const field in where) if (!fits(fieldOf(document, field), where[field] as Condition)) return false
  return true
}

function fits(value: unknown, condition: Condition): boolean {
  if (typeof condition !== 'object' || condition === null)
    return value === condition || (Array.isArray(value) && value.includes(condition))
  if ('in' in condition)
    return Array.isArray(value)
      ? value.some((one) => condition.in.includes(one))
      : condition.in.includes(value as string)
  const { lt, lte, gt, gte } = condition
  const bound = lt ?? lte ?? gt ?? gte
  if (typeof value !== typeof bound) return false
  const comparable = value as number
  if (lt !== undefined && !(comparable < (lt as number))) return false
  if (lte !== undefined && !(comparable <= (lte as number))) return false
  if (gt !== undefined && !(comparable > (gt as number))) return false
  return gte === undefined || comparable >= (gte as number)
}

const comparing = (orderBy: Find['orderBy']) => (a: Document, b: Document) => {
  for (const [field, direction] of orderBy) {
    const left = fieldOf(a, field) as number
    const right = fieldOf(b, field) as number
    if (left !== right) return (left < right ? -1 : 1) * (direction === 'asc' ? 1 : -1)
  }
  return 0
}
