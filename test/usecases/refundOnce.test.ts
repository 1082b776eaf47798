// Tests that each refund is paid back once, for every provider with refunds, at a badly behaving server and with
// several senders at a time. The money at the server must equal the money in our records.

import { placeOrder } from '../../cloudfunctions/shared/domain/orders/order'
import { applyPaymentNews, openAttempt } from '../../cloudfunctions/shared/domain/orders/orderPayments'
import type { Order } from '../../cloudfunctions/shared/domain/orders/orderShape'
import { HttpFailure, type HttpRequest, type HttpResponse } from '../../cloudfunctions/shared/providers/provider'
import type { KeptNotice } from '../../cloudfunctions/shared/store/notices'
import { settleRefund } from '../../cloudfunctions/shared/usecases/settle/settleRefund'
import { repairAsStaff } from '../../cloudfunctions/shared/usecases/staff/manageBills'
import { recheckOrder } from '../../cloudfunctions/shared/usecases/staff/ordersAsStaff'
import { recordRefundAsStaff, refundAsStaff } from '../../cloudfunctions/shared/usecases/staff/refundsAsStaff'
import { jsonReply, type ProviderFixture, type Truth } from '../providers/contract'
import { midasFixture } from '../providers/fixtures/midas'
import { paymaxFixture, sealReply as sealPaymax } from '../providers/fixtures/paymax'
import { sealReply as sealWechat, wechatpayFixture } from '../providers/fixtures/wechatpay'
import { wisecashierFixture } from '../providers/fixtures/wisecashier'
import type { FakeProvider } from '../support/fakes/fakeProvider'
import { minute, openShop, type Shop } from '../support/shop'

type Fixture = ProviderFixture<object>
type Behaviour = 'finishes at once' | 'never de-duplicates' | 'refuses while busy' | 'loses the reply'

type Reply = (truth: Truth, request: HttpRequest) => HttpResponse

interface Wire {
  fixture: Fixture
  /**
   * the server's reply about a refund that never arrived. The reply comes from the provider's document, or is made up
   * for Midas and Wisecashier, whose documents give none
   */
  none: Reply
  /** the replies of a busy or broken server, by name */
  busy: Record<string, Reply>
  /** the reply to a refused refund, from the provider's document; absent if the document has none */
  refused?: Reply
}

const as = (fixture: unknown): Fixture => fixture as Fixture
const meta = (status_code: number) => ({ meta: { success: false, status_code, message: 'no' }, data: null })
const broken = {
  '500': () => jsonReply('{}', 500),
  '503 in HTML': () => jsonReply('<html>503</html>', 503),
}

const wires: Wire[] = [
  {
    fixture: as(midasFixture),
    none: () => jsonReply({ ret: 1003, msg: 'no such refund' }),
    busy: { 'ret 9001': () => jsonReply({ ret: 9001, msg: 'busy' }), ...broken },
  },
  {
    fixture: as(paymaxFixture),
    none: (truth, request) => as(paymaxFixture).serve(request, { ...truth, refundWord: '' }),
    busy: {
      SYSTEM_ERROR: (truth) => sealPaymax(200, JSON.stringify({ failure_code: 'SYSTEM_ERROR' }), truth),
      ...broken,
    },
    refused: (truth) => sealPaymax(200, JSON.stringify({ failure_code: 'CHANNEL_REFUND_FAILED' }), truth),
  },
  {
    fixture: as(wisecashierFixture),
    none: () => jsonReply(meta(404)),
    busy: { '429': () => jsonReply(meta(429), 429), '200 with 429 inside': () => jsonReply(meta(429)), ...broken },
  },
  {
    fixture: as(wechatpayFixture),
    none: (truth) => sealWechat(404, JSON.stringify({ code: 'RESOURCE_NOT_EXISTS', message: 'none' }), truth),
    busy: {
      '429': (truth) => sealWechat(429, JSON.stringify({ code: 'FREQUENCY_LIMITED', message: 'busy' }), truth),
      SYSTEM_ERROR: (truth) => sealWechat(500, JSON.stringify({ code: 'SYSTEM_ERROR', message: 'busy' }), truth),
      ...broken,
    },
    refused: (truth) => sealWechat(403, JSON.stringify({ code: 'NOT_ENOUGH', message: 'no money' }), truth),
  },
]

