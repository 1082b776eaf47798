import { productKinds } from '../../../../miniprogram/rules/terms'
import type { OrderResults } from '../../api/orders'
import { railOf, takes } from '../../domain/orders/goods'
import { unusableAt } from '../../domain/payment'
import type { Channel } from '../../providers/provider'
import type { ShopperContext, ShopSettings } from '../platform/context'
import { templateIds } from '../platform/messages'

/** Lists the shop's ways to pay. If a way to pay does not work in the shopper's app or browser, the list says why. */
export async function listChannels(ctx: ShopperContext): Promise<OrderResults['channels']> {
  const [enabled, shop] = await Promise.all([ctx.providers(), ctx.shop()])
  return {
    messages: templateIds(shop, ['paid', 'refunded']),
    channels: enabled.flatMap(({ definition, provider }) =>
      (provider.channels ?? definition.channels).map((channel) => ({
        provider: definition.code,
        channel: channel.code,
        name: channel.name,
        nameEn: channel.nameEn,
        providerName: definition.names.en,
        kind: channel.kind,
        isWechatPage: channel.kind === 'link' && channel.payType === 'Wechat',
        takes: productKinds.filter((kind) => takes(railOf(channel.kind, placeOf(ctx)), kind, shop)),
        ...usability(channel, ctx, shop),
      })),
    ),
  }
}

const placeOf = ({ place = 'miniprogram' }: ShopperContext) => place

function usability(channel: Channel, ctx: ShopperContext, shop: ShopSettings): { usable: boolean; reason?: string } {
  const reason = unusableAt(channel, ctx, shop)
  return reason === undefined ? { usable: true } : { usable: false, reason }
}
