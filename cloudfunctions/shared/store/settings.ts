// Settings of the shop and of each provider, sealed with AES-256-GCM under CASHIER_KEY. Opened text never leaves memory.
import * as crypto from 'node:crypto'
import { AppError } from '../domain/errors'
import type { Database, Document } from './database'

/** The settings of one code as they were before a change: money under way goes on under them. */
interface SealedGeneration {
  generation: number
  sealed: string
  /** when newer ones took their place */
  replacedAt: number
  was?: number[]
}

export interface SealedSettings extends Document {
  /** base64 of 12 bytes nonce, 16 bytes tag, ciphertext of the JSON text; bound to `_id` */
  sealed: string
  /** made for the sandbox at first start; addresses in it follow the local port */
  seeded: boolean
  updatedAt: number
  /** counts the changes; absent: 1 */
  generation?: number
  /** switched off: nothing new begins, and what is under way goes on */
  off?: boolean
  /** earlier generations of the same merchant that were dropped: these settings stand for them */
  was?: number[]
  /** the newest first */
  older?: SealedGeneration[]
  /** ended by hand: nothing made with these is sent or asked about again */
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

/** The newest key first; an older one may follow, for rotation. */
export type SettingsKeys = readonly [Buffer, ...Buffer[]]

/** @throws BadInput with the sentence that tells what to do */
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

/** undefined when no key opens it */
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
      // the next key may open it
    }
  }
  return undefined
}

/** @throws BadInput when no key opens it */
export function open(code: string, sealed: string, keys: SettingsKeys): unknown {
  const fields = opened(code, sealed, keys)
  if (fields !== undefined) return fields
  throw new AppError(
    'BadInput',
    `settings of ${code} cannot be opened: CASHIER_KEY is not the key they were sealed with`,
  )
}

// Without vowels and look-alikes: a person copies it by hand.
const codeLetters = '23456789BCDFGHJKMNPQRSTVWXYZ'

/** A new one-time code of 96 bits, in four groups of five letters. */
export function newCode(): string {
  const letters = Array.from({ length: 20 }, () => codeLetters[crypto.randomInt(codeLetters.length)])
  return letters.join('').replace(/.{5}(?=.)/g, '$&-')
}

const bare = (code: string): string => code.toUpperCase().replace(/[^0-9A-Z]/g, '')

/** What a one-time code is kept as. It is random and long enough that no salt is needed. */
export const digestOf = (code: string): string => crypto.createHash('sha256').update(bare(code)).digest('hex')

/** What a person of the shop is called on the phone, which never learns an openid. */
export const staffIdOf = (openid: string): string =>
  crypto.createHash('sha256').update(openid).digest('hex').slice(0, 16)

/** Whether a code, however it was grouped, is the one with this digest; in constant time. */
export const sameDigest = (digest: string, code: string): boolean =>
  crypto.timingSafeEqual(Buffer.from(digest, 'hex'), Buffer.from(digestOf(code), 'hex'))

/** All settings, opened; one read. @throws BadInput */
export const readSettings = (db: Database, keys: SettingsKeys): Promise<OpenSettings> =>
  readAll(db, (code, sealed) => open(code, sealed, keys))

/** As readSettings, but `fields` is undefined where no key opens them. */
export const readWhatOpens = (db: Database, keys: SettingsKeys): Promise<OpenSettings> =>
  readAll(db, (code, sealed) => opened(code, sealed, keys))

async function readAll(db: Database, fieldsOf: (code: string, sealed: string) => unknown): Promise<OpenSettings> {
  const documents = await db.find<SealedSettings>(collection, { where: {}, orderBy: [['_id', 'asc']], limit: 100 })
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

// Anything that waits is asked about for seven days (docs/design.md 2): what was replaced before that has no reader
// left.
const keptMs = 8 * 86_400_000
const generationLimit = 12

export interface SettingsChange {
  code: string
  fields: unknown
  seeded: boolean
  now: number
  /** what must be stored now; null: nothing. Left out: whatever it is */
  version?: number | null
  /** whether it is switched off [false] */
  off?: boolean
  /** whether two sets of fields name the same merchant at the provider */
  isSameAccount(one: unknown, other: unknown): boolean
}

/**
 * Replaces or adds the settings of one code. What stood there becomes an older generation, unless nothing but an address
 * has changed. Generations of the same merchant are dropped after 8 days; those of another merchant stay until somebody
 * ends them, because a paid order can only be refunded with them.
 * @throws Conflict when somebody else changes them at the same time, or too many generations are kept
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

/** Switches a provider off: nothing new begins with it. False when it has no settings. @throws Conflict */
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
 * Ends a generation by hand: what was made with it is never sent or asked about again, and its calls are refused. The
 * current one can be ended once it is off; saving settings afterwards begins another.
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

// A new address of the same merchant with the same keys is where everything goes from now on.
const withoutAddress = (fields: unknown): string => {
  const { baseUrl: _, ...rest } = (fields ?? {}) as Record<string, unknown>
  return JSON.stringify(Object.entries(rest).sort(([a], [b]) => (a < b ? -1 : 1)))
}
