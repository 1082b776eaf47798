// `pc/pay` and `h5/pay`: makes the order of a request, opens its payment, and answers as the document says.

import type { Order } from '../../../domain/orders/orderShape'
import { standing } from '../../../domain/orders/orderShape'
import { browserApp } from '../../../domain/person'
import { RequestRefused } from '../../../domain/requests/payErrors'
import { payByChoice } from '../../orders/payOrder'
import type { ShopperContext } from '../../platform/context'
import { takeOpenid } from '../openidCode'
import type { Checked, PayContext } from './context'
import { goOnPage, scanPage } from './payPages'
import { placeRequest } from './placeRequest'
import { type Scene, wayToPay } from './waysToPay'

/**
 * Opens or goes on with the payment of a request.
 * @returns for Wechat the text of the code, or the parameters of the bridge; otherwise HTML that goes on by itself
 * @throws RequestRefused; AppError as payOrder
 */
export async function payRequest(ctx: PayContext, scene: Scene, checked: Checked): Promise<unknown> {
  const { payType } = checked
  if (!payType) throw new RequestRefused('field', { field: 'payTypeCode' })
  const choice = await wayToPay(ctx, scene, payType)
  if (!choice) throw new RequestRefused('payType')
  const needsOpenid = choice.channel.kind === 'jsapi'
  const payer = needsOpenid ? await payerOf(ctx, checked) : undefined
  const order = await placeRequest(ctx, checked)
  assertPayable(order, ctx.now())
  const shopper: ShopperContext = { ...ctx, ...(payer ?? { openid: order.openid, app: browserApp }) }
  const { payInfo, kind } = await payByChoice(shopper, order, { ...choice, payType })
  if (kind === 'jsapi') return JSON.parse(payInfo)
  if (payType === 'Wechat') return payInfo
  return kind === 'link' ? goOnPage(payInfo) : scanPage(payInfo, ctx.drawCode(payInfo), payType)
}

function assertPayable(order: Order, now: number): void {
  const state = standing(order, now)
  if (state === 'paid') throw new RequestRefused('paid')
  if (state === 'closed' || state === 'expired') throw new RequestRefused('ended')
}

// The openid in the request, the one-time code in its place, or the one of this browser's sign-in.
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
