// Bench: measures the cost of webhooks to connected systems: database round trips of a payment notice, deliveries per
// second, and how fast payments settle while most of the connected systems never answer.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { AdminResults } from '../../cloudfunctions/shared/api/admin'
import type { Reply } from '../../cloudfunctions/shared/api/reply'
import { newDelivery } from '../../cloudfunctions/shared/domain/telling/delivery'
import { seededOwner } from '../events/runningCloud'
import type { LocalCloud } from '../localCloud'
import { median, round } from './measure'
import { type MidasFields, notify, waitingOrder } from './midasNotices'

const openid = 'oMiniCashier_bench_000000000'
const good = 10
const hanging = 90
const measured = 100
const rounds = 3
const betweenMs = 40
const due = 2_000
const minuteMs = 60_000

interface Receiver {
  url: string
  /** for each event (by its id and path), the time at which it first arrived */
  heardAt: Map<string, number>
  close(): void
}

interface Settled {
  orderNo: string
  startedAt: number
  /** ms until our record says that the order is paid */
  settledMs: number
  /** ms until the provider has our answer to the provider's notice */
  answeredMs: number
}

/** Plays a connected system: answers requests below /good, and never answers those below /hang. */
async function openReceiver(): Promise<Receiver> {
  const heardAt = new Map<string, number>()
  const server = createServer((request, response) => {
    const key = `${request.headers['webhook-id']} ${request.url}`
    request.resume()
    if (request.url?.startsWith('/hang')) return
    if (!heardAt.has(key)) heardAt.set(key, performance.now())
    request.on('end', () => response.writeHead(204).end())
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    heardAt,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

export async function measureWebhooks(cloud: LocalCloud, midas: MidasFields) {
  const { emulator } = cloud
  const receiver = await openReceiver()
  const change = async (input: unknown): Promise<void> => {
    const event = { action: 'changeEndpoint', input }
    const reply = (await emulator.call('admin', { openid: seededOwner }, event)) as Reply<
      AdminResults['changeEndpoint']
    >
    if (!reply.ok) throw new Error(reply.error.message)
  }
  const add = async (from: number, count: number, path: string): Promise<void> => {
    for (let index = from; index < from + count; index++)
      await change({ add: { id: `endpoint-${index}`, url: `${receiver.url}/${path}/${index}`, note: '' } })
    // Restart the function instances, so that they read the changed endpoints at once.
    await emulator.reloadFunctions()
  }
  let serial = 0
  const settle = async (): Promise<Settled> => {
    serial += 1
    const order = waitingOrder(emulator, openid, `w${String(serial).padStart(7, '0')}`)
    emulator.database.insert('orders', order as never)
    // Pause first, so that work which remains from the previous payment, such as closing connections, is not measured
    // with this one.
    await new Promise((done) => setTimeout(done, betweenMs))
    const startedAt = performance.now()
    let settledMs = Number.NaN
    const answered = notify(emulator, midas, `${order._id}01`, 1)
    let isOver = false
    void answered.finally(() => {
      isOver = true
    })
    while (Number.isNaN(settledMs) && !isOver) {
      const [stored] = emulator.database.find('orders', { where: { _id: order._id }, limit: 1 })
      if (stored?.state === 'paid') settledMs = performance.now() - startedAt
      else await new Promise((done) => setTimeout(done, 1))
    }
    await answered
    const answeredMs = performance.now() - startedAt
    return { orderNo: order._id, startedAt, settledMs: Number.isNaN(settledMs) ? answeredMs : settledMs, answeredMs }
  }
  const measure = async (): Promise<Settled[]> => {
    const runs: Settled[] = []
    for (let count = 0; count < measured; count++) runs.push(await settle())
    return runs
  }
  const trips = async (): Promise<number> => {
    const before = emulator.roundTrips()
    await settle()
    return emulator.roundTrips() - before
  }
  try {
    for (let count = 0; count < 5; count++) await settle()
    const noticeTrips = { withoutEndpoint: await trips(), withEndpoint: 0 }
    await add(0, 1, 'good')
    for (let count = 0; count < 3; count++) await settle()
    noticeTrips.withEndpoint = await trips()
    await add(1, good - 1, 'good')
    for (let count = 0; count < 5; count++) await settle()
    const amongGood = await measure()
    const deliveriesPerSecond = await measureDeliveries(cloud)
    await add(good, hanging, 'hang')
    const turn = async (what: 'switchOff' | 'switchOn'): Promise<void> => {
      for (let index = 0; index < good + hanging; index++) await change({ [what]: `endpoint-${index}` })
      await emulator.reloadFunctions()
      // After the first notices the function instances know which endpoints hang.
      for (let count = 0; count < 6; count++) await settle()
    }
    // Measure both cases in turn, without and with the connected systems, so that other work on the machine affects
    // both equally.
    const alone: Settled[] = []
    const amongAll: Settled[] = []
    for (let count = 0; count < rounds; count++) {
      await turn('switchOff')
      alone.push(...(await measure()))
      await turn('switchOn')
      amongAll.push(...(await measure()))
    }
    const heardMs = heardAfter(receiver, amongAll)
    const mediansOf = (name: 'settledMs' | 'answeredMs') => {
      const [none = 0, ten = 0, all = 0] = [alone, amongGood, amongAll].map((some) =>
        median(some.map((one) => one[name])),
      )
      return { alone: round(none), good10: round(ten), good10hanging90: round(all), ratio: round(all / none) }
    }
    return {
      noticeTrips,
      deliveriesPerSecond,
      settledMs: mediansOf('settledMs'),
      answeredMs: mediansOf('answeredMs'),
      heardMedianMs: round(median(heardMs)),
    }
  } finally {
    receiver.close()
  }
}

/** For each payment and each endpoint that answers: how long after the payment began its event arrived, in ms. */
const heardAfter = (receiver: Receiver, settled: readonly Settled[]): number[] =>
  settled.flatMap(({ orderNo, startedAt }) =>
    Array.from({ length: good }, (_, index) => {
      const at = receiver.heardAt.get(`${orderNo}.1 /good/${index}`)
      return at === undefined ? Number.POSITIVE_INFINITY : at - startedAt
    }),
  )

/** Measures how fast the timer sends many deliveries that are due at ten endpoints. */
async function measureDeliveries({ emulator }: LocalCloud): Promise<number> {
  const now = emulator.clock.now()
  for (let index = 0; index < due; index++) {
    const order = waitingOrder(emulator, openid, `d${String(index).padStart(7, '0')}`)
    const about = { type: 'order.paid' as const, subject: order._id, at: now }
    const body = JSON.stringify({ id: `${order._id}.1`, ...about, data: { order } })
    const one = newDelivery({ ...about, eventId: `${order._id}.1`, endpoint: `endpoint-${index % good}`, body }, now)
    emulator.database.insert('deliveries', one as never)
  }
  const left = () => emulator.database.count('deliveries', { state: 'waiting' })
  const startedAt = performance.now()
  for (let run = 0; run < 20 && left() > 0; run++)
    await emulator.clock.advance(minuteMs - (emulator.clock.now() % minuteMs))
  if (left() > 0) throw new Error(`${left()} deliveries were not sent`)
  return round(due / ((performance.now() - startedAt) / 1_000), 0)
}
