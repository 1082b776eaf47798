// `pc/pay` and `h5/pay`: makes the order of another system's request, begins its payment, and answers as the Unified
// platform's document says.

import type { Order } from '../../../domain/orders/orderShape'
import { standing } from '../../../domain/orders/orderShape'
import { browserApp } from '../../../domain/person'
import { RequestRefused } from '../../../domain/requests/payErrors'
import { type Choice, payByChoice } from '../../orders/payOrder'
import type { ShopperContext } from '../../platform/context'
import { takeOpenid } from '../openidCode'
import { returnPath } from './cashierPages'
import type { Checked, PayContext } from './context'
import { goOnPage, scanPage } from './payPages'
import { placeRequest } from './placeRequest'
import { type Scene, wayToPay } from './waysToPay'

/**
 * Begins or continues the payment of a request.
 * @returns `obj`: for Wechat the text of the code to scan, or the parameters of WeChat's JS bridge; otherwise HTML that
 * leads to the payment. `image`: the code as a data URL
 * @throws RequestRefused; AppError as payOrder
 */
export async function payRequest(
  ctx: PayContext,
  scene: Scene,
  checked: Checked,
): Promise<{ obj: unknown; image?: string | undefined }> {
  const { payType, openid, signed } = checked
  if (!payType) throw new RequestRefused('field', { field: 'payTypeCode' })
  const choice = await wayToPay(ctx, scene, payType, { openid, currency: signed.currencyType })
  if (!choice) throw new RequestRefused('payType')
  const needsOpenid = choice.channel.kind === 'jsapi'
  const payer = needsOpenid ? await payerOf(ctx, checked) : undefined
  const order = await placeRequest(ctx, checked)
  assertPayable(order, ctx.now())
  const shopper: ShopperContext = { ...ctx, ...(payer ?? { openid: order.openid, app: browserApp }) }
  const back = { pageUrl: await pageAfter(ctx, choice, checked) }
  const { payInfo, kind, image } = await payByChoice(shopper, order, { ...choice, ...back, payType })
  if (kind === 'jsapi') return { obj: JSON.parse(payInfo) }
  if (kind === 'link') return { obj: goOnPage(payInfo) }
  return { obj: payType === 'Wechat' ? payInfo : scanPage(payInfo, image, payType), image }
}

// WeChat's H5 page can only return to the shop's own domain. So the payer returns to our cashier's page, which sends
// them on.
async function pageAfter(ctx: PayContext, { channel }: Choice, { domain, signed }: Checked): Promise<string> {
  const isOurs = channel.payType === 'Wechat' && channel.kind === 'link'
  if (!isOurs) return signed.pageUrl ?? ''
  return new URL(returnPath(domain._id, signed.requestKey ?? ''), (await ctx.shop()).publicUrl).href
}

function assertPayable(order: Order, now: number): void {
  const state = standing(order, now)
  if (state === 'paid') throw new RequestRefused('paid')
  if (state === 'closed' || state === 'expired') throw new RequestRefused('ended')
}

// The payer's openid. It is in the request, or the request has a one-time code for it. If the request has neither, it
// is the openid of the sign-in in this browser.
async function payerOf(ctx: PayContext, { domain, openid }: Checked): Promise<{ openid: string; app: string }> {
  const { officialAccount } = await ctx.shop()
  if (!officialAccount) throw new RequestRefused('payType')
  const app = officialAccount.appId
  if (openid === '') {
    if (ctx.person?.app !== app) throw new RequestRefused('openid')
    return { openid: ctx.person.openid, app }
  }
  const taken = await takeOpenid(ctx, domain._id, openid)
  if (taken === undefined) throw new RequestRefused('openidCode')
  return { openid: taken, app }
}
