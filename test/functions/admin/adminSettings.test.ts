// Tests the payment settings with the real SDK: no answer contains a secret, an invalid form stores nothing, and the
// test of settings names the mistake.
import { generateKeyPairSync } from 'node:crypto'
import type { SettingsView } from '../../../cloudfunctions/shared/api/admin'
import type { Database } from '../../../cloudfunctions/shared/store/database'
import { readSettings, type SealedSettings } from '../../../cloudfunctions/shared/store/settings'
import { localPlace, type Place } from '../../../tools/settingsPlace'
import { type Admin, adminOf, auditOf, codeOf, databaseOf } from '../../support/adminCall'
import { dataOf, startCloud, type TestCloud } from '../../support/startCloud'

let cloud: TestCloud
let db: Database
let place: Place
let admin: Admin
const heard: string[] = []
const secrets = new Set<string>()

const codes = ['midas', 'jubao', 'paymax', 'wisecashier', 'unified', 'wechatpay', 'virtualpay']
const newKey = (): string =>
  generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()

beforeAll(async () => {
  cloud = await startCloud()
  db = await databaseOf(cloud)
  place = await localPlace(cloud.dataDir)
  admin = adminOf(cloud, heard)
}, 90_000)
afterAll(async () => {
  await place.close()
  await cloud.stop()
})

const all = async (): Promise<SettingsView[]> => dataOf(await admin('settings', {})).settings

async function view(code: string): Promise<SettingsView> {
  const found = (await all()).find((one) => one.code === code)
  if (!found) throw new Error(`no settings of ${code}`)
  return found
}

const storedOf = async (code: string) =>
  (await readSettings(place.db, place.keys)).get(code)?.fields as Record<string, unknown> | undefined

const save = async (code: string, fields: object, enabled = true) =>
  admin('saveSettings', { code, version: (await view(code)).version, enabled, fields })

/** Collects the values of all secret fields that were ever stored, so that the test can search answers for them. */
async function rememberSecrets(): Promise<void> {
  for (const one of await all())
    for (const { name, isSecret } of one.fields) {
      const value = name
        .split('.')
        .reduce<unknown>(
          (inside, part) => (inside as Record<string, unknown> | undefined)?.[part],
          await storedOf(one.code),
        )
      if (isSecret && typeof value === 'string') secrets.add(value)
    }
}

it('the shop and all six providers are listed in order, each field with its type', async () => {
  const settings = await all()
  expect(settings.map(({ code }) => code)).toEqual(['shop', ...codes])
  for (const one of settings) expect([one.code, one.problem, one.version]).toEqual([one.code, null, expect.any(Number)])
  await rememberSecrets()
  expect(secrets.size).toBeGreaterThan(8)
  const field = (await view('midas')).fields.find(({ name }) => name === 'privateKey')
  expect(field).toMatchObject({ isSecret: true, isRequired: true, isSet: true, value: null })
  expect((await view('wechatpay')).fields.find(({ name }) => name === 'platformCertificates')).toMatchObject({
    kind: 'map',
  })
})

it('values in a group, such as the limits, are separate fields', async () => {
  const { fields } = await view('shop')
  const named = (name: string) => fields.find((field) => field.name === name)
  expect(named('limits.openOrders')).toMatchObject({
    kind: 'number',
    isRequired: false,
    default: 20,
    least: 1,
    most: 500,
  })
  expect(named('officialAccount.appId')).toMatchObject({ kind: 'text', isRequired: false, isSet: true })
  expect(named('officialAccount.appSecret')).toMatchObject({ isSecret: true, isSet: true, value: null })
  expect(fields.map(({ name }) => name)).not.toContain('officialAccount')
})

it('a group keeps the values that are not given, and disappears with its last value', async () => {
  const before = await storedOf('shop')
  dataOf(await save('shop', { limits: { openOrders: 31 } }))
  expect(await storedOf('shop')).toEqual({ ...before, limits: { ...(before?.limits as object), openOrders: 31 } })
  const nothing = { appId: null, appSecret: null, authorizeUrl: null, apiUrl: null }
  dataOf(await save('shop', { officialAccount: nothing }))
  expect(await storedOf('shop')).not.toHaveProperty('officialAccount')
  dataOf(await save('shop', { officialAccount: before?.officialAccount, limits: before?.limits }))
  expect(await storedOf('shop')).toEqual(before)
})

