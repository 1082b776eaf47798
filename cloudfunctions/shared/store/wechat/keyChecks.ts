// The last check of each provider's keys that asked the provider to call us: one document for each provider. The next
// check replaces it.
import { storedIn } from '../compareAndSet'
import type { Database, Document } from '../database'

export interface StoredKeyCheck extends Document {
  /** the text that the provider sends back */
  echo: string
  /** the number of the settings' generation that is checked */
  generation: number
  askedAt: number
  /** sealed: the provider called, but its content does not open with our key; null: it has not called */
  heard: 'opened' | 'sealed' | null
  /** the settings to look at if the call was sealed */
  look: readonly string[]
}

const { read, insert, change } = storedIn<'check', StoredKeyCheck>('checks', 'check')

export const readKeyCheck = read

/** Begins a check, before the provider is asked. @throws Conflict, Internal */
export async function beginKeyCheck(
  db: Database,
  provider: string,
  fields: Pick<StoredKeyCheck, 'echo' | 'generation' | 'askedAt'>,
): Promise<void> {
  const made: StoredKeyCheck = { _id: provider, version: 1, ...fields, heard: null, look: [] }
  const there = await insert(db, made)
  const begin = ({ version }: StoredKeyCheck) => ({ check: { ...made, version: version + 1 } })
  if (there.echo !== fields.echo) await change(db, provider, begin, there)
}

/** Stores that the provider called for the check that was read. A check that began meanwhile stays as it is. */
export async function hearKeyCheck(
  db: Database,
  check: StoredKeyCheck,
  { heard, look }: Pick<StoredKeyCheck, 'heard' | 'look'>,
): Promise<void> {
  const hear = (before: StoredKeyCheck) => {
    const isDone = before.echo !== check.echo || before.heard !== null
    return { check: isDone ? before : { ...before, heard, look, version: before.version + 1 } }
  }
  await change(db, check._id, hear, check)
}
