// Refund requests that were sent but do not yet show in their order's record. The phone keeps them in its storage, so
// that a request sent again (also after closing WeChat) makes only one refund.
import type { StaffOrderView } from '../../../../cloudfunctions/shared/api/admin'
import { newNumber } from '../../../services/serverTime'

export interface PendingRefund {
  requestId: string
  paymentNo: string
  amountFen: number
  reason: string
}

const storageKey = 'adminRefunds'
// The most requests that are stored. Some requests are never answered, so without a limit their number would grow.
const keptAtMost = 20

function allPending(): PendingRefund[] {
  const stored: unknown = wx.getStorageSync(storageKey)
  return Array.isArray(stored) ? (stored as PendingRefund[]) : []
}

const store = (pending: PendingRefund[]): void => wx.setStorageSync(storageKey, pending.slice(-keptAtMost))

/** The refund request for this payment that has no answer yet. */
export const pendingRefund = (paymentNo: string): PendingRefund | undefined =>
  allPending().find((one) => one.paymentNo === paymentNo)

/**
 * Stores a refund request before it is sent. If an earlier request for the same payment has no answer yet, the new
 * request has the same number, even if its amount is different. The earlier request may still arrive, and the server
 * accepts only one request with this number, so only one of the two is refunded.
 */
export function keepRefund(wish: Omit<PendingRefund, 'requestId'>): PendingRefund {
  const requestId = pendingRefund(wish.paymentNo)?.requestId ?? newNumber()
  const kept = { ...wish, requestId }
  store([...allPending().filter(({ paymentNo }) => paymentNo !== wish.paymentNo), kept])
  return kept
}

/** Removes the requests that the order's record now shows. */
export function forgetSeen({ refunds }: StaffOrderView): void {
  const seen = new Set(refunds.map(({ requestId }) => requestId))
  const all = allPending()
  const left = all.filter(({ requestId }) => !seen.has(requestId))
  if (left.length < all.length) store(left)
}
