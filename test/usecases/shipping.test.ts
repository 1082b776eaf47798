// Tests shipping reports to WeChat: each paid order is reported once, whatever fails in between, and staff learn what
// WeChat refuses. The sandbox's fake server, written from WeChat's pages, plays WeChat.
import { createShippingDoor } from '../../cloudfunctions/shared/runtime/wechatShipping'
import type { KeptNotice } from '../../cloudfunctions/shared/store/notices'
import { workDue } from '../../cloudfunctions/shared/usecases/due/workDue'
import { readOwnOrder, receiveOrder } from '../../cloudfunctions/shared/usecases/orders/ownOrders'
import type { StaffContext } from '../../cloudfunctions/shared/usecases/platform/context'
import { requestRefund } from '../../cloudfunctions/shared/usecases/refunds/requestRefund'
import { listOrdersAsStaff, readAnyOrder } from '../../cloudfunctions/shared/usecases/staff/ordersAsStaff'
import { readStats } from '../../cloudfunctions/shared/usecases/staff/readStats'
import { shipAsStaff } from '../../cloudfunctions/shared/usecases/staff/shipAsStaff'
import { minute, openShop, paidOrder, type Shop } from '../support/shop'

type Way = Shop['settings']['shipping']

const hour = 60 * minute
const zto = { carrier: 'ZTO', trackingNo: '75611788998298' }

function openShippingShop(way: Way = 'parcel'): Shop {
  const shop = openShop()
  shop.settings.shipping = way
  shop.fake.definition.reportsShipping = true
  return shop
}

const clerk = (shop: Shop): StaffContext => shop.staff('clerk')
const ship = (shop: Shop, orderNo: string, parcels = [zto]) =>
  shipAsStaff(clerk(shop), { entries: [{ orderNo, way: 'parcel', parcels }] })
const problemOf = async (done: ReturnType<typeof ship>) => (await done).result.results[0]?.problem
const stateOf = (shop: Shop, orderNo: string) => shop.order(orderNo).shipping?.state
/** How many reports WeChat got. Repeated reports count too, because our server must never send a report twice. */
const uploads = (shop: Shop): number => shop.shipping.service.uploads().length + shop.shipping.repeated

describe('an order that is paid', () => {
  it('waits until staff enter its parcel; then WeChat has the report, and the shopper sees the number', async () => {
    const shop = openShippingShop()
    const orderNo = await paidOrder(shop)
    expect(shop.order(orderNo)).toMatchObject({ shipping: { state: 'waiting' }, shipSince: shop.order(orderNo).paidAt })
    shop.advance(minute)
    expect((await readOwnOrder(shop.ctx, { orderNo })).order).not.toHaveProperty('shipping')
    expect(await problemOf(ship(shop, orderNo))).toBeNull()
    expect(shop.order(orderNo)).toMatchObject({
      shipping: { state: 'reported', code: null },
      shipSince: null,
      dueAt: null,
    })
    expect((await readOwnOrder(shop.ctx, { orderNo })).order.shipping).toEqual({
      state: 'reported',
      way: 'parcel',
      parcels: [zto],
      confirmBy: `T${orderNo}01`,
    })
    const { orders } = (await listOrdersAsStaff(clerk(shop), { number: zto.trackingNo })).result
    expect(orders.map((one) => one.orderNo)).toEqual([orderNo])
  })

  it.each(['pickup', 'virtual'] as const)(
    'is reported by the timer alone if the goods need no transport (%s)',
    async (way) => {
      const shop = openShippingShop(way)
      const orderNo = await paidOrder(shop)
      await shop.tick()
      expect(uploads(shop)).toBe(0)
      shop.advance(minute)
      await shop.tick()
      expect([stateOf(shop, orderNo), uploads(shop)]).toEqual(['reported', 1])
    },
  )

  it('waits for nothing where shipping is off, where another provider was paid, and in a browser', async () => {
    const off = openShippingShop('off')
    expect(off.order(await paidOrder(off))).not.toHaveProperty('shipping')
    const other = openShippingShop()
    delete other.fake.definition.reportsShipping
    expect(other.order(await paidOrder(other))).not.toHaveProperty('shipping')
    const web = openShippingShop()
    Object.assign(web.ctx, { place: 'wechat' })
    for (const channel of web.fake.definition.channels) Object.assign(channel, { places: ['wechat'] })
    Object.assign(web.ctx, { app: 'wx1' })
    expect(web.order(await paidOrder(web))).not.toHaveProperty('shipping')
  })

  it('can be reported later although it was paid while shipping was off', async () => {
    const shop = openShippingShop('off')
    const orderNo = await paidOrder(shop)
    shop.advance(minute)
    expect((await readAnyOrder(clerk(shop), { orderNo })).result.order).toMatchObject({ shipping: null, mayShip: true })
    expect(await problemOf(ship(shop, orderNo))).toBeNull()
    expect(stateOf(shop, orderNo)).toBe('reported')
  })

  it('is shown on the first page after a day without a report, until it is reported', async () => {
    const shop = openShippingShop()
    const orderNo = await paidOrder(shop)
    const needs = async () => (await readStats(clerk(shop))).result.needs
    shop.advance(23 * hour)
    expect(await needs()).toEqual([])
    shop.advance(2 * hour)
    expect(await needs()).toEqual([{ what: 'shipping', count: 1 }])
    await ship(shop, orderNo)
    expect(await needs()).toEqual([])
  })

  it('is not reported once all its money has gone back', async () => {
    const shop = openShippingShop('pickup')
    const orderNo = await paidOrder(shop)
    const request = { requestId: 'request-1', paymentNo: `${orderNo}01`, amountFen: 2_500, reason: '', by: 'clerk' }
    await requestRefund(shop.ctx, orderNo, { ...request, limitFen: null })
    expect(shop.order(orderNo).shipSince).toBeNull()
    for (let round = 0; round < 4; round++) {
      shop.advance(hour)
      await shop.tick()
    }
    expect([uploads(shop), shop.order(orderNo).dueAt]).toEqual([0, null])
    expect(await problemOf(ship(shop, orderNo))).toBe('Conflict')
  })
})

