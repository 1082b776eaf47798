// Settings of the shop and of each provider, sealed with AES-256-GCM under CASHIER_KEY. Opened text never leaves
// memory.
import * as crypto from 'node:crypto'
import { AppError } from '../domain/errors'
import type { Database, Document } from './database'

/** An older generation of the settings of one code. Payments and refunds made with it are finished with it. */
interface SealedGeneration {
  generation: number
  sealed: string
  /** when newer settings replaced these */
  replacedAt: number
  was?: number[]
}

export interface SealedSettings extends Document {
  /** base64 of nonce (12 bytes), tag (16 bytes) and ciphertext of the JSON text; authenticated together with `_id` */
  sealed: string
  /** made for the sandbox at the first start; its addresses are rewritten when the local port changes */
  seeded: boolean
  updatedAt: number
  /** the number of the current generation; absent: 1 */
  generation?: number
  /** switched off: no new payments or contracts, but open ones are finished */
  off?: boolean
  /** numbers of dropped generations of the same merchant; these settings are used in their place */
  was?: number[]
  /** older generations that are kept, the newest first */
  older?: SealedGeneration[]
  /** generations that a person ended: no call to the provider is made for their payments and contracts any more */
  ended?: number[]
}

export interface OpenGeneration {
  generation: number
  fields: unknown
  replacedAt: number
  was?: readonly number[]
}

export interface OpenSetting {
  fields: unknown
  version: number
  seeded: boolean
  generation?: number
  off?: boolean
  was?: readonly number[]
  older?: readonly OpenGeneration[]
  ended?: readonly number[]
}

export type OpenSettings = Map<string, OpenSetting>

const collection = 'settings'
const nonceBytes = 12
const tagBytes = 16

/** The keys that seal settings: the newest first; during a rotation an older one follows. */
export type SettingsKeys = readonly [Buffer, ...Buffer[]]

/** @throws BadInput with a sentence that says how to set the keys */
export function readSettingsKeys(texts: readonly (string | undefined)[]): SettingsKeys {
  const keys = texts
    .filter((text): text is string => text !== undefined && text !== '')
    .map((text) => {
      const key = Buffer.from(text, 'base64')
      if (key.length !== 32)
        throw new AppError('BadInput', 'CASHIER_KEY must be 32 bytes in base64 (openssl rand -base64 32)')
      return key
    })
  const [first, ...older] = keys
  if (!first)
    throw new AppError('BadInput', 'CASHIER_KEY is missing: set 32 random bytes in base64 (openssl rand -base64 32)')
  return [first, ...older]
}

export function seal(code: string, fields: unknown, keys: SettingsKeys): string {
  const nonce = crypto.randomBytes(nonceBytes)
  const cipher = crypto.createCipheriv('aes-256-gcm', keys[0], nonce)
  cipher.setAAD(Buffer.from(code))
  const sealed = Buffer.concat([cipher.update(JSON.stringify(fields), 'utf8'), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64')
}

/** The opened value; undefined if none of the keys opens it. */
function opened(code: string, sealed: string, keys: SettingsKeys): unknown {
  const bytes = Buffer.from(sealed, 'base64')
  for (const key of keys) {
    try {
      const decipher = crypto.createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceBytes))
      decipher.setAAD(Buffer.from(code))
      decipher.setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes))
      return JSON.parse(
        Buffer.concat([decipher.update(bytes.subarray(nonceBytes + tagBytes)), decipher.final()]).toString('utf8'),
      )
    } catch {
      // Another key may open it.
    }
  }
  return undefined
}

/** Opens sealed settings. @throws BadInput if none of the keys opens them */
export function open(code: string, sealed: string, keys: SettingsKeys): unknown {
  const fields = opened(code, sealed, keys)
  if (fields !== undefined) return fields
  throw new AppError(
    'BadInput',
    `settings of ${code} cannot be opened: CASHIER_KEY is not the key they were sealed with`,
  )
}

// No vowels and no letters that look alike, because people copy the code by hand.
const codeLetters = '23456789BCDFGHJKMNPQRSTVWXYZ'

const newLetters = (length: number): string =>
  Array.from({ length }, () => codeLetters[crypto.randomInt(codeLetters.length)]).join('')

/** A new one-time code of 96 bits, in four groups of five letters. */
export const newCode = (): string => newLetters(20).replace(/.{5}(?=.)/g, '$&-')

/** A new code of 38 bits for the sign-in of one browser: short, because it is good for minutes and of no use alone. */
export const newShortCode = (): string => newLetters(8)

