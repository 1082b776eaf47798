// Tests that staff cannot refund their own orders, and that providers and shoppers read sentences instead of our
// internal codes.
import type { Staff } from '../../../cloudfunctions/shared/store/staff'
import { payOrder } from '../../../cloudfunctions/shared/usecases/orders/payOrder'
import type { StaffContext } from '../../../cloudfunctions/shared/usecases/platform/context'
import { endContractAsStaff } from '../../../cloudfunctions/shared/usecases/staff/contractsAsStaff'
import {
  closeAsStaff,
  listOrdersAsStaff,
  readAnyOrder,
  recheckOrder,
} from '../../../cloudfunctions/shared/usecases/staff/ordersAsStaff'
import { refundAsStaff } from '../../../cloudfunctions/shared/usecases/staff/refundsAsStaff'
import { openClub } from '../../support/club'
import { minute, openShop, paidOrder, payMain, type Shop } from '../../support/shop'

const me = 'shopper-a'
const another = 'openid-of-another-owner'

const member = (shop: Shop, openid: string, role: Staff['role']) =>
  shop.db.put<Staff>('staff', { _id: openid, version: 1, role, name: openid, addedAt: 1, refundLimitFen: 100_000 })

const refund = (ctx: StaffContext, orderNo: string, requestId = 'request-1', amountFen = 1_000) =>
  refundAsStaff(ctx, { orderNo, requestId, paymentNo: `${orderNo}01`, amountFen, reason: '' })

describe('a person’s own order', () => {
  it('is refunded by no operator, and the page says so before they try', async () => {
    const shop = openShop()
    const orderNo = await paidOrder(shop)
    member(shop, me, 'operator')
    member(shop, another, 'owner')
    const mine = shop.staff(me)
    await expect(refund(mine, orderNo)).rejects.toMatchObject({ code: 'Forbidden' })
    expect(shop.order(orderNo).refunds).toEqual([])
    expect((await readAnyOrder(mine, { orderNo })).result.order.isOwn).toBe(true)
    const other = { ...shop.staff(another), role: 'owner' as const }
    expect((await readAnyOrder(other, { orderNo })).result.order.isOwn).toBe(false)
    await refund(other, orderNo)
    expect(shop.order(orderNo).refundedFen).toBe(1_000)
  })

  it('is refunded by an owner only if there is no other owner', async () => {
    const shop = openShop()
    const orderNo = await paidOrder(shop)
    member(shop, me, 'owner')
    const mine = { ...shop.staff(me), role: 'owner' as const }
    await refund(mine, orderNo)
    member(shop, another, 'owner')
    await expect(refund(mine, orderNo, 'request-2')).rejects.toMatchObject({ code: 'Forbidden' })
    expect(shop.order(orderNo).refundedFen).toBe(1_000)
  })
})

it('an overpayment that is refunded automatically reaches the provider with a sentence, not with our code', async () => {
  const shop = openShop()
  shop.settings.surplus = 'refund'
  const heard: string[] = []
  const send = shop.fake.provider.refund
  shop.fake.provider.refund = async (input) => {
    heard.push(input.reason)
    return send?.(input) ?? { outcome: 'unknown', raw: null }
  }
  const orderNo = await shop.newOrder()
  await payOrder(shop.ctx, payMain(orderNo))
  shop.fake.mood = 'down'
  shop.advance(45 * minute)
  await shop.tick()
  expect(shop.order(orderNo).state).toBe('closed')
  shop.fake.mood = 'fine'
  shop.fake.pay(`${orderNo}01`)
  shop.advance(3_000)
  await recheckOrder(shop.staff(another), { orderNo })
  await shop.tick()
  expect(heard).toEqual(['多付的款退回'])
})

describe('the state of an order', () => {
  const standing = async (shop: Shop, orderNo: string) =>
    (await listOrdersAsStaff(shop.staff(another), { number: orderNo })).result.orders[0]?.standing

  it('is partly refunded, then refunded, in the list and on its page', async () => {
    const shop = openShop()
    const orderNo = await paidOrder(shop)
    expect(await standing(shop, orderNo)).toBe('paid')
    await refund(shop.staff(another), orderNo)
    expect(await standing(shop, orderNo)).toBe('partlyRefunded')
    await refund(shop.staff(another), orderNo, 'request-2', 1_500)
    expect(await standing(shop, orderNo)).toBe('refunded')
    expect((await readAnyOrder(shop.staff(another), { orderNo })).result.order.standing).toBe('refunded')
  })

  it('is closing if the provider cannot close, with the latest time of the close', async () => {
    const shop = openShop()
    const orderNo = await shop.newOrder()
    await payOrder(shop.ctx, payMain(orderNo))
    shop.fake.mood = 'down'
    const owner = { ...shop.staff(another), role: 'owner' as const }
    const { order } = (await closeAsStaff(owner, { orderNo })).result
    expect(order).toMatchObject({ state: 'open', standing: 'closing', closesAt: shop.ctx.now() + 10 * minute })
    shop.advance(10 * minute)
    await shop.tick()
    expect(await standing(shop, orderNo)).toBe('closed')
  })
})

it('the end of a contract by staff reaches the provider with a sentence, not with our code', async () => {
  const club = openClub(Date.parse('2026-03-01T04:00:00Z'))
  const contractNo = await club.subscribe()
  const heard: string[] = []
  const contracts = club.papay.enabled.provider.contracts
  if (!contracts) throw new Error('no contracts')
  const { end } = contracts
  contracts.end = async (contract, reason) => {
    heard.push(reason)
    return end(contract, reason)
  }
  const staff = { ...club.ctx, openid: another, role: 'operator' as const, name: '', refundLimitFen: null }
  await endContractAsStaff(staff, { contractNo })
  expect(heard).toEqual(['商家结束自动续费'])
})
