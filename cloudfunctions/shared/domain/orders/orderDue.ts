// Calculates when an order, or one of its payments or refunds, next needs work.

import { dayMs } from '../../../../miniprogram/rules/beijing'
import { isClaimed } from '../claim'
import { nextCheckAt, type Payment } from '../payment'
import type { Refund } from '../refund'
import type { Order } from './orderShape'

// If a provider cannot close payments, we close the order this long after its expiry (docs/design.md 2).
const closeGraceMs = 10 * 60_000

/** When this order next needs work, epoch ms; null: never. */
export function dueAtOf(order: Order, now: number): number | null {
  const all = [...order.payments, ...order.refunds, ...(order.shipping ? [order.shipping] : [])]
  const times = all.map((one) => one.checkAt).filter((at) => at !== null)
  if (order.state === 'open') {
    const last = order.expiresAt + closeGraceMs
    times.push(now < order.expiresAt ? order.expiresAt : now < last ? Math.min(now + 60_000, last) : now)
  }
  return times.length === 0 ? null : Math.min(...times)
}

export function earliestCheck(list: readonly { checkAt: number | null }[]): number | null {
  const times = list.map(({ checkAt }) => checkAt).filter((at) => at !== null)
  return times.length === 0 ? null : Math.min(...times)
}

/** The latest time at which an expired open order closes, epoch ms; null for any other order. */
export const closesAt = (order: Order, now: number): number | null =>
  order.state === 'open' && now >= order.expiresAt ? order.expiresAt + closeGraceMs : null

/**
 * Whether we close an expired order although the provider has not confirmed that its payments are closed. Money that
 * comes later is an overpayment.
 */
export const closesAnyway = (order: Order, now: number): boolean => now >= order.expiresAt + closeGraceMs

/**
 * When to ask again about an attempt that the provider declined: when the order expires, and one day after `since`. We
 * ask because the shopper may still pay such an attempt, and the webhook notification may get lost. If a question gets
 * no answer, we ask again as for a waiting payment (`nextAfter`).
 * @param since epoch ms. When the provider declines the attempt, this is the present time, because the shopper may have
 * continued an attempt that began days ago. At a later question it is the time when the attempt began
 */
export function nextLookAt({ expiresAt }: Order, since: number, now: number): number | null {
  const later = [expiresAt, since + dayMs].filter((at) => at > now)
  return later.length > 0 ? Math.min(...later) : null
}

// When to ask the provider about a payment or refund next. While a caller holds a claim on it, that caller may still be
// sending. So we ask only after the claim has expired.
export function nextAfter({ claim }: Payment | Refund, since: number, now: number): number | null {
  const at = nextCheckAt(since, now)
  return at !== null && claim && isClaimed(claim, now) ? Math.max(at, claim.until) : at
}
