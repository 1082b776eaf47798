// For the bench: makes orders that await Midas's payment notice, and makes and sends these notices.
import { createSign } from 'node:crypto'
import { placeOrder } from '../../cloudfunctions/shared/domain/orders/order'
import { orderNoFrom } from '../../cloudfunctions/shared/domain/orders/orderNo'
import { openAttempt, recordPrepared } from '../../cloudfunctions/shared/domain/orders/orderPayments'
import type { Order } from '../../cloudfunctions/shared/domain/orders/orderShape'
import type { Emulator } from '../../packages/cloudbase-emulator/src'

export interface MidasFields {
  offerId: string
  offerKey: string
  privateKey: string
  /** id of the bench's shopper at Midas */
  userId: string
}

/**
 * Makes an order whose payment has begun and whose notice has not arrived. @param tail the last eight characters of its
 * number
 */
export function waitingOrder(emulator: Emulator, openid: string, tail: string): Order {
  const now = emulator.clock.now()
  const item = { sku: 'tasting', title: '试饮小样', titleEn: 'Tasting sample', priceFen: 1, quantity: 1 }
  const orderNo = orderNoFrom(now, tail)
  const placed = placeOrder({ orderNo, openid, items: [item], currency: 'CNY', now, lifeMs: 1_800_000 })
  const { order, payment } = openAttempt(placed, 'midas', 'wechat', now)
  return recordPrepared(order, payment.no, { payInfo: 'data=a&sign=b', theirNo: `T${tail}` }, now)
}

// The bench signs the notices as Midas does (docs/provider-facts.md 1.3), with the sandbox's key.
/** The body of a notice about a payment. */
export function delivery(
  { offerId, offerKey, privateKey, userId }: MidasFields,
  paymentNo: string,
  amount: number,
): Buffer {
  const fields: Record<string, string> = {
    appid: offerId,
    user_id: userId,
    out_trade_no: paymentNo,
    product_id: paymentNo,
    currency_type: 'CNY',
    amount: String(amount),
    pay_channel: 'wechat',
    ts: String(Math.floor(Date.now() / 1_000)),
  }
  const text =
    Object.keys(fields)
      .sort()
      .map((name) => `${name}=${fields[name]}`)
      .join('&') + offerKey
  return Buffer.from(
    JSON.stringify({ ...fields, sign: createSign('RSA-SHA256').update(text).sign(privateKey, 'base64') }),
  )
}

/**
 * Sends the notice of a paid order. The amount is one minor unit or `amount`. @throws when the cashier refuses the
 * notice
 */
export async function notify(emulator: Emulator, midas: MidasFields, paymentNo: string, amount: number): Promise<void> {
  await send(emulator, delivery(midas, paymentNo, amount))
}

export async function send(emulator: Emulator, body: Buffer): Promise<void> {
  const answer = await emulator.http({
    method: 'POST',
    path: '/notify/midas',
    query: {},
    headers: { 'content-type': 'application/json' },
    body,
  })
  if (String(answer.body) !== '{"ret":0,"msg":"ok"}') throw new Error(`the notice was refused: ${answer.body}`)
}