const bare = (code: string): string => code.toUpperCase().replace(/[^0-9A-Z]/g, '')

/** The form in which a one-time code or a token is stored. Both are random and long, so no salt is needed. */
export const hashOf = (token: string): string => crypto.createHash('sha256').update(token).digest('hex')

/** The digest under which a one-time code is stored. */
export const digestOf = (code: string): string => hashOf(bare(code))

/** The staffId by which the phone names a staff member: the phone never gets an openid. */
export const staffIdOf = (openid: string): string => hashOf(openid).slice(0, 16)

/** Whether a code has this digest, compared in constant time. Blanks and hyphens in the code do not count. */
export const sameDigest = (digest: string, code: string): boolean =>
  crypto.timingSafeEqual(Buffer.from(digest, 'hex'), Buffer.from(digestOf(code), 'hex'))

/** Seals small values under a key of its own, for one purpose: nothing else can be opened or made with that key. */
export interface Sealer {
  seal(value: unknown): string
  /** undefined for anything that was not sealed with one of our keys for this purpose */
  open(sealed: string): unknown
  /** A mark of a text, by which nobody without the key can find the text. */
  mark(text: string): string
}

/** @param purpose what the derived key is for */
export function sealerFor(purpose: string, keys: SettingsKeys): Sealer {
  const derive = (key: Buffer): Buffer => Buffer.from(crypto.hkdfSync('sha256', key, '', `mini-cashier ${purpose}`, 32))
  const [newest, ...older] = keys
  const derived: SettingsKeys = [derive(newest), ...older.map(derive)]
  return {
    seal: (value) => seal(purpose, value, derived),
    open: (sealed) => opened(purpose, sealed, derived),
    mark: (text) => crypto.createHmac('sha256', derived[0]).update(text).digest('base64url').slice(0, 22),
  }
}

/** The bytes of a new secret for signatures of webhooks. */
export const newSecretBytes = (): Buffer => crypto.randomBytes(32)

/** Seals the secrets that we share with other systems. */
export const sharedSecretsSealer = (keys: SettingsKeys): Sealer => sealerFor('shared secrets', keys)

/** A new token of 192 bits. */
export const newToken = (): string => crypto.randomBytes(24).toString('base64url')

/** Reads and opens all settings with one query. @throws BadInput if one cannot be opened */
export const readSettings = (db: Database, keys: SettingsKeys): Promise<OpenSettings> =>
  readAll(db, (code, sealed) => open(code, sealed, keys))

/** As readSettings, but `fields` is undefined for settings that cannot be opened. */
export const readWhatOpens = (db: Database, keys: SettingsKeys): Promise<OpenSettings> =>
  readAll(db, (code, sealed) => opened(code, sealed, keys))

/** As readWhatOpens, for settings that were read already. */
export const openWhatOpens = (documents: readonly SealedSettings[], keys: SettingsKeys): OpenSettings =>
  openAll(documents, (code, sealed) => opened(code, sealed, keys))

async function readAll(db: Database, fieldsOf: (code: string, sealed: string) => unknown): Promise<OpenSettings> {
  const documents = await db.find<SealedSettings>(collection, { where: {}, orderBy: [['_id', 'asc']], limit: 100 })
  return openAll(documents, fieldsOf)
}

function openAll(
  documents: readonly SealedSettings[],
  fieldsOf: (code: string, sealed: string) => unknown,
): OpenSettings {
  return new Map(
    documents.map(({ _id, sealed, version, seeded, generation = 1, off = false, was = [], older = [], ended = [] }) => [
      _id,
      {
        fields: fieldsOf(_id, sealed),
        version,
        seeded,
        generation,
        off,
        was,
        ended,
        older: older.map((one) => ({
          generation: one.generation,
          fields: fieldsOf(_id, one.sealed),
          replacedAt: one.replacedAt,
          was: one.was ?? [],
        })),
      },
    ]),
  )
}

// Payments and refunds without a result are queried for seven days (docs/design.md 2). Settings that were replaced
// eight days ago are not needed any more.
const keptMs = 8 * 86_400_000
const generationLimit = 12

export interface SettingsChange {
  code: string
  fields: unknown
  seeded: boolean
  now: number
  /** the version that must be stored now; null: no settings may be stored; undefined: not checked */
  version?: number | null
  /** [false] whether the provider is switched off */
  off?: boolean
  /** whether two sets of fields belong to the same merchant at the provider */
  isSameAccount(one: unknown, other: unknown): boolean
}

