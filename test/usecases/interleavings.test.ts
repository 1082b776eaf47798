// Tests two hundred random sequences of events: taps, queries, timer runs and answers in any order, and lost messages.
// The money at the fake server must always equal the money in our records.
import type { Order } from '../../cloudfunctions/shared/domain/orders/orderShape'
import type { RefundAnswer, RefundSent } from '../../cloudfunctions/shared/providers/provider'
import { endContract } from '../../cloudfunctions/shared/usecases/contracts/endContract'
import { workDue } from '../../cloudfunctions/shared/usecases/due/workDue'
import { workDueContracts } from '../../cloudfunctions/shared/usecases/due/workDueContracts'
import { cancelOrder, readOwnOrder } from '../../cloudfunctions/shared/usecases/orders/ownOrders'
import { payOrder } from '../../cloudfunctions/shared/usecases/orders/payOrder'
import { requestRefund } from '../../cloudfunctions/shared/usecases/refunds/requestRefund'
import { receiveNotice } from '../../cloudfunctions/shared/usecases/settle/receiveNotice'
import { closeAsStaff, recheckOrder } from '../../cloudfunctions/shared/usecases/staff/ordersAsStaff'
import { seededRandom } from '../providers/mutations'
import { beijing, openClub } from '../support/club'
import type { MemoryDatabase } from '../support/fakes/memoryDatabase'
import { minute, openShop, payMain, type Shop } from '../support/shop'

type Chance = () => number
const seeds = Array.from({ length: 200 }, (_, index) => index + 1)

const chanceOf = (seed: number): Chance => {
  const random = seededRandom(seed)
  return () => random.next()
}

const pick = <T>(random: Chance, list: readonly T[]): T => list[Math.floor(random() * list.length)] as T

async function turns(random: Chance, atMost = 6): Promise<void> {
  for (let left = Math.floor(random() * atMost); left > 0; left--) await Promise.resolve()
}

/**
 * Makes every database call take a random time. @param during runs before each call, for example to hold up the process
 */
function shuffle(db: MemoryDatabase, random: Chance, during: () => void = () => undefined): void {
  for (const name of ['get', 'change', 'changeAll', 'find', 'insert', 'insertAll'] as const) {
    const plain = db[name] as (...args: unknown[]) => Promise<unknown>
    const slow = async (...args: unknown[]) => {
      await turns(random)
      during()
      return plain(...args)
    }
    Object.assign(db, { [name]: slow })
  }
}

interface Server {
  /** refund number and amount of each refund that the server paid back; the server accepts repeated numbers */
  left: { no: string; fen: number }[]
  /** the calls that are still in progress */
  slow: Promise<void>[]
  isCalm: boolean
}

function serve(shop: Shop, random: Chance): Server {
  const states = new Map<string, 'working' | 'done' | 'failed'>()
  const server: Server = { left: [], slow: [], isCalm: false }
  const take = (no: string, fen: number) => {
    server.left.push({ no, fen })
    states.set(no, 'working')
  }
  const unknown = { outcome: 'unknown' as const, raw: null }
  shop.fake.provider.refund = async ({ refundNo: no, amountFen: fen }): Promise<RefundSent> => {
    await turns(random)
    const fate = server.isCalm
      ? 'fine'
      : pick(random, ['fine', 'fine', 'lost', 'slow', 'busy', 'refused', 'notSent', 'vanished'])
    if (fate === 'notSent') return { outcome: 'notSent', raw: null }
    if (fate === 'busy' || fate === 'vanished') return unknown
    if (fate === 'refused' && !states.has(no)) return { outcome: 'refused', raw: null }
    if (fate === 'slow') {
      server.slow.push(turns(random, 60).then(() => take(no, fen)))
      return unknown
    }
    take(no, fen)
    await turns(random)
    return fate === 'lost' ? unknown : { outcome: 'pending', amountFen: fen, raw: null }
  }
  shop.fake.provider.queryRefund = async ({ refundNo: no, amountFen }): Promise<RefundAnswer> => {
    await turns(random)
    if (!server.isCalm && random() < 0.4) return unknown
    const state = states.get(no)
    if (state === undefined) return { outcome: 'notFound', raw: null }
    if (state === 'working' && (server.isCalm || random() < 0.5)) end(no, random() < 0.8 ? 'done' : 'failed')
    await turns(random)
    const now = states.get(no)
    return { outcome: now === 'done' ? 'refunded' : now === 'failed' ? 'refused' : 'pending', amountFen, raw: null }
  }
  const end = (no: string, state: 'done' | 'failed') => {
    states.set(no, state)
    if (state === 'failed') server.left = server.left.filter((one) => one.no !== no)
  }
  return server
}

