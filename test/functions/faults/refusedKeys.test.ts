// A provider refuses our key. Staff get one case, which ends when the key is corrected. Uses the real SDK and the fake
// servers.
import { generateKeyPairSync } from 'node:crypto'
import type { NeedView, SettingsView } from '../../../cloudfunctions/shared/api/admin'
import type { KeptNotice } from '../../../cloudfunctions/shared/store/notices'
import { type Admin, adminOf, codeOf, databaseOf } from '../../support/adminCall'
import { dataOf, startCloud, type TestCloud } from '../../support/startCloud'

const minute = 60_000

let cloud: TestCloud
let admin: Admin

beforeAll(async () => {
  cloud = await startCloud()
  admin = adminOf(cloud)
})
afterAll(() => cloud.stop())

const newKey = (): string =>
  generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()

async function view(code: string): Promise<SettingsView> {
  const found = dataOf(await admin('settings', {})).settings.find((one) => one.code === code)
  if (!found) throw new Error(`no settings of ${code}`)
  return found
}

async function save(code: string, change: { fields?: object; older?: object }): Promise<void> {
  const { version } = await view(code)
  dataOf(await admin('saveSettings', { code, version, enabled: true, fields: {}, ...change }))
  // Every instance caches the settings for a minute, so wait until all instances have read the new settings.
  await cloud.advance(minute + 1_000)
}

const pay = async (provider: string, channel: string) => {
  const { orderNo } = await cloud.newOrder()
  return cloud.order('pay', { orderNo, provider, channel })
}

const needs = async (): Promise<NeedView[]> => {
  const all = dataOf(await admin('stats', {})).needs
  if (all === null) throw new Error('the tasks could not be read')
  return all.filter(({ what }) => what === 'settings' || what === 'notices')
}

const cases = async (): Promise<KeptNotice[]> =>
  (await databaseOf(cloud)).find<KeptNotice>('notices', { where: { kind: 'keysRefused' }, orderBy: [], limit: 99 })

/** For each provider: a field with a key, a wrong value, and a channel whose payment uses this key. */
const wrong: readonly [code: string, field: string, value: () => string, channel: string][] = [
  ['midas', 'privateKey', newKey, 'wechat'],
  ['jubao', 'key', () => 'somebody-elses-key-of-32-letters', '201'],
  ['paymax', 'privateKey', newKey, 'wechat_wap'],
  ['wisecashier', 'privateKey', newKey, 'mini_program'],
  ['unified', 'domainSecret', () => 'somebody-elses-secret-of-32-char', 'pc'],
  ['wechatpay', 'privateKey', newKey, 'jsapi'],
]

it.each(wrong)(
  '%s refuses a wrong %s: three payments make one case, and the right key ends it',
  async (code, field, value, channel) => {
    await save(code, { fields: { [field]: value() } })
    const { generation } = (await view(code)).generations[0] ?? { generation: 0 }
    expect(await view(code)).toMatchObject({ refusedKeys: [] })
    for (let nth = 0; nth < 3; nth++) expect(codeOf(await pay(code, channel))).not.toBe('ok')
    expect(await view(code)).toMatchObject({ refusedKeys: [{ field, generation }] })
    expect(await needs()).toEqual([{ what: 'settings', code, problem: 'refused', at: expect.any(Number) }])
    expect((await cases()).filter(({ provider }) => provider === code)).toHaveLength(1)
    await save(code, { older: { generation: generation - 1, do: 'restore' } })
    expect(await needs()).toEqual([])
    expect(codeOf(await pay(code, channel))).toBe('ok')
    expect(await view(code)).toMatchObject({ refusedKeys: [] })
  },
  60_000,
)

describe('an open case of refused keys', () => {
  const refuse = async (): Promise<void> => {
    await cloud.advance(2 * minute)
    await save('jubao', { fields: { key: 'somebody-elses-key-of-32-letters' } })
    expect(codeOf(await pay('jubao', '201'))).not.toBe('ok')
    expect(await view('jubao')).toMatchObject({ refusedKeys: [{ field: 'key' }] })
  }
  const mend = async (): Promise<void> => {
    const [current, before] = (await view('jubao')).generations
    if (current && before) await save('jubao', { older: { generation: before.generation, do: 'restore' } })
  }
  afterEach(mend)

  it('is shown as a notification to staff who cannot open the settings', async () => {
    await refuse()
    const operator = 'oMiniCashier_operator_000'
    await (await databaseOf(cloud)).insert('staff', {
      _id: operator,
      version: 1,
      name: '小王',
      addedAt: 1,
      role: 'operator',
    } as never)
    const reply = await admin('stats', {}, operator)
    expect(dataOf(reply).needs).toContainEqual({
      what: 'notices',
      kind: 'keysRefused',
      count: 1,
    })
  })

  it('ends when a person dismisses it, and returns with the next refusal', async () => {
    await refuse()
    const [one] = (await view('jubao')).refusedKeys
    dataOf(await admin('dismiss', { id: one?.id ?? '', note: '知道了' }))
    expect(await needs()).toEqual([])
    expect(await view('jubao')).toMatchObject({ refusedKeys: [] })
    await cloud.advance(2 * minute)
    await pay('jubao', '201')
    expect(await view('jubao')).toMatchObject({ refusedKeys: [{ field: 'key' }] })
  })

  it('is made by a test of stored settings, not of typed ones, and ended by the next answer that accepts the key', async () => {
    const typed = { code: 'jubao', fields: { key: 'somebody-elses-key-of-32-letters' } }
    const { result } = dataOf(await admin('testSettings', typed))
    expect(result).toMatchObject({ outcome: 'refused' })
    expect(result.look[0]).toBe('key')
    expect(await view('jubao')).toMatchObject({ refusedKeys: [] })
  })
})

it('ends without any action when a later answer accepts the same key', async () => {
  const db = await databaseOf(cloud)
  const { generations } = await view('wechatpay')
  const generation = generations[0]?.generation ?? 0
  await db.insert<KeptNotice>('notices', {
    _id: `keysRefused-wechatpay-${generation}-privateKey`,
    version: 1,
    kind: 'keysRefused',
    provider: 'wechatpay',
    orderNo: null,
    reason: 'privateKey',
    count: 1,
    firstAt: 1,
    at: 1,
    samples: [],
    dismissedAt: null,
  })
  await cloud.advance(minute + 1_000)
  expect(await view('wechatpay')).toMatchObject({ refusedKeys: [{ field: 'privateKey' }] })
  dataOf(await pay('wechatpay', 'jsapi'))
  expect(await view('wechatpay')).toMatchObject({ refusedKeys: [] })
  expect(await needs()).toEqual([])
})