describe('what staff enter', () => {
  it('the same again changes nothing; one correction is taken; after that there is none', async () => {
    const shop = openShippingShop()
    const orderNo = await paidOrder(shop)
    shop.advance(minute)
    await ship(shop, orderNo)
    await ship(shop, orderNo)
    expect(uploads(shop)).toBe(1)
    shop.advance(minute)
    expect(await problemOf(ship(shop, orderNo, [{ ...zto, trackingNo: 'RIGHT0001' }]))).toBeNull()
    expect([uploads(shop), stateOf(shop, orderNo)]).toEqual([2, 'reported'])
    expect(await problemOf(ship(shop, orderNo, [{ ...zto, trackingNo: 'THIRD0001' }]))).toBe('Conflict')
    expect(shop.order(orderNo).shipping?.parcels).toEqual([{ ...zto, trackingNo: 'RIGHT0001' }])
  })

  it('up to 15 parcels of one order, and no number twice; SF Express with the end of a phone number', async () => {
    const shop = openShippingShop()
    const orderNo = await paidOrder(shop)
    shop.advance(minute)
    const many = (count: number) =>
      Array.from({ length: count }, (_, index) => ({ ...zto, trackingNo: `NUMBER${index}` }))
    expect(await problemOf(ship(shop, orderNo, many(16)))).toBe('BadInput')
    expect(await problemOf(ship(shop, orderNo, []))).toBe('BadInput')
    expect(await problemOf(ship(shop, orderNo, [zto, zto]))).toBe('BadInput')
    const sf = { carrier: 'SF', trackingNo: 'SF1234567890' }
    expect(await problemOf(ship(shop, orderNo, [sf]))).toBe('BadInput')
    const entries = [{ orderNo, way: 'parcel' as const, parcels: [...many(14), { ...sf, phoneTail: '1234' }] }]
    expect((await shipAsStaff(clerk(shop), { entries })).result.results).toEqual([{ orderNo, problem: null }])
    expect([uploads(shop), stateOf(shop, orderNo)]).toEqual([1, 'reported'])
  })

  it('one wrong entry does not stop the others', async () => {
    const shop = openShippingShop()
    const paid = [await paidOrder(shop), await paidOrder(shop)]
    const unpaid = await shop.newOrder()
    shop.advance(minute)
    const entries = [unpaid, '20260101000000nosuchno', ...paid].map((orderNo, index) => ({
      orderNo,
      way: 'parcel' as const,
      parcels: [{ ...zto, trackingNo: `NUMBER${index}` }],
    }))
    const { results } = (await shipAsStaff(clerk(shop), { entries })).result
    expect(results.map(({ problem }) => problem)).toEqual(['Conflict', 'NotFound', null, null])
    expect(uploads(shop)).toBe(2)
  })

  it('a report that WeChat refuses waits for a correction, and a case is opened', async () => {
    const shop = openShippingShop()
    const orderNo = await paidOrder(shop)
    shop.advance(minute)
    // Make the payer in our record differ from WeChat's.
    const order = shop.order(orderNo)
    shop.db.put('orders', { ...order, payments: order.payments.map((one) => ({ ...one, payer: 'somebody' })) })
    const door = shop.ctx.shipping
    const upload: typeof door.upload = (report) => door.upload({ ...report, openid: 'another' })
    const ctx = { ...clerk(shop), shipping: { ...door, upload } }
    await shipAsStaff(ctx, { entries: [{ orderNo, way: 'parcel', parcels: [zto] }] })
    expect(shop.order(orderNo).shipping).toMatchObject({ state: 'refused', code: 10060031, checkAt: null })
    expect(shop.db.all<KeptNotice>('notices')).toMatchObject([{ kind: 'unresolved', orderNo }])
    expect((await readAnyOrder(clerk(shop), { orderNo })).result.order.mayShip).toBe(true)
    await ship(shop, orderNo)
    expect(stateOf(shop, orderNo)).toBe('reported')
  })
})

