// Kills the functions, or the whole local cloud, with kill -9 at random moments while our server sends events about
// payments to a connected system. No event may get lost, and a repeated event must keep its id. In the last test the
// connected system does not answer for two simulated days, and again no event may get lost. WEBHOOK_KILLS=500 sets the
// number of kills.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Order } from '../../../cloudfunctions/shared/domain/orders/orderShape'
import type { Delivery } from '../../../cloudfunctions/shared/domain/telling/delivery'
import { adminOf, databaseOf } from '../../support/adminCall'
import { answerWith, type Heard, openReceiver, type Receiver } from '../../support/fakes/receiver'
import { howOften } from '../../support/howOften'
import { dataOf, startCloud, type TestCloud } from '../../support/startCloud'

const kills = Number(process.env.WEBHOOK_KILLS ?? howOften(8, 50))
const hour = 3_600_000
const pause = (ms: number) => new Promise((done) => setTimeout(done, ms))

let cloud: TestCloud
let receiver: Receiver
beforeAll(async () => {
  cloud = await startCloud()
  receiver = await openReceiver()
  const add = { id: 'endpoint-kill', url: `${receiver.url}/hook`, note: '' }
  dataOf(await adminOf(cloud)('changeEndpoint', { add }))
}, 120_000)
afterAll(async () => {
  await receiver.close()
  await cloud.stop()
})

/** The ids of the function processes, which the local cloud has started. */
function functionPids(): number[] {
  const { pid } = JSON.parse(readFileSync(join(cloud.dataDir, 'running.json'), 'utf8')) as { pid: number }
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
  return stdout.split('\n').flatMap((line) => {
    const [child, parent] = line.trim().split(/\s+/).map(Number)
    return parent === pid && child !== undefined ? [child] : []
  })
}

function killFunctions(): void {
  for (const pid of functionPids())
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // The process has already ended.
    }
}

const eventOf = ({ body }: Heard) => {
  const { id, type, at, sequence } = JSON.parse(body) as { id: string; type: string; at: number; sequence: number }
  return { id, type, at, sequence }
}
const acknowledged: Heard[] = []
const refused: Heard[] = []

/** Makes a receiver that answers with the given status and remembers the events that it confirmed. */
const answering = (status: () => number | undefined) => () => {
  receiver.answer = (response, heard) => {
    const code = status()
    const isGood = code !== undefined && code < 300
    ;(isGood ? acknowledged : refused).push(heard)
    if (code === undefined) response.destroy()
    else answerWith(code)(response)
  }
}

async function everything<T>(collection: string): Promise<T[]> {
  const db = await databaseOf(cloud)
  const found: T[] = []
  for (let last = ''; ; ) {
    const some = await db.find(collection, { where: { _id: { gt: last } }, orderBy: [['_id', 'asc']], limit: 500 })
    found.push(...(some as T[]))
    const end = some.at(-1)?._id
    if (some.length < 500 || end === undefined) return found
    last = end
  }
}

/** Moves the clock by hours until no event waits and every delivery is done. */
async function rest(): Promise<void> {
  for (let passed = 0; passed < 60; passed++) {
    await cloud.advance(hour)
    const [orders, deliveries] = [await everything<Order>('orders'), await everything<Delivery>('deliveries')]
    if (orders.every(({ outboxAt }) => outboxAt == null) && deliveries.every(({ state }) => state === 'done')) return
  }
}

async function expectAllHeard(): Promise<void> {
  const orders = await everything<Order>('orders')
  const ids = orders.flatMap(({ _id, outboxSeq = 0 }) =>
    Array.from({ length: outboxSeq }, (_, index) => `${_id}.${index + 1}`),
  )
  const good = new Set(acknowledged.map((heard) => eventOf(heard).id))
  expect(ids.filter((id) => !good.has(id))).toEqual([])
  expect([...good].filter((id) => !ids.includes(id))).toEqual([])
  const forms = new Map<string, Set<string>>()
  for (const heard of [...acknowledged, ...refused]) {
    const event = eventOf(heard)
    expect(heard.headers['webhook-id']).toBe(event.id)
    forms.set(event.id, (forms.get(event.id) ?? new Set()).add(JSON.stringify(event)))
  }
  expect([...forms].filter(([, some]) => some.size > 1)).toEqual([])
}

it(
  `loses no event in ${kills} kills at random moments, and repeats one only under its id`,
  async () => {
    answering(() => (Math.random() < 0.1 ? 500 : 204))()
    let paid = 0
    const payOne = async () => {
      const { orderNo } = await cloud.newOrder()
      const { errMsg } = await cloud.pay(orderNo, 'pay')
      if (errMsg === 'requestPayment:ok') paid += 1
    }
    for (let kill = 0; kill < kills; kill++) {
      let alive = true
      const shoppers = Array.from({ length: 2 }, async () => {
        while (alive) await payOne().catch(() => pause(5))
      })
      // When the kill happens, the timer may be processing new events or repeating events that the connected system
      // refused.
      const clock = (async () => {
        while (alive) {
          await cloud.advance(61_000).catch(() => undefined)
          await pause(200)
        }
      })()
      const goal = paid + 1 + Math.floor(Math.random() * 4)
      for (let waited = 0; paid < goal && waited < 20_000; waited += 5) await pause(5)
      await pause(Math.random() * 150)
      const isWhole = kill % 2 === 1
      const restarted = isWhole ? cloud.restart() : undefined
      if (!isWhole) killFunctions()
      alive = false
      await Promise.all([restarted, ...shoppers, clock])
    }
    answering(() => 204)()
    await rest()
    await expectAllHeard()
    const ids = new Set(acknowledged.map((heard) => eventOf(heard).id))
    expect(ids.size).toBeGreaterThanOrEqual(kills)
    if (process.env.WEBHOOK_KILLS)
      console.log(
        `${kills} kills: ${ids.size} events, acknowledged ${acknowledged.length} times, refused ${refused.length} times`,
      )
  },
  120_000 + kills * 20_000,
)

it('loses nothing while that system is dead for two days', async () => {
  answering(() => undefined)()
  const before = acknowledged.length
  const orders: string[] = []
  for (let passed = 0; passed < 48; passed += 6) {
    const { orderNo } = await cloud.newOrder()
    await cloud.pay(orderNo, 'notice-before-result')
    orders.push(orderNo)
    await cloud.advance(6 * hour)
  }
  expect(acknowledged).toHaveLength(before)
  answering(() => 204)()
  await rest()
  await expectAllHeard()
  const later = acknowledged.slice(before).map((heard) => eventOf(heard).id)
  expect(later.filter((id) => orders.some((orderNo) => id === `${orderNo}.1`)).sort()).toEqual(
    orders.map((orderNo) => `${orderNo}.1`).sort(),
  )
}, 240_000)
