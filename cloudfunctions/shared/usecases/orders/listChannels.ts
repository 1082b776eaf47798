import type { OrderResults } from '../../api/orders'
import { kindsInMiniProgram } from '../../domain/payment'
import type { Channel } from '../../providers/provider'
import type { ShopperContext } from '../platform/context'

/** The ways to pay that this shop has, with the reason where one cannot be used in a mini-program. */
export async function listChannels(ctx: ShopperContext): Promise<OrderResults['channels']> {
  const enabled = await ctx.providers()
  return {
    channels: enabled.flatMap(({ definition, provider }) =>
      (provider.channels ?? definition.channels).map((channel) => ({
        provider: definition.code,
        channel: channel.code,
        name: channel.name,
        nameEn: channel.nameEn,
        providerName: definition.name,
        kind: channel.kind,
        ...usability(channel),
      })),
    ),
  }
}

function usability({ kind, openidOf }: Channel): { usable: boolean; reason?: string } {
  if (!kindsInMiniProgram.has(kind)) return { usable: false, reason: 'notInMiniProgram' }
  // The openid that we have is the mini-program's; an official account knows the same person by another.
  return openidOf === 'officialAccount' ? { usable: false, reason: 'needsOfficialAccount' } : { usable: true }
}
