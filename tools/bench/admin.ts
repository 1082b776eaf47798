// How quickly staff find an order among many, and what today's figures cost: the function, the SDK and the emulator.
import { spawnSync } from 'node:child_process'
import { beijingDay } from '../../cloudfunctions/shared/domain/beijing'
import type { LocalCloud } from '../localCloud'
import { round } from './measure'
import { seedOrders } from './seedOrders'

const owner = 'oMiniCashier_merchant_0000'
const rounds = 40
const dayMs = 86_400_000
const few = 10_000
const exportRows = 100_000

type Call = (action: string, input: object) => Promise<Record<string, unknown>>

/** Measures with ten thousand orders, then with `many`, then an export of 100,000 rows. */
export async function measureAdmin({ emulator }: LocalCloud, many: number) {
  const call: Call = async (action, input) => {
    const reply = (await emulator.call('admin', { openid: owner }, { action, input })) as {
      ok: boolean
      data: Record<string, unknown>
      error: unknown
    }
    if (!reply.ok) throw new Error(`${action}: ${JSON.stringify(reply.error)}`)
    return reply.data
  }
  const now = emulator.clock.now()
  const measure = async (sample: readonly string[]) => {
    // The first count after so many orders came at once is the timer's work of weeks.
    for (let run = 0; run < 200 && !(await isCounted(call)); run++) await emulator.clock.advance(60_000)
    return measureQueries(emulator, call, sample, now)
  }
  const small = await measure(seedOrders(emulator, { size: few, now }))
  console.log('  with 10,000 orders', JSON.stringify(small))
  const sample = seedOrders(emulator, { size: many, now, from: few })
  const large = await measure(sample)
  console.log(`  with ${many} orders`, JSON.stringify(large))
  const ratio = round(
    Math.max(
      ...Object.keys(large)
        .filter((name) => name !== 'today')
        .map((name) => (large[name]?.p50 ?? 0) / (small[name]?.p50 ?? 1)),
    ),
  )
  // So many days hold a hundred thousand orders of ninety days; of refunds there are as many in all of them.
  const days = Math.min(90, Math.max(1, Math.round((exportRows / many) * 90)))
  const orders = await measureExport(call, { what: 'orders', from: now - (days + 1) * dayMs, to: now - 2 * dayMs })
  const refunds = await measureExport(call, { what: 'refunds', from: now - 91 * dayMs, to: now })
  return { orders: many, queries: large, worstP50RatioTo10k: ratio, exports: { orders, refunds } }
}

// The running hour is counted at each look; what is older than an hour stands still.
async function isCounted(call: Call): Promise<boolean> {
  const startedAt = performance.now()
  await call('stats', {})
  return performance.now() - startedAt < 1_000
}

async function measureQueries(emulator: LocalCloud['emulator'], call: Call, sample: readonly string[], now: number) {
  const to = beijingDay(now)
  const month = { from: beijingDay(now - 30 * dayMs), to, limit: 20 }
  const numberOf = (run: number) => sample[run % sample.length] ?? ''
  const questions: Record<string, (run: number) => [string, object]> = {
    latest: () => ['orders', month],
    byState: () => ['orders', { ...month, filter: { state: 'closed' } }],
    byProvider: () => ['orders', { ...month, filter: { provider: 'wisecashier' } }],
    byAmount: () => ['orders', { ...month, filter: { amountFen: 16_800 } }],
    byContract: () => ['orders', { ...month, filter: { contractNo: '20260101000000abcdefgh' } }],
    surplus: () => ['orders', { filter: { needs: 'surplus' } }],
    refunds: () => ['orders', { filter: { needs: 'refund' } }],
    orderNo: (run) => ['orders', { number: numberOf(run) }],
    shortNo: (run) => ['orders', { number: numberOf(run).slice(-8) }],
    paymentNo: (run) => ['orders', { number: `${numberOf(run)}01` }],
    today: () => ['stats', {}],
  }
  const results: Record<string, { p50: number; p95: number; roundTrips: number }> = {}
  for (const [name, question] of Object.entries(questions)) {
    const times: number[] = []
    const trips = emulator.roundTrips()
    for (let run = 0; run < rounds; run++) {
      const [action, input] = question(run)
      const startedAt = performance.now()
      await call(action, input)
      times.push(performance.now() - startedAt)
    }
    times.sort((a, b) => a - b)
    const at = (share: number) => round(times[Math.floor(times.length * share)] ?? 0)
    results[name] = { p50: at(0.5), p95: at(0.95), roundTrips: round((emulator.roundTrips() - trips) / rounds) }
  }
  return results
}

async function measureExport(call: Call, { what, from, to }: { what: string; from: number; to: number }) {
  const startedAt = performance.now()
  const [started] = (await call('export', {
    start: { requestId: `bench-${what}`, what, language: 'zh', from: beijingDay(from), to: beijingDay(to) },
  }).then(({ exports }) => exports)) as { id: string }[]
  let last = { state: 'running', rows: 0, bytes: 0 }
  let rssMb = 0
  while (last.state === 'running' && performance.now() - startedAt < 300_000) {
    const { exports } = await call('export', { read: started?.id ?? '' })
    last = (exports as (typeof last)[])[0] ?? last
    rssMb = Math.max(rssMb, memoryOfAdmin())
  }
  return { rows: last.rows, seconds: round((performance.now() - startedAt) / 1_000), rssMb }
}

function memoryOfAdmin(): number {
  const found = spawnSync('pgrep', ['-P', String(process.pid), '-f', 'admin/index.js'], { encoding: 'utf8' })
  const rss = found.stdout
    .split(/\s+/)
    .filter(Boolean)
    .map((pid) => {
      const { stdout } = spawnSync('ps', ['-o', 'rss=', '-p', pid], { encoding: 'utf8' })
      return Number(stdout.trim()) || 0
    })
  return Math.round(Math.max(0, ...rss) / 1_024)
}