const paidFen = 2_500
const partFen = 1_000
const wordFor = (words: Readonly<Record<string, string>> | undefined, outcome: string): string =>
  Object.keys(words ?? {}).find((word) => words?.[word] === outcome) ?? ''

interface Counter {
  shop: Shop
  orderNo: string
  /** refund numbers; a number is in the list once for each time that the server paid this refund */
  left: string[]
  /** how many refund calls arrived */
  sends: number
  say: { send?: Reply; ask?: Reply }
  behaviour: Behaviour
  word: string
}

function openCounter({ fixture, none }: Wire): Counter {
  const { definition, settings, currency } = fixture
  const isMajor = Object.keys(fixture.amounts.whole).some((text) => text.includes('.'))
  const amount = (fen: number): string => (isMajor ? (fen / 100).toFixed(2) : String(fen))
  const inWork = new Map<string, number>()

  const http = async (request: HttpRequest): Promise<HttpResponse> => {
    await new Promise((resolve) => setImmediate(resolve))
    const { pathname } = new URL(request.url)
    const isSend = request.method === 'POST' && /refund/.test(pathname) && !/query_refund/.test(pathname)
    const isAsk = !isSend && (/refund/.test(pathname) || (request.method === 'GET' && /charges/.test(pathname)))
    const text = decodeURIComponent(request.url) + (request.body ?? '')
    const refundNo = /\d{14}[0-9a-z]{8}r\d\d/.exec(text)?.[0] ?? `${counter.orderNo}r01`
    const order = counter.shop.order(counter.orderNo)
    const known = { refundNo, refundWord: counter.word, refundAmount: amount(partFen) }
    const truth: Truth = {
      word: wordFor(fixture.paymentWords, 'paid'),
      amount: amount(paidFen),
      paymentNo: `${counter.orderNo}01`,
      theirNo: fixture.theirNo,
      currency,
      openid: order.openid,
      now: counter.shop.ctx.now(),
      refuses: null,
      ...known,
    }
    if (isSend) return send(request, truth, none)
    if (!isAsk) return fixture.serve(request, truth)
    if (counter.say.ask) return counter.say.ask(truth, request)
    return counter.left.includes(refundNo) ? fixture.serve(request, truth) : none(truth, request)
  }

  function send(request: HttpRequest, truth: Truth, nothing: Wire['none']): HttpResponse {
    counter.sends += 1
    const { refundNo } = truth
    const now = counter.shop.ctx.now()
    const isBusy = (inWork.get(refundNo) ?? 0) > now
    if (counter.behaviour === 'refuses while busy' && isBusy) return nothing(truth, request)
    if (counter.behaviour === 'never de-duplicates' || !counter.left.includes(refundNo)) counter.left.push(refundNo)
    inWork.set(refundNo, now + 5 * minute)
    if (counter.behaviour === 'loses the reply') throw new HttpFailure('reset', true)
    if (counter.say.send) return counter.say.send(truth, request)
    return fixture.serve(request, truth)
  }

  const provider = definition.create(settings, http)
  const shop = openShop({ definition, provider } as unknown as FakeProvider)
  const orderNo = '20260301120000abcdefgh'
  const counter: Counter = {
    shop,
    orderNo,
    left: [],
    sends: 0,
    say: {},
    behaviour: 'finishes at once',
    word: wordFor(fixture.refundWords, 'refunded'),
  }
  shop.db.put('orders', paidOrder(fixture, orderNo, shop))
  return counter
}

