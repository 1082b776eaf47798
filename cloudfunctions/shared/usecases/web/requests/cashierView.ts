// What our cashier's pages show before the payer pays: which system asks for the money, whether the request is paid,
// and how it can be paid in this browser. Writes nothing.
import type { CashierView } from '../../../api/payReplies'
import { type Order, standing } from '../../../domain/orders/orderShape'
import type { Checked, PayContext } from './context'
import { orderOfChecked } from './placeRequest'
import { listPayTypes } from './waysToPay'

/**
 * The cashier's view of a request depends on the signed fields and on these values. Callers for whom all of them are
 * equal share one read. The view does not depend on which openid the request contains, only on whether there is one.
 */
export const cashierViewKey = ({ place, person }: PayContext, { payType, openid }: Checked): readonly unknown[] => [
  payType,
  place,
  openid !== '',
  person?.app,
]

/**
 * Makes the view of a request for our cashier's pages.
 * @throws RequestRefused if the requestKey was used with other fields
 */
export async function readCashierView(ctx: PayContext, checked: Checked): Promise<CashierView> {
  const { domain, signed, payType, openid } = checked
  const scene = ctx.place === 'pc' ? 'pc' : 'h5'
  const [order, open, shop] = await Promise.all([
    orderOfChecked(ctx, checked),
    listPayTypes(ctx, domain, scene, signed.currencyType),
    ctx.shop(),
  ])
  const ways = payType ? open.filter(({ code }) => code === payType) : open
  const account = shop.officialAccount?.appId
  const isKnown = openid !== '' || (account !== undefined && ctx.person?.app === account)
  return {
    name: domain.name,
    state: stateOf(order, ctx.now()),
    scene,
    ways,
    needsOpenid: ctx.place === 'wechat' && !isKnown && ways.some(({ code }) => code === 'Wechat'),
  }
}

function stateOf(order: Order | undefined, now: number): CashierView['state'] {
  const state = order ? standing(order, now) : 'open'
  return state === 'paid' ? 'paid' : state === 'closed' || state === 'expired' ? 'closed' : 'open'
}