describe('the receipt', () => {
  it('counts only when WeChat confirms it', async () => {
    const shop = openShippingShop()
    const orderNo = await paidOrder(shop)
    shop.advance(minute)
    await ship(shop, orderNo)
    expect((await receiveOrder(shop.ctx, { orderNo })).order.shipping?.state).toBe('reported')
    shop.shipping.service.receive(`T${orderNo}01`)
    expect((await receiveOrder(shop.ctx, { orderNo })).order.shipping).toMatchObject({
      state: 'received',
      confirmBy: null,
    })
    await expect(receiveOrder(shop.as('stranger'), { orderNo })).rejects.toMatchObject({ code: 'NotFound' })
  })
})

describe('whatever fails in between', () => {
  const until = async (shop: Shop, isDone: () => boolean, stepMs = minute, steps = 200) => {
    for (let step = 0; step < steps && !isDone(); step++) {
      shop.advance(stepMs)
      await shop.tick().catch(() => undefined)
    }
  }

  it.each(['notSent', 'lostReply'] as const)('each of the first calls to WeChat (%s): reported once', async (fate) => {
    for (let failing = 1; failing <= 4; failing++) {
      const shop = openShippingShop('pickup')
      const orderNo = await paidOrder(shop)
      shop.shipping.fate = (call) => (call <= failing ? fate : 'fine')
      await until(shop, () => stateOf(shop, orderNo) === 'reported')
      expect([failing, stateOf(shop, orderNo), uploads(shop)]).toEqual([failing, 'reported', 1])
    }
  })

  it('a kill at any call to the database or to WeChat: reported once', async () => {
    let kills = 0
    for (let killAt = 1; killAt <= 30; killAt++)
      for (const isAfter of [false, true]) {
        const shop = openShippingShop('pickup')
        const orderNo = await paidOrder(shop)
        shop.advance(minute)
        let calls = 0
        let isDead = false
        // From this call on no call of the killed run arrives any more, because all its calls hang forever.
        const dying =
          <A extends unknown[], R>(call: (...of: A) => Promise<R>) =>
          async (...of: A): Promise<R> => {
            calls += 1
            if (isDead || calls > killAt || (calls === killAt && !isAfter)) {
              isDead = true
              return new Promise<R>(() => undefined)
            }
            const result = await call(...of)
            if (calls >= killAt) isDead = true
            return isDead ? new Promise<R>(() => undefined) : result
          }
        const { db, shipping } = shop.ctx
        const ctx = {
          ...shop.ctx,
          db: { ...db, get: dying(db.get), find: dying(db.find), change: dying(db.change), insert: dying(db.insert) },
          shipping: { upload: dying(shipping.upload), look: dying(shipping.look) },
        } as typeof shop.ctx
        const run = workDue(ctx, () => true)
        await Promise.race([run, new Promise((resolve) => setTimeout(resolve, 5))])
        if (isDead) kills += 1
        await until(shop, () => stateOf(shop, orderNo) === 'reported')
        expect([killAt, isAfter, stateOf(shop, orderNo), uploads(shop)]).toEqual([killAt, isAfter, 'reported', 1])
      }
    expect(kills).toBeGreaterThan(10)
  })

  it('two runs of the timer and a clerk at the same moment: reported once', async () => {
    const shop = openShippingShop('city')
    const orderNo = await paidOrder(shop)
    shop.advance(minute)
    await Promise.all([
      shipAsStaff(clerk(shop), { entries: [{ orderNo, way: 'city' }] }),
      shipAsStaff(clerk(shop), { entries: [{ orderNo, way: 'city' }] }),
      shop.tick(),
      shop.tick(),
    ])
    await until(shop, () => stateOf(shop, orderNo) === 'reported')
    expect([stateOf(shop, orderNo), uploads(shop)]).toEqual(['reported', 1])
  })

  it('a day without WeChat: all orders of that day are reported within an hour after it', async () => {
    const shop = openShippingShop('pickup')
    shop.shipping.service.setMood('down')
    const numbers: string[] = []
    for (let index = 0; index < 12; index++) {
      numbers.push(await paidOrder(shop))
      for (let tick = 0; tick < 12; tick++) {
        shop.advance(10 * minute)
        await shop.tick()
      }
    }
    expect(numbers.every((orderNo) => stateOf(shop, orderNo) === 'sending')).toBe(true)
    shop.shipping.service.setMood('works')
    for (let tick = 0; tick < 60; tick++) {
      shop.advance(minute)
      await shop.tick()
    }
    expect(numbers.map((orderNo) => stateOf(shop, orderNo))).toEqual(numbers.map(() => 'reported'))
    expect(uploads(shop)).toBe(numbers.length)
  })

  it('a correction whose answer is lost is made once, and the shop knows it', async () => {
    const shop = openShippingShop()
    const orderNo = await paidOrder(shop)
    shop.advance(minute)
    await ship(shop, orderNo)
    shop.shipping.fate = (_, api) => (api.endsWith('uploadShippingInfo') ? 'lostReply' : 'fine')
    await ship(shop, orderNo, [{ ...zto, trackingNo: 'RIGHT0001' }])
    shop.shipping.fate = () => 'fine'
    await until(shop, () => stateOf(shop, orderNo) === 'reported')
    expect([stateOf(shop, orderNo), uploads(shop)]).toEqual(['reported', 2])
  })

  it('a report that cannot be sent for 15 days becomes a case', async () => {
    const shop = openShippingShop('pickup')
    const orderNo = await paidOrder(shop)
    shop.shipping.service.setMood('down')
    await until(shop, () => stateOf(shop, orderNo) !== 'sending', 3 * hour, 150)
    expect(stateOf(shop, orderNo)).toBe('refused')
    expect(shop.db.all<KeptNotice>('notices')).toMatchObject([{ kind: 'unresolved', orderNo }])
  })
})