function paidOrder({ definition, currency, channel, theirNo }: Fixture, orderNo: string, shop: Shop): Order {
  const now = shop.ctx.now()
  const items = [{ sku: 'tea', title: 'tea', titleEn: 'tea', priceFen: paidFen, quantity: 1 }]
  const placed = placeOrder({ orderNo, openid: shop.ctx.openid, items, currency, now, lifeMs: 30 * minute })
  const { order, payment } = openAttempt(placed, definition.code, channel, now)
  return applyPaymentNews(order, payment.no, { outcome: 'paid', theirNo }, { now }).order
}

const press = ({ shop, orderNo }: Counter, requestId = 'press-0001') =>
  refundAsStaff(shop.staff('owner'), {
    orderNo,
    requestId,
    paymentNo: `${orderNo}01`,
    amountFen: partFen,
    reason: 'torn',
  })

function repair({ shop, orderNo }: Counter, code: string) {
  const no = `${orderNo}r01`
  const day = '2026-02-28'
  const difference = {
    kind: 'missingHere',
    no,
    orderNo,
    theirNo: null,
    ours: 'pending',
    oursFen: partFen,
    theirsFen: null,
    waits: false,
    isSameTrade: false,
    repaired: null,
  }
  const job = {
    _id: `reconcile-${code}-${day}`,
    version: 1,
    kind: 'reconcile',
    provider: code,
    day,
    differences: [difference],
    rest: {},
  }
  shop.db.put('jobs', { ...job, dueAt: null, open: 1, found: 1, matched: 0 } as never)
  const asked = { provider: code, day, kind: 'missingHere', no, theirNo: null, how: 'query' }
  return repairAsStaff(shop.staff('owner'), asked as never)
}

/** Runs the timer each minute for ten minutes, then each hour for a day. */
async function live({ shop }: Counter): Promise<void> {
  for (let run = 0; run < 34; run++) {
    shop.advance(run < 10 ? minute : 60 * minute)
    await shop.tick()
  }
}

const atServerFen = ({ left }: Counter): number => left.length * partFen
const refundOf = ({ shop, orderNo }: Counter) => shop.order(orderNo).refunds[0]
const behaviours: Behaviour[] = ['finishes at once', 'never de-duplicates', 'refuses while busy', 'loses the reply']

describe.each(wires.map((wire) => [wire.fixture.definition.code, wire] as const))('a refund at %s', (code, wire) => {
  it.each(behaviours.flatMap((behaviour) => [2, 3, 4, 5].map((senders) => [behaviour, senders] as const)))(
    'is paid back once when the server %s and %i senders work',
    async (behaviour, senders) => {
      const counter = openCounter(wire)
      counter.behaviour = behaviour
      const { shop, orderNo } = counter
      // One person requests a refund. At the same time other people request it, query it and record its result, and the
      // timer runs.
      const others = [
        () => recheckOrder(shop.staff('owner'), { orderNo }),
        () => press(counter),
        () => shop.tick(),
        () => repair(counter, code),
      ]
      const first = press(counter)
      await new Promise((resolve) => setImmediate(resolve))
      shop.advance(senders === 5 ? 61_000 : 0)
      await Promise.allSettled([first, ...others.slice(0, senders - 1).map((send) => send())])
      await Promise.allSettled(others.slice(0, senders - 1).map((send) => send()))
      await live(counter)
      expect(counter.left).toEqual([`${orderNo}r01`])
      expect(shop.order(orderNo)).toMatchObject({ refundedFen: atServerFen(counter), refunds: [{ state: 'done' }] })
    },
  )

  it.each(Object.keys(wire.busy))('is sent once and never fails while queries are answered %s', async (name) => {
    const counter = openCounter(wire)
    const busy = wire.busy[name]
    counter.behaviour = 'loses the reply'
    counter.word = wordFor(wire.fixture.refundWords, 'pending')
    await press(counter)
    counter.say = { ...(busy && { ask: busy }) }
    await live(counter)
    expect([counter.sends, refundOf(counter)?.state]).toEqual([1, 'pending'])
    // Staff get a case, and the amount stays reserved for the refund.
    expect(counter.shop.db.all<KeptNotice>('notices').map(({ kind }) => kind)).toEqual(['unresolved'])
    counter.say = {}
    counter.behaviour = 'finishes at once'
    counter.word = wordFor(wire.fixture.refundWords, 'refunded')
    counter.shop.advance(3_000)
    await recheckOrder(counter.shop.staff('owner'), { orderNo: counter.orderNo })
    expect(counter.shop.order(counter.orderNo).refundedFen).toBe(partFen)
    expect(counter.left).toHaveLength(1)
  })

  it.each(Object.keys(wire.busy))('is not refused by a server that answers everything with %s', async (name) => {
    const counter = openCounter(wire)
    const busy = wire.busy[name]
    counter.behaviour = 'never de-duplicates'
    counter.say = { ...(busy && { send: busy, ask: busy }) }
    await press(counter)
    await live(counter)
    // Our Paymax client queries the charge before it sends a refund. Here that query failed, so our client sent no
    // refund.
    expect([counter.left.length, refundOf(counter)?.state]).toEqual([code === 'paymax' ? 0 : 1, 'pending'])
    await expect(
      refundAsStaff(counter.shop.staff('owner'), {
        orderNo: counter.orderNo,
        requestId: 'press-0002',
        paymentNo: `${counter.orderNo}01`,
        amountFen: paidFen,
        reason: '',
      }),
    ).rejects.toMatchObject({ code: 'Conflict' })
  })
})

