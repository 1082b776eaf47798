// Answers pages of other websites, which use OpenMidas in a browser: the state of one payment. Cookies have no effect
// on these answers. A page that knows the payment's payInfo, which contains the provider's signature, may read the
// payment's state. docs/openmidas-web.md
import * as z from 'zod/mini'
import { orderNoOf } from '../../domain/orders/orderNo'
import type { Order } from '../../domain/orders/orderShape'
import { isWaiting, type Payment } from '../../domain/payment'
import { jsonOf } from '../../providers/codecs'
import type { HttpAnswer, RawRequest } from '../../providers/provider'
import { readOrder } from '../../store/orders'
import { hashOf } from '../../store/settings'
import { askAll } from '../orders/ownOrders'
import { paymentTitle } from '../platform/paymentTitle'
import { json, refusal } from './answers'
import { addressOf } from './browserInfo'
import type { WebContext } from './context'

/** The path, below /web/, at which pages of other websites ask for the state of a payment. */
export const sitePath = 'pay/state'

const wish = z.strictObject({
  paymentNo: z.string().check(z.maxLength(32)),
  payInfo: z.string().check(z.minLength(1), z.maxLength(4_096)),
  ask: z.optional(z.boolean()),
})

/** Answers a page of one of the shop's sites. @param own the origin of our own pages */
export async function answerSite(ctx: WebContext, request: RawRequest, own: string): Promise<HttpAnswer> {
  const { origin = '' } = request.headers
  const { sites = [] } = await ctx.shop()
  if (origin !== own && !sites.includes(origin)) return refusal(403, 'Forbidden', 'only for sites of this shop')
  const answer = request.method === 'OPTIONS' ? preflight : await stateFor(ctx, request)
  return { ...answer, headers: { ...answer.headers, 'access-control-allow-origin': origin, vary: 'origin' } }
}

const preflight: HttpAnswer = {
  statusCode: 204,
  headers: {
    'access-control-allow-methods': 'POST',
    'access-control-allow-headers': 'content-type',
    'access-control-max-age': '7200',
  },
  body: '',
}

async function stateFor(ctx: WebContext, { method, headers, body }: RawRequest): Promise<HttpAnswer> {
  if (method !== 'POST') return refusal(404, 'NotFound', 'no such path')
  const { now, polls } = ctx
  // A caller can forge its address, so this limit is no protection; it only saves reads. The payInfo contains a
  // signature, which nobody can guess.
  const address = addressOf(headers)
  if (polls.isGuessing(address, now())) return refusal(429, 'Conflict', 'too many unknown payments: try again later')
  const parsed = z.safeParse(wish, jsonOf(body))
  if (!parsed.success) return refusal(400, 'BadInput', 'paymentNo and payInfo are missing or wrong')
  const { paymentNo, payInfo, ask = false } = parsed.data
  const key = hashOf(`${paymentNo} ${payInfo} ${ask}`)
  const data = await polls.share(key, now(), () => stateOf(ctx, { paymentNo, payInfo, ask }))
  if (data) return json(200, { ok: true, data })
  polls.miss(address, now())
  return refusal(404, 'NotFound', 'no such payment')
}

/** The state of a payment and what the shopper may see of it; undefined for an unknown number or another payInfo. */
async function stateOf(
  ctx: WebContext,
  { paymentNo, payInfo, ask }: { paymentNo: string; payInfo: string; ask: boolean },
): Promise<object | undefined> {
  const orderNo = orderNoOf(paymentNo)
  const read = orderNo === undefined ? null : await readOrder(ctx.db, orderNo)
  const found = read?.payments.find(({ no }) => no === paymentNo)
  if (!read || !found || hashOf(found.payInfo ?? '') !== hashOf(payInfo)) return undefined
  const order = ask && read.state === 'open' && isWaiting(found) ? await askAll(ctx, read) : read
  const payment = order.payments.find(({ no }) => no === paymentNo) ?? found
  return {
    state: standOf(order, payment),
    amountFen: payment.amountFen,
    currency: order.currency,
    title: paymentTitle(order.items),
    titleEn: englishTitle(order.items),
    ...(payment.callbackUrl !== undefined && { callbackUrl: payment.callbackUrl }),
  }
}

/** What was sold, in English. `paymentTitle` says the same in Chinese. */
export function englishTitle(items: Order['items']): string {
  const [first, ...others] = items
  const title = first?.titleEn || first?.title || ''
  return others.length > 0 ? `${title} and ${others.length} more` : title
}

function standOf(order: Order, payment: Payment): 'paid' | 'ended' | 'waiting' {
  if (order.state === 'paid' || payment.state === 'paid') return 'paid'
  return order.state === 'closed' || !isWaiting(payment) ? 'ended' : 'waiting'
}
