// What a shopper can do with orders. Makes the number that keeps one wish one order, whatever happens on the way.
import type { ChannelView, OrderResults, OrderView, ProductView } from '../../cloudfunctions/shared/api/orders'
import { takePaidOut } from '../basket'
import { callFunction, codeOf, type Functions, limitOf } from './cloud'
import { knowsTime, learnTime, newNumber } from './serverTime'

export { serverNow } from './serverTime'

export type OrderItemInput = Functions['order']['create']['input']['items'][number]
export type ListState = Functions['order']['list']['input']['state']

// What changes rarely is asked for once in a while, so that going on to the next page shows it at once.
const keepMs = 60_000
const kept: {
  catalog?: { at: number; data: OrderResults['catalog'] }
  channels?: { at: number; data: ChannelView[] }
} = {}
const isFresh = (entry: { at: number } | undefined): boolean =>
  entry !== undefined && Math.abs(Date.now() - entry.at) < keepMs

/** What is on sale. `fresh` asks the server even when the last answer is recent. */
export async function catalog({ fresh = false } = {}): Promise<ProductView[]> {
  if (!fresh && kept.catalog && isFresh(kept.catalog)) return kept.catalog.data.products
  const data = await callFunction('order', 'catalog', {}, { repeats: true })
  learnTime(data.now)
  kept.catalog = { at: Date.now(), data }
  return data.products
}

/** The ways to pay, those that cannot be used here included. */
export async function channels(): Promise<ChannelView[]> {
  if (kept.channels && isFresh(kept.channels)) return kept.channels.data
  const data = (await callFunction('order', 'channels', {}, { repeats: true })).channels
  kept.channels = { at: Date.now(), data }
  return data
}

const pendingKey = 'pendingOrder'

interface PendingOrder {
  orderNo: string
  basket: string
}

function pendingOrder(basket: string): string | undefined {
  const stored: unknown = wx.getStorageSync(pendingKey)
  if (typeof stored !== 'object' || stored === null) return undefined
  const { orderNo, basket: forBasket } = stored as Partial<PendingOrder>
  return forBasket === basket ? orderNo : undefined
}

function newOrderNo(basket: string): string {
  const pending: PendingOrder = { orderNo: newNumber(), basket }
  wx.setStorageSync(pendingKey, pending)
  return pending.orderNo
}

const basketText = (items: readonly OrderItemInput[]): string =>
  items
    .map(({ sku, quantity }) => `${sku}*${quantity}`)
    .sort()
    .join(' ')

/**
 * Makes one order of these items. The number is stored before it is sent and kept until the order is paid, so calling
 * again (a second tap, a lost reply, a restart, a payment that was left) gives the same order; other items get another
 * number.
 */
export async function createOrder(items: OrderItemInput[]): Promise<OrderView> {
  if (!knowsTime()) await catalog({ fresh: true })
  const basket = basketText(items)
  const first = await unlessTaken(place(pendingOrder(basket) ?? newOrderNo(basket), items))
  // An order of long ago that has closed is not what the shopper wants now; one that was paid must not be paid twice.
  return first && (first.mayPay || first.state === 'paid') ? first : await place(newOrderNo(basket), items)
}

/** The first news that the order of this basket is paid empties it, wherever that news comes in. */
function seen(order: OrderView): OrderView {
  learnTime(order.now)
  if (order.state === 'open' || pendingOrder(basketText(order.items)) !== order.orderNo) return order
  wx.removeStorageSync(pendingKey)
  if (order.state === 'paid') takePaidOut(order.items)
  return order
}

async function place(orderNo: string, items: OrderItemInput[]): Promise<OrderView> {
  const { order } = await callFunction('order', 'create', { orderNo, items }, { repeats: true })
  return seen(order)
}

// Conflict: the number belongs to another order, of which nothing is told.
async function unlessTaken(order: Promise<OrderView>): Promise<OrderView | undefined> {
  try {
    return await order
  } catch (error) {
    if (codeOf(error) === 'Conflict' && !limitOf(error)) return undefined
    throw error
  }
}

/** Opens a payment attempt, or gives the one under way again. */
export async function payFor(orderNo: string, provider: string, channel: string): Promise<OrderResults['pay']> {
  const result = await callFunction('order', 'pay', { orderNo, provider, channel })
  seen(result.order)
  return result
}

/** One order. */
export const readOrder = (orderNo: string): Promise<OrderView> => read({ orderNo }, false)

/** One order, after the server asked the provider about a payment under way. Tried once: who waits asks again. */
export const refreshOrder = (orderNo: string): Promise<OrderView> => read({ orderNo, refresh: true }, true)

async function read(input: Functions['order']['read']['input'], once: boolean): Promise<OrderView> {
  const { order } = await callFunction('order', 'read', input, { repeats: !once })
  return seen(order)
}

/** A page of my orders, newest first. */
export async function listOrders(
  state: ListState,
  cursor: string | null,
  limit: number,
): Promise<OrderResults['list']> {
  const input = { limit, ...(state && { state }), ...(cursor !== null && { cursor }) }
  const page = await callFunction('order', 'list', input, { repeats: true })
  page.orders.forEach(seen)
  return page
}

export async function cancelOrder(orderNo: string): Promise<OrderView> {
  const { order } = await callFunction('order', 'cancel', { orderNo })
  return seen(order)
}
