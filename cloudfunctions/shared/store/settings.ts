// The settings of the shop and of each provider in the database, encrypted with AES-256-GCM under CASHIER_KEY. The
// decrypted text is only kept in memory.

import * as crypto from 'node:crypto'
import { dayMs } from '../../../miniprogram/rules/beijing'
import { AppError } from '../domain/errors'
import type { Database, Document } from './database'

/** An older generation of settings. The payments and refunds that were made with it are finished with it. */
interface SealedGeneration {
  generation: number
  sealed: string
  /** when newer settings replaced these, epoch ms */
  replacedAt: number
  was?: number[]
}

export interface SealedSettings extends Document {
  /**
   * the encrypted fields: base64 of nonce (12 bytes), tag (16 bytes) and ciphertext of the JSON text; the encryption
   * also authenticates `_id`
   */
  sealed: string
  /**
   * whether the sandbox made these settings automatically at its first start. They contain addresses of the sandbox's
   * local server. If that server gets another port, the addresses are changed, too
   */
  seeded: boolean
  updatedAt: number
  /** the number of the current generation; absent: 1 */
  generation?: number
  /**
   * whether the provider is switched off: there are no new payments or contracts, but open payments and contracts are
   * finished
   */
  off?: boolean
  /**
   * the numbers of older generations of the same merchant that we have removed; payments that began with one of these
   * generations are finished with these settings
   */
  was?: number[]
  /** the older generations that we keep, newest first */
  older?: SealedGeneration[]
  /** generations that staff have ended: we no longer call the provider for their payments and contracts */
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

/** The keys that encrypt settings, newest first. While the key is being replaced, the older key follows. */
export type SettingsKeys = readonly [Buffer, ...Buffer[]]

/**
 * Reads the keys from the texts of the environment variables.
 * @throws BadInput with a sentence that says how to set the keys
 */
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

/** Decrypts a value; undefined if none of the keys can decrypt it. */
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
      // The value was not encrypted with this key, so try the next key.
    }
  }
  return undefined
}

/** Decrypts settings. @throws BadInput if none of the keys can decrypt them */
export function open(code: string, sealed: string, keys: SettingsKeys): unknown {
  const fields = opened(code, sealed, keys)
  if (fields !== undefined) return fields
  throw new AppError(
    'BadInput',
    `settings of ${code} cannot be decrypted: CASHIER_KEY is not the key that encrypted them`,
  )
}

// The letters of one-time codes. Vowels and letters that look alike are left out, because people copy the codes by
// hand.
const codeLetters = '23456789BCDFGHJKMNPQRSTVWXYZ'

const newLetters = (length: number): string =>
  Array.from({ length }, () => codeLetters[crypto.randomInt(codeLetters.length)]).join('')

/** Makes a one-time code of 96 random bits, in four groups of five letters. */
export const newCode = (): string => newLetters(20).replace(/.{5}(?=.)/g, '$&-')

/**
 * Makes a code of 38 random bits for the sign-in of one browser. The code may be short, because it is valid for only a
 * few minutes, and because the person who enters it must also be a staff member.
 */
export const newShortCode = (): string => newLetters(8)

const bare = (code: string): string => code.toUpperCase().replace(/[^0-9A-Z]/g, '')

/**
 * The hash of a one-time code or token. We store only the hash. The codes and tokens are random and long, so they need
 * no salt.
 */
export const hashOf = (token: string): string => crypto.createHash('sha256').update(token).digest('hex')

/** The digest of a one-time code. We store only the digest. Blanks and hyphens in the code do not count. */
export const digestOf = (code: string): string => hashOf(bare(code))

/**
 * The staffId. The phone names a staff member by the staffId, because the phone must not get other people's openids.
 */
export const staffIdOf = (openid: string): string => hashOf(openid).slice(0, 16)

/** Whether a code has this digest. The comparison takes constant time. Blanks and hyphens in the code do not count. */
export const sameDigest = (digest: string, code: string): boolean =>
  crypto.timingSafeEqual(Buffer.from(digest, 'hex'), Buffer.from(digestOf(code), 'hex'))

/**
 * Encrypts small values for one purpose. Each purpose has its own key, so a value for one purpose cannot be used for
 * another.
 */
export interface Sealer {
  seal(value: unknown): string
  /** the decrypted value; undefined for a text that was not encrypted with one of our keys for this purpose */
  open(sealed: string): unknown
  /**
   * Makes a keyed hash of a text. The same text always gives the same hash, and without the key nobody can find the
   * text from the hash.
   */
  mark(text: string): string
}

/**
 * Makes a Sealer: an object that encrypts small values for one purpose, with a key derived from our keys.
 * @param purpose what the values are for
 */
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

/** The random bytes of a new secret that signs webhooks. */
export const newSecretBytes = (): Buffer => crypto.randomBytes(32)

/** Makes the Sealer for the secrets that we share with other systems. */
export const sharedSecretsSealer = (keys: SettingsKeys): Sealer => sealerFor('shared secrets', keys)

export const newToken = (): string => crypto.randomBytes(24).toString('base64url')

/** Reads and decrypts all settings with one query. @throws BadInput if some settings cannot be decrypted */
export const readSettings = (db: Database, keys: SettingsKeys): Promise<OpenSettings> =>
  readAll(db, (code, sealed) => open(code, sealed, keys))

/** Like readSettings, but `fields` is undefined for settings that cannot be decrypted. */
export const readWhatOpens = (db: Database, keys: SettingsKeys): Promise<OpenSettings> =>
  readAll(db, (code, sealed) => opened(code, sealed, keys))

/** Decrypts settings that the caller has already read. `fields` is undefined for settings that cannot be decrypted. */
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

// How long replaced settings are kept. We ask about payments and refunds without a result for seven days
// (docs/design.md 2), so after eight days nothing needs them.
const keptMs = 8 * dayMs
const generationLimit = 12

export interface SettingsChange {
  code: string
  fields: unknown
  seeded: boolean
  now: number
  /** the version that the stored settings must have; null: no settings may be stored yet; undefined: any */
  version?: number | null
  /** whether the provider is switched off; absent: not */
  off?: boolean
  /** whether two sets of fields belong to the same merchant at the provider */
  isSameAccount(one: unknown, other: unknown): boolean
}

/**
 * Stores the settings of the shop or a provider. The settings that were stored before become an older generation,
 * unless only an address has changed. Older generations of the same merchant are dropped after 8 days. Generations of
 * another merchant stay until staff end them, because we need their keys to refund the orders that were paid to that
 * merchant.
 * @throws Conflict if the settings are changed at the same time, or if too many generations are kept
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

/**
 * Switches a provider off, so that there are no new payments or contracts. Returns false if the provider has no
 * settings.
 * @throws Conflict
 */
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
 * Ends a generation of settings for staff: we no longer ask the provider about its payments and contracts, refund them
 * or charge them, and we refuse its notices. Staff can end the current generation only after they have switched the
 * provider off. Settings that staff store later begin a new generation.
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
    throw new AppError('Conflict', 'switch the provider off before you end its current settings', {
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

// If only an address has changed, open payments can use the new address, too. So the older settings need not be kept.
const withoutAddress = (fields: unknown): string => {
  const rest = Object.entries((fields ?? {}) as Record<string, unknown>).filter(([name]) => !name.endsWith('Url'))
  return JSON.stringify(rest.sort(([a], [b]) => (a < b ? -1 : 1)))
}
