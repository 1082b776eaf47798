import type * as z from 'zod/mini'
import type { ProductKind } from '../../../../miniprogram/rules/terms'
import type { OrderResults, orderApi } from '../../api/orders'
import { AppError, isAppError, LimitReached } from '../../domain/errors'
import { areOneOrder, kindOfAll, oldKind } from '../../domain/orders/goods'
import { placeOrder } from '../../domain/orders/order'
import { isOrderNo } from '../../domain/orders/orderNo'
import { mayPay, type Order, type OrderItem } from '../../domain/orders/orderShape'
import { isOwnedBy, type Person, personOf } from '../../domain/person'
import { insertOrder, mustReadOrder, readOrder } from '../../store/orders'
import type { ShopperContext } from '../platform/context'
import { orderView } from './orderView'
import { type Choice, chosen, isTaken, payByChoice } from './payOrder'
import { assertAddressMayCreate, assertMayCreate, countedOrders } from './personLimits'

type Input = z.infer<typeof orderApi.create>

/**
 * Creates an order with the prices of our catalogue, never with prices from the phone. If the number exists with the
 * same basket, returns the existing order. With `pay`, also begins the payment of a new order.
 * @throws BadInput with the field's name; Conflict if another order has this number (the error says nothing about that
 * order)
 */
export async function createOrder(ctx: ShopperContext, input: Input): Promise<OrderResults['create']> {
  const now = ctx.now()
  if (!isOrderNo(input.orderNo, now))
    throw new AppError('BadInput', 'orderNo: not a real time, or more than a day ahead')
  try {
    const wanted = await priced(ctx, input, now)
    const counted = await countedOrders(ctx)
    const known = counted.find(({ _id }) => _id === input.orderNo)
    if (known) return { order: orderView(sameOrder(known, ctx, input), now) }
    const choice = input.pay && (await chosen(ctx, input.pay))
    const { limits } = await ctx.shop()
    assertMayCreate(counted, limits)
    await assertAddressMayCreate(ctx, limits)
    const order = sameOrder(await insertOrder(ctx.db, wanted), ctx, input)
    if (input.pay && choice && (await mayBegin(ctx, order, choice, input.pay))) return await begin(ctx, order, choice)
    return { order: orderView(order, now) }
  } catch (error) {
    // An earlier try may have stored the order, and its reply got lost. Then return the stored order, even if the
    // catalogue has changed since or the caller has reached the limit of open orders.
    const mayBeThere = isAppError(error, 'BadInput') || error instanceof LimitReached
    const there = mayBeThere ? await readOrder(ctx.db, input.orderNo) : undefined
    if (!there || !isOwnedBy(there, ctx)) throw error
    return { order: orderView(sameOrder(there, ctx, input), now) }
  }
}

/** Whether the payment of an order may begin at once. Otherwise the shopper must look at the order before they pay. */
async function mayBegin(
  ctx: ShopperContext,
  order: Order,
  choice: Choice,
  pay: NonNullable<Input['pay']>,
): Promise<boolean> {
  const isAsShown = order.amountFen === pay.amountFen && order.currency === pay.currency
  // The order may be an old one with this number, which is closed.
  const isUntouched = order.payments.length === 0 && mayPay(order, ctx.now())
  return isAsShown && isUntouched && isTaken(ctx, order, choice, await ctx.shop())
}

async function begin(ctx: ShopperContext, order: Order, choice: Choice): Promise<OrderResults['create']> {
  try {
    // Read the person's orders again, because other calls may have stored orders at the same moment.
    const { order: after, ...pay } = await payByChoice(ctx, order, choice, await countedOrders(ctx))
    return { order: after, pay }
  } catch (error) {
    if (!isAppError(error) || error.code === 'Internal') throw error
    const failure = { code: error.code, ...(error instanceof LimitReached && { limit: error.limit }) }
    return { order: orderView(await mustReadOrder(ctx.db, order._id), ctx.now()), failure }
  }
}

async function priced(ctx: ShopperContext, input: Input, now: number): Promise<Order> {
  const shop = await ctx.shop()
  const products = new Map((await ctx.products()).map((product) => [product._id, product]))
  const seen = new Set<string>()
  const kinds: ProductKind[] = []
  let currency: string | undefined
  const items = input.items.map<OrderItem>(({ sku, quantity }, index) => {
    const product = products.get(sku)
    if (!product) throw new AppError('BadInput', `items.${index}.sku: not on sale`)
    if (seen.has(sku)) throw new AppError('BadInput', `items.${index}.sku: occurs twice`)
    seen.add(sku)
    kinds.push(product.kind ?? oldKind)
    currency ??= product.currency
    if (product.currency !== currency)
      throw new AppError('BadInput', `items.${index}.sku: another currency than the first`)
    return { sku, title: product.title, titleEn: product.titleEn, priceFen: product.priceFen, quantity }
  })
  if (!areOneOrder(kinds, ctx, shop))
    throw new AppError('BadInput', 'items: a virtual product must be ordered alone', {
      details: [{ field: 'items', rule: 'virtualAlone' }],
    })
  return placeOrder({
    orderNo: input.orderNo,
    ...personOf(ctx),
    place: ctx.place ?? 'miniprogram',
    ...(ctx.addressMark !== undefined && { addressMark: ctx.addressMark }),
    items,
    kind: kindOfAll(kinds),
    currency: currency ?? 'CNY',
    now,
    lifeMs: shop.orderMinutes * 60_000,
  })
}

// Two tries mean the same order if skus and quantities are equal. Prices may have changed between the tries.
function sameOrder(there: Order, person: Person, { items }: Input): Order {
  const basket = (list: Input['items']) =>
    list
      .map(({ sku, quantity }) => `${sku}×${quantity}`)
      .sort()
      .join()
  if (!isOwnedBy(there, person) || basket(there.items) !== basket(items))
    throw new AppError('Conflict', 'orderNo: is taken')
  return there
}
