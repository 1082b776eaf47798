// Builds the context of the use cases, once in each function instance. It keeps settings and catalogue in memory for a
// minute. This is the only file that reads process.env.
import { setTimeout } from 'node:timers/promises'
import { AppError, isAppError } from '../domain/errors'
import { providerNames, providers as registry } from '../providers'
import { secureChance } from '../providers/signing'
import { type Product, productsOnSale } from '../store/products'
import { assertSchema } from '../store/schema'
import {
  type OpenSettings,
  readSettings,
  readSettingsKeys,
  type Sealer,
  sealerFor,
  sharedSecretsSealer,
} from '../store/settings'
import type { Context, EnabledProvider, ShopSettings } from '../usecases/platform/context'
import { callWechat, createDatabase, createFiles } from './cloud'
import { openGenerations, type Source, sourceFor, whenChanged } from './generations'
import { createHttp } from './http'
import { createKeyCases, type HearVerdict } from './keyCases'
import { createOutgoing } from './outgoing'
import { createSettingsEditor } from './settingsEditor'
import { parseSettings, shopSchema } from './settingsSchema'
import { createWebhooks } from './webhooks'
import { createMessageDoor } from './wechatMessages'
import { createShippingDoor } from './wechatShipping'

const keepMs = 60_000
const refreshEveryMs = 10_000

// CloudBase describes each call in environment variables, which no caller can set. WX_CONTEXT_KEYS and TCB_CONTEXT_KEYS
// list the names of the variables that describe this call. A variable that is not listed does not count, because an
// earlier call of the same instance may have left it (wx-server-sdk, getWXContext; node-sdk, tcbcontext).
const personKeys = [
  'WX_OPENID',
  'WX_UNIONID',
  // a user of another mini-program or official account that shares this CloudBase environment
  'WX_FROM_OPENID',
  'WX_FROM_UNIONID',
  'TCB_UUID',
  'TCB_CUSTOM_USER_ID',
  'TCB_ISANONYMOUS_USER',
]

// Whether a person made this call. CloudBase sets TCB_ISANONYMOUS_USER to the word false if the caller is not an
// anonymous user. That does not prove that there is a person, so the word false counts as an empty value.
function isFromPerson(): boolean {
  const { WX_CONTEXT_KEYS = '', TCB_CONTEXT_KEYS = '' } = process.env
  const listed = new Set(`${WX_CONTEXT_KEYS},${TCB_CONTEXT_KEYS}`.split(','))
  return personKeys.some((key) => listed.has(key) && !['', 'false', undefined].includes(process.env[key]))
}

// The kind of caller, as CloudBase names it in a variable, such as wx_trigger. In a chain of calls CloudBase joins the
// kinds with commas (WeChat's page on Cloud.getWXContext, SOURCE). The variable is missing if the calling program sends
// no kind (node-sdk, tcbapirequester.ts).
const sourceWord = (): string => process.env.TCB_SOURCE ?? ''

// Splits the value of an environment variable at its commas.
const wordsOf = (list = ''): string[] => list.split(',').filter((word) => word !== '')

/**
 * Whether a timer started this call. It did if CloudBase's kind of caller is `wx_trigger`. If CloudBase gives no kind,
 * TRIGGER_SRC must be `timer` (node-sdk, wxCloudToken.ts). A kind that CASHIER_TIMER_SOURCE lists also counts, unless
 * TRIGGER_SRC names another trigger.
 */
export function isFromTimer(): boolean {
  const { TRIGGER_SRC = '', CASHIER_TIMER_SOURCE } = process.env
  if (isFromPerson()) return false
  const source = sourceWord()
  if (source === '') return TRIGGER_SRC === 'timer'
  return (
    source === 'wx_trigger' || (wordsOf(CASHIER_TIMER_SOURCE).includes(source) && ['', 'timer'].includes(TRIGGER_SRC))
  )
}

/**
 * Whether this call may have come by HTTP access: CloudBase names no person and no timer, and CloudBase's kind of
 * caller is missing or listed in CASHIER_HTTP_SOURCE (docs/decisions/0033-who-may-start-notify-and-timer.md).
 */
export const isFromHttp = (): boolean =>
  !isFromPerson() &&
  process.env.TRIGGER_SRC !== 'timer' &&
  ['', ...wordsOf(process.env.CASHIER_HTTP_SOURCE)].includes(sourceWord())

/**
 * CloudBase's kind of caller, for the answer to a call that we refuse. If the refused call came from HTTP access or the
 * timer, whoever deploys the functions can add this kind to CASHIER_HTTP_SOURCE or CASHIER_TIMER_SOURCE.
 */
export const refusedSource = (): string =>
  sourceWord()
    .replace(/[^\w,.-]/g, '')
    .slice(0, 64)

interface Opened {
  shop: ShopSettings
  enabled: Map<string, EnabledProvider>
  /**
   * by the provider's code: one provider for each generation of its settings that we keep, newest first. Providers that
   * are switched off are in it, too
   */
  kept: Map<string, readonly Source[]>
  readAt: number
}

/** Encrypts the cookies that browsers keep for us. @throws BadInput if CASHIER_KEY is missing */
export const webSealer = (): Sealer =>
  sealerFor('web session', readSettingsKeys([process.env.CASHIER_KEY, process.env.CASHIER_KEY_OLD]))

/**
 * Builds the context of this function instance.
 * @param providerTimeoutMs the time limit of a call to a provider, in ms; must be shorter than the function's time-out
 */