// What each error code means for a shipping report: the codes of WeChat's page on shipping reports (发货信息录入), and the
// codes for missing permissions.
describe('WeChat’s error list', () => {
  const meant: readonly [outcome: string, isSure: boolean, codes: readonly number[]][] = [
    ['reported', true, [10060023]],
    ['already', true, [10060002, 10060003]],
    ['later', true, [10060001, 44990, 48001, -604101, 40097, 61004]],
    ['later', false, [-1, 10060012, 10060019, 99999999, -604102]],
    [
      'refused',
      true,
      [
        10060004, 10060005, 10060006, 10060007, 10060008, 10060009, 10060014, 10060020, 10060024, 10060025, 10060026,
        10060031, 268485194, 268485195, 268485196, 268485197, 268485216, 268485224, 268485226, 268485227, 268485228,
        47001,
      ],
    ],
  ]
  const report = {
    theirNo: '4200000001',
    openid: 'me',
    goods: '茶',
    way: 'pickup' as const,
    parcels: [],
    enteredAt: 1_671_082_175_120,
  }

  it.each(meant.flatMap(([outcome, isSure, codes]) => codes.map((code) => [code, outcome, isSure] as const)))(
    '%d means %s (certainly not done: %s)',
    async (errCode, outcome, isSure) => {
      const door = createShippingDoor(() => Promise.reject(Object.assign(new Error('no'), { errCode })))
      expect(await door.upload(report)).toEqual({ outcome, isSure, code: errCode })
    },
  )

  it('the request has the names and forms of the page', async () => {
    const sent: unknown[] = []
    const door = createShippingDoor(async (...call) => void sent.push(call))
    const parcels = [{ carrier: 'SF', trackingNo: 'SF1', phoneTail: '1234' }, zto]
    await door.upload({ ...report, way: 'parcel', parcels })
    await door.upload(report)
    const common = {
      order_key: { order_number_type: 2, transaction_id: '4200000001' },
      upload_time: '2022-12-15T13:29:35.120+08:00',
      payer: { openid: 'me' },
    }
    const api = ['wxa', 'sec', 'order', 'uploadShippingInfo']
    expect(sent).toEqual([
      [
        api,
        {
          ...common,
          logistics_type: 1,
          delivery_mode: 2,
          is_all_delivered: true,
          shipping_list: [
            { tracking_no: 'SF1', express_company: 'SF', item_desc: '茶', contact: { receiver_contact: '****1234' } },
            { tracking_no: zto.trackingNo, express_company: 'ZTO', item_desc: '茶' },
          ],
        },
      ],
      [api, { ...common, logistics_type: 4, delivery_mode: 1, shipping_list: [{ item_desc: '茶' }] }],
    ])
  })
})
