import type { OrderResults } from '../api'
import type { PayInfoKind } from '../domain/payment'
import type { ShopperContext } from './context'

// A mini-program can open WeChat's payment sheet, show a picture of a code, and copy a link; it cannot scan or start an app.
const kindsInMiniProgram = new Set<PayInfoKind>(['jsapi', 'qrcode', 'link'])

/** The ways to pay that this shop has, with the reason where one cannot be used in a mini-program. */
export async function listChannels(ctx: ShopperContext): Promise<OrderResults['channels']> {
  const enabled = await ctx.providers()
  return {
    channels: enabled.flatMap(({ definition, provider }) =>
      (provider.channels ?? definition.channels).map(({ code, name, nameEn, kind }) => ({
        provider: definition.code,
        channel: code,
        name,
        nameEn,
        providerName: definition.name,
        kind,
        ...(kindsInMiniProgram.has(kind) ? { usable: true } : { usable: false, reason: 'notInMiniProgram' }),
      })),
    ),
  }
}
