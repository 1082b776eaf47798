import { claimSeen, isClaimed } from '../../domain/claim'
import { type Order, payerOf, paymentOf } from '../../domain/orders/orderShape'
import {
  applyShippingNews,
  asksAboutShipping,
  claimShipping,
  isGivenBack,
  restShipping,
  settlesReport,
} from '../../domain/orders/orderShipping'
import type { Shipping, ShippingNews } from '../../domain/orders/shipping'
import { changeOrder } from '../../store/orders'
import { newClaimId } from '../platform/claimId'
import type { Context } from '../platform/context'
import { paymentTitle } from '../platform/paymentTitle'
import { recordNotice } from '../platform/recordNotice'

/**
 * Does the next step of sending an order's shipping report to WeChat. All code that sends shipping reports uses this
 * function. If an earlier sending may have arrived, we first ask WeChat. We send only under a claim.
 * @returns the order as it is afterwards
 */
export async function sendShipping(ctx: Context, order: Order): Promise<Order> {
  const { shipping } = order
  if (shipping?.state !== 'sending' || isClaimed(shipping.claim, ctx.now())) return order
  const { theirNo } = paymentOf(order, shipping.paymentNo)
  if (isGivenBack(order, shipping) || theirNo === null) {
    const rest = (before: Order) => ({ order: restShipping(before, ctx.now()) })
    return (await changeOrder(ctx.db, order._id, rest, order)).order
  }
  const seen = claimSeen(shipping)
  if (asksAboutShipping(shipping)) {
    const looked = await ctx.shipping.look(theirNo)
    if (settlesReport(shipping, looked)) return settle(ctx, order, shipping, looked)
    // WeChat did not answer, so we still do not know whether the report arrived. Try again later.
    if (looked.held === undefined) return settle(ctx, order, shipping, { ...looked, outcome: 'later', isSure: false })
  }
  const id = newClaimId(ctx)
  const take = (before: Order) => claimShipping(before, { id, seen }, ctx.now())
  const { order: claimed, isMine } = await changeOrder(ctx.db, order._id, take, order)
  const mine = claimed.shipping
  // Check the claim's time after the write, because a caller that was delayed must not send when its claim has expired.
  if (!isMine || !mine || !isClaimed(mine.claim, ctx.now())) return claimed
  const { way, parcels, enteredAt, paymentNo } = mine
  const sent = await ctx.shipping.upload({
    theirNo,
    openid: payerOf(claimed, paymentOf(claimed, paymentNo)),
    goods: paymentTitle(claimed.items),
    way,
    parcels,
    enteredAt: enteredAt ?? ctx.now(),
  })
  return settle(ctx, claimed, mine, sent)
}

async function settle(ctx: Context, order: Order, about: Shipping, news: ShippingNews): Promise<Order> {
  const apply = (before: Order) => ({ order: applyShippingNews(before, news, about.enteredAt, ctx.now()) })
  const { order: after } = await changeOrder(ctx.db, order._id, apply, order)
  const { shipping } = after
  if (shipping && (shipping.state === 'refused' || (news.outcome === 'refused' && shipping.code === news.code)))
    await recordNotice(ctx, {
      kind: 'unresolved',
      provider: paymentOf(after, shipping.paymentNo).provider,
      orderNo: after._id,
      subject: after._id,
      reason: 'WeChat refused the report of the shipping',
      content: { errcode: shipping.code },
    })
  return after
}
