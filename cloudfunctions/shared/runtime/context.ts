// Builds what use cases are given, once per instance: settings and catalogue are kept in memory for a minute.
// The only reader of process.env.
import { setTimeout } from 'node:timers/promises'
import { AppError, isAppError } from '../domain/errors'
import { providers as registry } from '../providers'
import { secureChance } from '../providers/signing'
import { type Product, productsOnSale } from '../store/products'
import { type OpenSettings, readSettings, readSettingsKeys } from '../store/settings'
import type { Context, EnabledProvider, ShopSettings } from '../usecases/context'
import { createDatabase, createFiles } from './cloud'
import { createHttp } from './http'
import { createSettingsDesk } from './settingsDesk'
import { parseSettings, shopSchema } from './settingsSchema'

const keepMs = 60_000
const refreshEveryMs = 10_000

interface Opened {
  shop: ShopSettings
  enabled: Map<string, EnabledProvider>
  readAt: number
}

/** @param providerTimeoutMs how long a call to a provider may take; it must fit into the function's time-out */
export function createContext(providerTimeoutMs: number): Context {
  const keys = readSettingsKeys([process.env.CASHIER_KEY, process.env.CASHIER_KEY_OLD])
  const db = createDatabase()
  const http = createHttp(providerTimeoutMs)
  const now = () => Date.now()
  let opened: Opened | undefined
  let opening: Promise<Opened> | undefined
  let catalogue: { products: Product[]; readAt: number } | undefined

  const isFresh = (readAt: number): boolean => now() - readAt >= 0 && now() - readAt < keepMs

  async function read(): Promise<Opened> {
    opening ??= readSettings(db, keys)
      .then((settings) => ({ ...openAll(settings, http, leaveOut), readAt: now() }))
      .catch((cause: unknown) => {
        // Our own mistake, not the caller's: whoever is on the phone must not read BadInput.
        throw new AppError('Internal', 'settings cannot be opened', { cause })
      })
      .finally(() => {
        opening = undefined
      })
    opened = await opening
    return opened
  }
  const settings = async (): Promise<Opened> => (opened && isFresh(opened.readAt) ? opened : read())

  return {
    now,
    chance: secureChance,
    pause,
    elapsed: () => performance.now(),
    db,
    files: createFiles(),
    forged: new Map(),
    shop: async () => (await settings()).shop,
    providers: async () => [...(await settings()).enabled.values()],
    provider: async (code) => (await settings()).enabled.get(code),
    settings: createSettingsDesk(db, keys, http),
    async refreshSettings() {
      if (opened && now() - opened.readAt < refreshEveryMs) return false
      await read()
      return true
    },
    async products() {
      if (!catalogue || !isFresh(catalogue.readAt)) catalogue = { products: await productsOnSale(db), readAt: now() }
      return catalogue.products
    },
    log: (event, fields) => console.log(JSON.stringify({ event, ...fields })),
  }
}

const pause = async (ms: number, signal?: AbortSignal): Promise<void> => {
  // An aborted pause is over, not broken.
  await setTimeout(ms, undefined, signal && { signal }).catch(() => undefined)
}

// One provider's settings that no longer fit must not close the shop for the others.
const leaveOut = (error: unknown): void =>
  console.error(JSON.stringify({ event: 'settingsRefused', reason: isAppError(error) ? error.message : 'unreadable' }))

/**
 * Opens every provider that has settings.
 * @param onRefused hears of half-filled or unreadable ones, which are then left out; it may throw
 * @throws BadInput when the shop's own settings are missing or wrong
 */
export function openAll(
  settings: OpenSettings,
  http: ReturnType<typeof createHttp>,
  onRefused: (error: unknown) => void,
): Omit<Opened, 'readAt'> {
  const shop = parseSettings('shop', shopSchema, settings.get('shop')?.fields)
  const enabled = registry.flatMap((definition) => {
    const fields = settings.get(definition.code)?.fields
    if (fields === undefined) return []
    try {
      const provider = definition.create(parseSettings(definition.code, definition.settings, fields), http)
      return [[definition.code, { definition, provider }] as const]
    } catch (error) {
      onRefused(error)
      return []
    }
  })
  return { shop, enabled: new Map(enabled) }
}