it('every provider in the sandbox answers the test and accepts our keys', async () => {
  for (const code of codes) {
    const { result } = dataOf(await admin('testSettings', { code }))
    expect([code, result.outcome]).toEqual([code, 'answered'])
  }
}, 60_000)

it('a field that is left out stays, a field with null is removed, and others change', async () => {
  const before = await storedOf('jubao')
  dataOf(await save('jubao', { subAppId: 'wx0123456789abcdef' }))
  expect(await storedOf('jubao')).toEqual({ ...before, subAppId: 'wx0123456789abcdef' })
  dataOf(await save('jubao', { subAppId: null }))
  const { subAppId: _, ...without } = before ?? {}
  expect(await storedOf('jubao')).toEqual(without)
  expect((await view('jubao')).seeded).toBe(false)
})

it('an invalid form is refused with the names of its fields, and nothing changes', async () => {
  const before = await storedOf('midas')
  for (const fields of [
    { privateKey: 'not a key' },
    { privateKey: null },
    { offerId: { $gt: '' } },
    { baseUrl: 'javascript:alert(1)' },
    { tsOffsetSeconds: '0' },
    { nobodyKnowsThis: 'x' },
    { constructor: 'x' },
  ]) {
    const reply = await save('midas', fields)
    expect([fields, codeOf(reply)]).toEqual([fields, 'BadInput'])
    expect(reply.ok ? '' : reply.error.message).toContain(Object.keys(fields)[0])
    expect(JSON.stringify(reply)).not.toContain('not a key')
  }
  expect(await storedOf('midas')).toEqual(before)
})

it.each([
  ['shop', { orderMinutes: 0 }, 'orderMinutes', 'range'],
  ['shop', { retryDays: [3, 1] }, 'retryDays', 'rising'],
  ['shop', { publicUrl: null }, 'publicUrl', 'missing'],
  ['shop', { limits: { openOrders: 0 } }, 'limits.openOrders', 'range'],
  ['shop', { limits: { openDoors: 1 } }, 'limits.openDoors', 'unknown'],
  ['shop', { officialAccount: { appId: null } }, 'officialAccount.appId', 'missing'],
  ['shop', { officialAccount: { apiUrl: 'https://elsewhere.test' } }, 'officialAccount.appSecret', 'again'],
  ['midas', { privateKey: 'not a key' }, 'privateKey', 'privateKey'],
  ['paymax', { platformPublicKey: 'not a key' }, 'platformPublicKey', 'publicKey'],
  ['wechatpay', { apiV3Key: 'short' }, 'apiV3Key', 'key32'],
  ['jubao', { nobodyKnowsThis: 'x' }, 'nobodyKnowsThis', 'unknown'],
  ['unified', { baseUrl: 'https://elsewhere.test' }, 'domainSecret', 'again'],
])('%s with %j is refused with the field and its rule', async (code, fields, field, rule) => {
  const reply = await save(code, fields)
  expect(reply).toMatchObject({ ok: false, error: { code: 'BadInput', details: [{ field, rule }] } })
  if (code !== 'shop')
    expect(await admin('testSettings', { code, fields })).toMatchObject({ error: { details: [{ field, rule }] } })
})

it('two owners who save at the same moment do not overwrite each other', async () => {
  const { version } = await view('shop')
  const replies = await Promise.all(
    Array.from({ length: 6 }, (_, index) =>
      admin('saveSettings', { code: 'shop', version, enabled: true, fields: { orderMinutes: 20 + index } }),
    ),
  )
  expect(replies.map(codeOf).sort()).toEqual([...Array.from({ length: 5 }, () => 'Conflict'), 'ok'])
  const won = replies.findIndex(({ ok }) => ok)
  expect((await storedOf('shop'))?.orderMinutes).toBe(20 + won)
})

it('the test reports a key that belongs to somebody else', async () => {
  const before = await storedOf('paymax')
  dataOf(await save('paymax', { privateKey: newKey() }))
  await rememberSecrets()
  const { result } = dataOf(await admin('testSettings', { code: 'paymax' }))
  expect(result.outcome).toBe('refused')
  expect(result.look).toContain('privateKey')
  dataOf(await save('paymax', { privateKey: before?.privateKey }))
  expect(dataOf(await admin('testSettings', { code: 'paymax' })).result.outcome).toBe('answered')
})

