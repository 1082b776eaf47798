// The server's part of the settings page: shows settings without their secrets, checks the keys in them, tests them
// with a harmless query, and stores changes. A stored secret is never sent back.
import type * as z from 'zod/mini'
import type {
  KeyHealthView,
  RefusedKeyView,
  SettingsFieldView,
  SettingsGenerationView,
  SettingsProblem,
  SettingsTestView,
  SettingsView,
} from '../api/admin'
import { AppError, isAppError } from '../domain/errors'
import { type Order, paymentOf, settingsKey } from '../domain/orders/orderShape'
import { isExternal } from '../domain/payment'
import { isOpenRefund } from '../domain/refund'
import { findProvider, isSameAccount, providerNames, providers } from '../providers'
import type { Http, KeysVerdict, ProviderDefinition } from '../providers/provider'
import { isSecretField, keyHealthOf } from '../providers/signing'
import type { Condition, Database } from '../store/database'
import { generationOf, type KeptNotice, openKeyCases } from '../store/notices'
import {
  endGeneration,
  type OpenSetting,
  openWhatOpens,
  putSettings,
  readWhatOpens,
  type SettingsKeys,
  switchOff,
} from '../store/settings'
import type { SettingsEditor, SettingsStanding } from '../usecases/platform/context'
import { pushCode } from '../usecases/settle/push/openPush'
import { keptGenerations } from './generations'
import type { HearVerdict } from './keyCases'
import { proveKeys } from './proveKeys'
import { checkReal } from './realSettings'
import { type Fields, fieldsOf, parseSettings, shopSchema, valueAt } from './settingsSchema'

const schemas = new Map<string, z.ZodMiniType>([
  ['shop', shopSchema],
  ...providers.map(({ code, settings }) => [code, settings] as const),
])
const entered = new Set(providers.filter(({ noticeIsEntered }) => noticeIsEntered).map(({ code }) => code))
const withExternal = new Set(
  providers.filter(({ channels }) => channels.some(({ kind }) => isExternal(kind))).map(({ code }) => code),
)

/**
 * The address of our server that the merchant must enter in a provider's console. For the shop's own settings: the
 * address for WeChat's message push. null if the merchant need not enter an address.
 */
function addressAt(publicUrl: string, code: string): string | null {
  if (code === 'shop') return `${publicUrl}/notify/${pushCode}`
  return entered.has(code) ? `${publicUrl}/notify/${code}` : null
}

/**
 * Makes the functions of the settings page.
 * @param hear is called with the provider's judgement of our keys when stored settings are tested
 * @param isReal whether this is a real environment, which refuses local addresses and short keys
 */
export function createSettingsEditor(
  db: Database,
  keys: SettingsKeys,
  http: Http,
  { hear = async () => undefined, isReal = false }: { hear?: HearVerdict; isReal?: boolean } = {},
): SettingsEditor {
  const stored = async (code: string) => (await readWhatOpens(db, keys)).get(code)

  return {
    async list() {
      const [all, cases] = await Promise.all([readWhatOpens(db, keys), openKeyCases(db)])
      const { publicUrl, externalWays } = (all.get('shop')?.fields ?? {}) as Fields
      return Promise.all(
        [...schemas].map(async ([code, schema]) => {
          const generations = await generationsOf(db, code, all.get(code))
          return {
            ...viewOf(code, schema, all.get(code)),
            noticeAddress: typeof publicUrl === 'string' ? addressAt(publicUrl, code) : null,
            isKeptOut: withExternal.has(code) && externalWays !== true,
            generations,
            refusedKeys: refusedOf(code, generations, cases),
          }
        }),
      )
    },

    standing: (documents, cases) => standingOf(openWhatOpens(documents, keys), cases),

    async save({ code, version, enabled, fields, older, now }) {
      schemaOf(code)
      const there = await stored(code)
      if ((there?.version ?? null) !== version)
        throw new AppError('Conflict', 'the settings were changed by somebody else')
      if (older?.do === 'end') {
        await assertNoOpenRefunds(db, code, there, older.generation)
        await endGeneration(db, code, { generation: older.generation, version: version ?? 0 })
        return []
      }
      if (!enabled) {
        if (code === 'shop') throw new AppError('BadInput', 'enabled: the shop itself cannot be switched off')
        await switchOff(db, code, { now, version })
        return []
      }
      const next = older ? restored(there, older.generation) : checkedFields(code, there, fields, { isReal })
      await putSettings(db, keys, {
        code,
        fields: next,
        seeded: false,
        now,
        version,
        isSameAccount: isSameAccount(code),
      })
      return Object.keys(older ? next : fields)
    },

    test: (code, fields, now) => testSettings({ db, http, hear, isReal, stored }, { code, fields, now }),
  }
}

