// Prepares the payment methods for a page.
import type { ChannelView, OrderView, PaymentView } from '../cloudfunctions/shared/api/orders'
import { inLanguage, messages } from './messages'

export interface MethodView {
  key: string
  provider: string
  channel: string
  name: string
  usable: boolean
  kind: ChannelView['kind']
  /** Says how to pay with a method that does not open WeChat's payment sheet. */
  note: string
}

/** The kind of an order: goods, a service or a virtual product. */
type Sold = OrderView['kind']

// The kinds of channels that these pages support: WeChat's payment sheets, a QR code to scan, and a link to copy or
// open.
const kinds = new Set<ChannelView['kind']>(['jsapi', 'hkjsapi', 'virtual', 'qrcode', 'link'])

export const methodKey = ({ provider, channel }: Pick<PaymentView, 'provider' | 'channel'>): string =>
  `${provider}/${channel}`

/**
 * Makes one row for each name of a payment method, in the phone's language; the shopper does not see the provider.
 * Leaves out channels that this mini-program cannot handle or that cannot pay for this kind of order. If several
 * channels share a name, takes the preferred one (`wished`), otherwise the first.
 */
export function methodViews(channels: readonly ChannelView[], sold: Sold, wished = ''): MethodView[] {
  const rows = new Map<string, MethodView>()
  for (const channel of channels) {
    if (!channel.usable || !kinds.has(channel.kind) || !channel.takes.includes(sold)) continue
    const name = methodName(channel)
    const key = methodKey(channel)
    if (rows.has(name) && key !== wished) continue
    const { provider, kind } = channel
    rows.set(name, { key, provider, channel: channel.channel, name, usable: true, kind, note: howOf(kind) })
  }
  return [...rows.values()]
}

export const methodName = ({ name, nameEn }: ChannelView): string => inLanguage(name, nameEn)

const howOf = (kind: ChannelView['kind']): string => (kind === 'qrcode' || kind === 'link' ? messages.hows[kind] : '')

/**
 * Explains why no payment method can be chosen: the shop's methods do not work in a mini-program, or none fits this
 * kind of order.
 */
export function noMethodText(channels: readonly ChannelView[], sold: Sold): string {
  const { noMethod, noVirtual, elsewhere } = messages.checkout
  if (sold === 'virtual' && !channels.some(({ takes }) => takes.includes(sold))) return noVirtual
  const found = Object.entries(elsewhere).find(([reason]) => channels.some((one) => one.reason === reason))
  return found?.[1] ?? noMethod
}

/** The method to select at first: the preferred (`wished`) one when usable, otherwise the first usable one. */
export const firstMethod = (methods: readonly MethodView[], wished = ''): MethodView | undefined =>
  methods.find(({ key, usable }) => usable && key === wished) ?? methods.find(({ usable }) => usable)
