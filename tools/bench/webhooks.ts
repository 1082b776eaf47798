// Bench: measures the cost of webhooks to connected systems: database round trips of a payment notice, deliveries per
// second, and how fast payments settle while most of the connected systems never answer.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { AdminResults } from '../../cloudfunctions/shared/api/admin'
import type { Reply } from '../../cloudfunctions/shared/api/reply'
import { newDelivery } from '../../cloudfunctions/shared/domain/telling/delivery'
import { seededOwner } from '../events/runningCloud'
import type { LocalCloud } from '../localCloud'
import { lowerQuartile, median, round } from './measure'
import { type MidasFields, notify, waitingOrder } from './midasNotices'

const openid = 'oMiniCashier_bench_000000000'
const good = 10
const hanging = 90
const measured = 25
const rounds = 4
const betweenMs = 100
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
  /** the database's round trips meanwhile, also those of the timer if it runs at that moment */
  trips: number
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

async function changeEndpoint(emulator: LocalCloud['emulator'], input: unknown): Promise<void> {
  const event = { action: 'changeEndpoint', input }
  const reply = (await emulator.call('admin', { openid: seededOwner }, event)) as Reply<AdminResults['changeEndpoint']>
  if (!reply.ok) throw new Error(reply.error.message)
}

type Measured = Record<'alone' | 'good10' | 'good10hanging90', readonly Settled[]>

/**
 * The median of each case, and how much slower the last case is. Other work on the machine makes single payments slower,
 * so the ratios compare the faster quarter.
 */
function compared(measured: Measured, name: 'settledMs' | 'answeredMs' | 'trips') {
  const valuesOf = (one: keyof Measured) => measured[one].map((settled) => settled[name])
  const quickOf = (one: keyof Measured) => lowerQuartile(valuesOf(one))
  return {
    alone: round(median(valuesOf('alone'))),
    good10: round(median(valuesOf('good10'))),
    good10hanging90: round(median(valuesOf('good10hanging90'))),
    allToAlone: round(quickOf('good10hanging90') / quickOf('alone')),
    allToGood10: round(quickOf('good10hanging90') / quickOf('good10')),
  }
}

export async function measureWebhooks(cloud: LocalCloud, midas: MidasFields) {
  const { emulator } = cloud
  const receiver = await openReceiver()
  const change = (input: unknown) => changeEndpoint(emulator, input)
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
    const tripsBefore = emulator.roundTrips()
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
    const trips = emulator.roundTrips() - tripsBefore
    if (Number.isNaN(settledMs)) settledMs = answeredMs
    return { orderNo: order._id, startedAt, settledMs, answeredMs, trips }
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
    const deliveriesPerSecond = await measureDeliveries(cloud)
    await add(good, hanging, 'hang')
    /** Switches the first endpoints on and the others off. */
    const turnOn = async (count: number): Promise<void> => {
      for (let index = 0; index < good + hanging; index++)
        await change({ [index < count ? 'switchOn' : 'switchOff']: `endpoint-${index}` })
      await emulator.reloadFunctions()
      // After the first notices the function instances know which endpoints hang.
      for (let first = 0; first < 6; first++) await settle()
    }
    // Measure the three cases in turn: no endpoint, ten that answer, and ninety more that hang. Other work on the
    // machine then affects all three equally.
    const [alone, good10, good10hanging90] = [[] as Settled[], [] as Settled[], [] as Settled[]]
    for (let turn = 0; turn < rounds; turn++) {
      await turnOn(0)
      alone.push(...(await measure()))
      await turnOn(good)
      good10.push(...(await measure()))
      await turnOn(good + hanging)
      good10hanging90.push(...(await measure()))
    }
    const heardMs = heardAfter(receiver, good10hanging90)
    const measuredOf = { alone, good10, good10hanging90 }
    return {
      noticeTrips,
      deliveriesPerSecond,
      settledMs: compared(measuredOf, 'settledMs'),
      answeredMs: compared(measuredOf, 'answeredMs'),
      answeredTrips: compared(measuredOf, 'trips'),
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