interface Testing {
  db: Database
  http: Http
  hear: HearVerdict
  isReal: boolean
  stored(code: string): Promise<OpenSetting | undefined>
}

/**
 * Tests settings: makes one harmless exchange with the provider, which shows whether the provider accepts the settings.
 */
async function testSettings(
  { db, http, hear, isReal, stored }: Testing,
  { code, fields, now }: { code: string; fields: Fields; now: number },
): Promise<SettingsTestView> {
  const definition = providers.find((one) => one.code === code)
  const settings = await stored(code)
  if (!definition || (!settings && Object.keys(fields).length === 0))
    throw new AppError('BadInput', 'code: is not enabled')
  // Test unsaved changes together with the stored fields. A stored secret is only sent to the address that was stored
  // with it.
  const tried = Object.keys(fields).length > 0 ? checkedFields(code, settings, fields, { isReal }) : settings?.fields
  const startedAt = performance.now()
  const line: Line = { answered: false, status: 0, verdict: undefined }
  const done = (outcome: SettingsTestView['outcome'], look: string[]): SettingsTestView => ({
    outcome,
    look,
    ms: Math.round(performance.now() - startedAt),
  })
  try {
    const provider = definition.create(
      parseSettings(code, definition.settings, tried),
      heard(http, line, definition.judgeKeys),
    )
    const isStored = Object.keys(fields).length === 0
    const { generation = 1 } = settings ?? {}
    const tell = async () => {
      if (line.verdict && isStored) await hear({ provider: code, generation }, line.verdict)
    }
    if (provider.checkKeys) {
      const { publicUrl } = ((await stored('shop'))?.fields ?? {}) as Fields
      // The notify function only reads stored settings. So the provider's call could not prove settings that are not
      // saved.
      const noticeUrl = isStored && typeof publicUrl === 'string' ? `${publicUrl}/notify/${code}` : null
      const { look, proofs } = await proveKeys(db, provider.checkKeys, { code, generation, noticeUrl, now })
      await tell()
      const isFine = proofs.key === true && proofs.answer === true
      return { ...done(isFine ? 'answered' : line.answered ? 'refused' : 'unreachable', look), proofs }
    }
    const { outcome, reason = '' } = await provider.query(nobodysPayment(now))
    if (!line.answered) return done('unreachable', ['baseUrl'])
    await tell()
    const { verdict } = line
    if (verdict?.isAccepted === true) return done('answered', [])
    if (verdict) return done('refused', [...new Set([verdict.field, ...namesOf(definition.settings)])])
    if (outcome === 'unknown' && (line.status === 401 || line.status === 403 || isRefusal(reason)))
      return done('refused', trustedOf(definition.settings))
    return done('answered', [])
  } catch (error) {
    if (!isAppError(error)) return done(line.answered ? 'refused' : 'unreachable', ['baseUrl'])
    return done(
      'misconfigured',
      error.details.length > 0
        ? error.details.map(({ field }) => field)
        : [...error.message.matchAll(/\b[a-z]\w+(?=,|$)/gi)].map(([name]) => name),
    )
  }
}

function schemaOf(code: string): z.ZodMiniType {
  const schema = schemas.get(code)
  if (!schema) throw new AppError('BadInput', 'code: is not known')
  return schema
}

/** Applies changes to the stored fields, and checks the result as a whole. */
function checkedFields(
  code: string,
  there: OpenSetting | undefined,
  changes: Fields,
  { isReal }: { isReal: boolean },
): Fields {
  const schema = schemaOf(code)
  const before = (there?.fields ?? {}) as Fields
  const merged = merge(before, changes)
  parseSettings(code, schema, merged)
  staysHome(schema, before, changes)
  if (isReal) checkReal({ code, schema, leastKeyBits: findProvider(code)?.leastKeyBits }, merged)
  return merged
}

