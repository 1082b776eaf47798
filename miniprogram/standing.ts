// Where an order stands for its shopper: our record first, what the payment sheet answered only beside it.
import type { OrderView } from '../cloudfunctions/shared/api'
import type { SheetAnswer } from './services/payment'

export type Standing =
  | 'toPay'
  | 'confirming'
  | 'cancelling'
  | 'expiring'
  | 'paid'
  | 'refunding'
  | 'partlyRefunded'
  | 'refunded'
  | 'cancelled'
  | 'expired'
  | 'closed'

export type Tone = 'wait' | 'good' | 'quiet' | 'bad'

export const tones = {
  toPay: 'wait',
  confirming: 'wait',
  cancelling: 'quiet',
  expiring: 'quiet',
  paid: 'good',
  refunding: 'wait',
  partlyRefunded: 'good',
  refunded: 'quiet',
  cancelled: 'quiet',
  expired: 'quiet',
  closed: 'quiet',
} satisfies Record<Standing, Tone>

/** The standing of an order, given what the sheet last answered for it on this phone. */
export function standingOf(order: OrderView, answer: SheetAnswer | undefined): Standing {
  if (order.state === 'paid') return refundStanding(order)
  if (order.state === 'closed') return endOf(order) ?? 'closed'
  if (order.confirming && mayHavePaid(answer, order)) return 'confirming'
  if (order.mayPay) return 'toPay'
  return endOf(order) === 'cancelled' ? 'cancelling' : 'expiring'
}

// The sheet said that it did not happen, or a code or link only waits to be used: the shopper may go on paying. Where this
// phone saw nothing, a payment under way is waited for while the order lives.
const mayHavePaid = (answer: SheetAnswer | undefined, order: OrderView): boolean =>
  answer === 0 || answer === -4 || (answer === undefined && order.mayPay)

// Why an order ended, the shopper's own wish first: closing at the provider adds entries of its own.
const endOf = (order: OrderView): 'cancelled' | 'expired' | 'closed' | undefined =>
  (['cancelled', 'expired', 'closed'] as const).find((end) => order.timeline.some(({ what }) => what === end))

const sum = (list: readonly { amountFen: number }[]): number => list.reduce((total, one) => total + one.amountFen, 0)

// A refund of surplus leaves the order as paid as it was: what counts is whether less than its price remains.
function refundStanding(order: OrderView): Standing {
  const kept = sum(order.payments.filter(({ state }) => state === 'paid')) - order.refundedFen
  const leaving = sum(order.refunds.filter(({ state }) => state === 'requested' || state === 'pending'))
  if (kept - leaving < order.amountFen && leaving > 0) return 'refunding'
  if (order.refundedFen === 0 || kept >= order.amountFen) return 'paid'
  return kept <= 0 ? 'refunded' : 'partlyRefunded'
}

/** Whether news may come soon, so that it is worth asking again in two seconds. */
export function isAwaited(order: OrderView, answer: SheetAnswer | undefined): boolean {
  const standing = standingOf(order, answer)
  if (standing === 'confirming' || standing === 'cancelling' || standing === 'expiring') return true
  return standing === 'toPay' && order.confirming && (answer === 'link' || answer === 'code')
}

/** Money came that this order did not need (it was closed, or paid already), and has not all gone back. */
export function hasSurplus(order: OrderView): boolean {
  const paid = order.payments.filter(({ state }) => state === 'paid')
  const needed = order.state === 'paid' ? order.amountFen : 0
  return paid.some(({ surplus }) => surplus) && sum(paid) - order.refundedFen > needed
}
