// Settings of the shop and of each provider, sealed with AES-256-GCM under CASHIER_KEY. Opened text never leaves memory.
import * as crypto from 'node:crypto'
import { AppError } from '../domain/errors'
import type { Database, Document } from './database'

export interface SealedSettings extends Document {
  /** base64 of 12 bytes nonce, 16 bytes tag, ciphertext of the JSON text; bound to `_id` */
  sealed: string
  /** made for the sandbox at first start; addresses in it follow the local port */
  seeded: boolean
  updatedAt: number
}

export type OpenSettings = Map<string, { fields: unknown; version: number; seeded: boolean }>

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
    documents.map(({ _id, sealed, version, seeded }) => [_id, { fields: fieldsOf(_id, sealed), version, seeded }]),
  )
}

/** Replaces or adds the settings of one code. @throws Conflict when somebody else changes them at the same time */
export async function putSettings(
  db: Database,
  keys: SettingsKeys,
  {
    code,
    fields,
    seeded,
    now,
    version,
  }: {
    code: string
    fields: unknown
    seeded: boolean
    now: number
    /** what must be stored now; null: nothing. Left out: whatever it is */
    version?: number | null
  },
): Promise<void> {
  const sealed = seal(code, fields, keys)
  const there = await db.get<SealedSettings>(collection, code)
  if (version !== undefined && (there?.version ?? null) !== version)
    throw new AppError('Conflict', `settings of ${code} were changed by somebody else: try again`)
  if (!there) return db.insert<SealedSettings>(collection, { _id: code, version: 1, sealed, seeded, updatedAt: now })
  const next = { sealed, seeded, updatedAt: now, version: there.version + 1 }
  if (!(await db.change<SealedSettings>(collection, code, there.version, next)))
    throw new AppError('Conflict', `settings of ${code} were changed by somebody else: try again`)
}

/** Takes the settings of one code away: its provider is no longer enabled. False when there were none. */
export const removeSettings = (db: Database, code: string): Promise<boolean> => db.remove(collection, code)
