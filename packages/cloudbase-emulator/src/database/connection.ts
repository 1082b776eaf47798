// The file of the database: one connection to SQLite, its prepared statements, and its transactions.
import { mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'libsql'
import { CannotStart } from '../failures'
import { shareCommits } from './commits'

export type Parameter = string | number | null

// The bytes "MCas" in the file's header mark it as a database of this emulator.
const applicationId = 0x4d436173
const formatVersion = 1
const mostStatements = 500

export type Connection = ReturnType<typeof openConnection>

/**
 * Opens the file in a folder.
 * @throws CannotStart when the folder is in use, belongs to another program or cannot be read
 */
export function openConnection(dataDir: string) {
  const db = openFile(dataDir, join(dataDir, 'cloud.sqlite'))
  const statements = new Map<string, Sqlite.Statement>()
  let open = false

  const statement = (sql: string): Sqlite.Statement => {
    const known = statements.get(sql)
    if (known) return known
    if (statements.size >= mostStatements) statements.clear()
    const prepared = db.prepare(sql)
    statements.set(sql, prepared)
    return prepared
  }
  const execute = (sql: string, parameters: Parameter[] = []): number => statement(sql).run(parameters).changes
  const rows = <T>(sql: string, parameters: Parameter[] = []): T[] => statement(sql).all(parameters) as T[]
  const one = <T>(sql: string, parameters: Parameter[] = []): T | undefined =>
    statement(sql).get(parameters) as T | undefined
  const shared = shareCommits(execute)

  const run = (sql: string, parameters: Parameter[] = []): number => {
    shared.join(open)
    return execute(sql, parameters)
  }

  const takeBack = (): void => {
    try {
      execute('ROLLBACK TO part')
      execute('RELEASE part')
    } catch {
      // After some errors SQLite has already rolled the whole transaction back, so ROLLBACK TO fails. Ignore this
      // failure, because the commit of the transaction will fail and report the error.
    }
  }

  /** Runs `work` as one transaction: either all its writes are kept, or none. */
  const atomically = <T>(work: () => T): T => {
    if (open) return work()
    run('SAVEPOINT part')
    open = true
    try {
      const result = work()
      execute('RELEASE part')
      return result
    } catch (error) {
      takeBack()
      throw error
    } finally {
      open = false
    }
  }

  const setting = (key: string): string | undefined =>
    one<{ value: string }>('SELECT value FROM meta WHERE key = ?', [key])?.value
  const keepSetting = (key: string, value: string): void => {
    run('INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value', [
      key,
      value,
    ])
  }

  return {
    run,
    rows,
    one,
    atomically,
    setting,
    keepSetting,
    /** Runs SQL that changes tables or indexes. */
    define: (sql: string): void => void db.exec(sql),
    commit: shared.commit,
    kept: shared.kept,
    /** Closes the file after a failed start. @returns what to throw */
    giveUp(error: unknown): unknown {
      db.close()
      return explained(dataDir, error)
    },
    close(): void {
      try {
        shared.commit()
      } finally {
        release(db)
      }
    },
  }
}

// libsql keeps the file open until the garbage collector has freed its statements. Leaving WAL mode and exclusive mode
// releases the file's lock now.
function release(db: Sqlite.Database): void {
  try {
    for (const source of ['journal_mode = DELETE', 'locking_mode = NORMAL', 'user_version']) pragma(db, source)
  } finally {
    db.close()
  }
}

function openFile(dataDir: string, file: string): Sqlite.Database {
  let db: Sqlite.Database | undefined
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
    const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0
    db = new Sqlite(file)
    // An exclusive lock: the operating system releases it when the process ends, even after kill -9.
    pragma(db, 'locking_mode = EXCLUSIVE')
    const owner = pragma(db, 'application_id')
    const version = pragma(db, 'user_version')
    if (size > 0 && (owner !== applicationId || version !== formatVersion)) throw foreign(dataDir)
    // A commit writes whole pages, so small pages make it cheaper.
    if (size === 0)
      db.exec(`
        PRAGMA page_size = 2048;
        BEGIN;
        PRAGMA application_id = ${applicationId};
        PRAGMA user_version = ${formatVersion};
        CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
        CREATE TABLE collections (name TEXT PRIMARY KEY, declaration TEXT NOT NULL, odd TEXT NOT NULL);
        COMMIT;
      `)
    pragma(db, 'journal_mode = WAL')
    pragma(db, 'synchronous = NORMAL')
    pragma(db, 'cache_size = -65536')
    // A checkpoint waits for the disk, so let SQLite run one only after 20,000 pages (40 MB) of log.
    pragma(db, 'wal_autocheckpoint = 20000')
    // Check only small files, because the check reads every page and would delay each start.
    if (size < 64_000_000 && pragma(db, 'quick_check(1)') !== 'ok') throw unreadable(dataDir)
    return db
  } catch (error) {
    db?.close()
    throw explained(dataDir, error)
  }
}

function pragma(db: Sqlite.Database, source: string): unknown {
  const [row] = db.prepare(`PRAGMA ${source}`).all([]) as Record<string, unknown>[]
  return row && Object.values(row)[0]
}

function explained(dataDir: string, error: unknown): unknown {
  if (error instanceof CannotStart) return error
  const code = String((error as { code?: unknown }).code)
  if (code === 'SQLITE_BUSY')
    return new CannotStart(
      `The data folder ${dataDir} is in use by another running emulator. Stop that one, or choose another folder with --data.`,
      { cause: error },
    )
  if (code === 'SQLITE_NOTADB') return foreign(dataDir, error)
  if (code === 'SQLITE_CORRUPT') return unreadable(dataDir, error)
  return new CannotStart(
    `The data folder ${dataDir} cannot be used (${error instanceof Error ? error.message : code}). Check that it can be written, or choose another with --data.`,
    { cause: error },
  )
}

const foreign = (dataDir: string, cause?: unknown): CannotStart =>
  new CannotStart(
    `cloud.sqlite in ${dataDir} was not written by this version of the emulator. Choose another folder with --data, or move that file away.`,
    { cause },
  )

const unreadable = (dataDir: string, cause?: unknown): CannotStart =>
  new CannotStart(
    `The data folder ${dataDir} is damaged. Put a copy of it back, or move it away and start with an empty one.`,
    { cause },
  )
