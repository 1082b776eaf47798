// A shopper's actions on orders. Creates and stores the order number that prevents a purchase from becoming two orders.
import type { ChannelView, OrderResults, OrderView } from '../../cloudfunctions/shared/api/orders'
import { takePaidOut } from '../basket'
import { callFunction, codeOf, type Functions, knownCode, limitOf } from './cloud'
import { knowsTime, learnTime, newNumber } from './serverTime'

export { serverNow } from './serverTime'

export type OrderItemInput = Functions['order']['create']['input']['items'][number]
export type PayInput = NonNullable<Functions['order']['create']['input']['pay']>
export type Created = OrderResults['create']
export type ListState = Functions['order']['list']['input']['state']

// Data that rarely changes is cached for this time in ms, so that the next page shows without waiting.
const keepMs = 60_000
const kept: {
  catalog?: { at: number; data: OrderResults['catalog'] }
  channels?: { at: number; data: OrderResults['channels'] }
} = {}
const isFresh = (entry: { at: number } | undefined): boolean =>
  entry !== undefined && Math.abs(Date.now() - entry.at) < keepMs

/** The products on sale. `fresh` asks the server even when the cached answer is recent. */
export async function catalog({ fresh = false } = {}): Promise<OrderResults['catalog']> {
  if (!fresh && kept.catalog && isFresh(kept.catalog)) return kept.catalog.data
  const data = await callFunction('order', 'catalog', {}, { repeats: true })
  learnTime(data.now)
  kept.catalog = { at: Date.now(), data }
  return data
}

/** All payment channels of the shop, also those that this mini-program cannot use. */
export async function channels(): Promise<ChannelView[]> {
  if (kept.channels && isFresh(kept.channels)) return kept.channels.data.channels
  const data = await callFunction('order', 'channels', {}, { repeats: true })
  kept.channels = { at: Date.now(), data }
  return data.channels
}

/** The message templates about an order, from the last answer of the action `channels`. */
export const orderMessages = (): readonly string[] => kept.channels?.data.messages ?? []

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
 * Creates one order for these items. The order number is stored before it is sent and kept until the order is paid, so
 * a repeated call (second tap, lost reply, restart, abandoned payment) returns the same order. If the items are
 * different, the order gets a new number.
 * @param pay the way to pay that the shopper chose, and the amount that they saw. If the order is new and costs so much,
 *   the server also begins the payment
 * @param onNewNumber called with each new order number before it is sent
 */
export async function createOrder(
  items: OrderItemInput[],
  pay: PayInput | undefined,
  onNewNumber: (orderNo: string) => void,
): Promise<Created> {
  if (!knowsTime()) await catalog({ fresh: true })
  const basket = basketText(items)
  const newNo = (): string => {
    const orderNo = newOrderNo(basket)
    onNewNumber(orderNo)
    return orderNo
  }
  const place = async (orderNo: string): Promise<Created> => {
    const created = await create({ orderNo, items, ...(pay && { pay }) })
    return { ...created, order: seen(created.order) }
  }
  const first = await unlessTaken(place(pendingOrder(basket) ?? newNo()))
  // If the order with the stored number is closed, create a new order, with two exceptions. If the order is paid, return
  // it, so that the shopper does not pay twice. If the payment failed in this call, return it too: the order may be
  // closed because somebody cancelled it just now, and then the shopper must not be asked to pay again.
  const isCurrent = first && (first.failure || first.order.mayPay || first.order.state === 'paid')
  return isCurrent ? first : await place(newNo())
}

/**
 * Learns from the server's answer about an order. If the order is paid or closed, forget its number. If the order is
 * paid, take its items out of the basket.
 */
function seen(order: OrderView): OrderView {
  learnTime(order.now)
  if (order.state === 'open' || pendingOrder(basketText(order.items)) !== order.orderNo) return order
  wx.removeStorageSync(pendingKey)
  if (order.state === 'paid') takePaidOut(order.items)
  return order
}

// Creating an order and beginning its payment takes the server as long as two calls.
const waitMs = 15_000

// A server of the release before this one, as after a rollback, refuses `pay`. Then the order is made without it, and
// the payment begins with a call of its own.
async function create(input: Functions['order']['create']['input']): Promise<Created> {
  try {
    const created = await callFunction('order', 'create', input, { repeats: true, ...(input.pay && { waitMs }) })
    const { failure } = created
    return failure ? { ...created, failure: { ...failure, code: knownCode(failure.code) } } : created
  } catch (error) {
    if (!input.pay || codeOf(error) !== 'BadInput') throw error
    const { pay, ...plain } = input
    return create(plain)
  }
}

// The code Conflict means that the number belongs to another order. The server tells nothing about that order, so
// return undefined.
async function unlessTaken(created: Promise<Created>): Promise<Created | undefined> {
  try {
    return await created
  } catch (error) {
    if (codeOf(error) === 'Conflict' && !limitOf(error)) return undefined
    throw error
  }
}

/** Starts a payment attempt. If an attempt is in progress, returns that attempt. */
export async function payFor(
  orderNo: string,
  provider: string,
  channel: string,
  loginCode?: string,
): Promise<OrderResults['pay']> {
  const input = { orderNo, provider, channel, ...(loginCode !== undefined && { loginCode }) }
  const result = await callFunction('order', 'pay', input)
  seen(result.order)
  return result
}

/** Reads one order. */
export const readOrder = (orderNo: string): Promise<OrderView> => read({ orderNo }, false)

/**
 * Reads one order. The server first queries the provider about a payment in progress. Failed calls are not retried,
 * because the page polls anyway.
 */
export const refreshOrder = (orderNo: string): Promise<OrderView> => read({ orderNo, refresh: true }, true)

async function read(input: Functions['order']['read']['input'], once: boolean): Promise<OrderView> {
  const { order } = await callFunction('order', 'read', input, { repeats: !once })
  return seen(order)
}

/** One page of the caller's orders, newest first. */
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

/** Reads one order after the shopper confirmed the receipt; the server asks WeChat about it. */
export async function receivedOrder(orderNo: string): Promise<OrderView> {
  const { order } = await callFunction('order', 'received', { orderNo }, { repeats: true })
  return seen(order)
}
