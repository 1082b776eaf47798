// The ways to pay as a page shows them.
import type { ChannelView, PaymentView } from '../cloudfunctions/shared/api/orders'
import { inLanguage, messages } from './messages'

export interface MethodView {
  key: string
  provider: string
  channel: string
  name: string
  usable: boolean
  kind: ChannelView['kind']
  /** how it goes on where that is not WeChat's own sheet */
  note: string
}

// What this mini-program can go on with: WeChat's sheet, a code to scan, and a link to copy.
const kinds = new Set<ChannelView['kind']>(['jsapi', 'qrcode', 'link'])

export const methodKey = ({ provider, channel }: Pick<PaymentView, 'provider' | 'channel'>): string =>
  `${provider}/${channel}`

/**
 * One row for each name, in the phone's language: which provider stands behind it is the shop's business, and what cannot
 * be used here is left out. Of several with one name the first counts, or the wished one.
 */
export function methodViews(channels: readonly ChannelView[], wished = ''): MethodView[] {
  const rows = new Map<string, MethodView>()
  for (const channel of channels) {
    if (!channel.usable || !kinds.has(channel.kind)) continue
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

/** The method to begin with: the wished one when it can be used, else the first that can. */
export const firstMethod = (methods: readonly MethodView[], wished = ''): MethodView | undefined =>
  methods.find(({ key, usable }) => usable && key === wished) ?? methods.find(({ usable }) => usable)
