import type { Order } from '../../domain/orders/orderShape'
import { awaitedShipping } from '../../domain/orders/orderShipping'
import type { Shipping } from '../../domain/orders/shipping'
import { debitChannel } from '../../domain/payment'
import type { EnabledProvider } from '../platform/context'

/** The codes of the providers for whose payments WeChat waits for a shipping report. */
export const reportingOf = (kept: readonly EnabledProvider[]): ReadonlySet<string> =>
  new Set(kept.flatMap(({ definition }) => (definition.reportsShipping ? [definition.code] : [])))

/**
 * The shipping report that a paid order still needs. The shopper paid the order in the mini-program at a time when the
 * shop did not report shipping to WeChat.
 */
export function begunFor(
  { payments, paidAt, place = 'miniprogram' }: Order,
  reporting: ReadonlySet<string>,
): Shipping | undefined {
  if (place !== 'miniprogram') return undefined
  const paid = payments.find(
    ({ state, surplus, provider, channel }) =>
      state === 'paid' && !surplus && reporting.has(provider) && channel !== debitChannel,
  )
  return paid && awaitedShipping(paid.no, 'parcel', paidAt ?? paid.createdAt)
}
