// Where an order stands for its shopper: our record first, what the payment sheet answered only beside it.
import type { OrderView, PaymentView } from '../cloudfunctions/shared/api/orders'

/** 0 went through, −1 failed, −2 cancelled, −3 could not be opened, −4 nobody knows (OpenMidas). */
export type ResultCode = 0 | -1 | -2 | -3 | -4

/** What this phone last saw of paying an order: the sheet's result, that a link or a code was shown, or that nothing opened. */
export type SheetAnswer = ResultCode | 'link' | 'code' | 'unopened'

export type Standing =
  | 'toPay'
  | 'confirming'
  | 'cancelling'
  | 'expiring'
  | 'paid'
  | 'refunding'
  | 'partlyRefunded'
  | 'refunded'
  | 'disputed'
  | 'receivedLate'
  | 'refundFailed'
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
  disputed: 'wait',
  receivedLate: 'wait',
  refundFailed: 'bad',
  cancelled: 'quiet',
  expired: 'quiet',
  closed: 'quiet',
} satisfies Record<Standing, Tone>

/** The standing of an order, given what the sheet last answered for it on this phone. */
export function standingOf(order: OrderView, answer: SheetAnswer | undefined): Standing {
  if (order.state === 'paid') return refundStanding(order)
  // Who has paid must never read that the order may be made again.
  if (order.payments.some(({ disputed }) => disputed)) return 'disputed'
  if (order.state === 'closed') return lateStanding(order) ?? endOf(order) ?? 'closed'
  if (order.confirming && mayHavePaid(answer, order)) return 'confirming'
  if (order.mayPay) return 'toPay'
  return endOf(order) === 'cancelled' ? 'cancelling' : 'expiring'
}

// The sheet said that it did not happen, or a code or link only waits to be used: the shopper may go on paying. Where this
// phone saw nothing, a payment under way is waited for while the order lives.
const mayHavePaid = (answer: SheetAnswer | undefined, order: OrderView): boolean =>
  answer === 0 || answer === -4 || (answer === undefined && order.mayPay && !isHandedOut(order))

/** What waits is a code or a link, of which no phone hears an answer: it is to be paid until our record says otherwise. */
const isHandedOut = ({ payments }: OrderView): boolean => {
  const waiting = payments.filter(isOpen)
  return waiting.length > 0 && waiting.every(({ kind }) => kind === 'qrcode' || kind === 'link')
}

const isOpen = ({ state }: PaymentView): boolean => state === 'created' || state === 'pending'

export type PaymentWord = PaymentView['state'] | 'disputed' | 'toPay' | 'cancelled' | 'over'

/** Where one attempt stands for its shopper, given what this phone saw of the last one. */
export function paymentWord(order: OrderView, payment: PaymentView, answer: SheetAnswer | undefined): PaymentWord {
  if (payment.disputed) return 'disputed'
  if (!isOpen(payment)) return payment.state
  if (order.state !== 'open') return 'over'
  if (payment !== order.payments[order.payments.length - 1]) return 'pending'
  if (answer === -2) return 'cancelled'
  if (answer === -1 || answer === -3 || answer === 'unopened') return 'failed'
  return payment.kind === 'qrcode' || payment.kind === 'link' ? 'toPay' : 'pending'
}

// Why an order ended, the shopper's own wish first: closing at the provider adds entries of its own.
const endOf = (order: OrderView): 'cancelled' | 'expired' | 'closed' | undefined =>
  (['cancelled', 'expired', 'closed'] as const).find((end) => order.timeline.some(({ what }) => what === end))

const sum = (list: readonly { amountFen: number }[]): number => list.reduce((total, one) => total + one.amountFen, 0)

// Money came after the order had closed: it is here, on its way back, or back.
function lateStanding(order: OrderView): 'receivedLate' | 'refunding' | 'refunded' | undefined {
  if (!order.payments.some(({ state }) => state === 'paid')) return undefined
  if (keptFen(order) <= 0) return 'refunded'
  return keptFen(order) - leavingFen(order) <= 0 ? 'refunding' : 'receivedLate'
}

const keptFen = (order: OrderView): number =>
  sum(order.payments.filter(({ state }) => state === 'paid')) - order.refundedFen

const leavingFen = (order: OrderView): number =>
  sum(order.refunds.filter(({ state }) => state === 'requested' || state === 'pending'))

// A refund of surplus leaves the order as paid as it was: what counts is whether less than its price remains.
function refundStanding(order: OrderView): Standing {
  const kept = keptFen(order)
  const leaving = leavingFen(order)
  const last = order.refunds[order.refunds.length - 1]
  if (last?.state === 'failed' && leaving === 0 && !last.ofSurplus) return 'refundFailed'
  if (kept - leaving < order.amountFen && leaving > 0) return 'refunding'
  if (order.refundedFen === 0 || kept >= order.amountFen) return 'paid'
  return kept <= 0 ? 'refunded' : 'partlyRefunded'
}

/** Whether news may come soon, so that it is worth asking again in two seconds. */
export function isAwaited(order: OrderView, answer: SheetAnswer | undefined): boolean {
  const standing = standingOf(order, answer)
  if (standing === 'confirming' || standing === 'cancelling' || standing === 'expiring') return true
  return standing === 'toPay' && order.confirming && (answer === 'link' || answer === 'code' || isHandedOut(order))
}

/** Money came that this order did not need (it was closed, or paid already), and has not all gone back. */
export function hasSurplus(order: OrderView): boolean {
  const paid = order.payments.filter(({ state }) => state === 'paid')
  const needed = order.state === 'paid' ? order.amountFen : 0
  return paid.some(({ surplus }) => surplus) && sum(paid) - order.refundedFen > needed
}

/** How much a standing about refunds is about; 0 where it is about none. */
export function refundFen(order: OrderView, standing: Standing): number {
  if (standing === 'refunding') return leavingFen(order)
  if (standing === 'partlyRefunded' || standing === 'refunded') return order.refundedFen
  return standing === 'refundFailed' ? (order.refunds[order.refunds.length - 1]?.amountFen ?? 0) : 0
}
