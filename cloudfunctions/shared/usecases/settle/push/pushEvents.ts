// What is done with each event of WeChat's message push: one row for each name. To hear of another event, add a row. A
// handler must bear the same event twice, at once or after a year, and a plain event (`isSealed` is false) proves
// nothing: it may lead to a question to WeChat, or to a case for staff, and to nothing else.
import { orderNoOf } from '../../../domain/orders/orderNo'
import { type Order, paymentOf } from '../../../domain/orders/orderShape'
import { hearOfShipping } from '../../../domain/orders/orderShipping'
import type { PushEvent, RawRequest } from '../../../providers/provider'
import { changeOrder, readOrder } from '../../../store/orders'
import type { Context } from '../../platform/context'
import { recordNotice } from '../../platform/recordNotice'
import { acceptEvent } from '../receiveNotice'
import { pushCode, textAt } from './openPush'

/**
 * Does what follows from an event.
 * @param request as it came, to be kept with a case
 * @returns the content of the answer; undefined: the answer that every event accepts
 * @throws if the event must be sent again
 */
export type PushHandler = (
  ctx: Context,
  event: PushEvent,
  request: RawRequest,
) => Promise<Readonly<Record<string, string | number>> | undefined>

const pushEvents = new Map<string, PushHandler>([
  // 订单将要结算或已经结算: sent when shipping was reported, and when the receipt was confirmed.
  ['trade_manage_order_settlement', settlement],
  // 提醒需要上传发货信息: a payment waits for 48 hours.
  ['trade_manage_remind_shipping', remindShipping],
  // 提醒接入发货信息管理服务API: the mini-program has sold something and never reported shipping.
  ['trade_manage_remind_access_api', remindAccess],
  // A shopper complains about a virtual payment; it is answered in WeChat's console.
  ['xpay_complaint_notify', remindComplaint],
])

/** The handler of an event: its row, or that of a provider of which the event tells. */
export async function pushHandlerOf(ctx: Context, event: PushEvent): Promise<PushHandler | undefined> {
  const row = pushEvents.get(event.name)
  if (row) return row
  const source = (await ctx.kept()).find(({ provider }) => provider.readEvent && hears(provider.readEvent, event))
  return source && ((inner, told, request) => tellProvider(inner, source.definition.code, told, request))
}

// An event that a provider refuses is still its own: the refusal becomes a case.
function hears(readEvent: (event: PushEvent) => unknown, event: PushEvent): boolean {
  try {
    return readEvent(event) !== undefined
  } catch {
    return true
  }
}

async function tellProvider(ctx: Context, code: string, event: PushEvent, request: RawRequest): Promise<undefined> {
  if (!(await acceptEvent(ctx, code, event, request))) throw new Error('not settled')
}

/**
 * The order that a payment's number in an event belongs to; undefined: not an order of this shop.
 * @param field of the number
 */
async function orderOf(
  ctx: Context,
  event: PushEvent,
  field = 'merchant_trade_no',
): Promise<{ order: Order; paymentNo: string } | undefined> {
  const paymentNo = textAt(event.fields, field) ?? ''
  const orderNo = orderNoOf(paymentNo)
  const order = orderNo === undefined ? undefined : await readOrder(ctx.db, orderNo)
  return order?.payments.some(({ no }) => no === paymentNo) ? { order, paymentNo } : undefined
}

// Only that something has changed is believed: the timer asks WeChat what.
async function settlement(ctx: Context, event: PushEvent): Promise<undefined> {
  const found = await orderOf(ctx, event)
  if (!found) return
  const hear = (before: Order) => ({ order: hearOfShipping(before, found.paymentNo, ctx.now()) })
  await changeOrder(ctx.db, found.order._id, hear, found.order)
}

async function remindShipping(ctx: Context, event: PushEvent): Promise<undefined> {
  const found = await orderOf(ctx, event)
  const state = found?.order.shipping?.state
  if (!found || state === 'reported' || state === 'received') return
  await recordNotice(ctx, {
    kind: 'unresolved',
    provider: paymentOf(found.order, found.paymentNo).provider,
    orderNo: found.order._id,
    subject: found.order._id,
    reason: 'WeChat waits for the shipping of this order',
  })
}

async function remindComplaint(ctx: Context, event: PushEvent): Promise<undefined> {
  const found = await orderOf(ctx, event, 'MchOrderId')
  await recordNotice(ctx, {
    kind: 'unresolved',
    provider: found ? paymentOf(found.order, found.paymentNo).provider : pushCode,
    orderNo: found?.order._id ?? null,
    subject: textAt(event.fields, 'ComplaintId')?.slice(0, 64) ?? 'complaint',
    reason: 'a shopper complains about a virtual payment',
  })
}

async function remindAccess(ctx: Context): Promise<undefined> {
  await recordNotice(ctx, {
    kind: 'unresolved',
    provider: pushCode,
    orderNo: null,
    subject: 'shipping',
    reason: 'WeChat wants the shop to report shipping',
  })
}
