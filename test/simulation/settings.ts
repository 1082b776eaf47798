// The providers' settings in a world. They go through the real store, encrypted and in generations. Decrypted settings
// are cached.
import * as z from 'zod/mini'
import type { Database, Document } from '../../cloudfunctions/shared/store/database'
import {
  endGeneration,
  type OpenSetting,
  putSettings,
  readSettings,
  readSettingsKeys,
  switchOff,
} from '../../cloudfunctions/shared/store/settings'

/** The settings of a simulated provider: the merchant account and the signing key. */
export interface Fields {
  account: string
  key: number
}

export const fieldsSchema = z.object({ account: z.string(), key: z.number() })
const keys = readSettingsKeys([Buffer.alloc(32, 7).toString('base64')])
const isSameAccount = (one: unknown, other: unknown): boolean => (one as Fields).account === (other as Fields).account

export const saveSettings = (db: Database, code: string, fields: Fields, now: number): Promise<void> =>
  putSettings(db, keys, { code, fields, seeded: false, now, isSameAccount })

export const switchProviderOff = (db: Database, code: string, now: number): Promise<boolean> =>
  switchOff(db, code, { now })

export const endSettings = (
  db: Database,
  code: string,
  { generation, version }: { generation: number; version: number },
) => endGeneration(db, code, { generation, version })

const opened = new WeakMap<Document, Promise<OpenSetting | undefined>>()

/**
 * Decrypts a settings document, once for all worlds. The result stays valid, because documents are replaced and never
 * changed.
 */
export function openSetting(document: Document): Promise<OpenSetting | undefined> {
  let open = opened.get(document)
  if (!open) {
    open = readSettings(oneDocument(document), keys).then((settings) => settings.get(document._id))
    opened.set(document, open)
  }
  return open
}

/** The settings documents with which every world begins, by provider code. They are encrypted once for all worlds. */
export const firstSettings = new Map<string, Document>()

export async function sealFirstSettings(codes: readonly string[]): Promise<void> {
  for (const code of codes) {
    const insert = async (_: string, document: Document) => void firstSettings.set(code, document)
    const empty = { ...oneDocument(undefined), insert } as Database
    await saveSettings(empty, code, { account: code, key: 1 }, 0)
  }
}

const never = (): Promise<never> => Promise.reject(new Error('only for reading'))

const oneDocument = (document: Document | undefined): Database => ({
  get: async <T extends Document>() => document as T | undefined,
  find: async <T extends Document>() => (document ? [document as T] : []),
  insert: never,
  insertAll: never,
  change: never,
  changeAll: never,
  remove: never,
  count: never,
  aggregate: never,
  backOff: never,
})
