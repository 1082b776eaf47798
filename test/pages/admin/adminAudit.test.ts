// Tests the audit page: each action is described in the reader's language, the person concerned is named, and an action
// with an unknown end is marked.
import type { AdminResults, AuditView } from '../../../cloudfunctions/shared/api/admin'
import { createPhone, type OpenPage, type Phone } from '../../support/openPage'

let phone: Phone
let entries: AuditView[] = []

interface Cloud {
  callFunction(call: { name: string; data: { action: string } }): Promise<unknown>
}

beforeEach(() => {
  jest.useFakeTimers({ now: Date.parse('2026-03-01T04:00:00Z') })
  phone = createPhone()
})
afterEach(() => jest.clearAllTimers())

const entry = (fields: Partial<AuditView>): AuditView => ({
  id: `e${entries.length}`,
  at: Date.parse('2026-03-01T03:00:00Z'),
  by: '店主',
  what: 'staff',
  number: null,
  wish: {},
  outcome: {},
  before: null,
  after: null,
  failed: null,
  hasEnded: true,
  ...fields,
})

async function open(...some: Partial<AuditView>[]): Promise<OpenPage> {
  entries = some.map(entry)
  const page = phone.open('pages/admin/audit/index')
  const { cloud } = (globalThis as unknown as { wx: { cloud: Cloud } }).wx
  const real = cloud.callFunction.bind(cloud)
  const data: AdminResults['audit'] = { entries, broken: [], cursor: null }
  cloud.callFunction = (call) =>
    call.data.action === 'audit' ? Promise.resolve({ result: { ok: true, data } }) : real(call)
  const opened = await page
  await opened.pullDown()
  return opened
}

// The fields of each action's audit entry, as the server writes them.
const all: Partial<AuditView>[] = [
  { what: 'refund', wish: { amountFen: 1_000, reason: '' }, outcome: {} },
  { what: 'staff', wish: { deed: 'invite', name: '小王', role: 'operator' } },
  { what: 'staff', wish: { deed: 'withdraw', name: '小王', role: 'viewer' } },
  { what: 'staff', wish: { deed: 'rename', name: '老王' } },
  {
    what: 'staff',
    wish: { deed: 'change', name: '小李' },
    before: { name: '小李', role: 'operator', refundLimitFen: 5_000 },
    after: { name: '小李', role: 'viewer', refundLimitFen: null },
  },
  { what: 'staff', wish: { deed: 'remove', name: '小李' }, before: { role: 'viewer' } },
  {
    what: 'saveSettings',
    wish: { code: 'wechatpay', enabled: true, fields: 'privateKey, publicUrl' },
    failed: 'BadInput',
  },
  { what: 'saveSettings', wish: { code: 'shop', enabled: false, fields: '' }, outcome: { changed: 'privateKey' } },
  { what: 'testSettings', wish: { code: 'jubao' }, outcome: { outcome: 'unreachable' } },
  { what: 'export', wish: { what: 'charges', from: '2026-02-01', to: '2026-02-28' } },
  { what: 'bills', wish: { provider: 'wechatpay', day: '2026-02-28' }, outcome: { found: 2, matched: 40 } },
  {
    what: 'repair',
    wish: { provider: 'wechatpay', day: '2026-02-28', kind: 'missingHere', how: 'ignore', note: '' },
    outcome: { isRepaired: false },
  },
  { what: 'replay', wish: { notices: 3 }, outcome: { applied: 1, notApplied: 2 } },
  { what: 'replay', wish: { provider: 'midas' }, outcome: { applied: 1, notApplied: 0 } },
  { what: 'dismiss', wish: { note: '看过' }, outcome: { provider: 'midas', kind: 'unmatched', number: null } },
  { what: 'endContract', outcome: { state: 'ended' } },
  { what: 'claim', before: { role: 'stranger' }, after: { role: 'owner', name: '老王' } },
  { what: 'close', before: { state: 'open' }, after: { state: 'closed' } },
  { what: 'recheck', failed: 'ProviderUnavailable' },
]

test('a Chinese page has no English word and no internal code', async () => {
  const page = await open(...all)
  expect(page.text().match(/[A-Za-z]{2,}/g) ?? []).toEqual([])
})

test('an English page has no Chinese word, except in texts that people wrote', async () => {
  phone.language = 'en'
  const page = await open(...all)
  expect(page.text().replace(/店主|小王|小李|老王|看过/g, '')).not.toMatch(/\p{Script=Han}/u)
})

test('the changed person is named, and the provider whose settings could not be saved', async () => {
  const page = await open(all[4] ?? {}, all[6] ?? {})
  expect(page.text()).toContain('称呼：小李')
  expect(page.text()).toContain('店员 → 查看员')
  expect(page.text()).toContain('设置：微信支付')
  expect(page.text()).toContain('填写的内容：商户私钥、接收通知的地址')
})

test('an entry without a result, and one that failed on the way, say that the action may have taken effect', async () => {
  const page = await open({ what: 'refund', hasEnded: false }, { what: 'refund', failed: 'Internal' })
  expect(page.text()).toContain('暂无结果')
  expect(page.text()).toContain('可能已经生效，请核对')
})
