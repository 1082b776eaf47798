// Tests how staff find and refund orders, on the local cloud with the real wx-server-sdk: every filter, pages without
// gaps, every kind of number, and refunds by several people at the same moment.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AdminAction, AdminResults, StaffOrderRow } from '../../../cloudfunctions/shared/api/admin'
import type { Reply } from '../../../cloudfunctions/shared/api/reply'
import { placeOrder } from '../../../cloudfunctions/shared/domain/orders/order'
import { orderNoFrom } from '../../../cloudfunctions/shared/domain/orders/orderNo'
import type { Order } from '../../../cloudfunctions/shared/domain/orders/orderShape'
import type { Database } from '../../../cloudfunctions/shared/store/database'
import type { Staff } from '../../../cloudfunctions/shared/store/staff'
import { connectDatabase } from '../../../tools/cloudDatabase'
import { dataOf, shopperA, startCloud, type TestCloud } from '../../support/startCloud'

const owner = 'oMiniCashier_merchant_0000'
const second = 'oMiniCashier_owner_two_000'
const minute = 60_000
const day = 86_400_000

let cloud: TestCloud
let db: Database
let now = 0
let serial = 0

beforeAll(async () => {
  cloud = await startCloud({ shop: { surplus: 'refund' } })
  const { adminUrl } = JSON.parse(readFileSync(join(cloud.dataDir, 'running.json'), 'utf8')) as { adminUrl: string }
  db = await connectDatabase({ adminUrl })
  await db.insert<Staff>('staff', { _id: second, version: 1, role: 'owner', name: '二店主', addedAt: 1 })
  now = dataOf(await cloud.order('catalog', {})).now
})
afterAll(() => cloud.stop())

const admin = async <A extends AdminAction>(
  action: A,
  input: unknown,
  openid: string = owner,
): Promise<Reply<AdminResults[A]>> => (await cloud.call('admin', { action, input }, openid)).json() as never

/** Inserts an order that needs no work by the timer. */
async function put(createdAt: number, fields: Partial<Order> = {}): Promise<Order> {
  const orderNo = orderNoFrom(createdAt, (++serial).toString(36).padStart(8, 'z'))
  const item = { sku: 'tea', title: '<b>茶</b>', titleEn: '<script>tea</script>', priceFen: 1_234, quantity: 1 }
  const placed = placeOrder({
    orderNo,
    openid: shopperA,
    items: [item],
    currency: 'CNY',
    now: createdAt,
    lifeMs: 30 * minute,
  })
  const order: Order = { ...placed, dueAt: null, state: 'paid', provider: 'midas', ...fields }
  await db.insert('orders', order)
  return order
}

const found = async (input: unknown): Promise<StaffOrderRow[]> => dataOf(await admin('orders', input)).orders
const numbers = (orders: readonly (Order | StaffOrderRow)[]): string[] =>
  orders.map((order) => ('orderNo' in order ? order.orderNo : order._id))

async function allPages(input: object, limit: number): Promise<string[]> {
  const seen: string[] = []
  for (let cursor: string | null = null, page = 0; page < 50; page++) {
    const answer: AdminResults['orders'] = dataOf(
      await admin('orders', { ...input, limit, ...(cursor !== null && { cursor }) }),
    )
    expect(answer.orders.length).toBeLessThanOrEqual(limit)
    seen.push(...numbers(answer.orders))
    cursor = answer.cursor
    if (cursor === null) return seen
  }
  throw new Error('the pages do not end')
}

// Each test uses another day in the past, so that tests do not see each other's orders.
const dayText = (text: string): { from: string; to: string; at: number } => ({
  from: text,
  to: text,
  at: Date.parse(`${text}T12:00:00+08:00`),
})