const sum = (list: readonly { fen: number }[]): number => list.reduce((all, { fen }) => all + fen, 0)

describe('refund × refund × check × timer × the provider’s answer', () => {
  it.each(seeds)('seed %i', async (seed) => {
    const random = chanceOf(seed)
    const shop = openShop()
    const orderNo = await shop.newOrder()
    await payOrder(shop.ctx, payMain(orderNo))
    shop.fake.pay(`${orderNo}01`)
    await readOwnOrder(shop.ctx, { orderNo, refresh: true })
    const server = serve(shop, random)
    shuffle(shop.db, random)
    const press = (requestId: string, amountFen: number) =>
      requestRefund(shop.ctx, orderNo, { requestId, paymentNo: `${orderNo}01`, amountFen, reason: '', by: 'staff' })
    const notice = () => {
      const [one] = server.left
      const content = { refundNo: one?.no ?? `${orderNo}r01`, outcome: 'pending', amountFen: one?.fen }
      const body = Buffer.from(JSON.stringify(content))
      const request = { method: 'POST', path: '/', query: {}, headers: { sign: 'good' }, body }
      return receiveNotice(shop.ctx, 'fake', request)
    }
    const events: (() => Promise<unknown>)[] = [
      () => press('a', 1_000),
      () => press('a', 1_000),
      () => press('b', 1_500),
      () => press('c', 2_500),
      () => recheckOrder(shop.staff('owner'), { orderNo }),
      () => shop.tick(),
      notice,
    ]
    for (let group = 0; group < 5; group++) {
      const together = Array.from({ length: 2 + Math.floor(random() * 4) }, () => pick(random, events))
      await Promise.allSettled(together.map((event) => event()))
      await Promise.all(server.slow)
      const kept = shop.order(orderNo).refunds.filter(({ state }) => state !== 'failed')
      // Our record contains each refund that the server paid back, each number once.
      expect(new Set(server.left.map(({ no }) => no)).size).toBe(server.left.length)
      expect(kept.map(({ no }) => no)).toEqual(expect.arrayContaining(server.left.map(({ no }) => no)))
      shop.advance(pick(random, [0, 5_000, 61_000, 5 * minute]))
    }
    server.isCalm = true
    for (let run = 0; run < 12; run++) {
      shop.advance(run < 6 ? 2 * minute : 120 * minute)
      await shop.tick()
    }
    const order = shop.order(orderNo)
    expect(order.refunds.filter(({ state }) => state !== 'done' && state !== 'failed')).toEqual([])
    expect([sum(server.left), server.left.length]).toEqual([
      order.refundedFen,
      order.refunds.filter(({ state }) => state === 'done').length,
    ])
    expect(order.refundedFen).toBeLessThanOrEqual(2_500)
  })
})

/** The test throws this error at a call, so that the caller stops as if its process was killed. */
class Killed extends Error {}

