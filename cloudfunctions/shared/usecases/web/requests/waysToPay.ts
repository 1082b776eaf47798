// Chooses the shop's channel for the way to pay that another system's request names.

import { type PayType, payTypes } from '../../../../../miniprogram/rules/terms'
import type { PayTypeEntry } from '../../../api/payReplies'
import { type PayInfoKind, unusableAt } from '../../../domain/payment'
import type { WebPlace } from '../../../domain/person'
import type { PayDomain } from '../../../domain/requests/payDomain'
import { payTypeNames } from '../../../domain/requests/payType'
import type { Channel } from '../../../providers/provider'
import type { Choice } from '../../orders/payOrder'
import type { PayContext } from './context'

/** The Unified platform's document has two groups of calls: `pc` for computers, `h5` for phones. */
export type Scene = 'pc' | 'h5'

/**
 * The kinds of payment that fit a way to pay, best first. The Unified platform's document says for Wechat: a code to
 * scan on a PC, and WeChat's JS bridge on a phone. Phone browsers outside WeChat have no such bridge, so we use
 * WeChat's H5 page there.
 */
const kindsOf = (place: WebPlace, type: PayType): readonly PayInfoKind[] =>
  type !== 'Wechat'
    ? ['link', 'qrcode']
    : { pc: ['qrcode'] as const, wechat: ['jsapi'] as const, mobile: ['link'] as const }[place]

// Decides for which kind of browser we choose the way to pay. A call for phones may come from a server, or may contain
// the payer's openid. Then the browser of the call is not the payer's browser. So we assume the browser from the
// Unified platform's document: WeChat for `Wechat`, otherwise another phone browser.
function placeFor(ctx: PayContext, scene: Scene, type: PayType, openid: string): WebPlace {
  if (scene === 'pc') return 'pc'
  if (ctx.place !== 'pc' && !(type === 'Wechat' && openid !== '')) return ctx.place
  return type === 'Wechat' ? 'wechat' : 'mobile'
}

interface Asked {
  /** as the request contains it; '' if none */
  openid?: string
  /** the currency of the payment; absent: it does not matter */
  currency?: string | undefined
}

/**
 * Finds the shop's channel for a way to pay.
 * @returns undefined if the shop has no fitting channel
 */
export async function wayToPay(
  ctx: PayContext,
  scene: Scene,
  type: PayType,
  { openid = '', currency }: Asked = {},
): Promise<Choice | undefined> {
  const shop = await ctx.shop()
  const { officialAccount } = shop
  const place = placeFor(ctx, scene, type, openid)
  const where = { place, ...(place === 'wechat' && officialAccount && { app: officialAccount.appId }) }
  // If a request contains an openid, it is the openid in the shop's official account.
  const isUsable = (channel: Channel) => unusableAt(channel, where, shop) === undefined
  const all = await ctx.providers()
  const enabled = all.filter(({ provider }) => currency === undefined || provider.takesCurrency?.(currency) !== false)
  for (const kind of kindsOf(place, type))
    for (const one of enabled)
      for (const channel of one.provider.channels ?? one.definition.channels)
        if (channel.payType === type && channel.kind === kind && isUsable(channel)) return { ...one, channel }
  return undefined
}

/** Lists the ways to pay that are open to a system. @param currency absent: the list is for any currency */
export async function listPayTypes(
  ctx: PayContext,
  domain: PayDomain,
  scene: Scene,
  currency?: string,
): Promise<PayTypeEntry[]> {
  const open = payTypes.filter((type) => domain.channels.includes(type))
  const ways = await Promise.all(
    open.map(async (code) => ({ code, way: await wayToPay(ctx, scene, code, { currency }) })),
  )
  return ways.filter(({ way }) => way !== undefined).map(({ code }) => ({ code, ...payTypeNames[code] }))
}