const keysOf = (code: string, generations: readonly number[]): string[] =>
  generations.map((generation) => settingsKey({ provider: code, generation }))

/**
 * Counts the open orders and the live contracts that need a generation of settings.
 * @param numbers the number of that generation, and the numbers of older generations that are no longer kept and whose
 * orders it now serves
 */
async function openUnder(db: Database, code: string, numbers: readonly number[]) {
  const live = (of: Record<string, Condition>) => db.count('contracts', { provider: code, ...of, livePlan: { gt: '' } })
  const unnamed = async () => {
    const [all, named] = await Promise.all([live({}), live({ generation: { gte: 1 } })])
    return all - named
  }
  const [openOrders, ...contracts] = await Promise.all([
    db.count('orders', { openUnder: { in: keysOf(code, numbers) } }),
    ...numbers.map((generation) => live({ generation })),
    // Old contracts do not name a generation of settings. Such contracts belong to the first generation.
    numbers.includes(1) ? unnamed() : 0,
  ])
  return { openOrders, openContracts: contracts.reduce((sum, count) => sum + count, 0) }
}

const pageRows = 1_000

/**
 * Checks that no refund waits for a result under a generation of settings.
 * @throws Conflict with the number of such refunds
 */
async function assertNoOpenRefunds(
  db: Database,
  code: string,
  setting: OpenSetting | undefined,
  generation: number,
): Promise<void> {
  const kept = setting && keptGenerations(setting).find((one) => one.generation === generation)
  const keys = keysOf(code, [generation, ...(kept?.was ?? [])])
  let count = 0
  let last: string | undefined = ''
  while (last !== undefined) {
    const page: Order[] = await db.find<Order>('orders', {
      where: { openUnder: { in: keys }, _id: { gt: last } },
      orderBy: [['_id', 'asc']],
      limit: pageRows,
    })
    count += page.flatMap((order) => openRefundsUnder(order, keys)).length
    last = page.length === pageRows ? page.at(-1)?._id : undefined
  }
  if (count > 0)
    throw new AppError('Conflict', 'refunds made with these settings have no result yet', {
      details: [{ field: 'older', rule: 'openRefunds', count }],
    })
}

// A damaged order may have no list of refunds. Such an order does not stop this count, because staff see damaged orders
// in the list of orders.
const openRefundsUnder = (order: Order, keys: readonly string[]) =>
  (Array.isArray(order.refunds) ? order.refunds : []).filter(
    (refund) => isOpenRefund(refund) && keys.includes(settingsKey(paymentOf(order, refund.paymentNo))),
  )

async function generationsOf(
  db: Database,
  code: string,
  setting: OpenSetting | undefined,
): Promise<SettingsGenerationView[]> {
  if (setting === undefined || code === 'shop') return []
  const all = keptOf(code, setting)
  // If there is only one generation and it is switched on, the page shows no counts, so do not count.
  const isCounted = all.length > 1 || setting.off === true
  return Promise.all(
    all.map(async ({ was, ...one }) => {
      const open = isCounted ? await openUnder(db, code, [one.generation, ...was]) : { openOrders: 0, openContracts: 0 }
      return { ...one, ...open }
    }),
  )
}

const standingOf = (all: ReadonlyMap<string, OpenSetting>, cases: readonly KeptNotice[]): SettingsStanding[] =>
  [...schemas].map(([code, schema]) => {
    const { version, problem, keys } = viewOf(code, schema, all.get(code))
    return { code, version, problem, keys, refusedKeys: refusedOf(code, keptOf(code, all.get(code)), cases) }
  })

const keptOf = (code: string, setting: OpenSetting | undefined) =>
  setting === undefined || code === 'shop'
    ? []
    : keptGenerations(setting).map(({ fields, ...one }) => ({
        ...one,
        isSameMerchant: isSameAccount(code)(fields, setting.fields),
      }))

/**
 * The cases about keys that are still used: the keys of the current generation, and the keys of generations of other
 * merchants. Leave out cases about older keys of the same merchant, because we no longer sign with these keys.
 */
