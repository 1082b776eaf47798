// `GET pay/sheet`: our page that opens the payment sheet if only the provider can tell the payer's openid. The
// provider's page for openids leads to this page, or the provider shows this page under its own address. The page gets
// the sheet's parameters by a call to the provider or by `POST pay/sheet`. docs/web.md
import * as z from 'zod/mini'
import { isClaimed } from '../../domain/claim'
import { AppError, isAppError } from '../../domain/errors'
import { decimalsOf, yuanFromFen } from '../../domain/money'
import { orderNoOf } from '../../domain/orders/orderNo'
import { applyPaymentNews, claimPayment, recordSheet } from '../../domain/orders/orderPayments'
import { mayPay, type Order, paymentOf } from '../../domain/orders/orderShape'
import { isWaiting, type Payment } from '../../domain/payment'
import type { HttpAnswer, PageCall, PrepareInput } from '../../providers/provider'
import { changeOrder, readOrder } from '../../store/orders'
import { newToken } from '../../store/settings'
import { newClaimId } from '../platform/claimId'
import type { Context, EnabledProvider } from '../platform/context'
import { paymentRef } from '../platform/paymentRef'
import { paymentTitle } from '../platform/paymentTitle'
import { isSheetKey, sheetPath } from '../platform/sheetUrl'
import { json, refusal } from './answers'
import type { BrowserRequest } from './context'
import { englishTitle } from './sites'

const wish = z.object({
  payment: z.string().check(z.maxLength(32)),
  key: z.string().check(z.maxLength(64)),
  openid: z.string().check(z.regex(/^[\w-]{1,128}$/)),
})

type Wish = z.infer<typeof wish>

interface Found {
  order: Order
  payment: Payment
  source: EnabledProvider
}

/** The data that the page's script reads. */
interface SheetPage {
  title: string
  titleEn: string
  /** the amount in major units, with the decimals of its currency */
  amount: string
  currency: string
  /** the address of the order's page, to which the shopper goes back */
  back: string
  /** the call by which the page gets the sheet's parameters; absent: the payment can no longer be paid */
  call?: PageCall
}

/**
 * Answers the page. This function only reads, because Wisecashier's server, which has no session, also fetches the
 * page.
 */
export async function showSheetPage({ ctx, request, origin }: BrowserRequest): Promise<HttpAnswer> {
  const asked = z.safeParse(wish, request.query)
  const found = asked.success ? await find(ctx, asked.data) : undefined
  if (!asked.success || !found) return refusal(404, 'NotFound', 'no such payment')
  const { order, payment, source } = found
  const isPayable = mayPay(order, ctx.now()) && isWaiting(payment)
  const { pageCall } = source.provider
  const call = pageCall
    ? pageCall(await sheetInput(ctx, found, asked.data.openid))
    : {
        url: `${origin}/web/${sheetPath}`,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(asked.data),
      }
  return pageOf(origin, {
    title: paymentTitle(order.items),
    titleEn: englishTitle(order.items),
    amount: yuanFromFen(payment.amountFen, decimalsOf(order.currency)),
    currency: order.currency,
    back: `${origin}/web/pages/order/index?orderNo=${order._id}`,
    ...(isPayable && { call }),
  })
}

/**
 * Answers with the parameters of the payment sheet. We ask the provider only once for each attempt, because a second
 * sheet under the same number could be paid as well. If the provider's answer got lost, we end the attempt, and the
 * shopper begins another attempt.
 */
export async function openSheet({ ctx, body }: { ctx: Context; body: unknown }): Promise<HttpAnswer> {
  const asked = z.safeParse(wish, body)
  const found = asked.success ? await find(ctx, asked.data) : undefined
  if (!asked.success || !found || found.source.provider.pageCall) return refusal(404, 'NotFound', 'no such payment')
  try {
    return json(200, { ok: true, data: { sheet: await sheetFor(ctx, found, asked.data.openid) } })
  } catch (error) {
    if (!isAppError(error)) throw error
    return refusal(409, error.code, error.message)
  }
}

/**
 * The parameters of the payment sheet, either stored or from the provider.
 * @throws Conflict, ProviderRefused, ProviderUnavailable
 */
async function sheetFor(ctx: Context, { order: before, payment, source }: Found, openid: string): Promise<string> {
  const { no } = payment
  const there = payable(ctx, before, no).sheet
  if (there !== undefined) return there
  const id = newClaimId(ctx)
  const take = (now: Order) => claimPayment(now, no, { id }, ctx.now())
  const { order, isMine } = await changeOrder(ctx.db, before._id, take, before)
  const held = payable(ctx, order, no)
  if (held.sheet !== undefined) return held.sheet
  // Check the claim's time after the write, because a caller that was delayed must not call the provider when its claim
  // has expired.
  if (!isMine || !held.claim || !isClaimed(held.claim, ctx.now()))
    throw new AppError('Conflict', 'the payment is being prepared: try again in a few seconds')
  if (held.claim.asks) {
    await endUnopened(ctx, order, { no, id, reason: 'an earlier request for its sheet got no answer' })
    throw new AppError('Conflict', 'the payment has ended: go back to the order and choose a way to pay')
  }
  const input = await sheetInput(ctx, { order, payment: held, source }, openid)
  const payInfo = await askSheet(ctx, source, { order, id, input })
  const { order: after } = await changeOrder(ctx.db, order._id, (now) => ({ order: recordSheet(now, no, payInfo) }))
  // Return the sheet only while the attempt still waits. If it has ended, we no longer ask about it, and would not
  // notice a payment made with this sheet.
  payable(ctx, after, no)
  return payInfo
}

