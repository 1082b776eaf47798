// Jobs in the database: work that is due at some time and belongs to no order or contract, such as reconciliations and
// exports. Each job is one document, which also contains the job's result. One more document is a turn: only the run of
// the timer that has the turn may send many debits.
import { insertOrFind, storedIn } from './compareAndSet'
import type { Database, Document } from './database'
import { readPage } from './paging'

export type JobKind = 'reconcile' | 'export' | 'tidy' | 'complaints'

export interface Job extends Document {
  kind: JobKind
  /** when the job must run next, epoch ms; null: never */
  dueAt: number | null
  /** how often the job was started since it last made progress */
  tries: number
  createdAt: number
}

const collection = 'jobs'

export const readJob = <T extends Job>(db: Database, id: string): Promise<T | undefined> => db.get<T>(collection, id)

/** Reads the jobs with these ids. An id without a job is left out of the result. @param ids at most 100 */
export async function readJobs(db: Database, ids: readonly string[]): Promise<Map<string, Job>> {
  if (ids.length === 0) return new Map()
  const found = await db.find<Job>(collection, { where: { _id: { in: ids } }, orderBy: [['_id', 'asc']], limit: 100 })
  return new Map(found.map((job) => [job._id, job]))
}

/** Inserts a job, or reads the job that already has this id. @throws Internal */
export const insertJob = <T extends Job>(db: Database, job: T): Promise<T> => insertOrFind(db, collection, job, 'job')

/** Changes a job with one compare-and-set. @returns the changed job; undefined if another writer was first */
export async function changeJob<T extends Job>(db: Database, job: T, fields: Partial<T>): Promise<T | undefined> {
  const change = { ...fields, version: job.version + 1 }
  return (await db.change<T>(collection, job._id, job.version, change)) ? { ...job, ...change } : undefined
}

/** The latest jobs of one kind, newest first. */
export async function latestJobs<T extends Job>(db: Database, kind: JobKind, limit: number): Promise<T[]> {
  return (await readPage<T>(db, collection, { where: { kind }, by: 'createdAt', limit })).found
}

/** Jobs that became due between `since` and `now`, the longest waiting first. */
export const dueJobs = (
  db: Database,
  { since, now, limit }: { since: number; now: number; limit: number },
): Promise<Job[]> =>
  db.find<Job>(collection, { where: { dueAt: { gte: since, lte: now } }, orderBy: [['dueAt', 'asc']], limit })

/**
 * The turn, which a run of the timer must have while it sends many debits. Two runs overlap when CloudBase repeats a
 * run that failed. Each run obeys the provider's limit of debits per second, but two runs together could exceed the
 * limit.
 */
interface DebitTurn extends Document {
  kind: 'debitTurn'
  /** the run that has the turn */
  holder: string
  /** until when that run has the turn, epoch ms; 0: the run has ended */
  until: number
}

const turnId = 'debitTurn'
const { read, insert, write, change } = storedIn<'turn', DebitTurn>(collection, 'turn')

/**
 * Takes the turn, if it is free at `now`. A turn that ends after `latest` counts as free, because a run whose clock was
 * ahead has written it.
 * @param until when the turn ends if the run is killed and cannot give it back
 * @returns 0 if this run has the turn now. Otherwise when the other run's turn ends, epoch ms
 */
export async function takeDebitTurn(
  db: Database,
  { holder, now, until, latest }: { holder: string; now: number; until: number; latest: number },
): Promise<number> {
  const there = await read(db, turnId)
  if (!there) {
    const made = await insert(db, { _id: turnId, version: 1, kind: 'debitTurn', holder, until })
    return made.holder === holder ? 0 : made.until
  }
  if (there.until > now && there.until <= latest) return there.until
  return (await write(db, there, { ...there, version: there.version + 1, holder, until })) ? 0 : until
}

/** Gives the turn back, so that the next run need not wait. */
export async function endDebitTurn(db: Database, holder: string): Promise<void> {
  await change(db, turnId, (before) => ({
    turn: before.holder === holder ? { ...before, version: before.version + 1, until: 0 } : before,
  }))
}