const refusedOf = (
  code: string,
  generations: readonly Pick<SettingsGenerationView, 'generation' | 'replacedAt' | 'isSameMerchant'>[],
  cases: readonly KeptNotice[],
): RefusedKeyView[] => {
  const used = generations.filter(({ replacedAt, isSameMerchant }) => replacedAt === null || !isSameMerchant)
  return cases.flatMap((one) => {
    const generation = generationOf(one)
    const isUsed = one.provider === code && used.some((each) => each.generation === generation)
    return isUsed ? [{ id: one._id, generation, field: one.reason, firstAt: one.firstAt, at: one.at }] : []
  })
}

/** The fields of an earlier generation, which staff want to restore. @throws NotFound */
function restored(there: OpenSetting | undefined, generation: number): Fields {
  const older = there?.older?.find((one) => one.generation === generation)
  if (!older || older.fields === undefined) throw new AppError('NotFound', 'there is no such generation')
  return older.fields as Fields
}

/**
 * Checks that whoever changes an address also enters again the secrets that are sent to it. Otherwise somebody could
 * have the stored secrets sent to any server.
 */
function staysHome(schema: z.ZodMiniType, stored: Fields, changes: Fields): void {
  const fields = fieldsOf(schema)
  const moved = fields.filter(([name]) => {
    const address = valueAt(changes, name)
    return /(^|\.)(baseUrl|apiUrl)$/.test(name) && address !== undefined && address !== valueAt(stored, name)
  })
  const groups = new Set(moved.map(([name]) => groupOf(name)))
  const silent = fields
    .filter(([name, field]) => isSecretField(field) && groups.has(groupOf(name)))
    .map(([name]) => name)
    .filter((name) => valueAt(stored, name) !== undefined && valueAt(changes, name) === undefined)
  if (silent.length > 0)
    throw new AppError('BadInput', `settings: a new baseUrl needs these secrets again: ${silent.join(', ')}`, {
      details: silent.map((field) => ({ field, rule: 'again' })),
    })
}

const groupOf = (name: string): string => name.split('.').slice(0, -1).join('.')

// Merges changes into stored fields, because the phone sends only the changes. The values of a group (`limits`) are
// merged by name, and so are the texts of a field that has several named texts (certificates by serial number). If no
// text is left in such a field, the field is removed.
const merge = (stored: Fields, changes: Fields): Fields => {
  const all = Object.entries({ ...stored, ...changes }).map(([name, value]): [string, unknown] => {
    const before = stored[name]
    if (!isMap(value) || !isMap(before)) return [name, value]
    const merged = merge(before, value)
    return [name, Object.keys(merged).length > 0 ? merged : null]
  })
  return Object.fromEntries(all.filter(([, value]) => value !== null))
}

const isMap = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value)

interface Line {
  answered: boolean
  status: number
  /** whether the provider accepted our keys, by the last reply that shows it */
  verdict: KeysVerdict | undefined
}

// Notes whether the provider replied at all. A payment report does not tell, because its outcome is `unknown` in two
// cases: the provider is unreachable, or the provider does not know the order.
const heard =
  (http: Http, line: Line, judgeKeys: ProviderDefinition['judgeKeys']): Http =>
  async (request) => {
    const response = await http(request)
    line.verdict = judgeKeys(response) ?? line.verdict
    line.answered = true
    line.status = response.status
    return response
  }

const refusal = /sign|trust|auth|merchant|appid|mch|certificate|key|签名|验签|商户/i
// Matches the error "no such order". A provider looks for an order only after it has accepted the signature. So this
// error does not mean that our keys are wrong.
const noSuchOrder = /not?.?(such|exist|found)|不存在|未找到/i
const isRefusal = (reason: string): boolean => refusal.test(reason) && !noSuchOrder.test(reason)

const trustedOf = (schema: z.ZodMiniType): string[] =>
  fieldsOf(schema).flatMap(([name, field]) => (isSecretField(field) || /key|id$|no$/i.test(name) ? [name] : []))

// The settings that name the merchant. Staff should check them too, because a valid key may belong to another merchant
// number.
const namesOf = (schema: z.ZodMiniType): string[] =>
  fieldsOf(schema)
    .filter(([name, field]) => /(id|no)$/i.test(name) && fieldView(name, field, undefined).isRequired)
    .map(([name]) => name)