/** The payment, if it can still be paid. @throws Conflict otherwise */
function payable(ctx: Context, order: Order, no: string): Payment {
  const payment = paymentOf(order, no)
  if (!mayPay(order, ctx.now()) || !isWaiting(payment)) throw new AppError('Conflict', 'the payment has ended')
  return payment
}

async function askSheet(
  ctx: Context,
  source: EnabledProvider,
  { order, id, input }: { order: Order; id: string; input: PrepareInput },
): Promise<string> {
  try {
    return (await source.provider.prepare(input)).payInfo
  } catch (error) {
    // After any other error we do not know whether the provider made a sheet, so the claim stays. After the claim has
    // expired, the next call ends the attempt.
    if (isAppError(error, 'ProviderRefused') || isAppError(error, 'ProviderUnavailable'))
      await endUnopened(ctx, order, { no: input.paymentNo, id, reason: error.message })
    ctx.log('prepareFailed', { provider: source.definition.code, reason: isAppError(error) ? error.code : 'error' })
    throw error
  }
}

// Ends an attempt for which no sheet is stored, if this caller still has the claim on the attempt. No phone can have
// the sheet: we give a sheet out only after it was stored in a waiting attempt. So it is safe that the shopper begins
// another attempt.
async function endUnopened(
  ctx: Context,
  { _id }: Order,
  { no, id, reason }: { no: string; id: string; reason: string },
): Promise<void> {
  await changeOrder(ctx.db, _id, (now) => {
    const { claim, sheet } = paymentOf(now, no)
    if (claim?.id !== id || sheet !== undefined) return { order: now }
    return { order: applyPaymentNews(now, no, { outcome: 'declined', reason }, { now: ctx.now() }).order }
  })
}

/** The payment to which an address of this page belongs; undefined if the address is not one that we made. */
async function find(ctx: Context, { payment: no, key }: Wish): Promise<Found | undefined> {
  if (!isSheetKey(ctx, no, key)) return undefined
  const orderNo = orderNoOf(no)
  const order = orderNo === undefined ? null : await readOrder(ctx.db, orderNo)
  const payment = order?.payments.find((one) => one.no === no)
  const source = payment && (await ctx.sourceOf(payment))
  return order && payment && source ? { order, payment, source } : undefined
}

async function sheetInput(ctx: Context, { order, payment, source }: Found, openid: string): Promise<PrepareInput> {
  const { publicUrl } = await ctx.shop()
  return {
    ...paymentRef(order, payment, ctx.now()),
    openid,
    title: paymentTitle(order.items),
    noticeUrl: `${publicUrl}/notify/${source.definition.code}`,
    pageUrl: `${new URL(publicUrl).origin}/web/pages/order/index?orderNo=${order._id}`,
    expiresAt: order.expiresAt,
  }
}

const style = `
  body { margin: 0; background: #f3f4f6; color: #1b1f23; font: 16px/1.5 system-ui, "PingFang SC", sans-serif; text-align: center; overflow-wrap: anywhere; }
  main { box-sizing: border-box; max-width: 430px; min-height: 100vh; margin: 0 auto; padding: 48px 24px 32px; background: #fff; }
  h1 { margin: 0; font-size: 17px; font-weight: 400; }
  .amount { margin: 4px 0 24px; font-size: 40px; font-weight: 600; line-height: 1.25; }
  button, a { display: block; box-sizing: border-box; width: 100%; min-height: 48px; margin-top: 12px; padding: 11px; border: 0; border-radius: 8px; background: #ededed; color: #333; font: inherit; text-decoration: none; }
  button { background: #07863f; color: #fff; font-weight: 600; }
  [hidden] { display: none; }`

// The provider may show this page under the provider's own address. So the page loads its script from the full address
// of our server. The content security policy allows the page's script to call the origin of the page itself, and the
// origin of `page.call`, which may be the provider's.
function pageOf(origin: string, page: SheetPage): HttpAnswer {
  const nonce = newToken()
  const calls = page.call ? ` ${new URL(page.call.url).origin}` : ''
  const policy = [
    "default-src 'none'",
    `script-src ${origin}`,
    `style-src 'nonce-${nonce}'`,
    `connect-src 'self'${calls}`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ]
  const texts = JSON.stringify(page).replaceAll('<', '\\u003c')
  return {
    statusCode: 200,
    headers: {
      'cache-control': 'no-store',
      'content-security-policy': policy.join('; '),
      'content-type': 'text/html; charset=utf-8',
      'referrer-policy': 'strict-origin',
      'x-content-type-options': 'nosniff',
    },
    body: `<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,"><title></title><style nonce="${nonce}">${style}</style><script type="application/json" id="payment">${texts}</script><script defer src="${origin}/web/paySheet.js"></script></head><body><main></main></body></html>`,
  }
}
