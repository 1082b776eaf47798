// The ways to pay as a page shows them.
import type { ChannelView, PaymentView } from '../cloudfunctions/shared/api'
import { inLanguage, messages } from './messages'

export interface MethodView {
  key: string
  provider: string
  channel: string
  name: string
  usable: boolean
  kind: ChannelView['kind']
  /** why not, or how it goes on where that is not WeChat's own sheet; whose it is where two have the same name */
  note: string
}

// What this mini-program can go on with: WeChat's sheet, a code to scan, and a link to copy.
const kinds = new Set<ChannelView['kind']>(['jsapi', 'qrcode', 'link'])

export const methodKey = ({ provider, channel }: Pick<PaymentView, 'provider' | 'channel'>): string =>
  `${provider}/${channel}`

/** Usable ones first, each with its name in the phone's language. */
export function methodViews(channels: readonly ChannelView[]): MethodView[] {
  const isNamesake = ({ name, provider }: ChannelView): boolean =>
    channels.some((other) => other.name === name && other.provider !== provider)
  const views = channels.map((channel): MethodView => {
    const usable = channel.usable && kinds.has(channel.kind)
    return {
      key: methodKey(channel),
      provider: channel.provider,
      channel: channel.channel,
      name: inLanguage(channel.name, channel.nameEn),
      usable,
      kind: channel.kind,
      note: [usable ? howOf(channel.kind) : reasonOf(channel), isNamesake(channel) ? channel.providerName : '']
        .filter(Boolean)
        .join(' · '),
    }
  })
  return [...views.filter(({ usable }) => usable), ...views.filter(({ usable }) => !usable)]
}

const howOf = (kind: ChannelView['kind']): string => (kind === 'qrcode' || kind === 'link' ? messages.hows[kind] : '')

const reasonOf = ({ usable, reason }: ChannelView): string =>
  usable ? messages.reasons.notInMiniProgram : (reasons.get(reason) ?? messages.reasons.other)

const reasons = new Map<string | undefined, string>(Object.entries(messages.reasons))

/** The method to begin with: the wished one when it can be used, else the first that can. */
export const firstMethod = (methods: readonly MethodView[], wished = ''): MethodView | undefined =>
  methods.find(({ key, usable }) => usable && key === wished) ?? methods.find(({ usable }) => usable)
