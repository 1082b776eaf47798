// Tests who owns an order if a person uses the shop both in the mini-program and in a browser.

import { createOrder } from '../../../cloudfunctions/shared/usecases/orders/createOrder'
import { listOwnOrders, readOwnOrder } from '../../../cloudfunctions/shared/usecases/orders/ownOrders'
import { beijingDigits } from '../../../miniprogram/rules/beijing'
import { openShop, tea } from '../../support/shop'

it('a person with a unionid sees the orders of mini-program and browser, and nobody else does', async () => {
  const shop = openShop()
  const inWechat = { ...shop.as('web-me'), app: 'wxOfficial', unionid: 'u1', place: 'wechat' as const }
  const inMiniProgram = { ...shop.as('mini-me'), unionid: 'u1' }
  const others = [
    { ...shop.as('web-you'), app: 'wxOfficial', unionid: 'u2' },
    { ...shop.as('web-me'), app: 'wxOther' },
    shop.as('web-me'),
    shop.as('you'),
  ]
  const place = async (ctx: typeof shop.ctx, tail: string) => {
    const orderNo = beijingDigits(ctx.now()) + tail
    await createOrder(ctx, { orderNo, items: [{ sku: tea.sku, quantity: 1 }] })
    return orderNo
  }
  const orderNos = [await place(inWechat, 'aaaaaaaa'), await place(inMiniProgram, 'bbbbbbbb')]
  for (const me of [inWechat, inMiniProgram]) {
    const { orders } = await listOwnOrders(me, {})
    expect(orders.map(({ orderNo }) => orderNo).sort()).toEqual(orderNos)
    for (const orderNo of orderNos) expect((await readOwnOrder(me, { orderNo })).order.orderNo).toBe(orderNo)
  }
  for (const other of others) {
    expect((await listOwnOrders(other, {})).orders).toEqual([])
    for (const orderNo of orderNos) await expect(readOwnOrder(other, { orderNo })).rejects.toThrow('no such order')
  }
})
