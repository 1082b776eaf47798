import type * as z from 'zod/mini'
import type { OrderResults, orderApi } from '../api'
import { AppError } from '../domain/errors'
import { isOrderNo, type Order, type OrderItem, placeOrder } from '../domain/order'
import { insertOrder } from '../store/orders'
import type { ShopperContext } from './context'
import { orderView } from './orderView'

type Input = z.infer<typeof orderApi.create>

/**
 * Creates an order at our catalogue's prices. The same number with the same basket gives the order that exists.
 * @throws BadInput naming the field; Conflict when the number is taken, without one detail of what has it
 */
export async function createOrder(ctx: ShopperContext, input: Input): Promise<OrderResults['create']> {
  const now = ctx.now()
  if (!isOrderNo(input.orderNo, now)) throw new AppError('BadInput', 'orderNo: not a time within 24 hours')
  const [{ items, currency }, shop] = await Promise.all([priced(ctx, input), ctx.shop()])
  const wanted = placeOrder({
    orderNo: input.orderNo,
    openid: ctx.openid,
    items,
    currency,
    now,
    lifeMs: shop.orderMinutes * 60_000,
  })
  const order = await insertOrder(ctx.db, wanted)
  if (!isSameOrder(order, wanted)) throw new AppError('Conflict', 'orderNo: is taken')
  return { order: orderView(order, now) }
}

async function priced(ctx: ShopperContext, input: Input): Promise<{ items: OrderItem[]; currency: string }> {
  const products = new Map((await ctx.products()).map((product) => [product._id, product]))
  const seen = new Set<string>()
  let currency: string | undefined
  const items = input.items.map(({ sku, quantity }, index) => {
    const product = products.get(sku)
    if (!product) throw new AppError('BadInput', `items.${index}.sku: not on sale`)
    if (seen.has(sku)) throw new AppError('BadInput', `items.${index}.sku: stands twice`)
    seen.add(sku)
    currency ??= product.currency
    if (product.currency !== currency)
      throw new AppError('BadInput', `items.${index}.sku: another currency than the first`)
    return { sku, title: product.title, titleEn: product.titleEn, priceFen: product.priceFen, quantity }
  })
  return { items, currency: currency ?? 'CNY' }
}

// Prices may have changed between two tries: skus and quantities decide whether it is the same order.
function isSameOrder(there: Order, wanted: Order): boolean {
  const basket = (order: Order) =>
    order.items
      .map(({ sku, quantity }) => `${sku}×${quantity}`)
      .sort()
      .join()
  return there.openid === wanted.openid && basket(there) === basket(wanted)
}
