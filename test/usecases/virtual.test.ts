// Tests virtual products in the mini-program: only WeChat's virtual payment can pay for them, whatever the phone
// requests.
import { AppError } from '../../cloudfunctions/shared/domain/errors'
import type { Order } from '../../cloudfunctions/shared/domain/orders/orderShape'
import { listPlans } from '../../cloudfunctions/shared/usecases/contracts/listPlans'
import { openContract } from '../../cloudfunctions/shared/usecases/contracts/openContract'
import { catalog } from '../../cloudfunctions/shared/usecases/orders/catalog'
import { createOrder } from '../../cloudfunctions/shared/usecases/orders/createOrder'
import { listChannels } from '../../cloudfunctions/shared/usecases/orders/listChannels'
import { payOrder } from '../../cloudfunctions/shared/usecases/orders/payOrder'
import { savePlan } from '../../cloudfunctions/shared/usecases/staff/manageGoods'
import type { ProductKind } from '../../miniprogram/rules/terms'
import { beijing, monthly, openClub } from '../support/club'
import { createFakeProvider } from '../support/fakes/fakeProvider'
import { minute, openShop, payMain, type Shop } from '../support/shop'

const sheet = { code: 'virtual', name: '虚拟支付', nameEn: 'Virtual payment', kind: 'virtual' } as const

const product = (sku: string, kind?: ProductKind) => ({
  _id: sku,
  version: 1,
  title: sku,
  titleEn: sku,
  note: '',
  noteEn: '',
  priceFen: 990,
  currency: 'CNY',
  onSale: true,
  rank: 1,
  ...(kind && { kind }),
})

function openVirtualShop(): Shop {
  const shop = openShop(createFakeProvider('xpay', 'new', [sheet]))
  const goods = [product('tea'), product('lesson', 'service'), product('ebook', 'virtual'), product('song', 'virtual')]
  shop.ctx.products = async () => goods
  return shop
}

let tail = 0
const order = async (shop: Shop, ...skus: string[]) => {
  const orderNo = `20260301120000${String(++tail).padStart(8, '0')}`
  const items = skus.map((sku) => ({ sku, quantity: 1 }))
  return (await createOrder(shop.ctx, { orderNo, items })).order
}

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'ok',
    (error: unknown) => (error instanceof AppError ? error.code : String(error)),
  )

it('an order keeps the kind of what it sells, and a product without one is goods', async () => {
  const shop = openVirtualShop()
  const kinds = []
  for (const skus of [['tea'], ['lesson'], ['ebook'], ['lesson', 'tea']]) kinds.push((await order(shop, ...skus)).kind)
  expect(kinds).toEqual(['goods', 'service', 'virtual', 'goods'])
  expect((await catalog(shop.ctx)).products.map(({ kind }) => kind)).toEqual(['goods', 'service', 'virtual', 'virtual'])
})

it('each payment method says which kinds of products it can pay for in this place', async () => {
  const shop = openVirtualShop()
  const takesOf = async (ctx = shop.ctx) =>
    (await listChannels(ctx)).channels.map(({ channel, usable, takes }) => [channel, usable, takes])
  expect(await takesOf()).toEqual([
    ['main', true, ['goods', 'service']],
    ['other', true, ['goods', 'service']],
    ['virtual', true, ['virtual']],
  ])
  expect((await takesOf({ ...shop.ctx, place: 'wechat', app: 'wx1' }))[2]).toEqual(['virtual', false, ['virtual']])
  shop.settings.virtualExempt = true
  expect((await takesOf())[0]).toEqual(['main', true, ['goods', 'service', 'virtual']])
})

it('nothing but virtual payment takes a virtual order, and virtual payment takes nothing else', async () => {
  const shop = openVirtualShop()
  const [tea, lesson, ebook] = [await order(shop, 'tea'), await order(shop, 'lesson'), await order(shop, 'ebook')]
  expect(await codeOf(payOrder(shop.ctx, payMain(ebook.orderNo)))).toBe('Unsupported')
  expect(shop.order(ebook.orderNo).payments).toEqual([])
  for (const { orderNo } of [tea, lesson]) {
    expect(await codeOf(payOrder(shop.ctx, payMain(orderNo, 'virtual', 'xpay')))).toBe('Unsupported')
    expect(await codeOf(payOrder(shop.ctx, payMain(orderNo)))).toBe('ok')
  }
  expect((await payOrder(shop.ctx, payMain(ebook.orderNo, 'virtual', 'xpay'))).kind).toBe('virtual')
})

it('an exempted shop may take WeChat Pay for it, and its shipping is reported as virtual', async () => {
  const shop = openVirtualShop()
  Object.assign(shop.settings, { virtualExempt: true, shipping: 'parcel' })
  shop.fake.definition.reportsShipping = true
  const { orderNo } = await order(shop, 'ebook')
  const { paymentNo } = await payOrder(shop.ctx, payMain(orderNo))
  shop.fake.pay(paymentNo)
  shop.advance(minute)
  await shop.tick()
  expect(shop.order(orderNo)).toMatchObject({ state: 'paid', shipping: { way: 'virtual', state: 'sending' } })
})

it('a virtual product is ordered alone; the phone knows it before', async () => {
  const shop = openVirtualShop()
  for (const other of ['tea', 'lesson', 'song'])
    await expect(order(shop, 'ebook', other)).rejects.toMatchObject({
      code: 'BadInput',
      details: [{ field: 'items', rule: 'virtualAlone' }],
    })
  expect((await catalog(shop.ctx)).virtualAlone).toBe(true)
  expect((await catalog({ ...shop.ctx, place: 'pc' })).virtualAlone).toBe(false)
  shop.settings.virtualExempt = true
  expect((await order(shop, 'ebook', 'tea')).kind).toBe('goods')
})

describe('contracts', () => {
  const start = beijing('2026-01-31T10:00:00')

  it('charge no virtual content: such a plan is neither offered, nor signed, nor saved', async () => {
    const club = openClub(start, [{ ...monthly, kind: 'virtual' }])
    expect((await listPlans(club.ctx)).plans).toEqual([])
    const open = openContract(club.ctx, { contractNo: club.newNumber(), plan: monthly._id })
    await expect(open).rejects.toMatchObject({ code: 'Unsupported' })
    const { _id, version: _, ...rest } = monthly
    const save = savePlan(
      { ...club.ctx, role: 'owner', name: '', refundLimitFen: null },
      { version: 1, plan: { ...rest, plan: _id, currency: 'CNY', kind: 'virtual' } },
    )
    await expect(save).rejects.toMatchObject({ code: 'BadInput', details: [{ field: 'kind', rule: 'virtual' }] })
  })

  it('keep the kind of a service in the order of each charge', async () => {
    const club = openClub(start, [{ ...monthly, kind: 'service' }])
    await club.subscribe()
    await club.until(start + 60 * minute)
    expect(club.db.peekAll<Order>('orders').map(({ kind }) => kind)).toEqual(['service'])
  })
})
