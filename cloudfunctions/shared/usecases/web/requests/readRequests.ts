// Answers what other systems ask about their payments: `wechatQuery`, `query` and `queryInfo`.
import type { PaidRecord } from '../../../api/payReplies'
import { isWaiting } from '../../../domain/payment'
import type { PayDomain } from '../../../domain/requests/payDomain'
import { type PayErrorName, RequestRefused } from '../../../domain/requests/payErrors'
import { requestRecord } from '../../../domain/requests/requestRecord'
import { askAll } from '../../orders/ownOrders'
import type { Checked, PayContext } from './context'
import { orderOfChecked, orderOfRequest } from './placeRequest'

/**
 * Whether a request is paid. Returns `ok` if it is, otherwise the name of the error that we answer.
 * @throws RequestRefused
 */
export async function waitForPayment(ctx: PayContext, checked: Checked): Promise<'ok' | PayErrorName> {
  const made = await orderOfChecked(ctx, checked)
  if (!made) throw new RequestRefused('requestKey')
  const order = await askAll(ctx, made)
  if (order.state === 'paid') return 'ok'
  if (order.state === 'closed') return 'ended'
  if (order.payments.some(isWaiting)) return 'waiting'
  if (ctx.now() >= order.expiresAt) return 'ended'
  return order.payments.length > 0 ? 'failed' : 'waiting'
}

/** The record of the payment under a requestKey; null if nothing was paid. */
export async function paidRecord(ctx: PayContext, { _id }: PayDomain, requestKey: string): Promise<PaidRecord | null> {
  const there = await orderOfRequest(ctx, _id, requestKey)
  if (!there) return null
  const { payTime, ...record } = requestRecord(await askAll(ctx, there))
  return payTime === null ? null : { ...record, payTime }
}