// Numbers that no order has, because they begin with the year 2000. Some providers find a payment only by the
// provider's own number, so the test sends our number and a provider's number.
const nobodysPayment = (now: number) => ({
  paymentNo: '200001010000000000000001',
  theirNo: '2000010100000000',
  amountFen: 1,
  currency: 'CNY',
  openid: 'nobody',
  channel: '',
  createdAt: now,
  now,
})

function viewOf(
  code: string,
  schema: z.ZodMiniType,
  stored: OpenSetting | undefined,
): Omit<SettingsView, 'generations' | 'noticeAddress' | 'isKeptOut' | 'refusedKeys'> {
  const values = (stored?.fields ?? {}) as Fields
  let problem: string | null = null
  let problems: SettingsProblem[] = []
  try {
    if (stored && stored.fields === undefined) problem = 'CASHIER_KEY'
    else if (stored) parseSettings(code, schema, stored.fields)
  } catch (error) {
    problem = isAppError(error) ? (error.message.split(': ').pop() ?? '') : ''
    problems = isAppError(error) ? ([...error.details] as SettingsProblem[]) : []
  }
  return {
    code,
    name: providerNames.get(code)?.en ?? '',
    version: stored?.version ?? null,
    seeded: stored?.seeded ?? false,
    isOn: stored !== undefined && stored.off !== true,
    fields: fieldsOf(schema).map(([name, field]) => fieldView(name, field, valueAt(values, name))),
    problem,
    problems,
    keys: Object.entries(values).flatMap(([name, value]) => healthOf(name, value)),
    canTest: code !== 'shop',
  }
}

interface Definition {
  type?: string
  checks?: { _zod: { def: { check: string; value?: number } } }[]
  defaultValue?: unknown
  innerType?: z.ZodMiniType
  element?: z.ZodMiniType
  entries?: Record<string, string>
  options?: z.ZodMiniType[]
}

/** How the settings page shows each type of zod's schemas. All other types are shown as text. */
const kinds = new Map<string | undefined, SettingsFieldView['kind']>([
  ['enum', 'choice'],
  ['number', 'number'],
  ['int', 'number'],
  ['boolean', 'flag'],
  ['array', 'list'],
  ['record', 'map'],
])

function fieldView(name: string, field: z.ZodMiniType, value: unknown): SettingsFieldView {
  const { type, innerType, entries, element, defaultValue } = (field as { def: Definition }).def
  if ((type === 'optional' || type === 'default') && innerType)
    return {
      ...fieldView(name, innerType, value),
      isRequired: false,
      isSecret: isSecretField(field),
      default: defaultValue ?? null,
    }
  const isOfTexts = type === 'array' && element?.def.type === 'string'
  return {
    name,
    isSecret: isSecretField(field),
    isRequired: groupOf(name) === '',
    kind: isOfTexts ? 'texts' : (kinds.get(type) ?? 'text'),
    choices: Object.values(entries ?? {}),
    isSet: value !== undefined,
    value: isSecretField(field) || value === undefined ? null : shown(value),
    default: null,
    ...boundsOf(field),
  }
}

function boundsOf(field: z.ZodMiniType): Pick<SettingsFieldView, 'least' | 'most'> {
  const { checks = [] } = (field as { def: Definition }).def
  const bound = (check: string) => checks.find(({ _zod }) => _zod.def.check === check)?._zod.def.value
  return { least: bound('greater_than') ?? null, most: bound('less_than') ?? null }
}

// What the page shows of a value. A public key is not secret, but long, so only its beginning is shown.
const shown = (value: unknown): unknown =>
  typeof value === 'string'
    ? value.length > 120
      ? `${value.slice(0, 40)}…`
      : value
    : isMap(value)
      ? Object.keys(value)
      : value

function healthOf(field: string, value: unknown): KeyHealthView[] {
  if (isMap(value)) return Object.entries(value).flatMap(([name, inner]) => healthOf(`${field}.${name}`, inner))
  const health = typeof value === 'string' ? keyHealthOf(value) : undefined
  return health
    ? [{ field, parses: health.mode !== '', pairs: health.pairs, expiresAt: health.expiresAt, mode: health.mode }]
    : []
}
