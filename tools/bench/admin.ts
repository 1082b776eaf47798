// Bench: measures how quickly staff find an order among many, and what the page of today's figures costs. Uses the real
// functions, the SDK and the emulator.
import { spawnSync } from 'node:child_process'
import { beijingDay, dayMs } from '../../miniprogram/rules/beijing'
import type { LocalCloud } from '../localCloud'
import { median, round } from './measure'
import { seedOrders, spreadMs } from './seedOrders'

const owner = 'oMiniCashier_merchant_0000'
const rounds = 60
const warmUps = 5
const fewOrders = 10_000
const exportRows = 100_000

type Call = (action: string, input: object) => Promise<Record<string, unknown>>

/** A shop that is filled with a number of orders. */
interface Place {
  emulator: LocalCloud['emulator']
  call: Call
  /** the numbers of some of the shop's orders */
  sample: readonly string[]
}

/**
 * Runs the same queries in turn in a shop with ten thousand orders and in one with `many`, so that other work on the
 * machine slows both equally. Then exports a hundred thousand rows.
 */
export async function measureAdmin({ few, many }: { few: LocalCloud; many: LocalCloud }, size: number) {
  const now = many.emulator.clock.now()
  const small = await filled(few, fewOrders, now)
  const large = await filled(many, size, now)
  const { call } = large
  for (const place of [small, large]) await letTimerCount(place)
  const queries = await measureQueries(small, large, now)
  console.log('  queries', JSON.stringify(queries))
  const ratios = Object.entries(queries)
  // Choose so many days that they contain about a hundred thousand orders, because the orders are spread over ninety
  // days. Refunds are rarer, so their export covers all ninety days.
  const days = Math.min(90, Math.max(1, Math.round((exportRows / size) * 90)))
  const orders = await measureExport(call, { what: 'orders', from: now - (days + 1) * dayMs, to: now - 2 * dayMs })
  const refunds = await measureExport(call, { what: 'refunds', from: now - 91 * dayMs, to: now })
  return {
    orders: size,
    queries,
    worstP50RatioTo10k: Math.max(...ratios.map(([, { ratio }]) => ratio)),
    exports: { orders, refunds },
  }
}

async function filled({ emulator }: LocalCloud, size: number, now: number): Promise<Place> {
  const call: Call = async (action, input) => {
    const reply = (await emulator.call('admin', { openid: owner }, { action, input })) as {
      ok: boolean
      data: Record<string, unknown>
      error: unknown
    }
    if (!reply.ok) throw new Error(`${action}: ${JSON.stringify(reply.error)}`)
    return reply.data
  }
  const sample = seedOrders(emulator, { size, now })
  // Let the timer count the old orders before measuring. This first count covers ninety days at once; in a real shop it
  // happens over weeks.
  for (let run = 0; run < 200 && !(await isCounted(call)); run++) await emulator.clock.advance(60_000)
  // The clock is ahead now. People have bought as much as before in this time, so that a busy shop is still busy.
  const passedMs = emulator.clock.now() - now
  const since = Math.ceil((size * passedMs) / spreadMs)
  seedOrders(emulator, { size: since, now: now + passedMs, first: size, fromAt: now })
  return { emulator, call, sample }
}

/** Lets the timer run once. It runs only if something is due, so a contract that cannot be read is due. */
async function letTimerCount({ emulator }: Place): Promise<void> {
  const broken = { _id: 'broken', version: 1, state: 'active', dueAt: 1, tries: 0, charges: null }
  emulator.database.insert('contracts', broken)
  await emulator.clock.advance(60_000)
}

// Whether the timer has counted all older hours. Each read of the page counts only the current hour.
async function isCounted(call: Call): Promise<boolean> {
  const startedAt = performance.now()
  await call('stats', {})
  return performance.now() - startedAt < 1_000
}

async function measureQueries(small: Place, large: Place, now: number) {
  const month = { from: beijingDay(now - 30 * dayMs), to: beijingDay(now), limit: 20 }
  const questions: Record<string, (orderNo: string) => [string, object]> = {
    // First, while the figures that the timer has counted are fresh.
    today: () => ['stats', {}],
    latest: () => ['orders', month],
    byState: () => ['orders', { ...month, filter: { state: 'closed' } }],
    byProvider: () => ['orders', { ...month, filter: { provider: 'wisecashier' } }],
    byAmount: () => ['orders', { ...month, filter: { amountFen: 16_800 } }],
    byContract: () => ['orders', { ...month, filter: { contractNo: '20260101000000abcdefgh' } }],
    surplus: () => ['orders', { filter: { needs: 'surplus' } }],
    refunds: () => ['orders', { filter: { needs: 'refund' } }],
    orderNo: (orderNo) => ['orders', { number: orderNo }],
    shortNo: (orderNo) => ['orders', { number: orderNo.slice(-8) }],
    paymentNo: (orderNo) => ['orders', { number: `${orderNo}01` }],
  }
  const results: Record<string, { p50: number; p95: number; roundTrips: number; p50Of10k: number; ratio: number }> = {}
  for (const [name, question] of Object.entries(questions)) {
    const timeOf = async ({ call, sample }: Place, run: number): Promise<number> => {
      const [action, input] = question(sample[run % sample.length] ?? '')
      const startedAt = performance.now()
      await call(action, input)
      return performance.now() - startedAt
    }
    for (let run = 0; run < warmUps; run++) for (const place of [small, large]) await timeOf(place, run)
    const times = { small: [] as number[], large: [] as number[] }
    const trips = large.emulator.roundTrips()
    for (let run = 0; run < rounds; run++) {
      times.small.push(await timeOf(small, run))
      times.large.push(await timeOf(large, run))
    }
    const [p50, p50Of10k] = [median(times.large), median(times.small)]
    const sorted = times.large.toSorted((a, b) => a - b)
    results[name] = {
      p50: round(p50),
      p95: round(sorted[Math.floor(rounds * 0.95)] ?? Number.NaN),
      roundTrips: round((large.emulator.roundTrips() - trips) / rounds),
      p50Of10k: round(p50Of10k),
      ratio: round(p50 / p50Of10k),
    }
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
