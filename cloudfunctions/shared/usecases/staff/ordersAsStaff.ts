// The orders pages of the back office: staff list and read orders, ask the providers again, and close orders.

import { dayMs } from '../../../../miniprogram/rules/beijing'
import { withoutBlanks } from '../../../../miniprogram/rules/numbers'
import { longestDays } from '../../../../miniprogram/rules/terms'
import type { AdminInput, AdminResults, StaffOrderRow } from '../../api/admin'
import { rangeOfDays } from '../../domain/days'
import { AppError } from '../../domain/errors'
import { maskOpenid } from '../../domain/mask'
import { type Order, staffStanding } from '../../domain/orders/orderShape'
import { isBackUnknown, type Payment } from '../../domain/payment'
import { isOpenRefund } from '../../domain/refund'
import { orderShape } from '../../domain/shapes'
import { mustReadOrder, pageOfOrders, readOrder } from '../../store/orders'
import type { Paging } from '../../store/paging'
import { endOrder } from '../orders/endOrder'
import type { StaffContext } from '../platform/context'
import { soundRows } from '../platform/soundRows'
import { sendRefund } from '../refunds/sendRefund'
import { askAttempt } from '../settle/endAttempt'
import type { Done } from './audited'
import { staffOrderView } from './staffOrderView'

type Query = AdminInput<'orders'>

const defaultLimit = 20
/** If a refund is unfinished for longer than this, staff see it as a task. */
export const stuckRefundMs = dayMs

/**
 * Lists orders for staff. By `number`: the order with exactly this number, ours or the provider's. By one filter:
 * orders of at most 31 Beijing days (default: the last seven), newest first. By `needs`: all orders that need staff,
 * the largest amount or the longest wait first.
 * @throws BadInput
 */
export async function listOrdersAsStaff(ctx: StaffContext, input: Query): Promise<Done<AdminResults['orders']>> {
  const { number, cursor, limit = defaultLimit } = input
  const now = ctx.now()
  const how = number === undefined ? filtered(input, now) : numbered(input, number)
  // A contract's number looks like an order number. If no order has this number, search for orders that contain it in
  // another field, such as the contract's number.
  if (number !== undefined && cursor === undefined) {
    const order = await readOrder(ctx.db, withoutBlanks(number).toLowerCase())
    if (order) return { result: { ...ordersOf(ctx, [order], now), cursor: null, now } }
  }
  const page = await pageOfOrders(ctx.db, { ...how, cursor, limit })
  return { result: { ...ordersOf(ctx, page.found, now), cursor: page.cursor, now } }
}

function ordersOf(
  ctx: StaffContext,
  found: readonly Order[],
  now: number,
): { orders: StaffOrderRow[]; broken: string[] } {
  const { rows, broken } = soundRows(ctx, found, orderShape, (order) => rowOf(order, now))
  return { orders: rows, broken }
}

type How = Omit<Paging, 'cursor' | 'limit'>

function numbered({ filter, from, to }: Query, number: string): How {
  if (filter !== undefined || from !== undefined || to !== undefined)
    throw new AppError('BadInput', 'number: cannot be combined with other filters')
  // Our numbers are in lower case, but phone keyboards begin with a capital letter, so search for both forms.
  // Providers' numbers may contain capital letters. Also search with and without blanks: a number copied from a page
  // may have extra blanks, but a number of another system may really contain blanks.
  const plain = withoutBlanks(number)
  const keys = [number, plain, plain.toLowerCase()].filter((one) => one !== '')
  return { by: 'createdAt', where: { keys: { in: [...new Set(keys)] } } }
}

function filtered({ filter, from, to }: Query, now: number): How {
  if (filter && 'needs' in filter) {
    if (from !== undefined || to !== undefined) throw new AppError('BadInput', 'from: cannot be combined with needs')
    if (filter.needs === 'shipping') return { by: 'shipSince', direction: 'asc', where: {}, from: 1 }
    return filter.needs === 'surplus'
      ? { by: 'surplusFen', where: {}, from: 1 }
      : { by: 'refundSince', direction: 'asc', where: {}, from: 0, until: now - stuckRefundMs }
  }
  const days = rangeOfDays({ from, to }, longestDays.search, now)
  const where = filter && 'contractNo' in filter ? { keys: filter.contractNo } : { ...filter }
  return { by: 'createdAt', where, ...days }
}

function rowOf(order: Order, now: number): StaffOrderRow {
  const [first] = order.items
  return {
    orderNo: order._id,
    state: order.state,
    standing: staffStanding(order, now),
    shopper: maskOpenid(order.openid),
    title: first?.title ?? '',
    titleEn: first?.titleEn ?? '',
    pieces: order.items.reduce((sum, { quantity }) => sum + quantity, 0),
    amountFen: order.amountFen,
    currency: order.currency,
    refundedFen: order.refundedFen,
    surplusFen: order.surplusFen,
    provider: order.provider,
    createdAt: order.createdAt,
    paidAt: order.paidAt,
    contractNo: order.contract?.contractNo ?? null,
    refundSince: order.refundSince,
    shipSince: order.shipSince ?? null,
    shipState: order.shipping?.state ?? null,
  }
}

/** Reads any order, for staff. @throws NotFound */
export async function readAnyOrder(
  ctx: StaffContext,
  input: AdminInput<'order'>,
): Promise<Done<AdminResults['order']>> {
  return { result: { order: await staffOrderView(ctx, await mustReadOrder(ctx.db, input.orderNo)) } }
}

// One recheck sends at most this many queries about payments, and as many about refunds, all at the same time. With
// more queries the function would take too long and be killed. The newest payments and refunds come first.
const asksAtOnce = 4

/**
 * Asks the providers now about an order's unfinished refunds and all its payments. We also ask about closed and failed
 * attempts, because they may have been paid late. We ask about paid attempts, too, because somebody may have refunded
 * them in the provider's console, and some providers send no notice of such a refund. Attempts that are not paid come
 * first.
 * @throws NotFound
 */
export async function recheckOrder(
  ctx: StaffContext,
  input: AdminInput<'recheck'>,
): Promise<Done<AdminResults['recheck']>> {
  const before = await mustReadOrder(ctx.db, input.orderNo)
  const isOpen = (one: Payment): boolean => one.state !== 'paid' || isBackUnknown(one)
  const payments = [...before.payments.filter((one) => !isOpen(one)), ...before.payments.filter(isOpen)]
  const refunds = before.refunds.filter(isOpenRefund).slice(-asksAtOnce)
  await Promise.all([
    ...payments.slice(-asksAtOnce).map((payment) => askAttempt(ctx, before, payment)),
    ...refunds.map((refund) => sendRefund(ctx, before, refund.no)),
  ])
  const after = await mustReadOrder(ctx.db, input.orderNo)
  return { result: { order: await staffOrderView(ctx, after) }, before, after }
}

/** Closes an unpaid order by endOrder. @throws NotFound, Conflict */
export async function closeAsStaff(
  ctx: StaffContext,
  input: AdminInput<'close'>,
): Promise<Done<AdminResults['close']>> {
  const before = await mustReadOrder(ctx.db, input.orderNo)
  const after = await endOrder(ctx, before, ctx.openid)
  return { result: { order: await staffOrderView(ctx, after) }, before, after }
}
