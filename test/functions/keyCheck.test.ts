// Tests the check of WeChat Pay's keys with the built functions. After one press of the button the check proves three
// things: WeChat accepts our signature, we can verify WeChat's signature, and WeChat's call reaches our webhook. The
// check names each wrong setting, and passes when the setting is corrected.
import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import type { KeyProofs, SettingsView } from '../../cloudfunctions/shared/api/admin'
import type { KeptNotice } from '../../cloudfunctions/shared/store/notices'
import { readSettings } from '../../cloudfunctions/shared/store/settings'
import { localPlace } from '../../tools/settingsPlace'
import { type Admin, adminOf, codeOf, databaseOf } from '../support/adminCall'
import { dataOf, startCloud, type TestCloud } from '../support/startCloud'

let cloud: TestCloud
let admin: Admin
let right: Record<string, unknown>
let publicUrl: string
const heard: string[] = []

beforeAll(async () => {
  cloud = await startCloud()
  admin = adminOf(cloud, heard)
  const place = await localPlace(cloud.dataDir)
  const stored = await readSettings(place.db, place.keys)
  right = stored.get('wechatpay')?.fields as Record<string, unknown>
  publicUrl = String((stored.get('shop')?.fields as { publicUrl: unknown } | undefined)?.publicUrl)
  await place.close()
}, 240_000)
afterAll(() => cloud?.stop())

const minute = 60_000
const code = 'wechatpay'
const newPair = () => generateKeyPairSync('rsa', { modulusLength: 2_048 })
const newKey = () => newPair().privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
const newPublicKey = () => createPublicKey(newPair().privateKey).export({ type: 'spki', format: 'pem' }).toString()

const view = async (of: string): Promise<SettingsView> => {
  const found = dataOf(await admin('settings', {})).settings.find((one) => one.code === of)
  if (!found) throw new Error(`no settings of ${of}`)
  return found
}

async function save(of: string, fields: object): Promise<void> {
  dataOf(await admin('saveSettings', { code: of, version: (await view(of)).version, enabled: true, fields }))
  // Every instance caches the settings for a minute, so wait until all instances have read the new settings.
  await cloud.advance(minute + 1_000)
}

/**
 * Presses the button that starts the check of the keys.
 * @returns what the check proved. WeChat's call to our webhook comes within a minute and is included
 */
async function check(fields?: object) {
  const { result } = dataOf(await admin('testSettings', { code, ...(fields && { fields }) }))
  const { proofs, ...rest } = result
  if (!proofs) throw new Error('no proofs')
  await cloud.advance(minute)
  const called = proofs.check === null ? null : dataOf(await admin('keyCheck', { code, check: proofs.check }))
  return { ...rest, proofs, called }
}

const cases = async (): Promise<KeptNotice[]> =>
  (await databaseOf(cloud)).find<KeptNotice>('notices', { where: { provider: code }, orderBy: [], limit: 99 })
const forged = async () => (await cases()).filter(({ kind }) => kind !== 'keysRefused')

it('right settings: all three are proved, no case is opened, and no order is touched', async () => {
  const { outcome, look, proofs, called } = await check()
  expect([outcome, look]).toEqual(['answered', []])
  expect(proofs).toEqual<KeyProofs>({ key: true, answer: true, callback: 'awaited', check: expect.any(String) })
  expect(called).toEqual({ callback: 'opened', look: [] })
  expect(await cases()).toEqual([])
  expect(dataOf(await admin('notices', {})).notices).toEqual([])
})

type Wrong = [name: string, change: () => object, outcome: string, proofs: Partial<KeyProofs>, look: string[]]

it.each<Wrong>([
  [
    'private key',
    () => ({ privateKey: newKey() }),
    'refused',
    { key: false, answer: null },
    ['privateKey', 'serialNo'],
  ],
  [
    'certificate number',
    () => ({ serialNo: '5F'.repeat(20) }),
    'refused',
    { key: false, answer: null },
    ['serialNo', 'mchId'],
  ],
  [
    'WeChat Pay public key',
    () => ({ publicKey: newPublicKey() }),
    'refused',
    { key: null, answer: false },
    ['publicKeyId', 'publicKey', 'platformCertificates'],
  ],
])(
  'a wrong %s is named, WeChat is not asked to call, and correcting it is enough',
  async (_, change, outcome, proofs, look) => {
    const fields = change()
    // Check the typed settings first and the saved settings after that. Both checks must have the same result.
    for (const isSaved of [false, true]) {
      if (isSaved) await save(code, fields)
      const found = await check(isSaved ? undefined : fields)
      expect(found).toMatchObject({ outcome, look, proofs: { ...proofs, callback: null, check: null }, called: null })
    }
    const [[name] = ['']] = Object.entries(fields)
    await save(code, { [name]: right[name] })
    expect(await check()).toMatchObject({ outcome: 'answered', called: { callback: 'opened' } })
    expect(await forged()).toEqual([])
  },
)

it('a wrong APIv3 key: WeChat’s call arrives but does not open, which is no forged notice', async () => {
  await save(code, { apiV3Key: 'an-apiv3-key-of-somebody-else-32' })
  const { outcome, proofs, called } = await check()
  expect([outcome, proofs.key, proofs.answer]).toEqual(['answered', true, true])
  expect(called).toEqual({ callback: 'sealed', look: ['apiV3Key'] })
  expect(await forged()).toEqual([])
  await save(code, { apiV3Key: right.apiV3Key })
  expect((await check()).called).toEqual({ callback: 'opened', look: [] })
})

it('a key that was saved a moment ago is the one that is checked', async () => {
  const { version } = await view(code)
  const fields = { apiV3Key: 'an-apiv3-key-of-somebody-else-32' }
  dataOf(await admin('saveSettings', { code, version, enabled: true, fields }))
  expect((await check()).called).toEqual({ callback: 'sealed', look: ['apiV3Key'] })
  await save(code, { apiV3Key: right.apiV3Key })
})

it('an address that WeChat cannot reach: the call does not arrive, until the address is right', async () => {
  await save('shop', { publicUrl: `${publicUrl}/nowhere` })
  expect((await check()).called).toEqual({ callback: 'awaited', look: [] })
  await save('shop', { publicUrl })
  expect((await check()).called).toEqual({ callback: 'opened', look: [] })
})

it('unsaved settings prove two things only, because our notice function reads the saved ones', async () => {
  const { proofs } = await check({ apiV2Key: 'k'.repeat(32) })
  expect(proofs).toEqual({ key: true, answer: true, callback: null, check: null })
})

it.each([
  ['provider-down', { outcome: 'unreachable', proofs: { key: null, answer: null } }],
  ['provider-error', { outcome: 'refused', proofs: { key: null, answer: null } }],
  ['garbage-reply', { outcome: 'refused', proofs: { key: null, answer: null } }],
])('%s: nothing is proved, and the check says to look at the address', async (scenario, expected) => {
  await cloud.post('/local/sandbox', { provider: code, scenario: `${scenario}:echo` })
  expect(await check()).toMatchObject({ ...expected, look: ['baseUrl'], called: null })
})

it('WeChat’s call counts only for the check that caused it: another check still waits for its call', async () => {
  expect((await check()).called?.callback).toBe('opened')
  expect(dataOf(await admin('keyCheck', { code, check: 'f'.repeat(32) })).callback).toBe('awaited')
  expect(codeOf(await admin('keyCheck', { code, check: '../x' }))).toBe('BadInput')
  expect(await forged()).toEqual([])
  for (const secret of ['privateKey', 'apiV3Key']) expect(heard.join()).not.toContain(String(right[secret]))
})