describe('a refund that failed at WeChat Pay', () => {
  const wire = wires[3] as Wire

  it('is requested again under its own number, and its amount stays reserved', async () => {
    const counter = openCounter(wire)
    counter.say = { ...(wire.refused && { send: wire.refused }) }
    const { shop, orderNo } = counter
    await press(counter)
    expect(shop.order(orderNo).refunds).toMatchObject([{ no: `${orderNo}r01`, state: 'failed' }])
    counter.left.length = 0
    const other = { orderNo, requestId: 'press-0009', paymentNo: `${orderNo}01`, amountFen: paidFen, reason: '' }
    await expect(refundAsStaff(shop.staff('owner'), other)).rejects.toMatchObject({ code: 'Conflict' })
    counter.say = {}
    await press(counter, 'press-0002')
    // A repeat of either request stands for the same refund.
    await Promise.all([press(counter), press(counter, 'press-0002')])
    expect(counter.left).toEqual([`${orderNo}r01`])
    expect(shop.order(orderNo)).toMatchObject({
      refundedFen: partFen,
      refunds: [{ no: `${orderNo}r01`, state: 'done' }],
    })
  })

  it('after it was accepted (CLOSED) is paid back at most once more, whoever sends it', async () => {
    const counter = openCounter(wire)
    const { shop, orderNo } = counter
    const { serve } = wire.fixture
    const told: Reply = (truth, request) =>
      serve(request, { ...truth, refundWord: counter.sends === 1 ? 'CLOSED' : 'SUCCESS' })
    counter.say = { send: told, ask: told }
    await press(counter)
    expect(shop.order(orderNo).refunds).toMatchObject([{ state: 'failed' }])
    await Promise.allSettled(['press-0002', 'press-0002', 'press-0002'].map((id) => press(counter, id)))
    await live(counter)
    expect([counter.sends, new Set(counter.left)]).toEqual([2, new Set([`${orderNo}r01`])])
    expect(shop.order(orderNo)).toMatchObject({ refundedFen: partFen, refunds: [{ state: 'done' }] })
  })
})

// These providers document no code for a refused or unknown refund. Only a person who reads the provider's console can
// find out what happened.
const silent = [wires[0] as Wire, wires[2] as Wire]

