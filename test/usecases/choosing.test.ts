// Tests several providers in one shop: which of them the shopper can choose, how the shopper changes to another
// provider, and an order that was paid twice.
import { AppError } from '../../cloudfunctions/shared/domain/errors'
import type { Channel } from '../../cloudfunctions/shared/providers/provider'
import { listChannels } from '../../cloudfunctions/shared/usecases/orders/listChannels'
import { readOwnOrder } from '../../cloudfunctions/shared/usecases/orders/ownOrders'
import { payOrder } from '../../cloudfunctions/shared/usecases/orders/payOrder'
import { receiveNotice } from '../../cloudfunctions/shared/usecases/settle/receiveNotice'
import { createFakeProvider, type FakeProvider } from '../support/fakes/fakeProvider'
import { minute, openShop, payMain, type Shop } from '../support/shop'

const kinds: readonly Channel[] = [
  { code: 'code', name: '扫码', nameEn: 'QR code', kind: 'qrcode' },
  { code: 'link', name: '链接', nameEn: 'Link', kind: 'link' },
  { code: 'app', name: '应用', nameEn: 'App', kind: 'app' },
  { code: 'bar', name: '付款码', nameEn: 'Pay code', kind: 'barcode' },
]

const codeOf = (error: unknown): string => (error instanceof AppError ? error.code : String(error))

const paidAt = (shop: Shop, provider: FakeProvider, paymentNo: string) => {
  const content = { paymentNo, outcome: 'paid', amountFen: 2_500, currency: 'CNY' }
  return receiveNotice(shop.ctx, provider.definition.code, {
    method: 'POST',
    path: '/',
    query: {},
    headers: { sign: 'good' },
    body: Buffer.from(JSON.stringify(content)),
  })
}

describe('the list of payment methods', () => {
  it('has every enabled method, and the reason why a mini-program cannot use it', async () => {
    const shop = openShop(createFakeProvider('second', 'same', kinds))
    const { channels } = await listChannels(shop.ctx)
    expect(channels.map(({ provider, channel, usable, reason }) => [provider, channel, usable, reason])).toEqual([
      ['fake', 'main', true, undefined],
      ['fake', 'other', true, undefined],
      ['second', 'code', true, undefined],
      ['second', 'link', true, undefined],
      ['second', 'app', false, 'notInMiniProgram'],
      ['second', 'bar', false, 'notInMiniProgram'],
    ])
  })

  it('has no code and no link in the mini-program while the shop has switched them off, and has both in a browser', async () => {
    const second = createFakeProvider('second', 'same', kinds)
    const shop = openShop(second)
    shop.settings.externalWays = false
    const usableOf = async (ctx: typeof shop.ctx) =>
      (await listChannels(ctx)).channels
        .filter(({ provider }) => provider === 'second')
        .map(({ channel, usable, reason }) => [channel, usable, reason])
    expect((await usableOf(shop.ctx)).slice(0, 2)).toEqual([
      ['code', false, 'onlyOutside'],
      ['link', false, 'onlyOutside'],
    ])
    const browser = { ...shop.ctx, place: 'mobile' as const }
    expect((await usableOf(browser)).slice(0, 2)).toEqual([
      ['code', true, undefined],
      ['link', true, undefined],
    ])
    const orderNo = await shop.newOrder()
    for (const channel of ['code', 'link'])
      await expect(payOrder(shop.ctx, payMain(orderNo, channel, 'second'))).rejects.toMatchObject({ code: 'BadInput' })
    expect(shop.order(orderNo).payments).toEqual([])
    expect((await payOrder(browser, payMain(orderNo, 'code', 'second'))).kind).toBe('qrcode')
  })

  it('has only the channels that work under the provider’s settings', async () => {
    const second = createFakeProvider('second', 'same', kinds)
    second.provider.channels = kinds.slice(1, 2)
    const shop = openShop(second)
    const { channels } = await listChannels(shop.ctx)
    expect(channels.filter(({ provider }) => provider === 'second').map(({ channel }) => channel)).toEqual(['link'])
    const orderNo = await shop.newOrder()
    await expect(payOrder(shop.ctx, payMain(orderNo, 'code', 'second'))).rejects.toMatchObject({ code: 'BadInput' })
  })
})

describe('a code or a link', () => {
  it.each(['same', 'new'] as const)(
    'is returned again unchanged while the payment waits (%s number)',
    async (repeat) => {
      const second = createFakeProvider('second', repeat, kinds)
      const shop = openShop(second)
      const orderNo = await shop.newOrder()
      for (const channel of ['code', 'link']) {
        const first = await payOrder(shop.ctx, payMain(orderNo, channel, 'second'))
        shop.advance(20_000)
        const calls = second.calls.length
        const again = await payOrder(shop.ctx, payMain(orderNo, channel, 'second'))
        expect(second.calls).toHaveLength(calls)
        expect({ ...again, order: null }).toEqual({ ...first, order: null })
        expect(again.payInfo).toBe(`pay ${again.paymentNo}`)
        if (channel === 'code') expect(again.image).toMatch(/^data:image\/png;base64,iVBORw0KGgo/)
        else expect(again).not.toHaveProperty('image')
      }
    },
  )

  it('that does not fit into a picture is not drawn', async () => {
    const second = createFakeProvider('second', 'same', kinds)
    second.provider.prepare = async () => ({ payInfo: 'x'.repeat(3_000) })
    const shop = openShop(second)
    const paid = await payOrder(shop.ctx, payMain(await shop.newOrder(), 'code', 'second'))
    expect(paid).not.toHaveProperty('image')
  })
})

