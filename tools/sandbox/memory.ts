// The sandbox's memory in SQLite: the data of the fake servers, the notifications that wait to be sent, and the chosen
// scenarios. Each change is stored before the sandbox answers, so that kill -9 loses nothing.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'libsql'
import { type Ledger, type NoticeContent, SandboxError } from './twin'

interface WaitingNotice {
  id: number
  provider: string
  content: NoticeContent
  dueAt: number
  /** how often the notification was sent and the merchant did not confirm it */
  tries: number
  /** whether the notification is sent again until the merchant confirms it */
  repeats: boolean
}

/**
 * A scenario that was chosen. When the next payment is created, `boundTo` gets that payment, and the scenario applies
 * to no other payment.
 */
interface Choice {
  scenario: string
  call: string | null
  boundTo: string | null
}

interface NoticeRow extends Omit<WaitingNotice, 'content' | 'repeats'> {
  content: string
  repeats: number
}

const formatVersion = 1

const schema = `
  CREATE TABLE IF NOT EXISTS entries (
    place INTEGER PRIMARY KEY, provider TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, grouped TEXT, body TEXT NOT NULL
  );
  CREATE UNIQUE INDEX IF NOT EXISTS entries_id ON entries (provider, kind, id);
  CREATE INDEX IF NOT EXISTS entries_grouped ON entries (provider, kind, grouped) WHERE grouped IS NOT NULL;
  CREATE TABLE IF NOT EXISTS serials (provider TEXT PRIMARY KEY, last INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS notices (
    id INTEGER PRIMARY KEY, provider TEXT NOT NULL, no TEXT NOT NULL, content TEXT NOT NULL,
    due INTEGER NOT NULL, tries INTEGER NOT NULL, repeats INTEGER NOT NULL
  );
  CREATE INDEX IF NOT EXISTS notices_due ON notices (due);
  CREATE TABLE IF NOT EXISTS choices (provider TEXT PRIMARY KEY, scenario TEXT NOT NULL, call TEXT, bound TEXT);
  CREATE TABLE IF NOT EXISTS switches (name TEXT PRIMARY KEY, is_on INTEGER NOT NULL);
`

export type Memory = ReturnType<typeof openMemory>

