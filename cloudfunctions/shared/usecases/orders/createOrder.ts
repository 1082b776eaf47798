import type * as z from 'zod/mini'
import type { ProductKind } from '../../../../miniprogram/rules/terms'
import type { OrderResults, orderApi } from '../../api/orders'
import { AppError, isAppError, LimitReached } from '../../domain/errors'
import { areOneOrder, kindOfAll, oldKind } from '../../domain/orders/goods'
import { placeOrder } from '../../domain/orders/order'
import { isOrderNo } from '../../domain/orders/orderNo'
import type { Order, OrderItem } from '../../domain/orders/orderShape'
import { isOwnedBy, type Person, personOf } from '../../domain/person'
import { insertOrder, mustReadOrder, readOrder } from '../../store/orders'
import type { ShopperContext } from '../platform/context'
import { orderView } from './orderView'
import { type Choice, chosen, firstAttempt, isTaken, payFirst } from './payOrder'
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
    const choice = input.pay && (await choiceFor(ctx, wanted, input.pay))
    const { limits } = await ctx.shop()
    assertMayCreate(counted, limits)
    await assertAddressMayCreate(ctx, limits)
    if (choice) return await placeAndPay(ctx, wanted, choice, input)
    return { order: orderView(sameOrder(await insertOrder(ctx.db, wanted), ctx, input), now) }
  } catch (error) {
    // An earlier try may have stored the order, and its reply got lost. Then return the stored order, even if the
    // catalogue has changed since or the caller has reached the limit of open orders.
    const mayBeThere = isAppError(error, 'BadInput') || error instanceof LimitReached
    const there = mayBeThere ? await readOrder(ctx.db, input.orderNo) : undefined
    if (!there || !isOwnedBy(there, ctx)) throw error
    return { order: orderView(sameOrder(there, ctx, input), now) }
  }
}

/**
 * The way to pay that the shopper chose, if the order costs what they saw and the channel accepts it. Otherwise they
 * must look at the order before they pay. @throws BadInput if the shop does not offer this way here
 */
async function choiceFor(
  ctx: ShopperContext,
  { amountFen, currency, kind }: Order,
  pay: NonNullable<Input['pay']>,
): Promise<Choice | undefined> {
  const choice = await chosen(ctx, pay)
  const isAsShown = amountFen === pay.amountFen && currency === pay.currency
  return isAsShown && isTaken(ctx, kind ?? oldKind, choice, await ctx.shop()) ? choice : undefined
}

/**
 * Stores the order together with its first attempt, so that a payment costs one write less, and begins the payment. If
 * the number exists already, begins nothing.
 */
async function placeAndPay(
  ctx: ShopperContext,
  wanted: Order,
  choice: Choice,
  input: Input,
): Promise<OrderResults['create']> {
  const first = firstAttempt(ctx, wanted, choice)
  const stored = await insertOrder(ctx.db, first.order)
  // If the reply to the insert got lost, we cannot know whether another call inserted the order and now prepares the
  // attempt. Then the phone calls `pay`, which waits for such a call.
  if (stored !== first.order) return { order: orderView(sameOrder(stored, ctx, input), ctx.now()) }
  try {
    const { order, ...pay } = await payFirst(ctx, wanted, first, choice)
    return { order, pay }
  } catch (error) {
    if (!isAppError(error) || error.code === 'Internal') throw error
    const failure = { code: error.code, ...(error instanceof LimitReached && { limit: error.limit }) }
    return { order: orderView(await mustReadOrder(ctx.db, stored._id), ctx.now()), failure }
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