describe('the list', () => {
  it('by one filter within its days, the newest first', async () => {
    const { at, ...days } = dayText('2025-03-05')
    const contractNo = orderNoFrom(at, 'contract')
    const open = await put(at, { state: 'open', provider: null, amountFen: 777 })
    const closed = await put(at + 1, { state: 'closed', provider: 'jubao' })
    const charge = await put(at + 2, {
      contract: { contractNo, period: '2025-03' },
      keys: [contractNo],
      amountFen: 777,
    })
    await put(at - day, { amountFen: 777, state: 'open', provider: 'jubao', keys: [contractNo] })
    await put(at + day, { amountFen: 777, state: 'open', provider: 'jubao', keys: [contractNo] })
    const by = async (filter?: object) => numbers(await found({ ...days, ...(filter && { filter }) }))
    expect(await by()).toEqual(numbers([charge, closed, open]))
    expect(await by({ state: 'open' })).toEqual([open._id])
    expect(await by({ state: 'closed' })).toEqual([closed._id])
    expect(await by({ provider: 'jubao' })).toEqual([closed._id])
    expect(await by({ provider: 'nobody' })).toEqual([])
    expect(await by({ amountFen: 777 })).toEqual(numbers([charge, open]))
    expect(await by({ contractNo })).toEqual([charge._id])
    expect(await by({ amountFen: 776 })).toEqual([])
  })

  it('contains the whole first and last Beijing day, to the millisecond', async () => {
    const midnight = Date.parse('2025-04-10T00:00:00+08:00')
    const [, first, last] = [await put(midnight - 1), await put(midnight), await put(midnight + 2 * day - 1)]
    await put(midnight + 2 * day)
    expect(numbers(await found({ from: '2025-04-10', to: '2025-04-11' }))).toEqual(numbers([last, first]))
  })

  it('has pages without gaps or repeats, even if all orders share one millisecond', async () => {
    const { at, ...days } = dayText('2025-05-05')
    const same = []
    for (let index = 0; index < 23; index++) same.push(await put(at))
    const others = []
    for (let index = 1; index <= 9; index++) others.push(await put(at + index))
    const expected = [...numbers(others).reverse(), ...numbers(same).sort().reverse()]
    for (const limit of [1, 4, 7, 50]) expect(await allPages(days, limit)).toEqual(expected)
    expect(await allPages({ ...days, filter: { state: 'paid' } }, 5)).toEqual(expected)
    expect(await allPages({ ...days, filter: { amountFen: 1_234 } }, 6)).toEqual(expected)
  })

  it('shows no order twice while new orders are placed', async () => {
    const { at, ...days } = dayText('2025-06-05')
    const old = [await put(at), await put(at + 1), await put(at + 2)]
    const first = dataOf(await admin('orders', { ...days, limit: 2 }))
    await put(at + 3)
    const rest = dataOf(await admin('orders', { ...days, limit: 2, cursor: first.cursor }))
    expect([...numbers(first.orders), ...numbers(rest.orders)]).toEqual(numbers(old).reverse())
    expect(rest.cursor).toBeNull()
  })

  it('of cases needs no days: the largest overpayment first, the longest waiting refund first', async () => {
    const at = now - 200 * day
    const little = await put(at, { surplusFen: 1 })
    const much = await put(at, { surplusFen: 900 })
    const middle = await put(at, { surplusFen: 900 - 1 })
    await put(at, { surplusFen: 0 })
    expect(numbers(await found({ filter: { needs: 'surplus' } }))).toEqual(numbers([much, middle, little]))
    expect(await allPages({ filter: { needs: 'surplus' } }, 1)).toEqual(numbers([much, middle, little]))
    const long = await put(at, { refundSince: now - 5 * day })
    const longer = await put(at, { refundSince: now - 9 * day })
    await put(at, { refundSince: now - minute })
    expect(numbers(await found({ filter: { needs: 'refund' } }))).toEqual(numbers([longer, long]))
    expect(await allPages({ filter: { needs: 'refund' } }, 1)).toEqual(numbers([longer, long]))
  })

  it('covers the last seven days by default', async () => {
    const inside = await put(now - 5 * day)
    const outside = await put(now - 7 * day - 1)
    const listed = numbers(await found({ limit: 50 }))
    expect(listed).toContain(inside._id)
    expect(listed).not.toContain(outside._id)
  })

  it('shows in a row what a person needs, without a whole openid; a title is shown as text, whatever it contains', async () => {
    const { at, ...days } = dayText('2025-07-05')
    await put(at)
    const reply = await admin('orders', days)
    expect(dataOf(reply).orders).toMatchObject([
      { title: '<b>茶</b>', titleEn: '<script>tea</script>', amountFen: 1_234, pieces: 1, shopper: '…A_0000' },
    ])
    expect(JSON.stringify(reply)).not.toContain(shopperA)
  })

  it.each([
    ['a day that does not exist', { from: '2025-02-30', to: '2025-03-01' }],
    ['a month that does not exist', { from: '2025-13-01', to: '2025-13-02' }],
    ['days the wrong way round', { from: '2025-03-02', to: '2025-03-01' }],
    ['more than 31 days', { from: '2025-03-01', to: '2025-04-01' }],
    ['an operator for a day', { from: { $gt: '' } }],
    ['an operator for a number', { number: { $gt: '' } }],
    ['an operator for a state', { filter: { state: { $ne: 'x' } } }],
    ['an operator for an amount', { filter: { amountFen: { $gt: 0 } } }],
    ['a field of its own', { filter: { openid: shopperA } }],
    ['code', { filter: { $where: 'true' } }],
    ['two filters', { filter: { state: 'paid', provider: 'midas' } }],
    ['a number with a filter', { number: 'abcdefgh', filter: { state: 'paid' } }],
    ['a number with days', { number: 'abcdefgh', from: '2025-03-01' }],
    ['what needs a person with days', { from: '2025-03-01', filter: { needs: 'surplus' } }],
    ['an amount as text', { filter: { amountFen: '777' } }],
    ['a cursor that is none', { cursor: 'x.y' }],
    ['a cursor beyond numbers', { cursor: '9999999999999999999.x' }],
    ['too long a page', { limit: 51 }],
    ['an empty page', { limit: 0 }],
  ])('refuses %s', async (_, input) => {
    expect(await admin('orders', input)).toMatchObject({ ok: false, error: { code: 'BadInput' } })
  })

  it('covers at most 31 days', async () => {
    expect(await admin('orders', { from: '2025-03-01', to: '2025-03-31' })).toMatchObject({ ok: true })
  })

  it('does not leave its days, even with the cursor of another list', async () => {
    const { at, ...days } = dayText('2025-08-05')
    const [inside] = [await put(at), await put(at - 3 * day)]
    const later = `${at + 30 * day}.${inside._id}`
    expect(numbers(await found({ ...days, cursor: later }))).toEqual([inside._id])
    expect(await found({ ...days, cursor: `${at - 2 * day}.${inside._id}` })).toEqual([])
  })
})

