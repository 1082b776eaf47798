// Key checks in the database. A key check asks a provider to call us, which proves that our keys are right. There is
// one document for each provider, with its last check.
import { storedIn } from '../compareAndSet'
import type { Database, Document } from '../database'

export interface StoredKeyCheck extends Document {
  /** a random text that the provider must send back in its call */
  echo: string
  /** which generation of the provider's settings is checked */
  generation: number
  askedAt: number
  /**
   * opened: the provider has called, and we could decrypt its call. sealed: it has called, but our key does not decrypt
   * the call. null: it has not called
   */
  heard: 'opened' | 'sealed' | null
  /** if the call could not be decrypted: the settings in which staff should look for the mistake */
  look: readonly string[]
}

const { read, insert, change } = storedIn<'check', StoredKeyCheck>('checks', 'check')

export const readKeyCheck = read

/** Stores a new key check. The caller does this before it asks the provider. @throws Conflict, Internal */
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

/** Records that the provider has called for this key check. If a newer check has begun meanwhile, nothing changes. */
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