export function createContext(providerTimeoutMs: number): Context {
  const keys = readSettingsKeys([process.env.CASHIER_KEY, process.env.CASHIER_KEY_OLD])
  // Only the local cloud sets CASHIER_LOCAL (tools/localCloud.ts).
  const isReal = process.env.CASHIER_LOCAL !== '1'
  const db = createDatabase()
  const http = createHttp(providerTimeoutMs)
  const now = () => Date.now()
  const log: Context['log'] = (event, fields) => console.log(JSON.stringify({ event, ...fields }))
  const keyCases = createKeyCases(db, now, log)
  const webhooks = createWebhooks(
    { db, sealer: sealerFor('webhook secret', keys), now },
    createOutgoing({ isLocal: !isReal }),
  )
  let opened: Opened | undefined
  let opening: Promise<Opened> | undefined
  let catalogue: { products: Product[]; readAt: number } | undefined

  const openChanged = whenChanged((settings) => openAll(settings, http, leaveOut, keyCases.hear))

  const isFresh = (readAt: number): boolean => now() - readAt >= 0 && now() - readAt < keepMs

  // Each function instance checks the database's schema until the schema is right. After that no check is needed,
  // because no deployment makes the schema older.
  let isSchemaRight = false
  async function checked(): Promise<void> {
    if (!isSchemaRight) await assertSchema(db)
    isSchemaRight = true
  }
  async function read(): Promise<Opened> {
    // Read the endpoints together with the settings, so that the first notice of an instance needs no further database
    // call. If the endpoints cannot be read, the function still works, and reads the endpoints again when an event is
    // to be delivered.
    opening ??= Promise.all([
      readSettings(db, keys),
      checked(),
      keyCases.load(),
      webhooks.endpoints().catch(() => undefined),
    ])
      .then(([settings]) => ({ ...openChanged(settings), readAt: now() }))
      .catch((cause: unknown) => {
        if (isAppError(cause) && cause.code === 'Internal') throw cause
        // Broken settings are the shop's fault, so the shopper must not get BadInput, which means that the shopper's
        // input was wrong.
        throw new AppError('Internal', 'settings cannot be decrypted', { cause })
      })
      .finally(() => {
        opening = undefined
      })
    opened = await opening
    return opened
  }
  async function refresh(): Promise<boolean> {
    if (opened && now() - opened.readAt < refreshEveryMs) return false
    await read()
    return true
  }
  const settings = async (): Promise<Opened> => (opened && isFresh(opened.readAt) ? opened : read())

  return {
    now,
    chance: secureChance,
    pause,
    elapsed: () => performance.now(),
    db,
    files: createFiles(),
    shipping: createShippingDoor(callWechat),
    messages: createMessageDoor(callWechat),
    forged: new Map(),
    shop: async () => (await settings()).shop,
    providers: async () => [...(await settings()).enabled.values()],
    provider: async (code) => (await settings()).enabled.get(code),
    kept: async () => [...(await settings()).kept.values()].flatMap(([newest]) => newest ?? []),
    sources: async (code) => (await settings()).kept.get(code) ?? [],
    async sourceOf(made) {
      const find = ({ kept }: Opened) => sourceFor(kept.get(made.provider) ?? [], made)
      // Another instance may have begun the payment with newer settings, which this instance has not read yet. So read
      // again.
      return find(await settings()) ?? ((await refresh()) ? find(await settings()) : undefined)
    },
    providerNames,
    secrets: sharedSecretsSealer(keys),
    settings: createSettingsEditor(db, keys, http, { hear: keyCases.hearNow, isReal }),
    webhooks,
    refreshSettings: refresh,
    async products() {
      if (!catalogue || !isFresh(catalogue.readAt)) catalogue = { products: await productsOnSale(db), readAt: now() }
      return catalogue.products
    },
    log,
  }
}

const pause = async (ms: number, signal?: AbortSignal): Promise<void> => {
  // If the signal aborts the pause, the pause ends without an error.
  await setTimeout(ms, undefined, signal && { signal }).catch(() => undefined)
}

// If one provider's settings are wrong, log the error and leave this provider out, so that the other providers still
// work.
const leaveOut = (error: unknown): void =>
  console.error(JSON.stringify({ event: 'settingsRefused', reason: isAppError(error) ? error.message : 'unreadable' }))

/**
 * Makes the providers from their settings.
 * @param onRefused is called if a provider's settings are incomplete or unreadable; this provider is then left out.
 * onRefused may throw
 * @param hear is called when a provider's reply shows whether the provider accepts our keys
 * @returns the shop's settings, and the providers
 * @throws BadInput if the shop's own settings are missing or wrong
 */
export function openAll(
  settings: OpenSettings,
  http: ReturnType<typeof createHttp>,
  onRefused: (error: unknown) => void,
  hear?: HearVerdict,
): Omit<Opened, 'readAt'> {
  const shop = parseSettings('shop', shopSchema, settings.get('shop')?.fields)
  const kept = new Map(
    registry.map((definition) => [
      definition.code,
      openGenerations(definition, settings.get(definition.code), http, { onRefused, hear }),
    ]),
  )
  const enabled = [...kept].flatMap(([code, [newest]]) => {
    const { off = false, generation = 1 } = settings.get(code) ?? {}
    return newest && !off && newest.generation === generation ? [[code, newest] as const] : []
  })
  return { shop, kept, enabled: new Map(enabled) }
}