describe.each(silent.map((wire) => [wire.fixture.definition.code, wire] as const))(
  'a person records, at %s,',
  (_, wire) => {
    const record = ({ shop, orderNo }: Counter, isRefunded: boolean, by = 'owner') =>
      recordRefundAsStaff(shop.staff(by), {
        orderNo,
        refundNo: `${orderNo}r01`,
        isRefunded,
        note: 'seen in the console',
      })
    const cases = ({ shop }: Counter) =>
      shop.db.all<KeptNotice>('notices').map(({ kind, dismissedAt }) => [kind, dismissedAt !== null])

    /** Makes a refund whose first request is answered with a text that no document explains. */
    async function refusedThere(): Promise<Counter> {
      const counter = openCounter(wire)
      counter.say = { send: wire.none, ask: wire.none }
      await press(counter)
      counter.left.length = 0
      counter.shop.advance(61 * minute)
      await counter.shop.tick()
      expect(refundOf(counter)?.state).toBe('pending')
      expect(cases(counter)).toEqual([['unresolved', false]])
      return counter
    }

    it('that a refused refund was not made: its amount is released and goes back under a new number', async () => {
      const counter = await refusedThere()
      const { shop, orderNo } = counter
      const all = { orderNo, requestId: 'press-0002', paymentNo: `${orderNo}01`, amountFen: paidFen, reason: '' }
      await expect(refundAsStaff(shop.staff('owner'), all)).rejects.toMatchObject({ code: 'Conflict' })
      await record(counter, false)
      expect(refundOf(counter)?.state).toBe('failed')
      expect(cases(counter)).toEqual([['unresolved', true]])
      counter.say = {}
      await press(counter, 'press-0003')
      await live(counter)
      expect(counter.left).toEqual([`${orderNo}r02`])
      expect(shop.order(orderNo).refundedFen).toBe(atServerFen(counter))
    })

    it('that it was refunded there, after the timer gave up asking', async () => {
      const counter = openCounter(wire)
      const { shop, orderNo } = counter
      counter.say = { send: wire.none, ask: wire.none }
      await press(counter)
      await live(counter)
      for (let day = 0; day < 8; day++) {
        shop.advance(24 * 60 * minute)
        await shop.tick()
      }
      expect(refundOf(counter)).toMatchObject({ state: 'pending', checkAt: null })
      await record(counter, true)
      expect(shop.order(orderNo)).toMatchObject({ refundedFen: atServerFen(counter), refundSince: null })
      expect(cases(counter).every(([, isOver]) => isOver)).toBe(true)
      const before = shop.order(orderNo)
      await record(counter, true)
      expect(shop.order(orderNo)).toEqual(before)
      await expect(record(counter, false)).rejects.toMatchObject({ code: 'Conflict' })
    })

    it('nothing while somebody sends it, and two people with different results are told', async () => {
      const counter = await refusedThere()
      const { shop, orderNo } = counter
      const order = shop.order(orderNo)
      const [refund] = order.refunds
      const claim = { id: 'sender', until: shop.ctx.now() + minute, asks: true }
      shop.db.put('orders', { ...order, refunds: [{ ...refund, claim }] } as Order)
      await expect(record(counter, false)).rejects.toMatchObject({ code: 'Conflict' })
      shop.advance(2 * minute)
      const results = await Promise.allSettled([record(counter, true, 'one'), record(counter, false, 'two')])
      expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    })

    it('by mistake that it was not made: the provider’s later result is stored, and staff get a case', async () => {
      const counter = await refusedThere()
      const { shop, orderNo } = counter
      const { definition, provider } = (await shop.ctx.kept()).find(
        ({ definition: { code } }) => code === wire.fixture.definition.code,
      ) as Awaited<ReturnType<Shop['ctx']['kept']>>[number]
      await record(counter, false)
      counter.say = {}
      const rest = { orderNo, requestId: 'press-0004', paymentNo: `${orderNo}01`, amountFen: paidFen, reason: '' }
      await refundAsStaff(shop.staff('owner'), rest)
      const report = { outcome: 'refunded', amountFen: partFen, raw: null } as const
      await settleRefund(shop.ctx, { source: { definition, provider }, no: `${orderNo}r01`, report })
      expect(refundOf(counter)?.state).toBe('done')
      expect(cases(counter)).toContainEqual(['contradiction', false])
    })
  },
)