/** Opens the sandbox's storage. @throws SandboxError if the file cannot be read */
export function openMemory(dataDir: string) {
  const file = join(dataDir, 'sandbox.db')
  const db = openFile(dataDir, file)
  const begin = db.prepare('BEGIN IMMEDIATE')
  const commit = db.prepare('COMMIT')
  const entry = db.prepare('SELECT body FROM entries WHERE provider = ? AND kind = ? AND id = ?')
  const keep = db.prepare(
    `INSERT INTO entries (provider, kind, id, grouped, body) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (provider, kind, id) DO UPDATE SET body = excluded.body, grouped = coalesce(excluded.grouped, grouped)`,
  )
  const group = db.prepare('SELECT body FROM entries WHERE provider = ? AND kind = ? AND grouped = ? ORDER BY place')
  const count = db.prepare(
    'INSERT INTO serials VALUES (?, 1) ON CONFLICT (provider) DO UPDATE SET last = last + 1 RETURNING last',
  )
  const plan = db.prepare(
    'INSERT INTO notices (provider, no, content, due, tries, repeats) VALUES (?, ?, ?, ?, 0, ?) RETURNING id',
  )
  const hasten = db.prepare('UPDATE notices SET due = min(due, ?) WHERE provider = ? AND no = ? AND tries = 0')
  const postpone = db.prepare('UPDATE notices SET due = ?, tries = tries + 1 WHERE id = ?')
  const forget = db.prepare('DELETE FROM notices WHERE id = ?')
  const noticeColumns = 'id, provider, content, due AS dueAt, tries, repeats'
  const waiting = db.prepare(`SELECT ${noticeColumns} FROM notices WHERE id = ?`)
  const due = db.prepare('SELECT id FROM notices WHERE due <= ? ORDER BY due, id')
  const first = db.prepare('SELECT min(due) AS due FROM notices')
  const chosen = db.prepare('SELECT scenario, call, bound AS boundTo FROM choices WHERE provider = ?')
  const choose = db.prepare('INSERT OR REPLACE INTO choices VALUES (?, ?, ?, ?)')
  const kept = db.prepare("SELECT is_on AS isOn FROM switches WHERE name = 'keep'")
  const setKept = db.prepare("INSERT OR REPLACE INTO switches VALUES ('keep', ?)")

  const ledgerOf = (provider: string): Ledger => ({
    get: <T>(kind: string, id: string) => {
      const row = entry.get(provider, kind, id) as { body: string } | undefined
      return row && (JSON.parse(row.body) as T)
    },
    put: (kind, id, value, grouped) => {
      keep.run(provider, kind, id, grouped ?? null, JSON.stringify(value))
    },
    list: <T>(kind: string, grouped: string) =>
      (group.all(provider, kind, grouped) as { body: string }[]).map(({ body }) => JSON.parse(body) as T),
    serial: () => (count.get(provider) as { last: number }).last,
  })

  return {
    ledgerOf,

    /** Runs `work` in one transaction: all its changes are stored, or none. */
    together<T>(work: () => T): T {
      begin.run()
      try {
        const result = work()
        commit.run()
        return result
      } catch (error) {
        db.exec('ROLLBACK')
        throw error
      }
    },

    plan(provider: string, content: NoticeContent, dueAt: number, repeats: boolean): number {
      const row = plan.get(provider, content.no, JSON.stringify(content), dueAt, repeats ? 1 : 0) as { id: number }
      return row.id
    },
    hasten: (provider: string, no: string, at: number): void => void hasten.run(at, provider, no),
    postpone: (id: number, dueAt: number): void => void postpone.run(dueAt, id),
    forget: (id: number): void => void forget.run(id),
    notice(id: number): WaitingNotice | undefined {
      const row = waiting.get(id) as NoticeRow | undefined
      return row && { ...row, content: JSON.parse(row.content) as NoticeContent, repeats: Boolean(row.repeats) }
    },
    dueAt: (now: number): number[] => (due.all(now) as { id: number }[]).map(({ id }) => id),
    nextDueAt: (): number | null => (first.get() as { due: number | null }).due,

    choice: (provider: string): Choice =>
      (chosen.get(provider) as Choice | undefined) ?? { scenario: 'pay', call: null, boundTo: null },
    choose: (provider: string, { scenario, call, boundTo }: Choice): void =>
      void choose.run(provider, scenario, call, boundTo),

    /** whether a chosen scenario also applies to the payments after the next one */
    isKept: (): boolean => (kept.get() as { isOn: number } | undefined)?.isOn === 1,
    setKept: (isOn: boolean): void => void setKept.run(isOn ? 1 : 0),

    close: (): void => void db.close(),
  }
}

function openFile(dataDir: string, file: string): Database.Database {
  try {
    mkdirSync(dataDir, { recursive: true })
    const db = new Database(file)
    // A commit writes whole pages, so small pages make it cheaper. An existing file keeps its own size.
    db.exec('PRAGMA page_size = 2048')
    db.exec('PRAGMA journal_mode = WAL')
    db.exec('PRAGMA synchronous = NORMAL')
    // A checkpoint waits for the disk, so let SQLite run one only after 20,000 pages (40 MB) of log.
    db.exec('PRAGMA wal_autocheckpoint = 20000')
    const { user_version: version } = db.prepare('PRAGMA user_version').get() as { user_version: number }
    if (version !== 0 && version !== formatVersion) throw new Error('it was written by another version')
    db.exec(schema)
    db.exec(`PRAGMA user_version = ${formatVersion}`)
    return db
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new SandboxError(`the sandbox cannot use ${file} (${reason}); move it away to begin with an empty sandbox`)
  }
}
