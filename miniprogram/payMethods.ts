// The ways to pay as a page shows them.
import type { ChannelView, PaymentView } from '../cloudfunctions/shared/api'
import { inLanguage, messages } from './messages'

export interface MethodView {
  key: string
  provider: string
  channel: string
  name: string
  usable: boolean
  /** why not; empty when usable */
  reason: string
}

// What this mini-program can go on with: WeChat's sheet, and a link to copy.
const kinds = new Set<ChannelView['kind']>(['jsapi', 'link'])

export const methodKey = ({ provider, channel }: Pick<PaymentView, 'provider' | 'channel'>): string =>
  `${provider}/${channel}`

/** Usable ones first, each with its name in the phone's language. */
export function methodViews(channels: readonly ChannelView[]): MethodView[] {
  const views = channels.map((channel): MethodView => {
    const usable = channel.usable && kinds.has(channel.kind)
    return {
      key: methodKey(channel),
      provider: channel.provider,
      channel: channel.channel,
      name: inLanguage(channel.name, channel.nameEn),
      usable,
      reason: usable ? '' : reasonOf(channel),
    }
  })
  return [...views.filter(({ usable }) => usable), ...views.filter(({ usable }) => !usable)]
}

const reasonOf = ({ usable, reason }: ChannelView): string =>
  usable || reason === 'notInMiniProgram' ? messages.reasons.notInMiniProgram : messages.reasons.other

/** The method to begin with: the wished one when it can be used, else the first that can. */
export const firstMethod = (methods: readonly MethodView[], wished = ''): MethodView | undefined =>
  methods.find(({ key, usable }) => usable && key === wished) ?? methods.find(({ usable }) => usable)
