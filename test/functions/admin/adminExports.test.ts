// Tests exports with the real wx-server-sdk: an export survives killed processes and is complete, its link expires, and
// each action of staff leaves an audit entry that nothing removes.
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { AdminAction, AdminResults, ExportView } from '../../../cloudfunctions/shared/api/admin'
import type { Reply } from '../../../cloudfunctions/shared/api/reply'
import { placeOrder } from '../../../cloudfunctions/shared/domain/orders/order'
import { orderNoFrom } from '../../../cloudfunctions/shared/domain/orders/orderNo'
import type { Database } from '../../../cloudfunctions/shared/store/database'
import type { ExportJob } from '../../../cloudfunctions/shared/usecases/jobs/runExport'
import { beijingDay } from '../../../miniprogram/rules/beijing'
import { connectDatabase } from '../../../tools/cloudDatabase'
import { dataOf, startCloud, type TestCloud } from '../../support/startCloud'

const owner = 'oMiniCashier_merchant_0000'
const patienceMs = 120_000
const many = 5_000

let cloud: TestCloud
let db: Database

const connected = (): Promise<Database> => {
  const running = readFileSync(join(cloud.dataDir, 'running.json'), 'utf8')
  return connectDatabase(JSON.parse(running) as { adminUrl: string })
}

beforeAll(async () => {
  cloud = await startCloud()
  db = await connected()
})
afterAll(() => cloud.stop())

const admin = async <A extends AdminAction>(action: A, input: unknown): Promise<Reply<AdminResults[A]>> =>
  (await cloud.call('admin', { action, input }, owner)).json() as never

const only = ({ exports: [one] }: AdminResults['export']): ExportView => {
  if (!one) throw new Error('no export')
  return one
}

async function finished(id: string): Promise<ExportView> {
  const until = Date.now() + patienceMs
  for (;;) {
    const view = only(dataOf(await admin('export', { read: id })))
    if (view.state !== 'running' || Date.now() > until) return view
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

test(
  'an export whose processes are killed in the middle has every order once, and its link expires',
  async () => {
    const { now } = dataOf(await cloud.order('catalog', {}))
    const item = { sku: 'tea', title: '=1+1', titleEn: '=1+1', priceFen: 1_250, quantity: 1 }
    const numbers = Array.from({ length: many }, (_, index) =>
      orderNoFrom(now - 3_600_000, index.toString(36).padStart(8, '0')),
    )
    const place = (orderNo: string, index: number) =>
      db.insert('orders', {
        ...placeOrder({
          orderNo,
          openid: 'oMiniCashier_somebody_0000',
          items: [item],
          currency: 'CNY',
          // Give many orders the same time, equal to the millisecond.
          now: now - 3_600_000 + Math.floor(index / 50),
          lifeMs: 1_800_000,
        }),
        dueAt: null,
      })
    for (let index = 0; index < many; index += 100)
      await Promise.all(numbers.slice(index, index + 100).map((no, offset) => place(no, index + offset)))
    const days = { from: beijingDay(now - 3_600_000), to: beijingDay(now) }
    const wish = { requestId: '20260101000000exportaa', what: 'orders', language: 'en', ...days }
    const { id } = only(dataOf(await admin('export', { start: wish })))
    expect(only(dataOf(await admin('export', { start: wish }))).id).toBe(id)

    // Staff open the export's page. All processes are killed while that request works on the export.
    const looking = admin('export', { read: id }).catch(() => undefined)
    for (let look = 0; look < 500; look++) {
      const job = await db.get<ExportJob>('jobs', id)
      if (job && (job.parts.length > 0 || job.state !== 'running')) break
    }
    await cloud.restart()
    await looking
    db = await connected()
    // The killed process still holds its lease. The work continues when the lease has ended.
    await cloud.advance(3 * 60_000)
    const done = await finished(id)
    expect(done).toMatchObject({ state: 'done', rows: many, progress: 1 })

    const response = await fetch(done.url ?? '')
    const bytes = Buffer.from(await response.arrayBuffer())
    expect(bytes.subarray(0, 3)).toEqual(Buffer.from([0xef, 0xbb, 0xbf]))
    expect(bytes.length).toBe(done.bytes)
    const lines = bytes.toString('utf8').split('\r\n')
    expect(lines.pop()).toBe('')
    expect(lines.slice(1).map((line) => line.slice(2, 24))).toEqual([...numbers].sort())
    expect(lines[1]).toContain(`"'=1+1 × 1"`)
    expect(bytes.includes('oMiniCashier_somebody_0000')).toBe(false)

    // Only the complete file is left, without its parts; an hour later its link has expired.
    expect(readdirSync(join(cloud.dataDir, 'files/exports', id))).toHaveLength(1)
    await cloud.advance(3_700_000)
    expect((await fetch(done.url ?? '')).status).toBe(403)
    expect(only(dataOf(await admin('export', { read: id }))).url).not.toBeNull()
  },
  3 * patienceMs,
)

test('a request with days that do not exist, too many days, or a number used before changes nothing', async () => {
  const start = { requestId: 'request-0001', what: 'orders', from: '2026-01-01', to: '2026-01-01', language: 'zh' }
  for (const wrong of [{ to: '2026-02-30' }, { to: '2027-01-02' }, { from: '2026-01-02' }, { what: 'staff' }])
    expect(await admin('export', { start: { ...start, ...wrong } })).toMatchObject({ error: { code: 'BadInput' } })
  expect(await db.get('jobs', 'export-request-0001')).toBeUndefined()
  const used = { ...start, requestId: '20260101000000exportaa' }
  expect(await admin('export', { start: used })).toMatchObject({ error: { code: 'Conflict' } })
})

test('every action leaves its entry, also a failed one, and the pages of entries have no gaps', async () => {
  const seen: AdminResults['audit']['entries'] = []
  let cursor: string | null = null
  do {
    const page: AdminResults['audit'] = dataOf(await admin('audit', { limit: 1, ...(cursor !== null && { cursor }) }))
    seen.push(...page.entries)
    cursor = page.cursor
  } while (cursor !== null)
  // One export was started, and another export was refused with Conflict. Malformed requests leave no audit entry.
  expect(seen.map(({ what, failed }) => ({ what, failed }))).toEqual(
    expect.arrayContaining([
      { what: 'export', failed: null },
      { what: 'export', failed: 'Conflict' },
    ]),
  )
  expect(new Set(seen.map(({ id }) => id)).size).toBe(seen.length)
  expect(seen.map(({ at }) => at)).toEqual(seen.map(({ at }) => at).sort((a, b) => b - a))
  expect(JSON.stringify(seen)).not.toContain(owner)
})

test('no code changes or removes audit entries', () => {
  const root = resolve(__dirname, '../../../cloudfunctions')
  const naming = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .filter((name) => /'audit'/.test(readFileSync(join(root, name), 'utf8')))
    .map((name) => name.replaceAll('\\', '/'))
    .sort()
  // Only these two files may use the audit log's collection: one adds entries, and the other lists them. Other files
  // only contain the word as the name of an action.
  const touching = naming.filter((name) => /^shared\/(store|usecases)/.test(name))
  expect(touching).toEqual(['shared/store/audit.ts', 'shared/usecases/staff/listAudit.ts'])
  for (const name of touching) expect(readFileSync(join(root, name), 'utf8')).not.toMatch(/db\.(change|remove)/)
})