describe('changing to another provider', () => {
  const begin = async (): Promise<{ shop: Shop; second: FakeProvider; orderNo: string }> => {
    const second = createFakeProvider('second', 'same', kinds)
    const shop = openShop(second)
    const orderNo = await shop.newOrder()
    await payOrder(shop.ctx, payMain(orderNo))
    return { shop, second, orderNo }
  }

  it('closes the old attempt at its provider first, then opens one on the same order', async () => {
    const { shop, second, orderNo } = await begin()
    const { paymentNo } = await payOrder(shop.ctx, payMain(orderNo, 'code', 'second'))
    expect(paymentNo).toBe(`${orderNo}02`)
    expect(shop.fake.ledger.get(`${orderNo}01`)?.state).toBe('closed')
    expect(shop.fake.pay(`${orderNo}01`)).toBe(false)
    second.pay(paymentNo)
    expect((await readOwnOrder(shop.ctx, { orderNo, refresh: true })).order.state).toBe('paid')
    expect(shop.order(orderNo).payments).toMatchObject([
      { provider: 'fake', state: 'closed' },
      { provider: 'second', state: 'paid' },
    ])
  })

  it('after a failed attempt needs no answer of the old provider', async () => {
    const second = createFakeProvider('second', 'same', kinds)
    const shop = openShop(second)
    const orderNo = await shop.newOrder()
    shop.fake.mood = 'refuses'
    await expect(payOrder(shop.ctx, payMain(orderNo))).rejects.toMatchObject({ code: 'ProviderRefused' })
    shop.fake.mood = 'down'
    await payOrder(shop.ctx, payMain(orderNo, 'link', 'second'))
    expect(shop.order(orderNo).payments.map(({ state }) => state)).toEqual(['failed', 'pending'])
  })

  it('finds that the old attempt was paid, and opens no other', async () => {
    const { shop, second, orderNo } = await begin()
    shop.fake.pay(`${orderNo}01`)
    await expect(payOrder(shop.ctx, payMain(orderNo, 'code', 'second'))).rejects.toMatchObject({ code: 'Conflict' })
    expect(shop.order(orderNo).state).toBe('paid')
    expect(second.ledger.size).toBe(0)
  })

  it('is possible while the old provider is down; if both are paid, the second payment is an overpayment', async () => {
    const { shop, second, orderNo } = await begin()
    shop.fake.mood = 'down'
    await payOrder(shop.ctx, payMain(orderNo, 'code', 'second'))
    second.pay(`${orderNo}02`)
    await paidAt(shop, second, `${orderNo}02`)
    shop.fake.mood = 'fine'
    shop.fake.pay(`${orderNo}01`)
    shop.advance(minute)
    await shop.tick()
    const order = shop.order(orderNo)
    expect(order.state).toBe('paid')
    expect(order.payments).toMatchObject([
      { provider: 'fake', state: 'paid', surplus: true },
      { provider: 'second', state: 'paid' },
    ])
    expect(order.payments[1]).not.toHaveProperty('surplus')
    expect(order.refunds).toEqual([])
  })

  it('with both paid at the same instant: exactly one is an overpayment, and a setting refunds it at its own provider', async () => {
    for (const order of [1, 2]) {
      const { shop, second, orderNo } = await begin()
      shop.settings.surplus = 'refund'
      shop.fake.mood = 'down'
      await payOrder(shop.ctx, payMain(orderNo, 'code', 'second'))
      shop.fake.mood = 'fine'
      shop.fake.pay(`${orderNo}01`)
      second.pay(`${orderNo}02`)
      const notices = [() => paidAt(shop, shop.fake, `${orderNo}01`), () => paidAt(shop, second, `${orderNo}02`)]
      if (order === 2) notices.reverse()
      const answers = await Promise.all(notices.map((send) => send()))
      expect(answers.map(({ body }) => body)).toEqual(['accepted', 'accepted'])
      await shop.tick()
      const stored = shop.order(orderNo)
      const surplus = stored.payments.filter((payment) => payment.surplus)
      expect(surplus).toHaveLength(1)
      expect(stored.refunds).toMatchObject([{ paymentNo: surplus[0]?.no, amountFen: 2_500, state: 'done' }])
      const books = [shop.fake, second].flatMap(({ ledger }) => [...ledger])
      const refunded = books.filter(([, { refunds }]) => refunds.size > 0).map(([no]) => no)
      expect(refunded).toEqual([surplus[0]?.no])
    }
  })

  it('by two taps on two methods at once loses no money, whatever is paid', async () => {
    const { shop, second, orderNo } = await begin()
    const taps = await Promise.allSettled([
      payOrder(shop.ctx, payMain(orderNo, 'code', 'second')),
      payOrder(shop.ctx, payMain(orderNo, 'other')),
    ])
    const failures = taps.flatMap((tap) => (tap.status === 'rejected' ? [codeOf(tap.reason)] : []))
    expect(failures.every((code) => code === 'Conflict')).toBe(true)
    expect(failures.length).toBeLessThan(2)
    const taken = [...shop.fake.ledger.keys(), ...second.ledger.keys()].filter(
      (no) => shop.fake.pay(no) || second.pay(no),
    )
    shop.advance(minute)
    await shop.tick()
    const order = shop.order(orderNo)
    expect(order.state).toBe('paid')
    const paid = order.payments.filter(({ state }) => state === 'paid')
    expect(paid.map(({ no }) => no).sort()).toEqual(taken.sort())
    expect(paid.filter(({ surplus }) => surplus)).toHaveLength(paid.length - 1)
  })
})