describe('a shopper who cancels × staff who close × timer × the shopper’s payment', () => {
  it.each(seeds)('seed %i', async (seed) => {
    const random = chanceOf(seed)
    const shop = openShop()
    const orderNo = await shop.newOrder()
    await payOrder(shop.ctx, payMain(orderNo))
    const no = `${orderNo}01`
    let isCalm = false
    // A pause takes no real time; it only gives other callers their turns.
    const pause = () => turns(random, 30)
    const ctx = { ...shop.ctx, pause }
    const owner = { ...shop.staff('owner'), pause }
    const timer = () => workDue(ctx, () => true)
    // Each call or its reply may get lost.
    const { query, close } = shop.fake.provider
    const unknown = { outcome: 'unknown' as const, raw: null }
    const onTheLine = async <T>(call: () => Promise<T>): Promise<T | typeof unknown> => {
      await turns(random)
      const fate = isCalm ? 'fine' : pick(random, ['fine', 'fine', 'lost', 'down'])
      if (fate === 'down') return unknown
      const reply = await call()
      await turns(random)
      return fate === 'lost' ? unknown : reply
    }
    shop.fake.provider.query = (payment) => onTheLine(() => query(payment))
    if (close) shop.fake.provider.close = (payment) => onTheLine(() => close(payment))
    shuffle(shop.db, random, () => {
      if (!isCalm && random() < 0.03) throw new Killed('killed')
    })
    const notice = async () => {
      if (shop.fake.ledger.get(no)?.state !== 'paid' || random() < 0.3) return
      const body = Buffer.from(JSON.stringify({ paymentNo: no, outcome: 'paid', amountFen: 2_500, theirNo: `T${no}` }))
      await receiveNotice(ctx, 'fake', { method: 'POST', path: '/', query: {}, headers: { sign: 'good' }, body })
    }
    const events: (() => Promise<unknown>)[] = [
      () => cancelOrder(ctx, { orderNo }),
      () => cancelOrder(ctx, { orderNo }),
      () => closeAsStaff(owner, { orderNo }),
      timer,
      () => readOwnOrder(ctx, { orderNo, refresh: true }),
      async () => {
        await turns(random, 20)
        if (random() < 0.3) shop.fake.pay(no)
      },
      notice,
    ]
    for (let group = 0; group < 4; group++) {
      const together = Array.from({ length: 2 + Math.floor(random() * 4) }, () => pick(random, events))
      await Promise.allSettled(together.map((event) => event()))
      shop.advance(pick(random, [0, 3_000, 61_000, 12 * minute]))
    }
    isCalm = true
    for (let run = 0; run < 14; run++) {
      shop.advance(run < 8 ? 6 * minute : 120 * minute)
      await timer()
    }
    const order = shop.order(orderNo)
    const isPaidThere = shop.fake.ledger.get(no)?.state === 'paid'
    expect(order.payments).toMatchObject([{ state: isPaidThere ? 'paid' : 'closed' }])
    expect(order.state === 'paid' || order.state === 'closed').toBe(true)
    // If the provider took money for a closed order, the money is an overpayment, which staff see. Our record may say
    // paid only if the provider took the money.
    if (order.state === 'paid') expect(isPaidThere).toBe(true)
    if (order.state === 'closed' && isPaidThere) expect(order.payments).toMatchObject([{ surplus: true }])
  })
})

describe('two chargers of one period', () => {
  it.each(seeds)('seed %i', async (seed) => {
    const random = chanceOf(seed)
    const club = openClub(beijing('2026-03-02T09:00:00'))
    const contractNo = await club.subscribe()
    let arrived = 0
    club.papay.onDebit = () => {
      arrived += 1
    }
    let isCalm = false
    club.papay.line = () => (isCalm ? 'fine' : pick(random, ['fine', 'fine', 'lost', 'down']))
    // At any write, hold up the process for longer than its claim lasts.
    shuffle(club.db, random, () => {
      if (!isCalm && random() < 0.03) club.now += 61_000
    })
    const run = () => workDueContracts(club.ctx, () => true)
    for (let round = 0; round < 4; round++) {
      await Promise.allSettled([run(), run(), ...(random() < 0.5 ? [run()] : [])])
      club.now += pick(random, [0, 61_000, 10 * minute])
    }
    isCalm = true
    for (let round = 0; round < 30; round++) {
      await run()
      club.now += 10 * minute
    }
    const orders = club.db.all<Order>('orders')
    const debits = orders.flatMap(({ payments }) => payments)
    const paid = debits.filter(({ state }) => state === 'paid')
    const taken = club.papay.taken.filter(
      ({ out_trade_no }) => club.papay.debitReport(out_trade_no, club.now).outcome === 'paid',
    )
    expect(paid).toHaveLength(1)
    expect(sum(paid.map(({ amountFen: fen }) => ({ fen })))).toBe(sum(taken.map(({ total_fee: fen }) => ({ fen }))))
    // Each debit request arrived at most once, so we do not rely on the server to detect repeats.
    expect(arrived).toBeLessThanOrEqual(debits.length)
    expect(club.contract(contractNo).charges).toMatchObject([{ state: 'paid' }])
  })
})

describe('the end of a contract', () => {
  it.each(seeds.slice(0, 50))('is sent once at a time, and once in all if its reply arrives; seed %i', async (seed) => {
    const random = chanceOf(seed)
    const club = openClub(beijing('2026-03-02T09:00:00'))
    const contractNo = await club.subscribe()
    const { contracts } = club.papay.enabled.provider
    let under = 0
    let most = 0
    let told = 0
    const plain = contracts?.end
    if (contracts && plain)
      contracts.end = async (...asked) => {
        told += 1
        under += 1
        most = Math.max(most, under)
        await turns(random, 20)
        const report = await plain(...asked)
        under -= 1
        return report
      }
    shuffle(club.db, random)
    const end = () => endContract(club.ctx, contractNo, 'subscriber')
    await Promise.allSettled([
      end(),
      workDueContracts(club.ctx, () => true),
      end(),
      workDueContracts(club.ctx, () => true),
    ])
    expect([most, told, club.contract(contractNo).state]).toEqual([1, 1, 'ended'])
  })
})
