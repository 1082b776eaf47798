// Makes the order of a request, only once for each requestKey. The first request with a requestKey is stored with all
// its fields, and later requests with this requestKey must have the same fields.
import { placeOrder } from '../../../domain/orders/order'
import { orderNoFrom } from '../../../domain/orders/orderNo'
import type { Order } from '../../../domain/orders/orderShape'
import { browserApp } from '../../../domain/person'
import { RequestRefused } from '../../../domain/requests/payErrors'
import { insertRequest, type PayRequest, readRequest } from '../../../store/domains'
import { insertOrder, readOrder } from '../../../store/orders'
import type { Checked, Fields, PayContext } from './context'

type PlaceContext = Pick<PayContext, 'db' | 'now' | 'chance' | 'shop' | 'place'>

/**
 * The order of a checked request. If the order does not exist yet, this function makes it.
 * @throws RequestRefused if the requestKey was used with other fields
 */
export async function placeRequest(ctx: PlaceContext, { domain, signed }: Checked): Promise<Order> {
  const { requestKey = '', info = '', infoEn = info, money = '', currencyType = '', bgUrl = '', rate } = signed
  const now = ctx.now()
  const tail = ctx.chance().toString(36).slice(2, 10).padEnd(8, '0')
  const request = await insertRequest(ctx.db, {
    code: domain._id,
    requestKey,
    orderNo: orderNoFrom(now, tail),
    fields: { ...signed },
    createdAt: now,
  })
  assertSame(request, signed)
  const { orderMinutes } = await ctx.shop()
  return insertOrder(
    ctx.db,
    placeOrder({
      orderNo: request.orderNo,
      // The order has no real openid yet, because we learn the payer's openid only when the payer pays.
      openid: `pay-${request.orderNo}`,
      app: browserApp,
      place: ctx.place,
      items: [{ sku: 'request', title: info, titleEn: infoEn, priceFen: Number(money), quantity: 1 }],
      currency: currencyType,
      now,
      lifeMs: orderMinutes * 60_000,
      domain: { code: domain._id, requestKey, bgUrl, ...(rate !== undefined && { rate }) },
    }),
  )
}

function assertSame({ fields }: PayRequest, signed: Fields): void {
  const names = [...new Set([...Object.keys(fields), ...Object.keys(signed)])].sort()
  const field = names.find((name) => fields[name] !== signed[name])
  if (field !== undefined) throw new RequestRefused('used', { field })
}

/** The order of an earlier request; undefined if its requestKey was never used. */
export async function orderOfRequest(ctx: PayContext, code: string, requestKey: string): Promise<Order | undefined> {
  const request = await readRequest(ctx.db, code, requestKey)
  return request && readOrder(ctx.db, request.orderNo)
}

/**
 * The order of an earlier request that had the same fields; undefined if there was no such request, or if the function
 * that stored it has not made the order yet or was killed before. The next request to pay makes the order.
 * @throws RequestRefused if it had other fields
 */
export async function orderOfChecked(ctx: PayContext, { domain, signed }: Checked): Promise<Order | undefined> {
  const request = await readRequest(ctx.db, domain._id, signed.requestKey ?? '')
  if (!request) return undefined
  assertSame(request, signed)
  return readOrder(ctx.db, request.orderNo)
}
