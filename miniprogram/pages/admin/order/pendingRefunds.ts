// Refunds that were sent but not yet seen in their order's record. They are kept on the phone, so that one wish stays
// one refund however often it is sent, also after the page or WeChat was closed before an answer came.
import type { StaffOrderView } from '../../../../cloudfunctions/shared/api/admin'
import { newNumber } from '../../../services/serverTime'

export interface PendingRefund {
  requestId: string
  paymentNo: string
  amountFen: number
  reason: string
}

const storageKey = 'adminRefunds'
// What is never answered must not pile up.
const keptAtMost = 20

function allPending(): PendingRefund[] {
  const stored: unknown = wx.getStorageSync(storageKey)
  return Array.isArray(stored) ? (stored as PendingRefund[]) : []
}

const store = (pending: PendingRefund[]): void => wx.setStorageSync(storageKey, pending.slice(-keptAtMost))

/** The refund of this payment that has no answer yet. */
export const pendingRefund = (paymentNo: string): PendingRefund | undefined =>
  allPending().find((one) => one.paymentNo === paymentNo)

/**
 * Keeps a refund before it is sent. A payment's unanswered refund hands its number on, also to another amount: should
 * the first one still arrive, the server lets only one of them be.
 */
export function keepRefund(wish: Omit<PendingRefund, 'requestId'>): PendingRefund {
  const requestId = pendingRefund(wish.paymentNo)?.requestId ?? newNumber()
  const kept = { ...wish, requestId }
  store([...allPending().filter(({ paymentNo }) => paymentNo !== wish.paymentNo), kept])
  return kept
}

/** Forgets what the order's record shows. */
export function forgetSeen({ refunds }: StaffOrderView): void {
  const seen = new Set(refunds.map(({ requestId }) => requestId))
  const all = allPending()
  const left = all.filter(({ requestId }) => !seen.has(requestId))
  if (left.length < all.length) store(left)
}
