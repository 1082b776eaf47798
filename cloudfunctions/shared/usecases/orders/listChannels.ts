import type { OrderResults } from '../../api/orders'
import { kindsInMiniProgram } from '../../domain/payment'
import type { Channel } from '../../providers/provider'
import type { ShopperContext } from '../platform/context'

/** The shop's ways to pay, each with the reason if it cannot be used in a mini-program. */
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
  // We know the person's openid of the mini-program only; an official account has another openid for the same person.
  return openidOf === 'officialAccount' ? { usable: false, reason: 'needsOfficialAccount' } : { usable: true }
}