it('the test reports a server that does not answer', async () => {
  const before = await storedOf('unified')
  dataOf(await save('unified', { baseUrl: 'http://127.0.0.1:9', domainSecret: before?.domainSecret }))
  expect(dataOf(await admin('testSettings', { code: 'unified' })).result).toMatchObject({
    outcome: 'unreachable',
    look: ['baseUrl'],
  })
  dataOf(await save('unified', { baseUrl: before?.baseUrl, domainSecret: before?.domainSecret }))
})

it('a new address is not combined with stored secrets: the keys are given again, or nothing changes', async () => {
  for (const code of codes) {
    const before = await storedOf(code)
    const reply = await save(code, { baseUrl: 'https://elsewhere.test/x' })
    expect([code, codeOf(reply)]).toEqual([code, 'BadInput'])
    expect(reply.ok ? '' : reply.error.message).toContain('needs these secrets again')
    expect(await storedOf(code)).toEqual(before)
    dataOf(await save(code, { baseUrl: before?.baseUrl }))
  }
})

it('settings that no key decrypts are reported as a problem, and other settings stay readable', async () => {
  const there = await db.get<SealedSettings>('settings', 'jubao')
  const change = (version: number, sealed: string | undefined) =>
    db.change<SealedSettings>('settings', 'jubao', version, { version: version + 1, ...(sealed && { sealed }) })
  await change(there?.version ?? 0, 'AAAA')
  expect(await view('jubao')).toMatchObject({ problem: 'CASHIER_KEY' })
  expect(await view('midas')).toMatchObject({ problem: null })
  await change((there?.version ?? 0) + 1, there?.sealed)
  expect(await view('jubao')).toMatchObject({ problem: null })
})

it('a provider that is switched off offers nothing within a minute, and keeps its settings', async () => {
  const before = await storedOf('unified')
  dataOf(await save('unified', {}, false))
  const off = await view('unified')
  expect(off).toMatchObject({ isOn: false, problem: null })
  await cloud.advance(61_000)
  const { channels } = dataOf(await cloud.order('channels', {}))
  expect(channels.filter(({ provider }) => provider === 'unified')).toEqual([])
  dataOf(await save('unified', before ?? {}))
  expect(await view('unified')).toMatchObject({ version: (off.version ?? 0) + 1, isOn: true, canTest: true })
})

it('the shop itself cannot be switched off, and an unknown code cannot be saved', async () => {
  expect(codeOf(await save('shop', {}, false))).toBe('BadInput')
  const unknown = { code: 'nobody', version: null, enabled: true, fields: {} }
  expect(codeOf(await admin('saveSettings', unknown))).toBe('BadInput')
  expect(codeOf(await admin('saveSettings', { ...unknown, code: 'constructor' }))).toBe('BadInput')
})

it('keys are shown by their kind and size', async () => {
  const { keys } = await view('wechatpay')
  expect(keys.find(({ field }) => field === 'privateKey')).toMatchObject({ parses: true, mode: 'RSA 2048 private' })
  expect(keys.find(({ field }) => field === 'publicKey')).toMatchObject({ parses: true, mode: 'RSA 2048 public' })
})

it('the audit names the fields that were given, but not their values', async () => {
  const entries = await auditOf(db, { what: 'saveSettings' })
  expect(entries.map(({ wish }) => wish)).toContainEqual({ code: 'paymax', enabled: true, fields: 'privateKey' })
  expect(entries.map(({ wish }) => wish)).toContainEqual({ code: 'unified', enabled: false, fields: '' })
  heard.push(JSON.stringify(entries))
})

it('no secret that was ever stored is in any answer, whole or in part', () => {
  expect(secrets.size).toBeGreaterThan(8)
  for (const secret of secrets) {
    const lines = [secret, JSON.stringify(secret).slice(1, -1), ...secret.split('\n')].filter(
      (line) => line.length > 15,
    )
    const told = lines.filter((line) => !line.startsWith('-----') && heard.some((text) => text.includes(line)))
    expect(told).toEqual([])
  }
})