/** Makes an order of 172.00 yuan and pays it through Midas's fake server. */
async function paidOrder(): Promise<{ orderNo: string; paymentNo: string }> {
  const { orderNo } = await cloud.newOrder()
  await cloud.pay(orderNo, 'pay with no notice')
  await cloud.advance(3_000)
  expect(dataOf(await cloud.order('read', { orderNo, refresh: true })).order.state).toBe('paid')
  return { orderNo, paymentNo: `${orderNo}01` }
}

const refundOf = (order: { orderNo: string; paymentNo: string }, amountFen: number, requestId: string) => ({
  ...order,
  amountFen,
  requestId,
  reason: '杯子碎了',
})

/** The order, and the sum of its refunds that are done or in progress. */
async function given(orderNo: string): Promise<{ sum: number; order: Order }> {
  const order = await cloud.stored(orderNo)
  const sum = order.refunds.filter(({ state }) => state !== 'failed').reduce((total, one) => total + one.amountFen, 0)
  return { sum, order }
}

/** Checks that both staff members see the order as it is stored. */
async function bothSee(orderNo: string): Promise<void> {
  const [one, two] = await Promise.all([owner, second].map((openid) => admin('order', { orderNo }, openid)))
  const views = [one, two].map((reply) => {
    const { order } = dataOf(reply as Reply<AdminResults['order']>)
    return { refunds: order.refunds, left: order.payments[0]?.refundableFen, refundedFen: order.refundedFen }
  })
  const { order, sum } = await given(orderNo)
  expect(views[0]).toEqual(views[1])
  expect(views[0]).toMatchObject({ left: 17_200 - sum, refundedFen: order.refundedFen })
  expect(views[0]?.refunds.map(({ refundNo }) => refundNo)).toEqual(order.refunds.map(({ no }) => no))
}

describe('a number', () => {
  it('finds its order: our numbers, the provider’s, the refund’s, the short number, the contract’s; in capitals too; a part of a number finds nothing', async () => {
    const order = await paidOrder()
    const { refundNo } = dataOf(await admin('refund', refundOf(order, 100, 'search-0001')))
    const { theirNo } = (await cloud.stored(order.orderNo)).payments[0] ?? {}
    const short = order.orderNo.slice(-8)
    const all = [order.orderNo, order.paymentNo, refundNo, theirNo, short, short.toUpperCase()]
    for (const number of all) expect([number, numbers(await found({ number }))]).toEqual([number, [order.orderNo]])
    expect(await found({ number: order.orderNo.slice(0, 14) })).toEqual([])
    expect(await found({ number: `${order.orderNo}99` })).toEqual([])
  })

  it('that many orders share finds all of them, page by page', async () => {
    const contractNo = orderNoFrom(now, 'manyones')
    const charges = []
    for (let index = 0; index < 7; index++)
      charges.push(await put(now - index * 30 * day, { keys: [contractNo], contract: { contractNo, period: 'p' } }))
    expect(await allPages({ number: contractNo }, 3)).toEqual(numbers(charges))
  })
})

