// Migrates an environment's stored documents to the schema of the current code. Each document is changed with an
// optimistic lock. So the command may stop and start again, and the shop stays open meanwhile.
import { storedIn } from '../../../cloudfunctions/shared/store/compareAndSet'
import type { Database, Document } from '../../../cloudfunctions/shared/store/database'
import { putSchema, readSchema, schemaOf } from '../../../cloudfunctions/shared/store/schema'
import { type Migration, migrations } from './migrations'

const pageRows = 100
const inParallel = 8
const toldEvery = 1_000

export interface MigrationRun {
  say(line: string): void
  /** the migrations to run; only tests pass other migrations than the real ones */
  list?: readonly Migration[]
}

/** The migrations that an environment still needs, the oldest first. */
export async function missingMigrations(db: Database, list = migrations): Promise<Migration[]> {
  const schema = await schemaOf(db)
  return list.filter(({ to }) => to > schema)
}

/**
 * Runs the missing migrations and records each one when it ends. After an interruption it continues where it stopped.
 * @returns the migrations that ran
 */
export async function migrate(db: Database, { say, list = migrations }: MigrationRun): Promise<Migration[]> {
  const missing = await missingMigrations(db, list)
  for (const migration of missing) {
    await runSteps(db, migration, { say, isRecorded: true })
    await putSchema(db, { schema: migration.to, progress: null }, await readSchema(db))
  }
  return missing
}

/**
 * Runs the same migrations again after the new code is deployed, because the old code may have written old documents
 * until then.
 * @returns how many documents were changed
 */
export async function sweep(db: Database, ran: readonly Migration[], say: (line: string) => void): Promise<number> {
  let changed = 0
  for (const migration of ran) changed += await runSteps(db, migration, { say, isRecorded: false })
  return changed
}

async function runSteps(
  db: Database,
  { to, steps }: Migration,
  { say, isRecorded }: { say(line: string): void; isRecorded: boolean },
): Promise<number> {
  const { progress } = (isRecorded ? await readSchema(db) : undefined) ?? {}
  const begun = progress?.to === to ? steps.findIndex(({ collection }) => collection === progress.collection) : -1
  let changed = 0
  for (const { collection, change } of steps.slice(Math.max(begun, 0))) {
    const { change: store } = storedIn<'document', Document>(collection, 'document')
    const counts = { seen: 0, changed: 0, broken: 0 }
    const one = async (document: Document) => {
      const next = (before: Document) => ({ document: change(before) ?? before })
      if (change(document) === undefined) counts.broken++
      else if ((await store(db, document._id, next, document)).document !== document) counts.changed++
    }
    let after = begun >= 0 && progress?.collection === collection ? progress.after : ''
    for (;;) {
      const where = after === '' ? {} : { _id: { gt: after } }
      const page = await db.find<Document>(collection, { where, orderBy: [['_id', 'asc']], limit: pageRows })
      const waiting = [...page]
      const worker = async () => {
        for (let next = waiting.shift(); next; next = waiting.shift()) await one(next)
      }
      await Promise.all(Array.from({ length: inParallel }, worker))
      counts.seen += page.length
      const last = page.at(-1)
      if (!last || page.length < pageRows) break
      after = last._id
      if (isRecorded) await record(db, { to, collection, after })
      if (counts.seen % toldEvery === 0) say(`${collection}: ${counts.seen} documents, ${counts.changed} changed`)
    }
    if (isRecorded || counts.changed > 0) say(`${collection}: ${counts.seen} documents, ${counts.changed} changed`)
    if (counts.broken > 0) say(`${collection}: ${counts.broken} broken documents stay as they are`)
    changed += counts.changed
  }
  return changed
}

async function record(db: Database, progress: { to: number; collection: string; after: string }): Promise<void> {
  const there = await readSchema(db)
  await putSchema(db, { schema: there?.schema ?? 1, progress }, there)
}
