// When an order, or one of its payments or refunds, needs work next.
import { isClaimed } from '../claim'
import { nextCheckAt, type Payment } from '../payment'
import { dayMs } from '../period'
import type { Refund } from '../refund'
import type { Order } from './orderShape'

// docs/design.md 2: where a provider cannot be told to close, the order closes so long after it expired.
const closeGraceMs = 10 * 60_000

/** When this order next needs work, from what it holds. */
export function dueAtOf(order: Order, now: number): number | null {
  const times = [...order.payments, ...order.refunds].map((one) => one.checkAt).filter((at) => at !== null)
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

/** When an order that may no longer be paid closes at the latest; null for any other. */
export const closesAt = (order: Order, now: number): number | null =>
  order.state === 'open' && now >= order.expiresAt ? order.expiresAt + closeGraceMs : null

/** Whether an expired order closes even though the provider has not agreed: later money becomes surplus. */
export const closesAnyway = (order: Order, now: number): boolean => now >= order.expiresAt + closeGraceMs

/**
 * When a provider that declined is asked once more: money may come all the same, and the notice of it be lost. At the
 * order's expiry, and a day after the attempt began.
 */
export function nextLookAt({ expiresAt }: Order, { createdAt, checksFrom }: Payment, now: number): number | null {
  const later = [expiresAt, (checksFrom ?? createdAt) + dayMs].filter((at) => at > now)
  return later.length > 0 ? Math.min(...later) : null
}

// While a claim is held there is nothing to ask yet.
export function nextAfter({ claim }: Payment | Refund, since: number, now: number): number | null {
  const at = nextCheckAt(since, now)
  return at !== null && claim && isClaimed(claim, now) ? Math.max(at, claim.until) : at
}
