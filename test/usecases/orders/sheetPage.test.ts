// Tests the page that opens the payment sheet when only the provider knows the payer's openid. The page opens one
// payment sheet for one payment number, even if replies get lost, if a second instance handles the same payment, or if
// the order ends meanwhile.
import { AppError } from '../../../cloudfunctions/shared/domain/errors'
import { cancelOrder } from '../../../cloudfunctions/shared/usecases/orders/ownOrders'
import { payOrder } from '../../../cloudfunctions/shared/usecases/orders/payOrder'
import { openSheet } from '../../../cloudfunctions/shared/usecases/web/sheetPage'
import { createFakeProvider } from '../../support/fakes/fakeProvider'
import { minute, openShop, payMain } from '../../support/shop'

/** The first request for a payment sheet. The test decides when this request gets its answer. */
interface Sending {
  paymentNo: string
  gives(sheet: string): void
  fails(error: Error): void
}

/**
 * Makes an order whose shopper has opened the page. As with the Unified platform, the provider cannot close payments.
 */
async function openPage() {
  const channel = { code: 'main', name: '主要', nameEn: 'Main', kind: 'link', openidOf: 'provider' } as const
  const other = { code: 'other', name: '另一个', nameEn: 'Other', kind: 'qrcode' } as const
  const fake = createFakeProvider('own', 'new', [channel, other])
  const sendings: Sending[] = []
  delete fake.provider.close
  fake.provider.query = async () => ({ outcome: 'pending', raw: null })
  fake.provider.prepare = async ({ paymentNo, sheetUrl, openid, channel: code }) => {
    if (sheetUrl !== undefined || code === 'other') return { payInfo: sheetUrl ?? `code ${paymentNo}` }
    expect(openid).toBe('oOwn')
    return new Promise((resolve, reject) => {
      sendings.push({ paymentNo, gives: (payInfo) => resolve({ payInfo }), fails: reject })
      if (sendings.length > 1) resolve({ payInfo: 'another sheet' })
    })
  }
  const shop = openShop(fake)
  const orderNo = await shop.newOrder()
  const begin = (code = 'main') => payOrder(shop.ctx, payMain(orderNo, code, 'own'))
  const { payInfo } = await begin()
  const body = { ...Object.fromEntries(new URL(payInfo).searchParams), openid: 'oOwn' }
  /** Requests a sheet. @param aheadMs how far this instance's clock is ahead of the shop's clock */
  const ask = async (aheadMs = 0) => {
    const answer = await openSheet({ ctx: { ...shop.ctx, now: () => shop.ctx.now() + aheadMs }, body })
    return { status: answer.statusCode, ...(JSON.parse(String(answer.body)) as object) }
  }
  const sent = async (): Promise<Sending> => {
    while (!sendings[0]) await new Promise(setImmediate)
    return sendings[0]
  }
  const states = () => shop.order(orderNo).payments.map(({ state }) => state)
  return { shop, fake, orderNo, begin, ask, sent, sendings, states }
}

const given = (sheet: string) => ({ status: 200, ok: true, data: { sheet } })
const refused = (code: string) => ({ status: 409, ok: false, error: { code } })

it('a sheet is asked for once, and given again to a page that is loaded again', async () => {
  const { ask, sent, sendings, states } = await openPage()
  const first = ask()
  ;(await sent()).gives('sheet 1')
  expect(await first).toEqual(given('sheet 1'))
  expect(await ask(minute)).toEqual(given('sheet 1'))
  expect([sendings.length, states()]).toEqual([1, ['pending']])
})

it('after a lost reply the number is not sent again: the attempt ends, and the shopper opens another one', async () => {
  const { shop, begin, ask, sent, sendings, states } = await openPage()
  const first = ask()
  ;(await sent()).fails(new Error('reply lost'))
  await expect(first).rejects.toThrow('reply lost')
  expect(await ask()).toMatchObject(refused('Conflict'))
  expect(states()).toEqual(['pending'])
  shop.advance(minute)
  expect(await ask()).toMatchObject(refused('Conflict'))
  expect([sendings.length, states()]).toEqual([1, ['failed']])
  const again = await begin()
  expect(again.paymentNo).not.toBe(sendings[0]?.paymentNo)
  expect(states()).toEqual(['failed', 'pending'])
})

it('an instance whose clock is ahead sends nothing beside the first call, and only one sheet can be paid', async () => {
  const { begin, ask, sent, sendings, states } = await openPage()
  const first = ask()
  const sending = await sent()
  expect(await ask(16_000)).toMatchObject(refused('Conflict'))
  expect(sendings).toHaveLength(1)
  await begin()
  // The second call has ended the attempt, so the first call's sheet must reach no phone.
  sending.gives('sheet 1')
  expect(await first).toMatchObject(refused('Conflict'))
  expect(states()).toEqual(['failed', 'pending'])
})

it('a call that was delayed after its claim sends nothing', async () => {
  const { shop, fake, ask } = await openPage()
  const sendings: string[] = []
  fake.provider.prepare = async ({ paymentNo }) => {
    sendings.push(paymentNo)
    return { payInfo: 'sheet 1' }
  }
  const plain = shop.db.change
  shop.db.change = async (...args) => {
    const written = await plain(...args)
    shop.advance(minute)
    return written
  }
  expect(await ask()).toMatchObject(refused('Conflict'))
  expect(sendings).toHaveLength(0)
})

describe('a refusal', () => {
  it.each(['ProviderRefused', 'ProviderUnavailable'] as const)(
    'of the only sending ends the attempt (%s)',
    async (code) => {
      const { ask, sent, states } = await openPage()
      const first = ask()
      ;(await sent()).fails(new AppError(code, 'no'))
      expect(await first).toMatchObject(refused(code))
      expect(states()).toEqual(['failed'])
    },
  )

  it('is not recorded by a call whose claim another call has taken', async () => {
    const { shop, orderNo, ask, sent, states } = await openPage()
    const first = ask()
    const sending = await sent()
    const { version, payments, ...rest } = shop.order(orderNo)
    const taken = payments.map((one) => ({
      ...one,
      claim: { id: 'another', until: shop.ctx.now() + minute, asks: true },
    }))
    shop.db.put('orders', { ...rest, version: version + 1, payments: taken })
    sending.fails(new AppError('ProviderRefused', 'busy'))
    expect(await first).toMatchObject(refused('ProviderRefused'))
    expect(states()).toEqual(['pending'])
  })
})

describe('a sheet that arrives too late is not given', () => {
  it('when the order was cancelled meanwhile', async () => {
    const { shop, orderNo, ask, sent } = await openPage()
    const first = ask()
    const sending = await sent()
    await cancelOrder(shop.ctx, { orderNo })
    sending.gives('sheet 1')
    expect(await first).toMatchObject(refused('Conflict'))
    expect(await ask()).toMatchObject(refused('Conflict'))
  })

  it('when the order expired meanwhile', async () => {
    const { shop, ask, sent } = await openPage()
    const first = ask()
    const sending = await sent()
    shop.advance(31 * minute)
    sending.gives('sheet 1')
    expect(await first).toMatchObject(refused('Conflict'))
  })
})
