// Which of the shop's channels serves a way to pay that a request names.
import type { PayTypeEntry } from '../../../api/payReplies'
import { type PayInfoKind, unusableAt } from '../../../domain/payment'
import type { WebPlace } from '../../../domain/person'
import type { PayDomain } from '../../../domain/requests/payDomain'
import { type PayType, payTypeNames, payTypes } from '../../../domain/requests/payType'
import type { Channel } from '../../../providers/provider'
import type { Choice } from '../../orders/payOrder'
import type { PayContext } from './context'

/** The two families of calls in the document: for computers, and for phones. */
export type Scene = 'pc' | 'h5'

/**
 * The kinds that serve a way to pay, the best first. The document: Wechat on a PC is a code, on a phone the bridge. Outside
 * WeChat a phone has no bridge, but WeChat's H5 page.
 */
const kindsOf = (place: WebPlace, type: PayType): readonly PayInfoKind[] =>
  type !== 'Wechat'
    ? ['link', 'qrcode']
    : { pc: ['qrcode'] as const, wechat: ['jsapi'] as const, mobile: ['link'] as const }[place]

// A call for phones may come from a domain's server, or bring an openid: then the payer is where the document says.
function placeFor(ctx: PayContext, scene: Scene, type: PayType, openid: string): WebPlace {
  if (scene === 'pc') return 'pc'
  if (ctx.place !== 'pc' && !(type === 'Wechat' && openid !== '')) return ctx.place
  return type === 'Wechat' ? 'wechat' : 'mobile'
}

/**
 * The channel for a way to pay.
 * @param openid as the request brings it; '' if none
 * @returns undefined if the shop has no channel for it
 */
export async function wayToPay(ctx: PayContext, scene: Scene, type: PayType, openid = ''): Promise<Choice | undefined> {
  const shop = await ctx.shop()
  const { officialAccount } = shop
  const place = placeFor(ctx, scene, type, openid)
  const where = { place, ...(place === 'wechat' && officialAccount && { app: officialAccount.appId }) }
  // A request brings the openid under the shop's official account.
  const isUsable = (channel: Channel) => unusableAt(channel, where, shop) === undefined
  const enabled = await ctx.providers()
  for (const kind of kindsOf(place, type))
    for (const one of enabled)
      for (const channel of one.provider.channels ?? one.definition.channels)
        if (channel.payType === type && channel.kind === kind && isUsable(channel)) return { ...one, channel }
  return undefined
}

export async function listPayTypes(ctx: PayContext, domain: PayDomain, scene: Scene): Promise<PayTypeEntry[]> {
  const open = payTypes.filter((type) => domain.channels.includes(type))
  const ways = await Promise.all(open.map(async (code) => ({ code, way: await wayToPay(ctx, scene, code) })))
  return ways.filter(({ way }) => way !== undefined).map(({ code }) => ({ code, ...payTypeNames[code] }))
}
