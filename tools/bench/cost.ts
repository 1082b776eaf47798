// Bench: measures what one order costs on CloudBase, step by step: function calls, database reads and database writes.
// Also measures a run of the timer. docs/cost.md has the figures.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beijingDigits } from '../../miniprogram/rules/beijing'
import type { TraceEvent } from '../../packages/cloudbase-emulator/src'
import { type LocalCloud, startLocalCloud } from '../localCloud'

export interface Cost {
  reads: number
  writes: number
}

const shopper = 'oMiniCashier_bench_cost_0000'
const merchant = 'oMiniCashier_merchant_0000'
const minuteMs = 60_000
// How long a shopper can pay an order (the seeded shop's setting orderMinutes).
const lifeMs = 30 * minuteMs
// The names of the SDK's actions that change documents. All other actions read.
const writing = /^(insert|add|update|modify|remove|delete|set)/i

/** Measures one order, after another order that has warmed the functions up. @returns reads and writes of each step */
export async function measureCost(): Promise<Record<string, Cost>> {
  const dataDir = mkdtempSync(join(tmpdir(), 'mini-cashier-cost-'))
  let cost: Cost = { reads: 0, writes: 0 }
  let watched = ''
  let runs = 0
  const onTrace = ({ to, from, what }: TraceEvent) => {
    if (from === 'clock' && to === 'timer') runs++
    if (to !== 'database' || from !== watched) return
    if (writing.test(what)) cost.writes++
    else cost.reads++
  }
  const cloud = await startLocalCloud({ port: 0, dataDir, onTrace })
  try {
    const costs: Record<string, Cost> = {}
    const step: Step = async (name, from, work) => {
      watched = from
      cost = { reads: 0, writes: 0 }
      runs = 0
      await work()
      const count = from === 'timer' ? runs : 1
      costs[name] = { reads: Math.round(cost.reads / count), writes: Math.round(cost.writes / count) }
    }
    // The first order warms the functions up. Its figures are replaced by the figures of the second order.
    for (const tail of ['costone0', 'costtwo0']) await buy(cloud, tail, step)
    await watchTimer(cloud, step)
    return costs
  } finally {
    await cloud.close()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

/** @param from the function whose database calls are counted */
type Step = (name: string, from: string, work: () => Promise<unknown>) => Promise<void>

const sender =
  ({ emulator }: LocalCloud) =>
  async (action: string, input: object) => {
    const reply = (await emulator.call('order', { openid: shopper }, { action, input })) as {
      ok: boolean
      data: { pay?: { payInfo: string } }
      error?: unknown
    }
    if (!reply.ok) throw new Error(JSON.stringify(reply.error))
    return reply.data
  }

async function buy(cloud: LocalCloud, tail: string, step: Step): Promise<void> {
  const { emulator, url } = cloud
  const order = sender(cloud)
  const orderNo = `${beijingDigits(emulator.clock.now())}${tail}`
  let payInfo = ''
  await step('openShop', 'order', () => order('catalog', {}))
  await step('waysToPay', 'order', () => order('channels', {}))
  await step('createAndPay', 'order', async () => {
    const pay = { provider: 'midas', channel: 'wechat', amountFen: 1, currency: 'CNY' }
    const created = await order('create', { orderNo, items: [{ sku: 'tasting', quantity: 1 }], pay })
    payInfo = created.pay?.payInfo ?? ''
  })
  await step('notice', 'notify', async () => {
    const body = JSON.stringify({ payInfo })
    await fetch(`${url}/local/pay`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    await until(() => emulator.database.get('orders', orderNo)?.state === 'paid')
  })
  await step('readPaid', 'order', () => order('read', { orderNo }))
  await step('myOrders', 'order', () => order('list', { limit: 20 }))
  await step('firstPage', 'admin', () => emulator.call('admin', { openid: merchant }, { action: 'stats', input: {} }))
}

/**
 * Measures one run of the timer in which an order expires. This run also counts the past hour and reads the settings
 * again.
 */
async function watchTimer(cloud: LocalCloud, step: Step): Promise<void> {
  const { emulator } = cloud
  const order = sender(cloud)
  // Measure the run several times, because the first run after a pause also counts the hours of the pause.
  for (let round = 0; round < 3; round++) {
    const orderNo = `${beijingDigits(emulator.clock.now())}expire0${round}`
    await order('create', { orderNo, items: [{ sku: 'tasting', quantity: 1 }] })
    await emulator.clock.advance(lifeMs - 2 * minuteMs)
    await step('timerRun', 'timer', () => emulator.clock.advance(3 * minuteMs))
  }
}

async function until(isDone: () => boolean): Promise<void> {
  for (let tries = 0; !isDone(); tries++) {
    if (tries > 200) throw new Error('the notice did not arrive')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