describe('refunds at the same moment', () => {
  it('by two people, of the whole amount: one is done, the other person learns that nothing is left, and both see the result', async () => {
    const order = await paidOrder()
    const replies = await Promise.all([
      admin('refund', refundOf(order, 17_200, 'two-people-1'), owner),
      admin('refund', refundOf(order, 17_200, 'two-people-2'), second),
    ])
    expect(replies.filter(({ ok }) => ok)).toHaveLength(1)
    expect(replies.find(({ ok }) => !ok)).toMatchObject({ error: { code: 'Conflict' } })
    expect((await given(order.orderNo)).sum).toBe(17_200)
    await bothSee(order.orderNo)
  })

  it('by two people in many parts: never more than was paid, and every accepted fen is on its way', async () => {
    const order = await paidOrder()
    const asked = Array.from({ length: 10 }, (_, index) =>
      admin('refund', refundOf(order, 3_000, `parts-000${index}`), index % 2 === 0 ? owner : second),
    )
    const promised = (await Promise.all(asked)).filter(({ ok }) => ok).length
    const { sum } = await given(order.orderNo)
    expect(sum).toBe(promised * 3_000)
    expect(sum).toBeLessThanOrEqual(17_200)
    await bothSee(order.orderNo)
  })

  it('requested many times, and again after a lost reply, are one refund', async () => {
    const order = await paidOrder()
    const input = refundOf(order, 5_000, 'taps-and-lost-1')
    const gone = new AbortController()
    const lost = fetch(`${cloud.url}/call/admin`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-openid': owner },
      body: JSON.stringify({ action: 'refund', input }),
      signal: gone.signal,
    }).catch(() => 'lost')
    setTimeout(() => gone.abort(), 5)
    await lost
    const replies = await Promise.all(Array.from({ length: 5 }, () => admin('refund', input)))
    for (const reply of replies) expect(dataOf(reply).refundNo).toBe(`${order.orderNo}r01`)
    expect(await given(order.orderNo)).toMatchObject({ sum: 5_000, order: { refunds: [{ amountFen: 5_000 }] } })
    // The same idempotency key with another amount is a mistake, not a second refund.
    expect(await admin('refund', { ...input, amountFen: 4_999 })).toMatchObject({ error: { code: 'Conflict' } })
    await bothSee(order.orderNo)
  })

  it('while a late payment is refunded automatically: it is refunded once', async () => {
    const { orderNo } = await cloud.newOrder()
    await cloud.pay(orderNo, 'notice after close')
    const order = { orderNo, paymentNo: `${orderNo}01` }
    let over = false
    const people = [owner, second].map(async (openid, person) => {
      const replies: Reply<AdminResults['refund']>[] = []
      while (!over)
        replies.push(await admin('refund', refundOf(order, 17_200, `late-${person}-${replies.length}-x`), openid))
      return replies
    })
    await cloud.advance(60 * minute)
    over = true
    const promised = (await Promise.all(people)).flat().filter(({ ok }) => ok)
    const { sum, order: after } = await given(orderNo)
    expect(after).toMatchObject({ state: 'closed', payments: [{ state: 'paid', surplus: true }] })
    expect(sum).toBe(17_200)
    expect(after.refunds.filter(({ by }) => by !== 'system')).toHaveLength(promised.length)
    expect(await admin('refund', refundOf(order, 1, 'late-after-all'))).toMatchObject({ error: { code: 'Conflict' } })
    // The timer queries Midas 15 minutes and an hour after the refund. On a slow machine the refund may be made up to
    // an hour late, so advance the clock by two hours.
    await cloud.advance(120 * minute)
    expect(await given(orderNo)).toMatchObject({ sum: 17_200, order: { refundedFen: 17_200, surplusFen: 0 } })
    await bothSee(orderNo)
  })

  it('while another person closes the order: the paid order stays paid', async () => {
    const order = await paidOrder()
    const [refunded, closed] = await Promise.all([
      admin('refund', refundOf(order, 1_000, 'close-race-1')),
      admin('close', { orderNo: order.orderNo }, second),
    ])
    expect([refunded.ok, closed]).toMatchObject([true, { error: { code: 'Conflict' } }])
    expect(await given(order.orderNo)).toMatchObject({ sum: 1_000, order: { state: 'paid' } })
  })
})

it('the history names who did what: staff by their name, nobody by a whole openid', async () => {
  const order = await paidOrder()
  dataOf(await admin('refund', refundOf(order, 100, 'history-0001'), second))
  const reply = await admin('order', { orderNo: order.orderNo })
  expect(dataOf(reply).order.history).toMatchObject(
    expect.arrayContaining([expect.objectContaining({ what: 'refundRequested', by: '二店主' })]),
  )
  expect(JSON.stringify(reply)).not.toContain(second)
})
