// What we do with each event of WeChat's message push: one row for each event name. To react to another event, add a
// row. WeChat may send the same event twice, at once or a year later. So a handler must change nothing when it gets the
// same event again. Anybody can send an unencrypted event (`isSealed` is false). After such an event a handler may only
// ask WeChat, or make a case for staff.
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
 * Does what an event requires.
 * @param request the request as it came, which is stored with a case
 * @returns the content of our answer; undefined: the plain answer that WeChat accepts for every event
 * @throws if WeChat must send the event again
 */
export type PushHandler = (
  ctx: Context,
  event: PushEvent,
  request: RawRequest,
) => Promise<Readonly<Record<string, string | number>> | undefined>

const pushEvents = new Map<string, PushHandler>([
  // 订单将要结算或已经结算: WeChat sends this when the shop has reported the shipping, and when the shopper has confirmed the
  // receipt.
  ['trade_manage_order_settlement', settlement],
  // 提醒需要上传发货信息: WeChat sends this when a payment has waited for a shipping report for 48 hours.
  ['trade_manage_remind_shipping', remindShipping],
  // 提醒接入发货信息管理服务API: WeChat sends this when the mini-program has sold something and has never reported shipping.
  ['trade_manage_remind_access_api', remindAccess],
  // A shopper complains about a virtual payment. Staff answer such a complaint in WeChat's console.
  ['xpay_complaint_notify', remindComplaint],
])

/**
 * The handler for an event: the handler from the table `pushEvents`, or, for an event about a payment, the handler of
 * the payment's provider.
 */
export async function pushHandlerOf(ctx: Context, event: PushEvent): Promise<PushHandler | undefined> {
  const row = pushEvents.get(event.name)
  if (row) return row
  const source = (await ctx.kept()).find(({ provider }) => provider.readEvent && hears(provider.readEvent, event))
  return source && ((inner, told, request) => tellProvider(inner, source.definition.code, told, request))
}

// If a provider's `readEvent` throws, the event is about that provider all the same. Its handler then makes a case.
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
 * Finds the order to which a paymentNo in an event belongs; undefined if it is no order of this shop.
 * @param field the event's field that contains the paymentNo
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

// From the event we take only that something about the shipping has changed, because the event proves nothing. The
// timer asks WeChat what has changed.
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
