// The state of an order as its shopper sees it. Our server's record decides; the payment sheet's answer only adds
// detail.
import type { OrderView, PaymentView } from '../cloudfunctions/shared/api/orders'

/** OpenMidas's result codes: 0 succeeded, −1 failed, −2 cancelled, −3 could not open, −4 unknown. */
export type ResultCode = 0 | -1 | -2 | -3 | -4

/**
 * What this phone last saw for an order: the payment sheet's result code, or that a QR code or link was shown, or that
 * nothing opened.
 */
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

/** The state of an order for its shopper, from our record and the payment sheet's last answer on this phone. */
export function standingOf(order: OrderView, answer: SheetAnswer | undefined): Standing {
  if (order.state === 'paid') return refundStanding(order)
  // Do not tell a shopper whose payment is disputed that the order is over, because the shopper would order again.
  if (order.payments.some(({ disputed }) => disputed)) return 'disputed'
  if (order.state === 'closed') return lateStanding(order) ?? endOf(order) ?? 'closed'
  if (order.confirming && mayHavePaid(answer, order)) return 'confirming'
  if (order.mayPay) return 'toPay'
  return endOf(order) === 'cancelled' ? 'cancelling' : 'expiring'
}

// Whether this shopper may already have paid. If this phone has an answer of the sheet: yes after success or "unknown".
// If this phone has no answer: yes if the order can still be paid, unless all its pending payments are QR codes or
// links.
const mayHavePaid = (answer: SheetAnswer | undefined, order: OrderView): boolean =>
  answer === 0 || answer === -4 || (answer === undefined && order.mayPay && !isHandedOut(order))

/**
 * Whether every pending payment is a QR code or a link. No phone learns the result of such a payment, so the order
 * counts as payable until our record changes.
 */
const isHandedOut = ({ payments }: OrderView): boolean => {
  const waiting = payments.filter(isOpen)
  return waiting.length > 0 && waiting.every(({ kind }) => kind === 'qrcode' || kind === 'link')
}

/** Whether a payment has no result yet. */
export const isOpen = ({ state }: PaymentView): boolean => state === 'created' || state === 'pending'

export type PaymentWord = PaymentView['state'] | 'disputed' | 'toPay' | 'cancelled' | 'over'

/** The state of one payment attempt for the shopper, from our record and the sheet's last answer on this phone. */
export function paymentWord(order: OrderView, payment: PaymentView, answer: SheetAnswer | undefined): PaymentWord {
  if (payment.disputed) return 'disputed'
  if (!isOpen(payment)) return payment.state
  if (order.state !== 'open') return 'over'
  if (payment !== order.payments[order.payments.length - 1]) return 'pending'
  if (answer === -2) return 'cancelled'
  if (answer === -1 || answer === -3 || answer === 'unopened') return 'failed'
  return payment.kind === 'qrcode' || payment.kind === 'link' ? 'toPay' : 'pending'
}

// Why an order ended without a payment. The shopper's cancellation comes first, because closing the payment at the
// provider then adds further history entries.
const endOf = (order: OrderView): 'cancelled' | 'expired' | 'closed' | undefined =>
  (['cancelled', 'expired', 'closed'] as const).find((end) => order.timeline.some(({ what }) => what === end))

const sum = (list: readonly { amountFen: number }[]): number => list.reduce((total, one) => total + one.amountFen, 0)

// The state of an order for which money arrived after the order was closed: received, being refunded, or refunded.
function lateStanding(order: OrderView): 'receivedLate' | 'refunding' | 'refunded' | undefined {
  if (!order.payments.some(({ state }) => state === 'paid')) return undefined
  if (keptFen(order) <= 0) return 'refunded'
  return keptFen(order) - leavingFen(order) <= 0 ? 'refunding' : 'receivedLate'
}

const keptFen = (order: OrderView): number =>
  sum(order.payments.filter(({ state }) => state === 'paid')) - order.refundedFen

const leavingFen = (order: OrderView): number =>
  sum(order.refunds.filter(({ state }) => state === 'requested' || state === 'pending'))

// Refunding an overpayment leaves the order paid. Only a refund that leaves less than the price changes the state.
function refundStanding(order: OrderView): Standing {
  const kept = keptFen(order)
  const leaving = leavingFen(order)
  const last = order.refunds[order.refunds.length - 1]
  if (last?.state === 'failed' && leaving === 0 && !last.ofSurplus) return 'refundFailed'
  if (kept - leaving < order.amountFen && leaving > 0) return 'refunding'
  if (order.refundedFen === 0 || kept >= order.amountFen) return 'paid'
  return kept <= 0 ? 'refunded' : 'partlyRefunded'
}

/** Whether the order may change soon, so that the page should poll every two seconds. */
export function isAwaited(order: OrderView, answer: SheetAnswer | undefined): boolean {
  const standing = standingOf(order, answer)
  if (standing === 'confirming' || standing === 'cancelling' || standing === 'expiring') return true
  return standing === 'toPay' && order.confirming && (answer === 'link' || answer === 'code' || isHandedOut(order))
}

/**
 * Whether the shop has received more money than the order's price (paid twice, or after closing) and has not refunded
 * all of it.
 */
export function hasSurplus(order: OrderView): boolean {
  const paid = order.payments.filter(({ state }) => state === 'paid')
  const needed = order.state === 'paid' ? order.amountFen : 0
  return paid.some(({ surplus }) => surplus) && sum(paid) - order.refundedFen > needed
}

/** The refunded amount, in minor units, for a state about a refund; 0 for other states. */
export function refundFen(order: OrderView, standing: Standing): number {
  if (standing === 'refunding') return leavingFen(order)
  if (standing === 'partlyRefunded' || standing === 'refunded') return order.refundedFen
  return standing === 'refundFailed' ? (order.refunds[order.refunds.length - 1]?.amountFen ?? 0) : 0
}