/**
 * Stores the settings of one code. The settings stored before become an older generation, except if only an address has
 * changed. Older generations of the same merchant are dropped after 8 days. Those of another merchant stay until a
 * person ends them, because its paid orders can only be refunded with them.
 * @throws Conflict if the settings change at the same time, or if too many generations are kept
 */
export async function putSettings(db: Database, keys: SettingsKeys, change: SettingsChange): Promise<void> {
  const { code, fields, seeded, now, version, off = false, isSameAccount } = change
  const sealed = seal(code, fields, keys)
  const there = await mustHaveVersion(db, code, version)
  if (!there)
    return db.insert<SealedSettings>(collection, {
      _id: code,
      version: 1,
      sealed,
      seeded,
      updatedAt: now,
      generation: 1,
    })
  const { generation = 1, was = [], older = [], ended = [] } = there
  const before = opened(code, there.sealed, keys)
  const isOver = ended.includes(generation)
  const isNew = code !== 'shop' && (isOver || before === undefined || withoutAddress(before) !== withoutAddress(fields))
  const kept = older.filter(
    (one) => now - one.replacedAt < keptMs || !isSameAccount(opened(code, one.sealed, keys), fields),
  )
  const dropped = older.filter((one) => !kept.includes(one)).flatMap((one) => [one.generation, ...(one.was ?? [])])
  const next = isNew && !isOver ? [{ generation, sealed: there.sealed, replacedAt: now, was }, ...kept] : kept
  if (next.length > generationLimit)
    throw new AppError('Conflict', 'too many older settings are kept: end one first', {
      details: [{ field: 'older', rule: 'tooMany' }],
    })
  await write(db, there, {
    sealed,
    seeded,
    updatedAt: now,
    off,
    generation: isNew ? generation + 1 : generation,
    was: isNew ? dropped : [...was, ...dropped],
    older: next,
  })
}

/** Switches a provider off: no new payments or contracts. False if the provider has no settings. @throws Conflict */
export async function switchOff(
  db: Database,
  code: string,
  { now, version }: { now: number; version?: number | null },
): Promise<boolean> {
  const there = await mustHaveVersion(db, code, version)
  if (!there) return false
  if (there.off !== true) await write(db, there, { off: true, updatedAt: now })
  return true
}

/**
 * Ends a generation on a person's request: its payments and contracts are no longer queried, refunded or charged, and
 * its notices are refused. The current generation must be switched off first; new settings then begin a new generation.
 * @throws NotFound, Conflict
 */
export async function endGeneration(
  db: Database,
  code: string,
  { generation, version }: { generation: number; version: number },
): Promise<void> {
  const there = await mustHaveVersion(db, code, version)
  const { generation: current = 1, older = [], ended = [], off = false } = there ?? {}
  const isThere = generation === current || older.some((one) => one.generation === generation)
  if (!there || !isThere || ended.includes(generation)) throw new AppError('NotFound', 'there is no such generation')
  if (generation === current && !off)
    throw new AppError('Conflict', 'switch it off before you end it', {
      details: [{ field: 'older', rule: 'stillOn' }],
    })
  const { was = [] } = generation === current ? there : (older.find((one) => one.generation === generation) ?? {})
  await write(db, there, {
    ended: [...ended, generation, ...was],
    older: older.filter((one) => one.generation !== generation),
  })
}

async function mustHaveVersion(
  db: Database,
  code: string,
  version: number | null | undefined,
): Promise<SealedSettings | undefined> {
  const there = await db.get<SealedSettings>(collection, code)
  if (version !== undefined && (there?.version ?? null) !== version) throw changedMeanwhile(code)
  return there
}

async function write(db: Database, there: SealedSettings, fields: Partial<SealedSettings>): Promise<void> {
  const next = { ...fields, version: there.version + 1 }
  if (!(await db.change<SealedSettings>(collection, there._id, there.version, next))) throw changedMeanwhile(there._id)
}

const changedMeanwhile = (code: string): AppError =>
  new AppError('Conflict', `settings of ${code} were changed by somebody else: try again`)

// If only an address has changed, open payments use the new address too: no older generation is kept.
const withoutAddress = (fields: unknown): string => {
  const rest = Object.entries((fields ?? {}) as Record<string, unknown>).filter(([name]) => !name.endsWith('Url'))
  return JSON.stringify(rest.sort(([a], [b]) => (a < b ? -1 : 1)))
}
